/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_measure.c: rounds and reasons to stop, with a kernel that keeps a diary, wastes time or
 * misbehaves.  Times are only ever compared with what the kernel was told to waste at least.
 */

#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "measured.h"

/* --- Rounds --- */

START_TEST(every_round_has_every_row_once_in_shuffled_order)
{
  enum { ROUNDS = 12, ROWS = 4 };
  struct measure_options options = options_of(ROUNDS);
  struct benchmark b = measured(10000, &options);
  ck_assert_uint_eq(b.row_count, ROWS);
  ck_assert_uint_eq(b.rounds, ROUNDS);
  ck_assert_uint_eq(b.answers_compared, ROUNDS * ROWS);
  ck_assert_uint_eq(diary->samples, ROUNDS * ROWS);
  for (unsigned i = 0; i < ROWS; i++)
    ck_assert_uint_eq(b.rows[i].n, ROUNDS);
  unsigned orders_like_the_first = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    unsigned of[4] = {0}, same = 0; /* samples with so many runs: serial is 1 as well */
    for (unsigned i = 0; i < ROWS; i++) {
      unsigned runs = diary->sample[round * ROWS + i].runs;
      ck_assert(runs >= 1 && runs <= 3);
      of[runs]++;
      same += runs == diary->sample[i].runs;
    }
    ck_assert(of[1] == 2 && of[2] == 1 && of[3] == 1);
    orders_like_the_first += same == ROWS;
  }
  ck_assert_uint_lt(orders_like_the_first, ROUNDS);
  benchmark_release(&b);
}
END_TEST

START_TEST(the_order_of_rows_follows_from_the_seed)
{
  enum { SAMPLES = 40 };
  unsigned first[SAMPLES], differing[2] = {0};
  struct measure_options options = options_of(10);
  for (unsigned run = 0; run < 3; run++) {
    diary->samples = diary->runs = 0;
    options.seed = run < 2 ? 7 : 8;
    struct benchmark b = measured(10000, &options);
    for (unsigned i = 0; i < SAMPLES; i++)
      if (run == 0)
        first[i] = diary->sample[i].runs;
      else
        differing[run - 1] += diary->sample[i].runs != first[i];
    benchmark_release(&b);
  }
  ck_assert_uint_eq(differing[0], 0);
  ck_assert_uint_gt(differing[1], 0);
}
END_TEST

START_TEST(rows_say_what_ran_in_them)
{
  struct measure_options options = options_of(8);
  const unsigned workers[] = {1, 2, placement->slot_count + 1};
  options.workers = workers;
  struct benchmark b = measured(10000, &options);
  ck_assert_str_eq(b.name, "fake:units=10000");
  ck_assert(!b.size_chosen);
  ck_assert(b.rows[0].serial && b.rows[0].workers == 1);
  for (unsigned i = 1; i < b.row_count; i++) {
    const struct row *row = &b.rows[i];
    ck_assert(!row->serial && !row->pinned && row->bind_error == 0);
    ck_assert_uint_eq(row->workers, workers[i - 1]);
    ck_assert_int_eq(row->oversubscribed, row->workers > placement->slot_count);
    ck_assert_uint_eq(row->counters[0], 10000);
    ck_assert_uint_gt(row->peak_rss_bytes, 0);
    ck_assert_double_gt(row->speedup.value, 0);
    ck_assert(isfinite(row->speedup.low) && row->speedup.low <= row->speedup.high);
    ck_assert_double_eq_tol(row->rate_per_s * row->time.median.value, 30000, 1e-6);
    for (unsigned w = 0; w < row->workers; w++)
      ck_assert_int_ge(row->cpus[w], 0);
  }
  ck_assert(isnan(b.rows[0].speedup.value));
  benchmark_release(&b);
}
END_TEST

