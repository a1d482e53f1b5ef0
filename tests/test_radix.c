/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_radix.c: decimal digits by halves are those that GMP divides out, and no digit is told that
 * the error leaves open. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

int main(void)
{
  const int cases = (int)(sizeof lengths / sizeof *lengths);
  seed = suite_seed((uint64_t)time(NULL));
  TCase *tcase = tcase_create("radix");
  tcase_add_loop_test(tcase, random_fractions_have_their_digits, 0, cases);
  tcase_add_loop_test(tcase, an_error_across_a_border_is_never_decided, 0, cases);
  tcase_add_loop_test(tcase, runs_of_nines_and_zeros_are_right_or_undecided, 0, cases);
  Suite *suite = suite_create("radix");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
