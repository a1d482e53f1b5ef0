/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_lanes_narrow_512.h: eight moduli below 2^29 on AVX-512.  Montgomery with R = 2^32 and
 * signed residues on vpmuldq, without a compare:
 *
 *     t/R ≡ (t - q·m)/R,   q = t/m modulo R, signed
 *
 * is at most |t|/R + m/2.  Lazy residues have |x| <= m; functions take up to 2m: then |t| is at
 * most 4m² <= R·m/2.  Vectors hold them as 64-bit numbers with a sign.
 *
 * The numerators of the recurrence go a little further, |n| <= 5/4·m, where they are multiplied by
 * a shared factor below 2^31: |n·2^31 + m²|/R + m/2 <= (5/8 + 1/8 + 1/2)·m.
 */
#pragma once

#include "hex_primes_lanes_512.h"

enum { LANES = 8, RADIX_BITS = 32, GROUP = 12, ROWS = 3, SHARED_BITS = 31 };

#define NARROW_END (UINT64_C(1) << 29)

INLINE vec subtract(const struct field *f, vec a, vec b)
{
  (void)f;
  return _mm512_sub_epi64(a, b);
}

/* Right in 8 bits, which each of Newton's steps doubles. */
INLINE struct field field_of(vec m)
{
  vec x = inverse_of_byte(m);
  for (unsigned bits = 8; bits < 32; bits *= 2)
    x = _mm512_mul_epu32(x, _mm512_sub_epi64(all(2), _mm512_mul_epu32(m, x)));
  return (struct field){m, x};
}

/* t - q·m, a multiple of R. */
INLINE vec cleared(const struct field *f, vec t)
{
  vec q = _mm512_mul_epi32(t, f->inverse);
  return _mm512_sub_epi64(t, _mm512_mul_epi32(q, f->m));
}

INLINE vec times(const struct field *f, vec a, vec b)
{
  return _mm512_srai_epi64(cleared(f, _mm512_mul_epi32(a, b)), 32);
}

INLINE vec times_two(const struct field *f, vec a, vec b, vec c, vec d)
{
  vec t = _mm512_add_epi64(_mm512_mul_epi32(a, b), _mm512_mul_epi32(c, d));
  return _mm512_srai_epi64(cleared(f, t), 32);
}

INLINE vec reduce(const struct field *f, vec x, vec word)
{
  return _mm512_srai_epi64(cleared(f, _mm512_add_epi64(x, word)), 32);
}

INLINE vec square(const struct field *f, vec x, unsigned bit)
{
  return _mm512_srav_epi64(cleared(f, _mm512_mul_epi32(x, x)), all(32 - bit));
}

INLINE vec canonical(const struct field *f, vec x)
{
  return _mm512_min_epu64(x, _mm512_add_epi64(x, f->m));
}

/* 2^(32+h)/m stays below 2^54. */
INLINE unsigned start_most(uint64_t least, uint64_t most)
{
  (void)most;
  return 22 + 63 - (unsigned)__builtin_clzll(least);
}

INLINE vec start(const struct field *f, unsigned h)
{
  return power_rest(f->m, 32 + h);
}

INLINE vec divide_exactly(const struct field *f, vec x, uint64_t c_inverse)
{
  vec rest = _mm512_sub_epi64(all(1), _mm512_mul_epu32(f->m, x));
  return _mm512_add_epi64(f->m, _mm512_mul_epu32(rest, all(c_inverse)));
}

INLINE vec line(const struct field *f, uint64_t n, uint64_t slope)
{
  return _mm512_add_epi64(all(n), _mm512_mul_epu32(f->m, all(slope)));
}

/* Sums of as many digits of 32 bits stay below 2^64. */
enum { ADDITIONS_MOST = 1 << 30 };

INLINE void collect(const struct field *f, unsigned digits, vec y, struct sums *sums)
{
  vec rest = _mm512_sub_epi64(all(0), y); /* in (-m, 0] */
  for (unsigned i = 0; i < digits; i++) {
    vec digit = _mm512_mul_epu32(rest, f->inverse);
    sums->digit[i] = _mm512_add_epi64(sums->digit[i], _mm512_and_si512(digit, all(UINT32_MAX)));
    rest = _mm512_sub_epi64(rest, _mm512_mul_epu32(digit, f->m));
    rest = _mm512_srai_epi64(rest, 32);
  }
}

INLINE void flush(struct sums *sums, unsigned digits, unsigned words, uint64_t *into)
{
  flush_digits(sums, RADIX_BITS, digits, words, into);
}
