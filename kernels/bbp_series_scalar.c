/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series_scalar.c: `lazy` and `fused` by words of 64 bits, `groups` without common factors.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bbp_series.h"

/* --- lazy, fused ---
 *
 * A chain is the long division of a·2^s by d, in digits of D = 58 bits.  d is shifted left into
 * (2^58, 2^59) and a with it.  One step takes the remainder r to the next one, r':
 *
 *     v = floor(2^(D+64)/d) < 2^64,   q = floor(r·v / 2^64),   r' = 2^D·r - q·d.
 *
 * As 2^D·r/d - q < 1 + r/2^64, 0 <= r' < (1 + r/2^64)·d.  A division by an inverse would now
 * correct q and r' (Möller and Granlund, "Improved division by invariant integers", 2011).  Here
 * they stay: for r < 2^60 the next r is below 17/16·d < 2^60 as well, q is below 2^D·17/16, and
 *
 *     a·2^s = d·Σ q_i·2^(D·i) + r,
 *
 * is exact all the way.  So Σ q_i·2^(D·i) is the floor, or one less if the last r is d or more.  A
 * step is two multiplications, a shift and a subtraction; 8 chains hide their latency.
 *
 * Chains end in the same digit, and the terms of a block begin within 12 bits of each other: their
 * digits are added up as they come.  A sum of digits is below 4·17/16·2^58 on either side; 6 of
 * those, a carried digit and whole parts cut to a digit  stay below 28·2^58 < 2^63.
 *
 * `fused` corrects after each step, as a division by an inverse usually does: the like-for-like
 * figure of what laziness gains.
 */

enum {
  DIGIT_BITS = 58,
  CHAINS = 8, /* even ones are added, odd ones subtracted */
  BLOCKS_PER_CARRY = 6,
};

static_assert(BLOCKS_PER_CARRY * CHAINS / 2 * 17 / 16 + 3 <= 1 << (63 - DIGIT_BITS),
              "sums of digits stay below 2^63");

#define DIGIT_MASK ((INT64_C(1) << DIGIT_BITS) - 1)

__extension__ typedef unsigned __int128 wide;

struct chains {
  uint64_t remainder[CHAINS], divisor[CHAINS], inverse[CHAINS];
};

/* The next `bits` bits of a quotient, bits <= D.  With fewer than D as well, q is the floor of what
 * falls short of 2^bits·r/d by less than r/2^64. */
static uint64_t step(struct chains *chains, unsigned c, unsigned bits)
{
  uint64_t r = chains->remainder[c];
  uint64_t q = (uint64_t)((wide)r * chains->inverse[c] >> 64) >> (DIGIT_BITS - bits);
  chains->remainder[c] = (r << bits) - q * chains->divisor[c];
  return q;
}

/* Begins chain c, a·2^bits / d, d no power of two, and adds its digits down to `last`. */
static void chain_begin(struct chains *chains, unsigned c, uint64_t a, uint64_t d, uint64_t bits,
                        uint64_t last, int64_t *sums)
{
  uint64_t digit = bits / DIGIT_BITS, whole = a / d; /* 0 for k > 0 */
  unsigned first_bits = bits % DIGIT_BITS;
  unsigned shift = (unsigned)__builtin_clzll(d) - (63 - DIGIT_BITS);
  chains->divisor[c] = d << shift;
  chains->inverse[c] = (uint64_t)(((wide)1 << (DIGIT_BITS + 64)) / chains->divisor[c]);
  chains->remainder[c] = (a - whole * d) << shift;
  int64_t sign = c % 2 ? -1 : 1;
  /* Of the first terms the whole part can be longer than the digit. */
  wide carried = (wide)whole << first_bits;
  sums[digit + 1] += sign * (int64_t)(carried >> DIGIT_BITS);
  sums[digit] += sign * (int64_t)(((uint64_t)carried & DIGIT_MASK) + step(chains, c, first_bits));
  while (digit > last)
    sums[--digit] += sign * (int64_t)step(chains, c, DIGIT_BITS);
}

