/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_neon.c: the sum with 2 chains in a register, some 14 registers at a time.  Moduli below
 * 2^29 have two registers' residues in the halves of one; others are in doubles.
 */

#include <arm_neon.h>

#include "bbp_hex.h"

enum { LANES = 2 };

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef double reals __attribute__((vector_size(8 * LANES)));
typedef uint32_t halves __attribute__((vector_size(8 * LANES)));

#include "bbp_hex_lanes.h"

INLINE reals reals_round(reals x)
{
  return (reals)vrndnq_f64((float64x2_t)x);
}

INLINE reals reals_remainder(reals a, reals b, reals q)
{
  return (reals)vfmsq_f64((float64x2_t)a, (float64x2_t)b, (float64x2_t)q);
}

INLINE lanes product(lanes a, lanes b)
{
  return (lanes)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
}

INLINE lanes product_signed(lanes a, lanes b)
{
  return (lanes)vmull_s32(vmovn_s64((int64x2_t)a), vmovn_s64((int64x2_t)b));
}

INLINE lanes min_halves(lanes a, lanes b)
{
  return (lanes)vminq_u32((uint32x4_t)a, (uint32x4_t)b);
}

INLINE lanes low_halves(lanes low, lanes high)
{
  return (lanes)vtrn1q_u32((uint32x4_t)low, (uint32x4_t)high);
}

INLINE lanes high_halves(lanes low, lanes high)
{
  return (lanes)vtrn2q_u32((uint32x4_t)low, (uint32x4_t)high);
}

/* --- The narrow path's ladder --- */

/* All residues of a pair stay in the halves of power[0], in the order of low_halves(): products
 * take the lower and the upper two of four halves, and vuzp puts their halves in order again. */
#define NARROW_PACKS

INLINE lanes narrow_doubling(lanes target, unsigned bit)
{
  return target >> bit & 1;
}

/* inverse[1] holds the moduli of both registers in its halves. */
INLINE void narrow_prepare(struct pair *pair, lanes power[2])
{
  pair->inverse[0] = inverse_halves(low_halves(pair->modulus[0], pair->modulus[1]));
  pair->inverse[1] = low_halves(pair->modulus[0], pair->modulus[1]);
  power[0] = low_halves(power[0], power[1]);
}

INLINE void narrow_square(const struct pair *pair, lanes power[2], const lanes doublings[2])
{
  int32x4_t x = (int32x4_t)power[0], m = (int32x4_t)pair->inverse[1];
  int64x2_t low = vmull_s32(vget_low_s32(x), vget_low_s32(x)), high = vmull_high_s32(x, x);
  int32x4_t q = vmulq_s32(vuzp1q_s32((int32x4_t)low, (int32x4_t)high), (int32x4_t)pair->inverse[0]);
  low = vmlal_s32(low, vget_low_s32(q), vget_low_s32(m));
  high = vmlal_high_s32(high, q, m);
  power[0] = (lanes)vshlq_s32(vuzp2q_s32((int32x4_t)low, (int32x4_t)high),
                              (int32x4_t)low_halves(doublings[0], doublings[1]));
}

INLINE void narrow_gather(lanes power[2])
{
  power[0] = low_halves(power[0], power[1]);
}

INLINE void narrow_multiply(const struct pair *pair, const lanes a[2], const lanes b[2],
                            lanes ret[2])
{
  int32x4_t x = (int32x4_t)a[0], y = (int32x4_t)b[0], m = (int32x4_t)pair->inverse[1];
  int64x2_t low = vmull_s32(vget_low_s32(x), vget_low_s32(y)), high = vmull_high_s32(x, y);
  int32x4_t q = vmulq_s32(vuzp1q_s32((int32x4_t)low, (int32x4_t)high), (int32x4_t)pair->inverse[0]);
  low = vmlal_s32(low, vget_low_s32(q), vget_low_s32(m));
  high = vmlal_high_s32(high, q, m);
  ret[0] = ret[1] = (lanes)vuzp2q_s32((int32x4_t)low, (int32x4_t)high);
}

INLINE void narrow_pack(lanes power[2])
{
  (void)power;
}

#include "bbp_hex_doubles.h"
#include "bbp_hex_narrow.h"
#include "bbp_hex_run.h"

int bbp_hex_neon(const void *plan, struct range units, struct partial *ret_partial)
{
  return run(plan, units, ret_partial);
}
