/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c: a measured benchmark as people read it. */

#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "marks.h"
#include "number.h"
#include "table_parts.h"

enum { WIDTH = 80, CELL = 40 };

/* Times of a table share a unit, so that they can be compared by eye. */
struct time_unit {
  const char *name;
  double per_second;
};

static struct time_unit time_unit(double longest_s)
{
  return longest_s >= 100    ? (struct time_unit){"s", 1}
         : longest_s >= 1e-3 ? (struct time_unit){"ms", 1e3}
                             : (struct time_unit){marks_here()->microseconds, 1e6};
}

static struct time_unit table_unit(const struct benchmark *b)
{
  double longest = 0;
  for (unsigned i = 0; i < b->row_count; i++)
    if (b->rows[i].n)
      longest = fmax(longest, b->rows[i].time.median.value);
  return time_unit(longest);
}

/* --- The title --- */

/* Words joined by dots, broken before they would cross the right border. */
struct title {
  FILE *to;
  int column;
};

__attribute__((format(printf, 2, 3))) static void title_part(struct title *title,
                                                             const char *format, ...)
{
  char part[JOB_NAME + 64];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(part, sizeof part, format, arguments);
  va_end(arguments);
  if (title->column && title->column + 3 + length > WIDTH) {
    fprintf(title->to, "\n  %s", part);
    title->column = 2 + length;
  } else {
    fprintf(title->to, "%s%s%s%s", title->column ? " " : "", title->column ? marks_here()->dot : "",
            title->column ? " " : "", part);
    title->column += length + (title->column ? 3 : 0);
  }
}

/* What a title may say of pinning: never "pinned" where one worker was not. */
static const char *pinned_text(const struct benchmark *b)
{
  unsigned rows = 0, pinned = 0;
  for (unsigned i = 0; i < b->row_count; i++) {
    rows += b->rows[i].n > 0;
    pinned += b->rows[i].n > 0 && b->rows[i].pinned;
  }
  return pinned == 0 ? "not pinned" : pinned < rows ? "partly pinned" : "pinned";
}

static bool has_backend(const struct benchmark *b, enum backend backend)
{
  for (unsigned i = 1; i < b->row_count; i++)
    if (b->rows[i].backend == backend)
      return true;
  return false;
}

static bool compares_backends(const struct benchmark *b)
{
  return has_backend(b, BACKEND_PROCESS) && has_backend(b, BACKEND_THREAD);
}

static const char *workers_text(const struct benchmark *b)
{
  return compares_backends(b)             ? "processes and threads"
         : has_backend(b, BACKEND_THREAD) ? "threads"
         : has_backend(b, BACKEND_MPI)    ? "MPI ranks"
                                          : "processes";
}

/* "17 rounds and 3 set aside, 14 s". */
static void title_rounds(struct title *title, const struct benchmark *b)
{
  size_t aside = b->all_counted ? 0 : b->disturbed, count = b->rounds - aside;
  char more[CELL] = "";
  if (aside)
    snprintf(more, sizeof more, " and %zu set aside", aside);
  title_part(title, "%zu round%s%s, %.*f s", count, count == 1 ? "" : "s", more,
             b->seconds < 10 ? 1 : 0, b->seconds);
}

static void print_title(const struct benchmark *b, const struct table_options *options, FILE *to)
{
  struct title title = {.to = to};
  const struct job *job = &b->workload.job;
  fputs(options->bold ? "\033[1m" : "", to);
  title_part(&title, "%s", b->name);
  fputs(options->bold ? "\033[0m" : "", to);
  title_part(&title, "%s, %s", job->method->name, job->variant->name);
  if (b->weak)
    title_part(&title, "weak scaling");
  title_part(&title, "%s, %s", workers_text(b), schedule_name(b->schedule));
  title_part(&title, "%s", pinned_text(b));
  title_rounds(&title, b);
  if (b->repeats > 1)
    title_part(&title, "%u repetitions a sample", b->repeats);
  fputc('\n', to);
}

