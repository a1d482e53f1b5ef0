/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_result_read.c: result files are read without trust.
 *
 * A kept result of a real run is read, then broken in one way at a time: each must be refused with
 * one line that names the place, and never crash.
 */

#include "result_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static char message[RESULT_MESSAGE];

static json_t *kept_result(void)
{
  char path[512];
  const char *source = getenv("PIBENCH_SOURCE");
  ck_assert_msg(source != NULL, "PIBENCH_SOURCE is not set");
  snprintf(path, sizeof path, "%s/tests/results/two-benchmarks.json", source);
  json_t *json = json_load_file(path, 0, NULL);
  ck_assert_ptr_nonnull(json);
  return json;
}

static int read_json(json_t *json, struct result_file **ret_file)
{
  char *text = json_dumps(json, 0);
  int r = result_text_read("given.json", text, strlen(text), ret_file, message);
  free(text);
  json_decref(json);
  return r;
}

static int read_text(const char *text)
{
  struct result_file *file = NULL;
  int r = result_text_read("given.json", text, strlen(text), &file, message);
  result_file_free(file);
  return r;
}

/* One line that names the file. */
static void message_is_one_line_with(const char *part)
{
  ck_assert_msg(strncmp(message, "given.json: ", 12) == 0, "%s", message);
  ck_assert_ptr_null(strchr(message, '\n'));
  ck_assert_msg(strstr(message, part) != NULL, "%s: no '%s'", message, part);
}

START_TEST(a_real_result_is_read_with_its_rows_and_medians)
{
  struct result_file *file = NULL;
  json_t *json = kept_result();
  double median = json_real_value(json_object_get(
      json_array_get(
          json_object_get(json_array_get(json_object_get(json, "benchmarks"), 0), "runs"), 2),
      "median_s"));
  ck_assert_int_eq(read_json(json, &file), 0);
  ck_assert_uint_eq(file->benchmark_count, 2);
  const struct result_benchmark *b = &file->benchmarks[0];
  ck_assert_str_eq(b->kernel, "mc");
  ck_assert_int_eq(b->right, RESULT_RIGHT);
  const struct result_row *row = result_row_find(b, false, 2, "process");
  ck_assert_ptr_nonnull(row);
  ck_assert_uint_eq(row->n, b->rounds);
  ck_assert_double_eq_tol(row->median_s, median, 1e-9 * median);
  ck_assert(row->low_s <= row->median_s && row->median_s <= row->high_s);
  ck_assert(result_row_find(b, true, 1, NULL) == &b->rows[0]);
  ck_assert_ptr_null(result_row_find(b, false, 3, "process"));
  ck_assert_str_eq(file->software.gmp_version, "6.2.1");
  ck_assert(isnan(file->machine.quota_cpus) && !file->weak && file->complete);
  result_file_free(file);
}
END_TEST

/* What is put where, and a part of what is said of it. */
struct edit {
  const char *section; /* "": the file; "benchmark", "row", "sample" or a key of the file */
  const char *key, *json, *said;
};

static const struct edit edits[] = {
    {"", "complete", "1", "complete"},
    {"", "started_at", "\"yesterday\"", "started_at"},
    {"", "label", "\"\\u001b[2J\"", "control characters"},
    {"", "label", "\"\\u009b2J\"", "control characters"},
    {"", "machine", "[]", "machine"},
    {"", "benchmarks", "{}", "benchmarks"},
    {"", "benchmarks", "[7]", "benchmarks[0]"},
    {"topology", "quota", "-1", "quota"},
    {"topology", "allowed_cpus", "null", "allowed_cpus"},
    {"options", "scaling", "\"both\"", "scaling"},
    {"software", "gmp", "\"6.2.1\"", "gmp"},
    {"benchmark", "name", "\"\"", "benchmarks[0].name"},
    {"benchmark", "revision", "0", "revision"},
    {"benchmark", "revision", "1e300", "revision"},
    {"benchmark", "right", "\"yes\"", "right"},
    {"benchmark", "runs", "[]", "runs"},
    {"benchmark", "slowdown_injected", "-0.1", "slowdown_injected"},
    {"row", "workers", "0", "benchmarks[0].runs[1].workers"},
    {"row", "workers", "4294967297", "workers"},
    {"row", "mode", "\"serial\"", "mode"},
    {"row", "work", "\"007\"", "work"},
    {"row", "work", "\"184467440737095516160\"", "work"},
    {"row", "counters", "{\"points\": 5}", "points"},
    {"row", "median_s", "0.001", "edited"},
    {"row", "median_s", "null", "edited"},
    {"row", "speedup_ci95", "[1]", "speedup_ci95"},
    {"row", "samples_s", "null", "samples_s"},
    {"sample", "0", "-0.02", "samples_s[0]"},
    {"sample", "0", "0", "samples_s[0]"},
    {"sample", "0", "1e308", "samples_s[0]"},
    {"sample", "0", "\"0.03\"", "samples_s[0]"},
    {"sample", "0", "9", "edited"},
    {"flag", "round", "100000", "round"},
    {"flag", "round", "-1", "round"},
};

