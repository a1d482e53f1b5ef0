/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series_reference.c: the three methods with GMP and MPFR, as bbp_series.h defines them.
 */

#include <assert.h>
#include <gmp.h>
#include <mpfr.h>

#include "bbp_series.h"

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "words of a partial are GMP's limbs");

__extension__ typedef unsigned __int128 wide;

/* partial += number >= 0. */
static void add(const struct bbp_series_plan *plan, const mpz_t number, struct partial *partial)
{
  assert(mpz_sgn(number) >= 0 && mpz_size(number) <= plan->point.words);
  if (mpz_sgn(number) > 0)
    mpn_add(partial->payload, partial->payload, (mp_size_t)plan->point.words,
            mpz_limbs_read(number), (mp_size_t)mpz_size(number));
}

/* --- textbook --- */

/* term = 16^-k·(4/(8k+1) - 2/(8k+4) - 1/(8k+5) - 1/(8k+6)), in ulps.  The power of two is exact. */
static void textbook_term(const struct bbp_series_plan *plan, uint64_t k, mpfr_t term,
                          mpfr_t fraction)
{
  static const unsigned numerators[] = {4, 2, 1, 1}, offsets[] = {1, 4, 5, 6};
  mpfr_set_zero(term, 1);
  for (unsigned i = 0; i < 4; i++) {
    mpfr_set_ui(fraction, numerators[i], MPFR_RNDN);
    mpfr_div_ui(fraction, fraction, 8 * k + offsets[i], MPFR_RNDN);
    if (i == 0)
      mpfr_swap(term, fraction);
    else
      mpfr_sub(term, term, fraction, MPFR_RNDN);
  }
  mpfr_mul_2si(term, term, (long)plan->point.fraction_bits - 4 * (long)k, MPFR_RNDN);
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
    add(p, ulps, ret_partial);
  }
  mpz_clear(ulps);
  mpfr_clears(term, fraction, (mpfr_ptr)NULL);
  bbp_series_count(p, units, ret_partial);
  return 0;
}

/* --- fused --- */

/* Leaves off at F - 4k bits: below them the term has no bits to give. */
int bbp_series_fused_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, units);
  mpz_t term, fraction;
  mpz_inits(term, fraction, NULL);
  for (uint64_t k = terms.begin; k < terms.end; k++) {
    struct bbp_series_fractions f = bbp_series_fractions_at(k);
    mpz_set_ui(term, f.numerator[0]);
    mpz_mul_2exp(term, term, p->point.fraction_bits - 4 * k);
    mpz_fdiv_q_ui(term, term, f.denominator[0]);
    mpz_set_ui(fraction, f.numerator[1]);
    mpz_mul_2exp(fraction, fraction, p->point.fraction_bits - 4 * k);
    mpz_fdiv_q_ui(fraction, fraction, f.denominator[1]);
    mpz_sub(term, term, fraction); /* >= 0, as the first fraction is the larger one */
    add(p, term, ret_partial);
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

/* p(k) and q(k), for k < 2^30: 10^9 hexadecimal digits. */
static void fraction_at(uint64_t k, mpz_t p, mpz_t q)
{
  set_wide(p, ((wide)120 * k + 151) * k + 47);
  set_wide(q, (wide)((2 * k + 1) * (8 * k + 1)) * (4 * k + 3));
  mpz_mul_ui(q, q, 8 * k + 5);
}

static void split_leaf(struct range terms, mpz_t p, mpz_t q)
{
  mpz_t p1, q1;
  mpz_inits(p1, q1, NULL);
  fraction_at(terms.begin, p, q);
  for (uint64_t k = terms.begin + 1; k < terms.end; k++) {
    fraction_at(k, p1, q1);
    mpz_mul(p, p, q1);
    mpz_mul_2exp(p, p, 4);
    mpz_addmul(p, p1, q);
    mpz_mul(q, q, q1);
  }
  mpz_clears(p1, q1, NULL);
}

void bbp_series_join(uint64_t terms, mpz_t p1, mpz_t q1, mpz_t p2, mpz_t q2)
{
  mpz_mul(p1, p1, q2);
  mpz_mul_2exp(p1, p1, 4 * terms);
  mpz_mul(p2, p2, q1);
  mpz_add(p1, p1, p2);
  mpz_mul(q1, q1, q2);
}

void bbp_series_split(struct range terms, mpz_t p, mpz_t q)
{
  uint64_t count = terms.end - terms.begin, middle = terms.begin + count / 2;
  if (count <= BBP_SERIES_LEAF_TERMS) {
    split_leaf(terms, p, q);
    return;
  }
  mpz_t p2, q2;
  mpz_inits(p2, q2, NULL);
  bbp_series_split((struct range){terms.begin, middle}, p, q);
  bbp_series_split((struct range){middle, terms.end}, p2, q2);
  bbp_series_join(terms.end - middle, p, q, p2, q2);
  mpz_clears(p2, q2, NULL);
}

/* 4·(end - 1) < F, as T = F/4. */
void bbp_series_group_add(const struct bbp_series_plan *plan, struct range terms, mpz_t p,
                          const mpz_t q, struct partial *partial)
{
  mpz_mul_2exp(p, p, plan->point.fraction_bits - 4 * (terms.end - 1));
  mpz_tdiv_q(p, p, q);
  add(plan, p, partial);
}

int bbp_series_groups_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  mpz_t p, q;
  mpz_inits(p, q, NULL);
  for (uint64_t unit = units.begin; unit < units.end; unit++) {
    struct range terms = bbp_series_terms(plan, (struct range){unit, unit + 1});
    bbp_series_split(terms, p, q);
    bbp_series_group_add(plan, terms, p, q, ret_partial);
  }
  mpz_clears(p, q, NULL);
  bbp_series_count(plan, units, ret_partial);
  return 0;
}
