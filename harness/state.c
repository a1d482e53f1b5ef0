/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state.c: a partial that outlives its process: the text of state and part files. */

#include "state_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "job.h"

uint64_t state_cut(const struct workload *workload)
{
  return hash_bytes(workload->unit, (workload->chunks + 1) * sizeof *workload->unit);
}

/* --- Writing --- */

static void write_job(FILE *to, const struct job *job)
{
  char value[JOB_VALUE];
  fprintf(to, "kernel %s\nmethod %s\nrevision %u\n", job->kernel->name, job->method->name,
          job->kernel->revision);
  for (unsigned i = 0; job->kernel->parameters[i].name; i++)
    fprintf(to, "%s %s\n", job->kernel->parameters[i].name, job_value_text(job, i, value));
  if (job->kernel->uses_seed)
    fprintf(to, "seed %" PRIu64 "\n", job->seed);
  fprintf(to, "guard %u\n", job->guard);
}

static void write_plan(FILE *to, const struct workload *workload)
{
  fprintf(to, "units %" PRIu64 "\nchunks %u\ncut %016" PRIx64 "\n",
          workload->unit[workload->chunks], workload->chunks, state_cut(workload));
}

static bool covers(const struct partial *partial, uint64_t chunk)
{
  return partial->covered[chunk / 64] >> chunk % 64 & 1;
}

static void write_covered(FILE *to, const struct partial *partial)
{
  const char *separator = "covered ";
  for (unsigned begin = 0, end; begin < CHUNKS_MOST; begin = end + 1) {
    for (end = begin; end < CHUNKS_MOST && covers(partial, end);)
      end++;
    if (end == begin)
      continue;
    fprintf(to, end == begin + 1 ? "%s%u" : "%s%u-%u", separator, begin, end - 1);
    separator = ",";
  }
  fputs(*separator == ',' ? "\n" : "covered none\n", to);
}

static void write_partial(FILE *to, const struct kernel *kernel, const struct partial *partial)
{
  write_covered(to, partial);
  for (unsigned i = 0; kernel->counters[i]; i++)
    fprintf(to, "counter %s %" PRIu64 "\n", kernel->counters[i], partial->counters[i]);
  fputs("payload", to);
  for (size_t i = 0; i < (partial->bytes - sizeof *partial) / 8; i++)
    fprintf(to, " %016" PRIx64, partial->payload[i]);
  fputc('\n', to);
}

char *state_text(const struct state *state, const struct workload *workload)
{
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to)
    return NULL;
  fputs(STATE_FORMAT_LINE "\n", to);
  write_job(to, &state->job);
  write_plan(to, workload);
  fprintf(to, "part %u/%u\nmilliseconds %" PRIu64 "\n", state->part, state->parts,
          state->milliseconds);
  write_partial(to, state->job.kernel, state->partial);
  if (fflush(to) == 0)
    fprintf(to, "checksum %016" PRIx64 "\n", hash_bytes(text, length));
  if (fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}

/* --- States --- */

struct range state_chunks(const struct state *state, const struct workload *workload)
{
  return workload_share(workload, state->part - 1, state->parts);
}

int state_begin(const struct workload *workload, struct state *ret_state)
{
  const struct kernel *kernel = workload->job.kernel;
  size_t payload = kernel->payload_bytes(workload->plan);
  if (kernel->merges_in_order || payload > STATE_PAYLOAD_MOST)
    return -E2BIG;
  struct state state = {.job = workload->job, .part = 1, .parts = 1};
  state.partial = malloc(partial_bytes(payload));
  if (!state.partial)
    return -ENOMEM;
  partial_init(state.partial, payload);
  *ret_state = state;
  return 0;
}

int state_merge(const struct workload *workload, const struct state *from, struct state *into)
{
  int r = partial_merge(workload->job.kernel, workload->plan, from->partial, into->partial);
  if (r == 0)
    into->milliseconds += from->milliseconds;
  return r;
}

double state_done(const struct workload *workload, const struct partial *partial,
                  struct range chunks)
{
  uint64_t done = 0, all = workload->cost[chunks.end] - workload->cost[chunks.begin];
  for (uint64_t c = chunks.begin; c < chunks.end; c++)
    if (covers(partial, c))
      done += workload->cost[c + 1] - workload->cost[c];
  return all > 0 ? (double)done / (double)all : 1;
}

void state_release(struct state *state)
{
  free(state->partial);
  memset(state, 0, sizeof *state);
}
