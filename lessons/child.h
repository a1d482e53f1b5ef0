/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child.h: processes as lessons start, watch, join and end them.
 *
 * These are not the harness's workers: they are the smallest thing that shows what a process is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
  pid_t pid; /* 0: joined, or never started */
  int end;   /* readable once it has ended: see ending.h; open while pid is set */
  const char *name;
  int status;            /* as of waitpid(), after the join */
  double begin_s, end_s; /* started, and seen to have ended: CLOCK_MONOTONIC */
};

/* Starts a process that runs work(data), and leaves with what it returns (0 to 255).  It dies with
 * its parent, and buffered output is not written twice.  Whoever started it joins it or calls
 * children_end().  Returns 0 or a negative errno, of fork() or of want of descriptors. */
int child_start(struct child *ret_child, const char *name, int (*work)(void *data), void *data);

/* Waits until it has ended; timeout_s < 0: as long as it takes.  Returns 0, -ETIMEDOUT, -EINTR (a
 * signal came: see interrupt.h), or -ESRCH if it was joined before. */
int child_join(struct child *child, double timeout_s);

/* Whether it runs or could run: false once it has ended, joined or not. */
bool child_is_alive(const struct child *child);
/* The state letter of /proc/PID/stat ('R', 'S', 'Z' for a zombie), '?' where there is none. */
char child_state(const struct child *child);

/* Sends a signal; 0 or a negative errno. */
int child_signal(const struct child *child, int signal);

/* Kills and joins what still runs of them. */
void children_end(struct child *children, size_t count);

/* Memory that stays one across forks, all zero; NULL if there is none.  child_unshare() frees it.
 */
void *child_share(size_t bytes);
void child_unshare(void *memory, size_t bytes);

double child_now_s(void);
/* In a child: sleeps, so that even one CPU holds many. */
void child_sleep_s(double seconds);
