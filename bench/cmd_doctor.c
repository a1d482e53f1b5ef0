/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_doctor.c: pibench doctor: can this machine measure, and what to do about it.  Measures,
 * prints, and decides the exit code; doctor_findings.h tells how to add an examination.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "doctor_findings.h"
#include "grid.h"
#include "interrupt.h"
#include "load.h"
#include "run_options.h"

#define CHANGE_MOST_S 4.0 /* a kernel's A/A, on a busy machine */
#define ALONE_S       2.0 /* canaries on each CPU alone, all of them */
#define ALONE_MOST_S  1.0
#define ALL_S         0.5
#define PAIRS_S       2.0 /* hidden siblings, as planned, and at most */
#define PAIRS_MOST_S  4.0
#define LOAD_S        0.5

#define BUSY_THRESHOLD 0.5 /* as in run */

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

/* Others' load, before there is any of ours.  Like run, the doctor then takes idle CPUs first. */
static int watch_load(struct doctor_patient *patient)
{
  const char *why;
  unsigned cpus = placement_cpu_end(patient->placement);
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

static int watch_canaries(struct doctor_patient *patient, struct progress_line *line)
{
  const struct placement *placement = patient->placement;
  unsigned n = placement->slot_count;
  double seconds = fmin(fmax(ALONE_S / n, 0.01), ALONE_MOST_S);
  unsigned *slots = calloc(n, sizeof *slots);
  patient->alone = calloc(n, sizeof *patient->alone);
  patient->all = calloc(n, sizeof *patient->all);
  int r = slots && patient->alone && patient->all ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < n; i++) {
    progress_show(line, NAN, "doctor: CPU %u alone", placement->slots[i].cpu);
    slots[i] = i;
    r = doctor_canaries_run(placement, &slots[i], 1, seconds, &patient->alone[i]);
  }
  if (r == 0)
    r = doctor_canaries_run(placement, slots, n, ALL_S, patient->all);
  free(slots);
  return r;
}

/* Where CPUs cannot be told apart for want of pinning the pairs stay unknown. */
static int watch_pairs(struct doctor_patient *patient, struct progress_line *line)
{
  const struct placement *placement = patient->placement;
  int r = doctor_pairs_list(placement, &patient->pairs, &patient->pair_count);
  double seconds = fmin(fmax(PAIRS_S / 9 / (double)(patient->pair_count + 1), 0.004), 0.02);
  uint64_t begin = clock_now_ns();
  for (size_t i = 0; r == 0 && i < patient->pair_count; i++) {
    struct doctor_pair *pair = &patient->pairs[i];
    if ((double)(clock_now_ns() - begin) * 1e-9 > PAIRS_MOST_S)
      break;
    progress_show(line, NAN, "doctor: CPUs %u and %u together", placement->slots[pair->a].cpu,
                  placement->slots[pair->b].cpu);
    r = doctor_pair_measure(placement, seconds, pair);
    patient->pairs_seen += r == 0 && !isnan(pair->ratio);
    if (r == -EPERM || r == -ENOTSUP)
      return 0;
  }
  return r;
}

static int measure_changes(struct doctor_patient *patient, struct progress_line *line)
{
  int code = EXIT_FINE;
  patient->kernels = run_suites[0].jobs;
  for (int i = 0; code == EXIT_FINE && patient->kernels[i] && i < DOCTOR_KERNELS_MOST; i++) {
    struct job job;
    struct fault fault = {0};
    char message[JOB_MESSAGE];
    if (job_parse(patient->kernels[i], &job, message) < 0) {
      say("%s", message);
      return EXIT_FAILED;
    }
    progress_show(line, NAN, "doctor: %s against itself", patient->kernels[i]);
    int r = doctor_change_measure(&job, patient->placement, DOCTOR_PAIRS, CHANGE_MOST_S,
                                  &patient->changes[i], &fault);
    if (r < 0) {
      progress_clear(line);
      code = say_failure(r, &fault, &job);
    }
    patient->kernel_count = i + 1;
  }
  return code;
}

/* All measuring.  Returns the exit code. */
static int measure_patient(struct doctor_patient *patient, struct progress_line *line)
{
  doctor_environment_read("", &patient->before);
  int r = machine_read("", &patient->machine);
  if (r == 0)
    r = watch_load(patient);
  int code = r == 0 ? measure_changes(patient, line) : EXIT_FINE;
  if (code != EXIT_FINE)
    return code;
  if (r == 0)
    r = watch_canaries(patient, line);
  if (r == 0)
    r = watch_pairs(patient, line);
  doctor_environment_read("", &patient->after);
  progress_clear(line);
  if (r == -EINTR)
    say("doctor: interrupted"); /* main raises the signal again */
  else if (r < 0)
    say("doctor: %s", r == -ECHILD ? "a process that it started was killed" : strerrordesc_np(-r));
  return r < 0 ? EXIT_FAILED : EXIT_FINE;
}

