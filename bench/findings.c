/* SPDX-License-Identifier: GPL-3.0-or-later */
/* findings.c: verdicts as a table, in sentences, and as an exit code. */

#include "findings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "grid.h"

enum { CELL = 48 };

struct finding *findings_add(struct findings *f)
{
  struct finding *larger = realloc(f->items, (f->count + 1) * sizeof *larger);
  if (!larger)
    return NULL;
  f->items = larger;
  struct finding *item = &f->items[f->count++];
  *item = (struct finding){.old_s = NAN, .new_s = NAN, .change = {NAN, NAN, NAN}};
  return item;
}

void findings_release(struct findings *f)
{
  free(f->items);
  *f = (struct findings){0};
}

static int add_benchmark(const struct ab *ab, const struct ab_benchmark *b, struct findings *f)
{
  for (size_t k = 0; k < b->row_count || (b->unlike && k == 0); k++) {
    const struct ab_row *row = &b->rows[k];
    struct finding *item = findings_add(f);
    if (!item)
      return -ENOMEM;
    item->benchmark = b->name;
    if (b->unlike) {
      snprintf(item->reason, sizeof item->reason, "%s", b->unlike);
      continue;
    }
    item->row = row->name;
    item->old_s = row->median_s[AB_OLD];
    item->new_s = row->median_s[AB_NEW];
    item->change = row->result[AB_FIRST].change;
    item->confidence = row->result[AB_FIRST].confidence;
    item->ruling = row->ruling;
    ab_reason(ab, row, item->reason);
  }
  return 0;
}

int findings_of_ab(const struct ab *ab, bool warn_on_inconclusive, struct findings *ret_findings)
{
  int r = 0;
  *ret_findings = (struct findings){
      .threshold = ab->threshold,
      .warn_on_inconclusive = warn_on_inconclusive,
  };
  for (size_t i = 0; i < ab->count && r == 0; i++)
    r = add_benchmark(ab, &ab->benchmarks[i], ret_findings);
  return r;
}

/* --- The table --- */

static double percent(double change)
{
  return 100 * regression_part(change);
}

/* Whole nanoseconds to hours in milliseconds. */
static void time_cell(char cell[CELL], double seconds)
{
  double ms = seconds * 1e3;
  snprintf(cell, CELL, "%.*f", ms < 1 ? 4 : ms < 10 ? 3 : ms < 1000 ? 2 : 0, ms);
}

static void interval_cell(char cell[CELL], struct estimate change)
{
  if (isfinite(change.low) && isfinite(change.high))
    snprintf(cell, CELL, "%+.1f to %+.1f %%", percent(change.low), percent(change.high));
  else
    snprintf(cell, CELL, "unknown");
}

/* What fails is to be seen at once. */
static const char *ruling_text(enum ruling ruling)
{
  return ruling == RULING_REGRESSED ? "REGRESSED" : ruling_name(ruling);
}

static int add_row(struct grid *grid, const struct finding *item)
{
  char old[CELL], new[CELL], change[CELL], interval[CELL];
  time_cell(old, item->old_s);
  time_cell(new, item->new_s);
  snprintf(change, sizeof change, "%+.1f %%", percent(item->change.value));
  interval_cell(interval, item->change);
  return grid_row(
      grid, (const char *[]){item->row, old, new, change, interval, ruling_text(item->ruling)});
}

static int print_table(const struct findings *f, FILE *to)
{
  static const struct grid_column columns[] = {{"row", GRID_LEFT},       {"old ms", GRID_RIGHT},
                                               {"new ms", GRID_RIGHT},   {"change", GRID_RIGHT},
                                               {"interval", GRID_RIGHT}, {"verdict", GRID_LEFT},
                                               {NULL, GRID_LEFT}};
  const char *benchmark = "";
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (size_t i = 0; i < f->count && r == 0; i++) {
    const struct finding *item = &f->items[i];
    if (!item->row)
      continue;
    if (strcmp(item->benchmark, benchmark) != 0)
      r = grid_rule(grid, item->benchmark);
    benchmark = item->benchmark;
    if (r == 0)
      r = add_row(grid, item);
  }
  if (r == 0)
    r = grid_print(grid, to);
  grid_free(grid);
  return r;
}

/* --- Sentences --- */

