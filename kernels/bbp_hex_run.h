/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bbp_hex_run.h: the sum over a range of units in the lanes of bbp_hex_lanes.h; the last part, that
 * all instruction sets share. */
#pragma once

#include "bbp_hex_lanes.h"

enum path { NARROW, WIDE };

static const struct traits traits[] = {[NARROW] = NARROW_TRAITS, [WIDE] = WIDE_TRAITS};

enum { VECTORS_MOST = 16, /* registers of chains in flight */ };

struct flight {
  struct pair pair[VECTORS_MOST / 2];
  lanes power[VECTORS_MOST];
};

/* The digits of the fractions, added up: register i·blocks + b is series i, units k + LANES·b +
 * lane. */
struct sums {
  lanes of[VECTORS_MOST][BBP_HEX_DIGITS_MOST];
};

/*
 * A chain holds x ≡ R·2^t modulo m, t a leading part of the bits of its target T = e + W -
 * radix_bits, and so ends with 2^(e + W); see bbp_hex_scalar.c.
 *
 * It starts with a division of doubles: the quotient of power = 2^(radix_bits + t) and m is at most
 * 2^53, so it is off by 1/2 at most, and by 1/2 more when it is rounded to a whole number; the
 * remainder is then exact, and within ±m.
 */
INLINE lanes start(enum path path, lanes modulus, reals power)
{
  reals m = reals_of(modulus);
  reals rest = reals_remainder(power, m, reals_round(power / m));
  if (traits[path].residue == REAL)
    return (lanes)rest;
  if (traits[path].residue == MAGNITUDE) /* the square is the same */
    rest = (reals)((lanes)rest & ~lanes_all(UINT64_C(1) << 63));
  return lanes_of(rest);
}

/* How many bits of the target are left for the ladder, if the start may take t <= room. */
INLINE unsigned steps_for(uint64_t target, unsigned room)
{
  unsigned steps = (unsigned)(__builtin_clz(room) + 32 - __builtin_clzll(target));
  return steps + (target >> steps > room);
}

/* One step of all ladders, to that bit.  Chain v has target v modulo `blocks`. */
INLINE void advance(enum path path, unsigned vectors, unsigned blocks, unsigned bit,
                    const lanes *targets, const struct pair *pair, lanes *power)
{
  lanes doublings[VECTORS_MOST + 1];
#pragma GCC unroll 16
  for (unsigned b = 0; b < blocks; b++)
    doublings[b] =
        path == NARROW ? narrow_doubling(targets[b], bit) : wide_doubling(targets[b], bit);
  doublings[blocks] = doublings[0]; /* the second of a pair, if there is one */
#pragma GCC unroll 16
  for (unsigned v = 0; v < vectors; v += 2)
    (path == NARROW ? narrow_square : wide_square)(&pair[v / 2], &power[v], &doublings[v % blocks]);
}

/* The lowest bits, in which two targets and all between them may differ. */
INLINE unsigned unlike_bits(uint64_t first, uint64_t last)
{
  return first == last ? 0 : 64 - (unsigned)__builtin_clzll(first ^ last);
}

/* Leaves 2^(e + W) modulo m in every chain.  Those of block b share the targets[b]; only their
 * lowest `unlike` bits are told apart. */
INLINE void climb(enum path path, unsigned vectors, unsigned blocks, unsigned steps,
                  unsigned unlike, const lanes *targets, struct flight *flight)
{
  for (unsigned v = 0; v < vectors; v++) {
    lanes exponent = (targets[v % blocks] >> steps) + 1023 + traits[path].radix_bits;
    flight->power[v] = start(path, flight->pair[v / 2].modulus[v % 2], (reals)(exponent << 52));
  }
  for (unsigned v = 0; v < vectors; v += 2)
    (path == NARROW ? narrow_prepare : wide_prepare)(&flight->pair[v / 2], &flight->power[v]);
  for (; steps > unlike; steps--)
    advance(path, vectors, 1, steps - 1, targets, flight->pair, flight->power);
  for (; steps > 0; steps--)
    advance(path, vectors, blocks, steps - 1, targets, flight->pair, flight->power);
}

static unsigned digits_for(enum path path, unsigned words)
{
  return (64 * words + traits[path].digit_bits - 1) / traits[path].digit_bits;
}

/* sums += the fractions of all chains.  Digit by digit, as those of one chain wait for each other.
 */
INLINE void collect(enum path path, unsigned vectors, unsigned digits, struct flight *flight,
                    struct sums *sums)
{
  const lanes carry[2] = {path == NARROW ? halves_all(1) : lanes_all(1), lanes_all(1)};
#pragma GCC unroll 16
  for (unsigned v = 0; v < vectors; v += 2)
    (path == NARROW ? narrow_reduce : wide_reduce)(&flight->pair[v / 2], &flight->power[v]);
  for (unsigned d = 0; d < digits; d++)
#pragma GCC unroll 16
    for (unsigned v = 0; v < vectors; v += 2)
      (path == NARROW ? narrow_digit : wide_digit)(&flight->pair[v / 2], &flight->power[v], carry,
                                                   &sums->of[v][d], &sums->of[v + 1][d]);
}

