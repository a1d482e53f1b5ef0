/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_team.c: a sample by ranks: every worker in its own process and with its own memory.
 *
 * What workers do is worker.c, as everywhere.  Here are the operations, and how rank 0 orders a
 * sample, the others take part, and what they have to tell comes together again.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "cluster_sample.h"
#include "interrupt.h"

/* What a worker has to tell after a sample. */
struct report {
  struct worker_record record;
  uint64_t merged_bytes;
};

/* --- The operations of worker.h --- */

static int ready(struct worker *w)
{
  cluster_wire_take();
  int r = cluster_agree(0);
  cluster_wire_give();
  if (w->index == 0)
    w->record->ready_ns = clock_now_ns();
  return r;
}

static int release(struct worker *w)
{
  struct up mine = {0};
  int status = 0;
  cluster_wire_take();
  int r = cluster_tree_up(&mine, NULL);
  cluster_chunks_again();
  w->release_ns = clock_now_ns();
  if (r >= 0)
    r = cluster_tree_down(&status);
  if (w->index > 0)
    w->release_ns = clock_now_ns();
  cluster_wire_give();
  return r < 0 ? r : 0;
}

static int claim(struct worker *w, struct range *ret_chunks)
{
  cluster_wire_take();
  int r = cluster_chunks_claim(w, ret_chunks);
  cluster_wire_give();
  return r;
}

static int merge(struct worker *w, unsigned leaf, int error)
{
  (void)leaf;
  if (error < 0 && cluster.broken)
    return error;
  struct up mine = {
      .error = error, .worker = w->index, .run_ns = w->record->end_ns - w->release_ns};
  cluster_wire_take();
  int r = cluster_tree_up(&mine, w);
  if (w->index == 0 && r >= 0) {
    cluster_sample.culprit = mine;
    r = mine.error < 0 ? mine.error : 1;
  }
  cluster_wire_give();
  return r;
}

static uint64_t run_ns(const struct worker *w)
{
  uint64_t so_far = clock_now_ns() - w->release_ns; /* another rank's clock may run faster */
  uint64_t longest = cluster_sample.culprit.run_ns;
  return longest < so_far ? longest : so_far;
}

static int answered(struct worker *w, bool by_me, int error)
{
  (void)by_me;
  if (cluster.broken)
    return error;
  cluster_wire_take();
  if (w->index == 0)
    cluster_blame(&cluster_sample.culprit, error, 0);
  int r = cluster_tree_down(&error);
  cluster_wire_give();
  return r < 0 ? r : error;
}

static const struct team_operations operations = {
    .ready = ready,
    .release = release,
    .claim = claim,
    .merge = merge,
    .run_ns = run_ns,
    .answered = answered,
};

/* --- A rank's part --- */

static int sample_begin(const struct team *team, unsigned worker, bool collects)
{
  cluster_sample =
      (struct cluster_sample){.team = team, .worker = worker, .begin_ns = clock_now_ns()};
  int r = cluster_watch_begin();
  int made = cluster_chunks_begin(collects);
  return r < 0 ? r : made;
}

static void sample_end(void)
{
  cluster_watch_end();
  cluster_chunks_end();
}

/* What this rank does in a sample. */
struct part {
  const struct team *team;
  const struct order *order; /* not of rank 0, which gave it */
  struct team_memory *memory;
  size_t bytes;
  int error; /* why it cannot take part */
};

/* Ready or not, it has to say so; then its life as a worker, bound to its CPU. */
static int take_part(struct part *part)
{
  struct rusage usage;
  cluster_wire_take();
  int r = cluster_agree(part->error);
  cluster_wire_give();
  if (r < 0)
    return r;
  struct worker w = worker_of(part->team, part->memory, cluster_sample.worker, &operations);
  w.record->slot = cluster_sample.worker;
  w.record->cpu_first = w.record->cpu_last = -1;
  w.record->pid = getpid();
  r = worker_live(&w);
  getrusage(RUSAGE_SELF, &usage);
  w.record->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
  return r;
}

/* --- The other ranks --- */

static struct job job_of(const struct job_code *code)
{
  struct job job = code->job;
  job.kernel = kernels[code->kernel];
  job.method = &job.kernel->methods[code->method];
  job.variant = &job.method->variants[code->variant];
  return job;
}

/* The last workload is kept: a benchmark's samples are of few jobs.  Codes that differ in nothing
 * but padding would cost a preparation, no more. */
static int workload_for(const struct job_code *code)
{
  /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
  if (cluster.workload.chunks && memcmp(&cluster.code, code, sizeof *code) == 0)
    return 0;
  struct job job = job_of(code);
  workload_release(&cluster.workload);
  if ((job.variant->needs & cpu_features()) != job.variant->needs)
    return -ENOEXEC;
  int r = workload_prepare(&job, &cluster.workload);
  if (r == 0)
    cluster.code = *code;
  return r;
}

static int follow_sample(void *data)
{
  struct part *part = data;
  int r = workload_for(&part->order->sample.job);
  if (r == 0)
    r = team_memory_make(part->team, &part->memory, &part->bytes);
  part->error = part->error < 0 ? part->error : r;
  return take_part(part); /* rank 0 knows of an error */
}

