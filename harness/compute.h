/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compute.h: one answer by one team, with as many guard bits as it takes; also in several runs. */
#pragma once

#include "state.h"
#include "state_file.h"
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

/*
 * A computation that may begin where another ended, stop short of an answer, and be kept in a file
 * on the way.
 */
struct computation {
  struct job job;
  struct team team;   /* how; its workload and the fields of jobs in pieces are ignored */
  struct state begun; /* what is done already, of this job; without a partial: nothing.  Where it is
                         kept: what has been reached, to be released, also on failure */
  bool keeps;         /* begun is kept up to date (dynamic schedule); else it has no partial */
  unsigned part, parts;    /* do the part-th of so many stretches, and make no answer; parts 0: the
                              whole job, to its answer */
  double done;             /* part (0 to 1) of what is to be done that is in begun */
  bool fixed_guard;        /* -EAGAIN is returned where the digits are undecided */
  struct state_file *file; /* begun is saved there; NULL: nowhere.  Only where keeps */
  char problem[OUTPUT_MESSAGE]; /* why it could not be saved the last time; "": it was */
  /* Called before the team begins, also when it begins again with more guard bits (job.guard): with
   * the chunks to do (all, or of the part).  May be NULL. */
  void (*begins)(const struct computation *computation, const struct workload *workload,
                 struct range chunks, void *data);
  /* Called when a state could not be saved and the last time it could: see problem. */
  void (*unsaved)(const struct computation *computation, void *data);
  void *data; /* of both */
};

/*
 * As compute().  A new state is saved before the team begins, any whenever a twentieth of the time
 * so far has passed, after ten seconds at the latest, and at the end, be it -EINTR or -ECHILD. That
 * it cannot be saved ends nothing but the very first time; see problem.  The sample of a part has
 * no answer in it.
 *
 *   -E2BIG  the partials are too large to be kept
 *   -EIO    the first save failed: see problem
 */
int compute_kept(struct computation *computation, struct workload *ret_workload,
                 struct sample *ret_sample, struct fault *ret_fault);
