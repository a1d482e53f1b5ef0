/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.h: one benchmark at many sizes: how time grows with the work. */
#pragma once

#include <stdio.h>

#include "measure.h"

enum { SWEEP_SIZES = 64, SWEEP_STEPS_MOST = 20 };

struct sweep {
  size_t count;
  uint64_t sizes[SWEEP_SIZES]; /* ascending */
};

/*
 * Reads KEY=FROM:TO[:STEPS per decade, default 1] for a job that has the size parameter KEY, not
 * yet given.  Sizes go from FROM in equal ratios, rounded to three digits, and end with TO.
 * Returns 0, or -EINVAL with one line in message that names what was wrong and what is accepted.
 */
int sweep_parse(const char *text, const struct job *job, struct sweep *ret_sweep,
                char message[JOB_MESSAGE]);

/* The times of one size. */
struct sweep_times {
  double size;
  const double *times; /* > 0 */
  size_t n;            /* >= 1 */
};

/*
 * The exponent e of time = c size^e: least squares on ln median time against ln size.  95 % by
 * bootstrap over the times of every size, the sizes being independent: it tells the noise of the
 * times, not whether a power law is the right one.  low and high are NaN where a size has fewer
 * than six times, all NaN with fewer than two sizes.  Returns 0 or -ENOMEM.
 */
int sweep_exponent(const struct sweep_times *sizes, size_t count, uint64_t seed,
                   struct estimate *ret_exponent);

/* A serial time below this does not enter the exponent. */
#define SWEEP_SHORTEST_S 1e-3

enum { SWEEP_SENTENCE = 400, SWEEP_TIME = 40 };

/* "2.19 ms": sizes of a sweep are decades apart, so that every time has a unit of its own.
 * `microseconds` is how that unit is written.  Returns text. */
const char *sweep_time(double seconds, const char *microseconds, char text[SWEEP_TIME]);

/* What an exponent of these sizes says, in a sentence.  `key` is the size's name, `dash` stands
 * between the ends of the interval.  Returns text. */
const char *sweep_sentence(const char *key, struct estimate exponent,
                           const struct sweep_times *sizes, size_t count, const char *dash,
                           char text[SWEEP_SENTENCE]);

/* Prints the table of summarised benchmarks, one per size, and the sentences below it.  Returns 0
 * or -ENOMEM. */
int sweep_print(const struct benchmark *benchmarks, size_t count, FILE *to);
