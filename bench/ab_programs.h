/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_programs.h: the two sides of pibench ab as programs that are run.  Inside ab_*.c, cmd_ab.c. */
#pragma once

#include <time.h>

#include "ab_options.h"
#include "command.h"
#include "output.h"
#include "same_work.h"
#include "subprocess.h"

enum { AB_ARGV_MOST = AB_ARGUMENTS_MOST + JOBS_MOST + 32, AB_CPU_LIST = 4096 };

struct ab_session {
  const struct ab_options *options;
  time_t started_at;
  struct ab ab;
  struct result_file *scout[AB_SIDES]; /* of builds: the first run of each */
  struct difference differences[DIFFERENCES_MOST];
  size_t difference_count;
  unsigned workers;           /* by default; of commands: CPUs */
  char cpu_list[AB_CPU_LIST]; /* that both sides use, in this order */
  cpu_set_t cpus;             /* of commands */
  bool pinned;
  double seconds; /* that runs have taken */
  size_t runs;    /* so many */
  struct progress_line line;
  struct output output;
  bool to_stdout;
  char error[FAULT_TEXT];
};

/* One run of each side: sizes, CPUs, the same work, right digits; fills session->ab.  Says what is
 * wrong and returns the exit code, or 0. */
int programs_scout(struct ab_session *session);

/* One run of a phase, stored.  As programs_scout(). */
int programs_run(struct ab_session *session, enum ab_phase phase, size_t run);

/* Instructions of one sample of each benchmark and side, under callgrind.  As programs_scout(). */
int programs_count_instructions(struct ab_session *session);

/* "the old side", "the new side" */
const char *programs_side(enum ab_side side);
