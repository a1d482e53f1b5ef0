/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor.c: can this machine measure?
 *
 * A/A pairs give the noise that a comparison would have to rise above.  Canaries in pinned children
 * tell what the clock does, and by how much two CPUs are in each other's way: two threads of one
 * core share its adders whatever the topology says (hypervisors hide SMT).  Canaries of a
 * tenth of a millisecond each fit between the moments in which other programs have the CPU.
 */

#include "doctor.h"

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "compute.h"
#include "interrupt.h"
#include "job.h"
#include "measure.h"

enum doctor_verdict doctor_judge(double figure, double fine_most, double note_most)
{
  if (isnan(figure))
    return DOCTOR_UNKNOWN;
  return figure <= fine_most ? DOCTOR_FINE : figure <= note_most ? DOCTOR_NOTE : DOCTOR_BAD;
}

enum doctor_verdict doctor_overall(const enum doctor_verdict *verdicts, size_t n)
{
  enum doctor_verdict worst = DOCTOR_FINE;
  for (size_t i = 0; i < n; i++)
    if (verdicts[i] != DOCTOR_UNKNOWN && verdicts[i] > worst)
      worst = verdicts[i];
  return worst;
}

/* --- The smallest change that can be shown --- */

#define TRIAL_S  0.003 /* from here on a trial tells how long a sample of another size takes */
#define SAMPLE_S 0.030
enum { PAIRS_LEAST = 6, PAIRS_MOST = 1000 };

static int serial_sample(const struct job *job, const struct placement *placement,
                         double *ret_wall_s, double *ret_cpu_s, struct fault *ret_fault)
{
  const char *why;
  struct workload workload;
  struct sample sample;
  struct team team = {
      .placement = placement,
      .workers = 1,
      .serial = true,
      .pin = measure_will_pin(placement, PIN_AUTO, &why),
      .repeats = 1,
  };
  int r = compute(job, &team, &workload, &sample, ret_fault);
  if (r < 0)
    return r;
  *ret_wall_s = sample.wall_s;
  *ret_cpu_s = (double)sample.records[0].used.cpu_ns * 1e-9;
  sample_release(&sample);
  workload_release(&workload);
  return 0;
}

/* A digit and zeros, so that a sample takes about SAMPLE_S of CPU time. */
static int change_size(struct job *job, const struct placement *placement, struct fault *ret_fault)
{
  int size = job_size_index(job);
  if (size < 0 || job->values[size])
    return 0;
  uint64_t most = job->kernel->parameters[size].maximum;
  double wall_s, cpu_s;
  for (job->values[size] = 1000;; job->values[size] *= 10) {
    int r = serial_sample(job, placement, &wall_s, &cpu_s, ret_fault);
    if (r < 0)
      return r;
    if (cpu_s >= TRIAL_S || job->values[size] > most / 10)
      break;
  }
  double factor = fmin(floor(SAMPLE_S / cpu_s), 9);
  if (factor > 1 && job->values[size] <= most / 10)
    job->values[size] *= (uint64_t)factor;
  return 0;
}

/* A and B are the same; which of them goes first is drawn. */
static int change_pair(const struct job *job, const struct placement *placement, gsl_rng *rng,
                       double *ret_ratio, double *ret_wall_s, struct fault *ret_fault)
{
  double wall_s[2], cpu_s;
  unsigned first = (unsigned)gsl_rng_uniform_int(rng, 2);
  for (unsigned i = 0; i < 2; i++) {
    int r = serial_sample(job, placement, &wall_s[first ^ i], &cpu_s, ret_fault);
    if (r < 0)
      return r;
  }
  *ret_ratio = log(wall_s[0]) - log(wall_s[1]);
  *ret_wall_s = wall_s[0];
  return 0;
}

