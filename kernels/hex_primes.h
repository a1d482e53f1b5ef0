/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes.h: what the files of the kernel hex-primes share.  The derivation: docs/hex-primes.md.
 *
 * With D = 4 (position - 1) the digits wanted are those of 2^D·π modulo 1, and
 *
 *     2^D·π = Σ_i Σ_h ψ_i(2h+1) · 2^(E_i - c_i·h) / (2h+1),   i = 0 ... 3,
 *     c = 3, 5, 6, 10,   E = D+1, D-1, D-1, D-4,   ψ = s, s, χ, χ,
 *
 * s(m) = +1 for m ≡ 1, 3 modulo 8, else -1; χ(m) = +1 for m ≡ 1 modulo 4, else -1.  Exponents are
 * not negative for odd m = 2h+1 up to M_i, the reach of series i; the largest is M = M_0.  Modulo 1
 * these terms are split by the prime powers P = p^v that divide their m exactly, m = P·q:
 *
 *     Σ_P A_P / P,   A_P = Σ_i Σ_{q odd, p∤q, P·q <= M_i} ψ_i(P·q) · 2^(E_i - c_i(P·q-1)/2) / q
 *                                                                                   modulo P.
 *
 * By definition each prime power P <= M contributes floor(2^W·A_P / P), 0 <= A_P < P, to a sum of
 * W = 64·words bits modulo 2^W, and each term with a negative exponent e contributes
 * ±floor(2^(W+e) / m) where W + e >= 0.  These are exact: every variant and every split gives the
 * same sum, byte by byte, in whatever way it finds A_P.
 *
 * Units are stretches of the number line of P; the terms with negative exponents belong to unit 0.
 */
#pragma once

#include "hex_sum.h"
#include "kernel.h"

enum {
  HEX_PRIMES_SERIES = 4,
  HEX_PRIMES_WHEEL_LAST = 7, /* the sieve never finds the primes up to it */
  HEX_PRIMES_WORDS_LEAST = 2,
  HEX_PRIMES_WORDS_MOST = HEX_SUM_WORDS_MOST,
};

/* Position 10^13: P stays below 2^45, exponents and c·P below 2^48. */
#define HEX_PRIMES_POSITION_MOST UINT64_C(10000000000000)

/*
 * How A_P is found depends on M/P, and the counters tell how many P there are of each sort.  Sorts
 * are by the largest odd Q <= M/P for primes; a P with v >= 2 is a power.
 */
enum hex_primes_sort {
  HEX_PRIMES_LONE,     /* Q = 1: one modular exponentiation, times 1 to 6 */
  HEX_PRIMES_FEW,      /* 3 <= Q <= 21: Σ 1/q has a denominator of 24 bits */
  HEX_PRIMES_MANY,     /* Q >= 23, p² > 144 M: neighbouring primes share Q */
  HEX_PRIMES_MORE,     /* p² <= 144 M, p >= Q/2: hardly a prime shares its Q with another */
  HEX_PRIMES_PERIODIC, /* p < Q/2: q has periods of 2p */
  HEX_PRIMES_POWERS,
  HEX_PRIMES_SORTS,
};

/*
 * Primes above the square root of M are sieved in zones, in each by the odd numbers prime to a
 * wheel.  The counter of strikes is of the serial run, which goes through a zone at once: a base
 * prime p >= HEX_PRIMES_STRIKES_FROM, p² below the zone's end, strikes each of its multiples in the
 * zone that is prime to the wheel.  Smaller primes lie in patterns and are not counted.  That is a
 * property of the multiple alone, so units may be counted one by one.
 */
enum hex_primes_zone {
  HEX_PRIMES_SINGLES, /* the sort MORE */
  HEX_PRIMES_MANIES,
  HEX_PRIMES_FEWS, /* FEW and LONE */
  HEX_PRIMES_ZONES,
};

enum { HEX_PRIMES_STRIKES_FROM = 256 };

/* Counters of a partial: P by sort, then these. */
enum { HEX_PRIMES_EXPONENTIATIONS = HEX_PRIMES_SORTS, HEX_PRIMES_STRIKES, HEX_PRIMES_COUNTERS };

struct hex_primes_series {
  unsigned step;    /* c */
  int64_t exponent; /* E, of h = 0 */
  uint64_t reach;   /* M_i; 0 if there is no exponent >= 0 */
  bool is_chi;      /* ψ is χ, else s */
};

struct hex_primes_plan {
  unsigned digits, words;
  uint64_t shift; /* D */
  struct hex_primes_series series[HEX_PRIMES_SERIES];
  uint64_t line_end;     /* P < line_end: M + 1 */
  uint64_t many_begin;   /* the least p with p² > 144 M, about */
  uint64_t fine, coarse; /* length of the units: HEX_PRIMES_FINE short ones come first */
  uint64_t units;        /* at least 1 */
  uint64_t error_ulps;   /* |sum - 2^D·π modulo 1| < error_ulps / 2^W */
  uint64_t *cost;        /* of the units before each: units + 1 of them */
  uint64_t root_end;     /* the least number above the square root of M and above 7 */
  uint32_t *base, bases; /* the odd primes below root_end */
};

/* s(m) and χ(m), true for -1; m odd. */
static inline bool hex_primes_is_minus(bool is_chi, uint64_t m)
{
  return is_chi ? m % 4 == 3 : m % 8 >= 5;
}

/* The numbers P that a range of units stands for. */
struct range hex_primes_numbers(const struct hex_primes_plan *plan, struct range units);

enum hex_primes_sort hex_primes_sort(const struct hex_primes_plan *plan, uint64_t p);

/* The numbers of a zone, none perhaps, and its wheel: 2 or 210. */
struct range hex_primes_zone(const struct hex_primes_plan *plan, enum hex_primes_zone zone);
unsigned hex_primes_wheel(enum hex_primes_zone zone);
/* The part of the zone within a range; empty if they do not meet. */
struct range hex_primes_zone_within(const struct hex_primes_plan *plan, enum hex_primes_zone zone,
                                    struct range numbers);

/* The largest r with r² <= x; x below 2^64. */
uint64_t hex_primes_root(uint64_t x);
/* Sets fine, coarse and units by line_end. */
void hex_primes_cut_line(struct hex_primes_plan *plan);
/* Allocates and fills cost, when the rest of the line and the series is known; -ENOMEM. */
int hex_primes_count_costs(struct hex_primes_plan *plan);

/* sum += the terms with negative exponents, which belong to unit 0. */
void hex_primes_tail(const struct hex_primes_plan *plan, uint64_t *sum);

/* A_P for P = p^v, in plain steps: the definition. */
uint64_t hex_primes_numerator(const struct hex_primes_plan *plan, uint64_t p, uint64_t P);

/* The variants: variant.run. */
int hex_primes_reference(const void *plan, struct range units, struct partial *ret_partial);
int hex_primes_scalar(const void *plan, struct range units, struct partial *ret_partial);
int hex_primes_avx2(const void *plan, struct range units, struct partial *ret_partial);
int hex_primes_avx512(const void *plan, struct range units, struct partial *ret_partial);
int hex_primes_neon(const void *plan, struct range units, struct partial *ret_partial);
