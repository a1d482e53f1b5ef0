/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_bbp_series.c: the kernel `bbp-series` prints π's digits to the last one, by every method,
 * and every variant gives the bytes of the reference.  π itself comes from MPFR.
 *
 * PIBENCH_TEST_SEED=n  repeats a run of the random tests
 * PIBENCH_SLOW=1       adds 10^6 digits
 */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bbp_series.h"
#include "kernel.h"
#include "random.h"
#include "suite.h"

extern const struct kernel kernel_bbp_series;

enum { DECIMAL, HEX };
/* A kind is a method with a formula: method + METHODS·formula. */
enum { METHODS = 4, KINDS = 2 * METHODS, TERMS = 0, DIVISIONS = 1, MULTIPLICATIONS = 2 };

static const struct kernel *const kernel = &kernel_bbp_series;

/* --- Random numbers --- */

static uint64_t random_below(uint64_t most)
{
  return random_next() % most;
}

/* Two ends of a range among `units`, and a cut in it. */
struct cut {
  uint64_t begin, middle, end;
};

static struct cut random_cut(uint64_t units)
{
  uint64_t n[3];
  for (unsigned i = 0; i < 3; i++)
    n[i] = random_below(units + 1);
  for (unsigned i = 0; i < 3; i++)
    for (unsigned j = 0; j < 2; j++)
      if (n[j] > n[j + 1]) {
        uint64_t swap = n[j];
        n[j] = n[j + 1];
        n[j + 1] = swap;
      }
  return (struct cut){n[0], n[1], n[2]};
}

/* --- Jobs --- */

static struct job make_job(uint64_t digits, unsigned base, unsigned kind)
{
  struct job job = {.kernel = kernel,
                    .method = &kernel->methods[kind % METHODS],
                    .values = {digits, base, kind / METHODS}};
  job.variant = job.method->variants;
  return job;
}

static void *make_plan(const struct job *job)
{
  void *plan;
  ck_assert_int_eq(kernel->prepare(job, &plan), 0);
  return plan;
}

static struct partial *make_partial(const void *plan)
{
  struct partial *partial = malloc(partial_bytes(kernel->payload_bytes(plan)));
  ck_assert_ptr_nonnull(partial);
  partial_init(partial, kernel->payload_bytes(plan));
  return partial;
}

static struct partial *run(const struct variant *variant, const void *plan, uint64_t begin,
                           uint64_t end)
{
  struct partial *partial = make_partial(plan);
  ck_assert_int_eq(variant->run(plan, (struct range){begin, end}, partial), 0);
  return partial;
}

static struct partial *run_all(const struct variant *variant, const void *plan)
{
  return run(variant, plan, 0, kernel->units(plan));
}

static void merge(const void *plan, struct partial *from, struct partial *into)
{
  ck_assert_int_eq(partial_merge(kernel, plan, from, into), 0);
  free(from);
}

static bool same(const struct partial *left, const struct partial *right)
{
  return left->bytes == right->bytes && memcmp(left, right, left->bytes) == 0;
}

static void check_same(const struct partial *left, const struct partial *right, const char *what,
                       uint64_t digits)
{
  ck_assert_msg(same(left, right), "%s, %" PRIu64 " digits, seed %" PRIu64, what, digits,
                random_seed);
}

static struct answer *make_answer(const void *plan)
{
  size_t bytes = sizeof(struct answer) + kernel->answer_bytes(plan);
  struct answer *answer = malloc(bytes);
  ck_assert_ptr_nonnull(answer);
  answer_init(answer, bytes);
  return answer;
}

/* --- Digits --- */

/* "3." and the digits, truncated.  To be freed. */
static char *digits_of_pi(uint64_t digits, unsigned base)
{
  mpfr_t pi;
  mpz_t power;
  mpfr_init2(pi, (mpfr_prec_t)(4 * digits + 256));
  mpz_init(power);
  mpz_ui_pow_ui(power, base == HEX ? 16 : 10, digits);
  mpfr_const_pi(pi, MPFR_RNDD);
  mpfr_mul_z(pi, pi, power, MPFR_RNDD);
  mpfr_get_z(power, pi, MPFR_RNDD);
  char *text = malloc(digits + 5);
  ck_assert_ptr_nonnull(text);
  mpz_get_str(text + 1, base == HEX ? 16 : 10, power);
  text[0] = '3';
  text[1] = '.';
  mpz_clear(power);
  mpfr_clear(pi);
  mpfr_free_cache();
  return text;
}

