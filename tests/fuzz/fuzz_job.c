/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_job.c: jobs as people write them: one that is read has a name, which is read as the same
 * job; and its plan can be made or is refused. */

#include <errno.h>

#include "fuzz.h"
#include "job.h"
#include "workload.h"

static void prepare(const struct job *job)
{
  struct workload workload;
  int r = workload_prepare(job, &workload);
  HOLDS(r == 0 || r == -ENOMEM || r == -ERANGE);
  if (r < 0)
    return;
  HOLDS(workload.chunks >= 1 && workload.chunks <= CHUNKS_MOST);
  for (unsigned c = 0; c < workload.chunks; c++)
    HOLDS(workload.unit[c] < workload.unit[c + 1] && workload.cost[c] <= workload.cost[c + 1]);
  workload_release(&workload);
}

/* A size is found by measuring where none is given. */
static void choose_size(struct job *job)
{
  int size = job_size_index(job);
  if (size >= 0 && job->values[size] == 0)
    job_size_set(job, job->kernel->parameters[size].minimum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char message[JOB_MESSAGE] = "", name[JOB_NAME], name_again[JOB_NAME];
  char *text = fuzz_text(data, size);
  struct job job, again;
  int r = job_parse(text, &job, message);
  HOLDS(r == 0 || (r == -EINVAL && strnlen(message, JOB_MESSAGE) < JOB_MESSAGE && *message));
  if (r == 0) {
    choose_size(&job);
    HOLDS(job_parse(job_name(&job, name), &again, message) == 0);
    HOLDS(strcmp(job_name(&again, name_again), name) == 0);
    HOLDS(again.method == job.method && again.variant == job.variant);
    HOLDS(memcmp(again.values, job.values, sizeof job.values) == 0);
    prepare(&job);
  }
  free(text);
  return 0;
}
