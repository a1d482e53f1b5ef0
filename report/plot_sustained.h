/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_sustained.h: the rate of a long run against time, as pibench run --sustain keeps it. */
#pragma once

#include "plots.h"

enum { SUSTAINED_PARTS = 48 };

/* Mean rates in so many equal parts of the run, and how long it lasted.  Returns false where the
 * file has no such run, or none that can be read. */
bool sustained_rates(const struct result_benchmark *benchmark, double ret_rates[SUSTAINED_PARTS],
                     double *ret_lasted_s);

bool sustained_any(const struct figures *figures);
void sustained_draw(const struct figures *figures, bool alone, FILE *to);
