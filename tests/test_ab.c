/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ab.c: what blocks of two sides say, by times that were made up. */

#include <math.h>
#include <string.h>

#include "ab.h"
#include "suite.h"

enum { BLOCKS = 8 };

static struct ab ab;
static struct ab_row *row;

/* Two commands, a threshold of 5 %. */
static void setup(void)
{
  ck_assert_int_eq(ab_from_commands("two", &ab), 0);
  ab.threshold = 0.05;
  row = &ab.benchmarks[0].rows[0];
}

static void teardown(void)
{
  ab_release(&ab);
}

/* A phase in which what is new, or takes its place, needs `ratio` times as long. */
static void run_phase(enum ab_phase phase, double ratio)
{
  ck_assert_int_eq(ab_plan(&ab, phase, BLOCKS, 1), 0);
  for (size_t run = 0; run < BLOCKS * BLOCK_RUNS; run++) {
    bool is_new = block_run_is_new(ab.new_first[phase][run / BLOCK_RUNS], run % BLOCK_RUNS);
    double noise = 1 + 1e-4 * (double)(run % 5);
    ck_assert_int_eq(ab_store_time(&ab, phase, run, (is_new ? ratio : 1) * noise), 0);
  }
}

static enum ruling judged(void)
{
  ck_assert_int_eq(ab_judge(&ab), 0);
  return row->ruling;
}

static bool reason_has(const char *words)
{
  char reason[AB_REASON];
  return strstr(ab_reason(&ab, row, reason), words) != NULL;
}

START_TEST(medians_are_those_of_each_side)
{
  run_phase(AB_FIRST, 0.5);
  ck_assert_int_eq(judged(), RULING_IMPROVED);
  ck_assert_double_eq_tol(row->median_s[AB_OLD], 1, 1e-3);
  ck_assert_double_eq_tol(row->median_s[AB_NEW], 0.5, 1e-3);
  ck_assert(reason_has("faster by 50.0 %") || reason_has("faster by 49.9 %"));
}
END_TEST

START_TEST(disturbed_runs_of_both_sides_are_counted)
{
  run_phase(AB_FIRST, 1);
  row->times[AB_FIRST][0].disturbed = row->times[AB_FIRST][1].disturbed = true;
  row->times[AB_FIRST][BLOCKS * BLOCK_RUNS - 1].disturbed = true;
  ck_assert_int_eq(judged(), RULING_PASS);
  ck_assert_uint_eq(row->disturbed, 3);
  ck_assert_int_eq(judged(), RULING_PASS);
  ck_assert_uint_eq(row->disturbed, 3); /* not added up */
}
END_TEST

START_TEST(a_slowdown_is_regressed_until_more_blocks_deny_it)
{
  run_phase(AB_FIRST, 1.1);
  ck_assert_int_eq(judged(), RULING_REGRESSED);
  ck_assert(ab_looks_slower(&ab.benchmarks[0]));
  run_phase(AB_CONFIRM, 1);
  ck_assert_int_eq(judged(), RULING_INCONCLUSIVE);
  ck_assert(reason_has("did not confirm it"));
}
END_TEST

START_TEST(a_slowdown_that_is_confirmed_is_regressed)
{
  run_phase(AB_FIRST, 1.1);
  run_phase(AB_CONFIRM, 1.2);
  ck_assert_int_eq(judged(), RULING_REGRESSED);
  ck_assert(reason_has("8 more blocks confirm it"));
}
END_TEST

START_TEST(rows_that_look_as_fast_are_not_confirmed)
{
  run_phase(AB_FIRST, 1);
  run_phase(AB_CONFIRM, 1.2);
  ck_assert_int_eq(judged(), RULING_PASS);
  ck_assert_uint_eq(row->result[AB_CONFIRM].n, 0);
}
END_TEST

/* Whether it seems slower or faster than itself. */
START_TEST(where_the_old_side_differs_from_itself_nothing_is_told)
{
  run_phase(AB_SAME, _i ? 1.2 : 0.8);
  run_phase(AB_FIRST, 1.5);
  ck_assert_int_eq(judged(), RULING_INCONCLUSIVE);
  ck_assert(reason_has(_i ? "itself by +20" : "itself by -20"));
}
END_TEST

START_TEST(without_a_complete_block_nothing_is_told)
{
  ck_assert_int_eq(ab_plan(&ab, AB_FIRST, BLOCKS, 1), 0);
  for (size_t run = 0; run < BLOCK_RUNS - 1; run++)
    ck_assert_int_eq(ab_store_time(&ab, AB_FIRST, run, 1), 0);
  ck_assert_int_eq(judged(), RULING_INCONCLUSIVE);
  ck_assert(reason_has("no block was completed"));
  ck_assert_double_eq_tol(row->median_s[AB_OLD], 1, 1e-9);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      medians_are_those_of_each_side,
      disturbed_runs_of_both_sides_are_counted,
      a_slowdown_is_regressed_until_more_blocks_deny_it,
      a_slowdown_that_is_confirmed_is_regressed,
      rows_that_look_as_fast_are_not_confirmed,
      without_a_complete_block_nothing_is_told,
  };
  Suite *suite = suite_create("ab");
  TCase *tcase = suite_case(suite, "judged", tests, sizeof tests / sizeof *tests);
  tcase_add_loop_test(tcase, where_the_old_side_differs_from_itself_nothing_is_told, 0, 2);
  tcase_add_checked_fixture(tcase, setup, teardown);
  return suite_run(suite);
}
