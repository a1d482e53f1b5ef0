/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compute.c: one answer by one team, with as many guard bits as it takes. */

#include "compute.h"

#include <errno.h>

/* Each step makes an undecided answer less likely by a factor of at least 2^16. */
enum { GUARDS_MOST = 8 };

int compute(const struct job *job, const struct team *how, struct workload *ret_workload,
            struct sample *ret_sample, struct fault *ret_fault)
{
  struct job guarded = *job;
  int r = -EAGAIN;
  for (; r == -EAGAIN && guarded.guard < job->guard + GUARDS_MOST; guarded.guard++) {
    struct workload workload;
    r = workload_prepare(&guarded, &workload);
    if (r < 0)
      return r;
    struct team team = *how;
    team.workload = &workload;
    r = team_run(&team, ret_sample, ret_fault);
    if (r == 0)
      *ret_workload = workload;
    else
      workload_release(&workload);
  }
  return r;
}
