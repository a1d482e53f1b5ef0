/* SPDX-License-Identifier: GPL-3.0-or-later */
/* regression.c: intervals of a change against a threshold, Holm's procedure, blocks of runs. */

#include "regression.h"

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0.05 /* of all comparisons together */

/* Where a probability and a level are equal, rounding must not decide. */
static const double rounding = 1 + 1e-12;

static const char *const names[RULINGS] = {[RULING_PASS] = "pass",
                                           [RULING_IMPROVED] = "improved",
                                           [RULING_REGRESSED] = "regressed",
                                           [RULING_INCONCLUSIVE] = "inconclusive"};

const char *ruling_name(enum ruling ruling)
{
  return names[ruling];
}

double regression_part(double change)
{
  return expm1(change);
}

/* --- The rank-sum test --- */

enum { EXACT_MOST = 40 };

/*
 * P(U <= u) under equal distributions, U the number of pairs (of n and m values) in which the first
 * is larger.  Exact by Mann & Whitney's recurrence on counts, f(n, m, u) = f(n-1, m, u-m) +
 * f(n, m-1, u), as the product of Gaussian binomials: one factor (1 - q^(m+i)) / (1 - q^i) for each
 * i up to n.  Beyond 40 values a side the normal approximation with correction for continuity.
 */
static int rank_sum_below(size_t n, size_t m, size_t u, double *ret_probability)
{
  size_t pairs = n * m;
  if (n > EXACT_MOST || m > EXACT_MOST) {
    double mean = (double)pairs / 2, variance = (double)pairs * (double)(n + m + 1) / 12;
    *ret_probability = gsl_cdf_ugaussian_P(((double)u + 0.5 - mean) / sqrt(variance));
    return 0;
  }
  double *ways = calloc(pairs + 1, sizeof *ways);
  if (!ways)
    return -ENOMEM;
  ways[0] = 1;
  for (size_t i = 1; i <= n; i++) {
    for (size_t k = pairs; k >= m + i; k--) /* times 1 - q^(m+i) */
      ways[k] -= ways[k - m - i];
    for (size_t k = i; k <= pairs; k++) /* divided by 1 - q^i */
      ways[k] += ways[k - i];
  }
  double below = 0, all = 0;
  for (size_t k = 0; k <= pairs; k++) {
    all += ways[k];
    below += k <= u ? ways[k] : 0;
  }
  free(ways);
  *ret_probability = below / all;
  return 0;
}

/* --- One comparison --- */

/* The values whose order statistics bound the change: the changes, or all differences. */
struct spread {
  double *sorted;
  size_t n;
};

static int spread_make(const struct comparison *c, struct spread *ret_spread)
{
  struct spread spread = {.n = c->changes ? c->n : c->n * c->n_new};
  spread.sorted = malloc(spread.n * sizeof *spread.sorted);
  if (!spread.sorted)
    return -ENOMEM;
  if (c->changes)
    memcpy(spread.sorted, c->changes, c->n * sizeof *spread.sorted);
  else
    for (size_t i = 0; i < spread.n; i++)
      spread.sorted[i] = c->new_logs[i % c->n_new] - c->old_logs[i / c->n_new];
  gsl_sort(spread.sorted, 1, spread.n);
  *ret_spread = spread;
  return 0;
}

/* P(at most `u` of the values lie below the true change). */
static int at_most_below(const struct comparison *c, size_t u, double *ret_probability)
{
  gsl_set_error_handler_off();
  if (!c->changes)
    return rank_sum_below(c->n, c->n_new, u, ret_probability);
  *ret_probability = gsl_cdf_binomial_P((unsigned)u, 0.5, (unsigned)c->n);
  return 0;
}

/* How many values may be cut off at each end: the largest u with 2 P(at most u - 1 below) <= level,
 * found by halving. */
static int cut_off(const struct comparison *c, size_t n, double level, size_t *ret_cut)
{
  size_t fits = 0, too_many = (n + 1) / 2 + 1;
  while (too_many - fits > 1) {
    size_t middle = fits + (too_many - fits) / 2;
    double probability = 0;
    int r = at_most_below(c, middle - 1, &probability);
    if (r < 0)
      return r;
    if (2 * probability <= level * rounding)
      fits = middle;
    else
      too_many = middle;
  }
  *ret_cut = fits;
  return 0;
}

