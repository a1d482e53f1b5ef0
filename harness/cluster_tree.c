/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_tree.c: ranks wait for one another, and merge their partials, along a binary tree: worker
 * w with its lowest bit l is a child of w - l, so that a branch holds neighbours.
 */

#include <errno.h>

#include "cluster_sample.h"

void cluster_blame(struct up *up, int error, unsigned worker)
{
  if (error < 0 && up->error == 0) {
    up->error = error;
    up->worker = worker;
  }
}

static int send_up(unsigned parent, struct up *mine, const struct worker *w)
{
  const struct partial *leaf = w ? memory_leaf(w->memory, w->index) : NULL;
  mine->bytes = leaf && mine->error == 0 ? leaf->bytes : 0;
  int r = cluster_send(parent, TAG_UP, mine, sizeof *mine);
  return r == 0 && mine->bytes ? cluster_send(parent, TAG_PARTIAL, leaf, mine->bytes) : r;
}

/* Merging may take its time: the wire is free meanwhile. */
static void merge_leaf(struct up *mine, const struct worker *w, const struct partial *theirs)
{
  cluster_wire_give();
  cluster_blame(mine, leaf_add(w->team, w->memory, theirs, w->index), w->index);
  cluster_wire_take();
}

static int take_partial(struct up *mine, const struct worker *w, unsigned child, uint64_t bytes)
{
  struct partial *theirs = memory_claim(w->memory, w->index);
  if (bytes > w->memory->partial_stride)
    return -EPROTO;
  int r = cluster_receive(child, TAG_PARTIAL, theirs, bytes);
  if (r == 0 && mine->error == 0)
    merge_leaf(mine, w, theirs);
  return r;
}

static int receive_up(unsigned child, struct up *mine, const struct worker *w)
{
  struct up theirs;
  int r = cluster_receive(child, TAG_UP, &theirs, sizeof theirs);
  if (r < 0)
    return r;
  cluster_blame(mine, theirs.error, theirs.worker);
  if (theirs.run_ns > mine->run_ns)
    mine->run_ns = theirs.run_ns;
  return theirs.bytes && w ? take_partial(mine, w, child, theirs.bytes) : 0;
}

int cluster_tree_up(struct up *mine, const struct worker *w)
{
  unsigned index = cluster_sample.worker, workers = cluster_sample.team->workers;
  for (unsigned span = 1; span < workers; span *= 2) {
    int r = 0;
    if (index & span)
      return send_up(index - span, mine, w);
    if (index + span < workers)
      r = receive_up(index + span, mine, w);
    if (r < 0)
      return r;
  }
  return 1;
}

int cluster_tree_down(int *status)
{
  unsigned index = cluster_sample.worker, workers = cluster_sample.team->workers, span = 1;
  while (span < workers && !(index & span))
    span *= 2;
  if (index > 0) {
    int r = cluster_receive(index - span, TAG_DOWN, status, sizeof *status);
    if (r < 0)
      return r;
  }
  for (span /= 2; span > 0; span /= 2)
    if (index + span < workers) {
      int r = cluster_send(index + span, TAG_DOWN, status, sizeof *status);
      if (r < 0)
        return r;
    }
  return 0;
}

int cluster_agree(int error)
{
  struct up mine = {.error = error, .worker = cluster_sample.worker};
  int r = cluster_tree_up(&mine, NULL);
  if (r < 0)
    return r;
  if (cluster_sample.worker == 0)
    cluster_sample.culprit = mine;
  int status = mine.error;
  r = cluster_tree_down(&status);
  return r < 0 ? r : status;
}
