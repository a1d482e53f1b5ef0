/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor.h: can this machine measure?
 *
 * Each examination returns figures; doctor_judge() and the limits below make verdicts of them.
 * Nothing is written and nothing is changed.  The caller prints.
 *
 * A machine is *not fit* where an examination is bad, and only these can be:
 *   - the smallest change of a kernel that 20 pairs show is above DOCTOR_CHANGE_NOTE;
 *   - workers cannot be pinned although no CPU quota forbids it;
 *   - the CPU quota is below one CPU: not even the serial run goes on without a pause.
 * All else is a note: it may cost precision, and the smallest change says how much it does cost.
 */
#pragma once

#include "statistics.h"
#include "team.h"

enum doctor_verdict { DOCTOR_FINE, DOCTOR_NOTE, DOCTOR_BAD, DOCTOR_UNKNOWN };

/* What is fine up to FINE, and a note up to NOTE.  Parts of one. */
#define DOCTOR_CHANGE_FINE   0.01
#define DOCTOR_CHANGE_NOTE   0.05
#define DOCTOR_SPREAD_FINE   0.02 /* of the clock of one CPU, alone */
#define DOCTOR_DROP_FINE     0.05 /* of the clock when all CPUs work */
#define DOCTOR_SHARED_FINE   0.02 /* of the time with somebody else on the core */
#define DOCTOR_PAIR_FINE     0.20 /* throughput that two CPUs lose together */
#define DOCTOR_BUSY_FINE     0.05 /* of a CPU's time, for other programs */
#define DOCTOR_STOLEN_FINE   0.001
#define DOCTOR_PRESSURE_FINE 0.05

/* FINE up to fine_most, NOTE up to note_most, else BAD; UNKNOWN for NaN. */
enum doctor_verdict doctor_judge(double figure, double fine_most, double note_most);

/* Of a whole machine: BAD if any is, else NOTE if any is, else FINE; unknown ones say nothing. */
enum doctor_verdict doctor_overall(const enum doctor_verdict *verdicts, size_t n);

/* --- The smallest change that can be shown --- */

enum { DOCTOR_PAIRS = 20 };

struct doctor_change {
  size_t pairs;
  double sample_s;       /* median */
  struct estimate ratio; /* median of ln A_i - ln B_i, sign test's interval at 95 % */
};

/*
 * A/A: the serial run against itself on the first slot, `pairs` pairs of about 30 ms a sample, in
 * shuffled order within the pair.  All pairs count.  After max_s no more pairs are begun once
 * there are six.  A job with a size parameter of 0 gets its size here.
 * Returns 0, -ENOMEM, or like compute().
 */
int doctor_change_measure(const struct job *job, const struct placement *placement, size_t pairs,
                          double max_s, struct doctor_change *ret_change, struct fault *ret_fault);

/*
 * The smallest change, as a part of the time, that so many paired rounds show: half the width of
 * the interval plus the distance of its median from 0 (an A/A has no other reason for one), which
 * shrink as 1/sqrt(rounds).  About every second comparison shows a change of that size, nearly
 * every one twice of it.  NaN where there is no interval (fewer than six pairs).
 */
double doctor_smallest_change(const struct doctor_change *change, size_t rounds);

/* --- Canaries on CPUs --- */

struct doctor_canary {
  int bind_error; /* of binding, reading back and looking where it ran: negative errno, 0 */
  size_t samples; /* 0: the other figures are NaN */
  double clock_ghz, clock_spread; /* median; 5th to 95th percentile over the median */
  double throughput_per_ns, throughput_spread;
  double adds_per_cycle; /* throughput over clock */
  double shared_part;    /* as doctor_shared_part() */
};

/*
 * Forks a child for each of n slots, binds it there, and runs both canaries in turn for so long, on
 * all of them at once.  Samples during which another program of this system had the CPU are left
 * out: load is another examination.  Returns 0 and fills ret_canaries[n]; -EINTR after a signal
 * (interrupt_signal()), -ETIMEDOUT or -ECHILD (a child hung or died), or the negative errno of a
 * fork or of memory.  No child is left behind.
 */
int doctor_canaries_run(const struct placement *placement, const unsigned *slots, unsigned n,
                        double seconds, struct doctor_canary *ret_canaries);

/*
 * The part of the time in which somebody else was on the core: throughput[i] more than 15 % below
 * its best while the clock before and after it (clock[i], clock[i + 1]) was within 5 % of its own.
 * A falling clock, or a CPU that was taken away, does not count.  The best is the 95th percentile,
 * so that somebody who is there all the time is not seen.  n samples each; NaN below 20 of them.
 */
double doctor_shared_part(const double *clock, const double *throughput, size_t n);

/* --- Hidden siblings --- */

struct doctor_pair {
  unsigned a, b; /* slots */
  double ratio;  /* throughput of both together over that of both alone; NaN: not measured */
};

/*
 * The pairs to look at, without those that share a core by the topology: all for up to 8 slots,
 * else i with i + 1 and with i + n/2, the ways in which hypervisors number siblings.  To be freed.
 * Returns 0 or -ENOMEM.
 */
int doctor_pairs_list(const struct placement *placement, struct doctor_pair **ret_pairs,
                      size_t *ret_n);

/*
 * Measures one pair: median of three times a alone, b alone, both, by throughput canary.  Two
 * threads of a core share its adders: a ratio near 0.5 to 0.7.  A clock that falls for two cores
 * lowers it a little.  Errors as doctor_canaries_run(); -EPERM and the like where binding failed.
 */
int doctor_pair_measure(const struct placement *placement, double seconds,
                        struct doctor_pair *pair);

/* --- What the system tells --- */

struct doctor_environment {
  int turbo, smt;      /* on: 1, off: 0, unknown: -1 */
  double cpu_pressure; /* part of the last 10 s in which somebody waited; NaN unknown */
  double memory_pressure;
  uint64_t ticks, ticks_stolen; /* of all CPUs since boot; 0, 0: unknown */
};

/* Reads /sys and /proc below `root`: "" for this machine, or a copy of those files, for tests. */
void doctor_environment_read(const char *root, struct doctor_environment *ret_environment);

/* The part of the CPU time that the hypervisor took between two readings, since boot with an
 * all-zero first one; NaN if unknown. */
double doctor_stolen_part(const struct doctor_environment *before,
                          const struct doctor_environment *after);
