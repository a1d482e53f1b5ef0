/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_team.c: a sample by ranks: every worker in its own process and with its own memory.
 *
 * What workers do is worker.c, as everywhere.  Here are the operations: they wait for one another
 * along a binary tree (worker w with its lowest bit l is a child of w - l, so that a branch holds
 * neighbours), partials are merged up the same tree, and chunks are handed out by rank 0, which
 * looks after requests whenever it has computed chunks of its own: others ask one claim ahead.
 */

#include <errno.h>
#include <math.h>
#include <mpfr.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "cluster_ranks.h"
#include "interrupt.h"

/* What goes up the tree: of a branch. */
struct up {
  int error;
  unsigned worker; /* whose */
  uint64_t run_ns; /* the longest */
  uint64_t bytes;  /* of the partial that follows; 0: none does */
};

/* Who wants chunks. */
struct request {
  unsigned worker;
  uint64_t bytes; /* of a copy of its partial, which follows; 0: none does */
};

/* What a worker has to tell after a sample. */
struct report {
  struct worker_record record;
};

enum { ATTEND_NS = 1000000, REPORT_NS = 500000000, COPY_NS = 100000000 };

/* The sample that this process is in. */
static struct run {
  const struct team *team;
  unsigned worker;
  uint64_t begin_ns;
  struct up culprit;   /* error: the first one that is known */
  unsigned stuck;      /* rank 0: whom it waited for in vain */
  unsigned next_chunk; /* rank 0, dynamic */
  bool asked;          /* the others, dynamic: a claim is under way */
  bool collects;       /* copies of partials go along with claims, */
  char *copies;        /* rank 0: to here, [workers] of stride bytes */
  size_t stride;
  uint64_t reported_ns, attended_ns, copied_ns;
} run;

/* With --timeout, from the sample's begin.  Else a minute more than ten times what the sample has
 * lasted so far: shares are of about equal cost. */
static uint64_t deadline(void)
{
  uint64_t now = clock_now_ns();
  if (run.team->timeout_s > 0)
    return run.begin_ns + (uint64_t)(run.team->timeout_s * 1e9);
  return now + (uint64_t)(cluster_patience_s * 1e9) + 10 * (now - run.begin_ns);
}

static unsigned rank_of(unsigned worker)
{
  return cluster.seats[worker].rank;
}

/* Rank 0 hears that somebody waits in vain, and ends the run.  If it does not, it is lost itself.
 */
static _Noreturn void despair(void)
{
  const double grace_s = 10;
  uint64_t until = deadline_in(grace_s);
  unsigned nothing;
  if (wire_send(0, TAG_TROUBLE, &run.worker, sizeof run.worker, until) == 0)
    wire_receive(0, TAG_TROUBLE, &nothing, sizeof nothing, until); /* there is no such message */
  cluster_leave((double)(clock_now_ns() - run.begin_ns) * 1e-9);
}

/* Of a wait that failed. */
static int failed(int r, unsigned waited_for)
{
  if (run.worker > 0)
    despair();
  alarm(0);
  run.stuck = waited_for;
  cluster.broken = true;
  return r;
}

static int send_to(unsigned worker, enum tag tag, const void *bytes, size_t n)
{
  int r = wire_send(rank_of(worker), tag, bytes, n, deadline());
  return r < 0 ? failed(r, worker) : 0;
}

static int receive_from(unsigned worker, enum tag tag, void *bytes, size_t n)
{
  int r = wire_receive(rank_of(worker), tag, bytes, n, deadline());
  return r < 0 ? failed(r, worker) : 0;
}

/* --- Up and down the tree --- */

static void blame(struct up *up, int error, unsigned worker)
{
  if (error < 0 && up->error == 0) {
    up->error = error;
    up->worker = worker;
  }
}

static int send_up(unsigned parent, struct up *mine, const struct worker *w)
{
  const struct partial *leaf = w ? memory_leaf(w->memory, w->index) : NULL;
  mine->bytes = leaf && mine->error == 0 ? leaf->bytes : 0;
  int r = send_to(parent, TAG_UP, mine, sizeof *mine);
  return r == 0 && mine->bytes ? send_to(parent, TAG_PARTIAL, leaf, mine->bytes) : r;
}

