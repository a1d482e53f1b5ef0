/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_avx512.c: the sum with 8 chains in a register, some 14 registers at a time.
 */

#include <immintrin.h>

#include "bbp_hex.h"

enum { LANES = 8, PATHS = 2 };

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef double reals __attribute__((vector_size(8 * LANES)));

#include "bbp_hex_lanes.h"

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

/* Products of all halves modulo 2^32. */
INLINE lanes product_halves(lanes a, lanes b)
{
  return (lanes)_mm512_mullo_epi32((__m512i)a, (__m512i)b);
}

INLINE lanes add_halves(lanes a, lanes b)
{
  return (lanes)_mm512_add_epi32((__m512i)a, (__m512i)b);
}

INLINE lanes sub_halves(lanes a, lanes b)
{
  return (lanes)_mm512_sub_epi32((__m512i)a, (__m512i)b);
}

INLINE lanes min_halves(lanes a, lanes b)
{
  return (lanes)_mm512_min_epu32((__m512i)a, (__m512i)b);
}

/* The low halves of both. */
INLINE lanes low_halves(lanes low, lanes high)
{
  return (lanes)_mm512_mask_shuffle_epi32((__m512i)low, 0xaaaa, (__m512i)high, _MM_PERM_CCAA);
}

/* The high halves of both. */
INLINE lanes high_halves(lanes low, lanes high)
{
  return (lanes)_mm512_mask_shuffle_epi32((__m512i)high, 0x5555, (__m512i)low, _MM_PERM_DDBB);
}

/* --- Narrow --- */

/*
 * A residue is a signed number in the low half of a lane, |x| < 2m; what the high half holds does
 * not matter.  With q ≡ -x²/m modulo R, |q| <= R/2, and m < 2^29
 *
 *     |x² + q·m| / R · 2 < (4m² + 2^31·m) / 2^31 <= 2m
 *
 * and a shift to the right does both divisions.
 */

/* How far: by 32, or by 31 where the bit is set. */
INLINE lanes narrow_doubling(lanes target, unsigned bit)
{
  return 32 - (target >> bit & 1);
}

/* inverse[0] holds -1/m of both registers in its halves, inverse[1] those of the second one in its
 * low halves as well. */
INLINE void narrow_prepare(struct pair *pair)
{
  const lanes two = (lanes)_mm512_set1_epi32(2);
  lanes m = low_halves(pair->modulus[0], pair->modulus[1]);
  lanes x = add_halves(add_halves(m, m), m) ^ two;
  for (unsigned bits = 5; bits < 32; bits *= 2)
    x = product_halves(x, sub_halves(two, product_halves(m, x)));
  pair->inverse[0] = sub_halves((lanes){0}, x);
  pair->inverse[1] = pair->inverse[0] >> 32;
}

INLINE void narrow_square(const struct pair *pair, lanes power[2], const lanes doublings[2])
{
  for (unsigned i = 0; i < 2; i++) {
    lanes square = product_signed(power[i], power[i]);
    lanes q = product_signed(square, pair->inverse[i]);
    square += product_signed(q, pair->modulus[i]);
    power[i] = square >> doublings[i];
  }
}

/* Unsigned from here on: y in [0, m), and y' = (y + digit·m)/R is the high half of digit·m, and 1
 * more, as y > 0 makes the low half carry. */
INLINE void narrow_digits(const struct pair *pair, unsigned digits, const lanes power[2],
                          struct digits sum[2])
{
  const lanes low_half = lanes_all(UINT32_MAX), one = (lanes)_mm512_set1_epi32(1);
  lanes m = low_halves(pair->modulus[0], pair->modulus[1]);
  lanes y = low_halves(power[0], power[1]);
  y = min_halves(y, add_halves(y, add_halves(m, m)));
  y = min_halves(y, sub_halves(y, m));
#pragma GCC unroll 8
  for (unsigned d = 0; d < digits; d++) {
    lanes digit = product_halves(y, pair->inverse[0]), high = digit >> 32;
    sum[0].digit[d] += digit & low_half;
    sum[1].digit[d] += high;
    y = add_halves(high_halves(product(digit, pair->modulus[0]), product(high, pair->modulus[1])),
                   one);
  }
}

