/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.c: from a result file to numbers that can be drawn. */

#include "figures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "law.h"

static double finite_number(const json_t *value)
{
  double number = json_is_number(value) ? json_number_value(value) : NAN;
  return isfinite(number) ? number : NAN;
}

double figure_number(const json_t *object, const char *key)
{
  return finite_number(json_object_get(object, key));
}

double figure_element(const json_t *array, size_t index)
{
  return finite_number(json_array_get(array, index));
}

static struct figure_point point_of(const struct result_row *row)
{
  struct figure_point point = {.row = row};
  const json_t *breakdown = json_object_get(row->json, "breakdown");
  for (int i = 0; i < FACTORS; i++) {
    double factor = figure_number(breakdown, factor_key((enum factor)i));
    point.factor[i] = factor > 0 && factor < 1e6 ? factor : NAN;
  }
  return point;
}

static long slot_field(const json_t *slot, const char *key)
{
  const json_t *value = json_object_get(slot, key);
  return json_is_integer(value) ? (long)json_integer_value(value) : -1;
}

/* Where the regime of the next slot is another one, and what is new in it. */
static void find_regimes(struct figures *figures)
{
  const json_t *slots = json_object_get(json_object_get(figures->file->json, "topology"), "slots");
  for (size_t i = 1; i < json_array_size(slots) && figures->regime_count < REGIMES_MOST; i++) {
    const json_t *before = json_array_get(slots, i - 1), *slot = json_array_get(slots, i);
    if (slot_field(slot, "regime") == slot_field(before, "regime"))
      continue;
    const char *text =
        slot_field(slot, "smt") > 0 && slot_field(before, "smt") == 0  ? "SMT siblings"
        : slot_field(slot, "kind") != slot_field(before, "kind")       ? "other cores"
        : slot_field(slot, "node") != slot_field(before, "node")       ? "next node"
        : slot_field(slot, "package") != slot_field(before, "package") ? "next package"
                                                                       : "next regime";
    figures->regimes[figures->regime_count++] = (struct figure_regime){(unsigned)i, text};
  }
}

const char *figures_backend(const struct result_benchmark *benchmark)
{
  const char *backend = "process";
  for (size_t i = benchmark->row_count; i-- > 0;) {
    const struct result_row *row = &benchmark->rows[i];
    if (row->serial || !isfinite(row->speedup))
      continue;
    if (strcmp(row->backend, "process") == 0)
      return row->backend;
    backend = row->backend;
  }
  return backend;
}

bool figures_draw_row(const struct result_row *row, const char *backend)
{
  return !row->serial && isfinite(row->speedup) && strcmp(row->backend, backend) == 0;
}

size_t figures_disturbed(const struct result_benchmark *benchmark)
{
  size_t disturbed = 0;
  for (size_t i = 0; i < benchmark->rounds; i++) {
    if (benchmark->set_aside[i])
      return 0;
    disturbed += benchmark->disturbed[i];
  }
  return disturbed;
}

/* What makes every fraction meaningless, as a key of law.h; NULL: nothing. */
static const char *what_forbids_law(const struct result_benchmark *benchmark)
{
  const struct kernel *kernel = kernel_find(benchmark->kernel);
  return kernel && kernel->is_pool      ? "unequal_tasks"
         : figures_disturbed(benchmark) ? "disturbed"
         : benchmark->too_short         ? "too_short"
                                        : NULL;
}

/* "" if it is not there. */
static const char *figure_text(const json_t *object, const char *key)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* A reason that the file gives may be one that `alone` explains: what forbids a law comes first. */
static const char *why_unfitted(const json_t *unfitted, const char *forbids)
{
  const char *reason = figure_text(unfitted, "reason");
  return law_unfitted_reason(reason) || !forbids ? reason : forbids;
}

static const char *largest_loss(const json_t *unfitted)
{
  const char *key = figure_text(unfitted, "largest_loss");
  for (int i = 0; i < FACTORS; i++)
    if (strcmp(key, factor_key((enum factor)i)) == 0)
      return factor_text((enum factor)i);
  return NULL;
}

static void take_law(struct figures *figures)
{
  const json_t *fits = json_object_get(figures->benchmark->json, "fits");
  const json_t *fit = json_object_get(fits, figures->file->weak ? "gustafson" : "amdahl");
  const json_t *interval = json_object_get(fit, "ci95");
  const json_t *unfitted = json_object_get(fits, "unfitted");
  const char *forbids = what_forbids_law(figures->benchmark);
  double fraction = figure_number(fit, "serial_fraction");
  bool known = fraction >= 0 && fraction <= 1 && !forbids;
  figures->serial_fraction = known ? fraction : NAN;
  figures->serial_low = known ? figure_element(interval, 0) : NAN;
  figures->serial_high = known ? figure_element(interval, 1) : NAN;
  figures->unfitted = known ? NULL : why_unfitted(unfitted, forbids);
  figures->alone = figure_number(fits, "alone");
  figures->loss = largest_loss(unfitted);
}

int figures_of(const struct result_file *file, const struct result_benchmark *benchmark,
               struct figures *ret_figures)
{
  struct figures figures = {
      .file = file, .benchmark = benchmark, .backend = figures_backend(benchmark)};
  figures.points = calloc(benchmark->row_count, sizeof *figures.points);
  if (!figures.points)
    return -ENOMEM;
  for (size_t i = 0; i < benchmark->row_count; i++) {
    const struct result_row *row = &benchmark->rows[i];
    if (figures_draw_row(row, figures.backend))
      figures.points[figures.count++] = point_of(row);
  }
  take_law(&figures);
  find_regimes(&figures);
  *ret_figures = figures;
  return 0;
}

void figures_release(struct figures *figures)
{
  free(figures->points);
}

double figures_law(const struct figures *figures, double workers)
{
  double s = figures->serial_fraction;
  if (figures->regime_count > 0 && workers > figures->regimes[0].after)
    return NAN;
  return figures->file->weak ? workers - s * (workers - 1) : 1 / (s + (1 - s) / workers);
}

const char *figures_law_name(const struct figures *figures)
{
  return figures->file->weak ? "Gustafson" : "Amdahl";
}

int figure_largest_loss(const struct figure_point *point)
{
  int worst = -1;
  double least = 0.99;
  for (int i = 0; i < FACTORS; i++)
    if (point->factor[i] < least) {
      least = point->factor[i];
      worst = i;
    }
  return worst;
}
