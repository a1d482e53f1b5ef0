/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_weak.c: jobs that grow with the workers, their rows, and Gustafson's law fitted to them. */

#include <math.h>

#include "fake.h"
#include "fits.h"
#include "here.h"
#include "measure.h"
#include "weak.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static double cost_of(const struct job *job)
{
  struct workload w;
  ck_assert_int_eq(workload_prepare(job, &w), 0);
  double cost = (double)w.cost[w.chunks];
  workload_release(&w);
  return cost;
}

/* --- Sizes --- */

START_TEST(where_cost_is_proportional_the_size_is_multiplied)
{
  struct job grown, job = fake_job(&fake_kernel, 12345);
  for (unsigned workers = 1; workers <= 64; workers++) {
    ck_assert_int_eq(weak_job(&job, workers, &grown), 0);
    ck_assert_uint_eq(grown.values[FAKE_UNITS], 12345 * workers);
  }
}
END_TEST

START_TEST(where_cost_rises_the_size_follows_the_cost)
{
  struct job grown, job = fake_job(&fake_kernel, 1000000);
  job.values[FAKE_SHAPE] = FAKE_RISING;
  for (unsigned workers = 2; workers <= 64; workers++) {
    ck_assert_int_eq(weak_job(&job, workers, &grown), 0);
    ck_assert_double_eq_tol(cost_of(&grown) / cost_of(&job), workers, 1e-3 * workers);
    ck_assert_uint_lt(grown.values[FAKE_UNITS], 1000000 * workers);
  }
}
END_TEST

START_TEST(small_sizes_are_the_nearest)
{
  struct job grown, job = fake_job(&fake_kernel, 3); /* costs 6 */
  job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(weak_job(&job, 4, &grown), 0);
  ck_assert_uint_eq(grown.values[FAKE_UNITS], 6); /* 21; 7 units cost 28 */
  ck_assert_int_eq(weak_job(&job, 9, &grown), 0);
  ck_assert_uint_eq(grown.values[FAKE_UNITS], 10); /* 55; 9 units cost 45 */
}
END_TEST

START_TEST(a_size_beyond_what_the_kernel_takes_is_refused)
{
  struct job grown = {.seed = 99}, job = fake_job(&fake_kernel, 400000000000000);
  ck_assert_int_eq(weak_job(&job, 2, &grown), 0);
  ck_assert_int_eq(weak_job(&job, 3, &grown), -ERANGE);
  job.values[FAKE_UNITS] = UINT64_C(1) << 30; /* rising: from 2^31 on prepare() refuses */
  job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(weak_job(&job, 2, &grown), 0);
  ck_assert_int_eq(weak_job(&job, 5, &grown), -ERANGE);
}
END_TEST

static uint64_t one_unit(const void *plan)
{
  (void)plan;
  return 1;
}

START_TEST(kernels_that_do_not_grow_are_told_apart)
{
  static const struct parameter none[] = {{.name = "units", .minimum = 1, .maximum = 9}, {0}};
  struct kernel still = fake_kernel, pool = fake_kernel;
  still.units = one_unit;
  pool.parameters = none;
  struct job open = fake_job(&fake_kernel, 0), grown;
  ck_assert_int_eq(weak_possible(&open), 0);
  open.kernel = &still;
  ck_assert_int_eq(weak_possible(&open), -ENOTSUP);
  open.values[FAKE_UNITS] = 100;
  ck_assert_int_eq(weak_job(&open, 2, &grown), -ENOTSUP);
  open.kernel = &pool;
  ck_assert_int_eq(weak_possible(&open), -ENOTSUP);
  ck_assert_int_eq(weak_job(&open, 2, &grown), -ENOTSUP);
}
END_TEST

/* --- Rows --- */

static struct benchmark measured(unsigned units, size_t rounds)
{
  static const unsigned workers[] = {1, 2, 3};
  struct job job = fake_job(&fake_kernel, units);
  struct measure_options options = {
      .placement = placement,
      .workers = workers,
      .worker_counts = LENGTH(workers),
      .schedule = SCHEDULE_STATIC,
      .pin = PIN_OFF,
      .rounds = rounds,
      .precision = 0.03,
      .timeout_s = 60,
      .weak = true,
  };
  struct benchmark b;
  struct fault fault = {0};
  ck_assert_int_eq(measure_prepare(&job, &options, &b, &fault), 0);
  ck_assert_int_eq(measure_run(&b, &options, &fault), 0);
  return b;
}

