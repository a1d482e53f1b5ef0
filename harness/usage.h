/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usage.h: what the operating system did to a thread while it computed.
 *
 * The time between two stamps is CPU time, plus time on the run queue while others had the CPU,
 * plus the rest: time that the hypervisor took, and sleep.  A kernel of ours does not sleep.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct usage {
  uint64_t cpu_ns;
  uint64_t waited_ns; /* on the run queue; 0 where not known */
  bool waited_known;
  uint64_t switches_voluntary, switches_involuntary;
  uint64_t faults_minor, faults_major;
  uint64_t migrations; /* to another CPU; 0 where not known */
};

/* What it takes to read the usage of the calling thread quickly. */
struct usage_meter {
  int schedstat, migrations; /* file descriptors; -1 where the kernel does not tell */
};

/* For the calling thread; to be closed by it. */
struct usage_meter usage_open(void);
void usage_close(struct usage_meter *meter);

/* Since the thread's birth (migrations: since usage_open). */
struct usage usage_read(const struct usage_meter *meter);

/* sum += end - begin */
void usage_add(struct usage *sum, const struct usage *begin, const struct usage *end);
