/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_breakdown.c: every cause of a loss is blamed under its own name, and on nothing else. */

#include "measure.h"
#include "suite.h"

enum { WORKERS = 4 };

/* A serial run of 8 s and 4 workers that lose nothing. */
static struct measurement serial, parallel;

static void make_perfect(void)
{
  serial = (struct measurement){.wall_s = 8,
                                .run_s = 8,
                                .busy_mean_s = 8,
                                .busy_longest_s = 8,
                                .cpu_s = 8,
                                .cpu_longest_s = 8,
                                .clock_ghz = 4,
                                .adds_per_ns = 16};
  parallel = (struct measurement){.wall_s = 2,
                                  .run_s = 2,
                                  .busy_mean_s = 2,
                                  .busy_longest_s = 2,
                                  .cpu_s = 8,
                                  .cpu_longest_s = 2,
                                  .clock_ghz = 4,
                                  .adds_per_ns = 16};
}

/* The factor is as wanted, all others are 1, and their product is the efficiency. */
static void check_blame(enum factor blamed, double wanted)
{
  struct breakdown breakdown = breakdown_of(&serial, &parallel, WORKERS);
  double product = 1;
  ck_assert(breakdown.known);
  for (int f = 0; f < FACTORS; f++) {
    double expected = f == (int)blamed ? wanted : 1;
    ck_assert_msg(breakdown.factor[f] > expected - 1e-9 && breakdown.factor[f] < expected + 1e-9,
                  "%s is %.6f, not %.6f", factor_text((enum factor)f), breakdown.factor[f],
                  expected);
    product *= breakdown.factor[f];
  }
  ck_assert_double_eq_tol(product, serial.wall_s / (WORKERS * parallel.wall_s), 1e-9);
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), wanted < 0.99 ? (int)blamed : -1);
}

START_TEST(nothing_is_blamed_where_nothing_is_lost)
{
  check_blame(FACTOR_LOAD_BALANCE, 1);
}
END_TEST

START_TEST(a_longer_share_of_one_worker_is_load_balance)
{
  parallel.busy_longest_s = parallel.cpu_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_LOAD_BALANCE, 0.8);
}
END_TEST

START_TEST(a_late_start_is_start_skew)
{
  parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_START_SKEW, 0.8);
}
END_TEST

START_TEST(merging_by_one_worker_is_serialisation)
{
  parallel.merge_s = 0.5;
  parallel.wall_s = 2.5;
  check_blame(FACTOR_SERIALISATION, 0.8);
}
END_TEST

START_TEST(finishing_an_answer_alone_is_serialisation_beyond_its_fair_part)
{
  serial.finish_s = parallel.finish_s = 0.8;
  serial.wall_s = 8.8;
  parallel.wall_s = 2.8;
  check_blame(FACTOR_SERIALISATION, 2.2 / 2.8);
}
END_TEST

START_TEST(one_worker_that_finishes_as_the_serial_run_does_loses_nothing)
{
  serial.finish_s = 2;
  serial.wall_s = 10;
  parallel = serial;
  struct breakdown breakdown = breakdown_of(&serial, &parallel, 1);
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), -1);
}
END_TEST

START_TEST(a_lower_frequency_is_the_clock)
{
  parallel.clock_ghz = 3.2;
  parallel.adds_per_ns = 12.8;
  parallel.cpu_s = 10;
  parallel.cpu_longest_s = 2.5;
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_CLOCK, 0.8);
}
END_TEST

START_TEST(a_cpu_that_others_had_is_waiting)
{
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_WAITING, 0.8);
}
END_TEST

START_TEST(a_cpu_that_others_had_while_one_worker_finished_is_waiting_not_serialisation)
{
  parallel.merge_s = parallel.tail_waited_s = 0.5;
  parallel.wall_s = 2.5;
  check_blame(FACTOR_WAITING, 0.8);
}
END_TEST

START_TEST(what_the_serial_run_waited_while_it_finished_is_no_gain_of_the_others)
{
  serial.finish_s = serial.tail_waited_s = parallel.merge_s = parallel.tail_waited_s = 2;
  serial.wall_s = 10;
  parallel.wall_s = 4;
  check_blame(FACTOR_WAITING, (2.0 / 4) / (8.0 / 10));
}
END_TEST

START_TEST(one_stopped_worker_for_which_the_others_wait_is_waiting_not_load_balance)
{
  parallel.busy_mean_s = 2.5; /* one of four: 4 s, 2 of them without its CPU */
  parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 4;
  check_blame(FACTOR_WAITING, 0.5);
}
END_TEST

START_TEST(a_worker_whose_chunks_the_others_take_over_is_waiting_too)
{
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 16.0 / 7;
  parallel.cpu_longest_s = 16.0 / 7; /* three computed all the time, one half of it */
  check_blame(FACTOR_WAITING, 7.0 / 8);
}
END_TEST

/* Of 8 s a quarter is left to one worker. */
START_TEST(a_serial_part_on_purpose_costs_what_amdahls_law_says)
{
  serial.finish_s = 2;
  serial.cpu_s = serial.cpu_longest_s = serial.busy_mean_s = serial.busy_longest_s = 6;
  parallel.cpu_s = 6;
  parallel.cpu_longest_s = parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = 1.5;
  parallel.merge_s = 2;
  parallel.wall_s = 3.5;
  check_blame(FACTOR_SERIALISATION, 1 / (4 * (0.25 + 0.75 / 4)));
}
END_TEST

START_TEST(more_cycles_for_the_same_work_are_contention)
{
  parallel.cpu_s = 10;
  parallel.cpu_longest_s = 2.5;
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_CONTENTION, 0.8);
}
END_TEST

