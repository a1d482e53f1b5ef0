/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_avx2.c: 4 lanes of a set in a register.  A set is too large for the 16 registers, so two of
 * its registers at a time make all their steps of a pass, and the bytes go through the first level
 * of the cache.
 *
 * Method lazy makes passes over 2^13 points: cells of 4 bits are classified, 32 in a register, and
 * the undecided ones queued; whole steps of the queue are classified at 8 bits, and the open cells
 * listed; these get their last bits one by one.
 *
 * Speed.  Zen 5 does 4 operations on registers of 256 bits in a cycle, 2 of them shifts or
 * products, and 8 instructions of any kind.  32 points take 63 instructions (15 to draw, 48 to
 * classify and compress), 32 undecided ones 88, an open one 27.  As one point in 8 is undecided and
 * one in 128 open, that is 81 instructions for 32 points: at least 10.1 cycles, 0.32 for a point.
 * It was measured to take 0.545: 4.5 cycles to draw 32 points, 8.2 to classify and compress them.
 * Plain takes 71 vector operations for 16 points (56 to draw them): at least 17.75 cycles, 1.11 for
 * a point; measured 1.28.
 */

#include <immintrin.h>

#include "mc_passes.h"

enum { LANES = 4 }; /* in a register */

/* --- Generator ---------------------------------------------------------------------------------
 */

/* The state of 4 lanes. */
struct four {
  __m256i s0, s1, s2, s3;
};

static inline __m256i load(const void *words)
{
  return _mm256_loadu_si256(words);
}

static inline void store(void *words, __m256i value)
{
  _mm256_storeu_si256(words, value);
}

static inline struct four four_load(const struct mc_lanes *lanes, unsigned lane)
{
  return (struct four){load(&lanes->word[0][lane]), load(&lanes->word[1][lane]),
                       load(&lanes->word[2][lane]), load(&lanes->word[3][lane])};
}

static inline void four_store(const struct four *four, struct mc_lanes *lanes, unsigned lane)
{
  store(&lanes->word[0][lane], four->s0);
  store(&lanes->word[1][lane], four->s1);
  store(&lanes->word[2][lane], four->s2);
  store(&lanes->word[3][lane], four->s3);
}

static inline __m256i rotate_left(__m256i words, int bits)
{
  return _mm256_or_si256(_mm256_slli_epi64(words, bits), _mm256_srli_epi64(words, 64 - bits));
}

/* One step: 14 operations. */
static inline __m256i draw(struct four *lanes)
{
  __m256i sum = rotate_left(_mm256_add_epi64(lanes->s0, lanes->s3), 23);
  __m256i output = _mm256_add_epi64(sum, lanes->s0);
  __m256i shifted = _mm256_slli_epi64(lanes->s1, 17);
  lanes->s2 = _mm256_xor_si256(lanes->s2, lanes->s0);
  lanes->s3 = _mm256_xor_si256(lanes->s3, lanes->s1);
  lanes->s1 = _mm256_xor_si256(lanes->s1, lanes->s2);
  lanes->s0 = _mm256_xor_si256(lanes->s0, lanes->s3);
  lanes->s2 = _mm256_xor_si256(lanes->s2, shifted);
  lanes->s3 = rotate_left(lanes->s3, 45);
  return output;
}

/* Some steps of a set, in order. */
static void draw_steps(struct mc_lanes *lanes, unsigned steps, uint8_t *ret_bytes)
{
  for (unsigned lane = 0; lane < MC_LANES; lane += 2 * LANES) {
    struct four a = four_load(lanes, lane), b = four_load(lanes, lane + LANES);
    uint8_t *to = ret_bytes + 8 * lane;
    for (unsigned step = 0; step < steps; step++, to += MC_STEP_BYTES) {
      store(to, draw(&a));
      store(to + 32, draw(&b));
    }
    four_store(&a, lanes, lane);
    four_store(&b, lanes, lane + LANES);
  }
}