void cluster_take_part(const struct order *order)
{
  struct team team = {
      .workload = &cluster.workload,
      .placement = cluster.placement,
      .workers = order->sample.workers,
      .backend = BACKEND_MPI,
      .pin = order->sample.pin,
      .schedule = order->sample.schedule,
      .serial_chunks = order->sample.serial_chunks,
      .part = order->sample.part,
      .claim_most = order->sample.claim_most,
      .repeats = order->sample.repeats,
      .timeout_s = order->sample.timeout_s,
  };
  struct part part = {.team = &team, .order = order};
  struct report report = {0};
  if (cluster.worker >= team.workers)
    return;
  part.error = sample_begin(&team, cluster.worker, order->sample.collects);
  cluster_watch_run(follow_sample, &part);
  if (part.memory) {
    report.record = *memory_record(part.memory, cluster.worker);
    report.merged_bytes = atomic_load(&part.memory->merged_bytes);
    munmap(part.memory, part.bytes);
  }
  cluster_send(0, TAG_REPORT, &report, sizeof report);
  sample_end();
}

/* --- Rank 0 --- */

static struct job_code code_of(const struct job *job)
{
  struct job_code code = {.job = *job};
  while (kernels[code.kernel] != job->kernel)
    code.kernel++;
  code.method = (unsigned)(job->method - job->kernel->methods);
  code.variant = (unsigned)(job->variant - job->method->variants);
  code.job.kernel = NULL;
  code.job.method = NULL;
  code.job.variant = NULL;
  return code;
}

static int order_sample(const struct team *team)
{
  struct order order;
  memset(&order, 0, sizeof order); /* padding too: orders are compared */
  order.kind = ORDER_SAMPLE;
  order.silence_s = team->timeout_s > 0 ? team->timeout_s + cluster_patience_s : 0;
  order.sample.job = code_of(&team->workload->job);
  order.sample.workers = team->workers;
  order.sample.repeats = team->repeats;
  order.sample.serial_chunks = team->serial_chunks;
  order.sample.schedule = team->schedule;
  order.sample.pin = team->pin;
  order.sample.part = team->part;
  order.sample.claim_most = team->claim_most;
  order.sample.collects = team->collect != NULL;
  order.sample.timeout_s = team->timeout_s;
  return cluster_order(&order);
}

static struct fault fault_of(unsigned worker, enum fault_kind kind)
{
  const struct seat *seat = &cluster.seats[worker];
  struct fault fault = {
      .kind = kind,
      .worker = worker + 1,
      .pid = seat->pid,
      .cpu = (int)seat->slot.cpu,
  };
  snprintf(fault.where, sizeof fault.where, "rank %u on %s", seat->rank, cluster.nodes[seat->rank]);
  return fault;
}

/* Nobody can be waited for any longer: who is it? */
static struct fault fault_of_loss(int error)
{
  const struct team *team = cluster_sample.team;
  unsigned guilty = cluster_sample.stuck;
  bool silent = true;
  if (error != -EHOSTDOWN)
    guilty = cluster_find_guilty(&silent);
  struct fault fault = fault_of(guilty, error == -ETIMEDOUT ? FAULT_TIMEOUT : FAULT_SILENT);
  fault.silent = silent;
  fault.seconds = error == -ETIMEDOUT   ? team->timeout_s
                  : error == -EHOSTDOWN ? cluster_patience_s
                                        : 0;
  return fault;
}

static int fault_after(int r, struct fault *ret_fault)
{
  if (r == -EINTR || interrupt_signal())
    return -EINTR;
  if (r == -ETIMEDOUT || r == -ECOMM || r == -EHOSTDOWN) {
    cluster.lost = true;
    *ret_fault = fault_of_loss(r);
    cluster.lost = ret_fault->silent;
    return -ECHILD;
  }
  *ret_fault = fault_of(cluster_sample.culprit.worker, FAULT_KERNEL);
  ret_fault->error = r;
  return -ECHILD;
}

static int gather_reports(struct team_memory *memory)
{
  for (unsigned w = 1; w < cluster_sample.team->workers; w++) {
    struct report report;
    int r = cluster_receive(w, TAG_REPORT, &report, sizeof report);
    if (r < 0)
      return r;
    report.record.ready_ns = 0; /* of another clock */
    if (memory) {
      *memory_record(memory, w) = report.record;
      atomic_fetch_add(&memory->merged_bytes, report.merged_bytes);
    }
  }
  return 0;
}

static int lead_sample(void *part)
{
  return take_part(part);
}

static int run_sample(struct part *part)
{
  int r = order_sample(part->team);
  if (r < 0)
    return r;
  int made = team_memory_make(part->team, &part->memory, &part->bytes);
  part->error = sample_begin(part->team, 0, part->team->collect != NULL);
  part->error = part->error < 0 ? part->error : made;
  r = cluster_watch_run(lead_sample, part);
  if (r < 0 && part->memory)
    cluster_chunks_collect(part->memory);
  int gathered = cluster.broken ? 0 : gather_reports(part->memory);
  return r < 0 ? r : gathered;
}

int cluster_run(const struct team *asked, struct sample *ret_sample, struct fault *ret_fault)
{
  struct team team = *asked;
  if (team.workload->job.kernel->merges_in_order) /* a rank's partial has to hold neighbours */
    team.schedule = SCHEDULE_STATIC;
  struct part part = {.team = &team};
  *ret_fault = (struct fault){.kind = FAULT_SYSTEM, .error = -ENOTCONN};
  if (cluster.broken)
    return -ECHILD;
  uint64_t begin_ns = clock_now_ns();
  int r = run_sample(&part);
  r = r < 0 ? fault_after(r, ret_fault) : part.memory->finish_error;
  sample_end();
  struct sample sample = {.memory = part.memory, .memory_bytes = part.bytes};
  if (r < 0) {
    sample_release(&sample);
    return r;
  }
  team_sample_fill(&team, part.memory, begin_ns, &sample);
  *ret_sample = sample;
  return 0;
}
