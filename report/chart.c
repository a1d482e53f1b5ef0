/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart.c: SVG by hand: few elements, so that it can be read and edited. */

#include "chart.h"

#include <math.h>

#include "html.h"

/* Colours that keep their contrast (WCAG AA for text) on white and on near black, and apart for
 * the colour-blind: after Okabe & Ito 2008. */
const char chart_style[] =
    ".chart{--ink:#1d2430;--soft:#5a6473;--line:#d9dee6;--shade:#eef1f5;--measured:#0063a6;"
    "--ideal:#5a6473;--law:#a34a00;--contention:#7b3f9e;--unexplained:#777777;"
    "font-family:system-ui,'Liberation Sans',sans-serif;font-size:13px}"
    "@media(prefers-color-scheme:dark){.chart{--ink:#e6eaf0;--soft:#a3adbb;--line:#39414d;"
    "--shade:#1c222b;--measured:#62b5ff;--ideal:#a3adbb;--law:#ffa64d;--contention:#b583d6;"
    "--unexplained:#a0a0a0}}"
    ".chart text{fill:var(--ink)}.chart .soft{fill:var(--soft)}"
    ".chart .title{font-weight:600;font-size:15px}"
    ".chart .grid{stroke:var(--line);stroke-width:1}"
    ".chart .axis{stroke:var(--soft);stroke-width:1}.chart .shade{fill:var(--shade)}"
    ".chart path{fill:none;stroke-width:2}.chart .measured{stroke:var(--measured);"
    "fill:var(--measured)}.chart path.measured{fill:none}"
    ".chart .ideal{stroke:var(--ideal);stroke-dasharray:3 4}"
    ".chart .law{stroke:var(--law);stroke-dasharray:8 4}"
    ".chart .aside{stroke:var(--law);fill:none}.chart .sample{stroke:none;fill:var(--measured);"
    "fill-opacity:.45}.chart .median{stroke:var(--ink);stroke-width:2}"
    ".chart .part{stroke:var(--shade);stroke-width:1}.chart .kept{fill:var(--measured)}"
    ".chart .load_balance{fill:#e69f00}.chart .start_skew{fill:#009e73}"
    ".chart .serialisation{fill:#cc79a7}.chart .clock{fill:#d55e00}.chart .waiting{fill:#56b4e9}"
    ".chart .shared_core{fill:#8a7f00}.chart .contention{fill:var(--contention)}"
    ".chart .unexplained{fill:var(--unexplained)}"
    ".chart .line0{stroke:var(--ink);fill:var(--ink)}.chart path.line0{stroke-dasharray:5 4}"
    ".chart .line1{stroke:var(--measured);fill:var(--measured)}"
    ".chart .line2{stroke:var(--law);fill:var(--law)}.chart .line3{stroke:#009e73;fill:#009e73}"
    ".chart .line4{stroke:var(--contention);fill:var(--contention)}"
    ".chart .line5{stroke:var(--unexplained);fill:var(--unexplained)}"
    ".chart path[class^=line],.chart circle.hollow{fill:none}";

static double bottom(const struct chart *chart)
{
  return chart->height - CHART_BOTTOM;
}

void chart_begin(struct chart *chart, bool alone, const char *title, const char *description)
{
  FILE *to = chart->to;
  if (!chart->height)
    chart->height = CHART_HEIGHT;
  if (alone)
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
  fprintf(to,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" viewBox=\"0 0 %d "
          "%d\" width=\"%d\" height=\"%d\">\n",
          CHART_WIDTH, chart->height, CHART_WIDTH, chart->height);
  html_element(to, "title", "%s", title);
  html_element(to, "desc", "%s", description);
  if (alone)
    fprintf(to, "<style>%s</style>\n", chart_style);
  chart_text(chart, "title", "start", 8, 20, title);
}

void chart_end(const struct chart *chart)
{
  fputs("</svg>\n", chart->to);
}

/* Where a value lies between low (0) and high (1). */
static double part_of(double value, double low, double high, bool is_log)
{
  if (is_log) {
    value = log2(value);
    low = log2(low);
    high = log2(high);
  }
  return high > low ? (value - low) / (high - low) : 0.5;
}

double chart_x(const struct chart *chart, double x)
{
  double part = part_of(x, chart->x_low, chart->x_high, chart->x_log);
  return CHART_LEFT + part * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT);
}

double chart_y(const struct chart *chart, double y)
{
  double part = part_of(y, chart->y_low, chart->y_high, chart->y_log);
  return bottom(chart) - part * (bottom(chart) - CHART_TOP);
}

double chart_round_up(double value)
{
  if (!(value > 0))
    return 1;
  double power = pow(10, floor(log10(value)));
  static const double steps[] = {1, 2, 5, 10};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (value <= steps[i] * power * (1 + 1e-9))
      return steps[i] * power;
  return 10 * power;
}

void chart_text(const struct chart *chart, const char *style, const char *anchor, double left,
                double top, const char *text)
{
  fprintf(chart->to, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", style, anchor,
          left, top);
  markup_text(chart->to, text);
  fputs("</text>\n", chart->to);
}

static void straight(const struct chart *chart, const char *style, double x1, double y1, double x2,
                     double y2)
{
  fprintf(chart->to, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
          style, x1, y1, x2, y2);
}