/* The digits of a partial are those of π, all of them and nothing else. */
static void check_digits(const struct job *job, const void *plan, const struct partial *partial)
{
  struct answer *answer = make_answer(plan);
  ck_assert_int_eq(kernel->finish(plan, partial, answer), 0);
  const struct answer_item *item = answer_find(answer, job->values[1] == HEX ? "hex" : "digits");
  ck_assert_ptr_nonnull(item);
  ck_assert_uint_eq(item->text_bytes, job->values[0] + 2);
  char *wanted = digits_of_pi(job->values[0], (unsigned)job->values[1]);
  ck_assert_msg(memcmp(answer->text + item->text_offset, wanted, item->text_bytes) == 0,
                "%s/%s, %" PRIu64 " digits", job->method->name, job->variant->name, job->values[0]);
  free(wanted);
  free(answer);
}

static void check_job(struct job job)
{
  void *plan = make_plan(&job);
  struct partial *partial = run_all(job.variant, plan);
  check_digits(&job, plan, partial);
  free(partial);
  kernel->release(plan);
}

static void check_every_variant(uint64_t digits, unsigned base, unsigned kind)
{
  struct job job = make_job(digits, base, kind);
  for (; job.variant->name; job.variant++)
    if (!(job.variant->needs & ~cpu_features()))
      check_job(job);
}

static const uint64_t sizes[] = {1, 2, 9, 10, 19, 20, 99, 100, 999, 1000, 1001, 5000};

START_TEST(the_digits_are_those_of_pi)
{
  check_every_variant(sizes[_i / KINDS], DECIMAL, (unsigned)_i % KINDS);
}
END_TEST

START_TEST(the_hexadecimal_digits_are_those_of_pi)
{
  check_every_variant(sizes[_i / KINDS], HEX, (unsigned)_i % KINDS);
}
END_TEST

START_TEST(every_small_number_of_digits_is_right)
{
  for (uint64_t digits = 1; digits <= 200; digits++)
    for (unsigned base = DECIMAL; base <= HEX; base++)
      check_every_variant(digits, base, (unsigned)_i);
}
END_TEST

START_TEST(groups_give_1e5_digits)
{
  check_every_variant(100000, DECIMAL, BBP_SERIES_GROUPS + METHODS * (unsigned)_i);
}
END_TEST

/* On either side of where the default method changes, by that method, and whatever the level. */
START_TEST(the_default_is_right_around_each_crossover)
{
  static const uint64_t crossovers[] = {7000, 360000};
  for (int level = 0; isa_level_names[level]; level++)
    for (uint64_t d = crossovers[_i]; d <= crossovers[_i] + 1; d++) {
      struct job job = make_job(d, DECIMAL, 0);
      job.level = level;
      kernel->choose(&job);
      job.variant = variant_pick(job.method, level);
      if (level >= isa_level("scalar") && (d < 100000 || level == isa_level("avx512")))
        check_job(job);
    }
}
END_TEST

START_TEST(what_is_given_is_not_chosen)
{
  struct job job = make_job(1000000, DECIMAL, BBP_SERIES_TEXTBOOK);
  job.given = JOB_METHOD;
  kernel->choose(&job);
  ck_assert_str_eq(job.method->name, "textbook");
  ck_assert_uint_eq(job.values[BBP_SERIES_FORMULA], BBP_SERIES_BBP);
  job = make_job(1000000, DECIMAL, BBP_SERIES_TEXTBOOK);
  job.given = 1 << BBP_SERIES_FORMULA;
  kernel->choose(&job);
  ck_assert_str_eq(job.method->name, "groups");
  ck_assert_uint_eq(job.values[BBP_SERIES_FORMULA], BBP_SERIES_BBP);
}
END_TEST

