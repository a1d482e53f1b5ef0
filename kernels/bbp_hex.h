/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex.h: what the files of the kernel bbp-hex share.
 *
 * π is a sum over k of a few series, all moduli odd (powers of two live in the exponent):
 *
 *     π = Σ_k ±_k Σ_i ±_i 2^shift_i · 2^(lead - step·k) / m_i(k),   m_i(k) = slope_i·k + offset_i.
 *
 * The hexadecimal digits after the first d = position - 1 are those of 2^(4d)·π modulo 1.  In fixed
 * point of W = 64·words bits, unit k and series i contribute by definition
 *
 *     F = floor(2^(W + e) / m) mod 2^W,   e = 4d + lead - step·k,
 *
 * shifted left by shift_i, added or subtracted modulo 2^W.  For e >= 0 this is the well-known
 * floor(2^W · frac(2^e / m)): the integer part of 2^e / m falls off at 2^W.  Units end where
 * W + e < 0.  F is exact, so every variant, method and split gives the same sum, byte by byte.
 *
 * A formula that joins has four series with the same modulus m = 2k+1 and exponents of their own:
 *
 *     π = Σ_k (1/m) [2·s·2^(-3k) + 1/2·s·2^(-5k) + 1/2·χ·2^(-6k) + 1/16·χ·2^(-10k)],
 *
 * s = +1 for k ≡ 0, 1 modulo 4, else -1; χ = +1 for even k, else -1.  (The four are 4·atan(4/7),
 * 2·atan(8/31), 4·atan(1/8) and 2·atan(1/32).)  With e_0 ... e_3 their exponents for 2^(4d)·π and
 * σ = s·χ, unit k contributes by definition
 *
 *     s·floor(2^W · (N mod m) / m),   N = the sum of 2^e_0, 2^e_1, σ·2^e_2, σ·2^e_3 with e_i >= 0,
 *
 * and for each e_i < 0 with W + e_i >= 0 a rest of its own, ±floor(2^(W + e_i) / m).
 */
#pragma once

#include "kernel.h"

enum {
  BBP_HEX_SERIES_MOST = 7,
  BBP_HEX_WORDS_LEAST = 2,
  BBP_HEX_WORDS_MOST = 4,
  BBP_HEX_DIGITS_MOST = 8, /* of at least 32 bits in a sum */
  BBP_HEX_JOINED = 4,
};

__extension__ typedef unsigned __int128 bbp_hex_wide;

struct bbp_hex_series {
  uint64_t slope, offset; /* m = slope·k + offset: odd, below 2^52 in any job */
  unsigned shift;         /* the coefficient is 2^shift */
  bool negative;
};

struct bbp_hex_formula {
  unsigned count; /* of series */
  unsigned step;  /* the exponent falls by it from k to k + 1 */
  int lead;
  bool alternates; /* odd k change the sign */
  bool joins;      /* count, step, lead and series tell of the longest of the four */
  struct bbp_hex_series series[BBP_HEX_SERIES_MOST];
};

struct bbp_hex_plan {
  const struct bbp_hex_formula *formula;
  unsigned digits, words;
  int64_t exponent;               /* e at k = 0 */
  uint64_t units;                 /* k = 0 ... units - 1 */
  uint64_t whole;                 /* the units before this one have e >= 0 */
  uint64_t error_ulps;            /* |sum - 2^(4d)·π modulo 1| < error_ulps / 2^W */
  uint64_t reach[BBP_HEX_JOINED]; /* if joined: the units before reach[i] have e_i >= 0 */
};

/* Of the four series that are joined: e_i = 4d + lead - step·k. */
static const struct {
  unsigned step;
  int lead;
} bbp_hex_joined[BBP_HEX_JOINED] = {{3, 1}, {5, -1}, {6, -1}, {10, -4}};

static inline int64_t bbp_hex_exponent(const struct bbp_hex_plan *plan, uint64_t k)
{
  return plan->exponent - (int64_t)(plan->formula->step * k);
}

static inline int64_t bbp_hex_joined_exponent(const struct bbp_hex_plan *plan, unsigned i,
                                              uint64_t k)
{
  return plan->exponent - bbp_hex_joined[0].lead + bbp_hex_joined[i].lead
         - (int64_t)(bbp_hex_joined[i].step * k);
}

/* Whether unit k counts with the opposite sign. */
static inline bool bbp_hex_is_minus(const struct bbp_hex_formula *formula, uint64_t k)
{
  return formula->joins ? k % 4 >= 2 : formula->alternates && k % 2;
}

/* Whether σ is -1 for unit k of a formula that joins. */
static inline bool bbp_hex_turns(uint64_t k)
{
  return (k + 1) % 4 >= 2;
}

/* The units of the range before reach[joined - 1]: where those before reach[joined] are done, the
 * ones that have `joined` exponents >= 0. */
static inline struct range bbp_hex_joined_part(const struct bbp_hex_plan *plan, unsigned joined,
                                               struct range units)
{
  uint64_t reach = plan->reach[joined - 1];
  units.end = units.end < reach ? units.end : reach;
  units.end = units.end < units.begin ? units.begin : units.end;
  return units;
}

/* into ±= from·2^shift modulo 2^(64·words); shift < 64.  from and into do not overlap. */
static inline void bbp_hex_add(unsigned words, const uint64_t *from, unsigned shift, bool negative,
                               uint64_t *into)
{
  uint64_t carry = negative, below = 0, flip = -(uint64_t)negative;
  for (unsigned w = 0; w < words; w++) {
    uint64_t shifted = from[w] << shift | (shift ? below >> (64 - shift) : 0);
    bbp_hex_wide sum = (bbp_hex_wide)into[w] + (shifted ^ flip) + carry;
    below = from[w];
    into[w] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }
}

/* sum += the units of the range, by the definition.  Any units: the other variants leave those to
 * it where m = 1 or e < 0. */
void bbp_hex_plain(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum);

/* sum += the rests of series 1 to 3 in these units, of a formula that joins. */
void bbp_hex_rests(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum);

/* Sums of fractions in digits of radix 2^radix_bits, the lowest first, not yet shifted: by
 * bbp_hex_is_minus(), series and digit. */
struct bbp_hex_totals {
  unsigned radix_bits, digits;
  bbp_hex_wide of[2][BBP_HEX_SERIES_MOST][BBP_HEX_DIGITS_MOST];
};

/* sum ±= totals, shifted. */
void bbp_hex_fold(const struct bbp_hex_plan *plan, const struct bbp_hex_totals *totals,
                  uint64_t *sum);

/* sum += the units of the range, by the scalar variant: what the paths of others leave over. */
void bbp_hex_climb(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum);

/* The first unit with a modulus of 2^bits or more. */
uint64_t bbp_hex_unit_at(const struct bbp_hex_plan *plan, unsigned bits);

/* Counts the work of a range. */
void bbp_hex_count(const struct bbp_hex_plan *plan, struct range units, struct partial *partial);

/* The variants: variant.run. */
int bbp_hex_reference(const void *plan, struct range units, struct partial *ret_partial);
int bbp_hex_scalar(const void *plan, struct range units, struct partial *ret_partial);
int bbp_hex_avx2(const void *plan, struct range units, struct partial *ret_partial);
int bbp_hex_avx512(const void *plan, struct range units, struct partial *ret_partial);
int bbp_hex_neon(const void *plan, struct range units, struct partial *ret_partial);
