/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker.h: one worker of a team, and what backends of a team do differently.  Inside worker.c,
 * team_shared.c and cluster_team.c only.
 *
 * A worker's life is the same for processes, threads and MPI ranks: worker.c.  How workers wait for
 * one another, share out chunks and merge their partials is the backend's: struct team_operations.
 */
#pragma once

#include "team_memory.h"

struct team_operations;

struct worker {
  const struct team *team;
  const struct workload *workload;
  const struct team_operations *operations;
  struct team_memory *memory;   /* one for all, or, on other machines, each its own */
  struct worker_record *record; /* in it */
  struct usage_meter meter;
  unsigned index;
  uint32_t repetition;
  uint64_t release_ns; /* of this repetition, by the worker's own clock */
  uint64_t waited_ns;  /* usage.waited_ns when its last computation had ended */
};

/* Each returns 0 or a negative errno, after which the worker ends. */
struct team_operations {
  /* Until all are bound and have touched their memory. */
  int (*ready)(struct worker *w);
  /* Until all can begin; sets release_ns. */
  int (*release)(struct worker *w);
  /* Dynamic schedule: the next chunks to compute.  1: there are some; 0: there are no more. */
  int (*claim)(struct worker *w, struct range *ret_chunks);
  /* The leaf's partial is computed, or could not be (error < 0): merges what can be merged.  1: the
   * whole is in memory_leaf(0), to be finished by this worker. */
  int (*merge)(struct worker *w, unsigned leaf, int error);
  /* How long after the release the last worker ended its computation; asked where merge() returned
   * 1. */
  uint64_t (*run_ns)(const struct worker *w);
  /* Until the answer is made; `error` of whoever made it. */
  int (*answered)(struct worker *w, bool by_me, int error);
};

/* Processes and threads: everything is in the memory that they share. */
extern const struct team_operations team_shared_operations;

/* Whether workers take chunks one after the other into a partial of their own. */
bool worker_claims_chunks(const struct worker *w);

/* A worker that does not live yet. */
struct worker worker_of(const struct team *team, struct team_memory *memory, unsigned index,
                        const struct team_operations *operations);

/* The whole life, in the calling thread.  Returns 0 or what went wrong, which is in the record as
 * well. */
int worker_live(struct worker *w);
