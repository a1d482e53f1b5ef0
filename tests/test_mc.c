/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mc.c: the kernel `mc` counts what its definition says, in every variant this CPU has.
 *
 * PIBENCH_TEST_SEED=n  repeats a run of the random tests
 * PIBENCH_SLOW=1       adds 2^32 points
 */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mc.h"
#include "suite.h"

extern const struct kernel kernel_mc;

enum { LAZY, PLAIN, QUASI, LIBC, METHODS };

union result {
  struct partial partial;
  uint64_t words[sizeof(struct partial) / 8 + 1]; /* with room for the hits */
};

static uint64_t random_seed, random_state;

/* splitmix64 */
static uint64_t random_next(void)
{
  return mc_mix64(random_state += MC_G);
}

static void random_setup(void)
{
  random_state = random_seed; /* each test is a process of its own */
}

/* The n-th variant after the reference that this CPU has, or NULL. */
static const struct variant *fast_variant(const struct method *method, unsigned n)
{
  for (const struct variant *v = method->variants + 1; v->name; v++)
    if (!(v->needs & ~cpu_features()) && n-- == 0)
      return v;
  return NULL;
}

static struct job make_job(unsigned method, uint64_t seed, uint64_t points)
{
  struct job job = {.kernel = &kernel_mc, .method = &kernel_mc.methods[method], .seed = seed};
  job.variant = &job.method->variants[0];
  job.values[0] = points;
  return job;
}

static struct mc_plan *make_plan(const struct job *job)
{
  void *plan;
  ck_assert_int_eq(kernel_mc.prepare(job, &plan), 0);
  return plan;
}

static union result make_result(void)
{
  union result result;
  partial_init(&result.partial, sizeof(uint64_t));
  ck_assert_uint_eq(result.partial.bytes, sizeof result);
  return result;
}

static union result run(const struct variant *variant, const void *plan, struct range units)
{
  union result result = make_result();
  ck_assert_int_eq(variant->run(plan, units, &result.partial), 0);
  return result;
}

static struct range all_units(const void *plan)
{
  return (struct range){0, kernel_mc.units(plan)};
}

/* All variants give the bytes of the reference, for some units of a job. */
static void check_variants(const struct job *job, const void *plan, struct range units)
{
  union result expected = run(&job->method->variants[0], plan, units);
  const struct variant *variant;
  for (unsigned n = 0; (variant = fast_variant(job->method, n)); n++) {
    union result result = run(variant, plan, units);
    ck_assert_msg(memcmp(&result, &expected, sizeof result) == 0,
                  "%s %s, seed %" PRIu64 ", %" PRIu64 " points, units %" PRIu64 "..%" PRIu64
                  ": hits %" PRIu64 ", undecided %" PRIu64 " and %" PRIu64 "; expected %" PRIu64
                  ", %" PRIu64 " and %" PRIu64 " (PIBENCH_TEST_SEED=%" PRIu64 ")",
                  job->method->name, variant->name, job->seed, job->values[0], units.begin,
                  units.end, result.partial.payload[0], result.partial.counters[MC_UNDECIDED4],
                  result.partial.counters[MC_UNDECIDED8], expected.partial.payload[0],
                  expected.partial.counters[MC_UNDECIDED4],
                  expected.partial.counters[MC_UNDECIDED8], random_seed);
  }
}

static void check_whole_job(unsigned method, uint64_t seed, uint64_t points)
{
  struct job job = make_job(method, seed, points);
  struct mc_plan *plan = make_plan(&job);
  check_variants(&job, plan, all_units(plan));
  kernel_mc.release(plan);
}

static uint64_t hits_of(const struct variant *variant, const struct job *job)
{
  void *plan = make_plan(job);
  union result result = run(variant, plan, all_units(plan));
  kernel_mc.release(plan);
  return result.partial.payload[0];
}

