/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_show.c: what pibench ab prints and keeps. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "ab_result.h"
#include "grid.h"
#include "number.h"
#include "result.h"
#include "version.h"

/* --- What people read --- */

static void print_side(const struct ab_session *session, enum ab_side side)
{
  const struct ab_options *options = session->options;
  const struct result_file *scout = session->scout[side];
  char text[1024];
  int n = snprintf(text, sizeof text, "%s  %.300s", side == AB_OLD ? "old" : "new",
                   options->program[side]);
  if (scout)
    n += snprintf(text + n, sizeof text - (size_t)n, " (%.40s%s%.40s)", scout->version,
                  scout->commit ? " " : "", scout->commit ? scout->commit : "");
  for (const char *const *pair = options->environment[side]; *pair && n < 700; pair++)
    n += snprintf(text + n, sizeof text - (size_t)n, ", %.200s", *pair);
  if (side == AB_NEW && options->inject > 0)
    snprintf(text + n, sizeof text - (size_t)n, ", slowed down by %g %% on purpose",
             100 * options->inject);
  print_wrapped(text, stdout);
}

static void print_differences(const struct ab_session *session)
{
  char text[512];
  for (size_t i = 0; i < session->difference_count; i++) {
    const struct difference *d = &session->differences[i];
    snprintf(text, sizeof text, "changed: %s: %.150s, now %.150s", d->what, d->old, d->new);
    print_wrapped(text, stdout);
  }
  for (size_t i = 0; i < session->ab.count; i++) {
    const struct ab_benchmark *b = &session->ab.benchmarks[i];
    if (!b->unlike && strcmp(b->variant[AB_OLD], b->variant[AB_NEW]) != 0) {
      snprintf(text, sizeof text, "changed: %.120s runs %s, now %s", b->name, b->variant[AB_OLD],
               b->variant[AB_NEW]);
      print_wrapped(text, stdout);
    }
    if (b->uncompared) {
      snprintf(text, sizeof text, "%.120s: %.300s; not compared", b->name, b->uncompared);
      print_wrapped(text, stdout);
    }
  }
}

/* Of builds: the old one's first look tells. */
static void print_too_short(const struct ab_session *session)
{
  const struct result_file *scout = session->scout[AB_OLD];
  char text[256];
  for (size_t i = 0; scout && i < scout->benchmark_count; i++) {
    if (!scout->benchmarks[i].too_short)
      continue;
    snprintf(text, sizeof text, "%.150s is too short to trust: a larger size tells more",
             scout->benchmarks[i].name);
    print_wrapped(text, stdout);
  }
}

void ab_print_sides(const struct ab_session *session)
{
  const struct ab_options *options = session->options;
  char text[AB_CPU_LIST + 128];
  print_side(session, AB_OLD);
  print_side(session, AB_NEW);
  print_differences(session);
  print_too_short(session);
  snprintf(text, sizeof text, "both %s CPU%s %s%s", session->pinned ? "on" : "NOT PINNED, on",
           strchr(session->cpu_list, ',') ? "s" : "", session->cpu_list,
           options->commands ? "; whole processes, output discarded (-w gives more CPUs)" : "");
  print_wrapped(text, stdout);
}

