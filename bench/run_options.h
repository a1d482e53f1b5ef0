/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_options.h: what pibench run can be asked.  To add an option: see options.h. */
#pragma once

#include "options.h"

enum { JOBS_MOST = 64 };

struct suite {
  const char *name;
  const char *const *jobs; /* ends with NULL */
};

/* Rounds and time, never sizes. */
struct profile {
  const char *name;
  size_t rounds; /* 0: until the precision */
  double max_s;  /* for all benchmarks together; 0: any */
  double precision;
};

struct run_options {
  struct team_options team;
  const char *jobs[JOBS_MOST];
  size_t job_count;
  const struct suite *suite; /* none given: the default one, when all is read */
  const struct profile *profile;
  uint64_t rounds;         /* 0: the profile's */
  double precision, max_s; /* 0: the profile's */
  double serial_fraction;
  double slowdown;   /* --inject */
  bool weak;         /* --scaling */
  const char *sweep; /* KEY=FROM:TO[:STEPS]; NULL: none */
  double sustain_s;  /* --sustain; 0: not */
  const char *sustain;
  const char *label, *output;
  bool backends[BACKENDS]; /* none: processes */
  bool json, quiet, verbose, explain, no_color;
};

/* The defaults first. */
extern const struct suite run_suites[];
extern const struct profile run_profiles[];

/* Its input is a struct run_options. */
extern const struct argp run_argp;
