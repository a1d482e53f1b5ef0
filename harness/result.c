/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result.c: a whole run as one JSON object.  Unknown is null; 64-bit counts are strings. */

#include "result.h"

#include <math.h>
#include <stdio.h>

#include "value.h"
#include "version.h"

static const char *const pin_names[] = {
    [PIN_AUTO] = "auto", [PIN_REQUIRE] = "require", [PIN_OFF] = "off"};

const char *pin_name(enum pin pin)
{
  return pin_names[pin];
}

/* --- Answers --- */

static json_t *answer_value(const struct answer *answer, const struct answer_item *item)
{
  char digits[32];
  switch (item->kind) {
  case ANSWER_COUNT:
    return value_count(item->count);
  case ANSWER_DIGITS:
    return json_stringn(answer->text + item->text_offset, item->text_bytes);
  default:
    snprintf(digits, sizeof digits, "%.17g", item->number);
    return json_string(digits);
  }
}

static json_t *answer_item_json(const struct answer *answer, const struct answer_item *item)
{
  return json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", item->name, "value",
                   answer_value(answer, item), "error_bound", value_number(item->error_bound),
                   "standard_error", value_number(item->standard_error), "z",
                   value_number(item->z));
}

static json_t *answers_json(const struct answer *answer)
{
  json_t *array = json_array();
  for (unsigned i = 0; answer && i < answer->count; i++)
    json_array_append_new(array, answer_item_json(answer, &answer->items[i]));
  return array;
}

/* --- Rows --- */

static json_t *samples_json(const struct row *row, size_t offset)
{
  json_t *array = json_array();
  for (size_t i = 0; i < row->n; i++)
    json_array_append_new(array,
                          value_number(*(const double *)((const char *)&row->samples[i] + offset)));
  return array;
}

static json_t *cpus_json(const struct row *row)
{
  json_t *array = json_array();
  for (unsigned w = 0; row->n && w < row->workers; w++)
    json_array_append_new(array, value_index(row->cpus[w]));
  return array;
}

static json_t *counters_json(const struct benchmark *b, const struct row *row)
{
  json_t *object = json_object();
  const char *const *names = b->workload.job.kernel->counters;
  for (unsigned i = 0; row->n && i < COUNTERS && names[i]; i++)
    json_object_set_new(object, names[i], value_count(row->counters[i]));
  return object;
}

static json_t *breakdown_json(const struct breakdown *breakdown)
{
  if (!breakdown->known)
    return json_null();
  json_t *object = json_object();
  for (int f = 0; f < FACTORS; f++)
    json_object_set_new(object, factor_key((enum factor)f), value_number(breakdown->factor[f]));
  return object;
}

/* Rounds that were disturbed from outside, and by what. */
static json_t *flagged_json(const struct benchmark *b)
{
  json_t *array = json_array();
  for (size_t i = 0; i < b->rounds; i++)
    if (b->outside[i] != OUTSIDE_NONE)
      json_array_append_new(array, json_pack("{s:i, s:s, s:b}", "round", (int)i, "reason",
                                             outside_key(b->outside[i]), "set_aside",
                                             round_is_set_aside(b, i)));
  return array;
}

static json_t *samples_if(bool known, const struct row *row, size_t offset)
{
  return known ? samples_json(row, offset) : json_null();
}

/* What the operating system did to the workers, sample by sample; null where it does not tell. */
static json_t *usage_json(const struct row *row)
{
  struct usage_meter meter = usage_open();
  bool waiting = meter.schedstat >= 0, migrations = meter.migrations >= 0;
  usage_close(&meter);
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "cpu_s",
                   samples_json(row, offsetof(struct measurement, cpu_s)), "waited_s",
                   samples_if(waiting, row, offsetof(struct measurement, waited_s)), "stolen_s",
                   samples_if(waiting, row, offsetof(struct measurement, stolen_s)), "migrations",
                   samples_if(migrations, row, offsetof(struct measurement, migrations)),
                   "switches", samples_json(row, offsetof(struct measurement, switches)), "faults",
                   samples_json(row, offsetof(struct measurement, faults)));
}

static json_t *phases_json(const struct row *row)
{
  if (row->n == 0)
    return json_null();
  json_t *object =
      json_pack("{s:o, s:o, s:o}", "run_s", value_number(row->median.run_s), "merge_s",
                value_number(row->median.merge_s), "finish_s", value_number(row->median.finish_s));
  for (unsigned i = 0; i < STEPS_MOST && row->step_name[i][0]; i++) {
    char key[STEP_NAME + 2];
    snprintf(key, sizeof key, "%s_s", row->step_name[i]);
    json_object_set_new(object, key, value_number(row->median.step_s[i]));
  }
  return object;
}

