/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_doctor.c: pibench doctor: can this machine measure, and what to do about it.
 *
 * To add an examination: 1) its figures in harness/doctor.h, 2) a function here that makes a
 * finding of them, called by examine_*(), 3) its name in tests/cli/test_doctor.py.
 */

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "doctor.h"
#include "grid.h"
#include "interrupt.h"
#include "load.h"
#include "machine.h"
#include "run_options.h"

enum {
  KERNELS_MOST = 8,
  FINDINGS_MOST = 32,
  NAME = 32,
  FIGURE = 45 /* what fits 80 columns */,
  ADVICE = 400
};

#define CHANGE_MOST_S 4.0 /* a kernel's A/A, on a busy machine */
#define ALONE_S       2.0 /* canaries on each CPU alone, all of them */
#define ALONE_MOST_S  1.0
#define ALL_S         0.5
#define PAIRS_S       2.0 /* hidden siblings, as planned, and at most */
#define PAIRS_MOST_S  4.0
#define LOAD_S        0.5

#define BUSY_THRESHOLD 0.5 /* as in run */

struct finding {
  enum doctor_verdict verdict;
  char name[NAME], figure[FIGURE], advice[ADVICE]; /* no advice: "" */
};

/* What was measured. */
struct patient {
  struct placement *placement;
  struct machine machine;
  struct doctor_environment before, after;
  double *busy;               /* [cpus]; NULL: unknown */
  const char *const *kernels; /* run's default suite */
  struct doctor_change changes[KERNELS_MOST];
  int kernel_count;
  struct doctor_canary *alone, *all; /* [slots] */
  struct doctor_pair *pairs;
  size_t pair_count, pairs_seen; /* to look at; looked at */
  struct finding findings[FINDINGS_MOST];
  size_t finding_count;
  struct progress_line line;
};

/* --- Options --- */

struct doctor_options {
  bool quiet;
};

