/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_team.c: teams whose workers compute, die, hang and refuse: the bytes are the same for any
 * team, a fault is told exactly, and nothing is left behind.
 */

#include <dirent.h>
#include <math.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake.h"
#include "interrupt.h"
#include "suite.h"
#include "team_memory.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { WORKERS_MOST = 8, UNITS = 100000 };

/* Of this machine; loaded by main(). */
static struct placement *placement;

/* What workers write down for the test to read. */
static struct diary {
  _Atomic unsigned runs, finishes, entries;
  _Atomic int guilty; /* pid of who misbehaved */
  struct {
    int pid;
    uint64_t begin;
    char name[32];
    cpu_set_t cpus;
    bool ignores_interrupt, takes_terminate;
  } entry[WORKERS_MOST];
} * diary;

static void open_diary(void)
{
  const struct rlimit no_core = {0};
  setrlimit(RLIMIT_CORE, &no_core);
  diary = fake_shared(sizeof *diary);
}

static struct workload prepared_of(const struct kernel *kernel, uint64_t units)
{
  struct workload w;
  struct job job = fake_job(kernel, units);
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  return w;
}

static struct workload prepared(uint64_t units)
{
  return prepared_of(&fake_kernel, units);
}

/* The ways to run. */
enum way { SERIAL, STATIC, DYNAMIC, THREADS_STATIC, THREADS_DYNAMIC, WAYS };

static bool is_dynamic(enum way way)
{
  return way == DYNAMIC || way == THREADS_DYNAMIC;
}

static bool is_threads(enum way way)
{
  return way == THREADS_STATIC || way == THREADS_DYNAMIC;
}

static struct team team_of(const struct workload *w, enum way way, unsigned workers)
{
  return (struct team){
      .workload = w,
      .placement = placement,
      .workers = way == SERIAL ? 1 : workers,
      .serial = way == SERIAL,
      .schedule = is_dynamic(way) ? SCHEDULE_DYNAMIC : SCHEDULE_STATIC,
      .backend = is_threads(way) ? BACKEND_THREAD : BACKEND_PROCESS,
      .repeats = 1,
      .timeout_s = 60,
  };
}

/* --- What may be left behind --- */

struct belongings {
  unsigned files, shared_files, mappings;
};

static unsigned entries(const char *path)
{
  unsigned count = 0;
  DIR *listing = opendir(path);
  while (listing && readdir(listing))
    count++;
  if (listing)
    closedir(listing);
  return count;
}

/* Anonymous shared mappings look like a deleted /dev/zero. */
static unsigned shared_mappings(void)
{
  char line[1000];
  unsigned count = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps))
    count += strstr(line, "/dev/zero") != NULL;
  fclose(maps);
  return count;
}

static struct belongings belongings_now(void)
{
  return (struct belongings){entries("/proc/self/fd"), entries("/dev/shm"), shared_mappings()};
}

/* Other programs of the machine come and go in /dev/shm: what is left by us stays there. */
static struct belongings belongings_after(struct belongings before)
{
  struct belongings now = belongings_now();
  for (int i = 0; i < 50 && now.shared_files > before.shared_files; i++) {
    usleep(100000);
    now = belongings_now();
  }
  return now;
}

static void assert_nothing_left(struct belongings before)
{
  struct belongings now = belongings_after(before);
  errno = 0;
  ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
  ck_assert_int_eq(errno, ECHILD);
  ck_assert_uint_eq(now.files, before.files);
  ck_assert_uint_le(now.shared_files, before.shared_files);
  ck_assert_uint_eq(now.mappings, before.mappings);
}

/* The partial of the whole job, by no team at all. */
static struct partial *expected_partial(const struct workload *w)
{
  struct partial *partial = malloc(partial_bytes(8 * w->unit[w->chunks] + 8));
  partial_begin(w->job.kernel, w->plan, partial);
  ck_assert_int_eq(w->job.variant->run(w->plan, (struct range){0, w->unit[w->chunks]}, partial), 0);
  partial_cover(partial, (struct range){0, w->chunks});
  return partial;
}

static struct sample run(const struct team *team)
{
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  int r = team_run(team, &sample, &fault);
  ck_assert_msg(r == 0, "%d: %s", r, fault_text(&fault, &fake_kernel, text));
  return sample;
}

