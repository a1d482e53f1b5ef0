/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hex_primes_sieve.c: the sieve of hex-primes by itself, beside a plain one: short ranges,
 * ranges of several segments, and such whose first numbers the larger base primes strike.
 *
 * Sums over primes are compared in test_hex_primes.c; those that tests can afford have one segment.
 */

#include <stdlib.h>
#include <time.h>

#include "hex_primes_strike.h"
#include "random.h"
#include "suite.h"

extern const struct kernel kernel_hex_primes;

/* M is 1.2·10^8 and its root 10954: two segments of the large wheel. */
enum { POSITION = 45000000, SEGMENT_BITS = 1 << 18 };

static struct hex_primes_plan *plan;

static const struct hex_primes_level level = {.sieve = sieve_class};

/* 1 for each prime of the range. */
static uint8_t *plain_sieve(struct range numbers)
{
  uint64_t count = numbers.end - numbers.begin;
  uint8_t *is_prime = malloc(count);
  ck_assert(is_prime);
  memset(is_prime, 1, count);
  for (uint64_t d = 2; d * d < numbers.end; d += 1 + (d > 2))
    for (uint64_t m = (numbers.begin + d - 1) / d * d; m < numbers.end; m += d)
      is_prime[m - numbers.begin] = 0;
  return is_prime;
}

struct found {
  struct range numbers, checked;
  uint8_t *missing; /* the primes to be checked that did not come yet */
  unsigned wheel;
};

/* Check writes for every assertion that holds, which takes longer than the sieve. */
static void require(bool holds, const char *what, uint64_t number)
{
  if (!holds)
    ck_abort_msg("%llu %s", (unsigned long long)number, what);
}

static void take(void *data, struct hex_primes_list list)
{
  struct found *found = data;
  uint64_t last = found->numbers.begin;
  ck_assert_uint_eq(list.step, found->wheel);
  for (size_t i = 0; i < list.count; i++) {
    uint64_t p = list.base + list.offsets[i];
    require(p >= last && p < found->numbers.end, "is out of order", p);
    last = p;
    if (p < found->checked.begin || p >= found->checked.end)
      continue;
    require(found->missing[p - found->checked.begin], "is no prime, or comes twice", p);
    found->missing[p - found->checked.begin] = 0;
  }
}

static void check_part(unsigned wheel, struct range numbers, struct range checked)
{
  struct hex_primes_sieve sieve;
  struct found found = {numbers, checked, plain_sieve(checked), wheel};
  ck_assert_int_eq(hex_primes_sieve_init(&sieve, plan, wheel, numbers), 0);
  hex_primes_sieve_run(&sieve, &level, numbers, take, &found);
  hex_primes_sieve_release(&sieve);
  for (uint64_t i = 0; i < checked.end - checked.begin; i++)
    require(!found.missing[i], "is missing", checked.begin + i);
  free(found.missing);
}

static void check(unsigned wheel, struct range numbers)
{
  check_part(wheel, numbers, numbers);
}

/* --- The tests --- */

static void setup(void)
{
  struct job job = {
      .kernel = &kernel_hex_primes, .method = kernel_hex_primes.methods, .values = {POSITION, 16}};
  void *prepared;
  ck_assert_int_eq(kernel_hex_primes.prepare(&job, &prepared), 0);
  plan = prepared;
  random_setup();
}

static void teardown(void)
{
  kernel_hex_primes.release(plan);
}

START_TEST(short_ranges_have_their_primes)
{
  for (unsigned i = 0; i < 200; i++) {
    uint64_t length = random_size(i % 8 ? 2000 : 20000);
    uint64_t begin = plan->root_end + random_next() % (plan->line_end - plan->root_end - length);
    check(i % 2 ? 210 : 2, (struct range){begin, begin + length});
  }
}
END_TEST

/* Squares of base primes at either end, in it and just out of it. */
START_TEST(squares_at_the_ends_are_no_primes)
{
  static const uint64_t primes[] = {257, 1009, 10939, 10949};
  for (unsigned i = 0; i < sizeof primes / sizeof *primes; i++)
    for (unsigned after = 0; after < 3; after++) {
      uint64_t square = primes[i] * primes[i];
      check(2, (struct range){square - after, square + 1000});
      check(2, (struct range){square - 1000, square + after});
      check(210, (struct range){square - 5000, square + after});
    }
}
END_TEST

/* The lowest segment, to which the sieve comes from others, begins with a product of two primes
 * that have no pattern. */
START_TEST(segments_begin_with_multiples_of_large_primes)
{
  static const uint64_t products[] = {257 * 263, 269 * 9973, 4999 * 5003, 10007 * 10009};
  for (unsigned i = 0; i < sizeof products / sizeof *products; i++) {
    uint64_t begin = products[i] - 1;
    for (unsigned more = 1; more < 4; more++)
      check(2, (struct range){begin, begin + 2 * more * SEGMENT_BITS + 2 * more});
  }
}
END_TEST

START_TEST(the_large_wheel_has_segments_too)
{
  const uint64_t p = 307, length = UINT64_C(210) * SEGMENT_BITS;
  uint64_t q = 10007;
  while (p * q % 210 != 1)
    q += 2;
  uint64_t begin = p * q - 1; /* a multiple of the wheel */
  check_part(210, (struct range){begin, begin + length + 20000},
             (struct range){begin, begin + 20000});
}
END_TEST

int main(void)
{
  random_seed = suite_seed((uint64_t)time(NULL));
  Suite *suite = suite_create("hex-primes sieve");
  TCase *tests = tcase_create("primes");
  tcase_set_timeout(tests, 60);
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, short_ranges_have_their_primes);
  tcase_add_test(tests, squares_at_the_ends_are_no_primes);
  tcase_add_test(tests, segments_begin_with_multiples_of_large_primes);
  tcase_add_test(tests, the_large_wheel_has_segments_too);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