/* The row whose old side differed most from itself. */
void ab_print_noise(const struct ab_session *session)
{
  const struct ab *ab = &session->ab;
  double most = -1;
  size_t disturbed = 0, runs = 0, blocks = 0;
  for (size_t i = 0; i < ab->count; i++)
    for (size_t k = 0; k < ab->benchmarks[i].row_count; k++) {
      const struct ab_row *row = &ab->benchmarks[i].rows[k];
      const struct comparison *same = &row->result[AB_SAME];
      disturbed += row->disturbed;
      runs += row->result[AB_FIRST].n * BLOCK_RUNS;
      blocks = row->result[AB_FIRST].n > blocks ? row->result[AB_FIRST].n : blocks;
      if (same->n)
        most = fmax(most, fmax(fabs(regression_part(same->change.low)),
                               fabs(regression_part(same->change.high))));
    }
  char text[256];
  int n = snprintf(text, sizeof text, "%zu blocks of four runs, in shuffled order.", blocks);
  if (isfinite(most) && most >= 0)
    n += snprintf(text + n, sizeof text - (size_t)n,
                  " The old side against itself: within %.1f %%.", 100 * most);
  if (disturbed)
    snprintf(text + n, sizeof text - (size_t)n, " In %.0f %% of the runs others held our CPUs.",
             100 * (double)disturbed / (double)runs);
  putchar('\n');
  print_wrapped(text, stdout);
}

/* --- The result file --- */

static json_t *texts(const char *const *list)
{
  json_t *array = json_array();
  for (; *list; list++)
    json_array_append_new(array, json_string(*list));
  return array;
}

static json_t *side_json(const struct ab_session *session, enum ab_side side)
{
  const struct result_file *scout = session->scout[side];
  json_t *version = scout ? json_object_get(scout->json, "pibench") : NULL;
  json_t *software = scout ? json_object_get(scout->json, "software") : NULL;
  return json_pack("{s:s, s:o, s:O?, s:O?}", "program", session->options->program[side],
                   "environment", texts(session->options->environment[side]), "pibench", version,
                   "software", software);
}

/* Of the builds' own results where there are some. */
static json_t *machine_json(const struct ab_session *session)
{
  struct machine machine;
  if (session->scout[AB_OLD])
    return json_incref(json_object_get(session->scout[AB_OLD]->json, "machine"));
  if (machine_read("", &machine) < 0)
    return NULL;
  json_t *json = result_machine_json(&machine);
  machine_release(&machine);
  return json;
}

static json_t *options_json(const struct ab_session *session)
{
  const struct ab_options *options = session->options;
  char seed[24];
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
  return json_pack("{s:s, s:f, s:i, s:f, s:s, s:s, s:o}", "mode",
                   options->commands ? "commands" : "builds", "threshold", options->threshold,
                   "blocks", (int)options->blocks, "inject", options->inject, "on_inconclusive",
                   options->warn_on_inconclusive ? "warn" : "fail", "seed", seed, "arguments",
                   texts(options->arguments));
}

static json_t *differences_json(const struct ab_session *session)
{
  json_t *array = json_array();
  for (size_t i = 0; i < session->difference_count; i++) {
    const struct difference *d = &session->differences[i];
    json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "kind",
                                           d->kind == DIFFERENCE_MACHINE ? "machine" : "software",
                                           "what", d->what, "old", d->old, "new", d->new));
  }
  return array;
}

json_t *ab_result_json(const struct ab_session *session, int exit_code)
{
  char started[32];
  struct tm utc;
  gmtime_r(&session->started_at, &utc);
  strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json_t *machine = machine_json(session);
  if (!machine)
    return NULL;
  return json_pack(
      "{s:s, s:b, s:o, s:s, s:{s:s, s:o}, s:o, s:{s:o, s:o}, s:s, s:b, s:o, s:o, s:o, s:o, s:i}",
      "schema", "pibench-ab/1", "complete", session->error[0] == '\0', "error",
      session->error[0] ? json_string(session->error) : json_null(), "started_at", started,
      "pibench", "version", PIBENCH_VERSION, "commit",
      *PIBENCH_COMMIT ? json_string(PIBENCH_COMMIT) : json_null(), "machine", machine, "sides",
      "old", side_json(session, AB_OLD), "new", side_json(session, AB_NEW), "cpus",
      session->cpu_list, "pinned", session->pinned, "options", options_json(session), "differences",
      differences_json(session), "phases", ab_phases_json(&session->ab), "benchmarks",
      ab_benchmarks_json(&session->ab), "exit_code", exit_code);
}
