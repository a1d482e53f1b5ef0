/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_read.c: from JSON that anybody may have written to the blocks of two sides. */

#include "ab_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result_values.h"

enum { BLOCKS_MOST = 1000 };

/* --- The head --- */

static void read_side(struct reader *r, const json_t *sides, const char *key,
                      struct ab_side_read *side)
{
  const json_t *object = read_object(r, sides, key);
  snprintf(r->where, sizeof r->where, "sides.%s", key);
  const json_t *pibench = json_object_get(object, "pibench"), *pair;
  size_t i;
  *side = (struct ab_side_read){
      .environment = read_array(r, object, "environment"),
      .program = read_text(r, object, "program"),
      .version = read_text_or_null(r, pibench, "version"),
      .commit = read_text_or_null(r, pibench, "commit"),
  };
  json_array_foreach(side->environment, i, pair)
  {
    if (!json_is_string(pair) || !reader_is_printable(json_string_value(pair)))
      reader_fail(r, "environment", "holds what is no text, or control characters");
  }
  r->where[0] = '\0';
}

static void read_differences(struct reader *r, struct ab_file *file)
{
  const json_t *array = read_array(r, file->json, "differences"), *item;
  size_t i;
  snprintf(r->where, sizeof r->where, "differences");
  json_array_foreach(array, i, item)
  {
    if (file->difference_count == DIFFERENCES_MOST)
      break;
    struct difference *d = &file->differences[file->difference_count++];
    d->kind = strcmp(read_text(r, item, "kind"), "machine") == 0 ? DIFFERENCE_MACHINE
                                                                 : DIFFERENCE_SOFTWARE;
    d->what = read_text(r, item, "what");
    snprintf(d->old, sizeof d->old, "%.159s", read_text(r, item, "old"));
    snprintf(d->new, sizeof d->new, "%.159s", read_text(r, item, "new"));
  }
  r->where[0] = '\0';
}

static void read_options(struct reader *r, struct ab_file *file)
{
  const json_t *options = read_object(r, file->json, "options");
  snprintf(r->where, sizeof r->where, "options");
  file->ab.threshold = read_number(r, json_object_get(options, "threshold"), "threshold", 1);
  if (!(file->ab.threshold > 0))
    reader_fail(r, "threshold", "is missing or 0; a number above 0 is expected");
  file->warn_on_inconclusive = strcmp(read_text(r, options, "on_inconclusive"), "warn") == 0;
  r->where[0] = '\0';
}

static void read_head(struct reader *r, struct ab_file *file)
{
  const json_t *json = file->json, *pibench = read_object(r, json, "pibench");
  const json_t *sides = read_object(r, json, "sides");
  if (strcmp(read_text(r, json, "schema"), "pibench-ab/1") != 0)
    reader_fail(r, "schema", "is not pibench-ab/1: it is of another pibench");
  file->complete = read_truth(r, json, "complete");
  file->error = read_text_or_null(r, json, "error");
  file->started_at = read_time(r, json, "started_at");
  file->version = read_text(r, pibench, "version");
  file->commit = read_text_or_null(r, pibench, "commit");
  file->cpu_model = read_text_or_null(r, read_object(r, json, "machine"), "cpu_model");
  file->cpus = read_text(r, json, "cpus");
  read_side(r, sides, "old", &file->side[AB_OLD]);
  read_side(r, sides, "new", &file->side[AB_NEW]);
  read_options(r, file);
}

/* --- Blocks --- */

static bool read_order(struct reader *r, const json_t *value, enum ab_phase phase)
{
  const char *order = json_is_string(value) ? json_string_value(value) : "";
  for (int new_first = 0; new_first < 2; new_first++)
    if (strcmp(order, ab_block_order(phase, new_first)) == 0)
      return new_first && phase != AB_SAME;
  reader_fail(r, ab_phase_names[phase], "holds what is no order of a block");
  return false;
}

