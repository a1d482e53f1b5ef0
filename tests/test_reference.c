/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_reference.c: result files of other machines, found by the work they did. */

#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "tree.h"

static char directory[64];

static void make_directory(void)
{
  strcpy(directory, "/tmp/pibench-reference-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_directory(void)
{
  tree_remove(directory);
}

static void write_row(FILE *to, const char *mode, int workers, double rate)
{
  fprintf(to,
          "{\"mode\": \"%s\", \"backend\": \"process\", \"workers\": %d, \"pinned\": true, "
          "\"work\": \"1\", \"counters\": {}, \"flagged\": [], \"samples_s\": [], "
          "\"rate_per_s\": %g}",
          mode, workers, rate);
}

static void write_result(const char *file, const char *name, int revision, const char *more,
                         const char *complete)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", directory, file);
  FILE *to = fopen(path, "w");
  ck_assert_ptr_nonnull(to);
  fprintf(to,
          "{\"schema\": \"pibench-result/1\", \"complete\": %s, %s "
          "\"started_at\": \"2026-11-22T18:46:57Z\", \"pibench\": {\"version\": \"0.1.0\"}, "
          "\"machine\": {\"cpu_model\": \"Model\"}, \"software\": {\"gmp\": {}}, "
          "\"topology\": {\"allowed_cpus\": \"0\", \"place\": \"cores\", \"pin\": \"auto\", "
          "\"this_system\": true}, \"options\": {\"profile\": \"quick\", \"seed\": \"1\", "
          "\"scaling\": \"strong\"}, \"benchmarks\": [{\"name\": \"%s\", \"kernel\": \"fake\", "
          "\"method\": \"m\", \"unit\": \"units\", \"revision\": %d, \"right\": true, "
          "\"too_short\": false, \"variant\": \"avx2\", \"runs\": [",
          complete, more, name, revision);
  write_row(to, "serial", 1, 10);
  fputs(", ", to);
  write_row(to, "parallel", 4, 38.5);
  fputs(", ", to);
  write_row(to, "parallel", 2, 19);
  fputs("]}]}", to);
  fclose(to);
}

static const struct kernel kernel = {.name = "fake", .revision = 3};

static size_t find(struct reference *references)
{
  struct benchmark b = {.workload = {.job = {.kernel = &kernel}}, .name = "fake:size=1e6"};
  return reference_find(directory, &b, 4, references);
}

START_TEST(the_same_work_is_found_with_its_rates)
{
  struct reference found[4];
  write_result("a.json", "fake:size=1e6", 3, "\"label\": \"big box\",", "true");
  ck_assert_uint_eq(find(found), 1);
  ck_assert_str_eq(found[0].machine, "big box");
  ck_assert_str_eq(found[0].variant, "avx2");
  ck_assert_double_eq(found[0].rate_one_per_s, 10);
  ck_assert_uint_eq(found[0].workers, 4);
  ck_assert_double_eq(found[0].rate_all_per_s, 38.5);
}
END_TEST

START_TEST(without_a_label_the_cpu_names_the_machine)
{
  struct reference found[4];
  write_result("a.json", "fake:size=1e6", 3, "\"label\": null,", "true");
  ck_assert_uint_eq(find(found), 1);
  ck_assert_str_eq(found[0].machine, "Model");
}
END_TEST

START_TEST(other_work_and_what_is_no_result_are_passed_over)
{
  struct reference found[4];
  write_result("a.json", "fake:size=1e7", 3, "", "true");
  write_result("b.json", "fake:size=1e6", 2, "", "true");
  write_result("c.json", "fake:size=1e6", 3, "", "false");
  write_result("d.txt", "fake:size=1e6", 3, "", "true");
  write_result("e.json", "fake:size=1e6", 3, "]", "true");
  ck_assert_uint_eq(find(found), 0);
}
END_TEST

START_TEST(files_come_in_the_order_of_their_names_and_no_more_than_asked)
{
  struct reference found[4];
  char label[32];
  for (int i = 6; i > 0; i--) {
    char file[16];
    snprintf(file, sizeof file, "%d.json", i);
    snprintf(label, sizeof label, "\"label\": \"%d\",", i);
    write_result(file, "fake:size=1e6", 3, label, "true");
  }
  ck_assert_uint_eq(find(found), 4);
  ck_assert_str_eq(found[0].machine, "1");
  ck_assert_str_eq(found[3].machine, "4");
}
END_TEST

START_TEST(a_missing_directory_has_no_references)
{
  struct reference found[4];
  ck_assert_int_eq(rmdir(directory), 0);
  ck_assert_uint_eq(find(found), 0);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("reference");
  TCase *tcase = tcase_create("files");
  tcase_add_checked_fixture(tcase, make_directory, remove_directory);
  tcase_add_test(tcase, the_same_work_is_found_with_its_rates);
  tcase_add_test(tcase, without_a_label_the_cpu_names_the_machine);
  tcase_add_test(tcase, other_work_and_what_is_no_result_are_passed_over);
  tcase_add_test(tcase, files_come_in_the_order_of_their_names_and_no_more_than_asked);
  tcase_add_test(tcase, a_missing_directory_has_no_references);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
