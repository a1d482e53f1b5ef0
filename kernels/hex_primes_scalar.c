/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_scalar.c: hex-primes on 64-bit registers. */

#include "hex_primes_lanes_scalar.h"

#include "hex_primes_ladder.h"
#include "hex_primes_recurrence.h"
#include "hex_primes_strike.h"

const struct hex_primes_arithmetic hex_primes_arithmetic_scalar = ARITHMETIC_BELOW(UINT64_MAX);

static const struct hex_primes_arithmetic *const arithmetic[] = {&hex_primes_arithmetic_scalar};

int hex_primes_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  static const struct hex_primes_level level = {arithmetic, sieve_class};
  return hex_primes_walk(&level, plan, units, ret_partial);
}
