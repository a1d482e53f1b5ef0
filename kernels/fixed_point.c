/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fixed_point.c: π as a number in fixed point, and its digits. */

#include "fixed_point.h"

#include <assert.h>
#include <errno.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "radix.h"

const char *const fixed_point_bases[] = {
    [FIXED_POINT_DECIMAL] = "decimal", [FIXED_POINT_HEX] = "hex", NULL};

const struct parameter fixed_point_parameters[] = {FIXED_POINT_PARAMETERS, {0}};

/* log2(10) < 3.321928095; the product is below 2^63 for 10^9 digits, and 0.2 too large at most. */
static uint64_t digits_bits(uint64_t digits, bool is_hex)
{
  return is_hex ? 4 * digits : digits * 3321928095 / 1000000000 + 1;
}

struct fixed_point fixed_point_for(uint64_t digits, bool is_hex, unsigned guard)
{
  uint64_t words = (digits_bits(digits, is_hex) + 63) / 64 + 2 + guard;
  return (struct fixed_point){digits, is_hex, words, 64 * (words - 1)};
}

/* "3." and the digits; GMP puts a sign before them, a 0 behind them and one digit too many. */
size_t fixed_point_text_bytes(const struct fixed_point *point)
{
  return point->digits + 5;
}

/*
 * ret_digits = floor(base^N · π) if value ± error allow for one only, else false.  With N digits
 * behind the point the lower end is base^N·(value - error) = ret_digits·2^F + rest, and the upper
 * one 2·base^N·error above it.
 */
static bool decide(const struct fixed_point *point, const uint64_t *value, uint64_t error,
                   mpz_t ret_digits)
{
  mpz_t number, rest, power;
  mpz_inits(number, rest, power, NULL);
  if (point->is_hex)
    mpz_setbit(power, 4 * point->digits);
  else
    mpz_ui_pow_ui(power, 10, point->digits);
  mpz_import(number, point->words, -1, 8, 0, 0, value);
  mpz_sub_ui(number, number, error);
  mpz_mul(number, number, power);
  mpz_fdiv_q_2exp(ret_digits, number, point->fraction_bits);
  mpz_fdiv_r_2exp(rest, number, point->fraction_bits);
  mpz_addmul_ui(rest, power, 2 * error);
  bool decided = mpz_sizeinbase(rest, 2) <= point->fraction_bits;
  mpz_clears(number, rest, power, NULL);
  return decided;
}

/* The digits by an exact conversion, as far as they are decided at all. */
static bool write_exactly(const struct fixed_point *point, const uint64_t *value, uint64_t error,
                          char *text)
{
  mpz_t digits;
  mpz_init(digits);
  bool decided = decide(point, value, error, digits);
  char *all = decided ? mpz_get_str(NULL, point->is_hex ? 16 : 10, digits) : NULL;
  if (all) {
    assert(all[0] == '3' && strlen(all) == point->digits + 1);
    memcpy(text, all + 1, point->digits);
    free(all); /* GMP's functions are malloc's here */
  }
  mpz_clear(digits);
  return decided;
}

/* The decimal digits of the fraction, in about half of the time; false where it cannot decide. */
static bool write_quickly(const struct fixed_point *point, const uint64_t *value, uint64_t error,
                          char *text)
{
  mpz_t fraction;
  mpz_init(fraction);
  mpz_import(fraction, point->words, -1, 8, 0, 0, value);
  mpz_sub_ui(fraction, fraction, error);
  mpz_t whole;
  mpz_init(whole);
  mpz_fdiv_q_2exp(whole, fraction, point->fraction_bits);
  mpz_fdiv_r_2exp(fraction, fraction, point->fraction_bits);
  bool decided =
      mpz_cmp_ui(whole, 3) == 0
      && radix_decimal(fraction, point->fraction_bits, 2 * (double)error, point->digits, text);
  mpz_clears(whole, fraction, NULL);
  return decided;
}

int fixed_point_answer(const struct fixed_point *point, const uint64_t *value, uint64_t error,
                       struct answer *answer)
{
  const struct answer before = *answer;
  answer_step(answer, "radix");
  char *text = answer_digits_room(answer, point->is_hex ? "hex" : "digits", point->digits + 2);
  memcpy(text, "3.", 2);
  if (!point->is_hex && write_quickly(point, value, error, text + 2))
    return 0;
  if (write_exactly(point, value, error, text + 2))
    return 0;
  answer->count = before.count;
  answer->text_used = before.text_used;
  return -EAGAIN;
}
