/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_quasi_neon.c: the method quasi of mc, 8 points in a register, by mc_quasi.h.
 *
 * The estimate is s = ⌊u²/2^15⌋ + ⌊v²/2^15⌋ with u = ⌊x̂/2⌋ and v alike.  A point is a miss if s >=
 * 2^15, which makes it negative: then (x/2)² + (y/2)² >= u² + v² >= 2^30.  It is a hit if s <= 2^15
 * − 7: then u² + v² < 2^15·(s + 2) < 2^30, so u + v < √2·2^15; as x/2 < u + 3/2, (x/2)² + (y/2)² is
 * less than 2^15·(s + 2 + 3·√2) + 5 < 2^15·(s + 6.25) < 2^30.  A point that wraps has u = 2^15 − 1
 * and s at least 2^15 − 2.
 */

#include <arm_neon.h>

#include "mc_quasi.h"

enum { LANES = 8, DOUBT = (1 << 15) - 6 };

struct first {
  uint16x8_t x, y;
};

static inline struct first first_of(struct mc_quasi_place place)
{
  return (struct first){vdupq_n_u16(mc_quasi_top(place.x)), vdupq_n_u16(mc_quasi_top(place.y))};
}

static inline int16x8_t estimates(const struct mc_quasi_tables *tables, struct first first,
                                  unsigned j)
{
  uint16x8_t x = vaddq_u16(first.x, vld1q_u16(tables->x.step + j));
  uint16x8_t y = vaddq_u16(first.y, vld1q_u16(tables->y.step + j));
  int16x8_t u = vreinterpretq_s16_u16(vshrq_n_u16(x, 1));
  int16x8_t v = vreinterpretq_s16_u16(vshrq_n_u16(y, 1));
  return vaddq_s16(vqdmulhq_s16(u, u), vqdmulhq_s16(v, v));
}

/* Of the doubtful points of a group, which count as hits so far: those that are, less all. */
static __attribute__((noinline)) int late_hits(const struct mc_quasi_tables *tables,
                                               struct mc_quasi_place place)
{
  struct first first = first_of(place);
  int hits = 0;
  for (unsigned j = 0; j < MC_QUASI_GROUP; j += LANES) {
    int16_t estimate[LANES];
    vst1q_s16(estimate, estimates(tables, first, j));
    for (unsigned k = 0; k < LANES; k++)
      if (estimate[k] >= DOUBT)
        hits += (int)mc_quasi_late_hit(tables, place, j + k) - 1;
  }
  return hits;
}

static inline unsigned group_hits(const struct mc_quasi_tables *tables, struct mc_quasi_place place)
{
  struct first first = first_of(place);
  uint16x8_t misses[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
  int16x8_t most[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
#pragma GCC unroll 4
  for (unsigned r = 0; r < MC_QUASI_GROUP / LANES; r++) {
    int16x8_t estimate = estimates(tables, first, LANES * r);
    misses[r % 2] = vsraq_n_u16(misses[r % 2], vreinterpretq_u16_s16(estimate), 15);
    most[r % 2] = vmaxq_s16(most[r % 2], estimate);
  }
  unsigned hits = MC_QUASI_GROUP - vaddvq_u16(vaddq_u16(misses[0], misses[1]));
  if (__builtin_expect(vmaxvq_s16(vmaxq_s16(most[0], most[1])) >= DOUBT, 0))
    hits += (unsigned)late_hits(tables, place);
  return hits;
}

static void quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  mc_quasi_block(plan, block, points, tally, group_hits);
}

int mc_quasi_neon(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, quasi_block);
}
