/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.c: a result as CSV, Markdown and JUnit's XML. */

#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "markup.h"

const char *export_name(const struct result_file *file, const struct result_benchmark *b,
                        const struct result_row *row, char text[EXPORT_NAME])
{
  int n = snprintf(text, EXPORT_NAME, "%.250s%s", b->name, file->weak ? "/weak" : "");
  if (row->serial)
    snprintf(text + n, EXPORT_NAME - (size_t)n, "/serial");
  else
    snprintf(text + n, EXPORT_NAME - (size_t)n, "/%.20s:%u",
             strcmp(row->backend, "process") == 0 ? "workers" : row->backend, row->workers);
  return text;
}

/* --- CSV --- */

static void csv_row(const struct result_file *file, const struct result_benchmark *b,
                    const struct result_row *row, FILE *to)
{
  char name[EXPORT_NAME], workers[16], samples[24];
  snprintf(workers, sizeof workers, "%u", row->workers);
  snprintf(samples, sizeof samples, "%zu", row->n);
  const char *right = b->right == RESULT_RIGHT ? "yes" : b->right == RESULT_WRONG ? "no" : "";
  const char *const before[] = {export_name(file, b, row, name),
                                b->name,
                                b->kernel,
                                b->method,
                                b->variant,
                                file->weak ? "weak" : "strong",
                                row->serial ? "serial" : "parallel",
                                row->backend,
                                workers,
                                row->pinned ? "yes" : "no",
                                right,
                                samples};
  const double numbers[] = {row->median_s,     row->low_s,      row->high_s,    row->minimum_s,
                            row->mad_s,        row->rate_per_s, row->speedup,   row->speedup_low,
                            row->speedup_high, row->capacity,   row->efficiency};
  const char *const behind[] = {b->unit,     file->started_at, file->machine.cpu_model,
                                file->label, file->version,    file->commit};
  csv_texts(before, sizeof before / sizeof *before, to);
  csv_numbers(numbers, sizeof numbers / sizeof *numbers, to);
  csv_end(behind, sizeof behind / sizeof *behind, to);
}

int export_csv(const struct result_file *file, FILE *to)
{
  fputs("row,benchmark,kernel,method,variant,scaling,mode,backend,workers,pinned,right,samples,"
        "median_s,median_low_s,median_high_s,min_s,mad_s,rate_per_s,speedup,speedup_low,"
        "speedup_high,capacity,efficiency,unit,started_at,cpu_model,label,version,commit\r\n",
        to);
  for (size_t i = 0; i < file->benchmark_count; i++)
    for (size_t k = 0; k < file->benchmarks[i].row_count; k++)
      csv_row(file, &file->benchmarks[i], &file->benchmarks[i].rows[k], to);
  return 0;
}

/* --- Markdown --- */

static void md_row(const struct result_file *file, const struct result_benchmark *b,
                   const struct result_row *row, FILE *to)
{
  char name[EXPORT_NAME];
  fputs("| ", to);
  markup_markdown(to, export_name(file, b, row, name));
  fprintf(to, " | %s | ", b->variant);
  if (b->right == RESULT_WRONG)
    fputs("**wrong digits** | | |", to);
  else if (!isfinite(row->median_s))
    fputs("no samples | | |", to);
  else {
    fprintf(to, "%.4g", row->median_s * 1e3);
    if (isfinite(row->low_s))
      fprintf(to, " (%.4g – %.4g)", row->low_s * 1e3, row->high_s * 1e3);
    fputs(" | ", to);
    if (isfinite(row->speedup))
      fprintf(to, "%.2f", row->speedup);
    if (isfinite(row->speedup_low))
      fprintf(to, " (%.2f – %.2f)", row->speedup_low, row->speedup_high);
    fputs(" | ", to);
    if (isfinite(row->efficiency))
      fprintf(to, "%.0f %%", 100 * row->efficiency);
    fputs(" |", to);
  }
  fputc('\n', to);
}

int export_markdown(const struct result_file *file, FILE *to)
{
  fputs("| benchmark | variant | time ms (95 %) | speedup (95 %) | efficiency |\n"
        "|---|---|--:|--:|--:|\n",
        to);
  for (size_t i = 0; i < file->benchmark_count; i++)
    for (size_t k = 0; k < file->benchmarks[i].row_count; k++)
      md_row(file, &file->benchmarks[i], &file->benchmarks[i].rows[k], to);
  fputc('\n', to);
  markup_markdown(to, file->machine.cpu_model ? file->machine.cpu_model : "unknown CPU");
  fprintf(to, ", CPUs %s, pibench %s %s, %s.", file->machine.allowed_cpus, file->version,
          file->commit ? file->commit : "", file->started_at);
  if (!file->complete) {
    fputs(" **Incomplete:** ", to);
    markup_markdown(to, file->error ? file->error : "not told why");
  }
  fputc('\n', to);
  return 0;
}

/* --- JUnit --- */

static void junit_case(const struct result_file *file, const struct result_benchmark *b,
                       const struct result_row *row, FILE *to)
{
  char name[EXPORT_NAME];
  fputs("    <testcase classname=\"pibench.", to);
  markup_text(to, b->kernel);
  fputs("\" name=\"", to);
  markup_text(to, export_name(file, b, row, name));
  fprintf(to, "\" time=\"%.9f\"", isfinite(row->median_s) ? row->median_s : 0);
  if (b->right == RESULT_WRONG) {
    fputs(">\n      <failure type=\"wrong digits\" message=\"", to);
    markup_text(to, b->verification ? b->verification : "wrong digits");
    fputs("\"/>\n    </testcase>\n", to);
  } else if (!isfinite(row->median_s)) {
    fputs(">\n      <skipped message=\"no samples\"/>\n    </testcase>\n", to);
  } else {
    fputs("/>\n", to);
  }
}

/* Sums of one benchmark. */
struct junit_sums {
  size_t tests, failures, skipped;
  double seconds;
};

static struct junit_sums junit_sum(const struct result_benchmark *b)
{
  struct junit_sums sums = {.tests = b->row_count};
  for (size_t k = 0; k < b->row_count; k++) {
    bool measured = isfinite(b->rows[k].median_s);
    sums.failures += b->right == RESULT_WRONG;
    sums.skipped += b->right != RESULT_WRONG && !measured;
    sums.seconds += measured ? b->rows[k].median_s : 0;
  }
  return sums;
}

static void junit_suite(const struct result_file *file, const struct result_benchmark *b, FILE *to)
{
  struct junit_sums sums = junit_sum(b);
  fputs("  <testsuite name=\"", to);
  markup_text(to, b->name);
  fprintf(to,
          "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.9f\" "
          "timestamp=\"%.19s\">\n",
          sums.tests, sums.failures, sums.skipped, sums.seconds, file->started_at);
  for (size_t k = 0; k < b->row_count; k++)
    junit_case(file, b, &b->rows[k], to);
  fputs("  </testsuite>\n", to);
}

int export_junit(const struct result_file *file, FILE *to)
{
  struct junit_sums all = {0};
  for (size_t i = 0; i < file->benchmark_count; i++) {
    struct junit_sums sums = junit_sum(&file->benchmarks[i]);
    all.tests += sums.tests;
    all.failures += sums.failures;
    all.seconds += sums.seconds;
  }
  fprintf(to,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pibench\" tests=\"%zu\" "
          "failures=\"%zu\" errors=\"0\" time=\"%.9f\">\n",
          all.tests, all.failures, all.seconds);
  for (size_t i = 0; i < file->benchmark_count; i++)
    junit_suite(file, &file->benchmarks[i], to);
  fputs("</testsuites>\n", to);
  return 0;
}
