/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sustain.c: burst against sustained rate: samples back to back, and two medians. */

#include "sustain.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "measure.h"

enum { BOOTSTRAPS = 1000, SAMPLES_LEAST = 6 };

/* --- Samples --- */

static int append(double **values, size_t n, double value)
{
  if ((n & (n - 1)) == 0) { /* a power of two: full */
    double *longer = realloc(*values, (n ? 2 * n : 1) * sizeof *longer);
    if (!longer)
      return -ENOMEM;
    *values = longer;
  }
  (*values)[n] = value;
  return 0;
}

/* Moves the sample that a row has just been given.  Waiting under a quota says nothing of others.
 */
static int take_sample(struct benchmark *b, struct row *row, double started_s, bool quota)
{
  struct sustained *s = &b->sustained;
  struct measurement sample = row->samples[row->n - 1];
  double work = (double)workload_work(row_workload(b, row));
  row->n = 1; /* for the timeout and the pinning of the next */
  int r = append(&s->started_s, s->n, started_s);
  if (r == 0)
    r = append(&s->rate_per_s, s->n, work / sample.wall_s);
  if (r == 0)
    r = append(&s->clock_ghz, s->n, sample.clock_ghz);
  if (r < 0)
    return r;
  s->n++;
  s->pinned = row->pinned;
  s->disturbed += row->pinned && outside_of(&sample, quota) != OUTSIDE_NONE;
  return 0;
}

static int run_samples(struct benchmark *b, const struct measure_options *options,
                       struct fault *ret_fault)
{
  struct sustained *s = &b->sustained;
  struct row *row = &b->rows[b->row_count - 1];
  uint64_t begin_ns = clock_now_ns();
  do {
    double started_s = s->n ? s->lasted_s : 0;
    struct progress progress = {b->name, s->n, 0, started_s, s->asked_s - started_s};
    if (options->progress)
      options->progress(&progress, options->progress_data);
    int r = measure_sample(b, row, options, ret_fault);
    if (r == 0)
      r = take_sample(b, row, started_s, isfinite(options->placement->quota_cpus));
    s->lasted_s = b->seconds = (double)(clock_now_ns() - begin_ns) * 1e-9;
    if (r < 0)
      return r;
  } while (s->lasted_s < s->asked_s);
  b->stop = STOP_TIME;
  return 0;
}

int sustain_run(struct benchmark *b, const struct measure_options *options, double seconds,
                struct fault *ret_fault)
{
  struct sustained *s = &b->sustained;
  s->asked_s = seconds;
  int r = run_samples(b, options, ret_fault);
  b->rows[b->row_count - 1].n = 0;
  int summarised = sustain_summarise(s);
  if (r == 0)
    r = summarised;
  return r == 0 ? measure_verify(b, options, ret_fault) : r;
}

void sustain_release(struct sustained *s)
{
  free(s->started_s);
  free(s->rate_per_s);
  free(s->clock_ghz);
  memset(s, 0, sizeof *s);
}

/* --- Burst and last third --- */

static double median_of(const double *values, size_t n, gsl_rng *rng, double *scratch)
{
  for (size_t i = 0; i < n; i++)
    scratch[i] = values[rng ? gsl_rng_uniform_int(rng, n) : i];
  gsl_sort(scratch, 1, n);
  return n ? gsl_stats_median_from_sorted_data(scratch, 1, n) : NAN;
}

static void bootstrap(struct sustained *s, gsl_rng *rng, double *scratch, double *ratios)
{
  const double *last = s->rate_per_s + s->n - s->sustained_n;
  gsl_rng_set(rng, 1);
  for (int b = 0; b < BOOTSTRAPS; b++)
    ratios[b] = median_of(last, s->sustained_n, rng, scratch)
                / median_of(s->rate_per_s, s->burst_n, rng, scratch);
  gsl_sort(ratios, 1, BOOTSTRAPS);
  s->ratio.low = ratios[(int)(0.025 * BOOTSTRAPS)];
  s->ratio.high = ratios[(int)(0.975 * BOOTSTRAPS)];
}

/* The first and the last samples, by their start. */
static void choose_parts(struct sustained *s)
{
  s->burst_end_s = fmin(SUSTAIN_BURST_S, s->lasted_s / 6);
  s->sustained_begin_s = s->lasted_s * 2 / 3;
  s->burst_n = s->sustained_n = 0;
  for (size_t i = 0; i < s->n; i++) {
    s->burst_n += s->started_s[i] < s->burst_end_s;
    s->sustained_n += s->started_s[i] >= s->sustained_begin_s;
  }
}

int sustain_summarise(struct sustained *s)
{
  double *scratch = calloc(s->n + 1, sizeof *scratch), *ratios = calloc(BOOTSTRAPS, sizeof *ratios);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = scratch && ratios && rng ? 0 : -ENOMEM;
  if (r == 0) {
    choose_parts(s);
    size_t last = s->n - s->sustained_n;
    s->burst_per_s = median_of(s->rate_per_s, s->burst_n, NULL, scratch);
    s->burst_clock_ghz = median_of(s->clock_ghz, s->burst_n, NULL, scratch);
    s->sustained_per_s = s->sustained_clock_ghz = NAN;
    if (s->sustained_n) {
      s->sustained_per_s = median_of(s->rate_per_s + last, s->sustained_n, NULL, scratch);
      s->sustained_clock_ghz = median_of(s->clock_ghz + last, s->sustained_n, NULL, scratch);
    }
    s->ratio = (struct estimate){s->sustained_per_s / s->burst_per_s, NAN, NAN};
    if (s->burst_n >= SAMPLES_LEAST && s->sustained_n >= SAMPLES_LEAST)
      bootstrap(s, rng, scratch, ratios);
  }
  if (rng)
    gsl_rng_free(rng);
  free(ratios);
  free(scratch);
  return r;
}

/* --- Over time --- */

void sustain_buckets(const double *started, const double *values, size_t n, double end_s,
                     size_t buckets, double *ret_means)
{
  size_t i = 0;
  for (size_t b = 0; b < buckets; b++) {
    double end = end_s * (double)(b + 1) / (double)buckets, sum = 0;
    size_t first = i;
    for (; i < n && (started[i] < end || b + 1 == buckets); i++)
      sum += values[i];
    ret_means[b] = i > first ? sum / (double)(i - first) : values[i ? i - 1 : 0];
  }
}
