/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiment.h: a few rounds of a benchmark by the harness, as a lesson's experiment. */
#pragma once

#include "measure.h"
#include "room.h"

struct experiment {
  const char *job; /* as on the command line: "mc:points=1e8,method=plain" */
  const unsigned *workers;
  unsigned worker_counts;
  size_t rounds; /* 0: 6 */
  int schedule;  /* enum schedule, or -1 */
  bool threads;  /* beside processes */
  bool unpinned;
  double serial_fraction;
  const struct placement *placement; /* NULL: the room's */
};

/*
 * Measures and summarises.  Also on failure the benchmark has to be released.  0, -EINTR, or what
 * measure_prepare() and measure_run() return; a wrong answer is -EBADMSG.  A failure is told.
 */
int experiment_run(struct room *room, const struct experiment *experiment,
                   struct benchmark *ret_benchmark);

/* workers, time, speedup, efficiency, largest loss: one line per row; below the first table of a
 * lesson, what these are.  0 or -ENOMEM. */
int experiment_show(struct room *room, const struct benchmark *benchmark);

/* 1, 2, 4, ... up to the machine's CPUs, and those; at most `most`.  Returns how many. */
unsigned experiment_workers(const struct room *room, unsigned most, unsigned *ret_workers);

/* One job computed in this process, without harness: for lessons that look at its parts. */
struct computed {
  struct workload workload;
  struct partial *partial;
  double number; /* the answer's "pi" */
  uint64_t hits; /* of Monte Carlo kernels, else 0 */
};

/* The chunks of part `part` of `parts` (equal cost); parts 1 is the whole job, and only then there
 * is an answer.  Release also on failure.  0, -EINVAL, -ENOMEM, -ERANGE. */
int experiment_compute(const char *job, uint64_t seed, unsigned part, unsigned parts,
                       struct computed *ret_computed);
/* Accepts an all-zero one. */
void computed_release(struct computed *computed);