static inline unsigned ones(unsigned mask)
{
  return (unsigned)__builtin_popcount(mask);
}

/* --- Compression -------------------------------------------------------------------------------
 */

/* Positions come from a table: pext is no faster, and takes 20 cycles and more on Zen 1 and 2. */

/* Where the marked ones of 16 bytes are, those of each 8 in front in their half. */
static inline __m128i fronts_find(unsigned low, unsigned high)
{
  __m128i positions = _mm_set_epi64x((int64_t)bit_positions[high], (int64_t)bit_positions[low]);
  return _mm_or_si128(positions, _mm_set_epi64x(0x0808080808080808, 0));
}

static inline void fronts_store(__m128i bytes, __m128i fronts, uint8_t *low, uint8_t *high)
{
  __m128i halves = _mm_shuffle_epi8(bytes, fronts);
  _mm_storel_epi64((__m128i *)low, halves);
  _mm_storel_epi64((__m128i *)high, _mm_unpackhi_epi64(halves, halves));
}

/* --- At 4 bits ---------------------------------------------------------------------------------
 */

/* A cell c = 16·y + x is inside iff c < 16·COUNT(INSIDE, x), and outside iff
 * c > 16·COUNT(NOT_OUTSIDE, x) - 1.  Compares are of signed bytes, hence less 128 on both sides. */
#define INSIDE_BELOW(x)  (16 * COUNT(INSIDE, x) - 128)
#define OUTSIDE_ABOVE(x) (16 * COUNT(NOT_OUTSIDE, x) - 1 - 128)

static const int8_t inside_below[16] = {SIXTEEN(INSIDE_BELOW, 0)};
static const int8_t outside_above[16] = {SIXTEEN(OUTSIDE_ABOVE, 0)};

static inline __m256i table_load(const int8_t *bytes)
{
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)bytes));
}

struct counts {
  unsigned inside;
  uint8_t *queue_end;
};

/* Decides 32 points. */
static inline void classify4(__m256i cells, struct counts *counts)
{
  __m256i x = _mm256_and_si256(cells, _mm256_set1_epi8(15));
  __m256i biased = _mm256_xor_si256(cells, _mm256_set1_epi8((char)0x80));
  __m256i below = _mm256_shuffle_epi8(table_load(inside_below), x);
  __m256i above = _mm256_shuffle_epi8(table_load(outside_above), x);
  __m256i inside = _mm256_cmpgt_epi8(below, biased);
  __m256i decided = _mm256_or_si256(inside, _mm256_cmpgt_epi8(biased, above));
  counts->inside += ones((unsigned)_mm256_movemask_epi8(inside));

  unsigned mask = ~(unsigned)_mm256_movemask_epi8(decided);
  unsigned m0 = mask & 0xff, m1 = mask >> 8 & 0xff, m2 = mask >> 16 & 0xff, m3 = mask >> 24;
  uint8_t *to1 = counts->queue_end + ones(m0), *to2 = to1 + ones(m1), *to3 = to2 + ones(m2);
  fronts_store(_mm256_castsi256_si128(cells), fronts_find(m0, m1), counts->queue_end, to1);
  fronts_store(_mm256_extracti128_si256(cells, 1), fronts_find(m2, m3), to2, to3);
  counts->queue_end = to3 + ones(m3);
}

static void lazy_pass4(struct lazy *lazy, unsigned points)
{
  struct counts counts = {0, lazy->queue + lazy->queued};
  unsigned steps = (points + MC_STEP_BYTES - 1) / MC_STEP_BYTES, bytes = steps * MC_STEP_BYTES;
  draw_steps(&lazy->first, steps, lazy->drawn);
  memset(lazy->drawn + points, OUTSIDE_CELL, bytes - points);
  for (unsigned i = 0; i < bytes; i += 32)
    classify4(load(lazy->drawn + i), &counts);
  unsigned queued = (unsigned)(counts.queue_end - lazy->queue);
  lazy->tally.hits += counts.inside;
  lazy->tally.undecided4 += queued - lazy->queued;
  lazy->queued = queued;
}

