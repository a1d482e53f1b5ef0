/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series.h: what the files of the kernel bbp-series share.
 *
 * Two formulas, as sums of fractions, of fractions two by two, and for BBP in one:
 *
 *     Bailey, Borwein and Plouffe (1997), 4 bits a term:
 *     π = Σ 16^-k · (4/(8k+1) - 2/(8k+4) - 1/(8k+5) - 1/(8k+6))
 *       = Σ 16^-k · ((24k+19)/((8k+1)(8k+5)) - (3k+2)/((2k+1)(4k+3)))
 *       = Σ 16^-k · (120k² + 151k + 47)/((2k+1)(4k+3)(8k+1)(8k+5)).
 *
 *     Bellard (1997), 10 bits a term:
 *     π = 2^-6 · Σ (-1)^k 2^-10k · (-32/(4k+1) - 1/(4k+3) + 256/(10k+1) - 64/(10k+3) - 4/(10k+5)
 *                                   - 4/(10k+7) + 1/(10k+9))
 *       = 2^-6 · Σ (-1)^k 2^-10k · (-(132k+97)/((4k+1)(4k+3)) + (1920k+704)/((10k+1)(10k+3))
 *                                   - (80k+48)/((10k+5)(10k+7)) + 1/(10k+9)).
 *
 * A partial is a number in fixed point (fixed_point.h) with F fraction bits.  Every unit
 * contributes an integer of its own, in units of the last place (ulps), and partials add up as
 * integers, modulo 2^64 to the number of words: the sum is the same however the units are grouped.
 * With s(k) = F - 4k, or F - 6 - 10k, the integers are
 *
 *     groups        the terms a <= k < b of a group, summed exactly: floor(2^F · sum)
 *     lazy, fused   each term k: the sum of ±floor(2^s(k)·numerator/denominator) over the fractions
 *                   two by two
 *     textbook      each term, in MPFR with 64·words bits, rounded to nearest: floor(2^F · term)
 *
 * The error.  Let T be the number of terms summed.  An integer of `groups` is less than 1 ulp too
 * small, one of a `lazy` or `fused` term with 2n fractions, n of either sign, less than n ulp off,
 * either way.  A `textbook` term adds to its floor what MPFR rounds off: at most 13 results of at
 * most 4, each within 2^(1-F-64) of the exact one, so 2^-59 ulp times the term's power of two, and
 * less than 1 ulp for all terms together.  The terms left out begin where s(k) is 0 or less and
 * fall by 16 or more from one to the next; without its power of two each is below 1: less than
 * 1 ulp together.  So, for every method, |sum - 2^F·π| < n·T + 2.
 */
#pragma once

#include <gmp.h>

#include "fixed_point.h"
#include "kernel.h"

/* Indices of kernel.methods, and values of the parameter `formula`, which follows digits and base.
 */
enum { BBP_SERIES_GROUPS, BBP_SERIES_LAZY, BBP_SERIES_FUSED, BBP_SERIES_TEXTBOOK };
enum { BBP_SERIES_BBP, BBP_SERIES_BELLARD };
enum { BBP_SERIES_FORMULA = FIXED_POINT_BASE + 1 };

/* Fractions two by two, as many added as subtracted, and one by one. */
enum { BBP_SERIES_FRACTIONS_MOST = 4, BBP_SERIES_SIMPLE_MOST = 7 };

struct bbp_series_formula {
  unsigned term_bits, scale_bits; /* s(k) = F - scale_bits - term_bits·k */
  unsigned fractions, simple_fractions;
  bool alternates; /* odd terms have the other sign */
  /* numerator/(step·k + offset) */
  struct {
    int numerator, step, offset;
  } simple[BBP_SERIES_SIMPLE_MOST];
  /* Of n terms the denominators are so many times n successive members of progressions, each. */
  unsigned progressions[3]; /* 0 behind the last */
};

extern const struct bbp_series_formula bbp_series_formulas[];

/* A unit that begins with term `first`; the units before it take `cost_before`. */
struct bbp_series_group {
  uint64_t first, cost_before;
};

