/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timed.h: what the peers in C share: the arguments, the clock, and what they print: digits,
 * whether the last ones are right as a number that the table compares, seconds. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline long digits_of(int argc, char **argv)
{
  long digits = argc > 1 ? atol(argv[1]) : 0;
  if (digits < 20) {
    fprintf(stderr, "%s: 20 digits or more\n", argv[0]);
    exit(2);
  }
  return digits;
}

static inline double seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* text: "314..." with so many digits behind the 3, at least. */
static inline int tell(long digits, const char *text, double elapsed)
{
  char last[11] = "";
  memcpy(last, text + 1 + digits - 10, 10);
  printf("%ld %s %.9f\n", digits, last, elapsed);
  return 0;
}