/* Runs well, gives the right bytes, and leaves nothing. */
static void assert_right(const struct team *team)
{
  fake_on_run = NULL;
  fake_on_finish = NULL;
  struct belongings before = belongings_now();
  struct partial *expected = expected_partial(team->workload);
  struct sample sample = run(team);
  ck_assert_uint_eq(sample.partial->bytes, expected->bytes);
  ck_assert_msg(memcmp(sample.partial, expected, expected->bytes) == 0,
                "%u workers, %s, %s, %u chunks", team->workers, backend_name(team->backend),
                team->schedule == SCHEDULE_DYNAMIC ? "dynamic" : "static", team->workload->chunks);
  if (!team->workload->job.kernel->merges_in_order)
    ck_assert_uint_eq(answer_find(sample.answer, "sum")->count, expected->payload[0]);
  sample_release(&sample);
  free(expected);
  assert_nothing_left(before);
}

/* --- Bytes --- */

START_TEST(any_number_of_workers_any_schedule_and_any_backend_give_the_same_bytes)
{
  static const uint64_t units[] = {UNITS, 4097, 300, 7};
  for (size_t i = 0; i < LENGTH(units); i++) {
    struct workload w = prepared(units[i]);
    for (enum way way = SERIAL; way < WAYS; way++)
      for (unsigned workers = 1; workers <= 7; workers++) {
        struct team team = team_of(&w, way, workers);
        team.pin = workers % 2 == 0;
        assert_right(&team);
      }
    workload_release(&w);
  }
}
END_TEST

START_TEST(more_workers_than_chunks_give_the_same_bytes)
{
  for (uint64_t units = 1; units <= 3; units++) {
    struct workload w = prepared(units);
    for (enum way way = STATIC; way < WAYS; way++) {
      struct team team = team_of(&w, way, 7);
      assert_right(&team);
    }
    workload_release(&w);
  }
}
END_TEST

/* Chunk c costs 2^(40 - c), or 1: the first ones are taken one by one, the many short ones behind
 * them together. */
START_TEST(claims_go_by_what_chunks_cost)
{
  enum { CHUNKS = 300, WORKERS = 2 };
  uint64_t cost[CHUNKS + 1] = {0};
  for (unsigned c = 0; c < CHUNKS; c++)
    cost[c + 1] = cost[c] + (UINT64_C(1) << (c < 40 ? 40 - c : 0));
  struct workload w = {.chunks = CHUNKS, .cost = cost};
  struct team team = team_of(&w, DYNAMIC, WORKERS);
  struct range claim = {0, 0};
  unsigned claims = 0;
  while (team_next_claim(&team, (unsigned)claim.end, &claim)) {
    uint64_t left = cost[CHUNKS] - cost[claim.begin], taken = cost[claim.end] - cost[claim.begin];
    if (claim.end - claim.begin > 1)
      ck_assert_uint_le(taken, left / (4 * WORKERS));
    else if (claim.end < CHUNKS)
      ck_assert_uint_gt(cost[claim.end + 1] - cost[claim.begin], left / (4 * WORKERS));
    claims++;
  }
  ck_assert_uint_eq(claim.end, CHUNKS);
  ck_assert_uint_lt(claims, 40 + 40);
}
END_TEST