/* --- Wide --- */

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
 * A residue is 0 < x < 4m, and m < 2^48.  With q = x²/m modulo R the low halves of x² and q·m are
 * equal, and their high halves make x²/R ≡ high(x²) - high(q·m) + m.  That is in (0, 2m), as x²/R <
 * 16m²/2^52 <= m.
 */

INLINE void wide_prepare(struct pair *pair)
{
  const lanes zero = {0};
  for (unsigned i = 0; i < 2; i++) {
    lanes m = pair->modulus[i], x = (m + m + m) ^ 2;
    for (unsigned bits = 5; bits < 52; bits *= 2)
      x = low52(zero, x, 2 - low52(zero, m, x));
    pair->inverse[i] = x;
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

INLINE void wide_digits(const struct pair *pair, unsigned digits, const lanes power[2],
                        struct digits sum[2])
{
  const lanes zero = {0}, one = lanes_all(1);
  for (unsigned i = 0; i < 2; i++) {
    lanes m = pair->modulus[i], negative = 0 - pair->inverse[i];
    lanes y = min_lanes(power[i], power[i] - 2 * m);
    y = min_lanes(y, y - m);
#pragma GCC unroll 8
    for (unsigned d = 0; d < digits; d++) {
      lanes digit = low52(zero, y, negative);
      sum[i].digit[d] += digit;
      y = high52(one, digit, m);
    }
  }
}

/* --- Both --- */

INLINE lanes doubling(enum path path, lanes target, unsigned bit)
{
  return path == NARROW ? narrow_doubling(target, bit) : (target >> bit & 1);
}

INLINE void pair_prepare(enum path path, struct pair *pair)
{
  path == NARROW ? narrow_prepare(pair) : wide_prepare(pair);
}

INLINE void pair_square(enum path path, const struct pair *pair, lanes power[2],
                        const lanes doublings[2])
{
  path == NARROW ? narrow_square(pair, power, doublings) : wide_square(pair, power, doublings);
}

INLINE void pair_digits(enum path path, const struct pair *pair, unsigned digits,
                        const lanes power[2], struct digits sum[2])
{
  path == NARROW ? narrow_digits(pair, digits, power, sum) : wide_digits(pair, digits, power, sum);
}

#define CLIMB(words)                                                                               \
  static void climb_##words(const struct bbp_hex_plan *plan, enum path path, struct range units,   \
                            uint64_t *sum)                                                         \
  {                                                                                                \
    if (path == NARROW)                                                                            \
      if (plan->formula->count == 7)                                                               \
        climb_range(plan, NARROW, words, 7, 2, units, sum);                                        \
      else                                                                                         \
        climb_range(plan, NARROW, words, 4, 4, units, sum);                                        \
    else if (plan->formula->count == 7)                                                            \
      climb_range(plan, WIDE, words, 7, 2, units, sum);                                            \
    else                                                                                           \
      climb_range(plan, WIDE, words, 4, 4, units, sum);                                            \
  }

CLIMB(2)
CLIMB(3)
CLIMB(4)

int bbp_hex_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  static void (*const climbs[])(const struct bbp_hex_plan *, enum path, struct range,
                                uint64_t *) = {[2] = climb_2, [3] = climb_3, [4] = climb_4};
  const struct bbp_hex_plan *p = plan;
  uint64_t *sum = ret_partial->payload;
  struct range rest = units;
  struct range small = between(rest, 0, 1);
  bbp_hex_climb(p, small, sum);
  rest.begin = small.end;
  for (unsigned path = 0; path < PATHS; path++) {
    uint64_t limit = unit_at(p, traits[path].limit_bits);
    struct range inner = between(rest, 0, limit < p->whole ? limit : p->whole);
    climbs[p->words](p, (enum path)path, inner, sum);
    rest.begin = inner.end;
  }
  bbp_hex_climb(p, rest, sum);
  bbp_hex_count(p, units, ret_partial);
  return 0;
}
