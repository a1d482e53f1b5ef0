/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_chudnovsky.c: unit 0 is the root, exactly and alone, and the answer is made of it. */

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "fixed_point.h"
#include "job.h"
#include "suite.h"

/* The words of a payload: whose terms, limbs of the root, of P, Q, T, the sign of T; then limbs. */
enum { ROOT_LIMBS = 2, P_LIMBS = 3, Q_LIMBS = 4, T_LIMBS = 5, LIMBS = 7 };

static struct job job;
static void *plan;

static void prepare(uint64_t digits)
{
  job = job_default(kernel_find("chudnovsky"));
  job_size_set(&job, digits);
  ck_assert_int_eq(job.kernel->prepare(&job, &plan), 0);
}

static void release(void)
{
  job.kernel->release(plan);
}

static struct partial *run(uint64_t begin, uint64_t end)
{
  struct partial *partial = malloc(partial_bytes(job.kernel->payload_bytes(plan)));
  partial_begin(job.kernel, plan, partial);
  ck_assert_int_eq(job.variant->run(plan, (struct range){begin, end}, partial), 0);
  return partial;
}

static struct answer *finish(const struct partial *partial, int *ret)
{
  size_t bytes = sizeof(struct answer) + job.kernel->answer_bytes(plan);
  struct answer *answer = malloc(bytes);
  answer_init(answer, bytes);
  *ret = job.kernel->finish(plan, partial, answer);
  return answer;
}

static const uint64_t sizes[] = {1, 19, 100, 5000, 60000};

/* root² <= 10005·4^F < (root + 1)². */
START_TEST(the_first_unit_is_the_root_and_nothing_else)
{
  uint64_t bits = fixed_point_for(sizes[_i], false, 0).fraction_bits;
  prepare(sizes[_i]);
  struct partial *partial = run(0, 1);
  mpz_t root, square;
  mpz_inits(root, square, NULL);
  mpz_import(root, partial->payload[ROOT_LIMBS], -1, 8, 0, 0, &partial->payload[LIMBS]);
  mpz_set_ui(square, 10005);
  mpz_mul_2exp(square, square, 2 * bits);
  mpz_submul(square, root, root);
  ck_assert_int_ge(mpz_sgn(square), 0);
  mpz_mul_2exp(root, root, 1);
  ck_assert_int_le(mpz_cmp(square, root), 0);
  mpz_clears(root, square, NULL);
  /* A sum of no terms: P = Q = 1, T = 0. */
  ck_assert_uint_eq(partial->payload[0], partial->payload[1]);
  ck_assert_uint_eq(partial->payload[P_LIMBS], 1);
  ck_assert_uint_eq(partial->payload[Q_LIMBS], 1);
  ck_assert_uint_eq(partial->payload[T_LIMBS], 0);
  ck_assert_uint_eq(job.kernel->work(plan, (struct range){0, 1}), 0);
  ck_assert_uint_gt(job.kernel->cost_before(plan, 1), 0);
  free(partial);
  release();
}
END_TEST

START_TEST(no_other_unit_has_the_root)
{
  prepare(sizes[_i]);
  struct partial *partial = run(1, job.kernel->units(plan));
  ck_assert_uint_eq(partial->payload[ROOT_LIMBS], 0);
  ck_assert_uint_eq(partial->payload[0], 1);
  free(partial);
  release();
}
END_TEST

START_TEST(the_root_alone_merged_with_the_rest_is_the_whole)
{
  prepare(sizes[_i]);
  uint64_t units = job.kernel->units(plan);
  struct partial *whole = run(0, units), *root = run(0, 1), *rest = run(1, units);
  job.kernel->merge(plan, rest, root);
  ck_assert_uint_eq(root->bytes, whole->bytes);
  ck_assert_mem_eq(root->payload, whole->payload, whole->bytes - sizeof *whole);
  free(whole);
  free(root);
  free(rest);
  release();
}
END_TEST

/* A root that is 2^-20 of itself too large gives other digits: it is this one that is taken. */
START_TEST(the_digits_are_made_of_the_root_in_the_partial)
{
  int right, wrong;
  prepare(5000);
  struct partial *partial = run(0, job.kernel->units(plan));
  struct answer *answer = finish(partial, &right);
  partial->payload[LIMBS + partial->payload[ROOT_LIMBS] - 2] ^= UINT64_C(1) << 63;
  struct answer *other = finish(partial, &wrong);
  ck_assert_int_eq(right, 0);
  ck_assert(wrong != 0 || !answer_equal(answer, other));
  free(partial);
  free(answer);
  free(other);
  release();
}
END_TEST

/* What was measured from 10^5 to 10^7 digits: 12 to 15 % of the splitting. */
START_TEST(the_root_costs_a_tenth_to_a_quarter_of_the_splitting)
{
  for (uint64_t digits = 100000; digits <= 10000000; digits *= 10) {
    prepare(digits);
    double root = (double)job.kernel->cost_before(plan, 1);
    double all = (double)job.kernel->cost_before(plan, job.kernel->units(plan));
    ck_assert_double_ge(root / (all - root), 0.05);
    ck_assert_double_le(root / (all - root), 0.25);
    release();
  }
}
END_TEST

START_TEST(all_units_are_worth_something_and_together_the_digits)
{
  for (uint64_t digits = 1; digits < 20000; digits += 7) {
    prepare(digits);
    uint64_t units = job.kernel->units(plan);
    for (uint64_t unit = 0; unit < units; unit++)
      if (job.kernel->cost_before(plan, unit) >= job.kernel->cost_before(plan, unit + 1))
        ck_abort_msg("unit %d of %d digits costs nothing", (int)unit, (int)digits);
    if (job.kernel->work(plan, (struct range){0, units}) != digits)
      ck_abort_msg("the work of %d digits is not that", (int)digits);
    release();
  }
}
END_TEST

int main(void)
{
  const int cases = (int)(sizeof sizes / sizeof *sizes);
  TCase *tcase = tcase_create("chudnovsky");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, the_first_unit_is_the_root_and_nothing_else, 0, cases);
  tcase_add_loop_test(tcase, no_other_unit_has_the_root, 0, cases);
  tcase_add_loop_test(tcase, the_root_alone_merged_with_the_rest_is_the_whole, 0, cases);
  tcase_add_test(tcase, the_digits_are_made_of_the_root_in_the_partial);
  tcase_add_test(tcase, the_root_costs_a_tenth_to_a_quarter_of_the_splitting);
  tcase_add_test(tcase, all_units_are_worth_something_and_together_the_digits);
  Suite *suite = suite_create("chudnovsky");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
