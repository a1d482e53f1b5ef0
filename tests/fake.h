/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fake.h: a kernel for tests.  It adds up hashes of its units, and does on the way whatever the
 * test's hooks do: die, hang, refuse, keep a diary.
 *
 * Hooks are set before the fork of a team and run in its workers, so what they write down has to
 * be in memory from fake_shared().
 */
#pragma once

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel.h"

/* How the cost of units goes along the job. */
enum fake_shape {
  FAKE_EVEN,
  FAKE_RISING,  /* unit u costs u + 1 */
  FAKE_FALLING, /* unit u costs units - u */
  FAKE_STEEP,   /* the first unit costs as much as a million others */
  FAKE_HUGE,    /* even, and the sum is nearly 2^64 */
};

enum { FAKE_UNITS, FAKE_SHAPE, FAKE_PARAMETERS }; /* indices of job.values */

struct fake_plan {
  uint64_t units, seed;
  enum fake_shape shape;
  unsigned guard;
};

/* Before a range is computed; its negative errno is run()'s.  NULL: nothing happens. */
static int (*fake_on_run)(const struct fake_plan *plan, struct range units);
/* Before the answer is made of *sum, which may be changed. */
static int (*fake_on_finish)(const struct fake_plan *plan, uint64_t *sum);

/* Memory that stays one across forks, all zero. */
static inline void *fake_shared(size_t bytes)
{
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(memory, MAP_FAILED);
  return memory;
}

static inline uint64_t fake_hash(const struct fake_plan *plan, uint64_t unit)
{
  uint64_t x = (unit + 1) * UINT64_C(0x9e3779b97f4a7c15) + plan->seed;
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

static inline int fake_compute(const void *plan, struct range units, struct partial *ret_partial)
{
  int r = fake_on_run ? fake_on_run(plan, units) : 0;
  if (r < 0)
    return r;
  for (uint64_t u = units.begin; u < units.end; u++) {
    ret_partial->payload[0] += fake_hash(plan, u);
    ret_partial->payload[1] ^= fake_hash(plan, u);
  }
  ret_partial->counters[0] += units.end - units.begin;
  return 0;
}

static int fake_run_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return fake_compute(plan, units, ret_partial);
}

static int fake_run_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return fake_compute(plan, units, ret_partial);
}

/* Takes one unit in a thousand for another. */
static int fake_run_wrong(const void *plan, struct range units, struct partial *ret_partial)
{
  int r = fake_compute(plan, units, ret_partial);
  for (uint64_t u = units.begin; u < units.end; u++)
    ret_partial->payload[0] += u % 1000 == 7;
  return r;
}

static inline int fake_prepare(const struct job *job, void **ret_plan)
{
  struct fake_plan plan = {
      .units = job->values[FAKE_UNITS],
      .seed = job->seed,
      .shape = (enum fake_shape)job->values[FAKE_SHAPE],
      .guard = job->guard,
  };
  bool triangle = plan.shape == FAKE_RISING || plan.shape == FAKE_FALLING;
  if (plan.units == 0 || (triangle && plan.units >> 31))
    return -ERANGE;
  void *copy = malloc(sizeof plan);
  if (!copy)
    return -ENOMEM;
  *ret_plan = memcpy(copy, &plan, sizeof plan);
  return 0;
}

static inline uint64_t fake_units(const void *plan)
{
  return ((const struct fake_plan *)plan)->units;
}

static inline uint64_t fake_work(const void *plan, struct range units)
{
  (void)plan;
  return 3 * (units.end - units.begin);
}

static inline uint64_t fake_cost_before(const void *plan, uint64_t unit)
{
  const struct fake_plan *p = plan;
  switch (p->shape) {
  case FAKE_RISING:
    return unit * (unit + 1) / 2;
  case FAKE_FALLING:
    return unit * p->units - unit * (unit - 1) / 2;
  case FAKE_STEEP:
    return unit ? unit + 1000000 : 0;
  case FAKE_HUGE:
    return unit * (UINT64_MAX / p->units);
  default:
    return unit;
  }
}

static inline size_t fake_payload_bytes(const void *plan)
{
  (void)plan;
  return 2 * sizeof(uint64_t);
}

static inline size_t fake_answer_bytes(const void *plan)
{
  (void)plan;
  return 16;
}

static inline void fake_merge(const void *plan, const struct partial *from, struct partial *into)
{
  (void)plan;
  into->payload[0] += from->payload[0];
  into->payload[1] ^= from->payload[1];
}

/* A count "sum" and 16 hexadecimal digits "digits". */
static inline int fake_finish(const void *plan, const struct partial *partial,
                              struct answer *ret_answer)
{
  char digits[16];
  uint64_t sum = partial->payload[0];
  int r = fake_on_finish ? fake_on_finish(plan, &sum) : 0;
  if (r < 0)
    return r;
  for (unsigned i = 0; i < sizeof digits; i++)
    digits[i] = "0123456789abcdef"[partial->payload[1] >> (60 - 4 * i) & 15];
  answer_count_add(ret_answer, "sum", sum);
  answer_digits_add(ret_answer, "digits", digits, sizeof digits);
  return 0;
}

