/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_compute.c: computations that are kept go on where they were, and tell how long they take. */

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "compute.h"
#include "fake.h"
#include "here.h"
#include "trial.h"

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250511;

enum { UNITS = 100003 };

/* What chunks yield, by no team at all. */
static struct partial *expected(const struct workload *w, const struct partial *covered)
{
  struct partial *sum = malloc(partial_bytes(16)), *one = malloc(partial_bytes(16));
  partial_init(sum, 16);
  for (uint64_t c = 0; c < w->chunks; c++) {
    struct range chunk = {c, c + 1};
    if (covered && !partial_covered(covered, chunk))
      continue;
    partial_init(one, 16);
    fake_compute(w->plan, workload_units(w, chunk), one);
    partial_cover(one, chunk);
    ck_assert_int_eq(partial_merge(&fake_kernel, w->plan, one, sum), 0);
  }
  free(one);
  return sum;
}

static struct computation computation_of(unsigned workers)
{
  return (struct computation){
      .job = fake_job(&fake_kernel, UNITS),
      .team = {.placement = placement, .workers = workers, .repeats = 1, .timeout_s = 60},
      .keeps = true,
  };
}

static uint64_t *runs; /* of run(), in shared memory */

static int count_runs(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  __atomic_fetch_add(runs, 1, __ATOMIC_RELAXED);
  return 0;
}

/* Collects all the time while workers claim chunks as fast as they can: no copy is ever torn. */
struct witness {
  const struct workload *workload;
  unsigned collected, chunks;
};

static void witness_collect(const struct partial *so_far, void *data)
{
  struct witness *witness = data;
  struct partial *right = expected(witness->workload, so_far);
  if (memcmp(right, so_far, so_far->bytes) != 0)
    ck_abort_msg("a collected partial is not what its chunks yield");
  free(right);
  unsigned chunks = partial_covered(so_far, (struct range){0, witness->workload->chunks});
  ck_assert_uint_ge(chunks, witness->chunks);
  witness->chunks = chunks;
  witness->collected++;
}

static int slow(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  usleep(100);
  return 0;
}

/* Half of it is there for a while without the other. */
static void slow_merge(const void *plan, const struct partial *from, struct partial *into)
{
  (void)plan;
  into->payload[0] += from->payload[0];
  usleep(100);
  into->payload[1] ^= from->payload[1];
}

START_TEST(what_is_collected_on_the_way_is_what_its_chunks_yield)
{
  struct workload w;
  struct kernel kernel = fake_kernel;
  struct job job = fake_job(&kernel, UNITS);
  kernel.merge = slow_merge;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  struct witness witness = {.workload = &w};
  struct computation c = computation_of(3);
  struct team team = c.team;
  team.workload = &w;
  team.schedule = SCHEDULE_DYNAMIC;
  team.backend = _i == 0 ? BACKEND_PROCESS : BACKEND_THREAD;
  team.claim_most = 1;
  team.collect = witness_collect;
  team.collect_data = &witness;
  fake_on_run = slow;
  ck_assert_int_eq(team_run(&team, &sample, &fault), 0);
  ck_assert_uint_ge(witness.collected, 1);
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

static uint64_t refused_unit;

static int refuse_a_unit(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  return units.begin <= refused_unit && refused_unit < units.end ? -ERANGE : 0;
}

/* Chunks are computed one by one, and what was done before is left out. */
START_TEST(what_was_done_before_a_fault_is_collected)
{
  struct computation c = computation_of(1);
  struct workload w;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  const unsigned refused = w.chunks / 2, begun = w.chunks - 1;
  ck_assert_int_eq(state_begin(&w, &c.begun), 0);
  partial_cover(c.begun.partial, (struct range){begun, begun + 1});
  struct partial *last = expected(&w, c.begun.partial);
  struct witness witness = {.workload = &w};
  struct team team = c.team;
  team.workload = &w;
  team.schedule = SCHEDULE_DYNAMIC;
  team.backend = _i == 0 ? BACKEND_PROCESS : BACKEND_THREAD;
  team.claim_most = 1;
  team.begun = last;
  team.collect = witness_collect;
  team.collect_data = &witness;
  refused_unit = w.unit[refused];
  fake_on_run = refuse_a_unit;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.error, -ERANGE);
  ck_assert_uint_eq(witness.chunks, refused + 1);
  free(last);
  state_release(&c.begun);
  workload_release(&w);
}
END_TEST

static int refuse_to_finish(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  return -ERANGE;
}

/* By then workers have merged their leaves into those before them, and are read all the same. */
START_TEST(what_was_merged_before_a_fault_is_collected_once)
{
  struct computation c = computation_of(3);
  struct workload w;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  struct witness witness = {.workload = &w};
  struct team team = c.team;
  team.workload = &w;
  team.schedule = SCHEDULE_DYNAMIC;
  team.backend = _i == 0 ? BACKEND_PROCESS : BACKEND_THREAD;
  team.claim_most = 1;
  team.collect = witness_collect;
  team.collect_data = &witness;
  fake_on_run = slow;
  fake_on_finish = refuse_to_finish;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.error, -ERANGE);
  ck_assert_uint_eq(witness.chunks, w.chunks);
  workload_release(&w);
}
END_TEST