static void read_phases(struct reader *r, struct ab_file *file)
{
  const json_t *phases = read_object(r, file->json, "phases");
  snprintf(r->where, sizeof r->where, "phases");
  for (enum ab_phase phase = 0; phase < AB_PHASES && !r->error; phase++) {
    const json_t *orders = read_array(r, phases, ab_phase_names[phase]);
    size_t blocks = json_array_size(orders);
    if (blocks > BLOCKS_MOST)
      reader_fail(r, ab_phase_names[phase], "has more than %d blocks", BLOCKS_MOST);
    bool *new_first = r->error ? NULL : calloc(blocks + 1, sizeof *new_first);
    if (!new_first) {
      reader_fail_memory(r);
      return;
    }
    for (size_t i = 0; i < blocks; i++)
      new_first[i] = read_order(r, json_array_get(orders, i), phase);
    file->ab.new_first[phase] = new_first;
    file->ab.blocks[phase] = blocks;
  }
  r->where[0] = '\0';
}

/* --- Runs --- */

static double read_time_s(struct reader *r, const json_t *value, const char *key)
{
  double seconds = read_number(r, value, key, TIME_MOST_S);
  if (!(seconds > 0))
    reader_fail(r, key, "is not a time above 0");
  return seconds;
}

static void read_samples(struct reader *r, const json_t *array, struct ab_time *time)
{
  size_t n = json_array_size(array);
  time->samples_s = calloc(n + 1, sizeof *time->samples_s);
  if (!time->samples_s) {
    reader_fail_memory(r);
    return;
  }
  time->n = n;
  double least = INFINITY, most = 0;
  for (size_t i = 0; i < n && !r->error; i++) {
    double sample_s = read_time_s(r, json_array_get(array, i), "samples_s");
    least = fmin(least, sample_s);
    most = fmax(most, sample_s);
    time->samples_s[i] = sample_s;
  }
  if (!(time->time_s >= least && time->time_s <= most))
    reader_fail(r, "time_s", "is not between its samples");
}

/* They stand in the order in which they were done, so that the side of each is known. */
static void read_runs(struct reader *r, const struct ab *ab, const json_t *runs,
                      enum ab_phase phase, struct ab_row *row)
{
  const json_t *array = read_array(r, runs, ab_phase_names[phase]);
  size_t n = json_array_size(array);
  if (n > ab->blocks[phase] * BLOCK_RUNS)
    reader_fail(r, ab_phase_names[phase], "has more runs than its blocks");
  for (size_t i = 0; i < n && !r->error; i++) {
    const json_t *run = json_array_get(array, i);
    struct ab_time *time = &row->times[phase][i];
    const char *side = ab_side_at(ab, phase, i) == AB_NEW ? "new" : "old";
    if (strcmp(read_text(r, run, "side"), side) != 0)
      reader_fail(r, "side", "is not that of run %zu of phase %s", i, ab_phase_names[phase]);
    time->time_s = read_time_s(r, json_object_get(run, "time_s"), "time_s");
    time->disturbed = read_truth(r, run, "disturbed");
    read_samples(r, read_array(r, run, "samples_s"), time);
  }
}

/* --- Benchmarks --- */

static char *copied(struct reader *r, const char *text)
{
  char *copy = text ? strdup(text) : NULL;
  if (text && !copy)
    reader_fail_memory(r);
  return copy;
}

static void read_benchmark(struct reader *r, const json_t *json, struct ab_benchmark *b)
{
  const char *old = read_text_or_null(r, json, "old_variant");
  const char *new = read_text_or_null(r, json, "new_variant");
  const json_t *rows = read_array(r, json, "rows");
  size_t n = json_array_size(rows);
  b->name = copied(r, read_text(r, json, "name"));
  b->unlike = copied(r, read_text_or_null(r, json, "not_compared"));
  b->uncompared = copied(r, read_text_or_null(r, json, "counters_not_compared"));
  snprintf(b->variant[AB_OLD], sizeof b->variant[AB_OLD], "%s", old ? old : "");
  snprintf(b->variant[AB_NEW], sizeof b->variant[AB_NEW], "%s", new ? new : "");
  if ((n > 0) == (b->unlike != NULL))
    reader_fail(r, "rows", "has to be empty where the sides were not compared, and only there");
  b->rows = calloc(n + 1, sizeof *b->rows);
  if (!b->rows) {
    reader_fail_memory(r);
    return;
  }
  b->row_count = n;
  for (size_t i = 0; i < n; i++)
    snprintf(b->rows[i].name, sizeof b->rows[i].name, "%s",
             read_text(r, json_array_get(rows, i), "name"));
}

