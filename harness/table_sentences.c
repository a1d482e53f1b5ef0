/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table_sentences.c: what is said below a benchmark's table. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "marks.h"
#include "number.h"
#include "table_parts.h"

/* To a tenth, but nothing has no sign: not -0.0. */
static void print_z(double z, FILE *to)
{
  const double half = 0.05;
  fprintf(to, fabs(z) < half ? ", z = 0.0" : ", z = %+.1f", z);
}

static void print_answer(const struct benchmark *b, FILE *to)
{
  const struct answer *answer = row_answer(b, &b->rows[b->row_count - 1]);
  fprintf(to, "%s identical in %zu of %zu samples", b->weak ? "Each job's answer" : "Answer",
          b->answers_compared, b->answers_compared);
  for (unsigned i = 0; answer && i < answer->count; i++)
    if (isfinite(answer->items[i].z))
      print_z(answer->items[i].z, to);
  const struct answer_item *error = answer ? answer_find(answer, "error") : NULL;
  if (error)
    fprintf(to, ", error = %+.1e", error->number);
  if (b->verdict.how != VERIFIED_NONE)
    fprintf(to, "; verified: %s", b->verdict.text);
  fputs(".\n", to);
}

static void print_stop(const struct benchmark *b, FILE *to)
{
  const struct row *last = &b->rows[b->row_count - 1];
  double precision =
      statistics_relative_precision(last->serial ? last->time.median : last->speedup);
  static const char *const why[] = {
      [STOP_NONE] = "Stopped early",
      [STOP_ROUNDS] = "Stopped: all rounds done",
      [STOP_PRECISION] = "Stopped: precise enough",
      [STOP_TIME] = "Stopped: no time for another round",
  };
  fputs(why[b->stop], to);
  if (isfinite(precision))
    fprintf(to, "; %s known within %.1f %%", last->serial ? "serial time" : "speedup",
            100 * precision);
  else
    fprintf(to, "; too few rounds for an interval: it takes %zu that count", rounds_least(b));
  if (b->row_count > 2 && isfinite(precision))
    fprintf(to, " (the intervals hold together at 95 %%)");
  fputs(".\n", to);
}

/* How many rounds each cause disturbed: "2 other programs, 1 the hypervisor". */
static void print_causes(const struct benchmark *b, FILE *to)
{
  const char *comma = "";
  for (int cause = OUTSIDE_NONE + 1; cause < OUTSIDE_KINDS; cause++) {
    size_t rounds = 0;
    for (size_t i = 0; i < b->rounds; i++)
      rounds += b->outside[i] == (enum outside)cause;
    if (rounds)
      fprintf(to, "%s%zu by %s", comma, rounds, outside_text((enum outside)cause));
    comma = rounds ? ", " : comma;
  }
}

static void print_disturbance(const struct benchmark *b, FILE *to)
{
  const struct row *last = &b->rows[b->row_count - 1];
  if (b->disturbed && b->all_counted) {
    fprintf(to, "DISTURBED: %zu of %zu rounds (", b->disturbed, b->rounds);
    print_causes(b, to);
    fprintf(
        to,
        ") held our CPUs for more than %g %% of a worker's time. Too many to set aside: all are "
        "counted, and this is not what a free machine does.\n",
        100 * OUTSIDE_PART);
  } else if (b->disturbed) {
    size_t count = b->rounds - b->disturbed;
    fprintf(to, "%zu of %zu rounds %s set aside (", b->disturbed, b->rounds,
            b->disturbed == 1 ? "was" : "were");
    print_causes(b, to);
    fprintf(to, "), %zu count%s", count, count == 1 ? "s" : "");
    if (!last->serial && last->n)
      fprintf(to, "; with all %zu the speedup of %u is %.2f", b->rounds, last->workers,
              last->speedup_all);
    fputs(".\n", to);
  }
  if (b->throttled_rounds)
    fprintf(to,
            "The CPU quota held workers back in %zu of %zu rounds, for %.2f s in all: that is part "
            "of the result.\n",
            b->throttled_rounds, b->rounds, b->throttled_s);
}

static void print_on_purpose(const struct benchmark *b, FILE *to)
{
  if (b->slowdown > 0)
    fprintf(to, "Every worker was slowed down by %g %% on purpose.\n", 100 * b->slowdown);
  if (b->serial_chunks)
    fprintf(to, "A serial part of %.1f %% of the work was put in on purpose.\n",
            100 * b->serial_fraction);
}

/* Why there is no serial fraction to tell, where the table itself does not show it.  What one
 * worker did alone limits the speedup all the same. */
