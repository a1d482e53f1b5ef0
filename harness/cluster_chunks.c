/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_chunks.c: the dynamic schedule between ranks.
 *
 * Rank 0 hands out chunks: between its own claims, while it waits, and, when it computes for long,
 * ten times a second.  The others ask one claim ahead.  Where somebody keeps what has been done so
 * far (a state file), copies of their partials come with their claims.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cluster_sample.h"

/* Who wants chunks. */
struct request {
  unsigned worker;
  uint64_t bytes; /* of a copy of its partial, which follows; 0: none does */
};

enum { REPORT_NS = 500000000, COPY_NS = 100000000 };

static struct {
  unsigned next; /* rank 0: the first chunk that nobody has */
  bool asked;    /* the others: a claim is under way */
  bool collects; /* copies of partials go along with claims, */
  char *copies;  /* rank 0: to here, [workers] of stride bytes; the first is its own */
  size_t stride;
  uint64_t reported_ns, copied_ns;
} chunks;

static const struct team *team(void)
{
  return cluster_sample.team;
}

static struct partial *copy_of(unsigned worker)
{
  return (struct partial *)(chunks.copies + worker * chunks.stride);
}

static int copies_make(void)
{
  const struct workload *w = team()->workload;
  chunks.stride = partial_bytes(w->job.kernel->payload_bytes(w->plan));
  chunks.copies = malloc(team()->workers * chunks.stride);
  for (unsigned i = 0; chunks.copies && i < team()->workers; i++)
    partial_begin(w->job.kernel, w->plan, copy_of(i));
  return chunks.copies ? 0 : -ENOMEM;
}

int cluster_chunks_begin(bool collects)
{
  memset(&chunks, 0, sizeof chunks);
  chunks.collects = collects;
  chunks.reported_ns = clock_now_ns();
  return collects && cluster_sample.worker == 0 ? copies_make() : 0;
}

void cluster_chunks_end(void)
{
  free(chunks.copies);
  chunks.copies = NULL;
}

void cluster_chunks_again(void)
{
  chunks.next = (unsigned)team_chunks(team()).begin;
  chunks.asked = false;
}

/* --- Rank 0 --- */

static struct range next_range(void)
{
  struct range range;
  if (!team_next_claim(team(), chunks.next, &range))
    return (struct range){0, 0};
  chunks.next = (unsigned)range.end;
  return range;
}

/* The copy replaces that worker's last one. */
static int receive_copy(unsigned rank, const struct request *request)
{
  if (request->bytes == 0)
    return 0;
  if (!chunks.copies || request->bytes > chunks.stride || request->worker >= team()->workers)
    return -EPROTO;
  return wire_receive(rank, TAG_COPY, copy_of(request->worker), request->bytes,
                      deadline_in(cluster_patience_s));
}

int cluster_chunks_hand_out(void)
{
  struct request request;
  unsigned rank;
  while (wire_poll(TAG_CLAIM, &rank)) {
    uint64_t deadline = deadline_in(cluster_patience_s);
    int r = wire_receive(rank, TAG_CLAIM, &request, sizeof request, deadline);
    if (r == 0)
      r = receive_copy(rank, &request);
    struct range range = next_range();
    if (r == 0)
      r = wire_send(rank, TAG_GRANT, &range, sizeof range, deadline);
    if (r < 0)
      return r;
  }
  return 0;
}

static bool is_time(uint64_t *last_ns, uint64_t every_ns)
{
  uint64_t now = clock_now_ns();
  if (now < *last_ns + every_ns)
    return false;
  *last_ns = now;
  return true;
}

/* The copies and what had been done before are what is done so far. */
static void collect(void)
{
  const struct workload *w = team()->workload;
  struct partial *sum = malloc(chunks.stride);
  int r = sum ? 0 : -ENOMEM;
  if (sum)
    partial_begin(w->job.kernel, w->plan, sum);
  for (unsigned i = 0; r == 0 && i < team()->workers; i++)
    r = partial_merge(w->job.kernel, w->plan, copy_of(i), sum);
  if (r == 0 && team()->begun)
    r = partial_merge(w->job.kernel, w->plan, team()->begun, sum);
  if (r == 0)
    team()->collect(sum, team()->collect_data);
  free(sum);
}

/* The worker may have been stopped while it added to its leaf: then the last copy stands. */
static void copy_own_leaf(struct team_memory *memory)
{
  struct partial *copy = malloc(chunks.stride);
  if (copy && leaf_copy(team(), memory, 0, copy) == 0)
    memcpy(copy_of(0), copy, copy->bytes);
  free(copy);
}

void cluster_chunks_collect(struct team_memory *memory)
{
  if (!chunks.copies)
    return;
  copy_own_leaf(memory);
  collect();
}

/* Between its own claims: what the parent of processes does while it waits. */
static int look_around(const struct worker *w)
{
  struct range all = team_chunks(w->team);
  int r = cluster_chunks_hand_out();
  if (w->team->progress && is_time(&chunks.reported_ns, REPORT_NS))
    w->team->progress((double)(chunks.next - all.begin) / (double)(all.end - all.begin),
                      w->team->progress_data);
  if (chunks.copies && is_time(&chunks.copied_ns, COPY_NS))
    cluster_chunks_collect(w->memory);
  return r;
}

/* --- The others --- */

static int ask(const struct worker *w)
{
  const struct partial *leaf = memory_leaf(w->memory, w->index);
  struct request request = {.worker = w->index};
  if (chunks.collects && is_time(&chunks.copied_ns, COPY_NS))
    request.bytes = leaf->bytes;
  int r = cluster_send(0, TAG_CLAIM, &request, sizeof request);
  return r == 0 && request.bytes ? cluster_send(0, TAG_COPY, leaf, request.bytes) : r;
}

static int ask_ahead(const struct worker *w, struct range *ret_chunks)
{
  int r = chunks.asked ? 0 : ask(w);
  if (r == 0)
    r = cluster_receive(0, TAG_GRANT, ret_chunks, sizeof *ret_chunks);
  chunks.asked = r == 0 && ret_chunks->begin < ret_chunks->end;
  return chunks.asked ? ask(w) : r;
}

int cluster_chunks_claim(struct worker *w, struct range *ret_chunks)
{
  int r;
  if (w->index == 0) {
    r = look_around(w);
    *ret_chunks = next_range();
  } else {
    r = ask_ahead(w, ret_chunks);
  }
  return r < 0 ? r : ret_chunks->begin < ret_chunks->end;
}
