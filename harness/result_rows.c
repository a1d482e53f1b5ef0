/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_rows.c: benchmarks and rows of untrusted result files. */

#include "result_values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"

enum { WORKERS_LIMIT = 1 << 20 };

/* --- Rows --- */

static void read_samples(struct reader *r, struct result_row *row)
{
  const json_t *array = read_array(r, row->json, "samples_s");
  size_t n = json_array_size(array);
  row->samples_s = calloc(n ? n : 1, sizeof *row->samples_s);
  if (!row->samples_s) {
    reader_fail_memory(r);
    return;
  }
  row->n = n;
  for (size_t i = 0; i < n && !r->error; i++) {
    char key[32];
    snprintf(key, sizeof key, "samples_s[%zu]", i);
    row->samples_s[i] = read_number(r, json_array_get(array, i), key, TIME_MOST_S);
    if (row->samples_s[i] == 0)
      reader_fail(r, key, "is 0; a time above 0 is expected");
  }
}

static void read_counters(struct reader *r, struct result_row *row)
{
  row->counters = read_object(r, row->json, "counters");
  const char *key;
  json_t *value;
  json_object_foreach(row->counters, key, value)
  {
    if (!reader_is_printable(key) || strlen(key) > 64)
      reader_fail(r, "counters", "has a name with control characters or more than 64 bytes");
    else
      read_digits(r, row->counters, key);
  }
}

static void read_interval(struct reader *r, const json_t *object, const char *key, double *low,
                          double *high)
{
  const json_t *array = json_object_get(object, key);
  *low = *high = NAN;
  if (!array || json_is_null(array))
    return;
  if (json_array_size(array) != 2)
    reader_fail(r, key, "is not an interval of two numbers");
  *low = read_number(r, json_array_get(array, 0), key, 1e300);
  *high = read_number(r, json_array_get(array, 1), key, 1e300);
}

static void read_row(struct reader *r, json_t *json, struct result_row *row)
{
  *row = (struct result_row){.json = json};
  const char *mode = read_text(r, json, "mode");
  row->serial = strcmp(mode, "serial") == 0;
  if (!row->serial && strcmp(mode, "parallel") != 0)
    reader_fail(r, "mode", "is neither serial nor parallel");
  row->pinned = read_truth(r, json, "pinned");
  row->backend = read_text(r, json, "backend");
  row->workers = (unsigned)read_whole(r, json, "workers", WORKERS_LIMIT);
  row->work = read_digits(r, json, "work");
  row->size = read_digits_or_null(r, json, "size");
  row->rate_per_s = read_number_at(r, json, "rate_per_s");
  row->speedup = read_number_at(r, json, "speedup");
  read_interval(r, json, "speedup_ci95", &row->speedup_low, &row->speedup_high);
  row->capacity = read_number_at(r, json, "capacity");
  row->efficiency = read_number_at(r, json, "efficiency");
  read_counters(r, row);
  read_samples(r, row);
}

/* --- Benchmarks --- */

static void read_set_aside(struct reader *r, struct result_benchmark *b)
{
  const json_t *flagged = read_array(r, b->rows[0].json, "flagged"), *flag;
  size_t i;
  for (i = 0; i < b->row_count; i++)
    b->rounds = b->rows[i].n > b->rounds ? b->rows[i].n : b->rounds;
  b->set_aside = calloc(b->rounds ? b->rounds : 1, sizeof *b->set_aside);
  b->disturbed = calloc(b->rounds ? b->rounds : 1, sizeof *b->disturbed);
  if (!b->set_aside || !b->disturbed) {
    reader_fail_memory(r);
    return;
  }
  json_array_foreach(flagged, i, flag)
  {
    const json_t *round = json_object_get(flag, "round");
    json_int_t at = json_integer_value(round);
    if (!json_is_integer(round) || at < 0 || (size_t)at >= b->rounds)
      reader_fail(r, "flagged", "names a round that is not there");
    else {
      b->disturbed[at] = true;
      b->set_aside[at] = json_is_true(json_object_get(flag, "set_aside"));
    }
  }
}

/* The samples that count, in values; how many. */
static size_t counted(const struct result_benchmark *b, const struct result_row *row,
                      double *values)
{
  size_t n = 0;
  for (size_t i = 0; i < row->n; i++)
    if (!b->set_aside[i] && isfinite(row->samples_s[i]))
      values[n++] = row->samples_s[i];
  return n;
}