START_TEST(groups_give_1e6_digits)
{
  if (getenv("PIBENCH_SLOW"))
    check_every_variant(1000000, DECIMAL, BBP_SERIES_GROUPS + METHODS * (unsigned)_i);
}
END_TEST

START_TEST(guard_bits_do_not_change_the_digits)
{
  for (unsigned guard = 0; guard < 4; guard++) {
    struct job job = make_job(500, DECIMAL, (unsigned)_i);
    job.guard = guard;
    check_job(job);
  }
}
END_TEST

/* --- Undecided digits --- */

/* A partial whose value is `whole` + `ulps` units of the last place. */
static struct partial *crafted(const struct bbp_series_plan *plan, uint64_t whole, int64_t ulps)
{
  struct partial *partial = make_partial(plan);
  partial->payload[0] = (uint64_t)ulps;
  for (uint64_t w = 1; w + 1 < plan->point.words; w++)
    partial->payload[w] = ulps < 0 ? UINT64_MAX : 0;
  partial->payload[plan->point.words - 1] = ulps < 0 ? whole - 1 : whole;
  return partial;
}

static int finish_crafted(const struct bbp_series_plan *plan, uint64_t whole, int64_t ulps)
{
  struct partial *partial = crafted(plan, whole, ulps);
  struct answer *answer = make_answer(plan);
  int result = kernel->finish(plan, partial, answer);
  if (result != 0)
    ck_assert_uint_eq(answer->count, 0);
  free(partial);
  free(answer);
  return result;
}

/* With the value at an end of the interval where all digits are 0, or 9 (f). */
START_TEST(digits_that_the_error_leaves_open_are_refused)
{
  for (unsigned base = DECIMAL; base <= HEX; base++) {
    struct job job = make_job(50, base, (unsigned)_i);
    struct bbp_series_plan *plan = make_plan(&job);
    int64_t error = (int64_t)plan->error;
    ck_assert_int_eq(finish_crafted(plan, 3, 0), -EAGAIN);
    ck_assert_int_eq(finish_crafted(plan, 3, error - 1), -EAGAIN);
    ck_assert_int_eq(finish_crafted(plan, 3, error), 0);
    ck_assert_int_eq(finish_crafted(plan, 4, -error - 1), 0);
    ck_assert_int_eq(finish_crafted(plan, 4, 1 - error), -EAGAIN);
    kernel->release(plan);
    job.guard = 1;
    check_job(job);
  }
}
END_TEST

/* |value - π| in ulps, rounded down. */
static uint64_t distance_from_pi(const struct bbp_series_plan *plan, const struct partial *partial)
{
  mpfr_t pi;
  mpz_t value, truth;
  mpfr_init2(pi, (mpfr_prec_t)(64 * plan->point.words + 64));
  mpz_inits(value, truth, NULL);
  mpfr_const_pi(pi, MPFR_RNDN);
  mpfr_mul_2ui(pi, pi, plan->point.fraction_bits, MPFR_RNDN);
  mpfr_get_z(truth, pi, MPFR_RNDD);
  mpz_import(value, plan->point.words, -1, 8, 0, 0, partial->payload);
  mpz_sub(value, value, truth);
  mpz_abs(value, value);
  ck_assert(mpz_fits_ulong_p(value));
  uint64_t distance = mpz_get_ui(value);
  mpz_clears(value, truth, NULL);
  mpfr_clear(pi);
  return distance;
}

/* Signs differ and the sum errs by much less than it may, but for long ones by more than 2 ulps. */
START_TEST(the_error_is_within_its_bound)
{
  for (unsigned n = 0; n < 8; n++) {
    bool takes_long = _i % METHODS == BBP_SERIES_TEXTBOOK;
    uint64_t digits = n > 0 || takes_long ? 1 + random_below(1500) : 6000;
    struct job job = make_job(digits, DECIMAL, (unsigned)_i);
    struct bbp_series_plan *plan = make_plan(&job);
    struct partial *sum = run_all(job.variant, plan);
    ck_assert_uint_le(distance_from_pi(plan, sum), plan->error);
    free(sum);
    kernel->release(plan);
  }
}
END_TEST

