/* SPDX-License-Identifier: GPL-3.0-or-later */
/* team.c: the parent of a team: gives it memory, forks it, waits for it, and leaves nothing. */

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "cluster.h"
#include "ending.h"
#include "interrupt.h"
#include "team_memory.h"

/* --- Processes --- */

/* The parent's view of its processes: one per worker, or one whose threads are the workers. */
struct crew {
  const struct team *team;
  struct team_memory *memory;
  unsigned processes;
  pid_t *pids;        /* 0 when it is buried */
  struct pollfd *fds; /* of their endings; -1 when it is buried */
  unsigned forked, alive;
};

static const char *const backend_names[BACKENDS] = {
    [BACKEND_PROCESS] = "process", [BACKEND_THREAD] = "thread", [BACKEND_MPI] = "mpi"};

const char *backend_name(enum backend backend)
{
  return backend_names[backend];
}

enum backend team_default_backend(void)
{
  return cluster_is_up() ? BACKEND_MPI : BACKEND_PROCESS;
}

static struct fault fault_of(const struct crew *crew, unsigned worker, enum fault_kind kind)
{
  const struct worker_record *record = memory_record(crew->memory, worker);
  return (struct fault){
      .kind = kind,
      .worker = worker + 1,
      .pid = record->pid,
      .cpu = (int)crew->team->placement->slots[record->slot].cpu,
  };
}

static void records_begin(const struct crew *crew)
{
  const struct team *team = crew->team;
  for (unsigned w = 0; w < team->workers; w++) {
    struct worker_record *record = memory_record(crew->memory, w);
    record->slot = (team->first_slot + w) % team->placement->slot_count;
    record->cpu_first = record->cpu_last = -1;
  }
}

/* The workers of process p. */
static struct range workers_of(const struct crew *crew, unsigned p)
{
  bool threads = crew->team->backend == BACKEND_THREAD;
  return threads ? (struct range){0, crew->team->workers} : (struct range){p, p + 1};
}

static pid_t fork_process(const struct crew *crew, unsigned p, pid_t parent)
{
  pid_t pid = fork();
  if (pid == 0 && crew->team->backend == BACKEND_THREAD)
    worker_threads_main(crew->team, crew->memory, parent);
  if (pid == 0)
    worker_main(crew->team, crew->memory, p, parent);
  return pid;
}

static int crew_fork(struct crew *crew, struct fault *ret_fault)
{
  pid_t parent = getpid();
  records_begin(crew);
  ending_make_room(crew->processes);
  for (unsigned p = 0; p < crew->processes; p++) {
    struct ending ending;
    int fd = ending_prepare(&ending);
    pid_t pid = fd < 0 ? -1 : fork_process(crew, p, parent);
    if (fd == 0)
      fd = ending_watch(&ending, pid);
    if (pid > 0) {
      struct range workers = workers_of(crew, p);
      for (uint64_t w = workers.begin; w < workers.end; w++)
        memory_record(crew->memory, (unsigned)w)->pid = pid;
      crew->pids[p] = pid;
      crew->fds[p] = (struct pollfd){.fd = fd, .events = POLLIN};
      crew->forked = p + 1;
      crew->alive++;
    }
    if (fd < 0) {
      *ret_fault = fault_of(crew, p, FAULT_SYSTEM);
      ret_fault->error = fd;
      return -ECHILD;
    }
  }
  return 0;
}

/* Of the workers of a process that failed, the one to name: that with an error of its own, else the
 * first that was not done. */
static unsigned guilty_worker(const struct crew *crew, unsigned p)
{
  struct range workers = workers_of(crew, p);
  unsigned guilty = (unsigned)workers.begin;
  bool found = false;
  for (uint64_t w = workers.begin; w < workers.end; w++) {
    const struct worker_record *record = memory_record(crew->memory, (unsigned)w);
    if (record->error)
      return (unsigned)w;
    if (!found && record->stage != WORKER_DONE) {
      guilty = (unsigned)w;
      found = true;
    }
  }
  return guilty;
}

static bool workers_are_done(const struct crew *crew, unsigned p)
{
  struct range workers = workers_of(crew, p);
  for (uint64_t w = workers.begin; w < workers.end; w++)
    if (memory_record(crew->memory, (unsigned)w)->stage != WORKER_DONE)
      return false;
  return true;
}

