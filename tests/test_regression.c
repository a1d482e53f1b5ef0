/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_regression.c: intervals against a threshold, Holm's procedure, blocks. */

#include "regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* n values spread evenly over value +- half. */
static void spread(double value, double half, size_t n, double *ret_values)
{
  for (size_t i = 0; i < n; i++)
    ret_values[i] = value + half * (2.0 * (double)i / (double)(n - 1) - 1);
}

static enum ruling rule_one(double change, double half, size_t n, double threshold)
{
  double values[256];
  spread(change, half, n, values);
  struct comparison c = {.changes = values, .n = n};
  ck_assert_int_eq(regression_judge(&c, 1, threshold), 0);
  return c.ruling;
}

START_TEST(the_interval_against_the_threshold_decides)
{
  ck_assert_int_eq(rule_one(0.00, 0.02, 20, 0.05), RULING_PASS);
  ck_assert_int_eq(rule_one(0.10, 0.02, 20, 0.05), RULING_REGRESSED);
  ck_assert_int_eq(rule_one(-0.10, 0.02, 20, 0.05), RULING_IMPROVED);
  ck_assert_int_eq(rule_one(-0.03, 0.01, 20, 0.05), RULING_PASS); /* faster, by no more than 5 % */
  ck_assert_int_eq(rule_one(0.05, 0.02, 20, 0.05), RULING_INCONCLUSIVE);
  ck_assert_int_eq(rule_one(0.00, 0.50, 20, 0.05), RULING_INCONCLUSIVE);
  ck_assert_int_eq(rule_one(0.10, 0.02, 5, 0.05), RULING_INCONCLUSIVE); /* too few for 95 % */
  ck_assert_int_eq(rule_one(0.10, 0.02, 6, 0.05), RULING_REGRESSED);
}
END_TEST

START_TEST(the_paired_interval_is_the_median_of_statistics_h)
{
  for (size_t n = 1; n < 60; n++) {
    double values[60];
    struct estimate expected, change;
    for (size_t i = 0; i < n; i++)
      values[i] = sin((double)(i * i + n)); /* any */
    struct comparison c = {.changes = values, .n = n};
    ck_assert_int_eq(statistics_median(values, n, 0.95, &expected), 0);
    ck_assert_int_eq(regression_estimate(&c, 0.95, &change), 0);
    ck_assert_double_eq(change.value, expected.value);
    if (n < 6) {
      ck_assert(isinf(change.low) && isinf(change.high));
    } else {
      ck_assert_double_eq(change.low, expected.low);
      ck_assert_double_eq(change.high, expected.high);
    }
  }
}
END_TEST

/* P(U <= u) for n and m values by counting all ways to mix them. */
static double by_counting(unsigned n, unsigned m, unsigned u)
{
  unsigned below = 0, all = 0;
  for (unsigned bits = 0; bits < 1u << (n + m); bits++) {
    unsigned pairs = 0, seen = 0;
    if (__builtin_popcount(bits) != (int)n)
      continue;
    for (unsigned i = 0; i < n + m; i++) {
      if (bits >> i & 1)
        pairs += seen;
      else
        seen++;
    }
    all++;
    below += pairs <= u;
  }
  return (double)below / all;
}

/* The interval of the shift cuts off as many differences as the exact test allows. */
START_TEST(the_unpaired_interval_is_that_of_the_exact_rank_sum_test)
{
  for (unsigned n = 2; n <= 7; n++)
    for (unsigned m = 2; m <= 7; m++) {
      double old_logs[8], new_logs[8];
      struct estimate change;
      unsigned cut = 0;
      for (unsigned i = 0; i < n; i++)
        old_logs[i] = -8.0 * i; /* differences are 8 i + k: all different */
      for (unsigned k = 0; k < m; k++)
        new_logs[k] = k;
      while (2 * by_counting(n, m, cut) <= 0.05)
        cut++;
      struct comparison c = {.old_logs = old_logs, .new_logs = new_logs, .n = n, .n_new = m};
      ck_assert_int_eq(regression_estimate(&c, 0.95, &change), 0);
      if (cut == 0) {
        ck_assert(isinf(change.low));
        continue;
      }
      ck_assert_double_eq(change.low, 8.0 * ((cut - 1) / m) + (cut - 1) % m);
      unsigned from_top = n * m - cut;
      ck_assert_double_eq(change.high, 8.0 * (from_top / m) + from_top % m);
    }
}
END_TEST

