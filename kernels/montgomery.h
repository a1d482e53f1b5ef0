/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * montgomery.h: what a ladder by Montgomery's multiplication (1985) modulo an odd m begins with,
 * R = 2^64, a number at a time: common to the scalar variants of bbp-hex and hex-primes.
 */
#pragma once

#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

__extension__ typedef unsigned __int128 montgomery_wide;

INLINE uint64_t montgomery_high(uint64_t a, uint64_t b)
{
  return (uint64_t)((montgomery_wide)a * b >> 64);
}

/* 1/m modulo R: right in 5 bits, which each of Newton's steps doubles. */
INLINE uint64_t montgomery_inverse(uint64_t m)
{
  uint64_t x = 3 * m ^ 2;
  for (unsigned bits = 5; bits < 64; bits *= 2)
    x *= 2 - m * x;
  return x;
}

/*
 * 2^64/m - d with 0 <= d < 3/2, for 1 < m < 2^53.  A division of doubles takes half the time of one
 * of integers here, and a tenth on older processors.  Its dividend is 2^-50 too small and its
 * rounding errs by 2^-53 at most, relatively: it is below 2^64/m, by less than 2^15/m <= 1/2.
 */
INLINE uint64_t montgomery_reciprocal(uint64_t m)
{
  if (m < 1 << 16)
    return UINT64_MAX / m;
  return (uint64_t)(int64_t)((0x1p64 - 0x1p14) / (double)(int64_t)m);
}

/* 2^(64 + h) modulo m, in [0, 5/2·m), for m·2^h <= 2^63.  The reciprocal leaves 2^64 modulo m as
 * d·m, and then reduces z = d·m·2^h < 2^64 (Barrett): z/2^64 times it is below z/m by less than
 * d < 3/2, its floor by less than 5/2. */
INLINE uint64_t montgomery_start(uint64_t m, unsigned h)
{
  uint64_t quotient = montgomery_reciprocal(m);
  uint64_t z = -(quotient * m) << h;
  return z - montgomery_high(z, quotient) * m;
}
