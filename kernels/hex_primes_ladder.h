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
  uint64_t first_limb; /* of the numerator, if it has but one */
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

/* x = 2^(T + RADIX_BITS) modulo each m. */
INLINE void climb(unsigned rows, const struct field *f, const struct shared *s, vec *x)
{
  unsigned most = start_most(s->least, s->most);
  unsigned steps = bits_of(s->target) > bits_of(most) ? bits_of(s->target) - bits_of(most) : 0;
  steps += s->target >> steps > most;
  for (unsigned g = 0; g < rows; g++)
    x[g] = start(&f[g], (unsigned)(s->target >> steps));
  while (steps-- > 0) {
    unsigned bit = s->target >> steps & 1;
    for (unsigned g = 0; g < rows; g++)
      x[g] = square(&f[g], x[g], bit);
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

/* x = R²/y by Fermat: y^(m-2), bit by bit. */
INLINE void invert(unsigned rows, const struct field *f, uint64_t most, const vec *y, vec *x)
{
  for (unsigned g = 0; g < rows; g++)
    x[g] = start(&f[g], 0);
  for (unsigned bit = bits_of(most); bit-- > 0;)
    for (unsigned g = 0; g < rows; g++) {
      x[g] = times(&f[g], x[g], x[g]);
      x[g] = pick(bit_of(add(f[g].m, all(-UINT64_C(2))), bit), times(&f[g], x[g], y[g]), x[g]);
    }
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

enum kind { LONE, FEW, MANY };

/* sums += one group of primes.  `lanes` of them are wanted. */
INLINE void add_group(enum kind kind, unsigned rows, bool whole, const struct shared *s,
                      uint64_t base, const uint32_t *offsets, int64_t lanes, unsigned digits,
                      struct sums *sums)
{
  struct field f[GROUP];
  vec x[GROUP];
  for (unsigned g = 0; g < rows; g++)
    f[g] = field_of(load_numbers(base, offsets + LANES * g));
  climb(rows, f, s, x);
  if (kind == LONE)
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], x[g], all(s->first_limb));
  if (kind == FEW) {
    vec n[GROUP];
    horner(rows, f, s->numerator, s->numerator_limbs, n);
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], times(&f[g], x[g], n[g]), inverse_of_c(&f[g], s));
  }
  if (kind == MANY) {
    vec n[GROUP], c[GROUP], inverse[GROUP];
    horner(rows, f, s->numerator, s->numerator_limbs, n);
    horner(rows, f, s->denominator, s->denominator_limbs, c);
    invert(rows, f, s->most, c, inverse);
    for (unsigned g = 0; g < rows; g++)
      x[g] = times(&f[g], times(&f[g], x[g], n[g]), inverse[g]);
  }
  for (unsigned g = 0; g < rows; g++) {
    vec minus = subtract(&f[g], all(0), x[g]); /* χ(p) */
    vec y = canonical(&f[g], pick(bit_of(f[g].m, 1), minus, x[g]));
    if (!whole)
      y = pick(lanes_below(lanes - LANES * (int64_t)g), y, all(0));
    collect(&f[g], digits, y, sums);
  }
}

INLINE void add_list(enum kind kind, unsigned rows, const struct shared *s,
                     struct hex_primes_list list, unsigned digits, uint64_t *sum)
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
  flush(&sums, digits, s->words, sum);
  if (at == list.count)
    return;
  uint32_t rest[GROUP * LANES];
  for (size_t i = 0; i < rows * LANES; i++)
    rest[i] = list.offsets[at + i < list.count ? at + i : list.count - 1];
  add_group(kind, rows, false, s, list.base, rest, (int64_t)(list.count - at), digits, &sums);
  flush(&sums, digits, s->words, sum);
}

/* Two words, as nearly always, are worth a copy of the code. */
INLINE void add_list_of(enum kind kind, unsigned rows, const struct shared *s,
                        struct hex_primes_list list, uint64_t *sum)
{
  if (s->words == 2)
    add_list(kind, rows, s, list, (128 + RADIX_BITS - 1) / RADIX_BITS, sum);
  else
    add_list(kind, rows, s, list, (64 * s->words + RADIX_BITS - 1) / RADIX_BITS, sum);
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

static void add_lone(const struct hex_primes_interval *interval, struct hex_primes_list list,
                     uint64_t *sum)
{
  struct shared s = share(interval, list, 0);
  s.first_limb = mpz_get_ui(interval->numerator);
  add_list_of(LONE, GROUP, &s, list, sum);
}

/* 2^64 and R² modulo C by machine division, once a list. */
static void add_few(const struct hex_primes_interval *interval, struct hex_primes_list list,
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
  add_list_of(FEW, GROUP, &s, list, sum);
  free(limbs);
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
  if (list.count <= LANES)
    add_list_of(MANY, 1, &s, list, sum);
  else
    add_list_of(MANY, ROWS, &s, list, sum);
  free(numerator);
  free(denominator);
}
