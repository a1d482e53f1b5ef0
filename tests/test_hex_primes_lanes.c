/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hex_primes_lanes.c: the modular arithmetic of hex_primes_lanes_*.h, for moduli up to the
 * limit that it claims and operands at the ends of what it takes.  TAP.
 *
 * TESTED is one of them, END the limit.  Nothing but the C library is needed, so that the cross
 * compiler builds this as well.
 *
 * PIBENCH_TEST_SEED=n repeats a run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

#include TESTED

#include "random.h"

__extension__ typedef __int128 wide_integer;

enum { ROUNDS = 20000, IS_SIGNED = RADIX_BITS == 32 };

typedef int64_t numbers[LANES];

static unsigned tests, failures;
static bool right = true;

static void expect(bool holds, int64_t m, int64_t a, int64_t b, int64_t got)
{
  if (!holds && right)
    printf("# modulus %" PRId64 ", operands %" PRId64 " and %" PRId64 ": %" PRId64
           " (PIBENCH_TEST_SEED=%" PRIu64 ")\n",
           m, a, b, got, random_seed);
  right = right && holds;
}

static void tell(const char *what)
{
  failures += !right;
  printf("%sok %u - %s\n", right ? "" : "not ", ++tests, what);
  right = true;
}

/* --- Operands --- */

/* Odd and at least `least`; the largest, any, one of few more bits than a half word, or one of full
 * length. */
static int64_t random_modulus(uint64_t least)
{
  uint64_t m = END / 2 + random_next() % (END / 2);
  unsigned kind = random_next() % 4;
  if (kind == 0)
    m = END - 1 - random_next() % 16;
  if (kind == 1)
    m = random_size(END - 3) + 2;
  if (kind == 2)
    m = (1 << (17 + random_next() % 3)) - 1 - random_next() % 10000;
  return (int64_t)(m < least ? least : m) | 1;
}

static struct field make_field(numbers m)
{
  uint64_t modulus[LANES];
  for (unsigned l = 0; l < LANES; l++)
    modulus[l] = (uint64_t)(m[l] = random_modulus(LEAST));
  return field_of(load(modulus));
}

/* LAZY is as far as residues go; two added or subtracted go twice as far; in quarters of m. */
enum { LAZY = 4, LAZY_SUM = 8, LAZY_SHARED = 5 };

/* At the ends mostly. */
static int64_t random_residue(int64_t m, unsigned quarters)
{
  uint64_t end = IS_SIGNED ? quarters * (uint64_t)m / 4 + 1 : 2 * quarters * (uint64_t)m / 4;
  uint64_t x = random_next() % 2 ? random_next() % end : end - 1 - random_next() % 3;
  if (random_next() % 8 == 0)
    x = random_next() % 3;
  return IS_SIGNED && random_next() % 2 ? -(int64_t)x : (int64_t)x;
}

static vec random_residues(const numbers m, unsigned quarters, numbers ret)
{
  uint64_t x[LANES];
  for (unsigned l = 0; l < LANES; l++)
    x[l] = (uint64_t)(ret[l] = random_residue(m[l], quarters));
  return load(x);
}

static void decode(vec x, numbers ret)
{
  uint64_t stored[LANES];
  store(stored, x);
  for (unsigned l = 0; l < LANES; l++)
    ret[l] = IS_SIGNED ? (int32_t)stored[l] : (int64_t)stored[l];
}

static int64_t modulo(wide_integer x, int64_t m)
{
  int64_t rest = (int64_t)(x % m);
  return rest < 0 ? rest + m : rest;
}

/* a·b modulo m for operands of any size. */
static int64_t product(int64_t a, int64_t b, int64_t m)
{
  return modulo((wide_integer)modulo(a, m) * modulo(b, m), m);
}

static int64_t power_of_two(unsigned exponent, int64_t m)
{
  int64_t power = 1 % m;
  while (exponent-- > 0)
    power = modulo((wide_integer)power * 2, m);
  return power;
}

static bool is_within(int64_t x, int64_t m, int64_t quarters)
{
  return IS_SIGNED ? 4 * x >= -quarters * m && 4 * x <= quarters * m : x >= 0 && x < 2 * m;
}

/* x is in its bounds and R·x ≡ wanted. */
static void expect_reduced(vec x, unsigned quarters, const numbers m, const numbers a,
                           const numbers b, const numbers wanted)
{
  numbers got;
  decode(x, got);
  for (unsigned l = 0; l < LANES; l++)
    expect(is_within(got[l], m[l], quarters)
               && product(got[l], power_of_two(RADIX_BITS, m[l]), m[l]) == wanted[l],
           m[l], a[l], b[l], got[l]);
}

