/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_sum.h: sums of fractions modulo 1 in fixed point, and the hexadecimal digits they begin with.
 *
 * A sum has `words` words, the least significant first, all of them behind the point.  Its unit of
 * the last place (ulp) is 2^-(64 words).
 */
#pragma once

#include "kernel.h"

enum { HEX_SUM_WORDS_MOST = 4, HEX_SUM_DIGITS_MOST = 24 };

__extension__ typedef unsigned __int128 hex_sum_wide;

/* into += from modulo 1, or -= where negative. */
static inline void hex_sum_add(unsigned words, const uint64_t *from, bool negative, uint64_t *into)
{
  uint64_t carry = negative, flip = -(uint64_t)negative;
  for (unsigned w = 0; w < words; w++) {
    hex_sum_wide sum = (hex_sum_wide)into[w] + (from[w] ^ flip) + carry;
    into[w] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }
}

/* into += value·2^bit modulo 1; bits past the last word fall off. */
static inline void hex_sum_add_at(unsigned words, uint64_t value, unsigned bit, uint64_t *into)
{
  hex_sum_wide carry = (hex_sum_wide)value << bit % 64;
  for (unsigned w = bit / 64; w < words; w++) {
    carry += into[w];
    into[w] = (uint64_t)carry;
    carry >>= 64;
  }
}

/* ret = floor(rest / m) in ulps, by long division; rest < m. */
void hex_sum_fraction(unsigned words, uint64_t rest, uint64_t m, uint64_t *ret);

/* ret = floor(2^-exponent / m) in ulps; 0 < exponent. */
void hex_sum_small(unsigned words, uint64_t exponent, uint64_t m, uint64_t *ret);

/*
 * Adds the leading digits of the sum as item "digits".  The true value is less than error_ulps from
 * it, modulo 1.  -EAGAIN where value ± error do not agree in all digits.
 */
int hex_sum_answer(unsigned words, const uint64_t *sum, uint64_t error_ulps, unsigned digits,
                   struct answer *answer);
