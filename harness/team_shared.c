/* SPDX-License-Identifier: GPL-3.0-or-later */
/* team_shared.c: the operations of a team whose workers share their memory. */

#include "worker.h"

/* Long enough that a barrier of workers with CPUs of their own never sleeps, short enough that a
 * worker which waits for a dead one does not burn a CPU. */
enum { SPIN_NS = 20000000 };

static uint64_t spin_ns(const struct team *team)
{
  bool own_cpus =
      team->workers <= team->placement->slot_count && team->workers <= team->placement->quota_cpus;
  return own_cpus ? SPIN_NS : 0;
}

static int ready(struct worker *w)
{
  barrier_wait(&w->memory->ready, w->team->workers, 0, spin_ns(w->team));
  return 0;
}

static int release(struct worker *w)
{
  barrier_wait(&w->memory->release, w->team->workers, w->repetition, spin_ns(w->team));
  w->release_ns = w->memory->release.release_ns;
  return 0;
}

static int claim(struct worker *w, struct range *ret_chunks)
{
  uint32_t next = atomic_load(&w->memory->next_chunk);
  struct range chunks;
  do {
    if (!team_next_claim(w->team, next, &chunks))
      return 0;
  } while (!atomic_compare_exchange_weak(&w->memory->next_chunk, &next, (uint32_t)chunks.end));
  *ret_chunks = chunks;
  return 1;
}

static int merge(struct worker *w, unsigned leaf, int error)
{
  return error < 0 ? error : merge_tree_climb(w->team, w->memory, leaf, w->repetition);
}

static uint64_t run_ns(const struct worker *w)
{
  uint64_t end_ns = w->release_ns; /* of a team without work for all */
  for (unsigned i = 0; i < w->team->workers; i++) {
    const struct worker_record *record = memory_record(w->memory, i);
    end_ns = record->end_ns > end_ns ? record->end_ns : end_ns;
  }
  return end_ns - w->release_ns;
}

static int answered(struct worker *w, bool by_me, int error)
{
  if (error < 0)
    return error;
  if (by_me) {
    if (worker_claims_chunks(w))
      atomic_store(&w->memory->next_chunk, (uint32_t)team_chunks(w->team).begin);
    gate_open(&w->memory->answered, w->repetition);
  }
  gate_wait(&w->memory->answered, w->repetition);
  return 0;
}

const struct team_operations team_shared_operations = {
    .ready = ready,
    .release = release,
    .claim = claim,
    .merge = merge,
    .run_ns = run_ns,
    .answered = answered,
};
