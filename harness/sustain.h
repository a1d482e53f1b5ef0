/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sustain.h: burst against sustained rate: one benchmark by one team, sample after sample for
 * minutes, with the clock beside it.  A laptop's first minute is not its tenth.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "statistics.h"

struct benchmark;
struct fault;
struct measure_options;

/* A sample should last so long at least: the start of a team weighs nothing then, and ten minutes
 * are no more than some thousands of samples. */
#define SUSTAIN_SAMPLE_S 0.1

/* The burst: samples that start within the first seconds, or the first sixth of a short run. */
#define SUSTAIN_BURST_S 5.0

struct sustained {
  size_t n;          /* samples; 0: was not asked for */
  double *started_s; /* since the first began */
  double *rate_per_s;
  double *clock_ghz; /* mean over workers, before and after */
  double asked_s, lasted_s;
  bool pinned;      /* every worker, in every sample */
  size_t disturbed; /* samples in which others held our CPUs */

  /* After sustain_summarise(); NaN where unknown. */
  double burst_end_s, sustained_begin_s;       /* which samples are compared, by their start */
  size_t burst_n, sustained_n;                 /* how many these are */
  double burst_per_s, sustained_per_s;         /* medians */
  double burst_clock_ghz, sustained_clock_ghz; /* medians */
  struct estimate ratio;                       /* sustained / burst */
};

/*
 * Runs samples of the last row of a prepared benchmark until the time is over, at least one; then
 * checks the answer.  The samples are kept in benchmark->sustained, also on failure, and not in
 * the rows: they are no rounds.  Calls options->progress before each sample, rounds being 0.
 * Returns like measure_run(), and then has called sustain_summarise().
 */
int sustain_run(struct benchmark *benchmark, const struct measure_options *options, double seconds,
                struct fault *ret_fault);

/*
 * Compares the burst with the last third.  The ratio's 95 % is a bootstrap of two medians, samples
 * being drawn from each part by themselves; known with six samples or more in both.  Neighbouring
 * samples are alike, so that it is rather too narrow than too wide.  Returns 0 or -ENOMEM.
 */
int sustain_summarise(struct sustained *sustained);

/*
 * Means of the values of samples that start in each of `buckets` equal parts of 0 .. end_s; a part
 * in which none starts takes the value before it.  started[0] is 0; n and buckets >= 1.
 */
void sustain_buckets(const double *started, const double *values, size_t n, double end_s,
                     size_t buckets, double *ret_means);

/* Prints rate and clock over time as a small chart, 80 columns wide, and what they say.  Returns 0
 * or -ENOMEM. */
int sustain_print(const struct benchmark *benchmark, FILE *to);

/* Accepts an all-zero one. */
void sustain_release(struct sustained *sustained);
