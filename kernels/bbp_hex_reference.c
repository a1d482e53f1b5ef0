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

/* ret = floor(2^(64·words + exponent) / m) modulo 2^(64·words), by long division: what is left
 * over starts as 2^exponent mod m, or as 0 with the one bit of a negative exponent still to come
 * down. */
static void fraction(unsigned words, int64_t exponent, uint64_t m, uint64_t *ret)
{
  uint64_t bit = (uint64_t)(64 * (int64_t)words + exponent); /* of the dividend, if in ret */
  uint64_t rest = exponent >= 0 ? power_of_two((uint64_t)exponent, m) : 0;
  for (unsigned w = words; w-- > 0;) {
    wide dividend = (wide)rest << 64 | (bit / 64 == w ? UINT64_C(1) << bit % 64 : 0);
    ret[w] = (uint64_t)(dividend / m);
    rest = (uint64_t)dividend - ret[w] * m;
  }
}

void bbp_hex_plain(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum)
{
  const struct bbp_hex_formula *formula = plan->formula;
  for (uint64_t k = units.begin; k < units.end; k++)
    for (unsigned i = 0; i < formula->count; i++) {
      const struct bbp_hex_series *series = &formula->series[i];
      uint64_t part[BBP_HEX_WORDS_MOST];
      fraction(plan->words, bbp_hex_exponent(plan, k), series->slope * k + series->offset, part);
      bool negative = series->negative ^ (formula->alternates && k % 2);
      bbp_hex_add(plan->words, part, series->shift, negative, sum);
    }
}

int bbp_hex_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  bbp_hex_plain(plan, units, ret_partial->payload);
  bbp_hex_count(plan, units, ret_partial);
  return 0;
}
