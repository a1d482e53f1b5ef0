/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mc.c: Monte Carlo, hit or miss: π ≈ 4·hits/N.  The definition is in mc.h. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "mc.h"
#include "mc_quasi.h"

/* The least cycles for a point, derived in the variant's file; TOLD: none were derived. */
#define BOUND(least, what) .bound = {MC_POINTS, least, "point", what}
#define TOLD               .bound = {.counter = MC_POINTS, .one = "point"}

/* To add an instruction set: mc_<isa>.c, its prototypes in mc.h, and a row per method under the
 * #ifdef of the architecture, after the slower ones. */
static const struct variant lazy_variants[] = {
    {.name = "reference", .run = mc_lazy_reference, TOLD},
    {.name = "scalar", .run = mc_lazy_scalar, TOLD},
#if defined(__x86_64__)
    {.name = "avx2", .needs = CPU_AVX2, .run = mc_lazy_avx2, BOUND(0.316, "instructions, Zen 5")},
    {.name = "avx512",
     .needs = CPU_AVX512,
     .run = mc_lazy_avx512,
     BOUND(0.0708, "vector operations, Zen 5")},
#elif defined(__aarch64__)
    {.name = "neon", .needs = CPU_NEON, .run = mc_lazy_neon, TOLD},
#endif
    {0},
};

static const struct variant plain_variants[] = {
    {.name = "reference", .run = mc_plain_reference, TOLD},
    {.name = "scalar", .run = mc_plain_scalar, TOLD},
#if defined(__x86_64__)
    {.name = "avx2",
     .needs = CPU_AVX2,
     .run = mc_plain_avx2,
     BOUND(1.11, "vector operations, Zen 5")},
    {.name = "avx512",
     .needs = CPU_AVX512,
     .run = mc_plain_avx512,
     BOUND(0.352, "vector operations, Zen 5")},
#elif defined(__aarch64__)
    {.name = "neon", .needs = CPU_NEON, .run = mc_plain_neon, TOLD},
#endif
    {0},
};

static const struct variant quasi_variants[] = {
    {.name = "reference", .run = mc_quasi_reference, TOLD},
    {.name = "scalar", .run = mc_quasi_scalar, TOLD},
#if defined(__x86_64__)
    {.name = "avx2",
     .needs = CPU_AVX2,
     .run = mc_quasi_avx2,
     BOUND(0.127, "vector operations, Zen 5")},
    {.name = "avx512",
     .needs = CPU_AVX512,
     .run = mc_quasi_avx512,
     BOUND(0.0645, "vector operations, Zen 5")},
#elif defined(__aarch64__)
    {.name = "neon", .needs = CPU_NEON, .run = mc_quasi_neon, TOLD},
#endif
    {0},
};

static const struct variant libc_variants[] = {
    {.name = "reference", .run = mc_libc_reference, TOLD},
    {0},
};

enum { LAZY, PLAIN, QUASI, LIBC };

static const struct method methods[] = {
    [LAZY] = {"lazy", "draws only as many bits of a point as decide it", lazy_variants},
    [PLAIN] = {"plain", "draws 32 bits of each coordinate", plain_variants},
    [QUASI] = {"quasi", "evenly spread points, the sequence R2: not random, no seed",
               quasi_variants},
    [LIBC] = {"libc", "rand_r() and doubles, as most people write it", libc_variants},
    {0},
};

static const struct parameter parameters[] = {
    {
        .name = "points",
        .help = "points to draw",
        .kind = PARAMETER_COUNT,
        .minimum = 1,
        .maximum = MC_POINTS_MOST,
        .is_size = true,
    },
    {0},
};

static const char *const counters[] = {
    [MC_POINTS] = "points",
    [MC_UNDECIDED4] = "undecided4",
    [MC_UNDECIDED8] = "undecided8",
    NULL,
};

static void release(void *plan)
{
  struct mc_plan *p = plan;
  if (p)
    free(p->tables);
  free(p);
}

static int prepare(const struct job *job, void **ret_plan)
{
  uint64_t points = job->values[0];
  if (points < 1 || points > MC_POINTS_MOST)
    return -ERANGE;
  struct mc_plan *plan = calloc(1, sizeof *plan);
  if (!plan)
    return -ENOMEM;
  plan->points = points;
  plan->key_seed = mc_mix64(job->seed + MC_G);
  plan->key_late = mc_mix64(plan->key_seed ^ UINT64_C(0xd1b54a32d192ed03));
  plan->is_random = job->method != &methods[QUASI];
  if (!plan->is_random && !(plan->tables = mc_quasi_tables_new())) {
    release(plan);
    return -ENOMEM;
  }
  *ret_plan = plan;
  return 0;
}