/* sums += the units k ... k + LANES·blocks - 1. */
INLINE void climb_units(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                        unsigned series, unsigned blocks, uint64_t k, struct sums *sums)
{
  const struct bbp_hex_formula *formula = plan->formula;
  struct flight flight;
  lanes targets[VECTORS_MOST];
  uint64_t target = (uint64_t)bbp_hex_exponent(plan, k) + 64 * words - traits[path].radix_bits;
  for (unsigned b = 0; b < blocks; b++)
    targets[b] = target - formula->step * (lanes_count() + LANES * b);
  uint64_t least = UINT64_MAX;
  for (unsigned v = 0; v < series * blocks; v++) {
    const struct bbp_hex_series *s = &formula->series[v / blocks];
    uint64_t first = s->slope * (k + LANES * (v % blocks)) + s->offset;
    flight.pair[v / 2].modulus[v % 2] = first + s->slope * lanes_count();
    least = first < least ? first : least;
  }
  unsigned room = 53 + 63 - (unsigned)__builtin_clzll(least) - traits[path].radix_bits;
  room = room < 63 ? room : 63; /* six bits: what is counted as squarings begins there */
  uint64_t last = target - formula->step * (LANES * blocks - 1);
  unsigned unlike = blocks > 4 ? unlike_bits(target, last) : 64;
  climb(path, series * blocks, blocks, steps_for(target, room), unlike, targets, &flight);
  collect(path, series * blocks, digits_for(path, words), &flight, sums);
}

#include "bbp_hex_join.h"

/* sum ±= what the first `units` units hold of sums, which begin with unit k. */
INLINE void fold(const struct bbp_hex_plan *plan, enum path path, unsigned blocks, uint64_t k,
                 uint64_t units, const struct sums *sums, uint64_t *sum)
{
  struct bbp_hex_totals totals = {.radix_bits = traits[path].digit_bits,
                                  .digits = digits_for(path, plan->words)};
  for (unsigned v = 0; v < plan->formula->count * blocks; v++)
    for (unsigned d = 0; d < totals.digits; d++)
      for (unsigned l = 0; l < LANES; l++) {
        uint64_t unit = v % blocks * LANES + l;
        if (unit < units)
          totals.of[bbp_hex_is_minus(plan->formula, k + unit)][v / blocks][d] += sums->of[v][d][l];
      }
  bbp_hex_fold(plan, &totals, sum);
}

/* sum += units, all in the limits of the path and with `joined` exponents >= 0 in each. */
INLINE void climb_range(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                        unsigned series, unsigned blocks, unsigned joined, struct range units,
                        uint64_t *sum)
{
  const uint64_t together = LANES * blocks;
  for (uint64_t k = units.begin; k < units.end;) {
    struct sums sums = {0};
    uint64_t first = k, counted = together, groups = (units.end - k) / together;
    if (groups > traits[path].flush_after)
      groups = traits[path].flush_after;
    if (groups == 0) { /* a part of the last one */
      groups = 1;
      counted = units.end - k;
    }
    for (; groups-- > 0; k += together)
      if (joined > 1)
        join_units(plan, path, words, joined, k, &sums);
      else
        climb_units(plan, path, words, series, blocks, k, &sums);
    fold(plan, path, blocks, first, counted, &sums, sum);
  }
}

/* The units of a range from `from` on and before `to`; it may be none. */
static struct range between(struct range units, uint64_t from, uint64_t to)
{
  struct range inner = {units.begin > from ? units.begin : from, units.end < to ? units.end : to};
  if (inner.end < inner.begin)
    inner.end = inner.begin;
  return inner;
}

/* sum += units of a formula that joins, part by part. */
INLINE void climb_joined(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                         struct range units, uint64_t *sum)
{
#pragma GCC unroll 1
  for (unsigned joined = BBP_HEX_JOINED; joined > 1; joined--) {
    struct range part = bbp_hex_joined_part(plan, joined, units);
    climb_range(plan, path, words, 1, JOIN_BLOCKS, joined, part, sum);
    units.begin = part.end;
  }
  climb_range(plan, path, words, 1, VECTORS_MOST, 1, units, sum);
}

#define CLIMB(words)                                                                               \
  INLINE void climb_path_##words(const struct bbp_hex_plan *plan, enum path path,                  \
                                 struct range units, uint64_t *sum)                                \
  {                                                                                                \
    if (plan->formula->joins)                                                                      \
      climb_joined(plan, path, words, units, sum);                                                 \
    else if (plan->formula->count == 7)                                                            \
      climb_range(plan, path, words, 7, 2, 1, units, sum);                                         \
    else                                                                                           \
      climb_range(plan, path, words, 4, 4, 1, units, sum);                                         \
  }                                                                                                \
  static void climb_##words(const struct bbp_hex_plan *plan, enum path path, struct range units,   \
                            uint64_t *sum)                                                         \
  {                                                                                                \
    if (path == NARROW)                                                                            \
      climb_path_##words(plan, NARROW, units, sum);                                                \
    else                                                                                           \
      climb_path_##words(plan, WIDE, units, sum);                                                  \
  }

CLIMB(2)
CLIMB(3)
CLIMB(4)

/* The variant's run(): each unit on the narrowest path that is right for its moduli, what is left
 * over on the scalar one. */
static int run(const struct bbp_hex_plan *plan, struct range units, struct partial *ret_partial)
{
  static void (*const climbs[])(const struct bbp_hex_plan *, enum path, struct range,
                                uint64_t *) = {[2] = climb_2, [3] = climb_3, [4] = climb_4};
  uint64_t *sum = ret_partial->payload;
  struct range rest = units, first = between(units, 0, 1);
  bbp_hex_climb(plan, first, sum);
  rest.begin = first.end;
  for (unsigned path = NARROW; path <= WIDE; path++) {
    uint64_t limit = bbp_hex_unit_at(plan, traits[path].limit_bits);
    struct range inner = between(rest, 0, limit < plan->whole ? limit : plan->whole);
    climbs[plan->words](plan, (enum path)path, inner, sum);
    if (plan->formula->joins)
      bbp_hex_rests(plan, inner, sum);
    rest.begin = inner.end;
  }
  bbp_hex_climb(plan, rest, sum);
  bbp_hex_count(plan, units, ret_partial);
  return 0;
}
