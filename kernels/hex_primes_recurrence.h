/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_recurrence.h: prime powers P one by one in lanes, by a recurrence over q; written once
 * for every hex_primes_lanes_*.h, which the including file has chosen.
 *
 * With f = 2^(c·P), series i gives ψ(P)·2^(E - c(P-1)/2)·S_i,
 *
 *     S_i = Σ_{q odd, p∤q, q <= Q_i} ψ(q)·f^(-(q-1)/2) / q,   Q_i the largest odd q <= M_i/P.
 *
 * Let q = a + 2P·j with a < 2P.  Then 1/q = 1/a, and the sum over j is a geometric one, the weight
 * of a: w_i(a) = Σ_j ψ(a + 2P·j)·f^(-P·j).  For χ that is χ(a)·Σ_j (-r)^j, r = f^-P; for s the even
 * and the odd j go apart, s(a + 2P) = s(a + 2)·χ(P), ratio -r².  The number of j is J + 1 up to
 * a = Q_i mod 2P and J = floor(Q_i / 2P) from there on: each weight changes once, and depends on
 * a mod 8 besides.
 *
 * The fraction N_i/D: N ← N·a·f + w(a)·D, D ← D·a for a = 1, 3, ...; where p | a it is N ← N·f.
 * At the end, after the steps up to `last`, S_i = N/(D·f^((last-1)/2)).
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "hex_primes_walk.h"

enum { SERIES = HEX_PRIMES_SERIES, BATCH = ROWS * LANES, CLASSES = 4 };

/* One residue or exponent for each lane of the batch. */
union lanes {
  element at[BATCH];
  vec row[ROWS];
};

/* A change of weights: from a on, a lane of a series has the next ones. */
struct change {
  uint64_t a;
  uint16_t lane, series;
};

/* How a step may be cheaper: no lane has p | a; and where besides all are primes, a·f is a·2^c, one
 * number for all lanes. */
enum pace { CAREFUL, FREE, SHARED };

struct batch {
  const struct hex_primes_plan *plan;
  struct field f[ROWS];
  vec one[ROWS]; /* R modulo m */
  uint64_t p[BATCH], P[BATCH];
  union lanes twice_p;
  union lanes factor[SERIES], twice[SERIES]; /* f and 2f modulo P */
  union lanes weight[SERIES][CLASSES], later[SERIES][CLASSES];
  struct change changes[2 * SERIES * BATCH];
  unsigned changes_used;
  uint64_t last[SERIES]; /* steps: a = 1, 3, ..., last */
  enum pace pace;        /* where no p divides a */
  vec d_at_last[SERIES][ROWS];
};

/* At least 1. */
INLINE unsigned most_bits(const element *x)
{
  uint64_t all_bits = 1;
  for (unsigned l = 0; l < BATCH; l++)
    all_bits |= x[l];
  return 64 - (unsigned)__builtin_clzll(all_bits);
}

/* R·x^exponent for base = R·x; lanes have their own exponents. */
static void power(const struct batch *b, const vec *base, const union lanes *exponent, vec *ret)
{
  for (unsigned g = 0; g < ROWS; g++)
    ret[g] = b->one[g];
  for (unsigned bit = most_bits(exponent->at); bit-- > 0;)
    for (unsigned g = 0; g < ROWS; g++) {
      vec x = times(&b->f[g], ret[g], ret[g]);
      ret[g] = pick(bit_of(exponent->row[g], bit), times(&b->f[g], x, base[g]), x);
    }
}

/* R·2^exponent. */
static void power_of_two(const struct batch *b, const union lanes *exponent, vec *ret)
{
  for (unsigned g = 0; g < ROWS; g++)
    ret[g] = b->one[g];
  for (unsigned bit = most_bits(exponent->at); bit-- > 0;)
    for (unsigned g = 0; g < ROWS; g++) {
      vec x = times(&b->f[g], ret[g], ret[g]);
      ret[g] = pick(bit_of(exponent->row[g], bit), add(x, x), x);
    }
  for (unsigned g = 0; g < ROWS; g++)
    ret[g] = times(&b->f[g], ret[g], b->one[g]);
}

