/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_bbp_hex_lanes.c: the arithmetic of bbp_hex_lanes.h does what its comments say, for moduli up
 * to the limits that it claims and operands at the ends of what it takes.  Sums over many terms
 * hardly ever meet such.  TAP.
 *
 * TESTED is the file of an instruction set, included here for its static functions.  Nothing but
 * the C library is needed, so that the cross compiler builds it as well.
 *
 * PIBENCH_TEST_SEED=n repeats a run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include TESTED

#include "random.h"

__extension__ typedef __int128 wide_integer;

enum { IN_PAIR = 2 * LANES, ROUNDS = 20000 };

/* Numbers of a pair of registers, and where the next failure is. */
typedef int64_t numbers[IN_PAIR];

static unsigned tests, failures;
static bool right;

static void expect(bool holds, const char *what, int64_t m, int64_t a, int64_t b, int64_t got)
{
  if (!holds && right)
    printf("# %s: modulus %" PRId64 ", operands %" PRId64 " and %" PRId64 ": %" PRId64
           " (PIBENCH_TEST_SEED=%" PRIu64 ")\n",
           what, m, a, b, got, random_seed);
  right = right && holds;
}

static void tell(enum path path, const char *what)
{
  failures += !right;
  printf("%sok %u - %s path: %s\n", right ? "" : "not ", ++tests,
         path == NARROW ? "narrow" : "wide", what);
  right = true;
}

/* --- Operands --- */

static bool has_sign(enum path path)
{
  return traits[path].residue != MAGNITUDE;
}

/* Residues are below so many moduli. */
static int64_t reach(enum path path)
{
  return has_sign(path) ? 2 : 4;
}

/* Odd; the largest, one of full length, or any. */
static int64_t random_modulus(enum path path)
{
  uint64_t limit = UINT64_C(1) << traits[path].limit_bits;
  switch (random_next() % 4) {
  case 0:
    return (int64_t)(limit - 1 - 2 * (random_next() % 8));
  case 1:
    return (int64_t)random_size(limit / 2 - 1) * 2 + 1;
  default:
    return (int64_t)(limit / 2 + random_next() % (limit / 2)) | 1;
  }
}

/* Below times·m/100 and of either sign if residues have one, at the ends mostly. */
static int64_t random_operand(enum path path, int64_t m, unsigned percent)
{
  uint64_t end = (uint64_t)((wide_integer)m * percent / 100), far = end < 6 ? end : 6, x;
  switch (random_next() % 4) {
  case 0:
    x = random_next() % end;
    break;
  case 1:
    x = random_next() % far;
    break;
  default:
    x = end - 1 - random_next() % far;
  }
  if (!has_sign(path))
    return x ? (int64_t)x : 1;
  return random_next() % 2 ? -(int64_t)x : (int64_t)x;
}

static lanes encoded(enum path path, int64_t x, lanes into, unsigned lane)
{
  if (traits[path].residue == REAL) {
    reals real = (reals)into;
    real[lane] = (double)x;
    return (lanes)real;
  }
  into[lane] = (uint64_t)x;
  return into;
}

static void encode(enum path path, const numbers x, lanes ret[2])
{
  for (unsigned n = 0; n < IN_PAIR; n++)
    ret[n / LANES] = encoded(path, x[n], ret[n / LANES], n % LANES);
  PATH(gather)(ret);
}

static int64_t decoded(enum path path, const lanes x[2], unsigned n)
{
  unsigned i = n / LANES, lane = n % LANES;
  if (traits[path].residue == REAL)
    return (int64_t)((reals)x[i])[lane];
  if (path != NARROW)
    return (int64_t)x[i][lane];
#ifdef NARROW_PACKS
  return (int32_t)((halves)x[0])[2 * lane + i];
#else
  return (int32_t)x[i][lane];
#endif
}

