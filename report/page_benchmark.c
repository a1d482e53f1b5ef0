/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_benchmark.c: one benchmark: what came out, four plots, and a table behind each. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "law.h"
#include "number.h"
#include "page_parts.h"
#include "plot_sustained.h"

static const char *percent(double share, char text[32])
{
  if (!isfinite(share))
    return "unknown";
  snprintf(text, 32, "%.0f %%", 100 * share);
  return text;
}

static const char *milliseconds(double seconds, char text[32])
{
  return plot_number(seconds * 1e3, text);
}

static void row_name(FILE *to, const struct result_row *row)
{
  if (row->serial)
    html_element(to, "th scope=\"row\"", "serial");
  else
    html_element(to, "th scope=\"row\"", "%u%s", row->workers,
                 strcmp(row->backend, "thread") == 0 ? " threads" : "");
}

static void cell(FILE *to, const char *text)
{
  html_element(to, "td", "%s", text);
}

/* --- Tables --- */

void page_table_begin(FILE *to, const char *caption, const char *const *names)
{
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", to);
  markup_text(to, caption);
  fputs("\"><table>\n", to);
  html_element(to, "caption", "%s", caption);
  fputs("<thead><tr>", to);
  for (; *names; names++)
    html_element(to, "th scope=\"col\"", "%s", *names);
  fputs("</tr></thead>\n<tbody>\n", to);
}

void page_table_end(FILE *to)
{
  fputs("</tbody></table></div>\n", to);
}

static void speedup_table(FILE *to, const struct result_benchmark *b)
{
  page_table_begin(to, "Times and speedups",
                   (const char *[]){"workers", "time ms", "95 % interval", "speedup",
                                    "95 % interval", "capacity", "efficiency", NULL});
  for (size_t i = 0; i < b->row_count; i++) {
    const struct result_row *row = &b->rows[i];
    char a[32], c[32];
    fputs("<tr>", to);
    row_name(to, row);
    cell(to, milliseconds(row->median_s, a));
    html_element(to, "td", "%s – %s", milliseconds(row->low_s, a), milliseconds(row->high_s, c));
    cell(to, row->serial ? "1" : plot_number(row->speedup, a));
    if (row->serial)
      cell(to, "");
    else
      html_element(to, "td", "%s – %s", plot_number(row->speedup_low, a),
                   plot_number(row->speedup_high, c));
    cell(to, plot_number(row->capacity, a));
    cell(to, row->serial ? "" : percent(row->efficiency, a));
    fputs("</tr>\n", to);
  }
  page_table_end(to);
}

static void breakdown_table(FILE *to, const struct figures *figures)
{
  const char *names[FACTORS + 3] = {"workers", "efficiency"};
  for (int i = 0; i < FACTORS; i++)
    names[i + 2] = factor_text((enum factor)i);
  page_table_begin(to, "Factors of the efficiency", names);
  for (size_t i = 0; i < figures->count; i++) {
    const struct figure_point *point = &figures->points[i];
    char text[32];
    fputs("<tr>", to);
    row_name(to, point->row);
    cell(to, percent(point->row->efficiency, text));
    for (int f = 0; f < FACTORS; f++)
      if (isfinite(point->factor[f]))
        html_element(to, "td", "%.3f", point->factor[f]);
      else
        cell(to, "unknown");
    fputs("</tr>\n", to);
  }
  page_table_end(to);
}

