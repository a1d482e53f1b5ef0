/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_pool.c: a pool of workers: how many, how much at a time, in what order. */

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "child.h"
#include "lessons.h"
#include "pool.h"

enum { TASKS_MOST = 400 };

static double sleep_for(const double *arguments)
{
  child_sleep_s(arguments[0]);
  return arguments[0];
}

static double power(const double *arguments)
{
  return pow(arguments[0], arguments[1]);
}

static double sum_to(const double *arguments)
{
  return arguments[0] * (arguments[0] + 1) / 2;
}

/* 4·(1 − 1/3 + 1/5 − ...), Leibniz's series. */
static double leibniz(const double *arguments)
{
  double sum = 0;
  for (double k = 0; k < arguments[0]; k++)
    sum += (fmod(k, 2) ? -4 : 4) / (2 * k + 1);
  return sum;
}

/* Draws the tasks of a run; returns how long it lasted. */
static double draw(struct room *room, const struct pool_record *records, size_t count)
{
  struct room_span spans[8];
  char labels[8][32];
  double first = INFINITY, last = 0;
  for (size_t i = 0; i < count && i < 8; i++) {
    snprintf(labels[i], sizeof labels[i], "task %zu on worker %u", i + 1, records[i].worker + 1);
    spans[i] = (struct room_span){labels[i], records[i].begin_s, records[i].end_s};
    first = fmin(first, records[i].begin_s);
    last = fmax(last, records[i].end_s);
  }
  room_timeline(room, spans, count < 8 ? count : 8);
  return last - first;
}

/* --- One task more than workers --- */

static int one_too_many(struct room *room)
{
  const struct pool pool = {.workers = 3, .chunk = 1};
  struct pool_task tasks[4];
  struct pool_record three[3], four[4];
  size_t takes;
  for (int i = 0; i < 4; i++)
    tasks[i] = (struct pool_task){sleep_for, {0.15}};
  room_step(room, "One task more than workers");
  room_tell(room, "Three workers, tasks of 150 ms. Three tasks take 150 ms.");
  double guess = room_ask(room, "How many milliseconds do four tasks take?");
  int r = pool_run(&pool, tasks, 3, three, &takes);
  if (r == 0)
    r = pool_run(&pool, tasks, 4, four, &takes);
  if (r < 0)
    return r;
  double first_end_s = fmin(four[0].end_s, fmin(four[1].end_s, four[2].end_s));
  room_saw(room, "three_tasks_s", draw(room, three, 3));
  room_blank(room);
  double seconds = draw(room, four, 4);
  room_saw(room, "four_tasks_s", seconds);
  room_judge(room, guess, seconds * 1e3, " ms");
  room_tell(
      room,
      "The fourth waits until somebody is free, and then two workers have nothing to "
      "do. Whole rounds count: time = ceil(tasks / workers) x time of one task, for tasks alike.");
  room_claim(room, "fourth_task_waits", four[3].begin_s >= first_end_s);
  return 0;
}

/* --- How many workers --- */

static void default_size(struct room *room)
{
  room_step(room, "How many workers by default?");
  room_tell(room,
            "As many as CPUs that this program may use: here %u (CPUs %s). That is not what the "
            "machine has: taskset, containers and batch systems give a part of it.",
            room->cpus, room->placement->allowed);
  if (isfinite(room->placement->quota_cpus))
    room_tell(room,
              "A quota gives no more than the time of %.2f CPUs: more workers than that only "
              "take it from one another.",
              room->placement->quota_cpus);
  room_tell(room,
            "For tasks that compute, more workers than CPUs gain nothing. For tasks that wait "
            "(for a disk, a network, a sleep as above), they do.");
  room_saw(room, "default_workers", room->cpus);
}

/* --- Chunks --- */