static void apply(const struct edit *edit, json_t *json)
{
  json_t *benchmark = json_array_get(json_object_get(json, "benchmarks"), 0);
  json_t *runs = json_object_get(benchmark, "runs"), *row = json_array_get(runs, 1);
  json_t *value = json_loads(edit->json, JSON_DECODE_ANY, NULL);
  ck_assert_ptr_nonnull(value);
  if (strcmp(edit->section, "sample") == 0) {
    json_t *samples = json_object_get(row, "samples_s");
    for (size_t i = 0; i < 60; i++) /* so many that the median moves, too */
      json_array_set(samples, i, value);
    json_decref(value);
    return;
  }
  json_t *object = json;
  if (strcmp(edit->section, "benchmark") == 0)
    object = benchmark;
  else if (strcmp(edit->section, "row") == 0)
    object = row;
  else if (strcmp(edit->section, "flag") == 0)
    object = json_array_get(json_object_get(json_array_get(runs, 0), "flagged"), 0);
  else if (*edit->section)
    object = json_object_get(json, edit->section);
  ck_assert(json_is_object(object));
  json_object_set_new(object, edit->key, value);
}

START_TEST(what_cannot_be_right_is_refused_by_its_place)
{
  struct result_file *file = NULL;
  json_t *json = kept_result();
  apply(&edits[_i], json);
  ck_assert_msg(read_json(json, &file) == -EBADMSG, "accepted: %s", edits[_i].said);
  message_is_one_line_with(edits[_i].said);
}
END_TEST

static int read_label(const char *label, size_t length)
{
  struct result_file *file = NULL;
  json_t *json = kept_result();
  json_object_set_new(json, "label", json_stringn(label, length));
  int r = read_json(json, &file);
  result_file_free(file);
  return r;
}