START_TEST(the_default_schedule_is_static_where_all_slots_and_units_are_alike)
{
  static const struct {
    unsigned kinds;
    double quota;
    uint32_t uneven_methods;
    enum schedule schedule;
  } cases[] = {{1, INFINITY, 0, SCHEDULE_STATIC},
               {2, INFINITY, 0, SCHEDULE_DYNAMIC},
               {1, 0.5, 0, SCHEDULE_DYNAMIC},
               {1, INFINITY, 1 << FAKE_RIGHT, SCHEDULE_DYNAMIC},
               {1, INFINITY, 1 << FAKE_WRONG, SCHEDULE_STATIC}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct placement altered = *placement;
    struct measure_options options = options_of(1);
    altered.kind_count = cases[i].kinds;
    altered.quota_cpus = cases[i].quota;
    options.placement = &altered;
    options.schedule = -1;
    struct kernel kernel = fake_kernel;
    kernel.uneven_methods = cases[i].uneven_methods;
    struct job job = fake_job(&kernel, 10000);
    struct benchmark b = prepared(&job, &options);
    ck_assert_int_eq(b.schedule, cases[i].schedule);
    benchmark_release(&b);
  }
}
END_TEST

static void note_progress(const struct progress *progress, void *data)
{
  unsigned *calls = data;
  ck_assert_str_eq(progress->name, "fake:units=10000");
  ck_assert_uint_lt(progress->round, progress->rounds);
  ck_assert(*calls > 0 || isnan(progress->left_s));
  ++*calls;
}

START_TEST(progress_is_reported_before_every_sample)
{
  unsigned calls = 0;
  struct measure_options options = options_of(7);
  options.progress = note_progress;
  options.progress_data = &calls;
  struct benchmark b = measured(10000, &options);
  ck_assert_uint_eq(calls, b.rounds * b.row_count);
  benchmark_release(&b);
}
END_TEST

/* Summarises in the middle, as a result that is kept on the way is. */
static void summarise_so_far(const struct progress *progress, void *data)
{
  struct benchmark *b = data;
  (void)progress;
  if (b->rounds > 0)
    ck_assert_int_eq(measure_summarise(b, placement), 0);
}

/* Takes a CPU away, until it is killed. */
static pid_t start_spinner(unsigned slot)
{
  pid_t pid = fork();
  if (pid == 0) {
    placement_bind(placement, slot);
    for (volatile unsigned i = 0;; i++)
      ;
  }
  return pid;
}

START_TEST(what_was_measured_so_far_is_summarised_while_every_round_is_disturbed)
{
  static struct benchmark b;
  struct fault fault;
  struct job job = fake_job(&fake_kernel, 1000);
  struct measure_options options = options_of(4);
  options.pin = PIN_AUTO;
  options.progress = summarise_so_far;
  options.progress_data = &b;
  waste_ns_per_unit = 20000; /* 20 ms: long against a time slice */
  pid_t spinner = start_spinner(0);
  ck_assert_int_gt(spinner, 0);
  ck_assert_int_eq(measure_prepare(&job, &options, &b, &fault), 0);
  int r = measure_run(&b, &options, &fault);
  kill(spinner, SIGKILL);
  ck_assert_int_eq(waitpid(spinner, NULL, 0), spinner);
  ck_assert_int_eq(r, 0);
  ck_assert(b.disturbed == 0 || b.all_counted);
  waste_ns_per_unit = 0;
  benchmark_release(&b);
}
END_TEST

/* --- Reasons to stop --- */

START_TEST(asked_for_rounds_are_all_done)
{
  static const size_t rounds[] = {1, 3, 11};
  for (size_t i = 0; i < LENGTH(rounds); i++) {
    struct measure_options options = options_of(rounds[i]);
    struct benchmark b = measured(10000, &options);
    ck_assert_int_eq(b.stop, STOP_ROUNDS);
    ck_assert_uint_eq(b.rounds, rounds[i]);
    benchmark_release(&b);
  }
}
END_TEST

START_TEST(a_precision_that_any_interval_has_stops_at_the_first_look)
{
  struct measure_options options = options_of(0);
  options.precision = 1e9;
  struct benchmark b = measured(10000, &options);
  ck_assert_int_eq(b.stop, STOP_PRECISION);
  ck_assert_uint_eq(b.rounds, 10);
  ck_assert_str_eq(stop_reason_name(b.stop), "precision");
  benchmark_release(&b);
}
END_TEST

