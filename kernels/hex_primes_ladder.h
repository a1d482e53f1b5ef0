/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_ladder.h: primes that share the fraction U with their neighbours (hex_primes_walk.h),
 * written once for every hex_primes_lanes_*.h, which the including file has chosen.
 *
 * The ladder.  x holds 2^a modulo m for a growing a.  Montgomery's x²/R turns a into 2a - r, r =
 * RADIX_BITS, and doubling adds a bit; so from a = r + h, h the leading bits of a target T, it
 * arrives at r + T by one squaring for each further bit.  What else the steps below multiply by
 * powers of R, they take back from T.
 */
#pragma once

#include <stdlib.h>

#include "hex_primes_walk.h"

/* λ(C) - 1, C the least common multiple of the odd numbers up to Q; λ is Carmichael's function. */
static const uint16_t inverting_exponent[22] = {
    [3] = 1,   [5] = 3,   [7] = 11,   [9] = 11,   [11] = 59,
    [13] = 59, [15] = 59, [17] = 239, [19] = 719, [21] = 719};

/* What a stretch of primes shares. */
struct shared {
  uint64_t target;      /* T */
  uint64_t least, most; /* of the primes */
  unsigned words;
  bool is_odd;       /* power: one more doubling than T */
  uint64_t n, slope; /* line: what the power is multiplied by */
  const uint64_t *numerator, *denominator;
  size_t numerator_limbs, denominator_limbs;
  struct field modulo_c; /* few: arithmetic modulo C */
  vec radix_squared;     /* R² modulo C */
  uint64_t c_inverse;
  unsigned exponent; /* λ(C) - 1 */
};

INLINE unsigned bits_of(uint64_t x)
{
  return 64 - (unsigned)__builtin_clzll(x);
}

/* 1/x modulo 2^64, x odd. */
static uint64_t inverse_of_word(uint64_t x)
{
  uint64_t inverse = x;
  for (unsigned bits = 3; bits < 64; bits *= 2)
    inverse *= 2 - x * inverse;
  return inverse;
}

/* Squarings from start() to T; the bits of T before them are what it starts with. */
INLINE unsigned steps_to(const struct shared *s)
{
  unsigned most = start_most(s->least, s->most);
  unsigned steps = bits_of(s->target) > bits_of(most) ? bits_of(s->target) - bits_of(most) : 0;
  return steps + (s->target >> steps > most);
}

INLINE void climb_step(unsigned rows, const struct field *f, uint64_t target, unsigned step, vec *x)
{
  unsigned bit = target >> step & 1;
  for (unsigned g = 0; g < rows; g++)
    x[g] = square(&f[g], x[g], bit);
}

/* x = 2^(T + RADIX_BITS) modulo each m. */
INLINE void climb(unsigned rows, const struct field *f, const struct shared *s, vec *x)
{
  unsigned steps = steps_to(s);
  for (unsigned g = 0; g < rows; g++)
    x[g] = start(&f[g], (unsigned)(s->target >> steps));
  while (steps-- > 0)
    climb_step(rows, f, s->target, steps, x);
}

/*
 * x = 2^(T + RADIX_BITS)·(R/c): by Fermat R/c is R·(c/R)^(m-2), and both powers share their
 * squarings.  m - 2, of which each lane has its own, goes in by two bits at a time, T as above.
 */
INLINE void climb_and_divide(unsigned rows, const struct field *f, const struct shared *s,
                             const vec *c, vec *x)
{
  unsigned shared_steps = (bits_of(s->most) + 1) / 2 * 2, steps = steps_to(s);
  steps = steps > shared_steps ? steps : shared_steps;
  vec power[4][GROUP], exponent[GROUP];
  for (unsigned g = 0; g < rows; g++) {
    power[0][g] = start(&f[g], 0);
    power[1][g] = c[g];
    power[2][g] = times(&f[g], c[g], c[g]);
    power[3][g] = times(&f[g], power[2][g], c[g]);
    exponent[g] = add(f[g].m, all(-UINT64_C(2)));
    x[g] = start(&f[g], (unsigned)(s->target >> steps));
  }
  while (steps > shared_steps)
    climb_step(rows, f, s->target, --steps, x);
  while (steps > 0) {
    climb_step(rows, f, s->target, --steps, x);
    climb_step(rows, f, s->target, --steps, x);
    for (unsigned g = 0; g < rows; g++) {
      mask upper = bit_of(exponent[g], steps + 1), lower = bit_of(exponent[g], steps);
      vec even = pick(upper, power[2][g], power[0][g]), odd = pick(upper, power[3][g], power[1][g]);
      x[g] = times(&f[g], x[g], pick(lower, odd, even));
    }
  }
}

