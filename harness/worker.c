/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker.c: what a worker process does, from its birth to its exit. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"
#include "worker.h"

/* A process that ends with its parent and is killed like any other. */
static void become_child(pid_t parent)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) /* it died before the line above */
    _exit(1);
  interrupt_release_child();
}

/* Names the calling thread. */
static void become_worker(const struct worker *w)
{
  char name[16]; /* Linux keeps 15 characters */
  snprintf(name, sizeof name, "%u/%s", w->index + 1, w->workload->job.kernel->name);
  prctl(PR_SET_NAME, name);
}

static void bind_to_slot(struct worker *w)
{
  const struct team *team = w->team;
  if (team->pin) {
    w->record->bind_error = placement_bind(team->placement, w->record->slot);
    w->record->pinned = w->record->bind_error == 0;
  }
  w->record->cpu_first = sched_getcpu();
}

static void begin(const struct worker *w, struct partial *partial)
{
  partial_begin(w->workload->job.kernel, w->workload->plan, partial);
}

bool worker_claims_chunks(const struct worker *w)
{
  return w->team->schedule == SCHEDULE_DYNAMIC && !w->team->serial && !team_takes_leaves(w->team);
}

/* First touch by the worker itself, so that the memory is its node's and no page fault is timed. */
static void touch(struct worker *w)
{
  if (!team_takes_leaves(w->team))
    begin(w, memory_leaf(w->memory, w->index));
  if (worker_claims_chunks(w))
    begin(w, memory_claim(w->memory, w->index));
  if (w->index == 0) {
    if (w->team->serial_chunks)
      begin(w, memory_serial(w->memory));
    answer_init(memory_answer(w->memory), w->memory->answer_bytes);
  }
}

static int run_chunks(const struct worker *w, struct range chunks, struct partial *partial)
{
  if (chunks.begin == chunks.end)
    return 0;
  int r = w->workload->job.variant->run(w->workload->plan, workload_units(w->workload, chunks),
                                        partial);
  if (r == 0)
    partial_cover(partial, chunks);
  return r;
}

static int run_claims(struct worker *w)
{
  struct partial *one = memory_claim(w->memory, w->index);
  struct range chunks;
  int r;
  while ((r = w->operations->claim(w, &chunks)) > 0) {
    begin(w, one);
    r = run_chunks(w, chunks, one);
    if (r == 0)
      r = leaf_add(w->team, w->memory, one, w->index);
    if (r < 0)
      return r;
  }
  return r;
}

/* What is timed of a kernel.  Not inlined and with a name for others to see: 'pibench ab
 * --instructions' has callgrind count in here and nowhere else. */
int worker_timed_part(struct worker *w, unsigned leaf);
__attribute__((noinline)) int worker_timed_part(struct worker *w, unsigned leaf)
{
  struct partial *partial = memory_leaf(w->memory, leaf);
  if (w->team->serial)
    return run_chunks(w, (struct range){0, w->workload->chunks}, partial);
  if (worker_claims_chunks(w))
    return run_claims(w);
  if (team_takes_leaves(w->team))
    begin(w, partial);
  return run_chunks(w, merge_tree_chunks(w->team, leaf), partial);
}

/* Makes a computation longer by a part of itself: the CPU stays busy, as in slower code. */
static void slow_down(uint64_t begin_ns, double slowdown)
{
  uint64_t end_ns = clock_now_ns();
  uint64_t until_ns = end_ns + (uint64_t)(slowdown * (double)(end_ns - begin_ns));
  while (clock_now_ns() < until_ns)
    ;
}

/* The worker's own computation, between its own stamps; sums over leaves and repetitions. */
static int compute(struct worker *w, unsigned leaf)
{
  struct worker_record *record = w->record;
  struct usage before = usage_read(&w->meter);
  uint64_t begin_ns = clock_now_ns();
  int r = worker_timed_part(w, leaf);
  if (w->team->slowdown > 0)
    slow_down(begin_ns, w->team->slowdown);
  record->end_ns = clock_now_ns();
  struct usage after = usage_read(&w->meter);
  usage_add(&record->used, &before, &after);
  w->waited_ns = after.waited_ns;
  record->busy_ns += record->end_ns - begin_ns;
  return r;
}

