/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_quasi_avx512.c: the method quasi of mc, 32 points in a register, by mc_quasi.h.
 *
 * Speed.  Zen 5 does 4 operations on registers of 512 bits in a cycle, 2 of them products, shifts
 * or saturated subtractions (measured).  32 points take 8, of which 4 are of that kind: 2
 * additions, 2 products, an average, a subtraction, a maximum and a shift; a group of 256 takes 2
 * more to spread its first point.  66 are at least 16.5 cycles, 0.0645 for a point.
 */

#include <immintrin.h>

#include "mc_quasi.h"

enum { LANES = 32, REGISTERS = MC_QUASI_GROUP / LANES };

/* ⌊first⌋ of both coordinates, in every word. */
struct first {
  __m512i x, y;
};

static inline struct first first_of(struct mc_quasi_place place)
{
  return (struct first){_mm512_set1_epi16((int16_t)mc_quasi_top(place.x)),
                        _mm512_set1_epi16((int16_t)mc_quasi_top(place.y))};
}

/* One less than the estimate of mc_quasi.h, but 0 for 0, for 32 points from j on.  Then misses and
 * no others are negative, and doubtful ones the largest of all. */
static inline __m512i estimates(const struct mc_quasi_tables *tables, struct first first,
                                unsigned j)
{
  __m512i x = _mm512_add_epi16(first.x, _mm512_load_si512(tables->x.step + j));
  __m512i y = _mm512_add_epi16(first.y, _mm512_load_si512(tables->y.step + j));
  __m512i estimate = _mm512_avg_epu16(_mm512_mulhi_epu16(x, x), _mm512_mulhi_epu16(y, y));
  return _mm512_subs_epu16(estimate, _mm512_set1_epi16(1));
}

static inline unsigned doubtful(__m512i estimates)
{
  return _mm512_cmpgt_epi16_mask(estimates, _mm512_set1_epi16(MC_QUASI_DOUBT - 2));
}

/* Of the doubtful points of a group, which count as hits so far: those that are, less all. */
static __attribute__((noinline)) int late_hits(const struct mc_quasi_tables *tables,
                                               struct mc_quasi_place place)
{
  struct first first = first_of(place);
  int hits = 0;
  for (unsigned j = 0; j < MC_QUASI_GROUP; j += LANES)
    for (unsigned doubt = doubtful(estimates(tables, first, j)); doubt; doubt &= doubt - 1)
      hits += (int)mc_quasi_late_hit(tables, place, j + (unsigned)__builtin_ctz(doubt)) - 1;
  return hits;
}

static inline unsigned ones(__m512i words)
{
  uint64_t memory[8];
  unsigned count = 0;
  _mm512_storeu_si512(memory, words);
#pragma GCC unroll 8
  for (unsigned i = 0; i < 8; i++)
    count += (unsigned)__builtin_popcountll(memory[i]);
  return count;
}

/* Signs are gathered in words, a bit for each register: no mask is needed, which would take a cycle
 * to get to where it is counted. */
static inline unsigned group_hits(const struct mc_quasi_tables *tables, struct mc_quasi_place place)
{
  struct first first = first_of(place);
  __m512i most = _mm512_setzero_si512(), misses = most;
#pragma GCC unroll 8
  for (unsigned r = 0; r < REGISTERS; r++) {
    __m512i estimate = estimates(tables, first, LANES * r);
    most = _mm512_max_epi16(most, estimate);
    misses = _mm512_shldi_epi16(misses, estimate, 1);
  }
  unsigned hits = MC_QUASI_GROUP - ones(misses);
  if (__builtin_expect(doubtful(most) != 0, 0))
    hits += (unsigned)late_hits(tables, place);
  return hits;
}

static void quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  mc_quasi_block(plan, block, points, tally, group_hits);
}

int mc_quasi_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, quasi_block);
}