static struct answer finish(const struct job *job, uint64_t hits)
{
  void *plan = make_plan(job);
  union result result = make_result();
  result.partial.payload[0] = hits;
  struct answer answer;
  ck_assert_uint_eq(kernel_mc.answer_bytes(plan), 0);
  answer_init(&answer, sizeof answer);
  ck_assert_int_eq(kernel_mc.finish(plan, &result.partial, &answer), 0);
  kernel_mc.release(plan);
  return answer;
}

/* --- Known values --- */

struct vector {
  uint64_t seed, points, hits;
};

static const struct vector small_vectors[] = {
    {7, 1000, 786},
    {7, 262921, 206495},
    {7, 786432, 617607},
    {7, 1323065, 1039339},
};

static const struct vector large_vectors[] = {
    {12345, UINT64_C(1) << 25, 26354417},
    {12345, UINT64_C(1) << 28, 210829476},
};

static const struct vector slow_vector = {12345, UINT64_C(1) << 32, 3373258071};

static void check_vector(const struct vector *vector, const struct variant *variant)
{
  struct job job = make_job(LAZY, vector->seed, vector->points);
  uint64_t hits = hits_of(variant, &job);
  ck_assert_msg(hits == vector->hits, "%s: %" PRIu64 " hits, not %" PRIu64, variant->name, hits,
                vector->hits);
}

START_TEST(reference_counts_the_known_hits)
{
  check_vector(&small_vectors[_i], &kernel_mc.methods[LAZY].variants[0]);
}
END_TEST

START_TEST(fast_variants_count_the_known_hits)
{
  const struct variant *variant;
  for (unsigned n = 0; (variant = fast_variant(&kernel_mc.methods[LAZY], n)); n++)
    check_vector(&small_vectors[_i], variant);
}
END_TEST

START_TEST(fast_variants_count_the_known_hits_of_many_points)
{
  const struct variant *variant;
  for (unsigned n = 0; (variant = fast_variant(&kernel_mc.methods[LAZY], n)); n++)
    check_vector(&large_vectors[_i], variant);
}
END_TEST

START_TEST(fast_variants_count_the_known_hits_of_2_to_the_32_points)
{
  const struct variant *variant;
  for (unsigned n = 0; (variant = fast_variant(&kernel_mc.methods[LAZY], n)); n++)
    check_vector(&slow_vector, variant);
}
END_TEST

/* --- Variants --- */

START_TEST(variants_agree_at_the_edges_of_steps_passes_and_blocks)
{
  static const uint64_t points[] = {
      1,
      2,
      7,
      8,
      9,
      31,
      32,
      33,
      63,
      64,
      65,
      255,
      256,
      257,
      511,
      2047,
      2048,
      2049,
      8191,
      8192,
      8193,
      2 * 8192,
      2 * 8192 + 1,
      104 * 256 - 1,
      104 * 256,
      104 * 256 + 1,
      2 * 104 * 256,
      2 * 104 * 256 + 255,
      (1 << 18) - 1,
      1 << 18,
      (1 << 18) + 1,
      3 * (1 << 18) + 12345,
  };
  for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++)
    for (uint64_t seed = 0; seed < 3; seed++)
      check_whole_job(_i, seed, points[i]);
}
END_TEST

START_TEST(variants_agree_on_every_short_job)
{
  uint64_t seed = random_next();
  for (uint64_t points = 1; points <= 600; points++)
    check_whole_job(_i, seed, points);
}
END_TEST

/* One point in 8 goes on to the second set: 256 of them, a whole step, and one more or less. */
START_TEST(variants_agree_where_a_step_of_the_second_set_is_used_up)
{
  uint64_t seed = random_next();
  for (uint64_t points = 1700; points <= 2400; points++)
    check_whole_job(_i, seed, points);
}
END_TEST

START_TEST(variants_agree_on_random_jobs)
{
  for (unsigned i = 0; i < 20; i++) {
    uint64_t seed = random_next();
    check_whole_job(_i, seed, 1 + random_next() % (4 * MC_BLOCK_POINTS));
  }
}
END_TEST

