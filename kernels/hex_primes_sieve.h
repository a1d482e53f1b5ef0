/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex_primes_sieve.h: the sieve of Eratosthenes over one residue class modulo `wheel` at a time.
 *
 * A segment is the numbers begin + r + wheel·k, begin a multiple of the wheel, r prime to it.  In a
 * class r every base prime p strikes each p-th k, whatever the wheel is: a bit for each k, and no
 * pattern of gaps to follow.  From one class to the next first[] moves by a fixed amount modulo p.
 * Small primes strike by OR-ing pieces of a pattern of p bytes.
 */
#pragma once

#include <string.h>

#include "hex_primes_walk.h"

enum {
  SIEVE_PATTERNS_BELOW = HEX_PRIMES_STRIKES_FROM,
  SIEVE_PATTERNS_MOST = 53,
  SIEVE_ROW = 64,       /* bytes that are written and read at a time */
  SIEVE_BLOCK = 256,    /* bytes of all patterns that are OR-ed at a time */
  SIEVE_MOVES_MOST = 5, /* half the largest gap between numbers prime to 210 */
};

struct hex_primes_sieve {
  unsigned wheel; /* 2 or 210 */
  const uint32_t *prime;
  uint32_t count, patterns; /* primes; of them with a pattern */
  uint32_t *first;          /* the first k that each strikes in this class */
  uint32_t
      *back[SIEVE_MOVES_MOST]; /* 2j/wheel modulo each: by so much k falls to the class r + 2j */
  uint32_t *rise;              /* by so much it rises from the last class to the next segment */
  unsigned moves;              /* j that first[] is behind the class; 0: it is there */
  uint32_t pattern_step[SIEVE_PATTERNS_MOST]; /* SIEVE_BLOCK modulo each */
  uint8_t *pattern[SIEVE_PATTERNS_MOST];
  uint8_t *bits;     /* whole blocks */
  size_t most_bits;  /* that there is room for */
  uint32_t *offsets; /* wheel·k of what is left */
};

/* For the primes of [numbers), which lie beyond the square root of M.  -ENOMEM */
int hex_primes_sieve_init(struct hex_primes_sieve *sieve, const struct hex_primes_plan *plan,
                          unsigned wheel, struct range numbers);
void hex_primes_sieve_release(struct hex_primes_sieve *sieve);

typedef void hex_primes_take(void *data, struct hex_primes_list list);

/* Calls `take` with the primes of [numbers): segments descend, each class of one ascends. */
void hex_primes_sieve_run(struct hex_primes_sieve *sieve, const struct hex_primes_level *level,
                          struct range numbers, hex_primes_take *take, void *data);

/* The strikes in [numbers), which lie within the zone, by the definition of hex_primes.h. */
uint64_t hex_primes_sieve_strikes(const struct hex_primes_plan *plan, enum hex_primes_zone zone,
                                  struct range numbers);
