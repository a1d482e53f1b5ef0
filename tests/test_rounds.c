/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_rounds.c: which rounds are set aside, and when there are enough, at each border: static
 * functions of rounds.c, which is included here, on measurements that were made up.
 */

#include "suite.h"

#include "rounds.c"

enum { ROWS = 2, MOST = 200 };

static struct measurement samples[ROWS][MOST];
static struct row rows[ROWS];
static struct benchmark b;

/* A serial and a parallel row, pinned, without rounds. */
static void setup(void)
{
  b = (struct benchmark){.rows = rows, .row_count = ROWS};
  for (unsigned i = 0; i < ROWS; i++)
    rows[i] = (struct row){.samples = samples[i], .pinned = true, .serial = i == 0};
}

static void teardown(void)
{
  free(b.outside);
}

/* One more round, of a second a row; the last row's worker waited so long, or was moved. */
static void add_round(double waited_s, double migrations, double throttled_s)
{
  for (unsigned i = 0; i < ROWS; i++) {
    struct measurement *sample = &samples[i][b.rounds];
    *sample =
        (struct measurement){.wall_s = 1 + 0.001 * (double)(b.rounds % 7), .busy_longest_s = 1};
    sample->waited_s = i == ROWS - 1 ? waited_s : 0;
    sample->migrations = i == ROWS - 1 ? migrations : 0;
    rows[i].n++;
  }
  ck_assert_int_eq(round_close(&b, throttled_s), 0);
}

static void add_clean(unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    add_round(0, 0, 0);
}

static void add_disturbed(unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    add_round(1, 0, 0);
}

static enum stop_reason stop_for(size_t wanted, double precision, double max_s, double elapsed_s)
{
  const struct measure_options options = {.rounds = wanted, .precision = precision, .max_s = max_s};
  return stop_now(&b, &options, elapsed_s);
}

START_TEST(a_disturbed_round_is_replaced)
{
  add_disturbed(2);
  add_clean(9);
  ck_assert_int_eq(stop_for(10, 0, 0, 1), STOP_NONE);
  add_clean(1);
  ck_assert_uint_eq(b.disturbed, 2);
  ck_assert_int_eq(stop_for(10, 0, 0, 1), STOP_ROUNDS);
}
END_TEST

START_TEST(half_as_many_rounds_again_are_the_most)
{
  add_disturbed(14);
  ck_assert_int_eq(stop_for(10, 0, 0, 1), STOP_NONE);
  add_disturbed(1);
  ck_assert_int_eq(stop_for(10, 0, 0, 1), STOP_ROUNDS);
}
END_TEST

START_TEST(rounds_are_set_aside_while_half_of_them_are_clean)
{
  add_clean(6);
  add_disturbed(6);
  ck_assert(!b.all_counted && round_is_set_aside(&b, 6));
  add_disturbed(1);
  ck_assert(b.all_counted && !round_is_set_aside(&b, 6));
  add_clean(1);
  ck_assert(!b.all_counted);
}
END_TEST

START_TEST(rounds_are_set_aside_while_six_are_clean)
{
  add_clean(5);
  ck_assert(!b.all_counted); /* none is to be set aside */
  add_disturbed(1);
  ck_assert(b.all_counted);
  add_clean(1);
  ck_assert(!b.all_counted);
}
END_TEST

START_TEST(workers_that_are_not_pinned_are_disturbed_by_nobody)
{
  rows[ROWS - 1].pinned = false;
  add_round(1, 3, 0);
  ck_assert_uint_eq(b.disturbed, 0);
}
END_TEST

START_TEST(waiting_under_a_quota_is_no_disturbance_and_adds_up)
{
  add_round(1, 0, 0.25);
  add_round(0, 0, 0.5);
  ck_assert_uint_eq(b.disturbed, 0);
  ck_assert_uint_eq(b.throttled_rounds, 2);
  ck_assert_double_eq(b.throttled_s, 0.75);
  add_round(0, 1, 0.5);
  ck_assert_uint_eq(b.disturbed, 1); /* moved nevertheless */
}
END_TEST

START_TEST(precision_is_looked_at_after_10_20_40_and_80_clean_rounds)
{
  add_disturbed(1);
  for (unsigned clean = 1; clean < 80; clean++) {
    add_clean(1);
    bool is_look = clean == 10 || clean == 20 || clean == 40;
    ck_assert_int_eq(stop_for(0, 1e9, 0, 1), is_look ? STOP_PRECISION : STOP_NONE);
    ck_assert_int_eq(stop_for(0, -1, 0, 1), STOP_NONE);
  }
  add_clean(1);
  ck_assert_int_eq(stop_for(0, 1e9, 0, 1), STOP_PRECISION);
  ck_assert_int_eq(stop_for(0, -1, 0, 1), STOP_ROUNDS);
}
END_TEST

START_TEST(a_round_that_does_not_count_gives_no_second_look)
{
  add_clean(10);
  add_disturbed(1);
  ck_assert_int_eq(stop_for(0, 1e9, 0, 1), STOP_NONE);
}
END_TEST

START_TEST(rounds_that_were_asked_for_are_done_whatever_the_precision)
{
  add_clean(10);
  ck_assert_int_eq(stop_for(11, 1e9, 0, 1), STOP_NONE);
}
END_TEST

START_TEST(time_is_over_before_the_round_that_would_take_too_long)
{
  add_clean(10);
  ck_assert_int_eq(stop_for(80, 0, 1, 0.90), STOP_NONE); /* 0.99 with the next */
  ck_assert_int_eq(stop_for(80, 0, 1, 0.92), STOP_TIME); /* 1.012 */
}
END_TEST

/* One comparison: an interval takes six rounds. */
START_TEST(there_are_enough_rounds_for_an_interval_unless_they_take_twice_the_time)
{
  add_clean(3);
  ck_assert_int_eq(stop_for(80, 0, 1, 0.9), STOP_NONE); /* six take 1.8 */
  ck_assert_int_eq(stop_for(80, 0, 1, 1.1), STOP_TIME); /* 2.2 */
  add_clean(2);
  ck_assert_int_eq(stop_for(80, 0, 1, 1.1), STOP_NONE);
  add_clean(1);
  ck_assert_int_eq(stop_for(80, 0, 1, 1.1), STOP_TIME);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      a_disturbed_round_is_replaced,
      half_as_many_rounds_again_are_the_most,
      rounds_are_set_aside_while_half_of_them_are_clean,
      rounds_are_set_aside_while_six_are_clean,
      workers_that_are_not_pinned_are_disturbed_by_nobody,
      waiting_under_a_quota_is_no_disturbance_and_adds_up,
      precision_is_looked_at_after_10_20_40_and_80_clean_rounds,
      a_round_that_does_not_count_gives_no_second_look,
      rounds_that_were_asked_for_are_done_whatever_the_precision,
      time_is_over_before_the_round_that_would_take_too_long,
      there_are_enough_rounds_for_an_interval_unless_they_take_twice_the_time,
  };
  Suite *suite = suite_create("rounds");
  TCase *tcase = suite_case(suite, "rounds", tests, sizeof tests / sizeof *tests);
  tcase_add_checked_fixture(tcase, setup, teardown);
  return suite_run(suite);
}
