/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.c: a job made ready to run: its plan, and its units cut into chunks. */

#include "workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

__extension__ typedef unsigned __int128 u128;

/* The first unit at or after which the cost reaches `cost`: cost_before() is increasing. */
static uint64_t unit_at_cost(const struct kernel *kernel, const void *plan, uint64_t units,
                             uint64_t cost)
{
  uint64_t low = 0, high = units;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (kernel->cost_before(plan, middle) < cost)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void cut(struct workload *w, uint64_t units)
{
  const struct kernel *kernel = w->job.kernel;
  uint64_t total = kernel->cost_before(w->plan, units);
  w->unit[0] = 0;
  for (unsigned c = 1; c < w->chunks; c++) {
    uint64_t at = unit_at_cost(kernel, w->plan, units, (uint64_t)((u128)total * c / w->chunks));
    uint64_t least = w->unit[c - 1] + 1, most = units - (w->chunks - c); /* none is empty */
    w->unit[c] = at < least ? least : at > most ? most : at;
  }
  w->unit[w->chunks] = units;
  for (unsigned c = 0; c <= w->chunks; c++)
    w->cost[c] = kernel->cost_before(w->plan, w->unit[c]);
}

int workload_prepare(const struct job *job, struct workload *ret_workload)
{
  struct workload w = {.job = *job};
  int r = job->kernel->prepare(job, &w.plan);
  if (r < 0)
    return r;
  uint64_t units = job->kernel->units(w.plan);
  w.chunks = units < CHUNKS_MOST ? (unsigned)units : CHUNKS_MOST;
  w.unit = calloc(w.chunks + 1, sizeof *w.unit);
  w.cost = calloc(w.chunks + 1, sizeof *w.cost);
  if (!w.unit || !w.cost) {
    workload_release(&w);
    return -ENOMEM;
  }
  cut(&w, units);
  *ret_workload = w;
  return 0;
}

void workload_release(struct workload *w)
{
  if (w->plan)
    w->job.kernel->release(w->plan);
  free(w->unit);
  free(w->cost);
  memset(w, 0, sizeof *w);
}

static bool is_taken(struct job job, int index, uint64_t size)
{
  void *plan;
  job.values[index] = size;
  if (job.kernel->prepare(&job, &plan) < 0)
    return false;
  job.kernel->release(plan);
  return true;
}

uint64_t workload_size_most(const struct job *job)
{
  int index = job_size_index(job);
  if (index < 0)
    return 0;
  uint64_t taken = job->kernel->parameters[index].minimum, refused = job->values[index];
  if (refused <= taken || !is_taken(*job, index, taken) || is_taken(*job, index, refused))
    return 0;
  while (refused - taken > 1) {
    uint64_t middle = taken + (refused - taken) / 2;
    *(is_taken(*job, index, middle) ? &taken : &refused) = middle;
  }
  return taken;
}

/* The chunk boundary that is nearest to a cost. */
static unsigned boundary_at(const struct workload *w, uint64_t wanted)
{
  unsigned low = 0, high = w->chunks;
  while (low < high) {
    unsigned middle = (low + high) / 2;
    if (w->cost[middle] < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  if (low > 0 && wanted - w->cost[low - 1] < w->cost[low] - wanted)
    low--;
  return low;
}

static unsigned share_begin(const struct workload *w, struct range chunks, unsigned worker,
                            unsigned workers)
{
  uint64_t first = w->cost[chunks.begin], cost = w->cost[chunks.end] - first;
  unsigned at = boundary_at(w, first + (uint64_t)((u128)cost * worker / workers));
  return at < chunks.begin ? (unsigned)chunks.begin : at;
}

struct range workload_share_of(const struct workload *w, struct range chunks, unsigned worker,
                               unsigned workers)
{
  return (struct range){share_begin(w, chunks, worker, workers),
                        share_begin(w, chunks, worker + 1, workers)};
}

struct range workload_share(const struct workload *w, unsigned worker, unsigned workers)
{
  return workload_share_of(w, (struct range){0, w->chunks}, worker, workers);
}

unsigned workload_chunks_for(const struct workload *w, double fraction)
{
  return boundary_at(w, (uint64_t)(fraction * (double)w->cost[w->chunks]));
}

struct range workload_units(const struct workload *w, struct range chunks)
{
  return (struct range){w->unit[chunks.begin], w->unit[chunks.end]};
}

uint64_t workload_work(const struct workload *w)
{
  return w->job.kernel->work(w->plan, (struct range){0, w->unit[w->chunks]});
}

int workload_replace(struct workload *old, const struct job *job)
{
  struct workload workload;
  int r = workload_prepare(job, &workload);
  if (r < 0)
    return r;
  workload_release(old);
  *old = workload;
  return 0;
}
