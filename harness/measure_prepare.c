/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure_prepare.c: a benchmark before its first round: its rows, its size, how often the job is
 * done in a sample. */

#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "weak.h"

enum { REPEATS_MOST = 1 << 16 };

static int row_begin(struct row *row, bool serial, enum backend backend, unsigned workers,
                     const struct placement *placement)
{
  *row = (struct row){
      .serial = serial,
      .backend = backend,
      .workers = workers,
      .oversubscribed = workers > placement_cpus(placement, workers),
      .cpus = calloc(workers, sizeof *row->cpus),
  };
  return row->cpus ? 0 : -ENOMEM;
}

/* The serial row, and for every backend one row per worker count. */
static int rows_make(struct benchmark *b, const struct measure_options *options)
{
  bool measured[BACKENDS] = {false};
  unsigned backends = 0;
  unsigned row = 0;
  for (enum backend backend = 0; backend < BACKENDS; backend++)
    backends += measured[backend] = options->backends[backend];
  if (backends == 0)
    backends = measured[team_default_backend()] = true;
  b->row_count = 1 + options->worker_counts * backends;
  b->rows = calloc(b->row_count, sizeof *b->rows);
  if (!b->rows)
    return -ENOMEM;
  int r = row_begin(&b->rows[row++], true, BACKEND_PROCESS, 1, options->placement);
  for (enum backend backend = 0; backend < BACKENDS; backend++)
    for (unsigned i = 0; r == 0 && i < options->worker_counts; i++)
      if (measured[backend])
        r = row_begin(&b->rows[row++], false, backend, options->workers[i], options->placement);
  return r;
}

static int workload_make(struct benchmark *b, const struct job *job)
{
  return workload_replace(&b->workload, job);
}

/* Weak scaling: the more workers, the larger the job. */
static int workloads_grow(struct benchmark *b)
{
  int r = 0;
  for (unsigned i = 0; r == 0 && i < b->row_count; i++) {
    struct job job;
    if (b->rows[i].workers < 2)
      continue;
    r = weak_job(&b->workload.job, b->rows[i].workers, &job);
    if (r == 0)
      r = workload_replace(&b->rows[i].workload, &job);
  }
  return r;
}

static double shortest_wanted(const struct measure_options *options)
{
  return options->shortest_s > 0 ? options->shortest_s : MEASURE_SHORTEST_S;
}

/* CPU time of the worker that computed longest. */
static double longest_cpu_s(const struct sample *sample)
{
  uint64_t longest = 0;
  for (unsigned w = 0; w < sample->workers; w++)
    if (sample->records[w].used.cpu_ns > longest)
      longest = sample->records[w].used.cpu_ns;
  return (double)longest * 1e-9 / sample->repeats;
}

/* How long the row that should be the fastest lasts on free CPUs: by CPU time, so that a busy
 * machine does not lead to a size that is too small. */
static int shortest_row(struct benchmark *b, const struct measure_options *options,
                        double *ret_seconds, struct fault *ret_fault)
{
  const struct row *row = &b->rows[0];
  for (unsigned i = 1; !b->weak && i < b->row_count; i++)
    if (!b->rows[i].oversubscribed)
      row = &b->rows[i];
  struct team team = measure_team(b, row, options);
  double shortest = INFINITY;
  for (int i = 0; i < 3; i++) {
    struct sample sample;
    int r = team_run(&team, &sample, ret_fault);
    if (r < 0)
      return r;
    shortest = fmin(shortest, longest_cpu_s(&sample));
    sample_release(&sample);
    if (shortest < shortest_wanted(options))
      break;
  }
  *ret_seconds = shortest;
  return 0;
}

/* Tries powers of ten until the shortest row is long enough to trust. */
static int size_choose(struct benchmark *b, struct job job, const struct measure_options *options,
                       struct fault *ret_fault)
{
  int index = job_size_index(&job);
  const struct parameter *size = &job.kernel->parameters[index];
  uint64_t value = 1;
  while (value < size->minimum || (value < 1000 && value * 10 <= size->maximum))
    value *= 10;
  b->size_chosen = true;
  for (;;) {
    double seconds;
    job_size_set(&job, value);
    int r = workload_make(b, &job);
    if (r == 0)
      r = shortest_row(b, options, &seconds, ret_fault);
    if (r == -EAGAIN && job.guard < GUARDS_MOST) {
      job.guard++;
      continue;
    }
    if (r < 0 || seconds >= shortest_wanted(options) || value > size->maximum / 10)
      return r;
    job.guard = 0;
    value *= 10;
  }
}

/* A workload without a size is repeated inside a sample until the shortest row is long enough. */
static int repeats_choose(struct benchmark *b, const struct measure_options *options,
                          struct fault *ret_fault)
{
  double seconds;
  int r = shortest_row(b, options, &seconds, ret_fault);
  if (r == -EAGAIN) /* the rounds will find the guard bits */
    return 0;
  /* A quarter more, so that a faster moment does not make it too short. */
  while (r == 0 && b->repeats * seconds < 1.25 * shortest_wanted(options)
         && b->repeats < REPEATS_MOST)
    b->repeats *= 2;
  return r;
}

/* A serial part in whole chunks; its true fraction is told. */
static void serial_part_make(struct benchmark *b, double fraction)
{
  const struct workload *w = &b->workload;
  b->serial_chunks = workload_chunks_for(w, fraction);
  b->serial_fraction = (double)w->cost[b->serial_chunks] / (double)w->cost[w->chunks];
}

static bool method_is_uneven(const struct job *job)
{
  return job->kernel->uneven_methods >> (job->method - job->kernel->methods) & 1;
}

int measure_prepare(const struct job *job, const struct measure_options *options,
                    struct benchmark *ret_benchmark, struct fault *ret_fault)
{
  struct benchmark b = {.schedule = SCHEDULE_STATIC, .repeats = 1, .weak = options->weak};
  const struct placement *placement = options->placement;
  int index = job_size_index(job);
  bool uneven = job->kernel->is_pool || method_is_uneven(job) || placement->kind_count > 1
                || placement->quota_cpus < placement->slot_count;
  b.schedule = options->schedule >= 0 ? (enum schedule)options->schedule
               : uneven               ? SCHEDULE_DYNAMIC
                                      : SCHEDULE_STATIC;
  if (team_default_backend() == BACKEND_MPI && job->kernel->merges_in_order)
    b.schedule = SCHEDULE_STATIC; /* also where it was asked for: cluster_run() */
  measure_will_pin(placement, options->pin, &b.unpinned_why);
  int r = rows_make(&b, options);
  if (r == 0 && index >= 0 && job->values[index] == 0)
    r = size_choose(&b, *job, options, ret_fault);
  else if (r == 0)
    r = workload_make(&b, job);
  if (r == 0 && b.weak)
    r = workloads_grow(&b);
  if (r == 0 && !b.size_chosen && (index < 0 || options->repeat_short))
    r = repeats_choose(&b, options, ret_fault);
  if (r < 0) {
    benchmark_release(&b);
    return r;
  }
  serial_part_make(&b, b.weak ? 0 : options->serial_fraction);
  b.slowdown = options->slowdown;
  job_name(&b.workload.job, b.name);
  *ret_benchmark = b;
  return 0;
}