/* The steps of a finish(): each lasts until the next one begins. */
struct stepwatch {
  struct phases *sum;
  unsigned next; /* step */
  uint64_t begin_ns;
};

static void step_end(struct stepwatch *watch)
{
  if (watch->next > 0)
    watch->sum->step[watch->next - 1] += clock_now_ns() - watch->begin_ns;
}

static void step_begin(const char *name, void *context)
{
  struct stepwatch *watch = context;
  if (watch->next == STEPS_MOST)
    return; /* the last one goes on */
  step_end(watch);
  snprintf(watch->sum->step_name[watch->next++], STEP_NAME, "%s", name);
  watch->begin_ns = clock_now_ns();
}

/* finish(), which in a process of this team may tell its steps. */
static int finish_in_steps(struct worker *w, const struct partial *whole, struct answer *answer)
{
  struct stepwatch watch = {.sum = &w->memory->sum};
  answer->on_step = step_begin;
  answer->on_step_context = &watch;
  int r = w->workload->job.kernel->finish(w->workload->plan, whole, answer);
  step_end(&watch);
  answer->on_step = NULL;
  answer->on_step_context = NULL;
  return r;
}

/* Makes the answer of a whole job; -EPROTO: chunks are missing. */
static int answer_make(struct worker *w, const struct partial *whole)
{
  struct range part = w->team->part;
  if (w->team->is_part)
    return partial_covered(whole, part) == part.end - part.begin ? 0 : -EPROTO;
  if (!partial_is_complete(whole, w->workload->chunks))
    return -EPROTO;
  return finish_in_steps(w, whole, memory_answer(w->memory));
}

/* Others wait for the one that merges and finishes, also while it waits for its CPU. */
static void add_tail_waited(struct worker *w, uint64_t tail_ns)
{
  uint64_t waited_ns = usage_read(&w->meter).waited_ns - w->waited_ns;
  w->record->tail_waited_ns += waited_ns < tail_ns ? waited_ns : tail_ns;
}

/* Adds up the phases of this repetition, the last of which makes the answer. */
static int finish(struct worker *w, const struct partial *whole, uint64_t run_ns)
{
  struct team_memory *memory = w->memory;
  uint64_t merge_end_ns = clock_now_ns();
  int r = answer_make(w, whole);
  uint64_t end_ns = clock_now_ns();
  memory->sum.finish += end_ns - merge_end_ns;
  memory->sum.merge += merge_end_ns - w->release_ns - run_ns;
  memory->sum.run += run_ns;
  add_tail_waited(w, end_ns - w->release_ns - run_ns);
  memory->finish_error = r;
  return r == -EAGAIN ? 0 : r;
}

/* The chunks that were left to one worker come first. */
static int run_serial_part(const struct worker *w)
{
  if (w->team->serial_chunks == 0)
    return 0;
  struct partial *whole = memory_serial(w->memory);
  int r = run_chunks(w, (struct range){0, w->team->serial_chunks}, whole);
  if (r == 0)
    r = partial_merge(w->workload->job.kernel, w->workload->plan, memory_leaf(w->memory, 0), whole);
  return r;
}

/* 1: the whole was merged here, and is finished. */
static int merge_and_finish(struct worker *w, unsigned leaf, int error)
{
  int r = w->operations->merge(w, leaf, error);
  if (r <= 0)
    return r;
  uint64_t run_ns = w->operations->run_ns(w);
  r = w->team->begun ? leaf_add(w->team, w->memory, w->team->begun, 0) : 0;
  if (r == 0)
    r = run_serial_part(w);
  if (r == 0)
    r = finish(w, memory_whole(w->team, w->memory), run_ns);
  return r < 0 ? r : 1;
}

/* The next leaf that nobody has taken in this repetition.  In every one each worker asks once in
 * vain. */
static bool take_leaf(const struct worker *w, unsigned *ret_leaf)
{
  uint32_t asked = w->memory->leaves + w->team->workers;
  *ret_leaf = atomic_fetch_add(&w->memory->next_chunk, 1) - w->repetition * asked;
  return *ret_leaf < w->memory->leaves;
}

