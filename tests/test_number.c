/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_number.c: numbers as people write them, and as we write them back. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250314;

/* --- Whole numbers --- */

START_TEST(whole_numbers_are_read_as_people_write_them)
{
  static const struct {
    const char *text;
    uint64_t number;
  } cases[] = {
      {"0", 0},
      {"7", 7},
      {"007", 7},
      {"1000000", 1000000},
      {"1_000_000", 1000000},
      {"10_0", 100},
      {"1e6", 1000000},
      {"1E6", 1000000},
      {"1e+6", 1000000},
      {"1e0", 1},
      {"1e06", 1000000},
      {"2.5e9", 2500000000},
      {"2.50e1", 25},
      {"5.", 5},
      {"5.000", 5},
      {".5e1", 5},
      {"1_0.2_5e2", 1025},
      {"10k", 10000},
      {"10K", 10000},
      {"10M", 10000000},
      {"2G", 2000000000},
      {"1.5T", 1500000000000},
      {"3P", 3000000000000000},
      {"18E", 18000000000000000000u},
      {"0e999", 0},
      {"0.000", 0},
      {"18446744073709551615", UINT64_MAX},
      {"18446744073709551.615k", UINT64_MAX},
      {"1e19", 10000000000000000000u},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    uint64_t number = 77;
    int r = number_parse(cases[i].text, &number);
    ck_assert_msg(r == 0 && number == cases[i].number, "%s: %d, %" PRIu64, cases[i].text, r,
                  number);
  }
}
END_TEST

START_TEST(what_is_no_whole_number_is_refused_and_the_output_stays_untouched)
{
  static const char *const cases[] = {
      "",     " ",     " 7",    "7 ",     "x",     "7x",      "e6",     "1e",    "1e+",
      "1e-3", "1e6k",  "1kM",   "kk",     "1.2.3", "1.5",     ".",      ".5",    "2.5k ",
      "1_",   "_1",    "1__0",  "1._5",   "+7",    "--1",     "0x10",   "1e6.0", "inf",
      "nan",  "1,000", "1'000", "1e1000", "1m",    "1.2345k", "1.2.3e2"};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    uint64_t number = 77;
    int r = number_parse(cases[i], &number);
    ck_assert_msg(r == -EINVAL && number == 77, "'%s': %d, %" PRIu64, cases[i], r, number);
  }
}
END_TEST

START_TEST(negative_and_too_large_numbers_are_out_of_range)
{
  static const char *const cases[] = {"-1",  "-1e6",  "18446744073709551616",       "1e20", "1e999",
                                      "19E", "18.5E", "99999999999999999999999999", "2e19"};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    uint64_t number = 77;
    int r = number_parse(cases[i], &number);
    ck_assert_msg(r == -ERANGE && number == 77, "'%s': %d, %" PRIu64, cases[i], r, number);
  }
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
  static const uint64_t cases[] = {0,          1,           999,        1000,
                                   12000,      99000,       100000,     2500000000,
                                   1234567000, 10000000000, UINT64_MAX, UINT64_MAX - 5};
  char text[NUMBER_TEXT];
  uint64_t number, state = seed;
  for (size_t i = 0; i < LENGTH(cases); i++) {
    ck_assert_int_eq(number_parse(number_text(cases[i], text), &number), 0);
    ck_assert_uint_eq(number, cases[i]);
  }
  for (unsigned i = 0; i < 100000; i++) {
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    uint64_t wanted = state >> (i % 64);
    for (unsigned zeros = i % 19; zeros && wanted < UINT64_MAX / 10; zeros--)
      wanted *= 10;
    ck_assert_int_eq(number_parse(number_text(wanted, text), &number), 0);
    ck_assert_msg(number == wanted, "%" PRIu64 ": %s", wanted, text);
  }
}
END_TEST

START_TEST(round_numbers_are_written_short)
{
  static const struct {
    uint64_t number;
    const char *text;
  } cases[] = {{0, "0"},
               {100, "100"},
               {1000, "1000"}, /* as short as 1e3, and easier to read */
               {99000, "99000"},
               {100000, "1e5"},
               {10000000000, "1e10"},
               {2500000000, "25e8"},
               {123000, "123000"},
               {18446744073709551615u, "18446744073709551615"}};
  char text[NUMBER_TEXT];
  for (size_t i = 0; i < LENGTH(cases); i++)
    ck_assert_str_eq(number_text(cases[i].number, text), cases[i].text);
}
END_TEST

