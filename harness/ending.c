/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ending.c: pidfds, and pipes where there are none. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ending.h"

void ending_make_room(unsigned endings)
{
  const rlim_t others = 64; /* a few files, and the pipe or directory of a moment */
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= endings + others)
    return;
  limit.rlim_cur = limit.rlim_max < endings + others ? limit.rlim_max : endings + others;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* Any other error is one that the real call will meet, and tell. */
static bool pidfds_are_missing(void)
{
  int fd = pidfd_open(getpid(), 0);
  if (fd >= 0)
    close(fd);
  return fd < 0 && (errno == ENOSYS || errno == EPERM);
}

int ending_prepare(struct ending *ret_ending)
{
  struct ending ending = {{-1, -1}};
  if (pidfds_are_missing() && pipe2(ending.pipe, O_CLOEXEC) < 0)
    return -errno;
  *ret_ending = ending;
  return 0;
}

static int descriptor_of(const struct ending *ending, pid_t pid)
{
  if (ending->pipe[0] >= 0)
    return ending->pipe[0];
  int fd = pidfd_open(pid, 0);
  return fd < 0 ? -errno : fd;
}

int ending_watch(struct ending *ending, pid_t pid)
{
  int error = pid < 0 ? -errno : 0;
  if (ending->pipe[1] >= 0)
    close(ending->pipe[1]);
  if (error && ending->pipe[0] >= 0)
    close(ending->pipe[0]);
  return error ? error : descriptor_of(ending, pid);
}
