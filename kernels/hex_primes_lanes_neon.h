/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_lanes_neon.h: four moduli below 2^29 on NEON: the arithmetic of
 * hex_primes_lanes_narrow_512.h, with residues side by side in lanes of 32 bits.  Products take the
 * lower and the upper two of four lanes, and vuzp puts their halves in order again.
 */
#pragma once

#include <arm_neon.h>

#include "hex_sum.h"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 4, RADIX_BITS = 32, GROUP = 8, ROWS = 2, SHARED_BITS = 31 };

#define NARROW_END (UINT64_C(1) << 29)

typedef uint32_t element;
typedef int32x4_t vec;
typedef uint32x4_t mask; /* all bits of a lane or none */

struct field {
  vec m, inverse; /* 1/m modulo R */
};

/* The lower 32 bits. */
INLINE vec all(uint64_t x)
{
  return vreinterpretq_s32_u32(vdupq_n_u32((uint32_t)x));
}

INLINE vec low_halves(int64x2_t low, int64x2_t high)
{
  return vuzp1q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
}

INLINE vec high_halves(int64x2_t low, int64x2_t high)
{
  return vuzp2q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
}

INLINE vec load(const uint64_t *from)
{
  return low_halves(vreinterpretq_s64_u64(vld1q_u64(from)),
                    vreinterpretq_s64_u64(vld1q_u64(from + 2)));
}

INLINE void store(uint64_t *to, vec x)
{
  uint32x4_t bits = vreinterpretq_u32_s32(x);
  vst1q_u64(to, vmovl_u32(vget_low_u32(bits)));
  vst1q_u64(to + 2, vmovl_high_u32(bits));
}

INLINE mask lanes_below(int64_t n)
{
  const int32_t places[LANES] = {0, 1, 2, 3};
  return vcltq_s32(vld1q_s32(places), vdupq_n_s32((int32_t)n));
}

INLINE vec load_numbers(uint64_t base, const uint32_t *offsets)
{
  return vaddq_s32(all(base), vreinterpretq_s32_u32(vld1q_u32(offsets)));
}

INLINE mask bit_of(vec x, unsigned bit)
{
  return vtstq_s32(x, all(UINT64_C(1) << bit));
}

INLINE mask equal(vec a, vec b)
{
  return vceqq_s32(a, b);
}

INLINE vec pick(mask which, vec yes, vec no)
{
  return vbslq_s32(which, yes, no);
}

INLINE vec add(vec a, vec b)
{
  return vaddq_s32(a, b);
}

INLINE vec subtract(const struct field *f, vec a, vec b)
{
  (void)f;
  return vsubq_s32(a, b);
}

/* The lesser of both, as numbers without a sign. */
INLINE vec least(vec a, vec b)
{
  return vreinterpretq_s32_u32(vminq_u32(vreinterpretq_u32_s32(a), vreinterpretq_u32_s32(b)));
}

INLINE vec wrap(const struct field *f, vec x)
{
  return least(x, vsubq_s32(x, f->m));
}

/* Right in 5 bits, which each of Newton's steps doubles. */
INLINE struct field field_of(vec m)
{
  vec x = veorq_s32(vmulq_n_s32(m, 3), all(2));
  for (unsigned bits = 5; bits < 32; bits *= 2)
    x = vmulq_s32(x, vmlsq_s32(all(2), m, x));
  return (struct field){m, x};
}

/* (t - q·m)/R of the four t. */
INLINE vec divided(const struct field *f, int64x2_t low, int64x2_t high)
{
  vec q = vmulq_s32(low_halves(low, high), f->inverse);
  low = vmlsl_s32(low, vget_low_s32(q), vget_low_s32(f->m));
  high = vmlsl_high_s32(high, q, f->m);
  return high_halves(low, high);
}

INLINE vec times(const struct field *f, vec a, vec b)
{
  return divided(f, vmull_s32(vget_low_s32(a), vget_low_s32(b)), vmull_high_s32(a, b));
}

