/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * statistics.c: medians and their exact intervals, paired speedups, the serial fraction.
 *
 * Method: the interval of a median is bounded by two order statistics, and its coverage is that of
 * the sign test, a binomial sum.  It assumes independent values and nothing of their distribution:
 * run times are skewed and have outliers (Hoefler & Belli 2015, rules 5-8).
 */

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"

static const struct estimate unknown = {.value = NAN, .low = NAN, .high = NAN};

/* Where coverage and confidence are equal, GSL's rounding (relative 1e-14) must not decide. */
static const double rounding = 1 + 1e-12;

bool statistics_median_ranks(size_t n, double confidence, size_t *ret_low, size_t *ret_high)
{
  gsl_set_error_handler_off(); /* its default aborts; an underflow to 0 is what we want */
  /* x(low) lies above the median exactly when at most `low` of n values are below it. */
  size_t usable = 0;
  while (usable < (n + 1) / 2
         && 2 * gsl_cdf_binomial_P((unsigned)usable, 0.5, (unsigned)n)
                <= (1 - confidence) * rounding)
    usable++;
  if (usable == 0)
    return false;
  *ret_low = usable - 1;
  *ret_high = n - usable;
  return true;
}

static struct estimate sorted_median(const double *sorted, size_t n, double confidence)
{
  struct estimate median = unknown;
  median.value = gsl_stats_median_from_sorted_data(sorted, 1, n);
  size_t low, high;
  if (statistics_median_ranks(n, confidence, &low, &high)) {
    median.low = sorted[low];
    median.high = sorted[high];
  }
  return median;
}

/* A sorted copy, to be freed, or NULL. */
static double *sorted_copy(const double *values, size_t n)
{
  double *copy = malloc(n * sizeof *copy);
  if (!copy)
    return NULL;
  memcpy(copy, values, n * sizeof *copy);
  gsl_sort(copy, 1, n);
  return copy;
}

int statistics_median(const double *values, size_t n, double confidence,
                      struct estimate *ret_estimate)
{
  assert(n >= 1);
  double *sorted = sorted_copy(values, n);
  if (!sorted)
    return -ENOMEM;
  *ret_estimate = sorted_median(sorted, n, confidence);
  free(sorted);
  return 0;
}

int statistics_summary(const double *values, size_t n, struct summary *ret_summary)
{
  assert(n >= 1);
  double *sorted = sorted_copy(values, n);
  double *work = malloc(n * sizeof *work);
  int status = -ENOMEM;
  if (!sorted || !work)
    goto finish;
  *ret_summary = (struct summary){
      .n = n,
      .median = sorted_median(sorted, n, 0.95),
      .minimum = sorted[0],
      .maximum = sorted[n - 1],
      .mad = gsl_stats_mad0(sorted, 1, n, work),
  };
  status = 0;
finish:
  free(work);
  free(sorted);
  return status;
}

int statistics_speedup(const double *serial, const double *parallel, size_t n, unsigned comparisons,
                       struct estimate *ret_speedup)
{
  assert(n >= 1 && comparisons >= 1);
  double *logs = malloc(n * sizeof *logs);
  if (!logs)
    return -ENOMEM;
  for (size_t i = 0; i < n; i++)
    logs[i] = log(serial[i]) - log(parallel[i]);
  gsl_sort(logs, 1, n);
  struct estimate median = sorted_median(logs, n, 1 - 0.05 / comparisons);
  free(logs);
  *ret_speedup = (struct estimate){
      .value = exp(median.value), .low = exp(median.low), .high = exp(median.high)};
  return 0;
}

static double serial_fraction(double speedup, double workers)
{
  return (1 / speedup - 1 / workers) / (1 - 1 / workers);
}

struct estimate statistics_karp_flatt(struct estimate speedup, double workers)
{
  if (!(workers >= 2))
    return unknown;
  /* The more speedup, the less is serial: the ends change places. */
  struct estimate fraction = {
      .value = serial_fraction(speedup.value, workers),
      .low = serial_fraction(speedup.high, workers),
      .high = serial_fraction(speedup.low, workers),
  };
  bool apart_from_zero = fraction.low > 0 || fraction.high < 0; /* false for NaN too */
  return apart_from_zero ? fraction : unknown;
}

double statistics_relative_precision(struct estimate estimate)
{
  double precision = (estimate.high - estimate.low) / 2 / fabs(estimate.value);
  return isnan(precision) ? INFINITY : precision;
}
