/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab.c: two sides run in turn: their times, block by block. */

#include "ab.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outside.h"
#include "same_work.h"
#include "statistics.h"

/* --- Preparing --- */

static int row_from(const struct result_row *from, struct ab_row *row)
{
  *row = (struct ab_row){
      .serial = from->serial,
      .workers = from->workers,
      .median_s = {NAN, NAN},
      .ruling = RULING_INCONCLUSIVE,
  };
  snprintf(row->backend, sizeof row->backend, "%s", from->backend);
  result_row_name(from, row->name);
  return from->n ? 0 : -ENODATA;
}

/* Those of both sides, which are equal. */
static json_t *common_counters(const struct result_row *old, const struct result_row *new)
{
  json_t *common = json_object(), *value;
  const char *key;
  json_object_foreach(old->counters, key, value)
  {
    if (json_object_get(new->counters, key))
      json_object_set(common, key, value);
  }
  return common;
}

static int benchmark_from(const struct result_benchmark *old, const struct result_benchmark *new,
                          struct ab_benchmark *b)
{
  char text[SAME_WORK_TEXT] = "";
  *b = (struct ab_benchmark){.name = strdup(old->name)};
  snprintf(b->variant[AB_OLD], sizeof b->variant[AB_OLD], "%s", old->variant);
  snprintf(b->variant[AB_NEW], sizeof b->variant[AB_NEW], "%s", new ? new->variant : "");
  if (!b->name)
    return -ENOMEM;
  if (!new || !same_work(old, new, text)) {
    b->unlike = strdup(new ? text : "it is missing on the new side");
    return b->unlike ? 0 : -ENOMEM;
  }
  b->counters = common_counters(&old->rows[0], &new->rows[0]);
  if (uncompared_counters(old, new, text) && !(b->uncompared = strdup(text)))
    return -ENOMEM;
  b->rows = calloc(old->row_count, sizeof *b->rows);
  if (!b->rows)
    return -ENOMEM;
  for (size_t i = 0; i < old->row_count; i++)
    if (row_from(&old->rows[i], &b->rows[b->row_count]) == 0)
      b->row_count++;
  if (b->row_count == 0 && !(b->unlike = strdup("it has no samples")))
    return -ENOMEM;
  return 0;
}

int ab_from_results(const struct result_file *old, const struct result_file *new, struct ab *ret_ab)
{
  struct ab ab = {.count = old->benchmark_count};
  ab.benchmarks = calloc(ab.count ? ab.count : 1, sizeof *ab.benchmarks);
  int r = ab.benchmarks ? 0 : -ENOMEM;
  for (size_t i = 0; i < ab.count && r == 0; i++) {
    const struct result_benchmark *b = &old->benchmarks[i];
    r = benchmark_from(b, result_benchmark_find(new, b->name), &ab.benchmarks[i]);
  }
  if (r < 0)
    ab_release(&ab);
  else
    *ret_ab = ab;
  return r;
}

int ab_from_commands(const char *name, struct ab *ret_ab)
{
  struct ab ab = {.count = 1, .benchmarks = calloc(1, sizeof *ab.benchmarks)};
  struct ab_benchmark *b = ab.benchmarks;
  if (b) {
    b->name = strdup(name);
    b->rows = calloc(1, sizeof *b->rows);
  }
  if (!b || !b->name || !b->rows) {
    ab_release(&ab);
    return -ENOMEM;
  }
  b->row_count = 1;
  b->rows[0] = (struct ab_row){.median_s = {NAN, NAN}, .ruling = RULING_INCONCLUSIVE};
  snprintf(b->rows[0].name, sizeof b->rows[0].name, "whole process");
  *ret_ab = ab;
  return 0;
}

static int row_make_room(struct ab_row *row, enum ab_phase phase, size_t blocks)
{
  size_t runs = blocks * BLOCK_RUNS;
  row->times[phase] = calloc(runs ? runs : 1, sizeof *row->times[phase]);
  row->changes[phase] = calloc(blocks ? blocks : 1, sizeof *row->changes[phase]);
  if (!row->times[phase] || !row->changes[phase])
    return -ENOMEM;
  for (size_t i = 0; i < runs; i++)
    row->times[phase][i].time_s = NAN;
  return 0;
}

int ab_make_room(struct ab *ab, enum ab_phase phase)
{
  int r = 0;
  for (size_t i = 0; i < ab->count; i++)
    for (size_t k = 0; k < ab->benchmarks[i].row_count && r == 0; k++)
      r = row_make_room(&ab->benchmarks[i].rows[k], phase, ab->blocks[phase]);
  return r;
}

int ab_plan(struct ab *ab, enum ab_phase phase, size_t blocks, unsigned long seed)
{
  ab->new_first[phase] = calloc(blocks, sizeof *ab->new_first[phase]);
  if (!ab->new_first[phase])
    return -ENOMEM;
  ab->blocks[phase] = blocks;
  int r = blocks_shuffle(blocks, seed, ab->new_first[phase]);
  return r < 0 ? r : ab_make_room(ab, phase);
}