INLINE vec times_two(const struct field *f, vec a, vec b, vec c, vec d)
{
  int64x2_t low = vmull_s32(vget_low_s32(a), vget_low_s32(b)), high = vmull_high_s32(a, b);
  low = vmlal_s32(low, vget_low_s32(c), vget_low_s32(d));
  return divided(f, low, vmlal_high_s32(high, c, d));
}

/* The word has no sign. */
INLINE vec reduce(const struct field *f, vec x, vec word)
{
  uint32x4_t bits = vreinterpretq_u32_s32(word);
  int64x2_t low = vreinterpretq_s64_u64(vmovl_u32(vget_low_u32(bits)));
  int64x2_t high = vreinterpretq_s64_u64(vmovl_high_u32(bits));
  return divided(f, vaddw_s32(low, vget_low_s32(x)), vaddw_high_s32(high, x));
}

INLINE vec square(const struct field *f, vec x, unsigned bit)
{
  return vshlq_s32(times(f, x, x), vdupq_n_s32((int32_t)bit));
}

INLINE vec canonical(const struct field *f, vec x)
{
  return least(x, vaddq_s32(x, f->m));
}

/* 2^(32+h)/m stays below 2^54. */
INLINE unsigned start_most(uint64_t least, uint64_t most)
{
  (void)most;
  return 22 + 63 - (unsigned)__builtin_clzll(least);
}

/* power - k·m for the nearest k that is a double, within m of zero. */
INLINE int64x2_t power_rest(float64x2_t power, int32x2_t modulus)
{
  float64x2_t m = vcvtq_f64_s64(vmovl_s32(modulus));
  float64x2_t k = vrndnq_f64(vdivq_f64(power, m));
  return vcvtq_s64_f64(vfmsq_f64(power, k, m));
}

INLINE vec start(const struct field *f, unsigned h)
{
  float64x2_t power = vreinterpretq_f64_u64(vdupq_n_u64((uint64_t)(1023 + 32 + h) << 52));
  return low_halves(power_rest(power, vget_low_s32(f->m)), power_rest(power, vget_high_s32(f->m)));
}

INLINE vec divide_exactly(const struct field *f, vec x, uint64_t c_inverse)
{
  return vmlaq_s32(f->m, vmlsq_s32(all(1), f->m, x), all(c_inverse));
}

INLINE vec line(const struct field *f, uint64_t n, uint64_t slope)
{
  return vmlaq_s32(all(n), f->m, all(slope));
}

/* Sums of as many digits of 32 bits stay below 2^64. */
enum { SUM_DIGITS_MOST = 8, ADDITIONS_MOST = 1 << 30 };

struct sums {
  uint64x2_t digit[SUM_DIGITS_MOST][2];
};

INLINE void collect(const struct field *f, unsigned digits, vec y, struct sums *sums)
{
  uint32x4_t m = vreinterpretq_u32_s32(f->m), rest = vreinterpretq_u32_s32(y);
  uint32x4_t carry = vminq_u32(rest, vdupq_n_u32(1));
  uint32x4_t minus = vreinterpretq_u32_s32(vnegq_s32(f->inverse));
  for (unsigned i = 0; i < digits; i++) {
    uint32x4_t digit = vmulq_u32(rest, minus);
    sums->digit[i][0] = vaddw_u32(sums->digit[i][0], vget_low_u32(digit));
    sums->digit[i][1] = vaddw_high_u32(sums->digit[i][1], digit);
    uint64x2_t low = vmull_u32(vget_low_u32(digit), vget_low_u32(m));
    uint64x2_t high = vmull_high_u32(digit, m);
    rest = vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high));
    rest = vaddq_u32(rest, carry);
  }
}

INLINE void flush(struct sums *sums, unsigned digits, unsigned words, uint64_t *into)
{
  for (unsigned i = 0; i < digits; i++)
    for (unsigned half = 0; half < 2; half++) {
      for (unsigned l = 0; l < 2; l++)
        hex_sum_add_at(words, sums->digit[i][half][l], RADIX_BITS * i, into);
      sums->digit[i][half] = vdupq_n_u64(0);
    }
}
