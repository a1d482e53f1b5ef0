/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_line.c: the number line of hex-primes, its units and zones, and what they cost. */

#include "hex_primes.h"

#include <errno.h>
#include <stdlib.h>

/* --- Units --- */

/*
 * Units.  The cost of a number falls steeply up to a few times the square root of M and hardly from
 * there on, so FINE short units come first.  Long ones take some 50 µs at least, so that starting
 * the sieve for each costs little; there are at most as many units as chunks.
 */
enum { FINE = 256, FINE_LEAST = 16, COARSE_LEAST = 1 << 18, COARSE_MOST = CHUNKS_MOST - FINE };

uint64_t hex_primes_root(uint64_t x)
{
  uint64_t r = 0;
  for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
    if ((r + bit) * (r + bit) <= x)
      r += bit;
  return r;
}

static uint64_t border(const struct hex_primes_plan *plan, uint64_t unit)
{
  uint64_t at = unit <= FINE ? unit * plan->fine : FINE * plan->fine + (unit - FINE) * plan->coarse;
  return at < plan->line_end ? at : plan->line_end;
}

struct range hex_primes_numbers(const struct hex_primes_plan *plan, struct range units)
{
  return (struct range){border(plan, units.begin), border(plan, units.end)};
}

void hex_primes_cut_line(struct hex_primes_plan *plan)
{
  uint64_t fine = hex_primes_root(plan->line_end) / 16 + 1;
  plan->fine = fine > FINE_LEAST ? fine : FINE_LEAST;
  uint64_t short_end = FINE * plan->fine;
  uint64_t rest = plan->line_end > short_end ? plan->line_end - short_end : 0;
  uint64_t coarse = (rest + COARSE_MOST - 1) / COARSE_MOST;
  plan->coarse = coarse > COARSE_LEAST ? coarse : COARSE_LEAST;
  plan->units = rest ? FINE + (rest + plan->coarse - 1) / plan->coarse
                     : (plan->line_end + plan->fine - 1) / plan->fine;
}

enum hex_primes_sort hex_primes_sort(const struct hex_primes_plan *plan, uint64_t p)
{
  uint64_t ratio = (plan->line_end - 1) / p;
  if (ratio < 3)
    return HEX_PRIMES_LONE;
  if (ratio < 23)
    return HEX_PRIMES_FEW;
  if (p >= plan->many_begin)
    return HEX_PRIMES_MANY;
  return 2 * p < ratio ? HEX_PRIMES_PERIODIC : HEX_PRIMES_MORE;
}

/* --- Zones --- */

struct range hex_primes_zone(const struct hex_primes_plan *plan, enum hex_primes_zone zone)
{
  uint64_t many = (plan->line_end - 1) / 23 + 1; /* where Q falls below 23 */
  uint64_t single = plan->many_begin < many ? plan->many_begin : many;
  single = single > plan->root_end ? single : plan->root_end;
  many = many > single ? many : single;
  const uint64_t borders[HEX_PRIMES_ZONES + 1] = {plan->root_end, single, many, plan->line_end};
  return (struct range){borders[zone], borders[zone + 1]};
}

unsigned hex_primes_wheel(enum hex_primes_zone zone)
{
  return zone == HEX_PRIMES_FEWS ? 210 : 2;
}

struct range hex_primes_zone_within(const struct hex_primes_plan *plan, enum hex_primes_zone zone,
                                    struct range numbers)
{
  struct range part = hex_primes_zone(plan, zone);
  part.begin = part.begin > numbers.begin ? part.begin : numbers.begin;
  part.end = part.end < numbers.end ? part.end : numbers.end;
  part.end = part.end > part.begin ? part.end : part.begin;
  return part;
}

/* --- Costs --- */

/* 16·log2(x), linear between powers of two (0.086 too small at most). */
static uint64_t log2_x16(uint64_t x)
{
  unsigned top = 63 - (unsigned)__builtin_clzll(x);
  uint64_t below = (x << (63 - top) << 1) >> 60;
  return 16 * top + below;
}