START_TEST(texts_have_no_control_characters_and_an_end)
{
  static const struct {
    const char *label;
    size_t length;
    int r;
  } cases[] = {{"a\x1f", 2, -EBADMSG},    {"a ~", 3, 0},
               {"a\x7f", 2, -EBADMSG},    {"\xc2\x80", 2, -EBADMSG},
               {"\xc2\x9f", 2, -EBADMSG}, {"\xc2\xa0", 2, 0},
               {"a\0b", 3, -EBADMSG},     {"\xc3\x9f", 2, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_msg(read_label(cases[i].label, cases[i].length) == cases[i].r, "case %zu: %s", i,
                  message);
  static char longest[4097];
  memset(longest, 'x', sizeof longest);
  ck_assert_int_eq(read_label(longest, 4096), 0);
  ck_assert_int_eq(read_label(longest, 4097), -EBADMSG);
  message_is_one_line_with("longer than 4096 bytes");
}
END_TEST

/* As many threads as processes are another row. */
START_TEST(rows_are_told_apart_by_their_backend)
{
  struct result_file *file = NULL;
  json_t *json = kept_result();
  json_t *runs = json_object_get(json_array_get(json_object_get(json, "benchmarks"), 0), "runs");
  json_t *threads = json_deep_copy(json_array_get(runs, 2));
  json_object_set_new(threads, "backend", json_string("thread"));
  json_array_insert_new(runs, 2, threads);
  ck_assert_msg(read_json(json, &file) == 0, "%s", message);
  const struct result_benchmark *b = &file->benchmarks[0];
  ck_assert(result_row_find(b, false, 2, "thread") == &b->rows[2]);
  ck_assert(result_row_find(b, false, 2, "process") == &b->rows[3]);
  result_file_free(file);
}
END_TEST

START_TEST(a_time_has_its_form_to_the_letter)
{
  const char form[] = "2026-11-22T18:46:57Z";
  for (size_t i = 0; i < sizeof form; i++) { /* the last one longer by a letter */
    char text[sizeof form + 1] = "";
    struct result_file *file = NULL;
    json_t *json = kept_result();
    memcpy(text, form, sizeof form);
    text[i] = 'x';
    json_object_set_new(json, "started_at", json_string(text));
    ck_assert_int_eq(read_json(json, &file), -EBADMSG);
    message_is_one_line_with("started_at is not a time");
  }
}
END_TEST

START_TEST(no_key_that_is_read_can_be_left_out_unnoticed)
{
  static const char *const needed[] = {"schema",   "complete", "started_at", "pibench",   "machine",
                                       "software", "topology", "options",    "benchmarks"};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
    struct result_file *file = NULL;
    json_t *json = kept_result();
    json_object_del(json, needed[i]);
    ck_assert_msg(read_json(json, &file) == -EBADMSG, "without %s", needed[i]);
    message_is_one_line_with(needed[i]);
  }
}
END_TEST

START_TEST(a_file_cut_short_anywhere_is_refused)
{
  json_t *json = kept_result();
  char *text = json_dumps(json, 0);
  size_t length = strlen(text);
  json_decref(json);
  for (size_t cut = 0; cut < length; cut += 997) {
    struct result_file *file = NULL;
    ck_assert_int_eq(result_text_read("given.json", text, cut, &file, message), -EBADMSG);
    message_is_one_line_with("line");
  }
  free(text);
}
END_TEST

START_TEST(another_form_is_told_from_no_result)
{
  ck_assert_int_eq(read_text("{\"schema\": \"pibench-result/2\"}"), -EPROTONOSUPPORT);
  message_is_one_line_with("another pibench");
  ck_assert_int_eq(read_text("{\"schema\": \"pibench-ab/1\"}"), -EPROTONOSUPPORT);
  message_is_one_line_with("pibench ab");
  ck_assert_int_eq(read_text("{\"schema\": \"x\"}"), -EBADMSG);
  ck_assert_int_eq(read_text("{\"benchmarks\": []}"), -EBADMSG);
  message_is_one_line_with("no \"schema\"");
  ck_assert_int_eq(read_text("[]"), -EBADMSG);
  ck_assert_int_eq(read_text("7"), -EBADMSG);
  ck_assert_int_eq(read_text(""), -EBADMSG);
}
END_TEST

START_TEST(what_json_forbids_is_refused_by_line_and_column)
{
  static const char *const texts[] = {
      "{\"schema\": NaN}",    "{\"schema\": 1e999}", "{\"schema\": \"a\", \"schema\": \"b\"}",
      "{\"a\": \"\x1b[2J\"}", "{\"a\": \"\xff\"}",   "{} {}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    ck_assert_int_eq(read_text(texts[i]), -EBADMSG);
    message_is_one_line_with("line 1, column");
    for (const char *at = message; *at; at++)
      ck_assert(*at >= ' ' && *at < 0x7f);
  }
}
END_TEST

/* So many copies of a text, with something before and behind. */
static int read_many(const char *before, const char *one, size_t n, const char *behind)
{
  size_t size = strlen(one);
  char *text = malloc(strlen(before) + n * size + strlen(behind) + 1);
  ck_assert_ptr_nonnull(text);
  char *at = stpcpy(text, before);
  for (size_t i = 0; i < n; i++, at += size)
    memcpy(at, one, size);
  strcpy(at, behind);
  int r = read_text(text);
  free(text);
  return r;
}

START_TEST(bombs_are_refused_before_they_are_parsed)
{
  ck_assert_int_eq(read_many("", "[", 10000000, ""), -EBADMSG);
  message_is_one_line_with("nested");
  ck_assert_int_eq(read_many("", "{\"a\":", 1000000, ""), -EBADMSG);
  message_is_one_line_with("nested");
  ck_assert_int_eq(read_many("[", "0,", 5000000, "0]"), -EBADMSG);
  message_is_one_line_with("too many");
  ck_assert_int_eq(read_many("[", "{},", 400000, "0]"), -EBADMSG);
  message_is_one_line_with("too many");
  ck_assert_int_eq(read_many("[\"", "aaaaaaaa", 20 << 17, "\"]"), -EBADMSG);
  message_is_one_line_with("16 MiB");
  ck_assert_int_eq(read_many("[\"", "\\\"[{", 100000, "\"]"), -EBADMSG); /* inside a string */
  message_is_one_line_with("schema");
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
  struct result_file *file = NULL;
  ck_assert_int_eq(result_file_read("/nowhere/a.json", &file, message), -ENOENT);
  ck_assert_int_eq(result_file_read("/tmp", &file, message), -EISDIR);
  ck_assert_int_eq(result_file_read("/dev/null", &file, message), -EBADMSG);
  ck_assert_int_eq(result_file_read("/dev/zero", &file, message), -EBADMSG);
  ck_assert_msg(strncmp(message, "/dev/zero: ", 11) == 0, "%s", message);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("result_read");
  TCase *tcase = tcase_create("files");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, a_real_result_is_read_with_its_rows_and_medians);
  tcase_add_loop_test(tcase, what_cannot_be_right_is_refused_by_its_place, 0,
                      (int)(sizeof edits / sizeof *edits));
  tcase_add_test(tcase, texts_have_no_control_characters_and_an_end);
  tcase_add_test(tcase, rows_are_told_apart_by_their_backend);
  tcase_add_test(tcase, a_time_has_its_form_to_the_letter);
  tcase_add_test(tcase, no_key_that_is_read_can_be_left_out_unnoticed);
  tcase_add_test(tcase, a_file_cut_short_anywhere_is_refused);
  tcase_add_test(tcase, another_form_is_told_from_no_result);
  tcase_add_test(tcase, what_json_forbids_is_refused_by_line_and_column);
  tcase_add_test(tcase, bombs_are_refused_before_they_are_parsed);
  tcase_add_test(tcase, files_that_cannot_be_read_are_named);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
