/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * team.h: one sample, by a freshly forked team of worker processes.
 *
 * Every worker binds itself to its slot, reads the binding back, touches its memory and reports
 * ready.  The last to arrive releases the others; each computes its chunks into its own partial in
 * shared memory; the partials are merged in pairs, left before right, by those who computed them;
 * who merges the last two finishes the answer.  The sample lasts from the release to the finished
 * answer, by the workers' own clocks.  The canaries run on all workers at once, before the release
 * and after the answer.
 *
 * The serial sample is one such worker, alone: no barrier, no partition, no merge.
 *
 * Whatever happens, no process and no shared memory is left behind: memory is anonymous, workers
 * die with their parent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "placement.h"
#include "usage.h"
#include "workload.h"

enum backend {
  BACKEND_PROCESS, /* every worker is a process: nothing is shared but what is meant to be */
  BACKEND_THREAD,  /* the workers are threads of one forked process, to teach the difference */
  BACKEND_MPI,     /* the workers are ranks that a launcher started: cluster.h */
  BACKENDS,
};

enum schedule {
  SCHEDULE_STATIC,  /* equal cost, cut beforehand */
  SCHEDULE_DYNAMIC, /* who is free takes the next chunks; stretches of them, where the kernel merges
                       in order */
};

struct team {
  const struct workload *workload;
  const struct placement *placement;
  unsigned workers; /* >= 1; worker w uses slot (first_slot + w) modulo the slots */
  unsigned first_slot;
  bool serial; /* workers == 1 */
  enum backend backend;
  bool pin; /* bind workers to their slots */
  enum schedule schedule;
  unsigned serial_chunks; /* the first chunks are left to one worker, after the others: a serial
                             part on purpose, to teach and to test */
  double slowdown;        /* 0.05: each worker's own computation is made 5 % longer on purpose, by
                             spinning inside the timed part: tests of regression gates */
  unsigned repeats;       /* times that the job is done in the sample, one after the other; >= 1 */
  /* A job in pieces, where repeats is 1: */
  bool is_part;                /* only a part of it is done, and no answer is made: */
  struct range part;           /* these chunks, which may be none */
  const struct partial *begun; /* done before: its chunks are left out, and the sample's partial
                                  begins with it (dynamic schedule only).  NULL: nothing */
  unsigned claim_most; /* chunks that a worker takes at once (dynamic schedule); 0: by itself */
  double timeout_s;    /* of the whole sample; 0: none */
  /* Called in the parent about twice a second with the part of its chunks that has been handed
   * out (dynamic schedule only).  May be NULL. */
  void (*progress)(double fraction, void *data);
  void *progress_data;
  /* Called in the parent ten times a second, and when the team is given up (-EINTR, -ECHILD), with
   * all that has been done so far, begun included: for small partials, and the dynamic schedule
   * only.  Workers never wait for it.  May be NULL. */
  void (*collect)(const struct partial *so_far, void *data);
  void *collect_data;
};

enum worker_stage { WORKER_STARTING, WORKER_READY, WORKER_RUNNING, WORKER_DONE };

/* What one worker did.  Times are CLOCK_MONOTONIC. */
struct worker_record {
  pid_t pid;
  enum worker_stage stage;
  unsigned slot;
  int cpu_first, cpu_last; /* where it ran when it was ready and when it had finished; -1 */
  bool pinned;             /* the binding was read back and is the slot's CPU alone */
  int bind_error;          /* why not: negative errno, 0 where not asked */
  int error;               /* the kernel's negative errno, 0 */
  uint64_t ready_ns, begin_ns, end_ns; /* ready; own computation (in the last repetition) */
  /* Sums over the repetitions: */
  uint64_t busy_ns;        /* own computation */
  struct usage used;       /* by it */
  uint64_t tail_waited_ns; /* on the run queue, from its own computation's end to the answer, where
                              it merged last and finished */
  uint64_t skew_ns;        /* from the release until it began */
  double canary_before_ghz, canary_after_ghz;
  double adds_before_per_ns, adds_after_per_ns; /* throughput canary */
  uint64_t peak_rss_bytes;                      /* of its process, by wait4 */
};

enum { STEP_NAME = 16 }; /* bytes */

/* Times are means over the repetitions. */
struct sample {
  double wall_s;                         /* release .. answer: the result */
  double spawn_s;                        /* first fork .. all ready */
  double skew_s;                         /* release .. the last worker began */
  double run_s, merge_s, finish_s;       /* phases of wall_s: until the last worker's end, ... */
  double step_s[STEPS_MOST];             /* steps of finish_s that the kernel names */
  char step_name[STEPS_MOST][STEP_NAME]; /* "" behind the last */
  unsigned workers, repeats;
  uint64_t merged_bytes; /* of partials that were added to others; 0 in a serial sample */
  const struct worker_record *records;
  const struct partial *partial; /* of the whole job */
  const struct answer *answer;
  void *memory; /* what the pointers above point into */
  size_t memory_bytes;
};

enum fault_kind {
  FAULT_NONE,
  FAULT_SYSTEM,  /* no memory or no process to be had: error */
  FAULT_SIGNAL,  /* the worker was killed: signal */
  FAULT_EXIT,    /* the worker left by itself: status */
  FAULT_TIMEOUT, /* did not finish: seconds, stopped or silent */
  FAULT_SILENT,  /* a rank does not answer any more: seconds, 0 if not known */
  FAULT_KERNEL,  /* the kernel returned an error */
};

struct fault {
  enum fault_kind kind;
  unsigned worker; /* counted from 1 */
  pid_t pid;
  int cpu; /* the slot's */
  int signal, status, error;
  double seconds;
  bool stopped;   /* by SIGSTOP or a debugger */
  bool silent;    /* a rank that does not answer */
  char where[96]; /* "rank 3 on node7"; "" on this machine */
};

/*
 * Runs one sample.
 *
 *   0        *ret_sample is filled; release it with sample_release()
 *   -EAGAIN  the kernel needs more guard bits: prepare the workload anew with job.guard + 1
 *   -EINTR   a signal came (interrupt_signal()); the team is gone
 *   -ECHILD  a worker failed or could not be started; *ret_fault says which and why
 */
int team_run(const struct team *team, struct sample *ret_sample, struct fault *ret_fault);

/* Accepts an all-zero sample. */
void sample_release(struct sample *sample);

/* Whether every worker of the sample was bound to a CPU of its own. */
bool sample_pinned(const struct sample *sample);

/* Ranks where a launcher started several, else processes. */
enum backend team_default_backend(void);

/* "process", "thread", "mpi". */
const char *backend_name(enum backend backend);

enum { FAULT_TEXT = 384 };

/* One line: "mc: worker 2 (pid 123, CPU 1) was killed by SIGKILL ...".  Returns text. */
const char *fault_text(const struct fault *fault, const struct kernel *kernel,
                       char text[FAULT_TEXT]);