/* Each term has a fraction or two whose floors count, and the terms left out have none. */
START_TEST(terms_are_those_that_reach_the_last_place)
{
  for (uint64_t digits = 1; digits < 200; digits++) {
    struct job job = make_job(digits, digits % 2, (unsigned)_i);
    struct bbp_series_plan *plan = make_plan(&job);
    uint64_t bits = plan->point.fraction_bits - plan->formula->scale_bits;
    uint64_t used = plan->terms * plan->formula->term_bits;
    ck_assert_uint_ge(used, bits);
    if (plan->method != BBP_SERIES_TEXTBOOK)
      ck_assert_uint_lt(used, bits + plan->formula->term_bits);
    ck_assert_uint_ge(plan->error, plan->formula->fractions / 2 * plan->terms);
    kernel->release(plan);
  }
}
END_TEST

START_TEST(a_guard_adds_a_word)
{
  struct job job = make_job(50, DECIMAL, (unsigned)_i);
  void *plan = make_plan(&job);
  job.guard = 1;
  void *wider = make_plan(&job);
  ck_assert_uint_eq(kernel->payload_bytes(wider), kernel->payload_bytes(plan) + 8);
  kernel->release(plan);
  kernel->release(wider);
}
END_TEST

/* --- Bytes --- */

START_TEST(a_range_is_the_sum_of_its_parts)
{
  for (unsigned n = 0; n < 60; n++) {
    struct job job = make_job(1 + random_below(2000), (unsigned)random_below(2), (unsigned)_i);
    void *plan = make_plan(&job);
    for (const struct variant *v = job.variant; v->name; v++) {
      struct cut cut = random_cut(kernel->units(plan));
      struct partial *whole = run(v, plan, cut.begin, cut.end);
      struct partial *left = run(v, plan, cut.begin, cut.middle);
      struct partial *right = run(v, plan, cut.middle, cut.end);
      struct partial *mirrored = run(v, plan, cut.middle, cut.end);
      merge(plan, run(v, plan, cut.begin, cut.middle), mirrored);
      merge(plan, right, left);
      check_same(whole, left, "left and right", job.values[0]);
      check_same(whole, mirrored, "right and left", job.values[0]);
      free(whole);
      free(left);
      free(mirrored);
    }
    kernel->release(plan);
  }
}
END_TEST

/* The first unit that begins at or behind part/parts of the cost. */
static uint64_t cut_at(const void *plan, unsigned part, unsigned parts)
{
  uint64_t units = kernel->units(plan), unit = 0;
  uint64_t wanted = kernel->cost_before(plan, units) / parts * part;
  if (part == parts)
    return units;
  while (kernel->cost_before(plan, unit) < wanted)
    unit++;
  return unit;
}

START_TEST(any_number_of_workers_gives_the_same_bytes)
{
  static const unsigned counts[] = {2, 3, 5, 7, 64};
  struct job job = make_job(3000, DECIMAL, (unsigned)_i);
  void *plan = make_plan(&job);
  struct partial *serial = run_all(job.variant, plan);
  for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
    struct partial *sum = make_partial(plan);
    for (unsigned part = 0; part < counts[i]; part++)
      merge(
          plan,
          run(job.variant, plan, cut_at(plan, part, counts[i]), cut_at(plan, part + 1, counts[i])),
          sum);
    check_same(serial, sum, "workers", job.values[0]);
    free(sum);
  }
  free(serial);
  kernel->release(plan);
}
END_TEST

static void check_variants(const struct job *job, uint64_t begin, uint64_t end, const void *plan)
{
  struct partial *reference = run(job->method->variants, plan, begin, end);
  for (const struct variant *v = job->method->variants; v->name; v++)
    if (!(v->needs & ~cpu_features())) {
      struct partial *other = run(v, plan, begin, end);
      check_same(reference, other, v->name, job->values[0]);
      free(other);
    }
  free(reference);
}