struct bbp_series_plan {
  struct fixed_point point;
  unsigned method; /* BBP_SERIES_* */
  const struct bbp_series_formula *formula;
  uint64_t terms;      /* T: k = 0 ... terms - 1 */
  uint64_t error;      /* bound, in ulps */
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

static inline bool bbp_series_is_bellard(const struct bbp_series_plan *plan)
{
  return plan->formula == &bbp_series_formulas[BBP_SERIES_BELLARD];
}

/* s(k) >= 0. */
static inline uint64_t bbp_series_shift(const struct bbp_series_plan *plan, uint64_t k)
{
  return plan->point.fraction_bits - plan->formula->scale_bits - plan->formula->term_bits * k;
}

/* The fractions of a term, added and subtracted ones in turn; denominators are odd, 3 or more, and
 * below 2^59 for k < 2^26. */
struct bbp_series_fractions {
  uint64_t numerator[BBP_SERIES_FRACTIONS_MOST], denominator[BBP_SERIES_FRACTIONS_MOST];
};

static inline struct bbp_series_fractions bbp_series_fractions_at(bool is_bellard, uint64_t k)
{
  if (!is_bellard)
    return (struct bbp_series_fractions){
        .numerator = {24 * k + 19, 3 * k + 2},
        .denominator = {(8 * k + 1) * (8 * k + 5), (2 * k + 1) * (4 * k + 3)},
    };
  unsigned odd = k % 2; /* turns the signs round */
  struct bbp_series_fractions f;
  f.numerator[odd] = 1920 * k + 704;
  f.denominator[odd] = (10 * k + 1) * (10 * k + 3);
  f.numerator[1 - odd] = 132 * k + 97;
  f.denominator[1 - odd] = (4 * k + 1) * (4 * k + 3);
  f.numerator[2 + odd] = 1;
  f.denominator[2 + odd] = 10 * k + 9;
  f.numerator[3 - odd] = 80 * k + 48;
  f.denominator[3 - odd] = (10 * k + 5) * (10 * k + 7);
  return f;
}

/* Counts the work of a range. */
void bbp_series_count(const struct bbp_series_plan *plan, struct range units,
                      struct partial *partial);

/* A factor that numerator and denominator of every stretch of so many terms have in common. */
void bbp_series_common(const struct bbp_series_formula *formula, uint64_t terms, mpz_t ret_factor);

/* --- Binary splitting ---
 *
 * (Haible and Papanikolaou 1998.)  The terms a <= k < b, n = b - a of them, are
 *
 *     Σ 2^-c(k-a) · p(k)/q(k) = P / (2^c(n-1) · Q),   Q = Π q(k),   c = 4 or 10,
 *
 * with the sign of the term in p, and two neighbours of n1 and n2 terms make
 *
 *     P = 2^(c·n2) · P1·Q2 + P2·Q1,   Q = Q1·Q2.
 *
 * The root of one tree over all terms would have Q of 20 times the bits that are wanted of it (14
 * with Bellard's formula); so there are groups, each with a division of its own.
 */

/* A leaf has at most so many terms.  The counters describe the reference's tree. */
enum { BBP_SERIES_LEAF_TERMS = 8 };

/* P and Q of a stretch of terms. */
void bbp_series_split(const struct bbp_series_formula *formula, struct range terms, mpz_t p,
                      mpz_t q);

/* P1, Q1 become P, Q; P2, Q2 are used up; bits = c·n2. */
void bbp_series_join(uint64_t bits, mpz_t p1, mpz_t q1, mpz_t p2, mpz_t q2);

/* partial += floor(2^F · the sum of a group), P is used up. */
void bbp_series_group_add(const struct bbp_series_plan *plan, struct range terms, mpz_t p,
                          const mpz_t q, struct partial *partial);

/* --- Digits in words of their own ---
 *
 * The sums of `lazy`: digit i is worth 2^(bits·i) ulps, of any size and either sign. */

/* Carries: leaves digits from 0 to 2^bits - 1, but for the last one, which has the sign. */
void bbp_series_carry(unsigned bits, int64_t *digits, uint64_t count);

/* partial += carried digits, the last of which is between -2^bits and 2^bits. */
void bbp_series_digits_add(const struct bbp_series_plan *plan, unsigned bits, const int64_t *digits,
                           uint64_t count, struct partial *partial);

/* The `lazy` or `fused` terms of a range that begins with an even one, by words of 64 bits. Returns
 * 0 or -ENOMEM. */
int bbp_series_lazy_add(const struct bbp_series_plan *plan, struct range terms,
                        struct partial *partial);

/* --- Variants --- */

/* variant.run.  -ENOMEM only for what they allocate themselves: GMP and MPFR abort
 * when they find no memory. */
int bbp_series_groups_reference(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_groups_scalar(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_fused_reference(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_lazy_scalar(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_lazy_avx512(const void *plan, struct range units, struct partial *ret_partial);
int bbp_series_textbook_reference(const void *plan, struct range units,
                                  struct partial *ret_partial);
