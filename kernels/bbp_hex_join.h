/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_join.h: two, three or four series with one modulus (bbp_hex.h) in the lanes of
 * bbp_hex_lanes.h.  How: bbp_hex_scalar.c.
 *
 * Of the path it takes also
 *
 *     gather(x)                   from the registers to where the ladder has residues
 *     multiply(pair, a, b, ret), sum(a, b, ret), turn(pair, turns, x)
 *     reduce_sum(pair, x)         reduce() for sums
 *     carries(x, carry)           which are not 0, for digit()
 *
 * Bounds.  Narrow: products of a and b are below |a·b|/2^32 + m/2, and m < 2^29.  So for |v| < 2m
 * one after the other |v^2| < m, |v^4| < 5/8·m, |v^5| < 0.66·m, g < 3.32·m, |v^2·g| < 0.92·m,
 * h < 2.84·m, |A·h| < 1.21·m and y < 3.21·m, and 4m < 2^31.  IFMA: v < 4m, g < 8m, h < 6m,
 * A·h < 24m^2, y < 6.5·m as in bbp_hex_scalar.c.  Doubles, with the bound of wide_multiply():
 * |v^2| < 0.88·m, |v^4| < 0.58·m, |v^5| < 0.62·m, g < 3.24·m, |v^2·g| < 0.77·m, h < 2.42·m,
 * |A·h| < 0.96·m, y < 3m.
 */
#pragma once

#define PATH(name) (path == NARROW ? narrow_##name : wide_##name)

enum { JOIN_BLOCKS = 8 }; /* registers of moduli; with two ladders each they are VECTORS_MOST */

struct joint {
  struct pair pair[JOIN_BLOCKS / 2];
  lanes power[JOIN_BLOCKS], root[JOIN_BLOCKS]; /* A and v */
};

/* The steps of a ladder to -(k+1) modulo m: what its start takes of the target's bits is a t with
 * 2^(radix_bits + t) >= 1.  At least one, as a square hides what the start did to the sign. */
INLINE unsigned root_steps(enum path path, uint64_t k)
{
  unsigned room = path == NARROW || traits[path].residue != REAL ? 32 : 1, steps = 1;
  if (k >= room) /* k + 1 > room */
    steps = 64 - (unsigned)__builtin_clzll(k) - (room == 32 ? 5 : 0);
  return steps;
}

/* R·2^t, t = target / 2^steps rounded down: negative.  Without R that is 2^-1, (m + 1)/2. */
INLINE lanes start_root(enum path path, lanes modulus, lanes target, unsigned steps)
{
  if (traits[path].residue == REAL)
    return (lanes)reals_of((modulus + 1) >> 1);
  const uint64_t sign = UINT64_C(1) << 63;
  lanes t = ((target + sign) >> steps) - (sign >> steps);
  return start(path, modulus, (reals)((t + 1023 + traits[path].radix_bits) << 52));
}

/* Both ladders. */
INLINE void climb_both(enum path path, unsigned power_steps, unsigned steps_of_root,
                       unsigned unlike, const lanes *targets, const lanes *roots,
                       struct joint *joint)
{
  for (unsigned v = 0; v < JOIN_BLOCKS; v++) {
    lanes exponent = (targets[v] >> power_steps) + 1023 + traits[path].radix_bits;
    lanes modulus = joint->pair[v / 2].modulus[v % 2];
    joint->power[v] = start(path, modulus, (reals)(exponent << 52));
    joint->root[v] = start_root(path, modulus, roots[v], steps_of_root);
  }
  for (unsigned v = 0; v < JOIN_BLOCKS; v += 2) {
    PATH(prepare)(&joint->pair[v / 2], &joint->power[v]);
    PATH(gather)(&joint->root[v]);
  }
  unsigned steps = power_steps < steps_of_root ? power_steps : steps_of_root;
  for (; power_steps > steps; power_steps--)
    advance(path, JOIN_BLOCKS, JOIN_BLOCKS, power_steps - 1, targets, joint->pair, joint->power);
  for (; steps_of_root > steps; steps_of_root--)
    advance(path, JOIN_BLOCKS, JOIN_BLOCKS, steps_of_root - 1, roots, joint->pair, joint->root);
  for (; steps > unlike; steps--) {
    advance(path, JOIN_BLOCKS, 1, steps - 1, targets, joint->pair, joint->power);
    advance(path, JOIN_BLOCKS, 1, steps - 1, roots, joint->pair, joint->root);
  }
  for (; steps > 0; steps--) {
    advance(path, JOIN_BLOCKS, JOIN_BLOCKS, steps - 1, targets, joint->pair, joint->power);
    advance(path, JOIN_BLOCKS, JOIN_BLOCKS, steps - 1, roots, joint->pair, joint->root);
  }
}

