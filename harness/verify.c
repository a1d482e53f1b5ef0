/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c: is the answer right? */

#include "verify.h"

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_rng.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "compute.h"
#include "interrupt.h"
#include "job.h"

static const char *const verified_names[] = {
    [VERIFIED_NONE] = "none",
    [VERIFIED_REFERENCE] = "reference",
    [VERIFIED_INDEPENDENT] = "independent",
    [VERIFIED_KNOWN] = "known",
};

const char *verified_name(enum verified how)
{
  return verified_names[how];
}

/* --- Known values --- */

int known_job(const struct known *known, struct job *job)
{
  char pair[64], message[JOB_MESSAGE];
  int size = job_size_index(job);
  if (known->method && strcmp(known->method, job->method->name) != 0)
    return -ENOENT;
  if (size >= 0)
    job_size_set(job, known->size);
  if (job->kernel->uses_seed)
    job->seed = known->seed;
  if (known->with) {
    snprintf(pair, sizeof pair, "%s", known->with);
    char *value = strchr(pair, '=');
    assert(value);
    *value++ = '\0';
    return job_set(job, pair, value, message);
  }
  return 0;
}

/* Whether the job is one that gives the known value: setting it to that changes nothing. */
static bool known_applies(const struct known *known, const struct job *job)
{
  struct job wanted = *job;
  return known_job(known, &wanted) == 0 && wanted.seed == job->seed
         && memcmp(wanted.values, job->values, sizeof wanted.values) == 0;
}

/* Digits are compared as far as both go. */
static bool known_agrees(const struct known *known, const struct answer *answer,
                         const struct answer_item *item)
{
  size_t length = strlen(known->value);
  assert(item->kind != ANSWER_NUMBER);
  if (item->kind == ANSWER_COUNT)
    return strtoull(known->value, NULL, 10) == item->count;
  if (item->text_bytes < length)
    length = item->text_bytes;
  return memcmp(answer->text + item->text_offset, known->value, length) == 0;
}

int verify_known(const struct job *job, const struct answer *answer, char text[VERDICT_TEXT])
{
  int compared = 0;
  for (const struct known *k = job->kernel->known; k && k->value; k++) {
    const struct answer_item *item = answer_find(answer, k->item);
    if (!item || !known_applies(k, job))
      continue;
    bool agrees = known_agrees(k, answer, item);
    snprintf(text, VERDICT_TEXT, "%s %s the known value %s", k->item,
             agrees ? "equal to" : "differ from", k->value);
    if (!agrees)
      return -EBADMSG;
    compared = 1;
  }
  return compared;
}

/* --- The peer: another way to the same answer --- */

static int verify_peer(const struct team *team, const struct answer *answer,
                       struct verdict *verdict, struct fault *ret_fault)
{
  struct job peer;
  struct workload workload;
  struct sample sample;
  char name[JOB_NAME];
  const struct kernel *kernel = team->workload->job.kernel;
  if (!kernel->peer || kernel->peer(&team->workload->job, &peer) < 0)
    return 0;
  int r = compute(&peer, team, &workload, &sample, ret_fault);
  if (r < 0)
    return r;
  verdict->how = VERIFIED_INDEPENDENT;
  verdict->right = answer_equal(answer, sample.answer);
  snprintf(verdict->text, VERDICT_TEXT, "%s by %s",
           verdict->right ? "the same answer" : "another answer", job_name(&peer, name));
  sample_release(&sample);
  workload_release(&workload);
  return 0;
}

/* --- The reference --- */

static int compare_units(const struct workload *w, struct range units, struct partial *ours,
                         struct partial *theirs)
{
  partial_begin(w->job.kernel, w->plan, ours);
  partial_begin(w->job.kernel, w->plan, theirs);
  int r = w->job.variant->run(w->plan, units, ours);
  if (r == 0)
    r = w->job.method->variants[0].run(w->plan, units, theirs);
  if (r < 0)
    return r;
  return ours->bytes != theirs->bytes || memcmp(ours, theirs, ours->bytes) != 0 ? -EBADMSG : 0;
}

static int compare_at_random(const struct workload *w, double seconds, gsl_rng *rng,
                             struct partial *ours, struct partial *theirs, char text[VERDICT_TEXT])
{
  uint64_t units = w->unit[w->chunks], length = 1;
  uint64_t begin_ns = clock_now_ns(), now = begin_ns;
  int ranges = 0;
  do {
    uint64_t at = (uint64_t)(gsl_rng_uniform(rng) * (double)units);
    struct range range = {at < units ? at : units - 1, 0};
    range.end = units - range.begin < length ? units : range.begin + length;
    int r = compare_units(w, range, ours, theirs);
    if (r == -EBADMSG)
      snprintf(text, VERDICT_TEXT, "units %" PRIu64 " to %" PRIu64 " differ between %s and %s",
               range.begin, range.end, w->job.variant->name, w->job.method->variants[0].name);
    if (r < 0)
      return r;
    if (interrupt_signal())
      return -EINTR;
    ranges++;
    uint64_t took = clock_now_ns() - now;
    now += took;
    if ((double)took * 8e-9 < seconds && length < units) /* many short ranges, not one long one */
      length *= 2;
  } while ((double)(now - begin_ns) * 1e-9 < seconds);
  snprintf(text, VERDICT_TEXT, "the same bytes as the %s on %d random stretch%s of work",
           w->job.method->variants[0].name, ranges, ranges == 1 ? "" : "es");
  return ranges;
}

int verify_reference(const struct workload *w, double seconds, uint64_t seed,
                     char text[VERDICT_TEXT])
{
  size_t bytes = partial_bytes(w->job.kernel->payload_bytes(w->plan));
  struct partial *ours = malloc(bytes), *theirs = malloc(bytes);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = -ENOMEM;
  if (ours && theirs && rng) {
    gsl_rng_set(rng, (unsigned long)seed);
    r = compare_at_random(w, seconds, rng, ours, theirs, text);
  }
  if (rng)
    gsl_rng_free(rng);
  free(ours);
  free(theirs);
  return r;
}

/* --- The strongest way at hand --- */

int verify_answer(const struct team *team, const struct answer *answer, double seconds,
                  uint64_t seed, struct verdict *ret_verdict, struct fault *ret_fault)
{
  const struct job *job = &team->workload->job;
  struct verdict verdict = {.how = VERIFIED_NONE, .right = true, .text = "nothing to compare with"};
  int r = verify_known(job, answer, verdict.text);
  if (r != 0) {
    verdict.how = VERIFIED_KNOWN;
    verdict.right = r > 0;
    *ret_verdict = verdict;
    return 0;
  }
  r = verify_peer(team, answer, &verdict, ret_fault);
  if (r == 0 && verdict.how == VERIFIED_NONE && job->variant != job->method->variants) {
    r = verify_reference(team->workload, seconds, seed, verdict.text);
    verdict.how = VERIFIED_REFERENCE;
    verdict.right = r != -EBADMSG;
    r = r > 0 || r == -EBADMSG ? 0 : r;
  }
  if (r == 0)
    *ret_verdict = verdict;
  return r;
}
