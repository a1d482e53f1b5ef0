/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_statistics.c: intervals against exact sums, and whether they cover the truth in practice. */

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"
#include "suite.h"

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250314;

static struct estimate median_of(const double *values, size_t n)
{
  struct estimate median;
  ck_assert_int_eq(statistics_median(values, n, 0.95, &median), 0);
  return median;
}

static struct estimate speedup_of(const double *serial, const double *parallel, size_t n,
                                  unsigned comparisons)
{
  struct estimate speedup;
  ck_assert_int_eq(statistics_speedup(serial, parallel, n, comparisons, &speedup), 0);
  return speedup;
}

static void assert_ranks(size_t n, double confidence, size_t low, size_t high)
{
  size_t found_low, found_high;
  ck_assert(statistics_median_ranks(n, confidence, &found_low, &found_high));
  ck_assert_uint_eq(found_low, low);
  ck_assert_uint_eq(found_high, high);
}

/* --- Ranks --- */

START_TEST(too_few_values_have_no_ranks_and_outputs_stay_untouched)
{
  for (size_t n = 0; n <= 5; n++) {
    size_t low = 77, high = 78;
    ck_assert(!statistics_median_ranks(n, 0.95, &low, &high));
    ck_assert(low == 77 && high == 78);
  }
}
END_TEST