enum ab_side ab_side_at(const struct ab *ab, enum ab_phase phase, size_t run)
{
  if (phase == AB_SAME)
    return AB_OLD;
  bool new_first = ab->new_first[phase][run / BLOCK_RUNS];
  return block_run_is_new(new_first, run % BLOCK_RUNS) ? AB_NEW : AB_OLD;
}

/* --- Storing --- */

/* The part of a sample in which a worker waited for a CPU that others, or the hypervisor, had; NaN
 * where the system does not tell. */
static double held_back(const struct result_row *row, size_t i)
{
  const json_t *usage = json_object_get(row->json, "usage");
  const json_t *waited = json_array_get(json_object_get(usage, "waited_s"), i);
  const json_t *stolen = json_array_get(json_object_get(usage, "stolen_s"), i);
  if (!json_is_number(waited) || !json_is_number(stolen))
    return NAN;
  return (json_number_value(waited) + json_number_value(stolen)) / row->samples_s[i];
}

/* The samples to rest on, in `clean`: those that nothing held back by more than 2 %, by what the
 * system recorded of this row; else the one that was held back least.  How many. */
static size_t undisturbed(const struct result_benchmark *b, const struct result_row *row,
                          double *clean, bool *ret_disturbed)
{
  size_t n = 0, least = 0;
  for (size_t i = 0; i < row->n; i++) {
    double held = held_back(row, i);
    if (isnan(held) ? !b->disturbed[i] : held <= OUTSIDE_PART)
      clean[n++] = row->samples_s[i];
    if (held < held_back(row, least))
      least = i;
  }
  *ret_disturbed = n == 0;
  if (n == 0 && !isnan(held_back(row, least)))
    clean[n++] = row->samples_s[least];
  for (size_t i = 0; n == 0 && i < row->n; i++)
    clean[i] = row->samples_s[i];
  return n ? n : row->n;
}

static int time_make(const struct result_benchmark *b, const struct result_row *row,
                     struct ab_time *time)
{
  double *values = calloc(row->n, sizeof *values), *clean = calloc(row->n, sizeof *clean);
  struct estimate median;
  bool disturbed = false;
  int r = values && clean ? 0 : -ENOMEM;
  if (r == 0) {
    memcpy(values, row->samples_s, row->n * sizeof *values);
    r = statistics_median(clean, undisturbed(b, row, clean, &disturbed), 0.95, &median);
  }
  free(clean);
  if (r < 0)
    free(values);
  else
    *time = (struct ab_time){median.value, disturbed, row->n, values};
  return r;
}

static int row_store(struct ab_row *row, enum ab_phase phase, size_t run,
                     const struct result_benchmark *b)
{
  const struct result_row *from = result_row_find(b, row->serial, row->workers, row->backend);
  if (!from || from->n == 0)
    return -ENODATA;
  for (size_t i = 0; i < from->n; i++)
    if (isnan(from->samples_s[i]))
      return -ENODATA;
  return time_make(b, from, &row->times[phase][run]);
}

int ab_store(struct ab *ab, enum ab_phase phase, size_t run, const struct result_file *result)
{
  int r = 0;
  for (size_t i = 0; i < ab->count && r == 0; i++) {
    struct ab_benchmark *mine = &ab->benchmarks[i];
    const struct result_benchmark *b = result_benchmark_find(result, mine->name);
    if (mine->unlike || (phase == AB_CONFIRM && !ab_looks_slower(mine)))
      continue;
    if (!b)
      return -ENODATA;
    if (b->right == RESULT_WRONG)
      return -EBADMSG;
    for (size_t k = 0; k < mine->row_count && r == 0; k++)
      r = row_store(&mine->rows[k], phase, run, b);
  }
  return r;
}

int ab_store_time(struct ab *ab, enum ab_phase phase, size_t run, double wall_s)
{
  struct ab_time *time = &ab->benchmarks[0].rows[0].times[phase][run];
  double *samples = malloc(sizeof *samples);
  if (!samples)
    return -ENOMEM;
  *samples = wall_s;
  *time = (struct ab_time){wall_s, false, 1, samples};
  return 0;
}

/* --- Releasing --- */

static void row_release(const struct ab *ab, struct ab_row *row)
{
  for (int phase = 0; phase < AB_PHASES; phase++) {
    for (size_t i = 0; row->times[phase] && i < ab->blocks[phase] * BLOCK_RUNS; i++)
      free(row->times[phase][i].samples_s);
    free(row->times[phase]);
    free(row->changes[phase]);
  }
}

void ab_release(struct ab *ab)
{
  for (size_t i = 0; i < ab->count; i++) {
    struct ab_benchmark *b = ab->benchmarks ? &ab->benchmarks[i] : NULL;
    if (!b)
      break;
    for (size_t k = 0; k < b->row_count; k++)
      row_release(ab, &b->rows[k]);
    free(b->rows);
    free(b->name);
    free(b->unlike);
    free(b->uncompared);
    json_decref(b->counters);
  }
  free(ab->benchmarks);
  for (int phase = 0; phase < AB_PHASES; phase++)
    free(ab->new_first[phase]);
  *ab = (struct ab){0};
}
