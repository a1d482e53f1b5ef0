/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series_reference.c: the methods with GMP and MPFR, as bbp_series.h defines them.
 */

#include <assert.h>
#include <gmp.h>
#include <mpfr.h>

#include "bbp_series.h"

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "words of a partial are GMP's limbs");

__extension__ typedef unsigned __int128 wide;

/* partial += number, of either sign. */
static void add_number(const struct bbp_series_plan *plan, const mpz_t number,
                       struct partial *partial)
{
  mp_size_t words = (mp_size_t)plan->point.words, size = (mp_size_t)mpz_size(number);
  assert(size <= words);
  if (mpz_sgn(number) > 0)
    mpn_add(partial->payload, partial->payload, words, mpz_limbs_read(number), size);
  else if (mpz_sgn(number) < 0)
    mpn_sub(partial->payload, partial->payload, words, mpz_limbs_read(number), size);
}

/* --- textbook --- */

/* In ulps.  The power of two is exact. */
static void textbook_term(const struct bbp_series_plan *plan, uint64_t k, mpfr_t term,
                          mpfr_t fraction)
{
  const struct bbp_series_formula *formula = plan->formula;
  mpfr_set_zero(term, 1);
  for (unsigned i = 0; i < formula->simple_fractions; i++) {
    mpfr_set_si(fraction, formula->simple[i].numerator, MPFR_RNDN);
    mpfr_div_ui(fraction, fraction,
                (uint64_t)formula->simple[i].step * k + (uint64_t)formula->simple[i].offset,
                MPFR_RNDN);
    mpfr_add(term, term, fraction, MPFR_RNDN);
  }
  if (formula->alternates && k % 2)
    mpfr_neg(term, term, MPFR_RNDN);
  mpfr_mul_2si(term, term,
               (long)plan->point.fraction_bits - (long)formula->scale_bits
                   - (long)formula->term_bits * (long)k,
               MPFR_RNDN);
}

int bbp_series_textbook_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, units);
  mpfr_t term, fraction;
  mpz_t ulps;
  mpfr_inits2((mpfr_prec_t)(64 * p->point.words), term, fraction, (mpfr_ptr)NULL);
  mpz_init(ulps);
  for (uint64_t k = terms.begin; k < terms.end; k++) {
    textbook_term(p, k, term, fraction);
    mpfr_get_z(ulps, term, MPFR_RNDD);
    add_number(p, ulps, ret_partial);
  }
  mpz_clear(ulps);
  mpfr_clears(term, fraction, (mpfr_ptr)NULL);
  bbp_series_count(p, units, ret_partial);
  return 0;
}

/* --- fused, lazy --- */

int bbp_series_fused_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, units);
  mpz_t term, fraction;
  mpz_inits(term, fraction, NULL);
  for (uint64_t k = terms.begin; k < terms.end; k++) {
    struct bbp_series_fractions f = bbp_series_fractions_at(bbp_series_is_bellard(p), k);
    mpz_set_ui(term, 0);
    for (unsigned i = 0; i < p->formula->fractions; i++) {
      mpz_set_ui(fraction, f.numerator[i]);
      mpz_mul_2exp(fraction, fraction, bbp_series_shift(p, k));
      mpz_fdiv_q_ui(fraction, fraction, f.denominator[i]);
      (i % 2 ? mpz_sub : mpz_add)(term, term, fraction);
    }
    add_number(p, term, ret_partial);
  }
  mpz_clears(term, fraction, NULL);
  bbp_series_count(p, units, ret_partial);
  return 0;
}

/* --- groups --- */

/* number = value < 2^128 */
static void set_wide(mpz_t number, wide value)
{
  mp_limb_t *limbs = mpz_limbs_write(number, 2);
  limbs[0] = (mp_limb_t)value;
  limbs[1] = (mp_limb_t)(value >> 64);
  mpz_limbs_finish(number, 2);
}

/* p(k) and q(k) of BBP, for k < 2^30: 10^9 hexadecimal digits. */
static void bbp_at(uint64_t k, mpz_t p, mpz_t q)
{
  set_wide(p, ((wide)120 * k + 151) * k + 47);
  set_wide(q, (wide)((2 * k + 1) * (8 * k + 1)) * (4 * k + 3));
  mpz_mul_ui(q, q, 8 * k + 5);
}

