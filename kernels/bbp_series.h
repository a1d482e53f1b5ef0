/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series.h: what the files of the kernel bbp-series share.
 *
 * Bailey, Borwein and Plouffe (1997), their four fractions of a term, two by two, and in one:
 *
 *     π = Σ 16^-k · (4/(8k+1) - 2/(8k+4) - 1/(8k+5) - 1/(8k+6))
 *       = Σ 16^-k · ((24k+19)/((8k+1)(8k+5)) - (3k+2)/((2k+1)(4k+3)))
 *       = Σ 16^-k · (120k² + 151k + 47)/((2k+1)(4k+3)(8k+1)(8k+5)).
 *
 * A partial is a number in fixed point (fixed_point.h) with F fraction bits.  Every unit
 * contributes an integer of its own, in units of the last place (ulps), and partials add up as
 * integers: the sum is the same however the units are grouped.  The integers:
 *
 *     groups    the terms a <= k < b of a group, summed exactly: floor(2^F · sum)
 *     fused     each term k: floor(2^(F-4k)·(24k+19)/((8k+1)(8k+5)))
 *                            - floor(2^(F-4k)·(3k+2)/((2k+1)(4k+3)))
 *     textbook  each term, in MPFR with 64·words bits, rounded to nearest: floor(2^F · term)
 *
 * The error.  Let T be the number of terms summed.  An integer of `groups` is less than 1 ulp too
 * small, one of a `fused` term less than 1 ulp off, either way.  A `textbook` term adds to its
 * floor what MPFR rounds off: 7 results of at most 4, each within 2^(1-F-64) of the exact one, so
 * 16^-k · 2^-60 ulp, and less than 1 ulp for all terms together.  The terms left out begin at T >=
 * F/4 and fall by 16 from one to the next; without its power of 16 each is below 1/7: less than
 * 1 ulp together.  So, for every method, |sum - 2^F·π| < T + 2.
 */
#pragma once

#include <gmp.h>

#include "fixed_point.h"
#include "kernel.h"

/* Indices of kernel.methods. */
enum { BBP_SERIES_GROUPS, BBP_SERIES_FUSED, BBP_SERIES_TEXTBOOK };

/* A unit that begins with term `first`; the units before it take `cost_before`. */
struct bbp_series_group {
  uint64_t first, cost_before;
};

struct bbp_series_plan {
  struct fixed_point point;
  unsigned method;     /* BBP_SERIES_* */
  uint64_t terms;      /* T: k = 0 ... terms - 1 */
  uint64_t unit_terms; /* in a unit; the last one may have fewer.  Not of `groups`. */
  uint64_t units;

  /* Of `groups` only. */
  uint64_t block_terms;             /* the scalar variant cuts groups into such blocks, */
  mpz_t common;                     /* and divides them by bbp_series_common() */
  struct bbp_series_group groups[]; /* units + 1 of them */
};

/* The first term of a unit, or all terms behind the last one. */
static inline uint64_t bbp_series_first(const struct bbp_series_plan *plan, uint64_t unit)
{
  if (plan->method == BBP_SERIES_GROUPS)
    return plan->groups[unit].first;
  uint64_t first = unit * plan->unit_terms;
  return first < plan->terms ? first : plan->terms;
}

static inline struct range bbp_series_terms(const struct bbp_series_plan *plan, struct range units)
{
  return (struct range){bbp_series_first(plan, units.begin), bbp_series_first(plan, units.end)};
}

/* The two fractions of a term of `fused`; their denominators are below 2^59 for k < 2^26. */
struct bbp_series_fractions {
  uint64_t numerator[2], denominator[2];
};

static inline struct bbp_series_fractions bbp_series_fractions_at(uint64_t k)
{
  return (struct bbp_series_fractions){
      .numerator = {24 * k + 19, 3 * k + 2},
      .denominator = {(8 * k + 1) * (8 * k + 5), (2 * k + 1) * (4 * k + 3)},
  };
}

/* Counts the work of a range. */
void bbp_series_count(const struct bbp_series_plan *plan, struct range units,
                      struct partial *partial);

/* A factor that numerator and denominator of every stretch of so many terms have in common. */
void bbp_series_common(uint64_t terms, mpz_t ret_factor);

/* --- Binary splitting ---
 *
 * (Haible and Papanikolaou 1998.)  The terms a <= k < b, n = b - a of them, are
 *
 *     Σ 16^-(k-a) · p(k)/q(k) = P / (16^(n-1) · Q),   Q = Π q(k),
 *
 * and two neighbours of n1 and n2 terms make
 *
 *     P = 16^n2 · P1·Q2 + P2·Q1,   Q = Q1·Q2.
 *
 * The root of one tree over all terms would have Q of 20 times the bits that are wanted of it; so
 * there are groups, each with a division of its own.
 */

/* A leaf has at most so many terms.  The counters describe the reference's tree. */
enum { BBP_SERIES_LEAF_TERMS = 8 };

/* P and Q of a stretch of terms. */
void bbp_series_split(struct range terms, mpz_t p, mpz_t q);

/* P1, Q1 become P, Q; P2, Q2 of `terms` terms are used up. */
void bbp_series_join(uint64_t terms, mpz_t p1, mpz_t q1, mpz_t p2, mpz_t q2);

/* partial += floor(2^F · the sum of a group), P is used up. */
void bbp_series_group_add(const struct bbp_series_plan *plan, struct range terms, mpz_t p,
                          const mpz_t q, struct partial *partial);

/* --- Variants --- */

/* variant.run.  -ENOMEM only for what they allocate themselves: GMP and MPFR abort
 * when they find no memory. */
int bbp_series_groups_reference(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_groups_scalar(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_fused_reference(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_fused_scalar(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_textbook_reference(const void *plan, struct range units,
                                  struct partial *ret_partial);
