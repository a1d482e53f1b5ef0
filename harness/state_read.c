/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_read.c: the text of state and part files, which anybody may have changed. */

#include "state_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "job.h"

/* Lines of the form "KEY VALUE", one after the other; text is cut into strings on the way. */
struct reader {
  char *next;
  char *message;
};

static int damaged(const struct reader *reader, const char *what)
{
  snprintf(reader->message, STATE_MESSAGE, "is damaged: its %.40s is wrong", what);
  return -EBADMSG;
}

static int other(const struct reader *reader, const char *key, const char *theirs, const char *ours)
{
  snprintf(reader->message, STATE_MESSAGE, "is of another job: its %.40s is %.60s, not %.60s", key,
           theirs, ours);
  return -ESTALE;
}

static int older(const struct reader *reader, const char *kernel, const char *key)
{
  snprintf(reader->message, STATE_MESSAGE,
           "is of another version of pibench, whose %.40s has other %.40s; continue it with that",
           kernel, key);
  return -ESTALE;
}

/* The value of the next line, which must have that key. */
static int read_value(struct reader *reader, const char *key, char **ret_value)
{
  size_t length = strlen(key);
  char *line = reader->next, *end = strchr(line, '\n');
  if (!end || strncmp(line, key, length) != 0 || line[length] != ' ')
    return damaged(reader, key);
  *end = '\0';
  reader->next = end + 1;
  *ret_value = line + length + 1;
  return 0;
}

static int read_number(struct reader *reader, const char *key, uint64_t *ret_number)
{
  char *value, *end;
  int r = read_value(reader, key, &value);
  if (r < 0)
    return r;
  errno = 0;
  uint64_t number = strtoull(value, &end, 10);
  if (errno || end == value || *end)
    return damaged(reader, key);
  *ret_number = number;
  return 0;
}

/* First line and checksum.  A newer format may have another checksum. */
static int check_frame(const char *text, size_t length, char message[STATE_MESSAGE])
{
  static const char last[] = "checksum ";
  const size_t last_bytes = sizeof last - 1 + 16 + 1;
  size_t first = strcspn(text, "\n");
  if (strlen(text) != length || strncmp(text, STATE_FORMAT, sizeof STATE_FORMAT - 1) != 0) {
    snprintf(message, STATE_MESSAGE, "is not a state or part of pibench");
    return -EINVAL;
  }
  char expected[32];
  size_t before = length > last_bytes ? length - last_bytes : 0;
  snprintf(expected, sizeof expected, "%s%016" PRIx64 "\n", last, hash_bytes(text, before));
  bool sound = length > last_bytes && strcmp(text + before, expected) == 0;
  if (first == sizeof STATE_FORMAT_LINE - 1 && strncmp(text, STATE_FORMAT_LINE, first) == 0) {
    snprintf(message, STATE_MESSAGE, "is damaged: its checksum is wrong");
    return sound ? 0 : -EBADMSG;
  }
  snprintf(message, STATE_MESSAGE, "is %.*s: this pibench reads %s", first > 30 ? 30 : (int)first,
           text, STATE_FORMAT_LINE);
  return -EINVAL;
}

static int read_parameters(struct reader *reader, struct job *job)
{
  char refusal[JOB_MESSAGE], *value;
  for (unsigned i = 0; job->kernel->parameters[i].name; i++) {
    const char *name = job->kernel->parameters[i].name;
    int r = read_value(reader, name, &value);
    if (r < 0)
      return r;
    if (job_set(job, name, value, refusal) < 0)
      return damaged(reader, name);
  }
  return 0;
}

static int read_job(struct reader *reader, struct job *ret_job)
{
  char refusal[JOB_MESSAGE], *value;
  uint64_t revision = 0, guard = 0;
  int r = read_value(reader, "kernel", &value);
  const struct kernel *kernel = r == 0 ? kernel_find(value) : NULL;
  if (r == 0 && !kernel) {
    snprintf(reader->message, STATE_MESSAGE, "is of the kernel %.40s, which this pibench has not",
             value);
    return -ESTALE;
  }
  if (r < 0)
    return r;
  struct job job = job_default(kernel);
  r = read_value(reader, "method", &value);
  if (r == 0 && job_set(&job, "method", value, refusal) < 0)
    r = damaged(reader, "method");
  if (r == 0)
    r = read_number(reader, "revision", &revision);
  if (r == 0 && revision != kernel->revision)
    return older(reader, kernel->name, "revision");
  if (r == 0)
    r = read_parameters(reader, &job);
  if (r == 0 && kernel->uses_seed)
    r = read_number(reader, "seed", &job.seed);
  if (r == 0)
    r = read_number(reader, "guard", &guard);
  job.guard = (unsigned)guard;
  if (r == 0 && job.guard != guard)
    r = damaged(reader, "guard");
  if (r == 0)
    *ret_job = job;
  return r;
}

