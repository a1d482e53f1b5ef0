/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.h: a measured benchmark as people read it. */
#pragma once

#include <stdio.h>

#include "measure.h"

struct table_options {
  bool verbose; /* more columns: minimum, interval, MAD, CPU time, clock, Karp-Flatt, factors */
  bool explain; /* what every loss means, in sentences */
  bool bold;    /* the title stands out on a terminal with colours */
};

/* Prints the speedup table of a summarised benchmark and the sentences below it.  A wrong answer
 * prints no speedup, but what is wrong.  Returns 0 or -ENOMEM. */
int table_print(const struct benchmark *benchmark, const struct placement *placement,
                const struct table_options *options, FILE *to);