static uint64_t units(const void *plan)
{
  const struct mc_plan *p = plan;
  return (p->points + MC_BLOCK_POINTS - 1) >> MC_BLOCK_LOG; /* points <= 2^63: no overflow */
}

static uint64_t work(const void *plan, struct range range)
{
  return mc_points_before(plan, range.end) - mc_points_before(plan, range.begin);
}

static uint64_t cost_before(const void *plan, uint64_t unit)
{
  return mc_points_before(plan, unit);
}

static size_t payload_bytes(const void *plan)
{
  (void)plan;
  return sizeof(uint64_t); /* hits */
}

static size_t answer_bytes(const void *plan)
{
  (void)plan;
  return 0;
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  (void)plan;
  into->payload[0] += from->payload[0];
}

static const long double quarter = 0.785398163397448309615660845819875721L; /* π/4 */

/* 4·√(p(1−p)/N) with p = hits/N.  A sample without both hits and misses says nothing of it. */
static double standard_error(uint64_t points, uint64_t hits)
{
  if (hits == 0 || hits == points)
    return NAN;
  double n = (double)points;
  return 4 * sqrt((double)hits / n * ((double)(points - hits) / n) / n);
}

/* (4·hits/N − π) over the standard error at p = π/4, cleared of fractions: the estimate has lost
 * the last digits that the difference lives on.  For N <= 2^63 the mean below is off by less than 1
 * hit where long double has 64 bits and by 2^10 hits where it is a double, and the deviation is
 * above 10^9. */
static double z_score(uint64_t points, uint64_t hits)
{
  long double n = points, mean = n * quarter;
  return (double)((hits - mean) / sqrtl(mean * (1 - quarter)));
}

/* 4·hits/N − π, from the same difference. */
static double estimate_error(uint64_t points, uint64_t hits)
{
  long double n = points;
  return (double)(4 * ((hits - n * quarter) / n));
}

static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct mc_plan *p = plan;
  uint64_t hits = partial->payload[0];
  double estimate = (double)(4 * ((long double)hits / p->points));
  struct answer_item *item = answer_number_add(ret_answer, "pi", estimate);
  if (p->is_random) {
    item->standard_error = standard_error(p->points, hits);
    item->z = z_score(p->points, hits);
  } else {
    answer_number_add(ret_answer, "error", estimate_error(p->points, hits));
  }
  answer_count_add(ret_answer, "hits", hits);
  return 0;
}

/* Two implementations that share no code agree on these.  Method quasi has no seed: 1 is the
 * default one.  Method libc is left out, as C libraries differ. */
static const struct known known[] = {
    {1, 1, "quasi", "hits", "1", NULL},
    {1000, 1, "quasi", "hits", "786", NULL},
    {1000, 7, "lazy", "hits", "786", NULL},
    {262921, 7, "lazy", "hits", "206495", NULL},
    {786432, 7, "lazy", "hits", "617607", NULL},
    {1323065, 7, "lazy", "hits", "1039339", NULL},
    {1323065, 1, "quasi", "hits", "1039135", NULL},
    {UINT64_C(1) << 25, 12345, "lazy", "hits", "26354417", NULL},
    {100000000, 1, "quasi", "hits", "78539776", NULL},
    {UINT64_C(1) << 28, 12345, "lazy", "hits", "210829476", NULL},
    {UINT64_C(1) << 32, 12345, "lazy", "hits", "3373258071", NULL},
    {0},
};

const struct kernel kernel_mc = {
    .name = "mc",
    .summary = "Monte Carlo: random points in a square, hits in the circle",
    .unit = "points",
    .revision = 1,
    .uses_seed = true,
    .parameters = parameters,
    .methods = methods,
    .counters = counters,
    .prepare = prepare,
    .release = release,
    .units = units,
    .work = work,
    .cost_before = cost_before,
    .payload_bytes = payload_bytes,
    .answer_bytes = answer_bytes,
    .merge = merge,
    .finish = finish,
    .known = known,
};
