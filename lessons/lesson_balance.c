/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_balance.c: unequal tasks and unequal workers, static against dynamic. */

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "child.h"
#include "lessons.h"
#include "pool.h"

enum { TASKS = 12, WORKERS = 2 };
#define UNIT_S 0.025

static double sleep_for(const double *arguments)
{
  child_sleep_s(arguments[0]);
  return arguments[0];
}

struct outcome {
  struct pool_record records[TASKS];
  unsigned done[WORKERS]; /* tasks by each worker */
  double seconds, idle;   /* of the whole; the part of the workers' time that nobody used */
};

static void sum_up(struct outcome *outcome)
{
  double first = INFINITY, last = 0, busy = 0;
  for (int i = 0; i < TASKS; i++) {
    const struct pool_record *record = &outcome->records[i];
    outcome->done[record->worker]++;
    busy += record->end_s - record->begin_s;
    first = fmin(first, record->begin_s);
    last = fmax(last, record->end_s);
  }
  outcome->seconds = last - first;
  outcome->idle = 1 - busy / (WORKERS * outcome->seconds);
}

/* Half the tasks for each, beforehand, or one at a time for whoever is free. */
static int distribute(const struct pool_task *tasks, bool dynamic, double handicap,
                      struct outcome *ret_outcome)
{
  const struct pool pool = {WORKERS, dynamic ? 1 : TASKS / WORKERS, handicap};
  size_t takes;
  *ret_outcome = (struct outcome){0};
  int r = pool_run(&pool, tasks, TASKS, ret_outcome->records, &takes);
  if (r == 0)
    sum_up(ret_outcome);
  return r;
}

/* One line per worker, from its first task to its last. */
static void draw(struct room *room, const struct outcome *outcome, const char *how)
{
  struct room_span spans[WORKERS];
  static const char *const labels[WORKERS] = {"worker 1", "worker 2"};
  room_tell(room, "%s: %.0f ms, %.0f %% of the workers' time idle", how, outcome->seconds * 1e3,
            100 * outcome->idle);
  for (unsigned w = 0; w < WORKERS; w++) {
    spans[w] = (struct room_span){labels[w], INFINITY, 0};
    for (int i = 0; i < TASKS; i++)
      if (outcome->records[i].worker == w) {
        spans[w].begin_s = fmin(spans[w].begin_s, outcome->records[i].begin_s);
        spans[w].end_s = fmax(spans[w].end_s, outcome->records[i].end_s);
      }
  }
  room_timeline(room, spans, WORKERS);
}

/* Whether the tasks of one worker alone are the first or the second half of the list. */
static bool was_cut_in_halves(const struct outcome *outcome)
{
  for (int i = 1; i < TASKS; i++)
    if (i != TASKS / 2 && outcome->records[i].worker != outcome->records[i - 1].worker)
      return false;
  return true;
}

static double duration_sum(const struct pool_task *tasks, const struct outcome *outcome, unsigned w)
{
  double sum = 0;
  for (int i = 0; i < TASKS; i++)
    sum += outcome->records[i].worker == w ? tasks[i].arguments[0] : 0;
  return sum;
}

static double busier(const struct pool_task *tasks, const struct outcome *outcome)
{
  return fmax(duration_sum(tasks, outcome, 0), duration_sum(tasks, outcome, 1));
}

static int unequal_tasks(struct room *room)
{
  struct pool_task tasks[TASKS];
  struct outcome halves, dynamic;
  double total = 0;
  for (int i = 0; i < TASKS; i++) {
    tasks[i] = (struct pool_task){sleep_for, {UNIT_S * (i + 1) / 4}};
    total += tasks[i].arguments[0];
  }
  room_step(room, "Unequal tasks");
  room_tell(room,
            "%d tasks, each longer than the one before (they sleep, so one CPU will do), for "
            "two workers. Static: the first half for one, the second for the other.",
            TASKS);
  double guess =
      room_ask(room, "With equal work for both, no time is idle. How many percent are here?");
  int r = distribute(tasks, false, 0, &halves);
  if (r == 0)
    r = distribute(tasks, true, 0, &dynamic);
  if (r < 0)
    return r;
  draw(room, &halves, "Static, halves by number");
  room_judge(room, guess, 100 * halves.idle, " %");
  draw(room, &dynamic, "Dynamic, the next task for whoever is free");
  room_saw(room, "static_busier_share", busier(tasks, &halves) / total);
  room_saw(room, "dynamic_busier_share", busier(tasks, &dynamic) / total);
  room_claim(room, "static_cuts_in_halves", was_cut_in_halves(&halves));
  room_claim(room, "dynamic_is_more_even", busier(tasks, &dynamic) < busier(tasks, &halves));
  room_tell(room,
            "The busier worker had %.0f %% of the work, then %.0f %%. pibench's static "
            "schedule cuts by expected cost, not by number, so that it is even where the cost "
            "is known; where it is not, dynamic is.",
            100 * busier(tasks, &halves) / total, 100 * busier(tasks, &dynamic) / total);
  return 0;
}

static int unequal_workers(struct room *room)
{
  struct pool_task tasks[TASKS];
  struct outcome halves, dynamic;
  for (int i = 0; i < TASKS; i++)
    tasks[i] = (struct pool_task){sleep_for, {UNIT_S}};
  room_step(room, "Unequal workers");
  room_tell(room,
            "Equal tasks now, but worker 1 takes three times as long for each, as a slow core "
            "or one that somebody else uses would.");
  double guess = room_ask(room, "Of 12 tasks taken dynamically: how many does the slow worker do?");
  int r = distribute(tasks, false, 2 * UNIT_S, &halves);
  if (r == 0)
    r = distribute(tasks, true, 2 * UNIT_S, &dynamic);
  if (r < 0)
    return r;
  draw(room, &halves, "Static, 6 tasks for each");
  draw(room, &dynamic, "Dynamic");
  room_show(room, "tasks done, dynamic: worker 1 %u, worker 2 %u", dynamic.done[0],
            dynamic.done[1]);
  room_judge(room, guess, dynamic.done[0], " tasks");
  room_claim(room, "static_gives_equal_numbers", halves.done[0] == halves.done[1]);
  room_claim(room, "dynamic_gives_the_slow_fewer", dynamic.done[0] < dynamic.done[1]);
  room_saw(room, "slow_worker_did", dynamic.done[0]);
  if (room->placement->kind_count > 1)
    room_tell(room,
              "This machine has cores of %u kinds: pibench uses the dynamic schedule where "
              "they join.",
              room->placement->kind_count);
  else
    room_tell(room, "The cores of this machine are alike, as far as it tells; pibench's default is "
                    "static here, and dynamic where kinds of cores differ or a quota binds.");
  return 0;
}

int lesson_balance(struct room *room)
{
  int r = unequal_tasks(room);
  return r == 0 ? unequal_workers(room) : r;
}
