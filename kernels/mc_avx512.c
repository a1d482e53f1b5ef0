/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_avx512.c: 8 lanes of a set in a register, a set in 16 registers.
 *
 * Method lazy makes three passes over some 2^15 points, each a loop whose state stays in registers:
 * cells of 4 bits are classified, 64 in a register, and the undecided ones queued (vpcompressb);
 * whole steps of the queue are classified at 8 bits, and the open cells listed; these get their
 * last bits, 8 in a register.
 *
 * Speed.  Zen 5 does 4 operations on registers of 512 bits in a cycle, of which 2 may be shifts or
 * products, and 2 may be permutations, comparisons or the two halves of a compression; there are 3
 * pipes for both kinds.  Masks go to general registers, and results to memory, beside these 4.
 * Operations are, with the second kind in parentheses:
 *
 *     a step of 8 lanes         9
 *     lazy, 64 points          14  (5)   a step, 1 look-up, 2 comparisons, 2 to compress
 *           64 undecided       23  (8)   a step, 6 for x, y, m, M, 2 look-ups, 2, 4
 *           8 open             20  (3)   9 for the bits, 5 for X and Y, 6 for the test
 *     plain, 32 points         45  (5)   4 steps, 2 · 3 for the squares, 1, 2
 *
 * One point in 8 is undecided and one in 128 open, so lazy takes 14 + 23/8 + 20/16 = 18.1
 * operations for 64 points: at least 4.5 cycles, 0.071 for a point.  It was measured to take 0.086:
 * 4.1 cycles for 64 points, 8.1 for 64 undecided ones, 7.2 for 8 open ones.  Plain takes at least
 * 11.25 cycles for 32 points, 0.352 for a point; measured 0.390.
 */

#include <immintrin.h>

#include "mc.h"

enum {
  REGISTERS = MC_STEP_BYTES / 64, /* that a step of a set fills */
  PASS_STEPS = 104,               /* of set 0: see struct lazy */
  PASS_POINTS = PASS_STEPS * MC_STEP_BYTES,
};

/* --- Generator ---------------------------------------------------------------------------------
 */

/* The state of 8 lanes. */
struct eight {
  __m512i s0, s1, s2, s3;
};

struct set {
  struct eight eight[REGISTERS];
};

static inline __m512i mix64(__m512i z)
{
  z = _mm512_xor_si512(z, _mm512_srli_epi64(z, 30));
  z = _mm512_mullo_epi64(z, _mm512_set1_epi64((int64_t)UINT64_C(0xbf58476d1ce4e5b9)));
  z = _mm512_xor_si512(z, _mm512_srli_epi64(z, 27));
  z = _mm512_mullo_epi64(z, _mm512_set1_epi64((int64_t)UINT64_C(0x94d049bb133111eb)));
  return _mm512_xor_si512(z, _mm512_srli_epi64(z, 31));
}

/* start + stride·i in word i. */
static inline __m512i progression(uint64_t start, uint64_t stride)
{
  __m512i i = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_add_epi64(_mm512_set1_epi64((int64_t)start),
                          _mm512_mullo_epi64(_mm512_set1_epi64((int64_t)stride), i));
}

static void set_seed(struct set *set, const struct mc_plan *plan, uint64_t block, unsigned number)
{
  uint64_t base = plan->key_seed + MC_G * (256 * block + 128 * number + 1);
  for (unsigned r = 0; r < REGISTERS; r++, base += MC_G * 32)
    set->eight[r] = (struct eight){
        mix64(progression(base, MC_G * 4)),
        mix64(progression(base + MC_G, MC_G * 4)),
        mix64(progression(base + MC_G * 2, MC_G * 4)),
        mix64(progression(base + MC_G * 3, MC_G * 4)),
    };
}

/* The instruction overwrites its first operand.  Compilers take the first one here for that, so let
 * it be one that is not needed any more: it saves a copy. */
static inline __m512i xor3(__m512i spent, __m512i b, __m512i c)
{
  return _mm512_ternarylogic_epi64(spent, b, c, 0x96);
}

/* Bits of `spent` where the mask is 1, of `other` where it is 0. */
static inline __m512i merge(__m512i spent, __m512i mask, __m512i other)
{
  return _mm512_ternarylogic_epi64(spent, mask, other, 0xe2);
}

