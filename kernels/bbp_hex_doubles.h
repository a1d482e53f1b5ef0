/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_doubles.h: the wide path of bbp_hex_lanes.h in doubles with exact products, for
 * instruction sets without wide integer products.
 *
 * There is no R in the ladder: a chain holds x ≡ 2^t, a whole number |x| < 2m in a double, and m <
 * 2^48.  Let h be x² rounded, h + l = x² exactly (one fused operation finds l), and q the whole
 * number next to h·(1/m).  As q < 2^50 and three operations err by a 2^-53rd each, |x² - q·m| <
 * (1/2 + 3/8)·m.  h - q·m is a whole number below 2^49, so it is exact in a double, and so is the
 * sum with l.
 *
 * The digits are of 32 bits, by integers.
 */
#pragma once

#define WIDE_TRAITS                                                                                \
  {                                                                                                \
    .radix_bits = 0, .digit_bits = 32, .limit_bits = 48, .flush_after = UINT32_MAX,                \
    .residue = REAL                                                                                \
  }

/* 1 in the exponent of a double where it is to be doubled. */
INLINE lanes wide_doubling(lanes target, unsigned bit)
{
  return (target >> bit & 1) << 52;
}

/* For the ladder the modulus and its reciprocal are doubles. */
INLINE void wide_prepare(struct pair *pair, lanes power[2])
{
  (void)power;
  for (unsigned i = 0; i < 2; i++) {
    reals m = reals_of(pair->modulus[i]);
    pair->modulus[i] = (lanes)m;
    pair->inverse[i] = (lanes)(1 / m);
  }
}

INLINE void wide_square(const struct pair *pair, lanes power[2], const lanes doublings[2])
{
  for (unsigned i = 0; i < 2; i++) {
    reals x = (reals)power[i], square = x * x;
    reals excess = reals_remainder(square, x, x);
    reals q = reals_round(square * (reals)pair->inverse[i]);
    reals rest = reals_remainder(square, (reals)pair->modulus[i], q) - excess;
    power[i] = (lanes)rest + doublings[i];
  }
}

/* To integers: y in [0, m), and -1/m modulo 2^32 in the low halves of inverse. */
INLINE void wide_reduce(struct pair *pair, lanes power[2])
{
  for (unsigned i = 0; i < 2; i++) {
    reals m = (reals)pair->modulus[i], y = (reals)power[i];
    y += (reals)((lanes)(y < 0) & (lanes)(2 * m));
    y -= (reals)((lanes)(y >= m) & (lanes)m);
    power[i] = lanes_of(y);
    pair->modulus[i] = lanes_of(m);
    pair->inverse[i] = inverse_halves(pair->modulus[i]);
  }
}

INLINE void wide_gather(lanes power[2])
{
  (void)power;
}

/* ret = a·b, |ret| < (1/2 + 3/32·c)·m for |a·b| <= c·m² with c < 5: the square above is c = 4. */
INLINE void wide_multiply(const struct pair *pair, const lanes a[2], const lanes b[2], lanes ret[2])
{
  for (unsigned i = 0; i < 2; i++) {
    reals x = (reals)a[i], y = (reals)b[i], product = x * y;
    reals excess = reals_remainder(product, x, y);
    reals q = reals_round(product * (reals)pair->inverse[i]);
    ret[i] = (lanes)(reals_remainder(product, (reals)pair->modulus[i], q) - excess);
  }
}

INLINE void wide_sum(const lanes a[2], const lanes b[2], lanes ret[2])
{
  ret[0] = (lanes)((reals)a[0] + (reals)b[0]);
  ret[1] = (lanes)((reals)a[1] + (reals)b[1]);
}

INLINE void wide_turn(const struct pair *pair, const lanes turns[2], lanes x[2])
{
  (void)pair;
  for (unsigned i = 0; i < 2; i++)
    x[i] ^= turns[i] << 63;
}

/* Of |y| < 4m: to ±m first. */
INLINE void wide_reduce_sum(struct pair *pair, lanes power[2])
{
  for (unsigned i = 0; i < 2; i++) {
    reals y = (reals)power[i], q = reals_round(y * (reals)pair->inverse[i]);
    power[i] = (lanes)reals_remainder(y, (reals)pair->modulus[i], q);
  }
  wide_reduce(pair, power);
}

/* wide_digit() finds out by itself. */
INLINE void wide_carries(const lanes power[2], lanes carry[2])
{
  (void)power;
  (void)carry;
}

/* The next y is (y + digit·m)/R.  The low halves of y and digit·m cancel, and carry unless both are
 * 0. */
INLINE void wide_digit(const struct pair *pair, lanes power[2], const lanes carries[2],
                       lanes *sum_low, lanes *sum_high)
{
  (void)carries;
  lanes *sums[] = {sum_low, sum_high};
  for (unsigned i = 0; i < 2; i++) {
    lanes y = power[i], m = pair->modulus[i];
    lanes digit = product(y, pair->inverse[i]) & UINT32_MAX;
    lanes carry = (lanes)((y & UINT32_MAX) != 0) & 1;
    power[i] = (y >> 32) + (product(digit, m) >> 32) + product(digit, m >> 32) + carry;
    *sums[i] += digit;
  }
}