int doctor_change_measure(const struct job *given, const struct placement *placement, size_t pairs,
                          double max_s, struct doctor_change *ret_change, struct fault *ret_fault)
{
  assert(pairs >= 1 && pairs <= PAIRS_MOST);
  double ratios[PAIRS_MOST], walls[PAIRS_MOST];
  struct job job = *given;
  struct estimate wall;
  size_t n = 0;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = rng ? change_size(&job, placement, ret_fault) : -ENOMEM;
  uint64_t begin = clock_now_ns();
  for (; r == 0 && n < pairs; n++) {
    if (n >= PAIRS_LEAST && (double)(clock_now_ns() - begin) * 1e-9 > max_s)
      break;
    r = change_pair(&job, placement, rng, &ratios[n], &walls[n], ret_fault);
  }
  if (r == 0)
    r = statistics_median(walls, n, 0.95, &wall);
  if (r == 0)
    r = statistics_median(ratios, n, 0.95, &ret_change->ratio);
  if (r == 0) {
    ret_change->pairs = n;
    ret_change->sample_s = wall.value;
  }
  if (rng)
    gsl_rng_free(rng);
  return r;
}

double doctor_smallest_change(const struct doctor_change *change, size_t rounds)
{
  double half_width = (change->ratio.high - change->ratio.low) / 2;
  double now = half_width + fabs(change->ratio.value);
  return expm1(now * sqrt((double)change->pairs / (double)rounds));
}

/* --- Canaries on CPUs: the children --- */

enum { SERIES_MOST = 8192, SHARED_LEAST = 20 };

#define WHOLE      0.97 /* a canary that had the CPU for less of its time is torn */
#define TOGETHER_S 5.0  /* a child waits so long for the others to begin */
#define PATIENCE_S 30.0 /* the parent beyond what the children should take */

enum canaries { CANARIES_BOTH, CANARIES_THROUGHPUT };

/* What a child writes down, in shared memory. */
struct series {
  int bind_error;
  size_t n;
  double clock[SERIES_MOST], throughput[SERIES_MOST];
};

struct ward {
  const struct placement *placement;
  const unsigned *slots;
  unsigned n;
  double seconds;
  enum canaries canaries;
  struct ward_memory {
    atomic_uint ready;
    struct series series[];
  } * memory;
  size_t memory_bytes;
  pid_t *pids; /* 0: not started, or buried */
};

static void child_meet(struct ward *ward)
{
  uint64_t deadline = clock_now_ns() + (uint64_t)(TOGETHER_S * 1e9);
  atomic_fetch_add(&ward->memory->ready, 1);
  while (atomic_load(&ward->memory->ready) < ward->n && clock_now_ns() < deadline)
    sched_yield();
}

static int child_bind(const struct ward *ward, unsigned slot)
{
  int r = placement_bind(ward->placement, slot);
  if (r == 0 && sched_getcpu() != (int)ward->placement->slots[slot].cpu)
    r = -EPERM;
  return r;
}

/* false where another program of this system had the CPU meanwhile: that is load, and no figure of
 * the clock or the core. */
static bool canaries_sing(enum canaries canaries, double *ret_clock, double *ret_throughput)
{
  uint64_t wall = clock_now_ns(), cpu = clock_cpu_ns();
  *ret_clock = canaries == CANARIES_BOTH ? clock_canary_ghz() : NAN;
  *ret_throughput = clock_throughput_per_ns();
  cpu = clock_cpu_ns() - cpu;
  wall = clock_now_ns() - wall;
  return (double)cpu >= WHOLE * (double)wall;
}

_Noreturn static void child_main(struct ward *ward, unsigned index, pid_t parent)
{
  struct series *series = &ward->memory->series[index];
  interrupt_release_child();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
    _exit(1);
  prctl(PR_SET_NAME, "canary");
  series->bind_error = child_bind(ward, ward->slots[index]);
  child_meet(ward);
  /* The first tenth is for the clock to rise. */
  uint64_t begin = clock_now_ns(), length = (uint64_t)(ward->seconds * 1e9);
  while (series->n < SERIES_MOST && clock_now_ns() - begin < length) {
    double clock, throughput;
    bool whole = canaries_sing(ward->canaries, &clock, &throughput);
    if (!whole || clock_now_ns() - begin < length / 10)
      continue;
    series->clock[series->n] = clock;
    series->throughput[series->n++] = throughput;
  }
  _exit(0);
}

