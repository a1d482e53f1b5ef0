/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory.c: will the job fit? */

#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* All partials of a team.  Where they grow, the leaves of the merge tree hold the whole job
 * together, and every level above holds it once more in half of their buffers. */
static uint64_t team_partials(const struct workload *w, unsigned workers, uint64_t partial)
{
  uint64_t halves = 2;
  if (!w->job.kernel->merges_in_order)
    return 2 * workers * partial;
  for (unsigned leaves = 1; leaves < 8 * workers; leaves *= 2)
    halves++;
  return halves * partial / 2;
}

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* What the workers need beside partials.  Where these grow, so does what it takes to make them: all
 * together need no more for their shares than one for the whole.  What the others have freed by
 * then malloc() gives back, but for 64 MB in each (glibc's highest trim threshold). */
static uint64_t team_own(const struct workload *w, unsigned workers)
{
  const struct kernel *kernel = w->job.kernel;
  uint64_t own = kernel->memory_bytes ? kernel->memory_bytes(w->plan) : 0;
  if (!kernel->merges_in_order)
    return workers * own;
  return own + least(own, (uint64_t)(workers - 1) * (64 << 20));
}

uint64_t memory_needed(const struct workload *w, unsigned workers)
{
  const struct kernel *kernel = w->job.kernel;
  uint64_t partial = partial_bytes(kernel->payload_bytes(w->plan));
  /* The team's partials, the copy that later samples are compared with and one to spare; the text
   * is made by one worker, copied by the parent and printed. */
  return team_partials(w, workers, partial) + team_own(w, workers) + 2 * partial
         + 3 * kernel->answer_bytes(w->plan);
}

static uint64_t system_available(void)
{
  char line[128];
  unsigned long long kilobytes;
  uint64_t available = UINT64_MAX;
  FILE *meminfo = fopen("/proc/meminfo", "re");
  while (meminfo && fgets(line, sizeof line, meminfo))
    if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
      available = kilobytes * 1024;
  if (meminfo)
    fclose(meminfo);
  return available;
}

/* One number from a file; UINT64_MAX for "max" and for what cannot be read. */
static uint64_t read_number(const char *directory, const char *name)
{
  char path[512];
  unsigned long long number = UINT64_MAX;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "re");
  if (!file)
    return UINT64_MAX;
  if (fscanf(file, "%llu", &number) != 1)
    number = UINT64_MAX;
  fclose(file);
  return number;
}

static uint64_t left(const char *directory, const char *limit_name, const char *usage_name)
{
  uint64_t limit = read_number(directory, limit_name), usage = read_number(directory, usage_name);
  if (limit == UINT64_MAX || usage == UINT64_MAX)
    return UINT64_MAX;
  return limit > usage ? limit - usage : 0;
}

/* The cgroup and all its parents up to the mount, for version 2 or 1. */
static uint64_t cgroup_left(const char *mount, char *path, const char *limit, const char *usage)
{
  uint64_t available = UINT64_MAX;
  char directory[400];
  for (;;) {
    snprintf(directory, sizeof directory, "%s%s", mount, path);
    available = least(available, left(directory, limit, usage));
    char *slash = strrchr(path, '/');
    if (!slash)
      return available;
    *slash = '\0';
  }
}

static uint64_t cgroups_available(void)
{
  char line[300];
  uint64_t available = UINT64_MAX;
  FILE *cgroups = fopen("/proc/self/cgroup", "re");
  while (cgroups && fgets(line, sizeof line, cgroups)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'),
         *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
      continue;
    *path++ = '\0';
    if (strcmp(controllers + 1, "memory") == 0)
      available = least(available, cgroup_left("/sys/fs/cgroup/memory", path,
                                               "memory.limit_in_bytes", "memory.usage_in_bytes"));
    else if (controllers[1] == '\0')
      available =
          least(available, cgroup_left("/sys/fs/cgroup", path, "memory.max", "memory.current"));
  }
  if (cgroups)
    fclose(cgroups);
  return available;
}

/* Of RLIMIT_AS, what this process has not mapped yet. */
static uint64_t address_space_left(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
    return UINT64_MAX;
  uint64_t pages = read_number("/proc/self", "statm");
  uint64_t mapped = pages == UINT64_MAX ? 0 : pages * (uint64_t)sysconf(_SC_PAGESIZE);
  return limit.rlim_cur > mapped ? limit.rlim_cur - mapped : 0;
}

uint64_t memory_available(void)
{
  return least(least(system_available(), cgroups_available()), address_space_left());
}