/* e modulo the order of the multiplicative group modulo P, in which the exponents live. */
INLINE uint64_t modulo_order(const struct batch *b, unsigned place, int64_t e)
{
  int64_t order = (int64_t)(b->P[place] - b->P[place] / b->p[place]);
  int64_t rest = e % order;
  return (uint64_t)(rest < 0 ? rest + order : rest);
}

/* --- Weights --- */

/* Of numbers that may be wider than a lane. */
INLINE mask bit_of_each(const uint64_t *x, unsigned bit)
{
  uint64_t shifted[LANES];
  for (unsigned l = 0; l < LANES; l++)
    shifted[l] = x[l] >> bit & 1;
  return bit_of(load(shifted), 0);
}

/* R·(1 + r + ... + r^(n-1)) for R·r. */
static void geometric(const struct batch *b, const vec *r, const uint64_t *n, vec *ret)
{
  vec top[ROWS];
  uint64_t most = 1;
  for (unsigned l = 0; l < BATCH; l++)
    most |= n[l];
  for (unsigned g = 0; g < ROWS; g++) {
    ret[g] = all(0);
    top[g] = b->one[g];
  }
  for (unsigned bit = 64 - (unsigned)__builtin_clzll(most); bit-- > 0;)
    for (unsigned g = 0; g < ROWS; g++) {
      const struct field *f = &b->f[g];
      vec sum = times(f, ret[g], add(top[g], b->one[g])), square = times(f, top[g], top[g]);
      mask odd = bit_of_each(n + LANES * g, bit);
      ret[g] = times(f, pick(odd, add(sum, square), sum), b->one[g]);
      top[g] = pick(odd, times(f, square, r[g]), square);
    }
}

/* Σ_j ψ(a + 2P·j)·f^(-P·j) over `count` j, for a ≡ 1 and a ≡ 3 modulo 8.  r = R·f^-P. */
static void sum_over_j(const struct batch *b, bool is_chi, const vec *r, const uint64_t *count,
                       vec *ret_one, vec *ret_three)
{
  vec ratio[ROWS], even[ROWS], odd[ROWS];
  uint64_t evens[BATCH], odds[BATCH];
  for (unsigned l = 0; l < BATCH; l++) {
    evens[l] = is_chi ? count[l] : (count[l] + 1) / 2;
    odds[l] = count[l] / 2;
  }
  for (unsigned g = 0; g < ROWS; g++)
    ratio[g] = subtract(&b->f[g], all(0), is_chi ? r[g] : times(&b->f[g], r[g], r[g]));
  geometric(b, ratio, evens, even);
  if (!is_chi)
    geometric(b, ratio, odds, odd);
  for (unsigned g = 0; g < ROWS; g++) {
    const struct field *f = &b->f[g];
    vec rest = is_chi ? all(0) : times(f, odd[g], r[g]);
    vec minus = subtract(f, all(0), rest);
    rest = pick(bit_of(f->m, 1), times(f, minus, b->one[g]), rest); /* χ(P) */
    vec one = add(even[g], rest), three = subtract(f, even[g], rest);
    if (is_chi)
      three = subtract(f, all(0), even[g]);
    ret_one[g] = times(f, one, all(1)); /* out of Montgomery's form */
    ret_three[g] = times(f, three, all(1));
  }
}

/* For a ≡ 1, 3, 5, 7 modulo 8: s(a + 4) = -s(a), χ(a + 4) = χ(a). */
static void set_weights(const struct batch *b, bool is_chi, const vec *r, const uint64_t *count,
                        union lanes *ret)
{
  vec one[ROWS], three[ROWS];
  sum_over_j(b, is_chi, r, count, one, three);
  for (unsigned g = 0; g < ROWS; g++) {
    const struct field *f = &b->f[g];
    ret[0].row[g] = one[g];
    ret[1].row[g] = three[g];
    ret[2].row[g] = is_chi ? one[g] : subtract(f, all(0), one[g]);
    ret[3].row[g] = is_chi ? three[g] : subtract(f, all(0), three[g]);
  }
}

static int by_a(const void *left, const void *right)
{
  uint64_t l = ((const struct change *)left)->a, r = ((const struct change *)right)->a;
  return l < r ? -1 : l > r;
}

