/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regression.h: is it slower?  What the samples of two sides say of a threshold.
 *
 * Everything is about the change ln(new time / old time), whose median is estimated without
 * assuming a distribution:
 *
 *   paired    one change per block of runs: the sign test's interval from order statistics
 *   unpaired  two samples: the interval of the shift that the rank-sum test does not reject
 *             (Hodges & Lehmann 1963; Mann & Whitney 1947), exact up to 40 values a side
 *
 * Several comparisons are judged together by Holm's procedure (1979), at 5 % for all: the
 * comparison that is clearest is held to 5 % / m, the next to 5 % / (m - 1), until one is not clear
 * enough; it and the others are inconclusive at that level.  The interval that is shown is the one
 * that decides.  tests/test_gate_simulation.c tells how often that is wrong.
 */
#pragma once

#include "statistics.h"

enum ruling {
  RULING_PASS,         /* certainly not slower than the threshold */
  RULING_IMPROVED,     /* a pass, and certainly faster than by the threshold */
  RULING_REGRESSED,    /* certainly slower than the threshold */
  RULING_INCONCLUSIVE, /* the interval holds the threshold */
  RULINGS,
};

/* "pass", "improved", "regressed", "inconclusive" */
const char *ruling_name(enum ruling ruling);

/* One question.  Values are natural logarithms. */
struct comparison {
  const double *changes; /* paired: [n] ln(new/old); else NULL */
  const double *old_logs, *new_logs;
  size_t n, n_new; /* n: blocks, or values of the old side */

  /* The answer, by regression_judge(). */
  struct estimate change; /* median and interval; infinite where n is too small for one */
  double confidence;      /* of that interval, by Holm's procedure */
  enum ruling ruling;
};

/* Judges `count` comparisons together; threshold 0.05 for 5 %.  Each needs n >= 1.  Returns 0 or
 * -ENOMEM. */
int regression_judge(struct comparison *comparisons, size_t count, double threshold);

/* The median change and its interval at a confidence; infinite where there is none.  0, -ENOMEM. */
int regression_estimate(const struct comparison *comparison, double confidence,
                        struct estimate *ret_change);

/*
 * What an inconclusive comparison could have shown: the smallest slowdown (0.08 for 8 %) at which
 * an interval as wide as this one would lie above the threshold.  INFINITY if there is no interval.
 */
double regression_smallest(const struct comparison *comparison, double threshold);

/* How many blocks (paired) or values a side would probably settle it, from the interval's width,
 * which shrinks with the square root; 0 where more than a thousand would be needed: the change is
 * as large as the threshold, and no number tells on which side it is. */
size_t regression_blocks_needed(const struct comparison *comparison, double threshold);

/* 0.05 for the logarithm of 1.05. */
double regression_part(double change);

/* --- Blocks --- */

enum { BLOCK_RUNS = 4 };

/* The fewest blocks with which so many comparisons can be told apart at all: 6 for one. */
size_t blocks_fewest(size_t comparisons);

/*
 * The order of runs in n blocks: old, new, new, old where new_first[i] is false, else new, old,
 * old, new.  As many of one as of the other (one more where n is odd), shuffled: a drift that is
 * straight within a block cancels, and a rhythm of the machine meets both orders.  Returns 0 or
 * -ENOMEM.
 */
int blocks_shuffle(size_t n, unsigned long seed, bool *ret_new_first);

/* Whether run 0 ... 3 of a block is one of the new side. */
bool block_run_is_new(bool new_first, unsigned run);

/* ln(new/old) of a block from the times of its runs in the order in which they ran. */
double block_change(bool new_first, const double times_s[BLOCK_RUNS]);
