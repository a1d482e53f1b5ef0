/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chudnovsky_split.c: the binary splitting of the kernel chudnovsky; see chudnovsky.h. */

#include "chudnovsky.h"
#include "products.h"

/* C³/24 = 2^15·CUBE. */
static const uint64_t A = 13591409, B = 545140134, CUBE = UINT64_C(10939058860032000) >> 15;
enum { CUBE_TWOS = 15, RUN_TERMS = 8 };

/* --- Common factors --- */

/* a(n)²·b(n). */
static void common_of_block(uint64_t terms, mpz_t ret)
{
  mpz_t three;
  mpz_init_set_ui(three, 3);
  mpz_fac_ui(ret, terms);
  mpz_fdiv_q_2exp(ret, ret, mpz_scan1(ret, 0));
  mpz_t without;
  mpz_init(without);
  mpz_remove(without, ret, three);
  mpz_mul(ret, ret, without);
  mpz_mul(ret, ret, without);
  mpz_clears(three, without, NULL);
}

void chudnovsky_factors_init(struct chudnovsky_factors *factors, unsigned levels)
{
  mpz_t *left_out = &factors->left_out;
  mpz_init_set_ui(*left_out, 1);
  factors->levels = levels;
  for (unsigned level = 1; level <= levels; level++) {
    mpz_t *common = &factors->common[level - 1];
    mpz_init(*common);
    common_of_block((uint64_t)CHUDNOVSKY_LEAF << (level - 1), *common);
    mpz_divexact(*common, *common, *left_out);
    mpz_mul(*left_out, *left_out, *left_out);
    mpz_mul(*left_out, *left_out, *common);
  }
}

void chudnovsky_factors_clear(struct chudnovsky_factors *factors)
{
  for (unsigned level = 1; level <= factors->levels; level++)
    mpz_clear(factors->common[level - 1]);
  mpz_clear(factors->left_out);
}

/* --- Sums --- */

void chudnovsky_sum_init(struct chudnovsky_sum *sum)
{
  mpz_inits(sum->p, sum->q, sum->t, NULL);
}

void chudnovsky_sum_clear(struct chudnovsky_sum *sum)
{
  mpz_clears(sum->p, sum->q, sum->t, NULL);
}

/* Twos in n!: n less its ones (Legendre). */
static uint64_t factorial_twos(uint64_t n)
{
  return n - (uint64_t)__builtin_popcountll(n);
}

uint64_t chudnovsky_exponent(struct range terms)
{
  return CUBE_TWOS * (terms.end - terms.begin)
         + 3 * (factorial_twos(terms.end - 1) - factorial_twos(terms.begin - 1));
}

void chudnovsky_join(struct range right_terms, struct chudnovsky_sum *left,
                     struct chudnovsky_sum *right)
{
  mpz_mul(left->t, left->t, right->q);
  mpz_mul_2exp(left->t, left->t, chudnovsky_exponent(right_terms));
  mpz_mul(right->t, right->t, left->p);
  mpz_add(left->t, left->t, right->t);
  mpz_mul(left->p, left->p, right->p);
  mpz_mul(left->q, left->q, right->q);
}

/* Few terms, one after the other; k < 2^30, so that products of two of its factors fit a word. */
static void run(struct range terms, struct chudnovsky_sum *sum)
{
  mpz_set_ui(sum->p, 1);
  mpz_set_ui(sum->q, 1);
  mpz_set_ui(sum->t, 0);
  for (uint64_t k = terms.begin; k < terms.end; k++) {
    unsigned twos = (unsigned)__builtin_ctzll(k);
    uint64_t odd = k >> twos;
    mpz_mul_ui(sum->t, sum->t, odd * odd);
    mpz_mul_ui(sum->t, sum->t, odd);
    mpz_mul_ui(sum->t, sum->t, CUBE);
    mpz_mul_2exp(sum->t, sum->t, CUBE_TWOS + 3 * twos);
    mpz_mul_ui(sum->q, sum->q, odd * odd);
    mpz_mul_ui(sum->q, sum->q, odd);
    mpz_mul_ui(sum->q, sum->q, CUBE);
    mpz_mul_ui(sum->p, sum->p, (6 * k - 5) * (2 * k - 1));
    mpz_mul_ui(sum->p, sum->p, 6 * k - 1);
    (k % 2 ? mpz_submul_ui : mpz_addmul_ui)(sum->t, sum->p, A + B * k);
  }
}

