/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weak.c: jobs that grow with the number of workers. */

#include "weak.h"

#include <errno.h>

/* Sizes are searched to one part in so many: far below what a measurement can show, and every step
 * prepares a plan. */
enum { PARTS = 1 << 14 };

static int cost_at(const struct job *job, int index, uint64_t size, double *ret_cost)
{
  struct job sized = *job;
  void *plan;
  sized.values[index] = size;
  int r = job->kernel->prepare(&sized, &plan);
  if (r < 0)
    return r;
  *ret_cost = (double)job->kernel->cost_before(plan, job->kernel->units(plan));
  job->kernel->release(plan);
  return 0;
}

/* The first doubling of the size that costs at least so much; a size that the kernel refuses
 * does. */
static int bracket(const struct job *job, int index, double wanted, uint64_t *low, uint64_t *high)
{
  const uint64_t most = job->kernel->parameters[index].maximum;
  double cost = 0;
  *high = *low;
  while (cost < wanted) {
    if (*high == most)
      return -ERANGE;
    *low = *high;
    *high = *high > most / 2 ? most : *high * 2;
    int r = cost_at(job, index, *high, &cost);
    if (r == -ERANGE)
      break;
    if (r < 0)
      return r;
  }
  return 0;
}

/* Halves low .. high until the nearer end is near enough. */
static int search(const struct job *job, int index, double wanted, uint64_t low, uint64_t high,
                  uint64_t *ret_size)
{
  while (high - low > 1 && high - low > low / PARTS) {
    uint64_t middle = low + (high - low) / 2;
    double cost = wanted;
    int r = cost_at(job, index, middle, &cost);
    if (r < 0 && r != -ERANGE)
      return r;
    if (cost < wanted)
      low = middle;
    else
      high = middle;
  }
  double below = 0, above = 0;
  int r = cost_at(job, index, low, &below);
  if (r == 0)
    r = cost_at(job, index, high, &above);
  if (r < 0)
    return r;
  *ret_size = wanted - below < above - wanted ? low : high;
  return 0;
}

int weak_job(const struct job *job, unsigned workers, struct job *ret_job)
{
  int index = job_size_index(job), r = index < 0 ? -ENOTSUP : 0;
  double one = 0, many = 0;
  if (r < 0)
    return r;
  uint64_t low = job->values[index], most = job->kernel->parameters[index].maximum, size = 0;
  r = cost_at(job, index, low, &one);
  if (r < 0 || workers == 1) {
    if (r == 0)
      *ret_job = *job;
    return r;
  }
  /* Where the cost is proportional to the size there is nothing to search. */
  if (low <= most / workers && cost_at(job, index, low * workers, &many) == 0) {
    if (many <= one)
      return -ENOTSUP;
    size = many == one * workers ? low * workers : 0;
  }
  if (!size) {
    uint64_t high;
    r = bracket(job, index, one * workers, &low, &high);
    if (r == 0)
      r = search(job, index, one * workers, low, high, &size);
  }
  if (r < 0)
    return r;
  *ret_job = *job;
  ret_job->values[index] = size;
  return 0;
}

/* A size at which a kernel that grows is seen to. */
int weak_possible(const struct job *job)
{
  const uint64_t enough = 1000000, far = 16;
  int index = job_size_index(job);
  double small = 0, large = 0;
  if (index < 0)
    return -ENOTSUP;
  uint64_t most = job->kernel->parameters[index].maximum;
  uint64_t size = most / far < enough ? most / far : enough;
  int r = cost_at(job, index, size, &small);
  if (r == 0)
    r = cost_at(job, index, size * far, &large);
  return r < 0 || small < large ? 0 : -ENOTSUP; /* what it refuses says nothing */
}
