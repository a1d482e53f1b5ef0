/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_doctor.c: verdicts, what is made of figures, and that examinations leave nothing behind. */

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "doctor.h"
#include "job.h"
#include "suite.h"
#include "tree.h"

/* --- Verdicts --- */

START_TEST(limits_belong_to_the_better_side_and_what_is_unknown_stays_unknown)
{
  ck_assert_int_eq(doctor_judge(0.01, 0.01, 0.05), DOCTOR_FINE);
  ck_assert_int_eq(doctor_judge(0.011, 0.01, 0.05), DOCTOR_NOTE);
  ck_assert_int_eq(doctor_judge(0.05, 0.01, 0.05), DOCTOR_NOTE);
  ck_assert_int_eq(doctor_judge(0.051, 0.01, 0.05), DOCTOR_BAD);
  ck_assert_int_eq(doctor_judge(1e9, 0.01, INFINITY), DOCTOR_NOTE);
  ck_assert_int_eq(doctor_judge(NAN, 0.01, 0.05), DOCTOR_UNKNOWN);
}
END_TEST

START_TEST(a_machine_is_as_good_as_its_worst_examination_and_unknown_ones_say_nothing)
{
  const enum doctor_verdict all[] = {DOCTOR_FINE, DOCTOR_UNKNOWN, DOCTOR_NOTE, DOCTOR_BAD};
  ck_assert_int_eq(doctor_overall(all, 4), DOCTOR_BAD);
  ck_assert_int_eq(doctor_overall(all, 3), DOCTOR_NOTE);
  ck_assert_int_eq(doctor_overall(all, 2), DOCTOR_FINE);
}
END_TEST

START_TEST(the_smallest_change_is_half_the_interval_and_its_distance_from_none)
{
  struct doctor_change change = {.pairs = 20, .ratio = {0.01, -0.02, 0.04}};
  ck_assert_double_eq_tol(log1p(doctor_smallest_change(&change, 20)), 0.04, 1e-12);
  change.ratio = (struct estimate){-0.01, -0.04, 0.02}; /* either way */
  ck_assert_double_eq_tol(log1p(doctor_smallest_change(&change, 20)), 0.04, 1e-12);
  ck_assert_double_eq_tol(log1p(doctor_smallest_change(&change, 80)), 0.02, 1e-12);
  change.ratio = (struct estimate){0.01, NAN, NAN};
  ck_assert(isnan(doctor_smallest_change(&change, 20)));
}
END_TEST

/* --- Somebody else on the core --- */

enum { SERIES = 100 };

static void steady(double *clock, double *throughput)
{
  for (int i = 0; i < SERIES; i++) {
    clock[i] = 3;
    throughput[i] = 18;
  }
}

START_TEST(a_core_that_nobody_shares_is_not_shared)
{
  double clock[SERIES], throughput[SERIES];
  steady(clock, throughput);
  ck_assert_double_eq(doctor_shared_part(clock, throughput, SERIES), 0);
}
END_TEST

START_TEST(throughput_that_falls_under_a_steady_clock_tells_of_a_neighbour)
{
  double clock[SERIES], throughput[SERIES];
  steady(clock, throughput);
  for (int i = 30; i < 63; i++)
    throughput[i] = 10;
  ck_assert_double_eq_tol(doctor_shared_part(clock, throughput, SERIES), 33.0 / 99, 1e-12);
}
END_TEST

START_TEST(a_clock_that_falls_is_no_neighbour)
{
  double clock[SERIES], throughput[SERIES];
  steady(clock, throughput);
  for (int i = 30; i < 63; i++) {
    clock[i] = 1.5;
    throughput[i] = 9;
  }
  throughput[29] = throughput[63] = 12; /* it fell meanwhile; it rose before */
  clock[64] = 2;
  ck_assert_double_eq(doctor_shared_part(clock, throughput, SERIES), 0);
}
END_TEST

START_TEST(of_a_few_samples_nothing_is_said)
{
  double clock[SERIES], throughput[SERIES];
  steady(clock, throughput);
  ck_assert(isnan(doctor_shared_part(clock, throughput, 19)));
  ck_assert(isnan(doctor_shared_part(clock, throughput, 0)));
}
END_TEST

/* --- Pairs --- */

