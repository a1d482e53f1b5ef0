/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_neon.c: NEON variants give the bytes of the reference, and the known values.  TAP.
 *
 * Built by a cross compiler and run under qemu-user, so it takes nothing but the C library: kernels
 * that need more of GMP than gmp.h beside this file has stay out.  To add a kernel: its sources to
 * neon_sources in tests/meson.build, and a row to suspects[].
 *
 * PIBENCH_TEST_SEED=n repeats a run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hex_primes_stretch.h"
#include "kernel.h"
#include "random.h"

extern const struct kernel kernel_mc, kernel_bbp_hex, kernel_hex_primes;

/* Sizes are values of the kernel's size parameter, the others have their defaults. */
static const struct suspect {
  const struct kernel *kernel;
  uint64_t sizes[32];   /* checked whole; ends with 0 */
  uint64_t far_size;    /* a job of which single units are checked, far out; or 0 */
  uint64_t known_below; /* known values up to this size are computed */
} suspects[] = {
    {&kernel_mc,
     {1,     7,     8,     31,    33,    63,     64,     65,     255,    256,
      257,   511,   1799,  2047,  2049,  8191,   8192,   8193,   16384,  16385,
      26623, 26624, 26625, 53503, 99999, 262143, 262144, 262145, 300001, 530001},
     UINT64_C(1) << 63,
     2000000},
    {&kernel_bbp_hex, {1, 2, 9, 50, 77, 130, 333, 1000, 2999}, UINT64_C(1000000000000), 1000},
    {&kernel_hex_primes,
     {1,  2,  3,  4,  5,  6,  7,  8,  9,   10,  11,  12,   13,   14,   15,
      16, 17, 18, 19, 20, 33, 50, 77, 130, 333, 999, 1000, 2999, 3000, 40000},
     0,
     10000},
};

static unsigned tests, failures;

static void tell(bool right, const struct job *job, const char *what)
{
  failures += !right;
  printf("%sok %u - %s %s: %s\n", right ? "" : "not ", ++tests, job->kernel->name,
         job->method->name, what);
}

static void die(const char *what)
{
  printf("Bail out! %s\n", what);
  exit(1);
}

static const struct variant *variant_of(const struct method *method, const char *name)
{
  for (const struct variant *v = method->variants; v->name; v++)
    if (strcmp(v->name, name) == 0)
      return v;
  return NULL;
}

static uint64_t *size_of(struct job *job)
{
  for (unsigned i = 0; job->kernel->parameters[i].name; i++)
    if (job->kernel->parameters[i].is_size)
      return &job->values[i];
  die("a kernel without a size");
  return NULL;
}

static struct job job_of(const struct kernel *kernel, const struct method *method)
{
  struct job job = {.kernel = kernel, .method = method, .variant = method->variants};
  for (unsigned i = 0; kernel->parameters[i].name; i++)
    job.values[i] = kernel->parameters[i].fallback;
  return job;
}

static void *plan_of(const struct job *job)
{
  void *plan;
  if (job->kernel->prepare(job, &plan) < 0)
    die("prepare");
  return plan;
}

/* To be freed. */
static struct partial *partial_of(const struct job *job, const void *plan,
                                  const struct variant *variant, struct range units)
{
  size_t payload = job->kernel->payload_bytes(plan);
  struct partial *partial = malloc(partial_bytes(payload));
  if (!partial)
    die("out of memory");
  partial_init(partial, payload);
  if (variant->run(plan, units, partial) < 0)
    die("run");
  return partial;
}

static bool agree(const struct job *job, const void *plan, struct range units)
{
  struct partial *expected = partial_of(job, plan, job->method->variants, units);
  struct partial *partial = partial_of(job, plan, variant_of(job->method, "neon"), units);
  bool right = memcmp(partial, expected, expected->bytes) == 0;
  if (!right)
    printf("# %s %s differs: seed %" PRIu64 ", value %" PRIu64 ", units %" PRIu64 "..%" PRIu64 "\n",
           job->kernel->name, job->method->name, job->seed, job->values[0], units.begin, units.end);
  free(expected);
  free(partial);
  return right;
}