/* --- Canaries on CPUs: the parent --- */

static int ward_begin(struct ward *ward)
{
  ward->memory_bytes = sizeof *ward->memory + ward->n * sizeof *ward->memory->series;
  ward->memory = mmap(NULL, ward->memory_bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (ward->memory == MAP_FAILED) {
    ward->memory = NULL;
    return -ENOMEM;
  }
  ward->pids = calloc(ward->n, sizeof *ward->pids);
  return ward->pids ? 0 : -ENOMEM;
}

/* Waits until the child has ended and takes its status. */
static int child_await(pid_t *pid, uint64_t deadline)
{
  int status = 0, r = 0;
  struct pollfd fd = {.fd = pidfd_open(*pid, 0), .events = POLLIN};
  if (fd.fd < 0)
    return -errno;
  for (;;) {
    uint64_t now = clock_now_ns();
    int ready = interrupt_wait(&fd, 1, now < deadline ? (long long)(deadline - now) : 0);
    if (ready > 0)
      break;
    r = interrupt_signal() ? -EINTR : ready < 0 && errno != EINTR ? -errno : 0;
    if (r == 0 && clock_now_ns() >= deadline)
      r = -ETIMEDOUT;
    if (r < 0)
      break;
  }
  close(fd.fd);
  if (r < 0)
    return r;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
    ;
  *pid = 0;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static int ward_run(struct ward *ward)
{
  pid_t parent = getpid();
  int r = ward_begin(ward);
  if (r < 0)
    return r;
  for (unsigned i = 0; r == 0 && i < ward->n; i++) {
    ward->pids[i] = fork();
    if (ward->pids[i] == 0)
      child_main(ward, i, parent);
    if (ward->pids[i] < 0) {
      r = -errno;
      ward->pids[i] = 0;
    }
  }
  double most_s = TOGETHER_S + ward->seconds + PATIENCE_S;
  uint64_t deadline = clock_now_ns() + (uint64_t)(most_s * 1e9);
  for (unsigned i = 0; r == 0 && i < ward->n; i++)
    r = child_await(&ward->pids[i], deadline);
  return r;
}

/* Whatever happened: no child and no memory is left. */
static void ward_end(struct ward *ward)
{
  for (unsigned i = 0; ward->pids && i < ward->n; i++)
    if (ward->pids[i] > 0) {
      kill(ward->pids[i], SIGKILL);
      while (waitpid(ward->pids[i], NULL, 0) < 0 && errno == EINTR)
        ;
    }
  free(ward->pids);
  if (ward->memory)
    munmap(ward->memory, ward->memory_bytes);
}

/* --- Canaries on CPUs: the figures --- */

/* Sorts the values. */
static double median_and_spread(double *values, size_t n, double *ret_spread)
{
  gsl_sort(values, 1, n);
  double median = gsl_stats_median_from_sorted_data(values, 1, n);
  *ret_spread = (gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95)
                 - gsl_stats_quantile_from_sorted_data(values, 1, n, 0.05))
                / median;
  return median;
}

static double best_of(const double *values, size_t n)
{
  double sorted[SERIES_MOST];
  assert(n <= SERIES_MOST);
  memcpy(sorted, values, n * sizeof *sorted);
  gsl_sort(sorted, 1, n);
  return gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.95);
}

double doctor_shared_part(const double *clock, const double *throughput, size_t n)
{
  if (n < SHARED_LEAST)
    return NAN;
  double steady = 0.95 * best_of(clock, n), low = 0.85 * best_of(throughput, n);
  size_t judged = 0, shared = 0;
  for (size_t i = 0; i + 1 < n; i++)
    if (clock[i] >= steady && clock[i + 1] >= steady) {
      judged++;
      shared += throughput[i] < low;
    }
  return judged ? (double)shared / (double)judged : NAN;
}

