/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_law.c: a serial fraction is told where the loss is serial, and no other loss is called one.
 */

#include <jansson.h>
#include <math.h>

#include "fake.h"
#include "result.h"
#include "suite.h"

enum { ROWS = 5, ROUNDS = 20 };

/* What the rows of P workers lose: `alone` is done by one worker, the rest is slowed. */
struct losses {
  double alone, shared, clock, waiting, balance;
};

static const struct losses none = {0, 1, 1, 1, 1};
static struct placement *placement;

static void load_eight_cores(void)
{
  setenv("HWLOC_SYNTHETIC", "package:1 core:8 pu:1", 1);
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, &(unsigned){0}), 0);
  placement->quota_cpus = INFINITY;
}

static void free_cores(void)
{
  placement_free(placement);
}

/* A serial second on P cores; `own` is the noise of this sample. */
static struct measurement sample_of(const struct losses *losses, unsigned workers, bool serial,
                                    double own)
{
  const struct losses *l = serial || workers == 1 ? &none : losses;
  double alone = serial ? 0 : losses->alone, cpu = (1 - alone) / (l->shared * l->clock);
  double longest = cpu / workers / l->balance;
  struct measurement m = {.cpu_s = cpu * own,
                          .cpu_longest_s = longest * own,
                          .clock_ghz = 4 * l->clock,
                          .adds_per_ns = 16 * l->clock * l->shared};
  m.busy_longest_s = m.run_s = longest / l->waiting * own;
  m.busy_mean_s = cpu / workers / l->waiting * own;
  m.merge_s = alone / (l->shared * l->clock) * own;
  m.wall_s = m.run_s + m.merge_s;
  return m;
}

/* Between -1 and 1, the same in every run of the test. */
static double wobble(size_t i, unsigned row)
{
  return (double)((i * 7919 + row * 1237 + i * i * (row + 3) * 311) % 101) / 50 - 1;
}

/* A serial row and one of each worker count. */
static struct benchmark made(const unsigned *counts, unsigned rows, const struct losses *losses,
                             double noise)
{
  struct benchmark b = {.repeats = 1,
                        .rows = calloc(rows + 1, sizeof *b.rows),
                        .row_count = rows + 1,
                        .rounds = ROUNDS,
                        .outside = calloc(ROUNDS, sizeof *b.outside),
                        .size_chosen = true,
                        .verdict = {.how = VERIFIED_KNOWN, .right = true}};
  struct job job = fake_job(&fake_kernel, 1000);
  ck_assert_int_eq(workload_prepare(&job, &b.workload), 0);
  b.serial_fraction = losses->alone;
  b.serial_chunks = losses->alone > 0;
  for (unsigned r = 0; r <= rows; r++) {
    struct row *row = &b.rows[r];
    row->serial = r == 0;
    row->workers = r == 0 ? 1 : counts[r - 1];
    row->oversubscribed = row->workers > placement->slot_count;
    row->cpus = calloc(row->workers, sizeof *row->cpus);
    row->n = ROUNDS;
    row->samples = calloc(ROUNDS, sizeof *row->samples);
    for (size_t i = 0; i < ROUNDS; i++)
      row->samples[i] = sample_of(losses, row->workers, row->serial, 1 + noise * wobble(i, r));
  }
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  return b;
}

static const unsigned counts[ROWS] = {1, 2, 4, 6, 8}, one_and_two[] = {1, 2};

START_TEST(a_serial_part_is_fitted_and_its_interval_holds_it)
{
  static const double fractions[] = {0.01, 0.05, 0.2, 0.5};
  for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
    for (unsigned rows = 2; rows <= ROWS; rows++) {
      struct losses losses = none;
      losses.alone = fractions[i];
      struct benchmark b = made(counts, rows, &losses, 0.005);
      ck_assert_int_eq(b.law.unfitted, FITTED);
      ck_assert_uint_eq(b.law.counts, rows - 1);
      ck_assert_double_eq_tol(b.law.alone, fractions[i], 0.003);
      ck_assert_double_le(b.law.fraction.low, fractions[i]);
      ck_assert_double_ge(b.law.fraction.high, fractions[i]);
      ck_assert_double_eq_tol(b.rows[rows].karp_flatt.value, fractions[i], 0.02);
      benchmark_release(&b);
    }
}
END_TEST

START_TEST(where_most_of_the_loss_is_serial_the_interval_is_widened_to_hold_that_part)
{
  struct losses losses = none;
  losses.alone = 0.05;
  losses.clock = 0.97;
  struct benchmark b = made(one_and_two, 2, &losses, 0.002);
  ck_assert_int_eq(b.law.unfitted, FITTED);
  ck_assert_double_gt(b.law.fraction.value, 0.06); /* the clock looks serial as well */
  ck_assert_double_eq_tol(b.law.fraction.low, 0.05, 0.002);
  benchmark_release(&b);
}
END_TEST