START_TEST(every_variant_gives_the_bytes_of_the_reference)
{
  static const struct {
    unsigned kind, repeats;
    uint64_t most;
  } rows[] = {
      {BBP_SERIES_LAZY, 300, 100},
      {BBP_SERIES_LAZY, 100, 5000},
      {BBP_SERIES_LAZY + METHODS, 300, 100},
      {BBP_SERIES_LAZY + METHODS, 100, 5000},
      {BBP_SERIES_FUSED, 100, 3000},
      {BBP_SERIES_FUSED + METHODS, 100, 3000},
      {BBP_SERIES_GROUPS, 100, 3000},
      {BBP_SERIES_GROUPS, 10, 60000}, /* groups with blocks */
      {BBP_SERIES_GROUPS + METHODS, 100, 3000},
      {BBP_SERIES_GROUPS + METHODS, 10, 60000},
  };
  for (unsigned n = 0; n < rows[_i].repeats; n++) {
    struct job job = make_job(1 + random_below(rows[_i].most), DECIMAL, rows[_i].kind);
    void *plan = make_plan(&job);
    struct cut cut = random_cut(kernel->units(plan));
    check_variants(&job, 0, kernel->units(plan), plan);
    check_variants(&job, cut.begin, cut.end, plan);
    kernel->release(plan);
  }
}
END_TEST

/* Where denominators are largest. */
START_TEST(the_last_terms_of_the_longest_lazy_job_agree)
{
  struct job job = make_job(50000000, DECIMAL, BBP_SERIES_LAZY + METHODS * (unsigned)_i);
  void *plan = make_plan(&job);
  uint64_t units = kernel->units(plan);
  check_variants(&job, units - 40, units, plan);
  kernel->release(plan);
}
END_TEST

/* The vectors end where a denominator has more than 51 bits: in BBP at k = 2^22.5, in Bellard's at
 * k = 2^22.2. */
START_TEST(lazy_agrees_where_denominators_outgrow_the_vectors)
{
  static const struct {
    unsigned kind;
    uint64_t digits, term;
  } rows[] = {{BBP_SERIES_LAZY, 7143000, 5931641}, {BBP_SERIES_LAZY + METHODS, 14286500, 4745312}};
  struct job job = make_job(rows[_i].digits, DECIMAL, rows[_i].kind);
  struct bbp_series_plan *plan = make_plan(&job);
  uint64_t unit = rows[_i].term / plan->unit_terms, units = kernel->units(plan);
  ck_assert_uint_lt(unit + 2, units);
  check_variants(&job, unit - 2, unit + 3 < units ? unit + 3 : units, plan);
  kernel->release(plan);
}
END_TEST

/* The sums are carried three times and more on the way. */
START_TEST(lazy_agrees_after_several_carries)
{
  struct job job = make_job(60000, DECIMAL, BBP_SERIES_LAZY + METHODS * (unsigned)_i);
  void *plan = make_plan(&job);
  check_variants(&job, 0, kernel->units(plan), plan);
  kernel->release(plan);
}
END_TEST

/* Of 10^9 hexadecimal digits. */
START_TEST(the_last_term_of_the_longest_groups_job_is_the_definition)
{
  const uint64_t k = 1000000031;
  mpz_t p, q, wanted;
  mpz_inits(p, q, wanted, NULL);
  bbp_series_split(&bbp_series_formulas[BBP_SERIES_BBP], (struct range){k, k + 1}, p, q);
  mpz_set_ui(wanted, 2 * k + 1);
  mpz_mul_ui(wanted, wanted, 4 * k + 3);
  mpz_mul_ui(wanted, wanted, 8 * k + 1);
  mpz_mul_ui(wanted, wanted, 8 * k + 5);
  ck_assert(mpz_cmp(q, wanted) == 0);
  mpz_set_ui(wanted, 120 * k + 151);
  mpz_mul_ui(wanted, wanted, k);
  mpz_add_ui(wanted, wanted, 47);
  ck_assert(mpz_cmp(p, wanted) == 0);
  mpz_clears(p, q, wanted, NULL);
}
END_TEST

/* Of all but one of the multiples of each power, among `count` in a row: see bbp_series_scalar.c.
 */
static uint64_t spare_powers(uint64_t prime, uint64_t count)
{
  uint64_t spare = 0;
  for (uint64_t power = prime; power <= count; power *= prime)
    spare += count / power - 1;
  return spare;
}

