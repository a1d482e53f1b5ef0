/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mc_quasi.c: the tables of mc's method quasi. */

#include "mc_quasi.h"

#include <assert.h>
#include <stdlib.h>

/* In a byte that no point has written there is 0, the point whose step is 0. */
static void table_make(struct mc_quasi_table *table, uint64_t alpha)
{
  for (unsigned j = 0; j < MC_QUASI_GROUP; j++) {
    table->step[j] = mc_quasi_top(j * alpha);
    uint8_t *point = &table->point[table->step[j] >> MC_QUASI_GAP_LOG];
    assert(*point == 0);
    *point = (uint8_t)j;
  }
}

struct mc_quasi_tables *mc_quasi_tables_new(void)
{
  struct mc_quasi_tables *tables =
      aligned_alloc(_Alignof(struct mc_quasi_tables), sizeof(struct mc_quasi_tables));
  if (!tables)
    return NULL;
  memset(tables, 0, sizeof *tables);
  table_make(&tables->x, MC_QUASI_X);
  table_make(&tables->y, MC_QUASI_Y);
  return tables;
}
