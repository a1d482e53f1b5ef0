/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare.c: result files against result files. */

#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same_work.h"

/* Both sides' files, the old ones first. */
struct files {
  struct result_file *const *side[2];
  size_t count[2];
};

static struct compared *add(struct compare *compare, const char *benchmark)
{
  struct compared *larger = realloc(compare->items, (compare->count + 1) * sizeof *larger);
  if (!larger)
    return NULL;
  compare->items = larger;
  struct compared *item = &larger[compare->count++];
  *item = (struct compared){.benchmark = benchmark, .old_s = NAN, .new_s = NAN};
  return item;
}

/* Whether all files have the benchmark and did the same work in it; if not, why. */
static bool comparable(const struct files *files, const struct result_benchmark *first,
                       char why[COMPARE_TEXT])
{
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < files->count[side]; i++) {
      const struct result_file *file = files->side[side][i];
      const struct result_benchmark *b = result_benchmark_find(file, first->name);
      char text[SAME_WORK_TEXT];
      if (!b || file->weak != files->side[0][0]->weak)
        snprintf(why, COMPARE_TEXT, "%s %.200s", b ? "other scaling in" : "missing in", file->name);
      else if (!same_work(first, b, text))
        snprintf(why, COMPARE_TEXT, "%s", text);
      else if (b->sustained)
        snprintf(why, COMPARE_TEXT, "--sustain has no rounds");
      else
        continue;
      return false;
    }
  return true;
}

/* How many values a side gives for a row, at most. */
static size_t values_most(const struct files *files, int side, const char *name,
                          const struct result_row *row)
{
  size_t most = files->count[side];
  for (size_t i = 0; i < files->count[side]; i++) {
    const struct result_row *own = result_row_find(
        result_benchmark_find(files->side[side][i], name), row->serial, row->workers, row->backend);
    most += own ? own->n : 0;
  }
  return most;
}

/* ln of the median of each file or, pooled, of each sample that counts. */
static size_t values(const struct files *files, int side, const char *name,
                     const struct result_row *row, bool pooled, double *logs)
{
  size_t n = 0;
  for (size_t i = 0; i < files->count[side]; i++) {
    const struct result_benchmark *b = result_benchmark_find(files->side[side][i], name);
    const struct result_row *own = result_row_find(b, row->serial, row->workers, row->backend);
    if (!own || !isfinite(own->median_s))
      continue;
    if (!pooled)
      logs[n++] = log(own->median_s);
    for (size_t k = 0; pooled && k < own->n; k++)
      if (!b->set_aside[k] && isfinite(own->samples_s[k]))
        logs[n++] = log(own->samples_s[k]);
  }
  return n;
}

static int compare_row(const struct files *files, const struct result_benchmark *b,
                       const struct result_row *row, struct compare *compare)
{
  struct compared *item = add(compare, b->name);
  if (!item)
    return -ENOMEM;
  result_row_name(row, item->row);
  double **logs[2] = {&item->old_logs, &item->new_logs};
  size_t n[2];
  for (int side = 0; side < 2; side++) {
    *logs[side] = calloc(values_most(files, side, b->name, row), sizeof **logs[side]);
    if (!*logs[side])
      return -ENOMEM;
    struct estimate median = {NAN, NAN, NAN};
    n[side] = values(files, side, b->name, row, false, *logs[side]);
    if (n[side] && statistics_median(*logs[side], n[side], 0.95, &median) < 0)
      return -ENOMEM;
    *(side ? &item->new_s : &item->old_s) = exp(median.value);
    if (compare->advisory)
      n[side] = values(files, side, b->name, row, true, *logs[side]);
    if (n[side] == 0 || (!compare->advisory && n[side] < files->count[side])) {
      item->row[0] = '\0';
      snprintf(item->why, sizeof item->why, "%s has no samples of %.20s",
               side ? "the new side" : "the old side", row->serial ? "serial" : "some row");
      return 0;
    }
  }
  item->result = (struct comparison){
      .old_logs = item->old_logs, .new_logs = item->new_logs, .n = n[0], .n_new = n[1]};
  return 0;
}