START_TEST(fewer_additions_per_cycle_are_a_shared_core)
{
  parallel.cpu_s = 10;
  parallel.cpu_longest_s = 2.5;
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  parallel.adds_per_ns = 12.8;
  check_blame(FACTOR_SHARED_CORE, 0.8);
}
END_TEST

START_TEST(a_shared_core_is_blamed_for_no_more_than_the_work_lost)
{
  parallel.adds_per_ns = 8;
  check_blame(FACTOR_SHARED_CORE, 1);
}
END_TEST

START_TEST(without_the_throughput_canary_cycles_are_contention)
{
  serial.adds_per_ns = parallel.adds_per_ns = 0;
  parallel.cpu_s = 10;
  parallel.cpu_longest_s = 2.5;
  parallel.busy_mean_s = parallel.busy_longest_s = parallel.run_s = parallel.wall_s = 2.5;
  check_blame(FACTOR_CONTENTION, 0.8);
}
END_TEST

START_TEST(waiting_that_the_serial_run_did_too_is_no_loss)
{
  serial.wall_s = serial.run_s = serial.busy_mean_s = serial.busy_longest_s = 10;
  parallel.wall_s = parallel.run_s = parallel.busy_mean_s = parallel.busy_longest_s = 2.5;
  check_blame(FACTOR_WAITING, 1);
}
END_TEST

START_TEST(what_no_measured_cause_explains_is_unexplained)
{
  serial.wall_s = 9; /* a second between its computation and its answer */
  check_blame(FACTOR_UNEXPLAINED, 9.0 / 8);
}
END_TEST

/* A table of 80 columns has ten for the word of the largest loss. */
START_TEST(what_one_factor_loses_and_another_gains_is_no_loss)
{
  struct breakdown breakdown = {.known = true};
  for (int f = 0; f < FACTORS; f++)
    breakdown.factor[f] = 1;
  breakdown.factor[FACTOR_CLOCK] = 0.95;
  breakdown.factor[FACTOR_CONTENTION] = 1.05;
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), -1);
  breakdown.factor[FACTOR_CONTENTION] = 1.04;
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), FACTOR_CLOCK);
}
END_TEST

START_TEST(a_loss_has_a_word_from_one_percent_on_and_of_equal_ones_the_first)
{
  struct breakdown breakdown = {.known = true};
  for (int f = 0; f < FACTORS; f++)
    breakdown.factor[f] = 0.992;
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), -1);
  breakdown.factor[FACTOR_CLOCK] = breakdown.factor[FACTOR_WAITING] = 0.9;
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), FACTOR_CLOCK);
  breakdown.known = false;
  ck_assert_int_eq(breakdown_largest_loss(&breakdown), -1);
}
END_TEST

START_TEST(without_either_throughput_no_core_is_called_shared)
{
  parallel.adds_per_ns = 0;
  check_blame(FACTOR_SHARED_CORE, 1);
  parallel.adds_per_ns = 16;
  serial.adds_per_ns = 0;
  check_blame(FACTOR_SHARED_CORE, 1);
}
END_TEST

START_TEST(every_factor_has_a_name_a_short_word_a_key_and_a_meaning)
{
  for (int f = 0; f < FACTORS; f++) {
    ck_assert_uint_le(strlen(factor_word((enum factor)f)), 10);
    ck_assert_str_ne(factor_text((enum factor)f), "");
    ck_assert_str_ne(factor_key((enum factor)f), "");
    ck_assert_str_ne(factor_meaning((enum factor)f), "");
  }
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("breakdown");
  TCase *tcase = tcase_create("factors");
  tcase_add_checked_fixture(tcase, make_perfect, NULL);
  tcase_add_test(tcase, nothing_is_blamed_where_nothing_is_lost);
  tcase_add_test(tcase, a_longer_share_of_one_worker_is_load_balance);
  tcase_add_test(tcase, a_late_start_is_start_skew);
  tcase_add_test(tcase, merging_by_one_worker_is_serialisation);
  tcase_add_test(tcase, finishing_an_answer_alone_is_serialisation_beyond_its_fair_part);
  tcase_add_test(tcase, one_worker_that_finishes_as_the_serial_run_does_loses_nothing);
  tcase_add_test(tcase, a_lower_frequency_is_the_clock);
  tcase_add_test(tcase, a_cpu_that_others_had_is_waiting);
  tcase_add_test(tcase,
                 a_cpu_that_others_had_while_one_worker_finished_is_waiting_not_serialisation);
  tcase_add_test(tcase, what_the_serial_run_waited_while_it_finished_is_no_gain_of_the_others);
  tcase_add_test(tcase, one_stopped_worker_for_which_the_others_wait_is_waiting_not_load_balance);
  tcase_add_test(tcase, a_worker_whose_chunks_the_others_take_over_is_waiting_too);
  tcase_add_test(tcase, a_serial_part_on_purpose_costs_what_amdahls_law_says);
  tcase_add_test(tcase, more_cycles_for_the_same_work_are_contention);
  tcase_add_test(tcase, fewer_additions_per_cycle_are_a_shared_core);
  tcase_add_test(tcase, a_shared_core_is_blamed_for_no_more_than_the_work_lost);
  tcase_add_test(tcase, without_the_throughput_canary_cycles_are_contention);
  tcase_add_test(tcase, waiting_that_the_serial_run_did_too_is_no_loss);
  tcase_add_test(tcase, what_no_measured_cause_explains_is_unexplained);
  tcase_add_test(tcase, what_one_factor_loses_and_another_gains_is_no_loss);
  tcase_add_test(tcase, a_loss_has_a_word_from_one_percent_on_and_of_equal_ones_the_first);
  tcase_add_test(tcase, without_either_throughput_no_core_is_called_shared);
  tcase_add_test(tcase, every_factor_has_a_name_a_short_word_a_key_and_a_meaning);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