/* The sum of a Bellard term's fractions one by one is that of its P and Q. */
START_TEST(a_term_of_bellard_is_the_sum_of_seven_fractions)
{
  const struct bbp_series_formula *bellard = &bbp_series_formulas[BBP_SERIES_BELLARD];
  const uint64_t k = _i < 2 ? (uint64_t)_i : random_below(400000000);
  mpq_t sum, fraction;
  mpq_inits(sum, fraction, NULL);
  for (unsigned i = 0; i < bellard->simple_fractions; i++) {
    int64_t numerator = k % 2 ? -bellard->simple[i].numerator : bellard->simple[i].numerator;
    mpq_set_si(fraction, numerator,
               (uint64_t)bellard->simple[i].step * k + (uint64_t)bellard->simple[i].offset);
    mpq_canonicalize(fraction);
    mpq_add(sum, sum, fraction);
  }
  bbp_series_split(bellard, (struct range){k, k + 1}, mpq_numref(fraction), mpq_denref(fraction));
  mpq_canonicalize(fraction);
  ck_assert_msg(mpq_equal(sum, fraction), "k = %" PRIu64, k);
  mpq_clears(sum, fraction, NULL);
}
END_TEST

START_TEST(the_common_factor_is_what_every_block_has)
{
  const struct bbp_series_formula *formula = &bbp_series_formulas[_i];
  const uint64_t terms = 1 + random_below(2048);
  mpz_t factor, prime;
  mpz_inits(factor, prime, NULL);
  bbp_series_common(formula, terms, factor);
  for (uint64_t p = 3; p <= 5 * terms; p += 2) {
    uint64_t wanted = 0;
    for (unsigned i = 0; i < 3; i++)
      wanted += spare_powers(p, formula->progressions[i] * terms);
    mpz_set_ui(prime, p);
    if (mpz_probab_prime_p(prime, 25))
      ck_assert_uint_eq(mpz_remove(factor, factor, prime), wanted);
  }
  ck_assert_msg(mpz_cmp_ui(factor, 1) == 0, "seed %" PRIu64, random_seed);
  mpz_clears(factor, prime, NULL);
}
END_TEST

/* --- Work and cost --- */

START_TEST(work_of_all_units_is_the_digits)
{
  for (unsigned n = 0; n < 200; n++) {
    struct job job = make_job(1 + random_below(100000), DECIMAL, (unsigned)_i);
    void *plan = make_plan(&job);
    uint64_t units = kernel->units(plan);
    struct cut cut = random_cut(units);
    ck_assert_uint_eq(kernel->work(plan, (struct range){0, units}), job.values[0]);
    ck_assert_uint_eq(kernel->work(plan, (struct range){cut.begin, cut.end}),
                      kernel->work(plan, (struct range){cut.begin, cut.middle})
                          + kernel->work(plan, (struct range){cut.middle, cut.end}));
    kernel->release(plan);
  }
}
END_TEST

START_TEST(cost_grows_with_every_unit)
{
  static const uint64_t digits[] = {1, 20, 1000, 12345};
  for (unsigned i = 0; i < sizeof digits / sizeof *digits; i++) {
    struct job job = make_job(digits[i], DECIMAL, (unsigned)_i);
    void *plan = make_plan(&job);
    ck_assert_uint_eq(kernel->cost_before(plan, 0), 0);
    for (uint64_t unit = 0; unit < kernel->units(plan); unit++)
      ck_assert_uint_lt(kernel->cost_before(plan, unit), kernel->cost_before(plan, unit + 1));
    kernel->release(plan);
  }
}
END_TEST

/* Word divisions of the terms: the scalar variant's digits of 58 bits, 32 more for the set-up. */
static double steps_of(const struct bbp_series_plan *plan, struct range terms)
{
  double steps = 0;
  for (uint64_t k = terms.begin; k < terms.end; k++)
    steps += plan->method == BBP_SERIES_TEXTBOOK
                 ? 1
                 : (double)((plan->point.fraction_bits - 4 * k) / 58 + 1) + 32;
  return steps;
}

