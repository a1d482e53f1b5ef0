/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_series.c: π to N digits, by summing the series of Bailey, Borwein and Plouffe, or
 * Bellard's.
 *
 * D. H. Bailey, P. B. Borwein, S. Plouffe, "On the rapid computation of various polylogarithmic
 * constants", Mathematics of Computation 66 (1997).  What a unit contributes: bbp_series.h.
 */

#include <errno.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "bbp_series.h"
#include "products.h"

enum { TERMS, DIVISIONS, PRODUCTS };

enum { GUARDS_MOST = 64 };

__extension__ typedef unsigned __int128 wide;

const struct bbp_series_formula bbp_series_formulas[] = {
    [BBP_SERIES_BBP] = {.term_bits = 4,
                        .fractions = 2,
                        .simple_fractions = 4,
                        .simple = {{4, 8, 1}, {-2, 8, 4}, {-1, 8, 5}, {-1, 8, 6}},
                        .progressions = {1, 1, 2}},
    [BBP_SERIES_BELLARD] = {.term_bits = 10,
                            .scale_bits = 6,
                            .fractions = 4,
                            .simple_fractions = 7,
                            .alternates = true,
                            .simple = {{256, 10, 1},
                                       {-32, 4, 1},
                                       {-1, 4, 3},
                                       {-64, 10, 3},
                                       {-4, 10, 5},
                                       {-4, 10, 7},
                                       {1, 10, 9}},
                            .progressions = {2, 5}},
};

/* --- Groups ---
 *
 * A group of the terms from a on is worth s(a) bits.  Its denominator should have a share of
 * these: a small one means many divisions, a large one deep splitting and few groups to share among
 * workers.  From 0.5 to 1 it makes no difference at 10^6 and 10^7 digits, 0.35 takes 3 and 7 %
 * longer, 0.15 takes 30 % (measured); with 0.5 the longest of the groups is 4 and 3 % of the job.
 */

enum { SHARE_PERCENT = 50, GROUP_TERMS_LEAST = 32 };

static unsigned bits_of(uint64_t number)
{
  return 64 - (unsigned)__builtin_clzll(number);
}

/* Bits of the denominator of term k, k < 2^30, or up to 4 more. */
static unsigned denominator_bits(const struct bbp_series_plan *plan, uint64_t k)
{
  if (bbp_series_is_bellard(plan))
    return 2 * bits_of(4 * k + 3) + bits_of((10 * k + 7) * (10 * k + 9))
           + bits_of((10 * k + 1) * (2 * k + 1)) + bits_of(10 * k + 3);
  return bits_of((2 * k + 1) * (8 * k + 1)) + bits_of((4 * k + 3) * (4 * k + 3)) + 1;
}

/* The end of the group that begins with this term.  Integers only: machines must agree on it. */
static uint64_t group_end(const struct bbp_series_plan *plan, uint64_t first)
{
  uint64_t bits = bbp_series_shift(plan, first) / 100 * SHARE_PERCENT;
  uint64_t count = bits / denominator_bits(plan, first + bits / (20 * plan->formula->term_bits));
  if (count < GROUP_TERMS_LEAST)
    count = GROUP_TERMS_LEAST;
  return count < plan->terms - first ? first + count : plan->terms;
}

/* Microseconds that a group of s = 2^(GROUP_COST_BITS + i) bits takes, whatever the job: measured
 * up to 2^25, with either formula, and carried on by a factor of 2.2.  A smaller one takes about
 * as long as the smallest. */
enum { GROUP_COST_BITS = 12 };
static const uint64_t group_costs[] = {
    9,       14,      33,      94,       262,      733,      1820,
    4550,    10900,   25000,   59000,    140000,   325000,   740000,
    1630000, 3580000, 7880000, 17300000, 38100000, 84000000, 185000000,
};

/* Straight lines between them; integers only, as machines must agree on it. */
static uint64_t group_cost(const struct bbp_series_plan *plan, uint64_t first)
{
  uint64_t bits = bbp_series_shift(plan, first), base = UINT64_C(1) << GROUP_COST_BITS;
  const uint64_t *at = group_costs;
  for (; bits >= 2 * base; base *= 2)
    at++;
  if (bits <= base)
    return at[0];
  return at[0] + (uint64_t)((wide)(at[1] - at[0]) * (bits - base) / base);
}