static int take_partial(const struct worker *w, unsigned child, uint64_t bytes)
{
  struct partial *theirs = memory_claim(w->memory, w->index);
  if (bytes > w->memory->partial_stride)
    return -EPROTO;
  int r = receive_from(child, TAG_PARTIAL, theirs, bytes);
  return r < 0 ? r : 1;
}

static int receive_up(unsigned child, struct up *mine, const struct worker *w)
{
  struct up theirs;
  int r = receive_from(child, TAG_UP, &theirs, sizeof theirs);
  if (r < 0)
    return r;
  blame(mine, theirs.error, theirs.worker);
  if (theirs.run_ns > mine->run_ns)
    mine->run_ns = theirs.run_ns;
  if (!theirs.bytes || !w)
    return 0;
  r = take_partial(w, child, theirs.bytes);
  if (r > 0 && mine->error == 0)
    blame(mine,
          partial_merge(w->workload->job.kernel, w->workload->plan,
                        memory_claim(w->memory, w->index), memory_leaf(w->memory, w->index)),
          w->index);
  return r < 0 ? r : 0;
}

/* Takes in the branches of the children, in their order, and passes the whole on to the parent.
 * With a worker its partials as well.  Returns 1 at the root, else 0. */
static int tree_up(struct up *mine, const struct worker *w)
{
  unsigned index = run.worker, workers = run.team->workers;
  for (unsigned span = 1; span < workers; span *= 2) {
    int r = 0;
    if (index & span)
      return send_up(index - span, mine, w);
    if (index + span < workers)
      r = receive_up(index + span, mine, w);
    if (r < 0)
      return r;
  }
  return 1;
}

/* From the root to all: 0, or an error after which the sample ends everywhere. */
static int tree_down(int *status)
{
  unsigned index = run.worker, workers = run.team->workers, span = 1;
  while (span < workers && !(index & span))
    span *= 2;
  if (index > 0) {
    int r = receive_from(index - span, TAG_DOWN, status, sizeof *status);
    if (r < 0)
      return r;
  }
  for (span /= 2; span > 0; span /= 2)
    if (index + span < workers) {
      int r = send_to(index + span, TAG_DOWN, status, sizeof *status);
      if (r < 0)
        return r;
    }
  return 0;
}

/* All come here; all leave with the first error of any. */
static int agree(int error)
{
  struct up mine = {.error = error, .worker = run.worker};
  int r = tree_up(&mine, NULL);
  if (r < 0)
    return r;
  if (run.worker == 0)
    run.culprit = mine;
  int status = mine.error;
  r = tree_down(&status);
  return r < 0 ? r : status;
}

/* --- Chunks --- */

static struct range next_range(void)
{
  struct range range;
  if (!team_next_claim(run.team, run.next_chunk, &range))
    return (struct range){0, 0};
  run.next_chunk = (unsigned)range.end;
  return range;
}

static struct partial *copy_of(unsigned worker)
{
  return (struct partial *)(run.copies + worker * run.stride);
}

/* Rank 0: the copy replaces that worker's last one. */
static int receive_copy(unsigned rank, const struct request *request)
{
  if (request->bytes == 0)
    return 0;
  if (!run.copies || request->bytes > run.stride || request->worker >= run.team->workers)
    return -EPROTO;
  return wire_receive(rank, TAG_COPY, copy_of(request->worker), request->bytes, deadline());
}

/* Rank 0: answers who asks. */
static void hand_out(void)
{
  struct request request;
  unsigned rank;
  while (wire_poll(TAG_CLAIM, &rank)) {
    if (wire_receive(rank, TAG_CLAIM, &request, sizeof request, deadline()) < 0
        || receive_copy(rank, &request) < 0)
      return; /* its rank will be missed */
    struct range range = next_range();
    wire_send(rank, TAG_GRANT, &range, sizeof range, deadline());
  }
}