static int compare_benchmark(const struct files *files, const struct result_benchmark *b,
                             struct compare *compare)
{
  char why[COMPARE_TEXT];
  int r = 0;
  if (!comparable(files, b, why)) {
    struct compared *item = add(compare, b->name);
    if (!item)
      return -ENOMEM;
    memcpy(item->why, why, sizeof item->why);
    return 0;
  }
  for (size_t i = 0; i < b->row_count && r == 0; i++)
    r = compare_row(files, b, &b->rows[i], compare);
  return r;
}

/* What only the new side has is told, too. */
static int note_new(const struct files *files, struct compare *compare)
{
  const struct result_file *new = files->side[1][0];
  for (size_t i = 0; i < new->benchmark_count; i++) {
    const char *name = new->benchmarks[i].name;
    if (result_benchmark_find(files->side[0][0], name))
      continue;
    struct compared *item = add(compare, name);
    if (!item)
      return -ENOMEM;
    snprintf(item->why, sizeof item->why, "missing in %.200s", files->side[0][0]->name);
  }
  return 0;
}

static int judge(struct compare *compare)
{
  struct comparison *all = calloc(compare->count + 1, sizeof *all);
  size_t n = 0;
  if (!all)
    return -ENOMEM;
  for (size_t i = 0; i < compare->count; i++)
    if (compare->items[i].row[0])
      all[n++] = compare->items[i].result;
  int r = regression_judge(all, n, compare->threshold);
  n = 0;
  for (size_t i = 0; i < compare->count; i++)
    if (compare->items[i].row[0])
      compare->items[i].result = all[n++];
  free(all);
  return r;
}

int compare_files(struct result_file *const *old, size_t old_count, struct result_file *const *new,
                  size_t new_count, double threshold, struct compare *ret_compare)
{
  const struct files files = {{old, new}, {old_count, new_count}};
  struct compare compare = {
      .threshold = threshold,
      .advisory = old_count < COMPARE_FILES_VERDICT || new_count < COMPARE_FILES_VERDICT,
  };
  int r = 0;
  for (size_t i = 0; i < old[0]->benchmark_count && r == 0; i++)
    r = compare_benchmark(&files, &old[0]->benchmarks[i], &compare);
  if (r == 0)
    r = note_new(&files, &compare);
  if (r == 0)
    r = judge(&compare);
  if (r < 0)
    compare_release(&compare);
  else
    *ret_compare = compare;
  return r;
}

void compare_release(struct compare *compare)
{
  for (size_t i = 0; i < compare->count; i++) {
    free(compare->items[i].old_logs);
    free(compare->items[i].new_logs);
  }
  free(compare->items);
  *compare = (struct compare){0};
}

/* --- Why --- */

static const char *open_reason(const struct compare *compare, const struct compared *item,
                               char text[COMPARE_TEXT])
{
  double smallest = regression_smallest(&item->result, compare->threshold);
  size_t needed = regression_blocks_needed(&item->result, compare->threshold);
  if (isinf(smallest))
    snprintf(text, COMPARE_TEXT, "%zu and %zu %s cannot carry so many comparisons", item->result.n,
             item->result.n_new, compare->advisory ? "samples" : "files");
  else if (compare->advisory || !needed)
    snprintf(text, COMPARE_TEXT, "the interval holds %g %%; a slowdown of %.1f %% would have shown",
             100 * compare->threshold, 100 * smallest);
  else
    snprintf(text, COMPARE_TEXT,
             "the interval holds %g %%; a slowdown of %.1f %% would have shown; about %zu files a "
             "side would settle it",
             100 * compare->threshold, 100 * smallest, needed);
  return text;
}

const char *compare_reason(const struct compare *compare, const struct compared *item,
                           char text[COMPARE_TEXT])
{
  const struct estimate *change = &item->result.change;
  if (!item->row[0])
    return strcpy(text, item->why);
  switch (item->result.ruling) {
  case RULING_PASS:
    snprintf(text, COMPARE_TEXT, "the whole interval lies below %g %%", 100 * compare->threshold);
    return text;
  case RULING_IMPROVED:
    snprintf(text, COMPARE_TEXT, "faster by %.1f %% at least",
             -100 * regression_part(change->high));
    return text;
  case RULING_REGRESSED:
    snprintf(text, COMPARE_TEXT, "slower by %.1f %% at least, the threshold is %g %%",
             100 * regression_part(change->low), 100 * compare->threshold);
    return text;
  default:
    return open_reason(compare, item, text);
  }
}
