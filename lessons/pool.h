/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool.h: a pool of worker processes in a page: tasks in a list, a shared counter hands them out.
 *
 * The harness's teams do the same for kernels; this one takes any function, and keeps a diary.
 */
#pragma once

#include <stddef.h>

enum { POOL_ARGUMENTS = 3, POOL_WORKERS = 8 };

struct pool_task {
  double (*function)(const double *arguments);
  double arguments[POOL_ARGUMENTS];
};

/* What became of a task. */
struct pool_record {
  double result, begin_s, end_s;
  unsigned worker;  /* who did it */
  unsigned arrival; /* 0: the first result that was there */
};

struct pool {
  unsigned workers; /* 1 .. POOL_WORKERS */
  size_t chunk;     /* tasks taken at a time, >= 1 */
  double handicap;  /* worker 0 sleeps so many seconds longer at each task: a slow core */
};

/* Runs all tasks.  ret_records[count] is in the order of the tasks; *ret_takes counts how often
 * workers came back for more.  Returns 0, -ENOMEM, -EINTR, or a negative errno of fork(). */
int pool_run(const struct pool *pool, const struct pool_task *tasks, size_t count,
             struct pool_record *ret_records, size_t *ret_takes);