static bool is_time(uint64_t *last_ns, uint64_t every_ns)
{
  uint64_t now = clock_now_ns();
  if (now < *last_ns + every_ns)
    return false;
  *last_ns = now;
  return true;
}

/* Rank 0: the copies, its own partial and what had been done before are what is done so far. */
static void collect(const struct partial *own)
{
  const struct workload *w = run.team->workload;
  struct partial *sum = malloc(run.stride);
  int r = sum ? 0 : -ENOMEM;
  if (sum)
    partial_begin(w->job.kernel, w->plan, sum);
  if (r == 0)
    r = partial_merge(w->job.kernel, w->plan, own, sum);
  for (unsigned i = 1; r == 0 && i < run.team->workers; i++)
    r = partial_merge(w->job.kernel, w->plan, copy_of(i), sum);
  if (r == 0 && run.team->begun)
    r = partial_merge(w->job.kernel, w->plan, run.team->begun, sum);
  if (r == 0)
    run.team->collect(sum, run.team->collect_data);
  free(sum);
}

/* While rank 0 waits. */
static int attend_first(void)
{
  unsigned rank;
  if (run.team->schedule == SCHEDULE_DYNAMIC)
    hand_out();
  return is_time(&run.attended_ns, ATTEND_NS) && wire_poll(TAG_TROUBLE, &rank) ? -ETIMEDOUT : 0;
}

/* While another rank waits. */
static int attend_other(void)
{
  unsigned rank, asked;
  if (is_time(&run.attended_ns, ATTEND_NS) && wire_poll(TAG_ASK, &rank)
      && wire_receive(rank, TAG_ASK, &asked, sizeof asked, deadline_in(1)) == 0)
    wire_send(rank, TAG_WAITS, &run.worker, sizeof run.worker, deadline_in(1));
  return 0;
}

/* Rank 0 between its claims: what the parent of processes does while it waits. */
static int look_around(const struct worker *w)
{
  const struct team *team = run.team;
  struct range all = team_chunks(team);
  hand_out();
  if (team->progress && is_time(&run.reported_ns, REPORT_NS))
    team->progress((double)(run.next_chunk - all.begin) / (double)(all.end - all.begin),
                   team->progress_data);
  if (run.collects && is_time(&run.copied_ns, COPY_NS))
    collect(memory_leaf(w->memory, 0));
  if (team->timeout_s > 0 && clock_now_ns() > deadline())
    return failed(-ETIMEDOUT, 0);
  if (!interrupt_signal())
    return 0;
  cluster.broken = true;
  return -EINTR;
}

static int ask(const struct worker *w)
{
  const struct partial *leaf = memory_leaf(w->memory, w->index);
  struct request request = {.worker = w->index};
  if (run.collects && is_time(&run.copied_ns, COPY_NS))
    request.bytes = leaf->bytes;
  int r = send_to(0, TAG_CLAIM, &request, sizeof request);
  return r == 0 && request.bytes ? send_to(0, TAG_COPY, leaf, request.bytes) : r;
}

static int claim(struct worker *w, struct range *ret_chunks)
{
  int r;
  if (w->index == 0) {
    r = look_around(w);
    *ret_chunks = next_range();
  } else {
    r = run.asked ? 0 : ask(w);
    if (r == 0)
      r = receive_from(0, TAG_GRANT, ret_chunks, sizeof *ret_chunks);
    run.asked = r == 0 && ret_chunks->begin < ret_chunks->end;
    if (run.asked)
      r = ask(w);
  }
  return r < 0 ? r : ret_chunks->begin < ret_chunks->end;
}

/* --- The operations of worker.h --- */

static int ready(struct worker *w)
{
  (void)w;
  int r = agree(0);
  if (run.worker == 0)
    w->record->ready_ns = clock_now_ns();
  return r;
}

static int release(struct worker *w)
{
  struct up mine = {0};
  int status = 0, r = tree_up(&mine, NULL);
  run.next_chunk = (unsigned)team_chunks(w->team).begin;
  run.asked = false;
  w->release_ns = clock_now_ns();
  if (r >= 0)
    r = tree_down(&status);
  if (w->index > 0)
    w->release_ns = clock_now_ns();
  return r < 0 ? r : 0;
}