/* --- The tests --- */

static void check_products(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, a, b, wanted;
    struct field f = make_field(m);
    vec x = random_residues(m, LAZY_SUM, a), y = random_residues(m, LAZY_SUM, b);
    for (unsigned l = 0; l < LANES; l++)
      wanted[l] = product(a[l], b[l], m[l]);
    expect_reduced(times(&f, x, y), LAZY, m, a, b, wanted);
  }
  tell("products of sums");
}

#ifdef HAS_RECURRENCE
/* One factor may be shared by all moduli, of SHARED_BITS bits; what it multiplies and what comes
 * out are then sums themselves, of a bound that the recurrence keeps. */
static void check_two_products(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, a, b, c, d, wanted;
    struct field f = make_field(m);
    bool is_shared = random_next() % 2;
    unsigned quarters = is_shared ? LAZY_SHARED : LAZY;
    vec x = random_residues(m, quarters, a), y = random_residues(m, LAZY, b);
    vec z = random_residues(m, LAZY, c), t = random_residues(m, LAZY, d);
    if (is_shared) {
      uint64_t shared = (UINT64_C(1) << SHARED_BITS) - 1 - random_next() % 3;
      y = all(shared);
      for (unsigned l = 0; l < LANES; l++)
        b[l] = (int64_t)shared;
    }
    for (unsigned l = 0; l < LANES; l++)
      wanted[l] = modulo((wide_integer)product(a[l], b[l], m[l]) + product(c[l], d[l], m[l]), m[l]);
    expect_reduced(times_two(&f, x, y, z, t), quarters, m, a, b, wanted);
  }
  tell("sums of two products");
}
#endif

static void check_reduction_of_words(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, a, b, wanted;
    struct field f = make_field(m);
    vec x = random_residues(m, LAZY, a);
    uint64_t word =
        (random_next() % 2 ? UINT64_MAX - random_next() % 3 : random_next()) >> (64 - RADIX_BITS);
    for (unsigned l = 0; l < LANES; l++) {
      b[l] = (int64_t)word;
      wanted[l] = modulo((wide_integer)a[l] + word, m[l]);
    }
    expect_reduced(reduce(&f, x, all(word)), LAZY, m, a, b, wanted);
  }
  tell("words");
}

/* Of what the ladder has: a square that may be doubled. */
static void check_squares(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, a, got;
    struct field f = make_field(m);
    unsigned bit = random_next() % 2;
    decode(square(&f, random_residues(m, LAZY_SUM, a), bit), got);
    for (unsigned l = 0; l < LANES; l++) {
      int64_t least = IS_SIGNED ? -2 * m[l] : 0, most = (IS_SIGNED ? 2 : 4) * m[l];
      int64_t wanted = product(product(a[l], a[l], m[l]), 1 << bit, m[l]);
      expect(got[l] >= least && got[l] <= most && got[l] % (1 << bit) == 0
                 && product(got[l], power_of_two(RADIX_BITS, m[l]), m[l]) == wanted,
             m[l], a[l], bit, got[l]);
    }
  }
  tell("squares");
}

/* subtract() within what the others take; canonical(), of lazy residues; wrap(), of [0, 2m). */
static void check_small_functions(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, a, b, sum, least, wrapped, c;
    struct field f = make_field(m);
    vec x = random_residues(m, LAZY, a), y = random_residues(m, LAZY, b);
    uint64_t below[LANES];
    for (unsigned l = 0; l < LANES; l++)
      below[l] = (uint64_t)(c[l] = (int64_t)(random_next() % (2 * (uint64_t)m[l])));
    decode(subtract(&f, x, y), sum);
    decode(canonical(&f, x), least);
    decode(wrap(&f, load(below)), wrapped);
    for (unsigned l = 0; l < LANES; l++) {
      expect(modulo(sum[l], m[l]) == modulo((wide_integer)a[l] - b[l], m[l])
                 && (IS_SIGNED ? sum[l] >= -2 * m[l] && sum[l] <= 2 * m[l]
                               : sum[l] >= 0 && sum[l] < 4 * m[l]),
             m[l], a[l], b[l], sum[l]);
      expect(a[l] == m[l] || a[l] == -m[l] || least[l] == modulo(a[l], m[l]), m[l], a[l], 0,
             least[l]);
      expect(wrapped[l] == modulo(c[l], m[l]), m[l], c[l], 0, wrapped[l]);
    }
  }
  tell("differences, canonical and wrapped residues");
}

