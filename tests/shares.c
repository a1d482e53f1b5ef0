/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shares.c: the largest static share of 1, 2, 4 ... 4096 workers in a job's cost, for
 * scripts/scale-model.
 *
 *   shares JOB...      prints job, workers and share as CSV
 */

#include <stdio.h>

#include "job.h"
#include "workload.h"

static double largest_share(const struct workload *w, unsigned workers)
{
  uint64_t most = 0;
  for (unsigned i = 0; i < workers; i++) {
    struct range chunks = workload_share(w, i, workers);
    uint64_t cost = w->cost[chunks.end] - w->cost[chunks.begin];
    if (cost > most)
      most = cost;
  }
  return (double)most / (double)w->cost[w->chunks];
}

static int print_shares(const char *name)
{
  char message[JOB_MESSAGE];
  struct job job;
  struct workload w;
  if (job_parse(name, &job, message) < 0) {
    fprintf(stderr, "shares: %s\n", message);
    return 2;
  }
  if (workload_prepare(&job, &w) < 0) {
    fprintf(stderr, "shares: %s cannot be prepared\n", name);
    return 1;
  }
  for (unsigned workers = 1; workers <= CHUNKS_MOST; workers *= 2)
    printf("\"%s\",%u,%.9g\n", name, workers, largest_share(&w, workers));
  workload_release(&w);
  return 0;
}

int main(int argc, char *argv[])
{
  int code = argc < 2 ? 2 : 0;
  for (int i = 1; i < argc && code == 0; i++)
    code = print_shares(argv[i]);
  return code;
}
