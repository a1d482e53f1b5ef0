/* SPDX-License-Identifier: GPL-3.0-or-later */
/* law.c: the law of scaling that a benchmark's rows follow, told only where their loss is serial.
 */

#include "law.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum { ROUNDS_LEAST = 6 };

static const char *const unfitted_keys[] = {
    [FITTED] = NULL,
    [UNFITTED_ROUNDS] = "too_few_rounds",
    [UNFITTED_ROWS] = "no_second_core",
    [UNFITTED_POOL] = "unequal_tasks",
    [UNFITTED_DISTURBED] = "disturbed",
    [UNFITTED_SHORT] = "too_short",
    [UNFITTED_LOSS] = "other_loss",
    [UNFITTED_GAIN] = "faster_workers",
};

static const char *const unfitted_reasons[] = {
    [UNFITTED_ROUNDS] = "fewer than six rounds count",
    [UNFITTED_ROWS] = "no row has two workers or more on equal cores of one package, each its own",
    [UNFITTED_POOL] = "tasks of very unequal length limit the speedup, not a serial part",
    [UNFITTED_DISTURBED] = "others held our CPUs in too many rounds",
    [UNFITTED_SHORT] = "a row is too short to trust",
    [UNFITTED_LOSS] = NULL,
    [UNFITTED_GAIN] = NULL,
};

const char *law_unfitted_reason(const char *key)
{
  for (int i = FITTED + 1; i <= UNFITTED_GAIN; i++)
    if (strcmp(key, unfitted_keys[i]) == 0)
      return unfitted_reasons[i];
  return NULL;
}

const char *law_unfitted_key(const struct law *law)
{
  return unfitted_keys[law->unfitted];
}

/* --- Whether a fraction is what one worker did alone --- */

static bool holds(const struct estimate *fraction, double alone)
{
  return fraction->low <= alone && alone <= fraction->high;
}

/* Most of the fraction is that part, and the part is no more than twice what it may be. */
static bool is_mostly(const struct estimate *fraction, double alone)
{
  return 2 * alone >= fraction->value && alone <= 2 * fraction->high;
}

struct estimate law_karp_flatt(const struct row *row)
{
  const struct estimate unknown = {NAN, NAN, NAN};
  struct estimate fraction = statistics_karp_flatt(row->speedup, row->workers);
  double serialisation = row->breakdown.factor[FACTOR_SERIALISATION];
  if (!row->breakdown.known || isnan(fraction.value))
    return unknown;
  double alone = (1 / serialisation - 1) / (row->workers - 1);
  return holds(&fraction, alone) || is_mostly(&fraction, alone) ? fraction : unknown;
}

/* --- The rows of a fit --- */

/* Equal cores of one package, one worker on each, all of the backend that comes first. */
static bool in_first_regime(const struct benchmark *b, const struct row *row,
                            const struct placement *placement)
{
  if (row->n == 0 || row->n < b->rounds || row->workers > placement->regimes[0].end
      || row->capacity != row->workers)
    return false;
  return row->serial || (row->backend == b->rows[1].backend && row->breakdown.known);
}

/* Times of the rows, and what they would be if nothing but serial work were lost. */
struct fit_rows {
  double *times;   /* [row_count * rounds] */
  double *perfect; /* [row_count]: their logarithms, 0 for the serial row */
  unsigned *workers;
  size_t count, rounds;
};

/* Complete rounds only: a row may have begun one more. */
static void fit_rows_add(struct fit_rows *rows, const struct benchmark *b, const struct row *row)
{
  double *times = rows->times + rows->count * rows->rounds;
  size_t n = 0;
  for (size_t i = 0; i < b->rounds; i++)
    if (!round_is_set_aside(b, i))
      times[n++] = row->samples[i].wall_s / row_growth(b, row);
  rows->rounds = n;
  rows->workers[rows->count] = row->workers;
  rows->perfect[rows->count++] =
      row->serial ? 0 : -log(row->workers * row->breakdown.factor[FACTOR_SERIALISATION]);
}

/* The largest loss of a row that is not serial. */
static void law_blame(struct law *law, const struct row *row)
{
  for (int f = 0; f < FACTORS; f++)
    if (f != FACTOR_SERIALISATION && row->breakdown.factor[f] < law->loss_factor) {
      law->loss = (enum factor)f;
      law->loss_factor = row->breakdown.factor[f];
      law->loss_workers = row->workers;
    }
}

static void fit_rows_collect(struct fit_rows *rows, const struct benchmark *b,
                             const struct placement *placement, struct law *law)
{
  for (unsigned i = 0; i < b->row_count; i++) {
    const struct row *row = &b->rows[i];
    if (!in_first_regime(b, row, placement))
      continue;
    fit_rows_add(rows, b, row);
    if (row->workers < 2)
      continue;
    law_blame(law, row);
    law->counts++;
    law->most = row->workers;
  }
}

/* What keeps the law from being asked at all. */
static enum unfitted unfitted_by_nature(const struct benchmark *b, const struct law *law,
                                        size_t rounds)
{
  /* clang-format off */
  return b->workload.job.kernel->is_pool ? UNFITTED_POOL
       : law->counts == 0                ? UNFITTED_ROWS
       : rounds < ROUNDS_LEAST           ? UNFITTED_ROUNDS
       : b->all_counted                  ? UNFITTED_DISTURBED
       : b->short_rows                   ? UNFITTED_SHORT
                                         : FITTED;
  /* clang-format on */
}

static void law_believe(struct law *law, struct estimate fraction)
{
  if (fraction.high <= 0 || !(holds(&fraction, law->alone) || is_mostly(&fraction, law->alone))) {
    law->unfitted = law->alone < fraction.low ? UNFITTED_LOSS : UNFITTED_GAIN;
    return;
  }
  fraction.low = fmin(fraction.low, law->alone);
  fraction.high = fmax(fraction.high, law->alone);
  law->fraction = fraction;
}

static int law_fit_rows(const struct fit_rows *rows, bool weak, struct law *law)
{
  struct fit fit;
  int r = (weak ? fit_gustafson : fit_amdahl)(rows->times, rows->workers, rows->count, rows->rounds,
                                              1, &fit);
  if (r < 0)
    return r;
  law->alone =
      (weak ? fit_gustafson_exact : fit_amdahl_exact)(rows->perfect, rows->workers, rows->count);
  law_believe(law, fit.fraction);
  return 0;
}

int law_fit(const struct benchmark *b, const struct placement *placement, struct law *ret_law)
{
  struct law law = {.fraction = {NAN, NAN, NAN}, .alone = NAN, .loss_factor = 1};
  struct fit_rows rows = {calloc(b->row_count * (b->rounds ? b->rounds : 1), sizeof *rows.times),
                          calloc(b->row_count, sizeof *rows.perfect),
                          calloc(b->row_count, sizeof *rows.workers), 0, 0};
  int r = rows.times && rows.perfect && rows.workers ? 0 : -ENOMEM;
  if (r == 0) {
    if (b->rounds > 0)
      fit_rows_collect(&rows, b, placement, &law);
    law.unfitted = unfitted_by_nature(b, &law, rows.rounds);
    r = law.unfitted == FITTED ? law_fit_rows(&rows, b->weak, &law) : 0;
  }
  free(rows.times);
  free(rows.perfect);
  free(rows.workers);
  if (r == 0)
    *ret_law = law;
  return r;
}
