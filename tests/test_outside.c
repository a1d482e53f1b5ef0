/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_outside.c: what sets a round aside. */

#include "measure.h"
#include "suite.h"

static struct measurement busy_for(double seconds)
{
  return (struct measurement){.wall_s = seconds, .busy_longest_s = seconds, .cpu_s = seconds};
}

START_TEST(an_undisturbed_sample_has_no_cause_however_slow_it_is)
{
  struct measurement sample = busy_for(1000);
  sample.clock_ghz = 0.1;
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_NONE);
}
END_TEST

START_TEST(waiting_for_other_programs_is_a_cause_above_the_threshold_only)
{
  struct measurement sample = busy_for(1);
  sample.waited_s = OUTSIDE_PART;
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_NONE);
  sample.waited_s = OUTSIDE_PART * 1.01;
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_PROGRAMS);
}
END_TEST

START_TEST(time_that_the_hypervisor_took_is_a_cause)
{
  struct measurement sample = busy_for(1);
  sample.stolen_s = 0.05;
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_HYPERVISOR);
  sample.waited_s = 0.06; /* the larger one is named */
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_PROGRAMS);
}
END_TEST

START_TEST(a_moved_worker_is_a_cause)
{
  struct measurement sample = busy_for(1);
  sample.migrations = 1;
  ck_assert_int_eq(outside_of(&sample, false), OUTSIDE_MIGRATED);
}
END_TEST

START_TEST(a_quota_that_holds_workers_back_is_the_result_and_no_cause)
{
  struct measurement sample = busy_for(1);
  sample.waited_s = 0.5;
  ck_assert_int_eq(outside_of(&sample, true), OUTSIDE_NONE);
}
END_TEST

/* Three rounds, the second disturbed. */
static struct benchmark three_rounds(struct row *row, struct measurement *samples,
                                     enum outside *outside)
{
  for (int i = 0; i < 3; i++)
    samples[i] = busy_for(i + 1);
  outside[0] = outside[2] = OUTSIDE_NONE;
  outside[1] = OUTSIDE_PROGRAMS;
  *row = (struct row){.serial = true, .workers = 1, .n = 3, .samples = samples};
  return (struct benchmark){
      .rows = row, .row_count = 1, .rounds = 3, .outside = outside, .disturbed = 1};
}

START_TEST(a_disturbed_round_is_left_out_of_the_values_but_kept_among_all)
{
  struct row row;
  struct measurement samples[3];
  enum outside outside[3];
  double values[3];
  struct benchmark b = three_rounds(&row, samples, outside);
  ck_assert_uint_eq(benchmark_values(&b, &row, 0, false, values), 2);
  ck_assert_double_eq(values[0], 1);
  ck_assert_double_eq(values[1], 3);
  ck_assert_uint_eq(benchmark_values(&b, &row, 0, true, values), 3);
}
END_TEST

START_TEST(where_disturbance_is_the_rule_all_rounds_count)
{
  struct row row;
  struct measurement samples[3];
  enum outside outside[3];
  double values[3];
  struct benchmark b = three_rounds(&row, samples, outside);
  b.all_counted = true;
  ck_assert_uint_eq(benchmark_values(&b, &row, 0, false, values), 3);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("outside");
  TCase *causes = tcase_create("causes"), *rounds = tcase_create("rounds");
  tcase_add_test(causes, an_undisturbed_sample_has_no_cause_however_slow_it_is);
  tcase_add_test(causes, waiting_for_other_programs_is_a_cause_above_the_threshold_only);
  tcase_add_test(causes, time_that_the_hypervisor_took_is_a_cause);
  tcase_add_test(causes, a_moved_worker_is_a_cause);
  tcase_add_test(causes, a_quota_that_holds_workers_back_is_the_result_and_no_cause);
  tcase_add_test(rounds, a_disturbed_round_is_left_out_of_the_values_but_kept_among_all);
  tcase_add_test(rounds, where_disturbance_is_the_rule_all_rounds_count);
  suite_add_tcase(suite, causes);
  suite_add_tcase(suite, rounds);
  return suite_run(suite);
}