/* The digits below `last` of all chains, and what the floors still lack. */
static inline __attribute__((always_inline)) void
chains_run_as(struct chains *restrict chains, uint64_t last, int64_t *restrict sums, bool corrects)
{
  uint64_t r[CHAINS];
  for (unsigned c = 0; c < CHAINS; c++)
    r[c] = chains->remainder[c];
  for (uint64_t digit = last; digit-- > 0;) {
    uint64_t sum = 0;
#pragma GCC unroll 8
    for (unsigned c = 0; c < CHAINS; c++) {
      uint64_t q = (uint64_t)((wide)r[c] * chains->inverse[c] >> 64);
      r[c] = (r[c] << DIGIT_BITS) - q * chains->divisor[c];
      if (corrects) {
        uint64_t over = r[c] >= chains->divisor[c];
        q += over;
        r[c] -= over ? chains->divisor[c] : 0;
      }
      sum += c % 2 ? -q : q;
    }
    sums[digit] += (int64_t)sum;
  }
  for (unsigned c = 0; c < CHAINS; c++)
    if (r[c] >= chains->divisor[c])
      sums[0] += c % 2 ? -1 : 1;
}

static void chains_run(struct chains *chains, uint64_t last, int64_t *sums)
{
  chains_run_as(chains, last, sums, false);
}

static void chains_run_corrected(struct chains *chains, uint64_t last, int64_t *sums)
{
  chains_run_as(chains, last, sums, true);
}

/* The terms of a block, chains behind each other; missing ones are 0/3. */
static void block_run(const struct bbp_series_plan *plan, struct range terms, unsigned block_terms,
                      int64_t *sums)
{
  struct chains chains;
  unsigned fractions = plan->formula->fractions;
  uint64_t last = bbp_series_shift(plan, terms.end - 1) / DIGIT_BITS;
  for (unsigned i = 0; i < block_terms; i++) {
    struct bbp_series_fractions f = {{0, 0, 0, 0}, {3, 3, 3, 3}};
    uint64_t k = terms.begin + i;
    if (k < terms.end)
      f = bbp_series_fractions_at(bbp_series_is_bellard(plan), k);
    else
      k = terms.end - 1;
    for (unsigned j = 0; j < fractions; j++)
      chain_begin(&chains, fractions * i + j, f.numerator[j], f.denominator[j],
                  bbp_series_shift(plan, k), last, sums);
  }
  (plan->method == BBP_SERIES_FUSED ? chains_run_corrected : chains_run)(&chains, last, sums);
}

int bbp_series_lazy_add(const struct bbp_series_plan *plan, struct range terms,
                        struct partial *partial)
{
  if (terms.begin == terms.end)
    return 0;
  /* One digit more for what the first one carries, and one for the sign. */
  uint64_t count = bbp_series_shift(plan, terms.begin) / DIGIT_BITS + 3;
  unsigned blocks = 0, block_terms = CHAINS / plan->formula->fractions;
  int64_t *sums = calloc(count, sizeof *sums);
  if (!sums)
    return -ENOMEM;
  for (uint64_t k = terms.begin; k < terms.end; k += block_terms) {
    uint64_t end = k + block_terms < terms.end ? k + block_terms : terms.end;
    block_run(plan, (struct range){k, end}, block_terms, sums);
    if (++blocks % BLOCKS_PER_CARRY == 0)
      bbp_series_carry(DIGIT_BITS, sums, count);
  }
  bbp_series_carry(DIGIT_BITS, sums, count);
  bbp_series_digits_add(plan, DIGIT_BITS, sums, count, partial);
  free(sums);
  return 0;
}

int bbp_series_lazy_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  int r = bbp_series_lazy_add(p, bbp_series_terms(p, units), ret_partial);
  bbp_series_count(p, units, ret_partial);
  return r;
}

/* --- Digits in words of their own --- */

void bbp_series_carry(unsigned bits, int64_t *digits, uint64_t count)
{
  const int64_t mask = (INT64_C(1) << bits) - 1;
  int64_t carried = 0;
  for (uint64_t i = 0; i + 1 < count; i++) {
    int64_t sum = digits[i] + carried;
    digits[i] = sum & mask;
    carried = sum >> bits; /* floor */
  }
  digits[count - 1] += carried;
}

