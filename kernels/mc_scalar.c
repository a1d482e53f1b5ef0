/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_scalar.c: fast in portable C.  The lanes of a step are independent, so compilers turn the
 * loops over them into whatever vectors the baseline of the machine has.
 *
 * A cell of k bits is tested without comparisons.  In words of 2k bits, with
 *
 *     F = ⌊x²/2⌋ + ⌊y²/2⌋   and   T = F + x + y + 1,
 *
 * it is outside iff the top bit of F is set, and inside iff the top bit of T is clear:
 *
 * - Neither overflows: T <= 2·⌊(2^k − 1)²/2⌋ + 2·(2^k − 1) + 1 = 4^k − 1.
 *
 * - Outside: squares are 0 or 1 modulo 4, so F = 2·⌊s/4⌋ for s = x² + y².  And s >= 4^k iff
 *   ⌊s/4⌋ >= 4^k/4 iff F >= 4^k/2.
 *
 * - Inside: let t = (x+1)² + (y+1)², and let o of x and y be odd.  Then 2T = t − o, and t is 2 − o
 *   modulo 4.  So t > 4^k means t >= 4^k + 2, + 1, + 4 for o = 0, 1, 2, which is
 *   t − o >= 4^k + 2, + 0, + 2.  As t − o is 2, 0, 2 modulo 4, it is just t − o >= 4^k, or
 *   T >= 4^k/2.
 */

#include <endian.h>

#include "mc.h"
#include "mc_positions.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { WORDS = MC_STEP_BYTES / 8, HALVES = MC_STEP_BYTES / 2 };

#define LOW_BITS UINT64_C(0x0101010101010101)

/* A byte for each point of a step. */
union bytes {
  uint64_t words[WORDS];
  uint16_t halves[HALVES];
  uint8_t bytes[MC_STEP_BYTES];
};

/* A classified step, in the top bit of each byte; the other bits mean nothing. */
struct marks {
  union bytes rest; /* not inside */
  union bytes open; /* neither inside nor outside; other bits are 0 */
};

/* --- Compaction --- */

static const uint8_t bit_counts[256] = {EACH_BYTE(__builtin_popcount)};

/* The positions of marked points, in order.  Returns their number; there are 8 zeros behind them.
 * It takes no branch that depends on a point, for those are mispredicted. */
static unsigned positions_find(const union bytes *open, uint8_t ret_positions[MC_STEP_BYTES + 8])
{
  unsigned count = 0;
  for (unsigned w = 0; w < WORDS; w++) {
    /* The product moves bit 8i + 7 to 56 + i; no two of its terms meet in a bit. */
    uint64_t marked = le64toh(open->words[w]) * UINT64_C(0x0002040810204081) >> 56;
    uint64_t positions = htole64(bit_positions[marked] + 8 * w * LOW_BITS);
    memcpy(ret_positions + count, &positions, sizeof positions);
    count += bit_counts[marked];
  }
  memset(ret_positions + count, 0, 8);
  return count;
}

/* Copies the cells at some positions, and up to 7 bytes more. */
static void cells_gather(const union bytes *cells, const uint8_t *positions, unsigned count,
                         uint8_t *ret_cells)
{
  for (unsigned i = 0; i < count; i += 8)
    for (unsigned k = 0; k < 8; k++)
      ret_cells[i + k] = cells->bytes[positions[i + k]];
}

/* --- Method lazy --- */

/* A block at work. */
struct lazy {
  const struct mc_plan *plan;
  uint64_t block;
  struct mc_lanes first, second;
  struct mc_tally tally; /* of this block */
  unsigned queued;       /* undecided cells that wait for 8 bits: less than a step ... */
  uint8_t queue[2 * MC_STEP_BYTES + 8]; /* ... to which a step is added, and slack */
};

/* A step's bytes in memory, in the order of the points. */
static void draw(struct mc_lanes *lanes, union bytes *ret_drawn)
{
  mc_lanes_step(lanes, ret_drawn->words);
  for (unsigned w = 0; w < WORDS; w++)
    ret_drawn->words[w] = htole64(ret_drawn->words[w]);
}

/* Makes what is behind the last point decide itself: the corner cell is outside at any k. */
static void cells_end(uint8_t cells[MC_STEP_BYTES], unsigned count)
{
  if (count < MC_STEP_BYTES)
    memset(cells + count, 0xff, MC_STEP_BYTES - count);
}

/* Two points at a time, whose squares fit the bytes of a half word.  Which of them is the low one
 * makes no difference. */