/* --- Printing --- */

static const char *const verdict_names[] = {[DOCTOR_FINE] = "fine",
                                            [DOCTOR_NOTE] = "note",
                                            [DOCTOR_BAD] = "bad",
                                            [DOCTOR_UNKNOWN] = "unknown"};

static const struct grid_column columns[] = {
    {"examination", GRID_LEFT}, {"verdict", GRID_LEFT}, {"measured", GRID_LEFT}, {NULL, GRID_LEFT}};

static int print_table(const struct doctor_findings *found)
{
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (size_t i = 0; r == 0 && i < found->count; i++) {
    const struct doctor_finding *finding = &found->rows[i];
    const char *cells[] = {finding->name, verdict_names[finding->verdict], finding->figure};
    r = grid_row(grid, cells);
  }
  if (r == 0)
    r = grid_print(grid, stdout);
  grid_free(grid);
  return r;
}

static void print_advice(const struct doctor_findings *found)
{
  char text[DOCTOR_NAME + DOCTOR_ADVICE + 4];
  putchar('\n');
  for (size_t i = 0; i < found->count; i++) {
    const struct doctor_finding *finding = &found->rows[i];
    if (!finding->advice[0])
      continue;
    snprintf(text, sizeof text, "%s: %s.", finding->name, finding->advice);
    print_wrapped(text, stdout);
  }
}

/* The largest of the kernels' smallest changes. */
static double smallest_change(const struct doctor_patient *patient)
{
  double largest = 0;
  for (int i = 0; i < patient->kernel_count; i++) {
    double change = doctor_smallest_change(&patient->changes[i], DOCTOR_PAIRS);
    largest = fmax(largest, change);
  }
  return largest;
}

static const char *first_bad(const struct doctor_findings *found)
{
  size_t i = 0;
  while (i + 1 < found->count && found->rows[i].verdict != DOCTOR_BAD)
    i++;
  return found->rows[i].name;
}

static enum doctor_verdict print_verdict(const struct doctor_patient *patient,
                                         const struct doctor_findings *found)
{
  static const char *const words[] = {
      [DOCTOR_FINE] = "fit", [DOCTOR_NOTE] = "fit with care", [DOCTOR_BAD] = "not fit"};
  enum doctor_verdict verdicts[DOCTOR_FINDINGS_MOST];
  double change = smallest_change(patient);
  for (size_t i = 0; i < found->count; i++)
    verdicts[i] = found->rows[i].verdict;
  enum doctor_verdict overall = doctor_overall(verdicts, found->count);
  if (overall == DOCTOR_BAD && change <= DOCTOR_CHANGE_NOTE)
    printf("\nVerdict: not fit to measure: %s.\n", first_bad(found));
  else if (overall == DOCTOR_BAD)
    printf("\nVerdict: not fit to measure changes below %.1f %% in %d rounds.\n",
           fmin(100 * change, 9999), DOCTOR_PAIRS);
  else
    printf("\nVerdict: %s to measure changes of %.1f %% or more in %d rounds.\n", words[overall],
           100 * change, DOCTOR_PAIRS);
  return overall;
}

/* --- The command --- */

static void print_machine(const struct doctor_patient *patient)
{
  const struct machine *machine = &patient->machine;
  printf("%.60s, %u CPU%s\n\n", machine->cpu_model ? machine->cpu_model : "unknown CPU",
         patient->placement->slot_count, patient->placement->slot_count == 1 ? "" : "s");
}

static void patient_release(struct doctor_patient *patient)
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
  struct doctor_patient patient = {0};
  struct doctor_findings found = {0};
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
  struct progress_line line = progress_begin(options.quiet);
  code = measure_patient(&patient, &line);
  if (code == EXIT_FINE) {
    doctor_findings_make(&patient, &found);
    print_machine(&patient);
    if (print_table(&found) < 0) {
      say("out of memory");
      code = EXIT_FAILED;
    } else {
      print_advice(&found);
      /* 4: what it could show is not enough */
      code = print_verdict(&patient, &found) == DOCTOR_BAD ? EXIT_INCONCLUSIVE : EXIT_FINE;
    }
  }
  patient_release(&patient);
  return code;
}
