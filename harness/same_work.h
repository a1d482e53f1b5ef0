/* SPDX-License-Identifier: GPL-3.0-or-later */
/* same_work.h: do two results compare at all: the same work, the same machine? */
#pragma once

#include "result_read.h"

enum { SAME_WORK_TEXT = 256 };

/*
 * Whether two benchmarks did the same work: kernel, method, revision, parameters, and in their
 * serial rows (and row by row where the job grows with the workers) work, answers of exact kind
 * aside, and every work counter that both have; threshold 0.  If not, *text says in half a sentence
 * what differs.  The instruction set may differ: it is named, not refused.
 */
bool same_work(const struct result_benchmark *old, const struct result_benchmark *new,
               char text[SAME_WORK_TEXT]);

/* Whether one of them counts work that the other does not, as builds of different age may: no
 * reason not to compare times, but to be told.  *text: "only the new side counts a, b". */
bool uncompared_counters(const struct result_benchmark *old, const struct result_benchmark *new,
                         char text[SAME_WORK_TEXT]);

/* What a difference means for a verdict. */
enum difference_kind {
  DIFFERENCE_MACHINE,  /* forbids one */
  DIFFERENCE_SOFTWARE, /* usually what is under test */
};

struct difference {
  enum difference_kind kind;
  const char *what;        /* "CPU model", "gmp" */
  char old[160], new[160]; /* "?" where unknown */
};

enum { DIFFERENCES_MOST = 24 };

/*
 * Lists what differs between the machines (CPU model, allowed CPUs, quota, placement, topology that
 * is not this system's, virtualisation) and the software (microcode with it) of two results.
 * Returns how many; more than fit are left out.
 */
size_t differences_find(const struct result_file *old, const struct result_file *new,
                        struct difference ret_differences[DIFFERENCES_MOST]);
