/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_counters.c: the work counters say what was done: products of binary splitting beside the
 * multiplications that GMP is really asked for, and pools beside their tasks alone.
 *
 * The linker puts __wrap___gmpz_mul() in the place of GMP's function, and so for the divisions.
 */

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "fixed_point.h"
#include "job.h"
#include "suite.h"

extern const struct kernel kernel_chudnovsky, kernel_algorithms, kernel_approximations;

/* --- What GMP is asked for --- */

static uint64_t calls, products, divisions;

void __real___gmpz_mul(mpz_ptr product, mpz_srcptr left, mpz_srcptr right);
void __wrap___gmpz_mul(mpz_ptr product, mpz_srcptr left, mpz_srcptr right);
void __real___gmpz_divexact(mpz_ptr quotient, mpz_srcptr number, mpz_srcptr by);
void __wrap___gmpz_divexact(mpz_ptr quotient, mpz_srcptr number, mpz_srcptr by);

/* A P that nothing wants is 0: it is called for, but multiplies nothing. */
void __wrap___gmpz_mul(mpz_ptr product, mpz_srcptr left, mpz_srcptr right)
{
  calls++;
  products += mpz_sgn(left) != 0 && mpz_sgn(right) != 0;
  __real___gmpz_mul(product, left, right);
}

void __wrap___gmpz_divexact(mpz_ptr quotient, mpz_srcptr number, mpz_srcptr by)
{
  divisions++;
  __real___gmpz_divexact(quotient, number, by);
}

/* --- Jobs --- */

static struct workload prepared(const char *name, const char *variant)
{
  struct workload workload;
  char message[JOB_MESSAGE];
  struct job job;
  ck_assert_msg(job_parse(name, &job, message) == 0, "%s", message);
  ck_assert_int_eq(job_cap_isa(&job, variant, message), 0);
  ck_assert_int_eq(workload_prepare(&job, &workload), 0);
  return workload;
}

static struct partial *run(const struct workload *w, struct range units)
{
  const struct kernel *kernel = w->job.kernel;
  struct partial *partial = malloc(partial_bytes(kernel->payload_bytes(w->plan)));
  ck_assert_ptr_nonnull(partial);
  partial_begin(kernel, w->plan, partial);
  ck_assert_int_eq(w->job.variant->run(w->plan, units, partial), 0);
  return partial;
}

static uint64_t counter(const struct kernel *kernel, const struct partial *partial,
                        const char *name)
{
  for (unsigned i = 0; kernel->counters[i]; i++)
    if (strcmp(kernel->counters[i], name) == 0)
      return partial->counters[i];
  return 0;
}

/* --- Chudnovsky --- */

static uint64_t chudnovsky_products(const struct partial *partial)
{
  const struct kernel *k = &kernel_chudnovsky;
  return counter(k, partial, "products_short") + counter(k, partial, "products_medium")
         + counter(k, partial, "products_long");
}

START_TEST(chudnovsky_counts_the_products_and_divisions_that_gmp_is_asked_for)
{
  static const char *const jobs[] = {"chudnovsky:digits=1",      "chudnovsky:digits=900",
                                     "chudnovsky:digits=1234",   "chudnovsky:digits=29000",
                                     "chudnovsky:digits=100003", "chudnovsky:digits=400000"};
  struct workload w = prepared(jobs[_i], "scalar");
  products = divisions = 0;
  struct partial *partial = run(&w, (struct range){0, w.unit[w.chunks]});
  ck_assert_uint_eq(chudnovsky_products(partial), products);
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "divisions"), divisions);
  free(partial);
  workload_release(&w);
}
END_TEST

START_TEST(chudnovsky_joins_as_often_and_counts_the_same_when_the_job_is_cut)
{
  struct workload w = prepared("chudnovsky:digits=30000", "scalar");
  uint64_t units = w.unit[w.chunks];
  calls = 0;
  struct partial *whole = run(&w, (struct range){0, units});
  uint64_t expected = calls;
  calls = 0;
  struct partial *left = run(&w, (struct range){0, 2}); /* the root and a block */
  for (uint64_t begin = 2, step = 1; begin < units; begin += step++) {
    struct range range = {begin, begin + step < units ? begin + step : units};
    struct partial *right = run(&w, range);
    ck_assert_int_eq(partial_merge(&kernel_chudnovsky, w.plan, right, left), 0);
    free(right);
  }
  ck_assert_uint_eq(calls, expected);
  ck_assert_mem_eq(left->counters, whole->counters, sizeof whole->counters);
  free(left);
  free(whole);
  workload_release(&w);
}
END_TEST