static int ascending(const void *left, const void *right)
{
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Minimum, quartiles, maximum of a row's samples: of all, those set aside as well. */
static void quantiles(FILE *to, const struct result_row *row, double *sorted)
{
  size_t n = 0;
  for (size_t i = 0; i < row->n; i++)
    if (isfinite(row->samples_s[i]))
      sorted[n++] = row->samples_s[i];
  qsort(sorted, n, sizeof *sorted, ascending);
  fputs("<tr>", to);
  row_name(to, row);
  html_element(to, "td", "%zu", n);
  for (int q = 0; q <= 4; q++) {
    char text[32];
    cell(to, n ? milliseconds(sorted[(n - 1) * (size_t)q / 4], text) : "unknown");
  }
  fputs("</tr>\n", to);
}

static int samples_table(FILE *to, const struct result_benchmark *b)
{
  size_t most = 1;
  for (size_t i = 0; i < b->row_count; i++)
    most = b->rows[i].n > most ? b->rows[i].n : most;
  double *sorted = calloc(most, sizeof *sorted);
  if (!sorted)
    return -ENOMEM;
  page_table_begin(to, "Samples, in ms, all rounds",
                   (const char *[]){"workers", "samples", "least", "quarter", "median",
                                    "three quarters", "most", NULL});
  for (size_t i = 0; i < b->row_count; i++)
    quantiles(to, &b->rows[i], sorted);
  page_table_end(to);
  free(sorted);
  return 0;
}

static void sustained_table(FILE *to, const struct result_benchmark *b)
{
  double rates[SUSTAINED_PARTS], lasted_s;
  if (!sustained_rates(b, rates, &lasted_s))
    return;
  page_table_begin(to, "Rate in the course of the run", (const char *[]){"from s", "rate", NULL});
  for (int i = 0; i < SUSTAINED_PARTS; i += 4) {
    char rate[NUMBER_TEXT];
    fputs("<tr>", to);
    html_element(to, "th scope=\"row\"", "%.1f", lasted_s * i / SUSTAINED_PARTS);
    html_element(to, "td", "%s%s/s", number_si(rates[i], rate), b->unit);
    fputs("</tr>\n", to);
  }
  page_table_end(to);
}

static int table_behind(FILE *to, const struct figures *figures, int plot)
{
  int r = 0;
  fputs("<details><summary>The figures</summary>\n", to);
  if (plot == PLOT_BREAKDOWN)
    breakdown_table(to, figures);
  else if (plot == PLOT_SAMPLES)
    r = samples_table(to, figures->benchmark);
  else if (plot == PLOT_SUSTAINED)
    sustained_table(to, figures->benchmark);
  else
    speedup_table(to, figures->benchmark);
  fputs("</details>\n", to);
  return r;
}

/* --- Plots --- */

enum { DENSE_MOST = 64 };

/* Every number of workers where they are few, so that the law is a curve; else the measured ones.
 */
static size_t abscissae(const struct figures *figures, double **ret_x)
{
  unsigned most = 0;
  for (size_t i = 0; i < figures->count; i++)
    most = figures->points[i].row->workers > most ? figures->points[i].row->workers : most;
  size_t count = most <= DENSE_MOST ? most : figures->count;
  double *x = calloc(count + 1, sizeof *x);
  for (size_t i = 0; x && i < count; i++)
    x[i] = most <= DENSE_MOST ? (double)i + 1 : figures->points[i].row->workers;
  *ret_x = x;
  return count;
}

struct columns {
  double *x, *speedup, *low, *high, *capacity, *law, *efficiency;
};

static void columns_release(struct columns *c)
{
  free(c->x);
  free(c->speedup); /* the others lie behind it */
}

static int columns_of(const struct figures *figures, struct columns *ret_columns, size_t *ret_count)
{
  struct columns c;
  size_t count = abscissae(figures, &c.x);
  c.speedup = malloc(6 * (count + 1) * sizeof *c.speedup);
  if (!c.x || !c.speedup) {
    columns_release(&c);
    return -ENOMEM;
  }
  for (size_t i = 0; i < 6 * count; i++)
    c.speedup[i] = NAN;
  c.low = c.speedup + count;
  c.high = c.low + count;
  c.capacity = c.high + count;
  c.law = c.capacity + count;
  c.efficiency = c.law + count;
  for (size_t k = 0; k < count; k++) {
    c.law[k] = figures_law(figures, c.x[k]);
    for (size_t i = 0; i < figures->count; i++) {
      const struct result_row *row = figures->points[i].row;
      if (row->workers != c.x[k])
        continue;
      c.speedup[k] = row->speedup;
      c.low[k] = row->speedup_low;
      c.high[k] = row->speedup_high;
      c.capacity[k] = row->capacity;
      c.efficiency[k] = 100 * row->efficiency;
    }
  }
  *ret_columns = c;
  *ret_count = count;
  return 0;
}

static int interactive(struct page *page, const struct figures *figures, int plot)
{
  struct columns c;
  size_t count;
  int r = columns_of(figures, &c, &count);
  if (r < 0)
    return r;
  const struct page_line speedup[] = {
      {"measured", "measured", c.speedup, c.low, c.high},
      {"what the cores could do", "ideal", c.capacity, NULL, NULL},
      {figures->file->weak ? "Gustafson's law" : "Amdahl's law", "law", c.law, NULL, NULL}};
  const struct page_line efficiency[] = {{"efficiency", "measured", c.efficiency, NULL, NULL}};
  if (plot == PLOT_SPEEDUP)
    page_plot_begin(page, "Speedup", plot_speedup_axis(figures), c.x, count, speedup,
                    isfinite(figures->serial_fraction) ? 3 : 2, figures);
  else
    page_plot_begin(page, "Efficiency", "% of capacity", c.x, count, efficiency, 1, figures);
  plots[plot].draw(figures, false, page->to);
  page_plot_end(page);
  columns_release(&c);
  return 0;
}

static int one_plot(struct page *page, const struct figures *figures, int plot)
{
  int r = 0;
  fprintf(page->to, "<figure>\n");
  if (plot == PLOT_SPEEDUP || plot == PLOT_EFFICIENCY)
    r = interactive(page, figures, plot);
  else
    plots[plot].draw(figures, false, page->to);
  html_element(page->to, "figcaption", "%s", plots[plot].caption);
  if (r == 0)
    r = table_behind(page->to, figures, plot);
  fputs("</figure>\n", page->to);
  return r;
}

/* --- In words --- */

/* Why there is no fraction to tell; nothing where the file does not say. */
static void say_unfitted(FILE *to, const struct figures *figures)
{
  const char *reason = law_unfitted_reason(figures->unfitted);
  const char *name = figures_law_name(figures);
  if (reason)
    html_textf(to, "No serial fraction by %s's law: %s. ", name, reason);
  else if (strcmp(figures->unfitted, "other_loss") == 0 && isfinite(figures->alone))
    html_textf(to,
               "No serial fraction by %s's law: one worker alone did only %.2f %% of the work, "
               "what is lost beyond that is not serial%s%s. ",
               name, 100 * figures->alone, figures->loss ? ", above all " : "",
               figures->loss ? figures->loss : "");
  else if (strcmp(figures->unfitted, "faster_workers") == 0 && isfinite(figures->alone))
    html_textf(to,
               "No serial fraction by %s's law: one worker alone did %.2f %% of the work, but the "
               "rows lose less: the workers computed faster than the serial run. ",
               name, 100 * figures->alone);
}

static void say_law(FILE *to, const struct figures *figures)
{
  const char *name = figures_law_name(figures);
  if (figures->serial_low > 0)
    html_textf(to, "%s's serial fraction: %.2f %% (%.2f – %.2f %%). ", name,
               100 * figures->serial_fraction, 100 * figures->serial_low,
               100 * figures->serial_high);
  else if (figures->serial_high > 0)
    html_textf(to, "%s's serial fraction: not to be told from 0, below %.2f %%. ", name,
               100 * figures->serial_high);
  else if (figures->unfitted && figures->count > 0)
    say_unfitted(to, figures);
}

static void say_what(FILE *to, const struct figures *figures)
{
  const struct result_benchmark *b = figures->benchmark;
  char rate[NUMBER_TEXT];
  fputs("<p>", to);
  if (isfinite(b->rows[0].rate_per_s))
    html_textf(to, "One CPU: %s%s/s. ", number_si(b->rows[0].rate_per_s, rate), b->unit);
  if (figures->count > 0) {
    const struct figure_point *last = &figures->points[figures->count - 1];
    int loss = figure_largest_loss(last);
    char speedup[32], share[32];
    html_textf(to, "%u %s%s: %s times as %s, efficiency %s. ", last->row->workers,
               strcmp(figures->backend, "thread") == 0 ? "thread" : "worker",
               last->row->workers == 1 ? "" : "s", plot_number(last->row->speedup, speedup),
               figures->file->weak ? "much work in a time" : "fast",
               percent(last->row->efficiency, share));
    if (loss >= 0)
      html_textf(to, "The largest loss is %s (%.2f). ", factor_text((enum factor)loss),
                 last->factor[loss]);
  }
  say_law(to, figures);
  fputs("</p>\n", to);
}

static void warnings(FILE *to, const struct result_benchmark *b)
{
  if (b->right == RESULT_WRONG)
    html_element(to, "p class=\"bad\"", "Wrong answer: %s. Do not use these times.",
                 b->verification ? b->verification : "");
  if (b->right == RESULT_UNVERIFIED)
    html_element(to, "p class=\"note\"", "The answer was not verified.");
  if (figures_disturbed(b))
    html_element(to, "p class=\"note\"",
                 "Disturbed: others held our CPUs in %zu of %zu rounds, too many to set aside. All "
                 "are counted, and this is not what a free machine does.",
                 figures_disturbed(b), b->rounds);
  if (b->too_short)
    html_element(to, "p class=\"note\"", "A row lasts less than 10 ms: too short to trust.");
  if (b->slowed_on_purpose > 0)
    html_element(to, "p class=\"note\"", "Slowed down on purpose by %.1f %%.",
                 100 * b->slowed_on_purpose);
  if (b->serial_part_on_purpose > 0)
    html_element(to, "p class=\"note\"", "A serial part of %.1f %% was put in on purpose.",
                 100 * b->serial_part_on_purpose);
}

/* A heading, which where the part is folded is what it unfolds by. */
static void heading(struct page *page, const char *name, bool folded)
{
  fputs(folded ? "<details class=\"benchmark\">\n<summary>" : "<section class=\"benchmark\">\n",
        page->to);
  html_element(page->to, page->count > 1 ? "h3" : "h2", "%s", name);
  fputs(folded ? "</summary>\n" : "", page->to);
}

int page_benchmark(struct page *page, const struct result_file *file,
                   const struct result_benchmark *b, bool folded)
{
  struct figures figures;
  FILE *to = page->to;
  int r = figures_of(file, b, &figures);
  if (r < 0)
    return r;
  heading(page, b->name, folded);
  html_element(to, "p class=\"soft\"", "%s, %s%s%s", b->method, b->variant,
               b->verification && b->right == RESULT_RIGHT ? "; verified: " : "",
               b->verification && b->right == RESULT_RIGHT ? b->verification : "");
  warnings(to, b);
  say_what(to, &figures);
  fputs("<div class=\"figures\">\n", to);
  for (int i = 0; r == 0 && i < PLOTS; i++)
    if (plots[i].any(&figures))
      r = one_plot(page, &figures, i);
  fprintf(to, "</div>\n</%s>\n", folded ? "details" : "section");
  figures_release(&figures);
  return r;
}
