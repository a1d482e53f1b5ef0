/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_parts.h: the parts of a page.  Inside page*.c only. */
#pragma once

#include "figures.h"
#include "page.h"
#include "plot_sweep.h"
#include "plots.h"

/* From so many files on, each is folded away below the comparison. */
enum { PAGE_FOLD_FROM = 4 };
/* From so many sizes on, each is folded away below the sweep's plot. */
enum { PAGE_FOLD_SIZES_FROM = 5 };

/* A line of an interactive plot; NaN is no point. */
struct page_line {
  const char *label, *kind;     /* kind: "measured", "ideal", "law" */
  const double *y, *low, *high; /* [x count]; low and high may be NULL */
};

struct page {
  FILE *to;
  FILE *data; /* JSON of the interactive plots, gathered on the way */
  size_t plots;
  char **names; /* [count]: what to call each file, no two alike */
  size_t count;
};

/* Adds an interactive plot's data and its place, and begins the latter: what is written until
 * page_plot_end() is shown where scripts do not run. */
void page_plot_begin(struct page *page, const char *title, const char *y_name, const double *x,
                     size_t count, const struct page_line *lines, size_t line_count,
                     const struct figures *regimes_of);
void page_plot_end(struct page *page);

/* One file's part: verdict, machine, benchmarks.  0 or -ENOMEM. */
int page_file(struct page *page, const struct result_file *file, size_t number);
/* One benchmark's plots and tables, folded away or not.  0 or -ENOMEM. */
int page_benchmark(struct page *page, const struct result_file *file,
                   const struct result_benchmark *benchmark, bool folded);
/* What its sizes say together.  0 or -ENOMEM. */
int page_sweep(struct page *page, const struct swept *swept);
/* The beginning of a table that scrolls by itself, and its end; `names` ends with NULL. */
void page_table_begin(FILE *to, const char *caption, const char *const *names);
void page_table_end(FILE *to);

/* Several files beside each other.  0 or -ENOMEM. */
int page_compare(struct page *page, struct result_file *const *files, size_t count);

/* The row of worker processes with the most workers; NULL. */
const struct result_row *page_last_row(const struct result_benchmark *benchmark);