static int run_leaves(struct worker *w)
{
  unsigned leaf;
  int finished = 0;
  while (take_leaf(w, &leaf)) {
    int r = merge_and_finish(w, leaf, compute(w, leaf));
    if (r < 0)
      return r;
    finished |= r;
  }
  return finished;
}

/* A leaf of its own, or one after the other as they come. */
static int run_part(struct worker *w)
{
  w->record->stage = WORKER_RUNNING;
  w->record->begin_ns = clock_now_ns();
  w->record->skew_ns += w->record->begin_ns - w->release_ns;
  return team_takes_leaves(w->team) ? run_leaves(w)
                                    : merge_and_finish(w, w->index, compute(w, w->index));
}

/* Both canaries, on all workers at about the same time. */
static void canaries(double *ret_ghz, double *ret_adds_per_ns)
{
  *ret_ghz = clock_canary_ghz();
  *ret_adds_per_ns = clock_throughput_per_ns();
}

static int run_serial(struct worker *w)
{
  int r = 0;
  canaries(&w->record->canary_before_ghz, &w->record->adds_before_per_ns);
  for (w->repetition = 0; r == 0 && w->repetition < w->team->repeats; w->repetition++) {
    touch(w);
    w->record->stage = WORKER_RUNNING;
    w->record->begin_ns = w->release_ns = clock_now_ns();
    r = compute(w, 0);
    if (r == 0)
      r = finish(w, memory_leaf(w->memory, 0), w->record->end_ns - w->release_ns);
  }
  return r;
}

static int run_parallel(struct worker *w)
{
  int r = w->operations->ready(w);
  if (r == 0)
    canaries(&w->record->canary_before_ghz, &w->record->adds_before_per_ns);
  for (w->repetition = 0; r == 0 && w->repetition < w->team->repeats; w->repetition++) {
    touch(w);
    r = w->operations->release(w);
    if (r < 0)
      return r;
    r = run_part(w);
    r = w->operations->answered(w, r > 0, r < 0 ? r : 0);
  }
  return r;
}

struct worker worker_of(const struct team *team, struct team_memory *memory, unsigned index,
                        const struct team_operations *operations)
{
  return (struct worker){
      .team = team,
      .workload = team->workload,
      .operations = operations,
      .memory = memory,
      .record = memory_record(memory, index),
      .index = index,
  };
}

int worker_live(struct worker *w)
{
  become_worker(w);
  bind_to_slot(w);
  touch(w);
  w->meter = usage_open();
  w->record->stage = WORKER_READY;
  w->record->ready_ns = clock_now_ns();
  int r = w->team->serial ? run_serial(w) : run_parallel(w);
  w->record->cpu_last = sched_getcpu();
  if (r == 0) {
    canaries(&w->record->canary_after_ghz, &w->record->adds_after_per_ns);
    w->record->stage = WORKER_DONE;
  }
  w->record->error = r;
  usage_close(&w->meter);
  return r;
}

_Noreturn void worker_main(const struct team *team, struct team_memory *memory, unsigned index,
                           pid_t parent)
{
  struct worker w = worker_of(team, memory, index, &team_shared_operations);
  become_child(parent);
  _exit(worker_live(&w) < 0);
}

static void *thread_main(void *worker)
{
  if (worker_live(worker) < 0)
    _exit(1); /* takes the other threads along */
  return NULL;
}

_Noreturn void worker_threads_main(const struct team *team, struct team_memory *memory,
                                   pid_t parent)
{
  become_child(parent);
  struct worker *workers = calloc(team->workers, sizeof *workers);
  pthread_t *threads = calloc(team->workers, sizeof *threads);
  int error = workers && threads ? 0 : ENOMEM;
  unsigned started = 0;
  for (; error == 0 && started < team->workers; started += error == 0) {
    workers[started] = worker_of(team, memory, started, &team_shared_operations);
    error = pthread_create(&threads[started], NULL, thread_main, &workers[started]);
  }
  if (error) {
    memory_record(memory, started)->error = -error;
    _exit(1); /* takes the threads along */
  }
  for (unsigned i = 0; i < team->workers; i++)
    pthread_join(threads[i], NULL);
  _exit(0);
}
