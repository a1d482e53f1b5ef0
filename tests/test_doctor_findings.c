/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_doctor_findings.c: rows of doctor's table in 80 columns, however long their figures, and
 * what is said of machines that are not at hand. */

#include <math.h>
#include <string.h>

#include "doctor_findings.h"
#include "suite.h"

/* A line is a blank, the longest name, two columns' gaps of two and the longest verdict. */
enum { CPUS = 9000, COLUMNS = 80, NAME = 27, VERDICT = 7 };

static const char *const suite_kernels[] = {"mc", "bbp-hex", "hex-primes"};
static struct slot slots[CPUS];
static struct placement placement;
static struct doctor_canary alone[CPUS], all[CPUS];
static struct doctor_pair pairs[1];
static struct doctor_patient patient;
static struct doctor_findings found;

/* A quiet machine of `cpus` CPUs of which nothing else is known. */
static void make_quiet(unsigned cpus)
{
  const struct doctor_canary canary = {.samples = 100,
                                       .clock_ghz = 4,
                                       .clock_spread = 0.001,
                                       .throughput_per_ns = 16,
                                       .throughput_spread = 0.001,
                                       .adds_per_cycle = 4};
  memset(&found, 0, sizeof found);
  for (unsigned i = 0; i < cpus; i++) {
    slots[i].cpu = i;
    alone[i] = all[i] = canary;
  }
  placement = (struct placement){.slots = slots, .slot_count = cpus, .quota_cpus = INFINITY};
  pairs[0] = (struct doctor_pair){.a = cpus - 2, .b = cpus - 1, .ratio = 1};
  patient = (struct doctor_patient){
      .placement = &placement,
      .before = {.turbo = -1, .smt = -1, .cpu_pressure = NAN, .memory_pressure = NAN},
      .after = {.turbo = -1, .smt = -1},
      .kernels = suite_kernels,
      .kernel_count = 3,
      .alone = alone,
      .all = all,
      .pairs = pairs,
      .pair_count = 1,
      .pairs_seen = 1};
  for (int i = 0; i < 3; i++)
    patient.changes[i] = (struct doctor_change){20, 0.03, {0, -0.002, 0.002}};
}

static const struct doctor_finding *finding(const char *name)
{
  for (size_t i = 0; i < found.count; i++)
    if (strcmp(found.rows[i].name, name) == 0)
      return &found.rows[i];
  ck_abort_msg("no %s", name);
  return NULL;
}

/* That no figure is longer than its column, or cut off to fit it. */
static void check_widths(void)
{
  doctor_findings_make(&patient, &found);
  for (size_t i = 0; i < found.count; i++) {
    const struct doctor_finding *f = &found.rows[i];
    ck_assert_msg(strlen(f->name) <= NAME, "%s", f->name);
    ck_assert_msg(1 + NAME + 2 + VERDICT + 2 + strlen(f->figure) <= COLUMNS, "%zu columns: %s",
                  1 + NAME + 2 + VERDICT + 2 + strlen(f->figure), f->figure);
    char last = f->figure[strlen(f->figure) - 1];
    ck_assert_msg(last != ' ' && (strchr(f->figure, '(') == NULL || last == ')'), "cut off: %s",
                  f->figure);
    ck_assert_msg(strlen(f->advice) < DOCTOR_ADVICE - 1, "cut off: %s", f->advice);
  }
}

