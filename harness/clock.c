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
enum { CHAINS = 8, CHAIN_WIDE = 10, WIDE_ROUNDS = 25000 };

#ifdef ADD

/* One addition to each of eight sums; %8 is the step. */
#if defined(__x86_64__)
#define ADD_TO(n) "add %8, %" #n "\n\t"
#elif defined(__aarch64__)
#define ADD_TO(n) "add %" #n ", %" #n ", %8\n\t"
#endif
#define ADD_8 ADD_TO(0) ADD_TO(1) ADD_TO(2) ADD_TO(3) ADD_TO(4) ADD_TO(5) ADD_TO(6) ADD_TO(7)

#define ADD_10 ADD ADD ADD ADD ADD ADD ADD ADD ADD ADD

static void chain(void)
{
  uint64_t sum = 0, step = 1;
  for (unsigned i = 0; i < ROUNDS; i++)
    __asm__ volatile(ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10 ADD_10
                     : "+r"(sum)
                     : "r"(step));
}

static void chains(void)
{
  uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, step = 1;
  for (unsigned i = 0; i < WIDE_ROUNDS; i++)
    __asm__ volatile(ADD_8 ADD_8 ADD_8 ADD_8 ADD_8 ADD_8 ADD_8 ADD_8 ADD_8 ADD_8
                     : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h)
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

static void chains(void)
{
  uint64_t sums[CHAINS] = {0}, step = 1;
  for (unsigned i = 0; i < WIDE_ROUNDS * CHAIN_WIDE; i++)
    for (unsigned c = 0; c < CHAINS; c++) {
      sums[c] += step;
      __asm__ volatile("" : "+r"(sums[c]), "+r"(step));
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

double clock_throughput_per_ns(void)
{
  uint64_t begin = clock_now_ns();
  chains();
  uint64_t end = clock_now_ns();
  return end > begin ? (double)CHAINS * CHAIN_WIDE * WIDE_ROUNDS / (double)(end - begin) : 0;
}