START_TEST(only_what_is_not_done_is_computed)
{
  struct computation c = computation_of((unsigned)_i + 1);
  struct workload w;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  struct partial *whole = expected(&w, NULL);
  ck_assert_int_eq(state_begin(&w, &c.begun), 0);
  srandom((unsigned)(seed + (unsigned)_i));
  unsigned done = 0;
  for (uint64_t at = 0; at < w.chunks; at++)
    if (random() % 3 == 0) {
      partial_cover(c.begun.partial, (struct range){at, at + 1});
      done++;
    }
  struct partial *begun = expected(&w, c.begun.partial);
  memcpy(c.begun.partial, begun, begun->bytes);
  runs = fake_shared(sizeof *runs);
  fake_on_run = count_runs;
  workload_release(&w);
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  ck_assert_uint_eq(*runs, w.chunks - done);
  ck_assert_mem_eq(sample.partial, whole, whole->bytes);
  ck_assert_mem_eq(c.begun.partial, whole, whole->bytes);
  ck_assert(c.done == 1);
  sample_release(&sample);
  workload_release(&w);
  state_release(&c.begun);
  free(begun);
  free(whole);
}
END_TEST

START_TEST(parts_add_up_to_the_whole)
{
  enum { PARTS = 7 };
  struct workload w;
  struct state sum = {0};
  struct partial *whole = NULL;
  for (unsigned part = 1; part <= PARTS; part++) {
    struct computation c = computation_of(1 + part % 3);
    struct sample sample;
    struct fault fault;
    c.part = part;
    c.parts = PARTS;
    ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
    ck_assert_uint_eq(sample.answer->count, 0);
    ck_assert_uint_eq(c.begun.part, part);
    sample_release(&sample);
    if (part == 1) {
      ck_assert_int_eq(state_begin(&w, &sum), 0);
      whole = expected(&w, NULL);
    }
    ck_assert_int_eq(state_merge(&w, &c.begun, &sum), 0);
    state_release(&c.begun);
    workload_release(&w);
  }
  ck_assert_mem_eq(sum.partial, whole, whole->bytes);
  state_release(&sum);
  free(whole);
}
END_TEST

static int fail_in_the_middle(const struct fake_plan *plan, struct range units)
{
  usleep(200);
  return units.begin > plan->units / 2 ? -EIO : 0;
}

START_TEST(a_failed_run_keeps_what_the_workers_had_done)
{
  struct computation c = computation_of(2);
  struct workload w;
  struct sample sample;
  struct fault fault;
  fake_on_run = fail_in_the_middle;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), -ECHILD);
  ck_assert(c.done > 0.4 && c.done < 0.6);
  fake_on_run = NULL;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  struct partial *whole = expected(&w, NULL);
  ck_assert_mem_eq(sample.partial, whole, whole->bytes);
  free(whole);
  sample_release(&sample);
  workload_release(&w);
  state_release(&c.begun);
}
END_TEST

static unsigned undecided; /* that many guards */

static int ask_for_more(const struct fake_plan *plan, uint64_t *sum)
{
  (void)sum;
  return plan->guard < undecided ? -EAGAIN : 0;
}

START_TEST(undecided_digits_begin_again_with_more_guard_bits)
{
  struct computation c = computation_of(2);
  struct workload w;
  struct sample sample;
  struct fault fault;
  undecided = 2;
  fake_on_finish = ask_for_more;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  ck_assert_uint_eq(c.begun.job.guard, 2);
  sample_release(&sample);
  workload_release(&w);
  runs = fake_shared(sizeof *runs);
  fake_on_run = count_runs;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0); /* goes on with two */
  ck_assert_uint_eq(*runs, 0);
  sample_release(&sample);
  workload_release(&w);
  undecided = 3;
  c.fixed_guard = true;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), -EAGAIN);
  state_release(&c.begun);
}
END_TEST

/* --- Trials --- */

/* No speed: whether the cost of the rest is counted. */
START_TEST(a_trial_counts_what_is_left)
{
  struct computation c = computation_of(1);
  struct workload w;
  double all_s, rest_s;
  c.job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  struct range chunks = {0, w.chunks};
  struct state begun;
  ck_assert_int_eq(state_begin(&w, &begun), 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, chunks, &all_s), 0);
  ck_assert_double_gt(all_s, 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, (struct range){0, 0}, &rest_s), 0);
  ck_assert_double_eq(rest_s, 0);
  partial_cover(begun.partial, chunks);
  ck_assert_int_eq(trial_run(&w, &c.team, begun.partial, chunks, &rest_s), 0);
  ck_assert_double_eq(rest_s, 0);
  state_release(&begun);
  workload_release(&w);
}
END_TEST

START_TEST(a_job_of_one_unit_cannot_be_tried)
{
  struct computation c = computation_of(2);
  struct workload w;
  double seconds;
  c.job.values[FAKE_UNITS] = 1;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, (struct range){0, 1}, &seconds), -ENODATA);
  workload_release(&w);
}
END_TEST

int main(void)
{
  seed = suite_seed(seed);
  Suite *suite = suite_create("compute");
  TCase *computations = tcase_create("computations");
  tcase_set_timeout(computations, 60);
  tcase_add_loop_test(computations, what_is_collected_on_the_way_is_what_its_chunks_yield, 0, 2);
  tcase_add_loop_test(computations, what_was_done_before_a_fault_is_collected, 0, 2);
  tcase_add_loop_test(computations, what_was_merged_before_a_fault_is_collected_once, 0, 2);
  tcase_add_loop_test(computations, only_what_is_not_done_is_computed, 0, 4);
  tcase_add_test(computations, parts_add_up_to_the_whole);
  tcase_add_test(computations, a_failed_run_keeps_what_the_workers_had_done);
  tcase_add_test(computations, undecided_digits_begin_again_with_more_guard_bits);
  tcase_add_test(computations, a_trial_counts_what_is_left);
  tcase_add_test(computations, a_job_of_one_unit_cannot_be_tried);
  suite_add_tcase(suite, computations);
  return suite_run_here(suite);
}