/* --- At 8 bits ---------------------------------------------------------------------------------
 */

/* x² + y² - 65536, and (x+1)² + (y+1)² - 65538, of 16 points. */
struct squares {
  __m256i low, high;
};

/*
 * Of words of 16 bits, which are modulo 65536: exact as signed ones, for the cells come from those
 * that are undecided at 4 bits or from OUTSIDE_CELL, and so the first is from -12300 to 20162 and
 * the second up to 20990.  (An undecided cell of 4 bits has a corner closer than 256 and one
 * farther, and a diagonal of less than 23: 233² <= x² + y² and (x+1)² + (y+1)² <= 279².)
 */
static inline struct squares squares(__m256i x, __m256i y)
{
  __m256i low = _mm256_add_epi16(_mm256_mullo_epi16(x, x), _mm256_mullo_epi16(y, y));
  __m256i sum = _mm256_add_epi16(x, y);
  return (struct squares){low, _mm256_add_epi16(low, _mm256_add_epi16(sum, sum))};
}

struct opens {
  unsigned inside, count;
  uint8_t *x, *y;
};

static inline void opens_list(__m256i x, __m256i y, unsigned mask, struct opens *opens)
{
  unsigned m0 = mask & 0xff, m1 = mask >> 8 & 0xff, m2 = mask >> 16 & 0xff, m3 = mask >> 24;
  unsigned i0 = opens->count, i1 = i0 + ones(m0), i2 = i1 + ones(m1), i3 = i2 + ones(m2);
  __m128i fronts = fronts_find(m0, m1);
  fronts_store(_mm256_castsi256_si128(x), fronts, opens->x + i0, opens->x + i1);
  fronts_store(_mm256_castsi256_si128(y), fronts, opens->y + i0, opens->y + i1);
  fronts = fronts_find(m2, m3);
  fronts_store(_mm256_extracti128_si256(x, 1), fronts, opens->x + i2, opens->x + i3);
  fronts_store(_mm256_extracti128_si256(y, 1), fronts, opens->y + i2, opens->y + i3);
  opens->count = i3 + ones(m3);
}

/* Decides 32 queued cells at 8 bits.  A pack has the order of bytes that the unpacking changed, and
 * keeps signs and what is less than -1. */
static inline void classify8(__m256i cells, __m256i drawn, struct opens *opens)
{
  __m256i high = _mm256_set1_epi8((char)0xf0), zero = _mm256_setzero_si256();
  __m256i x = _mm256_or_si256(_mm256_and_si256(_mm256_slli_epi64(cells, 4), high),
                              _mm256_andnot_si256(high, drawn));
  __m256i y = _mm256_or_si256(_mm256_and_si256(cells, high),
                              _mm256_andnot_si256(high, _mm256_srli_epi64(drawn, 4)));
  struct squares a = squares(_mm256_unpacklo_epi8(x, zero), _mm256_unpacklo_epi8(y, zero));
  struct squares b = squares(_mm256_unpackhi_epi8(x, zero), _mm256_unpackhi_epi8(y, zero));
  __m256i minus_one = _mm256_set1_epi8(-1);
  __m256i inside = _mm256_cmpgt_epi8(minus_one, _mm256_packs_epi16(a.high, b.high));
  __m256i open = _mm256_andnot_si256(inside, _mm256_packs_epi16(a.low, b.low));
  opens->inside += ones((unsigned)_mm256_movemask_epi8(inside));
  opens_list(x, y, (unsigned)_mm256_movemask_epi8(open), opens);
}