/* A product of two numbers of so many bits, in some unit: schoolbook, Toom, Fourier. */
static double product_cost(double bits)
{
  if (bits < 2000)
    return bits * bits;
  return 4e6 * pow(fmin(bits, 200000) / 2000, 1.45) * pow(fmax(bits, 200000) / 200000, 1.15);
}

/* Three products of half the bits a level, above one word a side; a quotient is worth two. */
static double group_steps(const struct bbp_series_plan *plan, struct range terms)
{
  double count = (double)(terms.end - terms.begin), steps = 0;
  double bits = count * (9 + 4 * log2((double)(terms.begin + terms.end) / 2)); /* 512·k^4 */
  for (double nodes = 1; bits / nodes > 1000; nodes *= 2)
    steps += 3 * nodes * product_cost(bits / nodes / 2);
  return steps + 2 * product_cost((double)(plan->point.fraction_bits - 4 * terms.begin)) + 1e6;
}

static double unit_steps(const struct bbp_series_plan *plan, uint64_t unit)
{
  struct range terms = bbp_series_terms(plan, (struct range){unit, unit + 1});
  return plan->method == BBP_SERIES_GROUPS ? group_steps(plan, terms) : steps_of(plan, terms);
}

/* Within a tolerance and the one unit that a cut is off. */
START_TEST(parts_of_equal_cost_have_equal_work)
{
  static const double tolerance[] = {0.1, 0.03, 0.03, 0.01};
  struct job job = make_job(_i == BBP_SERIES_GROUPS ? 300000 : 20000, DECIMAL, (unsigned)_i);
  void *plan = make_plan(&job);
  for (unsigned parts = 2; parts <= 4; parts++) {
    double most = 0, all = 0, unit = 0;
    for (unsigned part = 0; part < parts; part++) {
      double steps = 0;
      for (uint64_t u = cut_at(plan, part, parts); u < cut_at(plan, part + 1, parts); u++) {
        steps += unit_steps(plan, u);
        unit = fmax(unit, unit_steps(plan, u));
      }
      most = fmax(most, steps);
      all += steps;
    }
    ck_assert_double_le(most, all / parts * (1 + tolerance[_i]) + unit);
  }
  kernel->release(plan);
}
END_TEST

START_TEST(the_counters_say_what_was_done)
{
  struct job job = make_job(1000, DECIMAL, (unsigned)_i);
  struct bbp_series_plan *plan = make_plan(&job);
  for (const struct variant *v = job.variant; v->name; v++) {
    struct partial *partial = run_all(v, plan);
    ck_assert_uint_eq(partial->counters[TERMS], plan->terms);
    if (plan->method == BBP_SERIES_GROUPS) {
      ck_assert_uint_eq(partial->counters[DIVISIONS], plan->units);
      ck_assert_uint_gt(partial->counters[MULTIPLICATIONS], 0);
    } else {
      static const unsigned divisions[] = {0, 2, 2, 4, 0, 4, 4, 7};
      ck_assert_uint_eq(partial->counters[DIVISIONS], plan->terms * divisions[_i]);
      ck_assert_uint_eq(partial->counters[MULTIPLICATIONS], 0);
    }
    free(partial);
  }
  kernel->release(plan);
}
END_TEST

/* --- The rest of the contract --- */

START_TEST(a_size_beyond_a_method_is_refused)
{
  static const uint64_t most[] = {1000000000, 50000000, 50000000, 100000000};
  void *plan = NULL;
  for (unsigned method = 1; method < METHODS; method++) {
    struct job job = make_job(most[method] + 1, DECIMAL, method);
    ck_assert_int_eq(kernel->prepare(&job, &plan), -ERANGE);
    job = make_job(most[method], HEX, method);
    ck_assert_int_eq(kernel->prepare(&job, &plan), 0);
    kernel->release(plan);
  }
  struct job job = make_job(most[0], HEX, BBP_SERIES_GROUPS);
  ck_assert_int_eq(kernel->prepare(&job, &plan), 0);
  kernel->release(plan);
  kernel->release(NULL);
}
END_TEST

