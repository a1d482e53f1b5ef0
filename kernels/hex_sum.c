/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_sum.c: sums of fractions modulo 1 in fixed point, and their digits. */

#include "hex_sum.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

typedef hex_sum_wide wide;

void hex_sum_fraction(unsigned words, uint64_t rest, uint64_t m, uint64_t *ret)
{
  for (unsigned w = words; w-- > 0;) {
    wide dividend = (wide)rest << 64;
    ret[w] = (uint64_t)(dividend / m);
    rest = (uint64_t)(dividend % m);
  }
}

/* Long division of the one bit 2^(64 words - exponent). */
void hex_sum_small(unsigned words, uint64_t exponent, uint64_t m, uint64_t *ret)
{
  uint64_t rest = 0, bit = 64 * words - exponent; /* past the words if there is none */
  for (unsigned w = words; w-- > 0;) {
    wide dividend = (wide)rest << 64 | (bit / 64 == w ? UINT64_C(1) << bit % 64 : 0);
    ret[w] = (uint64_t)(dividend / m);
    rest = (uint64_t)(dividend % m);
  }
}

/* The leading digits of the sum ± error_ulps. */
static void digits_near(unsigned words, const uint64_t *sum, uint64_t error_ulps, bool below,
                        unsigned digits, char *ret_digits)
{
  uint64_t value[HEX_SUM_WORDS_MOST], error[HEX_SUM_WORDS_MOST] = {error_ulps};
  memcpy(value, sum, 8 * words);
  hex_sum_add(words, error, below, value);
  for (unsigned i = 0; i < digits; i++)
    ret_digits[i] = "0123456789abcdef"[value[words - 1 - i / 16] >> (60 - 4 * (i % 16)) & 15];
}

/* Digits that both ends of the error's interval share are the true ones.  (If the interval reaches
 * round 0 or 1, its ends differ in the first digit.) */
int hex_sum_answer(unsigned words, const uint64_t *sum, uint64_t error_ulps, unsigned digits,
                   struct answer *answer)
{
  char least[HEX_SUM_DIGITS_MOST], most[HEX_SUM_DIGITS_MOST];
  assert(digits <= HEX_SUM_DIGITS_MOST && words <= HEX_SUM_WORDS_MOST);
  digits_near(words, sum, error_ulps, true, digits, least);
  digits_near(words, sum, error_ulps, false, digits, most);
  if (memcmp(least, most, digits) != 0)
    return -EAGAIN;
  struct answer_item *item = answer_digits_add(answer, "digits", most, digits);
  item->error_bound = ldexp((double)error_ulps, -64 * (int)words);
  return 0;
}
