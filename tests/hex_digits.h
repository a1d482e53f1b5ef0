/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_digits.h: what the tests of the two kernels that print hexadecimal digits at a position have
 * in common: jobs, π by MPFR, sums with chosen guard bits.  Parameters begin with the position and
 * the number of digits.
 */
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hex_sum.h"
#include "kernel.h"
#include "random.h"
#include "suite.h"

enum { FURTHEST = 100000, MOST_DIGITS = HEX_SUM_DIGITS_MOST, WORDS_MOST = HEX_SUM_WORDS_MOST };

union result {
  struct partial partial;
  uint64_t words[sizeof(struct partial) / 8 + WORDS_MOST];
};

union storage {
  struct answer answer;
  char bytes[sizeof(struct answer) + MOST_DIGITS];
};

/* --- Jobs --- */

/* The n-th variant that this CPU has, or NULL. */
static const struct variant *variant_at(const struct method *method, unsigned n)
{
  for (const struct variant *v = method->variants; v->name; v++)
    if (!(v->needs & ~cpu_features()) && n-- == 0)
      return v;
  return NULL;
}

static const struct variant *last_variant(const struct method *method)
{
  const struct variant *last = NULL, *v;
  for (unsigned n = 0; (v = variant_at(method, n)); n++)
    last = v;
  return last;
}

static void *make_plan(const struct job *job)
{
  void *plan;
  ck_assert_int_eq(job->kernel->prepare(job, &plan), 0);
  return plan;
}

static union result make_result(const struct kernel *kernel, const void *plan)
{
  union result result;
  memset(&result, 0, sizeof result);
  ck_assert_uint_le(partial_bytes(kernel->payload_bytes(plan)), sizeof result);
  partial_init(&result.partial, kernel->payload_bytes(plan));
  return result;
}

static union result run_of(const struct kernel *kernel, const struct variant *variant,
                           const void *plan, struct range units)
{
  union result result = make_result(kernel, plan);
  ck_assert_int_eq(variant->run(plan, units, &result.partial), 0);
  return result;
}

static int finish_of(const struct kernel *kernel, const void *plan, const union result *result,
                     union storage *ret)
{
  ck_assert_uint_le(kernel->answer_bytes(plan), MOST_DIGITS);
  answer_init(&ret->answer, sizeof *ret);
  return kernel->finish(plan, &result->partial, &ret->answer);
}

static union storage answer_of(struct job job)
{
  const struct kernel *kernel = job.kernel;
  union storage storage;
  int error;
  do {
    void *plan = make_plan(&job);
    union result result = run_of(kernel, job.variant, plan, (struct range){0, kernel->units(plan)});
    error = finish_of(kernel, plan, &result, &storage);
    kernel->release(plan);
    job.guard++;
  } while (error == -EAGAIN);
  ck_assert_int_eq(error, 0);
  return storage;
}

static const char *digits_of(const union storage *storage, unsigned count)
{
  const struct answer_item *item = answer_find(&storage->answer, "digits");
  ck_assert_ptr_nonnull(item);
  ck_assert_int_eq(item->kind, ANSWER_DIGITS);
  ck_assert_uint_eq(item->text_bytes, count);
  ck_assert(item->error_bound > 0);
  ck_assert(item->error_bound < ldexp(1, -4 * (int)count - 16)); /* 16 bits beside the error */
  return storage->answer.text + item->text_offset;
}

/* --- π by MPFR --- */

static char *pi_digits; /* pi_digits[n] is the digit at position n; [0] is the 3 */

static void pi_setup(void)
{
  mpfr_prec_t bits = 4 * (FURTHEST + 2 * MOST_DIGITS);
  mpfr_t pi;
  mpz_t whole;
  mpfr_init2(pi, bits + 64);
  mpz_init(whole);
  mpfr_const_pi(pi, MPFR_RNDZ);
  mpfr_mul_2ui(pi, pi, (unsigned long)bits, MPFR_RNDZ);
  mpfr_get_z(whole, pi, MPFR_RNDZ);
  pi_digits = mpz_get_str(NULL, 16, whole);
  mpz_clear(whole);
  mpfr_clear(pi);
}