/* Room for all runs is made before they are read: no more than a file has values. */
static void make_room(struct reader *r, struct ab *ab)
{
  size_t rows = 0, blocks = 0;
  for (size_t i = 0; i < ab->count; i++)
    rows += ab->benchmarks[i].row_count;
  for (enum ab_phase phase = 0; phase < AB_PHASES; phase++)
    blocks += ab->blocks[phase];
  if (rows * blocks * BLOCK_RUNS > RESULT_VALUES_MOST)
    reader_fail(r, "", "has too many rows: no result of pibench");
  for (enum ab_phase phase = 0; phase < AB_PHASES && !r->error; phase++)
    if (ab_make_room(ab, phase) < 0)
      reader_fail_memory(r);
}

static void read_benchmarks_of_ab(struct reader *r, struct ab_file *file)
{
  const json_t *array = read_array(r, file->json, "benchmarks");
  size_t n = json_array_size(array);
  struct ab *ab = &file->ab;
  ab->benchmarks = calloc(n + 1, sizeof *ab->benchmarks);
  if (!ab->benchmarks) {
    reader_fail_memory(r);
    return;
  }
  for (size_t i = 0; i < n && !r->error; i++) {
    snprintf(r->where, sizeof r->where, "benchmarks[%zu]", i);
    ab->count = i + 1;
    read_benchmark(r, json_array_get(array, i), &ab->benchmarks[i]);
  }
  r->where[0] = '\0';
  if (!r->error)
    make_room(r, ab);
}

static void read_all_runs(struct reader *r, struct ab_file *file)
{
  const json_t *benchmarks = json_object_get(file->json, "benchmarks");
  for (size_t i = 0; i < file->ab.count; i++) {
    const json_t *rows = json_object_get(json_array_get(benchmarks, i), "rows");
    for (size_t k = 0; k < file->ab.benchmarks[i].row_count && !r->error; k++) {
      snprintf(r->where, sizeof r->where, "benchmarks[%zu].rows[%zu]", i, k);
      const json_t *runs = read_object(r, json_array_get(rows, k), "runs");
      for (enum ab_phase phase = 0; phase < AB_PHASES && !r->error; phase++)
        read_runs(r, &file->ab, runs, phase, &file->ab.benchmarks[i].rows[k]);
    }
  }
  r->where[0] = '\0';
}

/* Who edits a ruling by hand must not be believed. */
static void judge(struct reader *r, struct ab_file *file)
{
  const json_t *benchmarks = json_object_get(file->json, "benchmarks");
  if (ab_judge(&file->ab) < 0)
    reader_fail_memory(r);
  for (size_t i = 0; i < file->ab.count; i++) {
    const json_t *rows = json_object_get(json_array_get(benchmarks, i), "rows");
    for (size_t k = 0; k < file->ab.benchmarks[i].row_count && !r->error; k++) {
      const char *ours = ruling_name(file->ab.benchmarks[i].rows[k].ruling);
      snprintf(r->where, sizeof r->where, "benchmarks[%zu].rows[%zu]", i, k);
      const char *written = read_text(r, json_array_get(rows, k), "ruling");
      if (strcmp(written, ours) != 0)
        reader_fail(r, "ruling", "is %.20s, but its runs say %s: the file was edited", written,
                    ours);
    }
  }
}

int ab_file_from(const char *name, json_t *json, struct ab_file **ret_file,
                 char message[RESULT_MESSAGE])
{
  static void (*const parts[])(struct reader *, struct ab_file *) = {
      read_head, read_differences, read_phases, read_benchmarks_of_ab, read_all_runs, judge};
  struct reader r = {.name = name, .message = message};
  struct ab_file *file = calloc(1, sizeof *file);
  if (!file) {
    json_decref(json);
    reader_fail_memory(&r);
    return r.error;
  }
  file->json = json;
  file->name = copied(&r, name);
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !r.error; i++)
    parts[i](&r, file);
  if (r.error)
    ab_file_free(file);
  else
    *ret_file = file;
  return r.error;
}

void ab_file_free(struct ab_file *file)
{
  if (!file)
    return;
  ab_release(&file->ab);
  free(file->name);
  json_decref(file->json);
  free(file);
}