static int merge(struct worker *w, unsigned leaf, int error)
{
  (void)leaf;
  if (error < 0 && cluster.broken)
    return error;
  struct up mine = {
      .error = error, .worker = w->index, .run_ns = w->record->end_ns - w->release_ns};
  int r = tree_up(&mine, w);
  if (w->index > 0 || r < 0)
    return r;
  run.culprit = mine;
  return mine.error < 0 ? mine.error : 1;
}

static uint64_t run_ns(const struct worker *w)
{
  uint64_t so_far = clock_now_ns() - w->release_ns; /* another rank's clock may run faster */
  return run.culprit.run_ns < so_far ? run.culprit.run_ns : so_far;
}

static int answered(struct worker *w, bool by_me, int error)
{
  (void)by_me;
  if (cluster.broken)
    return error;
  if (w->index == 0)
    blame(&run.culprit, error, 0);
  int r = tree_down(&error);
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

/* A rank that computes cannot look at the clock: after --timeout, and some seconds more for those
 * who wait and can tell whom for, it ends where it is, and the launcher ends the others. */
static struct {
  char text[FAULT_TEXT + 32];
  size_t length;
} last_words;

static void give_up(int signal)
{
  (void)signal;
  if (write(STDERR_FILENO, last_words.text, last_words.length) < 0)
    _exit(2);
  _exit(1);
}

static void watch_begin(const struct team *team, unsigned worker)
{
  const double first_s = 4, other_s = 15;
  char node[NODE_NAME] = "?";
  gethostname(node, sizeof node - 1);
  int n = snprintf(last_words.text, sizeof last_words.text,
                   "pibench: %s: worker %u (rank %u on %s) still computes after the %g s of "
                   "--timeout\n",
                   team->workload->job.kernel ? team->workload->job.kernel->name : "?", worker + 1,
                   cluster.rank, node, team->timeout_s);
  last_words.length = (size_t)n;
  double seconds = ceil(fmin(team->timeout_s, 1e8)) + (worker > 0 ? other_s : first_s);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = give_up}, NULL);
  alarm((unsigned)seconds);
}

static void run_begin(const struct team *team, unsigned worker)
{
  if (team->timeout_s > 0)
    watch_begin(team, worker);
  run = (struct run){.team = team, .worker = worker, .begin_ns = clock_now_ns()};
  run.reported_ns = run.begin_ns;
  wire_set_pace(cluster.shares ? WIRE_YIELD : WIRE_SPIN);
  wire_set_attendant(worker > 0 ? attend_other : attend_first);
}

static void run_end(void)
{
  alarm(0);
  wire_set_attendant(NULL);
  sched_setaffinity(0, sizeof cluster.unbound, &cluster.unbound);
  prctl(PR_SET_NAME, "pibench");
}

