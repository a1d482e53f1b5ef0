/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_avx512.c: the sum with 8 chains in a register, some 14 registers at a time: moduli below
 * 2^29 in 32 bits, others in 52 (IFMA).
 *
 * Speed.  Zen 5 begins 2 products of registers of 512 bits in a cycle; shifts (but not rotations)
 * and sums have other pipes.  A squaring takes 3 products on the narrow path and 4 on the wide one:
 * for 8 chains at least 1.5 and 2 cycles.  The ladder alone was measured to take 1.58 on the narrow
 * one.  With 1 product of halves (vpmulld) for two registers instead of 2 it would be 5 products
 * for 16 chains, but the shuffles between made it 1.73.  Beside its ladder a register takes some 15
 * cycles more.
 */

#include <immintrin.h>

#include "bbp_hex.h"

enum { LANES = 8 };

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef double reals __attribute__((vector_size(8 * LANES)));
typedef uint32_t halves __attribute__((vector_size(8 * LANES)));

#define WIDE_TRAITS                                                                                \
  {                                                                                                \
    .radix_bits = 52, .digit_bits = 52, .limit_bits = 48, .flush_after = 4096,                     \
    .residue = MAGNITUDE                                                                           \
  }

#include "bbp_hex_lanes.h"
#include "bbp_hex_narrow.h"

INLINE reals reals_round(reals x)
{
  return (reals)_mm512_roundscale_pd((__m512d)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE reals reals_remainder(reals a, reals b, reals q)
{
  return (reals)_mm512_fnmadd_pd((__m512d)b, (__m512d)q, (__m512d)a);
}

INLINE lanes product_signed(lanes a, lanes b)
{
  return (lanes)_mm512_mul_epi32((__m512i)a, (__m512i)b);
}

INLINE lanes product(lanes a, lanes b)
{
  return (lanes)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

INLINE lanes min_halves(lanes a, lanes b)
{
  return (lanes)_mm512_min_epu32((__m512i)a, (__m512i)b);
}

INLINE lanes low_halves(lanes low, lanes high)
{
  return (lanes)_mm512_mask_shuffle_epi32((__m512i)low, 0xaaaa, (__m512i)high, _MM_PERM_CCAA);
}

INLINE lanes high_halves(lanes low, lanes high)
{
  return (lanes)_mm512_mask_shuffle_epi32((__m512i)high, 0x5555, (__m512i)low, _MM_PERM_DDBB);
}

INLINE lanes low52(lanes a, lanes b, lanes c)
{
  return (lanes)_mm512_madd52lo_epu64((__m512i)a, (__m512i)b, (__m512i)c);
}

INLINE lanes high52(lanes a, lanes b, lanes c)
{
  return (lanes)_mm512_madd52hi_epu64((__m512i)a, (__m512i)b, (__m512i)c);
}

INLINE lanes min_lanes(lanes a, lanes b)
{
  return (lanes)_mm512_min_epu64((__m512i)a, (__m512i)b);
}

/*
 * The wide path: R = 2^52.  A residue is 0 < x < 4m, and m < 2^48.  With q = x²/m modulo R the low
 * halves of x² and q·m are equal, and their high halves make x²/R ≡ high(x²) - high(q·m) + m.  That
 * is in (0, 2m), as x²/R < 16m²/2^52 <= m.
 */

INLINE lanes wide_doubling(lanes target, unsigned bit)
{
  return target >> bit & 1;
}

/* 32 bits of 1/m are right after inverse_halves(), and all 52 after one more of Newton's steps. */
INLINE void wide_prepare(struct pair *pair, lanes power[2])
{
  (void)power;
  lanes half = inverse_halves(low_halves(pair->modulus[0], pair->modulus[1]));
  const lanes x[] = {half & UINT32_MAX, half >> 32};
  for (unsigned i = 0; i < 2; i++) {
    lanes error = low52(lanes_all(2), x[i], pair->modulus[i]); /* x is -1/m: 2 - m·(-x) */
    pair->inverse[i] = 0 - low52((lanes){0}, x[i], error);
  }
}

INLINE void wide_square(const struct pair *pair, lanes power[2], const lanes doublings[2])
{
  const lanes zero = {0};
  for (unsigned i = 0; i < 2; i++) {
    lanes m = pair->modulus[i], x = power[i];
    lanes q = low52(zero, low52(zero, x, x), pair->inverse[i]);
    power[i] = (high52(m, x, x) - high52(zero, q, m)) << doublings[i];
  }
}

INLINE void wide_reduce(struct pair *pair, lanes power[2])
{
  for (unsigned i = 0; i < 2; i++) {
    lanes m = pair->modulus[i], y = min_lanes(power[i], power[i] - 2 * m);
    power[i] = min_lanes(y, y - m);
  }
}

INLINE void wide_gather(lanes power[2])
{
  (void)power;
}

/* ret = a·b/R in (0, 2m) if a·b <= R·m, as 16m² is, and in (0, 5/2·m) for 24m². */
INLINE void wide_multiply(const struct pair *pair, const lanes a[2], const lanes b[2], lanes ret[2])
{
  const lanes zero = {0};
  for (unsigned i = 0; i < 2; i++) {
    lanes m = pair->modulus[i], x = a[i], y = b[i];
    lanes q = low52(zero, low52(zero, x, y), pair->inverse[i]);
    ret[i] = high52(m, x, y) - high52(zero, q, m);
  }
}

INLINE void wide_sum(const lanes a[2], const lanes b[2], lanes ret[2])
{
  ret[0] = a[0] + b[0];
  ret[1] = a[1] + b[1];
}

/* 4m - x where turns is all ones. */
INLINE void wide_turn(const struct pair *pair, const lanes turns[2], lanes x[2])
{
  for (unsigned i = 0; i < 2; i++)
    x[i] = (x[i] ^ turns[i]) + ((4 * pair->modulus[i] + 1) & turns[i]);
}

/* Of 0 < y < 8m. */
INLINE void wide_reduce_sum(struct pair *pair, lanes power[2])
{
  for (unsigned i = 0; i < 2; i++)
    power[i] = min_lanes(power[i], power[i] - 4 * pair->modulus[i]);
  wide_reduce(pair, power);
}

INLINE void wide_carries(const lanes power[2], lanes carry[2])
{
  for (unsigned i = 0; i < 2; i++)
    carry[i] = min_lanes(power[i], lanes_all(1));
}

INLINE void wide_digit(const struct pair *pair, lanes power[2], const lanes carry[2],
                       lanes *sum_low, lanes *sum_high)
{
  lanes *sums[] = {sum_low, sum_high};
  for (unsigned i = 0; i < 2; i++) {
    lanes digit = low52((lanes){0}, 0 - power[i], pair->inverse[i]);
    power[i] = high52(carry[i], digit, pair->modulus[i]);
    *sums[i] += digit;
  }
}

#include "bbp_hex_run.h"

int bbp_hex_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  return run(plan, units, ret_partial);
}
