/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_radix.c: decimal digits by halves are those that GMP divides out, and no digit is told that
 * the error leaves open; nor in an answer that is made of them. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixed_point.h"
#include "radix.h"
#include "suite.h"

static unsigned long seed;

/* The digits of fraction/2^bits, truncated, by a power of ten and a division. */
static void digits_exactly(const mpz_t fraction, uint64_t bits, uint64_t digits, char *text)
{
  mpz_t number;
  mpz_init(number);
  mpz_ui_pow_ui(number, 10, digits);
  mpz_mul(number, number, fraction);
  mpz_tdiv_q_2exp(number, number, bits);
  char *plain = mpz_get_str(NULL, 10, number);
  size_t length = mpz_sgn(number) ? strlen(plain) : 0;
  memset(text, '0', digits - length);
  memcpy(text + digits - length, plain, length);
  free(plain);
  mpz_clear(number);
}

static bool convert(const mpz_t fraction, uint64_t bits, double error, uint64_t digits, char *text)
{
  mpz_t copy;
  mpz_init_set(copy, fraction);
  bool decided = radix_decimal(copy, bits, error, digits, text);
  mpz_clear(copy);
  return decided;
}

static const uint64_t lengths[] = {1, 2, 299, 300, 301, 599, 600, 601, 1200, 1201, 5000, 40000};

START_TEST(random_fractions_have_their_digits)
{
  const uint64_t digits = lengths[_i], bits = digits * 3322 / 1000 + 128;
  char *ours = malloc(digits), *wanted = malloc(digits);
  gmp_randstate_t state;
  mpz_t fraction;
  mpz_init(fraction);
  gmp_randinit_default(state);
  gmp_randseed_ui(state, seed);
  for (unsigned n = 0; n < 20; n++) {
    mpz_urandomb(fraction, state, bits);
    digits_exactly(fraction, bits, digits, wanted);
    ck_assert_msg(convert(fraction, bits, 1e6, digits, ours), "undecided, seed %lu", seed);
    ck_assert_msg(memcmp(ours, wanted, digits) == 0, "%" PRIu64 " digits, seed %lu", digits, seed);
  }
  mpz_clear(fraction);
  gmp_randclear(state);
  free(ours);
  free(wanted);
}
END_TEST

/* m/10^digits, rounded up: m is the digits, and one ulp less is m - 1. */
START_TEST(an_error_across_a_border_is_never_decided)
{
  const uint64_t digits = lengths[_i], bits = digits * 3322 / 1000 + 128;
  char *ours = malloc(digits);
  gmp_randstate_t state;
  mpz_t fraction, power;
  mpz_inits(fraction, power, NULL);
  gmp_randinit_default(state);
  gmp_randseed_ui(state, seed);
  mpz_ui_pow_ui(power, 10, digits);
  for (unsigned n = 0; n < 20; n++) {
    mpz_urandomm(fraction, state, power);
    if (mpz_sgn(fraction) == 0)
      mpz_set_ui(fraction, 1);
    mpz_mul_2exp(fraction, fraction, bits);
    mpz_cdiv_q(fraction, fraction, power);
    mpz_sub_ui(fraction, fraction, 1 + n);
    ck_assert_msg(!convert(fraction, bits, 100, digits, ours), "n = %u, seed %lu", n, seed);
  }
  mpz_clears(fraction, power, NULL);
  gmp_randclear(state);
  free(ours);
}
END_TEST

START_TEST(runs_of_nines_and_zeros_are_right_or_undecided)
{
  const uint64_t digits = lengths[_i], bits = digits * 3322 / 1000 + 128;
  char *ours = malloc(digits), *wanted = malloc(digits);
  mpz_t fraction;
  mpz_init(fraction);
  for (unsigned n = 0; n < 2; n++) {
    mpz_set_ui(fraction, 0);
    if (n == 1) { /* just below 1, by half a digit */
      mpz_setbit(fraction, bits);
      mpz_t half;
      mpz_init(half);
      mpz_ui_pow_ui(half, 10, digits);
      mpz_tdiv_q(half, fraction, half);
      mpz_tdiv_q_2exp(half, half, 1);
      mpz_sub(fraction, fraction, half);
      mpz_clear(half);
    }
    digits_exactly(fraction, bits, digits, wanted);
    ck_assert_int_eq(wanted[digits - 1], n ? '9' : '0');
    if (convert(fraction, bits, 2, digits, ours))
      ck_assert_mem_eq(ours, wanted, digits);
  }
  mpz_clear(fraction);
  free(ours);
  free(wanted);
}
END_TEST

static const double errors[] = {1, 2, 3, 1000, 1 << 20, 9007199254740991 /* 2^53 - 1 */};

/* As before, but it is the very end of the interval that reaches m: whatever is rounded on the way,
 * and at each level there is something, has to be in the error. */
START_TEST(an_interval_that_ends_on_a_border_is_never_decided)
{
  const uint64_t digits = lengths[_i], bits = digits * 3322 / 1000 + 128;
  char *ours = malloc(digits);
  gmp_randstate_t state;
  mpz_t fraction, power, error;
  mpz_inits(fraction, power, error, NULL);
  gmp_randinit_default(state);
  gmp_randseed_ui(state, seed);
  mpz_ui_pow_ui(power, 10, digits);
  for (unsigned n = 0; n < 20 * sizeof errors / sizeof *errors; n++) {
    const double ulps = errors[n / 20];
    mpz_urandomm(fraction, state, power);
    mpz_add_ui(fraction, fraction, mpz_sgn(fraction) == 0);
    mpz_mul_2exp(fraction, fraction, bits);
    mpz_cdiv_q(fraction, fraction, power);
    mpz_set_d(error, ulps);
    mpz_sub(fraction, fraction, error);
    ck_assert_msg(!convert(fraction, bits, ulps, digits, ours), "error %.0f, seed %lu", ulps, seed);
  }
  mpz_clears(fraction, power, error, NULL);
  gmp_randclear(state);
  free(ours);
}
END_TEST

