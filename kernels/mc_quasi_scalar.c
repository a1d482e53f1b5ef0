/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mc_quasi_scalar.c: the method quasi of mc by mc_quasi.h, in loops over words of 16 bits that
 * compilers turn into whatever vectors the baseline of the machine has. */

#include "mc_quasi.h"

/*
 * An estimate of half of x² + y² in 2^-16: ⌊⌊x̂²/2^16⌋/2⌋ + ⌊⌊ŷ²/2^16⌋/2⌋.  With the s of mc_quasi.h
 * it is at most s/2 and at least s/2 − 1.  So from 2^15 on s >= 2^16, a miss, and below 32764 s <=
 * 65528, a hit.  A point that wraps has 32767 at least.
 */
enum { DOUBT = 32764, MISS = 32768 };

static inline uint16_t half_square(uint16_t coordinate)
{
  return (uint16_t)((uint32_t)coordinate * coordinate >> 16) >> 1;
}

static inline uint16_t estimate(const struct mc_quasi_tables *tables, struct mc_quasi_place place,
                                unsigned j)
{
  uint16_t x = mc_quasi_top(place.x) + tables->x.step[j];
  uint16_t y = mc_quasi_top(place.y) + tables->y.step[j];
  return half_square(x) + half_square(y);
}

/* Of the doubtful points of a group, which count as hits so far: those that are, less all. */
static int late_hits(const struct mc_quasi_tables *tables, struct mc_quasi_place place)
{
  int hits = 0;
  for (unsigned j = 0; j < MC_QUASI_GROUP; j++) {
    uint16_t e = estimate(tables, place, j);
    if (e >= DOUBT && e < MISS)
      hits += (int)mc_quasi_late_hit(tables, place, j) - 1;
  }
  return hits;
}

static unsigned group_hits(const struct mc_quasi_tables *tables, struct mc_quasi_place place)
{
  uint16_t misses = 0;
  int16_t most = 0;
  for (unsigned j = 0; j < MC_QUASI_GROUP; j++) {
    uint16_t e = estimate(tables, place, j);
    misses += e >> 15;
    most = (int16_t)e > most ? (int16_t)e : most;
  }
  unsigned hits = MC_QUASI_GROUP - misses;
  if (most >= DOUBT)
    hits += (unsigned)late_hits(tables, place);
  return hits;
}

static void quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  mc_quasi_block(plan, block, points, tally, group_hits);
}

int mc_quasi_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, quasi_block);
}
