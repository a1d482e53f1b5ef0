/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_judge.c: what the blocks of two sides say, and why. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ab.h"
#include "statistics.h"

/* Changes of the complete blocks; how many. */
static size_t row_changes(const struct ab *ab, struct ab_row *row, enum ab_phase phase)
{
  size_t n = 0;
  for (size_t block = 0; row->times[phase] && block < ab->blocks[phase]; block++) {
    double times_s[BLOCK_RUNS];
    for (unsigned run = 0; run < BLOCK_RUNS; run++)
      times_s[run] = row->times[phase][BLOCK_RUNS * block + run].time_s;
    double change = block_change(ab->new_first[phase][block], times_s);
    if (isfinite(change))
      row->changes[phase][n++] = change;
  }
  return n;
}

/* The medians of each side's runs, for people: the verdict rests on changes alone. */
static int row_medians(const struct ab *ab, struct ab_row *row)
{
  size_t runs = ab->blocks[AB_FIRST] * BLOCK_RUNS;
  double *times = calloc(runs, sizeof *times);
  int r = times ? 0 : -ENOMEM;
  row->disturbed = 0;
  for (int side = 0; side < AB_SIDES && r == 0; side++) {
    struct estimate median = {NAN, NAN, NAN};
    size_t n = 0;
    for (size_t i = 0; i < runs; i++) {
      const struct ab_time *time = &row->times[AB_FIRST][i];
      if (ab_side_at(ab, AB_FIRST, i) != (enum ab_side)side || isnan(time->time_s))
        continue;
      times[n++] = time->time_s;
      row->disturbed += time->disturbed;
    }
    r = n ? statistics_median(times, n, 0.95, &median) : 0;
    row->median_s[side] = median.value;
  }
  free(times);
  return r;
}

bool ab_looks_slower(const struct ab_benchmark *b)
{
  for (size_t k = 0; k < b->row_count; k++)
    if (b->rows[k].result[AB_FIRST].n && b->rows[k].result[AB_FIRST].ruling == RULING_REGRESSED)
      return true;
  return false;
}

/* Whether a row takes part in a phase's judgement. */
static bool takes_part(const struct ab_row *row, enum ab_phase phase)
{
  const struct comparison *first = &row->result[AB_FIRST];
  return phase != AB_CONFIRM || (first->n && first->ruling == RULING_REGRESSED);
}

/* Judges all rows of one phase together. */
static int judge_phase(struct ab *ab, enum ab_phase phase)
{
  size_t rows = 0, n = 0;
  for (size_t i = 0; i < ab->count; i++)
    rows += ab->benchmarks[i].row_count;
  struct comparison *all = calloc(rows + 1, sizeof *all);
  struct ab_row **from = calloc(rows + 1, sizeof *from);
  int r = all && from ? 0 : -ENOMEM;
  for (size_t i = 0; i < ab->count && r == 0; i++)
    for (size_t k = 0; k < ab->benchmarks[i].row_count; k++) {
      struct ab_row *row = &ab->benchmarks[i].rows[k];
      size_t blocks = takes_part(row, phase) ? row_changes(ab, row, phase) : 0;
      row->result[phase] = (struct comparison){0};
      if (blocks == 0)
        continue;
      all[n] = (struct comparison){.changes = row->changes[phase], .n = blocks};
      from[n++] = row;
    }
  if (r == 0 && phase != AB_SAME)
    r = regression_judge(all, n, ab->threshold);
  for (size_t i = 0; i < n && r == 0 && phase == AB_SAME; i++) /* each for itself: no verdict */
    r = regression_judge(&all[i], 1, ab->threshold);
  for (size_t i = 0; i < n && r == 0; i++)
    from[i]->result[phase] = all[i];
  free(from);
  free(all);
  return r;
}

/* The old side against itself came out as slower or faster than the threshold: the machine, or the
 * way of measuring, makes up changes of that size. */
static bool same_differs(const struct ab_row *row)
{
  const struct comparison *same = &row->result[AB_SAME];
  return same->n && (same->ruling == RULING_REGRESSED || same->ruling == RULING_IMPROVED);
}

