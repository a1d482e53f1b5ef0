/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trial.h: how long a job will take, from short stretches of it. */
#pragma once

#include "team.h"

/*
 * The expected time of the chunks of a range that `begun` (may be NULL) does not cover, if nobody
 * else wants the CPUs.  The team as described by *how (its workload is ignored), all workers at
 * once, runs stretches of a hundredth of a second of CPU time at three places of the job; their
 * median and the kernel's cost_before() tell the rest.  Merging and finishing are not in it.  Takes
 * some hundredths of a second; a second at most, or a few where units last that long and the job is
 * one of many.
 *
 *   -ENODATA  a stretch as short as can be lasts too long, or the job has too few units to try some
 *   -EINTR, -ECHILD  as team_run(), but for its own time limit
 */
int trial_run(const struct workload *workload, const struct team *how, const struct partial *begun,
              struct range chunks, double *ret_seconds);