static void print_capacity(const struct benchmark *b, FILE *to)
{
  char rate[NUMBER_TEXT], where[CELL] = "";
  const struct row *serial = &b->rows[0];
  if (serial->pinned)
    snprintf(where, sizeof where, " on CPU %d", serial->cpus[0]);
  if (serial->n)
    fprintf(to, "capacity 1 = best serial code%s: %s%s/s\n", where,
            number_si(serial->rate_per_s, rate), b->workload.job.kernel->unit);
}

/* --- The rows --- */

enum column { WORKERS, TIME, SPEEDUP, INTERVAL, CAPACITY, EFFICIENCY, LOSS, COLUMNS };

__attribute__((format(printf, 2, 3))) static void cell(char text[CELL], const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, CELL, format, arguments);
  va_end(arguments);
}

static void loss_cell(const struct row *row, char text[CELL])
{
  int worst = breakdown_largest_loss(&row->breakdown);
  if (row->oversubscribed)
    cell(text, "oversubscribed");
  else if (worst >= 0)
    cell(text, "%s %.2f", factor_word((enum factor)worst), row->breakdown.factor[worst]);
}

static void parallel_cells(const struct row *row, char cells[COLUMNS][CELL])
{
  struct estimate s = row->speedup;
  int decimals = s.value < 100 && !(s.high >= 100) ? 2 : 1;
  cell(cells[SPEEDUP], "%.*f", decimals, s.value);
  if (isfinite(s.low))
    cell(cells[INTERVAL], "%.*f %s %.*f", decimals, s.low, marks_here()->dash, decimals, s.high);
  else
    cell(cells[INTERVAL], "%s", "unknown");
  if (isfinite(row->capacity)) {
    cell(cells[CAPACITY], "%.2f", row->capacity);
    cell(cells[EFFICIENCY], "%.0f %%", 100 * row->efficiency);
  }
  loss_cell(row, cells[LOSS]);
}

/* "4", or "4 thr" where both backends are in the table: no wider than its title, "workers". */
static void workers_cell(const struct benchmark *b, const struct row *row, char text[CELL])
{
  if (row->serial)
    cell(text, "serial");
  else if (row->backend == BACKEND_THREAD && compares_backends(b))
    cell(text, "%u thr", row->workers);
  else
    cell(text, "%u", row->workers);
}

static int add_row(struct grid *grid, const struct benchmark *b, const struct row *row,
                   struct time_unit unit)
{
  char cells[COLUMNS][CELL] = {{0}};
  const char *at[COLUMNS];
  workers_cell(b, row, cells[WORKERS]);
  cell(cells[TIME], "%.*f", row->time.median.value * unit.per_second < 10 ? 3 : 1,
       row->time.median.value * unit.per_second);
  if (row->serial)
    cell(cells[SPEEDUP], "1.00");
  else if (b->rows[0].n)
    parallel_cells(row, cells);
  for (int c = 0; c < COLUMNS; c++)
    at[c] = cells[c];
  return grid_row(grid, at);
}

static unsigned regime_of(const struct placement *placement, const struct row *row)
{
  unsigned last = row->workers < placement->slot_count ? row->workers : placement->slot_count;
  return placement->slots[last - 1].regime;
}

/* "slower cores join; one alone measured 0.56". */
static int regime_rule(struct grid *grid, const struct benchmark *b,
                       const struct placement *placement, unsigned regime)
{
  char text[CELL + 40];
  enum regime_start start = placement->regimes[regime].start;
  const struct slot *first = &placement->slots[placement->regimes[regime].begin];
  if (start == REGIME_KIND && b->kind_speed)
    snprintf(text, sizeof text, "%s; one alone measured %.2f", placement_regime_text(start),
             b->kind_speed[first->kind]);
  else
    snprintf(text, sizeof text, "%s", placement_regime_text(start));
  return grid_rule(grid, text);
}

/* Whether the quota is exceeded between two worker counts. */
static bool exceeds_quota(const struct placement *placement, unsigned before, unsigned workers)
{
  return before <= placement->quota_cpus && workers > placement->quota_cpus;
}

