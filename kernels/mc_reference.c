/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mc_reference.c: the definition in mc.h, point by point.  Made to be checked, not to be fast. */

#include <stdlib.h>

#include "mc.h"
#include "mc_quasi.h"

/* A set of lanes, read one output or one byte after the other. */
struct stream {
  struct mc_lanes lanes;
  uint64_t outputs[MC_LANES]; /* of the latest step */
  unsigned used;              /* bytes read of them */
};

static void stream_open(struct stream *stream, const struct mc_plan *plan, uint64_t block,
                        unsigned set)
{
  mc_lanes_seed(&stream->lanes, plan, block, set);
  stream->used = MC_STEP_BYTES;
}

static void stream_advance(struct stream *stream, unsigned bytes)
{
  if (stream->used == MC_STEP_BYTES) {
    mc_lanes_step(&stream->lanes, stream->outputs);
    stream->used = 0;
  }
  stream->used += bytes;
}

static unsigned stream_byte(struct stream *stream)
{
  stream_advance(stream, 1);
  unsigned byte = stream->used - 1;
  return stream->outputs[byte / 8] >> 8 * (byte % 8) & 0xff;
}

static uint64_t stream_output(struct stream *stream)
{
  stream_advance(stream, 8);
  return stream->outputs[stream->used / 8 - 1];
}

/* The lower left corner of a cell of side 2^-k: the point is in [x, x+1) × [y, y+1), over 2^k. */
struct cell {
  uint64_t x, y;
};

static bool is_inside(struct cell cell, unsigned k)
{
  uint64_t right = cell.x + 1, top = cell.y + 1;
  return right * right + top * top <= UINT64_C(1) << 2 * k;
}

static bool is_outside(struct cell cell, unsigned k)
{
  return cell.x * cell.x + cell.y * cell.y >= UINT64_C(1) << 2 * k;
}

static struct cell refine(struct cell cell, unsigned byte)
{
  return (struct cell){16 * cell.x + byte % 16, 16 * cell.y + byte / 16};
}

/* Whether the centre of a cell at k = 32 is in the circle.  Each term is below 2^64, for
 * X² + X <= (2^32 - 1)·2^32; their sum may not be, and then it has wrapped round. */
static bool is_hit(uint64_t x, uint64_t y)
{
  uint64_t across = x * x + x, up = y * y + y;
  return across + up >= across;
}

static bool is_late_hit(struct cell cell, uint64_t bits)
{
  return is_hit(cell.x << 24 | bits >> 40, cell.y << 24 | (bits & 0xffffff));
}

static void lazy_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                       struct mc_tally *tally)
{
  struct stream first, second;
  stream_open(&first, plan, block, 0);
  stream_open(&second, plan, block, 1);
  uint64_t undecided4 = 0, undecided8 = 0;
  for (unsigned i = 0; i < points; i++) {
    struct cell cell = refine((struct cell){0, 0}, stream_byte(&first));
    if (!is_inside(cell, 4) && !is_outside(cell, 4)) {
      undecided4++;
      cell = refine(cell, stream_byte(&second));
      if (!is_inside(cell, 8) && !is_outside(cell, 8)) {
        tally->hits += is_late_hit(cell, mc_late_bits(plan, block, undecided8));
        undecided8++;
      } else {
        tally->hits += is_inside(cell, 8);
      }
    } else {
      tally->hits += is_inside(cell, 4);
    }
  }
  tally->undecided4 += undecided4;
  tally->undecided8 += undecided8;
}

static void plain_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  struct stream stream;
  stream_open(&stream, plan, block, 0);
  for (unsigned i = 0; i < points; i++) {
    uint64_t output = stream_output(&stream);
    tally->hits += is_hit(output & 0xffffffff, output >> 32);
  }
}

static void quasi_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  (void)plan;
  uint64_t first = block << MC_BLOCK_LOG;
  for (uint64_t i = first; i < first + points; i++) {
    uint64_t x = MC_QUASI_START + i * MC_QUASI_X, y = MC_QUASI_START + i * MC_QUASI_Y;
    tally->hits += is_hit(x >> 32, y >> 32);
  }
}

static void libc_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                       struct mc_tally *tally)
{
  unsigned state = mc_mix64(plan->key_seed + MC_G * (block + 1)) >> 32;
  for (unsigned i = 0; i < points; i++) {
    double x = rand_r(&state) / (double)RAND_MAX;
    double y = rand_r(&state) / (double)RAND_MAX;
    if (x * x + y * y <= 1)
      tally->hits++;
  }
}

int mc_lazy_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, lazy_block);
}

int mc_plain_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, plain_block);
}

int mc_quasi_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, quasi_block);
}

int mc_libc_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, libc_block);
}
