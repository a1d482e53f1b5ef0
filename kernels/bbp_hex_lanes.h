/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_lanes.h: words for the sum of bbp_hex_scalar.c with many chains in the lanes of
 * registers.
 *
 * The file of an instruction set defines
 *
 *     LANES                  of 64 bits in a register
 *     lanes, reals, halves   registers of uint64_t, double, uint32_t (vector extensions of the
 *                            compiler)
 *
 * includes this, defines the functions under "what each instruction set defines", chooses a narrow
 * and a wide path (bbp_hex_narrow.h; its own or bbp_hex_doubles.h), and includes bbp_hex_run.h.
 *
 * A path is a way to multiply residues, right for odd moduli 1 < m < 2^limit_bits: Montgomery's
 * with R = 2^radix_bits, or the plain one with R = 1.  It consists of struct traits and
 *
 *     doubling(target, bit)        for square(): whether that bit of the target is set
 *     prepare(pair)                the constants of the moduli
 *     square(pair, x, doublings)   x ← x²/R·2^bit
 *     reduce(pair, x)              from there on to the digits of the fractions that the x = 2^(e +
 * W) stand for; then digit(...) gives the next one, the lowest first
 */
#pragma once

#include "bbp_hex.h"

#define INLINE static inline __attribute__((always_inline))

/* The constants of two registers of chains. */
struct pair {
  lanes modulus[2], inverse[2];
};

/* Residues are integers of either sign, integers that are not negative, or doubles. */
enum residue { SIGNED, MAGNITUDE, REAL };

struct traits {
  unsigned radix_bits, digit_bits;
  unsigned limit_bits;  /* moduli are below 2^limit_bits */
  unsigned flush_after; /* that many digits add up in 64 bits */
  enum residue residue;
};

/* --- What each instruction set defines --- */

INLINE reals reals_round(reals x);                       /* to whole numbers */
INLINE reals reals_remainder(reals a, reals b, reals q); /* a - b·q, rounded once */
INLINE lanes product(lanes a, lanes b);                  /* of the low halves */
INLINE lanes product_signed(lanes a, lanes b);
INLINE lanes min_halves(lanes a, lanes b);       /* of each half */
INLINE lanes low_halves(lanes low, lanes high);  /* the low halves of both */
INLINE lanes high_halves(lanes low, lanes high); /* the high halves of both */

/* --- The rest is the same for all --- */

INLINE lanes lanes_all(uint64_t value)
{
  return (lanes){0} + value;
}

/* 0, 1, 2, ... */
INLINE lanes lanes_count(void)
{
  lanes count;
  for (unsigned l = 0; l < LANES; l++)
    count[l] = l;
  return count;
}

/* Exact below 2^52: such a number in the low bits of 2^52 makes 2^52 and itself. */
INLINE reals reals_of(lanes x)
{
  return (reals)(x | (lanes)((reals){0} + 0x1p52)) - 0x1p52;
}

/* The two's complement of a whole number in ±2^51. */
INLINE lanes lanes_of(reals x)
{
  const reals magic = (reals){0} + 0x1.8p52;
  return (lanes)(x + magic) - (lanes)magic;
}

INLINE lanes halves_all(uint32_t value)
{
  return (lanes)((halves){0} + value);
}

INLINE lanes add_halves(lanes a, lanes b)
{
  return (lanes)((halves)a + (halves)b);
}

INLINE lanes sub_halves(lanes a, lanes b)
{
  return (lanes)((halves)a - (halves)b);
}

/* Modulo 2^32. */
INLINE lanes product_halves(lanes a, lanes b)
{
  return (lanes)((halves)a * (halves)b);
}

/* -1/m modulo 2^32 of each half: 5 bits are right, and Newton's steps double them. */
INLINE lanes inverse_halves(lanes m)
{
  const lanes two = halves_all(2);
  lanes x = add_halves(add_halves(m, m), m) ^ two;
  for (unsigned bits = 5; bits < 32; bits *= 2)
    x = product_halves(x, sub_halves(two, product_halves(m, x)));
  return sub_halves((lanes){0}, x);
}
