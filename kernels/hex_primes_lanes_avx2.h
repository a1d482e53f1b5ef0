/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_lanes_avx2.h: four moduli below 2^29 on AVX2: the arithmetic of
 * hex_primes_lanes_narrow_512.h.  AVX2 has no shift right of 64 bits with a sign, so only the lower
 * 32 bits of a residue's lane count; vpmuldq reads no others.  Numbers that are no residues fill
 * their lanes.
 */
#pragma once

#include <immintrin.h>

#include "hex_sum.h"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 4, RADIX_BITS = 32, GROUP = 8, ROWS = 2, SHARED_BITS = 31 };

#define NARROW_END (UINT64_C(1) << 29)

typedef uint64_t element;
typedef __m256i vec;
typedef __m256i mask; /* all bits of a lane or none */

struct field {
  vec m, inverse; /* 1/m modulo R */
};

INLINE vec all(uint64_t x)
{
  return _mm256_set1_epi64x((long long)x);
}

INLINE vec load(const uint64_t *from)
{
  return _mm256_loadu_si256((const __m256i *)from);
}

INLINE void store(uint64_t *to, vec x)
{
  _mm256_storeu_si256((__m256i *)to, x);
}

INLINE mask lanes_below(int64_t n)
{
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_set_epi64x(3, 2, 1, 0));
}

INLINE vec load_numbers(uint64_t base, const uint32_t *offsets)
{
  __m128i narrow = _mm_loadu_si128((const __m128i *)offsets);
  return _mm256_add_epi64(all(base), _mm256_cvtepu32_epi64(narrow));
}

INLINE mask bit_of(vec x, unsigned bit)
{
  vec wanted = all(UINT64_C(1) << bit);
  return _mm256_cmpeq_epi64(_mm256_and_si256(x, wanted), wanted);
}

INLINE mask equal(vec a, vec b)
{
  return _mm256_cmpeq_epi64(a, b);
}

INLINE vec pick(mask which, vec yes, vec no)
{
  return _mm256_blendv_epi8(no, yes, which);
}

INLINE vec add(vec a, vec b)
{
  return _mm256_add_epi64(a, b);
}

INLINE vec subtract(const struct field *f, vec a, vec b)
{
  (void)f;
  return _mm256_sub_epi64(a, b);
}

INLINE vec wrap(const struct field *f, vec x)
{
  return _mm256_min_epu32(x, _mm256_sub_epi32(x, f->m));
}

/* Right in 5 bits, which each of Newton's steps doubles. */
INLINE struct field field_of(vec m)
{
  vec x = _mm256_xor_si256(_mm256_mul_epu32(m, all(3)), all(2));
  for (unsigned bits = 5; bits < 32; bits *= 2)
    x = _mm256_mul_epu32(x, _mm256_sub_epi64(all(2), _mm256_mul_epu32(m, x)));
  return (struct field){m, x};
}

/* t - q·m, a multiple of R. */
INLINE vec cleared(const struct field *f, vec t)
{
  vec q = _mm256_mul_epi32(t, f->inverse);
  return _mm256_sub_epi64(t, _mm256_mul_epi32(q, f->m));
}

INLINE vec times(const struct field *f, vec a, vec b)
{
  return _mm256_srli_epi64(cleared(f, _mm256_mul_epi32(a, b)), 32);
}

INLINE vec times_two(const struct field *f, vec a, vec b, vec c, vec d)
{
  vec t = _mm256_add_epi64(_mm256_mul_epi32(a, b), _mm256_mul_epi32(c, d));
  return _mm256_srli_epi64(cleared(f, t), 32);
}

/* The product by one gives x its sign. */
INLINE vec reduce(const struct field *f, vec x, vec word)
{
  vec t = _mm256_add_epi64(_mm256_mul_epi32(x, all(1)), word);
  return _mm256_srli_epi64(cleared(f, t), 32);
}

INLINE vec square(const struct field *f, vec x, unsigned bit)
{
  __m128i by = _mm_cvtsi32_si128((int)(32 - bit));
  return _mm256_srl_epi64(cleared(f, _mm256_mul_epi32(x, x)), by);
}

INLINE vec canonical(const struct field *f, vec x)
{
  return _mm256_min_epu32(x, _mm256_add_epi32(x, f->m));
}

/* 2^(32+h)/m stays below 2^54. */
INLINE unsigned start_most(uint64_t least, uint64_t most)
{
  (void)most;
  return 22 + 63 - (unsigned)__builtin_clzll(least);
}

/* 2^(32+h) - k·m for the nearest k that is a double, within m of zero: both conversions, of m and
 * of the rest, by the bits of a double near 2^52. */
INLINE vec start(const struct field *f, unsigned h)
{
  const __m256d shift = _mm256_set1_pd(0x1p52), middle = _mm256_set1_pd(0x1.8p52);
  __m256d m = _mm256_castsi256_pd(_mm256_or_si256(f->m, _mm256_castpd_si256(shift)));
  m = _mm256_sub_pd(m, shift);
  __m256d power = _mm256_castsi256_pd(all((uint64_t)(1023 + 32 + h) << 52));
  __m256d k = _mm256_round_pd(_mm256_div_pd(power, m), _MM_FROUND_TO_NEAREST_INT);
  return _mm256_castpd_si256(_mm256_add_pd(_mm256_fnmadd_pd(k, m, power), middle));
}

INLINE vec divide_exactly(const struct field *f, vec x, uint64_t c_inverse)
{
  vec rest = _mm256_sub_epi64(all(1), _mm256_mul_epu32(f->m, x));
  return _mm256_add_epi64(f->m, _mm256_mul_epu32(rest, all(c_inverse)));
}

INLINE vec line(const struct field *f, uint64_t n, uint64_t slope)
{
  return _mm256_add_epi64(all(n), _mm256_mul_epu32(f->m, all(slope)));
}

/* Sums of as many digits of 32 bits stay below 2^64. */
enum { SUM_DIGITS_MOST = 8, ADDITIONS_MOST = 1 << 30 };

struct sums {
  vec digit[SUM_DIGITS_MOST];
};

INLINE void collect(const struct field *f, unsigned digits, vec y, struct sums *sums)
{
  vec carry = _mm256_andnot_si256(_mm256_cmpeq_epi32(y, all(0)), all(1));
  for (unsigned i = 0; i < digits; i++) {
    vec digit = _mm256_sub_epi64(all(0), _mm256_mul_epu32(y, f->inverse));
    digit = _mm256_and_si256(digit, all(UINT32_MAX));
    sums->digit[i] = _mm256_add_epi64(sums->digit[i], digit);
    y = _mm256_add_epi64(_mm256_srli_epi64(_mm256_mul_epu32(digit, f->m), 32), carry);
  }
}

INLINE void flush(struct sums *sums, unsigned digits, unsigned words, uint64_t *into)
{
  for (unsigned i = 0; i < digits; i++) {
    uint64_t sum[LANES];
    store(sum, sums->digit[i]);
    for (unsigned l = 0; l < LANES; l++)
      hex_sum_add_at(words, sum[l], RADIX_BITS * i, into);
    sums->digit[i] = all(0);
  }
}
