/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.c: what the subcommands share: messages, failures, progress. */

#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "cluster.h"
#include "memory.h"
#include "number.h"

__attribute__((format(printf, 1, 0))) static void say_arguments(const char *format,
                                                                va_list arguments)
{
  fflush(stdout);
  fputs("pibench: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
}

void say(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  say_arguments(format, arguments);
  va_end(arguments);
}

void usage_error(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  say_arguments(format, arguments);
  va_end(arguments);
  exit(EXIT_USAGE);
}

/* A size beyond the kernel's or its method's: how much it takes, and what takes that size. */
static void say_refused(const struct job *job)
{
  const struct kernel *kernel = job->kernel;
  int index = job_size_index(job);
  uint64_t most = workload_size_most(job);
  char size[NUMBER_TEXT], limit[NUMBER_TEXT];
  if (most == 0) {
    say("%s: these parameters cannot be combined; see 'pibench list'", kernel->name);
    return;
  }
  const char *key = kernel->parameters[index].name;
  number_text(job->values[index], size);
  number_text(most, limit);
  for (const struct method *m = kernel->methods; m->name; m++) {
    struct job other = *job;
    struct workload workload;
    job_method_set(&other, m);
    if (m == job->method || workload_prepare(&other, &workload) < 0)
      continue;
    workload_release(&workload);
    say("%s with method=%s takes at most %s=%s; method=%s takes %s=%s", kernel->name,
        job->method->name, key, limit, m->name, key, size);
    return;
  }
  say("%s with method=%s takes at most %s=%s, not %s", kernel->name, job->method->name, key, limit,
      size);
}

int say_failure(int error, const struct fault *fault, const struct job *job)
{
  char text[FAULT_TEXT];
  switch (error) {
  case -ECHILD:
    say("%s", fault_text(fault, job->kernel, text));
    return EXIT_FAILED;
  case -EINTR:
    say("%s: interrupted", job->kernel->name);
    return EXIT_FAILED; /* the caller raises the signal again */
  case -ERANGE:
    say_refused(job);
    return EXIT_USAGE;
  case -EAGAIN:
    say("%s: the digits cannot be told apart from their neighbours; ask for fewer or for others",
        job->kernel->name);
    return EXIT_FAILED;
  default:
    say("%s: %s", job->kernel->name, strerrordesc_np(-error));
    return EXIT_FAILED;
  }
}

static void say_allowed(const char *cpu_list, unsigned bad)
{
  struct placement *all = NULL;
  if (placement_load(PLACE_CORES, NULL, &all, &(unsigned){0}) < 0)
    all = NULL;
  say("--place cpus=%.60s: CPU %u is not there or not allowed; accepted: %s", cpu_list, bad,
      all ? all->allowed : "see 'pibench topology'");
  placement_free(all);
}

/* hwloc cannot read the topology: somebody's variable, or this machine. */
static int say_unreadable(void)
{
  static const char *const variables[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC"};
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    const char *value = getenv(variables[i]);
    if (value && *value) {
      say("%s='%.60s' is not a topology that hwloc can read; accepted: what lstopo %s",
          variables[i], value, i == 0 ? "writes as XML" : "takes after --input");
      return EXIT_USAGE;
    }
  }
  say("hwloc cannot read the topology of this machine");
  return EXIT_FAILED;
}

/* "2.32 GB", "363 MB". */
static const char *bytes_text(uint64_t bytes, char text[NUMBER_TEXT])
{
  bool giga = bytes >= 1000000000;
  snprintf(text, NUMBER_TEXT, "%.3g %s", (double)bytes * (giga ? 1e-9 : 1e-6), giga ? "GB" : "MB");
  return text;
}

int check_memory(const struct job *job, unsigned workers)
{
  struct workload workload;
  int r = workload_prepare(job, &workload);
  if (r < 0)
    return say_failure(r, NULL, job);
  workers = cluster_workers_here(workers);
  uint64_t needed = memory_needed(&workload, workers), available = memory_available();
  workload_release(&workload);
  if (needed <= available)
    return 0;
  char needs[NUMBER_TEXT], has[NUMBER_TEXT];
  say("%s with %u worker%s needs about %s of memory, and %s are free; "
      "ask for less or for fewer workers",
      job->kernel->name, workers, workers == 1 ? "" : "s", bytes_text(needed, needs),
      bytes_text(available, has));
  return EXIT_FAILED;
}

static int say_unplaced(int error, const char *cpu_list, unsigned bad)
{
  switch (error) {
  case 0:
    return 0;
  case -EINVAL:
    say("--place cpus=%.60s is not a list of different CPU numbers such as 0,2-3", cpu_list);
    return EXIT_USAGE;
  case -ENOENT:
    say_allowed(cpu_list, bad);
    return EXIT_USAGE;
  case -ENOMEM:
    say("out of memory while reading the topology");
    return EXIT_FAILED;
  default:
    return say_unreadable();
  }
}

int load_placement(enum place place, const char *cpu_list, struct placement **ret_placement)
{
  unsigned bad = 0;
  int r = placement_load(place, cpu_list, ret_placement, &bad);
  return say_unplaced(r, cpu_list, bad);
}

int load_team_placement(enum place place, const char *cpu_list, enum pin pin,
                        struct placement **ret_placement)
{
  char message[CLUSTER_MESSAGE];
  unsigned bad = 0;
  if (!cluster_is_up())
    return load_placement(place, cpu_list, ret_placement);
  int r = cluster_place(place, cpu_list, pin == PIN_OFF, ret_placement, &bad, message);
  if (r == 0 || !*message)
    return say_unplaced(r, cpu_list, bad);
  say("%s", message);
  return r == -EBUSY || r == -EPROTO ? EXIT_REFUSED : EXIT_FAILED;
}

int close_stdout(int code)
{
  if (fflush(stdout) == 0 && !ferror(stdout))
    return code;
  say("cannot write to standard output: %s", strerrordesc_np(errno ? errno : EIO));
  return code == EXIT_FINE ? EXIT_FAILED : code;
}

/* --- Terminals, and progress --- */

static double now_s(void)
{
  return (double)clock_now_ns() * 1e-9;
}

bool terminal_obeys(int fd)
{
  const char *kind = getenv("TERM");
  return isatty(fd) && kind && *kind && strcmp(kind, "dumb") != 0;
}

/* Of stderr.  A longer line would go on in the next one, and stay there. */
static int terminal_columns(void)
{
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

struct progress_line progress_begin(bool quiet)
{
  return (struct progress_line){.enabled = !quiet && terminal_obeys(STDERR_FILENO),
                                .begin_s = now_s()};
}

void progress_show(struct progress_line *line, double left_s, const char *format, ...)
{
  if (!line->enabled || now_s() - line->begin_s < 2)
    return;
  char text[256], left[40] = "";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (isfinite(left_s) && left_s >= 90)
    snprintf(left, sizeof left, ", about %.0f min left", left_s / 60);
  else if (isfinite(left_s))
    snprintf(left, sizeof left, ", about %.0f s left", ceil(left_s));
  int room = terminal_columns() - 1, before = room - (int)strlen(left);
  fflush(stdout);
  fprintf(stderr, "\r\033[K%.*s%.*s", before > 0 ? before : 0, text, room, left);
  fflush(stderr);
  line->shown = true;
}

void progress_clear(struct progress_line *line)
{
  if (line->shown)
    fputs("\r\033[K", stderr);
  line->shown = false;
}
