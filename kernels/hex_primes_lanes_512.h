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

/* 2^exponent - k·m for the nearest k that is a double: for a quotient below 2^54 that is within m
 * of zero.  A division of its own unit, beside which the multipliers go on. */
INLINE vec power_rest(vec m, unsigned exponent)
{
  __m512d divisor = _mm512_cvtepi64_pd(m);
  __m512d power = _mm512_castsi512_pd(all((uint64_t)(1023 + exponent) << 52));
  __m512d k = _mm512_div_pd(power, divisor);
  k = _mm512_roundscale_pd(k, _MM_FROUND_TO_NEAREST_INT);
  return _mm512_cvtpd_epi64(_mm512_fnmadd_pd(k, divisor, power));
}

/* 1/m modulo 2^8. */
INLINE vec inverse_of_byte(vec m)
{
  static const uint8_t inverse[128] __attribute__((aligned(64))) = {
      1,   171, 205, 183, 57,  163, 197, 239, 241, 27,  61,  167, 41,  19,  53,  223, 225, 139, 173,
      151, 25,  131, 165, 207, 209, 251, 29,  135, 9,   243, 21,  191, 193, 107, 141, 119, 249, 99,
      133, 175, 177, 219, 253, 103, 233, 211, 245, 159, 161, 75,  109, 87,  217, 67,  101, 143, 145,
      187, 221, 71,  201, 179, 213, 127, 129, 43,  77,  55,  185, 35,  69,  111, 113, 155, 189, 39,
      169, 147, 181, 95,  97,  11,  45,  23,  153, 3,   37,  79,  81,  123, 157, 7,   137, 115, 149,
      63,  65,  235, 13,  247, 121, 227, 5,   47,  49,  91,  125, 231, 105, 83,  117, 31,  33,  203,
      237, 215, 89,  195, 229, 15,  17,  59,  93,  199, 73,  51,  85,  255,
  };
  const __mmask64 low_bytes = UINT64_C(0x0101010101010101);
  __m512i lower = _mm512_load_si512(inverse), upper = _mm512_load_si512(inverse + 64);
  return _mm512_maskz_permutex2var_epi8(low_bytes, lower, _mm512_srli_epi64(m, 1), upper);
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
    uint64_t sum[8];
    _mm512_storeu_si512(sum, sums->digit[i]);
    for (unsigned l = 0; l < 8; l++)
      hex_sum_add_at(words, sum[l], radix_bits * i, into);
    sums->digit[i] = all(0);
  }
}
