/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid.h: a table of text cells, laid out by libsmartcols, with room for lines between rows. */
#pragma once

#include <stdio.h>

struct grid;

enum grid_align { GRID_LEFT, GRID_RIGHT };

struct grid_column {
  const char *title;
  enum grid_align align;
};

/* columns ends with a NULL title.  NULL if there is no memory. */
struct grid *grid_new(const struct grid_column *columns);

/* Adds a row; cells[] has a text (copied) or NULL for each column.  Returns 0 or -ENOMEM. */
int grid_row(struct grid *grid, const char *const *cells);

/* Writes `line` between the rows before and after this call, across the table's width: ends with
 * a rule.  Returns 0 or -ENOMEM. */
int grid_rule(struct grid *grid, const char *line);

/* Prints with a leading blank.  Returns 0 or -ENOMEM. */
int grid_print(struct grid *grid, FILE *to);

/* Prints one line of text, broken at blanks so that it fits 80 columns; not before % and ×. */
void print_wrapped(const char *text, FILE *to);

/* Accepts NULL. */
void grid_free(struct grid *grid);
