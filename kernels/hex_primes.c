/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes.c: hexadecimal digits of π at a position, by one modular exponentiation per prime.
 *
 * What is summed, exactly: hex_primes.h.  Why that is π: docs/hex-primes.md.
 */

#include "hex_primes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct kernel kernel_bbp_hex;

enum { POSITION, DIGITS };

static const struct {
  unsigned step;
  int offset; /* of E from D */
  bool is_chi;
} series_table[HEX_PRIMES_SERIES] = {{3, 1, false}, {5, -1, false}, {6, -1, true}, {10, -4, true}};

/* --- The number line and its units --- */

/*
 * Units.  The cost of a number falls steeply up to a few times the square root of M and hardly from
 * there on, so FINE short units come first.  Long ones take some 50 µs at least, so that starting
 * the sieve for each costs little; there are at most as many units as chunks.
 */
enum { FINE = 256, FINE_LEAST = 16, COARSE_LEAST = 1 << 18, COARSE_MOST = CHUNKS_MOST - FINE };

static uint64_t root(uint64_t x)
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

static void cut_line(struct hex_primes_plan *plan)
{
  uint64_t fine = root(plan->line_end) / 16 + 1;
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
static int count_costs(struct hex_primes_plan *plan)
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

/* --- Plan --- */

/* Terms of a series with W + e >= 0 > e, and the first of them. */
static struct range tail_terms(const struct hex_primes_plan *plan, unsigned i)
{
  const struct hex_primes_series *series = &plan->series[i];
  int64_t begin = series->exponent < 0 ? 0 : series->exponent / series->step + 1;
  int64_t end = (series->exponent + 64 * (int64_t)plan->words) / series->step + 1;
  return (struct range){(uint64_t)begin, (uint64_t)end};
}

/*
 * Each floor, of a prime power or of a term of the tail, is less than an ulp too small.  There are
 * no more prime powers than odd numbers up to M.  The terms left out of a series have W + e < 0, so
 * they are below 1/2, 1/16, ... ulp: together less than one.
 */
static uint64_t error_for(const struct hex_primes_plan *plan)
{
  uint64_t terms = 0;
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++)
    terms += tail_terms(plan, i).end - tail_terms(plan, i).begin + 1;
  return plan->line_end / 2 + terms;
}

/* Digits, error and 16 more bits: with these the digits are undecided for one position in 2^15. */
static int choose_words(struct hex_primes_plan *plan, unsigned guard)
{
  for (plan->words = HEX_PRIMES_WORDS_LEAST;; plan->words++) {
    unsigned error_bits = 64 - (unsigned)__builtin_clzll(error_for(plan));
    if (4 * plan->digits + error_bits + 16 <= 64 * plan->words)
      break;
    assert(plan->words < HEX_PRIMES_WORDS_MOST);
  }
  if (guard > HEX_PRIMES_WORDS_MOST - plan->words)
    return -ERANGE;
  plan->words += guard;
  plan->error_ulps = error_for(plan);
  return 0;
}

static void set_series(struct hex_primes_plan *plan)
{
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    int64_t exponent = (int64_t)plan->shift + series_table[i].offset;
    unsigned step = series_table[i].step;
    plan->series[i] = (struct hex_primes_series){
        .step = step,
        .exponent = exponent,
        .reach = exponent < 0 ? 0 : 2 * ((uint64_t)exponent / step) + 1,
        .is_chi = series_table[i].is_chi,
    };
  }
  plan->line_end = plan->series[0].reach + 1;
  plan->many_begin = root(144 * plan->line_end) + 1;
}

