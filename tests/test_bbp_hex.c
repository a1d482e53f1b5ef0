/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_bbp_hex.c: the kernel `bbp-hex` prints π's digits, and every variant this CPU has gives the
 * bytes of the definition.  π itself comes from MPFR.
 *
 * PIBENCH_TEST_SEED=n  repeats a run of the random tests
 * PIBENCH_SLOW=1       adds positions 10^7 to 10^9
 */

#include "bbp_hex.h"
#include "hex_digits.h"

extern const struct kernel kernel_bbp_hex;

enum { BELLARD, BBP, ARCTAN4, FORMULAS };
enum { MONTGOMERY, NAIVE };
enum { TERMS, SQUARINGS };

#define FAR UINT64_C(1000000000000000)

/* --- Formulas --- */

static const struct {
  unsigned step, series;
  int lead;
} shapes[] = {[BELLARD] = {10, 7, -6}, [BBP] = {4, 4, -1}, [ARCTAN4] = {3, 1, 1}};

/* The exponents of arctan4's series. */
static const struct {
  unsigned step;
  int lead;
} joined[] = {{3, 1}, {5, -1}, {6, -1}, {10, -4}};

/* The first k with a negative exponent in series i of arctan4. */
static uint64_t reach_of(uint64_t position, unsigned i)
{
  int64_t exponent = 4 * (int64_t)(position - 1) + joined[i].lead;
  return exponent < 0 ? 0 : (uint64_t)exponent / joined[i].step + 1;
}

/* --- Jobs --- */

/* With the last variant. */
static struct job make_job(uint64_t position, unsigned count, unsigned formula, unsigned method)
{
  struct job job = {.kernel = &kernel_bbp_hex,
                    .method = &kernel_bbp_hex.methods[method],
                    .values = {position, count, formula}};
  job.variant = last_variant(job.method);
  return job;
}

static union result run(const struct variant *variant, const void *plan, struct range units)
{
  return run_of(&kernel_bbp_hex, variant, plan, units);
}

static struct range all_units(const void *plan)
{
  return (struct range){0, kernel_bbp_hex.units(plan)};
}

static int finish(const void *plan, const union result *result, union storage *ret)
{
  return finish_of(&kernel_bbp_hex, plan, result, ret);
}

/* --- Digits --- */

/* Every variant of a method, for all formulas. */
static void check_position(uint64_t position, unsigned count, unsigned method)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    struct job job = make_job(position, count, formula, method);
    for (unsigned n = 0; (job.variant = variant_at(job.method, n)); n++)
      check_against_pi(&job);
  }
}

START_TEST(prints_the_digits_of_pi_from_the_first_on)
{
  for (uint64_t position = 1; position <= 3000; position += position < 200 ? 1 : 13)
    check_position(position, 16, MONTGOMERY);
  for (uint64_t position = 1; position <= 3000; position += position < 200 ? 1 : 13)
    check_position(position, 16, NAIVE);
}
END_TEST

START_TEST(fast_variants_print_the_digits_of_pi_at_each_of_the_first_positions)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++)
    for (uint64_t position = 1; position <= 3000; position++) {
      struct job job = make_job(position, 16, formula, MONTGOMERY);
      for (unsigned n = 1; (job.variant = variant_at(job.method, n)); n++)
        check_against_pi(&job);
    }
}
END_TEST

START_TEST(prints_the_digits_of_pi_at_random_positions)
{
  for (unsigned i = 0; i < 10; i++) {
    uint64_t position = random_next() % FURTHEST + 1;
    unsigned count = (unsigned)(random_next() % MOST_DIGITS) + 1;
    check_position(position, count, MONTGOMERY);
    check_position(position, count, NAIVE);
  }
}
END_TEST

START_TEST(prints_as_many_digits_as_asked_for)
{
  for (unsigned count = 1; count <= MOST_DIGITS; count++)
    check_position(4321, count, MONTGOMERY);
}
END_TEST

/* Where MPFR does not look: the last 16 digits at n are the first 16 at n + 8. */
START_TEST(digits_of_neighbouring_positions_overlap)
{
  uint64_t position = 300000 + random_next() % 100000;
  union storage here = answer_of(make_job(position, 24, BELLARD, MONTGOMERY));
  union storage there = answer_of(make_job(position + 8, 24, BBP, MONTGOMERY));
  ck_assert_mem_eq(digits_of(&here, 24) + 8, digits_of(&there, 24), 16);
}
END_TEST