void chart_y_axis(const struct chart *chart, const char *name)
{
  double step = chart_round_up((chart->y_high - chart->y_low) / 6);
  for (double y = ceil(chart->y_low / step) * step; y <= chart->y_high * (1 + 1e-9); y += step) {
    char text[32];
    snprintf(text, sizeof text, "%.6g", fabs(y) < step / 2 ? 0 : y);
    straight(chart, "grid", CHART_LEFT, chart_y(chart, y), CHART_WIDTH - CHART_RIGHT,
             chart_y(chart, y));
    chart_text(chart, "soft", "end", CHART_LEFT - 8, chart_y(chart, y) + 4, text);
  }
  fprintf(chart->to,
          "<text class=\"soft\" text-anchor=\"middle\" transform=\"translate(16 %.1f) "
          "rotate(-90)\">",
          (CHART_TOP + bottom(chart)) / 2);
  markup_text(chart->to, name);
  fputs("</text>\n", chart->to);
}

static void x_tick(const struct chart *chart, double x)
{
  char text[32];
  snprintf(text, sizeof text, "%.6g", x);
  straight(chart, "axis", chart_x(chart, x), bottom(chart), chart_x(chart, x), bottom(chart) + 5);
  chart_text(chart, "soft", "middle", chart_x(chart, x), bottom(chart) + 20, text);
}

void chart_x_axis(const struct chart *chart, const char *name)
{
  straight(chart, "axis", CHART_LEFT, bottom(chart), CHART_WIDTH - CHART_RIGHT, bottom(chart));
  if (chart->x_log)
    for (double x = chart->x_low; x <= chart->x_high; x *= 2)
      x_tick(chart, x);
  else {
    double step = fmax(1, chart_round_up((chart->x_high - chart->x_low) / 8));
    for (double x = ceil(chart->x_low / step) * step; x <= chart->x_high; x += step)
      x_tick(chart, x);
  }
  chart_text(chart, "soft", "middle", (CHART_LEFT + CHART_WIDTH - CHART_RIGHT) / 2.0,
             chart->height - 8, name);
}

enum { LOG_TICKS = 24, DECADES_NAMED = 7 };

/* 1, 2 and 5 times powers of ten; the powers where there are some, every n-th where there are many;
 * equal steps where hardly one lies inside. */
static size_t log_ticks(double low, double high, double ret_ticks[LOG_TICKS])
{
  static const double steps[] = {1, 2, 5};
  size_t n = 0;
  double decades = log10(high) - log10(low), linear = chart_round_up((high - low) / 4);
  int every = decades > DECADES_NAMED ? (int)ceil(decades / DECADES_NAMED) : 1;
  for (int k = (int)floor(log10(low) / every) * every; k <= log10(high); k += every)
    for (size_t s = 0; s < (decades < 2 ? 3 : 1); s++) {
      double tick = steps[s] * pow(10, k);
      if (tick >= low && tick <= high && n < LOG_TICKS)
        ret_ticks[n++] = tick;
    }
  if (n >= 2)
    return n;
  n = 0;
  for (double tick = ceil(low / linear) * linear; tick <= high && n < LOG_TICKS; tick += linear)
    ret_ticks[n++] = tick;
  return n;
}

void chart_log_axes(const struct chart *chart, const char *x_name, chart_tick_text *x_text,
                    chart_tick_text *y_text)
{
  double ticks[LOG_TICKS], end = CHART_WIDTH - CHART_RIGHT;
  char text[32];
  size_t n = log_ticks(chart->y_low, chart->y_high, ticks);
  for (size_t i = 0; i < n; i++) {
    double top = chart_y(chart, ticks[i]);
    straight(chart, "grid", CHART_LEFT, top, end, top);
    chart_text(chart, "soft", "end", CHART_LEFT - 8, top + 4, y_text(ticks[i], text));
  }
  n = log_ticks(chart->x_low, chart->x_high, ticks);
  for (size_t i = 0; i < n; i++) {
    double left = chart_x(chart, ticks[i]);
    straight(chart, "grid", left, CHART_TOP, left, bottom(chart));
    chart_text(chart, "soft", "middle", left, bottom(chart) + 20, x_text(ticks[i], text));
  }
  straight(chart, "axis", CHART_LEFT, bottom(chart), end, bottom(chart));
  chart_text(chart, "soft", "middle", (CHART_LEFT + end) / 2, chart->height - 8, x_name);
}

void chart_line(const struct chart *chart, const char *style, const double *x, const double *y,
                size_t count)
{
  bool begun = false;
  fprintf(chart->to, "<path class=\"%s\" d=\"", style);
  for (size_t i = 0; i < count; i++)
    if (isfinite(y[i])) {
      fprintf(chart->to, "%s%.1f %.1f", begun ? "L" : "M", chart_x(chart, x[i]),
              chart_y(chart, y[i]));
      begun = true;
    }
  fputs("\"/>\n", chart->to);
}

void chart_dot(const struct chart *chart, const char *style, double x, double y)
{
  fprintf(chart->to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", style,
          chart_x(chart, x), chart_y(chart, y));
}

void chart_interval(const struct chart *chart, const char *style, double x, double low, double high)
{
  double at = chart_x(chart, x), from = chart_y(chart, low), to = chart_y(chart, high);
  if (!isfinite(from) || !isfinite(to))
    return;
  straight(chart, style, at, from, at, to);
  straight(chart, style, at - 4, from, at + 4, from);
  straight(chart, style, at - 4, to, at + 4, to);
}

void chart_shade(const struct chart *chart, double from_x, const char *word, unsigned line)
{
  double left = chart_x(chart, from_x), right = CHART_WIDTH - CHART_RIGHT;
  fprintf(chart->to, "<rect class=\"shade\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%.1f\"/>\n",
          left, CHART_TOP, right - left, bottom(chart) - CHART_TOP);
  straight(chart, "axis", left, CHART_TOP, left, bottom(chart));
  chart_text(chart, "soft", "start", left + 4, bottom(chart) - 8 - 16.0 * line, word);
}
