/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_walk.h: how the fast variants go along the number line, and what each instruction set
 * has to bring along.
 */
#pragma once

#include <gmp.h>

#include "hex_primes.h"

/*
 * A stretch of p on which the Q_i, the largest odd q <= M_i/p, are constant.  There
 *
 *     A_p ≡ χ(p)·2^D·U,   U = Σ_i Σ_{q odd, q <= Q_i} ψ_i(q)·2^(E_i - D - c_i(q-1)/2) / q
 *
 * modulo p is one fraction, U = numerator / (denominator·2^scale), if p > Q_0.  The denominator is
 * the least common multiple of the odd q <= Q_0.
 */
struct hex_primes_interval {
  const struct hex_primes_plan *plan;
  uint64_t first, end;
  uint64_t q[HEX_PRIMES_SERIES]; /* Q_i; 0 if there is none */
  uint64_t scale;
  mpz_t numerator, denominator, term;
};

/* The interval that p is in. */
void hex_primes_interval_init(struct hex_primes_interval *interval,
                              const struct hex_primes_plan *plan, uint64_t p);
/* On to the one before it, which ends where this one begins. */
void hex_primes_interval_descend(struct hex_primes_interval *interval);
void hex_primes_interval_copy(struct hex_primes_interval *ret,
                              const struct hex_primes_interval *interval);
void hex_primes_interval_release(struct hex_primes_interval *interval);

/* Primes base + offsets[0], ..., ascending; offsets are multiples of step. */
struct hex_primes_list {
  uint64_t base;
  uint64_t step;
  const uint32_t *offsets;
  size_t count;
};

/* P = p^v */
struct hex_primes_power {
  uint64_t p, P;
};

/* Modular arithmetic of an instruction set, for P below `end`.  sum += the primes' fractions; lists
 * lie within the interval. */
struct hex_primes_arithmetic {
  uint64_t end;
  void (*lone)(const struct hex_primes_interval *, struct hex_primes_list, uint64_t *sum);
  void (*few)(const struct hex_primes_interval *, struct hex_primes_list, uint64_t *sum);
  void (*many)(const struct hex_primes_interval *, struct hex_primes_list, uint64_t *sum);
  /* Any powers, of about the same size side by side.  NULL: has none. */
  void (*recur)(const struct hex_primes_plan *, const struct hex_primes_power *, size_t count,
                uint64_t *sum);
};

struct hex_primes_sieve;

struct hex_primes_level {
  const struct hex_primes_arithmetic *const *arithmetic; /* the fastest first; the last takes all */
  /* One residue class of a segment: hex_primes_sieve.h. */
  size_t (*sieve)(struct hex_primes_sieve *sieve, size_t bits);
};

extern const struct hex_primes_arithmetic hex_primes_arithmetic_scalar;
extern const struct hex_primes_arithmetic hex_primes_arithmetic_wide_avx512;

/* Does the units by what a level has. */
int hex_primes_walk(const struct hex_primes_level *level, const struct hex_primes_plan *plan,
                    struct range units, struct partial *partial);
