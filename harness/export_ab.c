/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_ab.c: a result of 'pibench ab' as CSV, JSON of two tools, and JUnit's XML. */

#include "export_ab.h"

#include <math.h>
#include <string.h>

#include "csv.h"
#include "export.h"
#include "markup.h"

/* "mc:points=1e9/workers:2", from a row's "2 workers". */
static const char *row_name(const struct ab_benchmark *b, const struct ab_row *row,
                            char text[EXPORT_NAME])
{
  unsigned workers;
  char what[16];
  if (sscanf(row->name, "%u %15s", &workers, what) == 2)
    snprintf(text, EXPORT_NAME, "%.250s/%s:%u", b->name,
             strncmp(what, "thread", 6) == 0 ? "thread" : "workers", workers);
  else
    snprintf(text, EXPORT_NAME, "%.250s/%s", b->name,
             strcmp(row->name, "serial") == 0 ? "serial" : "process");
  return text;
}

static double part(double change)
{
  return isfinite(change) ? regression_part(change) : NAN;
}

/* --- CSV --- */

static void csv_run(const struct ab_file *file, const struct ab_benchmark *b,
                    const struct ab_row *row, enum ab_phase phase, size_t run, FILE *to)
{
  const struct ab_time *time = &row->times[phase][run];
  const struct comparison *first = &row->result[AB_FIRST];
  enum ab_side side = ab_side_at(&file->ab, phase, run);
  char name[EXPORT_NAME];
  const char *const texts[] = {row_name(b, row, name), b->name, ab_phase_names[phase],
                               side == AB_NEW ? "new" : "old", time->disturbed ? "yes" : "no"};
  const double verdict[] = {part(first->change.value), part(first->change.low),
                            part(first->change.high), first->confidence, file->ab.threshold};
  const char *const behind[] = {ruling_name(row->ruling), b->variant[side],
                                file->side[side].program, file->side[side].version,
                                file->side[side].commit,  file->started_at,
                                file->cpu_model};
  const size_t block = run / BLOCK_RUNS, place = run % BLOCK_RUNS;
  for (size_t i = 0; i < time->n; i++) {
    const double numbers[] = {(double)(block + 1), (double)(place + 1), (double)(i + 1),
                              time->samples_s[i], time->time_s};
    csv_texts(texts, sizeof texts / sizeof *texts, to);
    csv_numbers(numbers, sizeof numbers / sizeof *numbers, to);
    csv_numbers(verdict, sizeof verdict / sizeof *verdict, to);
    csv_end(behind, sizeof behind / sizeof *behind, to);
  }
}

int export_ab_csv(const struct ab_file *file, FILE *to)
{
  fputs("row,benchmark,phase,side,disturbed,block,run,sample,sample_s,run_s,change,change_low,"
        "change_high,confidence,threshold,ruling,variant,program,version,commit,started_at,"
        "cpu_model\r\n",
        to);
  for (size_t i = 0; i < file->ab.count; i++)
    for (size_t k = 0; k < file->ab.benchmarks[i].row_count; k++)
      for (enum ab_phase phase = 0; phase < AB_PHASES; phase++)
        for (size_t run = 0; run < file->ab.blocks[phase] * BLOCK_RUNS; run++)
          csv_run(file, &file->ab.benchmarks[i], &file->ab.benchmarks[i].rows[k], phase, run, to);
  return 0;
}

/* --- Google Benchmark --- */

static size_t samples_of(const struct ab_file *file, const struct ab_row *row, enum ab_side side)
{
  size_t n = 0;
  for (size_t run = 0; run < file->ab.blocks[AB_FIRST] * BLOCK_RUNS; run++)
    if (ab_side_at(&file->ab, AB_FIRST, run) == side)
      n += row->times[AB_FIRST][run].n;
  return n;
}

