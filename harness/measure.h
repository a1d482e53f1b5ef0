/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure.h: one benchmark, measured in rounds.
 *
 * A benchmark is a job; its rows are the serial run and one parallel run per worker count.  One
 * round runs every row once, in shuffled order, so that drift and noise hit all rows alike; sample
 * i of every row belongs to round i, and speedups are taken round by round.
 */
#pragma once

#include "breakdown.h"
#include "job.h"
#include "law.h"
#include "outside.h"
#include "statistics.h"
#include "sustain.h"
#include "team.h"
#include "verify.h"

enum pin {
  PIN_AUTO,    /* pin unless a quota is smaller than the CPUs; go on where it is refused */
  PIN_REQUIRE, /* refuse to measure unpinned */
  PIN_OFF,
};

enum stop_reason {
  STOP_NONE,      /* not finished: a fault or a signal */
  STOP_ROUNDS,    /* the rounds that were asked for */
  STOP_PRECISION, /* the interval is as narrow as asked */
  STOP_TIME,      /* no time for another round */
};

/* One sample of one row, what is kept of it. */
struct measurement {
  double wall_s, spawn_s, skew_s, run_s, merge_s, finish_s;
  double step_s[STEPS_MOST];          /* of the finish; row.step_name names them */
  double busy_mean_s, busy_longest_s; /* over workers: their own computation */
  double cpu_s, cpu_longest_s;        /* CPU time of all workers' computation; of the longest */
  double clock_ghz;                   /* canary, mean over workers, before and after */
  double adds_per_ns;        /* throughput canary, likewise: what the core has free for us */
  double waited_s, stolen_s; /* the worker that had to wait longest: for a CPU that others
                                had; that the hypervisor had taken */
  double tail_waited_s;      /* of that, while a worker merged and finished */
  double migrations, switches, faults; /* of all workers */
};

struct row {
  bool serial;
  enum backend backend;
  unsigned workers;
  bool oversubscribed; /* some workers share a CPU */
  bool pinned;         /* in every sample every worker was read back on a CPU of its own */
  int bind_error;      /* the first refusal, negative errno */
  int *cpus;           /* [workers]: where each ran in the first sample */
  size_t n;            /* samples */
  struct measurement *samples;
  uint64_t counters[COUNTERS];
  uint64_t merged_bytes;                 /* of partials added to others, in a sample */
  char step_name[STEPS_MOST][STEP_NAME]; /* "" behind the last */
  uint64_t peak_rss_bytes;               /* of one worker, largest */

  /* Weak scaling, two workers or more: the job is as many times as large, the answer another. */
  struct workload workload; /* else all zero: see row_workload() */
  struct answer *answer;    /* of the row's first sample */
  struct partial *partial;

  /* After measure_summarise(); estimates are NaN where unknown. */
  struct summary time; /* of wall_s */
  struct measurement median;
  double rate_per_s; /* work / median time */
  struct estimate speedup, karp_flatt;
  double speedup_all; /* of all rounds, those set aside included */
  double capacity, efficiency;
  struct breakdown breakdown;
};

struct benchmark {
  struct workload workload;
  char name[JOB_NAME];
  bool size_chosen; /* by us, not by the user */
  bool weak;        /* the job is that of one worker, and grows with the workers */
  enum schedule schedule;
  unsigned repeats;         /* of the job in a sample */
  unsigned kinds;           /* of cores */
  double *kind_speed;       /* lone speed of each kind of core, at this work; NULL: one kind */
  unsigned serial_chunks;   /* left to one worker on purpose */
  double serial_fraction;   /* of the cost: what those chunks really are */
  double slowdown;          /* of every worker's computation, on purpose: 0.05 for 5 % */
  struct law law;           /* Amdahl's, or with `weak` Gustafson's; after measure_summarise() */
  const char *unpinned_why; /* NULL where pinning was tried */
  struct row *rows;         /* rows[0] is the serial one */
  unsigned row_count;
  size_t rounds;         /* complete ones */
  enum outside *outside; /* [rounds]: what disturbed each */
  size_t disturbed;      /* rounds with a cause from outside */
  bool all_counted;      /* too few were undisturbed: none is set aside */
  size_t throttled_rounds;
  double pressure_s;  /* some task of the system waited for a CPU so long; NaN unknown */
  double throttled_s; /* a CPU quota held back the workers so long, summed over CPUs */
  double seconds;     /* that the rounds took */
  enum stop_reason stop;
  bool short_rows;       /* an asked-for size, and a row below the shortest time to trust */
  struct answer *answer; /* of the first sample; every other was equal */
  struct partial *partial;
  size_t answers_compared;
  struct verdict verdict;
  struct sustained sustained; /* of sustain_run() */
};

/* A row below this is too short to trust: timers, wake-ups and ticks weigh too much. */
#define MEASURE_SHORTEST_S 0.010

