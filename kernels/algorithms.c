/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * algorithms.c: the kernel algorithms: different methods of π side by side in one pool: different
 * functions, different arguments, different lengths; results in the order of the tasks.
 */

#include <errno.h>
#include <stdlib.h>

#include "products.h"
#include "tasks.h"

extern const struct kernel kernel_mc, kernel_bbp_hex, kernel_bbp_series, kernel_mpfr;

enum { POINTS, POSITION, SERIES_DIGITS, MPFR_DIGITS };

static const struct parameter parameters[] = {
    [POINTS] = {.name = "points",
                .help = "of mc",
                .kind = PARAMETER_COUNT,
                .minimum = 1,
                .maximum = UINT64_C(1000000000000),
                .fallback = 10000000},
    [POSITION] = {.name = "position",
                  .help = "of bbp-hex",
                  .kind = PARAMETER_COUNT,
                  .minimum = 1,
                  .maximum = UINT64_C(10000000000),
                  .fallback = 100000},
    [SERIES_DIGITS] = {.name = "digits",
                       .help = "of bbp-series",
                       .kind = PARAMETER_COUNT,
                       .minimum = 1,
                       .maximum = 10000000,
                       .fallback = 10000},
    [MPFR_DIGITS] = {.name = "mpfr-digits",
                     .help = "of MPFR's own pi",
                     .kind = PARAMETER_COUNT,
                     .minimum = 1,
                     .maximum = 10000000,
                     .fallback = 10000},
    {0},
};

static const struct method methods[] = {
    {"pool", "one task per kernel, by its default method", tasks_variants}, {0}};

static const char *const counters[] = {TASKS_NAME, "points",    "undecided4", "undecided8",
                                       "terms",    "squarings", "divisions",  PRODUCTS_NAMES,
                                       "digits",   NULL};

enum { WITHOUT_VECTORS, VECTORS, VECTORS_512, WIDTHS };

/* A task: the kernel, the item of its answer, and how long it takes at size n: ns·n^exponent
 * nanoseconds by the vectors that a variant has.  Measured on one core of Zen 5 at the default
 * sizes; roughly, which is enough to name the longest. */
static const struct {
  const struct kernel *kernel;
  const char *item;
  double ns[WIDTHS];
  unsigned exponent;
} specs[] = {
    [POINTS] = {&kernel_mc, "pi", {0.43, 0.15, 0.039}, 1},
    [POSITION] = {&kernel_bbp_hex, "digits", {32, 7, 4.6}, 1},
    [SERIES_DIGITS] = {&kernel_bbp_series, "digits", {0.021, 0.021, 0.0068}, 2},
    [MPFR_DIGITS] = {&kernel_mpfr, "digits", {130, 130, 130}, 1},
};
enum { SPECS = sizeof specs / sizeof *specs };

static struct job task_job(const struct job *job, unsigned index)
{
  const struct kernel *kernel = specs[index].kernel;
  struct job task = {.kernel = kernel,
                     .method = kernel->methods,
                     .variant = kernel->methods->variants,
                     .seed = job->seed,
                     .guard = job->guard};
  for (size_t i = 0; kernel->parameters[i].name; i++)
    task.values[i] =
        kernel->parameters[i].is_size ? job->values[index] : kernel->parameters[i].fallback;
  task.level = isa_level("scalar"); /* the same method whatever the CPU */
  if (kernel->choose)
    kernel->choose(&task);
  return task;
}

static uint64_t task_cost(const struct job *job, unsigned index)
{
  uint32_t needs = job->variant->needs;
  double cost = specs[index].ns[needs & CPU_AVX512 ? VECTORS_512
                                : needs            ? VECTORS
                                                   : WITHOUT_VECTORS];
  for (unsigned i = 0; i < specs[index].exponent; i++)
    cost *= (double)job->values[index];
  return (uint64_t)cost + 1;
}

static int prepare(const struct job *job, void **ret_plan)
{
  struct tasks *tasks = calloc(1, sizeof *tasks);
  int r = tasks ? 0 : -ENOMEM;
  if (tasks)
    tasks->counters = counters;
  for (unsigned i = 0; r == 0 && i < SPECS; i++) {
    struct job task = task_job(job, i);
    r = tasks_add(tasks, &task, specs[i].kernel->name, specs[i].item, task_cost(job, i));
  }
  if (r < 0) {
    tasks_release(tasks);
    return r;
  }
  *ret_plan = tasks;
  return 0;
}

const struct kernel kernel_algorithms = {
    .name = "algorithms",
    .summary = "different methods of pi side by side: a pool of tasks",
    .unit = "tasks",
    .revision = 2,
    .is_pool = true,
    .uses_seed = true,
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
};
