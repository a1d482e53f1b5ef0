/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_tree.c: how work is shared out, and how the partials become one in a fixed order. */

#include "team_memory.h"

/* Of the dynamic schedule in order: enough that the last ones to end are short, and few enough that
 * merging small pieces costs little. */
enum { LEAVES_PER_WORKER = 8 };

bool team_takes_leaves(const struct team *team)
{
  return !team->serial && team->schedule == SCHEDULE_DYNAMIC
         && team->workload->job.kernel->merges_in_order;
}

/* Guided self-scheduling (Polychronopoulos & Kuck 1987): a quarter of an equal share of what is
 * left, but never more than a 256th of the job, so that progress can be seen. */
unsigned team_claim_size(const struct team *team, unsigned begin)
{
  unsigned chunks = team->workload->chunks, count = (chunks - begin) / (4 * team->workers);
  if (count > chunks / 256)
    count = chunks / 256;
  return count ? count : 1;
}

unsigned merge_tree_leaves(const struct team *team)
{
  unsigned chunks = team->workload->chunks - team->serial_chunks;
  unsigned leaves = team->workers * (team_takes_leaves(team) ? LEAVES_PER_WORKER : 1);
  if (team_takes_leaves(team) && leaves > chunks)
    leaves = chunks;
  return leaves ? leaves : 1;
}

struct range merge_tree_chunks(const struct team *team, unsigned leaf)
{
  struct range chunks = {team->serial_chunks, team->workload->chunks};
  return workload_share_of(team->workload, chunks, leaf, merge_tree_leaves(team));
}

/* The branch that begins with leaf `at` and has `span` leaves meets its sibling at the first leaf
 * of the right one of both. */
int merge_tree_climb(const struct team *team, struct team_memory *memory, unsigned leaf,
                     uint32_t repetition)
{
  const struct workload *w = team->workload;
  unsigned at = leaf;
  for (unsigned span = 1; span < memory->leaves; span *= 2) {
    unsigned right = at | span, left = right - span;
    if (right >= memory->leaves) /* no sibling: the branch is one of the next level as it is */
      continue;
    if (atomic_fetch_add(&memory_junction(memory, right)->arrived, 1) == 2 * repetition)
      return 0;
    int r = partial_merge(w->job.kernel, w->plan, memory_leaf(memory, right),
                          memory_leaf(memory, left));
    if (r < 0)
      return r;
    at = left;
  }
  return 1;
}
