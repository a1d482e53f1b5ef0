/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_strike.h: one class of the sieve, of `bits` numbers; compiled once for each
 * instruction set, which may bring its own way to read the clear bits out. */
#pragma once

#include "hex_primes_sieve.h"

#define INLINE static inline __attribute__((always_inline))

typedef uint64_t sieve_row __attribute__((vector_size(SIEVE_ROW)));

/* The byte of p's pattern from which its first strike is at k: 8·byte ≡ -k modulo p.  p² ≡ 1 modulo
 * 8 makes ((8 - p mod 8)·p + 1)/8 whole, and that is 1/8 modulo p. */
INLINE uint32_t phase_of(uint32_t p, uint32_t k)
{
  uint32_t eighth = ((8 - p % 8) * p + 1) / 8;
  return (p - k) * eighth % p;
}

enum { SELDOM = 64, BLOCK = SIEVE_BLOCK / SIEVE_ROW };

/* Patterns of all small primes, OR-ed block by block in registers; phase[] has those of the first
 * block. */
static void lay_blocks(const struct hex_primes_sieve *sieve, size_t rows, uint32_t *restrict phase)
{
  const uint32_t *restrict prime = sieve->prime, *restrict step = sieve->pattern_step;
  uint32_t count = sieve->patterns;
  for (size_t at = 0; at < rows; at += BLOCK) {
    sieve_row strikes[BLOCK] = {{0}}, pattern;
    for (uint32_t i = 0; i < count; i++)
      for (size_t row = 0; row < BLOCK; row++) {
        memcpy(&pattern, sieve->pattern[i] + phase[i] + SIEVE_ROW * row, sizeof pattern);
        strikes[row] |= pattern;
      }
    for (uint32_t i = 0; i < count; i++) {
      uint32_t p = prime[i], next = phase[i] + step[i];
      phase[i] = next < next - p ? next : next - p;
    }
    memcpy(sieve->bits + SIEVE_ROW * at, strikes, sizeof strikes);
  }
}

static void lay_patterns(const struct hex_primes_sieve *sieve, size_t rows)
{
  uint32_t phase[SIEVE_PATTERNS_MOST];
  for (uint32_t i = 0; i < sieve->patterns; i++)
    phase[i] = phase_of(sieve->prime[i], sieve->first[i]);
  lay_blocks(sieve, rows, phase);
}

typedef uint64_t __attribute__((may_alias)) sieve_word;

INLINE void strike_bit(uint8_t *bits, size_t k)
{
  bits[k / 8] |= (uint8_t)(1 << k % 8);
}

/* Eight strikes from a k divisible by 8 on cover p bytes; rest = p mod 8. */
INLINE size_t strike_eights(uint8_t *bits, size_t k, size_t p, size_t end, size_t rest)
{
  uint8_t *at = bits + k / 8, *last = bits + end / 8;
  size_t whole = p / 8;
  for (; (size_t)(last - at) > p && last > at; at += p)
    for (size_t j = 0; j < 8; j++)
      at[j * whole + j * rest / 8] |= (uint8_t)(1 << j * rest % 8);
  return (size_t)(at - bits) * 8;
}

/* Primes that strike often, eight at a time. */
INLINE void strike_often(const struct hex_primes_sieve *sieve, uint32_t from, uint32_t to,
                         size_t end)
{
  uint8_t *bits = sieve->bits;
  for (uint32_t i = from; i < to; i++) {
    size_t p = sieve->prime[i], k = sieve->first[i];
    for (; k % 8; k += p)
      strike_bit(bits, k);
    switch (p % 8) {
    case 1:
      k = strike_eights(bits, k, p, end, 1);
      break;
    case 3:
      k = strike_eights(bits, k, p, end, 3);
      break;
    case 5:
      k = strike_eights(bits, k, p, end, 5);
      break;
    default:
      k = strike_eights(bits, k, p, end, 7);
    }
    for (; k < end; k += p)
      strike_bit(bits, k);
  }
}

/* The others strike `times` times and perhaps once more.  That is the same for many primes in a
 * row, so the processor foresees the loop's end; the last strike, where there is none, goes past
 * it. */
INLINE void strike_seldom(const struct hex_primes_sieve *sieve, uint32_t from, size_t end)
{
  sieve_word *words = (sieve_word *)sieve->bits;
  const uint32_t *prime = sieve->prime, *first = sieve->first;
  uint32_t count = sieve->count; /* here, as a strike might change what `sieve` points to */
  for (uint32_t i = from; i < count;) {
    size_t times = end / prime[i];
    for (; i < count && times * prime[i] <= end; i++) {
      size_t p = prime[i], k = first[i];
      if ((times + 1) * p <= end)
        break;
      for (size_t j = 0; j < times; j++, k += p)
        words[k / 64] |= UINT64_C(1) << k % 64;
      k = k < end ? k : end;
      words[k / 64] |= UINT64_C(1) << k % 64;
    }
  }
}

/* On to the class r + 2·moves: first[] falls by moves·back[] modulo each. */
static void move_first(const struct hex_primes_sieve *sieve, unsigned moves)
{
  const uint32_t *restrict prime = sieve->prime, *restrict back = sieve->back[moves - 1];
  uint32_t *restrict first = sieve->first, count = sieve->count;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t next = first[i] - back[i], wrapped = next + prime[i];
    first[i] = next < wrapped ? next : wrapped;
  }
}

/* Strikes a class; the bits past its end as well, up to a whole row.  Returns the rows. */
INLINE size_t strike_class(const struct hex_primes_sieve *sieve, size_t bits)
{
  size_t rows = (bits + 8 * SIEVE_ROW - 1) / (8 * SIEVE_ROW);
  if (sieve->moves)
    move_first(sieve, sieve->moves);
  lay_patterns(sieve, rows);
  uint32_t seldom = sieve->patterns;
  while (seldom < sieve->count && (size_t)sieve->prime[seldom] * SELDOM <= bits)
    seldom++;
  strike_often(sieve, sieve->patterns, seldom, bits);
  strike_seldom(sieve, seldom, bits);
  for (size_t k = bits; k % 8; k++)
    strike_bit(sieve->bits, k);
  size_t byte = (bits + 7) / 8;
  memset(sieve->bits + byte, 0xff, SIEVE_ROW * rows - byte);
  return rows;
}

/* A class, read one clear bit after the other: hex_primes_level.sieve of most. */
static inline size_t sieve_class(struct hex_primes_sieve *sieve, size_t bits)
{
  size_t rows = strike_class(sieve, bits), count = 0;
  for (size_t word = 0; word < rows * (SIEVE_ROW / 8); word++) {
    uint64_t clear;
    memcpy(&clear, sieve->bits + 8 * word, 8);
    for (clear = ~clear; clear; clear &= clear - 1)
      sieve->offsets[count++] =
          sieve->wheel * (uint32_t)(64 * word + (unsigned)__builtin_ctzll(clear));
  }
  return count;
}