START_TEST(more_workers_than_slots_share_them_and_give_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  for (enum way way = STATIC; way < WAYS; way++) {
    struct team team = team_of(&w, way, placement->slot_count + 3);
    struct sample sample = run(&team);
    for (unsigned i = 0; i < team.workers; i++)
      ck_assert_uint_eq(sample.records[i].slot, i % placement->slot_count);
    sample_release(&sample);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

START_TEST(a_serial_part_on_purpose_gives_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  const unsigned serial[] = {1, w.chunks / 3, w.chunks - 1, w.chunks};
  for (enum way way = STATIC; way < WAYS; way++)
    for (size_t i = 0; i < LENGTH(serial); i++) {
      struct team team = team_of(&w, way, 3);
      team.serial_chunks = serial[i];
      team.repeats = 2;
      assert_right(&team);
    }
  workload_release(&w);
}
END_TEST

static int count_run(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  diary->runs++;
  return 0;
}

static int count_finish(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  diary->finishes++;
  return 0;
}

START_TEST(repetitions_do_the_whole_job_again_and_give_the_same_bytes)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    team.repeats = 50;
    fake_on_run = count_run;
    fake_on_finish = count_finish;
    diary->runs = diary->finishes = 0;
    struct sample sample = run(&team);
    ck_assert_uint_eq(sample.repeats, 50);
    ck_assert_uint_eq(diary->finishes, 50);
    if (is_dynamic(way))
      ck_assert_uint_ge(diary->runs, 50);
    else
      ck_assert_uint_eq(diary->runs, 50 * team.workers);
    sample_release(&sample);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

/* --- Partials that grow, merged left before right --- */

START_TEST(neighbours_are_merged_in_order_by_any_team)
{
  static const uint64_t units[] = {UNITS, 4097, 300, 7, 1};
  for (size_t i = 0; i < LENGTH(units); i++) {
    struct workload w = prepared_of(&fake_list_kernel, units[i]);
    for (enum way way = SERIAL; way < WAYS; way++)
      for (unsigned workers = 1; workers <= 9; workers++) {
        struct team team = team_of(&w, way, workers);
        team.repeats = 1 + workers % 3;
        assert_right(&team);
        team.serial_chunks = way == SERIAL ? 0 : w.chunks / 2;
        assert_right(&team);
      }
    workload_release(&w);
  }
}
END_TEST

static int be_late(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  if ((int)units.begin == diary->guilty)
    usleep(5000);
  return 0;
}

START_TEST(workers_that_are_late_are_merged_in_order_too)
{
  struct workload w = prepared_of(&fake_list_kernel, UNITS);
  struct partial *expected = expected_partial(&w);
  for (unsigned late = 0; late < 5; late++)
    for (enum way way = STATIC; way < WAYS; way++) {
      struct team team = team_of(&w, way, 5);
      diary->guilty = (int)workload_units(&w, workload_share(&w, late, 5)).begin;
      fake_on_run = be_late;
      struct sample sample = run(&team);
      ck_assert_uint_eq(sample.partial->bytes, expected->bytes);
      ck_assert_mem_eq(sample.partial, expected, expected->bytes);
      sample_release(&sample);
    }
  free(expected);
  workload_release(&w);
}
END_TEST

static struct partial *list_of_chunks(const struct workload *w, struct range chunks)
{
  struct partial *partial = malloc(partial_bytes(8 * w->unit[w->chunks]));
  partial_begin(w->job.kernel, w->plan, partial);
  ck_assert_int_eq(w->job.variant->run(w->plan, workload_units(w, chunks), partial), 0);
  partial_cover(partial, chunks);
  return partial;
}

START_TEST(only_neighbours_are_merged_in_order)
{
  static const struct {
    struct range into, from;
    int result;
  } cases[] = {
      {{0, 64}, {64, 65}, 0},       {{63, 64}, {64, 200}, 0},     {{0, 1}, {2, 3}, -EXDEV},
      {{64, 65}, {63, 64}, -EXDEV}, {{0, 64}, {65, 128}, -EXDEV}, {{5, 9}, {8, 12}, -EEXIST},
      {{5, 9}, {0, 5}, -EXDEV},     {{130, 131}, {0, 1}, -EXDEV},
  };
  struct workload w = prepared_of(&fake_list_kernel, 300);
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct partial *into = list_of_chunks(&w, cases[i].into);
    struct partial *from = list_of_chunks(&w, cases[i].from);
    uint64_t bytes = into->bytes;
    ck_assert_int_eq(partial_merge(w.job.kernel, w.plan, from, into), cases[i].result);
    if (cases[i].result < 0)
      ck_assert_uint_eq(into->bytes, bytes);
    free(into);
    free(from);
  }
  workload_release(&w);
}
END_TEST

/* --- Records --- */

START_TEST(records_and_phases_of_a_sample_fit_together)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    team.first_slot = 1;
    struct sample sample = run(&team);
    ck_assert_uint_eq(sample.workers, team.workers);
    ck_assert_double_gt(sample.wall_s, 0);
    ck_assert_double_gt(sample.spawn_s, 0);
    ck_assert_double_ge(sample.merge_s, 0);
    ck_assert_double_eq_tol(sample.run_s + sample.merge_s + sample.finish_s, sample.wall_s, 1e-9);
    for (unsigned i = 0; i < sample.workers; i++) {
      const struct worker_record *record = &sample.records[i];
      ck_assert_int_eq(record->stage, WORKER_DONE);
      ck_assert_uint_eq(record->slot, (1 + i) % placement->slot_count);
      ck_assert(record->ready_ns <= record->begin_ns && record->begin_ns <= record->end_ns);
      ck_assert(!record->pinned && record->bind_error == 0 && record->error == 0);
      ck_assert(record->cpu_first >= 0 && record->cpu_last >= 0);
      ck_assert_double_gt(record->canary_before_ghz, 0);
      ck_assert_double_gt(record->canary_after_ghz, 0);
      ck_assert_uint_gt(record->peak_rss_bytes, 100000);
      for (unsigned j = 0; j < i; j++)
        ck_assert_int_eq(sample.records[j].pid == record->pid, is_threads(way));
    }
    ck_assert(!sample_pinned(&sample));
    sample_release(&sample);
    ck_assert_ptr_null(sample.memory);
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

static int describe_myself(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  unsigned i = diary->entries++;
  if (i >= WORKERS_MOST)
    return -E2BIG;
  char path[64];
  struct sigaction interrupt, terminate;
  sigset_t blocked;
  snprintf(path, sizeof path, "/proc/%d/comm", (int)gettid());
  FILE *comm = fopen(path, "r");
  if (!comm || !fgets(diary->entry[i].name, sizeof diary->entry[i].name, comm))
    return -EIO;
  fclose(comm);
  diary->entry[i].name[strcspn(diary->entry[i].name, "\n")] = '\0';
  sched_getaffinity(0, sizeof diary->entry[i].cpus, &diary->entry[i].cpus);
  sigaction(SIGINT, NULL, &interrupt);
  sigaction(SIGTERM, NULL, &terminate);
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  diary->entry[i].ignores_interrupt = interrupt.sa_handler == SIG_IGN;
  diary->entry[i].takes_terminate =
      terminate.sa_handler == SIG_DFL && !sigismember(&blocked, SIGTERM);
  diary->entry[i].begin = units.begin;
  diary->entry[i].pid = getpid();
  return 0;
}

START_TEST(workers_can_be_told_apart_by_name)
{
  struct kernel named = fake_kernel;
  struct workload w = prepared(UNITS);
  static const char *const names[][2] = {{"fake", "fake"},
                                         {"a-kernel-of-long-name", "a-kernel-of-l"}};
  for (size_t n = 0; n < 2 * LENGTH(names); n++) {
    const char *const *name = names[n / 2];
    named.name = name[0];
    w.job.kernel = &named;
    struct team team = team_of(&w, n % 2 ? THREADS_STATIC : STATIC, 3);
    diary->entries = 0;
    fake_on_run = describe_myself;
    struct sample sample = run(&team);
    ck_assert_uint_eq(diary->entries, 3);
    for (unsigned e = 0; e < 3; e++)
      for (unsigned i = 0; i < 3; i++)
        if (diary->entry[e].begin == workload_units(&w, workload_share(&w, i, 3)).begin) {
          char expected[32];
          snprintf(expected, sizeof expected, "%u/%s", i + 1, name[1]);
          ck_assert_str_eq(diary->entry[e].name, expected);
          ck_assert_int_eq(diary->entry[e].pid, sample.records[i].pid);
        }
    sample_release(&sample);
  }
  workload_release(&w);
}
END_TEST

START_TEST(a_pinned_worker_may_run_on_its_slots_cpu_alone)
{
  unsigned workers = placement->slot_count < 4 ? placement->slot_count : 4;
  if (workers < 2) {
    fputs("test_team: one CPU: binding is not tested\n", stderr);
    return;
  }
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, _i, workers);
  team.pin = true;
  fake_on_run = describe_myself;
  struct sample sample = run(&team);
  ck_assert(sample_pinned(&sample));
  ck_assert_uint_eq(diary->entries, workers);
  for (unsigned e = 0; e < workers; e++)
    for (unsigned i = 0; i < workers; i++)
      if (diary->entry[e].begin == workload_units(&w, workload_share(&w, i, workers)).begin) {
        unsigned cpu = placement->slots[sample.records[i].slot].cpu;
        ck_assert_int_eq(CPU_COUNT(&diary->entry[e].cpus), 1);
        ck_assert(CPU_ISSET(cpu, &diary->entry[e].cpus));
        ck_assert_int_eq(sample.records[i].cpu_first, (int)cpu);
        ck_assert_int_eq(sample.records[i].cpu_last, (int)cpu);
      }
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

START_TEST(binding_that_is_refused_is_recorded_and_the_work_goes_on)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 2);
  struct placement foreign = *placement;
  foreign.this_system = false;
  team.placement = &foreign;
  team.pin = true;
  struct sample sample = run(&team);
  ck_assert(!sample_pinned(&sample));
  for (unsigned i = 0; i < 2; i++) {
    ck_assert(!sample.records[i].pinned);
    ck_assert_int_eq(sample.records[i].bind_error, -ENOTSUP);
  }
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