START_TEST(rates_have_three_digits_and_a_prefix)
{
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {4.99e9, "4.99 G "}, {135.4e6, "135 M "}, {7, "7.00 "},    {999.4, "999 "},
      {999.6, "1.00 k "},  {9.996, "10.0 "},    {99.96, "100 "}, {12345, "12.3 k "},
      {0, "0.00 "},        {1e18, "1.00 E "},   {0.25, "0.25 "},
  };
  char text[NUMBER_TEXT];
  for (size_t i = 0; i < LENGTH(cases); i++)
    ck_assert_str_eq(number_si(cases[i].value, text), cases[i].text);
}
END_TEST

/* --- Durations and fractions --- */

START_TEST(durations_are_read_in_seconds_minutes_and_hours)
{
  static const struct {
    const char *text;
    double seconds;
  } cases[] = {{"20", 20},   {"0.5", 0.5},   {".5", 0.5},   {"90s", 90},    {"10m", 600},
               {"1h", 3600}, {"1.5h", 5400}, {"1e3", 1000}, {"250ms", 0.25}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    double seconds = 77;
    ck_assert_int_eq(number_parse_seconds(cases[i].text, &seconds), 0);
    ck_assert_double_eq_tol(seconds, cases[i].seconds, 1e-12);
  }
}
END_TEST

START_TEST(durations_that_are_none_are_refused_and_the_output_stays_untouched)
{
  static const struct {
    const char *text;
    int error;
  } cases[] = {{"", -EINVAL},    {"s", -EINVAL},     {"10x", -EINVAL},   {"10 s", -EINVAL},
               {"nan", -EINVAL}, {"inf", -EINVAL},   {" 10", -EINVAL},   {"10ss", -EINVAL},
               {"-", -EINVAL},   {".", -EINVAL},     {"0", -ERANGE},     {"0s", -ERANGE},
               {"-5", -ERANGE},  {"1e999", -ERANGE}, {"1e308h", -ERANGE}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    double seconds = 77;
    int r = number_parse_seconds(cases[i].text, &seconds);
    ck_assert_msg(r == cases[i].error && seconds == 77, "'%s': %d, %g", cases[i].text, r, seconds);
  }
}
END_TEST

START_TEST(fractions_are_read_plain_and_in_percent)
{
  static const struct {
    const char *text;
    double fraction;
  } cases[] = {{"0.03", 0.03}, {"3%", 0.03}, {"1", 1}, {"100%", 1}, {"0.5%", 0.005}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    double fraction = 77;
    ck_assert_int_eq(number_parse_fraction(cases[i].text, &fraction), 0);
    ck_assert_double_eq_tol(fraction, cases[i].fraction, 1e-15);
  }
}
END_TEST

START_TEST(fractions_that_are_none_are_refused_and_the_output_stays_untouched)
{
  static const struct {
    const char *text;
    int error;
  } cases[] = {{"", -EINVAL},     {"%", -EINVAL},    {"3 %", -EINVAL},     {"3%%", -EINVAL},
               {"x", -EINVAL},    {"0", -ERANGE},    {"4e-323%", -ERANGE}, {"0%", -ERANGE},
               {"-1%", -ERANGE},  {"1.01", -ERANGE}, {"101%", -ERANGE},    {"nan", -EINVAL},
               {"1e999", -ERANGE}};
  for (size_t i = 0; i < LENGTH(cases); i++) {
    double fraction = 77;
    int r = number_parse_fraction(cases[i].text, &fraction);
    ck_assert_msg(r == cases[i].error && fraction == 77, "'%s': %d, %g", cases[i].text, r,
                  fraction);
  }
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      whole_numbers_are_read_as_people_write_them,
      what_is_no_whole_number_is_refused_and_the_output_stays_untouched,
      negative_and_too_large_numbers_are_out_of_range,
      what_is_written_is_read_again,
      round_numbers_are_written_short,
      rates_have_three_digits_and_a_prefix,
      durations_are_read_in_seconds_minutes_and_hours,
      durations_that_are_none_are_refused_and_the_output_stays_untouched,
      fractions_are_read_plain_and_in_percent,
      fractions_that_are_none_are_refused_and_the_output_stays_untouched,
  };
  seed = suite_seed(seed);
  Suite *suite = suite_create("number");
  suite_case(suite, "numbers", tests, LENGTH(tests));
  return suite_run(suite);
}