/* --- Known digits, peers --- */

static void check_known(uint64_t position, unsigned count, unsigned formula)
{
  struct job job = make_job(position, count, formula, MONTGOMERY);
  union storage storage = answer_of(job);
  const struct known *known = kernel_bbp_hex.known;
  while (known->value && known->size != position)
    known++;
  ck_assert_ptr_nonnull(known->value);
  ck_assert_mem_eq(digits_of(&storage, count), known->value, count < 16 ? count : 16);
}

START_TEST(finds_the_digits_that_the_world_knows)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    for (unsigned count = 1; count <= MOST_DIGITS; count++) {
      check_known(1, count, formula);
      check_known(1000, count, formula);
    }
    check_known(1000000, 16, formula);
    if (getenv("PIBENCH_SLOW"))
      check_known(10000000, 16, formula);
    if (getenv("PIBENCH_SLOW") && last_variant(&kernel_bbp_hex.methods[MONTGOMERY])->needs) {
      check_known(100000000, 16, formula);
      check_known(1000000000, 16, formula);
    }
  }
}
END_TEST

START_TEST(a_peer_is_the_other_formula_and_gives_the_same_answer)
{
  for (unsigned method = MONTGOMERY; method <= NAIVE; method++)
    for (unsigned formula = 0; formula < FORMULAS; formula++) {
      struct job peer, job = make_job(random_size(30000), 20, formula, method);
      job.guard = 1; /* what this job needed says nothing of the peer */
      ck_assert_int_eq(kernel_bbp_hex.peer(&job, &peer), 0);
      ck_assert_uint_eq(peer.guard, 0);
      ck_assert_uint_ne(peer.values[2], formula);
      ck_assert_str_eq(peer.method->name, "montgomery");
      union storage ours = answer_of(job), theirs = answer_of(peer);
      ck_assert(answer_equal(&ours.answer, &theirs.answer));
    }
}
END_TEST

/* --- Partials --- */

static void check_variants(const struct job *job, const void *plan, struct range units)
{
  union result expected = run(&job->method->variants[0], plan, units);
  ck_assert_uint_eq(expected.partial.counters[TERMS], kernel_bbp_hex.work(plan, units));
  const struct variant *variant;
  for (unsigned n = 1; (variant = variant_at(job->method, n)); n++) {
    union result result = run(variant, plan, units);
    ck_assert_msg(memcmp(&result, &expected, sizeof result) == 0,
                  "%s, formula %" PRIu64 ", position %" PRIu64 ", %zu bytes, units %" PRIu64
                  "..%" PRIu64 " (PIBENCH_TEST_SEED=%" PRIu64 ")",
                  variant->name, job->values[2], job->values[0], kernel_bbp_hex.payload_bytes(plan),
                  units.begin, units.end, random_seed);
  }
}

/* Some units of a plan: the first, the last, those about e = 0, and others. */
static void check_stretches(const struct job *job, const void *plan)
{
  uint64_t units = kernel_bbp_hex.units(plan), length = random_next() % 40;
  uint64_t tail = kernel_bbp_hex.payload_bytes(plan) * 8 / shapes[job->values[2]].step;
  uint64_t begins[] = {0, units - 1, units > tail + 20 ? units - tail - 20 : 0,
                       random_next() % units, random_size(units) - 1};
  for (unsigned i = 0; i < sizeof begins / sizeof *begins; i++) {
    uint64_t rest = units - begins[i];
    check_variants(job, plan,
                   (struct range){begins[i], begins[i] + (length < rest ? length : rest)});
  }
  check_variants(job, plan, (struct range){begins[2], units});
}

/* 24 digits need two words near the beginning and three far out; guard adds one and two. */
START_TEST(all_variants_give_the_bytes_of_the_reference)
{
  bool seen[WORDS_MOST + 1][FORMULAS] = {{false}};
  for (unsigned i = 0; i < 600; i++) {
    unsigned formula = i % FORMULAS;
    struct job job = make_job(i < 20 ? FAR - i : random_size(FAR), 24, formula, MONTGOMERY);
    job.guard = (unsigned)(random_next() % 3);
    void *plan;
    int error = kernel_bbp_hex.prepare(&job, &plan);
    if (error == -ERANGE) /* more than four words */
      continue;
    ck_assert_int_eq(error, 0);
    seen[kernel_bbp_hex.payload_bytes(plan) / 8][formula] = true;
    check_stretches(&job, plan);
    kernel_bbp_hex.release(plan);
  }
  for (unsigned words = 2; words <= WORDS_MOST; words++)
    ck_assert(seen[words][BELLARD] && seen[words][BBP] && seen[words][ARCTAN4]);
}
END_TEST

