/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series_avx512.c: `lazy` with 64 chains, 8 in a vector, in digits of 50 bits.
 *
 * The chain of bbp_series_scalar.c in the 52 bits that IFMA multiplies.  d is shifted left into
 * (2^50, 2^51) and a with it, v = floor(2^102/d) < 2^52, and
 *
 *     q = floor(r·v / 2^52),   r' = 2^50·r - q·d,
 *
 * where 0 <= r' < (1 + r/2^52)·d: with r < 2d < 2^52 the next r is below 2d as well, and q below
 * 2^51.  r' needs its low 52 bits only, so q·(2^52 - d) is added instead; what stands above them no
 * multiplication sees.  Two multiplications, a shift and an addition a step, none of which is
 * waited for while there are 8 vectors.
 *
 * Each lane has digits of its own, which are added up at the end.  A sum of digits of a block is
 * below 4·2^51 = 2^53 on either side: 512 blocks and a carried digit stay below 2^63.
 *
 * Blocks whose denominators are not below 2^51, and the first, whose fractions have whole parts, go
 * by words of 64 bits; so does a last one that is not full.
 */

#include <assert.h>
#include <errno.h>
#include <immintrin.h>
#include <stdlib.h>

#include "bbp_series.h"

enum {
  DIGIT_BITS = 50,
  LANES = 8,
  VECTORS = 8,
  CHAINS = LANES * VECTORS,
  BLOCKS_PER_CARRY = 512,
  WHOLE_TERMS = 32, /* fractions of later ones are below 1 */
};

static_assert(BLOCKS_PER_CARRY * VECTORS / 2 * 2 + 1 <= 1 << (63 - DIGIT_BITS),
              "sums of digits stay below 2^63");

#define LIMIT (UINT64_C(1) << (DIGIT_BITS + 1))
#define MASK  ((INT64_C(1) << (DIGIT_BITS + 2)) - 1)

/* Even vectors are added, odd ones subtracted. */
struct chains {
  __m512i remainder[VECTORS], inverse[VECTORS], negative[VECTORS];
};

/* Lanes of one vector: fractions of 8 terms, and where their quotients begin. */
struct lanes {
  uint64_t numerator[LANES], denominator[LANES], shift[LANES];
};

static inline __m512i load(const void *at)
{
  return _mm512_loadu_si512(at);
}

/* Of each vector the lanes; terms of a vector all have the same sign: with alternating ones every
 * second term, the others in the other half. */
static void block_lanes(const struct bbp_series_plan *plan, uint64_t first, struct lanes *lanes)
{
  unsigned fractions = plan->formula->fractions, stride = plan->formula->alternates ? 2 : 1;
  for (unsigned v = 0; v < VECTORS; v += fractions)
    for (unsigned lane = 0; lane < LANES; lane++) {
      unsigned group = v / fractions;
      uint64_t k = first + (stride == 2 ? group + 2 * lane : LANES * group + lane);
      struct bbp_series_fractions f = bbp_series_fractions_at(plan->formula->alternates, k);
      for (unsigned j = 0; j < fractions; j++) {
        lanes[v + j].numerator[lane] = f.numerator[j];
        lanes[v + j].denominator[lane] = f.denominator[j];
        lanes[v + j].shift[lane] = bbp_series_shift(plan, k);
      }
    }
}

static inline void sum_add(int64_t *sums, uint64_t digit, unsigned vector, __mmask8 mask, __m512i q)
{
  __m512i sum = load(&sums[LANES * digit]);
  sum = vector % 2 ? _mm512_mask_sub_epi64(sum, mask, sum, q)
                   : _mm512_mask_add_epi64(sum, mask, sum, q);
  _mm512_storeu_si512(&sums[LANES * digit], sum);
}

/* Normalises d, a and finds v.  2^102/d, rounded towards 0 to 53 bits, has the floor that the
 * number itself has. */
