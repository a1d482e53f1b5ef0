/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plots.c: speedup, efficiency, where it went, and how the samples lie. */

#include "plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "html.h"
#include "plot_sustained.h"

enum { CURVE = 65, LOG_FROM = 32 /* workers */ };

const char *plot_number(double number, char text[32])
{
  if (!isfinite(number))
    return "unknown";
  snprintf(text, 32, fabs(number) < 10 ? "%.2f" : fabs(number) < 100 ? "%.1f" : "%.0f", number);
  return text;
}

static bool has_points(const struct figures *figures)
{
  return figures->count > 0;
}

static struct chart workers_chart(const struct figures *figures, FILE *to)
{
  unsigned most = 1;
  for (size_t i = 0; i < figures->count; i++)
    most = figures->points[i].row->workers > most ? figures->points[i].row->workers : most;
  return (struct chart){.to = to,
                        .x_low = most > LOG_FROM ? 1 : 0,
                        .x_high = most > 1 ? most : 2,
                        .x_log = most > LOG_FROM};
}

/* Regimes from right to left, each lighter part with its word. */
static void draw_regimes(const struct chart *chart, const struct figures *figures)
{
  for (size_t i = 0; i < figures->regime_count; i++) {
    double from = figures->regimes[i].after + 0.5;
    if (from < chart->x_high && from > chart->x_low)
      chart_shade(chart, from, figures->regimes[i].text, (unsigned)i);
  }
}

/* --- Speedup --- */

static void draw_law(const struct chart *chart, const struct figures *figures)
{
  double x[CURVE], y[CURVE];
  double low = fmax(1, chart->x_low);
  for (int i = 0; i < CURVE; i++) {
    double part = i / (CURVE - 1.0);
    x[i] = chart->x_log ? low * pow(chart->x_high / low, part) : low + part * (chart->x_high - low);
    double law = figures_law(figures, x[i]);
    y[i] = law <= chart->y_high ? law : NAN;
  }
  if (isfinite(figures->serial_fraction))
    chart_line(chart, "law", x, y, CURVE);
}

enum column { SPEEDUP, CAPACITY, EFFICIENCY };

static double value_of(const struct figure_point *point, enum column column)
{
  const struct result_row *row = point->row;
  return column == SPEEDUP ? row->speedup : column == CAPACITY ? row->capacity : row->efficiency;
}

static void draw_column(const struct chart *chart, const struct figures *figures,
                        enum column column, const char *style)
{
  double *x = calloc(figures->count, sizeof *x), *y = calloc(figures->count, sizeof *y);
  for (size_t i = 0; x && y && i < figures->count; i++) {
    x[i] = figures->points[i].row->workers;
    y[i] = value_of(&figures->points[i], column) * (column == EFFICIENCY ? 100 : 1);
  }
  if (x && y)
    chart_line(chart, style, x, y, figures->count);
  free(x);
  free(y);
}

const char *plot_speedup_axis(const struct figures *figures)
{
  return figures->file->weak ? "times the work of the serial run" : "times the serial run";
}

static double highest_speedup(const struct figures *figures)
{
  double highest = 1;
  for (size_t i = 0; i < figures->count; i++) {
    highest =
        fmax(highest, fmax(figures->points[i].row->speedup, figures->points[i].row->capacity));
    highest = fmax(highest, figures->points[i].row->speedup_high);
  }
  return highest;
}

static void draw_speedup(const struct figures *figures, bool alone, FILE *to)
{
  struct chart chart = workers_chart(figures, to);
  char description[128];
  const struct result_row *last = figures->points[figures->count - 1].row;
  chart.y_high = highest_speedup(figures) * 1.08;
  snprintf(description, sizeof description, "%u workers: %.2f %s", last->workers, last->speedup,
           plot_speedup_axis(figures));
  chart_begin(&chart, alone, "Speedup", description);
  draw_regimes(&chart, figures);
  chart_y_axis(&chart, plot_speedup_axis(figures));
  chart_x_axis(&chart, "workers");
  draw_column(&chart, figures, CAPACITY, "ideal");
  draw_law(&chart, figures);
  draw_column(&chart, figures, SPEEDUP, "measured");
  for (size_t i = 0; i < figures->count; i++) {
    const struct result_row *row = figures->points[i].row;
    chart_interval(&chart, "measured", row->workers, row->speedup_low, row->speedup_high);
    chart_dot(&chart, "measured", row->workers, row->speedup);
  }
  chart_end(&chart);
}

/* --- Efficiency --- */

static bool has_efficiency(const struct figures *figures)
{
  for (size_t i = 0; i < figures->count; i++)
    if (isfinite(figures->points[i].row->efficiency))
      return true;
  return false;
}