static void add_change(struct batch *b, uint64_t a, unsigned place, unsigned series)
{
  b->changes[b->changes_used++] =
      (struct change){.a = a, .lane = (uint16_t)place, .series = (uint16_t)series};
}

/* The weights of a series, when they change, and its last step. */
static void set_series(struct batch *b, unsigned i)
{
  const struct hex_primes_series *series = &b->plan->series[i];
  union lanes exponent, to_r;
  uint64_t count[BATCH], more[BATCH];
  bool periodic = false;
  vec r[ROWS];
  b->last[i] = 0;
  for (unsigned l = 0; l < BATCH; l++) {
    uint64_t P = b->P[l], ratio = series->reach / P, last_q = ratio ? ratio - (ratio + 1) % 2 : 0;
    uint64_t cP = modulo_order(b, l, (int64_t)(series->step * P));
    uint64_t cPP = cP * modulo_order(b, l, (int64_t)P);
    exponent.at[l] = (element)cP;
    count[l] = last_q / (2 * P);
    to_r.at[l] = count[l] ? (element)modulo_order(b, l, -(int64_t)cPP) : 0;
    more[l] = last_q ? count[l] + 1 : 0;
    periodic |= count[l] > 0;
    if (last_q) {
      uint64_t end = count[l] ? 2 * P - 1 : last_q;
      add_change(b, last_q % (2 * P) + 2, l, i);
      if (count[l])
        add_change(b, 2 * P + 1, l, i);
      b->last[i] = end > b->last[i] ? end : b->last[i];
    }
  }
  vec power_of_f[ROWS];
  power_of_two(b, &exponent, power_of_f);
  for (unsigned g = 0; g < ROWS; g++) {
    const struct field *f = &b->f[g];
    b->factor[i].row[g] = canonical(f, times(f, power_of_f[g], all(1)));
    vec factor = b->factor[i].row[g];
    b->twice[i].row[g] = wrap(f, add(factor, factor));
  }
  if (periodic)
    power_of_two(b, &to_r, r);
  else
    memcpy(r, b->one, sizeof r);
  set_weights(b, series->is_chi, r, more, b->weight[i]);
  if (periodic)
    set_weights(b, series->is_chi, r, count, b->later[i]);
  else
    memset(b->later[i], 0, sizeof b->later[i]);
}

/* --- The recurrence --- */

/* What a step changes. */
struct state {
  vec n[SERIES][ROWS], d[ROWS], scaled[SERIES][ROWS], next[ROWS];
};

/* One step of the first `active` series. */
INLINE void step(enum pace pace, unsigned active, const struct batch *b, uint64_t a,
                 struct state *s)
{
  unsigned class = a / 2 % CLASSES;
  for (unsigned g = 0; g < ROWS; g++) {
    const struct field *f = &b->f[g];
    vec by_d = all(a);
    mask skip = equal(by_d, s->next[g]);
    if (pace == CAREFUL) {
      s->next[g] = pick(skip, add(s->next[g], b->twice_p.row[g]), s->next[g]);
      by_d = pick(skip, all(1), by_d);
    }
    for (unsigned i = 0; i < active; i++) {
      vec by = pace == SHARED ? all(a << b->plan->series[i].step) : s->scaled[i][g];
      vec weight = b->weight[i][class].row[g];
      if (pace == CAREFUL) {
        by = pick(skip, b->factor[i].row[g], by);
        weight = pick(skip, all(0), weight);
      }
      s->n[i][g] = times_two(f, s->n[i][g], by, weight, s->d[g]);
      if (pace != SHARED)
        s->scaled[i][g] = wrap(f, add(s->scaled[i][g], b->twice[i].row[g]));
    }
    s->d[g] = times(f, s->d[g], by_d);
  }
}

/* The steps from a up to `last`. */
INLINE void steps_at(enum pace pace, unsigned active, const struct batch *b, uint64_t a,
                     uint64_t last, struct state *state)
{
  struct state s = *state;
  for (; a <= last; a += 2)
    step(pace, active, b, a, &s);
  *state = s;
}

#define STEPS(pace, active)                                                                        \
  static void steps_##pace##_##active(const struct batch *b, uint64_t a, uint64_t last,            \
                                      struct state *state)                                         \
  {                                                                                                \
    steps_at(pace, active, b, a, last, state);                                                     \
  }

