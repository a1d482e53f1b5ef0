/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weak.h: jobs that grow with the number of workers. */
#pragma once

#include "job.h"

/*
 * The job whose expected cost is `workers` times that of the given one, which has a size: another
 * value of its size parameter, the nearest whole number, found by the kernel's own cost_before().
 *
 *   -ENOTSUP  the kernel has no size, or its cost does not grow with it
 *   -ERANGE   no size that the kernel takes costs that much
 *   -ENOMEM
 */
int weak_job(const struct job *job, unsigned workers, struct job *ret_job);

/* The same question of a job whose size may still be open: 0 or -ENOTSUP. */
int weak_possible(const struct job *job);
