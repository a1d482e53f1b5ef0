/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compute_here.c: a job, or a part of it, computed in the calling process. */

#include <errno.h>
#include <stdlib.h>

#include "experiment.h"
#include "job.h"

static int finish(struct computed *computed)
{
  const struct kernel *kernel = computed->workload.job.kernel;
  size_t bytes = sizeof(struct answer) + kernel->answer_bytes(computed->workload.plan);
  struct answer *answer = malloc(bytes);
  if (!answer)
    return -ENOMEM;
  answer_init(answer, bytes);
  int r = kernel->finish(computed->workload.plan, computed->partial, answer);
  const struct answer_item *pi = r == 0 ? answer_find(answer, "pi") : NULL;
  const struct answer_item *hits = r == 0 ? answer_find(answer, "hits") : NULL;
  computed->number = pi ? pi->number : 0;
  computed->hits = hits ? hits->count : 0;
  free(answer);
  return r;
}

int experiment_compute(const char *text, uint64_t seed, unsigned part, unsigned parts,
                       struct computed *ret_computed)
{
  struct job job;
  char message[JOB_MESSAGE];
  *ret_computed = (struct computed){0};
  int r = job_parse(text, &job, message);
  if (r < 0)
    return r;
  job.seed = seed;
  struct workload *workload = &ret_computed->workload;
  r = workload_prepare(&job, workload);
  if (r < 0)
    return r;
  size_t payload = job.kernel->payload_bytes(workload->plan);
  ret_computed->partial = malloc(partial_bytes(payload));
  if (!ret_computed->partial)
    return -ENOMEM;
  partial_init(ret_computed->partial, payload);
  struct range units = workload_units(workload, workload_share(workload, part, parts));
  r = job.variant->run(workload->plan, units, ret_computed->partial);
  return r == 0 && parts == 1 ? finish(ret_computed) : r;
}

void computed_release(struct computed *computed)
{
  free(computed->partial);
  workload_release(&computed->workload);
}
