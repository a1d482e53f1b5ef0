/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage.c: what the operating system did to a thread while it computed. */

#include "usage.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

/* A software event: works without hardware counters, where perf_event_paranoid allows. */
static int open_migrations(void)
{
  struct perf_event_attr event = {
      .type = PERF_TYPE_SOFTWARE,
      .size = sizeof event,
      .config = PERF_COUNT_SW_CPU_MIGRATIONS,
  };
  return (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

struct usage_meter usage_open(void)
{
  return (struct usage_meter){
      .schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC),
      .migrations = open_migrations(),
  };
}

void usage_close(struct usage_meter *meter)
{
  if (meter->schedstat >= 0)
    close(meter->schedstat);
  if (meter->migrations >= 0)
    close(meter->migrations);
  *meter = (struct usage_meter){-1, -1};
}

/* "CPU-TIME WAIT-TIME TIMESLICES", in nanoseconds. */
static uint64_t read_waited(int schedstat)
{
  char text[96];
  unsigned long long waited = 0;
  ssize_t n = schedstat < 0 ? -1 : pread(schedstat, text, sizeof text - 1, 0);
  text[n < 0 ? 0 : n] = '\0';
  return sscanf(text, "%*u %llu", &waited) == 1 ? waited : 0;
}

static uint64_t read_migrations(int event)
{
  uint64_t count = 0;
  return event >= 0 && read(event, &count, sizeof count) == (ssize_t)sizeof count ? count : 0;
}

struct usage usage_read(const struct usage_meter *meter)
{
  /* First: reading the CPU time settles the scheduler's accounts, and on return it may give the CPU
   * to somebody else.  That wait belongs to what follows. */
  uint64_t waited_ns = read_waited(meter->schedstat);
  struct rusage rusage = {0};
  getrusage(RUSAGE_THREAD, &rusage);
  return (struct usage){
      .cpu_ns = clock_cpu_ns(),
      .waited_ns = waited_ns,
      .waited_known = meter->schedstat >= 0,
      .switches_voluntary = (uint64_t)rusage.ru_nvcsw,
      .switches_involuntary = (uint64_t)rusage.ru_nivcsw,
      .faults_minor = (uint64_t)rusage.ru_minflt,
      .faults_major = (uint64_t)rusage.ru_majflt,
      .migrations = read_migrations(meter->migrations),
  };
}

void usage_add(struct usage *sum, const struct usage *begin, const struct usage *end)
{
  sum->cpu_ns += end->cpu_ns - begin->cpu_ns;
  sum->waited_ns += end->waited_ns - begin->waited_ns;
  sum->waited_known = end->waited_known;
  sum->switches_voluntary += end->switches_voluntary - begin->switches_voluntary;
  sum->switches_involuntary += end->switches_involuntary - begin->switches_involuntary;
  sum->faults_minor += end->faults_minor - begin->faults_minor;
  sum->faults_major += end->faults_major - begin->faults_major;
  sum->migrations += end->migrations - begin->migrations;
}
