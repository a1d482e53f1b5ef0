/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history.h: the result files of a directory, sorted by machine, benchmark and time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "result_read.h"

/* One result of one benchmark.  Unknown times are NaN. */
struct history_entry {
  char started_at[24], version[24], commit[24]; /* commit "": unknown */
  double serial_s, all_s;                       /* medians: serial; the most workers */
  unsigned workers;                             /* of the latter; 0: none */
};

/* What is comparable at a glance: same machine, benchmark, variant, revision and scaling. */
struct history_series {
  char machine[160]; /* CPU model, allowed CPUs, quota */
  char benchmark[160], variant[16];
  int revision;
  bool weak;
  struct history_entry *entries; /* by time */
  size_t count;
};

struct history {
  struct history_series *series; /* by machine, then benchmark */
  size_t count;
  size_t of_ab;      /* results of 'pibench ab', which are left out: they have two sides */
  size_t unreadable; /* *.json files that are no results */
  char example[RESULT_MESSAGE]; /* what is wrong with the first of them */
};

/* Reads *.json of a directory, not of those in it.  Left out: wrong answers, rows without samples,
 * what was slowed down on purpose, results of 'pibench ab'.  0, -ENOMEM, or what opendir() says. */
int history_read(const char *directory, struct history *ret_history);

/* The last serial time over the median of those before, minus 1; NaN with fewer than 5 before. */
double history_drift(const struct history_series *series);

void history_release(struct history *history);
