/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_state_file.c: a state file is replaced as a whole, stays one's own, and survives failures.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state_file.h"
#include "suite.h"

static char directory[] = "/tmp/pibench-test-state-XXXXXX";

static void enter_directory(void)
{
  ck_assert_ptr_nonnull(mkdtemp(strcpy(directory, "/tmp/pibench-test-state-XXXXXX")));
  ck_assert_int_eq(chdir(directory), 0);
}

static void leave_directory(void)
{
  static const char *const names[] = {"s", "s.new", "link", "fifo"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unlink(names[i]);
  rmdir("d");
  ck_assert_int_eq(chdir("/"), 0);
  ck_assert_int_eq(rmdir(directory), 0);
}

static void put(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
}

static int opened(const char *path, struct state_file *file, char *message)
{
  char *text;
  size_t length;
  int r = state_file_open(path, file, &text, &length, message);
  if (r == 0)
    free(text);
  return r;
}

START_TEST(a_file_is_replaced_and_read_again)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE], *text;
  size_t length;
  ck_assert_int_eq(state_file_open("s", &file, &text, &length, message), 0);
  ck_assert_ptr_null(text);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(state_file_write(&file, "hello", 5, i == 1, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s.new", F_OK), -1);
  ck_assert_int_eq(state_file_open("s", &file, &text, &length, message), 0);
  ck_assert_uint_eq(length, 5);
  ck_assert_str_eq(text, "hello");
  free(text);
  state_file_release(&file);
}
END_TEST

/* Of somebody who was killed. */
START_TEST(what_was_left_over_is_not_mixed_in)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE], *text;
  size_t length;
  put("s.new", "a longer text than that which is written");
  ck_assert_int_eq(opened("s", &file, message), 0);
  ck_assert_int_eq(state_file_write(&file, "hello", 5, false, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(state_file_open("s", &file, &text, &length, message), 0);
  ck_assert_uint_eq(length, 5);
  ck_assert_str_eq(text, "hello");
  free(text);
  state_file_release(&file);
}
END_TEST

START_TEST(a_file_that_was_never_written_to_goes_again)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s", F_OK), -1);
  put("s", "kept");
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s", F_OK), 0);
}
END_TEST

START_TEST(a_link_stays_a_link)
{
  struct state_file file;
  struct stat status;
  char message[OUTPUT_MESSAGE];
  put("s", "old");
  ck_assert_int_eq(symlink("s", "link"), 0);
  ck_assert_int_eq(opened("link", &file, message), 0);
  ck_assert_int_eq(state_file_write(&file, "new", 3, true, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(lstat("link", &status), 0);
  ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

START_TEST(nobody_else_gets_an_open_file_even_after_replacements)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(opened("s", &file, message), 0);
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      struct state_file other;
      _exit(opened("s", &other, message) == -EBUSY ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(state_file_write(&file, "text", 4, false, message), 0);
  }
  state_file_release(&file);
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(mkdir("d", 0777), 0);
  ck_assert_int_eq(mkfifo("fifo", 0666), 0);
  ck_assert_int_eq(opened("d", &file, message), -EISDIR);
  ck_assert_int_eq(opened("fifo", &file, message), -ENODEV);
  ck_assert_int_eq(opened("/dev/null", &file, message), -ENODEV);
  ck_assert_int_eq(opened("missing/s", &file, message), -ENOENT);
  ck_assert_int_eq(opened("", &file, message), -ENOENT);
  ck_assert_int_lt(opened("/proc/s", &file, message), 0);
  put("s", "x");
  ck_assert_int_eq(truncate("s", (off_t)1 << 40), 0); /* a terabyte of nothing */
  ck_assert_int_eq(opened("s", &file, message), -EFBIG);
  ck_assert_ptr_nonnull(strstr(message, "too large"));
}
END_TEST

START_TEST(a_full_disk_leaves_the_file_as_it_was)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE], big[10000], *text;
  size_t length;
  memset(big, 'x', sizeof big);
  ck_assert_int_eq(opened("s", &file, message), 0);
  ck_assert_int_eq(state_file_write(&file, "old", 3, true, message), 0);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){5000, RLIM_INFINITY});
  ck_assert_int_eq(state_file_write(&file, big, sizeof big, true, message), -EFBIG);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
  ck_assert_int_eq(access("s.new", F_OK), -1);
  state_file_release(&file);
  ck_assert_int_eq(state_file_read("s", &text, &length, message), 0);
  ck_assert_str_eq(text, "old");
  free(text);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      a_file_is_replaced_and_read_again,
      what_was_left_over_is_not_mixed_in,
      a_file_that_was_never_written_to_goes_again,
      a_link_stays_a_link,
      nobody_else_gets_an_open_file_even_after_replacements,
      what_is_no_file_is_refused,
      a_full_disk_leaves_the_file_as_it_was,
  };
  Suite *suite = suite_create("state_file");
  TCase *tcase = suite_case(suite, "files", tests, sizeof tests / sizeof *tests);
  tcase_add_checked_fixture(tcase, enter_directory, leave_directory);
  return suite_run(suite);
}