static void print_unfitted(const struct benchmark *b, const char *name, FILE *to)
{
  const struct law *law = &b->law;
  if (law->unfitted != UNFITTED_LOSS && law->unfitted != UNFITTED_GAIN)
    return;
  fprintf(to, "%s: no serial fraction is fitted. One worker alone did %.2f %% of the work", name,
          100 * law->alone);
  if (!b->weak && law->alone >= 1e-4)
    fprintf(to, " (a limit of %.*f %s)", law->alone > 0.01 ? 1 : 0, 1 / law->alone,
            marks_here()->times);
  if (law->unfitted == UNFITTED_LOSS)
    fprintf(to, "; what is lost beyond that is not serial, above all %s: %.2f at %u workers.\n",
            factor_text(law->loss), law->loss_factor, law->loss_workers);
  else
    fputs(", but the rows lose less: the workers computed faster than the serial run.\n", to);
}

/* "Amdahl", and that one count of workers tells a fraction, but not whether the law holds. */
static void print_law_name(const struct law *law, const char *name, FILE *to)
{
  fputs(name, to);
  if (law->counts == 1)
    fprintf(to, " (from %u workers alone, which cannot test the law)", law->most);
  fputs(": ", to);
}

static void print_amdahl(const struct benchmark *b, FILE *to)
{
  struct estimate f = b->law.fraction;
  if (b->weak)
    return;
  print_unfitted(b, "Amdahl", to);
  if (b->law.unfitted != FITTED)
    return;
  print_law_name(&b->law, "Amdahl", to);
  if (f.low > 0)
    fprintf(to, "a serial fraction of %.2f %% (%.2f %s %.2f %%)", 100 * f.value, 100 * f.low,
            marks_here()->dash, 100 * f.high);
  else
    fprintf(to, "these rows cannot tell the serial fraction from 0; it is below %.2f %%",
            100 * f.high);
  double limit = 1 / (f.low > 0 ? f.value : f.high);
  fprintf(to, ", so the limit on such cores is %s%.*f %s.\n", f.low > 0 ? "" : "above ",
          limit < 100 ? 1 : 0, limit, marks_here()->times);
}

/* What weak scaling means here, and the law of it. */
static void print_weak(const struct benchmark *b, FILE *to)
{
  char name[JOB_NAME];
  struct estimate s = b->law.fraction;
  const struct row *last = &b->rows[b->row_count - 1];
  if (!b->weak)
    return;
  if (last->workers > 1)
    fprintf(to,
            "Weak scaling: %s is the work of one worker, %s costs as much as %u of it. Speedup is "
            "work done in the same time.\n",
            b->name, job_name(&last->workload.job, name), last->workers);
  print_unfitted(b, "Gustafson", to);
  if (b->law.unfitted != FITTED)
    return;
  print_law_name(&b->law, "Gustafson", to);
  if (s.low > 0)
    fprintf(to,
            "a serial fraction of %.2f %% (%.2f %s %.2f %%), so every further worker adds %.3f of "
            "one's work.\n",
            100 * s.value, 100 * s.low, marks_here()->dash, 100 * s.high, 1 - s.value);
  else
    fprintf(to, "these rows cannot tell the serial fraction from 0; it is below %.2f %%.\n",
            100 * s.high);
}

/* Where scaling bends: the first row that loses more than a tenth of the efficiency before it. */
static void print_bend(const struct benchmark *b, FILE *to)
{
  for (unsigned i = 2; i < b->row_count; i++) {
    const struct row *before = &b->rows[i - 1], *row = &b->rows[i];
    if (!row->n || row->backend != before->backend || row->oversubscribed
        || !(row->efficiency < 0.9 * before->efficiency))
      continue;
    int worst = breakdown_worse(&before->breakdown, &row->breakdown);
    fprintf(to, " Scaling bends at %u workers%s%s.", row->workers, worst >= 0 ? ": " : "",
            worst >= 0 ? factor_text((enum factor)worst) : "");
    return;
  }
}