static int64_t modulo(wide_integer x, int64_t m)
{
  int64_t rest = (int64_t)(x % m);
  return rest < 0 ? rest + m : rest;
}

/* x·R modulo m */
static int64_t times_radix(enum path path, int64_t x, int64_t m)
{
  return modulo((wide_integer)modulo(x, m) << traits[path].radix_bits, m);
}

/* Some moduli, and their constants. */
static void make_pair(enum path path, numbers m, struct pair *ret)
{
  lanes nothing[2] = {{0}, {0}};
  for (unsigned n = 0; n < IN_PAIR; n++) {
    m[n] = random_modulus(path);
    ret->modulus[n / LANES][n % LANES] = (uint64_t)m[n];
  }
  if (traits[path].residue == REAL)
    encode(path, (const int64_t[IN_PAIR]){0}, nothing);
  PATH(prepare)(ret, nothing);
}

static void random_operands(enum path path, const numbers m, unsigned percent, numbers ret)
{
  for (unsigned n = 0; n < IN_PAIR; n++)
    ret[n] = random_operand(path, m[n], percent);
}

/* --- The tests --- */

/* |x| < reach·m gives x²/R·2^bit, within the reach again; of doubles, within 7/8·m·2^bit. */
static void check_square(enum path path)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct pair pair;
    numbers m, x;
    lanes power[2], bits[2];
    unsigned bit = random_next() % 2;
    make_pair(path, m, &pair);
    random_operands(path, m, 100 * (unsigned)reach(path), x);
    encode(path, x, power);
    bits[0] = bits[1] = PATH(doubling)(lanes_all(bit), 0);
    PATH(square)(&pair, power, bits);
    for (unsigned n = 0; n < IN_PAIR; n++) {
      int64_t y = decoded(path, power, n), size = y < 0 ? -y : y;
      wide_integer square = (wide_integer)modulo(x[n], m[n]) * modulo(x[n], m[n]);
      bool fits = traits[path].residue == REAL
                      ? (wide_integer)8 * size < (wide_integer)7 * m[n] << bit
                      : size <= reach(path) * m[n];
      expect(fits, "square out of bounds", m[n], x[n], bit, y);
      expect(times_radix(path, y, m[n]) == modulo((wide_integer)modulo(square, m[n]) << bit, m[n]),
             "square", m[n], x[n], bit, y);
    }
  }
  tell(path, "squares");
}

/* The factors of bbp_hex_join.h that are largest together: A or v², and g or h; ret is within the
 * bounds that are told there. */
static void check_multiply(enum path path)
{
  const unsigned most[] = {[SIGNED] = 332, [MAGNITUDE] = 600, [REAL] = 242};
  unsigned percent = most[traits[path].residue];
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct pair pair;
    numbers m, a, b;
    lanes left[2], right_side[2], product[2];
    make_pair(path, m, &pair);
    random_operands(path, m, 100 * (unsigned)reach(path), a);
    random_operands(path, m, percent, b);
    encode(path, a, left);
    encode(path, b, right_side);
    PATH(multiply)(&pair, left, right_side, product);
    for (unsigned n = 0; n < IN_PAIR; n++) {
      int64_t y = decoded(path, product, n);
      /* In halves of m: narrow |a·b|/2^32 + m/2 < 3/2·m, IFMA 5/2·m, doubles 31/32·m. */
      int64_t bound = traits[path].residue == SIGNED      ? 3 * m[n] / 2
                      : traits[path].residue == MAGNITUDE ? 5 * m[n] / 2
                                                          : 31 * m[n] / 32 + 1;
      expect(y <= bound && y >= (has_sign(path) ? -bound : 0), "product out of bounds", m[n], a[n],
             b[n], y);
      expect(times_radix(path, y, m[n])
                 == modulo((wide_integer)modulo(a[n], m[n]) * modulo(b[n], m[n]), m[n]),
             "product", m[n], a[n], b[n], y);
    }
  }
  tell(path, "products");
}

