/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_lanes_wide_512.h: eight moduli from 2^16 to below 2^48 on AVX-512 IFMA.  Montgomery
 * with R = 2^52:
 *
 *     t/R ≡ m + hi(t) - hi(q·m),   q = lo(t)/m modulo R (the low halves cancel)
 *
 * is in (0, 2m) for t < R·m.  Lazy residues are in [0, 2m); functions take up to 4m: 16m² < R·m.
 */
#pragma once

#include "hex_primes_lanes_512.h"

enum { LANES = 8, RADIX_BITS = 52, GROUP = 12, ROWS = 3 };

#define WIDE_END (UINT64_C(1) << 48)

/* The lower and the upper 52 bits of a·b, added to c. */
INLINE vec low(vec c, vec a, vec b)
{
  return _mm512_madd52lo_epu64(c, a, b);
}

INLINE vec high(vec c, vec a, vec b)
{
  return _mm512_madd52hi_epu64(c, a, b);
}

INLINE vec subtract(const struct field *f, vec a, vec b)
{
  return _mm512_sub_epi64(_mm512_add_epi64(a, _mm512_add_epi64(f->m, f->m)), b);
}

/* Right in 8 bits, which each of Newton's steps doubles. */
INLINE struct field field_of(vec m)
{
  vec x = inverse_of_byte(m);
  for (unsigned bits = 8; bits < 52; bits *= 2)
    x = low(all(0), x, _mm512_sub_epi64(all(2), low(all(0), m, x)));
  return (struct field){m, x};
}

INLINE vec times(const struct field *f, vec a, vec b)
{
  vec q = low(all(0), low(all(0), a, b), f->inverse);
  return _mm512_sub_epi64(high(f->m, a, b), high(all(0), q, f->m));
}

INLINE vec reduce(const struct field *f, vec x, vec word)
{
  vec t = _mm512_add_epi64(x, word), q = low(all(0), t, f->inverse);
  t = _mm512_add_epi64(f->m, _mm512_srli_epi64(t, 52));
  return _mm512_sub_epi64(t, high(all(0), q, f->m));
}

INLINE vec square(const struct field *f, vec x, unsigned bit)
{
  return _mm512_sllv_epi64(times(f, x, x), all(bit));
}

INLINE vec canonical(const struct field *f, vec x)
{
  return wrap(f, x);
}

/* 2^(52+h)/m stays below 2^54; m is at least 2^16. */
INLINE unsigned start_most(uint64_t least, uint64_t most)
{
  (void)most;
  return 63 + 2 - (unsigned)__builtin_clzll(least);
}

INLINE vec start(const struct field *f, unsigned h)
{
  vec x = power_rest(f->m, 52 + h);
  return _mm512_min_epu64(x, _mm512_add_epi64(x, f->m));
}

INLINE vec divide_exactly(const struct field *f, vec x, uint64_t c_inverse)
{
  vec rest = _mm512_sub_epi64(all(1), low(all(0), f->m, x));
  return _mm512_and_si512(low(f->m, rest, all(c_inverse)), all((UINT64_C(1) << 52) - 1));
}

INLINE vec line(const struct field *f, uint64_t n, uint64_t slope)
{
  return low(all(n), f->m, all(slope)); /* bits from the 52nd on do not count in products */
}

/* Sums of as many digits of 52 bits stay below 2^64. */
enum { ADDITIONS_MOST = 1 << 12 };

INLINE void collect(const struct field *f, unsigned digits, vec y, struct sums *sums)
{
  vec carry = _mm512_maskz_mov_epi64(_mm512_test_epi64_mask(y, y), all(1));
  for (unsigned i = 0; i < digits; i++) {
    vec digit = low(all(0), _mm512_sub_epi64(all(0), y), f->inverse);
    sums->digit[i] = _mm512_add_epi64(sums->digit[i], digit);
    y = high(carry, digit, f->m);
  }
}

INLINE void flush(struct sums *sums, unsigned digits, unsigned words, uint64_t *into)
{
  flush_digits(sums, RADIX_BITS, digits, words, into);
}