/* One step.  9 operations, as each of two words is the xor of three. */
static inline __m512i draw(struct eight *lanes)
{
  __m512i s0 = lanes->s0, s1 = lanes->s1, s2 = lanes->s2, s3 = lanes->s3;
  __m512i sum = _mm512_rol_epi64(_mm512_add_epi64(s0, s3), 23);
  __m512i shifted = _mm512_slli_epi64(s1, 17);
  s3 = _mm512_xor_si512(s3, s1);
  lanes->s0 = _mm512_xor_si512(s0, s3);
  lanes->s1 = xor3(s1, s0, s2);
  lanes->s2 = xor3(s2, s0, shifted);
  lanes->s3 = _mm512_rol_epi64(s3, 45);
  return _mm512_add_epi64(sum, s0);
}

static inline uint64_t ones(uint64_t mask)
{
  return (uint64_t)__builtin_popcountll(mask);
}

/* --- Method lazy -------------------------------------------------------------------------------
 */

/* A block at work. */
struct lazy {
  const struct mc_plan *plan;
  uint64_t block;
  struct set first, second;
  struct mc_tally tally; /* of this block */
  unsigned queued, open; /* cells that wait for 8 bits, and for the last ones */
  /* Room for a pass, for what the one before left (less than a step), and for a whole register.
   * But nearly always less than 3900 bytes of the queue are used.  So it begins a page: 7 of 8
   * stores are over the border of a line, and over that of a page they would take 16 cycles each.
   * Longer passes lose less at their ends, but would get there. */
  _Alignas(4096) uint8_t queue[PASS_POINTS + MC_STEP_BYTES + 64];
  uint8_t open_x[PASS_POINTS + MC_STEP_BYTES + 64];
  uint8_t open_y[PASS_POINTS + MC_STEP_BYTES + 64];
};

/* --- At 4 bits ---------------------------------------------------------------------------------
 */

/*
 * A cell is the byte c = 16·y + x.  The table has a border for the two cells with the same 7 low
 * bits, c and c + 128: whichever of the two is below it is inside, whichever is equal is undecided,
 * whichever is above is outside.  That works, as both are of one column x, where cells are inside,
 * then undecided, then outside as y rises, and no column has more than 6 undecided cells: they are
 * less than 8 rows apart, so not both c and c + 128 are.
 */
#define INSIDE(x, y)  (((x) + 1) * ((x) + 1) + ((y) + 1) * ((y) + 1) <= 256)
#define OUTSIDE(x, y) ((x) * (x) + (y) * (y) >= 256)
#define BORDER(c)     (uint8_t) BORDER_OF(c, (c) % 16, (c) / 16, (c) / 16 + 8)
/* Both inside (then c < 127), the lower one alone, or none (then c > 0); else the undecided one. */
#define BORDER_OF(c, x, low, high)                                                                 \
  (INSIDE(x, high)                      ? (c) + 129                                                \
   : INSIDE(x, low) && OUTSIDE(x, high) ? (c) + 1                                                  \
   : INSIDE(x, low)                     ? (c) + 128                                                \
   : OUTSIDE(x, low)                    ? 0                                                        \
                                        : (c))

#define FOUR(f, c)    f(c), f((c) + 1), f((c) + 2), f((c) + 3)
#define SIXTEEN(f, c) FOUR(f, c), FOUR(f, (c) + 4), FOUR(f, (c) + 8), FOUR(f, (c) + 12)
#define SIXTY_FOUR(f, c)                                                                           \
  SIXTEEN(f, c), SIXTEEN(f, (c) + 16), SIXTEEN(f, (c) + 32), SIXTEEN(f, (c) + 48)

static const uint8_t borders[128] = {SIXTY_FOUR(BORDER, 0), SIXTY_FOUR(BORDER, 64)};

/* A table of 128 bytes, looked up by the low 7 bits of each byte. */
struct table {
  __m512i low, high;
};

static inline struct table table_load(const uint8_t *bytes)
{
  return (struct table){_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 64)};
}

static inline __m512i look_up(struct table table, __m512i bytes)
{
  return _mm512_permutex2var_epi8(table.low, bytes, table.high);
}

struct counts {
  uint64_t inside;
  uint8_t *queue_end;
};