static uint64_t groups_count(const struct bbp_series_plan *plan)
{
  uint64_t count = 0;
  for (uint64_t first = 0; first < plan->terms; first = group_end(plan, first))
    count++;
  return count;
}

/* The longest group should have 32 blocks or more: smaller blocks have less in common, larger ones
 * take longer to divide by it.  With 128 terms instead of 1024, 10^5 digits take a tenth less. */
static uint64_t block_terms(uint64_t longest)
{
  uint64_t terms = 64;
  while (terms < 2048 && 64 * terms <= longest)
    terms *= 2;
  return terms;
}

static void groups_lay_out(struct bbp_series_plan *plan)
{
  struct bbp_series_group group = {0, 0};
  uint64_t longest = 0;
  for (uint64_t unit = 0; unit < plan->units; unit++) {
    plan->groups[unit] = group;
    uint64_t end = group_end(plan, group.first);
    longest = end - group.first > longest ? end - group.first : longest;
    group.cost_before += group_cost(plan, group.first);
    group.first = end;
  }
  plan->groups[plan->units] = group;
  plan->block_terms = block_terms(longest);
  mpz_init(plan->common);
  bbp_series_common(plan->formula, plan->block_terms, plan->common);
}

/* --- Plan --- */

static const struct {
  uint64_t digits_most, unit_terms;
  uint64_t numbers; /* as long as π that a worker holds: measured, and rounded up */
} limits[] = {
    [BBP_SERIES_GROUPS] = {1000000000, 0, 16},
    [BBP_SERIES_LAZY] = {50000000, 32, 12}, /* denominators below 2^58 */
    [BBP_SERIES_FUSED] = {50000000, 16, 4},
    [BBP_SERIES_TEXTBOOK] = {100000000, 1, 6}, /* 2^F and 2^-4k below MPFR's largest exponent */
};

static void plan_for(const struct job *job, struct bbp_series_plan *ret)
{
  struct bbp_series_plan plan = {
      .point = fixed_point_for(job->values[FIXED_POINT_DIGITS],
                               job->values[FIXED_POINT_BASE] == FIXED_POINT_HEX, job->guard),
      .method = (unsigned)(job->method - job->kernel->methods),
      .formula = &bbp_series_formulas[job->values[BBP_SERIES_FORMULA]],
  };
  uint64_t bits = plan.point.fraction_bits - plan.formula->scale_bits;
  plan.terms = (bits + plan.formula->term_bits - 1) / plan.formula->term_bits;
  /* A tutorial sums N terms; with few digits, that is not enough for the guard bits. */
  if (plan.method == BBP_SERIES_TEXTBOOK && plan.terms < plan.point.digits)
    plan.terms = plan.point.digits;
  plan.error = plan.formula->fractions / 2 * plan.terms + 2;
  plan.unit_terms = limits[plan.method].unit_terms;
  plan.units = plan.method == BBP_SERIES_GROUPS
                   ? groups_count(&plan)
                   : (plan.terms + plan.unit_terms - 1) / plan.unit_terms;
  *ret = plan;
}

static int prepare(const struct job *job, void **ret_plan)
{
  ptrdiff_t method = job->method - job->kernel->methods;
  if (job->values[FIXED_POINT_DIGITS] > limits[method].digits_most || job->guard > GUARDS_MOST)
    return -ERANGE;
  struct bbp_series_plan plan;
  plan_for(job, &plan);
  size_t groups = plan.method == BBP_SERIES_GROUPS ? plan.units + 1 : 0;
  struct bbp_series_plan *copy = malloc(sizeof *copy + groups * sizeof copy->groups[0]);
  if (!copy)
    return -ENOMEM;
  *copy = plan;
  if (plan.method == BBP_SERIES_GROUPS)
    groups_lay_out(copy);
  *ret_plan = copy;
  return 0;
}

static void release(void *plan)
{
  struct bbp_series_plan *p = plan;
  if (p && p->method == BBP_SERIES_GROUPS)
    mpz_clear(p->common);
  free(p);
}

static uint64_t units(const void *plan)
{
  return ((const struct bbp_series_plan *)plan)->units;
}

