/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plots.h: the plots of a benchmark, as SVG. */
#pragma once

#include "figures.h"

struct plot {
  const char *key; /* in file names: "speedup" */
  const char *title;
  const char *caption;                        /* what is seen, in a sentence or two */
  bool (*any)(const struct figures *figures); /* whether there is anything to draw */
  void (*draw)(const struct figures *figures, bool alone, FILE *to);
};

/* The name of the axis of speedups. */
const char *plot_speedup_axis(const struct figures *figures);

enum { PLOT_SPEEDUP, PLOT_EFFICIENCY, PLOT_BREAKDOWN, PLOT_SAMPLES, PLOT_SUSTAINED, PLOTS };
extern const struct plot plots[PLOTS];

/* How the efficiency of a row and its losses share out 100 %: the efficiency first, then each loss
 * by the logarithm of its factor.  Factors above 1 take nothing.  Returns false where unknown. */
bool plot_shares(const struct figure_point *point, double *ret_kept, double ret_losses[FACTORS]);

/* 1.5 -> "1.50", 12.3 -> "12.3"; "unknown" where it is not finite. */
const char *plot_number(double number, char text[32]);