struct progress {
  const char *name;
  size_t round, rounds;     /* that count, so far; until the next look or the end */
  double elapsed_s, left_s; /* left_s: NaN unknown */
};

struct measure_options {
  const struct placement *placement;
  const unsigned *workers; /* of the parallel rows, ascending */
  unsigned worker_counts;
  bool backends[BACKENDS]; /* which ones the parallel rows are measured with; none: the default */
  int schedule;            /* enum schedule, or -1: static where all slots are alike */
  enum pin pin;
  size_t rounds;          /* exactly so many; 0: until precision or max_s */
  bool repeat_short;      /* repeat a job of given size inside a sample until it is long enough */
  double serial_fraction; /* a serial part on purpose: 0 none; not with weak scaling */
  double slowdown;        /* on purpose: 0.05 makes every worker's computation 5 % longer */
  double shortest_s;      /* of a row whose size is chosen; 0: MEASURE_SHORTEST_S */
  bool weak;              /* P workers get a job that costs P times as much: see weak.h */
  double precision;       /* of the speedup at the largest worker count, e.g. 0.03 */
  double max_s;           /* for this benchmark */
  double timeout_s;       /* of a sample; 0: generous, from the samples seen */
  uint64_t seed;          /* of the shuffle */
  void (*progress)(const struct progress *progress, void *data); /* may be NULL */
  void *progress_data;
};

/* Whether a row has a workload of its own: weak scaling. */
bool row_has_own(const struct row *row);

/* The team that runs a row's samples. */
struct team measure_team(const struct benchmark *benchmark, const struct row *row,
                         const struct measure_options *options);

/* Prepares a benchmark and its rows.  A size of 0 is chosen here by trial: the smallest power of
 * ten at which the shortest row lasts MEASURE_SHORTEST_S.  Returns 0, -ENOMEM, -ERANGE (the kernel
 * refuses the parameters), -ENOTSUP (weak scaling of a kernel that does not grow), or like
 * team_run(). */
int measure_prepare(const struct job *job, const struct measure_options *options,
                    struct benchmark *ret_benchmark, struct fault *ret_fault);

/*
 * Runs the rounds, then checks the answer.  Also on failure the benchmark holds what was measured.
 *   0         verdict.right tells whether the digits are right
 *   -EPERM    pinning is required and was refused in the first sample
 *   -EBADMSG  a sample's answer differed from the first: verdict.text says so
 *   -ENOMEM, -EINTR, -ECHILD as team_run()
 */
int measure_run(struct benchmark *benchmark, const struct measure_options *options,
                struct fault *ret_fault);

/* The next sample of one row, compared with its first answer.  As measure_run(). */
int measure_sample(struct benchmark *benchmark, struct row *row,
                   const struct measure_options *options, struct fault *ret_fault);

/* Checks the answers of the first samples.  As measure_run(). */
int measure_verify(struct benchmark *benchmark, const struct measure_options *options,
                   struct fault *ret_fault);

/* What a row computes: the benchmark's workload, or its own under weak scaling. */
const struct workload *row_workload(const struct benchmark *benchmark, const struct row *row);
const struct answer *row_answer(const struct benchmark *benchmark, const struct row *row);

/* How many times the benchmark's job a row's is, by expected cost: 1 but for weak scaling, where
 * it is the number of workers as nearly as the size parameter allows. */
double row_growth(const struct benchmark *benchmark, const struct row *row);

/* Whether a round is left out of the statistics. */
bool round_is_set_aside(const struct benchmark *benchmark, size_t round);

/*
 * One field of a row's samples (a double, by its offset in struct measurement), in the order of the
 * rounds: those that count, or all.  Of another row than the serial one only rounds that the serial
 * row has as well, so that the values pair.  Returns how many were stored.
 */
size_t benchmark_values(const struct benchmark *benchmark, const struct row *row, size_t offset,
                        bool all, double *ret_values);

/* How many rounds that count an interval takes: six at 95 %, more where those of several rows hold
 * together. */
size_t rounds_least(const struct benchmark *benchmark);

/* Statistics of all rows.  Returns 0 or -ENOMEM. */
int measure_summarise(struct benchmark *benchmark, const struct placement *placement);

/* Core cycles that the serial run took for each count of the counter that the variant's bound is
 * about: median CPU time times the clock.  NaN where there is no such counter or no clock. */
double benchmark_cycles(const struct benchmark *benchmark);

/* Accepts an all-zero benchmark. */
void benchmark_release(struct benchmark *benchmark);

/* Whether workers will be pinned; if not, *ret_why says why in half a sentence (NULL: as asked). */
bool measure_will_pin(const struct placement *placement, enum pin pin, const char **ret_why);

const char *schedule_name(enum schedule schedule);
const char *stop_reason_name(enum stop_reason reason); /* "rounds", "precision", "time", NULL */