static void pi_teardown(void)
{
  free(pi_digits);
  mpfr_free_cache();
}

static void check_against_pi(const struct job *job)
{
  uint64_t position = job->values[0];
  unsigned count = (unsigned)job->values[1];
  union storage storage = answer_of(*job);
  const char *digits = digits_of(&storage, count);
  ck_assert_msg(memcmp(digits, pi_digits + position, count) == 0,
                "%s %s, formula %" PRIu64 ", position %" PRIu64
                ": %.*s, expected %.*s (PIBENCH_TEST_SEED=%" PRIu64 ")",
                job->method->name, job->variant->name, job->values[2], position, (int)count, digits,
                (int)count, pi_digits + position, random_seed);
}

/* --- Guard bits --- */

/* Every bit below the first 4·count is set or not. */
static union result with_guard_bits(const struct kernel *kernel, const void *plan, unsigned count,
                                    bool set)
{
  union result result = make_result(kernel, plan);
  unsigned bits = 8 * (unsigned)kernel->payload_bytes(plan), guard = bits - 4 * count;
  for (unsigned bit = 0; bit < bits; bit++)
    if (bit < guard ? set : bit % 3 == 0)
      result.partial.payload[bit / 64] |= UINT64_C(1) << bit % 64;
  return result;
}

/* All guard bits 0, or all 1, leave the digits open; the highest of them unlike the others does
 * not. */
static void check_guard_bits(const struct job *job)
{
  const struct kernel *kernel = job->kernel;
  unsigned count = (unsigned)job->values[1];
  void *plan = make_plan(job);
  union storage storage;
  union result zeros = with_guard_bits(kernel, plan, count, false);
  union result ones = with_guard_bits(kernel, plan, count, true);
  ck_assert_int_eq(finish_of(kernel, plan, &zeros, &storage), -EAGAIN);
  ck_assert_uint_eq(storage.answer.count, 0);
  ck_assert_int_eq(finish_of(kernel, plan, &ones, &storage), -EAGAIN);
  unsigned top = 8 * (unsigned)kernel->payload_bytes(plan) - 4 * count - 1;
  ones.partial.payload[top / 64] ^= UINT64_C(1) << top % 64;
  ck_assert_int_eq(finish_of(kernel, plan, &ones, &storage), 0);
  kernel->release(plan);
}

/* Of 8 digits: so many ulps beside a number whose other digits are 0 decide them, or don't. */
static void check_error(const struct job *job, uint64_t error_ulps)
{
  const struct kernel *kernel = job->kernel;
  void *plan = make_plan(job);
  union storage storage;
  union result beside = make_result(kernel, plan);
  uint64_t *words = beside.partial.payload, last = kernel->payload_bytes(plan) / 8 - 1;
  ck_assert_uint_eq(job->values[1], 8);
  words[last] = UINT64_C(0x1234567800000000);
  words[0] = error_ulps - 1;
  ck_assert_int_eq(finish_of(kernel, plan, &beside, &storage), -EAGAIN);
  words[0] = error_ulps;
  ck_assert_int_eq(finish_of(kernel, plan, &beside, &storage), 0);
  ck_assert_mem_eq(digits_of(&storage, 8), "12345678", 8);
  for (uint64_t w = 0; w < last; w++)
    words[w] = UINT64_MAX;
  words[last]--;
  words[0] = -error_ulps;
  ck_assert_int_eq(finish_of(kernel, plan, &beside, &storage), -EAGAIN);
  words[0]--;
  ck_assert_int_eq(finish_of(kernel, plan, &beside, &storage), 0);
  ck_assert_mem_eq(digits_of(&storage, 8), "12345677", 8);
  kernel->release(plan);
}

/* --- The suite --- */

static TCase *make_case(Suite *suite, const char *name)
{
  TCase *tcase = tcase_create(name);
  tcase_set_timeout(tcase, 120);
  tcase_add_checked_fixture(tcase, random_setup, NULL);
  tcase_add_unchecked_fixture(tcase, pi_setup, pi_teardown);
  suite_add_tcase(suite, tcase);
  return tcase;
}

static int run_with_seed(Suite *suite)
{
  random_seed = suite_seed((uint64_t)time(NULL));
  return suite_run(suite);
}