START_TEST(ranks_match_hand_computed_values)
{
  static const struct {
    size_t n;
    double confidence;
    size_t low, high;
  } cases[] = {
      {2, 0.5, 0, 1},            /* coverage 1/2: equality counts */
      {1, 0, 0, 0},              /* no confidence asked: the value itself */
      {3, 0, 1, 1},              /* and of an odd count its middle */
      {6, 0.95, 0, 5},           /* 1 - 2/64 = 96.88 % */
      {8, 0.95, 0, 7},           /* 99.22 %; rank 1 would be 1 - 18/256 = 92.97 % */
      {9, 0.95, 1, 7},           /* 1 - 20/512 = 96.09 % */
      {10, 0.95, 1, 8},          /* 1 - 22/1024 = 97.85 % */
      {10, 1 - 0.05 / 3, 0, 9},  /* 98.33 % wanted: only the extremes have it */
      {20, 0.95, 5, 14},         /* 95.86 % */
      {20, 1 - 0.05 / 3, 4, 15}, /* 98.82 % */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_ranks(cases[i].n, cases[i].confidence, cases[i].low, cases[i].high);
}
END_TEST

enum { TABLE_MOST = 80 };

/* Replaces the probabilities of n - 1 fair coins' heads by those of n coins'. */
static void toss_another(long double heads[TABLE_MOST + 1], size_t n)
{
  for (size_t k = n; k > 0; k--)
    heads[k] = (heads[k] + heads[k - 1]) / 2;
  heads[0] /= 2;
}

/* How many ranks from the lowest on have the coverage; 0: none. */
static size_t ranks_by_tossing(const long double *heads, size_t n, long double error)
{
  long double tail = 0;
  for (size_t rank = 0; rank < (n + 1) / 2; rank++) {
    tail += heads[rank];
    if (2 * tail > error)
      return rank;
  }
  return (n + 1) / 2;
}

START_TEST(ranks_match_tossed_coins_up_to_80_values)
{
  long double heads[TABLE_MOST + 1] = {1};
  for (size_t n = 1; n <= TABLE_MOST; n++) {
    toss_another(heads, n);
    for (unsigned comparisons = 1; comparisons <= 16; comparisons++) {
      size_t low, high;
      size_t wanted = ranks_by_tossing(heads, n, 0.05L / comparisons);
      bool found = statistics_median_ranks(n, 1 - 0.05 / comparisons, &low, &high);
      ck_assert_int_eq(found, wanted > 0);
      if (found)
        ck_assert_msg(low == wanted - 1 && high == n - wanted, "n %zu, %u comparisons: %zu..%zu", n,
                      comparisons, low, high);
    }
  }
}
END_TEST

START_TEST(ranks_of_many_values_follow_the_normal_distribution)
{
  for (size_t n = 1000; n <= 4000; n += 1000) { /* 2^-n is not a double from 1075 on */
    size_t low, high;
    ck_assert(statistics_median_ranks(n, 0.95, &low, &high));
    ck_assert_uint_eq(low + high, n - 1);
    ck_assert_double_eq_tol((double)low, (double)n / 2 - 1.959964 * sqrt((double)n) / 2 - 0.5, 1);
  }
}
END_TEST

/* --- Summaries --- */

START_TEST(median_of_odd_and_even_counts)
{
  const double values[] = {9, 1, 5, 2};
  ck_assert_double_eq(median_of(values, 1).value, 9);
  ck_assert_double_eq(median_of(values, 2).value, 5);
  ck_assert_double_eq(median_of(values, 3).value, 5);
  ck_assert_double_eq(median_of(values, 4).value, 3.5);
}
END_TEST

START_TEST(median_interval_is_made_of_values_and_the_input_is_kept)
{
  const double values[] = {10, 1, 9, 2, 8, 3, 7, 4, 6, 5};
  double given[10];
  memcpy(given, values, sizeof given);
  struct estimate median = median_of(given, 10);
  ck_assert_double_eq(median.value, 5.5);
  ck_assert_double_eq(median.low, 2);
  ck_assert_double_eq(median.high, 9);
  ck_assert_mem_eq(given, values, sizeof given);
}
END_TEST

START_TEST(five_values_have_a_median_and_no_interval)
{
  const double values[] = {5, 4, 3, 2, 1};
  struct estimate median = median_of(values, 5);
  ck_assert_double_eq(median.value, 3);
  ck_assert_double_nan(median.low);
  ck_assert_double_nan(median.high);
}
END_TEST

START_TEST(summary_states_extremes_and_an_unscaled_mad)
{
  const double values[] = {1, 100, 2, 4, 3, 7};
  struct summary summary;
  ck_assert_int_eq(statistics_summary(values, 6, &summary), 0);
  ck_assert_uint_eq(summary.n, 6);
  ck_assert_double_eq(summary.median.value, 3.5);
  ck_assert_double_eq(summary.median.low, 1);
  ck_assert_double_eq(summary.median.high, 100);
  ck_assert_double_eq(summary.minimum, 1);
  ck_assert_double_eq(summary.maximum, 100);
  ck_assert_double_eq(summary.mad, 2); /* of 2.5, 96.5, 1.5, 0.5, 0.5, 3.5 */
}
END_TEST

START_TEST(summary_of_one_value_has_no_spread)
{
  struct summary summary;
  ck_assert_int_eq(statistics_summary(&(double){7}, 1, &summary), 0);
  ck_assert_double_eq(summary.median.value, 7);
  ck_assert_double_nan(summary.median.low);
  ck_assert_double_eq(summary.mad, 0);
}
END_TEST

/* --- Speedup and what follows from it --- */

START_TEST(speedup_of_a_constant_ratio_has_a_degenerate_interval)
{
  double serial[10], parallel[10];
  for (int i = 0; i < 10; i++) {
    parallel[i] = 0.1 + 0.01 * i;
    serial[i] = 3 * parallel[i];
  }
  struct estimate speedup = speedup_of(serial, parallel, 10, 3);
  ck_assert_double_eq_tol(speedup.value, 3, 1e-12);
  ck_assert_double_eq_tol(speedup.low, 3, 1e-12);
  ck_assert_double_eq_tol(speedup.high, 3, 1e-12);
}
END_TEST

START_TEST(speedup_of_an_even_count_is_a_geometric_mean)
{
  const double serial[] = {2, 8}, parallel[] = {1, 1};
  struct estimate speedup = speedup_of(serial, parallel, 2, 1);
  ck_assert_double_eq_tol(speedup.value, 4, 1e-12);
  ck_assert_double_nan(speedup.low);
  ck_assert_double_nan(speedup.high);
}
END_TEST

START_TEST(order_of_rounds_does_not_matter_but_pairing_does)
{
  const double serial[] = {2.0, 2.2, 2.4, 2.6, 2.8, 3.0},
               parallel[] = {1.0, 1.1, 1.2, 1.3, 1.4, 1.5};
  double serial_reversed[6], parallel_reversed[6];
  for (int i = 0; i < 6; i++) {
    serial_reversed[i] = serial[5 - i];
    parallel_reversed[i] = parallel[5 - i];
  }
  struct estimate paired = speedup_of(serial, parallel, 6, 1);
  struct estimate reversed = speedup_of(serial_reversed, parallel_reversed, 6, 1);
  ck_assert_mem_eq(&paired, &reversed, sizeof paired);
  ck_assert_double_eq_tol(paired.high - paired.low, 0, 1e-12);

  struct estimate torn = speedup_of(serial_reversed, parallel, 6, 1);
  ck_assert_double_eq_tol(torn.low, 2.0 / 1.5, 1e-12);
  ck_assert_double_eq_tol(torn.high, 3.0 / 1.0, 1e-12);
}
END_TEST

START_TEST(more_comparisons_widen_the_interval)
{
  double serial[20], parallel[20];
  for (int i = 0; i < 20; i++) {
    serial[i] = 100 + i;
    parallel[i] = 100;
  }
  ck_assert_double_eq_tol(speedup_of(serial, parallel, 20, 1).low, 1.05, 1e-12);
  ck_assert_double_eq_tol(speedup_of(serial, parallel, 20, 3).low, 1.04, 1e-12);
}
END_TEST

START_TEST(karp_flatt_matches_known_values)
{
  const struct estimate speedup = {.value = 5.29, .low = 5.20, .high = 5.35};
  struct estimate fraction = statistics_karp_flatt(speedup, 6);
  ck_assert_double_eq_tol(fraction.value, 0.71 / 26.45, 1e-12); /* (P/S - 1) / (P - 1) */
  ck_assert_double_eq_tol(fraction.low, 0.65 / 26.75, 1e-12);
  ck_assert_double_eq_tol(fraction.high, 0.80 / 26.00, 1e-12);
}
END_TEST

/* (1/1.5 - 1/2) / (1 - 1/2) = 1/3 */
START_TEST(karp_flatt_is_told_from_two_workers_on)
{
  struct estimate fraction = statistics_karp_flatt((struct estimate){1.5, 1.4, 1.6}, 2);
  ck_assert_double_eq_tol(fraction.value, 1.0 / 3, 1e-12);
  fraction = statistics_karp_flatt((struct estimate){1.5, 1.4, 1.6}, 1);
  ck_assert_double_nan(fraction.value);
}
END_TEST

START_TEST(karp_flatt_is_none_where_the_interval_holds_0_or_is_unknown)
{
  static const struct {
    struct estimate speedup;
    double workers;
  } cases[] = {
      {{5.9, 5.7, 6.1}, 6},    /* 6.1 on 6 would be a negative fraction */
      {{5.9, 5.7, 6.0}, 6},    /* 0 itself */
      {{5.9, NAN, NAN}, 6},    /* too few rounds */
      {{1.0, 0.9, 0.95}, 1},   /* one worker has no fraction */
      {{1.4, 1.3, 1.45}, 1.5}, /* P < 2 */
      {{5.0, 4.9, 5.1}, NAN},  /* P unknown */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct estimate fraction = statistics_karp_flatt(cases[i].speedup, cases[i].workers);
    ck_assert_double_nan(fraction.value);
    ck_assert_double_nan(fraction.low);
    ck_assert_double_nan(fraction.high);
  }
}
END_TEST

START_TEST(karp_flatt_shows_superlinear_speedup_as_negative)
{
  struct estimate fraction = statistics_karp_flatt((struct estimate){6.6, 6.4, 6.8}, 6);
  ck_assert_double_lt(fraction.high, 0);
  ck_assert_double_lt(fraction.low, fraction.high);
}
END_TEST

START_TEST(precision_is_half_the_width_and_infinite_without_interval)
{
  ck_assert_double_eq_tol(statistics_relative_precision((struct estimate){5, 4.9, 5.2}), 0.03,
                          1e-12);
  ck_assert_double_eq_tol(statistics_relative_precision((struct estimate){-5, -5.2, -4.9}), 0.03,
                          1e-12);
  ck_assert_double_eq(statistics_relative_precision((struct estimate){5, 5, 5}), 0);
  ck_assert_double_infinite(statistics_relative_precision((struct estimate){5, NAN, NAN}));
  ck_assert_double_infinite(statistics_relative_precision((struct estimate){NAN, NAN, NAN}));
}
END_TEST

/* --- Coverage, by simulation --- */

enum { ROWS = 3, ROUNDS_MOST = 20, TRIALS = 2000, TRUTH_DRAWS = 60001 };
static const unsigned workers[ROWS] = {2, 4, 8};

/* The machine slows down by that much from the first sample to the last. */
static const double drift = 0.05;

/* One worker's time for work that ideally takes 1: skewed, now and then interrupted for long. */
static double worker_time(gsl_rng *rng)
{
  double time = gsl_ran_lognormal(rng, 0, 0.01);
  return gsl_rng_uniform(rng) < 0.1 ? time + gsl_ran_exponential(rng, 0.05) : time;
}

/* A team is as slow as its slowest. */
static double team_time(gsl_rng *rng, unsigned members)
{
  double slowest = 0;
  for (unsigned i = 0; i < members; i++)
    slowest = fmax(slowest, worker_time(rng));
  return slowest / members;
}

/* What the intervals should cover: the median speedup of a steady machine, from so many draws that
 * its own error (below 0.05 %) is small beside any interval. */
static double true_speedup(gsl_rng *rng, unsigned members)
{
  static double serial[TRUTH_DRAWS], parallel[TRUTH_DRAWS];
  for (size_t i = 0; i < TRUTH_DRAWS; i++) {
    serial[i] = team_time(rng, 1);
    parallel[i] = team_time(rng, members);
  }
  return speedup_of(serial, parallel, TRUTH_DRAWS, 1).value;
}

/* When, in the run from 0 to 1, a row takes its sample of a round; row 0 is serial. */
typedef double schedule_fn(size_t round, size_t rounds, unsigned row);

static double interleaved(size_t round, size_t rounds, unsigned row)
{
  (void)row;
  return (double)round / (double)(rounds - 1);
}

static double row_after_row(size_t round, size_t rounds, unsigned row)
{
  return (double)(row * rounds + round) / (double)((ROWS + 1) * rounds - 1);
}

/* One simulated run: whether the intervals of all its rows hold the truth. */
static bool run_covers(gsl_rng *rng, schedule_fn *schedule, size_t rounds, const double *truth)
{
  double times[ROWS + 1][ROUNDS_MOST];
  for (unsigned row = 0; row <= ROWS; row++)
    for (size_t i = 0; i < rounds; i++)
      times[row][i] =
          (1 + drift * schedule(i, rounds, row)) * team_time(rng, row == 0 ? 1 : workers[row - 1]);
  bool covers = true;
  for (unsigned row = 0; row < ROWS; row++) {
    struct estimate speedup = speedup_of(times[0], times[row + 1], rounds, ROWS);
    covers &= speedup.low <= truth[row] && truth[row] <= speedup.high;
  }
  return covers;
}

static double coverage(schedule_fn *schedule, size_t rounds)
{
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  double truth[ROWS];
  for (unsigned row = 0; row < ROWS; row++)
    truth[row] = true_speedup(rng, workers[row]);
  unsigned covered = 0;
  for (unsigned i = 0; i < TRIALS; i++)
    covered += run_covers(rng, schedule, rounds, truth);
  gsl_rng_free(rng);
  return (double)covered / TRIALS;
}

static const size_t rounds_simulated[] = {10, 20};

START_TEST(interleaved_rounds_cover_all_speedups_despite_drift)
{
  ck_assert_double_ge(coverage(interleaved, rounds_simulated[_i]), 0.93);
}
END_TEST

/* So the test above does see what interleaving is for. */
START_TEST(measuring_row_after_row_does_not_cover_under_the_same_drift)
{
  ck_assert_double_lt(coverage(row_after_row, rounds_simulated[_i]), 0.90);
}
END_TEST

static TCase *known_values(void)
{
  const TTest *const tests[] = {
      too_few_values_have_no_ranks_and_outputs_stay_untouched,
      ranks_match_hand_computed_values,
      ranks_match_tossed_coins_up_to_80_values,
      ranks_of_many_values_follow_the_normal_distribution,
      median_of_odd_and_even_counts,
      median_interval_is_made_of_values_and_the_input_is_kept,
      five_values_have_a_median_and_no_interval,
      summary_states_extremes_and_an_unscaled_mad,
      summary_of_one_value_has_no_spread,
      speedup_of_a_constant_ratio_has_a_degenerate_interval,
      speedup_of_an_even_count_is_a_geometric_mean,
      order_of_rounds_does_not_matter_but_pairing_does,
      more_comparisons_widen_the_interval,
      karp_flatt_matches_known_values,
      karp_flatt_is_told_from_two_workers_on,
      karp_flatt_is_none_where_the_interval_holds_0_or_is_unknown,
      karp_flatt_shows_superlinear_speedup_as_negative,
      precision_is_half_the_width_and_infinite_without_interval,
  };
  TCase *tcase = tcase_create("known values");
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(tcase, tests[i]);
  return tcase;
}

static TCase *simulation(void)
{
  TCase *tcase = tcase_create("simulation");
  tcase_set_timeout(tcase, 60); /* for sanitizers and valgrind; well below 1 s without */
  tcase_add_loop_test(tcase, interleaved_rounds_cover_all_speedups_despite_drift, 0, 2);
  tcase_add_loop_test(tcase, measuring_row_after_row_does_not_cover_under_the_same_drift, 0, 2);
  return tcase;
}

int main(void)
{
  seed = suite_seed(seed);
  Suite *suite = suite_create("statistics");
  suite_add_tcase(suite, known_values());
  suite_add_tcase(suite, simulation());
  return suite_run(suite);
}
