/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * statistics.h: what samples say, without assuming a distribution.
 *
 * Sources: Hoefler & Belli 2015 (Scientific Benchmarking of Parallel Computing Systems), rules 5-8;
 * Karp & Flatt 1990 (Measuring Parallel Processor Performance).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A value with a confidence interval; low and high are NaN where n is too small to have one. */
struct estimate {
  double value, low, high;
};

struct summary {
  size_t n;
  struct estimate median; /* interval: exact, from order statistics */
  double minimum, maximum;
  double mad; /* median absolute deviation from the median, not scaled */
};

/* Ranks (from 0) of the order statistics that bound the median with at least that confidence:
 * the largest `low` such that the sign test's two-sided coverage is >= confidence; high is
 * n - 1 - low.  false if even the extremes do not reach it. */
bool statistics_median_ranks(size_t n, double confidence, size_t *ret_low, size_t *ret_high);

/* Median with its interval.  values need not be sorted and are not changed.  n >= 1.
 * Returns 0 or -ENOMEM. */
int statistics_median(const double *values, size_t n, double confidence,
                      struct estimate *ret_estimate);

/* All of a row's samples in one summary, at 95 %.  n >= 1.  Returns 0 or -ENOMEM. */
int statistics_summary(const double *values, size_t n, struct summary *ret_summary);

/*
 * Speedup of a parallel row over the serial one from paired rounds: l_i = ln serial_i -
 * ln parallel_i, S = exp(median l), interval from the sign test at confidence 1 - 0.05/comparisons
 * (Bonferroni: the intervals of all `comparisons` rows hold together with 95 %).
 * All values > 0.  n >= 1.  Returns 0 or -ENOMEM.
 */
int statistics_speedup(const double *serial, const double *parallel, size_t n, unsigned comparisons,
                       struct estimate *ret_speedup);

/*
 * Karp & Flatt's experimentally determined serial fraction e = (1/S - 1/P) / (1 - 1/P), with the
 * interval that the speedup's interval maps to.  All NaN for P < 2, or where the interval holds 0
 * or is unknown: then the data cannot tell it from none.
 */
struct estimate statistics_karp_flatt(struct estimate speedup, double workers);

/* Half the width of the interval relative to the value, e.g. 0.03; INFINITY if there is none. */
double statistics_relative_precision(struct estimate estimate);
