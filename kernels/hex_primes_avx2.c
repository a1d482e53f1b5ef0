/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_avx2.c: hex-primes on AVX2: primes below 2^29; larger ones on 64-bit registers. */

#include "hex_primes_lanes_avx2.h"

#include "hex_primes_ladder.h"
#include "hex_primes_recurrence.h"
#include "hex_primes_strike.h"

static const struct hex_primes_arithmetic narrow = ARITHMETIC_BELOW(NARROW_END);

static const struct hex_primes_arithmetic *const arithmetic[] = {&narrow,
                                                                 &hex_primes_arithmetic_scalar};

int hex_primes_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  static const struct hex_primes_level level = {arithmetic, sieve_class};
  return hex_primes_walk(&level, plan, units, ret_partial);
}