static const struct variant fake_right_variants[] = {
    {.name = "reference", .run = fake_run_reference},
    {.name = "scalar", .run = fake_run_scalar},
    {0}};
static const struct variant fake_wrong_variants[] = {
    {.name = "reference", .run = fake_run_reference},
    {.name = "scalar", .run = fake_run_wrong},
    {0}};

enum { FAKE_RIGHT, FAKE_WRONG };
static const struct method fake_methods[] = {
    [FAKE_RIGHT] = {"right", "its variants agree", fake_right_variants},
    [FAKE_WRONG] = {"wrong", "its scalar variant errs", fake_wrong_variants},
    {0},
};

static const char *const fake_shapes[] = {
    [FAKE_EVEN] = "even",   [FAKE_RISING] = "rising", [FAKE_FALLING] = "falling",
    [FAKE_STEEP] = "steep", [FAKE_HUGE] = "huge",     NULL};

static const struct parameter fake_parameters[] = {
    [FAKE_UNITS] = {.name = "units",
                    .help = "units to add up",
                    .minimum = 1,
                    .maximum = 1000000000000000,
                    .is_size = true},
    [FAKE_SHAPE] = {.name = "shape",
                    .help = "how costs go",
                    .kind = PARAMETER_CHOICE,
                    .choices = fake_shapes},
    [FAKE_PARAMETERS] = {0},
};

static const char *const fake_counters[] = {"units", NULL};

/* A test that wants another takes a copy. */
__attribute__((unused)) static const struct kernel fake_kernel = {
    .name = "fake",
    .summary = "adds up hashes",
    .unit = "things",
    .revision = 1,
    .uses_seed = true,
    .parameters = fake_parameters,
    .methods = fake_methods,
    .counters = fake_counters,
    .prepare = fake_prepare,
    .release = free,
    .units = fake_units,
    .work = fake_work,
    .cost_before = fake_cost_before,
    .payload_bytes = fake_payload_bytes,
    .answer_bytes = fake_answer_bytes,
    .merge = fake_merge,
    .finish = fake_finish,
};

/* --- A fake whose partials grow: the hashes of its units, one behind the other --- */

static int fake_run_list(const void *plan, struct range units, struct partial *ret_partial)
{
  int r = fake_on_run ? fake_on_run(plan, units) : 0;
  if (r < 0)
    return r;
  for (uint64_t u = units.begin; u < units.end; u++)
    ret_partial->payload[u - units.begin] = fake_hash(plan, u);
  ret_partial->bytes = partial_bytes(8 * (units.end - units.begin));
  ret_partial->counters[0] += units.end - units.begin;
  return 0;
}

static inline void fake_merge_list(const void *plan, const struct partial *from,
                                   struct partial *into)
{
  (void)plan;
  size_t more = from->bytes - sizeof *from;
  memcpy((char *)into + into->bytes, from->payload, more);
  into->bytes += more;
}

/* Far more than is ever used: nobody may touch it all. */
static inline size_t fake_list_payload_bytes(const void *plan)
{
  return 8 * fake_units(plan) + (UINT64_C(1) << 33);
}

static inline int fake_finish_list(const void *plan, const struct partial *partial,
                                   struct answer *ret_answer)
{
  uint64_t sum = 0, units = (partial->bytes - sizeof *partial) / 8;
  for (uint64_t u = 0; u < units; u++)
    sum = 3 * sum + partial->payload[u];
  int r = fake_on_finish ? fake_on_finish(plan, &sum) : 0;
  if (r == 0)
    answer_count_add(ret_answer, "sum", sum);
  return r;
}

static const struct variant fake_list_variants[] = {
    {.name = "reference", .run = fake_run_list}, {.name = "scalar", .run = fake_run_list}, {0}};
static const struct method fake_list_methods[] = {{"list", "in order", fake_list_variants}, {0}};

__attribute__((unused)) static const struct kernel fake_list_kernel = {
    .name = "fake-list",
    .summary = "lists hashes",
    .unit = "things",
    .revision = 1,
    .uses_seed = true,
    .parameters = fake_parameters,
    .methods = fake_list_methods,
    .counters = fake_counters,
    .prepare = fake_prepare,
    .release = free,
    .units = fake_units,
    .work = fake_work,
    .cost_before = fake_cost_before,
    .payload_bytes = fake_list_payload_bytes,
    .answer_bytes = fake_answer_bytes,
    .merges_in_order = true,
    .merge = fake_merge_list,
    .finish = fake_finish_list,
};

/* Its fastest variant, that many units. */
static inline struct job fake_job(const struct kernel *kernel, uint64_t units)
{
  return (struct job){
      .kernel = kernel,
      .method = &kernel->methods[FAKE_RIGHT],
      .variant = &kernel->methods[FAKE_RIGHT].variants[1],
      .values = {[FAKE_UNITS] = units},
      .seed = 1,
  };
}