/* power <- the numerator y = A + A·h. */
INLINE void join(enum path path, unsigned joined, const struct pair *pair, const lanes turns[2],
                 lanes power[2], lanes root[2])
{
  lanes square[2], h[2], g[2];
  PATH(turn)(pair, turns, root);
  PATH(multiply)(pair, root, root, square);
  h[0] = square[0], h[1] = square[1];
  if (joined > 2) {
    g[0] = root[0], g[1] = root[1];
    if (joined > 3) {
      lanes fifth[2];
      PATH(multiply)(pair, square, square, fifth);
      PATH(multiply)(pair, fifth, root, fifth);
      PATH(sum)(g, fifth, g);
      PATH(sum)(g, fifth, g);
    }
    PATH(multiply)(pair, square, g, g);
    PATH(sum)(h, g, h);
    PATH(sum)(h, g, h);
  }
  PATH(multiply)(pair, power, h, h);
  PATH(sum)(power, h, power);
}

/* sums += the fractions of the powers. */
INLINE void collect_joint(enum path path, unsigned digits, struct joint *joint, struct sums *sums)
{
  lanes carries[JOIN_BLOCKS];
#pragma GCC unroll 16
  for (unsigned v = 0; v < JOIN_BLOCKS; v += 2) {
    PATH(reduce_sum)(&joint->pair[v / 2], &joint->power[v]);
    PATH(carries)(&joint->power[v], &carries[v]);
  }
  for (unsigned d = 0; d < digits; d++)
#pragma GCC unroll 16
    for (unsigned v = 0; v < JOIN_BLOCKS; v += 2) {
      lanes *low = &sums->of[v][d], *high = &sums->of[v + 1][d];
      PATH(digit)(&joint->pair[v / 2], &joint->power[v], &carries[v], low, high);
    }
}

/* sums += the units k ... k + LANES·JOIN_BLOCKS - 1. */
INLINE void join_units(const struct bbp_hex_plan *plan, enum path path, unsigned words,
                       unsigned joined, uint64_t k, struct sums *sums)
{
  const uint64_t step = bbp_hex_joined[0].step, last = k + LANES * JOIN_BLOCKS - 1;
  struct joint joint;
  lanes targets[JOIN_BLOCKS], roots[JOIN_BLOCKS], turns[JOIN_BLOCKS];
  uint64_t target = (uint64_t)bbp_hex_exponent(plan, k) + 64 * words - traits[path].radix_bits;
  for (unsigned b = 0; b < JOIN_BLOCKS; b++) {
    lanes unit = lanes_count() + LANES * b;
    targets[b] = target - step * unit;
    unit += k;
    roots[b] = ~unit; /* -(k+1) */
    turns[b] = 0 - ((unit + 1) >> 1 & 1);
    joint.pair[b / 2].modulus[b % 2] = 2 * unit + 1;
  }
  unsigned room = 53 + 63 - (unsigned)__builtin_clzll(2 * k + 1) - traits[path].radix_bits;
  room = room < 63 ? room : 63;
  unsigned unlike = unlike_bits(target, target - step * (last - k));
  unsigned roots_unlike = unlike_bits(~k, ~last);
  climb_both(path, steps_for(target, room), root_steps(path, last),
             unlike > roots_unlike ? unlike : roots_unlike, targets, roots, &joint);
  for (unsigned v = 0; v < JOIN_BLOCKS; v += 2)
    join(path, joined, &joint.pair[v / 2], &turns[v], &joint.power[v], &joint.root[v]);
  collect_joint(path, digits_for(path, words), &joint, sums);
}