static void add_repetitions(const struct ab_file *file, const struct ab_benchmark *b,
                            const struct ab_row *row, enum ab_side side, json_t *benchmarks)
{
  const double per_ns = 1e9;
  size_t n = samples_of(file, row, side), at = 0;
  char own[EXPORT_NAME], name[EXPORT_NAME + 8];
  snprintf(name, sizeof name, "%s/%s", side == AB_NEW ? "new" : "old", row_name(b, row, own));
  for (size_t run = 0; run < file->ab.blocks[AB_FIRST] * BLOCK_RUNS; run++) {
    const struct ab_time *time = &row->times[AB_FIRST][run];
    for (size_t i = 0; i < time->n && ab_side_at(&file->ab, AB_FIRST, run) == side; i++)
      json_array_append_new(benchmarks,
                            json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:f, s:f, s:s}", "name", name,
                                      "run_name", name, "run_type", "iteration", "repetitions",
                                      (int)n, "repetition_index", (int)at++, "iterations", 1,
                                      "real_time", time->samples_s[i] * per_ns, "cpu_time",
                                      time->samples_s[i] * per_ns, "time_unit", "ns"));
  }
}

int export_ab_gbench(const struct ab_file *file, FILE *to)
{
  json_t *benchmarks = json_array();
  for (size_t i = 0; i < file->ab.count; i++)
    for (size_t k = 0; k < file->ab.benchmarks[i].row_count; k++)
      for (enum ab_side side = AB_OLD; side < AB_SIDES; side++)
        add_repetitions(file, &file->ab.benchmarks[i], &file->ab.benchmarks[i].rows[k], side,
                        benchmarks);
  return export_json(json_pack("{s:{s:s, s:s, s:s}, s:o}", "context", "date", file->started_at,
                               "executable", "pibench ab", "library_build_type", "release",
                               "benchmarks", benchmarks),
                     to);
}

/* --- github-action-benchmark --- */

static json_t *gha_entry(const struct ab_file *file, const struct ab_benchmark *b,
                         const struct ab_row *row)
{
  const struct estimate *change = &row->result[AB_FIRST].change;
  char name[EXPORT_NAME], range[32], reason[AB_REASON], extra[AB_REASON + 32];
  snprintf(extra, sizeof extra, "%s: %s", ruling_name(row->ruling),
           ab_reason(&file->ab, row, reason));
  json_t *entry = json_pack("{s:s, s:s, s:f, s:s}", "name", row_name(b, row, name), "unit",
                            "new/old", "value", exp(change->value), "extra", extra);
  snprintf(range, sizeof range, "± %.4g", (exp(change->high) - exp(change->low)) / 2);
  if (entry && isfinite(change->low) && isfinite(change->high))
    json_object_set_new(entry, "range", json_string(range));
  return entry;
}

int export_ab_gha(const struct ab_file *file, FILE *to)
{
  json_t *entries = json_array();
  for (size_t i = 0; i < file->ab.count; i++)
    for (size_t k = 0; k < file->ab.benchmarks[i].row_count; k++) {
      const struct ab_row *row = &file->ab.benchmarks[i].rows[k];
      if (row->result[AB_FIRST].n)
        json_array_append_new(entries, gha_entry(file, &file->ab.benchmarks[i], row));
    }
  return export_json(entries, to);
}

/* --- JUnit --- */

enum outcome { PASSED, FAILED, UNDECIDED };

static enum outcome outcome_of(const struct ab_benchmark *b, const struct ab_row *row)
{
  if (b->unlike || row->ruling == RULING_INCONCLUSIVE)
    return UNDECIDED;
  return row->ruling == RULING_REGRESSED ? FAILED : PASSED;
}

/* What a benchmark has of each; one that was not compared is one case. */
static void count_outcomes(const struct ab_benchmark *b, size_t counts[3])
{
  for (size_t k = 0; k < b->row_count; k++)
    counts[outcome_of(b, &b->rows[k])]++;
  counts[UNDECIDED] += b->unlike != NULL;
}

