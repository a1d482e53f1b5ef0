/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_workload.c: jobs are cut into chunks, and chunks are dealt to workers, of equal cost. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "fake.h"
#include "suite.h"
#include "workload.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Check writes a note at every assertion, which millions of them feel. */
#define HOLDS(condition, ...)                                                                      \
  do                                                                                               \
    if (!(condition))                                                                              \
      ck_abort_msg(#condition ": " __VA_ARGS__);                                                   \
  while (0)

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250314;

static const uint64_t few_units[] = {1, 2, 3, 7, 100, 4095, 4096, 4097, 8191, 8192, 100003};
static const uint64_t many_units[] = {1000000007, UINT64_C(1000000000000000)};

static struct workload prepared(uint64_t units, enum fake_shape shape)
{
  struct job job = fake_job(&fake_kernel, units);
  struct workload w;
  job.values[FAKE_SHAPE] = shape;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  return w;
}

static bool is_triangle(enum fake_shape shape)
{
  return shape == FAKE_RISING || shape == FAKE_FALLING;
}

typedef void check_fn(const struct workload *w);

/* Checks workloads of all sizes and shapes. */
static void for_all(check_fn *check)
{
  for (enum fake_shape shape = FAKE_EVEN; shape <= FAKE_HUGE; shape++) {
    for (size_t i = 0; i < LENGTH(few_units); i++) {
      struct workload w = prepared(few_units[i], shape);
      check(&w);
      workload_release(&w);
    }
    for (size_t i = 0; i < LENGTH(many_units) && !is_triangle(shape); i++) {
      struct workload w = prepared(many_units[i], shape);
      check(&w);
      workload_release(&w);
    }
  }
}

static uint64_t unit_cost(const struct workload *w, uint64_t unit)
{
  return fake_cost_before(w->plan, unit + 1) - fake_cost_before(w->plan, unit);
}

/* The most expensive unit is the first or the last in every shape. */
static uint64_t most_unit_cost(const struct workload *w)
{
  uint64_t first = unit_cost(w, 0), last = unit_cost(w, w->unit[w->chunks] - 1);
  return first > last ? first : last;
}

/* --- Chunks --- */

static void check_cover(const struct workload *w)
{
  uint64_t units = fake_units(w->plan);
  ck_assert_uint_eq(w->chunks, units < CHUNKS_MOST ? units : CHUNKS_MOST);
  ck_assert_uint_eq(w->unit[0], 0);
  for (unsigned c = 0; c < w->chunks; c++) {
    struct range chunk = workload_units(w, (struct range){c, c + 1});
    HOLDS(chunk.begin < chunk.end, "chunk %u", c);
    HOLDS(chunk.begin == w->unit[c] && chunk.end == w->unit[c + 1], "chunk %u", c);
    HOLDS(w->cost[c] == fake_cost_before(w->plan, w->unit[c]), "chunk %u", c);
  }
  ck_assert_uint_eq(w->unit[w->chunks], units);
  ck_assert_uint_eq(w->cost[w->chunks], fake_cost_before(w->plan, units));
}

START_TEST(chunks_cover_all_units_in_order_and_none_is_empty)
{
  for_all(check_cover);
}
END_TEST

static void check_even(const struct workload *w)
{
  uint64_t most = w->cost[w->chunks] / w->chunks + most_unit_cost(w) + 1;
  for (unsigned c = 0; c < w->chunks; c++)
    HOLDS(w->cost[c + 1] - w->cost[c] <= most, "chunk %u of %u: %" PRIu64 " > %" PRIu64, c,
          w->chunks, w->cost[c + 1] - w->cost[c], most);
}

START_TEST(chunks_cost_the_same_as_far_as_whole_units_allow)
{
  for_all(check_even);
}
END_TEST

static void check_repeatable(const struct workload *w)
{
  struct workload again;
  struct job job = w->job;
  job.seed++;                             /* what is drawn does not change where it is cut, */
  job.method = &fake_methods[FAKE_WRONG]; /* nor does how it is computed */
  job.variant = &fake_methods[FAKE_WRONG].variants[0];
  ck_assert_int_eq(workload_prepare(&job, &again), 0);
  ck_assert_uint_eq(again.chunks, w->chunks);
  ck_assert_mem_eq(again.unit, w->unit, (w->chunks + 1) * sizeof *w->unit);
  ck_assert_mem_eq(again.cost, w->cost, (w->chunks + 1) * sizeof *w->cost);
  workload_release(&again);
}

/* State files rest on it. */
START_TEST(chunks_of_an_even_job_begin_where_their_cost_does)
{
  struct workload w = prepared(2 * CHUNKS_MOST, FAKE_EVEN);
  ck_assert_uint_eq(w.chunks, CHUNKS_MOST);
  for (unsigned c = 0; c <= w.chunks; c++)
    HOLDS(w.unit[c] == 2 * c, "chunk %u", c);
  workload_release(&w);
}
END_TEST

START_TEST(chunks_are_fixed_by_the_job)
{
  for_all(check_repeatable);
}
END_TEST

START_TEST(work_is_counted_in_the_kernels_unit)
{
  struct workload w = prepared(12345, FAKE_RISING);
  ck_assert_uint_eq(workload_work(&w), 3 * 12345);
  workload_release(&w);
}
END_TEST

START_TEST(what_the_kernel_refuses_is_refused_and_the_output_stays_untouched)
{
  struct job job = fake_job(&fake_kernel, UINT64_C(1) << 40);
  struct workload w = {.chunks = 77};
  job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(workload_prepare(&job, &w), -ERANGE);
  ck_assert_uint_eq(w.chunks, 77);
}
END_TEST

START_TEST(the_largest_size_that_is_taken_is_found)
{
  struct job job = fake_job(&fake_kernel, UINT64_C(1) << 40);
  struct workload w;
  job.values[FAKE_SHAPE] = FAKE_RISING;
  uint64_t most = workload_size_most(&job);
  ck_assert_uint_gt(most, 0);
  job.values[FAKE_UNITS] = most + 1;
  ck_assert_int_eq(workload_prepare(&job, &w), -ERANGE);
  job.values[FAKE_UNITS] = most;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  workload_release(&w);
  ck_assert_uint_eq(workload_size_most(&job), 0); /* nothing is refused */
}
END_TEST

static int refuse(const struct job *job, void **ret_plan)
{
  (void)job;
  (void)ret_plan;
  return -ERANGE;
}

START_TEST(of_a_job_that_is_refused_at_any_size_none_is_the_largest)
{
  struct kernel kernel = fake_kernel;
  kernel.prepare = refuse;
  struct job job = fake_job(&kernel, 1000);
  ck_assert_uint_eq(workload_size_most(&job), 0);
}
END_TEST

START_TEST(releasing_twice_or_nothing_is_harmless)
{
  struct workload w = prepared(10, FAKE_EVEN), nothing = {0};
  workload_release(&w);
  workload_release(&w);
  workload_release(&nothing);
  ck_assert_ptr_null(w.plan);
}
END_TEST

/* --- Shares --- */

static void check_shares(const struct workload *w, unsigned workers)
{
  uint64_t most_chunk = 0, at = 0;
  for (unsigned c = 0; c < w->chunks; c++)
    if (w->cost[c + 1] - w->cost[c] > most_chunk)
      most_chunk = w->cost[c + 1] - w->cost[c];
  double equal = (double)w->cost[w->chunks] / workers;
  double off = (double)most_chunk + 1 + equal * 1e-12; /* half a chunk at either end */
  for (unsigned i = 0; i < workers; i++) {
    struct range share = workload_share(w, i, workers);
    HOLDS(share.begin == at && share.begin <= share.end, "worker %u of %u", i, workers);
    double from_equal = fabs((double)w->cost[share.begin] - equal * i);
    HOLDS(from_equal <= (double)most_chunk / 2 + 1 + equal * i * 1e-12,
          "worker %u of %u begins %g too early or late, longest chunk %g", i, workers, from_equal,
          (double)most_chunk);
    double cost = (double)(w->cost[share.end] - w->cost[share.begin]);
    HOLDS(cost <= equal + off && cost >= equal - off,
          "worker %u of %u: %g, equal %g, longest chunk %g", i, workers, cost, equal,
          (double)most_chunk);
    at = share.end;
  }
  ck_assert_uint_eq(at, w->chunks);
}

static void check_shares_of_some(const struct workload *w)
{
  static const unsigned workers[] = {1, 2, 3, 4, 5, 6, 7, 8, 13, 64, 100, 192, 1000, 4096, 10000};
  for (size_t i = 0; i < LENGTH(workers); i++)
    check_shares(w, workers[i]);
}

START_TEST(shares_are_contiguous_complete_and_nearly_equal)
{
  for_all(check_shares_of_some);
}
END_TEST

START_TEST(shares_of_random_jobs_are_contiguous_complete_and_nearly_equal)
{
  srand48((long)seed);
  for (unsigned i = 0; i < 300; i++) {
    uint64_t units = 1 + (uint64_t)lrand48() % (UINT64_C(1) << lrand48() % 31);
    enum fake_shape shape = (enum fake_shape)(lrand48() % (FAKE_HUGE + 1));
    struct workload w = prepared(units, shape);
    check_cover(&w);
    check_even(&w);
    check_shares(&w, 1 + (unsigned)lrand48() % 300);
    workload_release(&w);
  }
}
END_TEST

START_TEST(with_more_workers_than_chunks_each_chunk_goes_to_one_and_some_get_none)
{
  struct workload w = prepared(3, FAKE_EVEN);
  unsigned idle = 0;
  for (unsigned i = 0; i < 7; i++) {
    struct range share = workload_share(&w, i, 7);
    ck_assert_uint_le(share.end - share.begin, 1);
    idle += share.begin == share.end;
  }
  ck_assert_uint_eq(idle, 4);
  check_shares(&w, 7);
  workload_release(&w);
}
END_TEST

START_TEST(shares_of_rising_cost_shrink_in_units)
{
  struct workload w = prepared(100000, FAKE_RISING);
  struct range first = workload_units(&w, workload_share(&w, 0, 4));
  struct range last = workload_units(&w, workload_share(&w, 3, 4));
  ck_assert_uint_gt(first.end - first.begin, 3 * (last.end - last.begin)); /* 1/2 : 1 - √(3/4) */
  workload_release(&w);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      chunks_cover_all_units_in_order_and_none_is_empty,
      chunks_cost_the_same_as_far_as_whole_units_allow,
      chunks_are_fixed_by_the_job,
      work_is_counted_in_the_kernels_unit,
      what_the_kernel_refuses_is_refused_and_the_output_stays_untouched,
      the_largest_size_that_is_taken_is_found,
      of_a_job_that_is_refused_at_any_size_none_is_the_largest,
      chunks_of_an_even_job_begin_where_their_cost_does,
      releasing_twice_or_nothing_is_harmless,
      shares_are_contiguous_complete_and_nearly_equal,
      shares_of_random_jobs_are_contiguous_complete_and_nearly_equal,
      with_more_workers_than_chunks_each_chunk_goes_to_one_and_some_get_none,
      shares_of_rising_cost_shrink_in_units,
  };
  seed = suite_seed(seed);
  Suite *suite = suite_create("workload");
  TCase *tcase = suite_case(suite, "workloads", tests, LENGTH(tests));
  tcase_set_timeout(tcase, 60); /* for sanitizers and valgrind */
  return suite_run(suite);
}