START_TEST(a_precision_that_none_has_stops_after_the_most_rounds)
{
  const unsigned one[] = {1};
  struct measure_options options = options_of(0);
  options.workers = one;
  options.worker_counts = 1;
  options.precision = 1e-12;
  struct benchmark b = measured(10000, &options);
  ck_assert_int_eq(b.stop, STOP_ROUNDS);
  ck_assert_uint_eq(b.rounds, 80);
  benchmark_release(&b);
}
END_TEST

START_TEST(without_time_for_another_round_it_stops_with_enough_rounds_for_an_interval)
{
  struct measure_options options = options_of(1000);
  options.max_s = 0.06;
  waste_ns_per_unit = 200; /* 2 ms and more a row, 4 rows a round: 8 rounds at most */
  struct benchmark b = measured(10000, &options);
  ck_assert_int_eq(b.stop, STOP_TIME);
  ck_assert_uint_ge(b.rounds, 1);
  ck_assert_uint_le(b.rounds, 30);
  benchmark_release(&b);
}
END_TEST

START_TEST(where_even_six_rounds_take_far_too_long_one_is_enough)
{
  struct measure_options options = options_of(0);
  options.max_s = 0.001;
  waste_ns_per_unit = 200;
  struct benchmark b = measured(10000, &options);
  ck_assert_int_eq(b.stop, STOP_TIME);
  ck_assert_uint_eq(b.rounds, 1);
  ck_assert(isnan(b.rows[1].speedup.low));
  benchmark_release(&b);
}
END_TEST

/* --- What goes wrong --- */

static unsigned bad_sample; /* counted from 0 */

static int change_one_answer(const struct fake_plan *plan, uint64_t *sum)
{
  *sum += diary->samples == bad_sample;
  return note_sample(plan, sum);
}

START_TEST(an_answer_that_differs_from_the_first_ends_the_benchmark_and_says_so)
{
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  fake_on_finish = change_one_answer;
  bad_sample = 4 * 4 + 2; /* of round 5, of any row */
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EBADMSG);
  ck_assert(!b.verdict.right);
  ck_assert_ptr_nonnull(strstr(b.verdict.text, "in round 5 differs from the first"));
  ck_assert_uint_eq(b.rounds, 4);
  ck_assert_uint_eq(b.answers_compared, bad_sample + 1);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  benchmark_release(&b);
}
END_TEST

/* Answers alike, bytes not: the second payload word is not looked at by this finish(). */
static int finish_half(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  struct partial *changed = (struct partial *)partial; /* as a wild pointer would */
  (void)plan;
  changed->payload[1] += diary->samples++ == bad_sample;
  answer_count_add(ret_answer, "sum", partial->payload[0]);
  return 0;
}

START_TEST(a_partial_whose_bytes_differ_from_the_first_ends_the_benchmark)
{
  struct kernel half = fake_kernel;
  struct measure_options options = options_of(10);
  struct job job = fake_job(&half, 10000);
  struct fault fault;
  half.finish = finish_half;
  bad_sample = 9;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EBADMSG);
  ck_assert_uint_eq(b.rounds, 2);
  benchmark_release(&b);
}
END_TEST

static int die_in_sample(const struct fake_plan *plan, struct range units)
{
  if (diary->samples == bad_sample)
    raise(SIGKILL);
  return note_run(plan, units);
}

START_TEST(a_fault_keeps_the_earlier_rounds)
{
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  fake_on_run = die_in_sample;
  bad_sample = 7 * 4 + 1;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SIGNAL);
  ck_assert_int_eq(fault.signal, SIGKILL);
  ck_assert_uint_eq(b.rounds, 7);
  ck_assert_int_eq(b.stop, STOP_NONE);
  ck_assert_ptr_null(stop_reason_name(b.stop));
  ck_assert_double_gt(b.seconds, 0);
  ck_assert_ptr_nonnull(b.answer);
  size_t samples = 0;
  for (unsigned i = 0; i < b.row_count; i++) {
    ck_assert(b.rows[i].n == 7 || b.rows[i].n == 8);
    samples += b.rows[i].n;
  }
  ck_assert_uint_eq(samples, bad_sample);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  for (unsigned i = 1; i < b.row_count; i++)
    ck_assert(isfinite(b.rows[i].speedup.low)); /* 7 pairs have an interval */
  benchmark_release(&b);
}
END_TEST

