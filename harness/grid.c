/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid.c: a table of text cells, laid out by libsmartcols, with room for lines between rows. */

#include "grid.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"

struct rule {
  size_t before; /* row */
  char *line;
};

struct grid {
  struct libscols_table *table;
  size_t columns, rows;
  struct rule *rules;
  size_t rule_count;
};

struct grid *grid_new(const struct grid_column *columns)
{
  struct grid *grid = calloc(1, sizeof *grid);
  if (!grid || !(grid->table = scols_new_table())) {
    free(grid);
    return NULL;
  }
  scols_table_enable_maxout(grid->table, 0);
  scols_table_set_column_separator(grid->table, "  ");
  scols_table_set_termforce(grid->table, SCOLS_TERMFORCE_NEVER);
  for (; columns->title; columns++, grid->columns++)
    scols_table_new_column(grid->table, columns->title, 0,
                           columns->align == GRID_RIGHT ? SCOLS_FL_RIGHT : 0);
  return grid;
}

int grid_row(struct grid *grid, const char *const *cells)
{
  struct libscols_line *line = scols_table_new_line(grid->table, NULL);
  if (!line)
    return -ENOMEM;
  for (size_t c = 0; c < grid->columns; c++)
    if (cells[c] && scols_line_set_data(line, c, cells[c]) < 0)
      return -ENOMEM;
  grid->rows++;
  return 0;
}

int grid_rule(struct grid *grid, const char *line)
{
  struct rule *rules = realloc(grid->rules, (grid->rule_count + 1) * sizeof *rules);
  if (!rules)
    return -ENOMEM;
  grid->rules = rules;
  char *copy = strdup(line);
  if (!copy)
    return -ENOMEM;
  rules[grid->rule_count++] = (struct rule){grid->rows, copy};
  return 0;
}

/* Columns on screen: bytes that do not continue a UTF-8 character. */
static size_t width(const char *text, size_t bytes)
{
  size_t columns = 0;
  for (size_t i = 0; i < bytes; i++)
    columns += ((unsigned char)text[i] & 0xc0) != 0x80;
  return columns;
}

/* Up to the next blank at which a line may end: a number is not parted from its % or ×. */
static size_t unbroken(const char *text)
{
  const char *times = marks_here()->times;
  size_t length = strcspn(text, " ");
  while (text[length] == ' '
         && (text[length + 1] == '%' || strncmp(text + length + 1, times, strlen(times)) == 0)) {
    size_t more = strcspn(text + length + 1, " ");
    if (width(text + length + 1, more) > 3) /* "%);" is a sign, "%something" or "xyz..." a word */
      break;
    length += 1 + more;
  }
  return length;
}

void print_wrapped(const char *text, FILE *to)
{
  size_t column = 0;
  while (*text) {
    size_t length = unbroken(text), columns = width(text, length);
    if (column > 0 && column + 1 + columns > 80) {
      fputc('\n', to);
      column = 0;
    }
    fprintf(to, "%s%.*s", column ? " " : "", (int)length, text);
    column += columns + (column > 0);
    text += length + (text[length] == ' ');
  }
  fputc('\n', to);
}

static void print_rule(const char *line, size_t table_width, FILE *to)
{
  const char *rule = marks_here()->rule;
  fprintf(to, " %s%s %s ", rule, rule, line);
  for (size_t at = width(line, strlen(line)) + 4; at < table_width; at++)
    fputs(rule, to);
  fputc('\n', to);
}

static size_t trimmed(const char *line, size_t length)
{
  while (length > 0 && line[length - 1] == ' ')
    length--;
  return length;
}

static size_t widest(const char *text)
{
  size_t most = 0;
  while (*text) {
    size_t length = strcspn(text, "\n"), columns = width(text, trimmed(text, length));
    most = columns > most ? columns : most;
    text += length + (text[length] == '\n');
  }
  return most;
}

int grid_print(struct grid *grid, FILE *to)
{
  char *text = NULL;
  if (scols_print_table_to_string(grid->table, &text) < 0 || !text)
    return -ENOMEM;
  size_t table_width = widest(text), rule = 0, row = 0;
  for (char *line = text; *line; row++) { /* line 0 is the heading: row r is line r + 1 */
    for (; rule < grid->rule_count && row == grid->rules[rule].before + 1; rule++)
      print_rule(grid->rules[rule].line, table_width, to);
    size_t length = strcspn(line, "\n");
    fprintf(to, " %.*s\n", (int)trimmed(line, length), line);
    line += length + (line[length] == '\n');
  }
  free(text);
  return 0;
}

void grid_free(struct grid *grid)
{
  if (!grid)
    return;
  for (size_t i = 0; i < grid->rule_count; i++)
    free(grid->rules[i].line);
  free(grid->rules);
  scols_unref_table(grid->table);
  free(grid);
}