static void crew_bury(struct crew *crew, unsigned p, const struct rusage *usage)
{
  struct range workers = workers_of(crew, p);
  for (uint64_t w = workers.begin; w < workers.end; w++)
    memory_record(crew->memory, (unsigned)w)->peak_rss_bytes = (uint64_t)usage->ru_maxrss * 1024;
  if (crew->fds[p].fd >= 0)
    close(crew->fds[p].fd);
  crew->fds[p].fd = -1;
  crew->pids[p] = 0;
  crew->alive--;
}

/* A process has ended: takes its exit status.  Returns 0, or -ECHILD if it is a fault. */
static int crew_take(struct crew *crew, unsigned p, struct fault *ret_fault)
{
  struct rusage usage;
  int status;
  while (wait4(crew->pids[p], &status, 0, &usage) < 0 && errno == EINTR)
    ;
  crew_bury(crew, p, &usage);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && workers_are_done(crew, p))
    return 0;
  unsigned guilty = guilty_worker(crew, p);
  const struct worker_record *record = memory_record(crew->memory, guilty);
  *ret_fault = fault_of(crew, guilty, FAULT_EXIT);
  if (WIFSIGNALED(status)) {
    ret_fault->kind = FAULT_SIGNAL;
    ret_fault->signal = WTERMSIG(status);
  } else if (record->error) {
    ret_fault->kind = record->stage == WORKER_STARTING ? FAULT_SYSTEM : FAULT_KERNEL;
    ret_fault->error = record->error;
  } else {
    ret_fault->status = WEXITSTATUS(status);
  }
  return -ECHILD;
}

static bool process_is_stopped(pid_t pid)
{
  char path[64], state = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *stat = fopen(path, "re");
  if (!stat)
    return false;
  bool read = fscanf(stat, "%*d (%*[^)]) %c", &state) == 1;
  fclose(stat);
  return read && (state == 'T' || state == 't');
}

/* Which worker kept the others waiting: one of a stopped process, else one that computes, else any.
 */
static struct fault timeout_fault(const struct crew *crew)
{
  unsigned guilty = 0;
  int suspicion = -1;
  for (unsigned w = 0; w < crew->team->workers; w++) {
    const struct worker_record *record = memory_record(crew->memory, w);
    if (!record->pid || record->stage == WORKER_DONE)
      continue;
    int now = process_is_stopped(record->pid) ? 2 : record->end_ns == 0 ? 1 : 0;
    if (now > suspicion) {
      suspicion = now;
      guilty = w;
    }
  }
  struct fault fault = fault_of(crew, guilty, FAULT_TIMEOUT);
  fault.seconds = crew->team->timeout_s;
  fault.stopped = suspicion == 2;
  return fault;
}

/* Takes the processes whose descriptor says that they have ended. */
static int crew_take_ended(struct crew *crew, struct fault *ret_fault)
{
  for (unsigned w = 0; w < crew->forked; w++)
    if (crew->pids[w] && crew->fds[w].revents) {
      int r = crew_take(crew, w, ret_fault);
      if (r < 0)
        return r;
    }
  return 0;
}

/* How many of the chunks were to be done when the team began. */
static double chunks_to_do(const struct team *team, struct range chunks)
{
  unsigned begun = team->begun ? partial_covered(team->begun, chunks) : 0;
  return (double)(chunks.end - chunks.begin) - begun;
}

static void crew_report(const struct crew *crew)
{
  const struct team *team = crew->team;
  cluster_alive();
  if (!team->progress || team->schedule != SCHEDULE_DYNAMIC || team->serial)
    return;
  uint32_t next = atomic_load(&crew->memory->next_chunk);
  struct range all = team_chunks(team), taken = {all.begin, next < all.end ? next : all.end};
  double part = team_takes_leaves(team)
                    ? (double)next / crew->memory->leaves
                    : chunks_to_do(team, taken) / fmax(1, chunks_to_do(team, all));
  team->progress(fmin(1, part), team->progress_data);
}

/* Whether all chunks of one are in the other. */
static bool is_within(const struct partial *partial, const struct partial *whole)
{
  for (size_t i = 0; i < sizeof whole->covered / sizeof *whole->covered; i++)
    if (partial->covered[i] & ~whole->covered[i])
      return false;
  return true;
}

/* Workers that have ended merge their leaves into those before them: what was copied may already be
 * in a leaf that was copied earlier, but then all of it is. */
static int add_once(const struct team *team, const struct partial *from, struct partial *sum)
{
  if (is_within(from, sum))
    return 0;
  return partial_merge(team->workload->job.kernel, team->workload->plan, from, sum);
}