/* The odd primes up to the square root of M. */
static int find_base(struct hex_primes_plan *plan)
{
  uint64_t last = root(plan->line_end - 1);
  if (last < HEX_PRIMES_WHEEL_LAST)
    last = HEX_PRIMES_WHEEL_LAST;
  plan->root_end = last + 1;
  bool *composite = calloc(last + 1, 1);
  plan->base = calloc(last / 2 + 1, sizeof *plan->base);
  if (!composite || !plan->base) {
    free(composite);
    return -ENOMEM;
  }
  for (uint64_t p = 3; p <= last; p += 2) {
    if (composite[p])
      continue;
    plan->base[plan->bases++] = (uint32_t)p;
    for (uint64_t multiple = p * p; multiple <= last; multiple += 2 * p)
      composite[multiple] = true;
  }
  free(composite);
  return 0;
}

static void release(void *plan)
{
  struct hex_primes_plan *p = plan;
  if (p) {
    free(p->cost);
    free(p->base);
  }
  free(p);
}

static int prepare(const struct job *job, void **ret_plan)
{
  struct hex_primes_plan *plan = calloc(1, sizeof *plan);
  if (!plan)
    return -ENOMEM;
  plan->digits = (unsigned)job->values[DIGITS];
  plan->shift = 4 * (job->values[POSITION] - 1);
  set_series(plan);
  cut_line(plan);
  int r = choose_words(plan, job->guard);
  if (r == 0)
    r = find_base(plan);
  if (r == 0)
    r = count_costs(plan);
  if (r < 0) {
    release(plan);
    return r;
  }
  *ret_plan = plan;
  return 0;
}

static uint64_t units(const void *plan)
{
  return ((const struct hex_primes_plan *)plan)->units;
}

static uint64_t work(const void *plan, struct range range)
{
  struct range numbers = hex_primes_numbers(plan, range);
  return numbers.end - numbers.begin;
}

static uint64_t cost_before(const void *plan, uint64_t unit)
{
  return ((const struct hex_primes_plan *)plan)->cost[unit];
}

/* --- Partials and answers --- */

void hex_primes_tail(const struct hex_primes_plan *plan, uint64_t *sum)
{
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    const struct hex_primes_series *series = &plan->series[i];
    struct range terms = tail_terms(plan, i);
    for (uint64_t h = terms.begin; h < terms.end; h++) {
      uint64_t part[HEX_PRIMES_WORDS_MOST], m = 2 * h + 1;
      hex_sum_small(plan->words, series->step * h - (uint64_t)series->exponent, m, part);
      hex_sum_add(plan->words, part, hex_primes_is_minus(series->is_chi, m), sum);
    }
  }
}

static size_t payload_bytes(const void *plan)
{
  return 8 * ((const struct hex_primes_plan *)plan)->words;
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  hex_sum_add(((const struct hex_primes_plan *)plan)->words, from->payload, false, into->payload);
}

/* Of the sieve, which has twice the bits of the largest base prime if it comes to that, and seven
 * numbers for each. */
static uint64_t memory_bytes(const void *plan)
{
  const struct hex_primes_plan *p = plan;
  uint64_t bits = 2 * p->root_end > 1 << 18 ? 2 * p->root_end : 1 << 18;
  return 5 * bits + 28 * (uint64_t)p->bases + (1 << 20);
}

static size_t answer_bytes(const void *plan)
{
  return ((const struct hex_primes_plan *)plan)->digits;
}

static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct hex_primes_plan *p = plan;
  return hex_sum_answer(p->words, partial->payload, p->error_ulps, p->digits, ret_answer);
}

/* --- What the world knows --- */

/* As published (Bailey, Borwein & Plouffe 1997; Bellard 1997; Percival 2000); those up to 10^10
 * were computed again with this program. */
static const struct known known[] = {
    {1, 0, NULL, "digits", "243f6a8885a308d3", NULL},
    {1000, 0, NULL, "digits", "349f1c09b075372c", NULL},
    {1000000, 0, NULL, "digits", "26c65e52cb459350", NULL},
    {10000000, 0, NULL, "digits", "17af5863efed8de9", NULL},
    {100000000, 0, NULL, "digits", "ecb840e21926ec5a", NULL},
    {1000000000, 0, NULL, "digits", "85895585a0428b56", NULL},
    {10000000000, 0, NULL, "digits", "921c73c6838fb2b6", NULL},
    {1000000000000, 0, NULL, "digits", "5b4466e8d215388c", NULL},
    {1250000000000, 0, NULL, "digits", "07e45733cc790b5b", NULL},
    {10000000000000, 0, NULL, "digits", "a0f9ff371d17593e", NULL},
    {0},
};