/* Decides a step.  Work of a kind is together: 4.1 cycles for 64 points, not 4.3. */
static inline void classify4(struct table table, const __m512i cells[REGISTERS],
                             struct counts *counts)
{
  __m512i border[REGISTERS];
  __mmask64 undecided[REGISTERS];
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++)
    border[r] = look_up(table, cells[r]);
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++)
    undecided[r] = _mm512_cmpeq_epi8_mask(cells[r], border[r]);
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++)
    counts->inside += ones(_mm512_cmplt_epu8_mask(cells[r], border[r]));
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++) {
    /* Not straight to memory: that takes 3 cycles on Zen 5, not 1, and is microcode on Zen 4. */
    _mm512_storeu_si512(counts->queue_end, _mm512_maskz_compress_epi8(undecided[r], cells[r]));
    counts->queue_end += ones(undecided[r]);
  }
}

static struct counts classify4_steps(struct set *set, unsigned steps, struct counts counts)
{
  struct table table = table_load(borders);
  struct eight a = set->eight[0], b = set->eight[1], c = set->eight[2], d = set->eight[3];
  for (unsigned step = 0; step < steps; step++) {
    __m512i cells[REGISTERS] = {draw(&a), draw(&b), draw(&c), draw(&d)};
    classify4(table, cells, &counts);
  }
  *set = (struct set){{a, b, c, d}};
  return counts;
}

/* The last, partial step of a block.  What is behind the last point becomes the corner cell, which
 * is outside. */
static struct counts classify4_end(struct set *set, unsigned points, struct counts counts)
{
  __m512i cells[REGISTERS];
  for (unsigned r = 0; r < REGISTERS; r++)
    cells[r] = draw(&set->eight[r]);
  memset((uint8_t *)cells + points, 0xff, MC_STEP_BYTES - points);
  classify4(table_load(borders), cells, &counts);
  return counts;
}

/* Queues the undecided of the next `points` points, at most a pass. */
static void lazy_pass4(struct lazy *lazy, unsigned points)
{
  struct counts counts = {0, lazy->queue + lazy->queued};
  counts = classify4_steps(&lazy->first, points / MC_STEP_BYTES, counts);
  if (points % MC_STEP_BYTES > 0)
    counts = classify4_end(&lazy->first, points % MC_STEP_BYTES, counts);
  unsigned queued = (unsigned)(counts.queue_end - lazy->queue);
  lazy->tally.hits += counts.inside;
  lazy->tally.undecided4 += queued - lazy->queued;
  lazy->queued = queued;
}

/* --- At 8 bits ---------------------------------------------------------------------------------
 */

/*
 * e(M) = ⌊√(65536 − M²)⌋ for M = 128 ... 256.  Of the coordinates of 8 bits let M be the larger one
 * and m the smaller one.  Then the cell
 *
 * - is inside iff m < e(M + 1): (m+1)² <= 65536 − (M+1)² iff m + 1 <= e(M + 1);
 *
 * - is outside iff m > e(M): m² >= 65536 − M² iff m > e(M), or m = e(M) and 65536 − M² is a square,
 *   which it is not: 256² is a sum of two squares as 256² + 0² only, and 0 < M < 256;
 *
 * - has M >= 128 if it was undecided at 4 bits, for otherwise that cell is inside: 8² + 8² <= 16².
 */
static const uint8_t edges[129] = {
    221, 221, 220, 219, 219, 218, 218, 217, 216, 216, 215, 214, 214, 213, 213, 212, 211, 210, 210,
    209, 208, 208, 207, 206, 205, 205, 204, 203, 202, 202, 201, 200, 199, 199, 198, 197, 196, 195,
    194, 194, 193, 192, 191, 190, 189, 188, 187, 186, 185, 184, 183, 183, 182, 181, 180, 179, 177,
    176, 175, 174, 173, 172, 171, 170, 169, 168, 167, 165, 164, 163, 162, 161, 159, 158, 157, 155,
    154, 153, 151, 150, 149, 147, 146, 144, 143, 142, 140, 138, 137, 135, 134, 132, 130, 129, 127,
    125, 123, 122, 120, 118, 116, 114, 112, 110, 108, 106, 103, 101, 99,  96,  94,  91,  89,  86,
    83,  80,  77,  74,  70,  67,  63,  59,  55,  50,  45,  39,  31,  22,  0,
};

struct edge_tables {
  struct table outer, inner; /* e(M) and e(M + 1) */
};

struct opens {
  uint64_t outside; /* and open: all that are not inside */
  uint64_t count;
  uint8_t *x, *y;
};