static void classify4(const union bytes *cells, struct marks *ret_marks)
{
  for (unsigned h = 0; h < HALVES; h++) {
    uint16_t x = cells->halves[h] & 0x0f0f, y = cells->halves[h] >> 4 & 0x0f0f;
    uint16_t x_low = x & 0xff, x_high = x & 0xff00, y_low = y & 0xff, y_high = y & 0xff00;
    uint16_t xx = (uint16_t)(x_low * x_low) | (uint16_t)(x_high * (x >> 8));
    uint16_t yy = (uint16_t)(y_low * y_low) | (uint16_t)(y_high * (y >> 8));
    uint16_t f = (xx >> 1 & 0x7f7f) + (yy >> 1 & 0x7f7f);
    uint16_t t = f + x + y + 0x0101;
    ret_marks->rest.halves[h] = t;
    ret_marks->open.halves[h] = t & ~f & 0x8080;
  }
}

/* F of one point. */
static inline uint16_t f_at_8_bits(uint16_t x, uint16_t y)
{
  return (uint16_t)((uint16_t)(x * x) >> 1) + (uint16_t)((uint16_t)(y * y) >> 1);
}

/* Two points at a time again, now one after the other, as a square takes a half word.  x and y are
 * the coordinates of 8 bits. */
static void classify8(const union bytes *x, const union bytes *y, struct marks *ret_marks)
{
  for (unsigned h = 0; h < HALVES; h++) {
    uint16_t xs = x->halves[h], ys = y->halves[h];
    uint16_t x_low = xs & 0xff, x_high = xs >> 8, y_low = ys & 0xff, y_high = ys >> 8;
    uint16_t f_low = f_at_8_bits(x_low, y_low), f_high = f_at_8_bits(x_high, y_high);
    uint16_t t_low = f_low + x_low + y_low + 1, t_high = f_high + x_high + y_high + 1;
    ret_marks->rest.halves[h] = t_low >> 8 | (t_high & 0xff00);
    ret_marks->open.halves[h] = ((t_low & ~f_low) >> 8 & 0x80) | (t_high & ~f_high & 0x8000);
  }
}

static unsigned inside_count(const struct marks *marks)
{
  uint64_t sums = 0; /* by byte, up to 32 */
  for (unsigned w = 0; w < WORDS; w++)
    sums += ~marks->rest.words[w] >> 7 & LOW_BITS;
  uint64_t pairs = (sums & 0x00ff00ff00ff00ff) + (sums >> 8 & 0x00ff00ff00ff00ff);
  return pairs * UINT64_C(0x0001000100010001) >> 48;
}

static void lazy_late(struct lazy *lazy, unsigned x, unsigned y)
{
  uint64_t bits = mc_late_bits(lazy->plan, lazy->block, lazy->tally.undecided8++);
  lazy->tally.hits +=
      1 - mc_is_miss((uint64_t)x << 24 | bits >> 40, (uint64_t)y << 24 | (bits & 0xffffff));
}

/* Decides a step of queued cells, or all that remain. */
static void lazy_step8(struct lazy *lazy)
{
  unsigned count = lazy->queued < MC_STEP_BYTES ? lazy->queued : MC_STEP_BYTES;
  union bytes cells, drawn, x, y;
  struct marks marks;
  uint8_t positions[MC_STEP_BYTES + 8];

  draw(&lazy->second, &drawn);
  cells_end(lazy->queue, count);
  memcpy(&cells, lazy->queue, sizeof cells);
  for (unsigned w = 0; w < WORDS; w++) {
    uint64_t c = cells.words[w], d = drawn.words[w];
    x.words[w] = (c & LOW_BITS * 15) << 4 | (d & LOW_BITS * 15);
    y.words[w] = (c & LOW_BITS * 240) | (d >> 4 & LOW_BITS * 15);
  }
  classify8(&x, &y, &marks);
  lazy->tally.hits += inside_count(&marks);
  unsigned open = positions_find(&marks.open, positions);
  for (unsigned i = 0; i < open; i++)
    lazy_late(lazy, x.bytes[positions[i]], y.bytes[positions[i]]);

  lazy->queued -= count;
  memcpy(lazy->queue, lazy->queue + MC_STEP_BYTES, MC_STEP_BYTES);
}