/* 2^(RADIX_BITS + h), h as large as start_most() tells for moduli within a factor of two. */
static void check_starts(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    uint64_t modulus[LANES], least = UINT64_MAX, most = 0;
    numbers got;
    int64_t middle = random_modulus(2 * LEAST + 1);
    for (unsigned l = 0; l < LANES; l++) {
      modulus[l] = (uint64_t)middle;
      if (random_next() % 2)
        modulus[l] = ((uint64_t)middle - random_next() % ((uint64_t)middle / 2)) | 1;
      least = modulus[l] < least ? modulus[l] : least;
      most = modulus[l] > most ? modulus[l] : most;
    }
    struct field f = field_of(load(modulus));
    unsigned room = start_most(least, most),
             h = random_next() % 2 ? room : random_next() % (room + 1);
    decode(start(&f, h), got);
    for (unsigned l = 0; l < LANES; l++) {
      int64_t m = (int64_t)modulus[l];
      expect(is_within(got[l], m, LAZY) && modulo(got[l], m) == power_of_two(RADIX_BITS + h, m), m,
             h, 0, got[l]);
    }
  }
  tell("starts of ladders");
}

/* 1/c modulo m from 1/m modulo c, c as large as it gets. */
static void check_exact_division(void)
{
  static const int64_t divisors[] = {3, 15, 105, 315, 3465, 45045, 765765, 14549535};
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m, got;
    struct field f = make_field(m);
    int64_t c = divisors[random_next() % 8];
    uint64_t u[LANES], c_inverse = (uint64_t)c;
    for (unsigned bits = 3; bits < 64; bits *= 2)
      c_inverse *= 2 - (uint64_t)c * c_inverse;
    for (unsigned l = 0; l < LANES; l++) { /* 1/m modulo c by Euclid */
      int64_t x = 0, next = 1, a = c, b = m[l] % c;
      while (b) {
        int64_t quotient = a / b, rest = a % b, after = x - quotient * next;
        a = b, b = rest, x = next, next = after;
      }
      u[l] = (uint64_t)(a == 1 ? modulo(x, c) : 0);
    }
    decode(divide_exactly(&f, load(u), c_inverse), got);
    for (unsigned l = 0; l < LANES; l++)
      expect(u[l] == 0 || product(got[l], c, m[l]) == 1 % m[l], m[l], c, (int64_t)u[l], got[l]);
  }
  tell("exact divisions");
}

/* floor(2^128·A/m) for y = 2^128·A modulo m, that is -y/m modulo 2^128. */
static void check_digits(void)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    numbers m;
    struct field f = make_field(m);
    struct sums sums;
    uint64_t y[LANES], total[2] = {0};
    __extension__ unsigned __int128 wanted = 0;
    memset(&sums, 0, sizeof sums);
    for (unsigned l = 0; l < LANES; l++) {
      __extension__ unsigned __int128 inverse = (uint64_t)m[l];
      for (unsigned bits = 3; bits < 128; bits *= 2)
        inverse *= 2 - (uint64_t)m[l] * inverse;
      y[l] = random_next() % 8 ? random_next() % (uint64_t)m[l] : random_next() % 2;
      wanted -= y[l] * inverse;
    }
    unsigned digits = (128 + RADIX_BITS - 1) / RADIX_BITS;
    collect(&f, digits, load(y), &sums);
    flush(&sums, digits, 2, total);
    expect(total[0] == (uint64_t)wanted && total[1] == (uint64_t)(wanted >> 64), m[0],
           (int64_t)y[0], 0, (int64_t)total[0]);
  }
  int64_t most = ADDITIONS_MOST;
  expect(RADIX_BITS == 64 || (wide_integer)most << RADIX_BITS <= (wide_integer)1 << 64, 0, 0, 0,
         most);
  tell("digits");
}

static void check_masks(void)
{
  for (int64_t n = -2 * LANES; n <= 2 * LANES; n++) {
    numbers got;
    decode(pick(lanes_below(n), all(1), all(0)), got);
    for (unsigned l = 0; l < LANES; l++)
      expect(got[l] == ((int64_t)l < n), 0, n, l, got[l]);
  }
  tell("lanes that are wanted");
}

int main(void)
{
  const char *given = getenv("PIBENCH_TEST_SEED");
  random_seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
  random_setup();
  if (NEEDS & ~cpu_features()) {
    printf("1..0 # SKIP this CPU has no such instructions\n");
    return 0;
  }
  printf("# PIBENCH_TEST_SEED=%" PRIu64 "\n", random_seed);
  check_products();
#ifdef HAS_RECURRENCE
  check_two_products();
#endif
  check_reduction_of_words();
  check_squares();
  check_small_functions();
  check_starts();
  check_exact_division();
  check_digits();
  check_masks();
  printf("1..%u\n", tests);
  return failures > 0;
}
