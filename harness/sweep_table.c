/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_table.c: a sweep as people read it. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "marks.h"
#include "number.h"
#include "sweep.h"

enum { CELL = SWEEP_TIME, COLUMNS = 6, SENTENCE = 640 };

static uint64_t size_of(const struct benchmark *b)
{
  return b->workload.job.values[job_size_index(&b->workload.job)];
}

static int add_size(struct grid *grid, const struct benchmark *b)
{
  char size[NUMBER_TEXT], serial[CELL], parallel[CELL] = "", speedup[CELL] = "", between[CELL] = "";
  char rate[NUMBER_TEXT + CELL];
  const struct row *one = &b->rows[0], *last = &b->rows[b->row_count - 1];
  const struct row *fastest = !last->serial && last->n ? last : one;
  const char *at[COLUMNS] = {number_text(size_of(b), size),
                             sweep_time(one->time.median.value, marks_here()->microseconds, serial),
                             parallel,
                             speedup,
                             between,
                             rate};
  if (fastest == last) {
    sweep_time(last->time.median.value, marks_here()->microseconds, parallel);
    snprintf(speedup, sizeof speedup, "%.2f", last->speedup.value);
    if (isfinite(last->speedup.low))
      snprintf(between, sizeof between, "%.2f %s %.2f", last->speedup.low, marks_here()->dash,
               last->speedup.high);
  }
  number_si(fastest->rate_per_s, rate);
  snprintf(rate + strlen(rate), CELL, "%s/s", b->workload.job.kernel->unit);
  return grid_row(grid, at);
}

static int print_rows(const struct benchmark *benchmarks, size_t count, FILE *to)
{
  char most[CELL];
  const struct benchmark *b = &benchmarks[0];
  const struct row *last = &b->rows[b->row_count - 1];
  const struct job *job = &b->workload.job;
  snprintf(most, sizeof most, "%u %s%s", last->workers,
           last->backend == BACKEND_THREAD ? "thread" : "worker", last->workers == 1 ? "" : "s");
  const struct grid_column columns[COLUMNS + 1] = {
      {job->kernel->parameters[job_size_index(job)].name, GRID_RIGHT},
      {"serial", GRID_RIGHT},
      {most, GRID_RIGHT},
      {"speedup", GRID_RIGHT},
      {"95 % interval", GRID_RIGHT},
      {"rate", GRID_RIGHT},
      {NULL, GRID_LEFT}};
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (size_t i = 0; r == 0 && i < count; i++)
    if (benchmarks[i].rows[0].n)
      r = add_size(grid, &benchmarks[i]);
  if (r == 0)
    r = grid_print(grid, to);
  grid_free(grid);
  return r;
}

/* The serial times of the sizes that last long enough; the times are to be freed. */
static int long_enough(const struct benchmark *benchmarks, size_t count,
                       struct sweep_times sizes[SWEEP_SIZES], size_t *ret_count)
{
  *ret_count = 0;
  for (size_t i = 0; i < count && i < SWEEP_SIZES; i++) {
    const struct benchmark *b = &benchmarks[i];
    const struct row *serial = &b->rows[0];
    if (!serial->n || serial->time.median.value < SWEEP_SHORTEST_S)
      continue;
    double *times = calloc(serial->n, sizeof *times);
    if (!times)
      return -ENOMEM;
    size_t n = benchmark_values(b, serial, offsetof(struct measurement, wall_s), false, times);
    sizes[(*ret_count)++] = (struct sweep_times){(double)size_of(b), times, n};
  }
  return 0;
}

static void print_disturbed(const struct benchmark *benchmarks, size_t count, FILE *to)
{
  char text[SENTENCE];
  size_t disturbed = 0, rounds = 0, counted = 0, small = 0;
  for (size_t i = 0; i < count; i++) {
    disturbed += benchmarks[i].disturbed;
    rounds += benchmarks[i].rounds;
    counted += benchmarks[i].all_counted;
    small += benchmarks[i].short_rows;
  }
  if (counted)
    snprintf(text, sizeof text,
             "DISTURBED: other work held our CPUs in %zu of %zu rounds; at %zu of %zu sizes too "
             "often to set them aside: this is not what a free machine does.",
             disturbed, rounds, counted, count);
  else
    snprintf(text, sizeof text, "%zu of %zu rounds %s disturbed from outside and set aside.",
             disturbed, rounds, disturbed == 1 ? "was" : "were");
  if (disturbed)
    print_wrapped(text, to);
  snprintf(text, sizeof text, "%zu of %zu sizes %s a row below %g ms: too short to trust.", small,
           count, small == 1 ? "has" : "have", MEASURE_SHORTEST_S * 1e3);
  if (small)
    print_wrapped(text, to);
}

int sweep_print(const struct benchmark *benchmarks, size_t count, FILE *to)
{
  struct sweep_times sizes[SWEEP_SIZES];
  size_t fitted;
  struct estimate exponent;
  char text[SWEEP_SENTENCE];
  const struct job *job = &benchmarks[0].workload.job;
  const char *key = job->kernel->parameters[job_size_index(job)].name;
  fprintf(to, "%s %s %s, %s%s\n\n", job->kernel->name, marks_here()->dot, job->method->name,
          job->variant->name, benchmarks[0].weak ? ", weak scaling" : "");
  int r = print_rows(benchmarks, count, to);
  if (r < 0)
    return r;
  r = long_enough(benchmarks, count, sizes, &fitted);
  if (r == 0)
    r = sweep_exponent(sizes, fitted, 1, &exponent);
  if (r == 0) {
    fputc('\n', to);
    print_wrapped(sweep_sentence(key, exponent, sizes, fitted, marks_here()->dash, text), to);
    print_disturbed(benchmarks, count, to);
  }
  for (size_t i = 0; i < fitted; i++)
    free((double *)sizes[i].times);
  return r;
}