START_TEST(the_longest_figures_of_every_row_fit_80_columns)
{
  static double busy[CPUS];
  make_quiet(CPUS);
  for (unsigned i = 0; i < CPUS; i++) {
    alone[i].clock_spread = alone[i].throughput_spread = 2.345;
    alone[i].clock_ghz = 12.34;
    alone[i].adds_per_cycle = 10.1;
    alone[i].shared_part = 1;
    all[i].clock_ghz = 1.23;
    busy[i] = 1;
  }
  for (int i = 0; i < 3; i++)
    patient.changes[i].ratio = (struct estimate){-3, -20, 20};
  placement.quota_cpus = 8999.99;
  static char list[] =
      "0-2999,3001-5999,6001-8999,9000-9999,10001-10999,11001-11999,12001-12999,13001"
      "-13999,14001-14999,15001-15999,16001-16999,17001-17999";
  patient.busy = busy;
  patient.machine.online_cpus.known = true;
  patient.machine.online_cpus.value = 9999;
  static char governor[] = "a-governor-of-a-name-that-nobody-would-choose";
  placement.allowed = list;
  patient.machine.governor = governor;
  patient.machine.virtualised = "none of those that anybody has ever heard of";
  patient.before =
      (struct doctor_environment){.turbo = 1, .smt = 1, .cpu_pressure = 1, .memory_pressure = 1};
  patient.after = (struct doctor_environment){.ticks = 1000, .ticks_stolen = 1000};
  check_widths();
}
END_TEST

START_TEST(many_pairs_of_large_cpu_numbers_fit_80_columns)
{
  static struct doctor_pair many[13500];
  make_quiet(CPUS);
  for (unsigned i = 0; i < 13500; i++)
    many[i] = (struct doctor_pair){.a = CPUS - 2, .b = CPUS - 1, .ratio = 0.55};
  patient.pairs = many;
  patient.pair_count = patient.pairs_seen = 13500;
  check_widths();
  ck_assert_str_eq(finding("hidden SMT siblings")->figure,
                   "CPUs 8998, 8999: 0.55 (13500/13500 pairs)");
}
END_TEST

START_TEST(changes_from_a_thousandth_to_a_thousandfold_fit_80_columns)
{
  for (double width = 1e-4; width < 1e3; width *= 1.7) {
    make_quiet(2);
    for (int i = 0; i < 3; i++)
      patient.changes[i].ratio = (struct estimate){0, -width, width};
    check_widths();
  }
}
END_TEST

START_TEST(a_quiet_machine_is_fine_or_unknown_and_gets_no_advice)
{
  make_quiet(2);
  doctor_findings_make(&patient, &found);
  for (size_t i = 0; i < found.count; i++) {
    const struct doctor_finding *f = &found.rows[i];
    ck_assert_msg(f->verdict == DOCTOR_FINE || f->verdict == DOCTOR_UNKNOWN, "%s", f->name);
    ck_assert_msg(f->advice[0] == '\0', "%s: %s", f->name, f->advice);
  }
  ck_assert_int_eq(finding("pinning")->verdict, DOCTOR_FINE);
  ck_assert_int_eq(finding("turbo")->verdict, DOCTOR_UNKNOWN);
}
END_TEST

START_TEST(hidden_siblings_a_refused_binding_and_a_small_quota_are_told)
{
  make_quiet(2);
  pairs[0].ratio = 0.55;
  doctor_findings_make(&patient, &found);
  ck_assert_int_eq(finding("hidden SMT siblings")->verdict, DOCTOR_NOTE);
  ck_assert_ptr_nonnull(
      strstr(finding("hidden SMT siblings")->advice, "CPUs 0 and 1 share a core"));
  make_quiet(2);
  placement.quota_cpus = 0.5;
  doctor_findings_make(&patient, &found);
  ck_assert_int_eq(finding("CPU quota")->verdict, DOCTOR_BAD);
  ck_assert_int_eq(finding("pinning")->verdict, DOCTOR_NOTE);
  make_quiet(2);
  alone[1].bind_error = -1; /* EPERM */
  doctor_findings_make(&patient, &found);
  ck_assert_int_eq(finding("pinning")->verdict, DOCTOR_BAD);
  ck_assert_str_eq(finding("pinning")->figure, "1 of 2 CPUs only");
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      the_longest_figures_of_every_row_fit_80_columns,
      many_pairs_of_large_cpu_numbers_fit_80_columns,
      changes_from_a_thousandth_to_a_thousandfold_fit_80_columns,
      a_quiet_machine_is_fine_or_unknown_and_gets_no_advice,
      hidden_siblings_a_refused_binding_and_a_small_quota_are_told,
  };
  Suite *suite = suite_create("doctor findings");
  suite_case(suite, "findings", tests, sizeof tests / sizeof *tests);
  return suite_run(suite);
}
