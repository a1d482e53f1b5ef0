/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ending.h: a descriptor on which poll() sees that a child has ended.
 *
 * That is a pidfd.  Where there is none (Linux before 5.3, valgrind, some sandboxes) it is the read
 * end of a pipe whose write end the child alone holds: it hangs up just before the child can be
 * waited for.
 */
#pragma once

#include <sys/types.h>

/* Raises the limit of open files, as far as this process may, to that many endings and what else is
 * open.  Where it may not, ending_watch() will tell. */
void ending_make_room(unsigned endings);

struct ending {
  int pipe[2]; /* -1 where there are pidfds */
};

/* In the parent, before fork().  Returns 0 or a negative errno. */
int ending_prepare(struct ending *ret_ending);

/* In the parent, right after fork(), with what it returned.  Returns the descriptor, to be closed,
 * or a negative errno: that of fork() where it failed. */
int ending_watch(struct ending *ending, pid_t pid);
