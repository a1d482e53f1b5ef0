/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_system.c: what /proc and /sys tell about turbo, SMT, pressure and stolen time. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/* The first line of a file; false where there is none. */
static bool read_line(const char *root, const char *path, char *ret_line, int size)
{
  char *full_path;
  if (asprintf(&full_path, "%s%s", root, path) < 0)
    return false;
  FILE *file = fopen(full_path, "re");
  free(full_path);
  if (!file)
    return false;
  bool read = fgets(ret_line, size, file) != NULL;
  fclose(file);
  return read;
}

/* 0 or 1 from a file; -1 where there is none, or something else in it. */
static int read_switch(const char *root, const char *path)
{
  char line[8];
  if (!read_line(root, path, line, sizeof line) || (line[0] != '0' && line[0] != '1')
      || (line[1] != '\n' && line[1] != '\0'))
    return -1;
  return line[0] - '0';
}

static int read_turbo(const char *root)
{
  int off = read_switch(root, "/sys/devices/system/cpu/intel_pstate/no_turbo");
  return off >= 0 ? !off : read_switch(root, "/sys/devices/system/cpu/cpufreq/boost");
}

/* The line "some avg10=1.23 ...", in percent. */
static double read_pressure(const char *root, const char *path)
{
  static const char before[] = "some avg10=";
  const size_t length = sizeof before - 1;
  char line[128], *end;
  if (!read_line(root, path, line, sizeof line) || strncmp(line, before, length) != 0)
    return NAN;
  double percent = strtod(line + length, &end);
  return end == line + length ? NAN : percent / 100;
}

/* "cpu user nice system idle iowait irq softirq steal ..."; what guests used is within user. */
static void read_ticks(const char *root, uint64_t *ret_all, uint64_t *ret_stolen)
{
  enum { STOLEN = 7, COLUMNS = 8 };
  uint64_t ticks[COLUMNS], all = 0;
  char line[512], *at = line + strlen("cpu"), *end;
  if (!read_line(root, "/proc/stat", line, sizeof line) || strncmp(line, "cpu ", 4) != 0)
    return;
  for (int i = 0; i < COLUMNS; i++, at = end) {
    ticks[i] = strtoull(at, &end, 10);
    if (end == at) /* an old kernel, without the column */
      return;
    all += ticks[i];
  }
  *ret_all = all;
  *ret_stolen = ticks[STOLEN];
}

void doctor_environment_read(const char *root, struct doctor_environment *ret_environment)
{
  struct doctor_environment e = {
      .turbo = read_turbo(root),
      .smt = read_switch(root, "/sys/devices/system/cpu/smt/active"),
      .cpu_pressure = read_pressure(root, "/proc/pressure/cpu"),
      .memory_pressure = read_pressure(root, "/proc/pressure/memory"),
  };
  read_ticks(root, &e.ticks, &e.ticks_stolen);
  *ret_environment = e;
}

double doctor_stolen_part(const struct doctor_environment *before,
                          const struct doctor_environment *after)
{
  if (after->ticks <= before->ticks || after->ticks_stolen < before->ticks_stolen)
    return NAN;
  return (double)(after->ticks_stolen - before->ticks_stolen)
         / (double)(after->ticks - before->ticks);
}