static const struct {
  enum factor loss;
  struct losses losses;
} not_serial[] = {
    {FACTOR_SHARED_CORE, {0, 0.77, 1, 1, 1}},   {FACTOR_CLOCK, {0, 1, 0.9, 1, 1}},
    {FACTOR_WAITING, {0, 1, 1, 0.8, 1}},        {FACTOR_LOAD_BALANCE, {0, 1, 1, 1, 0.85}},
    {FACTOR_SHARED_CORE, {0.01, 0.6, 1, 1, 1}},
};

START_TEST(a_loss_that_is_not_serial_is_no_serial_fraction_but_named)
{
  struct benchmark b =
      made(_i % 2 ? counts : one_and_two, _i % 2 ? ROWS : 2, &not_serial[_i].losses, 0.005);
  ck_assert_int_eq(b.law.unfitted, UNFITTED_LOSS);
  ck_assert(isnan(b.law.fraction.value) && isnan(b.law.fraction.high));
  ck_assert_int_eq(b.law.loss, not_serial[_i].loss);
  ck_assert_uint_ge(b.law.loss_workers, 2);
  for (unsigned r = 1; r < b.row_count; r++)
    ck_assert(isnan(b.rows[r].karp_flatt.value));
  benchmark_release(&b);
}
END_TEST

/* As a serial run whose own core was shared, and theirs not. */
START_TEST(workers_that_are_faster_than_the_serial_run_hide_no_serial_part)
{
  struct losses losses = none;
  losses.alone = 0.1;
  losses.clock = 1.6;
  struct benchmark b = made(counts, ROWS, &losses, 0.005);
  ck_assert_int_eq(b.law.unfitted, UNFITTED_GAIN);
  losses.alone = 0;
  benchmark_release(&b);
  b = made(counts, ROWS, &losses, 0.005);
  ck_assert_int_eq(b.law.unfitted, UNFITTED_GAIN); /* no limit above infinity */
  benchmark_release(&b);
}
END_TEST

START_TEST(without_a_loss_the_fraction_is_below_something)
{
  struct benchmark b = made(counts, ROWS, &none, 0.01);
  ck_assert_int_eq(b.law.unfitted, FITTED);
  ck_assert_double_eq(b.law.fraction.low, 0);
  ck_assert_double_gt(b.law.fraction.high, 0);
  ck_assert_double_lt(b.law.fraction.high, 0.01);
  benchmark_release(&b);
}
END_TEST

static void check_unfitted(struct benchmark *b, enum unfitted wanted)
{
  ck_assert_int_eq(measure_summarise(b, placement), 0);
  ck_assert_int_eq(b->law.unfitted, wanted);
  ck_assert(isnan(b->law.fraction.value));
  ck_assert_ptr_nonnull(law_unfitted_reason(law_unfitted_key(&b->law)));
}

START_TEST(what_keeps_the_law_from_being_asked_is_told_apart)
{
  static const unsigned beyond[] = {1, 16};
  struct benchmark b = made(one_and_two, 1, &none, 0.01);
  check_unfitted(&b, UNFITTED_ROWS);
  benchmark_release(&b);
  b = made(beyond, 2, &none, 0.01);
  check_unfitted(&b, UNFITTED_ROWS);
  benchmark_release(&b);
  b = made(counts, ROWS, &none, 0.01);
  b.rounds = 5;
  check_unfitted(&b, UNFITTED_ROUNDS);
  b.rounds = ROUNDS;
  b.all_counted = true;
  check_unfitted(&b, UNFITTED_DISTURBED);
  b.all_counted = false;
  b.size_chosen = false;
  for (size_t i = 0; i < ROUNDS; i++)
    b.rows[ROWS].samples[i].wall_s = 0.001;
  check_unfitted(&b, UNFITTED_SHORT);
  struct kernel pool = fake_kernel;
  pool.is_pool = true;
  b.workload.job.kernel = &pool;
  check_unfitted(&b, UNFITTED_POOL);
  benchmark_release(&b);
}
END_TEST

/* Of five rounds in two while it computes, in two while it merges: no phase's median tells. */
START_TEST(a_wait_for_a_cpu_is_no_serial_loss_whenever_in_a_round_it_comes)
{
  struct benchmark b = made(one_and_two, 2, &none, 0.001);
  for (size_t i = 0; i < ROUNDS; i++) {
    struct measurement *m = &b.rows[2].samples[i];
    double waited_s = i % 5 < 4 ? m->wall_s / 4 : 0;
    m->wall_s += waited_s;
    if (i % 5 < 2) {
      m->merge_s += waited_s;
      m->tail_waited_s = waited_s;
    } else {
      m->run_s += waited_s;
      m->busy_mean_s += waited_s;
      m->busy_longest_s += waited_s;
    }
  }
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  const double *factor = b.rows[2].breakdown.factor;
  ck_assert_double_eq_tol(factor[FACTOR_WAITING], 0.8, 0.005);
  ck_assert_double_eq_tol(factor[FACTOR_SERIALISATION], 1, 0.005);
  ck_assert_double_eq_tol(factor[FACTOR_UNEXPLAINED], 1, 0.01);
  ck_assert_int_eq(b.law.unfitted, UNFITTED_LOSS);
  ck_assert_int_eq(b.law.loss, FACTOR_WAITING);
  benchmark_release(&b);
}
END_TEST