START_TEST(variants_agree_far_out_in_the_largest_jobs)
{
  static const uint64_t points[] = {MC_POINTS_MOST, MC_POINTS_MOST - 1, MC_POINTS_MOST - 262143};
  const uint64_t last = (UINT64_C(1) << 45) - 1;
  for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++) {
    struct job job = make_job(_i, random_next(), points[i]);
    struct mc_plan *plan = make_plan(&job);
    ck_assert_uint_eq(kernel_mc.units(plan), last + 1);
    check_variants(&job, plan, (struct range){last / 2, last / 2 + 2});
    check_variants(&job, plan, (struct range){last - 1, last});
    check_variants(&job, plan, (struct range){last, last + 1});
    kernel_mc.release(plan);
  }
}
END_TEST

/* --- The method quasi, which has no seed --- */

__extension__ typedef unsigned __int128 wide;

/* The definition, in 128 bits: nothing can overflow. */
static bool quasi_is_hit(uint64_t i)
{
  wide start = (wide)1 << 63;
  uint64_t x = (uint64_t)(start + (wide)i * UINT64_C(0xc13fa9a902a6328f)) >> 32;
  uint64_t y = (uint64_t)(start + (wide)i * UINT64_C(0x91e10da5c79e7b1c)) >> 32;
  wide sum = (wide)x * x + x + (wide)y * y + y;
  return sum >> 64 == 0;
}

START_TEST(quasi_counts_what_its_definition_says_at_both_ends)
{
  const uint64_t last = (UINT64_C(1) << 45) - 1, blocks[] = {0, 1, last / 3, last - 1, last};
  struct job job = make_job(QUASI, 0, MC_POINTS_MOST - 77);
  struct mc_plan *plan = make_plan(&job);
  for (unsigned b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
    uint64_t first = blocks[b] << MC_BLOCK_LOG, expected = 0;
    unsigned points = blocks[b] == last ? MC_BLOCK_POINTS - 77 : MC_BLOCK_POINTS;
    for (unsigned i = 0; i < points; i++)
      expected += quasi_is_hit(first + i);
    struct range units = {blocks[b], blocks[b] + 1};
    union result result = run(&job.method->variants[0], plan, units);
    ck_assert_uint_eq(result.partial.payload[0], expected);
    check_variants(&job, plan, units);
  }
  kernel_mc.release(plan);
}
END_TEST

START_TEST(quasi_decides_wrapping_and_doubtful_points_of_random_blocks)
{
  struct job job = make_job(QUASI, 0, MC_POINTS_MOST);
  struct mc_plan *plan = make_plan(&job);
  for (unsigned i = 0; i < 40; i++) { /* some 8 points of a block wrap, some 25 are doubtful */
    uint64_t block = random_next() % kernel_mc.units(plan);
    check_variants(&job, plan, (struct range){block, block + 1});
  }
  kernel_mc.release(plan);
}
END_TEST

START_TEST(quasi_is_the_same_for_every_seed)
{
  struct job one = make_job(QUASI, 1, 1000000), other = make_job(QUASI, random_next(), 1000000);
  const struct variant *variant = &one.method->variants[1];
  ck_assert_uint_eq(hits_of(variant, &one), hits_of(variant, &other));
}
END_TEST

/* The discrepancy of the sequence falls nearly as 1/N; the circle costs some of that. */
START_TEST(quasi_is_closer_than_chance)
{
  const struct method *method = &kernel_mc.methods[QUASI];
  for (uint64_t points = 1000; points <= 100000000; points *= 10) {
    struct job job = make_job(QUASI, 1, points);
    struct answer answer = finish(&job, hits_of(&method->variants[1], &job));
    ck_assert_double_lt(fabs(answer_find(&answer, "error")->number), 1.642 / sqrt((double)points));
  }
}
END_TEST

