/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_quota.c: quotas from copies of /proc and cgroup trees, and from a real cgroup if we may. */
#include "quota.h"

#include "suite.h"
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define V1_MOUNT(root)                                                                             \
  "33 32 0:30 " root " /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define V2_MOUNT(root)                                                                             \
  "31 23 0:28 " root " /sys/fs/cgroup rw,nosuid shared:4 master:2 - cgroup2 cgroup2 "              \
  "rw,nsdelegate\n"

static char root[] = "/tmp/pibench-quota-XXXXXX"; /* of the copies */

static void put(const char *name, const char *text)
{
  tree_put(root, name, text);
}

static void put_proc(const char *cgroup, const char *mountinfo)
{
  put("proc/self/cgroup", cgroup);
  put("proc/self/mountinfo", mountinfo);
}

static void put_v1(const char *directory, const char *quota, const char *period)
{
  char name[PATH_MAX];
  snprintf(name, sizeof(name), "%s/cpu.cfs_quota_us", directory);
  put(name, quota);
  snprintf(name, sizeof(name), "%s/cpu.cfs_period_us", directory);
  put(name, period);
}

static void remove_root(void)
{
  tree_remove(root);
}

/* Outside the tests' processes, so that it is removed after one that failed. */
static void make_root(void)
{
  ck_assert_ptr_nonnull(mkdtemp(root));
}

static void empty_root(void)
{
  remove_root();
  ck_assert_int_eq(mkdir(root, 0700), 0);
}

#define assert_quota(expected) ck_assert_double_eq_tol(quota_cpus(root), expected, 1e-12)
#define assert_unlimited()     ck_assert_double_infinite(quota_cpus(root))

START_TEST(nothing_to_read_is_unlimited)
{
  assert_unlimited();
  put("proc/self/mountinfo", V2_MOUNT("/"));
  assert_unlimited();
  put_proc("0::/a\n", V2_MOUNT("/"));
  assert_unlimited();
}
END_TEST