STEPS(CAREFUL, 1)
STEPS(CAREFUL, 2)
STEPS(CAREFUL, 3)
STEPS(CAREFUL, 4)
STEPS(FREE, 1)
STEPS(FREE, 2)
STEPS(FREE, 3)
STEPS(FREE, 4)
STEPS(SHARED, 1)
STEPS(SHARED, 2)
STEPS(SHARED, 3)
STEPS(SHARED, 4)

static void (*const steps_of[3][SERIES + 1])(const struct batch *, uint64_t, uint64_t,
                                             struct state *) = {
    [CAREFUL] = {NULL, steps_CAREFUL_1, steps_CAREFUL_2, steps_CAREFUL_3, steps_CAREFUL_4},
    [FREE] = {NULL, steps_FREE_1, steps_FREE_2, steps_FREE_3, steps_FREE_4},
    [SHARED] = {NULL, steps_SHARED_1, steps_SHARED_2, steps_SHARED_3, steps_SHARED_4},
};

/* The first a from which on some lane has p | a. */
static uint64_t next_skip(const struct state *s)
{
  uint64_t next[BATCH], least = UINT64_MAX;
  for (unsigned g = 0; g < ROWS; g++)
    store(next + LANES * g, s->next[g]);
  for (unsigned l = 0; l < BATCH; l++)
    least = next[l] < least ? next[l] : least;
  return least;
}

/* a·f where it was shared: a·2^c, without modulo, is as good a factor. */
static void unshare(const struct batch *b, uint64_t a, struct state *s)
{
  for (unsigned i = 0; i < SERIES && b->pace == SHARED; i++)
    for (unsigned g = 0; g < ROWS; g++)
      s->scaled[i][g] = all(a << b->plan->series[i].step);
}

/* The steps from a up to `last`, between changes of weights. */
static void run_stretch(const struct batch *b, unsigned active, uint64_t a, uint64_t last,
                        struct state *s)
{
  while (a <= last) {
    uint64_t skip = next_skip(s), until = skip <= last ? skip - 2 : last;
    if (skip <= a + 16) { /* no use to look for every one */
      until = last < a + 30 ? last : a + 30;
      unshare(b, a, s);
      steps_of[CAREFUL][active](b, a, until, s);
    } else {
      steps_of[b->pace][active](b, a, until, s);
    }
    a = until + 2;
  }
}

static void change_weights(struct batch *b, const struct change *change)
{
  unsigned l = change->lane, i = change->series;
  for (unsigned class = 0; class < CLASSES; class ++)
    b->weight[i][class].at[l] = change->a > 2 * b->P[l] ? 0 : b->later[i][class].at[l];
}

/* All steps of all series: M_i falls with i, so the last series ends first. */
static void run_steps(struct batch *b, struct state *s)
{
  uint64_t a = 1;
  unsigned change = 0;
  for (unsigned active = SERIES; active > 0; active--) {
    while (a <= b->last[active - 1]) {
      uint64_t last = b->last[active - 1];
      for (; change < b->changes_used && b->changes[change].a <= a; change++)
        change_weights(b, &b->changes[change]);
      if (change < b->changes_used && b->changes[change].a <= last)
        last = b->changes[change].a - 2;
      run_stretch(b, active, a, last, s);
      a = last + 2;
    }
    memcpy(b->d_at_last[active - 1], s->d, sizeof s->d);
  }
}

/* --- From N/D to A_P --- */

/* x = R·ψ(P)·2^e·N/R, e the exponent of series i before S_i, W, and R once more taken back. */
static void lead(struct batch *b, unsigned i, const struct state *s, vec *x)
{
  const struct hex_primes_series *series = &b->plan->series[i];
  union lanes exponent;
  uint64_t halves = b->last[i] / 2; /* (last-1)/2 steps of f */
  vec power[ROWS];
  for (unsigned l = 0; l < BATCH; l++) {
    int64_t down = (int64_t)(series->step * ((b->P[l] - 1) / 2 + b->P[l] * halves));
    int64_t up = series->exponent + 64 * (int64_t)b->plan->words - RADIX_BITS;
    exponent.at[l] = (element)modulo_order(b, l, up - down);
  }
  power_of_two(b, &exponent, power);
  for (unsigned g = 0; g < ROWS; g++) {
    const struct field *f = &b->f[g];
    vec product = times(f, s->n[i][g], power[g]);
    mask odd = bit_of(f->m, 1), minus = odd; /* χ(P) = -1; s(P) = -1 for 5 and 7 modulo 8 */
    if (!series->is_chi)
      minus = bit_of(f->m, 2);
    x[g] = times(f, pick(minus, subtract(f, all(0), product), product), b->one[g]);
  }
}