/* x = number / R^limbs */
INLINE void horner(unsigned rows, const struct field *f, const uint64_t *limb, size_t limbs, vec *x)
{
  for (unsigned g = 0; g < rows; g++)
    x[g] = all(0);
  for (size_t i = 0; i < limbs; i++)
    for (unsigned g = 0; g < rows; g++)
      x[g] = reduce(&f[g], x[g], all(limb[i]));
}

/* 1/C modulo m in [0, m): (1 + m·u)/C with u = -1/m modulo C, and 1/m = m^(λ(C)-1). */
INLINE vec inverse_of_c(const struct field *f, const struct shared *s)
{
  const struct field *c = &s->modulo_c;
  vec base = times(c, f->m, s->radix_squared), x = base;
  for (unsigned bit = bits_of(s->exponent) - 1; bit-- > 0;) {
    x = times(c, x, x);
    if (s->exponent >> bit & 1)
      x = times(c, x, base);
  }
  x = canonical(c, times(c, x, all(1)));
  return divide_exactly(f, x, s->c_inverse);
}

/* Powers of two as they are, times n + slope·p, times N/C as in inverse_of_c(), or of many words.
 */
enum kind { POWER, LINE, FEW, MANY };

/* sums += one group of primes.  `lanes` of them are wanted. */
INLINE void add_group(enum kind kind, unsigned rows, bool whole, const struct shared *s,
                      uint64_t base, const uint32_t *offsets, int64_t lanes, unsigned digits,
                      struct sums *sums)
{
  struct field f[GROUP];
  vec x[GROUP];
  for (unsigned g = 0; g < rows; g++)
    f[g] = field_of(load_numbers(base, offsets + LANES * g));
  if (kind != MANY)
    climb(rows, f, s, x);
  if (kind == LINE)
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], x[g], line(&f[g], s->n, s->slope));
  if (kind == FEW) {
    vec n[GROUP];
    horner(rows, f, s->numerator, s->numerator_limbs, n);
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], times(&f[g], x[g], n[g]), inverse_of_c(&f[g], s));
  }
  if (kind == MANY) {
    vec n[GROUP], c[GROUP];
    horner(rows, f, s->numerator, s->numerator_limbs, n);
    horner(rows, f, s->denominator, s->denominator_limbs, c);
    climb_and_divide(rows, f, s, c, x);
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], x[g], n[g]);
  }
  for (unsigned g = 0; g < rows; g++) {
    vec minus = subtract(&f[g], all(0), x[g]); /* χ(p) */
    vec y = canonical(&f[g], pick(bit_of(f[g].m, 1), minus, x[g]));
    if (kind == POWER && s->is_odd)
      y = wrap(&f[g], add(y, y));
    if (!whole)
      y = pick(lanes_below(lanes - LANES * (int64_t)g), y, all(0));
    collect(&f[g], digits, y, sums);
  }
}

/* Whole groups of the list; returns what is left of it. */
INLINE struct hex_primes_list add_groups(enum kind kind, unsigned rows, const struct shared *s,
                                         struct hex_primes_list list, unsigned digits,
                                         uint64_t *sum)
{
  struct sums sums = {0};
  size_t at = 0, since = 0;
  for (; at + rows * LANES <= list.count; at += rows * LANES) {
    add_group(kind, rows, true, s, list.base, list.offsets + at, 0, digits, &sums);
    if (++since >= ADDITIONS_MOST / rows) {
      flush(&sums, digits, s->words, sum);
      since = 0;
    }
  }
  if (at > 0)
    flush(&sums, digits, s->words, sum);
  list.offsets += at;
  list.count -= at;
  return list;
}

/* A list that does not fill a group. */
INLINE void add_rest(enum kind kind, unsigned rows, const struct shared *s,
                     struct hex_primes_list list, unsigned digits, uint64_t *sum)
{
  struct sums sums = {0};
  uint32_t rest[GROUP * LANES];
  for (size_t i = 0; i < rows * LANES; i++)
    rest[i] = list.offsets[i < list.count ? i : list.count - 1];
  add_group(kind, rows, false, s, list.base, rest, (int64_t)list.count, digits, &sums);
  flush(&sums, digits, s->words, sum);
}

INLINE void add_list(enum kind kind, const struct shared *s, struct hex_primes_list list,
                     unsigned digits, uint64_t *sum)
{
  list = add_groups(kind, GROUP, s, list, digits, sum);
  if (list.count > 2 * ROWS * LANES)
    add_rest(kind, GROUP, s, list, digits, sum);
  else if (list.count > ROWS * LANES)
    add_rest(kind, 2 * ROWS, s, list, digits, sum);
  else if (list.count > 0)
    add_rest(kind, ROWS, s, list, digits, sum);
}