/* n slots, `threads` of which the topology puts on one core. */
static size_t pairs_of(unsigned n, unsigned threads, struct doctor_pair **ret_pairs)
{
  struct slot slots[64] = {0};
  struct placement placement = {.slots = slots, .slot_count = n};
  size_t count;
  for (unsigned i = 0; i < n; i++)
    slots[i] = (struct slot){.cpu = i, .core = i / threads};
  ck_assert_int_eq(doctor_pairs_list(&placement, ret_pairs, &count), 0);
  return count;
}

START_TEST(up_to_eight_slots_every_pair_is_looked_at_but_known_siblings)
{
  struct doctor_pair *pairs;
  ck_assert_uint_eq(pairs_of(1, 1, &pairs), 0);
  free(pairs);
  ck_assert_uint_eq(pairs_of(8, 1, &pairs), 28);
  free(pairs);
  ck_assert_uint_eq(pairs_of(8, 2, &pairs), 24);
  for (int i = 0; i < 24; i++)
    ck_assert(pairs[i].a < pairs[i].b && pairs[i].a / 2 != pairs[i].b / 2 && isnan(pairs[i].ratio));
  free(pairs);
}
END_TEST

START_TEST(of_many_slots_neighbours_and_halves_are_looked_at)
{
  struct doctor_pair *pairs;
  size_t n = pairs_of(64, 1, &pairs);
  ck_assert_uint_eq(n, 63 + 32);
  for (size_t i = 0; i < n; i++)
    ck_assert(pairs[i].b - pairs[i].a == 1 || pairs[i].b - pairs[i].a == 32);
  free(pairs);
}
END_TEST

/* --- What the system tells --- */

static char base[PATH_MAX];

static void make_base(void)
{
  const char *directory = getenv("TMPDIR");
  snprintf(base, sizeof base, "%s/pibench-doctor-XXXXXX", directory ? directory : "/tmp");
  ck_assert_ptr_nonnull(mkdtemp(base));
}

static void remove_base(void)
{
  tree_remove(base);
}

static void put(const char *path, const char *text)
{
  tree_put(base, path, text);
}

START_TEST(a_system_that_tells_nothing_is_unknown)
{
  struct doctor_environment none, zero = {0};
  doctor_environment_read(base, &none);
  ck_assert_int_eq(none.turbo, -1);
  ck_assert_int_eq(none.smt, -1);
  ck_assert(isnan(none.cpu_pressure) && isnan(none.memory_pressure));
  ck_assert(isnan(doctor_stolen_part(&zero, &none)));
}
END_TEST

START_TEST(turbo_is_read_from_either_driver)
{
  struct doctor_environment e;
  put("/sys/devices/system/cpu/cpufreq/boost", "1\n");
  doctor_environment_read(base, &e);
  ck_assert_int_eq(e.turbo, 1);
  put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"); /* the other way round, and first */
  doctor_environment_read(base, &e);
  ck_assert_int_eq(e.turbo, 0);
  put("/sys/devices/system/cpu/intel_pstate/no_turbo", "maybe\n");
  put("/sys/devices/system/cpu/cpufreq/boost", "7\n");
  doctor_environment_read(base, &e);
  ck_assert_int_eq(e.turbo, -1);
}
END_TEST

START_TEST(smt_pressure_and_stolen_time_are_read)
{
  struct doctor_environment before = {0}, e;
  put("/sys/devices/system/cpu/smt/active", "0\n");
  put("/proc/pressure/cpu", "some avg10=12.50 avg60=1.00 avg300=0.00 total=5\nfull avg10=0.00\n");
  put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  put("/proc/stat", "cpu  100 0 100 700 0 0 0 100 50 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  doctor_environment_read(base, &e);
  ck_assert_int_eq(e.smt, 0);
  ck_assert_double_eq_tol(e.cpu_pressure, 0.125, 1e-12);
  ck_assert_double_eq(e.memory_pressure, 0);
  ck_assert_double_eq_tol(doctor_stolen_part(&before, &e), 0.1, 1e-12);
  before = e;
  put("/proc/stat", "cpu  150 0 100 740 0 0 0 110 50 0\n");
  doctor_environment_read(base, &e);
  ck_assert_double_eq_tol(doctor_stolen_part(&before, &e), 0.1, 1e-12);
  ck_assert(isnan(doctor_stolen_part(&e, &e)));
}
END_TEST

/* --- On this machine: figures exist, nothing is left; how large they are nobody asserts --- */

static struct placement *load(void)
{
  struct placement *placement;
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, &(unsigned){0}), 0);
  return placement;
}

static void no_children(void)
{
  ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
  ck_assert_int_eq(errno, ECHILD);
}

