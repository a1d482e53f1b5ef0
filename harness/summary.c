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

bool round_is_set_aside(const struct benchmark *b, size_t round)
{
  return b->disturbed > 0 && !b->all_counted && round < b->rounds
         && b->outside[round] != OUTSIDE_NONE;
}

size_t benchmark_values(const struct benchmark *b, const struct row *row, size_t offset, bool all,
                        double *ret_values)
{
  size_t n = 0;
  for (size_t i = 0; i < row->n && i < b->rows[0].n; i++)
    if (all || !round_is_set_aside(b, i))
      memcpy(&ret_values[n++], (const char *)&row->samples[i] + offset, sizeof *ret_values);
  return n;
}

enum { WALL = offsetof(struct measurement, wall_s) };

static int row_medians(const struct benchmark *b, struct row *row, double *scratch)
{
  for (size_t field = 0; field < FIELDS; field++) {
    struct estimate median;
    size_t n = benchmark_values(b, row, field * sizeof(double), false, scratch);
    int r = statistics_median(scratch, n, 0.95, &median);
    if (r < 0)
      return r;
    memcpy((char *)&row->median + field * sizeof(double), &median.value, sizeof(double));
  }
  return statistics_summary(scratch, benchmark_values(b, row, WALL, false, scratch), &row->time);
}

static int speedup_of(const struct benchmark *b, const struct row *row, bool all, double *serial,
                      double *parallel, struct estimate *ret_speedup)
{
  benchmark_values(b, &b->rows[0], WALL, all, serial);
  size_t n = benchmark_values(b, row, WALL, all, parallel);
  int r = statistics_speedup(serial, parallel, n, b->row_count - 1, ret_speedup);
  if (r < 0)
    return r;
  ret_speedup->value *= row_growth(b, row);
  ret_speedup->low *= row_growth(b, row);
  ret_speedup->high *= row_growth(b, row);
  return 0;
}

/* A serial sample, as if it had done the row's work, and last of all that part of it which in the
 * parallel row is left to one worker on purpose. */
static struct measurement serial_grown(const struct benchmark *b, const struct row *row,
                                       size_t round)
{
  struct measurement serial = b->rows[0].samples[round];
  double growth = row_growth(b, row), alone = b->serial_chunks ? b->serial_fraction : 0;
  serial.wall_s *= growth;
  serial.finish_s += alone * serial.run_s;
  serial.cpu_s *= growth * (1 - alone);
  serial.cpu_longest_s *= growth * (1 - alone);
  serial.busy_mean_s *= growth * (1 - alone);
  serial.busy_longest_s *= growth * (1 - alone);
  return serial;
}

/* A round that counts, by its speedup. */
struct paired {
  double speedup;
  size_t round;
};

static int by_speedup(const void *left, const void *right)
{
  const struct paired *l = left, *r = right;
  return (l->speedup > r->speedup) - (l->speedup < r->speedup);
}

/* The third of the rounds around the median speedup.  *ret_rounds has room for all; returns how
 * many there are. */
static size_t middle_rounds(const struct benchmark *b, const struct row *row,
                            struct paired *ret_rounds)
{
  size_t n = 0;
  for (size_t i = 0; i < row->n && i < b->rows[0].n; i++)
    if (!round_is_set_aside(b, i))
      ret_rounds[n++] = (struct paired){b->rows[0].samples[i].wall_s / row->samples[i].wall_s, i};
  qsort(ret_rounds, n, sizeof *ret_rounds, by_speedup);
  size_t middle = n - n / 3 * 2;
  memmove(ret_rounds, ret_rounds + n / 3, middle * sizeof *ret_rounds);
  return middle;
}

/*
 * In the rounds that the speedup is of: a cause that comes and goes makes rounds of several kinds,
 * and medians over all of them need not be of one kind.  What the factors' medians do not make up
 * of the efficiency is unexplained.
 */
static int row_breakdown(const struct benchmark *b, struct row *row, double *scratch)
{
  struct paired *rounds = calloc(row->n, sizeof *rounds);
  if (!rounds)
    return -ENOMEM;
  size_t n = middle_rounds(b, row, rounds);
  int r = 0;
  row->breakdown = (struct breakdown){.known = true, .factor[FACTOR_UNEXPLAINED] = row->efficiency};
  for (int f = 0; r == 0 && f < FACTOR_UNEXPLAINED; f++) {
    struct estimate median = unknown;
    for (size_t i = 0; i < n; i++) {
      struct measurement serial = serial_grown(b, row, rounds[i].round);
      scratch[i] = breakdown_of(&serial, &row->samples[rounds[i].round], row->workers).factor[f];
    }
    r = statistics_median(scratch, n, 0.95, &median);
    row->breakdown.factor[f] = median.value;
    row->breakdown.factor[FACTOR_UNEXPLAINED] /= median.value;
  }
  free(rounds);
  return r;
}

static int row_speedup(struct benchmark *b, struct row *row, double *serial, double *parallel)
{
  struct estimate all;
  int r = speedup_of(b, row, true, serial, parallel, &all);
  if (r == 0)
    r = speedup_of(b, row, false, serial, parallel, &row->speedup);
  if (r < 0)
    return r;
  row->speedup_all = all.value;
  row->efficiency = row->speedup.value / row->capacity;
  if (row->capacity == row->workers)
    r = row_breakdown(b, row, serial);
  if (!b->weak) /* of a fixed amount of work */
    row->karp_flatt = law_karp_flatt(row);
  return r;
}

static int row_summarise(struct benchmark *b, struct row *row, const struct placement *placement,
                         double *serial, double *parallel)
{
  row->speedup = row->karp_flatt = unknown;
  row->efficiency = row->rate_per_s = row->speedup_all = NAN;
  row->capacity = placement_capacity_with(placement, row->workers, b->kind_speed);
  if (row->n == 0 || b->rows[0].n == 0)
    return 0;
  int r = row_medians(b, row, serial);
  if (r < 0)
    return r;
  row->rate_per_s = (double)workload_work(row_workload(b, row)) / row->time.median.value;
  return row->serial ? 0 : row_speedup(b, row, serial, parallel);
}

double benchmark_cycles(const struct benchmark *b)
{
  const struct row *serial = &b->rows[0];
  const struct bound *bound = &b->workload.job.variant->bound;
  if (!bound->one || !serial->n || !serial->counters[bound->counter])
    return NAN;
  return serial->median.cpu_s * serial->median.clock_ghz * 1e9
         / (double)serial->counters[bound->counter];
}

int measure_summarise(struct benchmark *b, const struct placement *placement)
{
  size_t most = 1;
  b->short_rows = false;
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
  if (r == 0)
    r = law_fit(b, placement, &b->law);
  free(serial);
  free(parallel);
  return r;
}
