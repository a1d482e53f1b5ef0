/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_placement_binding.c: workers are bound where we say, on this machine and on no other. */

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "machines.h"

/* Runs the check in a child, where assertions would be lost: it returns 0 or a line number. */
static void check_in_child(int (*check)(void))
{
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    int line = check();
    _exit(line < 255 ? line : 255);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFEXITED(status));
  ck_assert_int_eq(WEXITSTATUS(status), 0);
}

#define CHECK(number, condition)                                                                   \
  do {                                                                                             \
    if (!(condition))                                                                              \
      return number;                                                                               \
  } while (0)

static bool bound_to(unsigned cpu)
{
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1
         && CPU_ISSET(cpu, &set);
}

static int bind_to_each_slot(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  CHECK(2, placement->this_system);
  for (unsigned i = 0; i < placement->slot_count; i++) {
    CHECK(3, placement_bind(placement, i) == 0);
    CHECK(4, bound_to(placement->slots[i].cpu));
  }
  placement_free(placement);
  return 0;
}

START_TEST(binding_is_what_the_kernel_says)
{
  check_in_child(bind_to_each_slot);
}
END_TEST

static int use_inherited_mask(void)
{
  cpu_set_t all, one;
  CHECK(1, sched_getaffinity(0, sizeof(all), &all) == 0);
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &all))
      continue;
    char allowed[16];
    snprintf(allowed, sizeof(allowed), "%u", cpu);
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK(2, sched_setaffinity(0, sizeof(one), &one) == 0);
    struct placement *placement;
    CHECK(3, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
    CHECK(4, placement->slot_count == 1 && placement->slots[0].cpu == cpu);
    CHECK(5, strcmp(placement->allowed, allowed) == 0);
    CHECK(6, placement_bind(placement, 0) == 0 && bound_to(cpu));
    placement_free(placement);
    CHECK(7, sched_setaffinity(0, sizeof(all), &all) == 0);
  }
  return 0;
}

START_TEST(inherited_binding_limits_the_slots)
{
  check_in_child(use_inherited_mask);
}
END_TEST

START_TEST(loading_leaves_our_binding_alone)
{
  cpu_set_t before, after;
  ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
  ck_assert(CPU_EQUAL(&before, &after));
  ck_assert_uint_eq(placement->slot_count, (unsigned)CPU_COUNT(&before));
  assert_sound(placement);
  placement_free(placement);
}
END_TEST

/* In place of libc's, also for hwloc: some sandboxes say yes and do nothing. */
static bool pretend_to_bind;

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
  return pretend_to_bind ? 0 : (int)syscall(SYS_sched_setaffinity, pid, size, set);
}

static int bind_in_pretence(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  pretend_to_bind = true;
  /* With one CPU the pretence is the truth. */
  int expected = placement->slot_count > 1 ? -EPERM : 0;
  for (unsigned i = 0; i < placement->slot_count; i++)
    CHECK(2, placement_bind(placement, i) == expected);
  placement_free(placement);
  return 0;
}

START_TEST(binding_that_does_nothing_is_noticed)
{
  check_in_child(bind_in_pretence);
}
END_TEST

/* The CPU is taken away after the topology was loaded. */
static int bind_to_missing_cpu(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  placement->slots[0].cpu = 1000000;
  CHECK(2, placement_bind(placement, 0) == -EPERM);
  return 0;
}

START_TEST(binding_to_a_cpu_that_is_gone_is_refused)
{
  check_in_child(bind_to_missing_cpu);
}
END_TEST

START_TEST(imported_machines_cannot_be_bound)
{
  use_synthetic("pu:2");
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert(!placement->this_system);
  ck_assert_int_eq(placement_bind(placement, 0), -ENOTSUP);
  placement_free(placement);
  /* Even when hwloc is told to take it for this machine. */
  setenv("HWLOC_THISSYSTEM", "1", 1);
  placement = load(PLACE_CORES, NULL);
  ck_assert_int_eq(placement_bind(placement, 0), -ENOTSUP);
  placement_free(placement);
}
END_TEST

START_TEST(import_that_fails_is_not_this_machine)
{
  struct placement *placement = NULL;
  use_synthetic("no such machine");
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, NULL), -EIO);
  forget_machines();
  setenv("HWLOC_XMLFILE", "/nonexistent.xml", 1);
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, NULL), -EIO);
  ck_assert_ptr_null(placement);
}
END_TEST

START_TEST(empty_variables_mean_this_machine)
{
  use_synthetic("");
  setenv("HWLOC_XMLFILE", "", 1);
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert(placement->this_system);
  placement_free(placement);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      binding_is_what_the_kernel_says,          inherited_binding_limits_the_slots,
      loading_leaves_our_binding_alone,         binding_that_does_nothing_is_noticed,
      binding_to_a_cpu_that_is_gone_is_refused, imported_machines_cannot_be_bound,
      import_that_fails_is_not_this_machine,    empty_variables_mean_this_machine,
  };
  Suite *suite = suite_create("placement_binding");
  TCase *tcase = suite_case(suite, "binding", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, forget_machines, forget_machines);
  tcase_set_timeout(tcase, 60);
  return suite_run(suite);
}