/* sums += the fractions of the first `count` lanes. */
static void finish_batch(struct batch *b, const struct state *s, unsigned count, unsigned digits,
                         struct sums *sums)
{
  vec top[ROWS], bottom[ROWS], x[ROWS], inverse[ROWS];
  union lanes exponent;
  lead(b, 0, s, top);
  memcpy(bottom, b->d_at_last[0], sizeof bottom);
  for (unsigned i = 1; i < SERIES; i++) {
    lead(b, i, s, x);
    for (unsigned g = 0; g < ROWS; g++) {
      vec d = b->d_at_last[i][g];
      top[g] = times_two(&b->f[g], top[g], d, x[g], bottom[g]);
      bottom[g] = times(&b->f[g], bottom[g], d);
    }
  }
  for (unsigned l = 0; l < BATCH; l++)
    exponent.at[l] = (element)(b->P[l] - b->P[l] / b->p[l] - 1);
  power(b, bottom, &exponent, inverse); /* R²/bottom */
  for (unsigned g = 0; g < ROWS; g++) {
    vec y = canonical(&b->f[g], times(&b->f[g], top[g], inverse[g]));
    y = pick(lanes_below((int64_t)count - (int64_t)(LANES * g)), y, all(0));
    collect(&b->f[g], digits, y, sums);
  }
}

/* Lanes past `count` repeat the last P. */
static void add_batch(struct batch *b, const struct hex_primes_power *powers, unsigned count,
                      unsigned digits, struct sums *sums)
{
  struct state s;
  b->changes_used = 0;
  for (unsigned l = 0; l < BATCH; l++) {
    const struct hex_primes_power *power = &powers[l < count ? l : count - 1];
    b->p[l] = power->p;
    b->P[l] = power->P;
    b->twice_p.at[l] = (element)(2 * power->p);
  }
  for (unsigned g = 0; g < ROWS; g++) {
    b->f[g] = field_of(load(b->P + LANES * g));
    b->one[g] = start(&b->f[g], 0);
    s.next[g] = load(b->p + LANES * g);
    s.d[g] = all(1);
  }
  for (unsigned i = 0; i < SERIES; i++) {
    set_series(b, i);
    for (unsigned g = 0; g < ROWS; g++) {
      s.n[i][g] = all(0);
      s.scaled[i][g] = b->factor[i].row[g];
    }
  }
  b->pace = SHARED;
  for (unsigned l = 0; l < BATCH; l++)
    if (b->p[l] < b->P[l])
      b->pace = FREE;
  for (unsigned i = 0; i < SERIES; i++)
    if (b->last[i] << b->plan->series[i].step >> SHARED_BITS)
      b->pace = FREE;
  qsort(b->changes, b->changes_used, sizeof *b->changes, by_a);
  run_steps(b, &s);
  finish_batch(b, &s, count, digits, sums);
}

static void recur(const struct hex_primes_plan *plan, const struct hex_primes_power *powers,
                  size_t count, uint64_t *sum)
{
  unsigned digits = (64 * plan->words + RADIX_BITS - 1) / RADIX_BITS;
  struct batch b = {.plan = plan};
  for (size_t at = 0; at < count; at += BATCH) {
    struct sums sums = {0};
    add_batch(&b, powers + at, count - at < BATCH ? (unsigned)(count - at) : BATCH, digits, &sums);
    flush(&sums, digits, plan->words, sum);
  }
}

/* All of an instruction set's arithmetic. */
#define ARITHMETIC_BELOW(limit)                                                                    \
  {                                                                                                \
    .end = (limit), .lone = add_lone, .few = add_few, .many = add_many, .recur = recur             \
  }
