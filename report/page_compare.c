/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_compare.c: the same benchmark in several files: one plot and one table. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "number.h"
#include "page_parts.h"

enum { WORKERS_MOST = 256, LINES_MOST = 12 /* more cannot be told apart */, STRIP = 120 };

/* The same work of one file. */
struct entry {
  const struct result_file *file;
  const struct result_benchmark *benchmark;
  size_t number; /* of the file */
};

/* Kernel, parameters and scaling say what was done; method and instruction set may be what is
 * compared. */
static bool same_work(const struct entry *left, const struct entry *right)
{
  return strcmp(left->benchmark->kernel, right->benchmark->kernel) == 0
         && left->file->weak == right->file->weak
         && json_equal(json_object_get(left->benchmark->json, "parameters"),
                       json_object_get(right->benchmark->json, "parameters"));
}

static int by_rate(const void *left, const void *right)
{
  double a = ((const struct entry *)left)->benchmark->rows[0].median_s;
  double b = ((const struct entry *)right)->benchmark->rows[0].median_s;
  if (isnan(a) || isnan(b))
    return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

/* --- The plot --- */

static int compare_workers(const void *left, const void *right)
{
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Every number of workers that some file has, ascending. */
static size_t all_workers(const struct entry *entries, size_t count, double x[WORKERS_MOST])
{
  size_t n = 0;
  for (size_t e = 0; e < count; e++)
    for (size_t i = 0; i < entries[e].benchmark->row_count && n < WORKERS_MOST; i++) {
      const struct result_row *row = &entries[e].benchmark->rows[i];
      bool known = row->serial;
      for (size_t k = 0; k < n; k++)
        known = known || x[k] == row->workers;
      if (!known)
        x[n++] = row->workers;
    }
  qsort(x, n, sizeof *x, compare_workers);
  return n;
}

static int draw(struct page *page, const struct entry *entries, size_t count)
{
  double x[WORKERS_MOST];
  size_t n = all_workers(entries, count, x);
  struct page_line *lines = calloc(count, sizeof *lines);
  double *values = malloc((count * n + 1) * sizeof *values);
  if (!lines || !values) {
    free(lines);
    free(values);
    return -ENOMEM;
  }
  for (size_t e = 0; e < count; e++) {
    double *y = values + e * n;
    for (size_t k = 0; k < n; k++) {
      const struct result_row *row = result_row_find(entries[e].benchmark, false, (unsigned)x[k],
                                                     figures_backend(entries[e].benchmark));
      y[k] = row ? row->speedup : NAN;
    }
    lines[e] = (struct page_line){page->names[entries[e].number - 1], "each", y, NULL, NULL};
  }
  fputs("<figure>\n", page->to);
  page_plot_begin(page, "Speedup", "times the serial run", x, n, lines, count, NULL);
  html_element(page->to, "p class=\"soft\"", "The plot needs scripts; the table has the figures.");
  page_plot_end(page);
  html_element(page->to, "figcaption",
               "Speedup of each result against its own serial run. The table has absolute rates.");
  fputs("</figure>\n", page->to);
  free(lines);
  free(values);
  return 0;
}

/* --- The table --- */

/* The interval and the speedup in it, on a scale that all rows share: their figures stand beside.
 */
static void strip(FILE *to, const struct result_row *row, double most)
{
  fprintf(to,
          "<td><svg class=\"chart strip\" viewBox=\"0 0 %d 16\" width=\"%d\" height=\"16\" "
          "aria-hidden=\"true\"><line class=\"grid\" x1=\"0\" y1=\"8\" x2=\"%d\" y2=\"8\"/>",
          STRIP, STRIP, STRIP);
  if (row && row->speedup_low >= 0 && row->speedup_high <= most)
    fprintf(to, "<line class=\"measured\" x1=\"%.1f\" y1=\"8\" x2=\"%.1f\" y2=\"8\"/>",
            row->speedup_low / most * STRIP, row->speedup_high / most * STRIP);
  if (row && row->speedup >= 0 && row->speedup <= most)
    fprintf(to, "<circle class=\"measured\" cx=\"%.1f\" cy=\"8\" r=\"3.5\"/>",
            row->speedup / most * STRIP);
  fputs("</svg></td>\n", to);
}

/* What the strips of a table span. */
static double strip_end(const struct entry *entries, size_t count)
{
  double most = 1;
  for (size_t i = 0; i < count; i++) {
    const struct result_row *last = page_last_row(entries[i].benchmark);
    if (last)
      most = fmax(most, fmax(last->speedup, last->speedup_high));
  }
  return most * 1.05;
}

static void rate_cell(FILE *to, const struct entry *entry, const struct result_row *row)
{
  char rate[NUMBER_TEXT];
  html_element(to, "td", "%s%s/s",
               row && isfinite(row->rate_per_s) ? number_si(row->rate_per_s, rate) : "unknown ",
               entry->benchmark->unit);
}

/* Why these figures are not to be relied on, in a word. */
static const char *doubt(const struct result_benchmark *benchmark)
{
  if (benchmark->right == RESULT_WRONG)
    return "WRONG ANSWER";
  if (figures_disturbed(benchmark))
    return "disturbed";
  if (benchmark->too_short)
    return "too short";
  return benchmark->right == RESULT_UNVERIFIED ? "not verified" : "";
}

static void table_row(const struct page *page, const struct entry *entry, double best_s,
                      double most)
{
  FILE *to = page->to;
  const struct result_row *serial = &entry->benchmark->rows[0];
  const struct result_row *last = page_last_row(entry->benchmark);
  char text[32];
  struct figures figures;
  fprintf(to, "<tr><th scope=\"row\"><a href=\"#result-%zu\">", entry->number);
  markup_text(to, page->names[entry->number - 1]);
  fputs("</a></th>\n", to);
  rate_cell(to, entry, serial);
  html_element(to, "td", "%s", plot_number(best_s / serial->median_s, text));
  rate_cell(to, entry, last);
  html_element(to, "td", "%u", last ? last->workers : 1);
  html_element(to, "td", "%s", plot_number(last ? last->speedup : NAN, text));
  strip(to, last, most);
  if (last && isfinite(last->efficiency))
    html_element(to, "td", "%.0f %%", 100 * last->efficiency);
  else
    html_element(to, "td", "unknown");
  int loss = -1;
  if (figures_of(entry->file, entry->benchmark, &figures) == 0) {
    if (figures.count > 0)
      loss = figure_largest_loss(&figures.points[figures.count - 1]);
    figures_release(&figures);
  }
  html_element(to, "td class=\"left\"", "%s", loss >= 0 ? factor_text((enum factor)loss) : "");
  html_element(to, "td class=\"left\"", "%s", doubt(entry->benchmark));
  html_element(to, "td class=\"left cpu\"", "%s",
               entry->file->machine.cpu_model ? entry->file->machine.cpu_model : "unknown");
  html_element(to, "td class=\"left\"", "%s, %s", entry->benchmark->method,
               entry->benchmark->variant);
  fputs("</tr>\n", to);
}

static void table(const struct page *page, const struct entry *entries, size_t count)
{
  static const struct {
    const char *name;
    bool left;
  } columns[] = {{"result", true},        {"one CPU", false},    {"of the fastest", false},
                 {"all workers", false},  {"workers", false},    {"speedup", false},
                 {"95 % interval", true}, {"efficiency", false}, {"largest loss", true},
                 {"doubt", true},         {"CPU", true},         {"how", true}};
  FILE *to = page->to;
  double best_s = entries[0].benchmark->rows[0].median_s;
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results compared\">"
        "<table class=\"compare\"><caption>Fastest serial run first</caption><thead><tr>",
        to);
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    html_element(to, columns[i].left ? "th class=\"left\" scope=\"col\"" : "th scope=\"col\"", "%s",
                 columns[i].name);
  fputs("</tr></thead><tbody>\n", to);
  for (size_t i = 0; i < count; i++)
    table_row(page, &entries[i], best_s, strip_end(entries, count));
  fputs("</tbody></table></div>\n", to);
}

/* --- All that can be compared --- */

/* Moves what is the same work as entries[0] to the front; returns how many. */
static size_t gather(struct entry *entries, size_t count)
{
  size_t same = 1;
  for (size_t i = 1; i < count; i++)
    if (same_work(&entries[0], &entries[i])) {
      struct entry entry = entries[i];
      memmove(entries + same + 1, entries + same, (i - same) * sizeof *entries);
      entries[same++] = entry;
    }
  return same;
}

static int compare_group(struct page *page, struct entry *entries, size_t count)
{
  html_element(page->to, "h2", "%s, %zu times", entries[0].benchmark->name, count);
  qsort(entries, count, sizeof *entries, by_rate);
  int r = count <= LINES_MOST ? draw(page, entries, count) : 0;
  if (r == 0)
    table(page, entries, count);
  return r;
}

int page_compare(struct page *page, struct result_file *const *files, size_t count)
{
  size_t total = 0, n = 0;
  int r = 0;
  for (size_t i = 0; i < count; i++)
    total += files[i]->benchmark_count;
  struct entry *entries = calloc(total + 1, sizeof *entries);
  if (!entries)
    return -ENOMEM;
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < files[i]->benchmark_count; k++)
      entries[n++] = (struct entry){files[i], &files[i]->benchmarks[k], i + 1};
  bool any = false;
  for (size_t at = 0; r == 0 && at < n;) {
    size_t same = gather(entries + at, n - at);
    if (same > 1) {
      any = true;
      r = compare_group(page, entries + at, same);
    }
    at += same;
  }
  if (!any)
    html_element(page->to, "p class=\"note\"",
                 "No two of these results did the same work (kernel and parameters), so there is "
                 "nothing to compare; each stands below.");
  free(entries);
  return r;
}