START_TEST(a_fault_in_the_first_sample_leaves_rows_without_samples)
{
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  fake_on_run = die_in_sample;
  bad_sample = 0;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -ECHILD);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  for (unsigned i = 0; i < b.row_count; i++) {
    ck_assert_uint_eq(b.rows[i].n, 0);
    ck_assert(isnan(b.rows[i].rate_per_s) && isnan(b.rows[i].speedup.value));
  }
  ck_assert_ptr_null(b.answer);
  benchmark_release(&b);
}
END_TEST

static int hang_in_sample(const struct fake_plan *plan, struct range units)
{
  while (diary->samples == bad_sample)
    pause();
  return note_run(plan, units);
}

START_TEST(a_hanging_sample_ends_by_the_timeout_asked_for)
{
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  fake_on_run = hang_in_sample;
  bad_sample = 5;
  options.timeout_s = 1;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_TIMEOUT);
  ck_assert_uint_eq(b.rounds, 1);
  benchmark_release(&b);
}
END_TEST

static int interrupt_in_sample(const struct fake_plan *plan, struct range units)
{
  if (diary->samples == bad_sample)
    kill(getppid(), SIGTERM);
  return note_run(plan, units);
}

START_TEST(a_signal_keeps_the_earlier_rounds)
{
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  interrupt_catch();
  fake_on_run = interrupt_in_sample;
  bad_sample = 3 * 4;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EINTR);
  ck_assert_int_eq(interrupt_signal(), SIGTERM);
  ck_assert_uint_eq(b.rounds, 3);
  benchmark_release(&b);
}
END_TEST

/* --- Pinning --- */

START_TEST(required_pinning_is_refused_on_a_machine_that_is_not_this_one)
{
  struct placement *foreign;
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  setenv("HWLOC_SYNTHETIC", "package:2 core:4 pu:1", 1);
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &foreign, &(unsigned){0}), 0);
  options.placement = foreign;
  options.pin = PIN_REQUIRE;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EPERM);
  ck_assert_uint_eq(b.rounds, 0);
  benchmark_release(&b);
  options.pin = PIN_AUTO;
  b = prepared(&job, &options);
  ck_assert_str_eq(b.unpinned_why, "the topology is not this machine's");
  ck_assert_int_eq(measure_run(&b, &options, &fault), 0);
  for (unsigned i = 0; i < b.row_count; i++)
    ck_assert(!b.rows[i].pinned);
  benchmark_release(&b);
  placement_free(foreign);
}
END_TEST

START_TEST(required_pinning_is_refused_for_more_workers_than_slots)
{
  const unsigned too_many[] = {placement->slot_count + 1};
  struct measure_options options = options_of(10);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  options.workers = too_many;
  options.worker_counts = 1;
  options.pin = PIN_REQUIRE;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EPERM);
  benchmark_release(&b);
}
END_TEST

START_TEST(whether_to_pin_follows_from_the_machine_and_the_wish)
{
  static const struct {
    bool this_system;
    double quota;
    enum pin pin;
    bool will;
    const char *why; /* part of it */
  } cases[] = {
      {true, INFINITY, PIN_AUTO, true, NULL},
      {true, INFINITY, PIN_REQUIRE, true, NULL},
      {true, INFINITY, PIN_OFF, false, NULL},
      {false, INFINITY, PIN_OFF, false, NULL},
      {false, INFINITY, PIN_AUTO, false, "not this machine"},
      {false, INFINITY, PIN_REQUIRE, false, "not this machine"},
      {true, 0.5, PIN_AUTO, false, "quota"},
      {true, 0.5, PIN_REQUIRE, true, NULL},
      {true, 0.5, PIN_OFF, false, NULL},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct placement altered = *placement;
    const char *why = "untouched";
    altered.this_system = cases[i].this_system;
    altered.quota_cpus = cases[i].quota;
    ck_assert_msg(measure_will_pin(&altered, cases[i].pin, &why) == cases[i].will, "case %zu", i);
    ck_assert_msg(cases[i].why ? why && strstr(why, cases[i].why) : !why, "case %zu: %s", i,
                  why ? why : "no reason");
  }
}
END_TEST

