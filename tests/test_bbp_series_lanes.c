/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_bbp_series_lanes.c: the sums of `lazy` carry in time.  Digits of π's terms are as good as
 * random, and their sums would stay small if they never carried.  Here all digits that are added
 * are the largest there are, and those taken away are 0, or the other way round.
 *
 * TESTED is the file of an instruction set, included here with other fractions.
 */

#include <stdlib.h>
#include <string.h>

#include "bbp_series.h"
#include "suite.h"

extern const struct kernel kernel_bbp_series;

static bool adds; /* else it takes away */

static struct bbp_series_fractions largest_fractions(bool is_bellard, uint64_t k);
#define bbp_series_fractions_at largest_fractions

#include TESTED

/* (d-1)/d = 1 - Σ 1/2^(D·i), i >= 1, for d = 2^D - 1: all its digits are 2^D - 2. */
static struct bbp_series_fractions largest_fractions(bool is_bellard, uint64_t k)
{
  const uint64_t d = (UINT64_C(1) << DIGIT_BITS) - 1;
  struct bbp_series_fractions f;
  (void)is_bellard;
  (void)k;
  for (unsigned j = 0; j < BBP_SERIES_FRACTIONS_MOST; j++) {
    bool is_added = j % 2 == 0;
    f.numerator[j] = is_added == adds ? d - 1 : 0;
    f.denominator[j] = is_added == adds ? d : 3;
  }
  return f;
}

#ifdef LIMIT /* that vectors have for denominators */
enum { DIGITS = 90000 };

static int add(const struct bbp_series_plan *plan, uint64_t terms, struct partial *partial)
{
  return vectors_add(plan, (struct range){0, terms}, CHAINS / plan->formula->fractions, partial);
}
#else
enum { DIGITS = 3000 };

static int add(const struct bbp_series_plan *plan, uint64_t terms, struct partial *partial)
{
  return bbp_series_lazy_add(plan, (struct range){0, terms}, partial);
}
#endif

/* Σ floor(2^s·(d-1)/d) over the terms, `each` times, s = s(k): bit s, without the bits s - D·i, and
 * without 1 for what the floor of their sum leaves out.  words[] has it modulo 2^(64·count). */
static void expected_sum(const struct bbp_series_plan *plan, uint64_t terms, int64_t each,
                         uint64_t *words, uint64_t count)
{
  uint64_t bits = 64 * count;
  int64_t *have = calloc(bits + DIGIT_BITS, sizeof *have),
          *lack = calloc(bits + DIGIT_BITS, sizeof *lack);
  ck_assert(have && lack);
  for (uint64_t k = 0; k < terms; k++)
    have[bbp_series_shift(plan, k)] += each;
  for (uint64_t bit = bits; bit-- > 0;)
    lack[bit] = lack[bit + DIGIT_BITS] + have[bit + DIGIT_BITS];
  int64_t carried = -each * (int64_t)terms;
  for (uint64_t bit = 0; bit < bits; bit++) {
    carried += have[bit] - lack[bit];
    words[bit / 64] |= (uint64_t)(carried & 1) << bit % 64;
    carried = (carried - (carried & 1)) / 2;
  }
  free(have);
  free(lack);
}

static void check_sums(unsigned formula)
{
  struct job job = {.kernel = &kernel_bbp_series,
                    .method = &kernel_bbp_series.methods[BBP_SERIES_LAZY],
                    .values = {DIGITS, 0, formula}};
  void *prepared;
  ck_assert_int_eq(kernel_bbp_series.prepare(&job, &prepared), 0);
  const struct bbp_series_plan *plan = prepared;
  size_t payload = kernel_bbp_series.payload_bytes(plan);
  struct partial *partial = malloc(partial_bytes(payload));
  uint64_t *expected = calloc(payload, 1);
  ck_assert(partial && expected);
  partial_init(partial, payload);
  uint64_t terms = plan->terms / CHAINS * CHAINS;
  ck_assert_int_eq(add(plan, terms, partial), 0);
  int64_t each = plan->formula->fractions / 2;
  expected_sum(plan, terms, adds ? each : -each, expected, plan->point.words);
  ck_assert_mem_eq(partial->payload, expected, 8 * plan->point.words);
  free(expected);
  free(partial);
  kernel_bbp_series.release(prepared);
}

START_TEST(sums_of_the_largest_digits_are_exact)
{
  adds = _i % 2;
  check_sums((unsigned)_i / 2);
}
END_TEST

int main(void)
{
  if (NEEDS & ~cpu_features()) {
    printf("1..0 # SKIP this CPU has no such instructions\n");
    return 0;
  }
  Suite *suite = suite_create("bbp-series sums");
  TCase *sums = tcase_create("sums");
  tcase_set_timeout(sums, 60);
  tcase_add_loop_test(sums, sums_of_the_largest_digits_are_exact, 0, 4);
  suite_add_tcase(suite, sums);
  return suite_run(suite);
}
