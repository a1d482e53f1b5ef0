/* SPDX-License-Identifier: GPL-3.0-or-later */
/* breakdown.c: where the efficiency of a parallel row went. */

#include "breakdown.h"

#include <math.h>

#include "measure.h"

static const struct {
  const char *text, *key, *word;
} names[FACTORS] = {
    [FACTOR_LOAD_BALANCE] = {"load balance", "load_balance", "imbalance"},
    [FACTOR_START_SKEW] = {"start skew", "start_skew", "start skew"},
    [FACTOR_SERIALISATION] = {"serialisation", "serialisation", "serial"},
    [FACTOR_CLOCK] = {"clock", "clock", "clock"},
    [FACTOR_WAITING] = {"waiting for CPU", "waiting", "CPU wait"},
    [FACTOR_SHARED_CORE] = {"shared core", "shared_core", "same core"},
    [FACTOR_CONTENTION] = {"contention", "contention", "contention"},
    [FACTOR_UNEXPLAINED] = {"unexplained", "unexplained", "other"},
};

/* What the core gave per cycle, of what it gave the serial run.  Where the kernel's cycles rose
 * less than that (it needs other units of the core than additions do) no more than they rose is
 * blamed. */
static double shared_core(const struct measurement *s, const struct measurement *p, double cycles)
{
  if (s->adds_per_ns <= 0 || p->adds_per_ns <= 0)
    return 1;
  double given = p->adds_per_ns / p->clock_ghz / (s->adds_per_ns / s->clock_ghz);
  return fmin(1, fmax(given, cycles));
}

/* Of all CPU time, or of what the longest worker had: where shares are fixed all others wait for
 * the one worker that waits for its CPU; where chunks are claimed they take over its work. */
static double waiting(const struct measurement *p, unsigned workers)
{
  return fmin(p->cpu_s / (p->busy_mean_s * workers), p->cpu_longest_s / p->busy_longest_s);
}

/* Part of the time in which nobody waited for the CPU of the worker that merges and finishes. */
static double unwaited_tail(const struct measurement *m)
{
  return (m->wall_s - m->tail_waited_s) / m->wall_s;
}

struct breakdown breakdown_of(const struct measurement *serial, const struct measurement *parallel,
                              unsigned workers)
{
  const struct measurement *s = serial, *p = parallel;
  double cycles = s->cpu_s * s->clock_ghz / (p->cpu_s * p->clock_ghz);
  double shared = shared_core(s, p, cycles), waited = waiting(p, workers) / waiting(s, 1);
  double alone = (s->finish_s - s->tail_waited_s) / workers;
  struct breakdown breakdown = {
      .known = true,
      .factor =
          {
              [FACTOR_LOAD_BALANCE] = p->cpu_s / workers / p->busy_longest_s / waiting(p, workers),
              [FACTOR_START_SKEW] = p->busy_longest_s / p->run_s,
              [FACTOR_SERIALISATION] = (p->run_s + alone) / (p->wall_s - p->tail_waited_s),
              [FACTOR_CLOCK] = p->clock_ghz / s->clock_ghz,
              [FACTOR_WAITING] = waited * unwaited_tail(p) / unwaited_tail(s),
              [FACTOR_SHARED_CORE] = shared,
              [FACTOR_CONTENTION] = cycles / shared,
              [FACTOR_UNEXPLAINED] = s->wall_s / (workers * p->wall_s),
          },
  };
  for (int f = 0; f < FACTOR_UNEXPLAINED; f++)
    breakdown.factor[FACTOR_UNEXPLAINED] /= breakdown.factor[f];
  return breakdown;
}

int breakdown_largest_loss(const struct breakdown *breakdown)
{
  int worst = -1;
  double least = 0.99, product = 1; /* a loss below 1 % is not worth a word */
  for (int f = 0; breakdown->known && f < FACTORS; f++) {
    product *= breakdown->factor[f];
    if (breakdown->factor[f] < least) {
      least = breakdown->factor[f];
      worst = f;
    }
  }
  return product < 0.99 ? worst : -1;
}

int breakdown_worse(const struct breakdown *before, const struct breakdown *after)
{
  struct breakdown change = {.known = before->known && after->known};
  for (int f = 0; change.known && f < FACTORS; f++)
    change.factor[f] = after->factor[f] / before->factor[f];
  return breakdown_largest_loss(&change);
}

const char *factor_text(enum factor factor)
{
  return names[factor].text;
}

const char *factor_word(enum factor factor)
{
  return names[factor].word;
}

const char *factor_key(enum factor factor)
{
  return names[factor].key;
}

static const char *const meanings[FACTORS] = {
    [FACTOR_LOAD_BALANCE] =
        "some workers are done early and wait for the one that computes longest: its "
        "share was larger, or its core slower.",
    [FACTOR_START_SKEW] =
        "the workers do not all begin at once, or end at once: the run lasts longer than "
        "the longest worker computes. Larger jobs make it small.",
    [FACTOR_SERIALISATION] =
        "one worker alone puts the parts together and makes the answer, while the "
        "others wait: the serial part of Amdahl's law.",
    [FACTOR_CLOCK] =
        "the cores run at a lower frequency when all of them work: heat and power are shared.",
    [FACTOR_WAITING] =
        "the workers had to wait for their CPUs: other programs ran there, the hypervisor "
        "took them, or a quota held them back.",
    [FACTOR_SHARED_CORE] = "a core gives fewer additions per cycle than to the serial run while "
                           "its clock is the same: "
                           "two of our CPUs, or a neighbour's, are threads of one core.",
    [FACTOR_CONTENTION] =
        "the same work takes more cycles than alone: the workers share a cache, the memory or "
        "units of a core with one another or with somebody else.",
    [FACTOR_UNEXPLAINED] = "none of the measured causes.",
};

const char *factor_meaning(enum factor factor)
{
  return meanings[factor];
}
