/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi_kept.c: the states and parts of pibench pi: taking them up, adding them up. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_pi.h"

/* --- States --- */

/* Why a text is refused: out of memory is nobody's fault. */
static int code_of(int r)
{
  return r == -ENOMEM ? EXIT_FAILED : EXIT_REFUSED;
}

static int take_up(const struct pi_options *options, const struct job *job, const char *text,
                   size_t length, struct state *ret_begun)
{
  char message[STATE_MESSAGE];
  struct workload workload;
  struct state state;
  unsigned parts = options->parts ? options->parts : 1, part = options->parts ? options->part : 1;
  int r = state_parse(text, length, job, &state, &workload, message);
  if (r < 0) {
    say("--state: '%.60s' %s", options->state, message);
    return code_of(r);
  }
  workload_release(&workload);
  if (state.part != part || state.parts != parts) {
    say("--state: '%.60s' is of part %u/%u, not %u/%u", options->state, state.part, state.parts,
        part, parts);
    state_release(&state);
    return EXIT_REFUSED;
  }
  *ret_begun = state;
  return EXIT_FINE;
}

int pi_state_open(const struct pi_options *options, const struct job *job, struct state_file *file,
                  struct state *ret_begun)
{
  char message[OUTPUT_MESSAGE], *text;
  size_t length;
  int r = state_file_open(options->state, file, &text, &length, message);
  if (r < 0) {
    say("--state: %s", message);
    return r == -EBUSY ? EXIT_REFUSED : EXIT_USAGE;
  }
  int code = text ? take_up(options, job, text, length, ret_begun) : EXIT_FINE;
  free(text);
  return code;
}

void pi_say_kept(const struct computation *c, bool interrupted)
{
  const char *name = c->job.kernel->name, *why = interrupted ? "interrupted; " : "";
  if (c->problem[0])
    say("%s: %s%s", name, why, c->problem);
  else
    say("%s: %s%.3g %% is kept in '%.200s': the same command goes on from there", name, why,
        100 * c->done, c->file->output.path);
}

/* --- Parts --- */

struct parts {
  const char **names;
  struct state *states;
  size_t count;
  struct workload workload; /* of all of them */
};

static void parts_release(struct parts *parts)
{
  for (size_t i = 0; i < parts->count; i++)
    state_release(&parts->states[i]);
  free(parts->states);
  workload_release(&parts->workload);
}

static int refuse_other(const struct parts *parts, const char *name, int r, const char *message)
{
  if (r == -ESTALE && parts->count > 0)
    say("--merge: '%.60s' does not go with '%.60s': it %s", name, parts->names[0], message);
  else
    say("--merge: '%.60s' %s", name, message);
  return code_of(r);
}

/* Reads one more part, of the same job as the first. */
static int part_read(struct parts *parts)
{
  const char *name = parts->names[parts->count];
  char problem[OUTPUT_MESSAGE], message[STATE_MESSAGE], *text;
  size_t length;
  struct workload workload;
  struct state state;
  if (state_file_read(name, &text, &length, problem) < 0) {
    say("--merge: %s", problem);
    return EXIT_USAGE;
  }
  const struct job *first = parts->count > 0 ? &parts->states[0].job : NULL;
  int r = state_parse(text, length, first, &state, &workload, message);
  free(text);
  if (r < 0)
    return refuse_other(parts, name, r, message);
  parts->states[parts->count++] = state;
  if (!first) {
    parts->workload = workload;
    return EXIT_FINE;
  }
  workload_release(&workload);
  if (state.job.guard == first->guard)
    return EXIT_FINE;
  say("--merge: '%.60s' does not go with '%.60s': its guard is %u, not %u", name, parts->names[0],
      state.job.guard, first->guard);
  return EXIT_REFUSED;
}

static bool have_common_chunk(const struct partial *left, const struct partial *right)
{
  for (size_t w = 0; w < sizeof left->covered / sizeof *left->covered; w++)
    if (left->covered[w] & right->covered[w])
      return true;
  return false;
}

