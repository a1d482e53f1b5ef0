/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_grid.c: sentences in 80 columns. */

#include "grid.h"
#include "suite.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* n letters, and the text behind them, as printed. */
static char *wrapped(int letters, const char *text)
{
  char *out = NULL, line[256];
  size_t length;
  FILE *to = open_memstream(&out, &length);
  ck_assert_ptr_nonnull(to);
  snprintf(
      line, sizeof line, "%.*s%s", letters,
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      text);
  print_wrapped(line, to);
  fclose(to);
  return out;
}

/* How many columns the first line has. */
static size_t first_line(int letters, const char *text)
{
  char *out = wrapped(letters, text);
  size_t columns = strcspn(out, "\n");
  free(out);
  return columns;
}

START_TEST(lines_break_at_blanks_before_column_81)
{
  ck_assert_uint_eq(first_line(76, " bcd"), 80);
  ck_assert_uint_eq(first_line(77, " bcd"), 77);
  ck_assert_uint_eq(first_line(85, " bcd"), 85); /* a long word is not cut */
}
END_TEST

START_TEST(a_number_is_not_parted_from_its_sign)
{
  ck_assert_uint_eq(first_line(75, " 20 % more"), 80);
  ck_assert_uint_eq(first_line(76, " 20 % more"), 76);
  ck_assert_uint_eq(first_line(74, " 20 %); more"), 74);
  ck_assert_uint_eq(first_line(75, " 20 x; more"), 75); /* the sign in ASCII */
  ck_assert_uint_eq(first_line(75, " 20 xylophones"), 78);
}
END_TEST

int main(void)
{
  setlocale(LC_CTYPE, "C");
  Suite *suite = suite_create("grid");
  TCase *cases = tcase_create("sentences");
  tcase_add_test(cases, lines_break_at_blanks_before_column_81);
  tcase_add_test(cases, a_number_is_not_parted_from_its_sign);
  suite_add_tcase(suite, cases);
  return suite_run(suite);
}