START_TEST(quasi_tells_its_error_instead_of_a_standard_error)
{
  struct job job = make_job(QUASI, 1, 100000000);
  struct answer answer = finish(&job, 78539776);
  const struct answer_item *pi = answer_find(&answer, "pi");
  ck_assert_double_eq_tol(pi->number, 3.14159104, 1e-15);
  ck_assert_double_nan(pi->standard_error);
  ck_assert_double_nan(pi->z);
  ck_assert_double_eq_tol(answer_find(&answer, "error")->number, -1.6135897932385e-6, 1e-15);
}
END_TEST

/* --- The method libc --- */

START_TEST(libc_counts_what_anyone_would_with_one_state_a_block)
{
  struct job job = make_job(LIBC, random_next(), MC_BLOCK_POINTS + 1000);
  struct mc_plan *plan = make_plan(&job);
  for (unsigned block = 0; block < 2; block++) {
    unsigned state = mc_mix64(mc_mix64(job.seed + MC_G) + MC_G * (block + 1)) >> 32, hits = 0;
    for (unsigned i = 0; i < (block == 0 ? MC_BLOCK_POINTS : 1000); i++) {
      double x = (double)rand_r(&state) / RAND_MAX, y = (double)rand_r(&state) / RAND_MAX;
      hits += x * x + y * y <= 1.0;
    }
    union result result = run(job.variant, plan, (struct range){block, block + 1});
    ck_assert_uint_eq(result.partial.payload[0], hits);
  }
  kernel_mc.release(plan);
}
END_TEST

/* --- The law --- */

/* Whether run(a..c) has the bytes of run(a..b) and run(b..c) merged, in both orders. */
static void check_law(const struct variant *variant, const struct mc_plan *plan, uint64_t a,
                      uint64_t b, uint64_t c)
{
  union result whole = run(variant, plan, (struct range){a, c});
  union result left = run(variant, plan, (struct range){a, b});
  union result right = run(variant, plan, (struct range){b, c});
  union result forth = left, back = right;
  ck_assert_int_eq(partial_merge(&kernel_mc, plan, &right.partial, &forth.partial), 0);
  ck_assert_int_eq(partial_merge(&kernel_mc, plan, &left.partial, &back.partial), 0);
  ck_assert_mem_eq(&forth, &whole, sizeof whole);
  ck_assert_mem_eq(&back, &whole, sizeof whole);
}

START_TEST(ranges_merge_into_the_range_of_both)
{
  struct job job = make_job(_i, random_next(), 5 * MC_BLOCK_POINTS + 54321);
  struct mc_plan *plan = make_plan(&job);
  for (const struct variant *v = job.method->variants; v->name; v++) {
    if (v->needs & ~cpu_features())
      continue;
    for (uint64_t b = 1; b <= 6; b++)
      check_law(v, plan, 1, b, 6);
    check_law(v, plan, 2, 2, 2);
  }
  kernel_mc.release(plan);
}
END_TEST

START_TEST(work_and_cost_count_points)
{
  struct job job = make_job(LAZY, 1, 2 * MC_BLOCK_POINTS + 5);
  struct mc_plan *plan = make_plan(&job);
  ck_assert_uint_eq(kernel_mc.units(plan), 3);
  ck_assert_uint_eq(kernel_mc.work(plan, all_units(plan)), job.values[0]);
  ck_assert_uint_eq(kernel_mc.work(plan, (struct range){1, 2}), MC_BLOCK_POINTS);
  ck_assert_uint_eq(kernel_mc.work(plan, (struct range){2, 3}), 5);
  ck_assert_uint_eq(kernel_mc.cost_before(plan, 0), 0);
  ck_assert_uint_eq(kernel_mc.cost_before(plan, 3), job.values[0]);
  union result result = run(job.variant, plan, all_units(plan));
  ck_assert_uint_eq(result.partial.counters[MC_POINTS], job.values[0]);
  kernel_mc.release(plan);
}
END_TEST

/* --- Randomness --- */