static void draw_efficiency(const struct figures *figures, bool alone, FILE *to)
{
  struct chart chart = workers_chart(figures, to);
  double highest = 100;
  for (size_t i = 0; i < figures->count; i++)
    if (isfinite(figures->points[i].row->efficiency))
      highest = fmax(highest, 100 * figures->points[i].row->efficiency);
  chart.y_high = highest * 1.08;
  chart_begin(&chart, alone, "Efficiency",
              "Speedup as a share of what the cores could do, for each number of workers");
  draw_regimes(&chart, figures);
  chart_y_axis(&chart, "% of capacity");
  chart_x_axis(&chart, "workers");
  draw_column(&chart, figures, EFFICIENCY, "measured");
  for (size_t i = 0; i < figures->count; i++)
    if (isfinite(figures->points[i].row->efficiency))
      chart_dot(&chart, "measured", figures->points[i].row->workers,
                100 * figures->points[i].row->efficiency);
  chart_end(&chart);
}

/* --- Where it went --- */

bool plot_shares(const struct figure_point *point, double *ret_kept, double ret_losses[FACTORS])
{
  double sum = 0;
  for (int i = 0; i < FACTORS; i++) {
    if (!isfinite(point->factor[i]))
      return false;
    sum += point->factor[i] < 1 ? -log(point->factor[i]) : 0;
  }
  double kept = point->row->efficiency;
  if (!isfinite(kept) || kept <= 0)
    return false;
  kept = fmin(kept, 1);
  for (int i = 0; i < FACTORS; i++)
    ret_losses[i] = sum > 0 && point->factor[i] < 1 ? (1 - kept) * -log(point->factor[i]) / sum : 0;
  *ret_kept = kept;
  return true;
}

static bool has_shares(const struct figures *figures)
{
  double kept, losses[FACTORS];
  for (size_t i = 0; i < figures->count; i++)
    if (plot_shares(&figures->points[i], &kept, losses))
      return true;
  return false;
}

static double draw_part(const struct chart *chart, const char *style, double left, double top,
                        double share)
{
  double width = share * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT);
  fprintf(chart->to,
          "<rect class=\"part %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"18\"/>\n", style,
          left, top, width);
  return left + width;
}

/* A bar of 100 %; false where the row's factors are not known. */
static bool draw_bar(const struct chart *chart, const struct figure_point *point, double top)
{
  char text[32];
  double kept, losses[FACTORS], left = CHART_LEFT;
  if (!plot_shares(point, &kept, losses))
    return false;
  snprintf(text, sizeof text, "%u", point->row->workers);
  chart_text(chart, "soft", "end", CHART_LEFT - 8, top + 13, text);
  left = draw_part(chart, "kept", left, top, kept);
  for (int i = 0; i < FACTORS; i++) {
    if (losses[i] > 0)
      left = draw_part(chart, factor_key((enum factor)i), left, top, losses[i]);
  }
  return true;
}

static void draw_key(const struct chart *chart, double top)
{
  double left = CHART_LEFT;
  draw_part(chart, "kept", left, top, 0.02);
  chart_text(chart, "soft", "start", left + 16, top + 13, "used");
  for (int i = 0; i < FACTORS; i++) {
    const int column = (i + 1) % 3, row = (i + 1) / 3;
    left = CHART_LEFT + 136 * column;
    double line = top + 22 * row;
    draw_part(chart, factor_key((enum factor)i), left, line, 0.02);
    chart_text(chart, "soft", "start", left + 16, line + 13, factor_text((enum factor)i));
  }
}

static void draw_breakdown(const struct figures *figures, bool alone, FILE *to)
{
  int bars = 0;
  double kept, losses[FACTORS], top = 36;
  for (size_t i = 0; i < figures->count; i++)
    bars += plot_shares(&figures->points[i], &kept, losses);
  struct chart chart = {.to = to, .height = 44 + 26 * bars + 72};
  chart_begin(
      &chart, alone, "Where the efficiency went",
      "For each number of workers, a bar of 100 %: what was used, and what each cause took");
  for (size_t i = 0; i < figures->count; i++)
    top += draw_bar(&chart, &figures->points[i], top) ? 26 : 0;
  draw_key(&chart, top + 8);
  chart_end(&chart);
}

/* --- Samples --- */

static bool has_samples(const struct figures *figures)
{
  for (size_t r = 0; r < figures->benchmark->row_count; r++)
    if (figures->benchmark->rows[r].n > 0 && isfinite(figures->benchmark->rows[r].median_s))
      return true;
  return false;
}

