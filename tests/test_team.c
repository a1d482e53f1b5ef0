/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_team.c: teams give the same bytes whatever they are, and tell what they did. */

#include <math.h>

#include "clock.h"
#include "team_memory.h"
#include "teams.h"

/* --- Bytes --- */

START_TEST(any_number_of_workers_any_schedule_and_any_backend_give_the_same_bytes)
{
  static const uint64_t units[] = {UNITS, 4097, 300, 7};
  for (size_t i = 0; i < LENGTH(units); i++) {
    struct workload w = prepared(units[i]);
    for (enum way way = SERIAL; way < WAYS; way++)
      for (unsigned workers = 1; workers <= 7; workers++) {
        struct team team = team_of(&w, way, workers);
        team.pin = workers % 2 == 0;
        assert_right(&team);
      }
    workload_release(&w);
  }
}
END_TEST

START_TEST(more_workers_than_chunks_give_the_same_bytes)
{
  for (uint64_t units = 1; units <= 3; units++) {
    struct workload w = prepared(units);
    for (enum way way = STATIC; way < WAYS; way++) {
      struct team team = team_of(&w, way, 7);
      assert_right(&team);
    }
    workload_release(&w);
  }
}
END_TEST

/* Chunk c costs 2^(40 - c), or 1: the first ones are taken one by one, the many short ones behind
 * them together. */
START_TEST(claims_go_by_what_chunks_cost)
{
  enum { CHUNKS = 300, WORKERS = 2 };
  uint64_t cost[CHUNKS + 1] = {0};
  for (unsigned c = 0; c < CHUNKS; c++)
    cost[c + 1] = cost[c] + (UINT64_C(1) << (c < 40 ? 40 - c : 0));
  struct workload w = {.chunks = CHUNKS, .cost = cost};
  struct team team = team_of(&w, DYNAMIC, WORKERS);
  struct range claim = {0, 0};
  unsigned claims = 0;
  while (team_next_claim(&team, (unsigned)claim.end, &claim)) {
    uint64_t left = cost[CHUNKS] - cost[claim.begin], taken = cost[claim.end] - cost[claim.begin];
    if (claim.end - claim.begin > 1)
      ck_assert_uint_le(taken, left / (4 * WORKERS));
    else if (claim.end < CHUNKS)
      ck_assert_uint_gt(cost[claim.end + 1] - cost[claim.begin], left / (4 * WORKERS));
    claims++;
  }
  ck_assert_uint_eq(claim.end, CHUNKS);
  ck_assert_uint_lt(claims, 40 + 40);
}
END_TEST

/* So that progress can be seen, a state kept in time, and nothing done twice. */
START_TEST(claims_are_small_parts_of_what_is_not_begun)
{
  enum { CHUNKS = 1024 };
  uint64_t cost[CHUNKS + 1];
  for (unsigned c = 0; c <= CHUNKS; c++)
    cost[c] = c;
  struct workload w = {.chunks = CHUNKS, .cost = cost};
  struct team team = team_of(&w, DYNAMIC, 1);
  struct partial begun;
  struct range claim;
  ck_assert(team_next_claim(&team, 0, &claim) && claim.begin == 0 && claim.end == CHUNKS / 256);
  team.claim_most = 3;
  ck_assert(team_next_claim(&team, 0, &claim) && claim.begin == 0 && claim.end == 3);
  partial_init(&begun, 0);
  partial_cover(&begun, (struct range){2, 4});
  team.begun = &begun;
  ck_assert(team_next_claim(&team, 0, &claim) && claim.begin == 0 && claim.end == 2);
  ck_assert(team_next_claim(&team, 2, &claim) && claim.begin == 4 && claim.end == 7);
}
END_TEST

START_TEST(a_tree_has_no_more_leaves_than_chunks)
{
  uint64_t cost[] = {0, 1, 2, 3};
  struct workload w = {.job.kernel = &fake_list_kernel, .chunks = 3, .cost = cost};
  struct team team = team_of(&w, DYNAMIC, 2);
  ck_assert_uint_eq(merge_tree_leaves(&team), 3);
  team.schedule = SCHEDULE_STATIC;
  ck_assert_uint_eq(merge_tree_leaves(&team), 2);
}
END_TEST

