/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.h: what the plots of one benchmark show, taken from a result file. */
#pragma once

#include "breakdown.h"
#include "result_read.h"

enum { REGIMES_MOST = 16 };

/* One parallel row. */
struct figure_point {
  const struct result_row *row;
  double factor[FACTORS]; /* of the efficiency; NaN unknown */
};

/* Workers from `begin` (exclusive: the last before) belong to another regime. */
struct figure_regime {
  unsigned after; /* so many workers fit in before */
  const char *text;
};

struct figures {
  const struct result_file *file;
  const struct result_benchmark *benchmark;
  const char *backend; /* of all points: see figures_backend() */
  struct figure_point *points;
  size_t count;
  /* As fitted: Amdahl's, under weak scaling Gustafson's, with its interval.  NaN where there is
   * none, and where the table of `run` gives none: disturbed as a rule, too short, a pool of tasks.
   */
  double serial_fraction, serial_low, serial_high;
  const char *unfitted; /* where there is none, why: a key of law.h; NULL: fitted */
  double alone;         /* part of the work that one worker did alone; NaN unknown */
  const char *loss;     /* the largest that is not serial; NULL unknown */
  struct figure_regime regimes[REGIMES_MOST];
  size_t regime_count;
};

/* 0 or -ENOMEM. */
int figures_of(const struct result_file *file, const struct result_benchmark *benchmark,
               struct figures *ret_figures);
void figures_release(struct figures *figures);

/* The backend whose rows are drawn: processes, else what the first measured parallel row has. */
const char *figures_backend(const struct result_benchmark *benchmark);
/* Whether a row is one of those. */
bool figures_draw_row(const struct result_row *row, const char *backend);

/* What the law says of the fitted fraction; NaN where there is none, and beyond the first regime,
 * in which it was fitted. */
double figures_law(const struct figures *figures, double workers);
/* "Amdahl" or "Gustafson". */
const char *figures_law_name(const struct figures *figures);

/* How many rounds others disturbed where that were too many to set aside, so that all count; else
 * 0. */
size_t figures_disturbed(const struct result_benchmark *benchmark);

/* The factor that took most, or -1 where nothing below 0.99 did. */
int figure_largest_loss(const struct figure_point *point);

/* A field of an object, an element of an array of untrusted JSON: NaN unless it is a finite number.
 */
double figure_number(const json_t *object, const char *key);
double figure_element(const json_t *array, size_t index);