/* Decides the next `count` points at 4 bits, at most a step, and queues the undecided. */
static void lazy_step4(struct lazy *lazy, unsigned count)
{
  union bytes cells;
  struct marks marks;
  uint8_t positions[MC_STEP_BYTES + 8];

  draw(&lazy->first, &cells);
  cells_end(cells.bytes, count);
  classify4(&cells, &marks);
  lazy->tally.hits += inside_count(&marks);
  unsigned open = positions_find(&marks.open, positions);
  cells_gather(&cells, positions, open, lazy->queue + lazy->queued);
  lazy->queued += open;
  lazy->tally.undecided4 += open;
}

static void lazy_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                       struct mc_tally *tally)
{
  struct lazy lazy = {.plan = plan, .block = block};
  mc_lanes_seed(&lazy.first, plan, block, 0);
  mc_lanes_seed(&lazy.second, plan, block, 1);
  for (unsigned i = 0; i < points; i += MC_STEP_BYTES) {
    lazy_step4(&lazy, points - i < MC_STEP_BYTES ? points - i : MC_STEP_BYTES);
    if (lazy.queued >= MC_STEP_BYTES)
      lazy_step8(&lazy);
  }
  if (lazy.queued > 0)
    lazy_step8(&lazy);
  tally->hits += lazy.tally.hits;
  tally->undecided4 += lazy.tally.undecided4;
  tally->undecided8 += lazy.tally.undecided8;
}

/* --- Method plain --- */

/* Two lanes, the most that a baseline has in a register. */
typedef uint64_t pair __attribute__((vector_size(16)));

struct pair_lanes {
  pair s0, s1, s2, s3;
};

static inline pair pair_load(const uint64_t *words)
{
  return (pair){words[0], words[1]};
}

static struct pair_lanes pair_lanes_load(const struct mc_lanes *lanes, unsigned lane)
{
  return (struct pair_lanes){pair_load(&lanes->word[0][lane]), pair_load(&lanes->word[1][lane]),
                             pair_load(&lanes->word[2][lane]), pair_load(&lanes->word[3][lane])};
}

static inline pair pair_step(struct pair_lanes *lanes)
{
  pair sum = lanes->s0 + lanes->s3, shifted = lanes->s1 << 17;
  pair output = (sum << 23 | sum >> 41) + lanes->s0;
  lanes->s2 ^= lanes->s0;
  lanes->s3 ^= lanes->s1;
  lanes->s1 ^= lanes->s2;
  lanes->s0 ^= lanes->s3;
  lanes->s2 ^= shifted;
  lanes->s3 = lanes->s3 << 45 | lanes->s3 >> 19;
  return output;
}

/* Squares of numbers below 2^32.  SSE2 has the very instruction, but gcc 12 takes three of them. */
static inline pair pair_square(pair x)
{
#ifdef __SSE2__
  return (pair)_mm_mul_epu32((__m128i)x, (__m128i)x);
#else
  return x * x;
#endif
}

static inline pair pair_is_miss(pair output)
{
  pair x = output & 0xffffffff, y = output >> 32;
  return (((pair_square(x) + x) >> 1) + ((pair_square(y) + y) >> 1)) >> 63;
}

/* Misses of four lanes from `lane` on, whose states stay in registers. */
static uint64_t plain_misses(const struct mc_lanes *lanes, unsigned lane, unsigned steps)
{
  struct pair_lanes left = pair_lanes_load(lanes, lane);
  struct pair_lanes right = pair_lanes_load(lanes, lane + 2);
  pair misses = {0, 0};
  for (unsigned step = 0; step < steps; step++) {
    misses += pair_is_miss(pair_step(&left));
    misses += pair_is_miss(pair_step(&right));
  }
  return misses[0] + misses[1];
}

/* Misses of the points in a block's last, partial step. */
static uint64_t plain_misses_end(struct mc_lanes *lanes, unsigned steps, unsigned points)
{
  uint64_t outputs[MC_LANES], misses = 0;
  for (unsigned step = 0; step <= steps; step++)
    mc_lanes_step(lanes, outputs);
  for (unsigned l = 0; l < points; l++)
    misses += mc_is_miss(outputs[l] & 0xffffffff, outputs[l] >> 32);
  return misses;
}

static void plain_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  struct mc_lanes lanes;
  mc_lanes_seed(&lanes, plan, block, 0);
  unsigned steps = points / MC_LANES, end = points % MC_LANES;
  uint64_t misses = 0;
  for (unsigned lane = 0; lane < MC_LANES; lane += 4)
    misses += plain_misses(&lanes, lane, steps);
  if (end > 0)
    misses += plain_misses_end(&lanes, steps, end);
  tally->hits += points - misses;
}

int mc_lazy_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, lazy_block);
}

int mc_plain_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, plain_block);
}