/* The digits of the fraction that y stands for, y in [0, m). */
static uint64_t digit_of(enum path path, int64_t m, wide_integer *y)
{
  uint64_t mask = UINT64_MAX >> (64 - traits[path].digit_bits), inverse = (uint64_t)m;
  for (unsigned bits = 3; bits < 64; bits *= 2)
    inverse *= 2 - (uint64_t)m * inverse;
  uint64_t digit = -((uint64_t)*y * inverse) & mask;
  *y = (*y + (wide_integer)digit * m) >> traits[path].digit_bits;
  return digit;
}

/* Residues, or sums up to twice as far, to [0, m) and to digits. */
static void check_digits(enum path path, bool sums)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct pair pair;
    numbers m, x;
    lanes power[2], carry[2], digits[2][4] = {{{0}}};
    make_pair(path, m, &pair);
    random_operands(path, m, (sums ? 200 : 100) * (unsigned)reach(path), x);
    encode(path, x, power);
    if (sums)
      PATH(reduce_sum)(&pair, power);
    else
      PATH(reduce)(&pair, power);
    PATH(carries)(power, carry);
    for (unsigned d = 0; d < 4; d++)
      PATH(digit)(&pair, power, carry, &digits[0][d], &digits[1][d]);
    for (unsigned n = 0; n < IN_PAIR; n++) {
      wide_integer y = modulo(x[n], m[n]);
      for (unsigned d = 0; d < 4; d++) {
        uint64_t got = digits[n / LANES][d][n % LANES];
        expect(got == digit_of(path, m[n], &y), "digit", m[n], x[n], d, (int64_t)got);
      }
    }
  }
  tell(path, sums ? "digits of sums" : "digits");
}

/* The ladder's start, with as many of the target's bits as climb_units() allows. */
static void check_start(enum path path)
{
  for (unsigned round = 0; round < ROUNDS; round++) {
    int64_t m = random_modulus(path);
    unsigned room = 53 + 63 - (unsigned)__builtin_clzll((uint64_t)m) - traits[path].radix_bits;
    unsigned h = random_next() % 2 ? room : (unsigned)(random_next() % (room + 1));
    h = h < 63 ? h : 63;
    lanes x[2] = {{0}, {0}};
    lanes power = lanes_all((uint64_t)(1023 + traits[path].radix_bits + h) << 52);
    x[0] = start(path, lanes_all((uint64_t)m), (reals)power);
    PATH(gather)(x);
    int64_t y = decoded(path, x, 0), wanted = 1;
    for (unsigned bit = 0; bit < traits[path].radix_bits + h; bit++)
      wanted = 2 * wanted % m;
    bool same = modulo(y, m) == wanted || (!has_sign(path) && modulo(-y, m) == wanted);
    expect(same && y <= m && y >= -m, "start", m, h, 0, y);
  }
  tell(path, "starts of ladders");
}

/* As many digits as are added up before a flush stay below 2^64. */
static void check_sums(enum path path)
{
  wide_integer most = (wide_integer)traits[path].flush_after << traits[path].digit_bits;
  expect(most <= (wide_integer)1 << 64, "flush", 0, 0, 0, traits[path].flush_after);
  tell(path, "sums until they are flushed");
}

int main(void)
{
  const char *given = getenv("PIBENCH_TEST_SEED");
  random_seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
  random_setup();
  right = true;
  if (NEEDS & ~cpu_features()) {
    printf("1..0 # SKIP this CPU has no such instructions\n");
    return 0;
  }
  printf("# PIBENCH_TEST_SEED=%" PRIu64 "\n", random_seed);
  for (enum path path = NARROW; path <= WIDE; path++) {
    check_square(path);
    check_multiply(path);
    check_digits(path, false);
    check_digits(path, true);
    check_start(path);
    check_sums(path);
  }
  printf("1..%u\n", tests);
  return failures > 0;
}
