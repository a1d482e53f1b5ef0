/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table_phases.c: where the time of a sample went, of kernels that tell the steps of their finish.
 */

#include <errno.h>

#include "grid.h"
#include "table_parts.h"

enum { CELL = 40, FIXED = 4, COLUMNS_MOST = FIXED + STEPS_MOST };

static void time_cell(double seconds, char text[CELL])
{
  double ms = seconds * 1e3;
  snprintf(text, CELL, "%.*f", ms < 10 ? 3 : 1, ms);
}

static int add_row(struct grid *grid, const struct row *row)
{
  char cells[COLUMNS_MOST][CELL] = {{0}};
  const char *at[COLUMNS_MOST];
  if (row->serial)
    snprintf(cells[0], CELL, "serial");
  else
    snprintf(cells[0], CELL, "%u%s", row->workers, row->backend == BACKEND_THREAD ? " thr" : "");
  time_cell(row->median.run_s, cells[1]);
  time_cell(row->median.merge_s, cells[2]);
  time_cell(row->median.finish_s, cells[3]);
  for (unsigned i = 0; i < STEPS_MOST && row->step_name[i][0]; i++)
    time_cell(row->median.step_s[i], cells[FIXED + i]);
  for (unsigned i = 0; i < COLUMNS_MOST; i++)
    at[i] = cells[i];
  return grid_row(grid, at);
}

/* The titles of the steps are those of the first row: the kernel names the same ones every time. */
static struct grid *phases_new(const struct row *first)
{
  char titles[STEPS_MOST][CELL];
  struct grid_column columns[COLUMNS_MOST + 1] = {{"workers", GRID_RIGHT},
                                                  {"run ms", GRID_RIGHT},
                                                  {"merge ms", GRID_RIGHT},
                                                  {"finish ms", GRID_RIGHT}};
  for (unsigned i = 0; i < STEPS_MOST && first->step_name[i][0]; i++) {
    snprintf(titles[i], CELL, "%s ms", first->step_name[i]);
    columns[FIXED + i] = (struct grid_column){titles[i], GRID_RIGHT};
  }
  return grid_new(columns);
}

int table_phases(const struct benchmark *b, FILE *to)
{
  const struct row *first = NULL;
  for (unsigned i = 0; !first && i < b->row_count; i++)
    if (b->rows[i].n)
      first = &b->rows[i];
  if (!first || !first->step_name[0][0])
    return 0;
  struct grid *grid = phases_new(first);
  int r = grid ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < b->row_count; i++)
    if (b->rows[i].n)
      r = add_row(grid, &b->rows[i]);
  fputc('\n', to);
  if (r == 0)
    r = grid_print(grid, to);
  if (r == 0)
    fputs(" (run, merge and finish make up the time; steps of the finish stand behind it)\n", to);
  grid_free(grid);
  return r;
}