static void chain_begin(struct chains *chains, unsigned v, const struct lanes *lanes)
{
  __m512i d = load(lanes->denominator), a = load(lanes->numerator);
  __m512d exponent = _mm512_getexp_pd(_mm512_cvtepu64_pd(d)); /* exact below 2^53 */
  __m512i shift = _mm512_sub_epi64(_mm512_set1_epi64(DIGIT_BITS), _mm512_cvtpd_epi64(exponent));
  d = _mm512_sllv_epi64(d, shift);
  __m512d inverse = _mm512_div_round_pd(_mm512_set1_pd(0x1p102), _mm512_cvtepu64_pd(d),
                                        _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  chains->remainder[v] = _mm512_sllv_epi64(a, shift);
  chains->inverse[v] = _mm512_cvttpd_epu64(inverse);
  chains->negative[v] = _mm512_sub_epi64(_mm512_set1_epi64(INT64_C(1) << (DIGIT_BITS + 2)), d);
}

/* The digits of a vector down to `last`; lanes begin where their quotients do, with fewer bits. */
static void chain_lead(struct chains *chains, unsigned v, const struct lanes *lanes, uint64_t last,
                       int64_t *sums)
{
  const __m512i full = _mm512_set1_epi64(DIGIT_BITS), mask = _mm512_set1_epi64(MASK);
  uint64_t digit_at[LANES], bits_at[LANES];
  for (unsigned lane = 0; lane < LANES; lane++) {
    digit_at[lane] = lanes->shift[lane] / DIGIT_BITS;
    bits_at[lane] = lanes->shift[lane] % DIGIT_BITS;
  }
  __m512i digits = load(digit_at), first_bits = load(bits_at), r = chains->remainder[v];
  for (uint64_t digit = digit_at[0]; digit + 1 > last; digit--) {
    __m512i at = _mm512_set1_epi64((int64_t)digit);
    __mmask8 begun = _mm512_cmpge_epu64_mask(digits, at);
    __m512i bits = _mm512_mask_mov_epi64(full, _mm512_cmpeq_epu64_mask(digits, at), first_bits);
    __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), r, chains->inverse[v]);
    q = _mm512_srlv_epi64(q, _mm512_sub_epi64(full, bits));
    __m512i next = _mm512_madd52lo_epu64(_mm512_sllv_epi64(r, bits), q, chains->negative[v]);
    r = _mm512_mask_and_epi64(r, begun, next, mask);
    sum_add(sums, digit, v, begun, q);
    if (digit == 0)
      break;
  }
  chains->remainder[v] = r;
}

/* The digits below `last` of all chains, and what the floors still lack. */
static void chains_run(struct chains *restrict chains, uint64_t last, int64_t *restrict sums)
{
  __m512i r[VECTORS];
  for (unsigned v = 0; v < VECTORS; v++)
    r[v] = chains->remainder[v];
  for (uint64_t digit = last; digit-- > 0;) {
    __m512i added = load(&sums[LANES * digit]), subtracted = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (unsigned v = 0; v < VECTORS; v++) {
      __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), r[v], chains->inverse[v]);
      r[v] = _mm512_madd52lo_epu64(_mm512_slli_epi64(r[v], DIGIT_BITS), q, chains->negative[v]);
      if (v % 2)
        subtracted = _mm512_add_epi64(subtracted, q);
      else
        added = _mm512_add_epi64(added, q);
    }
    _mm512_storeu_si512(&sums[LANES * digit], _mm512_sub_epi64(added, subtracted));
  }
  const __m512i mask = _mm512_set1_epi64(MASK), one = _mm512_set1_epi64(1);
  for (unsigned v = 0; v < VECTORS; v++) {
    __m512i d = _mm512_sub_epi64(_mm512_set1_epi64(MASK + 1), chains->negative[v]);
    sum_add(sums, 0, v, _mm512_cmpge_epu64_mask(_mm512_and_epi64(r[v], mask), d), one);
  }
}