/* --- Workers that misbehave --- */

static void exit_3(void)
{
  _exit(3);
}

static void exit_0(void)
{
  _exit(0);
}

static void killed(void)
{
  raise(SIGKILL);
}

static void crash(void)
{
  signal(SIGSEGV, SIG_DFL); /* a sanitizer may have taken it */
  raise(SIGSEGV);
}

static void stop(void)
{
  raise(SIGSTOP);
}

static void hang(void)
{
  for (;;)
    pause();
}

static void refuse(void)
{
}

static const struct misdeed {
  void (*act)(void);
  int returned; /* by run() */
  struct fault fault;
  double timeout_s;
  const char *text; /* behind "fake: worker 2 (pid 1, CPU 1) " */
} misdeeds[] = {
    {exit_3, 0, {.kind = FAULT_EXIT, .status = 3}, 60, "left with exit status 3"},
    {exit_0,
     0,
     {.kind = FAULT_EXIT, .status = 0},
     60,
     "left with exit status 0 before its work was"},
    {killed, 0, {.kind = FAULT_SIGNAL, .signal = SIGKILL}, 60, "was killed by SIGKILL"},
    {crash, 0, {.kind = FAULT_SIGNAL, .signal = SIGSEGV}, 60, "was killed by SIGSEGV"},
    {refuse,
     -ENOMEM,
     {.kind = FAULT_KERNEL, .error = -ENOMEM},
     60,
     "could not compute: Cannot allocate memory"},
    {refuse, -ERANGE, {.kind = FAULT_KERNEL, .error = -ERANGE}, 60, "could not compute: Numerical"},
    {stop,
     0,
     {.kind = FAULT_TIMEOUT, .seconds = 1, .stopped = true},
     1,
     "did not finish within 1 s: it is stopped"},
    {hang, 0, {.kind = FAULT_TIMEOUT, .seconds = 1}, 1, "did not finish within 1 s"},
};
static const struct misdeed *misdeed;
static uint64_t guilty_unit;

