/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_bbp.c: three approximations of unequal length, serially and in a pool. */

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "child.h"
#include "experiment.h"
#include "lessons.h"

enum { TASKS = 3 };

/* The share of each task in the work, by the kernel's own estimate. */
static int shares_of(const char *job, double shares[TASKS])
{
  struct computed computed;
  int r = experiment_compute(job, 1, 0, 1, &computed);
  const struct workload *w = &computed.workload;
  if (r == 0 && w->chunks != TASKS)
    r = -EPROTO;
  for (int i = 0; r == 0 && i < TASKS; i++)
    shares[i] = (double)(w->cost[i + 1] - w->cost[i]) / (double)w->cost[TASKS];
  computed_release(&computed);
  return r;
}

/* The quickest of some runs of one approximation, in this process. */
static int time_alone(const char *job, double *ret_s)
{
  *ret_s = INFINITY;
  for (int i = 0; i < 5; i++) {
    struct computed computed;
    double begin_s = child_now_s();
    int r = experiment_compute(job, 1, 0, 1, &computed);
    *ret_s = fmin(*ret_s, child_now_s() - begin_s);
    computed_release(&computed);
    if (r < 0)
      return r;
  }
  return 0;
}

/* Each task alone: its time, and its share by the kernel's own estimate. */
static int draw_tasks(struct room *room, const double *shares)
{
  static const unsigned digits[TASKS] = {1000, 1500, 2000};
  char labels[TASKS][16], texts[TASKS][48], job[48];
  struct room_bar bars[TASKS];
  for (int i = 0; i < TASKS; i++) {
    double seconds;
    snprintf(job, sizeof job, "approximations:digits=%u", digits[i]);
    int r = time_alone(job, &seconds);
    if (r < 0)
      return r;
    snprintf(labels[i], sizeof labels[i], "%u digits", digits[i]);
    snprintf(texts[i], sizeof texts[i], "%.1f ms (%.0f %%)", seconds * 1e3, 100 * shares[i]);
    bars[i] = (struct room_bar){labels[i], seconds, texts[i]};
  }
  room_bars(room, bars, TASKS);
  return 0;
}

static int measure(struct room *room, const char *job, double *ret_speedup, bool *ret_right)
{
  struct benchmark b;
  unsigned workers[] = {1, 2, 3}, count = room->cpus < 3 ? room->cpus : 3;
  int r =
      experiment_run(room,
                     &(const struct experiment){
                         .job = job, .workers = workers, .worker_counts = count, .schedule = -1},
                     &b);
  if (r == 0)
    r = experiment_show(room, &b);
  if (r == 0) {
    *ret_speedup = b.rows[b.row_count - 1].speedup.value;
    *ret_right = b.verdict.right;
  }
  benchmark_release(&b);
  return r;
}

int lesson_bbp(struct room *room)
{
  static const char ascending[] = "approximations:digits=1000+1500+2000";
  static const char descending[] = "approximations:digits=2000+1500+1000";
  double shares[TASKS], up, down;
  bool right_up, right_down;
  room_step(room, "Three approximations in a pool");
  room_tell(room, "The series of Bailey, Borwein and Plouffe gives pi to 1000, to 1500 and to 2000 "
                  "digits: three tasks that have nothing to do with one another. One worker after "
                  "the other takes the next.");
  double guess = room_ask(room, "Three tasks, three workers, three CPUs: how much faster than "
                                "serially?");
  int r = shares_of(ascending, shares);
  if (r == 0)
    r = measure(room, ascending, &up, &right_up);
  if (r < 0)
    return r;
  room_step(room, "Why not three times");
  room_tell(room, "The time grows with the square of the digits, so the tasks are unequal. Each "
                  "alone, and the square's share:");
  r = draw_tasks(room, shares);
  if (r < 0)
    return r;
  room_tell(room,
            "Nobody can be ready before the longest task is: at best 1 / %.2f = %.2f times "
            "as fast, with three workers or three thousand.",
            shares[2], 1 / shares[2]);
  room_judge(room, guess, 1 / shares[2], " times");
  room_claim(room, "longest_task_is_more_than_a_third", shares[2] > 1.0 / 3);
  room_claim(room, "digits_are_right", right_up);
  room_saw(room, "limit", 1 / shares[2]);
  room_saw(room, "speedup", up);
  if (room->cpus == 1) {
    room_cannot(room, "longest_first_helps", "one CPU does the tasks one after the other.");
    return 0;
  }
  room_step(room, "The longest first");
  room_tell(room, "With two workers the order counts. Shortest first: who did 1000 digits takes "
                  "2000 at the end, and the other is idle. Now 2000, 1500, 1000:");
  r = measure(room, descending, &down, &right_down);
  if (r < 0)
    return r;
  double busiest_up = shares[0] + shares[2], busiest_down = shares[1] + shares[0];
  busiest_down = busiest_down > shares[2] ? busiest_down : shares[2];
  room_tell(room,
            "The busier of two workers has %.0f %% of the work in the first order and %.0f %% "
            "in the second.",
            100 * busiest_up, 100 * busiest_down);
  room_saw(room, "speedup_longest_first", down);
  room_claim(room, "longest_first_helps", busiest_down < busiest_up && right_down);
  return 0;
}