START_TEST(more_workers_than_slots_share_them_and_give_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  for (enum way way = STATIC; way < WAYS; way++) {
    struct team team = team_of(&w, way, placement->slot_count + 3);
    struct sample sample = run(&team);
    for (unsigned i = 0; i < team.workers; i++)
      ck_assert_uint_eq(sample.records[i].slot, i % placement->slot_count);
    sample_release(&sample);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

START_TEST(a_serial_part_on_purpose_gives_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  const unsigned serial[] = {1, w.chunks / 3, w.chunks - 1, w.chunks};
  for (enum way way = STATIC; way < WAYS; way++)
    for (size_t i = 0; i < LENGTH(serial); i++) {
      struct team team = team_of(&w, way, 3);
      team.serial_chunks = serial[i];
      team.repeats = 2;
      assert_right(&team);
    }
  workload_release(&w);
}
END_TEST

static int count_run(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  diary->runs++;
  return 0;
}

static int count_finish(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  diary->finishes++;
  return 0;
}

START_TEST(repetitions_do_the_whole_job_again_and_give_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    team.repeats = 50;
    fake_on_run = count_run;
    fake_on_finish = count_finish;
    diary->runs = diary->finishes = 0;
    struct sample sample = run(&team);
    ck_assert_uint_eq(sample.repeats, 50);
    ck_assert_uint_eq(diary->finishes, 50);
    if (is_dynamic(way))
      ck_assert_uint_ge(diary->runs, 50);
    else
      ck_assert_uint_eq(diary->runs, 50 * team.workers);
    sample_release(&sample);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

/* --- Partials that grow, merged left before right --- */

START_TEST(neighbours_are_merged_in_order_by_any_team)
{
  static const uint64_t units[] = {UNITS, 4097, 300, 7, 1};
  for (size_t i = 0; i < LENGTH(units); i++) {
    struct workload w = prepared_of(&fake_list_kernel, units[i]);
    for (enum way way = SERIAL; way < WAYS; way++)
      for (unsigned workers = 1; workers <= 9; workers++) {
        struct team team = team_of(&w, way, workers);
        team.repeats = 1 + workers % 3;
        assert_right(&team);
        team.serial_chunks = way == SERIAL ? 0 : w.chunks / 2;
        assert_right(&team);
      }
    workload_release(&w);
  }
}
END_TEST

static int be_late(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  if ((int)units.begin == diary->guilty)
    usleep(5000);
  return 0;
}

START_TEST(workers_that_are_late_are_merged_in_order_too)
{
  struct workload w = prepared_of(&fake_list_kernel, UNITS);
  struct partial *expected = expected_partial(&w);
  for (unsigned late = 0; late < 5; late++)
    for (enum way way = STATIC; way < WAYS; way++) {
      struct team team = team_of(&w, way, 5);
      diary->guilty = (int)workload_units(&w, workload_share(&w, late, 5)).begin;
      fake_on_run = be_late;
      struct sample sample = run(&team);
      ck_assert_uint_eq(sample.partial->bytes, expected->bytes);
      ck_assert_mem_eq(sample.partial, expected, expected->bytes);
      sample_release(&sample);
    }
  free(expected);
  workload_release(&w);
}
END_TEST

static struct partial *list_of_chunks(const struct workload *w, struct range chunks)
{
  struct partial *partial = malloc(partial_bytes(8 * w->unit[w->chunks]));
  partial_begin(w->job.kernel, w->plan, partial);
  ck_assert_int_eq(w->job.variant->run(w->plan, workload_units(w, chunks), partial), 0);
  partial_cover(partial, chunks);
  return partial;
}

START_TEST(only_neighbours_are_merged_in_order)
{
  static const struct {
    struct range into, from;
    int result;
  } cases[] = {
      {{0, 64}, {64, 65}, 0},       {{63, 64}, {64, 200}, 0},     {{0, 1}, {2, 3}, -EXDEV},
      {{64, 65}, {63, 64}, -EXDEV}, {{0, 64}, {65, 128}, -EXDEV}, {{5, 9}, {8, 12}, -EEXIST},
      {{5, 9}, {0, 5}, -EXDEV},     {{130, 131}, {0, 1}, -EXDEV},
  };
  struct workload w = prepared_of(&fake_list_kernel, 300);
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct partial *into = list_of_chunks(&w, cases[i].into);
    struct partial *from = list_of_chunks(&w, cases[i].from);
    uint64_t bytes = into->bytes;
    ck_assert_int_eq(partial_merge(w.job.kernel, w.plan, from, into), cases[i].result);
    if (cases[i].result < 0)
      ck_assert_uint_eq(into->bytes, bytes);
    free(into);
    free(from);
  }
  workload_release(&w);
}
END_TEST

/* --- Records --- */

/* 20 ms of computation while a child wants the same CPU. */
static int finish_beside_another(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  pid_t other = fork();
  if (other == 0)
    for (;;)
      ;
  for (uint64_t until_ns = clock_cpu_ns() + 20000000; clock_cpu_ns() < until_ns;)
    ;
  if (other > 0) {
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
  }
  return 0;
}

static double tail_waited_s(const struct sample *sample)
{
  double waited_s = 0;
  for (unsigned w = 0; w < sample->workers; w++)
    waited_s += (double)sample->records[w].tail_waited_ns * 1e-9;
  return waited_s;
}

START_TEST(a_worker_that_waits_for_its_cpu_while_it_finishes_says_so)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way <= DYNAMIC; way++) {
    struct team team = team_of(&w, way, 2);
    team.pin = true;
    fake_on_finish = finish_beside_another;
    struct sample sample = run(&team);
    if (sample.records[0].pinned && sample.records[0].used.waited_known) {
      ck_assert_double_gt(tail_waited_s(&sample), 0.001);
      ck_assert_double_le(tail_waited_s(&sample) + 0.019, sample.merge_s + sample.finish_s);
    }
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

START_TEST(records_and_phases_of_a_sample_fit_together)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    team.first_slot = 1;
    struct sample sample = run(&team);
    ck_assert_uint_eq(sample.workers, team.workers);
    ck_assert_double_gt(sample.wall_s, 0);
    ck_assert_double_gt(sample.spawn_s, 0);
    ck_assert_double_ge(sample.merge_s, 0);
    ck_assert_double_eq_tol(sample.run_s + sample.merge_s + sample.finish_s, sample.wall_s, 1e-9);
    for (unsigned i = 0; i < sample.workers; i++) {
      const struct worker_record *record = &sample.records[i];
      ck_assert_int_eq(record->stage, WORKER_DONE);
      ck_assert_uint_eq(record->slot, (1 + i) % placement->slot_count);
      ck_assert(record->ready_ns <= record->begin_ns && record->begin_ns <= record->end_ns);
      ck_assert(!record->pinned && record->bind_error == 0 && record->error == 0);
      ck_assert(record->cpu_first >= 0 && record->cpu_last >= 0);
      ck_assert_double_gt(record->canary_before_ghz, 0);
      ck_assert_double_gt(record->canary_after_ghz, 0);
      ck_assert_uint_gt(record->peak_rss_bytes, 100000);
      for (unsigned j = 0; j < i; j++)
        ck_assert_int_eq(sample.records[j].pid == record->pid, is_threads(way));
    }
    ck_assert(!sample_pinned(&sample));
    sample_release(&sample);
    ck_assert_ptr_null(sample.memory);
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

START_TEST(workers_can_be_told_apart_by_name)
{
  struct kernel named = fake_kernel;
  struct workload w = prepared(UNITS);
  static const char *const names[][2] = {{"fake", "fake"},
                                         {"a-kernel-of-long-name", "a-kernel-of-l"}};
  for (size_t n = 0; n < 2 * LENGTH(names); n++) {
    const char *const *name = names[n / 2];
    named.name = name[0];
    w.job.kernel = &named;
    struct team team = team_of(&w, n % 2 ? THREADS_STATIC : STATIC, 3);
    diary->entries = 0;
    fake_on_run = describe_myself;
    struct sample sample = run(&team);
    ck_assert_uint_eq(diary->entries, 3);
    for (unsigned e = 0; e < 3; e++)
      for (unsigned i = 0; i < 3; i++)
        if (diary->entry[e].begin == workload_units(&w, workload_share(&w, i, 3)).begin) {
          char expected[32];
          snprintf(expected, sizeof expected, "%u/%s", i + 1, name[1]);
          ck_assert_str_eq(diary->entry[e].name, expected);
          ck_assert_int_eq(diary->entry[e].pid, sample.records[i].pid);
        }
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

START_TEST(a_pinned_worker_may_run_on_its_slots_cpu_alone)
{
  unsigned workers = placement->slot_count < 4 ? placement->slot_count : 4;
  if (workers < 2) {
    fputs("test_team: one CPU: binding is not tested\n", stderr);
    return;
  }
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, _i, workers);
  team.pin = true;
  fake_on_run = describe_myself;
  struct sample sample = run(&team);
  ck_assert(sample_pinned(&sample));
  ck_assert_uint_eq(diary->entries, workers);
  for (unsigned e = 0; e < workers; e++)
    for (unsigned i = 0; i < workers; i++)
      if (diary->entry[e].begin == workload_units(&w, workload_share(&w, i, workers)).begin) {
        unsigned cpu = placement->slots[sample.records[i].slot].cpu;
        ck_assert_int_eq(CPU_COUNT(&diary->entry[e].cpus), 1);
        ck_assert(CPU_ISSET(cpu, &diary->entry[e].cpus));
        ck_assert_int_eq(sample.records[i].cpu_first, (int)cpu);
        ck_assert_int_eq(sample.records[i].cpu_last, (int)cpu);
      }
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

START_TEST(binding_that_is_refused_is_recorded_and_the_work_goes_on)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 2);
  struct placement foreign = *placement;
  foreign.this_system = false;
  team.placement = &foreign;
  team.pin = true;
  struct sample sample = run(&team);
  ck_assert(!sample_pinned(&sample));
  for (unsigned i = 0; i < 2; i++) {
    ck_assert(!sample.records[i].pinned);
    ck_assert_int_eq(sample.records[i].bind_error, -ENOTSUP);
  }
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      any_number_of_workers_any_schedule_and_any_backend_give_the_same_bytes,
      more_workers_than_chunks_give_the_same_bytes,
      claims_go_by_what_chunks_cost,
      claims_are_small_parts_of_what_is_not_begun,
      a_tree_has_no_more_leaves_than_chunks,
      more_workers_than_slots_share_them_and_give_the_same_bytes,
      a_serial_part_on_purpose_gives_the_same_bytes,
      repetitions_do_the_whole_job_again_and_give_the_same_bytes,
      neighbours_are_merged_in_order_by_any_team,
      workers_that_are_late_are_merged_in_order_too,
      only_neighbours_are_merged_in_order,
      a_worker_that_waits_for_its_cpu_while_it_finishes_says_so,
      records_and_phases_of_a_sample_fit_together,
      workers_can_be_told_apart_by_name,
      binding_that_is_refused_is_recorded_and_the_work_goes_on,
  };
  Suite *suite = suite_create("team");
  TCase *tcase = suite_case(suite, "teams", tests, LENGTH(tests));
  tcase_add_loop_test(tcase, a_pinned_worker_may_run_on_its_slots_cpu_alone, STATIC, STATIC + 1);
  tcase_add_loop_test(tcase, a_pinned_worker_may_run_on_its_slots_cpu_alone, THREADS_STATIC,
                      THREADS_STATIC + 1);
  tcase_add_checked_fixture(tcase, open_diary, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