static int compare_words(const void *left, const void *right)
{
  uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;
  return l < r ? -1 : l > r;
}

/* A prototype whose counters of lanes and blocks overlapped was 3.8 standard errors off. */
START_TEST(no_state_word_occurs_twice_in_a_run)
{
  enum { BLOCKS = 256, SET_WORDS = 4 * MC_LANES };
  static uint64_t words[BLOCKS * 2 * SET_WORDS];
  struct job job = make_job(LAZY, random_next(), MC_POINTS_MOST);
  struct mc_plan *plan = make_plan(&job);
  uint64_t first = random_next() % (kernel_mc.units(plan) - BLOCKS);
  size_t count = 0;
  for (unsigned block = 0; block < BLOCKS; block++)
    for (unsigned set = 0; set < 2; set++) {
      struct mc_lanes lanes;
      mc_lanes_seed(&lanes, plan, first + block, set);
      memcpy(words + count, lanes.word, sizeof lanes.word);
      count += SET_WORDS;
    }
  ck_assert_uint_eq(count, sizeof words / sizeof words[0]);
  qsort(words, count, sizeof words[0], compare_words);
  for (size_t i = 1; i < count; i++)
    ck_assert_msg(words[i] != words[i - 1], "twice (PIBENCH_TEST_SEED=%" PRIu64 ")", random_seed);
  kernel_mc.release(plan);
}
END_TEST

/* Fixed seeds: it passes or it does not.  The sum of squares of 64 z is χ² with 64 degrees of
 * freedom, so its mean is 64 and its deviation 11.3. */
START_TEST(estimates_scatter_as_their_standard_error_says)
{
  const unsigned method = _i < 2 ? (unsigned)_i : LIBC; /* those that draw */
  double sum = 0, squares = 0;
  for (uint64_t seed = 0; seed < 64; seed++) {
    struct job job = make_job(method, seed, 1 << 20);
    const struct variant *fast = fast_variant(job.method, 0);
    uint64_t hits = hits_of(fast ? fast : job.variant, &job);
    struct answer answer = finish(&job, hits);
    double z = answer_find(&answer, "pi")->z;
    sum += z;
    squares += z * z;
  }
  ck_assert_double_lt(fabs(sum / 8), 3.5);
  ck_assert_double_lt(fabs(squares - 64), 3.5 * 11.3);
}
END_TEST

/* --- Answers --- */

START_TEST(answer_states_estimate_error_and_z)
{
  struct job job = make_job(LAZY, 7, 1000);
  struct answer answer = finish(&job, 786);
  ck_assert_uint_eq(answer_find(&answer, "hits")->count, 786);
  const struct answer_item *pi = answer_find(&answer, "pi");
  ck_assert_double_eq_tol(pi->number, 3.144, 1e-15);
  ck_assert_double_eq_tol(pi->standard_error, 0.05187739392, 1e-11);
  ck_assert_double_eq_tol(pi->z, 0.046357173, 1e-8);
  ck_assert_double_nan(pi->error_bound);
}
END_TEST

START_TEST(standard_error_is_unknown_when_all_or_no_points_hit)
{
  struct job job = make_job(LAZY, 7, 1000);
  struct answer none = finish(&job, 0), all = finish(&job, 1000);
  ck_assert_double_eq(answer_find(&none, "pi")->number, 0);
  ck_assert_double_nan(answer_find(&none, "pi")->standard_error);
  ck_assert_double_eq(answer_find(&all, "pi")->number, 4);
  ck_assert_double_nan(answer_find(&all, "pi")->standard_error);
}
END_TEST

/* ⌊2^63·π/4⌋ hits are the mean, to a hit; the deviation is 1246827927 hits. */
START_TEST(z_is_right_for_the_most_points)
{
  const uint64_t mean = UINT64_C(7244019458077122842), deviation = 1246827927;
  struct job job = make_job(LAZY, 7, MC_POINTS_MOST);
  for (int z = -3; z <= 3; z++) {
    struct answer answer = finish(&job, mean + (uint64_t)z * deviation);
    ck_assert_double_eq_tol(answer_find(&answer, "pi")->z, z, 1e-5);
  }
}
END_TEST

