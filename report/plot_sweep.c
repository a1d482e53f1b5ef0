/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_sweep.c: time against size, both axes logarithmic. */

#include "plot_sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "figures.h"
#include "job.h"
#include "number.h"

/* --- Which benchmarks are a sweep --- */

/* The name of the parameter that is the size; NULL. */
static const char *size_key(const struct result_benchmark *b)
{
  const struct kernel *kernel = kernel_find(b->kernel);
  for (const struct parameter *p = kernel ? kernel->parameters : NULL; p && p->name; p++)
    if (p->is_size)
      return p->name;
  return NULL;
}

/* 0 unknown. */
static uint64_t size_of(const struct result_benchmark *b, const char *key)
{
  uint64_t size;
  const char *text =
      json_string_value(json_object_get(json_object_get(b->json, "parameters"), key));
  return text && number_parse(text, &size) == 0 ? size : 0;
}

/* The same kernel, method and parameters but for the size. */
static bool same_but_size(const struct result_benchmark *a, const struct result_benchmark *b,
                          const char *size)
{
  json_t *left = json_object_get(a->json, "parameters"), *value;
  json_t *right = json_object_get(b->json, "parameters");
  const char *key;
  if (strcmp(a->kernel, b->kernel) != 0 || strcmp(a->method, b->method) != 0
      || json_object_size(left) != json_object_size(right))
    return false;
  json_object_foreach(left, key, value)
  {
    if (strcmp(key, size) != 0 && !json_equal(value, json_object_get(right, key)))
      return false;
  }
  return true;
}

/* The serial row and the numbers of workers of the last size: all, or some of them equally far
 * apart, the first and the last included. */
static void choose_lines(struct swept *swept)
{
  const struct result_benchmark *last = &swept->first[swept->count - 1];
  const char *backend = figures_backend(last);
  const size_t most = SWEPT_LINES - 1;
  size_t rows = 0, seen = 0;
  for (size_t i = 1; i < last->row_count; i++)
    rows += strcmp(last->rows[i].backend, backend) == 0;
  swept->thinned = rows > most;
  swept->lines[swept->line_count++] = &last->rows[0];
  for (size_t i = 1; i < last->row_count && swept->line_count < SWEPT_LINES; i++) {
    if (strcmp(last->rows[i].backend, backend) != 0)
      continue;
    if (!swept->thinned || seen == (swept->line_count - 1) * (rows - 1) / (most - 1))
      swept->lines[swept->line_count++] = &last->rows[i];
    seen++;
  }
}

bool swept_from(const struct result_file *file, size_t index, struct swept *ret_swept)
{
  struct swept swept = {.file = file, .first = &file->benchmarks[index]};
  uint64_t before = 0;
  swept.key = size_key(swept.first);
  for (size_t i = index; swept.key && i < file->benchmark_count && swept.count < SWEEP_SIZES; i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    uint64_t size = size_of(b, swept.key);
    if (size <= before || b->sustained || !same_but_size(swept.first, b, swept.key))
      break;
    swept.sizes[swept.count++] = before = size;
  }
  if (swept.count < 2)
    return false;
  choose_lines(&swept);
  *ret_swept = swept;
  return true;
}

const struct result_row *swept_row(const struct swept *swept, size_t line, size_t index)
{
  const struct result_row *like = swept->lines[line];
  const struct result_benchmark *b = &swept->first[index];
  const struct result_row *row = result_row_find(b, like->serial, like->workers, like->backend);
  return row && b->right != RESULT_WRONG && isfinite(row->median_s) ? row : NULL;
}

bool swept_is_doubtful(const struct result_benchmark *b)
{
  return b->too_short || figures_disturbed(b) > 0;
}

/* --- The exponent --- */

/* The serial times that count; how many. */
static size_t serial_times(const struct result_benchmark *b, double *times)
{
  size_t n = 0;
  for (size_t i = 0; i < b->rows[0].n; i++)
    if (!b->set_aside[i] && isfinite(b->rows[0].samples_s[i]))
      times[n++] = b->rows[0].samples_s[i];
  return n;
}