static enum ruling row_ruling(const struct ab *ab, const struct ab_row *row)
{
  const struct comparison *first = &row->result[AB_FIRST], *confirm = &row->result[AB_CONFIRM];
  if (first->n == 0 || same_differs(row))
    return RULING_INCONCLUSIVE;
  if (first->ruling != RULING_REGRESSED || ab->blocks[AB_CONFIRM] == 0)
    return first->ruling;
  return confirm->n && confirm->ruling == RULING_REGRESSED ? RULING_REGRESSED : RULING_INCONCLUSIVE;
}

int ab_judge(struct ab *ab)
{
  int r = 0;
  for (int phase = 0; phase < AB_PHASES && r == 0; phase++)
    if (ab->blocks[phase])
      r = judge_phase(ab, (enum ab_phase)phase);
  for (size_t i = 0; i < ab->count; i++)
    for (size_t k = 0; k < ab->benchmarks[i].row_count && r == 0; k++) {
      struct ab_row *row = &ab->benchmarks[i].rows[k];
      row->median_s[AB_OLD] = row->median_s[AB_NEW] = NAN;
      if (ab->blocks[AB_FIRST])
        r = row_medians(ab, row);
      row->ruling = row_ruling(ab, row);
    }
  return r;
}

/* --- Why --- */

static double percent(double change)
{
  return 100 * regression_part(change);
}

static void inconclusive_reason(const struct ab *ab, const struct ab_row *row, char *text)
{
  const struct comparison *first = &row->result[AB_FIRST], *confirm = &row->result[AB_CONFIRM];
  double smallest = regression_smallest(first, ab->threshold);
  size_t needed = regression_blocks_needed(first, ab->threshold);
  if (first->n == 0) {
    snprintf(text, AB_REASON, "no block was completed");
  } else if (same_differs(row)) {
    snprintf(text, AB_REASON,
             "the old side differs from itself by %+.1f %% (%+.1f to %+.1f): such a machine cannot "
             "tell",
             percent(row->result[AB_SAME].change.value), percent(row->result[AB_SAME].change.low),
             percent(row->result[AB_SAME].change.high));
  } else if (first->ruling == RULING_REGRESSED) {
    snprintf(text, AB_REASON,
             "%zu blocks looked slower, %zu more did not confirm it (%+.1f to %+.1f %%)", first->n,
             confirm->n, percent(confirm->change.low), percent(confirm->change.high));
  } else if (isinf(smallest)) {
    snprintf(text, AB_REASON, "%zu blocks are too few for so many comparisons", first->n);
  } else {
    int n = snprintf(text, AB_REASON,
                     "the interval holds %g %%; a slowdown of %.1f %% would have shown",
                     100 * ab->threshold, 100 * smallest);
    if (needed)
      snprintf(text + n, AB_REASON - (size_t)n, "; about %zu blocks would settle it", needed);
    else
      snprintf(text + n, AB_REASON - (size_t)n,
               "; no number of blocks would settle it: it is about the threshold");
  }
}

const char *ab_reason(const struct ab *ab, const struct ab_row *row, char text[AB_REASON])
{
  const struct comparison *first = &row->result[AB_FIRST], *confirm = &row->result[AB_CONFIRM];
  double threshold = 100 * ab->threshold;
  switch (row->ruling) {
  case RULING_PASS:
    snprintf(text, AB_REASON, "the whole interval lies below %g %%", threshold);
    break;
  case RULING_IMPROVED:
    snprintf(text, AB_REASON, "faster by %.1f %% at least", -percent(first->change.high));
    break;
  case RULING_REGRESSED:
    snprintf(text, AB_REASON,
             "slower by %.1f %% at least, the threshold is %g %%; %zu more blocks confirm it "
             "(%+.1f to %+.1f %%)",
             percent(first->change.low), threshold, confirm->n, percent(confirm->change.low),
             percent(confirm->change.high));
    break;
  default:
    inconclusive_reason(ab, row, text);
  }
  return text;
}