static struct doctor_canary canary_of(struct series *series)
{
  struct doctor_canary canary = {
      .bind_error = series->bind_error,
      .samples = series->n,
      .clock_ghz = NAN,
      .clock_spread = NAN,
      .throughput_per_ns = NAN,
      .throughput_spread = NAN,
      .shared_part = doctor_shared_part(series->clock, series->throughput, series->n),
  };
  if (series->n > 0) {
    canary.clock_ghz = median_and_spread(series->clock, series->n, &canary.clock_spread);
    canary.throughput_per_ns =
        median_and_spread(series->throughput, series->n, &canary.throughput_spread);
  }
  canary.adds_per_cycle = canary.throughput_per_ns / canary.clock_ghz;
  return canary;
}

int doctor_canaries_run(const struct placement *placement, const unsigned *slots, unsigned n,
                        double seconds, struct doctor_canary *ret_canaries)
{
  struct ward ward = {.placement = placement,
                      .slots = slots,
                      .n = n,
                      .seconds = seconds,
                      .canaries = CANARIES_BOTH};
  int r = ward_run(&ward);
  for (unsigned i = 0; r == 0 && i < n; i++)
    ret_canaries[i] = canary_of(&ward.memory->series[i]);
  ward_end(&ward);
  return r;
}

/* --- Hidden siblings --- */

enum { ALL_PAIRS_MOST = 8, PAIR_REPETITIONS = 3 };

static bool pair_is_looked_at(const struct placement *placement, unsigned a, unsigned b)
{
  unsigned n = placement->slot_count;
  bool far = n > ALL_PAIRS_MOST && b != a + 1 && b != a + n / 2;
  return !far && placement->slots[a].core != placement->slots[b].core;
}

int doctor_pairs_list(const struct placement *placement, struct doctor_pair **ret_pairs,
                      size_t *ret_n)
{
  size_t n = placement->slot_count, found = 0;
  size_t most = n > ALL_PAIRS_MOST ? 2 * n : ALL_PAIRS_MOST * ALL_PAIRS_MOST / 2;
  struct doctor_pair *pairs = calloc(most, sizeof *pairs);
  if (!pairs)
    return -ENOMEM;
  for (unsigned a = 0; a < n; a++)
    for (unsigned b = a + 1; b < n; b++)
      if (pair_is_looked_at(placement, a, b))
        pairs[found++] = (struct doctor_pair){a, b, NAN};
  *ret_pairs = pairs;
  *ret_n = found;
  return 0;
}

/* The throughput of n slots together: the sum of their medians; NaN where one has none. */
static int throughput_together(const struct placement *placement, const unsigned *slots, unsigned n,
                               double seconds, double *ret_sum)
{
  struct ward ward = {.placement = placement,
                      .slots = slots,
                      .n = n,
                      .seconds = seconds,
                      .canaries = CANARIES_THROUGHPUT};
  int r = ward_run(&ward);
  double sum = 0, spread;
  for (unsigned i = 0; r == 0 && i < n; i++) {
    struct series *series = &ward.memory->series[i];
    sum += series->n ? median_and_spread(series->throughput, series->n, &spread) : NAN;
    r = series->bind_error;
  }
  ward_end(&ward);
  if (r == 0)
    *ret_sum = sum;
  return r;
}

int doctor_pair_measure(const struct placement *placement, double seconds, struct doctor_pair *pair)
{
  const unsigned slots[2] = {pair->a, pair->b};
  double ratios[PAIR_REPETITIONS], a = NAN, b = NAN, both = NAN;
  for (int i = 0; i < PAIR_REPETITIONS; i++) {
    int r = throughput_together(placement, &slots[0], 1, seconds, &a);
    if (r == 0)
      r = throughput_together(placement, &slots[1], 1, seconds, &b);
    if (r == 0)
      r = throughput_together(placement, slots, 2, seconds, &both);
    if (r < 0)
      return r;
    ratios[i] = both / (a + b);
    if (isnan(ratios[i]))
      return 0;
  }
  gsl_sort(ratios, 1, PAIR_REPETITIONS);
  pair->ratio = ratios[PAIR_REPETITIONS / 2];
  return 0;
}

/* --- What the system tells --- */

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
