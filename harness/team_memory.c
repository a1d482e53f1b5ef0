/* SPDX-License-Identifier: GPL-3.0-or-later */
/* team_memory.c: what a team shares, how it lies in memory, and what it tells of a sample. */

#include "team_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static size_t lines(size_t bytes)
{
  return (bytes + LINE - 1) / LINE * LINE;
}

static struct team_memory memory_layout(const struct team *team)
{
  const struct kernel *kernel = team->workload->job.kernel;
  const void *plan = team->workload->plan;
  struct team_memory layout = {
      .answer_bytes = sizeof(struct answer) + kernel->answer_bytes(plan),
      .partial_stride = lines(partial_bytes(kernel->payload_bytes(plan))),
      .leaves = merge_tree_leaves(team),
  };
  layout.records_at = lines(sizeof layout);
  layout.answer_at = layout.records_at + lines(team->workers * sizeof(struct worker_record));
  layout.junctions_at = layout.answer_at + lines(layout.answer_bytes);
  layout.serial_at = layout.junctions_at + layout.leaves * sizeof(struct junction);
  layout.leaves_at = layout.serial_at + layout.partial_stride;
  layout.claims_at = layout.leaves_at + layout.leaves * layout.partial_stride;
  return layout;
}

int team_memory_make(const struct team *team, struct team_memory **ret_memory, size_t *ret_bytes)
{
  struct team_memory layout = memory_layout(team);
  size_t bytes = layout.claims_at + team->workers * layout.partial_stride;
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return -errno;
  memcpy(memory, &layout, sizeof layout);
  atomic_init(&((struct team_memory *)memory)->next_chunk,
              team_takes_leaves(team) ? 0 : (uint32_t)team_chunks(team).begin);
  *ret_memory = memory;
  *ret_bytes = bytes;
  return 0;
}

void team_sample_fill(const struct team *team, struct team_memory *memory, uint64_t fork_ns,
                      struct sample *sample)
{
  uint64_t ready = fork_ns, skew = 0;
  double per_repetition = 1e-9 / team->repeats;
  for (unsigned w = 0; w < team->workers; w++) {
    const struct worker_record *record = memory_record(memory, w);
    ready = record->ready_ns > ready ? record->ready_ns : ready;
    skew = record->skew_ns > skew ? record->skew_ns : skew;
  }
  sample->spawn_s = (double)(ready - fork_ns) * 1e-9;
  sample->skew_s = (double)skew * per_repetition;
  sample->merged_bytes = atomic_load(&memory->merged_bytes) / team->repeats;
  sample->run_s = (double)memory->sum.run * per_repetition;
  sample->merge_s = (double)memory->sum.merge * per_repetition;
  sample->finish_s = (double)memory->sum.finish * per_repetition;
  for (unsigned i = 0; i < STEPS_MOST; i++)
    sample->step_s[i] = (double)memory->sum.step[i] * per_repetition;
  memcpy(sample->step_name, memory->sum.step_name, sizeof sample->step_name);
  sample->wall_s = sample->run_s + sample->merge_s + sample->finish_s;
  sample->workers = team->workers;
  sample->repeats = team->repeats;
  sample->records = memory_record(memory, 0);
  sample->partial = memory_whole(team, memory);
  sample->answer = memory_answer(memory);
}

void sample_release(struct sample *sample)
{
  if (sample->memory)
    munmap(sample->memory, sample->memory_bytes);
  memset(sample, 0, sizeof *sample);
}

bool sample_pinned(const struct sample *sample)
{
  for (unsigned w = 0; w < sample->workers; w++)
    if (!sample->records[w].pinned)
      return false;
  return true;
}
