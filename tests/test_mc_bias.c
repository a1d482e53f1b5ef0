/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mc_bias.c: how far 4·P(hit) of the kernel `mc` is from π, counted.
 *
 * With coordinates of k bits a point is one of 4^k cells, and a hit if the cell's centre is in the
 * circle.  So P(hit) = H(k)/4^k, H(k) being the number of such cells, and the bias is
 * 4·H(k)/4^k - π.
 *
 * PIBENCH_SLOW=1  counts all of k = 32, as mc has it: 2^31.5 columns, some seconds
 */

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "suite.h"

/* ⌊π·2^62⌋, and the next 64 bits: π in hexadecimal is 3.243f6a8885a308d3 13198a2e03707344... */
#define PI_62      UINT64_C(0xc90fdaa22168c234)
#define PI_62_REST UINT64_C(0xc4c6628b80dc1cd1)

/*
 * H(k) by symmetry: the cells above the diagonal twice, and those on it once.  Above it the border
 * is nowhere steeper than 45 degrees and falls by at most one row from column to column, so that it
 * is followed with additions alone.
 *
 * (x, y) is the topmost hit of column x.  `slack` is 4^k - 1 - (x² + x + y² + y), which is >= 0
 * where the centre is in the circle: (x + ½)² + (y + ½)² < 4^k, and all of it but ½ is whole.  It
 * starts at 4^k - 1 - (4^k - 2^k) and stays below 2·2^k, a row's worth.
 */
static uint64_t hits_count(unsigned k)
{
  int64_t x = 0, y = ((int64_t)1 << k) - 1, slack = y;
  uint64_t above = 0;
  while (x < y) {
    above += (uint64_t)(y - x);
    slack -= 2 * ++x;
    if (slack < 0)
      slack += 2 * y--;
  }
  /* On the diagonal all up to here are hits; the last one where the border passes above it. */
  return 2 * above + (uint64_t)x + (x == y);
}

static uint64_t hits_count_one_by_one(unsigned k)
{
  uint64_t side = UINT64_C(1) << k, hits = 0;
  for (uint64_t x = 0; x < side; x++)
    for (uint64_t y = 0; y < side; y++)
      hits += (2 * x + 1) * (2 * x + 1) + (2 * y + 1) * (2 * y + 1) < 4 * side * side;
  return hits;
}

START_TEST(the_border_is_followed_right)
{
  ck_assert_uint_eq(hits_count(_i), hits_count_one_by_one(_i));
}
END_TEST

/* Column by column, with a square root: other arithmetic. */
START_TEST(the_columns_add_up_to_the_same)
{
  enum { K = 20 };
  uint64_t hits = 0;
  for (uint64_t x = 0; x < 1 << K; x++) {
    uint64_t most = (UINT64_C(1) << 2 * K) - 1 - x * x - x; /* y² + y <= most */
    uint64_t y = (uint64_t)(sqrt((double)most + 0.25) - 0.5);
    while (y * y + y > most)
      y--;
    while ((y + 1) * (y + 2) <= most)
      y++;
    hits += y + 1;
  }
  ck_assert_uint_eq(hits_count(K), hits);
}
END_TEST

START_TEST(bias_of_32_bits_is_the_documented_one)
{
  uint64_t hits = hits_count(32);
  double excess = (double)(int64_t)(hits - PI_62) - ldexp((double)PI_62_REST, -64);
  printf("# %" PRIu64 " of 2^64 cells are hits; 4 P(hit) - pi = %.4g\n", hits, ldexp(excess, -62));
  fflush(stdout);
  ck_assert_uint_eq(hits, UINT64_C(14488038916154288230));
  ck_assert_double_eq_tol(ldexp(excess, -62), 9.226e-15, 1e-18);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("mc_bias");
  TCase *tests = tcase_create("count");
  tcase_set_timeout(tests, 300);
  tcase_add_loop_test(tests, the_border_is_followed_right, 1, 13);
  tcase_add_test(tests, the_columns_add_up_to_the_same);
  if (getenv("PIBENCH_SLOW"))
    tcase_add_test(tests, bias_of_32_bits_is_the_documented_one);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
