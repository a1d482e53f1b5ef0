/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bbp_hex_reference.c: the definition of bbp_hex.h in plain steps, as most people write it: binary
 * exponentiation with `%` on 128 bits, then long division.  It is the reference of the method
 * montgomery and the whole of the method naive. */

#include "bbp_hex.h"

typedef bbp_hex_wide wide;

static uint64_t power_of_two(uint64_t exponent, uint64_t m)
{
  uint64_t result = 1 % m, base = 2 % m;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = (uint64_t)((wide)result * base % m);
    base = (uint64_t)((wide)base * base % m);
  }
  return result;
}

/* ret = floor((rest·2^(64·words) + 2^bit) / m) modulo 2^(64·words) by long division; rest < m, and
 * there is no 2^bit if bit is 64·words or more. */
static void divide(unsigned words, uint64_t rest, uint64_t bit, uint64_t m, uint64_t *ret)
{
  for (unsigned w = words; w-- > 0;) {
    wide dividend = (wide)rest << 64 | (bit / 64 == w ? UINT64_C(1) << bit % 64 : 0);
    ret[w] = (uint64_t)(dividend / m);
    rest = (uint64_t)dividend - ret[w] * m;
  }
}

/* ret = floor(2^(64·words + exponent) / m) modulo 2^(64·words); exponent >= -64·words. */
static void fraction(unsigned words, int64_t exponent, uint64_t m, uint64_t *ret)
{
  uint64_t rest = exponent >= 0 ? power_of_two((uint64_t)exponent, m) : 0;
  divide(words, rest, (uint64_t)(64 * (int64_t)words + exponent), m, ret);
}

static void add_series(const struct bbp_hex_plan *plan, uint64_t k, uint64_t *sum)
{
  const struct bbp_hex_formula *formula = plan->formula;
  for (unsigned i = 0; i < formula->count; i++) {
    const struct bbp_hex_series *series = &formula->series[i];
    uint64_t part[BBP_HEX_WORDS_MOST];
    fraction(plan->words, bbp_hex_exponent(plan, k), series->slope * k + series->offset, part);
    bool negative = series->negative ^ bbp_hex_is_minus(formula, k);
    bbp_hex_add(plan->words, part, series->shift, negative, sum);
  }
}

/* sum ±= the rest of series i in unit k, if there is one. */
static void add_rest(const struct bbp_hex_plan *plan, unsigned i, uint64_t k, uint64_t *sum)
{
  int64_t exponent = bbp_hex_joined_exponent(plan, i, k);
  if (exponent >= 0 || exponent + 64 * (int64_t)plan->words < 0)
    return;
  uint64_t part[BBP_HEX_WORDS_MOST];
  fraction(plan->words, exponent, 2 * k + 1, part);
  bool negative = bbp_hex_is_minus(plan->formula, k) ^ (i >= 2 && bbp_hex_turns(k));
  bbp_hex_add(plan->words, part, 0, negative, sum);
}

void bbp_hex_rests(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum)
{
  for (unsigned i = 1; i < BBP_HEX_JOINED; i++) {
    uint64_t k = units.begin > plan->reach[i] ? units.begin : plan->reach[i];
    for (; k < units.end && bbp_hex_joined_exponent(plan, i, k) + 64 * (int64_t)plan->words >= 0;
         k++)
      add_rest(plan, i, k, sum);
  }
}

static void add_joined(const struct bbp_hex_plan *plan, uint64_t k, uint64_t *sum)
{
  uint64_t m = 2 * k + 1, numerator = 0, part[BBP_HEX_WORDS_MOST];
  for (unsigned i = 0; i < BBP_HEX_JOINED; i++) {
    int64_t exponent = bbp_hex_joined_exponent(plan, i, k);
    uint64_t power = exponent >= 0 ? power_of_two((uint64_t)exponent, m) : 0;
    numerator = (numerator + (i >= 2 && bbp_hex_turns(k) ? m - power : power)) % m;
    add_rest(plan, i, k, sum);
  }
  divide(plan->words, numerator, 64 * plan->words, m, part);
  bbp_hex_add(plan->words, part, 0, bbp_hex_is_minus(plan->formula, k), sum);
}

void bbp_hex_plain(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum)
{
  for (uint64_t k = units.begin; k < units.end; k++)
    (plan->formula->joins ? add_joined : add_series)(plan, k, sum);
}

int bbp_hex_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  bbp_hex_plain(plan, units, ret_partial->payload);
  bbp_hex_count(plan, units, ret_partial);
  return 0;
}