static int parts_add(const struct parts *parts, struct state *whole)
{
  for (size_t i = 0; i < parts->count; i++) {
    for (size_t j = 0; j < i; j++)
      if (have_common_chunk(parts->states[i].partial, parts->states[j].partial)) {
        say("--merge: '%.60s' and '%.60s' have work in common", parts->names[j], parts->names[i]);
        return EXIT_REFUSED;
      }
    if (state_merge(&parts->workload, &parts->states[i], whole) < 0)
      return EXIT_REFUSED; /* what was just made sure */
  }
  return EXIT_FINE;
}

/* --- Gaps --- */

/* Whether a stretch of chunks is all there. */
static bool is_there(const struct state *whole, struct range chunks)
{
  return partial_covered(whole->partial, chunks) == chunks.end - chunks.begin;
}

/* Half a sentence: "part 2/3 is missing", "parts 2/9, 5/9, ... are missing". */
static void missing_parts(const struct parts *parts, const struct state *whole, char *text,
                          size_t bytes)
{
  struct state part = {.parts = parts->states[0].parts};
  char list[96];
  size_t used = 0, missing = 0;
  for (part.part = 1; part.part <= part.parts; part.part++) {
    if (is_there(whole, state_chunks(&part, &parts->workload)))
      continue;
    const char *comma = missing++ ? ", " : "";
    if (used + 32 < sizeof list)
      used += (size_t)snprintf(list + used, sizeof list - used, "%s%u/%u", comma, part.part,
                               part.parts);
    else if (list[used - 1] != '.')
      used += (size_t)snprintf(list + used, sizeof list - used, ", ...");
  }
  snprintf(text, bytes, missing == 1 ? "part %s is missing" : "parts %s are missing", list);
}

static void missing_chunks(const struct parts *parts, const struct state *whole, char *text,
                           size_t bytes)
{
  unsigned begin = 0, end, chunks = parts->workload.chunks;
  while (is_there(whole, (struct range){begin, begin + 1}))
    begin++;
  for (end = begin + 1; end < chunks && !is_there(whole, (struct range){end, end + 1});)
    end++;
  unsigned all = chunks - partial_covered(whole->partial, (struct range){0, chunks});
  snprintf(text, bytes, "%u of %u chunks are missing, the first from %u to %u", all, chunks, begin,
           end - 1);
}

/* Says what is not there; EXIT_FINE if nothing is missing. */
static int check_gaps(const struct parts *parts, const struct state *whole)
{
  char text[160];
  bool alike = true;
  if (partial_is_complete(whole->partial, parts->workload.chunks))
    return EXIT_FINE;
  for (size_t i = 0; i < parts->count; i++) {
    const struct state *state = &parts->states[i];
    struct range chunks = state_chunks(state, &parts->workload);
    alike = alike && state->parts == parts->states[0].parts;
    if (is_there(whole, chunks))
      continue;
    say("--merge: '%.60s' is not finished (%.3g %% of part %u/%u)", parts->names[i],
        100 * state_done(&parts->workload, state->partial, chunks), state->part, state->parts);
    return EXIT_REFUSED;
  }
  (alike ? missing_parts : missing_chunks)(parts, whole, text, sizeof text);
  say("--merge: %s", text);
  return EXIT_REFUSED;
}

int pi_merge(const struct pi_options *options, struct state *ret_whole)
{
  struct parts parts = {.names = options->files};
  struct state whole = {0};
  int code = EXIT_FINE;
  parts.states = calloc(options->file_count, sizeof *parts.states);
  if (!parts.states) {
    say("out of memory");
    return EXIT_FAILED;
  }
  while (code == EXIT_FINE && parts.count < options->file_count)
    code = part_read(&parts);
  if (code == EXIT_FINE && state_begin(&parts.workload, &whole) < 0)
    code = EXIT_FAILED;
  if (code == EXIT_FINE)
    code = parts_add(&parts, &whole);
  if (code == EXIT_FINE)
    code = check_gaps(&parts, &whole);
  parts_release(&parts);
  if (code == EXIT_FINE)
    *ret_whole = whole;
  else
    state_release(&whole);
  return code;
}
