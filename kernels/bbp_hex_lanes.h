/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_lanes.h: the sum of bbp_hex_scalar.c with many chains in the lanes of registers; the part
 * that all instruction sets share.  One file of each includes it, after it has defined
 *
 *     LANES          of 64 bits in a register
 *     lanes, reals   registers of LANES uint64_t and double (vector extensions of the compiler)
 *     PATHS          how many of the paths below it has
 *
 * and then defines the functions that are only declared here.
 *
 * A path is a radix R = 2^radix_bits of Montgomery's multiplication with its representation of
 * residues; it is right for odd moduli 1 < m < 2^limit_bits.
 *
 * A chain holds x ≡ R·2^t modulo m, t a leading part of the bits of T = e + W - radix_bits, and
 * ends with 2^(e + W); see bbp_hex_scalar.c.  It starts with t < 64 by one division of doubles:
 * the quotient q of 2^(radix_bits + t) / m is less than 2^53, so it is off by 1/2 at most, and by
 * 1/2 more when rounded to a whole number; then the remainder is exact, and within ±m.
 */
#pragma once

#include <assert.h>

#include "bbp_hex.h"

#define INLINE static inline __attribute__((always_inline))

enum {
  VECTORS_MOST = 16, /* registers of chains in flight */
  DIGITS_MOST = 8,
};

/* The constants of two registers of chains. */
struct pair {
  lanes modulus[2], inverse[2];
};

/* The digits of the fractions of a register of chains, lowest first, added up. */
struct digits {
  lanes digit[DIGITS_MOST];
};

enum path { NARROW, WIDE };

static const struct traits {
  unsigned radix_bits;
  unsigned limit_bits;  /* moduli are below 2^limit_bits */
  unsigned flush_after; /* that many digits add up in 64 bits */
  bool is_magnitude;    /* residues are not negative */
} traits[] = {
    [NARROW] = {.radix_bits = 32, .limit_bits = 29, .flush_after = UINT32_MAX},
    [WIDE] = {.radix_bits = 52, .limit_bits = 48, .flush_after = 4096, .is_magnitude = true},
};

/* --- What each instruction set defines --- */

INLINE reals reals_round(reals x);                            /* to whole numbers */
INLINE reals reals_remainder(reals a, reals b, reals q);      /* a - b·q, rounded once */
INLINE lanes doubling(enum path, lanes target, unsigned bit); /* for pair_square() */

/* The constants of the moduli. */
INLINE void pair_prepare(enum path, struct pair *);

/* x ← x²/R·2^bit, for the bit that doublings were made of. */
INLINE void pair_square(enum path, const struct pair *, lanes power[2], const lanes doublings[2]);

/* sum += the digits of the fractions that 2^(e + W) = power stands for. */
INLINE void pair_digits(enum path, const struct pair *, unsigned digits, const lanes power[2],
                        struct digits sum[2]);

/* --- The rest is the same for all --- */

struct flight {
  struct pair pair[VECTORS_MOST / 2];
  lanes power[VECTORS_MOST];
};

struct sums {
  struct digits of[VECTORS_MOST]; /* register i·blocks + b: series i, units k + LANES·b + lane */
};

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

/* R·2^t modulo m, within ±m; power is that number 2^(radix_bits + t) itself. */
INLINE lanes start(enum path path, lanes modulus, reals power)
{
  reals m = reals_of(modulus);
  reals rest = reals_remainder(power, m, reals_round(power / m));
  if (traits[path].is_magnitude) /* the square is the same */
    rest = (reals)((lanes)rest & ~lanes_all(UINT64_C(1) << 63));
  return lanes_of(rest);
}

/* Leaves 2^(e + W) modulo m in every chain. */
INLINE void climb(enum path path, unsigned vectors, unsigned blocks, const lanes *targets,
                  unsigned room, struct flight *flight)
{
  uint64_t largest = targets[0][0];
  unsigned steps = (unsigned)(__builtin_clz(room) + 32 - __builtin_clzll(largest));
  steps += largest >> steps > room;
  for (unsigned v = 0; v < vectors; v++) {
    lanes exponent = (targets[v % blocks] >> steps) + 1023 + traits[path].radix_bits;
    flight->power[v] = start(path, flight->pair[v / 2].modulus[v % 2], (reals)(exponent << 52));
  }
  while (steps-- > 0) {
    lanes doublings[VECTORS_MOST];
#pragma GCC unroll 16
    for (unsigned b = 0; b < blocks; b++)
      doublings[b] = doubling(path, targets[b], steps);
#pragma GCC unroll 16
    for (unsigned v = 0; v < vectors; v += 2)
      pair_square(path, &flight->pair[v / 2], &flight->power[v], &doublings[v % blocks]);
  }
}