/* "new/old 1.0821 (1.0712 - 1.0930), regressed: slower by ..." */
static void verdict_text(const struct ab_file *file, const struct ab_benchmark *b,
                         const struct ab_row *row, char *text, size_t size)
{
  const struct estimate *change = row ? &row->result[AB_FIRST].change : NULL;
  char reason[AB_REASON];
  int n = 0;
  if (!row) {
    snprintf(text, size, "not compared: %s", b->unlike);
    return;
  }
  if (row->result[AB_FIRST].n)
    n = snprintf(text, size, "new/old %.4f", exp(change->value));
  if (n && isfinite(change->low) && isfinite(change->high))
    n += snprintf(text + n, size - (size_t)n, " (%.4f to %.4f)", exp(change->low),
                  exp(change->high));
  snprintf(text + n, size - (size_t)n, "%s%s: %s", n ? ", " : "", ruling_name(row->ruling),
           ab_reason(&file->ab, row, reason));
}

/* row NULL: the benchmark was not compared. */
static void junit_case(const struct ab_file *file, const struct ab_benchmark *b,
                       const struct ab_row *row, FILE *to)
{
  char name[EXPORT_NAME], text[AB_REASON + 128];
  enum outcome outcome = row ? outcome_of(b, row) : UNDECIDED;
  double new_s = row && isfinite(row->median_s[AB_NEW]) ? row->median_s[AB_NEW] : 0;
  verdict_text(file, b, row, text, sizeof text);
  fputs("    <testcase classname=\"pibench.ab\" name=\"", to);
  markup_text(to, row ? row_name(b, row, name) : b->name);
  fprintf(to, "\" time=\"%.9f\">\n      ", new_s);
  if (outcome == PASSED)
    fputs("<system-out>", to);
  else if (outcome == FAILED)
    fputs("<failure type=\"regressed\" message=\"", to);
  else if (file->warn_on_inconclusive)
    fputs("<skipped message=\"", to);
  else
    fprintf(to, "<error type=\"%s\" message=\"", row ? "inconclusive" : "not compared");
  markup_text(to, text);
  fputs(outcome == PASSED ? "</system-out>\n" : "\"/>\n", to);
  fputs("    </testcase>\n", to);
}

/* The root of JUnit's XML has no attribute for what was skipped. */
static void junit_counts(const struct ab_file *file, const size_t counts[3], bool root, FILE *to)
{
  bool warn = file->warn_on_inconclusive;
  fprintf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
          counts[PASSED] + counts[FAILED] + counts[UNDECIDED], counts[FAILED],
          warn ? 0 : counts[UNDECIDED]);
  if (!root)
    fprintf(to, " skipped=\"%zu\"", warn ? counts[UNDECIDED] : 0);
}

static void junit_suite(const struct ab_file *file, const struct ab_benchmark *b, FILE *to)
{
  size_t counts[3] = {0};
  count_outcomes(b, counts);
  fputs("  <testsuite name=\"", to);
  markup_text(to, b->name);
  fputc('"', to);
  junit_counts(file, counts, false, to);
  fprintf(to, " timestamp=\"%.19s\">\n", file->started_at);
  for (size_t k = 0; k < b->row_count; k++)
    junit_case(file, b, &b->rows[k], to);
  if (b->unlike)
    junit_case(file, b, NULL, to);
  fputs("  </testsuite>\n", to);
}

int export_ab_junit(const struct ab_file *file, FILE *to)
{
  size_t all[3] = {0};
  for (size_t i = 0; i < file->ab.count; i++)
    count_outcomes(&file->ab.benchmarks[i], all);
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pibench ab\"", to);
  junit_counts(file, all, true, to);
  fputs(">\n", to);
  for (size_t i = 0; i < file->ab.count; i++)
    junit_suite(file, &file->ab.benchmarks[i], to);
  fputs("</testsuites>\n", to);
  return 0;
}
