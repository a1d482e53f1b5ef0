/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_quasi_avx2.c: the method quasi of mc, 16 points in a register, by mc_quasi.h.
 *
 * Speed.  32 points take 16 vector operations (4 additions, 4 products, 2 averages, 2 subtractions,
 * 2 maxima, a pack, a mask), a group of 256 also 2 to spread its first point.  Zen 5 does 4 in a
 * cycle: at least 32.5 for a group, 0.127 for a point.
 */

#include <immintrin.h>

#include "mc_quasi.h"

enum { LANES = 16 };

struct first {
  __m256i x, y;
};

static inline struct first first_of(struct mc_quasi_place place)
{
  return (struct first){_mm256_set1_epi16((int16_t)mc_quasi_top(place.x)),
                        _mm256_set1_epi16((int16_t)mc_quasi_top(place.y))};
}

static inline __m256i load(const void *words)
{
  return _mm256_load_si256(words);
}

/* One less than the estimate of mc_quasi.h, but 0 for 0, for 16 points from j on.  Then misses and
 * no others are negative, and doubtful ones the largest of all. */
static inline __m256i estimates(const struct mc_quasi_tables *tables, struct first first,
                                unsigned j)
{
  __m256i x = _mm256_add_epi16(first.x, load(tables->x.step + j));
  __m256i y = _mm256_add_epi16(first.y, load(tables->y.step + j));
  __m256i estimate = _mm256_avg_epu16(_mm256_mulhi_epu16(x, x), _mm256_mulhi_epu16(y, y));
  return _mm256_subs_epu16(estimate, _mm256_set1_epi16(1));
}

/* Two bits for each doubtful word. */
static inline unsigned doubtful(__m256i estimates)
{
  __m256i surely = _mm256_set1_epi16(MC_QUASI_DOUBT - 2);
  return (unsigned)_mm256_movemask_epi8(_mm256_cmpgt_epi16(estimates, surely));
}

/* All doubtful points of a group, of which those called hits are not to be counted twice: hits
 * among them less all of them. */
static __attribute__((noinline)) int late_hits(const struct mc_quasi_tables *tables,
                                               struct mc_quasi_place place)
{
  struct first first = first_of(place);
  int hits = 0;
  for (unsigned j = 0; j < MC_QUASI_GROUP; j += LANES)
    for (unsigned doubt = doubtful(estimates(tables, first, j)); doubt; doubt &= doubt - 1) {
      hits += (int)mc_quasi_late_hit(tables, place, j + (unsigned)__builtin_ctz(doubt) / 2) - 1;
      doubt &= doubt - 1;
    }
  return hits;
}

static inline unsigned group_hits(const struct mc_quasi_tables *tables, struct mc_quasi_place place)
{
  struct first first = first_of(place);
  __m256i most = _mm256_setzero_si256();
  unsigned misses = 0;
#pragma GCC unroll 8
  for (unsigned j = 0; j < MC_QUASI_GROUP; j += 2 * LANES) {
    __m256i a = estimates(tables, first, j), b = estimates(tables, first, j + LANES);
    most = _mm256_max_epi16(most, _mm256_max_epi16(a, b));
    misses +=
        (unsigned)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_packs_epi16(a, b)));
  }
  unsigned hits = MC_QUASI_GROUP - misses;
  if (__builtin_expect(doubtful(most) != 0, 0))
    hits += (unsigned)late_hits(tables, place);
  return hits;
}

static void quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  mc_quasi_block(plan, block, points, tally, group_hits);
}

int mc_quasi_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, quasi_block);
}
