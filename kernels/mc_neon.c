/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_neon.c: 2 lanes of a set in a register.  A set fills 64 registers, and there are 32, so 8
 * lanes at a time make all their steps of a pass: four registers for each word of the state, as a
 * step waits for the one before and cores of 4 vector pipes want as many chains.  The bytes go
 * through the first level of the cache.
 *
 * Method lazy makes passes over 2^13 points, as mc_avx2.c does.  There is no instruction that moves
 * a bit of each byte to a general register: 64 bytes are reduced to their bits by one AND with
 * weights each and three rounds of pairwise addition.  One count and one multiplication tell where
 * the marked bytes of each 8 go.
 *
 * Speed, in vector instructions (gcc 12; not timed, for want of such a machine): 64 points take 48
 * to draw and 46 to classify and compress, 64 undecided ones 48 and 103; with one point in 8
 * undecided that is 113 for 64 points.  Plain takes 59 for 8.  A core does 2 (Neoverse N1) or 4
 * (Neoverse V1, Apple) in a cycle, so lazy takes at least 0.88 or 0.44 cycles for a point,
 * plain 3.7 or 1.85.
 */

#include <arm_neon.h>

#include "mc_passes.h"

enum {
  REGISTERS = 4,         /* for a word of the lanes at work */
  LANES = 2 * REGISTERS, /* at work */
  BATCH_STEPS = 32,      /* of method plain */
};

/* --- Generator ---------------------------------------------------------------------------------
 */

struct two {
  uint64x2_t s0, s1, s2, s3;
};

struct eight {
  struct two two[REGISTERS];
};

static inline struct eight eight_load(const struct mc_lanes *lanes, unsigned lane)
{
  struct eight eight;
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++)
    eight.two[r] = (struct two){
        vld1q_u64(&lanes->word[0][lane + 2 * r]), vld1q_u64(&lanes->word[1][lane + 2 * r]),
        vld1q_u64(&lanes->word[2][lane + 2 * r]), vld1q_u64(&lanes->word[3][lane + 2 * r])};
  return eight;
}

static inline void eight_store(const struct eight *eight, struct mc_lanes *lanes, unsigned lane)
{
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++) {
    vst1q_u64(&lanes->word[0][lane + 2 * r], eight->two[r].s0);
    vst1q_u64(&lanes->word[1][lane + 2 * r], eight->two[r].s1);
    vst1q_u64(&lanes->word[2][lane + 2 * r], eight->two[r].s2);
    vst1q_u64(&lanes->word[3][lane + 2 * r], eight->two[r].s3);
  }
}

/* Two instructions: a shift, and one that inserts what it shifts. */
#define ROTATE_LEFT(words, bits) vsriq_n_u64(vshlq_n_u64(words, bits), words, 64 - (bits))

/* One step: 12 instructions. */
static inline uint64x2_t draw(struct two *lanes)
{
  uint64x2_t sum = vaddq_u64(lanes->s0, lanes->s3);
  uint64x2_t output = vaddq_u64(ROTATE_LEFT(sum, 23), lanes->s0);
  uint64x2_t shifted = vshlq_n_u64(lanes->s1, 17);
  lanes->s2 = veorq_u64(lanes->s2, lanes->s0);
  lanes->s3 = veorq_u64(lanes->s3, lanes->s1);
  lanes->s1 = veorq_u64(lanes->s1, lanes->s2);
  lanes->s0 = veorq_u64(lanes->s0, lanes->s3);
  lanes->s2 = veorq_u64(lanes->s2, shifted);
  lanes->s3 = ROTATE_LEFT(lanes->s3, 45);
  return output;
}

/* Some steps of a set, in order. */
static void draw_steps(struct mc_lanes *lanes, unsigned steps, uint8_t *ret_bytes)
{
  for (unsigned lane = 0; lane < MC_LANES; lane += LANES) {
    struct eight eight = eight_load(lanes, lane);
    uint8_t *to = ret_bytes + 8 * lane;
    for (unsigned step = 0; step < steps; step++, to += MC_STEP_BYTES)
#pragma GCC unroll 4
      for (unsigned r = 0; r < REGISTERS; r++)
        vst1q_u8(to + 16 * r, vreinterpretq_u8_u64(draw(&eight.two[r])));
    eight_store(&eight, lanes, lane);
  }
}

