/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series_scalar.c: `fused` by many long divisions at once, `groups` without common factors.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bbp_series.h"

/* --- fused ---
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
 * Chains end in the same digit, and 4 terms begin within 12 bits of each other: their digits are
 * added up as they come.  A sum of digits is below 4·17/16·2^58 on either side; 6 of those, a
 * carried digit and the whole part of term 0 stay below 28·2^58 < 2^63.
 */

enum {
  DIGIT_BITS = 58,
  BLOCK_TERMS = 4,
  CHAINS = 2 * BLOCK_TERMS, /* even ones are added, odd ones subtracted */
  BLOCKS_PER_CARRY = 6,
};

static_assert(BLOCKS_PER_CARRY * BLOCK_TERMS * 17 / 16 + 3 <= 1 << (63 - DIGIT_BITS),
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
  sums[digit] += sign * (int64_t)((whole << first_bits) + step(chains, c, first_bits));
  while (digit > last)
    sums[--digit] += sign * (int64_t)step(chains, c, DIGIT_BITS);
}

/* The digits below `last` of all chains, and what the floors still lack. */
static void chains_run(struct chains *restrict chains, uint64_t last, int64_t *restrict sums)
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
      sum += c % 2 ? -q : q;
    }
    sums[digit] += (int64_t)sum;
  }
  for (unsigned c = 0; c < CHAINS; c++)
    if (r[c] >= chains->divisor[c])
      sums[0] += c % 2 ? -1 : 1;
}

/* The terms of a block; missing ones are 0/3. */
static void block_run(const struct bbp_series_plan *plan, struct range terms, int64_t *sums)
{
  struct chains chains;
  uint64_t last = (plan->point.fraction_bits - 4 * (terms.end - 1)) / DIGIT_BITS;
  for (unsigned i = 0; i < BLOCK_TERMS; i++) {
    struct bbp_series_fractions f = {{0, 0}, {3, 3}};
    uint64_t k = terms.begin + i;
    if (k < terms.end)
      f = bbp_series_fractions_at(k);
    else
      k = terms.end - 1;
    for (unsigned j = 0; j < 2; j++)
      chain_begin(&chains, 2 * i + j, f.numerator[j], f.denominator[j],
                  plan->point.fraction_bits - 4 * k, last, sums);
  }
  chains_run(&chains, last, sums);
}

/* Leaves digits from 0 to 2^D - 1, but for the last one. */
static void carry(int64_t *sums, uint64_t count)
{
  int64_t carried = 0;
  for (uint64_t i = 0; i + 1 < count; i++) {
    int64_t sum = sums[i] + carried;
    sums[i] = sum & DIGIT_MASK;
    carried = sum >> DIGIT_BITS; /* floor */
  }
  sums[count - 1] += carried;
}

/* Digits of 58 bits to words of 64. */
static void pack(const int64_t *digits, uint64_t count, uint64_t words, uint64_t *ret_words)
{
  wide held = 0;
  unsigned bits = 0;
  for (uint64_t i = 0, w = 0; w < words; i++) {
    held |= (wide)(i < count ? (uint64_t)digits[i] : 0) << bits;
    bits += DIGIT_BITS;
    if (bits >= 64) {
      ret_words[w++] = (uint64_t)held;
      held >>= 64;
      bits -= 64;
    }
  }
}

int bbp_series_fused_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, units);
  if (terms.begin == terms.end)
    return 0;
  /* One digit more for what the first one carries. */
  uint64_t count = (p->point.fraction_bits - 4 * terms.begin) / DIGIT_BITS + 2;
  int64_t *sums = calloc(count, sizeof *sums);
  if (!sums)
    return -ENOMEM;
  unsigned blocks = 0;
  for (uint64_t k = terms.begin; k < terms.end; k += BLOCK_TERMS) {
    uint64_t end = k + BLOCK_TERMS < terms.end ? k + BLOCK_TERMS : terms.end;
    block_run(p, (struct range){k, end}, sums);
    if (++blocks % BLOCKS_PER_CARRY == 0)
      carry(sums, count);
  }
  carry(sums, count);
  pack(sums, count, p->point.words, ret_partial->payload);
  free(sums);
  bbp_series_count(p, units, ret_partial);
  return 0;
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
 * without its powers of two if the step is even.  In a block of n terms 8k+1 and 8k+5 are 2n
 * successive 4j+1; 2k+1 and 4k+3 are n each: R(n) is a product of three.  Q keeps a common
 * denominator of each of the three, so of their products: P has the factor R as well.
 *
 * R(1024) has 28 of 80 bits per term at 10^6 digits; that is a fifth off the time of splitting.
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

void bbp_series_common(uint64_t terms, mpz_t ret_factor)
{
  mpz_t factor;
  mpz_init(factor);
  common_of(terms, factor);
  common_of(2 * terms, ret_factor);
  mpz_mul(ret_factor, ret_factor, factor);
  mpz_mul(ret_factor, ret_factor, factor);
  mpz_clear(factor);
}

/* Splits between blocks; the last of a group's blocks may be short and is left as it is. */
static void split_blocks(const struct bbp_series_plan *plan, struct range terms, mpz_t p, mpz_t q)
{
  uint64_t count = terms.end - terms.begin;
  if (count <= plan->block_terms) {
    bbp_series_split(terms, p, q);
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
  bbp_series_join(terms.end - middle, p, q, p2, q2);
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