/* Samples over the row's median, one line of dots per row; those set aside are hollow. */
static void draw_row(const struct chart *chart, const struct result_benchmark *b,
                     const struct result_row *row, double top)
{
  char text[48];
  if (row->serial)
    snprintf(text, sizeof text, "serial");
  else
    snprintf(text, sizeof text, "%u%s", row->workers,
             strcmp(row->backend, "thread") == 0 ? " thr" : "");
  chart_text(chart, "soft", "end", CHART_LEFT - 8, top + 4, text);
  for (size_t i = 0; i < row->n; i++) {
    double ratio = row->samples_s[i] / row->median_s;
    if (!isfinite(ratio))
      continue;
    bool aside = i < b->rounds && b->set_aside[i];
    fprintf(chart->to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n",
            aside ? "aside" : "sample", chart_x(chart, fmin(ratio, chart->x_high)),
            top + (i % 7 - 3.0) * 1.6);
  }
  fprintf(chart->to, "<line class=\"median\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
          chart_x(chart, 1), top - 9, chart_x(chart, 1), top + 9);
}

static double widest_ratio(const struct figures *figures)
{
  double widest = 1.05;
  for (size_t r = 0; r < figures->benchmark->row_count; r++) {
    const struct result_row *row = &figures->benchmark->rows[r];
    for (size_t i = 0; i < row->n; i++)
      if (isfinite(row->samples_s[i] / row->median_s))
        widest = fmax(widest, row->samples_s[i] / row->median_s);
  }
  return fmin(widest, 3);
}

static double least_ratio(const struct figures *figures)
{
  double least = 0.95;
  for (size_t r = 0; r < figures->benchmark->row_count; r++) {
    const struct result_row *row = &figures->benchmark->rows[r];
    if (isfinite(row->minimum_s / row->median_s))
      least = fmin(least, row->minimum_s / row->median_s);
  }
  return fmax(least, 0);
}

static void ratio_axis(const struct chart *chart)
{
  double step = chart_round_up((chart->x_high - chart->x_low) / 8);
  for (double x = ceil(chart->x_low / step) * step; x <= chart->x_high; x += step) {
    char text[32];
    snprintf(text, sizeof text, "%.3g", x);
    fprintf(chart->to, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
            chart_x(chart, x), CHART_TOP, chart_x(chart, x), chart->height - CHART_BOTTOM);
    chart_text(chart, "soft", "middle", chart_x(chart, x), chart->height - CHART_BOTTOM + 18, text);
  }
  chart_text(chart, "soft", "middle", (CHART_LEFT + CHART_WIDTH - CHART_RIGHT) / 2.0,
             chart->height - 8, "time of a sample / median of its row");
}

static void draw_samples(const struct figures *figures, bool alone, FILE *to)
{
  const struct result_benchmark *b = figures->benchmark;
  struct chart chart = {.to = to,
                        .x_low = least_ratio(figures),
                        .x_high = widest_ratio(figures),
                        .y_high = 1,
                        .height = CHART_TOP + 28 * (int)b->row_count + CHART_BOTTOM};
  chart_begin(&chart, alone, "Samples",
              "Every sample of every row, as a multiple of its row's median");
  ratio_axis(&chart);
  for (size_t r = 0; r < b->row_count; r++)
    if (isfinite(b->rows[r].median_s))
      draw_row(&chart, b, &b->rows[r], CHART_TOP + 28 * (double)r + 14);
  chart_end(&chart);
}

const struct plot plots[PLOTS] = {
    [PLOT_SPEEDUP] = {"speedup", "Speedup",
                      "Measured, with 95 % intervals; dotted: what the cores could do; "
                      "dashed, where it could be fitted: Amdahl's law (where the work grows: "
                      "Gustafson's) in the first regime.",
                      has_points, draw_speedup},
    [PLOT_EFFICIENCY] = {"efficiency", "Efficiency",
                         "Speedup as a share of what the cores could do.", has_efficiency,
                         draw_efficiency},
    [PLOT_BREAKDOWN] =
        {"breakdown", "Where the efficiency went",
         "The losses share out what is missing from 100 % by the logarithms of their "
         "factors, which multiply.",
         has_shares, draw_breakdown},
    [PLOT_SAMPLES] =
        {"samples", "Samples",
         "One dot is one sample, the line its row's median. Hollow: set aside, because "
         "something outside disturbed the round. More than three times the median is "
         "drawn at the edge.",
         has_samples, draw_samples},
    [PLOT_SUSTAINED] = {"sustained", "Sustained rate",
                        "The rate of all workers in the course of a long run.", sustained_any,
                        sustained_draw},
};
