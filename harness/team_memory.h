/* SPDX-License-Identifier: GPL-3.0-or-later */
/* team_memory.h: what the processes of a team share.  Inside team.c, worker.c and barrier.c only.
 */
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

/* Where the time of a sample went, in nanoseconds from the release. */
struct phases {
  uint64_t run, merge, finish;
};

/* One mapping: this header, the workers' records, the answer, the merged partial, and for every
 * worker its own partial and one to compute a claim into. */
struct team_memory {
  struct barrier ready;                       /* all bound and touched: the canary may run */
  struct barrier release;                     /* the sample begins */
  _Alignas(LINE) _Atomic uint32_t next_chunk; /* dynamic schedule */
  _Alignas(LINE) _Atomic uint32_t finished;   /* shares computed, in all repetitions */
  struct gate answered;
  struct phases sum; /* over the repetitions, by whoever finished each */
  int finish_error;
  size_t records_at, answer_at, merged_at, partials_at; /* offsets in bytes */
  size_t answer_bytes, payload_bytes, partial_stride;
};

static inline struct worker_record *memory_record(struct team_memory *memory, unsigned worker)
{
  return (struct worker_record *)((char *)memory + memory->records_at) + worker;
}

static inline struct answer *memory_answer(struct team_memory *memory)
{
  return (struct answer *)((char *)memory + memory->answer_at);
}

static inline struct partial *memory_merged(struct team_memory *memory)
{
  return (struct partial *)((char *)memory + memory->merged_at);
}

static inline struct partial *memory_partial(struct team_memory *memory, unsigned worker)
{
  return (struct partial *)((char *)memory + memory->partials_at
                            + 2 * worker * memory->partial_stride);
}

static inline struct partial *memory_claim(struct team_memory *memory, unsigned worker)
{
  return (struct partial *)((char *)memory + memory->partials_at
                            + (2 * worker + 1) * memory->partial_stride);
}

/* Waits until `parties` have come in this repetition (0, 1, ...).  Spins at most spin_ns, then
 * sleeps. */
void barrier_wait(struct barrier *barrier, uint32_t parties, uint32_t repetition, uint64_t spin_ns);

void gate_open(struct gate *gate, uint32_t repetition);
void gate_wait(struct gate *gate, uint32_t repetition);

/* The life of a worker that is a process of its own: to be called in the child.  Ends by _exit: 0,
 * or 1 with record.error set. */
_Noreturn void worker_main(const struct team *team, struct team_memory *memory, unsigned worker,
                           pid_t parent);

/* The life of a process whose threads are the workers.  Ends by _exit as above. */
_Noreturn void worker_threads_main(const struct team *team, struct team_memory *memory,
                                   pid_t parent);