/* Every term is worth the same share of the digits. */
static uint64_t digits_before(const struct bbp_series_plan *plan, uint64_t term)
{
  return (uint64_t)((wide)plan->point.digits * term / plan->terms);
}

static uint64_t work(const void *plan, struct range range)
{
  const struct bbp_series_plan *p = plan;
  struct range terms = bbp_series_terms(p, range);
  return digits_before(p, terms.end) - digits_before(p, terms.begin);
}

/* What a term of one-word divisions costs beside them, in bits of them: measured. */
enum { TERM_COST = 1100 };

/* `fused`, `lazy`: the sum of s(k), and a constant, over the terms. */
static uint64_t cost_before(const void *plan, uint64_t unit)
{
  const struct bbp_series_plan *p = plan;
  if (p->method == BBP_SERIES_GROUPS)
    return p->groups[unit].cost_before;
  uint64_t k = bbp_series_first(p, unit), half_bits = p->formula->term_bits / 2;
  if (p->method == BBP_SERIES_TEXTBOOK)
    return k * p->point.words;
  return k * (p->point.fraction_bits + TERM_COST + half_bits - half_bits * k);
}

/* Of a group's splitting the products above the leaves count: three where two halves are joined. */
static void count_products(uint64_t terms, uint64_t *products)
{
  if (terms <= BBP_SERIES_LEAF_TERMS)
    return;
  products_add(terms, 3, products);
  count_products(terms / 2, products);
  count_products(terms - terms / 2, products);
}

void bbp_series_count(const struct bbp_series_plan *plan, struct range range,
                      struct partial *partial)
{
  struct range terms = bbp_series_terms(plan, range);
  uint64_t count = terms.end - terms.begin;
  partial->counters[TERMS] += count;
  if (plan->method != BBP_SERIES_GROUPS) {
    bool simple = plan->method == BBP_SERIES_TEXTBOOK;
    partial->counters[DIVISIONS] +=
        (simple ? plan->formula->simple_fractions : plan->formula->fractions) * count;
    return;
  }
  partial->counters[DIVISIONS] += range.end - range.begin;
  for (uint64_t u = range.begin; u < range.end; u++)
    count_products(plan->groups[u + 1].first - plan->groups[u].first, &partial->counters[PRODUCTS]);
}

/* --- Partials and answers --- */

static size_t payload_bytes(const void *plan)
{
  return 8 * ((const struct bbp_series_plan *)plan)->point.words;
}

static uint64_t memory_bytes(const void *plan)
{
  return limits[((const struct bbp_series_plan *)plan)->method].numbers * payload_bytes(plan);
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  const struct bbp_series_plan *p = plan;
  mpn_add_n(into->payload, into->payload, from->payload, (mp_size_t)p->point.words);
}

static size_t answer_bytes(const void *plan)
{
  return fixed_point_text_bytes(&((const struct bbp_series_plan *)plan)->point);
}

static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct bbp_series_plan *p = plan;
  return fixed_point_answer(&p->point, partial->payload, p->error, ret_answer);
}

/* --- What the world knows --- */

extern const struct kernel kernel_mpfr; /* its parameters are the same */

#define PI_DECIMAL                                                                                 \
  "3.14159265358979323846264338327950288419716939937510"                                           \
  "58209749445923078164062862089986280348253421170679"
#define PI_HEX "3.243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89"

/* Every digit of these is known; longer answers have a peer.  An answer has one of the items. */
static const struct known known[] = {
    {10, 0, NULL, "digits", PI_DECIMAL, NULL},
    {10, 0, NULL, "hex", PI_HEX, "base=hex"},
    {64, 0, NULL, "hex", PI_HEX, "base=hex"},
    {100, 0, NULL, "digits", PI_DECIMAL, NULL},
    {.value = NULL},
};

/* MPFR sums no series of 16^-k, and takes less time. */
static int peer(const struct job *job, struct job *ret_peer)
{
  const struct method *method = kernel_mpfr.methods;
  *ret_peer = (struct job){.kernel = &kernel_mpfr, .method = method, .variant = method->variants};
  memcpy(ret_peer->values, job->values, BBP_SERIES_FORMULA * sizeof *job->values);
  return 0;
}

/* --- Methods --- */

static const struct variant groups_variants[] = {
    {.name = "reference", .run = bbp_series_groups_reference},
    {.name = "scalar", .run = bbp_series_groups_scalar},
    {0},
};

