/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex.c: hexadecimal digits of π at a position, without those before it.
 *
 * D. H. Bailey, P. B. Borwein, S. Plouffe, "On the rapid computation of various polylogarithmic
 * constants", Mathematics of Computation 66 (1997); F. Bellard, "A new formula to compute the n'th
 * binary digit of pi" (1997).  What is summed, exactly: bbp_hex.h.
 */

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bbp_hex.h"

enum { POSITION, DIGITS, FORMULA };
enum { BELLARD, BBP, ARCTAN4 };
enum { MONTGOMERY, NAIVE };
enum { TERMS, SQUARINGS };

/*
 * bellard: π = 2^-6 Σ (-1)^k 2^(-10k) (-2^5/(4k+1) - 1/(4k+3) + 2^8/(10k+1) - 2^6/(10k+3)
 *                                      - 2^2/(10k+5) - 2^2/(10k+7) + 1/(10k+9))
 * bbp:     π = Σ 2^(-4k) (4/(8k+1) - 2/(8k+4) - 1/(8k+5) - 1/(8k+6)), here with the powers of two
 *              out of the denominators: 2^-1 (8/(8k+1) - 1/(2k+1) - 2/(8k+5) - 1/(4k+3)).
 * arctan4: 4·atan(4/7) + 2·atan(8/31) + 4·atan(1/8) + 2·atan(1/32), joined as in bbp_hex.h.
 */
static const struct bbp_hex_formula formulas[] = {
    [BELLARD] = {.count = 7,
                 .step = 10,
                 .lead = -6,
                 .alternates = true,
                 .series = {{4, 1, 5, true},
                            {4, 3, 0, true},
                            {10, 1, 8, false},
                            {10, 3, 6, true},
                            {10, 5, 2, true},
                            {10, 7, 2, true},
                            {10, 9, 0, false}}},
    [BBP] = {.count = 4,
             .step = 4,
             .lead = -1,
             .series = {{8, 1, 3, false}, {2, 1, 0, true}, {8, 5, 1, true}, {4, 3, 0, true}}},
    [ARCTAN4] = {.count = 1, .step = 3, .lead = 1, .joins = true, .series = {{2, 1, 0, false}}},
};

/* --- Plan --- */

/* The units that have 64·words + e >= 0. */
static uint64_t units_for(const struct bbp_hex_plan *plan, unsigned words)
{
  int64_t top = plan->exponent + 64 * (int64_t)words;
  return top < 0 ? 0 : (uint64_t)top / plan->formula->step + 1;
}

/* The units with e_i >= 0 of each series, if they are joined. */
static void set_reaches(struct bbp_hex_plan *plan)
{
  for (unsigned i = 0; i < BBP_HEX_JOINED; i++) {
    int64_t exponent = bbp_hex_joined_exponent(plan, i, 0);
    plan->reach[i] = exponent < 0 ? 0 : (uint64_t)exponent / bbp_hex_joined[i].step + 1;
  }
}

/* Rests of a joined series and one more: no more than this. */
static uint64_t rests_most(unsigned i, unsigned words)
{
  return 64 * words / bbp_hex_joined[i].step + 2;
}

/*
 * Each floor is less than one unit of the last place (ulp) too small, and weighs 2^shift, so the
 * units err by less than units · Σ 2^shift ulp, either way as signs differ.  The units left out
 * have W + e < 0, so each is less than Σ 2^shift · 2^(W+e) ulp; these halve at least from one to
 * the next and begin at or below one half: together less than Σ 2^shift.
 *
 * A unit that joins has one floor, of weight 1, for its whole numerator or for the rest of series
 * 0; and the rests of series 1 to 3 have one each.  There is one rest in each k with -W <= e_i < 0,
 * and what is left out of a series is less than 1 ulp as above.
 */
static uint64_t error_for(const struct bbp_hex_plan *plan, unsigned words)
{
  uint64_t weight = 0;
  for (unsigned i = 0; i < plan->formula->count; i++)
    weight += UINT64_C(1) << plan->formula->series[i].shift;
  uint64_t error = weight * (units_for(plan, words) + 1);
  for (unsigned i = 1; plan->formula->joins && i < BBP_HEX_JOINED; i++)
    error += rests_most(i, words);
  return error;
}

