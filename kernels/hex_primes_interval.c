/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_interval.c: the fraction U that neighbouring primes share. */

#include "hex_primes_walk.h"

/* U += ψ_i(q)·2^(E_i - D - c_i(q-1)/2) / q */
static void add_term(struct hex_primes_interval *interval, unsigned i, uint64_t q)
{
  const struct hex_primes_series *series = &interval->plan->series[i];
  int64_t down = (int64_t)(series->step * (q - 1) / 2) + (int64_t)interval->plan->shift
                 - series->exponent; /* of the power of two; -1 at least */
  if (down > (int64_t)interval->scale) {
    mpz_mul_2exp(interval->numerator, interval->numerator, (uint64_t)down - interval->scale);
    interval->scale = (uint64_t)down;
  }
  uint64_t fresh = q / mpz_gcd_ui(NULL, interval->denominator, q);
  if (fresh > 1) {
    mpz_mul_ui(interval->numerator, interval->numerator, fresh);
    mpz_mul_ui(interval->denominator, interval->denominator, fresh);
  }
  mpz_divexact_ui(interval->term, interval->denominator, q);
  mpz_mul_2exp(interval->term, interval->term, (uint64_t)((int64_t)interval->scale - down));
  if (hex_primes_is_minus(series->is_chi, q))
    mpz_sub(interval->numerator, interval->numerator, interval->term);
  else
    mpz_add(interval->numerator, interval->numerator, interval->term);
}

/* U for p, which is below all numbers of the interval or among them. */
static void descend_to(struct hex_primes_interval *interval, uint64_t p)
{
  uint64_t first = 1;
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    uint64_t reach = interval->plan->series[i].reach, *q = &interval->q[i];
    while ((*q ? *q + 2 : 1) <= reach / p)
      add_term(interval, i, *q = *q ? *q + 2 : 1);
    uint64_t before = reach / (*q ? *q + 2 : 1); /* the largest p with another Q_i */
    first = before >= first ? before + 1 : first;
  }
  interval->first = first;
}

static uint64_t interval_end(const struct hex_primes_interval *interval)
{
  uint64_t end = interval->plan->line_end;
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    uint64_t q = interval->q[i];
    if (q && interval->plan->series[i].reach / q + 1 < end)
      end = interval->plan->series[i].reach / q + 1;
  }
  return end;
}

void hex_primes_interval_init(struct hex_primes_interval *interval,
                              const struct hex_primes_plan *plan, uint64_t p)
{
  *interval = (struct hex_primes_interval){.plan = plan};
  mpz_inits(interval->numerator, interval->denominator, interval->term, NULL);
  mpz_set_ui(interval->denominator, 1);
  descend_to(interval, p);
  interval->end = interval_end(interval);
}

void hex_primes_interval_descend(struct hex_primes_interval *interval)
{
  interval->end = interval->first;
  descend_to(interval, interval->first - 1);
}

void hex_primes_interval_copy(struct hex_primes_interval *ret,
                              const struct hex_primes_interval *interval)
{
  *ret = *interval;
  mpz_init_set(ret->numerator, interval->numerator);
  mpz_init_set(ret->denominator, interval->denominator);
  mpz_init(ret->term);
}

void hex_primes_interval_release(struct hex_primes_interval *interval)
{
  mpz_clears(interval->numerator, interval->denominator, interval->term, NULL);
}