static void check_whole_jobs(const struct suspect *suspect, struct job job)
{
  bool right = true;
  unsigned seeds = job.kernel->uses_seed ? 3 : 1;
  for (const uint64_t *size = suspect->sizes; *size; size++)
    for (unsigned n = 0; n < seeds; n++) {
      job.seed = n == 0 ? 0 : random_next();
      *size_of(&job) = *size;
      void *plan = plan_of(&job);
      right &= agree(&job, plan, (struct range){0, job.kernel->units(plan)});
      job.kernel->release(plan);
    }
  tell(right, &job, "whole jobs give the bytes of the reference");
}

static void check_far_units(const struct suspect *suspect, struct job job)
{
  bool right = true;
  job.seed = random_next();
  *size_of(&job) = suspect->far_size;
  void *plan = plan_of(&job);
  uint64_t units = job.kernel->units(plan);
  right &= agree(&job, plan, (struct range){units - 1, units});
  for (unsigned n = 0; n < 8; n++) {
    uint64_t at = random_next() % units;
    right &= agree(&job, plan, (struct range){at, at + 1});
  }
  job.kernel->release(plan);
  tell(right, &job, "units far out give the bytes of the reference");
}

/* As test_hex_primes.c does for the instruction sets of the machine that it runs on. */
static void check_stretches_of_primes(void)
{
  const uint64_t positions[] = {HEX_PRIMES_POSITION_MOST, 300000000, 200000000,
                                random_size(200000000)};
  struct job job = job_of(&kernel_hex_primes, kernel_hex_primes.methods);
  bool right = true;
  for (unsigned i = 0; i < sizeof positions / sizeof *positions; i++)
    for (job.guard = 0; job.guard < 2; job.guard++) {
      uint64_t numbers[STRETCH_NUMBERS_MOST];
      *size_of(&job) = positions[i];
      void *plan = plan_of(&job);
      unsigned count = stretch_numbers(plan, numbers);
      for (unsigned n = 0; n < count; n++) {
        struct stretch stretch = stretch_about(plan, numbers[n]);
        right &= agree(&job, &stretch.plan, stretch.units);
      }
      job.kernel->release(plan);
    }
  tell(right, &job, "stretches far out give the bytes of the reference");
}

static bool is_known(const struct job *job, const struct known *known)
{
  struct answer *answer;
  void *plan = plan_of(job);
  size_t bytes = sizeof *answer + job->kernel->answer_bytes(plan);
  struct partial *partial = partial_of(job, plan, variant_of(job->method, "neon"),
                                       (struct range){0, job->kernel->units(plan)});
  answer = malloc(bytes);
  if (!answer)
    die("out of memory");
  answer_init(answer, bytes);
  if (job->kernel->finish(plan, partial, answer) < 0)
    die("finish");
  const struct answer_item *item = answer_find(answer, known->item);
  bool right = item->kind == ANSWER_COUNT
                   ? strtoull(known->value, NULL, 10) == item->count
                   : strncmp(answer->text + item->text_offset, known->value, item->text_bytes) == 0;
  free(answer);
  free(partial);
  job->kernel->release(plan);
  return right;
}

static void check_known_values(const struct suspect *suspect, struct job job)
{
  bool right = true;
  unsigned count = 0;
  for (const struct known *k = job.kernel->known; k && k->value; k++) {
    if (k->with || k->size > suspect->known_below
        || (k->method && strcmp(k->method, job.method->name) != 0))
      continue;
    job.seed = k->seed;
    *size_of(&job) = k->size;
    right &= is_known(&job, k);
    count++;
  }
  if (count > 0)
    tell(right, &job, "known values");
}

int main(void)
{
  const char *given = getenv("PIBENCH_TEST_SEED");
  random_seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
  printf("# PIBENCH_TEST_SEED=%" PRIu64 "\n", random_seed);
  random_setup();
  for (unsigned s = 0; s < sizeof suspects / sizeof suspects[0]; s++)
    for (const struct method *m = suspects[s].kernel->methods; m->name; m++)
      if (variant_of(m, "neon")) {
        struct job job = job_of(suspects[s].kernel, m);
        check_whole_jobs(&suspects[s], job);
        if (suspects[s].far_size)
          check_far_units(&suspects[s], job);
        check_known_values(&suspects[s], job);
      }
  check_stretches_of_primes();
  printf("1..%u\n", tests);
  return failures > 0 || tests == 0;
}