/* Digits, error and 16 more bits: with these the digits are undecided for one position in 2^15. */
static unsigned words_for(const struct bbp_hex_plan *plan)
{
  unsigned words = BBP_HEX_WORDS_LEAST;
  for (;; words++) {
    unsigned error_bits = 64 - (unsigned)__builtin_clzll(error_for(plan, words));
    if (4 * plan->digits + error_bits + 16 <= 64 * words)
      return words;
    assert(words < BBP_HEX_WORDS_MOST);
  }
}

static int prepare(const struct job *job, void **ret_plan)
{
  const struct bbp_hex_formula *formula = &formulas[job->values[FORMULA]];
  struct bbp_hex_plan plan = {.formula = formula, .digits = (unsigned)job->values[DIGITS]};
  plan.exponent = 4 * (int64_t)(job->values[POSITION] - 1) + formula->lead;
  unsigned words = words_for(&plan);
  if (job->guard > BBP_HEX_WORDS_MOST - words)
    return -ERANGE;
  plan.words = words + job->guard;
  plan.units = units_for(&plan, plan.words);
  plan.whole = units_for(&plan, 0);
  if (formula->joins)
    set_reaches(&plan);
  plan.error_ulps = error_for(&plan, plan.words);

  struct bbp_hex_plan *copy = malloc(sizeof *copy);
  if (!copy)
    return -ENOMEM;
  *copy = plan;
  *ret_plan = copy;
  return 0;
}

static uint64_t units(const void *plan)
{
  return ((const struct bbp_hex_plan *)plan)->units;
}

static uint64_t work(const void *plan, struct range range)
{
  return (range.end - range.begin) * ((const struct bbp_hex_plan *)plan)->formula->count;
}

/* A ladder may start from the leading six bits of its exponent by one division. */
enum { START_BITS = 6 };

/* Squarings of the second ladders of a formula that joins, to -(k+1), in the units before this one
 * that have one.  As below: how many k + 1 are at least 2^bit. */
static uint64_t root_squarings_before(const struct bbp_hex_plan *plan, uint64_t unit)
{
  uint64_t sum = 0, end = unit < plan->reach[1] ? unit : plan->reach[1];
  for (uint64_t least = UINT64_C(1) << START_BITS; least <= end; least *= 2)
    sum += end - least + 1;
  return sum;
}

/* Squarings of the ladders of one series, or of those that are joined, in the units before this
 * one: the sum of floor(log2(e)) + 1 - START_BITS where that is positive; bit by bit, how many e
 * are at least 2^bit. */
static uint64_t squarings_before(const struct bbp_hex_plan *plan, uint64_t unit)
{
  uint64_t sum = plan->formula->joins ? root_squarings_before(plan, unit) : 0;
  for (int64_t least = INT64_C(1) << START_BITS; least <= plan->exponent; least *= 2) {
    uint64_t reach = (uint64_t)(plan->exponent - least) / plan->formula->step + 1;
    sum += reach < unit ? reach : unit;
  }
  return sum;
}

/*
 * Measured: a term costs 9 to 11 squarings beside its ladder, on the scalar path and on the vector
 * paths.  A squaring of the wide path (moduli of 2^29 and more) costs 1.3 of the narrow one with
 * AVX-512, and 1.6 with AVX2.  The model is one for all variants, so that all cut a job into the
 * same chunks; it follows AVX-512.
 *
 * A unit that joins costs 13, 8 more where it has a second ladder, and 13 more with four series.
 */
enum { TERM_COST = 10, LONE_COST = 13, TWO_COST = 8, FOUR_COST = 13 };
enum { NARROW_COST = 3, WIDE_COST = 4, NARROW_BITS = 29 };

uint64_t bbp_hex_unit_at(const struct bbp_hex_plan *plan, unsigned bits)
{
  uint64_t unit = UINT64_MAX;
  for (unsigned i = 0; i < plan->formula->count; i++) {
    const struct bbp_hex_series *s = &plan->formula->series[i];
    uint64_t at = ((UINT64_C(1) << bits) - s->offset + s->slope - 1) / s->slope;
    unit = at < unit ? at : unit;
  }
  return unit;
}

