/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_sieve.c: what of the sieve is the same for every instruction set. */

#include "hex_primes_sieve.h"

#include <errno.h>
#include <stdlib.h>

/* Bits of a segment's class: as much as the first level of cache holds, or twice the largest base
 * prime where that is more, so that each strikes twice. */
enum { BITS_LEAST = 1 << 18, BITS_MOST = 1 << 22 };

/* x with a·x ≡ 1 modulo p */
static uint64_t inverse(uint64_t a, uint64_t p)
{
  int64_t x = 1, y = 0;
  for (uint64_t b = p; b;) {
    uint64_t quotient = a / b, rest = a % b;
    int64_t next = x - (int64_t)quotient * y;
    a = b, b = rest;
    x = y, y = next;
  }
  return x < 0 ? (uint64_t)(x + (int64_t)p) : (uint64_t)x;
}

/* Bit i is set where p divides i; p bytes and one block. */
static uint8_t *make_pattern(uint32_t p)
{
  size_t bytes = p + SIEVE_BLOCK;
  uint8_t *pattern = calloc(bytes, 1);
  for (size_t bit = 0; pattern && bit < 8 * bytes; bit += p)
    pattern[bit / 8] |= (uint8_t)(1 << bit % 8);
  return pattern;
}

static int allocate(struct hex_primes_sieve *sieve)
{
  sieve->first = calloc(sieve->count + 1, sizeof *sieve->first);
  sieve->rise = calloc(sieve->count + 1, sizeof *sieve->rise);
  sieve->bits =
      aligned_alloc(SIEVE_ROW, sieve->most_bits / 8 + SIEVE_ROW); /* a strike past the end */
  sieve->offsets = malloc((sieve->most_bits + SIEVE_ROW + 1) * sizeof *sieve->offsets);
  bool fine = sieve->first && sieve->rise && sieve->bits && sieve->offsets;
  for (unsigned j = 0; j < SIEVE_MOVES_MOST; j++) {
    sieve->back[j] = calloc(sieve->count + 1, sizeof *sieve->back[j]);
    fine = fine && sieve->back[j];
  }
  for (uint32_t i = 0; i < sieve->patterns; i++) {
    sieve->pattern_step[i] = SIEVE_BLOCK % sieve->prime[i];
    sieve->pattern[i] = make_pattern(sieve->prime[i]);
    fine = fine && sieve->pattern[i];
  }
  return fine ? 0 : -ENOMEM;
}

/* The ways of first[].  The classes of a segment are 1 + 2·moves for moves up to wheel/2 - 1; so at
 * the last it has fallen by 1 - 2/wheel, and the next segment lies most_bits lower. */
static void set_steps(struct hex_primes_sieve *sieve)
{
  for (uint32_t i = 0; i < sieve->count; i++) {
    uint32_t p = sieve->prime[i];
    uint32_t back = (uint32_t)inverse(sieve->wheel / 2 % p, p);
    for (unsigned j = 0; j < SIEVE_MOVES_MOST; j++)
      sieve->back[j][i] = (uint32_t)((j + 1) * (uint64_t)back % p);
    sieve->rise[i] = (uint32_t)((sieve->most_bits + 1 + (uint64_t)p - back) % p);
  }
}

int hex_primes_sieve_init(struct hex_primes_sieve *sieve, const struct hex_primes_plan *plan,
                          unsigned wheel, struct range numbers)
{
  uint32_t wheel_primes = wheel == 2 ? 0 : 3; /* odd ones come first in the plan */
  *sieve = (struct hex_primes_sieve){.wheel = wheel, .prime = plan->base + wheel_primes};
  while (sieve->count + wheel_primes < plan->bases
         && (uint64_t)sieve->prime[sieve->count] * sieve->prime[sieve->count] < numbers.end)
    sieve->count++;
  while (sieve->patterns < sieve->count && sieve->prime[sieve->patterns] < SIEVE_PATTERNS_BELOW)
    sieve->patterns++;
  uint64_t largest = sieve->count ? sieve->prime[sieve->count - 1] : 0;
  uint64_t all = (numbers.end - numbers.begin) / wheel + 2;
  uint64_t bits = 2 * largest > BITS_LEAST ? 2 * largest : BITS_LEAST;
  bits = bits < all ? bits : all;
  bits = bits < BITS_MOST ? bits : BITS_MOST;
  sieve->most_bits = (bits + 8 * SIEVE_BLOCK - 1) / (8 * SIEVE_BLOCK) * (8 * SIEVE_BLOCK);
  int r = allocate(sieve);
  if (r < 0) {
    hex_primes_sieve_release(sieve);
    return r;
  }
  set_steps(sieve);
  return 0;
}