/* Beyond 40 values a side the normal distribution is taken.  How many differences the exact test
 * cuts off, counted with whole numbers (as rank_sum_below() does, by another program): the same. */
START_TEST(many_values_have_the_interval_of_the_exact_test)
{
  static const struct {
    unsigned n, cut;
  } rows[] = {{41, 629}, {42, 663}, {43, 698}, {45, 770}, {50, 966}};
  for (unsigned row = 0; row < sizeof rows / sizeof *rows; row++) {
    double old_logs[50], new_logs[50];
    struct estimate change;
    unsigned n = rows[row].n, cut = rows[row].cut;
    for (unsigned i = 0; i < n; i++) {
      old_logs[i] = -100.0 * i; /* differences are 100 i + k: all different */
      new_logs[i] = i;
    }
    struct comparison c = {.old_logs = old_logs, .new_logs = new_logs, .n = n, .n_new = n};
    ck_assert_int_eq(regression_estimate(&c, 0.95, &change), 0);
    ck_assert_double_eq(change.low, 100.0 * ((cut - 1) / n) + (cut - 1) % n);
    ck_assert_double_eq(change.high, 100.0 * ((n * n - cut) / n) + (n * n - cut) % n);
  }
}
END_TEST

/* With five files a side, 1 of 126 orders is as extreme: six comparisons, but no seventh. */
START_TEST(five_files_a_side_carry_six_comparisons)
{
  static const double old_logs[] = {0, 0.001, 0.002, 0.003, 0.004};
  static const double new_logs[] = {0.2, 0.201, 0.202, 0.203, 0.204};
  struct comparison many[7];
  for (size_t count = 1; count <= 7; count++) {
    for (size_t i = 0; i < count; i++)
      many[i] = (struct comparison){.old_logs = old_logs, .new_logs = new_logs, .n = 5, .n_new = 5};
    ck_assert_int_eq(regression_judge(many, count, 0.05), 0);
    for (size_t i = 0; i < count; i++)
      ck_assert_int_eq(many[i].ruling, count <= 6 ? RULING_REGRESSED : RULING_INCONCLUSIVE);
  }
}
END_TEST

/* k of n changes above the threshold. */
static void above(double *values, size_t n, size_t k)
{
  for (size_t i = 0; i < n; i++)
    values[i] = i < k ? 0.1 + 0.001 * (double)i : 0;
}

/* One of C(10, 3) = 120 orders on each side: 2/120 is 0.05/3, rounded in another way. */
START_TEST(an_interval_whose_coverage_is_just_enough_is_told)
{
  static const double old_logs[] = {0, 0.001, 0.002};
  static const double new_logs[] = {0.2, 0.201, 0.202, 0.203, 0.204, 0.205, 0.206};
  struct comparison many[4];
  for (size_t count = 3; count <= 4; count++) {
    for (size_t i = 0; i < count; i++)
      many[i] = (struct comparison){.old_logs = old_logs, .new_logs = new_logs, .n = 3, .n_new = 7};
    ck_assert_int_eq(regression_judge(many, count, 0.05), 0);
    for (size_t i = 0; i < count; i++)
      ck_assert_int_eq(many[i].ruling, count <= 3 ? RULING_REGRESSED : RULING_INCONCLUSIVE);
  }
}
END_TEST