/* Within a leaf. */
static void split_leaf(struct range terms, struct chudnovsky_sum *sum)
{
  uint64_t count = terms.end - terms.begin;
  if (count <= RUN_TERMS) {
    run(terms, sum);
    return;
  }
  struct chudnovsky_sum right;
  struct range after = {terms.begin + count / 2, terms.end};
  chudnovsky_sum_init(&right);
  split_leaf((struct range){terms.begin, after.begin}, sum);
  split_leaf(after, &right);
  chudnovsky_join(after, sum, &right);
  chudnovsky_sum_clear(&right);
}

/* A block of that level, or the beginning of one. */
static void split_block(const struct chudnovsky_factors *factors, unsigned level,
                        struct range terms, struct chudnovsky_sum *sum)
{
  uint64_t count = terms.end - terms.begin;
  while (level > 0 && count <= (uint64_t)CHUDNOVSKY_LEAF << (level - 1))
    level--;
  if (level == 0) {
    split_leaf(terms, sum);
    return;
  }
  uint64_t half = (uint64_t)CHUDNOVSKY_LEAF << (level - 1);
  struct chudnovsky_sum right;
  struct range after = {terms.begin + half, terms.end};
  chudnovsky_sum_init(&right);
  split_block(factors, level - 1, (struct range){terms.begin, after.begin}, sum);
  split_block(factors, level - 1, after, &right);
  if (after.end - after.begin == half) {
    mpz_divexact(sum->p, sum->p, factors->common[level - 1]);
    mpz_divexact(right.q, right.q, factors->common[level - 1]);
  }
  chudnovsky_join(after, sum, &right);
  chudnovsky_sum_clear(&right);
}

void chudnovsky_block(const struct chudnovsky_factors *factors, struct range terms,
                      struct chudnovsky_sum *ret_sum)
{
  split_block(factors, factors->levels, terms, ret_sum);
}

/* --- Counters: the trees of split_leaf() and split_block() --- */

static void count_leaf(uint64_t terms, uint64_t *products)
{
  if (terms <= RUN_TERMS)
    return;
  count_leaf(terms / 2, products);
  count_leaf(terms - terms / 2, products);
  products_add(terms, CHUDNOVSKY_JOIN_PRODUCTS, products);
}

void chudnovsky_block_count(unsigned level, uint64_t terms, uint64_t *divisions, uint64_t *products)
{
  while (level > 0 && terms <= (uint64_t)CHUDNOVSKY_LEAF << (level - 1))
    level--;
  if (level == 0) {
    count_leaf(terms, products);
    return;
  }
  uint64_t half = (uint64_t)CHUDNOVSKY_LEAF << (level - 1);
  chudnovsky_block_count(level - 1, half, divisions, products);
  chudnovsky_block_count(level - 1, terms - half, divisions, products);
  if (terms == 2 * half)
    *divisions += 2;
  products_add(terms, CHUDNOVSKY_JOIN_PRODUCTS, products);
}

/* --- The reference --- */

/* G of the beginning of a block. */
static void left_out(const struct chudnovsky_factors *factors, unsigned level, uint64_t count,
                     mpz_t ret)
{
  while (level > 0 && count <= (uint64_t)CHUDNOVSKY_LEAF << (level - 1))
    level--;
  mpz_set_ui(ret, 1);
  if (level == 0)
    return;
  uint64_t half = (uint64_t)CHUDNOVSKY_LEAF << (level - 1);
  mpz_t right;
  mpz_init(right);
  left_out(factors, level - 1, half, ret);
  left_out(factors, level - 1, count - half, right);
  mpz_mul(ret, ret, right);
  if (count == 2 * half)
    mpz_mul(ret, ret, factors->common[level - 1]);
  mpz_clear(right);
}

void chudnovsky_block_reference(const struct chudnovsky_factors *factors, struct range terms,
                                struct chudnovsky_sum *ret_sum)
{
  mpz_t factor;
  mpz_init(factor);
  run(terms, ret_sum);
  left_out(factors, factors->levels, terms.end - terms.begin, factor);
  mpz_divexact(ret_sum->p, ret_sum->p, factor);
  mpz_divexact(ret_sum->q, ret_sum->q, factor);
  mpz_divexact(ret_sum->t, ret_sum->t, factor);
  mpz_clear(factor);
}
