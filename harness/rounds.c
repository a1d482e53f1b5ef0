/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rounds.c: the rounds of a benchmark: what disturbed them, and when there are enough. */

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "capacity.h"
#include "clock.h"
#include "load.h"
#include "measure.h"
#include "quota.h"

static const char *const stop_names[] = {[STOP_NONE] = NULL,
                                         [STOP_ROUNDS] = "rounds",
                                         [STOP_PRECISION] = "precision",
                                         [STOP_TIME] = "time"};

/* Looking after every round would bias towards lucky narrow intervals. */
static const size_t looks[] = {10, 20, 40, 80};
enum { LOOKS = sizeof looks / sizeof *looks };
enum { ROUNDS_MOST = 80, ROUNDS_TOTAL = 120 };

/* An interval needs six samples at 95 %. */
enum { ROUNDS_LEAST = 6 };

size_t rounds_least(const struct benchmark *b)
{
  size_t n = ROUNDS_LEAST, low, high;
  double confidence = 1 - 0.05 / (b->row_count > 1 ? b->row_count - 1 : 1);
  while (n < ROUNDS_MOST && !statistics_median_ranks(n, confidence, &low, &high))
    n++;
  return n;
}

const char *stop_reason_name(enum stop_reason reason)
{
  return stop_names[reason];
}

/* --- What disturbed a round --- */

/* A disturbed round is replaced, but half as many again are the most. */
static size_t rounds_most(size_t wanted)
{
  return wanted + wanted / 2;
}

static size_t rounds_clean(const struct benchmark *b)
{
  return b->rounds - b->disturbed;
}

/* The first cause that is recorded in the round.  Workers that share a CPU or wander are held up by
 * one another, not from outside. */
static enum outside round_cause(const struct benchmark *b, bool throttled)
{
  for (unsigned i = 0; i < b->row_count; i++) {
    const struct row *row = &b->rows[i];
    enum outside cause =
        row->pinned ? outside_of(&row->samples[b->rounds], throttled) : OUTSIDE_NONE;
    if (cause != OUTSIDE_NONE)
      return cause;
  }
  return OUTSIDE_NONE;
}

/* Where disturbance is the rule it cannot be set aside: the result is that of a machine which is
 * not free, and says so. */
static void rounds_judge(struct benchmark *b)
{
  size_t clean = rounds_clean(b);
  b->all_counted = b->disturbed > 0 && (clean < ROUNDS_LEAST || 2 * clean < b->rounds);
}

static int round_close(struct benchmark *b, double throttled_s)
{
  enum outside *longer = realloc(b->outside, (b->rounds + 1) * sizeof *longer);
  if (!longer)
    return -ENOMEM;
  b->outside = longer;
  b->outside[b->rounds] = round_cause(b, throttled_s > 0);
  b->disturbed += b->outside[b->rounds] != OUTSIDE_NONE;
  b->throttled_rounds += throttled_s > 0;
  b->throttled_s += throttled_s;
  b->rounds++;
  rounds_judge(b); /* what was measured so far can be summarised at any time */
  return 0;
}

/* --- Progress --- */

/* Rounds until the next look, or until the end. */
static size_t rounds_ahead(const struct benchmark *b, const struct measure_options *options)
{
  size_t clean = rounds_clean(b), until = options->rounds ? options->rounds : ROUNDS_MOST;
  for (size_t i = LOOKS; !options->rounds && i-- > 0;)
    if (looks[i] > clean)
      until = looks[i];
  return until > clean ? until - clean : 1;
}

static void report_progress(const struct benchmark *b, const struct measure_options *options,
                            double elapsed_s)
{
  if (!options->progress)
    return;
  size_t ahead = rounds_ahead(b, options);
  double left_s = b->rounds ? elapsed_s / (double)b->rounds * (double)ahead : NAN;
  if (options->max_s > 0)
    left_s = fmin(left_s, fmax(options->max_s - elapsed_s, 0));
  struct progress progress = {b->name, rounds_clean(b), rounds_clean(b) + ahead, elapsed_s, left_s};
  options->progress(&progress, options->progress_data);
}

/* --- When to stop --- */

/* The precision of what was asked for: the speedup at the most workers, or the serial time. */
static double precision_now(const struct benchmark *b)
{
  double serial[ROUNDS_TOTAL], parallel[ROUNDS_TOTAL];
  const struct row *last = &b->rows[b->row_count - 1];
  struct estimate estimate;
  benchmark_values(b, &b->rows[0], offsetof(struct measurement, wall_s), false, serial);
  size_t n = benchmark_values(b, last, offsetof(struct measurement, wall_s), false, parallel);
  int r = b->row_count > 1 ? statistics_speedup(serial, parallel, n, b->row_count - 1, &estimate)
                           : statistics_median(serial, n, 0.95, &estimate);
  return r < 0 ? INFINITY : statistics_relative_precision(estimate);
}

