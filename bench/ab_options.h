/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_options.h: what pibench ab can be asked.  To add an option: see options.h. */
#pragma once

#include "ab.h"
#include "run_options.h"

enum { AB_ENVIRONMENT_MOST = 16, AB_ARGUMENTS_MOST = 128 };

struct ab_options {
  bool commands;                                              /* --command: any two programs */
  const char *program[AB_SIDES];                              /* a build, or a command line */
  const char *environment[AB_SIDES][AB_ENVIRONMENT_MOST + 1]; /* KEY=VALUE; ends with NULL */
  double threshold, inject;
  const char *inject_text; /* as given; NULL: none */
  uint64_t blocks;
  double max_s, timeout_s;
  bool warn_on_inconclusive, instructions, quiet;
  const char *workers; /* -w; NULL: by default */
  uint64_t seed;
  const char *output;
  const char *arguments[AB_ARGUMENTS_MOST + 1]; /* behind --: of pibench run; ends with NULL */
  struct run_options run;                       /* the same, read */
};

/* Reads the command line; ends the program with exit 2 where it is wrong. */
void ab_options_read(int argc, char **argv, struct ab_options *ret_options);
