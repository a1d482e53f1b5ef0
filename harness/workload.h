/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.h: a job made ready to run: its plan, and its units cut into chunks. */
#pragma once

#include "kernel.h"

/* So often a job may ask for more guard bits.  Each time makes an undecided answer less likely by a
 * factor of at least 2^16. */
enum { GUARDS_MOST = 8 };

/*
 * Chunk c is the units unit[c] .. unit[c + 1).  Chunks cost about the same, as far as whole units
 * allow, and none is empty.  They depend on the job alone, never on the number of workers.
 */
struct workload {
  struct job job;
  void *plan;
  unsigned chunks; /* 1 .. CHUNKS_MOST */
  uint64_t *unit;  /* chunks + 1 boundaries, in units */
  uint64_t *cost;  /* the same boundaries, in the kernel's cost */
};

/* Returns 0, -ENOMEM, or -ERANGE when the kernel refuses the parameters.  The job is copied. */
int workload_prepare(const struct job *job, struct workload *ret_workload);

/* Instead of an old one, which may be all zero, or is as it was where this fails: as above. */
int workload_replace(struct workload *old, const struct job *job);

/* The largest size below that of a job which is too large for its kernel to prepare, the rest being
 * as it is; 0: there is none. */
uint64_t workload_size_most(const struct job *job);

/* Accepts an all-zero workload. */
void workload_release(struct workload *workload);

/* The chunks of one worker under the static schedule: contiguous, of about equal cost, together all
 * chunks.  Empty for some when there are more workers than chunks. */
struct range workload_share(const struct workload *workload, unsigned worker, unsigned workers);

/* The same for a part of the chunks. */
struct range workload_share_of(const struct workload *workload, struct range chunks,
                               unsigned worker, unsigned workers);

/* How many of the first chunks make up that fraction (0 to 1) of the cost, as near as can be. */
unsigned workload_chunks_for(const struct workload *workload, double fraction);

/* The units of a range of chunks. */
struct range workload_units(const struct workload *workload, struct range chunks);

/* The work of the whole job, in the kernel's unit. */
uint64_t workload_work(const struct workload *workload);
