/* SPDX-License-Identifier: GPL-3.0-or-later */
/* partial.c: partials know the chunks they cover, so nothing is counted twice or left out. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "kernel.h"

enum { WORDS = CHUNKS_MOST / 64 };

size_t partial_bytes(size_t payload_bytes)
{
  return sizeof(struct partial) + (payload_bytes + 7) / 8 * 8;
}

void partial_init(struct partial *partial, size_t payload_bytes)
{
  size_t bytes = partial_bytes(payload_bytes);
  memset(partial, 0, bytes);
  partial->bytes = bytes;
}

void partial_begin(const struct kernel *kernel, const void *plan, struct partial *partial)
{
  partial_init(partial, kernel->merges_in_order ? 0 : kernel->payload_bytes(plan));
}

void partial_cover(struct partial *partial, struct range chunks)
{
  assert(chunks.begin <= chunks.end && chunks.end <= CHUNKS_MOST);
  for (uint64_t c = chunks.begin; c < chunks.end; c++)
    partial->covered[c / 64] |= UINT64_C(1) << c % 64;
}

unsigned partial_covered(const struct partial *partial, struct range chunks)
{
  unsigned covered = 0;
  assert(chunks.begin <= chunks.end && chunks.end <= CHUNKS_MOST);
  for (uint64_t c = chunks.begin; c < chunks.end; c++)
    covered += partial->covered[c / 64] >> c % 64 & 1;
  return covered;
}

bool partial_is_complete(const struct partial *partial, unsigned chunks)
{
  for (unsigned w = 0; w < WORDS; w++) {
    unsigned before = w * 64;
    uint64_t wanted = chunks >= before + 64 ? UINT64_MAX
                      : chunks > before     ? (UINT64_C(1) << (chunks - before)) - 1
                                            : 0;
    if (partial->covered[w] != wanted)
      return false;
  }
  return true;
}

/* The chunks between the first and the last that are covered; none: 0 .. 0. */
static struct range covered_span(const struct partial *partial)
{
  struct range span = {0, 0};
  for (unsigned w = 0; w < WORDS; w++) {
    uint64_t word = partial->covered[w];
    if (!word)
      continue;
    if (span.end == 0)
      span.begin = 64 * w + (unsigned)__builtin_ctzll(word);
    span.end = 64 * w + 64 - (unsigned)__builtin_clzll(word);
  }
  return span;
}

/* Whether the first chunk of one comes right behind the last of the other; or one has none. */
static bool are_neighbours(const struct partial *left, const struct partial *right)
{
  struct range before = covered_span(left), after = covered_span(right);
  return before.end == 0 || after.end == 0 || before.end == after.begin;
}

static bool is_empty(const struct partial *partial)
{
  return partial->bytes == sizeof *partial;
}

static void merge_payload(const struct kernel *kernel, const void *plan, const struct partial *from,
                          struct partial *into)
{
  if (is_empty(from))
    return;
  if (is_empty(into)) {
    memcpy(into->payload, from->payload, from->bytes - sizeof *from);
    into->bytes = from->bytes;
    return;
  }
  kernel->merge(plan, from, into);
}

int partial_merge(const struct kernel *kernel, const void *plan, const struct partial *from,
                  struct partial *into)
{
  for (unsigned w = 0; w < WORDS; w++)
    if (from->covered[w] & into->covered[w])
      return -EEXIST;
  if (kernel->merges_in_order && !are_neighbours(into, from))
    return -EXDEV;
  merge_payload(kernel, plan, from, into);
  for (unsigned w = 0; w < WORDS; w++)
    into->covered[w] |= from->covered[w];
  for (unsigned i = 0; i < COUNTERS; i++)
    into->counters[i] += from->counters[i];
  return 0;
}