/* The number in two's complement, as many words as a partial has. */
void bbp_series_digits_add(const struct bbp_series_plan *plan, unsigned bits, const int64_t *digits,
                           uint64_t count, struct partial *partial)
{
  const uint64_t mask = (UINT64_C(1) << bits) - 1, sign = digits[count - 1] < 0 ? mask : 0;
  wide held = 0;
  unsigned held_bits = 0;
  uint64_t carried = 0;
  for (uint64_t i = 0, w = 0; w < plan->point.words; i++) {
    held |= (wide)(i < count ? (uint64_t)digits[i] & mask : sign) << held_bits;
    held_bits += bits;
    if (held_bits < 64)
      continue;
    wide sum = (wide)partial->payload[w] + (uint64_t)held + carried;
    partial->payload[w++] = (uint64_t)sum;
    carried = (uint64_t)(sum >> 64);
    held >>= 64;
    held_bits -= 64;
  }
}

/* --- groups ---
 *
 * The denominators of neighbouring terms have small primes in common, so P and Q of a block are far
 * from lowest terms.  A factor R that both have whichever the block is:
 *
 * L successive terms m of an arithmetic progression have at least ⌊L/p^e⌋ multiples of p^e, p prime
 * to the step.  A common denominator needs the greatest v_p(m) only, one for each e up to it.  So
 * all but one for each p^e <= L may go from the product of all m,
 *
 *     Π_p p^(Σ_{p^e <= L} (⌊L/p^e⌋ - 1)) = L!/lcm(1 ... L),
 *
 * without its powers of two if the step is even.  In a block of n terms of BBP 8k+1 and 8k+5 are
 * 2n successive 4j+1; 2k+1 and 4k+3 are n each: R(n) is a product of three.  Of Bellard's 4k+1 and
 * 4k+3 are 2n successive 2j+1, and the others 5n.  Q keeps a common denominator of each
 * progression, so of their products: P has the factor R as well.
 *
 * R(1024) of BBP has 28 of 80 bits per term at 10^6 digits; that is a fifth off the time of
 * splitting.
 */

/* The odd part of count!/lcm(1 ... count). */
static void common_of(unsigned long count, mpz_t ret_factor)
{
  mpz_t lcm;
  mpz_init_set_ui(lcm, 1);
  for (unsigned long m = 3; m <= count; m += 2)
    mpz_lcm_ui(lcm, lcm, m);
  mpz_fac_ui(ret_factor, count);
  mpz_fdiv_q_2exp(ret_factor, ret_factor, mpz_scan1(ret_factor, 0));
  mpz_divexact(ret_factor, ret_factor, lcm);
  mpz_clear(lcm);
}

void bbp_series_common(const struct bbp_series_formula *formula, uint64_t terms, mpz_t ret_factor)
{
  mpz_t factor;
  mpz_init(factor);
  mpz_set_ui(ret_factor, 1);
  for (unsigned i = 0; i < 3 && formula->progressions[i]; i++) {
    common_of(formula->progressions[i] * terms, factor);
    mpz_mul(ret_factor, ret_factor, factor);
  }
  mpz_clear(factor);
}

/* Splits between blocks; the last of a group's blocks may be short and is left as it is. */
static void split_blocks(const struct bbp_series_plan *plan, struct range terms, mpz_t p, mpz_t q)
{
  uint64_t count = terms.end - terms.begin;
  if (count <= plan->block_terms) {
    bbp_series_split(plan->formula, terms, p, q);
    if (count == plan->block_terms) {
      mpz_divexact(p, p, plan->common);
      mpz_divexact(q, q, plan->common);
    }
    return;
  }
  uint64_t blocks = (count + plan->block_terms - 1) / plan->block_terms;
  uint64_t middle = terms.begin + blocks / 2 * plan->block_terms;
  mpz_t p2, q2;
  mpz_inits(p2, q2, NULL);
  split_blocks(plan, (struct range){terms.begin, middle}, p, q);
  split_blocks(plan, (struct range){middle, terms.end}, p2, q2);
  bbp_series_join(plan->formula->term_bits * (terms.end - middle), p, q, p2, q2);
  mpz_clears(p2, q2, NULL);
}

int bbp_series_groups_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  mpz_t p, q;
  mpz_inits(p, q, NULL);
  for (uint64_t unit = units.begin; unit < units.end; unit++) {
    struct range terms = bbp_series_terms(plan, (struct range){unit, unit + 1});
    split_blocks(plan, terms, p, q);
    bbp_series_group_add(plan, terms, p, q, ret_partial);
  }
  mpz_clears(p, q, NULL);
  bbp_series_count(plan, units, ret_partial);
  return 0;
}
