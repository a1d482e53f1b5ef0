/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lessons.c: the teaching pieces: children, pool, channels. */

#include "channel.h"
#include "child.h"
#include "pool.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

static int leave_with(void *data)
{
  return *(int *)data;
}

static int sleep_on(void *data)
{
  child_sleep_s(60);
  return data != NULL;
}

/* The lowest descriptor that is free: grows where some are forgotten. */
static int next_descriptor(void)
{
  int fd = open("/dev/null", O_RDONLY);
  close(fd);
  return fd;
}

START_TEST(a_child_is_joined_once)
{
  struct child child;
  int code = 42, before = next_descriptor();
  ck_assert_int_eq(child_start(&child, "child", leave_with, &code), 0);
  ck_assert_int_eq(child_join(&child, -1), 0);
  ck_assert_int_eq(WEXITSTATUS(child.status), 42);
  ck_assert_int_eq(child_join(&child, -1), -ESRCH);
  ck_assert(!child_is_alive(&child));
  ck_assert_int_eq(next_descriptor(), before);
}
END_TEST

/* Not SIGTERM: Check has a handler for that, and children inherit it. */
START_TEST(a_join_gives_up_and_the_end_leaves_nothing)
{
  struct child children[3] = {0};
  int before = next_descriptor();
  for (int i = 0; i < 2; i++) /* the third was never started */
    ck_assert_int_eq(child_start(&children[i], "child", sleep_on, NULL), 0);
  ck_assert_int_eq(child_join(&children[0], 0.01), -ETIMEDOUT);
  ck_assert(child_is_alive(&children[0]));
  ck_assert_int_eq(child_signal(&children[0], SIGUSR1), 0);
  ck_assert_int_eq(child_join(&children[0], -1), 0);
  ck_assert_int_eq(WTERMSIG(children[0].status), SIGUSR1);
  children_end(children, 3);
  ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
  ck_assert_int_eq(next_descriptor(), before);
}
END_TEST

static double twice(const double *arguments)
{
  return 2 * arguments[0];
}

START_TEST(every_task_is_done_once_whatever_the_chunk)
{
  enum { TASKS = 10 };
  struct pool_task tasks[TASKS];
  for (int i = 0; i < TASKS; i++)
    tasks[i] = (struct pool_task){twice, {i}};
  for (unsigned workers = 1; workers <= POOL_WORKERS; workers++)
    for (size_t chunk = 1; chunk <= TASKS + 1; chunk += 3) {
      struct pool_record records[TASKS];
      size_t takes;
      unsigned arrivals = 0;
      ck_assert_int_eq(pool_run(&(struct pool){.workers = workers, .chunk = chunk}, tasks, TASKS,
                                records, &takes),
                       0);
      ck_assert_uint_eq(takes, (TASKS + chunk - 1) / chunk);
      for (int i = 0; i < TASKS; i++) {
        ck_assert_double_eq(records[i].result, 2 * i);
        ck_assert_uint_lt(records[i].worker, workers);
        arrivals |= 1u << records[i].arrival;
      }
      ck_assert_uint_eq(arrivals, (1u << TASKS) - 1);
    }
}
END_TEST

/* More messages than any channel holds, so both sides have to wait. */
enum { MESSAGES = 3000, BYTES = 1000 };

static int pour(void *data)
{
  uint64_t message[BYTES / 8];
  for (uint64_t i = 0; i < MESSAGES; i++) {
    for (size_t k = 0; k < BYTES / 8; k++)
      message[k] = i * k;
    if (channel_send(data, message) < 0)
      return 1;
  }
  return 0;
}

START_TEST(messages_arrive_whole_and_in_order)
{
  int before = next_descriptor();
  struct channel *channel = channel_open((enum channel_kind)_i, BYTES);
  struct child child;
  if (!channel && (errno == ENOSYS || errno == ENOSPC || errno == EPERM))
    return; /* this system has no such queue */
  ck_assert_ptr_nonnull(channel);
  ck_assert_int_eq(child_start(&child, "pour", pour, channel), 0);
  for (uint64_t i = 0; i < MESSAGES; i++) {
    uint64_t message[BYTES / 8];
    ck_assert_int_eq(channel_receive(channel, message), 0);
    for (size_t k = 0; k < BYTES / 8; k++)
      ck_assert_uint_eq(message[k], i * k);
  }
  ck_assert_int_eq(child_join(&child, -1), 0);
  ck_assert_int_eq(child.status, 0);
  channel_close(channel);
  ck_assert_int_eq(next_descriptor(), before);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("lessons");
  TCase *tests = tcase_create("lessons");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, a_child_is_joined_once);
  tcase_add_test(tests, a_join_gives_up_and_the_end_leaves_nothing);
  tcase_add_test(tests, every_task_is_done_once_whatever_the_chunk);
  tcase_add_loop_test(tests, messages_arrive_whole_and_in_order, 0, CHANNEL_KINDS);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
