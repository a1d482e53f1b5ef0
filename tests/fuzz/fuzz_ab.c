/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_ab.c: results of 'pibench ab': what is accepted keeps the promises of ab_read.h and follows
 * from its runs, and other forms can be made of it, in which no byte of the file becomes markup. */

#include <errno.h>
#include <math.h>

#include "ab_read.h"
#include "export_ab.h"
#include "fuzz.h"
#include "result_values.h"

static void check_text(const char *text)
{
  HOLDS(!text || reader_is_printable(text));
}

static void check_head(const struct ab_file *file)
{
  const char *const texts[] = {file->error, file->version, file->commit, file->cpu_model,
                               file->cpus};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    check_text(texts[i]);
  HOLDS(strlen(file->started_at) == strlen("2026-11-22T18:46:57Z"));
  HOLDS(file->ab.threshold > 0 && file->ab.threshold <= 1);
  for (int side = 0; side < AB_SIDES; side++) {
    check_text(file->side[side].program);
    check_text(file->side[side].version);
    check_text(file->side[side].commit);
    HOLDS(*file->side[side].program);
  }
  HOLDS(file->difference_count <= DIFFERENCES_MOST);
  for (size_t i = 0; i < file->difference_count; i++) {
    check_text(file->differences[i].what);
    check_text(file->differences[i].old);
    check_text(file->differences[i].new);
  }
}

/* A run's time is between its samples; runs that were not done are unknown. */
static void check_time(const struct ab_time *time)
{
  double least = INFINITY, most = 0;
  for (size_t i = 0; i < time->n; i++) {
    HOLDS(time->samples_s[i] > 0 && isfinite(time->samples_s[i]));
    least = fmin(least, time->samples_s[i]);
    most = fmax(most, time->samples_s[i]);
  }
  HOLDS(time->n ? time->time_s >= least && time->time_s <= most : isnan(time->time_s));
}

static void check_row(const struct ab *ab, const struct ab_row *row)
{
  char reason[AB_REASON];
  check_text(row->name);
  for (enum ab_phase phase = 0; phase < AB_PHASES; phase++) {
    HOLDS(row->result[phase].n <= ab->blocks[phase]);
    for (size_t run = 0; run < ab->blocks[phase] * BLOCK_RUNS; run++)
      check_time(&row->times[phase][run]);
  }
  HOLDS(ruling_name(row->ruling) && fuzz_is_line(ab_reason(ab, row, reason), AB_REASON));
  HOLDS(row->ruling == RULING_INCONCLUSIVE || row->result[AB_FIRST].n);
  HOLDS(row->ruling != RULING_REGRESSED || row->result[AB_FIRST].change.low > 0);
  HOLDS(row->ruling != RULING_IMPROVED || row->result[AB_FIRST].change.high < 0);
}

/* The cases that JUnit's XML has to have: of rows, and of what was not compared. */
static size_t check_benchmarks(const struct ab_file *file)
{
  size_t cases = 0;
  for (size_t i = 0; i < file->ab.count; i++) {
    const struct ab_benchmark *b = &file->ab.benchmarks[i];
    check_text(b->name);
    check_text(b->unlike);
    HOLDS((b->row_count > 0) == !b->unlike);
    for (size_t k = 0; k < b->row_count; k++)
      check_row(&file->ab, &b->rows[k]);
    cases += b->row_count + (b->unlike != NULL);
  }
  return cases;
}

static size_t count(const char *text, const char *what)
{
  size_t found = 0;
  for (; (text = strstr(text, what)); text++)
    found++;
  return found;
}

static void export(const struct ab_file *file, size_t cases)
{
  static const struct {
    int (*write)(const struct ab_file *file, FILE *to);
    bool is_json, is_xml;
  } forms[] = {{export_ab_csv, false, false},
               {export_ab_junit, false, true},
               {export_ab_gbench, true, false},
               {export_ab_gha, true, false}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char *text;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    HOLDS(to && forms[i].write(file, to) == 0 && fclose(to) == 0);
    json_t *json = forms[i].is_json ? json_loadb(text, length, 0, NULL) : NULL;
    HOLDS(!forms[i].is_json || json);
    HOLDS(!forms[i].is_xml || count(text, "<testcase ") == cases);
    json_decref(json);
    free(text);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char message[RESULT_MESSAGE] = "";
  char *text = malloc(size ? size : 1); /* without a NUL behind it */
  struct ab_file *file = NULL;
  json_t *json;
  HOLDS(text);
  if (size > 0)
    memcpy(text, data, size);
  int r = result_json_parse("given", text, size, &json, message);
  free(text);
  if (r == 0)
    r = ab_file_from("given", json, &file, message);
  HOLDS(r == 0 || (r == -EBADMSG && fuzz_is_line(message, sizeof message)));
  if (r == 0) {
    check_head(file);
    export(file, check_benchmarks(file));
    ab_file_free(file);
  }
  return 0;
}