static int misbehave(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  if (guilty_unit < units.begin || guilty_unit >= units.end)
    return 0;
  diary->guilty = getpid();
  misdeed->act();
  return misdeed->returned;
}

static void assert_fault(const struct team *team, const struct fault *fault, enum way way)
{
  char expected[FAULT_TEXT], text[FAULT_TEXT];
  ck_assert_int_eq(fault->kind, misdeed->fault.kind);
  ck_assert_int_eq(fault->pid, diary->guilty);
  ck_assert_int_eq(fault->signal, misdeed->fault.signal);
  ck_assert_int_eq(fault->status, misdeed->fault.status);
  ck_assert_int_eq(fault->error, misdeed->fault.error);
  ck_assert_double_eq(fault->seconds, misdeed->fault.seconds);
  ck_assert_int_eq(fault->stopped, misdeed->fault.stopped);
  if (is_dynamic(way)) /* whoever came by */
    ck_assert(fault->worker >= 1 && fault->worker <= team->workers);
  else if (is_threads(way) && fault->kind != FAULT_KERNEL) /* the process is all that can be seen */
    ck_assert(fault->worker >= 1 && fault->worker <= team->workers);
  else
    ck_assert_uint_eq(fault->worker, way == SERIAL ? 1 : 2);
  unsigned slot = (fault->worker - 1) % placement->slot_count;
  ck_assert_int_eq(fault->cpu, (int)placement->slots[slot].cpu);
  snprintf(expected, sizeof expected, "fake: worker %u (pid %d, CPU %d) %s", fault->worker,
           diary->guilty, fault->cpu, misdeed->text);
  fault_text(fault, &fake_kernel, text);
  ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0, "%s, not %s", text, expected);
  ck_assert_ptr_null(strchr(text, '\n'));
}

