/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_stream.h: the random bytes that decide a block of the kernel `mc`, and nothing else.
 *
 *   lazy   2^18 bytes of set 0 (4 + 4 bits a point); of set 1 a byte for each point that these left
 *          undecided; 24 + 24 bits, low byte first, for each that was still open
 *   plain  2^21 bytes of set 0: 32 + 32 bits a point
 *
 * How many are undecided is asked of the kernel itself.  tests/test_mc_stream.c reads these bytes
 * back and finds the kernel's hits in them: what is tested for randomness is what was used.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "mc.h"

extern const struct kernel kernel_mc;

enum { MC_STREAM_BLOCK_BYTES_MOST = 8 * MC_BLOCK_POINTS };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "outputs are copied as bytes");

/* A partial with room for the hits. */
union mc_stream_counts {
  struct partial partial;
  uint64_t words[sizeof(struct partial) / 8 + 1];
};

/* Runs one block of a plan by a variant. */
static inline union mc_stream_counts mc_stream_count(const struct variant *variant,
                                                     const struct mc_plan *plan, uint64_t block)
{
  union mc_stream_counts counts;
  partial_init(&counts.partial, sizeof(uint64_t));
  if (variant->run(plan, (struct range){block, block + 1}, &counts.partial) != 0)
    abort(); /* mc needs no memory */
  return counts;
}

/* The first bytes of a set; returns where they end. */
static inline uint8_t *mc_stream_set(const struct mc_plan *plan, uint64_t block, unsigned set,
                                     size_t bytes, uint8_t *ret_bytes)
{
  struct mc_lanes lanes;
  uint64_t outputs[MC_LANES];
  mc_lanes_seed(&lanes, plan, block, set);
  for (size_t at = 0; at < bytes; at += MC_STEP_BYTES) {
    mc_lanes_step(&lanes, outputs);
    memcpy(ret_bytes + at, outputs, bytes - at < MC_STEP_BYTES ? bytes - at : MC_STEP_BYTES);
  }
  return ret_bytes + bytes;
}

/* The two times 24 bits of so many open points. */
static inline uint8_t *mc_stream_late(const struct mc_plan *plan, uint64_t block, uint64_t open,
                                      uint8_t *ret_bytes)
{
  for (uint64_t j = 0; j < open; j++) {
    uint64_t bits = mc_late_bits(plan, block, j);
    uint64_t used = bits >> 40 << 24 | (bits & 0xffffff);
    memcpy(ret_bytes, &used, 6);
    ret_bytes += 6;
  }
  return ret_bytes;
}

/* The bytes of a whole block; at most MC_STREAM_BLOCK_BYTES_MOST.  Returns how many. */
static inline size_t mc_stream_block(const struct method *method, const struct mc_plan *plan,
                                     uint64_t block, uint8_t *ret_bytes)
{
  if (strcmp(method->name, "plain") == 0)
    return (size_t)(mc_stream_set(plan, block, 0, 8 * MC_BLOCK_POINTS, ret_bytes) - ret_bytes);
  union mc_stream_counts counts = mc_stream_count(&method->variants[1], plan, block);
  uint8_t *end = mc_stream_set(plan, block, 0, MC_BLOCK_POINTS, ret_bytes);
  end = mc_stream_set(plan, block, 1, counts.partial.counters[MC_UNDECIDED4], end);
  end = mc_stream_late(plan, block, counts.partial.counters[MC_UNDECIDED8], end);
  return (size_t)(end - ret_bytes);
}

/* "lazy" or "plain", or NULL. */
static inline const struct method *mc_stream_method(const char *name)
{
  if (strcmp(name, "lazy") != 0 && strcmp(name, "plain") != 0)
    return NULL;
  const struct method *method = kernel_mc.methods;
  while (strcmp(method->name, name) != 0)
    method++;
  return method;
}

/* The plan of a run of the most points, to be released; NULL without memory. */
static inline struct mc_plan *mc_stream_plan(const struct method *method, uint64_t seed)
{
  struct job job = {.kernel = &kernel_mc, .method = method, .seed = seed};
  void *plan;
  job.values[0] = MC_POINTS_MOST;
  return kernel_mc.prepare(&job, &plan) == 0 ? plan : NULL;
}
