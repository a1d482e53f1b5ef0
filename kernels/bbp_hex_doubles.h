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

/* The next y is (y + digit·m)/R.  The low halves of y and digit·m cancel, and carry unless both are
 * 0. */
INLINE void wide_digit(const struct pair *pair, lanes power[2], lanes *sum_low, lanes *sum_high)
{
  lanes *sums[] = {sum_low, sum_high};
  for (unsigned i = 0; i < 2; i++) {
    lanes y = power[i], m = pair->modulus[i];
    lanes digit = product(y, pair->inverse[i]) & UINT32_MAX;
    lanes carry = (lanes)((y & UINT32_MAX) != 0) & 1;
    power[i] = (y >> 32) + (product(digit, m) >> 32) + product(digit, m >> 32) + carry;
    *sums[i] += digit;
  }
}