/* The sums of `lazy` are those of `fused`, in another way.
 *
 * To add an instruction set: bbp_series_<isa>.c, its prototype in bbp_series.h, and a row here
 * under the #ifdef of the architecture.  AVX2 multiplies 32 bits, `lazy` needs 50. */
static const struct variant lazy_variants[] = {
    {.name = "reference", .run = bbp_series_fused_reference},
    {.name = "scalar", .run = bbp_series_lazy_scalar},
#if defined(__x86_64__)
    {.name = "avx512", .needs = CPU_AVX512, .run = bbp_series_lazy_avx512},
#endif
    {0},
};

static const struct variant fused_variants[] = {
    {.name = "reference", .run = bbp_series_fused_reference},
    {.name = "scalar", .run = bbp_series_lazy_scalar},
    {0},
};

static const struct variant textbook_variants[] = {
    {.name = "reference", .run = bbp_series_textbook_reference},
    {0},
};

static const struct method methods[] = {
    [BBP_SERIES_GROUPS] = {"groups", "binary splitting in groups of terms, a division for each",
                           groups_variants},
    [BBP_SERIES_LAZY] = {"lazy", "the same divisions, more side by side and never corrected",
                         lazy_variants},
    [BBP_SERIES_FUSED] = {"fused", "divisions by a word, each corrected, at shrinking precision",
                          fused_variants},
    [BBP_SERIES_TEXTBOOK] = {"textbook", "a division per fraction, all at full precision",
                             textbook_variants},
    {NULL, NULL, NULL},
};

/* --- What is fastest --- */

/* Crossovers, measured on one core of a Zen 5: up to so many digits, with that level.  Serial runs
 * of both methods with bellard: AVX-512 223 and 228 ms at 350000 digits, 289 and 276 at 400000;
 * scalar 1.17 and 1.19 ms at 7000, 1.75 and 1.61 at 9000. */
static const struct {
  uint64_t digits_most;
  const char *isa;
  unsigned method;
} fastest[] = {
    {360000, "avx512", BBP_SERIES_LAZY},
    {7000, "scalar", BBP_SERIES_LAZY},
    {UINT64_MAX, "reference", BBP_SERIES_GROUPS},
};

/* Tutorials, and who says fused, mean BBP's formula. */
static void choose(struct job *job)
{
  unsigned row = 0;
  const struct method *lazy = &job->kernel->methods[BBP_SERIES_LAZY];
  int level = isa_level(variant_pick(lazy, job->level)->name);
  while (job->values[FIXED_POINT_DIGITS] > fastest[row].digits_most
         || level < isa_level(fastest[row].isa))
    row++;
  if (!(job->given & JOB_METHOD))
    job->method = &job->kernel->methods[fastest[row].method];
  ptrdiff_t method = job->method - job->kernel->methods;
  if (!(job->given & 1 << BBP_SERIES_FORMULA))
    job->values[BBP_SERIES_FORMULA] = method == BBP_SERIES_GROUPS || method == BBP_SERIES_LAZY
                                          ? BBP_SERIES_BELLARD
                                          : BBP_SERIES_BBP;
}

/* --- The kernel --- */

static const char *const formula_names[] = {
    [BBP_SERIES_BBP] = "bbp", [BBP_SERIES_BELLARD] = "bellard", NULL};

static const struct parameter parameters[] = {
    FIXED_POINT_PARAMETERS,
    [BBP_SERIES_FORMULA] = {.name = "formula",
                            .help = "4 bits a term, or Bellard's 10",
                            .kind = PARAMETER_CHOICE,
                            .fallback = BBP_SERIES_BBP,
                            .choices = formula_names,
                            .is_chosen = true},
    {0},
};

static const char *const counters[] = {"terms", "divisions", PRODUCTS_NAMES, NULL};

const struct kernel kernel_bbp_series = {
    .name = "bbp-series",
    .summary = "pi to N digits, by summing a series of 16^-k",
    .unit = "digits",
    .revision = 3, /* other groups */
    .uneven_methods = 1 << BBP_SERIES_GROUPS,
    .parameters = parameters,
    .methods = methods,
    .counters = counters,
    .known = known,
    .choose = choose,
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
    .peer = peer,
};