/* What was done and measured. */
static json_t *row_measured(const struct benchmark *b, const struct row *row)
{
  return json_pack(
      "{s:s, s:s, s:i, s:o, s:b, s:b, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
      "mode", row->serial ? "serial" : "parallel", "backend", backend_name(row->backend), "workers",
      (int)row->workers, "cpus", cpus_json(row), "pinned", row->n && row->pinned, "oversubscribed",
      row->oversubscribed, "work", value_count(workload_work(row_workload(b, row))), "counters",
      counters_json(b, row), "repeats", (int)b->repeats, "samples_s",
      samples_json(row, offsetof(struct measurement, wall_s)), "spawn_s",
      samples_json(row, offsetof(struct measurement, spawn_s)), "clock_ghz",
      samples_json(row, offsetof(struct measurement, clock_ghz)), "flagged", flagged_json(b),
      "phases", phases_json(row), "answers", answers_json(row_answer(b, row)), "peak_rss_bytes",
      row->n ? json_integer((json_int_t)row->peak_rss_bytes) : json_null(), "stop_reason",
      value_text(stop_reason_name(b->stop)));
}

/* What the samples say. */
static void row_summarised(json_t *object, const struct row *row)
{
  bool any = row->n > 0, parallel = any && !row->serial;
  struct estimate unknown = {NAN, NAN, NAN};
  struct estimate median = any ? row->time.median : unknown;
  struct estimate speedup = parallel ? row->speedup : unknown;
  struct estimate fraction = parallel ? row->karp_flatt : unknown;
  json_t *more = json_pack(
      "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "median_s",
      value_number(median.value), "ci95_s", value_interval(median), "min_s",
      value_number(any ? row->time.minimum : NAN), "mad_s", value_number(any ? row->time.mad : NAN),
      "rate_per_s", value_number(any ? row->rate_per_s : NAN), "speedup",
      value_number(speedup.value), "speedup_ci95", value_interval(speedup), "speedup_all_rounds",
      value_number(parallel ? row->speedup_all : NAN), "capacity", value_number(row->capacity),
      "efficiency", value_number(parallel ? row->efficiency : NAN), "karp_flatt",
      value_number(fraction.value), "karp_flatt_ci95", value_interval(fraction), "breakdown",
      breakdown_json(&row->breakdown));
  json_object_update(object, more);
  json_decref(more);
}

static json_t *row_json(const struct benchmark *b, const struct row *row)
{
  json_t *object = row_measured(b, row);
  json_object_set_new(object, "usage", usage_json(row));
  json_object_set_new(object, "merged_bytes",
                      row->n ? value_count(row->merged_bytes) : json_null());
  row_summarised(object, row);
  if (b->weak) {
    const struct job *job = &row_workload(b, row)->job;
    json_object_set_new(object, "size", value_count(job->values[job_size_index(job)]));
  }
  return object;
}

/* --- Benchmarks --- */

static json_t *parameter_json(const struct job *job, unsigned index)
{
  const struct parameter *parameter = &job->kernel->parameters[index];
  char value[JOB_VALUE];
  return parameter->kind == PARAMETER_COUNT ? value_count(job->values[index])
                                            : json_string(job_value_text(job, index, value));
}

static json_t *parameters_json(const struct job *job)
{
  json_t *object = json_object();
  for (unsigned i = 0; job->kernel->parameters[i].name; i++)
    json_object_set_new(object, job->kernel->parameters[i].name, parameter_json(job, i));
  return object;
}

/* The limit is null where the interval holds 0. */
static json_t *amdahl_json(const struct law *law)
{
  struct estimate f = law->fraction;
  if (law->unfitted != FITTED)
    return json_null();
  return json_pack("{s:o, s:o, s:o}", "serial_fraction", value_number(f.value), "ci95",
                   value_interval(f), "limit", value_number(f.low > 0 ? 1 / f.value : NAN));
}

static json_t *gustafson_json(const struct law *law)
{
  if (law->unfitted != FITTED)
    return json_null();
  return json_pack("{s:o, s:o}", "serial_fraction", value_number(law->fraction.value), "ci95",
                   value_interval(law->fraction));
}

/* Why there is no law, and which loss that is not serial is the largest. */
static json_t *unfitted_json(const struct law *law)
{
  if (law->unfitted == FITTED)
    return json_null();
  return json_pack("{s:s, s:o}", "reason", law_unfitted_key(law), "largest_loss",
                   law->unfitted == UNFITTED_LOSS ? json_string(factor_key(law->loss))
                                                  : json_null());
}

/* How near the serial run came to the least cycles that its variant can take. */
static json_t *bound_json(const struct benchmark *b)
{
  const struct bound *bound = &b->workload.job.variant->bound;
  if (!bound->one)
    return json_null();
  return json_pack(
      "{s:s, s:o, s:o, s:o}", "counter", b->workload.job.kernel->counters[bound->counter], "cycles",
      value_number(benchmark_cycles(b)), "least_cycles",
      value_number(bound->cycles > 0 ? bound->cycles : NAN), "limits", value_text(bound->limits));
}

static json_t *fits_json(const struct benchmark *b)
{
  json_t *fits =
      json_pack("{s:o, s:o, s:o}", "amdahl", b->weak ? json_null() : amdahl_json(&b->law), "alone",
                value_number(b->law.alone), "unfitted", unfitted_json(&b->law));
  if (b->weak)
    json_object_set_new(fits, "gustafson", gustafson_json(&b->law));
  return fits;
}