/* Two words, as nearly always, are worth a copy of the code. */
INLINE void add_list_of(enum kind kind, const struct shared *s, struct hex_primes_list list,
                        uint64_t *sum)
{
  if (s->words == 2)
    add_list(kind, s, list, (128 + RADIX_BITS - 1) / RADIX_BITS, sum);
  else
    add_list(kind, s, list, (64 * s->words + RADIX_BITS - 1) / RADIX_BITS, sum);
}

/* T for W bits, less the shared power of two, plus `radixes` times R. */
static struct shared share(const struct hex_primes_interval *interval, struct hex_primes_list list,
                           int64_t radixes)
{
  const struct hex_primes_plan *plan = interval->plan;
  return (struct shared){
      .target = plan->shift + 64 * plan->words - interval->scale + (uint64_t)(RADIX_BITS * radixes),
      .least = list.base + list.offsets[0],
      .most = list.base + list.offsets[list.count - 1],
      .words = plan->words,
  };
}

/* The number's limbs of RADIX_BITS, to be freed. */
static uint64_t *limbs_of(const mpz_t number, size_t *ret_count)
{
  return mpz_export(NULL, ret_count, -1, 8, 0, 64 - RADIX_BITS, number);
}

/* Times a power of two, which is an exponent; or times a number of a few bits.  T is large, so the
 * ladder has a squaring that brings its result within the bounds of lazy residues. */
static void add_lone(const struct hex_primes_interval *interval, struct hex_primes_list list,
                     uint64_t *sum)
{
  uint64_t n = mpz_get_ui(interval->numerator);
  if (n & (n - 1)) {
    struct shared s = share(interval, list, 0);
    s.n = n;
    add_list_of(LINE, &s, list, sum);
  } else {
    struct shared s = share(interval, list, -1);
    s.target += bits_of(n) - 1;
    s.is_odd = s.target % 2;
    s.target -= s.is_odd;
    add_list_of(POWER, &s, list, sum);
  }
}

/*
 * N/C = (N + k·p)/C with k = -N/p modulo C: where C divides the step of the list, all p are alike
 * modulo C, k is one number and N/C a linear function of p.  It is below 2p for N/C < p.
 */
static bool is_line(const struct hex_primes_interval *interval, struct hex_primes_list list,
                    struct shared *s)
{
  uint64_t c = mpz_get_ui(interval->denominator), p = list.base + list.offsets[0], k = 0;
  if (list.step % c)
    return false;
  uint64_t n = mpz_get_ui(interval->numerator); /* q <= 7, so it has but one word */
  if (n >= c * p)
    return false;
  for (uint64_t rest = n % c; rest; rest = (rest + p) % c)
    k++;
  uint64_t c_inverse = inverse_of_word(c);
  s->n = n * c_inverse;
  s->slope = k * c_inverse;
  return true;
}

/* N/C of any p.  2^64 and R² modulo C by machine division, once a list. */
static void add_fraction(const struct hex_primes_interval *interval, struct hex_primes_list list,
                         uint64_t *sum)
{
  size_t count;
  uint64_t *limbs = limbs_of(interval->numerator, &count);
  uint64_t c = mpz_get_ui(interval->denominator), radix = 1 % c;
  struct shared s = share(interval, list, (int64_t)count + 1);
  for (unsigned bit = 0; bit < 2 * RADIX_BITS; bit++)
    radix = 2 * radix % c;
  s.numerator = limbs;
  s.numerator_limbs = count;
  s.modulo_c = field_of(all(c));
  s.radix_squared = all(radix);
  s.c_inverse = inverse_of_word(c);
  s.exponent = inverting_exponent[interval->q[0]];
  add_list_of(FEW, &s, list, sum);
  free(limbs);
}

static void add_few(const struct hex_primes_interval *interval, struct hex_primes_list list,
                    uint64_t *sum)
{
  struct shared s = share(interval, list, 0);
  if (is_line(interval, list, &s))
    add_list_of(LINE, &s, list, sum);
  else
    add_fraction(interval, list, sum);
}

static void add_many(const struct hex_primes_interval *interval, struct hex_primes_list list,
                     uint64_t *sum)
{
  size_t numerator_limbs, denominator_limbs;
  uint64_t *numerator = limbs_of(interval->numerator, &numerator_limbs);
  uint64_t *denominator = limbs_of(interval->denominator, &denominator_limbs);
  struct shared s =
      share(interval, list, (int64_t)numerator_limbs - (int64_t)denominator_limbs - 1);
  s.numerator = numerator;
  s.numerator_limbs = numerator_limbs;
  s.denominator = denominator;
  s.denominator_limbs = denominator_limbs;
  add_list_of(MANY, &s, list, sum);
  free(numerator);
  free(denominator);
}