static error_t doctor_option(int key, char *given, struct argp_state *state)
{
  struct doctor_options *options = state->input;
  switch (key) {
  case 'q':
    options->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    usage_error("doctor takes no arguments, and was given '%.40s'", given);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option doctor_option_table[] = {{"quiet", 'q', NULL, 0, "No progress", 0},
                                                         {0}};

static const struct argp doctor_argp = {
    .options = doctor_option_table,
    .parser = doctor_option,
    .doc = "Can this machine measure? Finds the smallest change that it can show, watches clock, "
           "pinning and neighbours, and tells what to do about what it finds. Takes about ten "
           "seconds and changes nothing. Exit 4 if the machine is not fit.",
};

/* --- Measuring --- */

/* One more than the highest CPU number of the slots. */
static unsigned cpus_of(const struct placement *placement)
{
  unsigned cpus = 1;
  for (unsigned i = 0; i < placement->slot_count; i++)
    cpus = placement->slots[i].cpu >= cpus ? placement->slots[i].cpu + 1 : cpus;
  return cpus;
}

/* Others' load, before there is any of ours.  Like run, the doctor then takes idle CPUs first. */
static int watch_load(struct patient *patient)
{
  const char *why;
  unsigned cpus = cpus_of(patient->placement);
  patient->busy = calloc(cpus, sizeof *patient->busy);
  if (!patient->busy)
    return -ENOMEM;
  if (load_watch(LOAD_S, cpus, patient->busy) < 0) {
    free(patient->busy);
    patient->busy = NULL;
  } else if (measure_will_pin(patient->placement, PIN_AUTO, &why)) {
    placement_prefer_idle(patient->placement, patient->busy, BUSY_THRESHOLD);
  }
  return interrupt_signal() ? -EINTR : 0;
}

static int watch_canaries(struct patient *patient)
{
  const struct placement *placement = patient->placement;
  unsigned n = placement->slot_count;
  double seconds = fmin(fmax(ALONE_S / n, 0.01), ALONE_MOST_S);
  unsigned *slots = calloc(n, sizeof *slots);
  patient->alone = calloc(n, sizeof *patient->alone);
  patient->all = calloc(n, sizeof *patient->all);
  int r = slots && patient->alone && patient->all ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < n; i++) {
    progress_show(&patient->line, NAN, "doctor: CPU %u alone", placement->slots[i].cpu);
    slots[i] = i;
    r = doctor_canaries_run(placement, &slots[i], 1, seconds, &patient->alone[i]);
  }
  if (r == 0)
    r = doctor_canaries_run(placement, slots, n, ALL_S, patient->all);
  free(slots);
  return r;
}

/* Where CPUs cannot be told apart for want of pinning the pairs stay unknown. */
static int watch_pairs(struct patient *patient)
{
  const struct placement *placement = patient->placement;
  int r = doctor_pairs_list(placement, &patient->pairs, &patient->pair_count);
  double seconds = fmin(fmax(PAIRS_S / 9 / (double)(patient->pair_count + 1), 0.004), 0.02);
  uint64_t begin = clock_now_ns();
  for (size_t i = 0; r == 0 && i < patient->pair_count; i++) {
    struct doctor_pair *pair = &patient->pairs[i];
    if ((double)(clock_now_ns() - begin) * 1e-9 > PAIRS_MOST_S)
      break;
    progress_show(&patient->line, NAN, "doctor: CPUs %u and %u together",
                  placement->slots[pair->a].cpu, placement->slots[pair->b].cpu);
    r = doctor_pair_measure(placement, seconds, pair);
    patient->pairs_seen += r == 0 && !isnan(pair->ratio);
    if (r == -EPERM || r == -ENOTSUP)
      return 0;
  }
  return r;
}

static int measure_changes(struct patient *patient)
{
  int code = EXIT_FINE;
  patient->kernels = run_suites[0].jobs;
  for (int i = 0; code == EXIT_FINE && patient->kernels[i] && i < KERNELS_MOST; i++) {
    struct job job;
    struct fault fault = {0};
    char message[JOB_MESSAGE];
    if (job_parse(patient->kernels[i], &job, message) < 0) {
      say("%s", message);
      return EXIT_FAILED;
    }
    progress_show(&patient->line, NAN, "doctor: %s against itself", patient->kernels[i]);
    int r = doctor_change_measure(&job, patient->placement, DOCTOR_PAIRS, CHANGE_MOST_S,
                                  &patient->changes[i], &fault);
    if (r < 0) {
      progress_clear(&patient->line);
      code = say_failure(r, &fault, &job);
    }
    patient->kernel_count = i + 1;
  }
  return code;
}

/* All measuring.  Returns the exit code. */
static int measure_patient(struct patient *patient)
{
  doctor_environment_read("", &patient->before);
  int r = machine_read("", &patient->machine);
  if (r == 0)
    r = watch_load(patient);
  int code = r == 0 ? measure_changes(patient) : EXIT_FINE;
  if (code != EXIT_FINE)
    return code;
  if (r == 0)
    r = watch_canaries(patient);
  if (r == 0)
    r = watch_pairs(patient);
  doctor_environment_read("", &patient->after);
  progress_clear(&patient->line);
  if (r == -EINTR)
    say("doctor: interrupted"); /* main raises the signal again */
  else if (r < 0)
    say("doctor: %s", r == -ECHILD ? "a process that it started was killed" : strerrordesc_np(-r));
  return r < 0 ? EXIT_FAILED : EXIT_FINE;
}

/* --- Findings --- */

__attribute__((format(printf, 4, 5))) static struct finding *find(struct patient *patient,
                                                                  const char *name,
                                                                  enum doctor_verdict verdict,
                                                                  const char *figure, ...)
{
  struct finding *finding = &patient->findings[patient->finding_count++];
  va_list arguments;
  finding->verdict = verdict;
  snprintf(finding->name, sizeof finding->name, "%s", name);
  va_start(arguments, figure);
  vsnprintf(finding->figure, sizeof finding->figure, figure, arguments);
  va_end(arguments);
  return finding;
}

/* Only for what is not fine. */
__attribute__((format(printf, 2, 3))) static void advise(struct finding *finding,
                                                         const char *format, ...)
{
  va_list arguments;
  if (finding->verdict == DOCTOR_FINE)
    return;
  va_start(arguments, format);
  vsnprintf(finding->advice, sizeof finding->advice, format, arguments);
  va_end(arguments);
}

static enum doctor_verdict fine_if(bool fine)
{
  return fine ? DOCTOR_FINE : DOCTOR_NOTE;
}

static void find_change(struct patient *patient, int i)
{
  const struct doctor_change *change = &patient->changes[i];
  double smallest = doctor_smallest_change(change, DOCTOR_PAIRS);
  char name[NAME];
  snprintf(name, sizeof name, "smallest change, %s", patient->kernels[i]);
  struct finding *finding =
      find(patient, name, doctor_judge(smallest, DOCTOR_CHANGE_FINE, DOCTOR_CHANGE_NOTE),
           "%.1f %% (10 rounds %.1f %%, 40 rounds %.1f %%)", 100 * smallest,
           100 * doctor_smallest_change(change, 10), 100 * doctor_smallest_change(change, 40));
  double factor = smallest / DOCTOR_CHANGE_FINE, rounds = ceil(DOCTOR_PAIRS * factor * factor);
  if (rounds <= 400)
    advise(finding,
           "a change of 1 %% would take about %.0f rounds here; free the machine, or "
           "look at what follows",
           rounds);
  else
    advise(finding,
           "more rounds do not help here (%.0f for 1 %%): stop what else runs, see to what "
           "follows, or go to a quieter machine",
           rounds);
}

/* Why the canaries' figures say nothing of single CPUs, or NULL. */
static const char *canaries_unknown(const struct patient *patient)
{
  for (unsigned i = 0; i < patient->placement->slot_count; i++)
    if (patient->alone[i].bind_error)
      return "not pinned";
    else if (patient->alone[i].samples == 0 || patient->all[i].samples == 0)
      return "too busy to tell";
  return NULL;
}

static void find_clock_alone(struct patient *patient)
{
  unsigned n = patient->placement->slot_count;
  double alone = 0, spread = 0;
  for (unsigned i = 0; i < n; i++) {
    alone += patient->alone[i].clock_ghz / n;
    spread = fmax(spread, patient->alone[i].clock_spread);
  }
  if (canaries_unknown(patient)) {
    find(patient, "clock, alone", DOCTOR_UNKNOWN, "%s", canaries_unknown(patient));
    return;
  }
  struct finding *finding =
      find(patient, "clock, alone", doctor_judge(spread, DOCTOR_SPREAD_FINE, INFINITY),
           "%.2f GHz, spread %.1f %%", alone, 100 * spread);
  advise(finding, "the clock of a CPU wanders: fix the frequency (governor, turbo), plug in the "
                  "power supply, let it cool; in a VM other guests may do it, too");
}

static void find_clock_all(struct patient *patient)
{
  unsigned n = patient->placement->slot_count;
  double alone = 0, all = 0;
  for (unsigned i = 0; i < n; i++) {
    alone += patient->alone[i].clock_ghz / n;
    all += patient->all[i].clock_ghz / n;
  }
  double drop = 1 - all / alone;
  const char *unknown = n < 2 ? "only one CPU may be used" : canaries_unknown(patient);
  if (unknown) {
    find(patient, "clock, all at once", DOCTOR_UNKNOWN, "%s", unknown);
    return;
  }
  struct finding *finding =
      find(patient, "clock, all at once", doctor_judge(drop, DOCTOR_DROP_FINE, INFINITY),
           "%.2f GHz, %.1f %% lower than alone", all, 100 * fmax(drop, 0));
  advise(finding, "CPUs slow each other down: that is a property of the machine and part of every "
                  "speedup (its clock factor, run -v); without turbo there is less of it");
}

/* The lowest additions per cycle over the highest, of CPUs of one kind. */
static double width_ratio(const struct patient *patient)
{
  double ratio = 1;
  for (unsigned i = 0; i < patient->placement->slot_count; i++)
    for (unsigned k = 0; k < patient->placement->slot_count; k++)
      if (patient->placement->slots[i].kind == patient->placement->slots[k].kind)
        ratio = fmin(ratio, patient->alone[i].adds_per_cycle / patient->alone[k].adds_per_cycle);
  return ratio;
}

static void find_sharing(struct patient *patient)
{
  double shared = NAN, adds = 0, ratio = width_ratio(patient), spread = NAN;
  unsigned cpu = 0;
  for (unsigned i = 0; i < patient->placement->slot_count; i++) {
    const struct doctor_canary *canary = &patient->alone[i];
    adds = fmax(adds, canary->adds_per_cycle);
    spread = fmax(spread, canary->throughput_spread);
    if (isnan(shared) || canary->shared_part > shared) {
      shared = canary->shared_part;
      cpu = patient->placement->slots[i].cpu;
    }
  }
  enum doctor_verdict verdict = doctor_judge(shared, DOCTOR_SHARED_FINE, INFINITY);
  const char *unknown = canaries_unknown(patient);
  if (unknown || verdict == DOCTOR_UNKNOWN) {
    find(patient, "shared cores", DOCTOR_UNKNOWN, "%s", unknown ? unknown : "too busy to tell");
    return;
  }
  if (verdict == DOCTOR_FINE && ratio < 1 - DOCTOR_PAIR_FINE)
    verdict = DOCTOR_NOTE;
  struct finding *finding =
      find(patient, "shared cores", verdict, "%.1f adds a cycle, spread %.0f %%, shared %.0f %%",
           adds, 100 * spread, 100 * shared);
  if (shared > DOCTOR_SHARED_FINE)
    advise(finding,
           "in %.0f %% of the time somebody else used the core of CPU %u while its clock was "
           "steady: a hidden sibling or a neighbour; use a dedicated host, or other CPUs (--place)",
           100 * shared, cpu);
  else
    advise(finding,
           "the slowest CPU adds %.0f %% less a cycle than the fastest of its kind: somebody sits "
           "on the other thread of its core; leave it out (--place cpus=LIST)",
           100 * (1 - ratio));
}

static void find_pinning(struct patient *patient)
{
  const struct placement *placement = patient->placement;
  bool quota = placement->quota_cpus < placement->slot_count;
  unsigned bound = 0;
  int error = 0;
  for (unsigned i = 0; i < placement->slot_count; i++) {
    bound += patient->alone[i].bind_error == 0;
    if (!error)
      error = patient->alone[i].bind_error;
  }
  bool works = bound == placement->slot_count;
  struct finding *finding =
      find(patient, "pinning",
           works   ? fine_if(!quota)
           : quota ? DOCTOR_NOTE
                   : DOCTOR_BAD,
           works ? "%u of %u CPUs, read back" : "%u of %u CPUs only", bound, placement->slot_count);
  if (!works)
    advise(finding,
           "binding was refused (%s): allow sched_setaffinity (seccomp, container "
           "settings), or nothing keeps workers apart",
           strerrordesc_np(-error));
  else
    advise(finding, "it works, but run does not pin under a quota smaller than the allowed CPUs");
}

static void find_siblings(struct patient *patient)
{
  const struct placement *placement = patient->placement;
  const struct doctor_pair *worst = NULL;
  unsigned siblings = 0;
  for (size_t i = 0; i < patient->pair_count; i++) {
    const struct doctor_pair *pair = &patient->pairs[i];
    if (isnan(pair->ratio))
      continue;
    siblings += pair->ratio < 1 - DOCTOR_PAIR_FINE;
    if (!worst || pair->ratio < worst->ratio)
      worst = pair;
  }
  if (!worst) {
    struct finding *finding =
        find(patient, "hidden SMT siblings", DOCTOR_UNKNOWN, "%s",
             patient->pair_count ? "CPUs could not be loaded in pairs" : "no two cores to compare");
    if (patient->pair_count)
      advise(finding, "without pinning nobody can tell which CPUs share a core");
    return;
  }
  unsigned a = placement->slots[worst->a].cpu, b = placement->slots[worst->b].cpu;
  struct finding *finding = find(patient, "hidden SMT siblings",
                                 doctor_judge(1 - worst->ratio, DOCTOR_PAIR_FINE, INFINITY),
                                 "CPUs %u, %u: %.2f (%zu of %zu pairs)", a, b, worst->ratio,
                                 patient->pairs_seen, patient->pair_count);
  advise(finding,
         "CPUs %u and %u share a core though the topology does not say so (%u such pair%s): they "
         "are one CPU's worth; use one of each (--place cpus=LIST), or vCPUs that are whole cores",
         a, b, siblings, siblings == 1 ? "" : "s");
}

static void find_quota(struct patient *patient)
{
  double quota = patient->placement->quota_cpus, n = patient->placement->slot_count;
  if (isinf(quota)) {
    find(patient, "CPU quota", DOCTOR_FINE, "none");
    return;
  }
  struct finding *finding = find(patient, "CPU quota",
                                 quota < 1   ? DOCTOR_BAD
                                 : quota < n ? DOCTOR_NOTE
                                             : DOCTOR_FINE,
                                 "the time of %.2f CPUs", quota);
  advise(finding, "the cgroup holds back who uses more: give the container whole CPUs (cpuset) "
                  "instead of a quota, or no more workers than the quota");
}

static void find_cpuset(struct patient *patient)
{
  unsigned n = patient->placement->slot_count;
  const struct machine_count *online = &patient->machine.online_cpus;
  if (!online->known) {
    find(patient, "allowed CPUs", DOCTOR_UNKNOWN, "%u", n);
    return;
  }
  bool all = n >= online->value;
  struct finding *finding =
      find(patient, "allowed CPUs", fine_if(all), "%u of %u", n, (unsigned)online->value);
  advise(finding,
         "only CPUs %.100s may be used (taskset, cpuset): others work on the rest, and "
         "share caches and memory with us",
         patient->placement->allowed);
}

static void find_governor(struct patient *patient)
{
  const char *governor = patient->machine.governor;
  struct finding *finding =
      find(patient, "governor",
           governor ? fine_if(strcmp(governor, "performance") == 0) : DOCTOR_UNKNOWN, "%s",
           governor ? governor : "not told");
  if (governor)
    advise(finding, "the clock follows the load: as root, 'cpupower frequency-set -g performance'");
}

static void find_switch(struct patient *patient, const char *name, int on,
                        enum doctor_verdict verdict_on, const char *advice)
{
  struct finding *finding = find(patient, name,
                                 on < 0 ? DOCTOR_UNKNOWN
                                 : on   ? verdict_on
                                        : DOCTOR_FINE,
                                 "%s",
                                 on < 0 ? "not told"
                                 : on   ? "on"
                                        : "off");
  if (on > 0)
    advise(finding, "%s", advice);
}

static void find_virtualisation(struct patient *patient)
{
  const char *what = patient->machine.virtualised;
  struct finding *finding =
      find(patient, "virtualisation", what ? fine_if(strcmp(what, "none") == 0) : DOCTOR_UNKNOWN,
           "%s", what ? what : "not told");
  if (what)
    advise(finding, "others may share cores, caches and memory unseen: compare on one machine, in "
                    "one run (pairs), never across days");
}

/* The larger of both counts. */
static void find_stolen(struct patient *patient)
{
  const struct doctor_environment boot = {0};
  double since_boot = doctor_stolen_part(&boot, &patient->after);
  double now = doctor_stolen_part(&patient->before, &patient->after);
  struct finding *finding =
      isnan(now) ? find(patient, "stolen time", DOCTOR_UNKNOWN, "not told")
                 : find(patient, "stolen time",
                        doctor_judge(fmax(now, since_boot), DOCTOR_STOLEN_FINE, INFINITY),
                        "%.2f %% now, %.2f %% since boot", 100 * now, 100 * since_boot);
  if (!isnan(now))
    advise(finding, "the hypervisor gives our CPUs to others at times: run sets such rounds aside; "
                    "dedicated CPUs end it");
}

static void find_others(struct patient *patient)
{
  const struct placement *placement = patient->placement;
  double most = NAN;
  unsigned cpu = 0;
  for (unsigned i = 0; patient->busy && i < placement->slot_count; i++)
    if (isnan(most) || patient->busy[placement->slots[i].cpu] > most) {
      cpu = placement->slots[i].cpu;
      most = patient->busy[cpu];
    }
  enum doctor_verdict verdict = doctor_judge(most, DOCTOR_BUSY_FINE, INFINITY);
  struct finding *finding =
      verdict == DOCTOR_UNKNOWN
          ? find(patient, "other programs", verdict, "not told")
          : find(patient, "other programs", verdict, "CPU %u busy for %.0f %%", cpu, 100 * most);
  if (verdict != DOCTOR_UNKNOWN)
    advise(finding, "other programs ran on our CPUs before we began: stop them (top shows them)");
}

static void find_pressure(struct patient *patient, const char *name, double part,
                          const char *advice)
{
  enum doctor_verdict verdict = doctor_judge(part, DOCTOR_PRESSURE_FINE, INFINITY);
  struct finding *finding =
      verdict == DOCTOR_UNKNOWN
          ? find(patient, name, verdict, "not told")
          : find(patient, name, verdict, "%.1f %% of the last 10 s", 100 * part);
  if (verdict != DOCTOR_UNKNOWN)
    advise(finding, "%s", advice);
}

static void find_all(struct patient *patient)
{
  for (int i = 0; i < patient->kernel_count; i++)
    find_change(patient, i);
  find_clock_alone(patient);
  find_clock_all(patient);
  find_sharing(patient);
  find_pinning(patient);
  find_siblings(patient);
  find_quota(patient);
  find_cpuset(patient);
  find_governor(patient);
  find_switch(patient, "turbo", patient->before.turbo, DOCTOR_NOTE,
              "the clock depends on heat and on how many cores work: off, results are lower and "
              "steadier; on, measure long enough to be warm");
  find_switch(patient, "SMT", patient->before.smt, DOCTOR_FINE, "");
  find_virtualisation(patient);
  find_stolen(patient);
  find_others(patient);
  find_pressure(patient, "CPU pressure", patient->before.cpu_pressure,
                "programs waited for CPUs before we began: stop what else runs");
  find_pressure(patient, "memory pressure", patient->before.memory_pressure,
                "programs waited for memory: close some, or swapping will be measured");
}

/* --- Printing --- */

static const char *const verdict_names[] = {[DOCTOR_FINE] = "fine",
                                            [DOCTOR_NOTE] = "note",
                                            [DOCTOR_BAD] = "bad",
                                            [DOCTOR_UNKNOWN] = "unknown"};

static const struct grid_column columns[] = {
    {"examination", GRID_LEFT}, {"verdict", GRID_LEFT}, {"measured", GRID_LEFT}, {NULL, GRID_LEFT}};

static int print_table(const struct patient *patient)
{
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (size_t i = 0; r == 0 && i < patient->finding_count; i++) {
    const struct finding *finding = &patient->findings[i];
    const char *cells[] = {finding->name, verdict_names[finding->verdict], finding->figure};
    r = grid_row(grid, cells);
  }
  if (r == 0)
    r = grid_print(grid, stdout);
  grid_free(grid);
  return r;
}

static void print_advice(const struct patient *patient)
{
  char text[NAME + ADVICE + 4];
  putchar('\n');
  for (size_t i = 0; i < patient->finding_count; i++) {
    const struct finding *finding = &patient->findings[i];
    if (!finding->advice[0])
      continue;
    snprintf(text, sizeof text, "%s: %s.", finding->name, finding->advice);
    print_wrapped(text, stdout);
  }
}

/* The largest of the kernels' smallest changes. */
static double smallest_change(const struct patient *patient)
{
  double largest = 0;
  for (int i = 0; i < patient->kernel_count; i++) {
    double change = doctor_smallest_change(&patient->changes[i], DOCTOR_PAIRS);
    largest = fmax(largest, change);
  }
  return largest;
}

static const char *first_bad(const struct patient *patient)
{
  size_t i = 0;
  while (i + 1 < patient->finding_count && patient->findings[i].verdict != DOCTOR_BAD)
    i++;
  return patient->findings[i].name;
}

static enum doctor_verdict print_verdict(const struct patient *patient)
{
  static const char *const words[] = {
      [DOCTOR_FINE] = "fit", [DOCTOR_NOTE] = "fit with care", [DOCTOR_BAD] = "not fit"};
  enum doctor_verdict verdicts[FINDINGS_MOST];
  double change = smallest_change(patient);
  for (size_t i = 0; i < patient->finding_count; i++)
    verdicts[i] = patient->findings[i].verdict;
  enum doctor_verdict overall = doctor_overall(verdicts, patient->finding_count);
  if (overall == DOCTOR_BAD && change <= DOCTOR_CHANGE_NOTE)
    printf("\nVerdict: not fit to measure: %s.\n", first_bad(patient));
  else if (overall == DOCTOR_BAD)
    printf("\nVerdict: not fit to measure changes below %.1f %% in %d rounds.\n", 100 * change,
           DOCTOR_PAIRS);
  else
    printf("\nVerdict: %s to measure changes of %.1f %% or more in %d rounds.\n", words[overall],
           100 * change, DOCTOR_PAIRS);
  return overall;
}

/* --- The command --- */

static void print_machine(const struct patient *patient)
{
  const struct machine *machine = &patient->machine;
  printf("%.60s, %u CPU%s\n\n", machine->cpu_model ? machine->cpu_model : "unknown CPU",
         patient->placement->slot_count, patient->placement->slot_count == 1 ? "" : "s");
}

static void patient_release(struct patient *patient)
{
  free(patient->busy);
  free(patient->alone);
  free(patient->all);
  free(patient->pairs);
  machine_release(&patient->machine);
  placement_free(patient->placement);
}

int cmd_doctor(int argc, char **argv)
{
  struct doctor_options options = {0};
  struct patient patient = {0};
  options_parse(&doctor_argp, argc, argv, &options);
  int code = load_placement(PLACE_CORES, NULL, &patient.placement);
  if (code)
    return code;
  if (!patient.placement->this_system) {
    say("doctor: the topology is not this machine's (HWLOC_XMLFILE, HWLOC_SYNTHETIC): there is "
        "nothing to examine");
    placement_free(patient.placement);
    return EXIT_REFUSED;
  }
  interrupt_catch();
  patient.line = progress_begin(options.quiet);
  code = measure_patient(&patient);
  if (code == EXIT_FINE) {
    find_all(&patient);
    print_machine(&patient);
    if (print_table(&patient) < 0) {
      say("out of memory");
      code = EXIT_FAILED;
    } else {
      print_advice(&patient);
      /* 4: what it could show is not enough */
      code = print_verdict(&patient) == DOCTOR_BAD ? EXIT_INCONCLUSIVE : EXIT_FINE;
    }
  }
  patient_release(&patient);
  return code;
}
