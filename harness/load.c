/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.c: which CPUs are at work for somebody else, from /proc/stat. */

#include "load.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"

struct ticks {
  unsigned long long busy, all;
};

/* The columns of a line "cpu3 user nice system idle iowait irq softirq steal ...". */
enum { IDLE = 3, IOWAIT = 4, COLUMNS = 8 };

static int read_ticks(unsigned cpus, struct ticks *ticks)
{
  char line[512];
  FILE *stat = fopen("/proc/stat", "re");
  if (!stat)
    return -errno;
  while (fgets(line, sizeof line, stat)) {
    unsigned cpu;
    int at;
    if (sscanf(line, "cpu%u%n", &cpu, &at) != 1 || cpu >= cpus)
      continue;
    char *text = line + at;
    for (int column = 0; column < COLUMNS; column++) {
      unsigned long long value = strtoull(text, &text, 10);
      ticks[cpu].all += value;
      ticks[cpu].busy += column == IDLE || column == IOWAIT ? 0 : value;
    }
  }
  fclose(stat);
  return 0;
}

int load_watch(double seconds, unsigned cpus, double *ret_busy)
{
  struct ticks *before = calloc(cpus, sizeof *before), *after = calloc(cpus, sizeof *after);
  int r = before && after ? read_ticks(cpus, before) : -ENOMEM;
  if (r == 0) {
    interrupt_wait(NULL, 0, (long long)(seconds * 1e9));
    r = read_ticks(cpus, after);
  }
  for (unsigned c = 0; r == 0 && c < cpus; c++) {
    unsigned long long all = after[c].all - before[c].all;
    ret_busy[c] = all ? (double)(after[c].busy - before[c].busy) / (double)all : 0;
  }
  free(before);
  free(after);
  return r;
}

double load_pressure_s(void)
{
  char line[128];
  unsigned long long total_us;
  double pressure = NAN;
  FILE *file = fopen("/proc/pressure/cpu", "re");
  if (!file)
    return NAN;
  if (fgets(line, sizeof line, file)
      && sscanf(line, "some avg10=%*f avg60=%*f avg300=%*f total=%llu", &total_us) == 1)
    pressure = (double)total_us * 1e-6;
  fclose(file);
  return pressure;
}