START_TEST(canaries_sing_on_every_slot_and_their_processes_are_gone)
{
  struct placement *placement = load();
  unsigned n = placement->slot_count, slots[1024];
  struct doctor_canary canaries[1024];
  n = n > 1024 ? 1024 : n;
  for (unsigned i = 0; i < n; i++)
    slots[i] = i;
  ck_assert_int_eq(doctor_canaries_run(placement, slots, n, 0.1, canaries), 0);
  for (unsigned i = 0; i < n; i++)
    if (canaries[i].samples > 0) {
      ck_assert(canaries[i].clock_ghz > 0 && canaries[i].throughput_per_ns > 0);
      ck_assert(canaries[i].clock_spread >= 0 && canaries[i].throughput_spread >= 0);
      ck_assert_double_eq_tol(canaries[i].adds_per_cycle * canaries[i].clock_ghz,
                              canaries[i].throughput_per_ns, 1e-9);
    }
  no_children();
  placement_free(placement);
}
END_TEST

START_TEST(a_slot_that_cannot_be_bound_says_so)
{
  struct placement *placement = load();
  struct doctor_canary canary;
  struct doctor_pair pair = {0, 0, NAN};
  placement->this_system = false;
  ck_assert_int_eq(doctor_canaries_run(placement, &(unsigned){0}, 1, 0.02, &canary), 0);
  ck_assert_int_eq(canary.bind_error, -ENOTSUP);
  ck_assert_int_eq(doctor_pair_measure(placement, 0.005, &pair), -ENOTSUP);
  ck_assert(isnan(pair.ratio));
  no_children();
  placement_free(placement);
}
END_TEST

START_TEST(an_a_a_has_an_interval_that_its_median_is_in)
{
  struct placement *placement = load();
  struct doctor_change change;
  struct fault fault;
  struct job job;
  char message[JOB_MESSAGE];
  ck_assert_int_eq(job_parse("mc:points=1e5", &job, message), 0);
  ck_assert_int_eq(doctor_change_measure(&job, placement, 8, 60, &change, &fault), 0);
  ck_assert_uint_eq(change.pairs, 8);
  ck_assert(change.sample_s > 0);
  ck_assert(change.ratio.low <= change.ratio.value && change.ratio.value <= change.ratio.high);
  /* Without time there are the six pairs that an interval needs. */
  ck_assert_int_eq(doctor_change_measure(&job, placement, 8, 0, &change, &fault), 0);
  ck_assert_uint_eq(change.pairs, 6);
  ck_assert(isfinite(doctor_smallest_change(&change, DOCTOR_PAIRS)));
  no_children();
  placement_free(placement);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("doctor");
  TCase *verdicts = tcase_create("verdicts"), *figures = tcase_create("figures");
  TCase *system = tcase_create("system"), *here = tcase_create("here");
  tcase_add_test(verdicts, limits_belong_to_the_better_side_and_what_is_unknown_stays_unknown);
  tcase_add_test(verdicts,
                 a_machine_is_as_good_as_its_worst_examination_and_unknown_ones_say_nothing);
  tcase_add_test(verdicts, the_smallest_change_is_half_the_interval_and_its_distance_from_none);
  tcase_add_test(figures, a_core_that_nobody_shares_is_not_shared);
  tcase_add_test(figures, throughput_that_falls_under_a_steady_clock_tells_of_a_neighbour);
  tcase_add_test(figures, a_clock_that_falls_is_no_neighbour);
  tcase_add_test(figures, of_a_few_samples_nothing_is_said);
  tcase_add_test(figures, up_to_eight_slots_every_pair_is_looked_at_but_known_siblings);
  tcase_add_test(figures, of_many_slots_neighbours_and_halves_are_looked_at);
  tcase_add_checked_fixture(system, make_base, remove_base);
  tcase_add_test(system, a_system_that_tells_nothing_is_unknown);
  tcase_add_test(system, turbo_is_read_from_either_driver);
  tcase_add_test(system, smt_pressure_and_stolen_time_are_read);
  tcase_set_timeout(here, 60);
  tcase_add_test(here, canaries_sing_on_every_slot_and_their_processes_are_gone);
  tcase_add_test(here, a_slot_that_cannot_be_bound_says_so);
  tcase_add_test(here, an_a_a_has_an_interval_that_its_median_is_in);
  suite_add_tcase(suite, verdicts);
  suite_add_tcase(suite, figures);
  suite_add_tcase(suite, system);
  suite_add_tcase(suite, here);
  return suite_run(suite);
}
