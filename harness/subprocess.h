/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subprocess.h: runs a program to its end: its output kept or discarded, its wall time taken.
 *
 * The program gets a process group of its own and dies with us.  Signals that interrupt.h catches
 * end it (SIGTERM, then SIGKILL); its workers go with it.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

enum { SUBPROCESS_OUTPUT_MOST = 16 << 20, SUBPROCESS_LINE = 400 };

struct subprocess {
  const char *const *arguments;   /* ends with NULL; [0] is looked for in PATH */
  const char *const *environment; /* KEY=VALUE, added to ours; ends with NULL; or NULL */
  const cpu_set_t *cpus;          /* to run on; NULL: as we */
  bool keep_output;               /* of stdout; else it goes to /dev/null */
  double timeout_s;               /* 0: none */
};

struct subprocess_result {
  double wall_s;                   /* from just before exec to the end, as the kernel reported it */
  int status;                      /* exit status; -1: killed */
  int signal;                      /* that killed it; 0 */
  bool timed_out;                  /* and was killed for that */
  char *output;                    /* stdout, terminated; NULL where not kept */
  size_t length;                   /* of it */
  char last_line[SUBPROCESS_LINE]; /* of stderr, control characters blanked; "" */
};

/*
 *   0        it ran: status, signal or timed_out tell how it ended
 *   -EINTR   a signal came; it is gone
 *   -E2BIG   it printed more than SUBPROCESS_OUTPUT_MOST
 *   others   it could not be started: what fork, pipe, sched_setaffinity or exec say
 */
int subprocess_run(const struct subprocess *program, struct subprocess_result *ret_result);

/* Keeps this CPU busy for so long; returns how long it was. */
double subprocess_spin(double seconds);

/* Accepts what is all zero. */
void subprocess_result_release(struct subprocess_result *result);