static void print_rates(const struct benchmark *b, FILE *to)
{
  char one[NUMBER_TEXT], all[NUMBER_TEXT];
  const struct row *serial = &b->rows[0], *last = &b->rows[b->row_count - 1];
  const char *unit = b->workload.job.kernel->unit;
  if (last->serial || !last->n || !serial->n)
    return;
  fprintf(to, "One CPU computes %s%s/s, %u %s%s ", number_si(serial->rate_per_s, one), unit,
          last->workers, last->backend == BACKEND_THREAD ? "thread" : "worker",
          last->workers == 1 ? "" : "s");
  if (b->weak) /* where units of a larger job cost more, units per second do not tell */
    fprintf(to, "do %.2f %s as much.", last->speedup.value, marks_here()->times);
  else
    fprintf(to, "%s%s/s (%.2f %s).", number_si(last->rate_per_s, all), unit, last->speedup.value,
            marks_here()->times);
  int worst = breakdown_largest_loss(&last->breakdown);
  if (worst == FACTOR_CLOCK)
    fprintf(to, " The largest loss is the clock: %.2f instead of %.2f GHz.", last->median.clock_ghz,
            serial->median.clock_ghz);
  else if (worst >= 0)
    fprintf(to, " The largest loss is %s.", factor_text((enum factor)worst));
  print_bend(b, to);
  double spawn = last->median.spawn_s / last->time.median.value / b->repeats;
  fprintf(to, "\nStarting %u %s%s, not timed: %.2f ms", last->workers,
          last->backend == BACKEND_THREAD ? "thread" : "worker", last->workers == 1 ? "" : "s",
          last->median.spawn_s * 1e3);
  if (spawn < 1)
    fprintf(to, " (%.1f %% of a sample)", 100 * spawn);
  fputs(".\n", to);
}

/* What the serial run needs in core cycles, beside what it would need at best.  CPU time and clock
 * are both measured, so a neighbour on the same core makes it more. */
static void print_cycles(const struct benchmark *b, FILE *to)
{
  const struct row *serial = &b->rows[0];
  const struct bound *bound = &b->workload.job.variant->bound;
  double cycles = benchmark_cycles(b);
  if (isnan(cycles))
    return;
  fprintf(to, "One CPU: %.4g cycles a %s at %.2f GHz", cycles, bound->one,
          serial->median.clock_ghz);
  if (bound->cycles > 0)
    fprintf(to, "; the bound is %.4g (%s): %.0f %% of the limit", bound->cycles, bound->limits,
            100 * bound->cycles / cycles);
  fputs(".\n", to);
}

/* What each loss of a row means. */
static void print_explanation(const struct row *row, FILE *to)
{
  if (!row->breakdown.known)
    return;
  fprintf(to, "%u worker%s, efficiency %.0f %%:\n", row->workers, row->workers == 1 ? "" : "s",
          100 * row->efficiency);
  for (int f = 0; f < FACTORS; f++) {
    double factor = row->breakdown.factor[f];
    if (factor < 0.99)
      fprintf(to, "- %s %.2f: %s\n", factor_text((enum factor)f), factor,
              factor_meaning((enum factor)f));
  }
}

static void print_warnings(const struct benchmark *b, const struct placement *placement, FILE *to)
{
  const struct row *last = &b->rows[b->row_count - 1];
  if (b->short_rows)
    fprintf(to, "Too short to trust: a row lasts less than %g ms%s.\n", MEASURE_SHORTEST_S * 1e3,
            job_size_index(&b->workload.job) < 0 ? "" : "; without a size one is chosen");
  unsigned cpus = placement_cpus(placement, last->workers);
  if (last->oversubscribed)
    fprintf(to, "Oversubscribed: %u workers share %u CPU%s; they are not pinned.\n", last->workers,
            cpus, cpus == 1 ? "" : "s");
  if (b->unpinned_why)
    fprintf(to, "Not pinned: %s.\n", b->unpinned_why);
  for (unsigned i = 0; i < b->row_count; i++)
    if (b->rows[i].bind_error) {
      fprintf(to, "Not pinned: binding was refused (%s).\n",
              strerrordesc_np(-b->rows[i].bind_error));
      break;
    }
}

/* The sentences are written to memory first, so that each paragraph can be broken at column 80. */
int table_sentences(const struct benchmark *b, const struct placement *placement,
                    const struct table_options *options, FILE *to)
{
  char *text = NULL, *line, *rest;
  size_t length;
  FILE *memory = open_memstream(&text, &length);
  if (!memory)
    return -ENOMEM;
  print_answer(b, memory);
  print_stop(b, memory);
  print_disturbance(b, memory);
  print_rates(b, memory);
  if (options->verbose)
    print_cycles(b, memory);
  table_pool(b, memory);
  print_on_purpose(b, memory);
  print_amdahl(b, memory);
  print_weak(b, memory);
  print_warnings(b, placement, memory);
  for (unsigned i = 1; options->explain && i < b->row_count; i++)
    print_explanation(&b->rows[i], memory);
  if (fclose(memory) != 0) {
    free(text);
    return -ENOMEM;
  }
  for (rest = text; (line = strsep(&rest, "\n")) && *line;)
    print_wrapped(line, to);
  free(text);
  return 0;
}
