/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_fits.c: Amdahl's law is found again in times that follow it, and no more is said than known.
 */

#include "fits.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "suite.h"

enum { ROWS = 5, ROUNDS = 20 };

static const unsigned workers[ROWS] = {1, 1, 2, 4, 8};

/* Times of a serial fraction with skewed noise and a drift that rows of a round share. */
static void make_times(double fraction, double noise, unsigned long seed, double *times)
{
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  gsl_rng_set(rng, seed);
  for (size_t round = 0; round < ROUNDS; round++) {
    double drift = 1 + 0.05 * (double)round / ROUNDS;
    for (size_t row = 0; row < ROWS; row++)
      times[row * ROUNDS + round] = drift * (fraction + (1 - fraction) / workers[row])
                                    * (1 + noise * gsl_ran_exponential(rng, 1));
  }
  gsl_rng_free(rng);
}

static struct fit fit_of(double fraction, double noise, unsigned long seed)
{
  double times[ROWS * ROUNDS];
  struct fit fit;
  make_times(fraction, noise, seed, times);
  ck_assert_int_eq(fit_amdahl(times, workers, ROWS, ROUNDS, seed, &fit), 0);
  ck_assert(fit.known);
  return fit;
}

START_TEST(an_exact_serial_fraction_is_found)
{
  static const double fractions[] = {0.01, 0.05, 0.2, 0.5};
  for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
    struct fit fit = fit_of(fractions[i], 0, 1);
    ck_assert_double_eq_tol(fit.fraction.value, fractions[i], 1e-6);
  }
}
END_TEST

START_TEST(intervals_of_an_injected_5_percent_hold_it)
{
  unsigned held = 0, trials = 100;
  for (unsigned long seed = 1; seed <= trials; seed++) {
    struct fit fit = fit_of(0.05, 0.01, seed);
    held += fit.fraction.low <= 0.05 && 0.05 <= fit.fraction.high;
  }
  ck_assert_msg(held >= 93, "%u of %u intervals hold the truth", held, trials);
}
END_TEST

/* Of 55 rounds 21 have another fraction.  Their fraction is the median of a resample with
 * probability 0.037 (binomial): inside a 95 % interval, outside a 90 % one. */
START_TEST(intervals_have_a_fortieth_at_each_end)
{
  enum { MANY = 55, FEW = 21 };
  static const unsigned two[] = {1, 2};
  for (unsigned larger = 0; larger < 2; larger++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      double times[2 * MANY];
      struct fit fit;
      for (size_t round = 0; round < MANY; round++) {
        double fraction = (round < FEW) == larger ? 0.2 : 0.1;
        times[round] = 1;
        times[MANY + round] = fraction + (1 - fraction) / 2;
      }
      ck_assert_int_eq(fit_amdahl(times, two, 2, MANY, seed, &fit), 0);
      ck_assert_double_eq_tol(fit.fraction.value, larger ? 0.1 : 0.2, 1e-6);
      ck_assert_double_eq_tol(fit.fraction.low, 0.1, 1e-6);
      ck_assert_double_eq_tol(fit.fraction.high, 0.2, 1e-6);
    }
}
END_TEST

START_TEST(without_a_serial_part_the_interval_touches_0)
{
  struct fit fit = fit_of(0, 0.01, 7);
  ck_assert_double_eq(fit.fraction.low, 0);
  ck_assert_double_lt(fit.fraction.high, 0.01);
}
END_TEST

START_TEST(too_few_rounds_or_one_worker_only_tell_nothing)
{
  double times[ROWS * ROUNDS];
  struct fit fit;
  make_times(0.05, 0, 1, times);
  ck_assert_int_eq(fit_amdahl(times, workers, ROWS, 5, 1, &fit), 0);
  ck_assert(!fit.known);
  ck_assert_int_eq(fit_amdahl(times, workers, 2, ROUNDS, 1, &fit), 0);
  ck_assert(!fit.known);
}
END_TEST

/* Speedups of 2 and 2.5 by 2 and 4 workers: Σ(P - 1)(P - S) / Σ(P - 1)² = (1·0 + 3·1.5) / (1 + 9).
 */
START_TEST(six_rounds_are_enough_and_every_row_has_its_weight)
{
  enum { LEAST = 6 };
  static const unsigned counts[] = {1, 2, 4};
  double times[3 * LEAST];
  struct fit fit;
  for (size_t i = 0; i < LEAST; i++) {
    times[i] = 1;
    times[LEAST + i] = 1 / 2.0;
    times[2 * LEAST + i] = 1 / 2.5;
  }
  ck_assert_int_eq(fit_gustafson(times, counts, 3, LEAST, 1, &fit), 0);
  ck_assert(fit.known);
  ck_assert_double_eq_tol(fit.fraction.value, 0.45, 1e-12);
  ck_assert_int_eq(fit_gustafson(times, counts, 3, LEAST - 1, 1, &fit), 0);
  ck_assert(!fit.known);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_interval)
{
  struct fit one = fit_of(0.1, 0.02, 3), two = fit_of(0.1, 0.02, 3);
  ck_assert_double_eq(one.fraction.low, two.fraction.low);
  ck_assert_double_eq(one.fraction.high, two.fraction.high);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("fits");
  TCase *tcase = tcase_create("amdahl");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, an_exact_serial_fraction_is_found);
  tcase_add_test(tcase, intervals_of_an_injected_5_percent_hold_it);
  tcase_add_test(tcase, intervals_have_a_fortieth_at_each_end);
  tcase_add_test(tcase, without_a_serial_part_the_interval_touches_0);
  tcase_add_test(tcase, too_few_rounds_or_one_worker_only_tell_nothing);
  tcase_add_test(tcase, six_rounds_are_enough_and_every_row_has_its_weight);
  tcase_add_test(tcase, the_same_seed_gives_the_same_interval);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