/* Lone speeds by kind of core, relative to the first slot's; null where there is one kind. */
static json_t *kind_speeds_json(const struct benchmark *b)
{
  if (!b->kind_speed)
    return json_null();
  json_t *array = json_array();
  for (unsigned kind = 0; kind < b->kinds; kind++)
    json_array_append_new(array, value_number(b->kind_speed[kind]));
  return array;
}

static json_t *numbers(const double *values, size_t n)
{
  json_t *array = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(array, value_number(values[i]));
  return array;
}

static json_t *sustained_json(const struct benchmark *b)
{
  const struct sustained *s = &b->sustained;
  const struct row *row = &b->rows[b->row_count - 1];
  return json_pack(
      "{s:i, s:s, s:b, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "workers",
      (int)row->workers, "backend", backend_name(row->backend), "pinned", s->pinned, "started_s",
      numbers(s->started_s, s->n), "rate_per_s", numbers(s->rate_per_s, s->n), "clock_ghz",
      numbers(s->clock_ghz, s->n), "disturbed", (int)s->disturbed, "lasted_s",
      value_number(s->lasted_s), "burst_per_s", value_number(s->burst_per_s), "sustained_per_s",
      value_number(s->sustained_per_s), "ratio", value_number(s->ratio.value), "ratio_ci95",
      value_interval(s->ratio), "burst_clock_ghz", value_number(s->burst_clock_ghz),
      "sustained_clock_ghz", value_number(s->sustained_clock_ghz));
}

static json_t *benchmark_json(const struct benchmark *b)
{
  const struct job *job = &b->workload.job;
  json_t *runs = json_array();
  for (unsigned i = 0; i < b->row_count; i++)
    json_array_append_new(runs, row_json(b, &b->rows[i]));
  bool checked = b->verdict.text[0] != '\0';
  return json_pack(
      "{s:s, s:s, s:s, s:s, s:i, s:o, s:b, s:s, s:s, s:s, s:o, s:o, s:i, s:b, s:o, s:o, s:o, s:o, "
      "s:o, s:o, s:o}",
      "name", b->name, "kernel", job->kernel->name, "method", job->method->name, "variant",
      job->variant->name, "revision", (int)job->kernel->revision, "parameters",
      parameters_json(job), "size_chosen", b->size_chosen, "unit", job->kernel->unit, "schedule",
      schedule_name(b->schedule), "verified", verified_name(b->verdict.how), "right",
      checked ? json_boolean(b->verdict.right) : json_null(), "verification",
      checked ? json_string(b->verdict.text) : json_null(), "rounds", (int)b->rounds, "too_short",
      b->short_rows, "bound", bound_json(b), "fits", fits_json(b), "serial_fraction_injected",
      value_number(b->serial_fraction), "kind_speeds", kind_speeds_json(b), "throttled_s",
      value_number(b->throttled_s), "cpu_pressure_s", value_number(b->rounds ? b->pressure_s : NAN),
      "runs", runs);
}

/* --- The run --- */

static json_t *options_json(const struct run *run)
{
  const char *schedule = run->schedule < 0 ? NULL : schedule_name((enum schedule)run->schedule);
  return json_pack("{s:o, s:o, s:o, s:o, s:s}", "profile", value_text(run->profile), "suite",
                   value_text(run->suite), "seed", value_count(run->seed), "schedule",
                   value_text(schedule), "scaling", run->weak ? "weak" : "strong");
}

json_t *result_json(const struct run *run)
{
  char started[32];
  struct tm utc;
  gmtime_r(&run->started_at, &utc);
  strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json_t *benchmarks = json_array();
  for (size_t i = 0; i < run->benchmark_count; i++)
    json_array_append_new(benchmarks, benchmark_json(&run->benchmarks[i]));
  for (size_t i = 0; i < run->benchmark_count; i++)
    if (run->benchmarks[i].slowdown > 0)
      json_object_set_new(json_array_get(benchmarks, i), "slowdown_injected",
                          value_number(run->benchmarks[i].slowdown));
  for (size_t i = 0; i < run->benchmark_count; i++)
    if (run->benchmarks[i].sustained.n)
      json_object_set_new(json_array_get(benchmarks, i), "sustained",
                          sustained_json(&run->benchmarks[i]));
  return json_pack("{s:s, s:b, s:o, s:s, s:o, s:{s:s, s:o}, s:o, s:o, s:o, s:o, s:o}", "schema",
                   "pibench-result/1", "complete", run->error == NULL, "error",
                   value_text(run->error), "started_at", started, "label", value_text(run->label),
                   "pibench", "version", PIBENCH_VERSION, "commit",
                   value_text(*PIBENCH_COMMIT ? PIBENCH_COMMIT : NULL), "machine",
                   result_machine_json(run->machine), "software",
                   result_software_json(run->software), "topology", result_topology_json(run),
                   "options", options_json(run), "benchmarks", benchmarks);
}
