/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chudnovsky.h: what the files of the kernel chudnovsky share.
 *
 * D. V. and G. V. Chudnovsky (1988), with C = 640320:
 *
 *     1/π = 12/C^(3/2) · Σ_k (-1)^k (6k)!/((3k)! k!³) · (A + B·k)/C^(3k),
 *
 * each term worth log2(C³/1728) = 47.11 bits.  From one term to the next the ratio is -p(k)/q(k),
 * p(k) = (6k-5)(2k-1)(6k-1), q(k) = k³·C³/24.  The terms a <= k < b, 1 <= a, relative to the one
 * before them, are
 *
 *     Σ_{a<=k<b} (-1)^k·(A + B·k)·p(a)...p(k)/(q(a)...q(k)) = T/(2^e·Q),
 *     P/(2^e·Q) = p(a)...p(b-1)/(q(a)...q(b-1)),
 *
 * with all powers of two of the q in e, which is known without Q, and two neighbours make
 *
 *     T = 2^e2·T1·Q2 + P1·T2,   P = P1·P2,   Q = Q1·Q2.
 *
 * (Binary splitting: Haible and Papanikolaou 1998.)
 */
#pragma once

#include <gmp.h>

#include "kernel.h"

/* A block has LEAF·2^level terms. */
enum { CHUDNOVSKY_LEAF = 64, CHUDNOVSKY_LEVELS_MOST = 7 };

/*
 * Factors that P1 and Q2 of two neighbouring blocks have in common.  Of n successive k, n/p^e or
 * one more are multiples of p^e, and as many of the 6k-5, of the 2k-1 and of the 6k-1, for p prime
 * to the step 6 or 2.  So P and Q of a block of n terms are divisible by
 *
 *     A(n) = a(n)²·b(n),   a(n), b(n) = n! without its factors 2 and 3, or without 2.
 *
 * P and Q of a joined block may go on without what P1 and Q2 have in common, as T takes P1 and Q2
 * once each:  T/Q = T1/Q1 + P1/Q1·T2/Q2.  With G(n) what was left out of a block of n terms,
 *
 *     common(2n) = A(n)/G(n),   G(2n) = G(n)²·common(2n).
 *
 * At 10^6 digits Q loses 25 of its 79 odd bits a term, P 25 of 60, and splitting a quarter of its
 * time (measured).  Beyond 8192 terms the divisions cost what they gain.
 */
struct chudnovsky_factors {
  unsigned levels;                      /* blocks of level 1 ... levels are reduced */
  mpz_t common[CHUDNOVSKY_LEVELS_MOST]; /* [level - 1]: of its two halves */
  mpz_t left_out;                       /* G of a whole block of the highest level */
};

void chudnovsky_factors_init(struct chudnovsky_factors *factors, unsigned levels);
void chudnovsky_factors_clear(struct chudnovsky_factors *factors);

/* P, Q, T of a range of terms, begin >= 1. */
struct chudnovsky_sum {
  mpz_t p, q, t;
};

void chudnovsky_sum_init(struct chudnovsky_sum *sum);
void chudnovsky_sum_clear(struct chudnovsky_sum *sum);

/* At most one block of the highest level; a shorter stretch is the beginning of one. */
void chudnovsky_block(const struct chudnovsky_factors *factors, struct range terms,
                      struct chudnovsky_sum *ret_sum);

/* The same by the definition: all terms multiplied out one after the other, then divided by what
 * the above leaves out. */
void chudnovsky_block_reference(const struct chudnovsky_factors *factors, struct range terms,
                                struct chudnovsky_sum *ret_sum);

/* What chudnovsky_block() does for so many terms: divisions by common factors, and products of its
 * joins; those within runs of 8 terms are not counted.  products[PRODUCTS_SIZES]. */
void chudnovsky_block_count(unsigned levels, uint64_t terms, uint64_t *divisions,
                            uint64_t *products);

/* T1·Q2, P1·T2, P1·P2, Q1·Q2. */
enum { CHUDNOVSKY_JOIN_PRODUCTS = 4 };

/* left += right, the terms of `right` being these; right is used up. */
void chudnovsky_join(struct range right_terms, struct chudnovsky_sum *left,
                     struct chudnovsky_sum *right);

/* The exponent e of a range. */
uint64_t chudnovsky_exponent(struct range terms);