/* --- Compression -------------------------------------------------------------------------------
 */

/* Marked ones of 64 bytes: a bit for each, and in byte g how many of the first 8g + 8 are marked.
 */
struct marks {
  uint64_t bits, ends;
};

/* Of bytes that are the bit for their place in each 8, or 0. */
static inline struct marks marks_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
  uint8x16_t sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
  uint8x8_t bits = vget_low_u8(vpaddq_u8(sums, sums));
  uint64_t counts = vget_lane_u64(vreinterpret_u64_u8(vcnt_u8(bits)), 0);
  return (struct marks){vget_lane_u64(vreinterpret_u64_u8(bits), 0),
                        counts * UINT64_C(0x0101010101010101)};
}

static inline uint8x16_t weights(void)
{
  return vreinterpretq_u8_u64(vdupq_n_u64(UINT64_C(0x8040201008040201)));
}

static inline unsigned marks_count(struct marks marks)
{
  return marks.ends >> 56;
}

/* Copies the marked ones of 64 bytes, and up to 7 bytes more; reads 8 bytes behind the 64. */
static inline void marked_copy(const uint8_t *bytes, struct marks marks, uint8_t *to)
{
#pragma GCC unroll 8
  for (unsigned g = 0; g < 8; g++) {
    unsigned before = g == 0 ? 0 : marks.ends >> 8 * (g - 1) & 0xff;
    uint8x8_t positions = vcreate_u8(bit_positions[marks.bits >> 8 * g & 0xff]);
    vst1_u8(to + before, vqtbl1_u8(vld1q_u8(bytes + 8 * g), positions));
  }
}

/* --- At 4 bits ---------------------------------------------------------------------------------
 */

/* A cell c = 16·y + x is inside iff c is below the one, and outside iff it is above the other. */
#define INSIDE_BELOW(x)  (16 * COUNT(INSIDE, x))
#define OUTSIDE_ABOVE(x) (16 * COUNT(NOT_OUTSIDE, x) - 1)

static const uint8_t inside_below[16] = {SIXTEEN(INSIDE_BELOW, 0)};
static const uint8_t outside_above[16] = {SIXTEEN(OUTSIDE_ABOVE, 0)};

/* Marks the undecided ones of 16 cells with their weights; takes 1 from *minus_inside for each that
 * is inside. */
static inline uint8x16_t classify4(uint8x16_t cells, uint8x16_t below, uint8x16_t above,
                                   uint8x16_t *minus_inside)
{
  uint8x16_t x = vandq_u8(cells, vdupq_n_u8(15));
  uint8x16_t inside = vcltq_u8(cells, vqtbl1q_u8(below, x));
  uint8x16_t outside = vcgtq_u8(cells, vqtbl1q_u8(above, x));
  *minus_inside = vaddq_u8(*minus_inside, inside);
  return vbicq_u8(weights(), vorrq_u8(inside, outside));
}

/* Queues the undecided ones of some steps.  Returns how many are inside, at most 2^13. */
static unsigned classify4_steps(struct lazy *lazy, unsigned steps)
{
  uint8x16_t below = vld1q_u8(inside_below), above = vld1q_u8(outside_above);
  uint16x8_t inside = vdupq_n_u16(0);
  uint8_t *queue_end = lazy->queue + lazy->queued;
  const uint8_t *cells = lazy->drawn;
  for (unsigned step = 0; step < steps; step++) {
    uint8x16_t minus_inside = vdupq_n_u8(0); /* down to −16 */
    for (unsigned i = 0; i < MC_STEP_BYTES; i += 64, cells += 64) {
      struct marks marks = marks_of(classify4(vld1q_u8(cells), below, above, &minus_inside),
                                    classify4(vld1q_u8(cells + 16), below, above, &minus_inside),
                                    classify4(vld1q_u8(cells + 32), below, above, &minus_inside),
                                    classify4(vld1q_u8(cells + 48), below, above, &minus_inside));
      marked_copy(cells, marks, queue_end);
      queue_end += marks_count(marks);
    }
    inside = vpadalq_u8(inside, vreinterpretq_u8_s8(vnegq_s8(vreinterpretq_s8_u8(minus_inside))));
  }
  unsigned queued = (unsigned)(queue_end - lazy->queue);
  lazy->tally.undecided4 += queued - lazy->queued;
  lazy->queued = queued;
  return vaddlvq_u16(inside);
}

