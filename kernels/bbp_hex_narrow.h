/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bbp_hex_narrow.h: the narrow path of bbp_hex_lanes.h, Montgomery's multiplication with R = 2^32.
 */
#pragma once

#define NARROW_TRAITS                                                                              \
  {                                                                                                \
    .radix_bits = 32, .digit_bits = 32, .limit_bits = 29, .flush_after = UINT32_MAX,               \
    .residue = SIGNED                                                                              \
  }

/*
 * A residue is a signed number |x| < 2m.  With q ≡ -x²/m modulo R, |q| <= R/2, and m < 2^29
 *
 *     |x² + q·m| / R · 2 < (4m² + 2^31·m) / 2^31 <= 2m
 *
 * inverse[0] holds -1/m of both registers in its halves.
 */
#ifndef NARROW_PACKS

/* The residue is in the low half of its lane; what the high half holds does not matter.  A shift to
 * the right by 32 divides by R, and one by 31 doubles as well. */
INLINE lanes narrow_doubling(lanes target, unsigned bit)
{
  return 32 - (target >> bit & 1);
}

/* inverse[1] holds those of the second register in its low halves as well. */
INLINE void narrow_prepare(struct pair *pair, lanes power[2])
{
  (void)power;
  pair->inverse[0] = inverse_halves(low_halves(pair->modulus[0], pair->modulus[1]));
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

/* The residues of both registers as the ladder has them. */
INLINE void narrow_gather(lanes power[2])
{
  (void)power;
}

/* ret = a·b/R, below (|a·b|/R + 1/2·m).  a and b may be ret. */
INLINE void narrow_multiply(const struct pair *pair, const lanes a[2], const lanes b[2],
                            lanes ret[2])
{
  for (unsigned i = 0; i < 2; i++) {
    lanes t = product_signed(a[i], b[i]);
    lanes q = product_signed(t, pair->inverse[i]);
    ret[i] = (t + product_signed(q, pair->modulus[i])) >> 32;
  }
}

/* Packs the residues of both registers into power[0]. */
INLINE void narrow_pack(lanes power[2])
{
  power[0] = low_halves(power[0], power[1]);
}

#endif

/* What of power is used: one register if packed. */
INLINE void narrow_sum(const lanes a[2], const lanes b[2], lanes ret[2])
{
  ret[0] = add_halves(a[0], b[0]);
  ret[1] = add_halves(a[1], b[1]);
}

/* -x where turns is all ones instead of 0. */
INLINE void narrow_turn(const struct pair *pair, const lanes turns[2], lanes x[2])
{
  (void)pair;
  lanes flips[2] = {turns[0], turns[1]};
  narrow_gather(flips);
  for (unsigned i = 0; i < 2; i++)
    x[i] = sub_halves(x[i] ^ flips[i], flips[i]);
}

/* To y in [0, m), of both registers in the halves of power[0]. */
INLINE void narrow_reduce(struct pair *pair, lanes power[2])
{
  lanes m = low_halves(pair->modulus[0], pair->modulus[1]);
  narrow_pack(power);
  lanes y = power[0];
  y = min_halves(y, add_halves(y, add_halves(m, m)));
  power[0] = min_halves(y, sub_halves(y, m));
}

/* The same for |y| < 4m, in 32 bits as 8m < 2^32. */
INLINE void narrow_reduce_sum(struct pair *pair, lanes power[2])
{
  lanes m = low_halves(pair->modulus[0], pair->modulus[1]), twice = add_halves(m, m);
  narrow_pack(power);
  lanes y = power[0];
  y = min_halves(y, add_halves(y, add_halves(twice, twice)));
  y = min_halves(y, sub_halves(y, twice));
  power[0] = min_halves(y, sub_halves(y, m));
}

/* 1 where y > 0: y stays 0 where it is. */
INLINE void narrow_carries(const lanes power[2], lanes carry[2])
{
  carry[0] = min_halves(power[0], halves_all(1));
}

/* The next y is (y + digit·m)/R: the high half of digit·m, and 1 more, as y > 0 makes the low half
 * carry. */
INLINE void narrow_digit(const struct pair *pair, lanes power[2], const lanes carry[2],
                         lanes *sum_low, lanes *sum_high)
{
  lanes digit = product_halves(power[0], pair->inverse[0]), high = digit >> 32;
  *sum_low += digit & UINT32_MAX;
  *sum_high += high;
  lanes y = high_halves(product(digit, pair->modulus[0]), product(high, pair->modulus[1]));
  power[0] = add_halves(y, carry[0]);
}