/* Decides 64 queued cells at 8 bits, and lists the open ones. */
static inline void classify8(const struct edge_tables *tables, __m512i cells, __m512i drawn,
                             struct opens *opens)
{
  __m512i high = _mm512_set1_epi8((char)0xf0);
  __m512i x = merge(_mm512_slli_epi64(cells, 4), high, drawn);
  __m512i y = merge(cells, high, _mm512_srli_epi64(drawn, 4));
  __m512i larger = _mm512_max_epu8(x, y), smaller = _mm512_min_epu8(x, y);
  __m512i outer = look_up(tables->outer, larger), inner = look_up(tables->inner, larger);
  __mmask64 rest = _mm512_cmpge_epu8_mask(smaller, inner);
  __mmask64 open = _mm512_mask_cmple_epu8_mask(rest, smaller, outer);
  _mm512_storeu_si512(opens->x + opens->count, _mm512_maskz_compress_epi8(open, x));
  _mm512_storeu_si512(opens->y + opens->count, _mm512_maskz_compress_epi8(open, y));
  opens->count += ones(open);
  opens->outside += ones(rest);
}

static struct opens classify8_steps(struct set *set, const uint8_t *cells, unsigned steps,
                                    struct opens opens)
{
  struct edge_tables tables = {table_load(edges), table_load(edges + 1)};
  struct eight a = set->eight[0], b = set->eight[1], c = set->eight[2], d = set->eight[3];
  for (unsigned step = 0; step < steps; step++, cells += MC_STEP_BYTES) {
    classify8(&tables, _mm512_loadu_si512(cells), draw(&a), &opens);
    classify8(&tables, _mm512_loadu_si512(cells + 64), draw(&b), &opens);
    classify8(&tables, _mm512_loadu_si512(cells + 128), draw(&c), &opens);
    classify8(&tables, _mm512_loadu_si512(cells + 192), draw(&d), &opens);
  }
  *set = (struct set){{a, b, c, d}};
  return opens;
}

/* Takes the whole steps of the queue, or all of it at the end of a block.  What is behind its last
 * cell becomes the corner cell. */
static void lazy_pass8(struct lazy *lazy, bool is_end)
{
  unsigned steps = lazy->queued / MC_STEP_BYTES, rest = lazy->queued % MC_STEP_BYTES;
  if (is_end && rest > 0) {
    memset(lazy->queue + lazy->queued, 0xff, MC_STEP_BYTES - rest);
    steps++;
    rest = 0;
  }
  struct opens opens = {.x = lazy->open_x, .y = lazy->open_y};
  opens = classify8_steps(&lazy->second, lazy->queue, steps, opens);
  lazy->open = (unsigned)opens.count;
  lazy->tally.hits += MC_STEP_BYTES * (uint64_t)steps - opens.outside;
  memmove(lazy->queue, lazy->queue + MC_STEP_BYTES * steps, rest);
  lazy->queued = rest;
}

/* --- At 32 bits --------------------------------------------------------------------------------
 */

/* The points X² + X + Y² + Y < 2^64: as neither half of the sum reaches 2^64, it has no carry iff
 * it is at least the first one. */
static inline __mmask8 hits(__m512i x, __m512i y)
{
  __m512i across = _mm512_add_epi64(_mm512_mul_epu32(x, x), x);
  __m512i up = _mm512_add_epi64(_mm512_mul_epu32(y, y), y);
  return _mm512_cmpge_epu64_mask(_mm512_add_epi64(across, up), across);
}

static inline __m512i load_eight_bytes(const uint8_t *bytes)
{
  return _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)bytes));
}

/* Decides the open cells.  Behind the last one there are up to 7 that do not count. */
static void lazy_pass32(struct lazy *lazy)
{
  uint64_t before = (lazy->block << MC_BLOCK_LOG) + lazy->tally.undecided8 + 1;
  __m512i seeds = progression(lazy->plan->key_late + MC_G * before, MC_G);
  uint64_t count = 0;
  for (unsigned i = 0; i < lazy->open; i += 8) {
    unsigned rest = lazy->open - i;
    __m512i bits = mix64(seeds);
    __m512i x = _mm512_shldi_epi64(load_eight_bytes(lazy->open_x + i), bits, 24);
    __m512i y = _mm512_slli_epi64(load_eight_bytes(lazy->open_y + i), 24);
    y = merge(bits, _mm512_set1_epi64(0xffffff), y);
    count += ones(hits(x, y) & (rest < 8 ? (1u << rest) - 1 : 0xff));
    seeds = _mm512_add_epi64(seeds, _mm512_set1_epi64((int64_t)(MC_G * 8)));
  }
  lazy->tally.hits += count;
  lazy->tally.undecided8 += lazy->open;
  lazy->open = 0;
}

