/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_measure_prepare.c: sizes that are chosen or asked for, and guard bits.  Times are only ever
 * compared with what the kernel was told to waste at least.
 */

#include "measured.h"

/* --- Sizes --- */

static bool is_power_of_ten(uint64_t n)
{
  while (n % 10 == 0 && n > 1)
    n /= 10;
  return n == 1;
}

START_TEST(without_a_size_the_first_power_of_ten_that_lasts_is_taken)
{
  static const unsigned waste[] = {4000, 40000}; /* 40 ms at 10^4 or at 10^3, two workers: half */
  const unsigned counts[] = {1, 2};
  struct measure_options options = options_of(1);
  options.workers = counts;
  options.worker_counts = placement->slot_count > 1 ? 2 : 1;
  for (size_t i = 0; i < LENGTH(waste); i++) {
    struct job job = fake_job(&fake_kernel, 0);
    diary->samples = 0;
    waste_ns_per_unit = waste[i];
    struct benchmark b = prepared(&job, &options);
    uint64_t chosen = b.workload.job.values[FAKE_UNITS];
    ck_assert(b.size_chosen);
    ck_assert(is_power_of_ten(chosen));
    ck_assert_uint_le(chosen * waste[i], 40000000); /* that lasts for certain */
    ck_assert_uint_eq(b.repeats, 1);
    /* Tried in ascending order; the last three samples were of the chosen size. */
    for (unsigned s = 1; s < diary->samples; s++)
      ck_assert_uint_ge(diary->sample[s].units, diary->sample[s - 1].units);
    for (unsigned s = diary->samples - 3; s < diary->samples; s++)
      ck_assert_uint_eq(diary->sample[s].units, chosen);
    ck_assert_str_eq(b.name, chosen == 1000 ? "fake:units=1000" : "fake:units=10000");
    benchmark_release(&b);
  }
}
END_TEST

START_TEST(a_size_never_goes_beyond_what_the_kernel_takes)
{
  struct parameter parameters[FAKE_PARAMETERS + 1];
  struct kernel quick = fake_kernel;
  struct measure_options options = options_of(1);
  memcpy(parameters, fake_parameters, sizeof parameters);
  quick.parameters = parameters;
  static const struct {
    uint64_t minimum, maximum, chosen;
  } cases[] = {{1, 5000, 1000}, {2, 500, 100}, {1, 5, 1}, {1, 1, 1}, {2000, 200000, 100000}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    parameters[FAKE_UNITS].minimum = cases[i].minimum;
    parameters[FAKE_UNITS].maximum = cases[i].maximum;
    struct job job = fake_job(&quick, 0);
    struct benchmark b = prepared(&job, &options);
    ck_assert_uint_eq(b.workload.job.values[FAKE_UNITS], cases[i].chosen);
    benchmark_release(&b);
  }
}
END_TEST

START_TEST(an_asked_for_size_runs_even_if_it_is_too_short_and_is_marked)
{
  struct measure_options options = options_of(6);
  struct benchmark b = measured(3, &options);
  ck_assert(!b.size_chosen);
  ck_assert(b.short_rows); /* 3 units in less than 10 ms, in the median of 6 */
  ck_assert_uint_eq(b.workload.job.values[FAKE_UNITS], 3);
  ck_assert_uint_eq(b.repeats, 1);
  benchmark_release(&b);
}
END_TEST

START_TEST(a_chosen_size_is_never_marked_as_too_short)
{
  struct measure_options options = options_of(6);
  struct job job = fake_job(&fake_kernel, 0);
  struct fault fault;
  waste_ns_per_unit = 40000;
  struct benchmark b = prepared(&job, &options);
  waste_ns_per_unit = 0; /* suddenly it is quick */
  ck_assert_int_eq(measure_run(&b, &options, &fault), 0);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  ck_assert(!b.short_rows);
  benchmark_release(&b);
}
END_TEST

START_TEST(a_job_without_a_size_is_repeated_inside_a_sample_until_it_lasts)
{
  struct parameter parameters[FAKE_PARAMETERS + 1];
  struct kernel unsized = fake_kernel;
  const unsigned one[] = {1};
  struct measure_options options = options_of(2);
  memcpy(parameters, fake_parameters, sizeof parameters);
  parameters[FAKE_UNITS].is_size = false;
  unsized.parameters = parameters;
  options.workers = one;
  options.worker_counts = 1;
  waste_ns_per_unit = 4000; /* 0.4 ms: 32 times at most */
  struct job job = fake_job(&unsized, 100);
  struct fault fault;
  struct benchmark b = prepared(&job, &options);
  ck_assert(!b.size_chosen);
  ck_assert_uint_ge(b.repeats, 1);
  ck_assert_uint_le(b.repeats, 32);
  diary->samples = 0;
  ck_assert_int_eq(measure_run(&b, &options, &fault), 0);
  ck_assert_uint_eq(diary->samples, 2 * 2 * b.repeats);
  ck_assert_uint_eq(b.rows[1].n, 2);
  benchmark_release(&b);
}
END_TEST