/* All that has been done, leaf by leaf, then what had been done before the team. */
static int add_copies(const struct crew *crew, struct partial *copy, struct partial *sum)
{
  const struct team *team = crew->team;
  int r = 0;
  for (unsigned leaf = 0; r == 0 && leaf < crew->memory->leaves; leaf++) {
    r = leaf_copy(team, crew->memory, leaf, copy);
    if (r == 0)
      r = add_once(team, copy, sum);
  }
  return r == 0 && team->begun ? add_once(team, team->begun, sum) : r;
}

/* Without memory, or where a worker cannot be read, the next time will do. */
static void crew_collect(const struct crew *crew)
{
  const struct workload *w = crew->team->workload;
  if (!crew->team->collect)
    return;
  size_t bytes = partial_bytes(w->job.kernel->payload_bytes(w->plan));
  struct partial *sum = malloc(bytes), *copy = malloc(bytes);
  if (sum && copy) {
    partial_begin(w->job.kernel, w->plan, sum);
    if (add_copies(crew, copy, sum) == 0)
      crew->team->collect(sum, crew->team->collect_data);
  }
  free(sum);
  free(copy);
}

static int crew_wait(struct crew *crew, struct fault *ret_fault)
{
  const long long report_ns = crew->team->collect ? 100000000 : 500000000;
  double timeout_s = fmin(crew->team->timeout_s, 1e9); /* 30 years fit in nanoseconds */
  uint64_t deadline = clock_now_ns() + (uint64_t)(timeout_s * 1e9);
  while (crew->alive > 0) {
    uint64_t now = clock_now_ns();
    long long left = -1;
    if (crew->team->timeout_s > 0)
      left = now < deadline ? (long long)(deadline - now) : 0;
    bool wanted = crew->team->progress || crew->team->collect || cluster_is_up();
    bool report = wanted && (left < 0 || left > report_ns);
    int ready = interrupt_wait(crew->fds, crew->forked, report ? report_ns : left);
    if (interrupt_signal())
      return -EINTR;
    if (ready == 0 && report) {
      crew_report(crew);
      crew_collect(crew);
    } else if (ready == 0) {
      *ret_fault = timeout_fault(crew);
      return -ECHILD;
    } else if (ready > 0) {
      int r = crew_take_ended(crew, ret_fault);
      if (r < 0)
        return interrupt_signal() ? -EINTR : r;
    }
  }
  return 0;
}

/* Kills and buries who is left.  Only after a fault or a signal is there anybody. */
static void crew_disband(struct crew *crew)
{
  struct fault ignored;
  for (unsigned w = 0; w < crew->forked; w++)
    if (crew->pids[w])
      kill(crew->pids[w], SIGKILL);
  for (unsigned w = 0; w < crew->forked; w++)
    if (crew->pids[w])
      crew_take(crew, w, &ignored);
}

/* --- Samples --- */

static int crew_run(const struct team *team, struct sample *ret_sample, struct fault *ret_fault)
{
  struct sample sample = {0};
  bool threads = team->backend == BACKEND_THREAD;
  struct crew crew = {.team = team, .processes = threads ? 1 : team->workers};
  assert(team->workers >= 1 && team->repeats >= 1);
  assert((!team->begun && !team->collect)
         || (team->schedule == SCHEDULE_DYNAMIC && !team->workload->job.kernel->merges_in_order));
  *ret_fault = (struct fault){.kind = FAULT_SYSTEM, .error = -ENOMEM};
  int r = team_memory_make(team, &crew.memory, &sample.memory_bytes);
  if (r < 0) {
    ret_fault->error = r;
    return -ECHILD;
  }
  sample.memory = crew.memory;
  crew.fds = calloc(crew.processes, sizeof *crew.fds);
  crew.pids = calloc(crew.processes, sizeof *crew.pids);
  uint64_t fork_ns = clock_now_ns();
  r = crew.fds && crew.pids ? crew_fork(&crew, ret_fault) : -ECHILD;
  if (r == 0)
    r = crew_wait(&crew, ret_fault);
  if (r < 0)
    crew_collect(&crew);
  crew_disband(&crew);
  free(crew.fds);
  free(crew.pids);
  if (r == 0)
    r = crew.memory->finish_error;
  if (r < 0) {
    sample_release(&sample);
    return r;
  }
  team_sample_fill(team, crew.memory, fork_ns, &sample);
  *ret_sample = sample;
  return 0;
}

int team_run(const struct team *team, struct sample *ret_sample, struct fault *ret_fault)
{
  return team->backend == BACKEND_MPI && !team->serial ? cluster_run(team, ret_sample, ret_fault)
                                                       : crew_run(team, ret_sample, ret_fault);
}