static void assert_misdeed_is_told(enum way way)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, way, 3);
  struct sample sample;
  struct fault fault;
  struct belongings before = belongings_now();
  team.timeout_s = misdeed->timeout_s;
  team.pin = true;
  guilty_unit = w.unit[w.chunks / 2]; /* in the second share of three */
  fake_on_run = misbehave;
  memset(&sample, 0x55, sizeof sample);
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_ptr_eq(sample.memory, (void *)(uintptr_t)UINT64_C(0x5555555555555555));
  assert_fault(&team, &fault, way);
  assert_nothing_left(before);
  team.timeout_s = 60;
  assert_right(&team);
  workload_release(&w);
}

START_TEST(a_misdeed_in_a_serial_run_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(SERIAL);
}
END_TEST

START_TEST(a_misdeed_in_a_static_team_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(STATIC);
}
END_TEST

START_TEST(a_misdeed_in_a_dynamic_team_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(DYNAMIC);
}
END_TEST

START_TEST(a_misdeed_in_a_team_of_threads_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(THREADS_STATIC);
}
END_TEST

/* In place of the C library's: a kernel that may have no pidfds. */
static int pidfd_error;

int pidfd_open(pid_t pid, unsigned flags)
{
  errno = pidfd_error;
  return pidfd_error ? -1 : (int)syscall(SYS_pidfd_open, pid, flags);
}

START_TEST(without_pidfds_a_misdeed_is_told_and_nothing_is_left)
{
  static const enum way ways[] = {SERIAL, STATIC, DYNAMIC, THREADS_STATIC};
  misdeed = &misdeeds[_i / LENGTH(ways)];
  pidfd_error = _i % 2 ? ENOSYS : EPERM;
  assert_misdeed_is_told(ways[_i % LENGTH(ways)]);
}
END_TEST

static int finish_error;

static int finish_with_error(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  diary->guilty = getpid();
  return finish_error;
}

START_TEST(the_wish_for_more_guard_bits_is_passed_on_and_is_no_fault)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    struct sample sample;
    struct fault fault;
    struct belongings before = belongings_now();
    fake_on_finish = finish_with_error;
    finish_error = -EAGAIN;
    ck_assert_int_eq(team_run(&team, &sample, &fault), -EAGAIN);
    assert_nothing_left(before);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

START_TEST(an_error_while_finishing_is_the_fault_of_who_finished)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    struct sample sample;
    struct fault fault;
    struct belongings before = belongings_now();
    fake_on_finish = finish_with_error;
    finish_error = -EDOM;
    ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
    ck_assert_int_eq(fault.kind, FAULT_KERNEL);
    ck_assert_int_eq(fault.error, -EDOM);
    ck_assert_int_eq(fault.pid, diary->guilty);
    assert_nothing_left(before);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

static void note_progress(double fraction, void *data)
{
  unsigned *calls = data;
  ck_assert(fraction >= 0 && fraction <= 1);
  ++*calls;
}

START_TEST(progress_of_a_dynamic_team_is_reported_and_the_timeout_holds_nevertheless)
{
  static const struct misdeed hanging = {.act = hang};
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, DYNAMIC, 2);
  struct sample sample;
  struct fault fault;
  unsigned calls = 0;
  misdeed = &hanging;
  guilty_unit = UNITS / 2;
  fake_on_run = misbehave;
  team.timeout_s = 1.2;
  team.progress = note_progress;
  team.progress_data = &calls;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_TIMEOUT);
  ck_assert_uint_ge(calls, 1);
  workload_release(&w);
}
END_TEST