/* Variants change over to other arithmetic where a modulus reaches 2^29 or 2^48. */
START_TEST(variants_agree_where_moduli_grow_out_of_a_word)
{
  static const unsigned slopes[FORMULAS][2] = {
      [BELLARD] = {10, 4}, [BBP] = {8, 2}, [ARCTAN4] = {2, 2}};
  for (unsigned i = 0; i < 72; i++) {
    unsigned formula = i % FORMULAS, bits = i / 3 % 2 ? 48 : 29, guard = i / 6 % 3;
    uint64_t slope = slopes[formula][i / 18 % 2];
    /* The last unit at which every modulus of that slope has so many bits only. */
    uint64_t unit = ((UINT64_C(1) << bits) - 1) / slope - 1;
    uint64_t least = unit * shapes[formula].step / 4;
    /* Those of arctan4 have one to four series there. */
    uint64_t most = formula == ARCTAN4 ? 3 * least : least;
    struct job job = make_job(least + random_next() % most + 1000, 16, formula, MONTGOMERY);
    job.guard = bits == 29 ? guard : guard % 2;
    void *plan = make_plan(&job);
    for (uint64_t begin = unit - 40; begin <= unit + 4; begin += random_next() % 3 + 1)
      check_variants(&job, plan, (struct range){begin, begin + random_next() % 50});
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* Series of arctan4 end one after the other, at each of these borders with a ladder less, fewer
 * products or rests that begin. */
START_TEST(variants_agree_where_joined_series_end)
{
  for (unsigned i = 0; i < 200; i++) {
    uint64_t position = i < 40 ? i + 1 : random_size(FAR);
    struct job job = make_job(position, 16, ARCTAN4, MONTGOMERY);
    job.guard = i / 4 % 2;
    void *plan = make_plan(&job);
    uint64_t units = kernel_bbp_hex.units(plan), border = reach_of(position, i % 4);
    uint64_t begin = border - (border < 70 ? border : random_next() % 70);
    uint64_t end = border + random_next() % 70;
    check_variants(&job, plan, (struct range){begin, end < units ? end : units});
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* Numerators that m divides are rare but for small m: all digits are then 0. */
START_TEST(joined_numerators_may_be_zero)
{
  unsigned zeros = 0;
  for (uint64_t position = 1000; position < 1400; position++) {
    struct job job = make_job(position, 16, ARCTAN4, MONTGOMERY);
    void *plan = make_plan(&job);
    for (uint64_t k = 1; k < 12; k++) {
      union result one = run(&job.method->variants[0], plan, (struct range){k, k + 1});
      zeros += one.partial.payload[0] == 0 && one.partial.payload[1] == 0;
    }
    check_variants(&job, plan, (struct range){1, 150});
    kernel_bbp_hex.release(plan);
  }
  ck_assert_uint_gt(zeros, 0);
}
END_TEST

/* Digits of 52 bits overflow 64 bits after 2^13 sums or so. */
START_TEST(sums_of_long_ranges_do_not_overflow)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    struct job job = make_job(UINT64_C(1000000000000), 16, formula, MONTGOMERY);
    void *plan = make_plan(&job);
    uint64_t begin = UINT64_C(60000000000) + random_next() % 1000;
    struct range units = {begin, begin + 600000};
    union result expected = run(&job.method->variants[1], plan, units);
    for (unsigned n = 2; (job.variant = variant_at(job.method, n)); n++) {
      union result result = run(job.variant, plan, units);
      ck_assert_msg(memcmp(&result, &expected, sizeof result) == 0, "%s", job.variant->name);
    }
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

START_TEST(partials_of_any_split_merge_into_the_same_bytes)
{
  for (unsigned i = 0; i < 200; i++) {
    struct job job = make_job(random_size(50000), 24, i % FORMULAS, MONTGOMERY);
    job.guard = i / FORMULAS % 2;
    void *plan = make_plan(&job);
    uint64_t units = kernel_bbp_hex.units(plan);
    uint64_t c = random_size(units), b = random_next() % (c + 1), a = random_next() % (b + 1);
    union result whole = run(job.variant, plan, (struct range){a, c});
    union result left = run(job.variant, plan, (struct range){a, b}), copy = left;
    union result right = run(job.variant, plan, (struct range){b, c});
    ck_assert_int_eq(partial_merge(&kernel_bbp_hex, plan, &right.partial, &left.partial), 0);
    ck_assert_int_eq(partial_merge(&kernel_bbp_hex, plan, &copy.partial, &right.partial), 0);
    ck_assert_mem_eq(&left, &whole, sizeof whole);
    ck_assert_mem_eq(&right, &whole, sizeof whole);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* --- Guard bits --- */

START_TEST(undecided_guard_bits_ask_for_more)
{
  for (unsigned count = 1; count <= MOST_DIGITS; count++)
    for (unsigned formula = 0; formula < FORMULAS; formula++) {
      struct job job = make_job(random_size(FAR), count, formula, MONTGOMERY);
      check_guard_bits(&job);
    }
}
END_TEST

START_TEST(digits_within_the_error_of_others_are_undecided)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    struct job job = make_job(random_size(FAR), 8, formula, MONTGOMERY);
    struct bbp_hex_plan *plan = make_plan(&job);
    check_error(&job, plan->error_ulps);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

START_TEST(digits_that_may_wrap_around_one_are_undecided)
{
  struct job job = make_job(1000, 4, BELLARD, MONTGOMERY);
  void *plan = make_plan(&job);
  union storage storage;
  union result zero = make_result(&kernel_bbp_hex, plan), most = zero;
  memset(most.partial.payload, 0xff, kernel_bbp_hex.payload_bytes(plan));
  ck_assert_int_eq(finish(plan, &zero, &storage), -EAGAIN);
  ck_assert_int_eq(finish(plan, &most, &storage), -EAGAIN);
  kernel_bbp_hex.release(plan);
}
END_TEST

START_TEST(asking_for_guard_bits_widens_the_sum)
{
  size_t bytes = 0;
  struct job job = make_job(5000, 16, BELLARD, MONTGOMERY);
  for (; job.guard < 3; job.guard++) {
    void *plan = make_plan(&job);
    ck_assert_uint_eq(kernel_bbp_hex.payload_bytes(plan), 8 * (2 + job.guard));
    ck_assert_uint_gt(kernel_bbp_hex.payload_bytes(plan), bytes);
    bytes = kernel_bbp_hex.payload_bytes(plan);
    union result result = run(job.variant, plan, all_units(plan));
    union storage storage;
    ck_assert_int_eq(finish(plan, &result, &storage), 0);
    ck_assert_mem_eq(digits_of(&storage, 16), pi_digits + 5000, 16);
    kernel_bbp_hex.release(plan);
  }
  void *plan = NULL;
  ck_assert_int_eq(kernel_bbp_hex.prepare(&job, &plan), -ERANGE);
  ck_assert_ptr_null(plan);
}
END_TEST

/* The sum is within the bound that it claims, seen from a sum with many more bits. */
START_TEST(the_error_is_within_its_bound)
{
  for (unsigned i = 0; i < 100; i++) {
    struct job job = make_job(random_size(3000), 4, i % FORMULAS, MONTGOMERY);
    void *plan = make_plan(&job);
    job.guard = 2;
    void *wider = make_plan(&job);
    ck_assert_uint_eq(kernel_bbp_hex.payload_bytes(plan), 16);
    ck_assert_uint_eq(kernel_bbp_hex.payload_bytes(wider), 32);
    union result sum = run(job.variant, plan, all_units(plan));
    union result truth = run(job.variant, wider, all_units(wider));
    union storage storage;
    if (finish(plan, &sum, &storage) == 0) {
      /* Both two's complement: the difference of the leading two words, as a fraction. */
      const uint64_t *s = sum.partial.payload, *t = truth.partial.payload + 2;
      uint64_t low = s[0] - t[0], high = s[1] - t[1] - (s[0] < t[0]);
      double ulps = ldexp((double)(int64_t)high, 64) + (double)low;
      ck_assert(fabs(ulps) <= ldexp(answer_find(&storage.answer, "digits")->error_bound, 128));
    }
    kernel_bbp_hex.release(plan);
    kernel_bbp_hex.release(wider);
  }
}
END_TEST

/* Signs differ and the sum errs by much less than it may.  So the bound is counted: each unit has
 * one floor for each series that is not joined, off by less than the weight of the series. */
START_TEST(the_bound_counts_every_floor)
{
  for (unsigned i = 0; i < 100; i++) {
    struct job job = make_job(random_size(FAR), 16, i % FORMULAS, MONTGOMERY);
    struct bbp_hex_plan *plan = make_plan(&job);
    uint64_t weight = 0, rests = 0;
    for (unsigned s = 0; s < plan->formula->count; s++)
      weight += UINT64_C(1) << plan->formula->series[s].shift;
    if (i % FORMULAS == ARCTAN4) /* exponents from -1 down to -W */
      for (unsigned s = 1; s < sizeof joined / sizeof *joined; s++)
        rests += 64 * plan->words / joined[s].step;
    ck_assert_uint_ge(plan->error_ulps, weight * plan->units + rests);
    ck_assert_uint_le(plan->error_ulps, weight * (plan->units + 1) + rests + 12);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

START_TEST(units_are_those_that_reach_the_last_place)
{
  for (unsigned i = 0; i < 300; i++) {
    struct job job = make_job(i < 150 ? i + 1 : random_size(FAR), 16, i % FORMULAS, MONTGOMERY);
    struct bbp_hex_plan *plan = make_plan(&job);
    int64_t bits = 64 * (int64_t)plan->words;
    ck_assert_int_ge(bits + bbp_hex_exponent(plan, plan->units - 1), 0);
    ck_assert_int_lt(bits + bbp_hex_exponent(plan, plan->units), 0);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

static uint64_t largest_modulus(const struct bbp_hex_plan *plan, uint64_t unit)
{
  uint64_t largest = 0;
  for (unsigned s = 0; s < plan->formula->count; s++) {
    uint64_t m = plan->formula->series[s].slope * unit + plan->formula->series[s].offset;
    largest = m > largest ? m : largest;
  }
  return largest;
}

START_TEST(a_path_ends_with_the_first_modulus_that_is_too_large)
{
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    struct job job = make_job(1000, 16, formula, MONTGOMERY);
    struct bbp_hex_plan *plan = make_plan(&job);
    for (unsigned bits = 5; bits < 52; bits++) {
      uint64_t unit = bbp_hex_unit_at(plan, bits);
      ck_assert_uint_ge(largest_modulus(plan, unit), UINT64_C(1) << bits);
      ck_assert_uint_lt(largest_modulus(plan, unit - 1), UINT64_C(1) << bits);
    }
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* --- Work and cost --- */

/* Squarings of the binary ladder of unit k beyond the first six bits, counted by doing them. */
static uint64_t ladder_squarings(uint64_t position, unsigned formula, uint64_t k)
{
  int64_t exponent =
      4 * (int64_t)(position - 1) + shapes[formula].lead - (int64_t)(shapes[formula].step * k);
  uint64_t squarings = 0;
  for (; exponent >= 64; exponent /= 2)
    squarings++;
  /* The second ladder, to -(k+1), where a second series has an exponent that is not negative. */
  uint64_t second = formula == ARCTAN4 && k < reach_of(position, 1) ? k + 1 : 0;
  for (; second >= 64; second /= 2)
    squarings++;
  return squarings;
}

START_TEST(counters_count_the_terms_and_the_ladders_squarings)
{
  for (unsigned i = 0; i < 20; i++) {
    unsigned formula = i % FORMULAS, series = shapes[formula].series;
    struct job job = make_job(random_size(FAR), 16, formula, MONTGOMERY);
    void *plan = make_plan(&job);
    uint64_t units = kernel_bbp_hex.units(plan), begin = i < 6 ? 0 : random_next() % units;
    uint64_t end = units - begin < 300 ? units : begin + 300, squarings = 0;
    union result result = run(job.variant, plan, (struct range){begin, end});
    for (uint64_t k = begin; k < end; k++)
      squarings += series * ladder_squarings(job.values[0], formula, k);
    ck_assert_uint_eq(result.partial.counters[TERMS], series * (end - begin));
    ck_assert_uint_eq(result.partial.counters[SQUARINGS], squarings);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

START_TEST(cost_begins_at_zero_and_increases)
{
  for (unsigned i = 0; i < 50; i++) {
    struct job job = make_job(i ? random_size(FAR) : FAR, 24, i % FORMULAS, MONTGOMERY);
    void *plan = make_plan(&job);
    uint64_t units = kernel_bbp_hex.units(plan), from = random_next() % units;
    ck_assert_uint_eq(kernel_bbp_hex.cost_before(plan, 0), 0);
    for (uint64_t k = from; k < units && k < from + 500; k++)
      ck_assert_uint_lt(kernel_bbp_hex.cost_before(plan, k),
                        kernel_bbp_hex.cost_before(plan, k + 1));
    ck_assert_uint_lt(kernel_bbp_hex.cost_before(plan, units), UINT64_C(1) << 60);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* The first unit with at least that cost before it. */
static uint64_t cut_at(const void *plan, uint64_t cost)
{
  uint64_t low = 0, high = kernel_bbp_hex.units(plan);
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (kernel_bbp_hex.cost_before(plan, middle) < cost)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* A term takes the time of its squarings and of about ten more, or more where series are joined. */
static uint64_t beside_the_ladders(uint64_t position, unsigned formula, uint64_t k)
{
  if (formula != ARCTAN4)
    return 10;
  return 13 + (k < reach_of(position, 1) ? 8 : 0) + (k < reach_of(position, 3) ? 13 : 0);
}

START_TEST(equal_costs_are_equal_work)
{
  const uint64_t position = 1000000;
  for (unsigned formula = 0; formula < FORMULAS; formula++) {
    struct job job = make_job(position, 16, formula, MONTGOMERY);
    void *plan = make_plan(&job);
    uint64_t units = kernel_bbp_hex.units(plan), *before = calloc(units + 1, sizeof *before);
    ck_assert_ptr_nonnull(before);
    for (uint64_t k = 0; k < units; k++)
      before[k + 1] = before[k] + ladder_squarings(position, formula, k)
                      + beside_the_ladders(position, formula, k);
    for (uint64_t parts = 2; parts <= 64; parts++) {
      double even = (double)before[units] / (double)parts;
      uint64_t cost = kernel_bbp_hex.cost_before(plan, units), begin = 0;
      for (uint64_t part = 0; part < parts; part++) {
        uint64_t end = cut_at(plan, cost * (part + 1) / parts);
        double share = (double)(before[end] - before[begin]) / even;
        ck_assert_msg(share > 0.99 && share < 1.01, "part %" PRIu64 " of %" PRIu64 ": %g", part,
                      parts, share);
        begin = end;
      }
      ck_assert_uint_eq(begin, units);
    }
    free(before);
    kernel_bbp_hex.release(plan);
  }
}
END_TEST

/* --- The suite --- */

static Suite *make_suite(void)
{
  Suite *suite = suite_create("bbp-hex");
  TCase *digits = make_case(suite, "digits");
  tcase_add_test(digits, prints_the_digits_of_pi_from_the_first_on);
  tcase_add_test(digits, fast_variants_print_the_digits_of_pi_at_each_of_the_first_positions);
  tcase_add_test(digits, prints_the_digits_of_pi_at_random_positions);
  tcase_add_test(digits, prints_as_many_digits_as_asked_for);
  tcase_add_test(digits, digits_of_neighbouring_positions_overlap);
  tcase_add_test(digits, finds_the_digits_that_the_world_knows);
  tcase_add_test(digits, a_peer_is_the_other_formula_and_gives_the_same_answer);
  TCase *partials = make_case(suite, "partials");
  tcase_add_test(partials, all_variants_give_the_bytes_of_the_reference);
  tcase_add_test(partials, variants_agree_where_moduli_grow_out_of_a_word);
  tcase_add_test(partials, variants_agree_where_joined_series_end);
  tcase_add_test(partials, joined_numerators_may_be_zero);
  tcase_add_test(partials, sums_of_long_ranges_do_not_overflow);
  tcase_add_test(partials, partials_of_any_split_merge_into_the_same_bytes);
  tcase_add_test(partials, undecided_guard_bits_ask_for_more);
  tcase_add_test(partials, digits_within_the_error_of_others_are_undecided);
  tcase_add_test(partials, digits_that_may_wrap_around_one_are_undecided);
  tcase_add_test(partials, asking_for_guard_bits_widens_the_sum);
  tcase_add_test(partials, the_error_is_within_its_bound);
  tcase_add_test(partials, the_bound_counts_every_floor);
  tcase_add_test(partials, units_are_those_that_reach_the_last_place);
  tcase_add_test(partials, a_path_ends_with_the_first_modulus_that_is_too_large);
  TCase *work = make_case(suite, "work");
  tcase_add_test(work, counters_count_the_terms_and_the_ladders_squarings);
  tcase_add_test(work, cost_begins_at_zero_and_increases);
  tcase_add_test(work, equal_costs_are_equal_work);
  return suite;
}

int main(void)
{
  return run_with_seed(make_suite());
}
