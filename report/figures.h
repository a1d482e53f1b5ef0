/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.h: what the plots of one benchmark show, taken from a result file. */
#pragma once

#include "result_read.h"

enum { LOSSES = 8, REGIMES_MOST = 16 };

struct figure_loss {
  const char *key, *name; /* of the result file; for readers */
};
/* In the order of the breakdown; ends with a NULL key. */
extern const struct figure_loss figure_losses[LOSSES + 1];

/* One parallel row of worker processes. */
struct figure_point {
  const struct result_row *row;
  double factor[LOSSES]; /* of the efficiency, by figure_losses; NaN unknown */
};

/* Workers from `begin` (exclusive: the last before) belong to another regime. */
struct figure_regime {
  unsigned after; /* so many workers fit in before */
  const char *text;
};

struct figures {
  const struct result_file *file;
  const struct result_benchmark *benchmark;
  struct figure_point *points;
  size_t count;
  double serial_fraction; /* Amdahl's, as fitted; NaN */
  struct figure_regime regimes[REGIMES_MOST];
  size_t regime_count;
};

/* 0 or -ENOMEM. */
int figures_of(const struct result_file *file, const struct result_benchmark *benchmark,
               struct figures *ret_figures);
void figures_release(struct figures *figures);

/* What Amdahl's law says of the fitted fraction; NaN where there is none, and beyond the first
 * regime, in which it was fitted. */
double figures_law(const struct figures *figures, double workers);

/* The factor that took most, or -1 where nothing below 0.99 did. */
int figure_largest_loss(const struct figure_point *point);

/* A number and field of untrusted JSON: NaN unless it is a finite number. */
double figure_number(const json_t *object, const char *key);