static enum stop_reason stop_now(const struct benchmark *b, const struct measure_options *options,
                                 double elapsed_s)
{
  size_t wanted = options->rounds ? options->rounds : ROUNDS_MOST, clean = rounds_clean(b);
  bool counts = b->outside[b->rounds - 1] == OUTSIDE_NONE;
  for (size_t i = 0; i < LOOKS; i++)
    if (!options->rounds && counts && clean == looks[i] && precision_now(b) <= options->precision)
      return STOP_PRECISION;
  if (clean >= wanted || b->rounds >= rounds_most(wanted))
    return STOP_ROUNDS;
  double next = elapsed_s / (double)b->rounds;
  size_t least = rounds_least(b);
  if (options->max_s > 0 && next * (double)least > 2 * options->max_s)
    least = 1; /* there will be no interval: it would take far too long */
  bool over = options->max_s > 0 && elapsed_s + next > options->max_s;
  return over && b->rounds >= least ? STOP_TIME : STOP_NONE;
}

static double throttled_now(const struct measure_options *options)
{
  return isfinite(options->placement->quota_cpus) ? quota_throttled_s("") : 0;
}

static int run_rounds(struct benchmark *b, const struct measure_options *options, unsigned *order,
                      gsl_rng *rng, struct fault *ret_fault)
{
  uint64_t begin = clock_now_ns();
  double elapsed_s = 0, pressure_s = load_pressure_s();
  for (unsigned i = 0; i < b->row_count; i++)
    order[i] = i;
  while (b->stop == STOP_NONE) {
    double throttled_s = throttled_now(options);
    gsl_ran_shuffle(rng, order, b->row_count, sizeof *order);
    for (unsigned i = 0; i < b->row_count; i++) {
      report_progress(b, options, (double)(clock_now_ns() - begin) * 1e-9);
      int r = measure_sample(b, &b->rows[order[i]], options, ret_fault);
      b->seconds = (double)(clock_now_ns() - begin) * 1e-9;
      if (r < 0)
        return r;
    }
    int r = round_close(b, throttled_now(options) - throttled_s);
    if (r < 0)
      return r;
    elapsed_s = b->seconds;
    b->pressure_s = load_pressure_s() - pressure_s;
    b->stop = stop_now(b, options, elapsed_s);
  }
  return 0;
}

/* Under weak scaling every row has an answer of its own: what holds of all is the weakest. */
int measure_verify(struct benchmark *b, const struct measure_options *options,
                   struct fault *ret_fault)
{
  double seconds = b->rows[0].n ? fmin(b->rows[0].samples[0].wall_s, 2) : 2;
  struct team team = measure_team(b, &b->rows[b->row_count - 1], options);
  struct verdict weakest;
  team.workload = &b->workload;
  int r = verify_answer(&team, b->answer, seconds, options->seed, &weakest, ret_fault);
  for (unsigned i = 0; r == 0 && weakest.right && i < b->row_count; i++) {
    struct verdict verdict;
    const struct row *row = &b->rows[i];
    if (!row_has_own(row) || !row->answer)
      continue;
    team = measure_team(b, row, options);
    r = verify_answer(&team, row->answer, seconds, options->seed, &verdict, ret_fault);
    if (r == 0 && (!verdict.right || verdict.how <= weakest.how))
      weakest = verdict;
  }
  if (r < 0)
    return r;
  b->verdict = weakest;
  return 0;
}

/* After the rounds: by then the guard bits are settled. */
static int measure_capacity(struct benchmark *b, const struct measure_options *options,
                            struct fault *ret_fault)
{
  struct team team = measure_team(b, &b->rows[0], options);
  b->kinds = options->placement->kind_count;
  return capacity_measure(&team, &b->kind_speed, ret_fault);
}

int measure_run(struct benchmark *b, const struct measure_options *options, struct fault *ret_fault)
{
  unsigned *order = calloc(b->row_count, sizeof *order);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = -ENOMEM;
  if (order && rng) {
    gsl_rng_set(rng, (unsigned long)options->seed);
    r = run_rounds(b, options, order, rng, ret_fault);
  }
  if (rng)
    gsl_rng_free(rng);
  free(order);
  if (r == 0)
    r = measure_capacity(b, options, ret_fault);
  if (r == 0)
    r = measure_verify(b, options, ret_fault);
  return r;
}