/* In squarings. */
static uint64_t squarings_worth(const struct bbp_hex_plan *plan, uint64_t unit)
{
  uint64_t squarings = squarings_before(plan, unit);
  if (!plan->formula->joins)
    return squarings + TERM_COST * unit;
  uint64_t two = unit < plan->reach[1] ? unit : plan->reach[1];
  uint64_t four = unit < plan->reach[3] ? unit : plan->reach[3];
  return squarings + LONE_COST * unit + TWO_COST * two + FOUR_COST * four;
}

static uint64_t cost_before(const void *plan, uint64_t unit)
{
  uint64_t wide = bbp_hex_unit_at(plan, NARROW_BITS), narrow = unit < wide ? unit : wide;
  uint64_t all = squarings_worth(plan, unit), first = squarings_worth(plan, narrow);
  return NARROW_COST * first + WIDE_COST * (all - first);
}

/* The squarings that are counted are those that no variant can do without.  Starts with fewer bits,
 * and aims at e + W instead of e, make it one or two more for most ladders; the reference squares
 * for the first six bits as well. */
void bbp_hex_count(const struct bbp_hex_plan *plan, struct range range, struct partial *partial)
{
  partial->counters[TERMS] += work(plan, range);
  partial->counters[SQUARINGS] +=
      (squarings_before(plan, range.end) - squarings_before(plan, range.begin))
      * plan->formula->count;
}

/* --- Partials and answers --- */

/* into += value·2^bit modulo 2^(64·words). */
static void add_at(unsigned words, bbp_hex_wide value, unsigned bit, uint64_t *into)
{
  uint64_t low = (uint64_t)value, high = (uint64_t)(value >> 64);
  unsigned word = bit / 64, shift = bit % 64;
  uint64_t shifted[3] = {low << shift, high << shift | (shift ? low >> (64 - shift) : 0),
                         shift ? high >> (64 - shift) : 0};
  bbp_hex_wide carry = 0;
  for (unsigned i = 0; word + i < words; i++) {
    carry += (bbp_hex_wide)into[word + i] + (i < 3 ? shifted[i] : 0);
    into[word + i] = (uint64_t)carry;
    carry >>= 64;
  }
}

void bbp_hex_fold(const struct bbp_hex_plan *plan, const struct bbp_hex_totals *totals,
                  uint64_t *sum)
{
  for (unsigned minus = 0; minus < 2; minus++)
    for (unsigned i = 0; i < plan->formula->count; i++) {
      const struct bbp_hex_series *s = &plan->formula->series[i];
      uint64_t part[BBP_HEX_WORDS_MOST] = {0};
      for (unsigned d = 0; d < totals->digits; d++)
        add_at(plan->words, totals->of[minus][i][d], totals->radix_bits * d, part);
      bbp_hex_add(plan->words, part, s->shift, s->negative ^ minus, sum);
    }
}

static size_t payload_bytes(const void *plan)
{
  return 8 * ((const struct bbp_hex_plan *)plan)->words;
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  bbp_hex_add(((const struct bbp_hex_plan *)plan)->words, from->payload, 0, false, into->payload);
}

static size_t answer_bytes(const void *plan)
{
  return ((const struct bbp_hex_plan *)plan)->digits;
}

/* The leading digits of the sum ± error_ulps. */
static void digits_near(const struct bbp_hex_plan *plan, const uint64_t *sum, bool below,
                        char *ret_digits)
{
  uint64_t value[BBP_HEX_WORDS_MOST], error[BBP_HEX_WORDS_MOST] = {plan->error_ulps};
  memcpy(value, sum, 8 * plan->words);
  bbp_hex_add(plan->words, error, 0, below, value);
  for (unsigned i = 0; i < plan->digits; i++) {
    uint64_t word = value[plan->words - 1 - i / 16];
    ret_digits[i] = "0123456789abcdef"[word >> (60 - 4 * (i % 16)) & 15];
  }
}

/* Digits that both ends of the error's interval share are π's own.  (If the interval reaches round
 * 0 or 1, its ends differ in the first digit.) */
static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct bbp_hex_plan *p = plan;
  char least[24], most[24];
  assert(p->digits <= sizeof least);
  digits_near(p, partial->payload, true, least);
  digits_near(p, partial->payload, false, most);
  if (memcmp(least, most, p->digits) != 0)
    return -EAGAIN;
  struct answer_item *item = answer_digits_add(ret_answer, "digits", most, p->digits);
  item->error_bound = ldexp((double)p->error_ulps, -64 * (int)p->words);
  return 0;
}