/* m/10^k, rounded up, an ulp or two before and behind it: zeros or nines follow from digit k on,
 * wherever the halves are parted. */
START_TEST(borders_between_any_two_digits_are_right_or_undecided)
{
  const uint64_t digits = lengths[_i], bits = digits * 3322 / 1000 + 128;
  char *ours = malloc(digits), *wanted = malloc(digits);
  gmp_randstate_t state;
  mpz_t fraction, power;
  mpz_inits(fraction, power, NULL);
  gmp_randinit_default(state);
  gmp_randseed_ui(state, seed);
  mpz_set_ui(power, 1);
  for (uint64_t k = 1; k < digits; k++) {
    mpz_mul_ui(power, power, 10);
    mpz_urandomm(fraction, state, power);
    mpz_add_ui(fraction, fraction, mpz_sgn(fraction) == 0);
    mpz_mul_2exp(fraction, fraction, bits);
    mpz_cdiv_q(fraction, fraction, power);
    mpz_sub_ui(fraction, fraction, 2);
    for (int ulps = -2; ulps <= 2; ulps++) {
      if (convert(fraction, bits, 1, digits, ours)) {
        digits_exactly(fraction, bits, digits, wanted);
        ck_assert_msg(memcmp(ours, wanted, digits) == 0, "%+d ulps at digit %" PRIu64 ", seed %lu",
                      ulps, k, seed);
        ck_assert_int_ne(ulps, -1); /* that interval ends on the border */
      }
      mpz_add_ui(fraction, fraction, 1);
    }
  }
  mpz_clears(fraction, power, NULL);
  gmp_randclear(state);
  free(ours);
  free(wanted);
}
END_TEST

/* From no bit at all to all that are needed. */
START_TEST(too_few_bits_are_no_danger)
{
  enum { DIGITS = 1201, ENOUGH = DIGITS * 3322 / 1000 + 40 };
  char ours[DIGITS], wanted[DIGITS];
  gmp_randstate_t state;
  mpz_t fraction;
  mpz_init(fraction);
  gmp_randinit_default(state);
  gmp_randseed_ui(state, seed);
  for (uint64_t bits = 0; bits <= ENOUGH; bits++) {
    mpz_urandomb(fraction, state, bits);
    for (unsigned n = 0; n < 2; n++) {
      bool decided = convert(fraction, bits, 1, DIGITS, ours);
      digits_exactly(fraction, bits, DIGITS, wanted);
      if (decided)
        ck_assert_msg(memcmp(ours, wanted, DIGITS) == 0, "%" PRIu64 " bits, seed %lu", bits, seed);
      mpz_set_ui(fraction, 0);
    }
  }
  ck_assert(convert(fraction, ENOUGH, 1, DIGITS, ours));
  mpz_clear(fraction);
  gmp_randclear(state);
}
END_TEST

/* 3.125 is a border in itself, in either base; here with an error of 1000 ulps. */
static int answer_near_a_border(bool is_hex, int64_t ulps, struct answer *answer)
{
  const struct fixed_point point = fixed_point_for(10, is_hex, 0);
  uint64_t value[3] = {(uint64_t)ulps, (UINT64_C(1) << 61) - (ulps < 0), 3};
  ck_assert_uint_eq(point.words, 3);
  return fixed_point_answer(&point, value, 1000, answer);
}

START_TEST(digits_are_told_where_value_and_error_are_on_one_side_of_a_border)
{
  static const struct {
    int64_t ulps;
    const char *digits[2]; /* decimal, hex; NULL: not certain */
  } cases[] = {
      {-1001, {"3.1249999999", "3.1fffffffff"}},
      {-1000, {NULL, NULL}},
      {-1, {NULL, NULL}},
      {0, {NULL, NULL}},
      {999, {NULL, NULL}},
      {1000, {"3.1250000000", "3.2000000000"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct answer *answer = malloc(sizeof *answer + 40);
    answer_init(answer, sizeof *answer + 40);
    const char *wanted = cases[i].digits[_i];
    ck_assert_int_eq(answer_near_a_border(_i, cases[i].ulps, answer), wanted ? 0 : -EAGAIN);
    ck_assert_uint_eq(answer->count, wanted != NULL);
    ck_assert_uint_eq(answer->text_used, wanted ? 12 : 0);
    if (wanted)
      ck_assert_mem_eq(answer->text, wanted, 12);
    free(answer);
  }
}
END_TEST

int main(void)
{
  const int cases = (int)(sizeof lengths / sizeof *lengths);
  seed = suite_seed((uint64_t)time(NULL));
  TCase *tcase = tcase_create("radix");
  tcase_add_loop_test(tcase, random_fractions_have_their_digits, 0, cases);
  tcase_add_loop_test(tcase, an_error_across_a_border_is_never_decided, 0, cases);
  tcase_add_loop_test(tcase, runs_of_nines_and_zeros_are_right_or_undecided, 0, cases);
  tcase_add_loop_test(tcase, an_interval_that_ends_on_a_border_is_never_decided, 0, cases);
  tcase_add_loop_test(tcase, borders_between_any_two_digits_are_right_or_undecided, 0, cases - 2);
  tcase_add_test(tcase, too_few_bits_are_no_danger);
  tcase_add_loop_test(tcase, digits_are_told_where_value_and_error_are_on_one_side_of_a_border, 0,
                      2);
  Suite *suite = suite_create("radix");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
