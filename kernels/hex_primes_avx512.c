/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_avx512.c: hex-primes on AVX-512: primes below 2^29, and the sieve. */

#include "hex_primes_lanes_narrow_512.h"

#include "hex_primes_ladder.h"
#include "hex_primes_recurrence.h"
#include "hex_primes_strike.h"

static const struct hex_primes_arithmetic narrow = ARITHMETIC_BELOW(NARROW_END);

/* 64 numbers at a time: the places of the clear bits, side by side (VBMI2), then as offsets.  There
 * are hardly ever more than 32. */
static size_t sieve(struct hex_primes_sieve *sieve, size_t bits)
{
  size_t words = strike_class(sieve, bits) * (SIEVE_ROW / 8);
  const __m512i places = _mm512_set_epi8(
      63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41,
      40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18,
      17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i wheel = _mm512_set1_epi32((int)sieve->wheel);
  uint32_t *to = sieve->offsets;
  for (size_t word = 0; word < words; word++) {
    uint64_t clear;
    memcpy(&clear, sieve->bits + 8 * word, 8);
    clear = ~clear;
    __m512i bytes = _mm512_maskz_compress_epi8(clear, places);
    __m512i base = _mm512_set1_epi32((int)(64 * sieve->wheel * word));
    unsigned count = (unsigned)__builtin_popcountll(clear);
    __m512i offsets = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes));
    _mm512_storeu_si512(to, _mm512_add_epi32(base, _mm512_mullo_epi32(offsets, wheel)));
    offsets = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 1));
    _mm512_storeu_si512(to + 16, _mm512_add_epi32(base, _mm512_mullo_epi32(offsets, wheel)));
    if (__builtin_expect(count > 32, 0)) {
      offsets = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 2));
      _mm512_storeu_si512(to + 32, _mm512_add_epi32(base, _mm512_mullo_epi32(offsets, wheel)));
      offsets = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 3));
      _mm512_storeu_si512(to + 48, _mm512_add_epi32(base, _mm512_mullo_epi32(offsets, wheel)));
    }
    to += count;
  }
  return (size_t)(to - sieve->offsets);
}

static const struct hex_primes_arithmetic *const arithmetic[] = {
    &narrow, &hex_primes_arithmetic_wide_avx512, &hex_primes_arithmetic_scalar};

int hex_primes_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  static const struct hex_primes_level level = {arithmetic, sieve};
  return hex_primes_walk(&level, plan, units, ret_partial);
}
