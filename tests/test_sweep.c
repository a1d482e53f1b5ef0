/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_sweep.c: the sizes of a sweep, and exponents found in made-up times. */

#include <math.h>

#include "fake.h"
#include "suite.h"
#include "sweep.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* --- Sizes --- */

static const struct {
  const char *text;
  size_t count;
  uint64_t sizes[10];
} good[] = {
    {"units=1000:1000000", 4, {1000, 10000, 100000, 1000000}},
    {"units=1e3:1e6:1", 4, {1000, 10000, 100000, 1000000}},
    {"units=1k:1k", 1, {1000}},
    {"units=7:7:20", 1, {7}},
    {"units=1000:30000", 3, {1000, 10000, 30000}},
    {"units=1000:10000:3", 4, {1000, 2150, 4640, 10000}},
    {"units=1:4:20", 4, {1, 2, 3, 4}},
    {"units=123456:1e7", 3, {123456, 1230000, 10000000}},
    {"units=1e14:1e15", 2, {100000000000000, 1000000000000000}},
};

START_TEST(sizes_go_in_equal_ratios_from_the_first_to_the_last)
{
  struct job job = fake_job(&fake_kernel, 0);
  struct sweep sweep;
  char message[JOB_MESSAGE];
  ck_assert_msg(sweep_parse(good[_i].text, &job, &sweep, message) == 0, "%s", message);
  ck_assert_uint_eq(sweep.count, good[_i].count);
  for (size_t i = 0; i < good[_i].count; i++)
    ck_assert_uint_eq(sweep.sizes[i], good[_i].sizes[i]);
}
END_TEST

START_TEST(sizes_near_the_largest_number_end_there)
{
  static struct parameter parameters[] = {
      {.name = "units", .minimum = 1, .maximum = UINT64_C(1) << 63, .is_size = true}, {0}};
  struct kernel kernel = fake_kernel;
  kernel.parameters = parameters;
  struct job job = fake_job(&kernel, 0);
  struct sweep sweep;
  char message[JOB_MESSAGE];
  ck_assert_int_eq(sweep_parse("units=1e18:9223372036854775808", &job, &sweep, message), 0);
  ck_assert_uint_eq(sweep.count, 2);
  ck_assert_uint_eq(sweep.sizes[1], UINT64_C(1) << 63);
}
END_TEST

static const char *const bad[] = {
    "",          "units",        "units=",      "units=1",         "units=1:",      "units=:1",
    "units=2:1", "units=0:1",    "units=1:2:0", "units=1:2:21",    "units=1:2:x",   "units=1:2:",
    "unit=1:2",  "shape=1:2",    "=1:2",        "units=1.5:2",     "units=1:2:3:4", "units=-1:2",
    "1:2",       "units=1:1e16", "unitss=1:2",  "units=1e0:1e9:20"};

START_TEST(anything_else_is_refused_in_one_line_and_the_output_stays_untouched)
{
  struct job job = fake_job(&fake_kernel, 0);
  struct sweep sweep = {.count = 77};
  char message[JOB_MESSAGE] = "";
  ck_assert_msg(sweep_parse(bad[_i], &job, &sweep, message) == -EINVAL, "'%s'", bad[_i]);
  ck_assert(strstr(message, "--sweep") && !strchr(message, '\n'));
  ck_assert(sweep.count == 77 || strstr(message, "more than"));
}
END_TEST

START_TEST(a_size_that_was_given_already_is_refused)
{
  struct job job = fake_job(&fake_kernel, 5);
  struct sweep sweep;
  char message[JOB_MESSAGE] = "";
  ck_assert_int_eq(sweep_parse("units=1:2", &job, &sweep, message), -EINVAL);
}
END_TEST

/* --- The exponent --- */

enum { SIZES = 4, TIMES = 15 };
static double times[SIZES][TIMES];

static void make_times(double exponent, double noise, struct sweep_times *ret_sizes)
{
  for (size_t s = 0; s < SIZES; s++) {
    ret_sizes[s] = (struct sweep_times){pow(10, 3 + (double)s), times[s], TIMES};
    for (size_t i = 0; i < TIMES; i++) {
      double wobble = (double)((i * 7919 + s * 1237 + i * i * 311) % 101) / 50 - 1;
      times[s][i] = 1e-6 * pow(ret_sizes[s].size, exponent) * (1 + noise * wobble);
    }
  }
}

START_TEST(the_exponent_is_found_and_inside_its_interval)
{
  static const double exponents[] = {0, 1, 1.077, 2};
  struct sweep_times sizes[SIZES];
  struct estimate e;
  for (size_t i = 0; i < LENGTH(exponents); i++) {
    make_times(exponents[i], 0, sizes);
    ck_assert_int_eq(sweep_exponent(sizes, SIZES, 1, &e), 0);
    ck_assert_double_eq_tol(e.value, exponents[i], 1e-9);
    make_times(exponents[i], 0.05, sizes);
    ck_assert_int_eq(sweep_exponent(sizes, SIZES, 1, &e), 0);
    ck_assert(e.low < exponents[i] && exponents[i] < e.high && e.high - e.low < 0.1);
  }
}
END_TEST

START_TEST(too_few_sizes_or_times_are_unknown)
{
  struct sweep_times sizes[SIZES];
  struct estimate e;
  make_times(1, 0.01, sizes);
  ck_assert_int_eq(sweep_exponent(sizes, 0, 1, &e), 0);
  ck_assert(isnan(e.value) && isnan(e.low));
  ck_assert_int_eq(sweep_exponent(sizes, 1, 1, &e), 0);
  ck_assert(isnan(e.value) && isnan(e.low));
  sizes[1].n = 6;
  ck_assert_int_eq(sweep_exponent(sizes, SIZES, 1, &e), 0);
  ck_assert(isfinite(e.value) && isfinite(e.low) && isfinite(e.high));
  sizes[1].n = 5;
  ck_assert_int_eq(sweep_exponent(sizes, SIZES, 1, &e), 0);
  ck_assert(isfinite(e.value) && isnan(e.low) && isnan(e.high));
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("sweep");
  TCase *tcase = tcase_create("sweep");
  tcase_add_loop_test(tcase, sizes_go_in_equal_ratios_from_the_first_to_the_last, 0,
                      (int)LENGTH(good));
  tcase_add_test(tcase, sizes_near_the_largest_number_end_there);
  tcase_add_loop_test(tcase, anything_else_is_refused_in_one_line_and_the_output_stays_untouched, 0,
                      (int)LENGTH(bad));
  tcase_add_test(tcase, a_size_that_was_given_already_is_refused);
  tcase_add_test(tcase, the_exponent_is_found_and_inside_its_interval);
  tcase_add_test(tcase, too_few_sizes_or_times_are_unknown);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
