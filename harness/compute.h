/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compute.h: one answer by one team, with as many guard bits as it takes. */
#pragma once

#include "team.h"

/*
 * Prepares the job and runs it once with the team as described by *how (its workload is ignored);
 * where the kernel asks for more guard bits (-EAGAIN) once more with them.  On success the caller
 * releases sample and workload.
 *
 *   -ENOMEM, -ERANGE  the job cannot be prepared
 *   -EINTR, -ECHILD   as team_run()
 *   -EAGAIN           the digits stay undecided even with many guard bits
 */
int compute(const struct job *job, const struct team *how, struct workload *ret_workload,
            struct sample *ret_sample, struct fault *ret_fault);