static void block_run(const struct bbp_series_plan *plan, uint64_t first, unsigned terms,
                      int64_t *sums)
{
  struct lanes lanes[VECTORS];
  struct chains chains;
  uint64_t last = bbp_series_shift(plan, first + terms - 1) / DIGIT_BITS;
  block_lanes(plan, first, lanes);
  for (unsigned v = 0; v < VECTORS; v++) {
    chain_begin(&chains, v, &lanes[v]);
    chain_lead(&chains, v, &lanes[v], last, sums);
  }
  chains_run(&chains, last, sums);
}

/* Carries in every lane: leaves digits from 0 to 2^50 - 1, but for the last one. */
static void carry(int64_t *sums, uint64_t count)
{
  const __m512i mask = _mm512_set1_epi64((INT64_C(1) << DIGIT_BITS) - 1);
  __m512i carried = _mm512_setzero_si512();
  for (uint64_t i = 0; i < count; i++) {
    __m512i sum = _mm512_add_epi64(load(&sums[LANES * i]), carried);
    if (i + 1 < count) {
      carried = _mm512_srai_epi64(sum, DIGIT_BITS);
      sum = _mm512_and_epi64(sum, mask);
    }
    _mm512_storeu_si512(&sums[LANES * i], sum);
  }
}

/* partial += the sums of all lanes. */
static void finish(const struct bbp_series_plan *plan, int64_t *sums, uint64_t count,
                   struct partial *partial)
{
  carry(sums, count);
  for (uint64_t i = 0; i < count; i++)
    sums[i] = _mm512_reduce_add_epi64(load(&sums[LANES * i]));
  bbp_series_carry(DIGIT_BITS, sums, count);
  bbp_series_digits_add(plan, DIGIT_BITS, sums, count, partial);
}

/* The end of the terms, in whole blocks from `begin` on, whose denominators are small enough. */
static uint64_t vectors_end(const struct bbp_series_plan *plan, struct range terms,
                            unsigned block_terms)
{
  uint64_t count = (terms.end - terms.begin) / block_terms, low = 0;
  while (low < count) {
    uint64_t middle = low + (count - low + 1) / 2, k = terms.begin + middle * block_terms - 1;
    struct bbp_series_fractions f = bbp_series_fractions_at(plan->formula->alternates, k);
    bool fits = true;
    for (unsigned j = 0; j < plan->formula->fractions; j++)
      fits = fits && f.denominator[j] < LIMIT;
    if (fits)
      low = middle;
    else
      count = middle - 1;
  }
  return terms.begin + low * block_terms;
}

static int vectors_add(const struct bbp_series_plan *plan, struct range terms, unsigned block_terms,
                       struct partial *partial)
{
  if (terms.begin == terms.end)
    return 0;
  uint64_t count = bbp_series_shift(plan, terms.begin) / DIGIT_BITS + 2;
  int64_t *sums = aligned_alloc(64, LANES * count * sizeof *sums);
  unsigned blocks = 0;
  if (!sums)
    return -ENOMEM;
  for (uint64_t i = 0; i < count; i++)
    _mm512_storeu_si512(&sums[LANES * i], _mm512_setzero_si512());
  for (uint64_t k = terms.begin; k < terms.end; k += block_terms) {
    block_run(plan, k, block_terms, sums);
    if (++blocks % BLOCKS_PER_CARRY == 0)
      carry(sums, count);
  }
  finish(plan, sums, count, partial);
  free(sums);
  return 0;
}

int bbp_series_lazy_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, units);
  unsigned block_terms = CHAINS / p->formula->fractions;
  uint64_t begin = terms.begin < WHOLE_TERMS ? WHOLE_TERMS : terms.begin;
  if (begin > terms.end)
    begin = terms.end;
  uint64_t end = vectors_end(p, (struct range){begin, terms.end}, block_terms);
  int r = bbp_series_lazy_add(p, (struct range){terms.begin, begin}, ret_partial);
  if (r == 0)
    r = vectors_add(p, (struct range){begin, end}, block_terms, ret_partial);
  if (r == 0)
    r = bbp_series_lazy_add(p, (struct range){end, terms.end}, ret_partial);
  bbp_series_count(p, units, ret_partial);
  return r;
}