static void lazy_pass4(struct lazy *lazy, unsigned points)
{
  unsigned steps = (points + MC_STEP_BYTES - 1) / MC_STEP_BYTES;
  draw_steps(&lazy->first, steps, lazy->drawn);
  memset(lazy->drawn + points, OUTSIDE_CELL, steps * MC_STEP_BYTES - points);
  lazy->tally.hits += classify4_steps(lazy, steps);
}

/* --- At 8 bits ---------------------------------------------------------------------------------
 */

/*
 * Decides 16 queued cells: stores the coordinates of 8 bits, adds 1 to *inside for each that is
 * inside and marks the open ones with their weights.
 *
 * x² + y² − 65536 and (x+1)² + (y+1)² − 65537 are exact as words of 16 bits with a sign, for the
 * cells are undecided at 4 bits or OUTSIDE_CELL: from −12300 to 20162 and up to 20991, see
 * mc_avx2.c.  The one is negative iff the cell is not outside, the other iff it is inside.
 */
static inline uint8x16_t classify8(uint8x16_t cells, uint8x16_t drawn, uint8_t *ret_x,
                                   uint8_t *ret_y, uint8x16_t *inside)
{
  uint8x16_t x = vsliq_n_u8(drawn, cells, 4), y = vsriq_n_u8(cells, drawn, 4);
  uint8x8_t x_low = vget_low_u8(x), y_low = vget_low_u8(y);
  uint16x8_t low = vmlal_u8(vmull_u8(x_low, x_low), y_low, y_low);
  uint16x8_t high = vmlal_high_u8(vmull_high_u8(x, x), y, y);
  uint16x8_t more_low = vsliq_n_u16(vdupq_n_u16(1), vaddl_u8(x_low, y_low), 1); /* 2·(x+y) + 1 */
  uint16x8_t more_high = vsliq_n_u16(vdupq_n_u16(1), vaddl_high_u8(x, y), 1);
  uint8x16_t corner = vuzp2q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high));
  uint8x16_t far = vaddhn_high_u16(vaddhn_u16(low, more_low), high, more_high);
  vst1q_u8(ret_x, x);
  vst1q_u8(ret_y, y);
  *inside = vsraq_n_u8(*inside, far, 7);
  return vandq_u8(weights(), vcltzq_s8(vreinterpretq_s8_u8(vbicq_u8(corner, far))));
}

/* Lists the open ones of some steps of the queue.  Returns how many are inside, at most 2^14. */
static unsigned classify8_steps(struct lazy *lazy, unsigned steps)
{
  uint16x8_t inside = vdupq_n_u16(0);
  const uint8_t *cells = lazy->queue, *drawn = lazy->drawn;
  unsigned open = 0;
  for (unsigned step = 0; step < steps; step++) {
    uint8x16_t inside_bytes = vdupq_n_u8(0);
    for (unsigned i = 0; i < MC_STEP_BYTES; i += 64, cells += 64, drawn += 64) {
      uint8_t x[64 + 8], y[64 + 8];
      uint8x16_t marked[4];
#pragma GCC unroll 4
      for (unsigned k = 0; k < 4; k++)
        marked[k] = classify8(vld1q_u8(cells + 16 * k), vld1q_u8(drawn + 16 * k), x + 16 * k,
                              y + 16 * k, &inside_bytes);
      struct marks marks = marks_of(marked[0], marked[1], marked[2], marked[3]);
      marked_copy(x, marks, lazy->open_x + open);
      marked_copy(y, marks, lazy->open_y + open);
      open += marks_count(marks);
    }
    inside = vpadalq_u8(inside, inside_bytes);
  }
  lazy->open = open;
  return vaddlvq_u16(inside);
}

static void lazy_pass8(struct lazy *lazy, bool is_end)
{
  unsigned steps = queue_steps(lazy, is_end);
  draw_steps(&lazy->second, steps, lazy->drawn);
  lazy->tally.hits += classify8_steps(lazy, steps);
  queue_drop(lazy, steps);
}

/* --- Method plain ------------------------------------------------------------------------------
 */

