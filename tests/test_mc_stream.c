/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mc_stream.c: the bytes that are tested for randomness are those that the kernel `mc` uses.
 *
 * A reader that knows only the meaning of the bytes, not where they come from, finds the kernel's
 * hits in them and uses every byte.
 *
 * PIBENCH_TEST_SEED=n  repeats a run
 */

#include <inttypes.h>
#include <time.h>

#include "mc_stream.h"
#include "suite.h"

enum { BLOCKS = 12 };

static uint64_t random_seed;

struct reader {
  const uint8_t *next;
  uint64_t hits;
};

static uint64_t read_bits(struct reader *reader, unsigned bytes)
{
  uint64_t bits = 0;
  for (unsigned i = 0; i < bytes; i++)
    bits |= (uint64_t)*reader->next++ << 8 * i;
  return bits;
}

/* Whether the centre of a cell of 32 bits is in the circle: (2X+1)² + (2Y+1)² < 4^33. */
static bool in_circle(uint64_t x, uint64_t y)
{
  __extension__ typedef unsigned __int128 wide;
  wide across = 2 * x + 1, up = 2 * y + 1;
  return across * across + up * up < (wide)1 << 66;
}

/* Of the points of 32 bits that begin with these: are all in the circle, none, or some? */
static enum { NONE, SOME, ALL } share_of(uint64_t x, uint64_t y, unsigned bits)
{
  unsigned rest = 32 - bits;
  uint64_t ones = (UINT64_C(1) << rest) - 1;
  if (in_circle(x << rest | ones, y << rest | ones))
    return ALL;
  return in_circle(x << rest, y << rest) ? SOME : NONE;
}

/* The cells that some bits left undecided, in the order of the points. */
struct cells {
  size_t count;
  uint8_t x[MC_BLOCK_POINTS], y[MC_BLOCK_POINTS];
};

static void settle(struct reader *reader, struct cells *undecided, unsigned x, unsigned y,
                   unsigned bits)
{
  int share = share_of(x, y, bits);
  reader->hits += share == ALL;
  if (share == SOME) {
    undecided->x[undecided->count] = (uint8_t)x;
    undecided->y[undecided->count++] = (uint8_t)y;
  }
}

static void read_lazy(struct reader *reader)
{
  static struct cells at4, at8;
  at4.count = at8.count = 0;
  for (unsigned i = 0; i < MC_BLOCK_POINTS; i++) {
    unsigned byte = (unsigned)read_bits(reader, 1);
    settle(reader, &at4, byte % 16, byte / 16, 4);
  }
  for (size_t j = 0; j < at4.count; j++) {
    unsigned byte = (unsigned)read_bits(reader, 1);
    settle(reader, &at8, at4.x[j] << 4 | byte % 16, at4.y[j] << 4 | byte / 16, 8);
  }
  for (size_t j = 0; j < at8.count; j++) {
    uint64_t y = (uint64_t)at8.y[j] << 24 | read_bits(reader, 3);
    uint64_t x = (uint64_t)at8.x[j] << 24 | read_bits(reader, 3);
    reader->hits += in_circle(x, y);
  }
}

static void read_plain(struct reader *reader)
{
  for (unsigned i = 0; i < MC_BLOCK_POINTS; i++) {
    uint64_t x = read_bits(reader, 4), y = read_bits(reader, 4);
    reader->hits += in_circle(x, y);
  }
}

static void check_block(const struct method *method, const struct mc_plan *plan, uint64_t block)
{
  static uint8_t bytes[MC_STREAM_BLOCK_BYTES_MOST];
  size_t count = mc_stream_block(method, plan, block, bytes);
  struct reader reader = {.next = bytes};
  if (strcmp(method->name, "lazy") == 0)
    read_lazy(&reader);
  else
    read_plain(&reader);
  ck_assert_uint_eq((size_t)(reader.next - bytes), count);
  for (const struct variant *v = method->variants; v->name; v++) {
    if (v->needs & ~cpu_features())
      continue;
    uint64_t hits = mc_stream_count(v, plan, block).partial.payload[0];
    ck_assert_msg(reader.hits == hits,
                  "%s %s, block %" PRIu64 ": %" PRIu64 " hits in the bytes, %" PRIu64
                  " by the kernel (PIBENCH_TEST_SEED=%" PRIu64 ")",
                  method->name, v->name, block, reader.hits, hits, random_seed);
  }
}

START_TEST(bytes_hold_the_hits_of_the_kernel)
{
  const struct method *method = mc_stream_method(_i ? "plain" : "lazy");
  struct mc_plan *plan = mc_stream_plan(method, random_seed);
  ck_assert_ptr_nonnull(plan);
  for (uint64_t block = 0; block < BLOCKS; block++)
    check_block(method, plan, block);
  check_block(method, plan, mc_mix64(random_seed) >> 20); /* of 2^45 */
  kernel_mc.release(plan);
}
END_TEST

START_TEST(there_is_no_stream_of_another_method)
{
  ck_assert_ptr_null(mc_stream_method("quasi"));
  ck_assert_ptr_null(mc_stream_method(""));
}
END_TEST

/* --- No two seeds are equal --- */

/* Undoes z ^= z >> shift: each round settles `shift` more bits from the top. */
static uint64_t unshift(uint64_t z, unsigned shift)
{
  uint64_t undone = z;
  for (unsigned bits = shift; bits < 64; bits += shift)
    undone = z ^ undone >> shift;
  return undone;
}

/* The multipliers are the inverses modulo 2^64 of mix64's. */
static uint64_t unmix(uint64_t z)
{
  z = unshift(z, 31) * UINT64_C(0x319642b2d24d8ec3);
  z = unshift(z, 27) * UINT64_C(0x96de1b173f119089);
  return unshift(z, 30);
}

/* What can be undone maps no two words to one. */
START_TEST(mix64_can_be_undone)
{
  ck_assert_uint_eq(UINT64_C(0x319642b2d24d8ec3) * UINT64_C(0x94d049bb133111eb), 1);
  ck_assert_uint_eq(UINT64_C(0x96de1b173f119089) * UINT64_C(0xbf58476d1ce4e5b9), 1);
  for (uint64_t i = 0, z = random_seed; i < 1000000; i++, z += MC_G)
    ck_assert_msg(unmix(mc_mix64(z)) == z, "%" PRIu64, z);
  for (unsigned bit = 0; bit < 64; bit++)
    ck_assert_uint_eq(unmix(mc_mix64(UINT64_C(1) << bit)), UINT64_C(1) << bit);
}
END_TEST

int main(void)
{
  random_seed = suite_seed((uint64_t)time(NULL));
  Suite *suite = suite_create("mc_stream");
  TCase *tests = tcase_create("bytes");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, bytes_hold_the_hits_of_the_kernel, 0, 2);
  tcase_add_test(tests, there_is_no_stream_of_another_method);
  tcase_add_test(tests, mix64_can_be_undone);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
