/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.c: a benchmark's rows: their teams, samples and answers, their sizes. */

#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "weak.h"

static const char *const schedule_names[] = {
    [SCHEDULE_STATIC] = "static", [SCHEDULE_DYNAMIC] = "dynamic"};
enum { GUARDS_MOST = 8, REPEATS_MOST = 1 << 16 };

const char *schedule_name(enum schedule schedule)
{
  return schedule_names[schedule];
}

bool measure_will_pin(const struct placement *placement, enum pin pin, const char **ret_why)
{
  *ret_why = NULL;
  if (pin == PIN_OFF)
    return false;
  if (!placement->this_system) {
    *ret_why = "the topology is not this machine's";
    return false;
  }
  if (pin == PIN_AUTO && placement->quota_cpus < placement->slot_count) {
    *ret_why = "the CPU quota is smaller than the allowed CPUs";
    return false;
  }
  return true;
}

/* --- Rows --- */

bool row_has_own(const struct row *row)
{
  return row->workload.chunks > 0;
}

const struct workload *row_workload(const struct benchmark *b, const struct row *row)
{
  return row_has_own(row) ? &row->workload : &b->workload;
}

const struct answer *row_answer(const struct benchmark *b, const struct row *row)
{
  return row_has_own(row) ? row->answer : b->answer;
}

double row_growth(const struct benchmark *b, const struct row *row)
{
  const struct workload *own = row_workload(b, row), *one = &b->workload;
  return own == one ? 1 : (double)own->cost[own->chunks] / (double)one->cost[one->chunks];
}

struct team measure_team(const struct benchmark *b, const struct row *row,
                         const struct measure_options *options)
{
  const char *why;
  return (struct team){
      .workload = row_workload(b, row),
      .placement = options->placement,
      .workers = row->workers,
      .serial = row->serial,
      .backend = row->backend,
      .pin = !row->oversubscribed && measure_will_pin(options->placement, options->pin, &why),
      .schedule = b->schedule,
      .slowdown = options->slowdown,
      .repeats = b->repeats,
      .serial_chunks = row->serial ? 0 : b->serial_chunks,
      .timeout_s = options->timeout_s,
  };
}

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

static void measurement_add_usage(struct measurement *m, const struct worker_record *record,
                                  unsigned repeats)
{
  const struct usage *used = &record->used;
  uint64_t lost = record->busy_ns > used->cpu_ns ? record->busy_ns - used->cpu_ns : 0;
  /* Where the kernel does not tell who had the CPU, other programs are the likelier cause. */
  uint64_t waited = used->waited_known ? used->waited_ns : lost;
  uint64_t stolen = lost > waited ? lost - waited : 0;
  m->waited_s = fmax(m->waited_s, (double)waited * 1e-9 / repeats);
  m->stolen_s = fmax(m->stolen_s, (double)stolen * 1e-9 / repeats);
  m->migrations += (double)used->migrations;
  m->switches += (double)(used->switches_voluntary + used->switches_involuntary);
  m->faults += (double)(used->faults_minor + used->faults_major);
}

static struct measurement measurement_of(const struct sample *sample)
{
  struct measurement m = {
      .wall_s = sample->wall_s,
      .spawn_s = sample->spawn_s,
      .skew_s = sample->skew_s,
      .run_s = sample->run_s,
      .merge_s = sample->merge_s,
      .finish_s = sample->finish_s,
  };
  memcpy(m.step_s, sample->step_s, sizeof m.step_s);
  for (unsigned w = 0; w < sample->workers; w++) {
    const struct worker_record *record = &sample->records[w];
    double busy = (double)record->busy_ns * 1e-9 / sample->repeats;
    m.busy_mean_s += busy / sample->workers;
    m.busy_longest_s = fmax(m.busy_longest_s, busy);
    m.cpu_s += (double)record->used.cpu_ns * 1e-9 / sample->repeats;
    m.clock_ghz += (record->canary_before_ghz + record->canary_after_ghz) / 2 / sample->workers;
    m.adds_per_ns += (record->adds_before_per_ns + record->adds_after_per_ns) / 2 / sample->workers;
    measurement_add_usage(&m, record, sample->repeats);
  }
  return m;
}

