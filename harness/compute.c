/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compute.c: one answer by one team, with as many guard bits as it takes; also in several runs. */

#include "compute.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* A state is saved when this part of the time so far has passed since the last time: who is killed
 * loses no more, beside the chunks that workers are at. */
enum { SAVES = 20, SAVE_MOST_S = 10 };

/* One team at work. */
struct attempt {
  struct computation *computation;
  const struct workload *workload;
  struct partial *begun; /* when the team began: what is reached goes on changing */
  uint64_t begin_ns, saved_ns, before_ms;
  struct range chunks; /* to do, of the whole job or a part */
  bool finished; /* before it began: there is nothing to do but the answer, and nothing to save */
};

/* --- Saving --- */

static void save(struct attempt *attempt, bool durable)
{
  struct computation *c = attempt->computation;
  if (attempt->finished)
    return;
  c->done = state_done(attempt->workload, c->begun.partial, attempt->chunks);
  c->begun.milliseconds = attempt->before_ms + (clock_now_ns() - attempt->begin_ns) / 1000000;
  char *text = c->file ? state_text(&c->begun, attempt->workload) : NULL;
  bool had_problem = c->problem[0] != '\0';
  if (text && state_file_write(c->file, text, strlen(text), durable, c->problem) == 0)
    c->problem[0] = '\0';
  else if (c->file && !text)
    snprintf(c->problem, sizeof c->problem, "the state cannot be saved: out of memory");
  free(text);
  if (c->problem[0] && !had_problem && c->unsaved)
    c->unsaved(c, c->data);
  attempt->saved_ns = clock_now_ns(); /* the disk may have taken its time */
}

static void collect(const struct partial *so_far, void *data)
{
  struct attempt *attempt = data;
  memcpy(attempt->computation->begun.partial, so_far, so_far->bytes);
  double since_s = (double)(clock_now_ns() - attempt->saved_ns) * 1e-9;
  double so_far_s = (double)(clock_now_ns() - attempt->begin_ns) * 1e-9;
  if (since_s >= SAVE_MOST_S || since_s >= so_far_s / SAVES)
    save(attempt, true);
}

/* The state to begin with, and a copy of its partial. */
static int begin_keeping(struct attempt *attempt)
{
  struct computation *c = attempt->computation;
  if (!c->begun.partial) {
    int r = state_begin(attempt->workload, &c->begun);
    if (r < 0)
      return r;
    if (c->parts > 0) {
      c->begun.part = c->part;
      c->begun.parts = c->parts;
    }
  }
  attempt->before_ms = c->begun.milliseconds;
  attempt->begun = malloc(c->begun.partial->bytes);
  if (!attempt->begun)
    return -ENOMEM;
  memcpy(attempt->begun, c->begun.partial, c->begun.partial->bytes);
  c->done = state_done(attempt->workload, attempt->begun, attempt->chunks);
  attempt->finished = partial_covered(attempt->begun, attempt->chunks)
                      == attempt->chunks.end - attempt->chunks.begin;
  if (c->file && (c->file->is_empty || c->begun.milliseconds == 0)) {
    attempt->finished = false; /* a part may have no chunks at all */
    save(attempt, false);      /* can it be written at all? */
  }
  return c->problem[0] ? -EIO : 0;
}

/* --- Running --- */

static int attempt_run(struct attempt *attempt, struct sample *ret_sample, struct fault *ret_fault)
{
  struct computation *c = attempt->computation;
  struct team team = c->team;
  team.is_part = c->parts > 0;
  team.part = attempt->chunks;
  team.workload = attempt->workload;
  if (c->keeps) {
    team.schedule = SCHEDULE_DYNAMIC;
    team.begun = attempt->begun;
    team.claim_most = 1;
    team.collect = collect;
    team.collect_data = attempt;
  }
  if (c->begins)
    c->begins(c, attempt->workload, attempt->chunks, c->data);
  attempt->begin_ns = attempt->saved_ns = clock_now_ns();
  int r = team_run(&team, ret_sample, ret_fault);
  if (r == 0 && c->keeps)
    memcpy(c->begun.partial, ret_sample->partial, ret_sample->partial->bytes);
  if (r != -EAGAIN && c->keeps)
    save(attempt, true);
  return r;
}

static int attempt_make(struct computation *c, const struct job *job, struct workload *ret_workload,
                        struct sample *ret_sample, struct fault *ret_fault)
{
  struct workload workload;
  struct attempt attempt = {.computation = c, .workload = &workload};
  attempt.begin_ns = clock_now_ns();
  int r = workload_prepare(job, &workload);
  if (r < 0)
    return r;
  attempt.chunks = (struct range){0, workload.chunks};
  if (c->parts > 0)
    attempt.chunks = workload_share(&workload, c->part - 1, c->parts);
  if (c->keeps)
    r = begin_keeping(&attempt);
  if (r == 0)
    r = attempt_run(&attempt, ret_sample, ret_fault);
  free(attempt.begun);
  if (r == 0)
    *ret_workload = workload;
  else
    workload_release(&workload);
  return r;
}

int compute_kept(struct computation *c, struct workload *ret_workload, struct sample *ret_sample,
                 struct fault *ret_fault)
{
  struct job job = c->job;
  if (c->begun.partial)
    job.guard = c->begun.job.guard;
  for (;; job.guard++) {
    int r = attempt_make(c, &job, ret_workload, ret_sample, ret_fault);
    if (r != -EAGAIN || c->fixed_guard || job.guard + 1 >= c->job.guard + GUARDS_MOST)
      return r;
    state_release(&c->begun); /* wider partials: everything once more */
  }
}

int compute(const struct job *job, const struct team *how, struct workload *ret_workload,
            struct sample *ret_sample, struct fault *ret_fault)
{
  struct computation computation = {.job = *job, .team = *how};
  return compute_kept(&computation, ret_workload, ret_sample, ret_fault);
}