/* Steps of the recurrences for p, about: over the odd q <= M_i/p or over a period of q, whose steps
 * are shorter. */
static uint64_t recurrence_steps(const struct hex_primes_plan *plan, uint64_t p)
{
  uint64_t steps = 0;
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    uint64_t odd = plan->series[i].reach / p / 2;
    steps += odd < p ? odd : p - p / 8;
  }
  return steps;
}

/* Of a prime of the sort FEW: the denominator of Σ 1/q, q <= ratio, grows at 9, 11, 13 and 17. */
static uint64_t few_cost(uint64_t ratio)
{
  return ratio < 9 ? 102 : ratio < 11 ? 163 : ratio < 13 ? 203 : ratio < 17 ? 215 : 280;
}

/* Of a prime by sort, in 1/64 ns of a Zen 5 at 3.7 GHz with AVX-512, as measured from 10^7 to
 * 10^10. */
static uint64_t prime_cost(const struct hex_primes_plan *plan, uint64_t p)
{
  uint64_t ratio = (plan->line_end - 1) / p, cost;
  switch (hex_primes_sort(plan, p)) {
  case HEX_PRIMES_LONE:
    cost = 107;
    break;
  case HEX_PRIMES_FEW:
    cost = few_cost(ratio);
    break;
  case HEX_PRIMES_MANY:
    cost = 190 + 2 * ratio / 5;
    break;
  case HEX_PRIMES_PERIODIC:
    return 650 * 64 + recurrence_steps(plan, p) * 57 / 8;
  default:
    return 250 * 64 + recurrence_steps(plan, p) * 57 / 8;
  }
  return p >> 29 ? cost * 7 / 6 : cost;
}

/* Of the sieve about p, and of going from interval to interval, in 1/1024 ns a number.  Segments
 * outgrow the first level of cache from 2^34 on.  There are about 1.2·ratio²/M intervals a number.
 * Each takes 20 µs where all 48 classes of the sieve begin it anew, else 0.7 µs and more, as the
 * denominators get longer. */
static uint64_t number_cost(const struct hex_primes_plan *plan, uint64_t p)
{
  uint64_t ratio = (plan->line_end - 1) / p;
  uint64_t intervals = ratio * ratio, line = plan->line_end / 1024 + 1;
  uint64_t sieve = 12 + 5 * log2_x16(plan->line_end) / 32 + (plan->line_end >> 34 ? 20 : 0);
  switch (hex_primes_sort(plan, p)) {
  case HEX_PRIMES_LONE:
    return sieve;
  case HEX_PRIMES_FEW:
    return sieve + intervals * 24000 / line;
  case HEX_PRIMES_MANY:
    return 2 * sieve + intervals * (860 + 3 * ratio / 5) / line;
  default:
    return 2 * sieve;
  }
}

/* Of all units before each; integers alone, so that every machine cuts the job alike.  A prime is
 * met once in ln x = 0.693·log2 x numbers; and each number costs the sieve a little. */
int hex_primes_count_costs(struct hex_primes_plan *plan)
{
  plan->cost = calloc(plan->units + 1, sizeof *plan->cost);
  if (!plan->cost)
    return -ENOMEM;
  for (uint64_t unit = 0; unit < plan->units; unit++) {
    uint64_t begin = border(plan, unit), end = border(plan, unit + 1);
    uint64_t middle = begin + (end - begin) / 2 + 2;
    if (middle >= plan->line_end)
      middle = plan->line_end - 1;
    uint64_t logarithm = log2_x16(middle) * 710 / 1024 + 1;
    uint64_t each = number_cost(plan, middle) + 16 * 16 * prime_cost(plan, middle | 1) / logarithm;
    plan->cost[unit + 1] = plan->cost[unit] + (end - begin) * each + 1;
  }
  return 0;
}
