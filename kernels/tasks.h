/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tasks.h: kernels whose units are whole jobs of other kernels: a pool of unequal tasks.
 *
 * The partial is the tasks' partials one behind the other, zero where a task has not run; merging
 * adds them.  The answer has an item per task, in the order of the tasks whatever the order in
 * which they finish.
 *
 * The work counters are the number of tasks and, name by name, the sums of the tasks' own.
 */
#pragma once

#include "kernel.h"

struct task {
  struct job job;
  const char *name; /* of its answer item; static */
  const char *item; /* of the job's answer that is taken */
  uint64_t cost;    /* expected time, in a unit that all tasks share */
  void *plan;
  size_t payload_at, payload_bytes; /* in the partial */
};

struct tasks {
  const char *const *counters; /* the pool kernel's: TASKS_NAME, and all that its tasks have */
  unsigned count;
  size_t payload_bytes;
  struct task task[LIST_MOST];
};

enum { TASKS_COUNTER };
#define TASKS_NAME "tasks"

/* Prepares a task and appends it, to a pool that is zero but for `counters`; job is copied.  cost
 * 0: what the task's kernel says, right where all tasks are of one kernel and method.  Returns as
 * kernel.prepare(). */
int tasks_add(struct tasks *tasks, const struct job *job, const char *name, const char *item,
              uint64_t cost);

/* Releases the plans of all tasks, and the tasks; accepts NULL. */
void tasks_release(void *tasks);

/* For the kernel's table; plan is a struct tasks. */
uint64_t tasks_units(const void *plan);
uint64_t tasks_work(const void *plan, struct range units);
uint64_t tasks_cost_before(const void *plan, uint64_t unit);
size_t tasks_payload_bytes(const void *plan);
uint64_t tasks_memory_bytes(const void *plan);
size_t tasks_answer_bytes(const void *plan);
void tasks_merge(const void *plan, const struct partial *from, struct partial *into);
int tasks_finish(const void *plan, const struct partial *partial, struct answer *ret_answer);

/* Rows for all levels: every task runs by its fastest variant at or below that level. */
extern const struct variant tasks_variants[];
/* Up to the highest level that any of the tasks has. */
extern const struct variant tasks_variants_reference[], tasks_variants_scalar[];
