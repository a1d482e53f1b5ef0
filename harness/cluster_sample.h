/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_sample.h: the sample that this rank is in.  Inside cluster_*.c only.
 *
 * A rank in a sample has two threads.  One is the worker: worker.c, as everywhere.  The other, the
 * process's first, looks after what must not wait until a share is computed: signals, --timeout,
 * ranks that do not answer, and who asks for chunks (cluster_watch.c).  The wire is of whoever has
 * taken it: the worker inside its operations alone, the other thread when it is free.
 */
#pragma once

#include "cluster_ranks.h"

/* What goes up the tree: of a branch. */
struct up {
  int error;
  unsigned worker; /* whose */
  uint64_t run_ns; /* the longest */
  uint64_t bytes;  /* of the partial that follows; 0: none does */
};

struct cluster_sample {
  const struct team *team;
  unsigned worker;
  uint64_t begin_ns;
  struct up culprit; /* rank 0: the first error that is known */
  unsigned stuck;    /* rank 0: whom it waited for in vain */
};
extern struct cluster_sample cluster_sample;

/* --- cluster_watch.c --- */

/* Of a team that is about to begin.  0 or -ENOMEM. */
int cluster_watch_begin(void);
void cluster_watch_end(void);

/* part(), a worker's life, in a thread of its own, looked after by the calling one.  Returns as
 * that; or, on rank 0 and with cluster.broken set, an error that came meanwhile, after which that
 * thread is stopped for ever and the wire is the caller's:
 *
 *   -EINTR      a signal
 *   -ETIMEDOUT  --timeout
 *   -EHOSTDOWN  worker cluster_sample.stuck has not answered for cluster_patience_s
 *   -ECOMM      a rank has lost another
 */
int cluster_watch_run(int (*part)(void *data), void *data);

/* For the worker's thread, around all that uses the wire. */
void cluster_wire_take(void);
void cluster_wire_give(void);

/* Messages between workers, for as long as they take.  Errors as above; on other ranks than 0 none
 * is returned: they end. */
int cluster_send(unsigned worker, enum tag tag, const void *bytes, size_t n);
int cluster_receive(unsigned worker, enum tag tag, void *bytes, size_t n);

/* Rank 0, after an error: asks all what they do.  The worker to name: one that does not answer,
 * else one that computes, else the one that was waited for. */
unsigned cluster_find_guilty(bool *ret_silent);

/* --- cluster_tree.c --- */

/* Takes in the branches of the children, in their order, and passes the whole on to the parent.
 * With a worker its partials as well.  Returns 1 at the root, else 0. */
int cluster_tree_up(struct up *mine, const struct worker *w);
/* From the root to all: 0, or an error after which the sample ends everywhere. */
int cluster_tree_down(int *status);
/* All come here; all leave with the first error of any. */
int cluster_agree(int error);
/* An error of a worker, unless there is one before it. */
void cluster_blame(struct up *up, int error, unsigned worker);

/* --- cluster_chunks.c --- */

/* collects: copies of partials go along with claims, to rank 0.  0 or -ENOMEM. */
int cluster_chunks_begin(bool collects);
void cluster_chunks_end(void);
/* The next repetition. */
void cluster_chunks_again(void);
/* Rank 0: answers who asks.  An error: the rank that asked cannot be answered. */
int cluster_chunks_hand_out(void);
/* The operation of worker.h. */
int cluster_chunks_claim(struct worker *w, struct range *ret_chunks);
/* Rank 0, in the end: team.collect is called with all that has come so far. */
void cluster_chunks_collect(struct team_memory *memory);