static int quota_rule(struct grid *grid, const struct placement *placement)
{
  char text[CELL + 40];
  snprintf(text, sizeof text, "beyond the CPU quota: the time of %.2f CPUs", placement->quota_cpus);
  return grid_rule(grid, text);
}

static int fill_grid(struct grid *grid, const struct benchmark *b,
                     const struct placement *placement, struct time_unit unit)
{
  unsigned regime = 0, before = 0;
  for (unsigned i = 0; i < b->row_count; i++) {
    const struct row *row = &b->rows[i];
    int r = 0;
    if (row->n == 0)
      continue;
    if (i > 1 && row->backend != b->rows[i - 1].backend)
      regime = before = 0; /* the worker counts begin anew */
    for (; !row->serial && r == 0 && regime < regime_of(placement, row); regime++)
      r = regime_rule(grid, b, placement, regime + 1);
    if (r == 0 && !row->serial && exceeds_quota(placement, before, row->workers))
      r = quota_rule(grid, placement);
    if (r == 0)
      r = add_row(grid, b, row, unit);
    before = row->serial ? before : row->workers;
    if (r < 0)
      return r;
  }
  return 0;
}

static int print_rows(const struct benchmark *b, const struct placement *placement, FILE *to)
{
  char time_title[CELL];
  struct time_unit unit = table_unit(b);
  cell(time_title, "time %s", unit.name);
  const struct grid_column columns[] = {
      [WORKERS] = {"workers", GRID_RIGHT},   [TIME] = {time_title, GRID_RIGHT},
      [SPEEDUP] = {"speedup", GRID_RIGHT},   [INTERVAL] = {"95 % interval", GRID_RIGHT},
      [CAPACITY] = {"capacity", GRID_RIGHT}, [EFFICIENCY] = {"efficiency", GRID_RIGHT},
      [LOSS] = {"largest loss", GRID_LEFT},  [COLUMNS] = {NULL, GRID_LEFT},
  };
  struct grid *grid = grid_new(columns);
  if (!grid)
    return -ENOMEM;
  int r = fill_grid(grid, b, placement, unit);
  if (r == 0)
    r = grid_print(grid, to);
  grid_free(grid);
  return r;
}

/* --- The details of --verbose --- */

enum { DETAIL_COLUMNS = 8 };

static struct grid *details_new(struct time_unit unit)
{
  char minimum[CELL], cpu[CELL];
  cell(minimum, "min %s", unit.name);
  cell(cpu, "CPU %s", unit.name);
  const struct grid_column columns[DETAIL_COLUMNS + 1] = {
      {"workers", GRID_RIGHT}, {minimum, GRID_RIGHT},  {"median's 95 %", GRID_RIGHT},
      {"MAD %", GRID_RIGHT},   {cpu, GRID_RIGHT},      {"spawn ms", GRID_RIGHT},
      {"GHz", GRID_RIGHT},     {"serial", GRID_RIGHT}, {NULL, GRID_LEFT},
  };
  return grid_new(columns);
}

static int digits_behind_point(double time)
{
  return time < 10 ? 3 : time < 1000 ? 2 : 1;
}

static int add_details(struct grid *grid, const struct benchmark *b, const struct row *row,
                       struct time_unit unit)
{
  char cells[DETAIL_COLUMNS][CELL] = {{0}};
  const char *at[DETAIL_COLUMNS];
  struct estimate median = row->time.median;
  double times = unit.per_second, cpu = row->median.cpu_s * times;
  int decimals = digits_behind_point(median.value * times);
  workers_cell(b, row, cells[0]);
  cell(cells[1], "%.*f", decimals, row->time.minimum * times);
  if (isfinite(median.low))
    cell(cells[2], "%.*f %s %.*f", decimals, median.low * times, marks_here()->dash, decimals,
         median.high * times);
  cell(cells[3], "%.2f", 100 * row->time.mad / median.value);
  cell(cells[4], "%.*f", digits_behind_point(cpu), cpu);
  cell(cells[5], "%.2f", row->median.spawn_s * 1e3);
  cell(cells[6], "%.2f", row->median.clock_ghz);
  if (!row->serial && isfinite(row->karp_flatt.value))
    cell(cells[7], "%.4f", row->karp_flatt.value);
  for (int c = 0; c < DETAIL_COLUMNS; c++)
    at[c] = cells[c];
  return grid_row(grid, at);
}

