/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timed.h: the frame of every peer: PROGRAM METHOD POINTS SEED prints points, hits, seconds. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Draws so many points; returns how many are in the circle. */
typedef uint64_t count_hits(uint64_t points, uint64_t seed);

struct method {
  const char *name;
  count_hits *count;
};

static inline double clock_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline int timed_main(const struct method *methods, int argc, char **argv)
{
  if (argc != 4)
    return 2;
  while (methods->name && strcmp(methods->name, argv[1]) != 0)
    methods++;
  if (!methods->name)
    return 2;
  uint64_t points = strtoull(argv[2], NULL, 10), seed = strtoull(argv[3], NULL, 10);
  double begin = clock_s();
  uint64_t hits = methods->count(points, seed);
  printf("%llu %llu %.9f\n", (unsigned long long)points, (unsigned long long)hits,
         clock_s() - begin);
  return 0;
}

/* A point of 32 + 32 bits, by the centre of its cell: X² + X + Y² + Y < 2^64, and so the sum does
 * not wrap round. */
static inline uint64_t is_hit(uint64_t x, uint64_t y)
{
  uint64_t across = x * x + x;
  return across + (y * y + y) >= across;
}

/* Outputs are drawn a piece at a time, so that the compiler can judge them by vectors. */
enum { PIECE = 1024 };

/* Hits among a piece of outputs of 64 bits, each of which is a point; of the first so many. */
static inline uint64_t hits_in(const uint64_t *outputs, uint64_t points)
{
  uint64_t count = points < PIECE ? points : (uint64_t)PIECE, hits = 0;
  for (uint64_t i = 0; i < count; i++)
    hits += is_hit(outputs[i] & 0xffffffff, outputs[i] >> 32);
  return hits;
}
