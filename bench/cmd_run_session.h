/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run_session.h: what is alive during pibench run.  Inside cmd_run*.c only. */
#pragma once

#include <time.h>

#include "command.h"
#include "machine.h"
#include "output.h"
#include "result.h"
#include "run_options.h"

/* What is alive during a run. */
struct session {
  const struct run_options *options;
  struct placement *placement;
  struct machine machine;
  struct software software;
  struct output output;
  bool to_stdout; /* the result JSON is the only thing on stdout */
  unsigned workers[WORKERS_MOST], worker_counts;
  struct job jobs[JOBS_MOST];
  struct benchmark benchmarks[JOBS_MOST];
  size_t job_count, done;
  time_t started_at;
  double begin_s;
  uint64_t kept_ns; /* when the result so far was last written */
  char error[FAULT_TEXT];
};

/* Settles all that can be settled before anything is measured; says what is wrong, and ends the
 * program with exit 2 where that is an option.  Returns 0 or the exit code; run_end() in any case.
 */
int run_begin(struct session *session);
void run_end(struct session *session);

/* Whether tables are what stdout shows. */
bool run_shows_tables(const struct session *session);

/* The machine and the CPUs that are used, before anything is measured. */
void run_show_machine(const struct session *session);

/* A measured benchmark's table, and the same work on other machines.  Returns 0 or -ENOMEM. */
int run_show_benchmark(const struct session *session, const struct benchmark *benchmark);

/* The command that repeats the run with the sizes that were chosen. */
void run_show_repeat(const struct session *session);