/* Seven rounds wait, six are out of balance, seven lose nothing: the median speedup is of the six.
 */
START_TEST(the_loss_named_is_that_of_the_rounds_around_the_median_speedup)
{
  struct losses waiting = none, balance = none;
  waiting.waiting = 0.5;
  balance.balance = 0.8;
  struct benchmark b = made(one_and_two, 2, &none, 0);
  for (size_t i = 0; i < 13; i++)
    b.rows[2].samples[i] = sample_of(i < 7 ? &waiting : &balance, 2, false, 1);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  const double *factor = b.rows[2].breakdown.factor;
  ck_assert_double_eq_tol(factor[FACTOR_LOAD_BALANCE], 0.8, 1e-6);
  ck_assert_double_eq_tol(factor[FACTOR_WAITING], 1, 1e-6);
  ck_assert_double_eq_tol(factor[FACTOR_UNEXPLAINED], 1, 1e-6);
  benchmark_release(&b);
}
END_TEST

START_TEST(threads_alone_are_fitted_as_processes_are)
{
  struct losses losses = none;
  losses.alone = 0.05;
  struct benchmark b = made(counts, ROWS, &losses, 0.005);
  for (unsigned r = 1; r < b.row_count; r++)
    b.rows[r].backend = BACKEND_THREAD;
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  ck_assert_int_eq(b.law.unfitted, FITTED);
  ck_assert_uint_eq(b.law.counts, ROWS - 1);
  benchmark_release(&b);
}
END_TEST

/* fits of the only benchmark, borrowed from *ret_result. */
static json_t *fits_of(const struct benchmark *b, json_t **ret_result)
{
  struct machine machine = {0};
  struct software software = {0};
  struct run run = {.profile = "quick",
                    .schedule = -1,
                    .placement = placement,
                    .machine = &machine,
                    .software = &software,
                    .benchmarks = b,
                    .benchmark_count = 1};
  *ret_result = result_json(&run);
  ck_assert_ptr_nonnull(*ret_result);
  return json_object_get(json_array_get(json_object_get(*ret_result, "benchmarks"), 0), "fits");
}

START_TEST(the_result_has_null_and_the_reason_instead_of_a_false_fraction)
{
  json_t *result, *fits, *unfitted;
  struct benchmark b = made(one_and_two, 2, &not_serial[0].losses, 0.005);
  fits = fits_of(&b, &result);
  unfitted = json_object_get(fits, "unfitted");
  ck_assert(json_is_null(json_object_get(fits, "amdahl")));
  ck_assert_str_eq(json_string_value(json_object_get(unfitted, "reason")), "other_loss");
  ck_assert_str_eq(json_string_value(json_object_get(unfitted, "largest_loss")), "shared_core");
  json_decref(result);
  benchmark_release(&b);
  b = made(counts, ROWS, &none, 0.01);
  fits = fits_of(&b, &result);
  ck_assert(json_is_object(json_object_get(fits, "amdahl")));
  ck_assert(json_is_null(json_object_get(fits, "unfitted")));
  ck_assert(json_is_number(json_object_get(fits, "alone")));
  json_decref(result);
  benchmark_release(&b);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("law");
  TCase *tcase = tcase_create("law");
  tcase_add_checked_fixture(tcase, load_eight_cores, free_cores);
  tcase_add_test(tcase, a_serial_part_is_fitted_and_its_interval_holds_it);
  tcase_add_test(tcase, where_most_of_the_loss_is_serial_the_interval_is_widened_to_hold_that_part);
  tcase_add_loop_test(tcase, a_loss_that_is_not_serial_is_no_serial_fraction_but_named, 0,
                      sizeof not_serial / sizeof *not_serial);
  tcase_add_test(tcase, workers_that_are_faster_than_the_serial_run_hide_no_serial_part);
  tcase_add_test(tcase, without_a_loss_the_fraction_is_below_something);
  tcase_add_test(tcase, what_keeps_the_law_from_being_asked_is_told_apart);
  tcase_add_test(tcase, a_wait_for_a_cpu_is_no_serial_loss_whenever_in_a_round_it_comes);
  tcase_add_test(tcase, the_loss_named_is_that_of_the_rounds_around_the_median_speedup);
  tcase_add_test(tcase, threads_alone_are_fitted_as_processes_are);
  tcase_add_test(tcase, the_result_has_null_and_the_reason_instead_of_a_false_fraction);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