static void lazy_pass8(struct lazy *lazy, bool is_end)
{
  unsigned steps = queue_steps(lazy, is_end);
  struct opens opens = {.x = lazy->open_x, .y = lazy->open_y};
  draw_steps(&lazy->second, steps, lazy->drawn);
  for (unsigned i = 0; i < steps * MC_STEP_BYTES; i += 32)
    classify8(load(lazy->queue + i), load(lazy->drawn + i), &opens);
  queue_drop(lazy, steps);
  lazy->open = opens.count;
  lazy->tally.hits += opens.inside;
}

/* --- Method plain ------------------------------------------------------------------------------
 */

/* Exact hits among 4 outputs: see mc_is_miss(). */
static inline unsigned hits_exact(__m256i outputs)
{
  __m256i x = _mm256_and_si256(outputs, _mm256_set1_epi64x(0xffffffff));
  __m256i y = _mm256_srli_epi64(outputs, 32);
  __m256i across = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(x, x), x), 1);
  __m256i up = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(y, y), y), 1);
  __m256i sum = _mm256_add_epi64(across, up);
  return LANES - ones((unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(sum)));
}

/* ⌊F/2^16⌋ of 8 outputs in double words, with F = x² + y², x = ⌊X/2^17⌋, and y alike. */
static inline __m256i square_tops(__m256i left, __m256i right)
{
  __m256i x_y = _mm256_packus_epi32(_mm256_srli_epi32(left, 17), _mm256_srli_epi32(right, 17));
  return _mm256_srli_epi32(_mm256_madd_epi16(x_y, x_y), 16);
}

/*
 * Hits among 16 outputs.  A point is not a hit if F >= 2^30, and it is one if
 * (x+1)² + (y+1)² = F + 2·(x + y) + 2 <= 2^30.  As x + y <= √(2F), for F < 2^30 that is so if
 * F <= 2^30 - 2·√2·2^15 - 2, hence if F < 2^30 - 2^17, for 2·√2·2^15 + 2 < 92684.  So ⌊F/2^16⌋
 * decides all but one point in 10000; if such a point is there, then all are tested exactly.
 */
static inline unsigned hits_count(__m256i a, __m256i b, __m256i c, __m256i d)
{
  __m256i top = _mm256_packus_epi32(square_tops(a, b), square_tops(c, d));
  __m256i maybe = _mm256_cmpgt_epi16(_mm256_set1_epi16(1 << 14), top);
  __m256i surely = _mm256_cmpgt_epi16(_mm256_set1_epi16((1 << 14) - 2), top);
  unsigned mask = (unsigned)_mm256_movemask_epi8(surely);
  if (__builtin_expect(mask == (unsigned)_mm256_movemask_epi8(maybe), 1))
    return ones(mask) / 2;
  return hits_exact(a) + hits_exact(b) + hits_exact(c) + hits_exact(d);
}

/* Hits of 8 lanes from `lane` on, in an even number of steps. */
static unsigned hits_of_lanes(struct mc_lanes *lanes, unsigned lane, unsigned steps)
{
  struct four left = four_load(lanes, lane), right = four_load(lanes, lane + LANES);
  unsigned hits = 0;
  for (unsigned step = 0; step < steps; step += 2) {
    __m256i a = draw(&left), b = draw(&right), c = draw(&left), d = draw(&right);
    hits += hits_count(a, b, c, d);
  }
  four_store(&left, lanes, lane);
  four_store(&right, lanes, lane + LANES);
  return hits;
}

static void plain_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  struct mc_lanes lanes;
  mc_lanes_seed(&lanes, plan, block, 0);
  unsigned end = points % (2 * MC_LANES), steps = (points - end) / MC_LANES;
  for (unsigned lane = 0; lane < MC_LANES; lane += 2 * LANES)
    tally->hits += hits_of_lanes(&lanes, lane, steps);
  tally->hits += end - misses_end(&lanes, end);
}

int mc_lazy_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, lazy_block);
}

int mc_plain_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, plain_block);
}
