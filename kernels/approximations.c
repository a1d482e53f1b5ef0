/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * approximations.c: the kernel approximations: π to several numbers of digits at once, as a class
 * on multiprocessing has a pool of workers do it.  Unequal tasks on purpose: no number of workers
 * is faster than the longest of them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "products.h"
#include "tasks.h"

extern const struct kernel kernel_bbp_series, kernel_mpfr;

enum { DIGITS };

static const uint64_t classroom_digits[] = {1000, 1500, 2000};

static const struct parameter parameters[] = {
    [DIGITS] = {.name = "digits",
                .help = "of each approximation",
                .kind = PARAMETER_LIST,
                .minimum = 1,
                .maximum = 1000000,
                .fallback = 3,
                .fallback_list = classroom_digits},
    {0},
};

static const struct method methods[] = {
    {"textbook", "the BBP series, every term at full precision", tasks_variants_reference},
    {"fused", "the BBP series at shrinking precision", tasks_variants_scalar},
    {"groups", "the BBP series by binary splitting in groups", tasks_variants_scalar},
    {"mpfr", "MPFR's own pi", tasks_variants_reference},
    {0},
};

static const char *const counters[] = {TASKS_NAME,     "terms",  "divisions",
                                       PRODUCTS_NAMES, "digits", NULL};

/* The names of the answer's items, static since tasks keep no copies. */
static const char *const names[LIST_MOST] = {"task 1", "task 2", "task 3", "task 4",
                                             "task 5", "task 6", "task 7", "task 8"};

/* The job of one task: bbp-series by the method of that name, or mpfr. */
static struct job task_job(const struct job *job, uint64_t digits)
{
  bool series = strcmp(job->method->name, "mpfr") != 0;
  struct job task = {.kernel = series ? &kernel_bbp_series : &kernel_mpfr, .guard = job->guard};
  task.method = task.kernel->methods;
  while (series && strcmp(task.method->name, job->method->name) != 0)
    task.method++;
  task.variant = task.method->variants;
  for (size_t i = 0; task.kernel->parameters[i].name; i++)
    task.values[i] =
        task.kernel->parameters[i].is_size ? digits : task.kernel->parameters[i].fallback;
  return task;
}

static int prepare(const struct job *job, void **ret_plan)
{
  struct tasks *tasks = calloc(1, sizeof *tasks);
  int r = tasks ? 0 : -ENOMEM;
  if (tasks)
    tasks->counters = counters;
  for (uint64_t i = 0; r == 0 && i < job->values[DIGITS]; i++) {
    struct job task = task_job(job, job->list[i]);
    r = tasks_add(tasks, &task, names[i], "digits", 0);
  }
  if (r < 0) {
    tasks_release(tasks);
    return r;
  }
  *ret_plan = tasks;
  return 0;
}

/* MPFR's own shares nothing with the series; for it the fastest series is the peer. */
static int peer(const struct job *job, struct job *ret_peer)
{
  const struct method *method = methods;
  const char *wanted = strcmp(job->method->name, "mpfr") == 0 ? "groups" : "mpfr";
  while (strcmp(method->name, wanted) != 0)
    method++;
  *ret_peer = *job;
  ret_peer->method = method;
  ret_peer->guard = 0;
  return 0;
}

const struct kernel kernel_approximations = {
    .name = "approximations",
    .summary = "several approximations of pi at once, of unequal length: a pool of tasks",
    .unit = "tasks",
    .revision = 1,
    .is_pool = true,
    .parameters = parameters,
    .methods = methods,
    .counters = counters,
    .prepare = prepare,
    .release = tasks_release,
    .units = tasks_units,
    .work = tasks_work,
    .cost_before = tasks_cost_before,
    .payload_bytes = tasks_payload_bytes,
    .memory_bytes = tasks_memory_bytes,
    .answer_bytes = tasks_answer_bytes,
    .merge = tasks_merge,
    .finish = tasks_finish,
    .peer = peer,
};
