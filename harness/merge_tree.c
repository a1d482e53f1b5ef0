/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_tree.c: how work is shared out, and how the partials become one in a fixed order. */

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "team_memory.h"

/* Of the dynamic schedule in order: enough that the last ones to end are short, and few enough that
 * merging small pieces costs little. */
enum { LEAVES_PER_WORKER = 8 };

bool team_takes_leaves(const struct team *team)
{
  return !team->serial && team->schedule == SCHEDULE_DYNAMIC
         && team->workload->job.kernel->merges_in_order;
}

/* How many chunks a worker takes at once when those before `begin` are taken.  Guided
 * self-scheduling (Polychronopoulos & Kuck 1987): a quarter of an equal share of the cost that is
 * left, but never more than a 256th of the job, so that progress can be seen. */
static unsigned claim_size(const struct team *team, unsigned begin)
{
  const uint64_t *cost = team->workload->cost;
  uint64_t last = team_chunks(team).end, end = begin + 1;
  uint64_t share = (cost[last] - cost[begin]) / (4 * team->workers);
  uint64_t most = cost[team->workload->chunks] / 256;
  if (share > most)
    share = most;
  while (end < last && cost[end + 1] - cost[begin] <= share
         && (!team->claim_most || end - begin < team->claim_most))
    end++;
  return (unsigned)(end - begin);
}

static bool is_begun(const struct team *team, uint64_t chunk)
{
  return team->begun && partial_covered(team->begun, (struct range){chunk, chunk + 1}) > 0;
}

bool team_next_claim(const struct team *team, unsigned next, struct range *ret_chunks)
{
  uint64_t last = team_chunks(team).end;
  struct range chunks = {next, next};
  while (chunks.begin < last && is_begun(team, chunks.begin))
    chunks.begin++;
  if (chunks.begin >= last)
    return false;
  uint64_t most = chunks.begin + claim_size(team, (unsigned)chunks.begin);
  for (chunks.end = chunks.begin + 1; chunks.end < most && !is_begun(team, chunks.end);)
    chunks.end++;
  *ret_chunks = chunks;
  return true;
}

unsigned merge_tree_leaves(const struct team *team)
{
  unsigned chunks = (unsigned)(team_chunks(team).end - team_chunks(team).begin);
  unsigned leaves = team->workers * (team_takes_leaves(team) ? LEAVES_PER_WORKER : 1);
  if (team_takes_leaves(team) && leaves > chunks)
    leaves = chunks;
  return leaves ? leaves : 1;
}

struct range merge_tree_chunks(const struct team *team, unsigned leaf)
{
  return workload_share_of(team->workload, team_chunks(team), leaf, merge_tree_leaves(team));
}

int leaf_add(const struct team *team, struct team_memory *memory, const struct partial *from,
             unsigned leaf)
{
  const struct workload *w = team->workload;
  _Atomic uint32_t *version = &memory_junction(memory, leaf)->version;
  uint32_t before = atomic_load_explicit(version, memory_order_relaxed);
  atomic_store_explicit(version, before + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  int r = partial_merge(w->job.kernel, w->plan, from, memory_leaf(memory, leaf));
  atomic_fetch_add_explicit(&memory->merged_bytes, from->bytes, memory_order_relaxed);
  atomic_store_explicit(version, before + 2, memory_order_release);
  return r;
}

int leaf_copy(const struct team *team, struct team_memory *memory, unsigned leaf,
              struct partial *ret_copy)
{
  enum { TRIES = 1000 };
  const struct workload *w = team->workload;
  const _Atomic uint32_t *version = &memory_junction(memory, leaf)->version;
  for (int i = 0; i < TRIES; i++) {
    uint32_t before = atomic_load_explicit(version, memory_order_acquire);
    if (before == 0) { /* its worker may not even have made it yet */
      partial_begin(w->job.kernel, w->plan, ret_copy);
      return 0;
    }
    if (before % 2 == 0) {
      memcpy(ret_copy, memory_leaf(memory, leaf),
             partial_bytes(w->job.kernel->payload_bytes(w->plan)));
      atomic_thread_fence(memory_order_acquire);
      if (atomic_load_explicit(version, memory_order_relaxed) == before)
        return 0;
    }
    sched_yield();
  }
  return -EAGAIN;
}

/* The branch that begins with leaf `at` and has `span` leaves meets its sibling at the first leaf
 * of the right one of both. */
int merge_tree_climb(const struct team *team, struct team_memory *memory, unsigned leaf,
                     uint32_t repetition)
{
  unsigned at = leaf;
  for (unsigned span = 1; span < memory->leaves; span *= 2) {
    unsigned right = at | span, left = right - span;
    if (right >= memory->leaves) /* no sibling: the branch is one of the next level as it is */
      continue;
    if (atomic_fetch_add(&memory_junction(memory, right)->arrived, 1) == 2 * repetition)
      return 0;
    int r = leaf_add(team, memory, memory_leaf(memory, right), left);
    if (r < 0)
      return r;
    at = left;
  }
  return 1;
}
