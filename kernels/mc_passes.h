/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_passes.h: method lazy in passes over 2^13 points, for instruction sets that take the bytes of
 * a pass through the first level of the cache.  The including file draws and classifies:
 * lazy_pass4() and lazy_pass8().
 */
#pragma once

#include "mc.h"
#include "mc_positions.h"

enum {
  PASS_STEPS = 32, /* of set 0: what a pass touches fits in 16 KiB */
  PASS_POINTS = PASS_STEPS * MC_STEP_BYTES,
  PASS_BYTES =
      PASS_POINTS + MC_STEP_BYTES, /* with less than a step that was left by the one before */
  SLACK = 32,                      /* that compression may read or write behind the last byte */
};

/* A block at work. */
struct lazy {
  const struct mc_plan *plan;
  uint64_t block;
  _Alignas(64) struct mc_lanes first, second;
  struct mc_tally tally; /* of this block */
  unsigned queued, open; /* cells that wait for 8 bits, and for the last ones */
  _Alignas(64) uint8_t drawn[PASS_BYTES + SLACK];
  _Alignas(64) uint8_t queue[PASS_BYTES + SLACK];
  uint8_t open_x[PASS_BYTES + SLACK];
  uint8_t open_y[PASS_BYTES + SLACK];
};

/* Queues the undecided of the next `points` points, at most a pass. */
static void lazy_pass4(struct lazy *lazy, unsigned points);
/* Takes queue_steps() and lists the open ones. */
static void lazy_pass8(struct lazy *lazy, bool is_end);

/* A cell that is outside; the square of its distance is less than 98304 at 8 bits. */
enum { OUTSIDE_CELL = 0xcc };

/* How many cells of column x are inside at 4 bits, and how many are not outside. */
#define INSIDE(x, y)      (((x) + 1) * ((x) + 1) + ((y) + 1) * ((y) + 1) <= 256)
#define NOT_OUTSIDE(x, y) ((x) * (x) + (y) * (y) < 256)
#define COUNT_4(f, x, y)  (f(x, y) + f(x, (y) + 1) + f(x, (y) + 2) + f(x, (y) + 3))
#define COUNT(f, x)       (COUNT_4(f, x, 0) + COUNT_4(f, x, 4) + COUNT_4(f, x, 8) + COUNT_4(f, x, 12))

/* The whole steps of the queue, or all of it, filled up, at the end of a block. */
static inline unsigned queue_steps(struct lazy *lazy, bool is_end)
{
  unsigned rest = lazy->queued % MC_STEP_BYTES;
  if (is_end && rest > 0) {
    memset(lazy->queue + lazy->queued, OUTSIDE_CELL, MC_STEP_BYTES - rest);
    lazy->queued += MC_STEP_BYTES - rest;
  }
  return lazy->queued / MC_STEP_BYTES;
}

/* Takes steps out of the queue. */
static inline void queue_drop(struct lazy *lazy, unsigned steps)
{
  lazy->queued -= MC_STEP_BYTES * steps;
  memmove(lazy->queue, lazy->queue + MC_STEP_BYTES * steps, lazy->queued);
}

/* Decides the open cells at 32 bits. */
static void lazy_pass32(struct lazy *lazy)
{
  uint64_t first = lazy->tally.undecided8, misses = 0;
  for (unsigned i = 0; i < lazy->open; i++) {
    uint64_t bits = mc_late_bits(lazy->plan, lazy->block, first + i);
    uint64_t x = (uint64_t)lazy->open_x[i] << 24 | bits >> 40;
    uint64_t y = (uint64_t)lazy->open_y[i] << 24 | (bits & 0xffffff);
    misses += mc_is_miss(x, y);
  }
  lazy->tally.hits += lazy->open - misses;
  lazy->tally.undecided8 += lazy->open;
}

static void lazy_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                       struct mc_tally *tally)
{
  struct lazy lazy; /* not the buffers, which are filled before they are read */
  lazy.plan = plan;
  lazy.block = block;
  lazy.tally = (struct mc_tally){0};
  lazy.queued = 0;
  mc_lanes_seed(&lazy.first, plan, block, 0);
  mc_lanes_seed(&lazy.second, plan, block, 1);
  for (unsigned i = 0; i < points; i += PASS_POINTS) {
    unsigned rest = points - i;
    lazy_pass4(&lazy, rest < PASS_POINTS ? rest : PASS_POINTS);
    lazy_pass8(&lazy, rest <= PASS_POINTS);
    lazy_pass32(&lazy);
  }
  tally->hits += lazy.tally.hits;
  tally->undecided4 += lazy.tally.undecided4;
  tally->undecided8 += lazy.tally.undecided8;
}

/* Method plain: misses of the last points of a block, less than two steps. */
static inline unsigned misses_end(struct mc_lanes *lanes, unsigned points)
{
  uint64_t outputs[MC_LANES], misses = 0;
  for (unsigned i = 0; i < points; i++) {
    if (i % MC_LANES == 0)
      mc_lanes_step(lanes, outputs);
    misses += mc_is_miss(outputs[i % MC_LANES] & 0xffffffff, outputs[i % MC_LANES] >> 32);
  }
  return (unsigned)misses;
}
