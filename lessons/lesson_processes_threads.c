/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_processes_threads.c: the textbook's table, tested on this machine. */

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "child.h"
#include "experiment.h"
#include "grid.h"
#include "lessons.h"

/* --- Creation, waking, memory --- */

struct cost {
  double spawn_s, wake_s, megabytes;
};

static struct cost cost_of(const struct row *row)
{
  unsigned sharing = row->backend == BACKEND_THREAD ? row->workers : 1;
  return (struct cost){row->median.spawn_s, row->median.skew_s,
                       (double)row->peak_rss_bytes * 1e-6 / sharing};
}

static int show_costs(struct room *room, const struct cost *process, const struct cost *thread)
{
  static const struct grid_column columns[] = {
      {"", GRID_LEFT}, {"processes", GRID_RIGHT}, {"threads", GRID_RIGHT}, {NULL, GRID_LEFT}};
  const struct {
    const char *name;
    double left, right;
  } lines[] = {{"creating the team, ms", process->spawn_s * 1e3, thread->spawn_s * 1e3},
               {"wake-up of the last, ms", process->wake_s * 1e3, thread->wake_s * 1e3},
               {"memory per worker, MB", process->megabytes, thread->megabytes}};
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (size_t i = 0; r == 0 && i < sizeof lines / sizeof *lines; i++) {
    char left[32], right[32];
    snprintf(left, sizeof left, "%.3f", lines[i].left);
    snprintf(right, sizeof right, "%.3f", lines[i].right);
    r = grid_row(grid, (const char *[]){lines[i].name, left, right});
  }
  if (r == 0)
    r = grid_print(grid, room->out);
  room_blank(room);
  grid_free(grid);
  return r;
}

/* Serial time T against T/P + creation: equal at creation / (1 - 1/P). */
static void tell_break_even(struct room *room, unsigned workers, const struct cost *process,
                            const struct cost *thread)
{
  if (workers < 2) {
    room_cannot(room, "break_even_is_known",
                "with one CPU no team is faster than the serial "
                "program, however long the work.");
    return;
  }
  double gain = 1 - 1.0 / workers;
  room_tell(room,
            "A team of %u pays when the work is longer than its creation / (1 - 1/P): from "
            "%.2f ms of serial work on with processes, from %.2f ms with threads. Started "
            "once and used again, only the wake-up is left to pay.",
            workers, process->spawn_s / gain * 1e3, thread->spawn_s / gain * 1e3);
  room_saw(room, "process_break_even_s", process->spawn_s / gain);
  room_saw(room, "thread_break_even_s", thread->spawn_s / gain);
  room_claim(room, "break_even_is_known", process->spawn_s > 0 && thread->spawn_s > 0);
}

static int side_by_side(struct room *room)
{
  struct benchmark b;
  unsigned workers = room->cpus;
  room_step(room, "%u worker%s, as processes and as threads", workers, workers == 1 ? "" : "s");
  room_tell(room,
            "The textbook: processes are heavy, threads are light. The same work with both, in "
            "turns:");
  double guess = room_ask(room, "How many times as long does creating processes take as creating "
                                "threads?");
  int r = experiment_run(room,
                         &(const struct experiment){.job = "mc:points=3e8,method=plain",
                                                    .workers = &workers,
                                                    .worker_counts = 1,
                                                    .rounds = 10,
                                                    .schedule = -1,
                                                    .threads = true},
                         &b);
  if (r == 0)
    r = experiment_show(room, &b);
  if (r == 0) {
    struct cost process = cost_of(&b.rows[1]), thread = cost_of(&b.rows[2]);
    r = show_costs(room, &process, &thread);
    room_judge(room, guess, process.spawn_s / thread.spawn_s, " times");
    tell_break_even(room, workers, &process, &thread);
    room_saw(room, "process_spawn_s", process.spawn_s);
    room_saw(room, "thread_spawn_s", thread.spawn_s);
    room_claim(room, "same_answer", b.verdict.right);
    room_tell(room,
              "Threads live inside one process that had to be created as well; its fork is in "
              "their creation here, so that both columns begin with nothing. Computing took %.1f "
              "ms and %.1f ms: the same instructions on the same CPUs.",
              b.rows[1].time.median.value * 1e3, b.rows[2].time.median.value * 1e3);
  }
  benchmark_release(&b);
  return r;
}

/* --- When one crashes --- */

static void *crash(void *data)
{
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none); /* no core file for a crash on purpose */
  child_sleep_s(0.02);
  raise(SIGSEGV);
  return data;
}

static int crash_alone(void *data)
{
  crash(data);
  return 0;
}

static int finish_later(void *data)
{
  child_sleep_s(0.1);
  *(volatile int *)data = 1;
  return 0;
}

static void *thread_finishes_later(void *data)
{
  finish_later(data);
  return NULL;
}

static int both_in_threads(void *data)
{
  pthread_t first, second;
  if (pthread_create(&first, NULL, crash, data) != 0
      || pthread_create(&second, NULL, thread_finishes_later, data) != 0)
    return 1;
  pthread_join(first, NULL);
  pthread_join(second, NULL);
  return 0;
}

static int crash_isolation(struct room *room)
{
  struct child children[3] = {0};
  int *finished = child_share(2 * sizeof *finished), r = finished ? 0 : -ENOMEM;
  room_step(room, "One of two workers crashes");
  double guess = room_ask(
      room, "One worker writes where it must not. How many of the two finish their work as "
            "threads?");
  if (r == 0)
    r = child_start(&children[0], "crashes", crash_alone, NULL);
  if (r == 0)
    r = child_start(&children[1], "finishes", finish_later, &finished[0]);
  if (r == 0)
    r = child_start(&children[2], "threads", both_in_threads, &finished[1]);
  for (int i = 0; r == 0 && i < 3; i++)
    r = child_join(&children[i], 5);
  if (r == 0) {
    bool crashed = WIFSIGNALED(children[0].status), all = WIFSIGNALED(children[2].status);
    room_tell(room, "Two processes: the first %s, the other %s.",
              crashed ? "was killed by SIGSEGV" : "lives",
              finished[0] ? "finished its work" : "did not finish");
    room_tell(room, "Two threads: their process %s, the other thread %s.",
              all ? "was killed by SIGSEGV" : "lives",
              finished[1] ? "finished its work" : "died with it");
    room_judge(room, guess, finished[1], "");
    room_claim(room, "process_survives_the_other", crashed && finished[0]);
    room_claim(room, "threads_die_together", all && !finished[1]);
    room_tell(room, "That is why pibench's workers are processes: when one dies, the parent says "
                    "which, on which CPU and by which signal, and what was measured is kept.");
  }
  children_end(children, 3);
  child_unshare(finished, 2 * sizeof *finished);
  return r;
}

int lesson_processes_threads(struct room *room)
{
  int r = side_by_side(room);
  return r == 0 ? crash_isolation(room) : r;
}
