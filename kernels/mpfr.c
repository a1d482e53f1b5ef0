/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mpfr.c: the kernel mpfr: π to N digits as MPFR computes it, the peer that others are compared
 * with.
 *
 * One unit: mpfr_const_pi() to the fixed point's precision (the Brent-Salamin iteration in MPFR 4),
 * rounded down, so that the value is less than 1 ulp too small.  The one counter is the number of
 * digits: what the library multiplies for them it does not tell.
 */

#include <errno.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#include "fixed_point.h"

static int prepare(const struct job *job, void **ret_plan)
{
  struct fixed_point *plan = malloc(sizeof *plan);
  if (!plan)
    return -ENOMEM;
  *plan = fixed_point_for(job->values[FIXED_POINT_DIGITS],
                          job->values[FIXED_POINT_BASE] == FIXED_POINT_HEX, job->guard);
  *ret_plan = plan;
  return 0;
}

static uint64_t units(const void *plan)
{
  (void)plan;
  return 1;
}

static uint64_t work(const void *plan, struct range range)
{
  return range.begin < range.end ? ((const struct fixed_point *)plan)->digits : 0;
}

/* Multiplications of N digits, a few times log N of them: about N log² N. */
static uint64_t cost_before(const void *plan, uint64_t unit)
{
  uint64_t digits = ((const struct fixed_point *)plan)->digits, log = 1;
  while (digits >> log)
    log++;
  return unit * digits * log * log;
}

static size_t payload_bytes(const void *plan)
{
  return 8 * ((const struct fixed_point *)plan)->words;
}

/* The numbers that Brent and Salamin's iteration keeps, and room to multiply them. */
static uint64_t memory_bytes(const void *plan)
{
  return 16 * payload_bytes(plan);
}

static size_t answer_bytes(const void *plan)
{
  return fixed_point_text_bytes(plan);
}

/* MPFR keeps π for the next call: forgotten before, so that the computation is timed, and after, so
 * that nobody else finds it. */
static int run(const void *plan, struct range range, struct partial *ret_partial)
{
  const struct fixed_point *p = plan;
  if (range.begin == range.end)
    return 0;
  mpfr_t pi;
  mpz_t number;
  mpfr_free_cache();
  mpfr_init2(pi, (mpfr_prec_t)(p->fraction_bits + 2)); /* π has 2 bits before the point */
  mpz_init(number);
  mpfr_const_pi(pi, MPFR_RNDZ);
  mpfr_mul_2ui(pi, pi, p->fraction_bits, MPFR_RNDZ);
  mpfr_get_z(number, pi, MPFR_RNDZ);
  mpz_export(ret_partial->payload, NULL, -1, 8, 0, 0, number);
  ret_partial->counters[0] = p->digits;
  mpz_clear(number);
  mpfr_clear(pi);
  mpfr_free_cache();
  return 0;
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  const struct fixed_point *p = plan;
  mpn_add_n(into->payload, into->payload, from->payload, (mp_size_t)p->words);
}

static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  return fixed_point_answer(plan, partial->payload, 1, ret_answer);
}

extern const struct kernel kernel_chudnovsky; /* its parameters are the same */

/* The Chudnovskys' series has nothing of the iteration, and takes less time. */
static int peer(const struct job *job, struct job *ret_peer)
{
  const struct method *method = kernel_chudnovsky.methods;
  *ret_peer = (struct job){.kernel = &kernel_chudnovsky,
                           .method = method,
                           .variant = variant_pick(method, job->level),
                           .level = job->level};
  memcpy(ret_peer->values, job->values, sizeof job->values);
  return 0;
}

static const struct variant variants[] = {{.name = "reference", .run = run}, {0}};

static const struct method methods[] = {
    {"const-pi", "mpfr_const_pi(), the cache emptied before", variants}, {0}};

static const char *const counters[] = {"digits", NULL};

const struct kernel kernel_mpfr = {
    .name = "mpfr",
    .summary = "pi to N digits by the MPFR library: serial, to compare with",
    .unit = "digits",
    .revision = 1,
    .parameters = fixed_point_parameters,
    .methods = methods,
    .counters = counters,
    .prepare = prepare,
    .release = free,
    .units = units,
    .work = work,
    .cost_before = cost_before,
    .payload_bytes = payload_bytes,
    .memory_bytes = memory_bytes,
    .answer_bytes = answer_bytes,
    .merge = merge,
    .finish = finish,
    .peer = peer,
};
