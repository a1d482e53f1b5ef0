/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capacity.h: how fast each kind of core is alone, at the work that is measured. */
#pragma once

#include "team.h"

/*
 * Measures the lone speed of one slot of every kind relative to the first slot's kind: medians of
 * serial samples on both, in turns.  *ret_speeds: an array with an entry per kind, to be freed;
 * NULL where all slots are of one kind.  `how` tells workload, placement, repetitions and pinning.
 * Returns 0, -ENOMEM, or like team_run().
 */
int capacity_measure(const struct team *how, double **ret_speeds, struct fault *ret_fault);
