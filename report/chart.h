/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart.h: axes and marks of a plot, written as SVG. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* In the units of the drawing. */
enum {
  CHART_WIDTH = 480,
  CHART_HEIGHT = 300,
  CHART_LEFT = 56,
  CHART_RIGHT = 16,
  CHART_TOP = 34,
  CHART_BOTTOM = 46
};

struct chart {
  FILE *to;
  double x_low, x_high, y_low, y_high; /* what the axes span */
  bool x_log, y_log;
  int height; /* CHART_HEIGHT, or more */
};

/*
 * Begins a drawing with a title and a description for those who do not see it.  `alone`: a file of
 * its own, with the style inside; else a part of a page, which has it.
 */
void chart_begin(struct chart *chart, bool alone, const char *title, const char *description);
void chart_end(const struct chart *chart);

double chart_x(const struct chart *chart, double x);
double chart_y(const struct chart *chart, double y);

/* Ticks at round values, grid lines, the axis' name. */
void chart_y_axis(const struct chart *chart, const char *name);
void chart_x_axis(const struct chart *chart, const char *name);

/* The same of logarithmic axes, each tick's text by a function; what y is stands in the title. */
typedef const char *chart_tick_text(double value, char text[32]);
void chart_log_axes(const struct chart *chart, const char *x_name, chart_tick_text *x_text,
                    chart_tick_text *y_text);

/* Marks; `style` is a class of the page's style sheet. */
void chart_line(const struct chart *chart, const char *style, const double *x, const double *y,
                size_t count);
void chart_dot(const struct chart *chart, const char *style, double x, double y);
/* A vertical interval with ends. */
void chart_interval(const struct chart *chart, const char *style, double x, double low,
                    double high);
/* From x on to the right end, with a word in that line of text, from below. */
void chart_shade(const struct chart *chart, double from_x, const char *word, unsigned line);
/* At a place in the drawing's own units; anchor: "start", "middle", "end". */
void chart_text(const struct chart *chart, const char *style, const char *anchor, double left,
                double top, const char *text);

/* The smallest round number (1, 2, 5 times a power of ten) that is not below. */
double chart_round_up(double value);

/* The style of drawings, light and dark; the page includes it as well. */
extern const char chart_style[];
