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
  plan->many_begin = hex_primes_root(144 * plan->line_end) + 1;
}

/* The odd primes up to the square root of M. */
static int find_base(struct hex_primes_plan *plan)
{
  uint64_t last = hex_primes_root(plan->line_end - 1);
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
  hex_primes_cut_line(plan);
  int r = choose_words(plan, job->guard);
  if (r == 0)
    r = find_base(plan);
  if (r == 0)
    r = hex_primes_count_costs(plan);
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
