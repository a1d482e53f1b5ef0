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

/* Packs the residues of both registers into power[0]. */
INLINE void narrow_pack(lanes power[2])
{
  power[0] = low_halves(power[0], power[1]);
}

#endif

/* To y in [0, m), of both registers in the halves of power[0]. */
INLINE void narrow_reduce(struct pair *pair, lanes power[2])
{
  lanes m = low_halves(pair->modulus[0], pair->modulus[1]);
  narrow_pack(power);
  lanes y = power[0];
  y = min_halves(y, add_halves(y, add_halves(m, m)));
  power[0] = min_halves(y, sub_halves(y, m));
}

/* The next y is (y + digit·m)/R: the high half of digit·m, and 1 more, as y > 0 makes the low half
 * carry. */
INLINE void narrow_digit(const struct pair *pair, lanes power[2], lanes *sum_low, lanes *sum_high)
{
  lanes digit = product_halves(power[0], pair->inverse[0]), high = digit >> 32;
  *sum_low += digit & UINT32_MAX;
  *sum_high += high;
  lanes y = high_halves(product(digit, pair->modulus[0]), product(high, pair->modulus[1]));
  power[0] = add_halves(y, halves_all(1));
}
