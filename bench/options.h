/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options.h: the options that several subcommands share, and the one way to read a command line.
 *
 * To add an option: 1) a row in the argp_option table of its command, 2) a case in that command's
 * parser, or a row in its kept_option table, 3) a line in docs/pibench.1.scd, 4) a test in
 * tests/cli.
 */
#pragma once

#include <argp.h>
#include <stddef.h>

#include "measure.h"
#include "placement.h"

enum { WORKERS_MOST = 64, WORKER_LIMIT = 4096 };

/* How to place and run workers. */
struct team_options {
  const char *workers; /* as given: "1,2,4", "1-8", "all"; NULL: by default */
  enum place place;
  const char *cpu_list; /* of --place cpus=LIST */
  enum pin pin;
  int schedule;    /* enum schedule; -1: by default */
  const char *isa; /* NULL: the fastest */
  uint64_t seed;
  double timeout_s; /* 0: by default */
};

extern const struct team_options team_options_default;

/* For struct argp.children; the child's input is a struct team_options. */
extern const struct argp team_argp;
/* --place alone. */
extern const struct argp place_argp;

/*
 * argp_parse() with messages of ours: on a bad command line one line on stderr that names the
 * argument, what was wrong and what is accepted, and exit 2.
 */
void options_parse(const struct argp *argp, int argc, char **argv, void *input);

/* An option that is only kept: what was given, or that it was. */
struct kept_option {
  int key;
  size_t offset; /* of the member */
  bool is_flag;  /* a bool, else a const char * */
};
#define KEEP(key, type, member)                                                                    \
  {                                                                                                \
    key, offsetof(type, member), _Generic(((type *)0)->member, bool : true, const char * : false)  \
  }

/* Keeps an option in `input` if it is in the table, which ends with key 0; else ARGP_ERR_UNKNOWN.
 */
error_t options_keep(const struct kept_option *table, int key, const char *given, void *input);

/* The index of what was given among the names, which end with NULL; ends the program with exit 2 if
 * it is none of them. */
int options_choose(const char *option, const char *given, const char *const *names);

/* --on-inconclusive of ab and compare: whether only to warn. */
bool options_warn_on_inconclusive(const char *given);

/* Read an option's number, time or part; on anything else they end the program with exit 2. */
void options_seed(const char *given, uint64_t *ret_seed);
void options_seconds(const char *option, const char *given, double *ret_s);
void options_part(const char *option, const char *given, double *ret_part);

/* The worker counts of a LIST for this placement, ascending, without repetition; ends the program
 * with exit 2 if it is not such a list.  Returns how many. */
unsigned options_worker_counts(const char *list, const struct placement *placement,
                               unsigned ret_counts[WORKERS_MOST]);

/* Puts seed and ISA level into a job; ends the program with exit 2 if the level is not to be had.
 */
void options_apply(const struct team_options *options, struct job *job);
