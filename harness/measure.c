/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.c: a benchmark's rows: their teams, samples and answers. */

#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const schedule_names[] = {
    [SCHEDULE_STATIC] = "static", [SCHEDULE_DYNAMIC] = "dynamic"};

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

static void measurement_add_usage(struct measurement *m, const struct worker_record *record,
                                  unsigned repeats)
{
  const struct usage *used = &record->used;
  uint64_t lost = record->busy_ns > used->cpu_ns ? record->busy_ns - used->cpu_ns : 0;
  /* Where the kernel does not tell who had the CPU, other programs are the likelier cause. */
  uint64_t waited = used->waited_known ? used->waited_ns : lost;
  uint64_t stolen = lost > waited ? lost - waited : 0;
  uint64_t tail = record->tail_waited_ns;
  m->waited_s = fmax(m->waited_s, (double)(waited + tail) * 1e-9 / repeats);
  m->tail_waited_s += (double)tail * 1e-9 / repeats;
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
    double cpu = (double)record->used.cpu_ns * 1e-9 / sample->repeats;
    m.cpu_s += cpu;
    m.cpu_longest_s = fmax(m.cpu_longest_s, cpu);
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
