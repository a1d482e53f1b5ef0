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

/* Bit i is set where p divides i; p rows long and one more. */
static uint8_t *make_pattern(uint32_t p)
{
  size_t bytes = p + SIEVE_ROW;
  uint8_t *pattern = calloc(bytes, 1);
  for (size_t bit = 0; pattern && bit < 8 * bytes; bit += p)
    pattern[bit / 8] |= (uint8_t)(1 << bit % 8);
  return pattern;
}

static int allocate(struct hex_primes_sieve *sieve)
{
  sieve->first = calloc(sieve->count + 1, sizeof *sieve->first);
  sieve->back = calloc(sieve->count + 1, sizeof *sieve->back);
  sieve->bits =
      aligned_alloc(SIEVE_ROW, sieve->most_bits / 8 + SIEVE_ROW); /* a strike past the end */
  sieve->offsets = malloc((sieve->most_bits + SIEVE_ROW + 1) * sizeof *sieve->offsets);
  bool fine = sieve->first && sieve->back && sieve->bits && sieve->offsets;
  for (uint32_t i = 0; i < sieve->patterns; i++) {
    sieve->pattern[i] = make_pattern(sieve->prime[i]);
    fine = fine && sieve->pattern[i];
  }
  return fine ? 0 : -ENOMEM;
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
  sieve->most_bits = (bits + 8 * SIEVE_ROW - 1) / (8 * SIEVE_ROW) * (8 * SIEVE_ROW);
  int r = allocate(sieve);
  if (r < 0) {
    hex_primes_sieve_release(sieve);
    return r;
  }
  for (uint32_t i = 0; i < sieve->count; i++)
    sieve->back[i] = (uint32_t)(inverse(wheel / 2 % sieve->prime[i], sieve->prime[i]));
  return 0;
}

void hex_primes_sieve_release(struct hex_primes_sieve *sieve)
{
  for (uint32_t i = 0; i < sieve->patterns; i++)
    free(sieve->pattern[i]);
  free(sieve->first);
  free(sieve->back);
  free(sieve->bits);
  free(sieve->offsets);
}

/* first[] for the class r = 1: -(begin + 1)/wheel modulo p, = -((begin + 1)/2)/(wheel/2). */
static void aim(struct hex_primes_sieve *sieve, uint64_t begin)
{
  for (uint32_t i = 0; i < sieve->count; i++) {
    uint64_t p = sieve->prime[i], rest = (begin + 1) % p;
    uint64_t half = rest % 2 ? (rest + p) / 2 : rest / 2;
    sieve->first[i] = (uint32_t)((p - half) * sieve->back[i] % p);
  }
}

/* On to the class r + 2. */
static void move(struct hex_primes_sieve *sieve)
{
  for (uint32_t i = 0; i < sieve->count; i++) {
    uint32_t next = sieve->first[i] - sieve->back[i], wrapped = next + sieve->prime[i];
    sieve->first[i] = next < wrapped ? next : wrapped;
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
  if (base >= numbers.end)
    return;
  size_t bits = (numbers.end - base + sieve->wheel - 1) / sieve->wheel;
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
  for (uint64_t begin = first + (numbers.end - 1 - first) / length * length;; begin -= length) {
    struct range segment = {begin > numbers.begin ? begin : numbers.begin,
                            numbers.end - begin < length ? numbers.end : begin + length};
    aim(sieve, begin);
    for (unsigned r = 1; r < sieve->wheel; r += 2) {
      if (is_prime_to(sieve->wheel, r))
        run_class(sieve, level, begin + r, segment, take, data);
      move(sieve);
    }
    if (begin == first)
      break;
  }
}
