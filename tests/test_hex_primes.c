/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hex_primes.c: the kernel `hex-primes`: the split of the series by prime powers against exact
 * fractions, the digits against π by MPFR, and every variant against the definition.
 *
 * PIBENCH_TEST_SEED=n  repeats a run of the random tests
 * PIBENCH_SLOW=1       adds positions 10^8 and 10^9
 */

#include "hex_digits.h"
#include "hex_primes.h"
#include "hex_primes_stretch.h"
#include "hex_primes_walk.h"

extern const struct kernel kernel_hex_primes, kernel_bbp_hex;

/* --- Jobs --- */

#define METHOD (&kernel_hex_primes.methods[0])

/* With the last variant. */
static struct job make_job(uint64_t position, unsigned count)
{
  return (struct job){.kernel = &kernel_hex_primes,
                      .method = METHOD,
                      .variant = last_variant(METHOD),
                      .values = {position, count}};
}

static void release(const struct hex_primes_plan *plan)
{
  kernel_hex_primes.release((void *)(uintptr_t)plan);
}

static union result run(const struct variant *variant, const struct hex_primes_plan *plan,
                        struct range units)
{
  return run_of(&kernel_hex_primes, variant, plan, units);
}

/* --- The split by prime powers, by exact fractions --- */

static int psi(const struct hex_primes_series *series, uint64_t m)
{
  static const int s[8] = {0, 1, 0, 1, 0, -1, 0, -1}, chi[4] = {0, 1, 0, -1};
  return series->is_chi ? chi[m % 4] : s[m % 8];
}

/* A_P from the series itself: every m that P divides exactly gives ψ(m)·2^e·(m/P)^-1. */
static uint64_t numerator_by_m(const struct hex_primes_plan *plan, uint64_t p, uint64_t P)
{
  mpz_t sum, term, modulus, q;
  mpz_inits(sum, term, modulus, q, NULL);
  mpz_set_ui(modulus, P);
  for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++) {
    const struct hex_primes_series *series = &plan->series[i];
    for (uint64_t m = P; m <= series->reach; m += 2 * P) {
      if (m / P % p == 0)
        continue;
      mpz_set_ui(q, m / P);
      ck_assert_int_ne(mpz_invert(q, q, modulus), 0);
      mpz_set_ui(term, 2);
      mpz_powm_ui(term, term, (uint64_t)series->exponent - series->step * ((m - 1) / 2), modulus);
      mpz_mul(term, term, q);
      mpz_mul_si(term, term, psi(series, m));
      mpz_add(sum, sum, term);
    }
  }
  uint64_t numerator = mpz_fdiv_ui(sum, P);
  mpz_clears(sum, term, modulus, q, NULL);
  return numerator;
}

/* p if n is a power of the prime p, else 0. */
static uint64_t prime_below(uint64_t n)
{
  uint64_t p = 2;
  while (p * p <= n && n % p)
    p++;
  p = p * p > n ? n : p;
  while (n % p == 0)
    n /= p;
  return n == 1 ? p : 0;
}