/* --- What the world knows --- */

/* As published (Bailey, Borwein & Plouffe 1997; Bellard 1997; Percival 2000; Karrels 2013); those
 * up to 10^9 were computed again with this program. */
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
    {250000000000000, 0, NULL, "digits", "e6216b069cb6c1d3", NULL},
    {1000000000000000, 0, NULL, "digits", "8353cb3f7f0c9acc", NULL},
    {0},
};

/* bellard has no term in common with arctan4, nor have the others.  A naive job's peer takes the
 * fastest variant that needs nothing of the CPU. */
static int peer(const struct job *job, struct job *ret_peer)
{
  const struct method *method = &job->kernel->methods[MONTGOMERY];
  const struct variant *variant = job->variant;
  if (job->method != method)
    for (const struct variant *v = method->variants; v->name; v++)
      variant = v->needs == 0 ? v : variant;
  *ret_peer = *job;
  ret_peer->method = method;
  ret_peer->variant = variant;
  ret_peer->values[FORMULA] = job->values[FORMULA] == ARCTAN4 ? BELLARD : ARCTAN4;
  ret_peer->guard = 0;
  return 0;
}

/* --- The kernel --- */

static const struct variant montgomery_variants[] = {
    {.name = "reference", .run = bbp_hex_reference},
    {.name = "scalar",
     .run = bbp_hex_scalar,
     .bound = {SQUARINGS, 3, "squaring", "64-bit multiplier, Zen 5"}},
#if defined(__x86_64__)
    {.name = "avx2",
     .needs = CPU_AVX2,
     .run = bbp_hex_avx2,
     .bound = {SQUARINGS, 1.5 / 4, "squaring", "vector multipliers, Zen 5"}},
    {.name = "avx512",
     .needs = CPU_AVX512,
     .run = bbp_hex_avx512,
     .bound = {SQUARINGS, 1.5 / 8, "squaring", "vector multipliers, Zen 5"}},
#elif defined(__aarch64__)
    {.name = "neon",
     .needs = CPU_NEON,
     .run = bbp_hex_neon,
     .bound = {SQUARINGS, 0, "squaring", NULL}},
#endif
    {0},
};

static const struct variant naive_variants[] = {
    {.name = "reference", .run = bbp_hex_reference},
    {0},
};

static const struct method methods[] = {
    [MONTGOMERY] = {"montgomery", "Montgomery multiplication, no division in the ladder",
                    montgomery_variants},
    [NAIVE] = {"naive", "`%` on 128 bits, as most people write it", naive_variants},
    {NULL, NULL, NULL},
};

static const char *const formula_names[] = {
    [BELLARD] = "bellard", [BBP] = "bbp", [ARCTAN4] = "arctan4", NULL};

static const struct parameter parameters[] = {
    [POSITION] = {.name = "position",
                  .help = "of the first digit after the point",
                  .kind = PARAMETER_COUNT,
                  .minimum = 1,
                  .maximum = 1000000000000000,
                  .is_size = true},
    [DIGITS] = {.name = "count",
                .help = "digits to print",
                .kind = PARAMETER_COUNT,
                .minimum = 1,
                .maximum = 24,
                .fallback = 16},
    [FORMULA] = {.name = "formula",
                 .help = "7 series, 4, or 4 joined",
                 .kind = PARAMETER_CHOICE,
                 .fallback = ARCTAN4,
                 .choices = formula_names},
    {.name = NULL},
};

static const char *const counters[] = {[TERMS] = "terms", [SQUARINGS] = "squarings", NULL};

const struct kernel kernel_bbp_hex = {
    .name = "bbp-hex",
    .summary = "hexadecimal digits of pi at a position, term by term",
    .unit = "terms",
    .revision = 2,
    .parameters = parameters,
    .methods = methods,
    .counters = counters,
    .prepare = prepare,
    .release = free,
    .units = units,
    .work = work,
    .cost_before = cost_before,
    .payload_bytes = payload_bytes,
    .answer_bytes = answer_bytes,
    .merge = merge,
    .finish = finish,
    .known = known,
    .peer = peer,
};
