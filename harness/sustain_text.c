/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sustain_text.c: rate and clock over time as people see them. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "marks.h"
#include "measure.h"
#include "number.h"

enum { BUCKETS = 60, LEVELS = 8, CELL = 64, SENTENCE = 640 };

/* Eight heights, from half the highest value (or the lowest, if that is less) to the highest: noise
 * stays flat. */
static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

struct line {
  double means[BUCKETS], least, most;
};

static struct line line_of(const struct sustained *s, const double *values, size_t buckets)
{
  struct line line = {.least = INFINITY, .most = 0};
  sustain_buckets(s->started_s, values, s->n, s->lasted_s, buckets, line.means);
  for (size_t b = 0; b < buckets; b++) {
    line.least = fmin(line.least, line.means[b]);
    line.most = fmax(line.most, line.means[b]);
  }
  return line;
}

static void print_line(const char *title, const struct line *line, size_t buckets, FILE *to)
{
  const char *const *heights = marks_here()->utf8 ? blocks : letters;
  double bottom = fmin(line->least, line->most / 2);
  fprintf(to, " %-6s", title);
  for (size_t b = 0; b < buckets; b++) {
    double part = (line->means[b] - bottom) / (line->most - bottom);
    int level = part > 0 ? (int)(part * LEVELS) : 0; /* not a number: a clock of 0 */
    fputs(heights[level < LEVELS ? level : LEVELS - 1], to);
  }
}

static const char *duration_text(double seconds, char text[CELL])
{
  if (seconds < 120)
    snprintf(text, CELL, "%.*f s", seconds < 10 ? 1 : 0, seconds);
  else
    snprintf(text, CELL, "%.*f min", seconds < 600 ? 1 : 0, seconds / 60);
  return text;
}

static void print_chart(const struct benchmark *b, FILE *to)
{
  const struct sustained *s = &b->sustained;
  char least[NUMBER_TEXT], most[NUMBER_TEXT], end[CELL];
  size_t buckets = s->n < BUCKETS ? s->n : BUCKETS;
  struct line rate = line_of(s, s->rate_per_s, buckets), clock = line_of(s, s->clock_ghz, buckets);
  const char *unit = b->workload.job.kernel->unit;
  print_line("rate", &rate, buckets, to);
  fprintf(to, "\n       lowest %s%s/s, highest %s%s/s\n", number_si(rate.least, least), unit,
          number_si(rate.most, most), unit);
  print_line("clock", &clock, buckets, to);
  fprintf(to, "\n       lowest %.2f GHz, highest %.2f GHz\n", clock.least, clock.most);
  fprintf(to, "       0%*s\n", (int)(buckets > 12 ? buckets - 1 : 12),
          duration_text(s->lasted_s, end));
  print_wrapped(
      "Each sign is a mean over an equal part of the time. The tallest is the highest, the "
      "smallest half of it or the lowest.",
      to);
}

static void say_rates(const struct benchmark *b, FILE *to)
{
  const struct sustained *s = &b->sustained;
  char text[SENTENCE], burst[NUMBER_TEXT], sustained[NUMBER_TEXT], first[CELL];
  const char *unit = b->workload.job.kernel->unit;
  if (!isfinite(s->ratio.value)) {
    print_wrapped("Too few samples to compare the beginning with the end.", to);
    return;
  }
  snprintf(
      text, sizeof text,
      "Burst: %s%s/s in the first %s (%zu sample%s). Sustained: %s%s/s in the last third (%zu).",
      number_si(s->burst_per_s, burst), unit, duration_text(s->burst_end_s, first), s->burst_n,
      s->burst_n == 1 ? "" : "s", number_si(s->sustained_per_s, sustained), unit, s->sustained_n);
  print_wrapped(text, to);
  int n = snprintf(text, sizeof text, "Sustained is %.3f of the burst", s->ratio.value);
  if (isfinite(s->ratio.low))
    n += snprintf(text + n, sizeof text - (size_t)n, " (%.3f %s %.3f)%s", s->ratio.low,
                  marks_here()->dash, s->ratio.high,
                  s->ratio.low <= 1 && s->ratio.high >= 1 ? ", not to be told from 1" : "");
  else
    n += snprintf(text + n, sizeof text - (size_t)n, "; too few samples for an interval");
  double clock = s->sustained_clock_ghz / s->burst_clock_ghz, rest = s->ratio.value / clock;
  n += snprintf(text + n, sizeof text - (size_t)n, ". The clock: %.2f GHz, then %.2f GHz (%.3f).",
                s->burst_clock_ghz, s->sustained_clock_ghz, clock);
  if (rest < 0.95 || rest > 1.05)
    snprintf(text + n, sizeof text - (size_t)n,
             " It leaves a factor of %.3f unexplained: other work, shared cores, memory.", rest);
  print_wrapped(text, to);
}

static void say_trust(const struct benchmark *b, FILE *to)
{
  const struct sustained *s = &b->sustained;
  char text[SENTENCE];
  if (s->disturbed) {
    snprintf(text, sizeof text,
             "In %zu of %zu samples others held our CPUs for more than %g %% of a worker's time: "
             "they count, and a change of rate may be theirs.",
             s->disturbed, s->n, 100 * OUTSIDE_PART);
    print_wrapped(text, to);
  }
  if (s->lasted_s < s->asked_s)
    print_wrapped("Stopped early: what was measured until then.", to);
  int n = snprintf(text, sizeof text, "Answer identical in %zu of %zu samples", b->answers_compared,
                   b->answers_compared);
  if (b->verdict.how != VERIFIED_NONE)
    n += snprintf(text + n, sizeof text - (size_t)n, "; verified: %s", b->verdict.text);
  snprintf(text + n, sizeof text - (size_t)n, ".");
  print_wrapped(text, to);
}

int sustain_print(const struct benchmark *b, FILE *to)
{
  const struct sustained *s = &b->sustained;
  const struct row *row = &b->rows[b->row_count - 1];
  const struct job *job = &b->workload.job;
  const char *dot = marks_here()->dot;
  char lasted[CELL];
  if (b->verdict.text[0] && !b->verdict.right) {
    fprintf(to, "%s\nWRONG ANSWER: %s. No rate is shown.\n", b->name, b->verdict.text);
    return 0;
  }
  fprintf(to, "%s %s %s, %s %s sustained for %s\n  %u %s%s, %s %s %s %s %zu samples\n\n", b->name,
          dot, job->method->name, job->variant->name, dot, duration_text(s->lasted_s, lasted),
          row->workers, row->backend == BACKEND_THREAD ? "thread" : "worker",
          row->workers == 1 ? "" : "s", schedule_name(b->schedule), dot,
          s->pinned ? "pinned" : "not pinned", dot, s->n);
  print_chart(b, to);
  fputc('\n', to);
  say_rates(b, to);
  say_trust(b, to);
  return 0;
}