/* Whether two jobs give the same partials, guard bits aside; else says what differs first. */
static int compare_jobs(const struct reader *reader, const struct job *theirs,
                        const struct job *ours)
{
  char left[JOB_VALUE], right[JOB_VALUE];
  if (theirs->kernel != ours->kernel)
    return other(reader, "kernel", theirs->kernel->name, ours->kernel->name);
  if (theirs->method != ours->method)
    return other(reader, "method", theirs->method->name, ours->method->name);
  for (unsigned i = 0; ours->kernel->parameters[i].name; i++) {
    job_value_text(theirs, i, left);
    job_value_text(ours, i, right);
    if (strcmp(left, right) != 0)
      return other(reader, ours->kernel->parameters[i].name, left, right);
  }
  snprintf(left, sizeof left, "%" PRIu64, theirs->seed);
  snprintf(right, sizeof right, "%" PRIu64, ours->seed);
  if (ours->kernel->uses_seed && theirs->seed != ours->seed)
    return other(reader, "seed", left, right);
  snprintf(left, sizeof left, "%u", theirs->guard);
  snprintf(right, sizeof right, "%u", ours->guard);
  return theirs->guard < ours->guard ? other(reader, "guard", left, right) : 0;
}

static int read_plan(struct reader *reader, const struct workload *workload)
{
  uint64_t units, chunks;
  char *value = NULL, ours[17];
  int r = read_number(reader, "units", &units);
  if (r == 0)
    r = read_number(reader, "chunks", &chunks);
  if (r == 0)
    r = read_value(reader, "cut", &value);
  if (r < 0)
    return r;
  const char *kernel = workload->job.kernel->name;
  if (units != workload->unit[workload->chunks])
    return older(reader, kernel, "units");
  snprintf(ours, sizeof ours, "%016" PRIx64, state_cut(workload));
  return chunks != workload->chunks || strcmp(value, ours) != 0 ? older(reader, kernel, "chunks")
                                                                : 0;
}

static int read_part(struct reader *reader, struct state *state)
{
  char *value, *rest;
  int r = read_value(reader, "part", &value);
  if (r < 0)
    return r;
  unsigned long part = strtoul(value, &rest, 10);
  unsigned long parts = *rest == '/' ? strtoul(rest + 1, &rest, 10) : 0;
  if (*rest || part < 1 || part > parts || parts > CHUNKS_MOST)
    return damaged(reader, "part");
  state->part = (unsigned)part;
  state->parts = (unsigned)parts;
  return read_number(reader, "milliseconds", &state->milliseconds);
}

static int read_covered(struct reader *reader, struct range allowed, struct partial *partial)
{
  char *value;
  int r = read_value(reader, "covered", &value);
  if (r < 0 || strcmp(value, "none") == 0)
    return r;
  for (char *stretch; (stretch = strsep(&value, ","));) {
    char *rest;
    unsigned long first = strtoul(stretch, &rest, 10), last = first;
    if (*rest == '-')
      last = strtoul(rest + 1, &rest, 10);
    if (*rest || first < allowed.begin || last < first || last >= allowed.end)
      return damaged(reader, "covered");
    partial_cover(partial, (struct range){first, last + 1});
  }
  return 0;
}

static int read_partial(struct reader *reader, const struct kernel *kernel, struct range allowed,
                        struct partial *partial)
{
  char key[64], *value;
  int r = read_covered(reader, allowed, partial);
  for (unsigned i = 0; r == 0 && kernel->counters[i]; i++) {
    snprintf(key, sizeof key, "counter %s", kernel->counters[i]);
    r = read_number(reader, key, &partial->counters[i]);
  }
  if (r == 0)
    r = read_value(reader, "payload", &value);
  for (size_t i = 0; r == 0 && i < (partial->bytes - sizeof *partial) / 8; i++) {
    char *end;
    partial->payload[i] = strtoull(value, &end, 16);
    r = end == value || (*end && *end != ' ') ? damaged(reader, "payload") : 0;
    value = end;
  }
  return r;
}

/* What follows the job; the workload is prepared. */
static int read_rest(struct reader *reader, const char *text, const struct workload *workload,
                     struct state *state)
{
  int r = read_plan(reader, workload);
  if (r == 0)
    r = read_part(reader, state);
  if (r == 0)
    r = read_partial(reader, state->job.kernel, state_chunks(state, workload), state->partial);
  if (r < 0)
    return r;
  char *again = state_text(state, workload);
  if (!again)
    return -ENOMEM;
  r = strcmp(again, text) == 0 ? 0 : damaged(reader, "layout");
  free(again);
  return r;
}

int state_parse(const char *text, size_t length, const struct job *wanted, struct state *ret_state,
                struct workload *ret_workload, char message[STATE_MESSAGE])
{
  struct state state = {0};
  struct workload workload = {0};
  struct job job;
  int r = check_frame(text, length, message);
  if (r < 0)
    return r;
  char *copy = strdup(text);
  snprintf(message, STATE_MESSAGE, "cannot be read: out of memory");
  if (!copy)
    return -ENOMEM;
  struct reader reader = {.next = copy + sizeof STATE_FORMAT_LINE, .message = message};
  r = read_job(&reader, &job);
  if (r == 0 && wanted)
    r = compare_jobs(&reader, &job, wanted);
  if (r == 0) {
    r = workload_prepare(&job, &workload);
    if (r == 0)
      r = state_begin(&workload, &state);
    r = r < 0 && r != -ENOMEM ? damaged(&reader, "job") : r;
  }
  if (r == 0)
    r = read_rest(&reader, text, &workload, &state);
  free(copy);
  if (r < 0) {
    workload_release(&workload);
    state_release(&state);
    return r;
  }
  *ret_state = state;
  *ret_workload = workload;
  return 0;
}
