/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_sweep.h: one benchmark at many sizes, as pibench run --sweep keeps it: time against size. */
#pragma once

#include "result_read.h"
#include "sweep.h"

/* The serial row, and so many numbers of workers at most. */
enum { SWEPT_LINES = 6 };

struct swept {
  const struct result_file *file;
  const struct result_benchmark *first; /* of `count` in a row: the sizes, ascending */
  size_t count;
  const char *key; /* what the size is called: "points" */
  uint64_t sizes[SWEEP_SIZES];
  const struct result_row *lines[SWEPT_LINES]; /* of the last size: the serial row, then others */
  size_t line_count;
  bool thinned; /* more numbers of workers than lines */
};

/* Whether the benchmark at `index` begins a sweep: it and those behind it did the same but for a
 * size that grows. */
bool swept_from(const struct result_file *file, size_t index, struct swept *ret_swept);

/* The row of the size at `index` that belongs to a line; NULL where it was not measured, or
 * the answer is wrong, so that the time means nothing. */
const struct result_row *swept_row(const struct swept *swept, size_t line, size_t index);

/* Whether a size's times are not to be trusted: too short, or others held our CPUs as a rule. */
bool swept_is_doubtful(const struct result_benchmark *benchmark);

/* The exponent in words, as the sweep's table of `run` tells it.  0 or -ENOMEM. */
int swept_sentence(const struct swept *swept, char ret_text[SWEEP_SENTENCE]);

/* Whether there is a time to draw. */
bool swept_any(const struct swept *swept);
void swept_draw(const struct swept *swept, bool alone, FILE *to);