int regression_estimate(const struct comparison *c, double confidence, struct estimate *ret_change)
{
  assert(c->n >= 1);
  struct spread spread;
  int r = spread_make(c, &spread);
  if (r < 0)
    return r;
  struct estimate change = {
      .value = gsl_stats_median_from_sorted_data(spread.sorted, 1, spread.n),
      .low = -INFINITY,
      .high = INFINITY,
  };
  size_t cut = 0;
  r = cut_off(c, spread.n, 1 - confidence, &cut);
  if (r == 0 && cut > 0) {
    change.low = spread.sorted[cut - 1];
    change.high = spread.sorted[spread.n - cut];
  }
  free(spread.sorted);
  if (r == 0)
    *ret_change = change;
  return r;
}

/* The smallest two-sided level at which the interval leaves the threshold on one side. */
static int level_needed(const struct comparison *c, double limit, double *ret_level)
{
  struct spread spread;
  int r = spread_make(c, &spread);
  if (r < 0)
    return r;
  size_t not_above = 0, not_below = 0;
  for (size_t i = 0; i < spread.n; i++) {
    not_above += spread.sorted[i] <= limit;
    not_below += spread.sorted[i] >= limit;
  }
  free(spread.sorted);
  double probability = 1;
  r = at_most_below(c, not_above < not_below ? not_above : not_below, &probability);
  *ret_level = fmin(1, 2 * probability);
  return r;
}

static enum ruling rule(struct estimate change, double limit)
{
  if (change.low > limit)
    return RULING_REGRESSED;
  if (change.high < -limit)
    return RULING_IMPROVED;
  return change.high < limit ? RULING_PASS : RULING_INCONCLUSIVE;
}

/* --- Holm's procedure --- */

/* The level that the comparison with the k-th smallest needed level is held to. */
static double holm_level(const double *sorted, size_t count, size_t k)
{
  double level = ALPHA / (double)count;
  for (size_t i = 0; i <= k; i++) {
    level = ALPHA / (double)(count - i);
    if (sorted[i] > level * rounding)
      break; /* not rejected, and with it no later one */
  }
  return level;
}

int regression_judge(struct comparison *comparisons, size_t count, double threshold)
{
  double limit = log1p(threshold);
  double *levels = calloc(count ? count : 1, sizeof *levels);
  size_t *order = calloc(count ? count : 1, sizeof *order);
  int r = levels && order ? 0 : -ENOMEM;
  for (size_t i = 0; i < count && r == 0; i++)
    r = level_needed(&comparisons[i], limit, &levels[i]);
  if (r == 0 && count) {
    gsl_sort_index(order, levels, 1, count);
    gsl_sort(levels, 1, count);
  }
  for (size_t k = 0; k < count && r == 0; k++) {
    struct comparison *c = &comparisons[order[k]];
    c->confidence = 1 - holm_level(levels, count, k);
    r = regression_estimate(c, c->confidence, &c->change);
    c->ruling = r == 0 ? rule(c->change, limit) : RULING_INCONCLUSIVE;
  }
  free(order);
  free(levels);
  return r;
}

/* --- What it could have shown --- */

double regression_smallest(const struct comparison *c, double threshold)
{
  return expm1(log1p(threshold) + c->change.value - c->change.low);
}

size_t regression_blocks_needed(const struct comparison *c, double threshold)
{
  double distance = log1p(threshold) - c->change.value;
  double width = distance > 0 ? c->change.high - c->change.value : c->change.value - c->change.low;
  double ratio = width / distance;
  double needed = ceil((double)c->n * ratio * ratio);
  return needed <= 1000 ? (size_t)fmax(needed, 6) : 0; /* NaN and infinity: 0 */
}

/* --- Blocks --- */

size_t blocks_fewest(size_t comparisons)
{
  size_t n = 1;
  while (2 * exp2(-(double)n) > ALPHA / (double)comparisons * rounding)
    n++;
  return n;
}

int blocks_shuffle(size_t n, unsigned long seed, bool *ret_new_first)
{
  gsl_set_error_handler_off();
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  if (!random)
    return -ENOMEM;
  gsl_rng_set(random, seed);
  for (size_t i = 0; i < n; i++)
    ret_new_first[i] = i % 2;
  gsl_ran_shuffle(random, ret_new_first, n, sizeof *ret_new_first);
  gsl_rng_free(random);
  return 0;
}

bool block_run_is_new(bool new_first, unsigned run)
{
  return (run == 1 || run == 2) != new_first;
}

double block_change(bool new_first, const double times_s[BLOCK_RUNS])
{
  double change = 0;
  for (unsigned run = 0; run < BLOCK_RUNS; run++)
    change += (block_run_is_new(new_first, run) ? 0.5 : -0.5) * log(times_s[run]);
  return change;
}
