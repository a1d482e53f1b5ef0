/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_process.c: what a process is, from its start to its join, and what it does not share. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "lessons.h"

enum { WORKERS = 3 };

/* --- A process, from start to join --- */

struct introduction {
  pid_t pid, parent;
  char name[16];
};

static void read_own_name(char name[16])
{
  FILE *file = fopen("/proc/self/comm", "re");
  if (!file || !fgets(name, 16, file))
    strcpy(name, "?");
  if (file)
    fclose(file);
  name[strcspn(name, "\n")] = '\0';
}

static int introduce(void *data)
{
  struct introduction *self = data;
  self->pid = getpid();
  self->parent = getppid();
  read_own_name(self->name);
  child_sleep_s(0.1);
  return 7;
}

static int start_and_join(struct room *room)
{
  struct introduction *self = child_share(sizeof *self);
  struct child child;
  int r = self ? child_start(&child, "worker-1", introduce, self) : -ENOMEM;
  if (r < 0) {
    child_unshare(self, sizeof *self);
    return r;
  }
  room_step(room, "Start, look, join");
  room_tell(room, "The parent asks the operating system for a second process, by fork(). From then "
                  "on both run. join waits until the child has ended, and collects its exit "
                  "status.");
  bool early = child_is_alive(&child);
  pid_t pid = child.pid;
  r = child_join(&child, -1);
  bool late = child_is_alive(&child);
  int status = WIFEXITED(child.status) ? WEXITSTATUS(child.status) : -1;
  room_show(room, "parent: my pid is %d", (int)getpid());
  room_show(room, "child:  my name is %s, my pid %d, my parent's %d", self->name, (int)self->pid,
            (int)self->parent);
  room_show(room, "parent: right after the start: alive? %s", early ? "yes" : "no");
  room_show(room, "parent: after the join: alive? %s, exit status %d", late ? "yes" : "no", status);
  room_claim(room, "child_knows_its_parent", self->pid == pid && self->parent == getpid());
  room_claim(room, "alive_before_join_only", early && !late);
  room_claim(room, "exit_status_arrives", status == 7);
  children_end(&child, 1);
  child_unshare(self, sizeof *self);
  return r;
}

/* --- Impatience: a timeout, a signal, a zombie --- */

static int sleep_long(void *data)
{
  child_sleep_s(*(const double *)data);
  return 0;
}

/* Waits until a child has ended without joining it. */
static bool becomes_zombie(const struct child *child)
{
  for (int i = 0; i < 500 && child_is_alive(child); i++)
    child_sleep_s(0.002);
  return child_state(child) == 'Z';
}

static int time_out_and_terminate(struct room *room)
{
  struct child child;
  int r = child_start(&child, "sleeper", sleep_long, &(double){60});
  if (r < 0)
    return r;
  room_step(room, "Join with a timeout, terminate, and the zombie in between");
  double begin_s = child_now_s();
  int joined = child_join(&child, 0.2);
  double waited_s = child_now_s() - begin_s;
  if (joined == -EINTR) {
    children_end(&child, 1);
    return joined;
  }
  bool still = child_is_alive(&child);
  room_show(room, "join, at most 0.2 s: %s after %.2f s; alive? %s",
            joined == -ETIMEDOUT ? "gave up" : "joined", waited_s, still ? "yes" : "no");
  child_signal(&child, SIGTERM);
  bool zombie = becomes_zombie(&child);
  room_show(room, "terminate (SIGTERM): alive? %s; state in the process table: %s",
            child_is_alive(&child) ? "yes" : "no", zombie ? "Z, a zombie" : "gone");
  r = child_join(&child, 5);
  bool by_signal = r == 0 && WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGTERM;
  room_show(room, "join: %s", by_signal ? "ended by SIGTERM; now it is gone for good" : "failed");
  room_tell(room, "A timeout gives up waiting; it does not end the child. One that has ended stays "
                  "in the process table, as a zombie, until somebody joins it: its exit status has "
                  "to be kept somewhere. A parent that never joins fills that table.");
  room_claim(room, "timeout_leaves_child_alive", joined == -ETIMEDOUT && still);
  room_claim(room, "ended_and_unjoined_is_a_zombie", zombie);
  room_claim(room, "terminated_by_signal", by_signal);
  children_end(&child, 1);
  return r == -ETIMEDOUT ? 0 : r;
}

/* --- What fork copies --- */

struct list {
  int numbers[4], count;
};

static int append(void *data)
{
  struct list *list = data;
  list->numbers[list->count++] = 99;
  return list->count;
}