/* Ready or not, it has to say so; then its life as a worker, bound to its CPU. */
static int take_part(const struct team *team, struct team_memory *memory, int error)
{
  struct rusage usage;
  int r = agree(error);
  if (r < 0)
    return r;
  mpfr_free_cache(); /* nobody begins with a π that an earlier sample has computed */
  struct worker w = worker_of(team, memory, run.worker, &operations);
  w.record->slot = run.worker;
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

/* The last workload is kept: a benchmark's samples are of few jobs. */
static int workload_for(const struct job_code *code)
{
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
  struct team_memory *memory = NULL;
  struct report report = {0};
  size_t bytes = 0;
  if (cluster.worker >= team.workers)
    return;
  run_begin(&team, cluster.worker);
  run.collects = order->sample.collects;
  int r = workload_for(&order->sample.job);
  if (r == 0)
    r = team_memory_make(&team, &memory, &bytes);
  take_part(&team, memory, r); /* rank 0 knows of an error */
  if (memory) {
    report.record = *memory_record(memory, run.worker);
    munmap(memory, bytes);
  }
  send_to(0, TAG_REPORT, &report, sizeof report);
  run_end();
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

/* A wait was in vain: whoever waits as well says so when asked; the first that says nothing is the
 * one to name. */
static unsigned find_silent(void)
{
  const double listen_s = 2;
  uint64_t until = deadline_in(listen_s);
  bool *waits = calloc(run.team->workers, sizeof *waits);
  unsigned silent = run.stuck, rank, worker;
  wire_set_attendant(NULL);
  for (unsigned w = 1; w < run.team->workers; w++)
    wire_send(rank_of(w), TAG_ASK, &w, sizeof w, until);
  while (waits && clock_now_ns() < until)
    if (wire_poll(TAG_WAITS, &rank)
        && wire_receive(rank, TAG_WAITS, &worker, sizeof worker, until) == 0
        && worker < run.team->workers)
      waits[worker] = true;
  for (unsigned w = run.team->workers; waits && w-- > 1;)
    if (!waits[w])
      silent = w;
  free(waits);
  return silent;
}

static int fault_after(int r, struct fault *ret_fault)
{
  if (r == -EINTR || interrupt_signal())
    return -EINTR;
  if (r == -ETIMEDOUT || r == -ECOMM) {
    cluster.lost = true;
    *ret_fault = fault_of(find_silent(), FAULT_TIMEOUT);
    ret_fault->seconds = run.team->timeout_s > 0 ? run.team->timeout_s
                                                 : (double)(clock_now_ns() - run.begin_ns) * 1e-9;
    return -ECHILD;
  }
  *ret_fault = fault_of(run.culprit.worker, FAULT_KERNEL);
  ret_fault->error = r;
  return -ECHILD;
}

static int gather_reports(struct team_memory *memory)
{
  for (unsigned w = 1; w < run.team->workers; w++) {
    struct report report;
    int r = receive_from(w, TAG_REPORT, &report, sizeof report);
    if (r < 0)
      return r;
    report.record.ready_ns = 0; /* of another clock */
    if (memory)
      *memory_record(memory, w) = report.record;
  }
  return 0;
}

/* Room for the copies that come with claims. */
static int copies_make(void)
{
  const struct workload *w = run.team->workload;
  run.stride = partial_bytes(w->job.kernel->payload_bytes(w->plan));
  run.copies = malloc(run.team->workers * run.stride);
  for (unsigned i = 0; run.copies && i < run.team->workers; i++)
    partial_begin(w->job.kernel, w->plan, copy_of(i));
  run.collects = run.copies != NULL;
  return run.copies ? 0 : -ENOMEM;
}

static int run_sample(const struct team *team, struct team_memory **memory, size_t *bytes)
{
  int r = order_sample(team);
  wire_set_pace(cluster.shares ? WIRE_YIELD : WIRE_SPIN);
  if (r < 0)
    return r;
  r = team_memory_make(team, memory, bytes);
  if (r == 0 && team->collect)
    r = copies_make();
  r = take_part(team, *memory, r);
  if (r < 0 && run.collects && *memory)
    collect(memory_leaf(*memory, 0));
  int gathered = cluster.broken ? 0 : gather_reports(*memory);
  return r < 0 ? r : gathered;
}

int cluster_run(const struct team *asked, struct sample *ret_sample, struct fault *ret_fault)
{
  struct team own = *asked, *team = &own;
  if (team->workload->job.kernel->merges_in_order) /* a rank's partial has to hold neighbours */
    team->schedule = SCHEDULE_STATIC;
  struct sample sample = {0};
  struct team_memory *memory = NULL;
  *ret_fault = (struct fault){.kind = FAULT_SYSTEM, .error = -ENOTCONN};
  if (cluster.broken)
    return -ECHILD;
  run_begin(team, 0);
  int r = run_sample(team, &memory, &sample.memory_bytes);
  sample.memory = memory;
  r = r < 0 ? fault_after(r, ret_fault) : memory->finish_error;
  run_end();
  free(run.copies);
  if (r < 0) {
    sample_release(&sample);
    return r;
  }
  team_sample_fill(team, memory, run.begin_ns, &sample);
  *ret_sample = sample;
  return 0;
}