static int chunks(struct room *room)
{
  struct pool pool = {.workers = 3, .chunk = 1};
  static struct pool_task tasks[TASKS_MOST];
  static struct pool_record records[TASKS_MOST];
  size_t single = 0, many = 0;
  for (int i = 0; i < TASKS_MOST; i++)
    tasks[i] = (struct pool_task){sum_to, {i}};
  room_step(room, "Chunks");
  room_tell(room,
            "%d tiny tasks. Every time that a worker comes back for more costs something: a "
            "message, a lock, here an atomic addition.",
            TASKS_MOST);
  double guess = room_ask(room, "How often do the three come for more if each takes 25 at a time?");
  int r = pool_run(&pool, tasks, TASKS_MOST, records, &single);
  pool.chunk = 25;
  if (r == 0)
    r = pool_run(&pool, tasks, TASKS_MOST, records, &many);
  if (r < 0)
    return r;
  room_show(room, "one at a time:    workers came for more %zu times", single);
  room_show(room, "25 at a time:     workers came for more %zu times", many);
  room_judge(room, guess, (double)many, " times");
  room_tell(room, "Large chunks cost less to hand out, small ones spread the load better at the "
                  "end: see the lesson 'balance'.");
  room_claim(room, "a_take_per_task", single == TASKS_MOST);
  room_claim(room, "a_take_per_chunk", many == TASKS_MOST / 25);
  return 0;
}

/* --- Arguments and functions --- */

static int functions(struct room *room)
{
  const struct pool pool = {.workers = 3, .chunk = 1};
  const struct pool_task tasks[] = {
      {power, {2, 10}}, {power, {3, 4}}, {sum_to, {100}}, {leibniz, {1e5}}};
  struct pool_record records[4];
  size_t takes;
  room_step(room, "Several arguments, several functions");
  room_tell(room, "A task is a function and its arguments. Nothing says that all tasks have the "
                  "same function, or that a function has one argument.");
  int r = pool_run(&pool, tasks, 4, records, &takes);
  if (r < 0)
    return r;
  room_show(room, "power(2, 10)     = %g", records[0].result);
  room_show(room, "power(3, 4)      = %g", records[1].result);
  room_show(room, "sum_to(100)      = %g", records[2].result);
  room_show(room, "leibniz(100000)  = %.6f", records[3].result);
  room_claim(room, "every_task_has_its_result",
             records[0].result == 1024 && records[1].result == 81 && records[2].result == 5050
                 && fabs(records[3].result - 3.14159265) < 2e-5);
  return 0;
}

/* --- Order --- */

static int order(struct room *room)
{
  const struct pool pool = {.workers = 3, .chunk = 1};
  const struct pool_task tasks[] = {{sleep_for, {0.12}}, {sleep_for, {0.02}}, {sleep_for, {0.07}}};
  struct pool_record records[3];
  size_t takes, by_arrival[3] = {0};
  room_step(room, "Results arrive in any order");
  room_tell(room, "Three tasks of 120, 20 and 70 ms, begun together.");
  double guess = room_ask(room, "The result of which task, 1, 2 or 3, is there first?");
  int r = pool_run(&pool, tasks, 3, records, &takes);
  if (r < 0)
    return r;
  for (size_t i = 0; i < 3; i++)
    by_arrival[records[i].arrival] = i;
  room_show(room, "as they arrived:  task %zu, task %zu, task %zu", by_arrival[0] + 1,
            by_arrival[1] + 1, by_arrival[2] + 1);
  room_judge(room, guess, (double)by_arrival[0] + 1, "");
  room_show(room, "by their index:   %.0f ms, %.0f ms, %.0f ms", records[0].result * 1e3,
            records[1].result * 1e3, records[2].result * 1e3);
  room_tell(room, "Each result carries the index of its task and goes to that place in the list. "
                  "pibench does the same: the digits do not depend on who was first.");
  room_claim(room, "arrival_is_not_task_order", by_arrival[0] != 0 || by_arrival[1] != 1);
  room_claim(room, "index_restores_order",
             records[0].result == 0.12 && records[1].result == 0.02 && records[2].result == 0.07);
  return 0;
}

int lesson_pool(struct room *room)
{
  int r = one_too_many(room);
  if (r < 0)
    return r;
  default_size(room);
  r = chunks(room);
  if (r == 0)
    r = functions(room);
  return r == 0 ? order(room) : r;
}
