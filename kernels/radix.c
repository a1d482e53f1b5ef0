/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * radix.c: the decimal digits of a binary fraction, by halves.
 *
 * (Bernstein, "Scaled remainder trees", 2004, the same idea for remainders.)  The first h digits of
 * x depend on its first bits alone; the others are the digits of the fraction of 10^h·x, a
 * multiplication by 5^h and a shift.  So there is one multiplication a node and no division at all:
 * at 10^7 digits about half of the time of mpz_get_str(), which divides.
 *
 * What is known of x at a node is an interval, fraction .. fraction + error in units of 2^-bits.
 * Both children cut bits off, the fraction is rounded down and the error grows by 1 unit: after 30
 * levels by 60 units, where 64 bits are kept beyond the digits of a left child.
 *
 * Only leaves decide.  Where a leaf does, its 10^digits·error is below 2^bits, and so it is at
 * every node whose leaves all decide.  An interval that reaches 1 is left open by its first leaf,
 * whose digits would have to be 99…9 and 10^digits too.
 */

#include "radix.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
  LEAF_MOST = 300, /* digits */
  LEVELS_MOST = 40,
  GUARD_BITS = 64, /* beyond the digits of a left child */
};

/* 5^digits of the left child of a node at each level: leaf_digits·2^level digits.  A leaf has as
 * many digits as make the halves of the root, and all below it, equal. */
struct powers {
  unsigned levels;
  uint64_t leaf_digits;
  mpz_t five[LEVELS_MOST];
};

static uint64_t left_digits(const struct powers *powers, unsigned level)
{
  return powers->leaf_digits << level;
}

static void powers_init(struct powers *powers, uint64_t digits)
{
  unsigned levels = 0;
  while ((digits - 1) >> levels >= LEAF_MOST)
    levels++;
  powers->levels = levels;
  powers->leaf_digits = ((digits - 1) >> levels) + 1;
  for (unsigned level = 0; level < levels; level++) {
    mpz_t *power = &powers->five[level];
    mpz_init(*power);
    if (level == 0)
      mpz_ui_pow_ui(*power, 5, powers->leaf_digits);
    else
      mpz_mul(*power, power[-1], power[-1]);
  }
}

static void powers_clear(struct powers *powers)
{
  for (unsigned level = 0; level < powers->levels; level++)
    mpz_clear(powers->five[level]);
}

/* What is known of the x of a node. */
struct known {
  mpz_t fraction;
  uint64_t bits;
  double error;
};

/* Rounds down to fewer bits. */
static void shorten(struct known *x, uint64_t bits)
{
  if (bits >= x->bits)
    return;
  mpz_tdiv_q_2exp(x->fraction, x->fraction, x->bits - bits);
  x->error = ldexp(x->error, -(int)(x->bits - bits < 2000 ? x->bits - bits : 2000)) + 1;
  x->bits = bits;
}

/* A number below 10^digits, with zeros before it. */
static void write_padded(mpz_t number, uint64_t digits, char *text)
{
  char buffer[LEAF_MOST + 2];
  mpz_get_str(buffer, 10, number);
  size_t length = strlen(buffer);
  assert(length <= digits);
  memset(text, '0', digits - length);
  memcpy(text + digits - length, buffer, length);
}

/* digits <= LEAF_MOST: the whole part of 10^digits·x, below 10^digits as fraction < 2^bits.  False:
 * it is not certain. */
static bool leaf(const struct known *x, uint64_t digits, char *text)
{
  mpz_t power, whole, end;
  mpz_inits(power, whole, end, NULL);
  mpz_ui_pow_ui(power, 10, digits);
  mpz_set_d(end, ceil(x->error));
  mpz_add(end, end, x->fraction);
  mpz_mul(end, end, power);
  mpz_tdiv_q_2exp(end, end, x->bits);
  mpz_mul(whole, x->fraction, power);
  mpz_tdiv_q_2exp(whole, whole, x->bits);
  bool decided = mpz_cmp(whole, end) == 0;
  if (decided)
    write_padded(whole, digits, text);
  mpz_clears(power, whole, end, NULL);
  return decided;
}

/* x becomes the fraction of 10^h·x, h the digits of that level's left child, which are decided. */
static void advance(const struct powers *powers, unsigned level, struct known *x)
{
  uint64_t h = left_digits(powers, level);
  long exponent; /* of 5^h = mantissa·2^exponent, 0.5 <= mantissa < 1 */
  double mantissa = mpz_get_d_2exp(&exponent, powers->five[level]) * (1 + 1e-15);
  assert(x->bits >= h + (uint64_t)exponent);
  x->bits -= h;                                       /* 2^h */
  mpz_tdiv_r_2exp(x->fraction, x->fraction, x->bits); /* what is cut off becomes whole */
  mpz_mul(x->fraction, x->fraction, powers->five[level]);
  mpz_tdiv_r_2exp(x->fraction, x->fraction, x->bits);
  mpz_tdiv_q_2exp(x->fraction, x->fraction, (mp_bitcnt_t)exponent);
  x->bits -= (uint64_t)exponent;
  x->error = x->error * mantissa + 1;
}

static bool node(const struct powers *powers, unsigned level, struct known *x, uint64_t digits,
                 char *text)
{
  while (level > 0 && left_digits(powers, level - 1) >= digits)
    level--;
  if (level == 0)
    return leaf(x, digits, text);
  uint64_t h = left_digits(powers, level - 1);
  struct known left = {.bits = x->bits, .error = x->error};
  mpz_init_set(left.fraction, x->fraction);
  shorten(&left, h * 3322 / 1000 + GUARD_BITS);
  bool decided = node(powers, level - 1, &left, h, text);
  mpz_clear(left.fraction);
  if (!decided)
    return false;
  advance(powers, level - 1, x);
  return node(powers, level - 1, x, digits - h, text + h);
}

bool radix_decimal(mpz_t fraction, uint64_t bits, double error, uint64_t digits, char *text)
{
  struct powers powers;
  struct known x = {.bits = bits, .error = error};
  mpz_init(x.fraction);
  mpz_swap(x.fraction, fraction);
  powers_init(&powers, digits);
  bool decided = digits == 0 || node(&powers, powers.levels, &x, digits, text);
  powers_clear(&powers);
  mpz_clear(x.fraction);
  return decided;
}
