/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary.c: from the samples of a benchmark to what its table says. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static const struct estimate unknown = {NAN, NAN, NAN};

/* The fields of a measurement, all doubles, are summarised alike. */
enum { FIELDS = sizeof(struct measurement) / sizeof(double) };
_Static_assert(sizeof(struct measurement) % sizeof(double) == 0, "doubles only");

static void column(const struct row *row, size_t field, double *values)
{
  for (size_t i = 0; i < row->n; i++)
    memcpy(&values[i], (const char *)&row->samples[i] + field * sizeof(double), sizeof(double));
}

static int row_medians(struct row *row, double *scratch)
{
  for (size_t field = 0; field < FIELDS; field++) {
    struct estimate median;
    column(row, field, scratch);
    int r = statistics_median(scratch, row->n, 0.95, &median);
    if (r < 0)
      return r;
    memcpy((char *)&row->median + field * sizeof(double), &median.value, sizeof(double));
  }
  column(row, offsetof(struct measurement, wall_s) / sizeof(double), scratch);
  return statistics_summary(scratch, row->n, &row->time);
}

static int row_speedup(struct benchmark *b, struct row *row, double *serial, double *parallel)
{
  size_t n = b->rows[0].n < row->n ? b->rows[0].n : row->n;
  column(&b->rows[0], 0, serial);
  column(row, 0, parallel);
  int r = statistics_speedup(serial, parallel, n, b->row_count - 1, &row->speedup);
  if (r < 0)
    return r;
  row->efficiency = row->speedup.value / row->capacity;
  row->karp_flatt = statistics_karp_flatt(row->speedup, row->workers);
  if (row->capacity == row->workers)
    row->breakdown = breakdown_of(&b->rows[0].median, &row->median, row->workers);
  return 0;
}

static int row_summarise(struct benchmark *b, struct row *row, const struct placement *placement,
                         double *serial, double *parallel)
{
  row->speedup = row->karp_flatt = unknown;
  row->efficiency = row->rate_per_s = NAN;
  row->capacity = placement_capacity(placement, row->workers);
  if (row->n == 0)
    return 0;
  int r = row_medians(row, serial);
  if (r < 0)
    return r;
  row->rate_per_s = (double)workload_work(&b->workload) / row->time.median.value;
  return row->serial || b->rows[0].n == 0 ? 0 : row_speedup(b, row, serial, parallel);
}

int measure_summarise(struct benchmark *b, const struct placement *placement)
{
  size_t most = 1;
  for (unsigned i = 0; i < b->row_count; i++)
    most = b->rows[i].n > most ? b->rows[i].n : most;
  double *serial = calloc(most, sizeof *serial), *parallel = calloc(most, sizeof *parallel);
  int r = serial && parallel ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < b->row_count; i++)
    r = row_summarise(b, &b->rows[i], placement, serial, parallel);
  for (unsigned i = 0; r == 0 && i < b->row_count; i++)
    if (!b->size_chosen && b->rows[i].n
        && b->rows[i].time.median.value * b->repeats < MEASURE_SHORTEST_S)
      b->short_rows = true;
  free(serial);
  free(parallel);
  return r;
}
