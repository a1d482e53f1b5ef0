/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.c: fork, join with a timeout, and what the process table says meanwhile. */

#include "child.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "ending.h"
#include "interrupt.h"

double child_now_s(void)
{
  return (double)clock_now_ns() * 1e-9;
}

void child_sleep_s(double seconds)
{
  struct timespec left = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
  while (nanosleep(&left, &left) < 0 && errno == EINTR)
    ;
}

int child_start(struct child *ret_child, const char *name, int (*work)(void *data), void *data)
{
  pid_t parent = getpid();
  struct child child = {.name = name, .begin_s = child_now_s()};
  struct ending ending;
  int r = ending_prepare(&ending);
  if (r < 0)
    return r;
  child.pid = fork();
  if (child.pid == 0) {
    interrupt_release_child();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, name);
    _exit(getppid() == parent ? work(data) : 1);
  }
  child.end = ending_watch(&ending, child.pid);
  if (child.end < 0) {
    if (child.pid > 0) {
      kill(child.pid, SIGKILL);
      waitpid(child.pid, NULL, 0);
    }
    return child.end;
  }
  *ret_child = child;
  return 0;
}

/* Waits for its status, and forgets it. */
static void collect(struct child *child)
{
  waitpid(child->pid, &child->status, 0);
  close(child->end);
  child->end_s = child_now_s();
  child->pid = 0;
}

int child_join(struct child *child, double timeout_s)
{
  if (child->pid == 0)
    return -ESRCH;
  struct pollfd end = {child->end, POLLIN, 0};
  int ready = interrupt_wait(&end, 1, timeout_s < 0 ? -1 : (long long)(timeout_s * 1e9));
  if (ready <= 0)
    return ready < 0 ? -errno : -ETIMEDOUT;
  collect(child);
  return 0;
}

char child_state(const struct child *child)
{
  char path[64], text[512];
  if (child->pid == 0)
    return '?';
  snprintf(path, sizeof path, "/proc/%d/stat", (int)child->pid);
  FILE *file = fopen(path, "re");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file)
    fclose(file);
  text[n] = '\0';
  const char *end = strrchr(text, ')'); /* the name in brackets may hold anything */
  return end && end[1] == ' ' && end[2] ? end[2] : '?';
}

bool child_is_alive(const struct child *child)
{
  siginfo_t info = {0};
  return child->pid != 0 && waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
         && info.si_pid == 0;
}

int child_signal(const struct child *child, int signal)
{
  if (child->pid == 0)
    return -ESRCH;
  return kill(child->pid, signal) < 0 ? -errno : 0;
}

void children_end(struct child *children, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (children[i].pid > 0) {
      kill(children[i].pid, SIGKILL);
      collect(&children[i]);
    }
}

void *child_share(size_t bytes)
{
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void child_unshare(void *memory, size_t bytes)
{
  if (memory)
    munmap(memory, bytes);
}