/* Numbers are written with 12 digits; a median of two rounds once more. */
static bool about(double left, double right)
{
  return fabs(left - right) <= 1e-9 * fabs(right);
}

/* The summary anew from the samples: who edits one of them by hand must not be believed. */
static void summarise(struct reader *r, const struct result_benchmark *b, struct result_row *row,
                      bool complete)
{
  row->median_s = row->low_s = row->high_s = row->minimum_s = row->mad_s = NAN;
  double *values = calloc(row->n ? row->n : 1, sizeof *values);
  struct summary summary;
  size_t n = values ? counted(b, row, values) : 0;
  if (!values || (n && statistics_summary(values, n, &summary) < 0))
    reader_fail_memory(r);
  free(values);
  if (r->error || n == 0)
    return;
  row->median_s = summary.median.value;
  row->low_s = summary.median.low;
  row->high_s = summary.median.high;
  row->minimum_s = summary.minimum;
  row->mad_s = summary.mad;
  double written = read_number_at(r, row->json, "median_s");
  if (complete && !about(written, row->median_s))
    reader_fail(r, "median_s", "is %g, but the median of samples_s is %g: the file was edited",
                written, row->median_s);
}

static void read_rows(struct reader *r, struct result_benchmark *b, const char *where,
                      bool complete)
{
  const json_t *runs = read_array(r, b->json, "runs");
  size_t n = json_array_size(runs);
  if (n == 0)
    reader_fail(r, "runs", "is empty");
  b->rows = n ? calloc(n, sizeof *b->rows) : NULL;
  if (n && !b->rows)
    reader_fail_memory(r);
  for (size_t i = 0; i < n && !r->error; i++) {
    snprintf(r->where, sizeof r->where, "%s.runs[%zu]", where, i);
    b->row_count = i + 1;
    read_row(r, json_array_get(runs, i), &b->rows[i]);
    if (b->rows[i].serial != (i == 0))
      reader_fail(r, "mode", "is wrong: the first row is the serial one, and only that");
  }
  if (!r->error)
    read_set_aside(r, b);
  for (size_t i = 0; i < b->row_count && !r->error; i++) {
    snprintf(r->where, sizeof r->where, "%s.runs[%zu]", where, i);
    summarise(r, b, &b->rows[i], complete);
  }
}

static void read_benchmark(struct reader *r, json_t *json, size_t index, bool complete,
                           struct result_benchmark *b)
{
  char where[64];
  snprintf(where, sizeof where, "benchmarks[%zu]", index);
  snprintf(r->where, sizeof r->where, "%s", where);
  const json_t *right = json_object_get(json, "right");
  double slowed = read_number_at(r, json, "slowdown_injected");
  double serial_part = read_number_at(r, json, "serial_fraction_injected");
  *b = (struct result_benchmark){
      .json = json,
      .name = read_text(r, json, "name"),
      .kernel = read_text(r, json, "kernel"),
      .method = read_text(r, json, "method"),
      .variant = read_text(r, json, "variant"),
      .unit = read_text(r, json, "unit"),
      .verification = read_text_or_null(r, json, "verification"),
      .revision = read_whole(r, json, "revision", 1 << 30),
      .right = json_is_true(right)    ? RESULT_RIGHT
               : json_is_false(right) ? RESULT_WRONG
                                      : RESULT_UNVERIFIED,
      .too_short = read_truth(r, json, "too_short"),
      .sustained = json_is_object(json_object_get(json, "sustained")),
      .slowed_on_purpose = isnan(slowed) ? 0 : slowed,
      .serial_part_on_purpose = isnan(serial_part) ? 0 : serial_part,
  };
  if (!right || !(json_is_boolean(right) || json_is_null(right)))
    reader_fail(r, "right", "is missing or not true, false or null");
  if (!r->error)
    read_rows(r, b, where, complete);
}

void read_benchmarks(struct reader *r, struct result_file *file)
{
  const json_t *array = read_array(r, file->json, "benchmarks");
  size_t n = json_array_size(array);
  file->benchmarks = n ? calloc(n, sizeof *file->benchmarks) : NULL;
  if (n && !file->benchmarks)
    reader_fail_memory(r);
  for (size_t i = 0; i < n && !r->error; i++) {
    file->benchmark_count = i + 1;
    read_benchmark(r, json_array_get(array, i), i, file->complete, &file->benchmarks[i]);
  }
}
