/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * teams.h: teams of the fake kernel on this machine, which keep a diary, must give the right bytes
 * and leave nothing behind.
 */
#pragma once

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake.h"
#include "here.h"
#include "team.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { WORKERS_MOST = 8, UNITS = 100000 };

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

static inline void open_diary(void)
{
  const struct rlimit no_core = {0};
  setrlimit(RLIMIT_CORE, &no_core);
  diary = fake_shared(sizeof *diary);
}

static inline struct workload prepared_of(const struct kernel *kernel, uint64_t units)
{
  struct workload w;
  struct job job = fake_job(kernel, units);
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  return w;
}

static inline struct workload prepared(uint64_t units)
{
  return prepared_of(&fake_kernel, units);
}

/* The ways to run. */
enum way { SERIAL, STATIC, DYNAMIC, THREADS_STATIC, THREADS_DYNAMIC, WAYS };

static inline bool is_dynamic(enum way way)
{
  return way == DYNAMIC || way == THREADS_DYNAMIC;
}

static inline bool is_threads(enum way way)
{
  return way == THREADS_STATIC || way == THREADS_DYNAMIC;
}

static inline struct team team_of(const struct workload *w, enum way way, unsigned workers)
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

/* Of run(): a worker describes itself. */
static inline int describe_myself(const struct fake_plan *plan, struct range units)
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

/* --- What may be left behind --- */

struct belongings {
  unsigned files, shared_files, mappings;
};

static inline unsigned entries(const char *path)
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
static inline unsigned shared_mappings(void)
{
  char line[1000];
  unsigned count = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps))
    count += strstr(line, "/dev/zero") != NULL;
  fclose(maps);
  return count;
}

static inline struct belongings belongings_now(void)
{
  return (struct belongings){entries("/proc/self/fd"), entries("/dev/shm"), shared_mappings()};
}

/* Other programs of the machine come and go in /dev/shm: what is left by us stays there. */
static inline struct belongings belongings_after(struct belongings before)
{
  struct belongings now = belongings_now();
  for (int i = 0; i < 50 && now.shared_files > before.shared_files; i++) {
    usleep(100000);
    now = belongings_now();
  }
  return now;
}

static inline void assert_nothing_left(struct belongings before)
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
static inline struct partial *expected_partial(const struct workload *w)
{
  struct partial *partial = malloc(partial_bytes(8 * w->unit[w->chunks] + 8));
  partial_begin(w->job.kernel, w->plan, partial);
  ck_assert_int_eq(w->job.variant->run(w->plan, (struct range){0, w->unit[w->chunks]}, partial), 0);
  partial_cover(partial, (struct range){0, w->chunks});
  return partial;
}

static inline struct sample run(const struct team *team)
{
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  int r = team_run(team, &sample, &fault);
  ck_assert_msg(r == 0, "%d: %s", r, fault_text(&fault, &fake_kernel, text));
  return sample;
}

/* Runs well, gives the right bytes, and leaves nothing. */
static inline void assert_right(const struct team *team)
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
