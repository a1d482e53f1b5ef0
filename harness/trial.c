/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trial.c: how long a job will take, from short stretches of it. */

#include "trial.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cluster.h"

enum { PLACES = 3 };

static const double enough_s = 0.01;

/* A unit may last seconds where there are so many of them that the job takes many minutes. */
static double longest_s(const struct workload *w)
{
  const unsigned many_chunks = 512;
  return w->chunks >= many_chunks ? 10 : 0.3;
}

/* Some units in the middle of nowhere, cut into a chunk for each worker.  Its boundaries and costs
 * are of those chunks alone, which team_run() takes as they are. */
static int stretch_make(const struct workload *w, uint64_t first, uint64_t units, unsigned workers,
                        struct workload *ret_stretch)
{
  struct workload stretch = {.job = w->job, .plan = w->plan, .chunks = workers};
  stretch.unit = calloc(workers + 1, sizeof *stretch.unit);
  stretch.cost = calloc(workers + 1, sizeof *stretch.cost);
  if (!stretch.unit || !stretch.cost) {
    free(stretch.unit);
    free(stretch.cost);
    return -ENOMEM;
  }
  for (unsigned i = 0; i <= workers; i++) {
    stretch.unit[i] = first + units * i;
    stretch.cost[i] = w->job.kernel->cost_before(w->plan, stretch.unit[i]);
  }
  *ret_stretch = stretch;
  return 0;
}

/* By CPU time: in so short a time a worker that waits for its CPU once would tell nothing but that.
 */
static double slowest_s(const struct sample *sample)
{
  uint64_t most_ns = 0;
  for (unsigned w = 0; w < sample->workers; w++)
    if (sample->records[w].used.cpu_ns > most_ns)
      most_ns = sample->records[w].used.cpu_ns;
  return (double)most_ns * 1e-9;
}

/* Time and cost of so many units a worker from `first` on. */
static int stretch_run(const struct workload *w, const struct team *how, uint64_t first,
                       uint64_t units, double *ret_seconds, double *ret_cost)
{
  struct workload stretch;
  struct sample sample;
  struct fault fault;
  struct team team = *how;
  int r = stretch_make(w, first, units, how->workers, &stretch);
  if (r < 0)
    return r;
  team.workload = &stretch;
  team.is_part = true;
  team.part = (struct range){0, stretch.chunks};
  team.schedule = SCHEDULE_STATIC;
  team.timeout_s = longest_s(w);
  team.progress = NULL;
  r = team_run(&team, &sample, &fault);
  if (r == 0) {
    *ret_seconds = slowest_s(&sample);
    *ret_cost = (double)(stretch.cost[stretch.chunks] - stretch.cost[0]);
    sample_release(&sample);
  } else if (r == -ECHILD && fault.kind == FAULT_TIMEOUT) {
    r = -ENODATA;
  }
  free(stretch.unit);
  free(stretch.cost);
  return r;
}

/* Lengthens a stretch until it lasts.  *units: where to begin, and with how many it ended. */
static int place_try(const struct workload *w, const struct team *how, uint64_t first,
                     uint64_t *units, double *ret_s_per_cost)
{
  uint64_t most = (w->unit[w->chunks] - first) / how->workers;
  double seconds = 0, cost = 1;
  if (most == 0)
    return -ENODATA;
  *units = *units < most ? *units : most;
  for (;;) {
    int r = stretch_run(w, how, first, *units, &seconds, &cost);
    if (r < 0)
      return r;
    if (seconds >= enough_s || *units == most)
      break;
    /* Past the goal by a half, or 30 times as much: a first stretch is hardly longer than its
     * start. */
    double factor = fmin(30, ceil(1.5 * enough_s / fmax(seconds, 1e-7)));
    *units = *units > most / factor ? most : (uint64_t)((double)*units * factor);
  }
  *ret_s_per_cost = seconds / cost;
  return 0;
}

/* Other ranks know whole jobs only: processes of this node try for them all. */
static struct team team_here(const struct team *how)
{
  struct team here = *how;
  if (how->backend == BACKEND_MPI) {
    here.backend = BACKEND_PROCESS;
    here.workers = cluster_workers_here(how->workers);
    here.pin = false; /* a worker's slot may be another node's */
  }
  return here;
}

int trial_run(const struct workload *w, const struct team *how, const struct partial *begun,
              struct range chunks, double *ret_seconds)
{
  struct team here = team_here(how);
  double s_per_cost[PLACES], left = 0;
  uint64_t units = 1;
  for (unsigned place = 0; place < PLACES; place++) {
    unsigned chunk = workload_chunks_for(w, (place + 0.5) / PLACES);
    int r = place_try(w, &here, w->unit[chunk < w->chunks ? chunk : 0], &units, &s_per_cost[place]);
    if (r < 0)
      return r;
  }
  for (uint64_t c = chunks.begin; c < chunks.end; c++)
    if (!begun || partial_covered(begun, (struct range){c, c + 1}) == 0)
      left += (double)(w->cost[c + 1] - w->cost[c]);
  double least = fmin(s_per_cost[0], s_per_cost[1]), most = fmax(s_per_cost[0], s_per_cost[1]);
  *ret_seconds = left * fmax(least, fmin(most, s_per_cost[2])); /* the median */
  *ret_seconds *= (double)here.workers / how->workers;
  return 0;
}