/* bbp-hex sums other series term by term.  Beyond PEER_MOST it takes minutes. */
enum { PEER_MOST = 100000000 };

static int peer(const struct job *job, struct job *ret_peer)
{
  if (job->values[POSITION] > PEER_MOST)
    return -ENOENT;
  const struct method *method = &kernel_bbp_hex.methods[0];
  int level = isa_level(job->variant->name), scalar = isa_level("scalar");
  *ret_peer = (struct job){
      .kernel = &kernel_bbp_hex,
      .method = method,
      .variant = variant_pick(method, level > scalar ? level : scalar),
      .values = {[POSITION] = job->values[POSITION], [DIGITS] = job->values[DIGITS]},
      .seed = job->seed,
  };
  return 0;
}

/* --- The kernel --- */

/* Told in cycles alone: the sieve and the recurrences have a share that changes with the position.
 */
#define EXPONENTIATION                                                                             \
  {                                                                                                \
    .counter = HEX_PRIMES_EXPONENTIATIONS, .one = "prime power"                                    \
  }

static const struct variant variants[] = {
    {.name = "reference", .run = hex_primes_reference},
    {.name = "scalar", .run = hex_primes_scalar, .bound = EXPONENTIATION},
#ifdef __x86_64__
    {.name = "avx2", .needs = CPU_AVX2, .run = hex_primes_avx2, .bound = EXPONENTIATION},
    {.name = "avx512", .needs = CPU_AVX512, .run = hex_primes_avx512, .bound = EXPONENTIATION},
#elif defined __aarch64__
    {.name = "neon", .needs = CPU_NEON, .run = hex_primes_neon, .bound = EXPONENTIATION},
#endif
    {0},
};

static const struct method methods[] = {
    {"by-primes", "one modular exponentiation per prime", variants},
    {NULL, NULL, NULL},
};

static const struct parameter parameters[] = {
    [POSITION] = {.name = "position",
                  .help = "of the first digit after the point",
                  .kind = PARAMETER_COUNT,
                  .minimum = 1,
                  .maximum = HEX_PRIMES_POSITION_MOST,
                  .is_size = true},
    [DIGITS] = {.name = "count",
                .help = "digits to print",
                .kind = PARAMETER_COUNT,
                .minimum = 1,
                .maximum = HEX_SUM_DIGITS_MOST,
                .fallback = 16},
    {.name = NULL},
};

static const char *const counters[HEX_PRIMES_COUNTERS + 1] = {
    [HEX_PRIMES_LONE] = "primes_lone",
    [HEX_PRIMES_FEW] = "primes_few",
    [HEX_PRIMES_MANY] = "primes_many",
    [HEX_PRIMES_MORE] = "primes_more",
    [HEX_PRIMES_PERIODIC] = "primes_periodic",
    [HEX_PRIMES_POWERS] = "prime_powers",
    [HEX_PRIMES_EXPONENTIATIONS] = "exponentiations",
    [HEX_PRIMES_STRIKES] = "sieve_strikes",
};

const struct kernel kernel_hex_primes = {
    .name = "hex-primes",
    .summary = "hexadecimal digits of pi at a position, prime by prime",
    .unit = "numbers",
    .revision = 1,
    .parameters = parameters,
    .methods = methods,
    .counters = counters,
    .prepare = prepare,
    .release = release,
    .units = units,
    .work = work,
    .cost_before = cost_before,
    .payload_bytes = payload_bytes,
    .memory_bytes = memory_bytes,
    .answer_bytes = answer_bytes,
    .merge = merge,
    .finish = finish,
    .known = known,
    .peer = peer,
};