START_TEST(the_peer_is_mpfr_with_the_same_digits_and_base)
{
  for (unsigned base = DECIMAL; base <= HEX; base++) {
    struct job job = make_job(1234, base, BBP_SERIES_GROUPS), peer;
    ck_assert_int_eq(kernel->peer(&job, &peer), 0);
    ck_assert_str_eq(peer.kernel->name, "mpfr");
    ck_assert_uint_eq(peer.values[0], 1234);
    ck_assert_str_eq(peer.kernel->parameters[1].choices[peer.values[1]],
                     base == HEX ? "hex" : "decimal");
  }
}
END_TEST

START_TEST(known_digits_are_those_of_pi)
{
  for (const struct known *known = kernel->known; known->value; known++) {
    unsigned base = strcmp(known->item, "hex") == 0 ? HEX : DECIMAL;
    char *wanted = digits_of_pi(strlen(known->value) - 2, base);
    ck_assert_str_eq(known->value, wanted);
    free(wanted);
  }
}
END_TEST

int main(void)
{
  random_seed = suite_seed((uint64_t)time(NULL));
  const int cases = KINDS * (int)(sizeof sizes / sizeof *sizes);
  TCase *tcase = tcase_create("bbp_series");
  tcase_add_checked_fixture(tcase, random_setup, NULL);
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, the_digits_are_those_of_pi, 0, cases);
  tcase_add_loop_test(tcase, the_hexadecimal_digits_are_those_of_pi, 0, cases);
  tcase_add_loop_test(tcase, every_small_number_of_digits_is_right, 0, KINDS);
  tcase_add_loop_test(tcase, groups_give_1e5_digits, 0, 2);
  tcase_add_loop_test(tcase, groups_give_1e6_digits, 0, 2);
  tcase_add_loop_test(tcase, the_default_is_right_around_each_crossover, 0, 2);
  tcase_add_test(tcase, what_is_given_is_not_chosen);
  tcase_add_loop_test(tcase, guard_bits_do_not_change_the_digits, 0, KINDS);
  tcase_add_loop_test(tcase, digits_that_the_error_leaves_open_are_refused, 0, KINDS);
  tcase_add_loop_test(tcase, the_error_is_within_its_bound, 0, KINDS);
  tcase_add_loop_test(tcase, terms_are_those_that_reach_the_last_place, 0, KINDS);
  tcase_add_loop_test(tcase, a_guard_adds_a_word, 0, KINDS);
  tcase_add_loop_test(tcase, a_range_is_the_sum_of_its_parts, 0, KINDS);
  tcase_add_loop_test(tcase, any_number_of_workers_gives_the_same_bytes, 0, KINDS);
  tcase_add_loop_test(tcase, every_variant_gives_the_bytes_of_the_reference, 0, 10);
  tcase_add_loop_test(tcase, the_last_terms_of_the_longest_lazy_job_agree, 0, 2);
  tcase_add_loop_test(tcase, lazy_agrees_where_denominators_outgrow_the_vectors, 0, 2);
  tcase_add_loop_test(tcase, lazy_agrees_after_several_carries, 0, 2);
  tcase_add_test(tcase, the_last_term_of_the_longest_groups_job_is_the_definition);
  tcase_add_loop_test(tcase, a_term_of_bellard_is_the_sum_of_seven_fractions, 0, 20);
  tcase_add_loop_test(tcase, the_common_factor_is_what_every_block_has, 0, 2);
  tcase_add_loop_test(tcase, work_of_all_units_is_the_digits, 0, KINDS);
  tcase_add_loop_test(tcase, cost_grows_with_every_unit, 0, KINDS);
  tcase_add_loop_test(tcase, parts_of_equal_cost_have_equal_work, 0, METHODS);
  tcase_add_loop_test(tcase, the_counters_say_what_was_done, 0, KINDS);
  tcase_add_test(tcase, a_size_beyond_a_method_is_refused);
  tcase_add_test(tcase, the_peer_is_mpfr_with_the_same_digits_and_base);
  tcase_add_test(tcase, known_digits_are_those_of_pi);

  Suite *suite = suite_create("bbp_series");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
