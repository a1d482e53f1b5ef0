/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c: time, and how fast the CPU's clock runs while we measure. */

#include "clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t clock_now_ns(void)
{
  return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_cpu_ns(void)
{
  return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

#if defined(__x86_64__)
#define ADD "add %1, %0\n\t"
#elif defined(__aarch64__)
#define ADD "add %0, %0, %1\n\t"
#endif

enum { CHAIN = 100, ROUNDS = 4000 };

#ifdef ADD

#define ADD_10 ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD

static void chain(void)
{
  uint64_t sum = 0, step = 1;
  for (unsigned i = 0; i < ROUNDS; i++)
    __asm__ volatile(ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10
                     : "+r"(sum)
                     : "r"(step));
}

#else

static void chain(void)
{
  uint64_t sum = 0, step = 1;
  for (unsigned i = 0; i < ROUNDS * CHAIN; i++) {
    sum += step;
    __asm__ volatile("" : "+r"(sum), "+r"(step));
  }
}

#endif

double clock_canary_ghz(void)
{
  uint64_t begin = clock_now_ns();
  chain();
  uint64_t end = clock_now_ns();
  return end > begin ? (double)CHAIN * ROUNDS / (double)(end - begin) : 0;
}
