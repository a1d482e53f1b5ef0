/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * breakdown.h: where the efficiency of a parallel row went.
 *
 * After the efficiency metrics of the POP Centre of Excellence.  With P workers, wall time T_P,
 * busy times b_i and CPU times c_i of the workers, clock f and additions a per time (canaries), and
 * T_1, c_1, f_1 of the serial run, which spends e_1 of T_1 (not in c_1) on finishing the answer and
 * on what is left to one worker on purpose, the efficiency T_1 / (P T_P) is the product of
 *
 *   load balance    mean c / max b / w_P      a worker waits for the longest
 *   start skew      max b / run               until all are running
 *   serialisation   (run + e_1/P) / (T_P - t) merge and finish, by few workers or one
 *   clock           f_P / f_1                 all cores together run at a lower frequency
 *   waiting         w_P / w_1                 the CPU was given to somebody else, also for t
 *   shared core     (a_P/f_P) / (a_1/f_1)     fewer additions a cycle: who else is on the core?
 *   contention      c_1 f_1 / (sum c  f_P)    more cycles for the same work
 *   unexplained     what remains
 *
 * where `run` lasts from the release to the last worker's end, t is what the worker that merges and
 * finishes waits for its CPU then (e_1 is without it), w is sum c / sum b or, if it is less,
 * max c / max b (all wait for one worker that waits for its CPU), in either case times (T - t) / T
 * but in load balance, and contention is what a shared core does not explain: caches, memory.  Each
 * is 1 where nothing is lost.
 */
#pragma once

#include <stdbool.h>

enum factor {
  FACTOR_LOAD_BALANCE,
  FACTOR_START_SKEW,
  FACTOR_SERIALISATION,
  FACTOR_CLOCK,
  FACTOR_WAITING,
  FACTOR_SHARED_CORE,
  FACTOR_CONTENTION,
  FACTOR_UNEXPLAINED,
  FACTORS,
};

struct breakdown {
  bool known;
  double factor[FACTORS];
};

struct measurement;

/* Factors of one parallel sample and the serial one of its round. */
struct breakdown breakdown_of(const struct measurement *serial, const struct measurement *parallel,
                              unsigned workers);

/* What a loss of this kind means, in a sentence for a student. */
const char *factor_meaning(enum factor factor);

/* The smallest factor, if it and all of them together are below 0.99; else -1. */
int breakdown_largest_loss(const struct breakdown *breakdown);

/* The factor that fell most from one row to another, if by more than 1 %; -1 if none did, or they
 * are not known. */
int breakdown_worse(const struct breakdown *before, const struct breakdown *after);

/* "load balance", ... in sentences; "imbalance", ... (at most 10 letters) in the table;
 * "load_balance", ... as a key of the result file. */
const char *factor_text(enum factor factor);
const char *factor_word(enum factor factor);
const char *factor_key(enum factor factor);
