/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare.h: result files against result files, after the fact.
 *
 * Nothing is paired here: what changed between the two times of measuring (the machine's mood, a
 * neighbour) looks like a change of the program.  With five files or more a side each file is one
 * value, its median, and the spread between files is what the interval is made of (regression.h,
 * unpaired).  With fewer the samples of all files are taken together: their spread within a run is
 * too narrow, so that no verdict rests on it: advisory.
 */
#pragma once

#include "regression.h"
#include "result_read.h"

enum { COMPARE_FILES_VERDICT = 5, COMPARE_FILES_MOST = 64, COMPARE_TEXT = 320 };

struct compared {
  const char *benchmark;     /* a name, borrowed from the first file */
  char row[RESULT_ROW_NAME]; /* "": not compared, see why */
  char why[COMPARE_TEXT];
  double old_s, new_s; /* medians of the files' medians */
  double *old_logs, *new_logs;
  struct comparison result;
};

struct compare {
  bool advisory;
  double threshold;
  struct compared *items;
  size_t count;
};

/* Compares what all files of both sides have.  Returns 0 or -ENOMEM. */
int compare_files(struct result_file *const *old, size_t old_count, struct result_file *const *new,
                  size_t new_count, double threshold, struct compare *ret_compare);

/* Half a sentence: why an item is ruled so.  Returns text. */
const char *compare_reason(const struct compare *compare, const struct compared *item,
                           char text[COMPARE_TEXT]);

/* Accepts what is all zero. */
void compare_release(struct compare *compare);