static void print_factors(const struct row *row, FILE *to)
{
  char text[512];
  if (!row->breakdown.known)
    return;
  int n = snprintf(text, sizeof text, "%u worker%s: efficiency %.3f =", row->workers,
                   row->workers == 1 ? "" : "s", row->efficiency);
  for (int f = 0; f < FACTORS; f++)
    n += snprintf(text + n, sizeof text - (size_t)n, "%s %s %.3f", f ? "," : "",
                  factor_text((enum factor)f), row->breakdown.factor[f]);
  print_wrapped(text, to);
}

static int print_details(const struct benchmark *b, FILE *to)
{
  struct time_unit unit = table_unit(b);
  struct grid *grid = details_new(unit);
  int r = grid ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < b->row_count; i++)
    if (b->rows[i].n)
      r = add_details(grid, b, &b->rows[i], unit);
  if (r == 0) {
    fputc('\n', to);
    r = grid_print(grid, to);
    print_wrapped(" (serial: Karp and Flatt's fraction; empty where the data cannot tell it from "
                  "0, or where what is lost is not serial)",
                  to);
    fputc('\n', to);
  }
  for (unsigned i = 1; r == 0 && i < b->row_count; i++)
    print_factors(&b->rows[i], to);
  grid_free(grid);
  return r;
}

/* --- Processes beside threads --- */

static int add_backend(struct grid *grid, const struct benchmark *b, const struct row *row)
{
  char workers[CELL], spawn[CELL], skew[CELL], memory[CELL];
  unsigned sharing = row->backend == BACKEND_THREAD ? row->workers : 1;
  workers_cell(b, row, workers);
  cell(spawn, "%.3f", row->median.spawn_s * 1e3);
  cell(skew, "%.1f", row->median.skew_s * 1e6);
  cell(memory, "%.2f", (double)row->peak_rss_bytes * 1e-6 / sharing);
  return grid_row(grid, (const char *[]){workers, spawn, skew, memory});
}

static int print_backends(const struct benchmark *b, FILE *to)
{
  char skew_title[CELL];
  cell(skew_title, "wake-up %s", marks_here()->microseconds);
  const struct grid_column columns[] = {{"workers", GRID_RIGHT},
                                        {"creation ms", GRID_RIGHT},
                                        {skew_title, GRID_RIGHT},
                                        {"MB per worker", GRID_RIGHT},
                                        {NULL, GRID_LEFT}};
  struct grid *grid = compares_backends(b) ? grid_new(columns) : NULL;
  int r = grid || !compares_backends(b) ? 0 : -ENOMEM;
  if (!grid)
    return r;
  for (unsigned i = 1; r == 0 && i < b->row_count; i++)
    if (b->rows[i].n)
      r = add_backend(grid, b, &b->rows[i]);
  fputc('\n', to);
  if (r == 0)
    r = grid_print(grid, to);
  grid_free(grid);
  return r;
}

int table_print(const struct benchmark *b, const struct placement *placement,
                const struct table_options *options, FILE *to)
{
  print_title(b, options, to);
  if (!b->verdict.right && b->verdict.text[0]) {
    char text[VERDICT_TEXT + 64];
    snprintf(text, sizeof text, "WRONG ANSWER: %s. No speedup is shown.", b->verdict.text);
    print_wrapped(text, to);
    return 0;
  }
  print_capacity(b, to);
  fputc('\n', to);
  int r = print_rows(b, placement, to);
  if (r == 0)
    r = print_backends(b, to);
  if (r == 0 && options->verbose)
    r = print_details(b, to);
  if (r == 0 && options->verbose)
    r = table_phases(b, to);
  if (r < 0)
    return r;
  fputc('\n', to);
  return table_sentences(b, placement, options, to);
}