START_TEST(holm_holds_the_clearest_to_the_strictest_level)
{
  double clear[20], fair[20], weak[20];
  above(clear, 20, 19); /* needs 4e-5 */
  above(fair, 20, 16);  /* needs 0.012 */
  above(weak, 20, 13);  /* needs 0.26 */
  struct comparison three[] = {
      {.changes = weak, .n = 20}, {.changes = fair, .n = 20}, {.changes = clear, .n = 20}};
  ck_assert_int_eq(regression_judge(three, 3, 0.05), 0);
  ck_assert_int_eq(three[2].ruling, RULING_REGRESSED);
  ck_assert_int_eq(three[1].ruling, RULING_REGRESSED);
  ck_assert_int_eq(three[0].ruling, RULING_INCONCLUSIVE);
  ck_assert_double_eq_tol(three[2].confidence, 1 - 0.05 / 3, 1e-12);
  ck_assert_double_eq_tol(three[1].confidence, 1 - 0.05 / 2, 1e-12);
  ck_assert_double_eq_tol(three[0].confidence, 1 - 0.05, 1e-12);
  /* Two weak ones in front of it: fair is no longer clear enough. */
  struct comparison five[] = {{.changes = fair, .n = 20},
                              {.changes = fair, .n = 20},
                              {.changes = fair, .n = 20},
                              {.changes = fair, .n = 20},
                              {.changes = fair, .n = 20}};
  ck_assert_int_eq(regression_judge(five, 5, 0.05), 0);
  for (int i = 0; i < 5; i++)
    ck_assert_int_eq(five[i].ruling, RULING_INCONCLUSIVE);
}
END_TEST

/* The one that is clear is held to the stricter level, though the other comes first. */
START_TEST(changes_that_are_the_threshold_decide_nothing)
{
  double equal[20], clear[20];
  for (int i = 0; i < 20; i++)
    equal[i] = log1p(0.05);
  above(clear, 20, 17); /* needs 0.003 */
  struct comparison two[] = {{.changes = equal, .n = 20}, {.changes = clear, .n = 20}};
  ck_assert_int_eq(regression_judge(two, 2, 0.05), 0);
  ck_assert_int_eq(two[0].ruling, RULING_INCONCLUSIVE);
  ck_assert_int_eq(two[1].ruling, RULING_REGRESSED);
  ck_assert_double_eq_tol(two[0].confidence, 0.95, 1e-12);
  ck_assert_double_eq_tol(two[1].confidence, 0.975, 1e-12);
}
END_TEST

START_TEST(what_is_shown_is_what_decides)
{
  srand(7);
  for (int trial = 0; trial < 2000; trial++) {
    double values[4][30];
    struct comparison c[4];
    size_t n = 4 + (size_t)rand() % 26;
    for (int i = 0; i < 4; i++) {
      for (size_t k = 0; k < n; k++)
        values[i][k] = 0.1 * rand() / RAND_MAX;
      c[i] = (struct comparison){.changes = values[i], .n = n};
    }
    double threshold = 0.03 + 0.05 * rand() / RAND_MAX, limit = log1p(threshold);
    ck_assert_int_eq(regression_judge(c, 4, threshold), 0);
    for (int i = 0; i < 4; i++) {
      struct estimate again;
      ck_assert_int_eq(regression_estimate(&c[i], c[i].confidence, &again), 0);
      ck_assert_double_eq(again.low, c[i].change.low);
      ck_assert_int_eq(c[i].ruling == RULING_REGRESSED, again.low > limit);
      ck_assert_int_eq(c[i].ruling == RULING_PASS || c[i].ruling == RULING_IMPROVED,
                       again.high < limit);
    }
  }
}
END_TEST