static size_t count_ruling(const struct findings *f, enum ruling ruling)
{
  size_t n = 0;
  for (size_t i = 0; i < f->count; i++)
    n += f->items[i].row && f->items[i].ruling == ruling;
  return n;
}

static size_t count_compared(const struct findings *f)
{
  size_t n = 0;
  for (size_t i = 0; i < f->count; i++)
    n += f->items[i].row != NULL;
  return n;
}

/* Whether all rows of the benchmark that begins here pass alike. */
static bool all_pass(const struct findings *f, size_t first, size_t *ret_next)
{
  bool pass = true;
  size_t i = first;
  for (; i < f->count && strcmp(f->items[i].benchmark, f->items[first].benchmark) == 0; i++)
    pass &= f->items[i].row && f->items[i].ruling == RULING_PASS;
  *ret_next = i;
  return pass;
}

static void print_reason(const struct finding *item, FILE *to)
{
  char text[FINDING_REASON + 256];
  if (!item->row)
    snprintf(text, sizeof text, "%.120s: not compared: %s.", item->benchmark, item->reason);
  else
    snprintf(text, sizeof text, "%.120s, %s: %s: %s.", item->benchmark, item->row,
             ruling_name(item->ruling), item->reason);
  print_wrapped(text, to);
}

/* Each row's, or one for a benchmark that passes as a whole. */
static void print_reasons(const struct findings *f, FILE *to)
{
  for (size_t i = 0, next; i < f->count; i = next) {
    char text[256];
    if (all_pass(f, i, &next)) {
      snprintf(text, sizeof text, "%.120s: pass: no interval reaches %g %%.", f->items[i].benchmark,
               100 * f->threshold);
      print_wrapped(text, to);
      continue;
    }
    for (size_t k = i; k < next; k++)
      print_reason(&f->items[k], to);
  }
}

static const char *comparisons(size_t n)
{
  return n == 1 ? "comparison" : "comparisons";
}

void findings_sentence(const struct findings *f, FILE *to)
{
  size_t compared = count_compared(f), left_out = f->count - compared;
  size_t slower = count_ruling(f, RULING_REGRESSED);
  size_t open = count_ruling(f, RULING_INCONCLUSIVE);
  double threshold = 100 * f->threshold;
  if (f->advisory)
    fputs("Advisory: ", to);
  if (compared == 0)
    fputs("NOTHING was compared.", to);
  else if (slower)
    fprintf(to, "REGRESSED: %zu of %zu %s slower than %g %%.", slower, compared,
            slower == 1 ? "is" : "are", threshold);
  else if (open)
    fprintf(to, "INCONCLUSIVE: %zu of %zu %s cannot tell whether it is slower than %g %%.", open,
            compared, comparisons(compared), threshold);
  else {
    fputs(left_out ? "INCONCLUSIVE: " : "PASS: ", to);
    if (compared == 1)
      fprintf(to, "not slower than %g %%", threshold);
    else
      fprintf(to, "none of %zu %s is slower than %g %%", compared, comparisons(compared),
              threshold);
    fputs(left_out ? ", but" : ".", to);
  }
  if (left_out && compared)
    fprintf(to, " %zu benchmark%s could not be compared.", left_out, left_out == 1 ? "" : "s");
}

static int print_sentence(const struct findings *f, FILE *to)
{
  char *text = NULL;
  size_t length;
  FILE *line = open_memstream(&text, &length);
  if (!line)
    return -ENOMEM;
  findings_sentence(f, line);
  int r = fclose(line) == 0 ? 0 : -ENOMEM;
  if (r == 0)
    print_wrapped(text, to);
  free(text);
  return r;
}

int findings_print(const struct findings *f, FILE *to)
{
  bool any = count_compared(f) > 0;
  int r = any ? print_table(f, to) : 0;
  if (r < 0)
    return r;
  if (any)
    fputc('\n', to);
  print_reasons(f, to);
  fputc('\n', to);
  return print_sentence(f, to);
}

int findings_exit_code(const struct findings *f)
{
  size_t compared = count_compared(f);
  bool open = count_ruling(f, RULING_INCONCLUSIVE) > 0 || compared < f->count;
  if (compared == 0)
    return EXIT_NOTHING;
  if (f->advisory)
    return EXIT_FINE;
  if (count_ruling(f, RULING_REGRESSED))
    return EXIT_REGRESSION;
  return open && !f->warn_on_inconclusive ? EXIT_INCONCLUSIVE : EXIT_FINE;
}