/* By hand.  1000 digits take 3392 bits behind the point, so ⌊3392/47⌋ + 2 = 74 terms, k = 0 not
 * counted.  The block of 64 is halved to runs of 8: 2 joins of 32, 4 of 16, 1 of 64 (medium); the
 * block of 9 has one, and one joins both without P.  200000 digits take blocks of 256 terms, 56 of
 * them. */
START_TEST(chudnovsky_sorts_products_by_the_terms_that_they_join)
{
  struct workload w = prepared("chudnovsky:digits=1000", "scalar");
  struct partial *partial = run(&w, (struct range){0, w.unit[w.chunks]});
  ck_assert_uint_eq(fixed_point_for(1000, false, 0).fraction_bits, 3392);
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "terms"), 73);
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "products_short"), 4 * (2 + 4 + 1));
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "products_medium"), 4 + 3);
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "products_long"), 0);
  free(partial);
  workload_release(&w);
  w = prepared("chudnovsky:digits=200000", "scalar");
  partial = run(&w, (struct range){0, w.unit[w.chunks]});
  ck_assert_uint_eq((counter(&kernel_chudnovsky, partial, "terms") + 255) / 256, 56);
  ck_assert_uint_eq(counter(&kernel_chudnovsky, partial, "products_long"), 4 + 3 + 3);
  free(partial);
  workload_release(&w);
}
END_TEST

/* --- Pools --- */

/* Adds the counters of a job on its own, name by name. */
static void add_alone(const struct kernel *pool, const char *job, uint64_t *counters)
{
  struct workload w = prepared(job, "reference");
  struct partial *partial = run(&w, (struct range){0, w.unit[w.chunks]});
  for (unsigned i = 0; pool->counters[i]; i++)
    counters[i] += counter(w.job.kernel, partial, pool->counters[i]);
  free(partial);
  workload_release(&w);
}

static const struct {
  const char *pool, *tasks[4];
} pools[] = {
    {"approximations:digits=100+2000+300,method=groups",
     {"bbp-series:digits=100,method=groups,formula=bbp",
      "bbp-series:digits=2000,method=groups,formula=bbp",
      "bbp-series:digits=300,method=groups,formula=bbp"}},
    {"approximations:digits=100+200,method=textbook",
     {"bbp-series:digits=100,method=textbook,formula=bbp",
      "bbp-series:digits=200,method=textbook,formula=bbp"}},
    {"approximations:digits=100+200,method=mpfr", {"mpfr:digits=100", "mpfr:digits=200"}},
    {"algorithms:points=1000,position=300,digits=400,mpfr-digits=50",
     {"mc:points=1000", "bbp-hex:position=300", "bbp-series:digits=400,method=lazy",
      "mpfr:digits=50"}},
};

START_TEST(a_pool_counts_what_its_tasks_count_alone)
{
  struct workload w = prepared(pools[_i].pool, "reference");
  const struct kernel *pool = w.job.kernel;
  uint64_t expected[COUNTERS] = {0};
  while (expected[0] < 4 && pools[_i].tasks[expected[0]])
    add_alone(pool, pools[_i].tasks[expected[0]++], expected);
  struct partial *partial = run(&w, (struct range){0, w.unit[w.chunks]});
  for (unsigned i = 0; pool->counters[i]; i++)
    ck_assert_msg(partial->counters[i] == expected[i], "%s: %s: %llu instead of %llu",
                  pools[_i].pool, pool->counters[i], (unsigned long long)partial->counters[i],
                  (unsigned long long)expected[i]);
  free(partial);
  workload_release(&w);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("counters");
  TCase *tcase = tcase_create("counters");
  tcase_add_loop_test(tcase, chudnovsky_counts_the_products_and_divisions_that_gmp_is_asked_for, 0,
                      6);
  tcase_add_test(tcase, chudnovsky_joins_as_often_and_counts_the_same_when_the_job_is_cut);
  tcase_add_test(tcase, chudnovsky_sorts_products_by_the_terms_that_they_join);
  tcase_add_loop_test(tcase, a_pool_counts_what_its_tasks_count_alone, 0, 4);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