START_TEST(parameters_that_the_kernel_refuses_are_refused)
{
  struct measure_options options = options_of(1);
  struct job job = fake_job(&fake_kernel, UINT64_C(1) << 40);
  struct benchmark b;
  struct fault fault;
  job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(measure_prepare(&job, &options, &b, &fault), -ERANGE);
}
END_TEST

/* --- Guard bits --- */

static unsigned guards_wanted;

static int want_guards(const struct fake_plan *plan, uint64_t *sum)
{
  return plan->guard < guards_wanted ? -EAGAIN : note_sample(plan, sum);
}

START_TEST(undecided_digits_raise_the_guard_and_all_samples_count)
{
  struct measure_options options = options_of(6);
  fake_on_finish = want_guards;
  for (guards_wanted = 0; guards_wanted <= 3; guards_wanted++) {
    diary->samples = 0;
    struct benchmark b = measured(10000, &options);
    ck_assert_uint_eq(b.workload.job.guard, guards_wanted);
    ck_assert_uint_eq(b.rows[0].n, 6);
    ck_assert_uint_eq(diary->samples, 6 * 4);
    for (unsigned i = 0; i < diary->samples; i++)
      ck_assert_uint_eq(diary->sample[i].guard, guards_wanted);
    benchmark_release(&b);
  }
}
END_TEST

START_TEST(undecided_digits_raise_the_guard_while_a_size_is_chosen)
{
  struct measure_options options = options_of(1);
  struct job job = fake_job(&fake_kernel, 0);
  fake_on_finish = want_guards;
  waste_ns_per_unit = 40000;
  for (guards_wanted = 0; guards_wanted <= 3; guards_wanted++) {
    struct benchmark b = prepared(&job, &options);
    ck_assert_uint_eq(b.workload.job.guard, guards_wanted);
    ck_assert_uint_eq(b.workload.job.values[FAKE_UNITS], 1000);
    benchmark_release(&b);
  }
}
END_TEST

START_TEST(undecided_digits_raise_the_guard_of_the_smallest_size)
{
  struct parameter parameters[FAKE_PARAMETERS + 1];
  struct kernel small = fake_kernel;
  struct measure_options options = options_of(1);
  memcpy(parameters, fake_parameters, sizeof parameters);
  parameters[FAKE_UNITS].maximum = 5;
  small.parameters = parameters;
  fake_on_finish = want_guards;
  guards_wanted = 2;
  struct job job = fake_job(&small, 0);
  struct benchmark b = prepared(&job, &options);
  ck_assert_uint_eq(b.workload.job.guard, 2);
  ck_assert_uint_eq(b.workload.job.values[FAKE_UNITS], 1);
  benchmark_release(&b);
}
END_TEST

static int want_guards_when_small(const struct fake_plan *plan, uint64_t *sum)
{
  return plan->units <= 1000 && plan->guard < 2 ? -EAGAIN : note_sample(plan, sum);
}

START_TEST(a_larger_size_begins_without_the_guard_bits_of_a_smaller_one)
{
  const unsigned one[] = {1};
  struct measure_options options = options_of(1);
  struct job job = fake_job(&fake_kernel, 0);
  options.workers = one;
  options.worker_counts = 1;
  fake_on_finish = want_guards_when_small;
  waste_ns_per_unit = 4000; /* certainly enough at 10^4; most machines say so only then */
  struct benchmark b = prepared(&job, &options);
  ck_assert_uint_eq(b.workload.job.guard, b.workload.job.values[FAKE_UNITS] > 1000 ? 0 : 2);
  benchmark_release(&b);
}
END_TEST

START_TEST(digits_that_stay_undecided_end_the_benchmark)
{
  struct measure_options options = options_of(6);
  struct job job = fake_job(&fake_kernel, 10000);
  struct fault fault;
  fake_on_finish = want_guards;
  guards_wanted = 1000;
  struct benchmark b = prepared(&job, &options);
  ck_assert_int_eq(measure_run(&b, &options, &fault), -EAGAIN);
  ck_assert_uint_eq(b.rounds, 0);
  benchmark_release(&b);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      without_a_size_the_first_power_of_ten_that_lasts_is_taken,
      a_size_never_goes_beyond_what_the_kernel_takes,
      an_asked_for_size_runs_even_if_it_is_too_short_and_is_marked,
      a_chosen_size_is_never_marked_as_too_short,
      a_job_without_a_size_is_repeated_inside_a_sample_until_it_lasts,
      parameters_that_the_kernel_refuses_are_refused,
      undecided_digits_raise_the_guard_and_all_samples_count,
      undecided_digits_raise_the_guard_while_a_size_is_chosen,
      undecided_digits_raise_the_guard_of_the_smallest_size,
      a_larger_size_begins_without_the_guard_bits_of_a_smaller_one,
      digits_that_stay_undecided_end_the_benchmark,
  };
  Suite *suite = suite_create("measure_prepare");
  TCase *tcase = suite_case(suite, "measure_prepare", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, open_diary, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