int swept_sentence(const struct swept *swept, char ret_text[SWEEP_SENTENCE])
{
  struct sweep_times sizes[SWEEP_SIZES];
  struct estimate exponent;
  size_t count = 0, all = 0;
  for (size_t i = 0; i < swept->count; i++)
    all += swept->first[i].rows[0].n;
  double *times = calloc(all ? all : 1, sizeof *times), *free_times = times;
  if (!times)
    return -ENOMEM;
  for (size_t i = 0; i < swept->count; i++) {
    const struct result_row *serial = swept_row(swept, 0, i);
    if (!serial || serial->median_s < SWEEP_SHORTEST_S)
      continue;
    size_t n = serial_times(&swept->first[i], free_times);
    sizes[count++] = (struct sweep_times){(double)swept->sizes[i], free_times, n};
    free_times += n;
  }
  int r = sweep_exponent(sizes, count, 1, &exponent);
  if (r == 0)
    sweep_sentence(swept->key, exponent, sizes, count, "–", ret_text);
  free(times);
  return r;
}

/* --- The drawing --- */

bool swept_any(const struct swept *swept)
{
  for (size_t i = 0; i < swept->count; i++)
    if (swept_row(swept, 0, i))
      return true;
  return false;
}

static const char *size_text(double size, char text[32])
{
  if (size == floor(size))
    return number_text((uint64_t)size, text);
  snprintf(text, 32, "%.4g", size);
  return text;
}

static const char *tick_time(double seconds, char text[32])
{
  static const struct {
    double least_s;
    const char *unit;
  } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {0, "ns"}};
  size_t u = 0;
  while (seconds < units[u].least_s * (1 - 1e-9))
    u++;
  snprintf(text, 32, "%.4g %s", seconds / fmax(units[u].least_s, u == 3 ? 1e-9 : 0), units[u].unit);
  return text;
}

static void span_times(const struct swept *swept, struct chart *chart)
{
  chart->y_low = INFINITY;
  chart->y_high = 0;
  for (size_t line = 0; line < swept->line_count; line++)
    for (size_t i = 0; i < swept->count; i++) {
      const struct result_row *row = swept_row(swept, line, i);
      if (!row)
        continue;
      chart->y_low = fmin(chart->y_low, fmin(row->median_s, row->low_s));
      chart->y_high = fmax(chart->y_high, fmax(row->median_s, row->high_s));
    }
  chart->y_low /= 1.3;
  chart->y_high *= 1.3;
}

/* Doubtful sizes have hollow dots. */
static void draw_line(const struct chart *chart, const struct swept *swept, size_t line)
{
  double x[SWEEP_SIZES], y[SWEEP_SIZES];
  char style[32], hollow[40];
  snprintf(style, sizeof style, "line%zu", line);
  snprintf(hollow, sizeof hollow, "%s hollow", style);
  for (size_t i = 0; i < swept->count; i++) {
    const struct result_row *row = swept_row(swept, line, i);
    x[i] = (double)swept->sizes[i];
    y[i] = row ? row->median_s : NAN;
    if (!row)
      continue;
    chart_interval(chart, style, x[i], row->low_s, row->high_s);
    chart_dot(chart, swept_is_doubtful(&swept->first[i]) ? hollow : style, x[i], y[i]);
  }
  chart_line(chart, style, x, y, swept->count);
}

/* At the upper left, where nothing is: time grows with size. */
static void draw_names(const struct chart *chart, const struct swept *swept)
{
  for (size_t line = 0; line < swept->line_count; line++) {
    char name[RESULT_ROW_NAME];
    double top = CHART_TOP + 16 + 18.0 * (double)line, left = CHART_LEFT + 10;
    fprintf(chart->to, "<path class=\"line%zu\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", line, left, top,
            left + 22, top);
    chart_text(chart, "soft", "start", left + 30, top + 4,
               result_row_name(swept->lines[line], name));
  }
}

void swept_draw(const struct swept *swept, bool alone, FILE *to)
{
  double least = (double)swept->sizes[0], most = (double)swept->sizes[swept->count - 1];
  double margin = pow(most / least, 0.04);
  char title[96], axis[80], description[128], from[NUMBER_TEXT], end[NUMBER_TEXT];
  struct chart chart = {
      .to = to, .x_low = least / margin, .x_high = most * margin, .x_log = true, .y_log = true};
  span_times(swept, &chart);
  snprintf(title, sizeof title, "Time against %.60s", swept->key);
  snprintf(axis, sizeof axis, "%.60s%s", swept->key, swept->file->weak ? " of one worker" : "");
  snprintf(description, sizeof description, "Median times of a sample at %zu sizes from %s to %s",
           swept->count, number_text(swept->sizes[0], from),
           number_text(swept->sizes[swept->count - 1], end));
  chart_begin(&chart, alone, title, description);
  chart_log_axes(&chart, axis, size_text, tick_time);
  for (size_t line = swept->line_count; line-- > 0;)
    draw_line(&chart, swept, line);
  draw_names(&chart, swept);
  chart_end(&chart);
}
