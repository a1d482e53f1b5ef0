/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_reference.c: the definition of hex_primes.h in plain steps, `%` on 128 bits. */

#include "hex_primes.h"

#include <string.h>

typedef hex_sum_wide wide;

enum { WINDOW = 1 << 15 };

static uint64_t times(uint64_t a, uint64_t b, uint64_t m)
{
  return (uint64_t)((wide)a * b % m);
}

static uint64_t plus(uint64_t a, uint64_t b, uint64_t m)
{
  return (uint64_t)(((wide)a + b) % m);
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t m)
{
  uint64_t result = 1 % m;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = times(result, base, m);
    base = times(base, base, m);
  }
  return result;
}

/* 1/a modulo m by Euclid's algorithm; gcd(a, m) = 1. */
static uint64_t inverse(uint64_t a, uint64_t m)
{
  int64_t x = 1, y = 0;
  for (uint64_t b = m; b;) {
    uint64_t quotient = a / b, rest = a % b;
    int64_t next = x - (int64_t)quotient * y;
    a = b, b = rest;
    x = y, y = next;
  }
  return x < 0 ? (uint64_t)(x + (int64_t)m) : (uint64_t)x;
}

/* 1 + r + ... + r^(n-1) modulo m, from the leading bits of n on. */
static uint64_t geometric(uint64_t r, uint64_t n, uint64_t m)
{
  uint64_t sum = 0, top = 1 % m; /* of k terms, and r^k */
  for (unsigned bit = 64; bit-- > 0;) {
    sum = plus(sum, times(sum, top, m), m);
    top = times(top, top, m);
    if (n >> bit & 1) {
      sum = plus(sum, top, m);
      top = times(top, r, m);
    }
  }
  return sum;
}

/*
 * Σ ψ(q)·g^((q-1)/2) / q modulo P over the odd q <= last that p does not divide, g = 2^(-c·P).
 * With q = a + 8P·j, a < 8P, ψ(q) = ψ(a) and 1/q = 1/a, and what is left is geometric in j.
 */
static uint64_t sum_over_q(bool is_chi, uint64_t g, uint64_t last, uint64_t p, uint64_t P)
{
  uint64_t period = 8 * P, ratio = power(g, 4 * P, P);
  uint64_t whole = geometric(ratio, last / period, P); /* for a > last modulo 8P */
  uint64_t longer = geometric(ratio, last / period + 1, P);
  uint64_t numerator = 0, denominator = 1, weight = 1;
  for (uint64_t a = 1; a < period && a <= last; a += 2) {
    if (a % p) {
      uint64_t term = times(weight, a <= last % period ? longer : whole, P);
      term = times(term, denominator, P);
      if (hex_primes_is_minus(is_chi, a) && term)
        term = P - term;
      numerator = plus(times(numerator, a % P, P), term, P);
      denominator = times(denominator, a % P, P);
    }
    weight = times(weight, g, P);
  }
  return times(numerator, inverse(denominator, P), P);
}

/* 2^(E - c(Pq-1)/2) is 2^(E - c(P-1)/2) · g^((q-1)/2). */
uint64_t hex_primes_numerator(const struct hex_primes_plan *plan, uint64_t p, uint64_t P)
{
  uint64_t sum = 0, half = (P + 1) / 2;
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    const struct hex_primes_series *series = &plan->series[i];
    if (P > series->reach)
      continue;
    uint64_t lead = power(2, (uint64_t)series->exponent - series->step * ((P - 1) / 2), P);
    uint64_t g = power(half, series->step * P, P);
    uint64_t part = times(lead, sum_over_q(series->is_chi, g, series->reach / P, p, P), P);
    if (hex_primes_is_minus(series->is_chi, P) && part)
      part = P - part;
    sum = plus(sum, part, P);
  }
  return sum;
}

static void add_one(const struct hex_primes_plan *plan, uint64_t p, uint64_t P,
                    struct partial *partial)
{
  uint64_t part[HEX_PRIMES_WORDS_MOST];
  hex_sum_fraction(plan->words, hex_primes_numerator(plan, p, P), P, part);
  hex_sum_add(plan->words, part, false, partial->payload);
  partial->counters[p == P ? hex_primes_sort(plan, p) : HEX_PRIMES_POWERS]++;
  partial->counters[HEX_PRIMES_EXPONENTIATIONS]++;
}

/* The odd primes in [begin, end), by the sieve of Eratosthenes. */
static void add_primes(const struct hex_primes_plan *plan, struct range numbers,
                       struct partial *partial)
{
  bool composite[WINDOW] = {false};
  for (uint32_t b = 0; b < plan->bases; b++) {
    uint64_t p = plan->base[b], multiple = (numbers.begin + p - 1) / p * p;
    for (multiple = multiple < p * p ? p * p : multiple; multiple < numbers.end; multiple += p)
      composite[multiple - numbers.begin] = true;
  }
  for (uint64_t p = numbers.begin; p < numbers.end; p++)
    if (p % 2 && p > 1 && !composite[p - numbers.begin])
      add_one(plan, p, p, partial);
}

static void add_powers(const struct hex_primes_plan *plan, struct range numbers,
                       struct partial *partial)
{
  for (uint32_t b = 0; b < plan->bases; b++) {
    uint64_t p = plan->base[b];
    for (uint64_t P = p; P <= (numbers.end - 1) / p;) {
      P *= p;
      if (P >= numbers.begin)
        add_one(plan, p, P, partial);
    }
  }
}

static bool is_prime_to(unsigned wheel, uint64_t m)
{
  return m % 2 && (wheel == 2 || (m % 3 && m % 5 && m % 7));
}

/* Multiple by multiple. */
static uint64_t count_strikes(const struct hex_primes_plan *plan, enum hex_primes_zone zone,
                              struct range numbers)
{
  uint64_t zone_end = hex_primes_zone(plan, zone).end, strikes = 0;
  struct range part = hex_primes_zone_within(plan, zone, numbers);
  for (uint32_t b = 0; b < plan->bases; b++) {
    uint64_t p = plan->base[b];
    if (p < HEX_PRIMES_STRIKES_FROM || p * p >= zone_end)
      continue;
    for (uint64_t m = (part.begin + p - 1) / p * p; m < part.end; m += p)
      strikes += is_prime_to(hex_primes_wheel(zone), m);
  }
  return strikes;
}

int hex_primes_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  const struct hex_primes_plan *p = plan;
  struct range numbers = hex_primes_numbers(p, units);
  if (numbers.begin == numbers.end)
    return 0;
  for (uint64_t at = numbers.begin; at < numbers.end; at += WINDOW) {
    uint64_t end = numbers.end - at < WINDOW ? numbers.end : at + WINDOW;
    add_primes(p, (struct range){at, end}, ret_partial);
  }
  add_powers(p, numbers, ret_partial);
  for (unsigned zone = 0; zone < HEX_PRIMES_ZONES; zone++)
    ret_partial->counters[HEX_PRIMES_STRIKES] += count_strikes(p, zone, numbers);
  if (units.begin == 0 && units.end > 0)
    hex_primes_tail(p, ret_partial->payload);
  return 0;
}
