/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.h: what the subcommands share: exit codes, messages, progress. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "measure.h"

/* The exit codes of the manual. */
enum {
  EXIT_FINE = 0,
  EXIT_FAILED = 1, /* failed while running */
  EXIT_USAGE = 2,
  EXIT_REGRESSION = 3,
  EXIT_INCONCLUSIVE = 4,
  EXIT_WRONG = 5,    /* wrong digits */
  EXIT_REFUSED = 6,  /* pinning required but denied, machines not comparable */
  EXIT_NOTHING = 7,  /* nothing ran */
  EXIT_SIGNAL = 128, /* + the signal, where a launcher is told */
};

/* One subcommand.  argv[0] is "pibench <name>".  Returns the exit code. */
int cmd_ab(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_pi(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_topology(int argc, char **argv);
int cmd_verify(int argc, char **argv);

/* "pibench: ..." on stderr, one line. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Says it and ends the program with EXIT_USAGE.  Only while options are read. */
__attribute__((format(printf, 1, 2), noreturn)) void usage_error(const char *format, ...);

/* Says why a job could not be prepared or run (negative errno and fault of the harness) and returns
 * the exit code. */
int say_failure(int error, const struct fault *fault, const struct job *job);

/* Whether a team of that size would find memory for the job; says so and returns the exit code if
 * not, else 0. */
int check_memory(const struct job *job, unsigned workers);

/* Loads the placement and says what went wrong; 0 or the exit code.  The workers of a cluster are
 * its ranks, `pin` of them. */
int load_team_placement(enum place place, const char *cpu_list, enum pin pin,
                        struct placement **ret_placement);

/* The same of this machine alone. */
int load_placement(enum place place, const char *cpu_list, struct placement **ret_placement);

/* Flushes stdout; says so and returns EXIT_FAILED if it could not be written, else `code`. */
int close_stdout(int code);

/* Whether this is a terminal that understands escape sequences: not one whose TERM is unset, empty
 * or "dumb", as those of editors and of some CI systems. */
bool terminal_obeys(int fd);

/* --- Progress: one line on a terminal that obeys, from the third second on --- */

struct progress_line {
  bool enabled; /* stderr is such a terminal and nobody asked for quiet */
  bool shown;
  double begin_s;
};

struct progress_line progress_begin(bool quiet);
/* What is done, cut to the width of the terminal, and how much is left; left_s may be NaN. */
__attribute__((format(printf, 3, 4))) void progress_show(struct progress_line *line, double left_s,
                                                         const char *format, ...);
void progress_clear(struct progress_line *line);
