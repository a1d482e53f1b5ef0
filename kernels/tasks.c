/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tasks.c: kernels whose units are whole jobs of other kernels: a pool of unequal tasks. */

#include "tasks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tasks_add(struct tasks *tasks, const struct job *job, const char *name, const char *item,
              uint64_t cost)
{
  assert(tasks->count < LIST_MOST && tasks->counters);
  struct task task = {.job = *job, .name = name, .item = item, .cost = cost};
  int r = job->kernel->prepare(job, &task.plan);
  if (r < 0)
    return r;
  if (cost == 0)
    task.cost = job->kernel->cost_before(task.plan, job->kernel->units(task.plan));
  task.payload_at = tasks->payload_bytes;
  task.payload_bytes = job->kernel->payload_bytes(task.plan);
  tasks->payload_bytes += (task.payload_bytes + 7) / 8 * 8;
  tasks->task[tasks->count++] = task;
  return 0;
}

void tasks_release(void *plan)
{
  struct tasks *tasks = plan;
  for (unsigned i = 0; tasks && i < tasks->count; i++)
    tasks->task[i].job.kernel->release(tasks->task[i].plan);
  free(tasks);
}

uint64_t tasks_units(const void *plan)
{
  return ((const struct tasks *)plan)->count;
}

uint64_t tasks_work(const void *plan, struct range units)
{
  (void)plan;
  return units.end - units.begin;
}

uint64_t tasks_cost_before(const void *plan, uint64_t unit)
{
  const struct tasks *tasks = plan;
  uint64_t cost = 0;
  for (uint64_t i = 0; i < unit; i++)
    cost += tasks->task[i].cost;
  return cost;
}

size_t tasks_payload_bytes(const void *plan)
{
  return ((const struct tasks *)plan)->payload_bytes;
}

/* A worker runs one task after the other. */
uint64_t tasks_memory_bytes(const void *plan)
{
  const struct tasks *tasks = plan;
  uint64_t most = 0;
  for (unsigned i = 0; i < tasks->count; i++) {
    const struct task *task = &tasks->task[i];
    uint64_t bytes = partial_bytes(task->payload_bytes);
    if (task->job.kernel->memory_bytes)
      bytes += task->job.kernel->memory_bytes(task->plan);
    most = bytes > most ? bytes : most;
  }
  return most;
}

size_t tasks_answer_bytes(const void *plan)
{
  const struct tasks *tasks = plan;
  size_t bytes = 0;
  for (unsigned i = 0; i < tasks->count; i++)
    bytes += tasks->task[i].job.kernel->answer_bytes(tasks->task[i].plan);
  return bytes;
}

void tasks_merge(const void *plan, const struct partial *from, struct partial *into)
{
  size_t words = ((const struct tasks *)plan)->payload_bytes / 8;
  for (size_t i = 0; i < words; i++)
    into->payload[i] += from->payload[i]; /* one of them is 0 */
}

/* --- Running --- */

/* A counter of the task's kernel is added to the pool's of the same name. */
static void add_counters(const struct tasks *tasks, const struct task *task,
                         const struct partial *from, struct partial *into)
{
  const char *const *names = task->job.kernel->counters;
  for (unsigned i = 0; names[i]; i++) {
    unsigned own = 0;
    while (tasks->counters[own] && strcmp(tasks->counters[own], names[i]) != 0)
      own++;
    assert(tasks->counters[own]);
    into->counters[own] += from->counters[i];
  }
}

static struct partial *task_partial_new(const struct task *task)
{
  struct partial *partial = malloc(partial_bytes(task->payload_bytes));
  if (partial)
    partial_init(partial, task->payload_bytes);
  return partial;
}

static int task_run(const struct tasks *tasks, const struct task *task, int level,
                    struct partial *ret_partial)
{
  const struct kernel *kernel = task->job.kernel;
  struct partial *partial = task_partial_new(task);
  if (!partial)
    return -ENOMEM;
  int r = variant_pick(task->job.method, level)
              ->run(task->plan, (struct range){0, kernel->units(task->plan)}, partial);
  if (r == 0) {
    memcpy((char *)ret_partial->payload + task->payload_at, partial->payload, task->payload_bytes);
    ret_partial->counters[TASKS_COUNTER]++;
    add_counters(tasks, task, partial, ret_partial);
  }
  free(partial);
  return r;
}

static int tasks_run(const struct tasks *tasks, struct range units, const char *level,
                     struct partial *ret_partial)
{
  int r = 0;
  for (uint64_t i = units.begin; r == 0 && i < units.end; i++)
    r = task_run(tasks, &tasks->task[i], isa_level(level), ret_partial);
  return r;
}

static int run_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return tasks_run(plan, units, "reference", ret_partial);
}

static int run_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return tasks_run(plan, units, "scalar", ret_partial);
}

#if defined(__x86_64__)

static int run_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  return tasks_run(plan, units, "avx2", ret_partial);
}

static int run_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  return tasks_run(plan, units, "avx512", ret_partial);
}

#elif defined(__aarch64__)

static int run_neon(const void *plan, struct range units, struct partial *ret_partial)
{
  return tasks_run(plan, units, "neon", ret_partial);
}

#endif

const struct variant tasks_variants_reference[] = {{.name = "reference", .run = run_reference},
                                                   {0}};

const struct variant tasks_variants_scalar[] = {
    {.name = "reference", .run = run_reference}, {.name = "scalar", .run = run_scalar}, {0}};

const struct variant tasks_variants[] = {
    {.name = "reference", .run = run_reference},
    {.name = "scalar", .run = run_scalar},
#if defined(__x86_64__)
    {.name = "avx2", .needs = CPU_AVX2, .run = run_avx2},
    {.name = "avx512", .needs = CPU_AVX512, .run = run_avx512},
#elif defined(__aarch64__)
    {.name = "neon", .needs = CPU_NEON, .run = run_neon},
#endif
    {0},
};

/* --- The answer --- */

/* Copies the item that is wanted of a task's answer, under the task's name. */
static void item_copy(const struct task *task, const struct answer *from, struct answer *into)
{
  const struct answer_item *item = answer_find(from, task->item);
  assert(item && item->kind != ANSWER_COUNT);
  struct answer_item *copy =
      item->kind == ANSWER_DIGITS
          ? answer_digits_add(into, task->name, from->text + item->text_offset, item->text_bytes)
          : answer_number_add(into, task->name, item->number);
  copy->error_bound = item->error_bound;
  copy->standard_error = item->standard_error;
  copy->z = item->z;
}

static int task_finish(const struct task *task, const struct partial *whole, struct answer *answer)
{
  const struct kernel *kernel = task->job.kernel;
  size_t bytes = sizeof *answer + kernel->answer_bytes(task->plan);
  struct partial *partial = task_partial_new(task);
  struct answer *own = malloc(bytes);
  int r = partial && own ? 0 : -ENOMEM;
  if (r == 0) {
    memcpy(partial->payload, (const char *)whole->payload + task->payload_at, task->payload_bytes);
    answer_init(own, bytes);
    r = kernel->finish(task->plan, partial, own);
  }
  if (r == 0)
    item_copy(task, own, answer);
  free(partial);
  free(own);
  return r;
}

int tasks_finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct tasks *tasks = plan;
  int r = 0;
  for (unsigned i = 0; r == 0 && i < tasks->count; i++)
    r = task_finish(&tasks->task[i], partial, ret_answer);
  return r;
}
