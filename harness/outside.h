/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outside.h: what disturbed a round from outside, by record and not by looks.
 *
 * A sample is never dropped because it is slow.  A whole round is set aside only where the
 * operating system recorded that a pinned worker did not have its CPU: another program ran there,
 * the hypervisor took it, or the worker was moved.  It stays in the result file, and the result is
 * told with and without.  A falling clock and a CPU quota are not from outside: they are the
 * result.
 */
#pragma once

#include <stdbool.h>

enum outside {
  OUTSIDE_NONE,
  OUTSIDE_PROGRAMS,   /* other programs ran on our CPUs */
  OUTSIDE_HYPERVISOR, /* it took our CPUs */
  OUTSIDE_MIGRATED,   /* a pinned worker was moved */
  OUTSIDE_KINDS,
};

/* The part of a worker's computation that others may take before its round is set aside: what the
 * system itself needs for a moment is below it. */
#define OUTSIDE_PART 0.02

struct measurement;

/* The cause that is recorded for a sample of pinned workers.  `throttled`: a CPU quota held workers
 * back in this round, so that waiting says nothing of others. */
enum outside outside_of(const struct measurement *sample, bool throttled);

/* "other programs", "the hypervisor", "a moved worker". */
const char *outside_text(enum outside cause);
/* "other_programs", ...: in the result file. */
const char *outside_key(enum outside cause);
