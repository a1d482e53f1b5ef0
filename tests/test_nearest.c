/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_nearest.c: what a mistyped name may have meant. */

#include "nearest.h"
#include "suite.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const char *const names[] = {"mc",       "bbp-hex", "bbp-series", "chudnovsky",
                                    "topology", "compare", "report",     "run"};

static const char *nearest(const char *wrong)
{
  return nearest_name(wrong, names, LENGTH(names));
}

START_TEST(slips_of_one_key_find_the_name)
{
  static const struct {
    const char *wrong, *meant;
  } cases[] = {
      {"chudnovski", "chudnovsky"},  /* another letter */
      {"chudnovky", "chudnovsky"},   /* one missing */
      {"chuddnovsky", "chudnovsky"}, /* one too many */
      {"chudonvsky", "chudnovsky"},  /* two swapped */
      {"bpb-hex", "bbp-hex"},        /* two swapped */
      {"bbphex", "bbp-hex"},
      {"bbp_hex", "bbp-hex"},
      {"rnu", "run"},
      {"mcc", "mc"},
      {"cm", "mc"}, /* two swapped are one slip, or a name of two letters would not be found */
      {"m", "mc"},
      {"xhudnovsky", "chudnovsky"}, /* at the beginning */
      {"topologi", "topology"},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    const char *found = nearest(cases[i].wrong);
    ck_assert_msg(found && strcmp(found, cases[i].meant) == 0, "%s: %s", cases[i].wrong,
                  found ? found : "nothing");
  }
}
END_TEST

START_TEST(the_beginning_of_a_name_finds_it)
{
  ck_assert_str_eq(nearest("chud"), "chudnovsky");
  ck_assert_str_eq(nearest("to"), "topology");
  ck_assert_str_eq(nearest("bbp-s"), "bbp-series");
}
END_TEST

START_TEST(the_name_itself_is_nearest_to_itself)
{
  for (size_t i = 0; i < LENGTH(names); i++)
    ck_assert_str_eq(nearest(names[i]), names[i]);
}
END_TEST

START_TEST(the_nearer_of_two_wins_and_the_first_of_equals)
{
  static const char *const pair[] = {"paths", "maths"};
  ck_assert_str_eq(nearest_name("mathz", pair, 2), "maths");
  ck_assert_str_eq(nearest_name("baths", pair, 2), "paths");
  ck_assert_str_eq(nearest("bbp-heries"), "bbp-series");
}
END_TEST

START_TEST(what_resembles_nothing_finds_nothing)
{
  static const char *const cases[] = {"", "q", "x", "zzzzzz", "vskychudno", "fibonacci", "123"};
  char longest[1000];
  memset(longest, 'c', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  for (size_t i = 0; i < LENGTH(cases); i++) {
    const char *found = nearest(cases[i]);
    ck_assert_msg(!found, "'%s': %s", cases[i], found ? found : "");
  }
  ck_assert_ptr_null(nearest(longest));
  ck_assert_ptr_null(nearest_name("mc", names, 0));
}
END_TEST

START_TEST(names_too_long_to_compare_are_never_meant_unless_begun)
{
  char name[100], wrong[100];
  const char *const one[] = {name};
  memset(name, 'a', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  memcpy(wrong, name, sizeof name);
  wrong[50] = 'b';
  ck_assert_ptr_null(nearest_name(wrong, one, 1));
  wrong[50] = '\0';
  ck_assert_ptr_eq(nearest_name(wrong, one, 1), name);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      slips_of_one_key_find_the_name,       the_beginning_of_a_name_finds_it,
      the_name_itself_is_nearest_to_itself, the_nearer_of_two_wins_and_the_first_of_equals,
      what_resembles_nothing_finds_nothing, names_too_long_to_compare_are_never_meant_unless_begun,
  };
  Suite *suite = suite_create("nearest");
  TCase *tcase = tcase_create("names");
  for (size_t i = 0; i < LENGTH(tests); i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