START_TEST(an_inconclusive_run_tells_what_it_could_have_shown)
{
  struct comparison c = {.n = 20, .change = {0.03, 0.01, 0.05}};
  ck_assert_double_eq_tol(regression_smallest(&c, 0.04), expm1(log(1.04) + 0.02), 1e-12);
  /* log(1.04) - 0.03 = 0.0092 away, 0.02 wide: 4.7 times as many */
  ck_assert_uint_eq(regression_blocks_needed(&c, 0.04), 95);
  c.change = (struct estimate){0.05, 0.03, 0.07}; /* from above, the lower half counts */
  ck_assert_uint_eq(regression_blocks_needed(&c, 0.04), 69);
  c.change = (struct estimate){0, -0.001, 0.001}; /* fewer than six never have an interval */
  ck_assert_uint_eq(regression_blocks_needed(&c, 0.04), 6);
  c.change = (struct estimate){log(1.04), 0.03, 0.05};
  ck_assert_uint_eq(regression_blocks_needed(&c, 0.04), 0);
  c.change = (struct estimate){0.03, -INFINITY, INFINITY};
  ck_assert_uint_eq(regression_blocks_needed(&c, 0.04), 0);
  ck_assert(isinf(regression_smallest(&c, 0.04)));
}
END_TEST

START_TEST(blocks_of_both_orders_are_as_many_and_shuffled)
{
  bool first[64], again[64], other[64];
  size_t new_first = 0;
  ck_assert_int_eq(blocks_shuffle(64, 5, first), 0);
  ck_assert_int_eq(blocks_shuffle(64, 5, again), 0);
  ck_assert_int_eq(blocks_shuffle(64, 6, other), 0);
  for (int i = 0; i < 64; i++)
    new_first += first[i];
  ck_assert_uint_eq(new_first, 32);
  ck_assert_mem_eq(first, again, sizeof first);
  ck_assert_mem_ne(first, other, sizeof first);
}
END_TEST

START_TEST(more_comparisons_need_more_blocks)
{
  for (size_t count = 1; count <= 32; count *= 2) {
    size_t fewest = blocks_fewest(count);
    double values[20];
    struct comparison c[32];
    spread(0.2, 0.01, 20, values);
    for (size_t n = fewest - 1; n <= fewest; n++) {
      for (size_t i = 0; i < count; i++)
        c[i] = (struct comparison){.changes = values, .n = n};
      ck_assert_int_eq(regression_judge(c, count, 0.05), 0);
      ck_assert_int_eq(c[0].ruling, n < fewest ? RULING_INCONCLUSIVE : RULING_REGRESSED);
    }
  }
}
END_TEST

START_TEST(a_straight_drift_cancels_in_a_block)
{
  for (int order = 0; order < 2; order++) {
    double times[BLOCK_RUNS];
    unsigned news = 0;
    for (unsigned run = 0; run < BLOCK_RUNS; run++) {
      bool is_new = block_run_is_new(order, run);
      news += is_new;
      times[run] = exp(0.3 * run) * (is_new ? 1.07 : 1); /* 35 % a run */
    }
    ck_assert_uint_eq(news, 2);
    ck_assert_double_eq_tol(regression_part(block_change(order, times)), 0.07, 1e-12);
  }
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("regression");
  TCase *tcase = tcase_create("rulings");
  tcase_add_test(tcase, the_interval_against_the_threshold_decides);
  tcase_add_test(tcase, the_paired_interval_is_the_median_of_statistics_h);
  tcase_add_test(tcase, the_unpaired_interval_is_that_of_the_exact_rank_sum_test);
  tcase_add_test(tcase, many_values_have_the_interval_of_the_exact_test);
  tcase_add_test(tcase, five_files_a_side_carry_six_comparisons);
  tcase_add_test(tcase, an_interval_whose_coverage_is_just_enough_is_told);
  tcase_add_test(tcase, holm_holds_the_clearest_to_the_strictest_level);
  tcase_add_test(tcase, changes_that_are_the_threshold_decide_nothing);
  tcase_add_test(tcase, what_is_shown_is_what_decides);
  tcase_add_test(tcase, an_inconclusive_run_tells_what_it_could_have_shown);
  tcase_add_test(tcase, blocks_of_both_orders_are_as_many_and_shuffled);
  tcase_add_test(tcase, more_comparisons_need_more_blocks);
  tcase_add_test(tcase, a_straight_drift_cancels_in_a_block);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