START_TEST(a_timeout_of_ages_does_not_strike_at_once)
{
  static const double ages[] = {1e9, 1e12, 1e30, 1e300};
  struct workload w = prepared(UNITS);
  for (size_t i = 0; i < LENGTH(ages); i++) {
    struct team team = team_of(&w, STATIC, 2);
    team.timeout_s = ages[i];
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

/* --- When the system gives no more --- */

static size_t far_too_much(const void *plan)
{
  (void)plan;
  return (size_t)1 << 60;
}

START_TEST(no_memory_is_told_and_nothing_is_left)
{
  struct kernel greedy = fake_kernel;
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  greedy.answer_bytes = far_too_much;
  w.job.kernel = &greedy;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -ENOMEM);
  ck_assert_str_eq(fault_text(&fault, &greedy, text),
                   "fake: a worker could not be started: Cannot allocate memory");
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

START_TEST(no_file_descriptor_is_told_and_nothing_is_left)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  struct rlimit limit, one_more;
  int next = dup(STDERR_FILENO);
  close(next);
  getrlimit(RLIMIT_NOFILE, &limit);
  one_more = (struct rlimit){(rlim_t)next + 1, limit.rlim_max};
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &one_more), 0);
  int r = team_run(&team, &sample, &fault);
  setrlimit(RLIMIT_NOFILE, &limit);
  ck_assert_int_eq(r, -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -EMFILE);
  ck_assert_uint_eq(fault.worker, 2);
  ck_assert_ptr_nonnull(
      strstr(fault_text(&fault, &fake_kernel, text), "could not be started: Too many open files"));
  assert_nothing_left(before);
  assert_right(&team);
  workload_release(&w);
}
END_TEST

START_TEST(no_process_is_told_and_nothing_is_left)
{
  const struct passwd *nobody = getpwnam("nobody");
  if (getuid() == 0 && (!nobody || setuid(nobody->pw_uid) < 0)) {
    fputs("test_team: root may fork without limit: that is not tested\n", stderr);
    return;
  }
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  struct rlimit limit;
  getrlimit(RLIMIT_NPROC, &limit);
  ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &(struct rlimit){0, limit.rlim_max}), 0);
  int r = team_run(&team, &sample, &fault);
  setrlimit(RLIMIT_NPROC, &limit);
  ck_assert_int_eq(r, -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -EAGAIN);
  ck_assert_ptr_nonnull(strstr(fault_text(&fault, &fake_kernel, text), "could not be started"));
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

/* --- Signals --- */

static void nap(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Describes itself and hangs. */
static int describe_and_hang(const struct fake_plan *plan, struct range units)
{
  int r = describe_myself(plan, units);
  if (r < 0)
    return r;
  diary->runs++;
  hang();
  return 0;
}

/* A process that sends us the signal once so many workers hang. */
static pid_t signal_later(int signal, unsigned workers)
{
  pid_t parent = getpid(), helper = fork();
  if (helper == 0) {
    while (diary->runs < workers)
      nap();
    kill(parent, signal);
    _exit(0);
  }
  return helper;
}

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

START_TEST(a_signal_during_a_sample_ends_it_and_nothing_is_left)
{
  int sent = signals[_i];
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  struct belongings before = belongings_now();
  signal(sent, SIG_DFL); /* even if we were started with nohup */
  interrupt_catch();
  ck_assert_int_eq(interrupt_signal(), 0);
  fake_on_run = describe_and_hang;
  pid_t helper = signal_later(sent, 3);
  ck_assert_int_eq(team_run(&team, &sample, &fault), -EINTR);
  ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
  ck_assert_int_eq(interrupt_signal(), sent);
  for (unsigned e = 0; e < 3; e++) {
    ck_assert(diary->entry[e].takes_terminate);
    ck_assert(sent != SIGINT || diary->entry[e].ignores_interrupt);
  }
  assert_nothing_left(before);
  fake_on_run = NULL;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -EINTR); /* it stays so */
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

START_TEST(a_raised_signal_looks_as_if_it_had_never_been_caught)
{
  int status, sent = signals[_i];
  pid_t child = fork();
  if (child == 0) {
    signal(sent, SIG_DFL);
    interrupt_catch();
    interrupt_raise(); /* none came: returns */
    raise(sent);
    if (interrupt_signal() != sent)
      _exit(1);
    interrupt_raise();
    _exit(2);
  }
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFSIGNALED(status));
  ck_assert_int_eq(WTERMSIG(status), sent);
}
END_TEST