/* ret = a/b - c/d, or its negative; numerator and denominator of it. */
static void difference(uint64_t a, uint64_t b, uint64_t c, uint64_t d, mpz_t ret_p, mpz_t ret_q)
{
  wide left = (wide)a * d, right = (wide)c * b;
  set_wide(ret_p, left > right ? left - right : right - left);
  if (left < right)
    mpz_neg(ret_p, ret_p);
  set_wide(ret_q, (wide)b * d);
}

/* p(k) and q(k) of Bellard's, for k < 2^29; the sign of the term is in p. */
static void bellard_at(uint64_t k, mpz_t p, mpz_t q)
{
  struct bbp_series_fractions f = bbp_series_fractions_at(true, k);
  mpz_t p2, q2;
  mpz_inits(p2, q2, NULL);
  difference(f.numerator[0], f.denominator[0], f.numerator[1], f.denominator[1], p, q);
  difference(f.numerator[2], f.denominator[2], f.numerator[3], f.denominator[3], p2, q2);
  mpz_mul(p, p, q2);
  mpz_addmul(p, p2, q);
  mpz_mul(q, q, q2);
  mpz_clears(p2, q2, NULL);
}

static void split_leaf(const struct bbp_series_formula *formula, struct range terms, mpz_t p,
                       mpz_t q)
{
  void (*fraction_at)(uint64_t, mpz_t, mpz_t) = formula->alternates ? bellard_at : bbp_at;
  mpz_t p1, q1;
  mpz_inits(p1, q1, NULL);
  fraction_at(terms.begin, p, q);
  for (uint64_t k = terms.begin + 1; k < terms.end; k++) {
    fraction_at(k, p1, q1);
    mpz_mul(p, p, q1);
    mpz_mul_2exp(p, p, formula->term_bits);
    mpz_addmul(p, p1, q);
    mpz_mul(q, q, q1);
  }
  mpz_clears(p1, q1, NULL);
}

void bbp_series_join(uint64_t bits, mpz_t p1, mpz_t q1, mpz_t p2, mpz_t q2)
{
  mpz_mul(p1, p1, q2);
  mpz_mul_2exp(p1, p1, bits);
  mpz_mul(p2, p2, q1);
  mpz_add(p1, p1, p2);
  mpz_mul(q1, q1, q2);
}

void bbp_series_split(const struct bbp_series_formula *formula, struct range terms, mpz_t p,
                      mpz_t q)
{
  uint64_t count = terms.end - terms.begin, middle = terms.begin + count / 2;
  if (count <= BBP_SERIES_LEAF_TERMS) {
    split_leaf(formula, terms, p, q);
    return;
  }
  mpz_t p2, q2;
  mpz_inits(p2, q2, NULL);
  bbp_series_split(formula, (struct range){terms.begin, middle}, p, q);
  bbp_series_split(formula, (struct range){middle, terms.end}, p2, q2);
  bbp_series_join(formula->term_bits * (terms.end - middle), p, q, p2, q2);
  mpz_clears(p2, q2, NULL);
}

void bbp_series_group_add(const struct bbp_series_plan *plan, struct range terms, mpz_t p,
                          const mpz_t q, struct partial *partial)
{
  mpz_mul_2exp(p, p, bbp_series_shift(plan, terms.end - 1));
  mpz_fdiv_q(p, p, q);
  add_number(plan, p, partial);
}

int bbp_series_groups_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  mpz_t p, q;
  mpz_inits(p, q, NULL);
  for (uint64_t unit = units.begin; unit < units.end; unit++) {
    struct range terms = bbp_series_terms(plan, (struct range){unit, unit + 1});
    bbp_series_split(((const struct bbp_series_plan *)plan)->formula, terms, p, q);
    bbp_series_group_add(plan, terms, p, q, ret_partial);
  }
  mpz_clears(p, q, NULL);
  bbp_series_count(plan, units, ret_partial);
  return 0;
}