START_TEST(points_are_1_to_2_to_the_63)
{
  void *plan = NULL;
  struct job none = make_job(LAZY, 7, 0), many = make_job(LAZY, 7, MC_POINTS_MOST + 1);
  ck_assert_int_eq(kernel_mc.prepare(&none, &plan), -ERANGE);
  ck_assert_int_eq(kernel_mc.prepare(&many, &plan), -ERANGE);
  ck_assert_ptr_null(plan);
  kernel_mc.release(NULL);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name, double timeout_seconds)
{
  TCase *tests = tcase_create(name);
  tcase_add_checked_fixture(tests, random_setup, NULL);
  tcase_set_timeout(tests, timeout_seconds);
  suite_add_tcase(suite, tests);
  return tests;
}

static void add_tests(Suite *suite)
{
  TCase *known = add_case(suite, "known values", 120);
  tcase_add_loop_test(known, reference_counts_the_known_hits, 0, 4);
  tcase_add_loop_test(known, fast_variants_count_the_known_hits, 0, 4);
  tcase_add_loop_test(known, fast_variants_count_the_known_hits_of_many_points, 0, 2);

  TCase *variants = add_case(suite, "variants", 120);
  tcase_add_loop_test(variants, variants_agree_at_the_edges_of_steps_passes_and_blocks, 0, METHODS);
  tcase_add_loop_test(variants, variants_agree_on_every_short_job, 0, METHODS);
  tcase_add_loop_test(variants, variants_agree_where_a_step_of_the_second_set_is_used_up, 0,
                      METHODS);
  tcase_add_loop_test(variants, variants_agree_on_random_jobs, 0, METHODS);
  tcase_add_loop_test(variants, variants_agree_far_out_in_the_largest_jobs, 0, METHODS);

  TCase *quasi = add_case(suite, "quasi", 60);
  tcase_add_test(quasi, quasi_counts_what_its_definition_says_at_both_ends);
  tcase_add_test(quasi, quasi_decides_wrapping_and_doubtful_points_of_random_blocks);
  tcase_add_test(quasi, quasi_is_the_same_for_every_seed);
  tcase_add_test(quasi, quasi_is_closer_than_chance);
  tcase_add_test(quasi, quasi_tells_its_error_instead_of_a_standard_error);

  TCase *libc = add_case(suite, "libc", 60);
  tcase_add_test(libc, libc_counts_what_anyone_would_with_one_state_a_block);

  TCase *law = add_case(suite, "law", 60);
  tcase_add_loop_test(law, ranges_merge_into_the_range_of_both, 0, METHODS);
  tcase_add_test(law, work_and_cost_count_points);

  TCase *randomness = add_case(suite, "randomness", 60);
  tcase_add_test(randomness, no_state_word_occurs_twice_in_a_run);
  tcase_add_loop_test(randomness, estimates_scatter_as_their_standard_error_says, 0, 3);

  TCase *answers = add_case(suite, "answers", 10);
  tcase_add_test(answers, answer_states_estimate_error_and_z);
  tcase_add_test(answers, standard_error_is_unknown_when_all_or_no_points_hit);
  tcase_add_test(answers, z_is_right_for_the_most_points);
  tcase_add_test(answers, points_are_1_to_2_to_the_63);

  if (getenv("PIBENCH_SLOW")) {
    TCase *slow = add_case(suite, "slow", 600);
    tcase_add_test(slow, fast_variants_count_the_known_hits_of_2_to_the_32_points);
  }
}

int main(void)
{
  random_seed = suite_seed((uint64_t)time(NULL));
  Suite *suite = suite_create("mc");
  add_tests(suite);
  return suite_run(suite);
}
