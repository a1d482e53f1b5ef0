/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_result.c: the blocks of two sides as JSON: every raw sample, and what was made of it. */

#include <math.h>

#include "ab.h"
#include "value.h"

const char *const ab_phase_names[AB_PHASES] = {
    [AB_SAME] = "same", [AB_FIRST] = "first", [AB_CONFIRM] = "confirm"};

static json_t *interval(struct estimate change)
{
  if (!isfinite(change.low) || !isfinite(change.high))
    return json_null();
  return json_pack("[f, f]", regression_part(change.low), regression_part(change.high));
}

/* What a phase says of a row; null where it was not run for it. */
static json_t *comparison_json(const struct comparison *c)
{
  if (c->n == 0)
    return json_null();
  return json_pack("{s:i, s:o, s:o, s:f, s:s}", "blocks", (int)c->n, "change",
                   value_number(regression_part(c->change.value)), "interval", interval(c->change),
                   "confidence", c->confidence, "ruling", ruling_name(c->ruling));
}

/* Four arrays of samples a block, in the order of the runs. */
static json_t *runs_json(const struct ab *ab, const struct ab_row *row, enum ab_phase phase)
{
  json_t *runs = json_array();
  for (size_t i = 0; row->times[phase] && i < ab->blocks[phase] * BLOCK_RUNS; i++) {
    const struct ab_time *time = &row->times[phase][i];
    json_t *samples = json_array();
    for (size_t k = 0; k < time->n; k++)
      json_array_append_new(samples, value_number(time->samples_s[k]));
    if (isfinite(time->time_s))
      json_array_append_new(runs, json_pack("{s:s, s:o, s:f, s:b}", "side",
                                            ab_side_at(ab, phase, i) == AB_NEW ? "new" : "old",
                                            "samples_s", samples, "time_s", time->time_s,
                                            "disturbed", time->disturbed));
    else
      json_decref(samples);
  }
  return runs;
}

static json_t *row_json(const struct ab *ab, const struct ab_row *row)
{
  char reason[AB_REASON];
  json_t *runs = json_object(), *results = json_object();
  for (int phase = 0; phase < AB_PHASES; phase++) {
    json_object_set_new(runs, ab_phase_names[phase], runs_json(ab, row, (enum ab_phase)phase));
    json_object_set_new(results, ab_phase_names[phase], comparison_json(&row->result[phase]));
  }
  return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", row->name, "ruling",
                   ruling_name(row->ruling), "reason", ab_reason(ab, row, reason), "old_median_s",
                   value_number(row->median_s[AB_OLD]), "new_median_s",
                   value_number(row->median_s[AB_NEW]), "results", results, "runs", runs);
}

static json_t *text_or_null(const char *text)
{
  return text && *text ? json_string(text) : json_null();
}

static json_t *instructions_json(const struct ab_benchmark *b)
{
  if (!b->instructions[AB_OLD] || !b->instructions[AB_NEW])
    return json_null();
  return json_pack("{s:I, s:I, s:s, s:b}", "old", (json_int_t)b->instructions[AB_OLD], "new",
                   (json_int_t)b->instructions[AB_NEW], "variant", b->counted_variant, "more",
                   b->more_instructions);
}

json_t *ab_benchmarks_json(const struct ab *ab)
{
  json_t *benchmarks = json_array();
  for (size_t i = 0; i < ab->count; i++) {
    const struct ab_benchmark *b = &ab->benchmarks[i];
    json_t *rows = json_array();
    for (size_t k = 0; k < b->row_count; k++)
      json_array_append_new(rows, row_json(ab, &b->rows[k]));
    json_array_append_new(benchmarks,
                          json_pack("{s:s, s:o, s:o, s:o, s:O?, s:o, s:o, s:o}", "name", b->name,
                                    "not_compared", text_or_null(b->unlike), "old_variant",
                                    text_or_null(b->variant[AB_OLD]), "new_variant",
                                    text_or_null(b->variant[AB_NEW]), "counters", b->counters,
                                    "counters_not_compared", text_or_null(b->uncompared),
                                    "instructions", instructions_json(b), "rows", rows));
  }
  return benchmarks;
}

const char *ab_block_order(enum ab_phase phase, bool new_first)
{
  return phase == AB_SAME ? "old old old old" : new_first ? "new old old new" : "old new new old";
}

json_t *ab_phases_json(const struct ab *ab)
{
  json_t *phases = json_object();
  for (int phase = 0; phase < AB_PHASES; phase++) {
    json_t *orders = json_array();
    for (size_t i = 0; i < ab->blocks[phase]; i++)
      json_array_append_new(
          orders, json_string(ab_block_order((enum ab_phase)phase, ab->new_first[phase][i])));
    json_object_set_new(phases, ab_phase_names[phase], orders);
  }
  return phases;
}
