/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_team_phases.c: where the time of a sample went, and what was merged in it, over all its
 * repetitions.  Workers sleep: what they do lasts so long at least, on any machine. */

#include "clock.h"
#include "teams.h"

enum { REPEATS = 5, WORKERS = 3, SLEEP_US = 10000 };

static int sleep_in_run(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  usleep(SLEEP_US);
  return 0;
}

START_TEST(workers_times_are_sums_over_the_repetitions)
{
  struct workload w = prepared(UNITS);
  const enum way ways[] = {SERIAL, STATIC, THREADS_STATIC};
  fake_on_run = sleep_in_run;
  for (size_t i = 0; i < LENGTH(ways); i++) {
    struct team team = team_of(&w, ways[i], WORKERS);
    team.repeats = REPEATS;
    struct sample sample = run(&team);
    for (unsigned n = 0; n < team.workers; n++) {
      const struct worker_record *record = &sample.records[n];
      ck_assert_uint_ge(record->busy_ns, REPEATS * SLEEP_US * UINT64_C(1000));
      ck_assert_uint_ge(record->end_ns - record->begin_ns, SLEEP_US * UINT64_C(1000));
      ck_assert_int_eq(record->skew_ns > 0, ways[i] != SERIAL);
    }
    ck_assert_int_eq(sample.skew_s > 0, ways[i] != SERIAL);
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

static int sleep_in_finish(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  usleep(SLEEP_US);
  return 0;
}

static void sleep_in_merge(const void *plan, const struct partial *from, struct partial *into)
{
  usleep(SLEEP_US);
  fake_merge(plan, from, into);
}

START_TEST(phases_are_means_that_share_out_the_time_of_the_repetitions)
{
  const double sleep_s = SLEEP_US * 1e-6;
  struct kernel sleeper = fake_kernel;
  sleeper.merge = sleep_in_merge;
  struct workload w = prepared_of(&sleeper, UNITS);
  const enum way ways[] = {SERIAL, STATIC, THREADS_STATIC};
  fake_on_run = sleep_in_run;
  fake_on_finish = sleep_in_finish;
  for (size_t i = 0; i < LENGTH(ways); i++) {
    struct team team = team_of(&w, ways[i], 2);
    team.repeats = REPEATS;
    uint64_t begin_ns = clock_now_ns();
    struct sample sample = run(&team);
    double elapsed_s = (double)(clock_now_ns() - begin_ns) * 1e-9;
    ck_assert_double_ge(sample.run_s, sleep_s);
    ck_assert_double_ge(sample.merge_s, ways[i] == SERIAL ? 0 : sleep_s);
    ck_assert_double_ge(sample.finish_s, sleep_s);
    ck_assert_double_le(REPEATS * sample.wall_s, elapsed_s);
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

START_TEST(bytes_of_merged_partials_are_those_of_one_repetition)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, WORKERS);
    team.repeats = REPEATS;
    team.claim_most = w.chunks;
    struct sample sample = run(&team);
    uint64_t merges = sample.merged_bytes / sample.partial->bytes;
    ck_assert_uint_eq(sample.merged_bytes % sample.partial->bytes, 0);
    if (is_dynamic(way)) /* and one for each claim */
      ck_assert(merges > WORKERS - 1 && merges <= WORKERS - 1 + w.chunks);
    else
      ck_assert_uint_eq(merges, team.workers - 1);
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

static unsigned steps; /* that finish() tells */

static int finish_in_steps(const void *plan, const struct partial *partial,
                           struct answer *ret_answer)
{
  for (unsigned i = 0; i < steps; i++) {
    answer_step(ret_answer, (const char *[]){"a", "b", "c", "d", "e", "f"}[i]);
    usleep(SLEEP_US);
  }
  return fake_finish(plan, partial, ret_answer);
}

START_TEST(steps_of_a_finish_have_names_and_times_and_the_last_goes_on)
{
  struct kernel stepper = fake_kernel;
  stepper.finish = finish_in_steps;
  struct workload w = prepared_of(&stepper, UNITS);
  for (steps = 0; steps <= STEPS_MOST + 2; steps++) {
    struct team team = team_of(&w, steps % 2 ? STATIC : SERIAL, 2);
    team.repeats = 2;
    struct sample sample = run(&team);
    double sum_s = 0;
    for (unsigned i = 0; i < STEPS_MOST; i++) {
      const char name[] = {i < steps ? (char)('a' + i) : '\0', '\0'};
      ck_assert_str_eq(sample.step_name[i], name);
      ck_assert_double_ge(sample.step_s[i], i < steps ? SLEEP_US * 1e-6 : 0);
      sum_s += sample.step_s[i];
    }
    ck_assert_double_ge(sum_s, steps * SLEEP_US * 1e-6);
    ck_assert_double_le(sum_s, sample.finish_s * (1 + 1e-9));
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      workers_times_are_sums_over_the_repetitions,
      phases_are_means_that_share_out_the_time_of_the_repetitions,
      bytes_of_merged_partials_are_those_of_one_repetition,
      steps_of_a_finish_have_names_and_times_and_the_last_goes_on,
  };
  Suite *suite = suite_create("team_phases");
  TCase *tcase = suite_case(suite, "phases", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, open_diary, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