START_TEST(a_signal_ignored_from_the_start_stays_ignored)
{
  signal(SIGHUP, SIG_IGN);
  interrupt_catch();
  raise(SIGHUP);
  ck_assert_int_eq(interrupt_signal(), 0);
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 2);
  assert_right(&team);
  workload_release(&w);
}
END_TEST

START_TEST(when_the_parent_is_killed_the_workers_die)
{
  struct workload w = prepared(UNITS);
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the orphans become ours */
  fake_on_run = describe_and_hang;
  pid_t parent = fork();
  if (parent == 0) {
    struct team team = team_of(&w, STATIC, 3);
    struct sample sample;
    struct fault fault;
    team_run(&team, &sample, &fault);
    _exit(0);
  }
  while (diary->runs < 3)
    nap();
  kill(parent, SIGKILL);
  ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
  for (unsigned e = 0; e < 3; e++) {
    int status; /* ends by the test's timeout if a worker lives on */
    ck_assert_int_eq(waitpid(diary->entry[e].pid, &status, 0), diary->entry[e].pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
  }
  workload_release(&w);
}
END_TEST

/* Tests that are done once, with any order. */
static TCase *once(void)
{
  const TTest *const tests[] = {
      any_number_of_workers_any_schedule_and_any_backend_give_the_same_bytes,
      a_serial_part_on_purpose_gives_the_same_bytes,
      more_workers_than_chunks_give_the_same_bytes,
      claims_go_by_what_chunks_cost,
      more_workers_than_slots_share_them_and_give_the_same_bytes,
      repetitions_do_the_whole_job_again_and_give_the_same_bytes,
      neighbours_are_merged_in_order_by_any_team,
      workers_that_are_late_are_merged_in_order_too,
      only_neighbours_are_merged_in_order,
      records_and_phases_of_a_sample_fit_together,
      workers_can_be_told_apart_by_name,
      binding_that_is_refused_is_recorded_and_the_work_goes_on,
      the_wish_for_more_guard_bits_is_passed_on_and_is_no_fault,
      an_error_while_finishing_is_the_fault_of_who_finished,
      progress_of_a_dynamic_team_is_reported_and_the_timeout_holds_nevertheless,
      a_timeout_of_ages_does_not_strike_at_once,
      no_memory_is_told_and_nothing_is_left,
      no_file_descriptor_is_told_and_nothing_is_left,
      no_process_is_told_and_nothing_is_left,
      a_signal_ignored_from_the_start_stays_ignored,
      when_the_parent_is_killed_the_workers_die,
  };
  TCase *tcase = tcase_create("teams");
  for (size_t i = 0; i < LENGTH(tests); i++)
    tcase_add_test(tcase, tests[i]);
  return tcase;
}

static TCase *one_by_one(void)
{
  TCase *tcase = tcase_create("one by one");
  tcase_add_loop_test(tcase, a_pinned_worker_may_run_on_its_slots_cpu_alone, STATIC, STATIC + 1);
  tcase_add_loop_test(tcase, a_pinned_worker_may_run_on_its_slots_cpu_alone, THREADS_STATIC,
                      THREADS_STATIC + 1);
  int count = LENGTH(misdeeds);
  tcase_add_loop_test(tcase, a_misdeed_in_a_serial_run_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_static_team_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_dynamic_team_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_team_of_threads_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, without_pidfds_a_misdeed_is_told_and_nothing_is_left, 0, 4 * count);
  tcase_add_loop_test(tcase, a_signal_during_a_sample_ends_it_and_nothing_is_left, 0,
                      LENGTH(signals));
  tcase_add_loop_test(tcase, a_raised_signal_looks_as_if_it_had_never_been_caught, 0,
                      LENGTH(signals));
  return tcase;
}

int main(void)
{
  unsigned bad_cpu;
  if (placement_load(PLACE_CORES, NULL, &placement, &bad_cpu) < 0)
    return suite_skip("hwloc cannot load this machine");
  Suite *suite = suite_create("team");
  TCase *const tcases[] = {once(), one_by_one()};
  for (size_t i = 0; i < LENGTH(tcases); i++) {
    tcase_add_checked_fixture(tcases[i], open_diary, NULL);
    tcase_set_timeout(tcases[i], 60);
    suite_add_tcase(suite, tcases[i]);
  }
  int failed = suite_run(suite);
  placement_free(placement);
  return failed;
}