static void lazy_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                       struct mc_tally *tally)
{
  struct lazy lazy; /* not the queues, which are filled before they are read */
  lazy.plan = plan;
  lazy.block = block;
  lazy.tally = (struct mc_tally){0};
  lazy.queued = lazy.open = 0;
  set_seed(&lazy.first, plan, block, 0);
  set_seed(&lazy.second, plan, block, 1);
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

/* --- Method plain ------------------------------------------------------------------------------
 */

/* Exact hits among 8 outputs. */
static inline __mmask8 hits_exact(__m512i outputs)
{
  __m512i x = _mm512_and_si512(outputs, _mm512_set1_epi64(0xffffffff));
  return hits(x, _mm512_srli_epi64(outputs, 32));
}

/* The upper halves of the double words of `left` and of `right`, in that order. */
static inline __m512i upper_words(__m512i left, __m512i right)
{
  const __m512i odd =
      _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                       25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
  return _mm512_permutex2var_epi16(left, odd, right);
}

/* F = x² + y² of 16 outputs, with x = ⌊X/2^17⌋ and y alike: less than 2^31. */
static inline __m512i squares(__m512i left, __m512i right)
{
  __m512i x_y = _mm512_srli_epi16(upper_words(left, right), 1);
  return _mm512_madd_epi16(x_y, x_y);
}

/*
 * Hits among the outputs of a step.  A point is not a hit if F >= 2^30, and it is one if
 * (x+1)² + (y+1)² = F + 2·(x + y) + 2 <= 2^30.  As x + y <= √(2F), for F < 2^30 that is so if
 * F <= 2^30 - 2·√2·2^15 - 2, hence if F < 2^30 - 2^17, for 2·√2·2^15 + 2 < 92684.  So ⌊F/2^16⌋
 * decides all but one point in 10000; if such a point is in the step, then all its points are
 * tested exactly.  32 points take 9 operations, not 32.
 */
static inline uint64_t hits_count(const __m512i outputs[REGISTERS])
{
  __m512i top = upper_words(squares(outputs[0], outputs[1]), squares(outputs[2], outputs[3]));
  __mmask32 maybe = _mm512_cmplt_epi16_mask(top, _mm512_set1_epi16(1 << 14));
  __mmask32 surely = _mm512_cmplt_epi16_mask(top, _mm512_set1_epi16((1 << 14) - 2));
  if (__builtin_expect(maybe == surely, 1))
    return ones(surely);
  uint64_t count = 0;
#pragma GCC unroll 4
  for (unsigned r = 0; r < REGISTERS; r++)
    count += ones(hits_exact(outputs[r]));
  return count;
}

/* The last, partial step of a block. */
static uint64_t hits_end(struct set *set, unsigned points)
{
  uint64_t count = 0;
  for (unsigned r = 0; r < REGISTERS && 8 * r < points; r++) {
    unsigned rest = points - 8 * r;
    count += ones(hits_exact(draw(&set->eight[r])) & (rest < 8 ? (1u << rest) - 1 : 0xff));
  }
  return count;
}

static void plain_block(const struct mc_plan *plan, uint64_t block, unsigned points,
                        struct mc_tally *tally)
{
  struct set set;
  uint64_t count = 0;
  set_seed(&set, plan, block, 0);
  struct eight a = set.eight[0], b = set.eight[1], c = set.eight[2], d = set.eight[3];
  for (unsigned step = 0; step < points / MC_LANES; step++) {
    __m512i outputs[REGISTERS] = {draw(&a), draw(&b), draw(&c), draw(&d)};
    count += hits_count(outputs);
  }
  set = (struct set){{a, b, c, d}};
  tally->hits += count + hits_end(&set, points % MC_LANES);
}

int mc_lazy_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, lazy_block);
}

int mc_plain_avx512(const void *plan, struct range units, struct partial *ret_partial)
{
  return mc_blocks_run(plan, units, ret_partial, plain_block);
}
