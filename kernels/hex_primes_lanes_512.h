/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_lanes_512.h: what the two arithmetics on AVX-512 have in common.  LANES and the rest
 * are explained in hex_primes_lanes_scalar.h. */
#pragma once

#include <immintrin.h>

#include "hex_sum.h"

#define INLINE static inline __attribute__((always_inline))

typedef uint64_t element;
typedef __m512i vec;
typedef __mmask8 mask;

struct field {
  vec m, inverse; /* 1/m modulo R */
};

INLINE vec all(uint64_t x)
{
  return _mm512_set1_epi64((long long)x);
}

INLINE vec load(const uint64_t *from)
{
  return _mm512_loadu_si512(from);
}

INLINE void store(uint64_t *to, vec x)
{
  _mm512_storeu_si512(to, x);
}

INLINE mask lanes_below(int64_t n)
{
  return (mask)(n <= 0 ? 0 : n >= 8 ? 0xff : (1 << n) - 1);
}

INLINE vec load_numbers(uint64_t base, const uint32_t *offsets)
{
  __m256i narrow = _mm256_loadu_si256((const __m256i *)offsets);
  return _mm512_add_epi64(all(base), _mm512_cvtepu32_epi64(narrow));
}

INLINE mask bit_of(vec x, unsigned bit)
{
  return _mm512_test_epi64_mask(x, all(UINT64_C(1) << bit));
}

INLINE mask equal(vec a, vec b)
{
  return _mm512_cmpeq_epi64_mask(a, b);
}

INLINE vec pick(mask which, vec yes, vec no)
{
  return _mm512_mask_blend_epi64(which, no, yes);
}

INLINE vec add(vec a, vec b)
{
  return _mm512_add_epi64(a, b);
}

INLINE vec wrap(const struct field *f, vec x)
{
  return _mm512_min_epu64(x, _mm512_sub_epi64(x, f->m));
}

/* 2^exponent - k·m for the nearest k, or the one beside it where 2^exponent/m is close to 2^51: all
 * that is rounded is 1/m, by 2^-52 of it at most, and k. */
INLINE vec power_rest(vec m, unsigned exponent)
{
  __m512d divisor = _mm512_cvtepi64_pd(m), one = _mm512_set1_pd(1);
  __m512d power = _mm512_castsi512_pd(all((uint64_t)(1023 + exponent) << 52));
  __m512d inverse = _mm512_rcp14_pd(divisor);
  for (unsigned step = 0; step < 2; step++)
    inverse = _mm512_fmadd_pd(inverse, _mm512_fnmadd_pd(divisor, inverse, one), inverse);
  __m512d k = _mm512_roundscale_pd(_mm512_mul_pd(power, inverse), _MM_FROUND_TO_NEAREST_INT);
  return _mm512_cvtpd_epi64(_mm512_fnmadd_pd(k, divisor, power));
}

/* Digits in base R, added up apart so that no carry runs through them until the end. */
enum { SUM_DIGITS_MOST = 8 };

struct sums {
  vec digit[SUM_DIGITS_MOST];
};

INLINE void flush_digits(struct sums *sums, unsigned radix_bits, unsigned digits, unsigned words,
                         uint64_t *into)
{
  for (unsigned i = 0; i < digits; i++) {
    uint64_t lane[8];
    _mm512_storeu_si512(lane, sums->digit[i]);
    for (unsigned l = 0; l < 8; l++)
      hex_sum_add_at(words, lane[l], radix_bits * i, into);
    sums->digit[i] = all(0);
  }
}