INLINE unsigned digits_for(enum path path, unsigned words)
{
  return (64 * words + traits[path].radix_bits - 1) / traits[path].radix_bits;
}

/* sums += the units k ... k + LANES·blocks - 1. */
INLINE void climb_units(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                        unsigned series, unsigned blocks, uint64_t k, struct sums *sums)
{
  const struct bbp_hex_formula *formula = plan->formula;
  struct flight flight;
  lanes targets[VECTORS_MOST];
  uint64_t target = (uint64_t)bbp_hex_exponent(plan, k) + 64 * words - traits[path].radix_bits,
           least = UINT64_MAX;
  for (unsigned b = 0; b < blocks; b++)
    targets[b] = target - formula->step * (lanes_count() + LANES * b);
  for (unsigned v = 0; v < series * blocks; v++) {
    const struct bbp_hex_series *s = &formula->series[v / blocks];
    uint64_t first = s->slope * (k + LANES * (v % blocks)) + s->offset;
    flight.pair[v / 2].modulus[v % 2] = first + s->slope * lanes_count();
    least = first < least ? first : least;
  }
  for (unsigned v = 0; v < series * blocks; v += 2)
    pair_prepare(path, &flight.pair[v / 2]);
  unsigned room = 53 + 63 - (unsigned)__builtin_clzll(least) - traits[path].radix_bits;
  climb(path, series * blocks, blocks, targets, room, &flight);
  for (unsigned v = 0; v < series * blocks; v += 2)
    pair_digits(path, &flight.pair[v / 2], digits_for(path, words), &flight.power[v], &sums->of[v]);
}

/* sum ±= what the first `units` units hold of sums, which begin with unit k. */
INLINE void fold(const struct bbp_hex_plan *plan, enum path path, unsigned blocks, uint64_t k,
                 uint64_t units, const struct sums *sums, uint64_t *sum)
{
  struct bbp_hex_totals totals = {.radix_bits = traits[path].radix_bits,
                                  .digits = digits_for(path, plan->words)};
  for (unsigned v = 0; v < plan->formula->count * blocks; v++)
    for (unsigned d = 0; d < totals.digits; d++)
      for (unsigned l = 0; l < LANES && v % blocks * LANES + l < units; l++)
        totals.of[(k + l) % 2][v / blocks][d] += sums->of[v].digit[d][l];
  bbp_hex_fold(plan, &totals, sum);
}

/* sum += units, all in the limits of the path. */
INLINE void climb_range(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                        unsigned series, unsigned blocks, struct range units, uint64_t *sum)
{
  const uint64_t together = LANES * blocks;
  uint64_t k = units.begin;
  while (k < units.end) {
    struct sums sums = {0};
    uint64_t first = k, rest = units.end - k;
    uint64_t groups = rest / together;
    if (groups > traits[path].flush_after)
      groups = traits[path].flush_after;
    if (groups == 0) { /* a part of the last one */
      climb_units(plan, path, words, series, blocks, k, &sums);
      fold(plan, path, blocks, first, rest, &sums, sum);
      return;
    }
    for (; groups-- > 0; k += together)
      climb_units(plan, path, words, series, blocks, k, &sums);
    fold(plan, path, blocks, first, together, &sums, sum);
  }
}

/* The first unit of the plan with a modulus of 2^bits or more. */
static uint64_t unit_at(const struct bbp_hex_plan *plan, unsigned bits)
{
  uint64_t unit = UINT64_MAX;
  for (unsigned i = 0; i < plan->formula->count; i++) {
    const struct bbp_hex_series *s = &plan->formula->series[i];
    uint64_t at = ((UINT64_C(1) << bits) - s->offset + s->slope - 1) / s->slope;
    unit = at < unit ? at : unit;
  }
  return unit;
}

/* The units of a range from `from` on and before `to`; it may be none. */
static struct range between(struct range units, uint64_t from, uint64_t to)
{
  struct range inner = {units.begin > from ? units.begin : from, units.end < to ? units.end : to};
  if (inner.end < inner.begin)
    inner.end = inner.begin;
  return inner;
}
