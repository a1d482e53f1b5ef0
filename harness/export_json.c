/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export_json.c: a result as JSON of Google Benchmark and of github-action-benchmark. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "export.h"

int export_json(json_t *json, FILE *to)
{
  int r = json ? json_dumpf(json, to, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : -1;
  json_decref(json);
  if (r < 0)
    return -ENOMEM;
  fputc('\n', to);
  return 0;
}

/* --- Google Benchmark --- */

/* CPU time of sample i over all workers, else its wall time. */
static double cpu_s(const struct result_row *row, size_t i)
{
  const json_t *values = json_object_get(json_object_get(row->json, "usage"), "cpu_s");
  const json_t *value = json_array_get(values, i);
  return json_is_number(value) ? json_number_value(value) : row->samples_s[i];
}

static json_t *repetition(const char *name, const struct result_row *row, size_t family,
                          size_t instance, size_t i, size_t n)
{
  const double per_ns = 1e9;
  return json_pack("{s:s, s:i, s:i, s:s, s:s, s:i, s:i, s:i, s:i, s:f, s:f, s:s}", "name", name,
                   "family_index", (int)family, "per_family_instance_index", (int)instance,
                   "run_name", name, "run_type", "iteration", "repetitions", (int)n,
                   "repetition_index", (int)i, "threads", (int)row->workers, "iterations", 1,
                   "real_time", row->samples_s[i] * per_ns, "cpu_time", cpu_s(row, i) * per_ns,
                   "time_unit", "ns");
}

static void add_repetitions(const struct result_file *file, size_t family, size_t instance,
                            json_t *benchmarks)
{
  const struct result_benchmark *b = &file->benchmarks[family];
  const struct result_row *row = &b->rows[instance];
  char name[EXPORT_NAME];
  size_t n = 0, at = 0;
  for (size_t i = 0; i < row->n; i++)
    n += !b->set_aside[i] && isfinite(row->samples_s[i]);
  export_name(file, b, row, name);
  for (size_t i = 0; i < row->n; i++)
    if (!b->set_aside[i] && isfinite(row->samples_s[i])) {
      json_t *one = repetition(name, row, family, instance, i, n);
      if (one)
        json_object_set_new(one, "repetition_index", json_integer((json_int_t)at++));
      json_array_append_new(benchmarks, one);
    }
}

static json_t *caches(const struct result_file *file)
{
  json_t *list = json_array();
  const json_t *all = json_object_get(json_object_get(file->json, "machine"), "caches"), *cache;
  size_t i;
  json_array_foreach(all, i, cache)
  {
    json_t *size = json_object_get(cache, "bytes"), *type = json_object_get(cache, "type");
    json_t *level = json_object_get(cache, "level");
    json_t *sharing = json_object_get(cache, "sharing_cpus");
    if (json_is_integer(size) && json_is_string(type) && json_is_integer(level)
        && json_is_integer(sharing))
      json_array_append_new(list, json_pack("{s:O, s:O, s:O, s:O}", "type", type, "level", level,
                                            "size", size, "num_sharing", sharing));
  }
  return list;
}

/* The first row's clock in MHz, which the tool shows; 0 is its word for unknown. */
static int clock_mhz(const struct result_file *file)
{
  const json_t *ghz =
      file->benchmark_count ? json_object_get(file->benchmarks[0].rows[0].json, "clock_ghz") : NULL;
  double value = json_number_value(json_array_get(ghz, 0));
  return value > 0 && value < 100 ? (int)(value * 1e3) : 0;
}

int export_gbench(const struct result_file *file, FILE *to)
{
  const json_t *machine = json_object_get(file->json, "machine");
  json_t *benchmarks = json_array();
  for (size_t i = 0; i < file->benchmark_count; i++)
    for (size_t k = 0; k < file->benchmarks[i].row_count; k++)
      if (file->benchmarks[i].right != RESULT_WRONG)
        add_repetitions(file, i, k, benchmarks);
  return export_json(json_pack("{s:{s:s, s:s, s:s, s:i, s:i, s:b, s:o, s:[], s:s}, s:o}", "context",
                               "date", file->started_at, "host_name",
                               file->label ? file->label : "", "executable", "pibench", "num_cpus",
                               (int)json_integer_value(json_object_get(machine, "online_cpus")),
                               "mhz_per_cpu", clock_mhz(file), "cpu_scaling_enabled", 0, "caches",
                               caches(file), "load_avg", "library_build_type", "release",
                               "benchmarks", benchmarks),
                     to);
}

/* --- github-action-benchmark --- */

static json_t *gha_entry(const struct result_file *file, const struct result_benchmark *b,
                         const struct result_row *row)
{
  char name[EXPORT_NAME], range[32] = "", extra[512];
  if (isfinite(row->low_s))
    snprintf(range, sizeof range, "± %.4g", (row->high_s - row->low_s) / 2 * 1e3);
  snprintf(extra, sizeof extra, "%.60s, %zu samples, %s, %.200s, pibench %.60s %.60s", b->variant,
           row->n, row->pinned ? "pinned" : "not pinned",
           file->machine.cpu_model ? file->machine.cpu_model : "unknown CPU", file->version,
           file->commit ? file->commit : "");
  json_t *entry = json_pack("{s:s, s:s, s:f, s:s}", "name", export_name(file, b, row, name), "unit",
                            "ms", "value", row->median_s * 1e3, "extra", extra);
  if (entry && *range)
    json_object_set_new(entry, "range", json_string(range));
  return entry;
}

int export_gha(const struct result_file *file, FILE *to)
{
  json_t *list = json_array();
  for (size_t i = 0; i < file->benchmark_count; i++)
    for (size_t k = 0; k < file->benchmarks[i].row_count; k++) {
      const struct result_benchmark *b = &file->benchmarks[i];
      if (b->right != RESULT_WRONG && isfinite(b->rows[k].median_s))
        json_array_append_new(list, gha_entry(file, b, &b->rows[k]));
    }
  return export_json(list, to);
}
