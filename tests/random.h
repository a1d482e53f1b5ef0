/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random.h: the random numbers of a test program, repeatable by their seed. */
#pragma once

#include <stdint.h>

static uint64_t random_seed, random_state;

/* splitmix64 */
static inline uint64_t random_next(void)
{
  uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* From 1 to most, each order of magnitude as likely as the others. */
static inline uint64_t random_size(uint64_t most)
{
  uint64_t size = random_next() >> random_next() % 64;
  return size % most + 1;
}

/* Each test is a process of its own: a fixture that begins anew. */
static inline void random_setup(void)
{
  random_state = random_seed;
}