START_TEST(numerators_are_those_of_the_series)
{
  for (unsigned i = 0; i < 40; i++) {
    struct job job = make_job(random_size(20000), 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    for (uint64_t P = 3; P < plan->line_end; P += 2 + (P > 60 ? random_next() % (P / 8) * 2 : 0)) {
      uint64_t p = prime_below(P);
      if (p)
        ck_assert_msg(hex_primes_numerator(plan, p, P) == numerator_by_m(plan, p, P),
                      "position %" PRIu64 ", P = %" PRIu64 " (PIBENCH_TEST_SEED=%" PRIu64 ")",
                      job.values[0], P, random_seed);
    }
    release(plan);
  }
}
END_TEST

/* into += numerator / denominator */
static void add_fraction(mpq_t into, const mpz_t numerator, uint64_t denominator)
{
  mpq_t fraction;
  mpq_init(fraction);
  mpz_set(mpq_numref(fraction), numerator);
  mpz_set_ui(mpq_denref(fraction), denominator);
  mpq_canonicalize(fraction);
  mpq_add(into, into, fraction);
  mpq_clear(fraction);
}

/* The terms with non-negative exponents, exactly, less the A_P / P, is a whole number. */
START_TEST(the_fractions_of_all_prime_powers_are_the_series_modulo_one)
{
  for (uint64_t position = 1; position <= 200; position += 1 + position / 20) {
    struct job job = make_job(position, 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    mpq_t sum;
    mpz_t numerator;
    mpq_init(sum);
    mpz_init(numerator);
    for (unsigned i = 0; i < HEX_PRIMES_SERIES; i++)
      for (uint64_t m = 1; m <= plan->series[i].reach; m += 2) {
        mpz_set_si(numerator, psi(&plan->series[i], m));
        mpz_mul_2exp(numerator, numerator,
                     (uint64_t)plan->series[i].exponent - plan->series[i].step * ((m - 1) / 2));
        add_fraction(sum, numerator, m);
      }
    for (uint64_t P = 3; P < plan->line_end; P += 2)
      if (prime_below(P)) {
        mpz_set_ui(numerator, hex_primes_numerator(plan, prime_below(P), P));
        mpz_neg(numerator, numerator);
        add_fraction(sum, numerator, P);
      }
    ck_assert_msg(mpz_cmp_ui(mpq_denref(sum), 1) == 0, "position %" PRIu64, position);
    mpz_clear(numerator);
    mpq_clear(sum);
    release(plan);
  }
}
END_TEST

/* --- Digits --- */

START_TEST(prints_the_digits_of_pi_from_the_first_on)
{
  for (uint64_t position = 1; position <= 3000; position++) {
    struct job job = make_job(position, 16);
    unsigned first = position < 200 || position % 29 == 0 ? 0 : 1; /* the reference is slow */
    for (unsigned n = first; (job.variant = variant_at(METHOD, n)); n++)
      check_against_pi(&job);
  }
}
END_TEST

START_TEST(prints_the_digits_of_pi_at_random_positions)
{
  for (unsigned i = 0; i < 20; i++) {
    struct job job = make_job(random_next() % FURTHEST + 1, random_next() % MOST_DIGITS + 1);
    for (unsigned n = i < 3 ? 0 : 1; (job.variant = variant_at(METHOD, n)); n++)
      check_against_pi(&job);
  }
}
END_TEST

START_TEST(prints_as_many_digits_as_asked_for)
{
  for (unsigned count = 1; count <= MOST_DIGITS; count++) {
    struct job job = make_job(4321, count);
    check_against_pi(&job);
  }
}
END_TEST

START_TEST(finds_the_digits_that_the_world_knows)
{
  uint64_t most = getenv("PIBENCH_SLOW")        ? 1000000000
                  : last_variant(METHOD)->needs ? 10000000
                                                : 1000000;
  for (const struct known *known = kernel_hex_primes.known; known->value; known++)
    if (known->size <= most) {
      union storage storage = answer_of(make_job(known->size, 16));
      ck_assert_mem_eq(digits_of(&storage, 16), known->value, 16);
    }
}
END_TEST

START_TEST(the_peer_is_bbp_hex_and_gives_the_same_answer)
{
  for (unsigned i = 0; i < 20; i++) {
    struct job peer, job = make_job(random_size(30000), 20);
    ck_assert_int_eq(kernel_hex_primes.peer(&job, &peer), 0);
    ck_assert_ptr_eq(peer.kernel, &kernel_bbp_hex);
    union storage ours = answer_of(job), theirs = answer_of(peer);
    ck_assert(answer_equal(&ours.answer, &theirs.answer));
  }
}
END_TEST

/* --- Units --- */

START_TEST(units_follow_each_other_along_the_number_line)
{
  for (unsigned i = 0; i < 200; i++) {
    struct job job = make_job(random_size(HEX_PRIMES_POSITION_MOST), 16);
    void *plan;
    job.values[0] = i ? job.values[0] : HEX_PRIMES_POSITION_MOST;
    ck_assert_int_eq(kernel_hex_primes.prepare(&job, &plan), 0);
    uint64_t units = kernel_hex_primes.units(plan), at = 0;
    ck_assert(units >= 1 && units <= CHUNKS_MOST);
    for (uint64_t unit = 0; unit < units; unit++) {
      struct range numbers = hex_primes_numbers(plan, (struct range){unit, unit + 1});
      ck_assert_uint_eq(numbers.begin, at);
      ck_assert_uint_gt(numbers.end, at);
      at = numbers.end;
    }
    ck_assert_uint_eq(at, ((const struct hex_primes_plan *)plan)->line_end);
    kernel_hex_primes.release(plan);
  }
}
END_TEST

/* By trial division: the prime powers up to M by sort. */
static void count_sorts(uint64_t last, uint64_t *ret_sorts)
{
  for (uint64_t P = 3; P <= last; P += 2) {
    uint64_t p = prime_below(P), q = last / P - (last / P + 1) % 2;
    if (p == 0)
      continue;
    ret_sorts[HEX_PRIMES_EXPONENTIATIONS]++;
    if (p < P)
      ret_sorts[HEX_PRIMES_POWERS]++;
    else if (q == 1)
      ret_sorts[HEX_PRIMES_LONE]++;
    else if (q <= 21)
      ret_sorts[HEX_PRIMES_FEW]++;
    else if (p * p > 144 * (last + 1))
      ret_sorts[HEX_PRIMES_MANY]++;
    else
      ret_sorts[2 * p <= last / p ? HEX_PRIMES_PERIODIC : HEX_PRIMES_MORE]++;
  }
}

/* What hex_primes.h calls a strike, multiple by multiple. */
static uint64_t strikes_within(const struct hex_primes_plan *plan, struct range numbers)
{
  uint64_t many = (plan->line_end - 1) / 23 + 1, strikes = 0;
  uint64_t single = plan->many_begin < many ? plan->many_begin : many;
  for (uint64_t p = 257; p * p < plan->line_end; p += 2) {
    if (prime_below(p) < p)
      continue;
    for (uint64_t m = (numbers.begin + p - 1) / p * p; m < numbers.end; m += p) {
      uint64_t zone_end = m < single ? single : m < many ? many : plan->line_end;
      bool prime_to_wheel = m % 2 && (m < many || (m % 3 && m % 5 && m % 7));
      strikes += m >= plan->root_end && p * p < zone_end && prime_to_wheel;
    }
  }
  return strikes;
}

/* M = 2·⌊12001/3⌋ + 1 = 8001 has no MANY, 2·⌊480001/3⌋ + 1 = 320001 has. */
START_TEST(counters_count_the_primes_by_sort)
{
  static const uint64_t positions[] = {3001, 120001}, lasts[] = {8001, 320001};
  for (unsigned i = 0; i < 2; i++) {
    struct job job = make_job(positions[i], 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    uint64_t sorts[HEX_PRIMES_COUNTERS] = {0};
    ck_assert_uint_eq(plan->line_end, lasts[i] + 1);
    count_sorts(lasts[i], sorts);
    sorts[HEX_PRIMES_STRIKES] = strikes_within(plan, (struct range){0, plan->line_end});
    ck_assert(sorts[HEX_PRIMES_MANY] > 0 || i == 0);
    for (unsigned n = i; variant_at(METHOD, n); n++) { /* the reference takes long */
      union result result = run(variant_at(METHOD, n), plan, (struct range){0, plan->units});
      for (unsigned counter = 0; counter < HEX_PRIMES_COUNTERS; counter++)
        ck_assert_uint_eq(result.partial.counters[counter], sorts[counter]);
    }
    release(plan);
  }
}
END_TEST

static uint64_t strikes_of(const struct variant *variant, const struct hex_primes_plan *plan,
                           struct range units)
{
  return run(variant, plan, units).partial.counters[HEX_PRIMES_STRIKES];
}

/* From position 1.2·10^7 on all three zones have strikes: 12 times the square root of M is beyond
 * 257². */
START_TEST(strikes_are_those_of_the_definition_for_any_cut)
{
  struct job job = make_job(12000000 + random_next() % 1000000, 16);
  const struct hex_primes_plan *plan = make_plan(&job);
  uint64_t all = strikes_within(plan, (struct range){0, plan->line_end});
  const struct variant *variant;
  for (unsigned n = 1; (variant = variant_at(METHOD, n)); n++) {
    uint64_t cut = random_next() % plan->units, other = random_next() % 300;
    uint64_t left = cut < other ? cut : other, right = cut < other ? other : cut, strikes = 0;
    ck_assert_uint_eq(strikes_of(variant, plan, (struct range){0, plan->units}), all);
    strikes += strikes_of(variant, plan, (struct range){0, left});
    strikes += strikes_of(variant, plan, (struct range){left, right});
    strikes += strikes_of(variant, plan, (struct range){right, plan->units});
    ck_assert_msg(strikes == all, "%s, cut at %" PRIu64 " and %" PRIu64, variant->name, left,
                  right);
  }
  release(plan);
}
END_TEST

/* About the borders of the zones, and the reference too. */
START_TEST(strikes_are_those_of_the_definition_in_short_stretches)
{
  struct job job = make_job(12000000 + random_next() % 1000000, 16);
  const struct hex_primes_plan *plan = make_plan(&job);
  const uint64_t numbers[] = {plan->many_begin - 100, plan->many_begin,   plan->line_end / 40,
                              plan->line_end / 23,    plan->line_end / 2, plan->line_end - 1};
  uint64_t strikes = 0;
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct stretch stretch = stretch_about(plan, numbers[i]);
    uint64_t expected = strikes_within(plan, hex_primes_numbers(&stretch.plan, stretch.units));
    strikes += expected;
    const struct variant *variant;
    for (unsigned n = 0; (variant = variant_at(METHOD, n)); n++)
      ck_assert_msg(strikes_of(variant, &stretch.plan, stretch.units) == expected,
                    "%s, about %" PRIu64 " (PIBENCH_TEST_SEED=%" PRIu64 ")", variant->name,
                    numbers[i], random_seed);
  }
  ck_assert_uint_gt(strikes, 0); /* one stretch may have none */
  release(plan);
}
END_TEST

/* --- Variants --- */

/* The unit that holds a number of the line. */
static uint64_t unit_of(const struct hex_primes_plan *plan, uint64_t number)
{
  uint64_t low = 0, high = plan->units - 1;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (hex_primes_numbers(plan, (struct range){middle, middle + 1}).end <= number)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void check_stretch(const struct job *job, const struct hex_primes_plan *plan,
                          uint64_t number)
{
  struct stretch stretch = stretch_about(plan, number);
  union result expected = run(&METHOD->variants[0], &stretch.plan, stretch.units);
  const struct variant *variant;
  for (unsigned n = 1; (variant = variant_at(METHOD, n)); n++) {
    union result result = run(variant, &stretch.plan, stretch.units);
    ck_assert_msg(memcmp(&result, &expected, sizeof result) == 0,
                  "%s, position %" PRIu64 ", guard %u, about %" PRIu64
                  " (PIBENCH_TEST_SEED=%" PRIu64 ")",
                  variant->name, job->values[0], job->guard, number, random_seed);
  }
}

/* As far as position 10^13. */
START_TEST(all_variants_give_the_bytes_of_the_reference_about_every_limit)
{
  const uint64_t positions[] = {HEX_PRIMES_POSITION_MOST,
                                1000000000000,
                                1000000000,
                                300000000,
                                random_size(UINT64_C(1) << 40),
                                random_size(UINT64_C(1) << 30)};
  for (unsigned i = 0; i < sizeof positions / sizeof *positions; i++)
    for (unsigned guard = 0; guard < 2; guard++) {
      struct job job = make_job(positions[i], 16);
      job.guard = guard;
      const struct hex_primes_plan *plan = make_plan(&job);
      uint64_t numbers[STRETCH_NUMBERS_MOST];
      unsigned count = stretch_numbers(plan, numbers);
      for (unsigned n = 0; n < count; n++)
        check_stretch(&job, plan, numbers[n]);
      release(plan);
    }
}
END_TEST

/* The reference takes a while below 12 times the square root of M: positions up to 10^6. */
START_TEST(all_variants_give_the_bytes_of_the_reference_where_primes_are_small)
{
  for (unsigned i = 0; i < 8; i++) {
    struct job job = make_job(i ? random_size(1000000) : 1000000, 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    const uint64_t numbers[] = {plan->root_end, plan->root_end / 2, plan->root_end * 3 / 4,
                                plan->many_begin};
    for (unsigned n = 0; n < sizeof numbers / sizeof *numbers; n++)
      if (numbers[n] >= 1000 && numbers[n] < plan->line_end)
        check_stretch(&job, plan, numbers[n]);
    uint64_t unit = unit_of(plan, plan->root_end), other = random_next() % plan->units;
    struct range units = {unit < other ? unit : other, unit < other ? other : unit};
    union result whole = run(job.variant, plan, units);
    union result left = run(job.variant, plan, (struct range){units.begin, units.begin});
    for (uint64_t u = units.begin; u < units.end; u += 16) {
      uint64_t last = u + 16 < units.end ? u + 16 : units.end;
      union result right = run(job.variant, plan, (struct range){u, last});
      ck_assert_int_eq(partial_merge(&kernel_hex_primes, plan, &right.partial, &left.partial), 0);
    }
    ck_assert_mem_eq(&left, &whole, sizeof whole);
    release(plan);
  }
}
END_TEST

static void check_if_prime(const struct job *job, const struct hex_primes_plan *plan,
                           uint64_t number, unsigned *checked)
{
  if (number >= 1000 && number < plan->line_end && prime_below(number) == number) {
    check_stretch(job, plan, number);
    (*checked)++;
  }
}

/* The last number of an interval or a sort is seldom a prime, so that a border that is one off is
 * seldom seen.  The largest number with Q_i >= q is M_i/q. */
START_TEST(all_variants_give_the_bytes_of_the_reference_where_borders_are_primes)
{
  unsigned checked = 0, of_sorts = 0;
  while (checked < 60 || of_sorts < 6) {
    struct job job = make_job(300000 + random_next() % 50000000, 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    for (unsigned i = 0; i < HEX_PRIMES_SERIES && checked < 60; i++)
      for (uint64_t q = 3; q < 100; q += 2)
        check_if_prime(&job, plan, plan->series[i].reach / q, &checked);
    check_if_prime(&job, plan, (plan->line_end - 1) / 23, &of_sorts);
    check_if_prime(&job, plan, plan->many_begin, &of_sorts);
    check_if_prime(&job, plan, plan->many_begin - 1, &of_sorts);
    release(plan);
  }
}
END_TEST

/* Units that end with a power of a prime, or begin with it. */
START_TEST(a_prime_power_between_two_units_belongs_to_the_second)
{
  struct job job = make_job(100000, 16);
  const struct hex_primes_plan *plan = make_plan(&job);
  static const uint64_t powers[][2] = {{3, 1}, {3, 9}, {5, 125}, {7, 343}, {101, 1}, {499, 499}};
  for (unsigned i = 0; i < sizeof powers / sizeof *powers; i++)
    for (unsigned last = 0; last < 2; last++) {
      struct hex_primes_plan stretch = *plan;
      uint64_t unit = powers[i][1] - 1 + last;
      stretch.fine = stretch.coarse = powers[i][0];
      struct range units = {unit, unit + 1};
      union result expected = run(&METHOD->variants[0], &stretch, units);
      const struct variant *variant;
      for (unsigned n = 1; (variant = variant_at(METHOD, n)); n++) {
        union result result = run(variant, &stretch, units);
        ck_assert_msg(memcmp(&result, &expected, sizeof result) == 0, "%s, %" PRIu64 "..%" PRIu64,
                      variant->name, unit * powers[i][0], (unit + 1) * powers[i][0]);
      }
    }
  release(plan);
}
END_TEST

/* Units that end behind the square of a base prime, which is no prime. */
START_TEST(squares_at_the_end_of_a_unit_are_no_primes)
{
  unsigned checked = 0;
  for (uint64_t position = 1000000; checked < 5; position += 1 + random_next() % 1000) {
    struct job job = make_job(position, 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    uint64_t p = plan->base[plan->bases - 1], end = p * p + 1, length = 300;
    while (length < 1000 && end % length)
      length++;
    if (length < 1000 && end < plan->line_end) {
      struct hex_primes_plan stretch = *plan;
      stretch.fine = stretch.coarse = length;
      struct range units = {end / length - 1, end / length};
      union result expected = run(&METHOD->variants[0], &stretch, units);
      const struct variant *variant;
      for (unsigned n = 1; (variant = variant_at(METHOD, n)); n++) {
        union result result = run(variant, &stretch, units);
        ck_assert_mem_eq(&result, &expected, sizeof result);
      }
      checked++;
    }
    release(plan);
  }
}
END_TEST

/* Sums of digits of 52 bits overflow after 2^13 additions or so; a list has as many far out.  Any
 * odd numbers do for this. */
#ifdef __x86_64__
START_TEST(sums_over_long_lists_do_not_overflow)
{
  enum { COUNT = 300000 };
  if (CPU_AVX512 & ~cpu_features())
    return;
  struct job job = make_job(HEX_PRIMES_POSITION_MOST, 16);
  const struct hex_primes_plan *plan = make_plan(&job);
  struct hex_primes_interval interval;
  hex_primes_interval_init(&interval, plan, plan->line_end - 1);
  uint32_t *offsets = calloc(COUNT, sizeof *offsets);
  ck_assert_ptr_nonnull(offsets);
  for (uint32_t i = 0; i < COUNT; i++)
    offsets[i] = 2 * i;
  uint64_t base = plan->line_end / 4 * 3 | 1;
  struct hex_primes_list list = {.base = base, .step = 2, .offsets = offsets, .count = COUNT};
  uint64_t sum[HEX_PRIMES_WORDS_MOST] = {0}, expected[HEX_PRIMES_WORDS_MOST] = {0};
  hex_primes_arithmetic_wide_avx512.lone(&interval, list, sum);
  hex_primes_arithmetic_scalar.lone(&interval, list, expected);
  ck_assert_mem_eq(sum, expected, sizeof sum);
  free(offsets);
  hex_primes_interval_release(&interval);
  release(plan);
}
END_TEST
#endif

/* --- Guard bits --- */

START_TEST(undecided_guard_bits_ask_for_more)
{
  for (unsigned count = 1; count <= MOST_DIGITS; count++) {
    struct job job = make_job(random_size(100000000), count);
    check_guard_bits(&job);
  }
}
END_TEST

START_TEST(digits_within_the_error_of_others_are_undecided)
{
  struct job job = make_job(random_size(1000000), 8);
  const struct hex_primes_plan *plan = make_plan(&job);
  check_error(&job, plan->error_ulps);
  release(plan);
}
END_TEST

START_TEST(asking_for_guard_bits_widens_the_sum)
{
  struct job job = make_job(5000, 16);
  for (; job.guard < 3; job.guard++) {
    const struct hex_primes_plan *plan = make_plan(&job);
    ck_assert_uint_eq(plan->words, 2 + job.guard);
    release(plan);
    struct job guarded = job;
    for (unsigned n = 0; (guarded.variant = variant_at(METHOD, n)); n++)
      check_against_pi(&guarded);
  }
  void *plan = NULL;
  ck_assert_int_eq(kernel_hex_primes.prepare(&job, &plan), -ERANGE);
  ck_assert_ptr_null(plan);
}
END_TEST

/* The sum is within the bound that it claims, seen from π itself. */
START_TEST(the_error_is_within_its_bound)
{
  for (unsigned i = 0; i < 60; i++) {
    struct job job = make_job(random_size(20000), 16);
    const struct hex_primes_plan *plan = make_plan(&job);
    union result result = run(job.variant, plan, (struct range){0, plan->units});
    char near[33];
    memcpy(near, pi_digits + job.values[0], 32);
    near[32] = '\0';
    mpz_t sum, pi;
    mpz_inits(sum, pi, NULL);
    ck_assert_uint_eq(plan->words, 2);
    mpz_import(sum, 2, -1, 8, 0, 0, result.partial.payload);
    mpz_set_str(pi, near, 16);
    mpz_sub(sum, pi, sum); /* the floors are too small, but for signs of the tail */
    mpz_fdiv_r_2exp(sum, sum, 128);
    mpz_add_ui(sum, sum, plan->error_ulps);
    mpz_fdiv_r_2exp(sum, sum, 128);
    ck_assert_int_lt(mpz_cmp_ui(sum, 2 * plan->error_ulps), 0);
    mpz_clears(sum, pi, NULL);
    release(plan);
  }
}
END_TEST

/* --- The suite --- */

static Suite *make_suite(void)
{
  Suite *suite = suite_create("hex-primes");
  TCase *split = make_case(suite, "split");
  tcase_add_test(split, numerators_are_those_of_the_series);
  tcase_add_test(split, the_fractions_of_all_prime_powers_are_the_series_modulo_one);
  TCase *digits = make_case(suite, "digits");
  tcase_add_test(digits, prints_the_digits_of_pi_from_the_first_on);
  tcase_add_test(digits, prints_the_digits_of_pi_at_random_positions);
  tcase_add_test(digits, prints_as_many_digits_as_asked_for);
  tcase_add_test(digits, finds_the_digits_that_the_world_knows);
  tcase_add_test(digits, the_peer_is_bbp_hex_and_gives_the_same_answer);
  TCase *units = make_case(suite, "units");
  tcase_add_test(units, units_follow_each_other_along_the_number_line);
  tcase_add_test(units, counters_count_the_primes_by_sort);
  tcase_add_test(units, strikes_are_those_of_the_definition_for_any_cut);
  tcase_add_test(units, strikes_are_those_of_the_definition_in_short_stretches);
  TCase *variants = make_case(suite, "variants");
  tcase_add_test(variants, all_variants_give_the_bytes_of_the_reference_about_every_limit);
  tcase_add_test(variants, all_variants_give_the_bytes_of_the_reference_where_primes_are_small);
  tcase_add_test(variants, all_variants_give_the_bytes_of_the_reference_where_borders_are_primes);
  tcase_add_test(variants, a_prime_power_between_two_units_belongs_to_the_second);
  tcase_add_test(variants, squares_at_the_end_of_a_unit_are_no_primes);
#ifdef __x86_64__
  tcase_add_test(variants, sums_over_long_lists_do_not_overflow);
#endif
  TCase *guard = make_case(suite, "guard bits");
  tcase_add_test(guard, undecided_guard_bits_ask_for_more);
  tcase_add_test(guard, digits_within_the_error_of_others_are_undecided);
  tcase_add_test(guard, asking_for_guard_bits_widens_the_sum);
  tcase_add_test(guard, the_error_is_within_its_bound);
  return suite;
}

int main(void)
{
  return run_with_seed(make_suite());
}
