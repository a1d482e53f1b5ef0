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

void partial_cover(struct partial *partial, struct range chunks)
{
  assert(chunks.begin <= chunks.end && chunks.end <= CHUNKS_MOST);
  for (uint64_t c = chunks.begin; c < chunks.end; c++)
    partial->covered[c / 64] |= UINT64_C(1) << c % 64;
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

int partial_merge(const struct kernel *kernel, const void *plan, const struct partial *from,
                  struct partial *into)
{
  for (unsigned w = 0; w < WORDS; w++)
    if (from->covered[w] & into->covered[w])
      return -EEXIST;
  kernel->merge(plan, from, into);
  for (unsigned w = 0; w < WORDS; w++)
    into->covered[w] |= from->covered[w];
  for (unsigned i = 0; i < COUNTERS; i++)
    into->counters[i] += from->counters[i];
  return 0;
}