START_TEST(pinned_rows_are_marked_so)
{
  struct measure_options options = options_of(3);
  struct placement unlimited = *placement;
  const unsigned counts[] = {1, placement->slot_count, placement->slot_count + 1};
  unlimited.quota_cpus = INFINITY;
  options.placement = &unlimited;
  options.workers = counts;
  options.pin = PIN_AUTO;
  struct benchmark b = measured(10000, &options);
  ck_assert(b.rows[0].pinned && b.rows[1].pinned && b.rows[2].pinned);
  ck_assert(!b.rows[3].pinned);
  for (unsigned w = 0; w < placement->slot_count; w++)
    ck_assert_int_eq(b.rows[2].cpus[w], (int)placement->slots[w].cpu);
  benchmark_release(&b);
}
END_TEST

/* The machine is a foreign one in the first round. */
static void pin_from_the_second_round_on(const struct progress *progress, void *data)
{
  ((struct placement *)data)->this_system = progress->round > 0;
}

START_TEST(a_row_with_one_unpinned_sample_is_not_called_pinned)
{
  struct measure_options options = options_of(3);
  struct placement altered = *placement;
  const unsigned one[] = {1};
  altered.quota_cpus = INFINITY;
  options.placement = &altered;
  options.workers = one;
  options.worker_counts = 1;
  options.pin = PIN_AUTO;
  options.progress = pin_from_the_second_round_on;
  options.progress_data = &altered;
  struct benchmark b = measured(10000, &options);
  ck_assert(!b.rows[0].pinned && !b.rows[1].pinned);
  benchmark_release(&b);
}
END_TEST

START_TEST(releasing_twice_or_nothing_is_harmless)
{
  struct measure_options options = options_of(1);
  struct benchmark b = measured(100, &options), nothing = {0};
  benchmark_release(&b);
  benchmark_release(&b);
  benchmark_release(&nothing);
  ck_assert_ptr_null(b.rows);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      every_round_has_every_row_once_in_shuffled_order,
      the_order_of_rows_follows_from_the_seed,
      rows_say_what_ran_in_them,
      the_default_schedule_is_static_where_all_slots_and_units_are_alike,
      progress_is_reported_before_every_sample,
      what_was_measured_so_far_is_summarised_while_every_round_is_disturbed,
      asked_for_rounds_are_all_done,
      a_precision_that_any_interval_has_stops_at_the_first_look,
      a_precision_that_none_has_stops_after_the_most_rounds,
      without_time_for_another_round_it_stops_with_enough_rounds_for_an_interval,
      where_even_six_rounds_take_far_too_long_one_is_enough,
      an_answer_that_differs_from_the_first_ends_the_benchmark_and_says_so,
      a_partial_whose_bytes_differ_from_the_first_ends_the_benchmark,
      a_fault_keeps_the_earlier_rounds,
      a_fault_in_the_first_sample_leaves_rows_without_samples,
      a_hanging_sample_ends_by_the_timeout_asked_for,
      a_signal_keeps_the_earlier_rounds,
      required_pinning_is_refused_on_a_machine_that_is_not_this_one,
      required_pinning_is_refused_for_more_workers_than_slots,
      whether_to_pin_follows_from_the_machine_and_the_wish,
      pinned_rows_are_marked_so,
      a_row_with_one_unpinned_sample_is_not_called_pinned,
      releasing_twice_or_nothing_is_harmless,
  };
  Suite *suite = suite_create("measure");
  TCase *tcase = suite_case(suite, "measure", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, open_diary, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