void hex_primes_sieve_release(struct hex_primes_sieve *sieve)
{
  for (uint32_t i = 0; i < sieve->patterns; i++)
    free(sieve->pattern[i]);
  free(sieve->first);
  free(sieve->rise);
  for (unsigned j = 0; j < SIEVE_MOVES_MOST; j++)
    free(sieve->back[j]);
  free(sieve->bits);
  free(sieve->offsets);
}

/* first[] for the class r = 1: -(begin + 1)/wheel modulo p, = -((begin + 1)/2)/(wheel/2). */
static void aim(struct hex_primes_sieve *sieve, uint64_t begin)
{
  for (uint32_t i = 0; i < sieve->count; i++) {
    uint64_t p = sieve->prime[i], rest = (begin + 1) % p;
    uint64_t half = rest % 2 ? (rest + p) / 2 : rest / 2;
    sieve->first[i] = (uint32_t)((p - half) * sieve->back[0][i] % p);
  }
}

/* From the last class of a segment to the first of the one before it. */
static void rise(struct hex_primes_sieve *sieve)
{
  for (uint32_t i = 0; i < sieve->count; i++) {
    uint32_t next = sieve->first[i] + sieve->rise[i];
    sieve->first[i] = next < sieve->prime[i] ? next : next - sieve->prime[i];
  }
}

static bool is_prime_to(unsigned wheel, unsigned r)
{
  return wheel == 2 || (r % 3 && r % 5 && r % 7);
}

/* The numbers begin + r + wheel·k in [least, end). */
static void run_class(struct hex_primes_sieve *sieve, const struct hex_primes_level *level,
                      uint64_t base, struct range numbers, hex_primes_take *take, void *data)
{
  uint64_t end = numbers.end > base ? numbers.end : base;
  size_t bits = (end - base + sieve->wheel - 1) / sieve->wheel;
  size_t count = level->sieve(sieve, bits);
  const uint32_t *offsets = sieve->offsets;
  while (count && base + *offsets < numbers.begin) {
    offsets++;
    count--;
  }
  if (count)
    take(data, (struct hex_primes_list){base, sieve->wheel, offsets, count});
}

void hex_primes_sieve_run(struct hex_primes_sieve *sieve, const struct hex_primes_level *level,
                          struct range numbers, hex_primes_take *take, void *data)
{
  uint64_t first = numbers.begin / sieve->wheel * sieve->wheel;
  uint64_t length = (uint64_t)sieve->most_bits * sieve->wheel;
  uint64_t begin = first + (numbers.end - 1 - first) / length * length;
  for (aim(sieve, begin);; begin -= length) {
    struct range segment = {begin > numbers.begin ? begin : numbers.begin,
                            numbers.end - begin < length ? numbers.end : begin + length};
    for (unsigned r = 1, last = 1; r < sieve->wheel; r += 2) {
      if (!is_prime_to(sieve->wheel, r))
        continue;
      sieve->moves = (r - last) / 2;
      run_class(sieve, level, begin + r, segment, take, data);
      last = r;
    }
    if (begin == first)
      break;
    rise(sieve);
  }
}

/* --- Strikes --- */

/* How many of the numbers below each r < 210, and below 210, are odd and prime to the wheel. */
struct below {
  unsigned wheel, all;
  uint8_t count[210];
};

static void count_below_each(unsigned wheel, struct below *ret)
{
  *ret = (struct below){.wheel = wheel};
  for (unsigned r = 0; r < wheel; r++) {
    ret->count[r] = (uint8_t)ret->all;
    ret->all += r % 2 && is_prime_to(wheel, r);
  }
}

/* The q < x / p that are prime to the wheel: a multiple q·p of the base prime p is, if q is. */
static uint64_t multiples_below(const struct below *below, uint64_t x, uint64_t p)
{
  uint64_t end = (x + p - 1) / p;
  if (below->wheel == 2)
    return end / 2;
  return end / 210 * below->all + below->count[end % 210];
}

/* By arithmetic, as it costs two divisions a prime and nothing in the loops that strike. */
uint64_t hex_primes_sieve_strikes(const struct hex_primes_plan *plan, enum hex_primes_zone zone,
                                  struct range numbers)
{
  uint64_t zone_end = hex_primes_zone(plan, zone).end, strikes = 0;
  struct below below;
  count_below_each(hex_primes_wheel(zone), &below);
  for (uint32_t i = 0; i < plan->bases; i++) {
    uint64_t p = plan->base[i];
    if (p < HEX_PRIMES_STRIKES_FROM)
      continue;
    if (p * p >= zone_end)
      break;
    strikes += multiples_below(&below, numbers.end, p) - multiples_below(&below, numbers.begin, p);
  }
  return strikes;
}
