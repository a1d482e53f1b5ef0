/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor_canary.c: clock, throughput, shared cores and sibling pairs.
 *
 * Canaries in pinned children tell what the clock does, and by how much two CPUs are in each
 * other's way: two threads of one core share its adders whatever the topology says (hypervisors
 * hide SMT).  Canaries of a tenth of a millisecond each fit between the moments in which other
 * programs have the CPU.
 */

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "doctor.h"
#include "interrupt.h"

/* --- The children --- */

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

/* --- The parent --- */

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

/* --- The figures --- */

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