START_TEST(no_cgroup_mount_is_unlimited)
{
  put_proc("0::/a\n", "22 1 8:1 / / rw - ext4 /dev/root rw\n");
  put("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  assert_unlimited();
}
END_TEST

START_TEST(v2_at_the_leaf)
{
  put_proc("0::/a/b\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  assert_quota(1.5);
}
END_TEST

START_TEST(v2_max_is_unlimited)
{
  put_proc("0::/a/b\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  assert_unlimited();
}
END_TEST

START_TEST(v2_tighter_parent_wins)
{
  put_proc("0::/a/b/c\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/a/cpu.max", "20000 100000\n");
  put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  assert_quota(0.2);
}
END_TEST

START_TEST(v2_tighter_leaf_wins)
{
  put_proc("0::/a/b\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  put("sys/fs/cgroup/a/b/cpu.max", "25000 50000\n");
  assert_quota(0.5);
}
END_TEST

START_TEST(v2_in_a_namespace_whose_root_has_a_quota)
{
  put_proc("0::/\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/cpu.max", "200000 100000\n");
  assert_quota(2);
}
END_TEST

START_TEST(siblings_do_not_count)
{
  put_proc("0::/a\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/ab/cpu.max", "10000 100000\n");
  put("sys/fs/cgroup/a/child/cpu.max", "10000 100000\n");
  put("sys/fs/cgroup/a/cpu.max", "90000 100000\n");
  assert_quota(0.9);
}
END_TEST

START_TEST(v1_at_the_leaf)
{
  put_proc("4:cpu,cpuacct:/a\n2:memory:/m\n", V1_MOUNT("/"));
  put_v1("sys/fs/cgroup/cpu,cpuacct/a", "250000\n", "100000\n");
  assert_quota(2.5);
}
END_TEST

START_TEST(v1_minus_one_is_unlimited)
{
  put_proc("4:cpuacct,cpu:/a\n", V1_MOUNT("/"));
  put_v1("sys/fs/cgroup/cpu,cpuacct/a", "-1\n", "100000\n");
  assert_unlimited();
}
END_TEST

START_TEST(v1_tighter_parent_wins)
{
  put_proc("4:cpu,cpuacct:/a/b\n", V1_MOUNT("/"));
  put_v1("sys/fs/cgroup/cpu,cpuacct/a", "50000\n", "100000\n");
  put_v1("sys/fs/cgroup/cpu,cpuacct/a/b", "-1\n", "100000\n");
  assert_quota(0.5);
}
END_TEST

START_TEST(v1_other_controllers_do_not_count)
{
  put_proc("5:cpuset:/a\n4:cpuacct:/a\n3:name=cpu:/a\n",
           "33 32 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
           "34 32 0:31 / /sys/fs/cgroup/x rw - cgroup cgroup rw,name=cpu\n");
  put_v1("sys/fs/cgroup/cpuset/a", "50000\n", "100000\n");
  put_v1("sys/fs/cgroup/x/a", "50000\n", "100000\n");
  assert_unlimited();
  put("proc/self/cgroup", "4:cpu:/a\n"); /* not mounted */
  assert_unlimited();
}
END_TEST

START_TEST(hybrid_takes_the_tighter_hierarchy)
{
  put_proc("9:name=systemd:/\n1:cpu,cpuacct:/a\n0::/b\n",
           V1_MOUNT("/") "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  put_v1("sys/fs/cgroup/cpu,cpuacct/a", "100000\n", "100000\n");
  assert_quota(1);
  put("sys/fs/cgroup/unified/b/cpu.max", "75000 100000\n");
  assert_quota(0.75);
  put("sys/fs/cgroup/unified/b/cpu.max", "max 100000\n");
  assert_quota(1);
}
END_TEST

START_TEST(an_empty_mount_source_is_a_field)
{
  put_proc("1:cpu:/a\n", "33 32 0:30 / /cg rw - cgroup  rw,cpu\n");
  put_v1("cg/a", "30000\n", "100000\n");
  assert_quota(0.3);
}
END_TEST

START_TEST(container_mount_shows_our_cgroup_as_its_root)
{
  put_proc("4:cpu,cpuacct:/docker/0123\n", V1_MOUNT("/docker/0123"));
  put_v1("sys/fs/cgroup/cpu,cpuacct", "150000\n", "100000\n");
  assert_quota(1.5);
}
END_TEST

START_TEST(container_mount_shows_an_ancestor_as_its_root)
{
  put_proc("0::/kubepods/pod1/c\n", V2_MOUNT("/kubepods/pod1"));
  put("sys/fs/cgroup/cpu.max", "300000 100000\n");
  put("sys/fs/cgroup/c/cpu.max", "200000 100000\n");
  assert_quota(2);
}
END_TEST

START_TEST(container_mount_of_another_cgroup_does_not_count)
{
  put_proc("0::/docker/0123\n", V2_MOUNT("/docker/01"));
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  put("sys/fs/cgroup/23/cpu.max", "50000 100000\n");
  assert_unlimited();
}
END_TEST

/* The host's path in a container whose mount starts at the container: the leaf is not found. */
START_TEST(missing_directories_are_passed_on_the_way_up)
{
  put_proc("0::/docker/0123\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  assert_quota(0.5);
}
END_TEST

START_TEST(mount_of_an_ancestor_outside_the_namespace_counts)
{
  put_proc("0::/\n", V2_MOUNT("/../.."));
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  assert_quota(0.5);
}
END_TEST

START_TEST(cgroup_outside_the_namespace)
{
  put_proc("0::/../b\n", V2_MOUNT("/"));
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  put("sys/fs/b/cpu.max", "10000 100000\n");
  assert_unlimited(); /* the mount shows neither us nor an ancestor of ours */
  put_proc("0::/../b\n", V2_MOUNT("/.."));
  put("sys/fs/cgroup/b/cpu.max", "20000 100000\n");
  assert_quota(0.2);
}
END_TEST

START_TEST(escaped_names)
{
  put_proc("0::/my box/a:b\\c\n",
           "31 23 0:28 /my\\040box /mnt/c\\040\\134d rw - cgroup2 cgroup2 rw\n");
  put("mnt/c \\d/a:b\\c/cpu.max", "60000 100000\n");
  assert_quota(0.6);
  put_proc("0::/a\n", "31 23 0:28 / /mnt\\0 rw - cgroup2 cgroup2 rw\n");
  put("mnt\\0/a/cpu.max", "70000 100000\n"); /* three digits or it is no escape */
  assert_quota(0.7);
}
END_TEST

/* Our cgroup's own and those of its parents add up, as any of them may have held us back. */
START_TEST(throttled_time_is_told_in_seconds_by_either_version)
{
  put_proc("4:cpu,cpuacct:/a/b\n0::/a/b\n", V1_MOUNT("/") V2_MOUNT("/"));
  ck_assert_double_eq(quota_throttled_s(root), 0);
  put("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 9000000\nnr_throttled 7\nthrottled_usec 1500000\n");
  put("sys/fs/cgroup/a/cpu.stat", "throttled_usec 250000\nthrottled_usec_more 9000000\n");
  ck_assert_double_eq_tol(quota_throttled_s(root), 1.75, 1e-9);
  put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.stat", "nr_periods 10\nthrottled_time 500000000\n");
  ck_assert_double_eq_tol(quota_throttled_s(root), 2.25, 1e-9);
}
END_TEST

START_TEST(a_cgroup_whose_name_begins_alike_is_another)
{
  put_proc("0::/ab\n", V2_MOUNT("/a"));
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  put("sys/fs/cgroupb/cpu.max", "50000 100000\n");
  assert_unlimited();
}
END_TEST

START_TEST(garbage_is_unlimited)
{
  static const char *const contents[] = {
      "",           "\n",          "100000",        "fifty 100000",
      "50000 0",    "0 100000",    "50000 -100000", "-50000 100000",
      "50000x 100", "50000\t1000", "50000 hundred", "99999999999999999999999999 100000",
  };
  put_proc("0::/a\n", V2_MOUNT("/"));
  for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
    put("sys/fs/cgroup/a/cpu.max", contents[i]);
    ck_assert_msg(isinf(quota_cpus(root)), "\"%s\"", contents[i]);
  }
}
END_TEST

START_TEST(garbage_in_proc_is_unlimited)
{
  put("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  put_proc("0:\n::\n\n:\nx\n0", V2_MOUNT("/"));
  assert_unlimited();
  put_proc("0::/a\n", "\n31\n31 23 0:28 / /sys/fs/cgroup rw\n31 23 0:28 / /sys/fs/cgroup rw -\n"
                      "31 23 0:28 / /sys/fs/cgroup rw - cgroup2\n- - - - - - - -\n"
                      "31 23 0:28 /\\0 /sys\\ rw - cgroup2 x rw\n");
  assert_unlimited();
}
END_TEST

START_TEST(this_machine_can_be_asked)
{
  ck_assert_double_gt(quota_cpus(""), 0);
}
END_TEST

/* Into a file that is there: the parent of version 1 mounts is no cgroup, but a plain directory. */
static int write_text(const char *directory, const char *name, const char *text)
{
  char path[PATH_MAX + 64];
  snprintf(path, sizeof(path), "%s/%s", directory, name);
  FILE *file = fopen(path, "r+e");
  if (!file)
    return -errno;
  int written = fputs(text, file);
  return fclose(file) == 0 && written >= 0 ? 0 : -EIO;
}

/* Joins the cgroup, as a child, and reports the quota there in percent; 255: could not join. */
static int percent_in_cgroup(const char *directory)
{
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    if (write_text(directory, "cgroup.procs", "0") < 0)
      _exit(255);
    double percent = quota_cpus("") * 100;
    _exit(percent < 200 ? (int)lround(percent) : 200);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* Needs the right to make a cgroup where controllers are usually mounted; passes without it. */
START_TEST(a_real_quota_is_found)
{
  static const struct {
    const char *mount, *file, *text;
  } hierarchies[] = {
      {"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "35000"},
      {"/sys/fs/cgroup", "cpu.max", "35000 100000"},
  };
  for (size_t i = 0; i < sizeof(hierarchies) / sizeof(*hierarchies); i++) {
    char directory[PATH_MAX];
    snprintf(directory, sizeof(directory), "%s/pibench-test-%d", hierarchies[i].mount,
             (int)getpid());
    if (mkdir(directory, 0755) < 0)
      continue;
    bool set = write_text(directory, hierarchies[i].file, hierarchies[i].text) == 0;
    int percent = set ? percent_in_cgroup(directory) : 255;
    ck_assert_int_eq(rmdir(directory), 0);
    /* A quota around the tests may be tighter still. */
    if (percent != 255 && quota_cpus("") > 0.35)
      ck_assert_int_eq(percent, 35);
  }
}
END_TEST

int main(void)
{
  const TTest *const on_copies[] = {
      nothing_to_read_is_unlimited,
      no_cgroup_mount_is_unlimited,
      v2_at_the_leaf,
      v2_max_is_unlimited,
      v2_tighter_parent_wins,
      v2_tighter_leaf_wins,
      v2_in_a_namespace_whose_root_has_a_quota,
      siblings_do_not_count,
      v1_at_the_leaf,
      v1_minus_one_is_unlimited,
      v1_tighter_parent_wins,
      v1_other_controllers_do_not_count,
      hybrid_takes_the_tighter_hierarchy,
      an_empty_mount_source_is_a_field,
      container_mount_shows_our_cgroup_as_its_root,
      container_mount_shows_an_ancestor_as_its_root,
      container_mount_of_another_cgroup_does_not_count,
      missing_directories_are_passed_on_the_way_up,
      mount_of_an_ancestor_outside_the_namespace_counts,
      cgroup_outside_the_namespace,
      escaped_names,
      throttled_time_is_told_in_seconds_by_either_version,
      a_cgroup_whose_name_begins_alike_is_another,
      garbage_is_unlimited,
      garbage_in_proc_is_unlimited,
  };
  Suite *suite = suite_create("quota");
  TCase *copies = tcase_create("copies");
  tcase_add_unchecked_fixture(copies, make_root, remove_root);
  tcase_add_checked_fixture(copies, empty_root, NULL);
  for (size_t i = 0; i < sizeof(on_copies) / sizeof(*on_copies); i++)
    tcase_add_test(copies, on_copies[i]);
  suite_add_tcase(suite, copies);
  TCase *machine = tcase_create("machine");
  tcase_add_test(machine, this_machine_can_be_asked);
  tcase_add_test(machine, a_real_quota_is_found);
  suite_add_tcase(suite, machine);
  return suite_run(suite);
}
