/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_output.c: a result appears whole or not at all, and devices stay devices. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "suite.h"
#include "tree.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Every test starts in an empty directory of its own. */
static char directory[] = "/tmp/pibench-test-output-XXXXXX";

static void enter_directory(void)
{
  strcpy(directory + sizeof directory - 7, "XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(directory));
  ck_assert_int_eq(chdir(directory), 0);
  umask(022);
}

static void leave_directory(void)
{
  ck_assert_int_eq(chdir("/"), 0);
  tree_remove(directory);
}

static void file_write(const char *path, const char *text)
{
  tree_put(".", path, text);
}

static void assert_file(const char *path, const char *text)
{
  char found[1000] = "";
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
  found[fread(found, 1, sizeof found - 1, file)] = '\0';
  fclose(file);
  ck_assert_str_eq(found, text);
}

static unsigned entries(const char *path)
{
  unsigned count = 0;
  DIR *listing = opendir(path);
  ck_assert_ptr_nonnull(listing);
  for (struct dirent *entry; (entry = readdir(listing));)
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(listing);
  return count;
}

static unsigned open_files(void)
{
  return entries("/proc/self/fd");
}

static int opened(const char *path, bool make_directories, struct output *output)
{
  char message[OUTPUT_MESSAGE] = "";
  return output_open(path, "result.json", make_directories, output, message);
}

/* Opens and writes. */
static void put(const char *path, const char *text)
{
  struct output output;
  char message[OUTPUT_MESSAGE] = "";
  int r = output_open(path, "result.json", false, &output, message);
  ck_assert_msg(r == 0, "%s", message);
  r = output_write(&output, text, strlen(text), message);
  ck_assert_msg(r == 0, "%s", message);
  output_release(&output);
}

/* Refused with that errno and one line that names `named`; nothing appears. */
static void assert_refused(const char *path, bool make_directories, int error, const char *named)
{
  struct output output = {.path = (char *)0x55};
  char message[OUTPUT_MESSAGE] = "";
  unsigned before = entries(".");
  int r = output_open(path, "result.json", make_directories, &output, message);
  ck_assert_msg(r == -error, "'%s': %d (%s)", path, r, message);
  ck_assert_ptr_eq(output.path, (char *)0x55);
  ck_assert_msg(strstr(message, named) && strstr(message, strerrordesc_np(error))
                    && !strchr(message, '\n'),
                "%s", message);
  ck_assert_uint_eq(entries("."), before);
}

/* --- Files --- */

START_TEST(an_absent_file_appears_whole_and_alone)
{
  put("new.json", "{}\n");
  assert_file("new.json", "{}\n");
  ck_assert_uint_eq(entries("."), 1);
}
END_TEST

START_TEST(opening_writes_nothing)
{
  struct output output;
  unsigned before = open_files();
  ck_assert_int_eq(opened("new.json", false, &output), 0);
  ck_assert_uint_eq(entries("."), 0);
  ck_assert_uint_eq(open_files(), before);
  output_release(&output);
}
END_TEST

START_TEST(a_regular_file_is_replaced_not_overwritten)
{
  struct stat before, after;
  file_write("old.json", "a longer old text\n");
  ck_assert_int_eq(link("old.json", "other-name"), 0);
  ck_assert_int_eq(stat("old.json", &before), 0);
  put("old.json", "new\n");
  ck_assert_int_eq(stat("old.json", &after), 0);
  ck_assert(before.st_ino != after.st_ino);
  assert_file("old.json", "new\n");
  assert_file("other-name", "a longer old text\n"); /* who had it open keeps it */
  ck_assert_uint_eq(entries("."), 2);
}
END_TEST

START_TEST(a_new_file_has_the_permissions_that_umask_gives)
{
  struct stat status;
  umask(027);
  put("new.json", "{}\n");
  ck_assert_int_eq(stat("new.json", &status), 0);
  ck_assert_uint_eq(status.st_mode & 0777, 0640);
  ck_assert_uint_eq(umask(022), 027);
}
END_TEST

START_TEST(megabytes_arrive_unchanged_and_nothing_is_left_open)
{
  size_t length = 5 << 20;
  struct output output;
  struct stat status;
  char message[OUTPUT_MESSAGE], *text = malloc(length), *found = malloc(length);
  unsigned before = open_files();
  for (size_t i = 0; i < length; i++)
    text[i] = (char)(i * 31 + i / 977);
  ck_assert_int_eq(opened("big", false, &output), 0);
  ck_assert_int_eq(output_write(&output, text, length, message), 0);
  ck_assert_int_eq(stat("big", &status), 0);
  ck_assert_uint_eq((size_t)status.st_size, length);
  FILE *file = fopen("big", "r");
  ck_assert_uint_eq(fread(found, 1, length, file), length);
  fclose(file);
  ck_assert(memcmp(found, text, length) == 0);
  ck_assert_uint_eq(open_files(), before);
  output_release(&output);
  free(text);
  free(found);
}
END_TEST

START_TEST(one_output_can_be_written_twice)
{
  struct output output;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(opened("result", false, &output), 0);
  ck_assert_int_eq(output_write(&output, "first, incomplete", 17, message), 0);
  ck_assert_int_eq(output_write(&output, "second", 6, message), 0);
  assert_file("result", "second");
  ck_assert_uint_eq(entries("."), 1);
  output_release(&output);
}
END_TEST

START_TEST(releasing_twice_is_harmless)
{
  struct output output;
  ck_assert_int_eq(opened("result", false, &output), 0);
  output_release(&output);
  output_release(&output);
  ck_assert_ptr_null(output.path);
}
END_TEST

/* --- Directories --- */

START_TEST(a_directory_gets_the_name_in_it)
{
  mkdir("results", 0777);
  put("results", "1");
  assert_file("results/result.json", "1");
  put("results/", "2");
  assert_file("results/result.json", "2");
  put(".", "3");
  assert_file("result.json", "3");
}
END_TEST

START_TEST(missing_directories_are_made_only_if_asked)
{
  struct output output;
  struct stat status;
  assert_refused("a/b/c/", false, ENOENT, "a/b/c/result.json");
  assert_refused("a/b/c", false, ENOENT, "a/b/c");
  ck_assert_int_eq(opened("a/b/c", true, &output), 0);
  ck_assert_int_eq(stat("a/b/c", &status), 0);
  ck_assert_str_eq(output.path, "a/b/c/result.json");
  output_release(&output);
  ck_assert_int_eq(opened("d/e/", true, &output), 0);
  ck_assert_str_eq(output.path, "d/e/result.json");
  output_release(&output);
  ck_assert_int_eq(opened("a/b/c", true, &output), 0); /* they are there already */
  output_release(&output);
}
END_TEST

START_TEST(a_name_that_is_a_directory_in_the_directory_is_refused)
{
  mkdir("results", 0777);
  mkdir("results/result.json", 0777);
  assert_refused("results", false, EISDIR, "results/result.json");
}
END_TEST

START_TEST(a_file_in_the_way_is_named)
{
  file_write("file", "");
  assert_refused("file/result", false, ENOTDIR, "file/result");
  assert_refused("file/", false, ENOTDIR, "file/");
  assert_refused("file/deeper", true, ENOTDIR, "file/deeper");
}
END_TEST

START_TEST(an_empty_path_is_refused)
{
  assert_refused("", false, ENOENT, "''");
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
  char path[2 * PATH_MAX];
  memset(path, 'x', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  assert_refused(path, false, ENAMETOOLONG, "xxx");
}
END_TEST

/* --- Links --- */

static void assert_link(const char *path)
{
  struct stat status;
  ck_assert_int_eq(lstat(path, &status), 0);
  ck_assert(S_ISLNK(status.st_mode));
}

START_TEST(behind_a_link_the_target_is_replaced_and_the_link_stays)
{
  mkdir("elsewhere", 0777);
  file_write("elsewhere/target", "old");
  ck_assert_int_eq(symlink("elsewhere/target", "link"), 0);
  put("link", "new");
  assert_link("link");
  assert_file("elsewhere/target", "new");
  ck_assert_uint_eq(entries("elsewhere"), 1); /* the temporary was there, not here */
}
END_TEST

START_TEST(a_link_to_a_directory_is_a_directory)
{
  mkdir("elsewhere", 0777);
  ck_assert_int_eq(symlink("elsewhere", "link"), 0);
  put("link", "1");
  assert_link("link");
  assert_file("elsewhere/result.json", "1");
}
END_TEST

START_TEST(a_link_with_the_name_in_the_directory_stays_a_link)
{
  mkdir("results", 0777);
  file_write("target", "old");
  ck_assert_int_eq(symlink("../target", "results/result.json"), 0);
  put("results", "new");
  assert_link("results/result.json");
  assert_file("target", "new");
}
END_TEST

/* --- Becoming nobody --- */

/* Permissions bind nobody; root they don't.  false where we cannot become nobody. */
static bool become_nobody(void)
{
  if (getuid() != 0)
    return true;
  const struct passwd *nobody = getpwnam("nobody");
  if (nobody && setresuid(nobody->pw_uid, nobody->pw_uid, 0) == 0)
    return true;
  fputs("test_output: cannot become nobody: permissions are not tested\n", stderr);
  return false;
}

/* So that the directory can be removed. */
static void become_root_again(void)
{
  ck_assert(setresuid(0, 0, 0) == 0 || getuid() != 0);
}

/* --- Devices and pipes --- */

/* As nobody: root would replace /dev/null by a file if output.c had the bug that is looked for. */

static void assert_device(const char *path)
{
  struct stat status;
  ck_assert_int_eq(stat(path, &status), 0);
  ck_assert(S_ISCHR(status.st_mode));
}

START_TEST(a_full_device_gives_an_error_and_stays_a_device)
{
  static const char *const paths[] = {"/dev/full", "link"};
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(symlink("/dev/full", "link"), 0);
  chmod(".", 0777);
  if (!become_nobody())
    return;
  for (size_t i = 0; i < LENGTH(paths); i++) {
    struct output output;
    ck_assert_int_eq(opened(paths[i], false, &output), 0);
    ck_assert(!output.replace);
    ck_assert_int_eq(output_write(&output, "text", 4, message), -ENOSPC);
    ck_assert_ptr_nonnull(strstr(message, "/dev/full"));
    ck_assert_ptr_nonnull(strstr(message, strerrordesc_np(ENOSPC)));
    output_release(&output);
    assert_device("/dev/full");
  }
  assert_link("link");
  become_root_again();
}
END_TEST

START_TEST(the_null_device_takes_all_and_stays_a_device)
{
  if (!become_nobody())
    return;
  put("/dev/null", "text");
  assert_device("/dev/null");
  become_root_again();
}
END_TEST

START_TEST(a_named_pipe_is_written_into)
{
  char text[16] = "";
  ck_assert_int_eq(mkfifo("pipe", 0666), 0);
  int reader = open("pipe", O_RDONLY | O_NONBLOCK);
  put("pipe", "through");
  ck_assert_int_eq(read(reader, text, sizeof text), 7);
  ck_assert_str_eq(text, "through");
  ck_assert_uint_eq(entries("."), 1);
  close(reader);
}
END_TEST

/* Like /dev/stdout, which is such a link. */
START_TEST(a_link_to_an_open_pipe_is_written_into)
{
  int ends[2];
  char text[16] = "";
  ck_assert_int_eq(symlink("/proc/self/fd/1", "stdout"), 0);
  ck_assert_int_eq(pipe(ends), 0);
  int kept = dup(STDOUT_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  put("stdout", "through");
  dup2(kept, STDOUT_FILENO);
  ck_assert_int_eq(read(ends[0], text, sizeof text), 7);
  ck_assert_str_eq(text, "through");
  assert_link("stdout");
}
END_TEST

/* --- When it cannot be written --- */

START_TEST(a_directory_without_permission_is_refused_before_anything_is_measured)
{
  mkdir("locked", 0777);
  file_write("locked/old", "old");
  chmod("locked/old", 0666);
  chmod("locked", 0555);
  chmod(".", 0777);
  if (!become_nobody())
    return;
  assert_refused("locked/new", false, EACCES, "locked/new");
  assert_refused("locked", false, EACCES, "locked/result.json");
  assert_refused("locked/old", false, EACCES, "locked/old"); /* rename needs the directory */
  assert_refused("locked/deeper/", true, EACCES, "locked/deeper");
  assert_file("locked/old", "old");
  become_root_again();
  chmod("locked", 0777);
}
END_TEST

START_TEST(a_read_only_file_is_refused)
{
  file_write("read-only", "precious");
  chmod("read-only", 0444);
  chmod(".", 0777);
  if (!become_nobody())
    return;
  assert_refused("read-only", false, EACCES, "read-only");
  assert_file("read-only", "precious");
  become_root_again();
}
END_TEST

START_TEST(where_no_file_can_be_made_at_all_is_refused)
{
  char message[OUTPUT_MESSAGE] = "";
  struct output output;
  ck_assert_int_lt(output_open("/proc/result", "x", false, &output, message), 0);
  ck_assert_ptr_nonnull(strstr(message, "/proc/result"));
}
END_TEST

START_TEST(when_the_disk_fills_up_the_old_file_stays_and_no_half_one)
{
  static char text[100000];
  char message[OUTPUT_MESSAGE] = "";
  struct output output;
  memset(text, 'x', sizeof text);
  file_write("old", "precious");
  ck_assert_int_eq(opened("old", false, &output), 0);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit, small = {.rlim_cur = 50000, .rlim_max = RLIM_INFINITY};
  getrlimit(RLIMIT_FSIZE, &limit);
  small.rlim_max = limit.rlim_max;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
  int r = output_write(&output, text, sizeof text, message);
  setrlimit(RLIMIT_FSIZE, &limit);
  ck_assert_int_eq(r, -EFBIG);
  ck_assert_ptr_nonnull(strstr(message, "old"));
  assert_file("old", "precious");
  ck_assert_uint_eq(entries("."), 1);
  output_release(&output);
}
END_TEST

START_TEST(when_the_directory_vanishes_meanwhile_the_error_is_told)
{
  struct output output;
  char message[OUTPUT_MESSAGE] = "";
  mkdir("results", 0777);
  ck_assert_int_eq(opened("results", false, &output), 0);
  ck_assert_int_eq(rmdir("results"), 0);
  ck_assert_int_eq(output_write(&output, "text", 4, message), -ENOENT);
  ck_assert_ptr_nonnull(strstr(message, "results/result.json"));
  ck_assert_uint_eq(entries("."), 0);
  output_release(&output);
}
END_TEST

/* Who looks at the file while it is written a thousand times sees only whole texts. */
START_TEST(a_reader_never_sees_half_a_file)
{
  static char text[20000];
  put("file", "");
  pid_t writer = fork();
  if (writer == 0) {
    for (int i = 0; i < 200; i++) {
      char message[OUTPUT_MESSAGE];
      struct output output;
      memset(text, 'a' + i % 26, sizeof text);
      if (opened("file", false, &output) < 0
          || output_write(&output, text, sizeof text, message) < 0)
        _exit(1);
      output_release(&output);
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(writer, &status, WNOHANG) == 0) {
    FILE *file = fopen("file", "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    ck_assert(length == 0 || (length == sizeof text && text[0] == text[sizeof text - 1]));
  }
  ck_assert_int_eq(status, 0);
  ck_assert_uint_eq(entries("."), 1);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      an_absent_file_appears_whole_and_alone,
      opening_writes_nothing,
      a_regular_file_is_replaced_not_overwritten,
      a_new_file_has_the_permissions_that_umask_gives,
      megabytes_arrive_unchanged_and_nothing_is_left_open,
      one_output_can_be_written_twice,
      releasing_twice_is_harmless,
      a_directory_gets_the_name_in_it,
      missing_directories_are_made_only_if_asked,
      a_name_that_is_a_directory_in_the_directory_is_refused,
      a_file_in_the_way_is_named,
      an_empty_path_is_refused,
      a_path_too_long_is_refused,
      behind_a_link_the_target_is_replaced_and_the_link_stays,
      a_link_to_a_directory_is_a_directory,
      a_link_with_the_name_in_the_directory_stays_a_link,
      a_full_device_gives_an_error_and_stays_a_device,
      the_null_device_takes_all_and_stays_a_device,
      a_named_pipe_is_written_into,
      a_link_to_an_open_pipe_is_written_into,
      a_directory_without_permission_is_refused_before_anything_is_measured,
      a_read_only_file_is_refused,
      where_no_file_can_be_made_at_all_is_refused,
      when_the_disk_fills_up_the_old_file_stays_and_no_half_one,
      when_the_directory_vanishes_meanwhile_the_error_is_told,
      a_reader_never_sees_half_a_file,
  };
  Suite *suite = suite_create("output");
  TCase *tcase = suite_case(suite, "output", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, enter_directory, leave_directory);
  tcase_set_timeout(tcase, 30); /* for slow disks */
  return suite_run(suite);
}