static void row_describe(struct row *row, const struct sample *sample)
{
  memcpy(row->step_name, sample->step_name, sizeof row->step_name);
  bool pinned = !row->oversubscribed && sample_pinned(sample);
  row->pinned = row->n == 0 ? pinned : row->pinned && pinned;
  for (unsigned w = 0; w < sample->workers; w++) {
    const struct worker_record *record = &sample->records[w];
    if (row->n == 0)
      row->cpus[w] = record->cpu_first;
    if (!row->bind_error)
      row->bind_error = record->bind_error;
    if (record->peak_rss_bytes > row->peak_rss_bytes)
      row->peak_rss_bytes = record->peak_rss_bytes;
  }
  memcpy(row->counters, sample->partial->counters, sizeof row->counters);
  row->merged_bytes = sample->merged_bytes;
}

static int row_add(struct row *row, const struct sample *sample)
{
  struct measurement *longer = realloc(row->samples, (row->n + 1) * sizeof *longer);
  if (!longer)
    return -ENOMEM;
  row->samples = longer;
  row_describe(row, sample);
  row->samples[row->n++] = measurement_of(sample);
  return 0;
}

/* --- Answers: every sample must give the bytes of the first --- */

static void *copy(const void *bytes, size_t n)
{
  void *copied = malloc(n);
  return copied ? memcpy(copied, bytes, n) : NULL;
}

static int answer_compare(struct benchmark *b, struct row *row, const struct sample *sample)
{
  struct answer **answer = row_has_own(row) ? &row->answer : &b->answer;
  struct partial **partial = row_has_own(row) ? &row->partial : &b->partial;
  if (!*answer) {
    *answer = copy(sample->answer, sample->answer->bytes);
    *partial = copy(sample->partial, sample->partial->bytes);
    if (!*answer || !*partial)
      return -ENOMEM;
  }
  b->answers_compared++;
  if (answer_equal(*answer, sample->answer) && (*partial)->bytes == sample->partial->bytes
      && memcmp(*partial, sample->partial, (*partial)->bytes) == 0)
    return 0;
  b->verdict = (struct verdict){.how = VERIFIED_NONE, .right = false};
  snprintf(b->verdict.text, VERDICT_TEXT,
           "the answer of %u worker%s in round %zu differs from the first", row->workers,
           row->workers == 1 ? "" : "s", row->n + 1);
  return -EBADMSG;
}

/* --- Preparing --- */

static int workload_replace(struct workload *old, const struct job *job)
{
  struct workload workload;
  int r = workload_prepare(job, &workload);
  if (r < 0)
    return r;
  workload_release(old);
  *old = workload;
  return 0;
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

/* --- Rounds --- */

/* Without --timeout a sample may take a minute more than ten times the longest seen of its row:
 * far beyond noise, yet a hung worker does not hold CI for ever.  The first may take any time. */
static double timeout_for(const struct row *row, const struct measure_options *options)
{
  double longest = 0;
  if (options->timeout_s > 0 || row->n == 0)
    return options->timeout_s;
  for (size_t i = 0; i < row->n; i++)
    longest = fmax(longest, row->samples[i].wall_s + row->samples[i].spawn_s);
  return 60 + 10 * longest;
}

int measure_sample(struct benchmark *b, struct row *row, const struct measure_options *options,
                   struct fault *ret_fault)
{
  struct sample sample;
  struct team team = measure_team(b, row, options);
  team.timeout_s = timeout_for(row, options);
  int r = team_run(&team, &sample, ret_fault);
  struct workload *workload = row_has_own(row) ? &row->workload : &b->workload;
  while (r == -EAGAIN && !row_answer(b, row) && workload->job.guard < GUARDS_MOST) {
    struct job job = workload->job;
    job.guard++;
    r = workload_replace(workload, &job);
    if (r == 0)
      r = team_run(&team, &sample, ret_fault);
  }
  if (r < 0)
    return r;
  r = answer_compare(b, row, &sample);
  if (r == 0 && options->pin == PIN_REQUIRE && !sample_pinned(&sample))
    r = -EPERM;
  if (r == 0 || r == -EPERM) {
    int added = row_add(row, &sample);
    r = r == 0 ? added : r;
  }
  sample_release(&sample);
  return r;
}

void benchmark_release(struct benchmark *b)
{
  for (unsigned i = 0; b->rows && i < b->row_count; i++) {
    free(b->rows[i].cpus);
    free(b->rows[i].samples);
    free(b->rows[i].answer);
    free(b->rows[i].partial);
    workload_release(&b->rows[i].workload);
  }
  free(b->rows);
  free(b->outside);
  free(b->kind_speed);
  free(b->answer);
  free(b->partial);
  sustain_release(&b->sustained);
  workload_release(&b->workload);
  memset(b, 0, sizeof *b);
}
