/* SPDX-License-Identifier: GPL-3.0-or-later */
/* team_memory.h: what the processes of a team share.  Inside team*.c, worker.c, merge_tree.c,
 * barrier.c and cluster*.c only. */
#pragma once

#include <stdatomic.h>

#include "team.h"

/* Two parties never write to the same line. */
enum { LINE = 128 };

/* Processes wait here until all have come; the last to arrive stamps the time and releases.  Used
 * again in every repetition. */
struct barrier {
  _Alignas(LINE) _Atomic uint32_t arrived; /* in all repetitions */
  _Alignas(LINE) _Atomic uint32_t opened;  /* repetitions that were released */
  uint64_t release_ns;                     /* of the last */
};

/* One process opens it in every repetition; the others sleep until then. */
struct gate {
  _Alignas(LINE) _Atomic uint32_t opened;
};

/* Where the time of a sample went, in nanoseconds from the release; of the finish the named steps,
 * as far as the kernel names them. */
struct phases {
  uint64_t run, merge, finish;
  uint64_t step[STEPS_MOST];
  char step_name[STEPS_MOST][STEP_NAME];
};

/* Where two branches of the merge tree meet. */
struct junction {
  _Alignas(LINE) _Atomic uint32_t arrived; /* branches, in all repetitions */
  _Atomic uint32_t version; /* of the leaf with its number, for the parent to read it in between:
                               odd while something is added, 0 before */
};

/*
 * One mapping: this header, the workers' records, the answer, the junctions of the merge tree, the
 * partial of a serial part, the partials of the leaves, and for every worker one to compute a claim
 * into.  It is as large as the longest partials would need, but pages that nobody touches do not
 * exist.
 */
struct team_memory {
  struct barrier ready;                       /* all bound and touched: the canary may run */
  struct barrier release;                     /* the sample begins */
  _Alignas(LINE) _Atomic uint32_t next_chunk; /* dynamic schedule; in order: the next leaf */
  struct gate answered;
  _Atomic uint64_t merged_bytes; /* of partials added to others, over the repetitions */
  struct phases sum;             /* over the repetitions, by whoever finished each */
  int finish_error;
  unsigned leaves; /* of the merge tree, in the order of their chunks: merge_tree.c */
  size_t records_at, answer_at, junctions_at, serial_at, leaves_at, claims_at; /* in bytes */
  size_t answer_bytes, partial_stride;
};

/* The chunks that a team does. */
static inline struct range team_chunks(const struct team *team)
{
  if (team->is_part)
    return team->part;
  return (struct range){team->serial_chunks, team->workload->chunks};
}

static inline struct worker_record *memory_record(struct team_memory *memory, unsigned worker)
{
  return (struct worker_record *)((char *)memory + memory->records_at) + worker;
}

static inline struct answer *memory_answer(struct team_memory *memory)
{
  return (struct answer *)((char *)memory + memory->answer_at);
}

static inline struct junction *memory_junction(struct team_memory *memory, unsigned leaf)
{
  return (struct junction *)((char *)memory + memory->junctions_at) + leaf;
}

/* What the serial part yields, and then the whole. */
static inline struct partial *memory_serial(struct team_memory *memory)
{
  return (struct partial *)((char *)memory + memory->serial_at);
}

static inline struct partial *memory_leaf(struct team_memory *memory, unsigned leaf)
{
  return (struct partial *)((char *)memory + memory->leaves_at + leaf * memory->partial_stride);
}

static inline struct partial *memory_claim(struct team_memory *memory, unsigned worker)
{
  return (struct partial *)((char *)memory + memory->claims_at + worker * memory->partial_stride);
}

/* Where the partial of the whole job is in the end. */
static inline struct partial *memory_whole(const struct team *team, struct team_memory *memory)
{
  return team->serial_chunks ? memory_serial(memory) : memory_leaf(memory, 0);
}

/* Waits until `parties` have come in this repetition (0, 1, ...).  Spins at most spin_ns, then
 * sleeps. */
void barrier_wait(struct barrier *barrier, uint32_t parties, uint32_t repetition, uint64_t spin_ns);

void gate_open(struct gate *gate, uint32_t repetition);
void gate_wait(struct gate *gate, uint32_t repetition);

/*
 * The merge tree.  Its leaves are stretches of chunks in their order; leaf l meets, at the junction
 * that has its number, what lies before it.  Whoever comes second to a junction merges there and
 * goes on upwards, so nobody waits, neighbours meet left before right, and the tree is the same
 * whoever was late.
 */

/* How many leaves a team's tree has, and the chunks of one.  Under the dynamic schedule, where
 * order does not matter, a worker's leaf is whatever it claims. */
unsigned merge_tree_leaves(const struct team *team);
struct range merge_tree_chunks(const struct team *team, unsigned leaf);

/* Adds a partial to that of a leaf; returns as partial_merge().  The parent may copy the leaf at
 * any time: leaf_copy() reads again where the version was odd or has changed meanwhile (a seqlock;
 * Boehm 2012), so that workers never wait for it.  -EAGAIN: somebody was at it all the time, or
 * died at it.  Not for kernels that merge in order. */
int leaf_add(const struct team *team, struct team_memory *memory, const struct partial *from,
             unsigned leaf);
int leaf_copy(const struct team *team, struct team_memory *memory, unsigned leaf,
              struct partial *ret_copy);

/* Merges what can be merged now that the leaf's partial is complete.  Returns 1 to the one who
 * merged the last two branches: leaf 0 holds all; else 0 or the error of partial_merge(). */
int merge_tree_climb(const struct team *team, struct team_memory *memory, unsigned leaf,
                     uint32_t repetition);

/* Memory for a team, to be unmapped.  Returns 0 or a negative errno. */
int team_memory_make(const struct team *team, struct team_memory **ret_memory, size_t *ret_bytes);

/* What a sample's memory tells; begin_ns: before anything was done for it. */
void team_sample_fill(const struct team *team, struct team_memory *memory, uint64_t begin_ns,
                      struct sample *sample);

/* The next chunks from `next` on that were not done before the team; false: there are none. */
bool team_next_claim(const struct team *team, unsigned next, struct range *ret_chunks);

/* Whether partials have to be merged left before right, under the dynamic schedule: workers take
 * leaves, not chunks. */
bool team_takes_leaves(const struct team *team);

/* The life of a worker that is a process of its own: to be called in the child.  Ends by _exit: 0,
 * or 1 with record.error set. */
_Noreturn void worker_main(const struct team *team, struct team_memory *memory, unsigned worker,
                           pid_t parent);

/* The life of a process whose threads are the workers.  Ends by _exit as above. */
_Noreturn void worker_threads_main(const struct team *team, struct team_memory *memory,
                                   pid_t parent);
