/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_lanes_scalar.h: modular arithmetic of hex_primes_ladder.h and hex_primes_recurrence.h,
 * one modulus at a time.  Montgomery with R = 2^64, odd m below 2^48.
 *
 * What the two need is the same for each instruction set:
 *
 *   A `vec` has LANES numbers, each an `element`.  A residue is lazy: in scalar code 0 <= x < 2m.
 *   Functions take lazy residues and also the sum or difference of two, and return lazy ones.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "montgomery.h"

/* GROUP vectors go up the ladder side by side, ROWS through the recurrence. */
enum { LANES = 1, RADIX_BITS = 64, GROUP = 6, ROWS = 2, SHARED_BITS = 48 };

typedef uint64_t element, vec;
typedef bool mask;
typedef montgomery_wide lane_wide;

struct field {
  vec m, inverse; /* 1/m modulo R */
};

INLINE vec all(uint64_t x)
{
  return x;
}

INLINE vec load(const uint64_t *from)
{
  return *from;
}

INLINE void store(uint64_t *to, vec x)
{
  *to = x;
}

/* The first n lanes. */
INLINE mask lanes_below(int64_t n)
{
  return n > 0;
}

INLINE vec load_numbers(uint64_t base, const uint32_t *offsets)
{
  return base + *offsets;
}

INLINE mask bit_of(vec x, unsigned bit)
{
  return x >> bit & 1;
}

INLINE mask equal(vec a, vec b)
{
  return a == b;
}

INLINE vec pick(mask which, vec yes, vec no)
{
  return which ? yes : no;
}

INLINE vec add(vec a, vec b)
{
  return a + b;
}

INLINE vec subtract(const struct field *f, vec a, vec b)
{
  return a + 2 * f->m - b;
}

INLINE struct field field_of(vec m)
{
  return (struct field){m, montgomery_inverse(m)};
}

INLINE vec reduce_wide(const struct field *f, lane_wide t)
{
  return (uint64_t)(t >> 64) + f->m - montgomery_high((uint64_t)t * f->inverse, f->m);
}

/* a·b/R */
INLINE vec times(const struct field *f, vec a, vec b)
{
  return reduce_wide(f, (lane_wide)a * b);
}

/* (a·b + c·d)/R */
INLINE vec times_two(const struct field *f, vec a, vec b, vec c, vec d)
{
  return reduce_wide(f, (lane_wide)a * b + (lane_wide)c * d);
}

/* (x + word)/R */
INLINE vec reduce(const struct field *f, vec x, vec word)
{
  return reduce_wide(f, (lane_wide)x + word);
}

/* x²/R·2^bit */
INLINE vec square(const struct field *f, vec x, unsigned bit)
{
  return times(f, x, x) << bit;
}

/* x modulo m for 0 <= x < 2m. */
INLINE vec wrap(const struct field *f, vec x)
{
  return x >= f->m ? x - f->m : x;
}

/* The least x >= 0 of a lazy residue. */
INLINE vec canonical(const struct field *f, vec x)
{
  return x >= f->m ? x - f->m : x;
}

/* The largest h that start() takes for least <= m <= most < 2^48. */
INLINE unsigned start_most(uint64_t least, uint64_t most)
{
  (void)least;
  return (unsigned)__builtin_clzll(most) - 1;
}

/* 2^(64+h) modulo m, for m·2^h <= 2^63 */
INLINE vec start(const struct field *f, unsigned h)
{
  vec x = montgomery_start(f->m, h);
  return x >= 2 * f->m ? x - 2 * f->m : x;
}

/* 1/c modulo m, in [0, m), from x = 1/m modulo c and 1/c modulo R: (1 + m·(c - x))/c is whole, and
 * is m + (1 - m·x)/c. */
INLINE vec divide_exactly(const struct field *f, vec x, uint64_t c_inverse)
{
  return f->m + (1 - f->m * x) * c_inverse;
}

/* n + slope·m modulo R, as a factor of a product: it stands for a number from 0 to 2m. */
INLINE vec line(const struct field *f, uint64_t n, uint64_t slope)
{
  return n + slope * f->m;
}

/* --- Digits --- */

enum { DIGITS_MOST = 4, ADDITIONS_MOST = 1 << 30 };

/* Digits in base R, added up apart so that no carry runs through them until the end. */
struct sums {
  lane_wide digit[DIGITS_MOST];
};

/* sums += floor(R^digits·y/m) for y·R^digits modulo m in [0, m): with y = R^digits·A - F·m,
 * F ≡ -y/m modulo R^digits, digit by digit (Montgomery's reduction of 0 + y). */
INLINE void collect(const struct field *f, unsigned digits, vec y, struct sums *sums)
{
  vec carry = y != 0;
  for (unsigned i = 0; i < digits; i++) {
    vec digit = -(y * f->inverse);
    sums->digit[i] += digit;
    y = montgomery_high(digit, f->m) + carry;
  }
}

INLINE void flush(struct sums *sums, unsigned digits, unsigned words, uint64_t *into)
{
  lane_wide carry = 0;
  (void)digits;
  for (unsigned w = 0; w < words; w++) {
    carry += (lane_wide)into[w] + sums->digit[w];
    into[w] = (uint64_t)carry;
    carry >>= 64;
    sums->digit[w] = 0;
  }
}
