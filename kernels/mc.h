/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc.h: what the files of the kernel `mc` share: the definition, the plan, the generator.
 *
 * The kernel draws N points in the unit square and counts the hits: those within distance 1 of the
 * origin.  π ≈ 4·hits/N.  The count is a function of (seed, N) alone.  What follows defines it; all
 * arithmetic is unsigned modulo 2^64, and `G` and `mix64` are those of splitmix64.  Point i of the
 * run is counted from 0.
 *
 * Blocks.  Point i of block b is point 2^18·b + i of the run.  Every block has 2^18 points, the
 * last one what remains.  Blocks share no state, so they may be done anywhere, in any order.
 *
 * Streams.  A block has two sets of 32 lanes, each lane a xoshiro256++ generator (Blackman & Vigna
 * 2021).  Its four words are seeded with
 *
 *     mix64(Ks + G·(256·b + 128·set + 4·lane + word + 1)),  Ks = mix64(seed + G).
 *
 * The factors of G are all different up to b = 2^56, G is odd and mix64 a bijection: no two words
 * of a run are equal.  A step yields one output per lane, of the state before its update; step 0 is
 * of the seeded state.  Read as bytes, a set is step 0 lane 0 (low byte first), step 0 lane 1, ...:
 * byte i is byte i mod 8 of lane ⌊i/8⌋ mod 32 at step ⌊i/256⌋.
 *
 * Method `lazy` draws as many bits of a point as it takes to decide it, at most 32 + 32.  With k
 * bits a point stands for a square cell of the grid of 2^k by 2^k: it is inside if (x+1)² + (y+1)²
 * <= 4^k, outside if x² + y² >= 4^k, and otherwise undecided.
 *
 * With 4 bits: byte i of set 0 is point i, x its low nibble and y its high one.  One in 8 is left
 * undecided.
 *
 * With 8 bits: the j-th undecided point of the block, j = 0, 1, ... in the order of i, takes byte j
 * of set 1; x becomes 16·x + its low nibble, y becomes 16·y + its high one.  One in 128 of all
 * points is still open.
 *
 * With 32 bits: the j-th open point, counted anew from 0, takes h = mix64(Kr + G·(2^18·b + j + 1))
 * with Kr = mix64(Ks xor 0xd1b54a32d192ed03); X = x·2^24 + ⌊h/2^40⌋, Y = y·2^24 + h mod 2^24.  It
 * is a hit if X² + X + Y² + Y < 2^64, for then the centre of its cell, (X + ½, Y + ½)/2^32, is in
 * the circle.
 *
 * Method `plain` draws 32 + 32 bits at once: point i is the output of lane i mod 32 of set 0 at
 * step ⌊i/32⌋; X its low half, Y its high half, and the same test of 32 bits.
 *
 * Both have the same distribution.  That the coordinates have 32 bits makes 4·P(hit) differ from π
 * by 9e-15 (counted), which is the standard error of 3·10^28 points.
 *
 * Method `quasi` does not draw: its points are the sequence R2 (Roberts, "The unreasonable
 * effectiveness of quasirandom sequences", 2018), which fills the square more evenly than chance
 * does.  Point i of the run has the coordinates X and Y that are the top 32 bits of
 *
 *     2^63 + i·α,  α = 0xc13fa9a902a6328f for X and 0x91e10da5c79e7b1c for Y,
 *
 * ⌊2^64/g⌋ and ⌊2^64/g²⌋ with g³ = g + 1, and the same test of 32 bits.  It has no seed.  As
 * nothing is random, there is no standard error and no z, but the error itself.
 *
 * Method `libc` is what most programs do: x = rand_r(&s) / (double)RAND_MAX, then y alike, and a
 * hit if x·x + y·y <= 1.  For any split of a run to count the same, every block has a state of its
 * own: s is the upper half of mix64(Ks + G·(b + 1)) at its begin.  What rand_r() yields is the C
 * library's affair, so its count may differ from system to system.  The state has 32 bits: in glibc
 * all streams lie on one cycle of 2^32 steps, six to a point, so that beyond some 10^8 points
 * blocks share numbers.  Made to compare times with, not to be trusted.
 */
#pragma once

#include <string.h>

#include "kernel.h"

enum {
  MC_BLOCK_LOG = 18,
  MC_BLOCK_POINTS = 1 << MC_BLOCK_LOG,
  MC_LANES = 32,
  MC_STEP_BYTES = 8 * MC_LANES, /* of one set */
};

#define MC_POINTS_MOST (UINT64_C(1) << 63)
#define MC_G           UINT64_C(0x9e3779b97f4a7c15)

/* Kernel counters, by index. */
enum { MC_POINTS, MC_UNDECIDED4, MC_UNDECIDED8 };

/* Of method quasi: see mc_quasi.h. */
struct mc_quasi_tables;

struct mc_plan {
  uint64_t points;                /* N */
  uint64_t key_seed;              /* Ks: seeds the lanes */
  uint64_t key_late;              /* Kr: the last 24 + 24 bits of open points */
  bool is_random;                 /* the method draws: there is a standard error */
  struct mc_quasi_tables *tables; /* NULL if the method needs none */
};

/* What a stretch of points yields. */
struct mc_tally {
  uint64_t hits, undecided4, undecided8;
};

/* One set of a block: word[w][l] is state word w of lane l. */
struct mc_lanes {
  uint64_t word[4][MC_LANES];
};

/* The variants.  Each counts whole blocks: any difference between them is a bug. */
int mc_lazy_reference(const void *plan, struct range units, struct partial *ret_partial);
int mc_plain_reference(const void *plan, struct range units, struct partial *ret_partial);
int mc_quasi_reference(const void *plan, struct range units, struct partial *ret_partial);
int mc_libc_reference(const void *plan, struct range units, struct partial *ret_partial);
int mc_lazy_scalar(const void *plan, struct range units, struct partial *ret_partial);
int mc_plain_scalar(const void *plan, struct range units, struct partial *ret_partial);
int mc_quasi_scalar(const void *plan, struct range units, struct partial *ret_partial);
int mc_lazy_avx2(const void *plan, struct range units, struct partial *ret_partial);
int mc_plain_avx2(const void *plan, struct range units, struct partial *ret_partial);
int mc_quasi_avx2(const void *plan, struct range units, struct partial *ret_partial);
int mc_lazy_avx512(const void *plan, struct range units, struct partial *ret_partial);
int mc_plain_avx512(const void *plan, struct range units, struct partial *ret_partial);
int mc_quasi_avx512(const void *plan, struct range units, struct partial *ret_partial);
int mc_lazy_neon(const void *plan, struct range units, struct partial *ret_partial);
int mc_plain_neon(const void *plan, struct range units, struct partial *ret_partial);
int mc_quasi_neon(const void *plan, struct range units, struct partial *ret_partial);

static inline uint64_t mc_mix64(uint64_t z)
{
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static inline uint64_t mc_rotate_left(uint64_t word, unsigned bits)
{
  return word << bits | word >> (64 - bits);
}

/* Seeds a set (0 or 1) of a block. */
static inline void mc_lanes_seed(struct mc_lanes *lanes, const struct mc_plan *plan, uint64_t block,
                                 unsigned set)
{
  uint64_t base = 256 * block + 128 * set + 1;
  for (unsigned l = 0; l < MC_LANES; l++)
    for (unsigned w = 0; w < 4; w++)
      lanes->word[w][l] = mc_mix64(plan->key_seed + MC_G * (base + 4 * l + w));
}

/* One step of xoshiro256++ in every lane. */
static inline void mc_lanes_step(struct mc_lanes *restrict lanes, uint64_t *restrict ret_outputs)
{
  for (unsigned l = 0; l < MC_LANES; l++) {
    uint64_t s0 = lanes->word[0][l], s1 = lanes->word[1][l];
    uint64_t s2 = lanes->word[2][l], s3 = lanes->word[3][l];
    ret_outputs[l] = mc_rotate_left(s0 + s3, 23) + s0;
    s2 ^= s0;
    s3 ^= s1;
    lanes->word[0][l] = s0 ^ s3;
    lanes->word[2][l] = s2 ^ s1 << 17;
    lanes->word[1][l] = s1 ^ s2;
    lanes->word[3][l] = mc_rotate_left(s3, 45);
  }
}

/* The bits behind the first 8 + 8 of the j-th open point of a block. */
static inline uint64_t mc_late_bits(const struct mc_plan *plan, uint64_t block, uint64_t j)
{
  return mc_mix64(plan->key_late + MC_G * ((block << MC_BLOCK_LOG) + j + 1));
}

/* Of coordinates of 32 bits: the halves of X² + X and Y² + Y, which are even, have a sum below
 * 2^64; its top bit is set iff the point is not a hit. */
static inline uint64_t mc_is_miss(uint64_t x, uint64_t y)
{
  return ((x * x + x) / 2 + (y * y + y) / 2) >> 63;
}

/* Points of the run before a block. */
static inline uint64_t mc_points_before(const struct mc_plan *plan, uint64_t block)
{
  uint64_t points = block << MC_BLOCK_LOG; /* block <= 2^45: it fits */
  return points < plan->points ? points : plan->points;
}

/* Adds the first `points` points of a block to a tally. */
typedef void mc_block_run(const struct mc_plan *plan, uint64_t block, unsigned points,
                          struct mc_tally *tally);

/* The frame of every variant: block by block into a partial. */
static inline int mc_blocks_run(const struct mc_plan *plan, struct range units,
                                struct partial *ret_partial, mc_block_run *block_run)
{
  struct mc_tally tally = {0};
  for (uint64_t block = units.begin; block < units.end; block++) {
    uint64_t points = mc_points_before(plan, block + 1) - mc_points_before(plan, block);
    block_run(plan, block, (unsigned)points, &tally);
  }
  ret_partial->payload[0] = tally.hits;
  ret_partial->counters[MC_POINTS] =
      mc_points_before(plan, units.end) - mc_points_before(plan, units.begin);
  ret_partial->counters[MC_UNDECIDED4] = tally.undecided4;
  ret_partial->counters[MC_UNDECIDED8] = tally.undecided8;
  return 0;
}
