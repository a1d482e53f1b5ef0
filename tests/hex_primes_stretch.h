/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_stretch.h: short stretches of hex-primes' number line, far out, about the numbers
 * where its arithmetics and its sorts of primes begin and end. */
#pragma once

#include "hex_primes.h"
#include "random.h"

/* Units of this plan are short; those chosen hold the number. */
struct stretch {
  struct hex_primes_plan plan;
  struct range units;
};

static inline struct stretch stretch_about(const struct hex_primes_plan *plan, uint64_t number)
{
  struct stretch stretch = {.plan = *plan};
  uint64_t length = 300 + random_next() % 500;
  uint64_t unit = (number - length / 2) / length;
  stretch.plan.fine = length;
  stretch.plan.coarse = length;
  stretch.units = (struct range){unit, unit + 1};
  return stretch;
}

enum { STRETCH_NUMBERS_MOST = 12 };

/* Those of this plan that the reference reaches in milliseconds.  2^29 to 2^32: where arithmetics
 * and words end. */
static inline unsigned stretch_numbers(const struct hex_primes_plan *plan, uint64_t *ret_numbers)
{
  uint64_t end = plan->line_end;
  const uint64_t numbers[STRETCH_NUMBERS_MOST] = {
      end / 3,   end / 23,          end / 5,      end - 1,          UINT64_C(1) << 29, end / 2000,
      end / 400, UINT64_C(1) << 31, end / 10 * 3, random_size(end), UINT64_C(1) << 32, end / 40};
  unsigned count = 0;
  for (unsigned n = 0; n < STRETCH_NUMBERS_MOST; n++)
    if (numbers[n] > end / 3000 && numbers[n] >= 1000 && numbers[n] < end)
      ret_numbers[count++] = numbers[n];
  return count;
}