static int copy_or_share(struct room *room)
{
  struct list own = {{1, 2, 3}, 3}, *shared = child_share(sizeof *shared);
  struct child child[2] = {0};
  if (!shared)
    return -ENOMEM;
  *shared = own;
  room_step(room, "What a child changes");
  double guess = room_ask(room, "A list of three numbers. The child appends a fourth and ends. How "
                                "many numbers does the parent's list have now?");
  int r = child_start(&child[0], "copy", append, &own);
  if (r == 0)
    r = child_join(&child[0], -1);
  if (r == 0)
    r = child_start(&child[1], "shared", append, shared);
  if (r == 0)
    r = child_join(&child[1], -1);
  room_show(room, "ordinary memory:  child saw %d numbers, parent has %d",
            WEXITSTATUS(child[0].status), own.count);
  room_show(room, "shared memory:    child saw %d numbers, parent has %d",
            WEXITSTATUS(child[1].status), shared->count);
  room_judge(room, guess, own.count, "");
  room_tell(room, "fork() copies the memory (page by page, when one of the two writes). The child "
                  "changed its own copy. What is to come back has to be sent, or has to live in "
                  "memory that both share: the next lessons do either.");
  room_claim(room, "copied_list_is_unchanged", own.count == 3 && WEXITSTATUS(child[0].status) == 4);
  room_claim(room, "shared_list_is_changed", shared->count == 4);
  children_end(child, 2);
  child_unshare(shared, sizeof *shared);
  return r;
}

/* --- Where to join --- */

struct task {
  double begin_s, end_s;
};

static int work_a_while(void *data)
{
  struct task *task = data;
  task->begin_s = child_now_s();
  child_sleep_s(0.15);
  task->end_s = child_now_s();
  return 0;
}

static const char *const names[WORKERS] = {"worker-1", "worker-2", "worker-3"};

/* join_at_once: inside the loop that starts them. */
static int three_workers(struct task *tasks, bool join_at_once)
{
  struct child children[WORKERS] = {0};
  int r = 0;
  for (int i = 0; r == 0 && i < WORKERS; i++) {
    r = child_start(&children[i], names[i], work_a_while, &tasks[i]);
    if (r == 0 && join_at_once)
      r = child_join(&children[i], -1);
  }
  for (int i = 0; r == 0 && !join_at_once && i < WORKERS; i++)
    r = child_join(&children[i], -1);
  children_end(children, WORKERS);
  return r;
}

/* How many of them began before the one before them had ended. */
static int overlaps(const struct task *tasks)
{
  int count = 0;
  for (int i = 1; i < WORKERS; i++)
    count += tasks[i].begin_s < tasks[i - 1].end_s;
  return count;
}

static double draw(struct room *room, const struct task *tasks)
{
  struct room_span spans[WORKERS];
  double first = tasks[0].begin_s, last = tasks[0].end_s;
  for (int i = 0; i < WORKERS; i++) {
    spans[i] = (struct room_span){names[i], tasks[i].begin_s, tasks[i].end_s};
    first = tasks[i].begin_s < first ? tasks[i].begin_s : first;
    last = tasks[i].end_s > last ? tasks[i].end_s : last;
  }
  room_timeline(room, spans, WORKERS);
  return last - first;
}

static int where_to_join(struct room *room)
{
  struct task *tasks = child_share(2 * WORKERS * sizeof *tasks);
  if (!tasks)
    return -ENOMEM;
  room_step(room, "Three workers, joined in the wrong place and in the right one");
  room_tell(room, "Each worker takes 150 ms (it sleeps, so one CPU is enough for all).");
  double guess =
      room_ask(room, "For each worker: start it, join it. How many milliseconds in all?");
  int r = three_workers(tasks, true);
  if (r == 0) {
    room_tell(room, "Joined inside the loop:");
    double wrong_s = draw(room, tasks);
    room_judge(room, guess, wrong_s * 1e3, " ms");
    room_saw(room, "joined_inside_s", wrong_s);
    room_claim(room, "wrong_join_is_sequential", overlaps(tasks) == 0);
    r = three_workers(tasks + WORKERS, false);
  }
  if (r == 0) {
    room_tell(room, "All started first, then all joined:");
    room_saw(room, "joined_after_s", draw(room, tasks + WORKERS));
    room_claim(room, "right_join_overlaps", overlaps(tasks + WORKERS) == WORKERS - 1);
    room_tell(room, "join waits. Who joins the first worker before starting the second has written "
                    "a serial program with extra processes.");
  }
  child_unshare(tasks, 2 * WORKERS * sizeof *tasks);
  return r;
}

int lesson_process(struct room *room)
{
  int r = start_and_join(room);
  if (r == 0)
    r = time_out_and_terminate(room);
  if (r == 0)
    r = copy_or_share(room);
  return r == 0 ? where_to_join(room) : r;
}