/* s = ⌊x²/2^15⌋ + ⌊y²/2^15⌋ of 8 outputs, with x = ⌊X/2^17⌋ and y alike: the product that is
 * doubled has its upper half taken. */
static inline int16x8_t square_sums(const uint64x2_t outputs[REGISTERS])
{
  uint16x8_t tops_left = vuzp2q_u16(vreinterpretq_u16_u64(outputs[0]), /* X Y X Y X Y X Y */
                                    vreinterpretq_u16_u64(outputs[1]));
  uint16x8_t tops_right =
      vuzp2q_u16(vreinterpretq_u16_u64(outputs[2]), vreinterpretq_u16_u64(outputs[3]));
  int16x8_t x = vreinterpretq_s16_u16(vshrq_n_u16(vuzp1q_u16(tops_left, tops_right), 1));
  int16x8_t y = vreinterpretq_s16_u16(vshrq_n_u16(vuzp2q_u16(tops_left, tops_right), 1));
  return vaddq_s16(vqdmulhq_s16(x, x), vqdmulhq_s16(y, y));
}

/* Exact misses among two outputs, as −1 each: neither part of the sum reaches 2^64, so it has
 * wrapped round iff it is below one of them. */
static inline uint64x2_t minus_misses(uint64x2_t outputs)
{
  uint32x2_t x = vmovn_u64(outputs), y = vshrn_n_u64(outputs, 32);
  uint64x2_t across = vaddw_u32(vmull_u32(x, x), x);
  uint64x2_t up = vaddw_u32(vmull_u32(y, y), y);
  return vcltq_u64(vaddq_u64(across, up), across);
}

static unsigned misses_exact(struct eight *eight, unsigned steps)
{
  uint64x2_t minus = vdupq_n_u64(0);
  for (unsigned step = 0; step < steps; step++)
#pragma GCC unroll 4
    for (unsigned r = 0; r < REGISTERS; r++)
      minus = vaddq_u64(minus, minus_misses(draw(&eight->two[r])));
  return 0u - (unsigned)vaddvq_u64(minus);
}

/*
 * Misses of 8 lanes from `lane` on, in at most BATCH_STEPS steps.  A point is a miss if s >= 2^15,
 * which makes it negative: then x² + y² >= 2^30.  It is a hit if s <= 2^15 − 5: then x² + y² <
 * 2^15·(s + 2) < 2^30, so x + y < √2·2^15, and (x+1)² + (y+1)² < 2^15·(s + 2 + 2·√2) + 2 <= 2^30.
 * What is between, one point in 10000, makes the batch start anew from the lanes in memory,
 * exactly.
 */
static unsigned batch_misses(struct mc_lanes *lanes, unsigned lane, unsigned steps)
{
  struct eight eight = eight_load(lanes, lane);
  uint16x8_t misses = vdupq_n_u16(0);
  int16x8_t most = vdupq_n_s16(0);
  for (unsigned step = 0; step < steps; step++) {
    uint64x2_t outputs[REGISTERS];
#pragma GCC unroll 4
    for (unsigned r = 0; r < REGISTERS; r++)
      outputs[r] = draw(&eight.two[r]);
    int16x8_t sums = square_sums(outputs);
    misses = vsraq_n_u16(misses, vreinterpretq_u16_s16(sums), 15);
    most = vmaxq_s16(most, sums);
  }
  unsigned count = vaddvq_u16(misses);
  if (__builtin_expect(vmaxvq_s16(most) > (1 << 15) - 5, 0)) {
    eight = eight_load(lanes, lane);
    count = misses_exact(&eight, steps);
  }
  eight_store(&eight, lanes, lane);
  return count;
}

static void plain_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  struct mc_lanes lanes;
  mc_lanes_seed(&lanes, plan, block, 0);
  unsigned steps = points / MC_LANES;
  uint64_t misses = 0;
  for (unsigned lane = 0; lane < MC_LANES; lane += LANES)
    for (unsigned step = 0; step < steps; step += BATCH_STEPS)
      misses += batch_misses(&lanes, lane, steps - step < BATCH_STEPS ? steps - step : BATCH_STEPS);
  misses += misses_end(&lanes, points % MC_LANES);
  tally->hits += points - misses;
}

int mc_lazy_neon(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, lazy_block);
}

int mc_plain_neon(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, plain_block);
}