START_TEST(every_row_has_a_job_of_its_own_and_its_own_answer)
{
  struct benchmark b = measured(10000, 8);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  ck_assert_str_eq(b.name, "fake:units=10000");
  ck_assert(b.weak && b.verdict.right);
  for (unsigned i = 0; i < b.row_count; i++) {
    const struct row *row = &b.rows[i];
    ck_assert_uint_eq(row->counters[0], 10000 * row->workers);
    ck_assert_double_eq(row_growth(&b, row), row->workers);
    ck_assert_double_eq_tol(row->rate_per_s * row->time.median.value, 30000 * row->workers, 1e-6);
    ck_assert_int_eq(row_answer(&b, row) == b.answer, row->workers == 1);
    ck_assert(isnan(row->karp_flatt.value));
  }
  ck_assert(!answer_equal(b.answer, b.rows[2].answer));
  ck_assert(!answer_equal(b.rows[2].answer, b.rows[3].answer));
  ck_assert(b.law.unfitted != FITTED); /* the rows do work of no time */
  benchmark_release(&b);
}
END_TEST

START_TEST(speedup_and_factors_are_of_work_in_the_same_time)
{
  struct benchmark b = measured(10000, 8);
  for (unsigned i = 0; i < b.row_count; i++)
    for (size_t k = 0; k < b.rows[i].n; k++) {
      unsigned p = b.rows[i].workers;
      double wall = p == 1 ? 1 : 1.25; /* every row of two or more takes a quarter longer */
      b.outside[k] = OUTSIDE_NONE;
      b.rows[i].samples[k] = (struct measurement){.wall_s = wall,
                                                  .run_s = wall,
                                                  .busy_mean_s = wall,
                                                  .busy_longest_s = wall,
                                                  .cpu_s = wall * p,
                                                  .cpu_longest_s = wall,
                                                  .clock_ghz = 3};
    }
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  for (unsigned i = 1; i < b.row_count; i++) {
    const struct row *row = &b.rows[i];
    double product = 1;
    ck_assert_double_eq_tol(row->speedup.value, row->workers == 1 ? 1 : row->workers * 0.8, 1e-9);
    for (int f = 0; row->breakdown.known && f < FACTORS; f++)
      product *= row->breakdown.factor[f];
    if (row->breakdown.known)
      ck_assert_double_eq_tol(product, row->efficiency, 1e-9);
  }
  benchmark_release(&b);
}
END_TEST

/* --- Gustafson's law --- */

enum { ROUNDS = 20, ROWS = 4 };
static const unsigned fit_workers[ROWS] = {1, 1, 2, 8};

/* Times per work of one worker for a serial fraction, with noise that rounds have in common. */
static void make_times(double fraction, double noise, double *times)
{
  for (unsigned row = 0; row < ROWS; row++)
    for (unsigned i = 0; i < ROUNDS; i++) {
      double p = fit_workers[row], own = (double)((i * 7919 + row * 1237) % 101) / 50 - 1;
      times[row * ROUNDS + i] = (1 + 0.3 * (i % 5)) * (1 + noise * own) / (p - fraction * (p - 1));
    }
}

START_TEST(gustafsons_fraction_is_found_and_inside_its_interval)
{
  static const double fractions[] = {0, 0.01, 0.05, 0.2, 0.5, 1};
  double times[ROWS * ROUNDS];
  struct fit fit;
  for (size_t i = 0; i < LENGTH(fractions); i++) {
    make_times(fractions[i], 0, times);
    ck_assert_int_eq(fit_gustafson(times, fit_workers, ROWS, ROUNDS, 1, &fit), 0);
    ck_assert(fit.known);
    ck_assert_double_eq_tol(fit.fraction.value, fractions[i], 1e-9);
    make_times(fractions[i], 0.02, times);
    ck_assert_int_eq(fit_gustafson(times, fit_workers, ROWS, ROUNDS, 1, &fit), 0);
    ck_assert_double_le(fit.fraction.low, fractions[i]);
    ck_assert_double_ge(fit.fraction.high, fractions[i]);
    ck_assert_double_lt(fit.fraction.low, fit.fraction.high);
  }
}
END_TEST

START_TEST(too_few_rounds_or_workers_tell_no_fraction)
{
  double times[ROWS * ROUNDS];
  struct fit fit;
  make_times(0.1, 0, times);
  ck_assert_int_eq(fit_gustafson(times, fit_workers, ROWS, 5, 1, &fit), 0);
  ck_assert(!fit.known);
  ck_assert_int_eq(fit_gustafson(times, fit_workers, 2, ROUNDS, 1, &fit), 0);
  ck_assert(!fit.known);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      where_cost_is_proportional_the_size_is_multiplied,
      where_cost_rises_the_size_follows_the_cost,
      small_sizes_are_the_nearest,
      a_size_beyond_what_the_kernel_takes_is_refused,
      kernels_that_do_not_grow_are_told_apart,
      every_row_has_a_job_of_its_own_and_its_own_answer,
      speedup_and_factors_are_of_work_in_the_same_time,
      gustafsons_fraction_is_found_and_inside_its_interval,
      too_few_rounds_or_workers_tell_no_fraction,
  };
  Suite *suite = suite_create("weak");
  TCase *tcase = suite_case(suite, "weak", tests, LENGTH(tests));
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
