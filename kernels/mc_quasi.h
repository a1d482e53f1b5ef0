/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_quasi.h: what the fast variants of mc's method quasi share.
 *
 * Points are decided by 16 bits of each coordinate, which registers hold many of, and the few that
 * these leave in doubt by all bits.  Points go in groups of 256, j = 0 ... 255.  Counted in 2^-16,
 * a coordinate of point j is that of the group's first point plus ⟨j·α⟩, modulo 2^16; and of both
 * only the whole part is taken: x̂ = ⌊first⌋ + table[j].  So with the exact coordinate x = (X +
 * ½)/2^16
 *
 *     x̂ <= x < x̂ + 2,  unless the point wraps: x̂ = 65535, and x may as well be less than 1.
 *
 * Points that wrap, one in 2^15, are found without looking at the others: no two entries of a table
 * are less than 64 apart (checked when it is made), so at most one j has table[j] = 65535 −
 * ⌊first⌋, and another table tells which.
 *
 * From x̂ and ŷ a variant computes some estimate of x² + y², and by it calls a point a miss, a hit
 * or doubtful.  It has to call a point that wraps a miss or doubtful.  Then the hits of a group are
 *
 *     those called hits + mc_quasi_late_hit() of all doubtful + mc_quasi_wrapped_hits().
 */
#pragma once

#include "mc.h"

#define MC_QUASI_START (UINT64_C(1) << 63)
#define MC_QUASI_X     UINT64_C(0xc13fa9a902a6328f)
#define MC_QUASI_Y     UINT64_C(0x91e10da5c79e7b1c)

enum { MC_QUASI_GROUP = 256, MC_QUASI_GAP_LOG = 6 };

/* Of one coordinate. */
struct mc_quasi_table {
  _Alignas(64) uint16_t step[MC_QUASI_GROUP]; /* ⌊j·α/2^48⌋ */
  uint8_t
      point[1 << (16 - MC_QUASI_GAP_LOG)]; /* the j whose step is in these 64, if there is one */
};

struct mc_quasi_tables {
  struct mc_quasi_table x, y;
};

/* To be freed; NULL if there is no memory. */
struct mc_quasi_tables *mc_quasi_tables_new(void);

/* Coordinates of a group's first point, in 2^-64. */
struct mc_quasi_place {
  uint64_t x, y;
};

static inline struct mc_quasi_place mc_quasi_place_of(uint64_t i)
{
  return (struct mc_quasi_place){MC_QUASI_START + i * MC_QUASI_X, MC_QUASI_START + i * MC_QUASI_Y};
}

/* What the whole parts of a group's coordinates are made of. */
static inline uint16_t mc_quasi_top(uint64_t coordinate)
{
  return coordinate >> 48;
}

/* Whether point j of the group at a place is a hit, by all bits. */
static inline unsigned mc_quasi_is_hit(struct mc_quasi_place place, unsigned j)
{
  uint64_t x = (place.x + j * MC_QUASI_X) >> 32, y = (place.y + j * MC_QUASI_Y) >> 32;
  return (unsigned)mc_is_miss(x, y) ^ 1;
}

static inline bool mc_quasi_wraps(const struct mc_quasi_table *table, uint64_t first, unsigned j)
{
  return (uint16_t)(mc_quasi_top(first) + table->step[j]) == UINT16_MAX;
}

/* Whether a doubtful point is a hit that is not counted among those that wrap. */
static inline unsigned mc_quasi_late_hit(const struct mc_quasi_tables *tables,
                                         struct mc_quasi_place place, unsigned j)
{
  if (mc_quasi_wraps(&tables->x, place.x, j) || mc_quasi_wraps(&tables->y, place.y, j))
    return 0;
  return mc_quasi_is_hit(place, j);
}

/* The only point of a group that can wrap in a coordinate. */
static inline unsigned mc_quasi_suspect(const struct mc_quasi_table *table, uint64_t first)
{
  return table->point[(uint16_t)~mc_quasi_top(first) >> MC_QUASI_GAP_LOG];
}

/* Hits among the points of a group that wrap, at most one in each coordinate. */
static inline unsigned mc_quasi_wrapped_hits(const struct mc_quasi_tables *tables,
                                             struct mc_quasi_place place)
{
  unsigned in_x = mc_quasi_suspect(&tables->x, place.x);
  unsigned in_y = mc_quasi_suspect(&tables->y, place.y), hits = 0;
  if (__builtin_expect(mc_quasi_wraps(&tables->x, place.x, in_x), 0))
    hits += mc_quasi_is_hit(place, in_x);
  if (__builtin_expect(mc_quasi_wraps(&tables->y, place.y, in_y), 0)
      && !mc_quasi_wraps(&tables->x, place.x, in_y))
    hits += mc_quasi_is_hit(place, in_y);
  return hits;
}

/* Hits of a group but those that wrap. */
typedef unsigned mc_quasi_group_hits(const struct mc_quasi_tables *tables,
                                     struct mc_quasi_place place);

/* The frame of every fast variant. */
static inline void mc_quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                                  struct mc_tally *tally, mc_quasi_group_hits *group_hits)
{
  struct mc_quasi_place place = mc_quasi_place_of(block << MC_BLOCK_LOG);
  uint64_t hits = 0;
  unsigned rest = points;
  for (; rest >= MC_QUASI_GROUP; rest -= MC_QUASI_GROUP) {
    hits += group_hits(plan->tables, place) + mc_quasi_wrapped_hits(plan->tables, place);
    place.x += MC_QUASI_GROUP * MC_QUASI_X;
    place.y += MC_QUASI_GROUP * MC_QUASI_Y;
  }
  for (unsigned j = 0; j < rest; j++)
    hits += mc_quasi_is_hit(place, j);
  tally->hits += hits;
}

/*
 * The estimate of variants that can average: with s = ⌊x̂²/2^16⌋ + ⌊ŷ²/2^16⌋, it is ⌊(s + 1)/2⌋.
 *
 * - s >= 2^16: a miss, for x² + y² >= x̂² + ŷ² >= 2^32.
 *
 * - s <= 65528: a hit.  x̂² + ŷ² < 2^16·(s + 2) <= 2^32, so x̂ + ŷ < √2·2^16, and
 *   x² + y² < x̂² + ŷ² + 4·(x̂ + ŷ) + 8 < 2^16·(s + 2 + 4·√2) + 8 < 2^16·(s + 7.66) < 2^32.
 *
 * So it is a hit if the estimate is below 32765, and a miss if it is above 32768.  A point that
 * wraps has s >= ⌊65535²/2^16⌋ = 65534, and an estimate of 32767 at least.
 */
enum { MC_QUASI_DOUBT = 32765 };
