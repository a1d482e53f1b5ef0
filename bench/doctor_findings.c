/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_findings.c: from figures to verdict rows and sentences of advice. */

#include "doctor_findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 5))) static struct doctor_finding *
find(struct doctor_findings *found, const char *name, enum doctor_verdict verdict,
     const char *figure, ...)
{
  struct doctor_finding *finding = &found->rows[found->count++];
  va_list arguments;
  finding->verdict = verdict;
  snprintf(finding->name, sizeof finding->name, "%s", name);
  va_start(arguments, figure);
  vsnprintf(finding->figure, sizeof finding->figure, figure, arguments);
  va_end(arguments);
  return finding;
}

/* Only for what is not fine. */
__attribute__((format(printf, 2, 3))) static void advise(struct doctor_finding *finding,
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

/* In percent; beyond this nobody wants to know more. */
static double percent_shown(double part)
{
  return fmin(100 * part, 9999);
}

static void find_change(const struct doctor_patient *patient, int i, struct doctor_findings *found)
{
  const struct doctor_change *change = &patient->changes[i];
  double smallest = doctor_smallest_change(change, DOCTOR_PAIRS);
  double of_10 = doctor_smallest_change(change, 10), of_40 = doctor_smallest_change(change, 40);
  char name[DOCTOR_NAME];
  int decimals = smallest < 1 ? 1 : 0;
  snprintf(name, sizeof name, "smallest change, %s", patient->kernels[i]);
  struct doctor_finding *finding =
      find(found, name, doctor_judge(smallest, DOCTOR_CHANGE_FINE, DOCTOR_CHANGE_NOTE),
           "%.*f %% (10 rounds %.*f %%, 40: %.*f %%)", decimals, percent_shown(smallest), decimals,
           percent_shown(of_10), decimals, percent_shown(of_40));
  double factor = smallest / DOCTOR_CHANGE_FINE,
         rounds = fmin(ceil(DOCTOR_PAIRS * factor * factor), 1e6);
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
static const char *canaries_unknown(const struct doctor_patient *patient)
{
  for (unsigned i = 0; i < patient->placement->slot_count; i++)
    if (patient->alone[i].bind_error)
      return "not pinned";
    else if (patient->alone[i].samples == 0 || patient->all[i].samples == 0)
      return "too busy to tell";
  return NULL;
}

static void find_clock_alone(const struct doctor_patient *patient, struct doctor_findings *found)
{
  unsigned n = patient->placement->slot_count;
  double alone = 0, spread = 0;
  for (unsigned i = 0; i < n; i++) {
    alone += patient->alone[i].clock_ghz / n;
    spread = fmax(spread, patient->alone[i].clock_spread);
  }
  if (canaries_unknown(patient)) {
    find(found, "clock, alone", DOCTOR_UNKNOWN, "%s", canaries_unknown(patient));
    return;
  }
  struct doctor_finding *finding =
      find(found, "clock, alone", doctor_judge(spread, DOCTOR_SPREAD_FINE, INFINITY),
           "%.2f GHz, spread %.1f %%", alone, 100 * spread);
  advise(finding, "the clock of a CPU wanders: fix the frequency (governor, turbo), plug in the "
                  "power supply, let it cool; in a VM other guests may do it, too");
}

static void find_clock_all(const struct doctor_patient *patient, struct doctor_findings *found)
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
    find(found, "clock, all at once", DOCTOR_UNKNOWN, "%s", unknown);
    return;
  }
  struct doctor_finding *finding =
      find(found, "clock, all at once", doctor_judge(drop, DOCTOR_DROP_FINE, INFINITY),
           "%.2f GHz, %.1f %% lower than alone", all, 100 * fmax(drop, 0));
  advise(finding, "CPUs slow each other down: that is a property of the machine and part of every "
                  "speedup (its clock factor, run -v); without turbo there is less of it");
}

/* The lowest additions per cycle over the highest, of CPUs of one kind. */
static double width_ratio(const struct doctor_patient *patient)
{
  double ratio = 1;
  for (unsigned i = 0; i < patient->placement->slot_count; i++)
    for (unsigned k = 0; k < patient->placement->slot_count; k++)
      if (patient->placement->slots[i].kind == patient->placement->slots[k].kind)
        ratio = fmin(ratio, patient->alone[i].adds_per_cycle / patient->alone[k].adds_per_cycle);
  return ratio;
}

static void find_sharing(const struct doctor_patient *patient, struct doctor_findings *found)
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
    find(found, "shared cores", DOCTOR_UNKNOWN, "%s", unknown ? unknown : "too busy to tell");
    return;
  }
  if (verdict == DOCTOR_FINE && ratio < 1 - DOCTOR_PAIR_FINE)
    verdict = DOCTOR_NOTE;
  struct doctor_finding *finding =
      find(found, "shared cores", verdict, "%.*f adds/cycle, spread %.0f %%, taken %.0f %%",
           adds < 9.95 ? 1 : 0, adds, fmin(100 * spread, 999), 100 * shared);
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

static void find_pinning(const struct doctor_patient *patient, struct doctor_findings *found)
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
  struct doctor_finding *finding =
      find(found, "pinning",
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

static void find_siblings(const struct doctor_patient *patient, struct doctor_findings *found)
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
    struct doctor_finding *finding =
        find(found, "hidden SMT siblings", DOCTOR_UNKNOWN, "%s",
             patient->pair_count ? "CPUs could not be loaded in pairs" : "no two cores to compare");
    if (patient->pair_count)
      advise(finding, "without pinning nobody can tell which CPUs share a core");
    return;
  }
  unsigned a = placement->slots[worst->a].cpu, b = placement->slots[worst->b].cpu;
  struct doctor_finding *finding =
      find(found, "hidden SMT siblings", doctor_judge(1 - worst->ratio, DOCTOR_PAIR_FINE, INFINITY),
           "CPUs %u, %u: %.2f (%zu/%zu pairs)", a, b, worst->ratio, patient->pairs_seen,
           patient->pair_count);
  advise(finding,
         "CPUs %u and %u share a core though the topology does not say so (%u such pair%s): they "
         "are one CPU's worth; use one of each (--place cpus=LIST), or vCPUs that are whole cores",
         a, b, siblings, siblings == 1 ? "" : "s");
}

static void find_quota(const struct doctor_patient *patient, struct doctor_findings *found)
{
  double quota = patient->placement->quota_cpus, n = patient->placement->slot_count;
  if (isinf(quota)) {
    find(found, "CPU quota", DOCTOR_FINE, "none");
    return;
  }
  struct doctor_finding *finding = find(found, "CPU quota",
                                        quota < 1   ? DOCTOR_BAD
                                        : quota < n ? DOCTOR_NOTE
                                                    : DOCTOR_FINE,
                                        "the time of %.2f CPUs", quota);
  advise(finding, "the cgroup holds back who uses more: give the container whole CPUs (cpuset) "
                  "instead of a quota, or no more workers than the quota");
}

static void find_cpuset(const struct doctor_patient *patient, struct doctor_findings *found)
{
  unsigned n = patient->placement->slot_count;
  const struct machine_count *online = &patient->machine.online_cpus;
  if (!online->known) {
    find(found, "allowed CPUs", DOCTOR_UNKNOWN, "%u", n);
    return;
  }
  bool all = n >= online->value;
  struct doctor_finding *finding =
      find(found, "allowed CPUs", fine_if(all), "%u of %u", n, (unsigned)online->value);
  advise(finding,
         "only CPUs %.100s may be used (taskset, cpuset): others work on the rest, and "
         "share caches and memory with us",
         patient->placement->allowed);
}

static void find_governor(const struct doctor_patient *patient, struct doctor_findings *found)
{
  const char *governor = patient->machine.governor;
  struct doctor_finding *finding = find(
      found, "governor", governor ? fine_if(strcmp(governor, "performance") == 0) : DOCTOR_UNKNOWN,
      "%s", governor ? governor : "not told");
  if (governor)
    advise(finding, "the clock follows the load: as root, 'cpupower frequency-set -g performance'");
}

static void find_switch(struct doctor_findings *found, const char *name, int on,
                        enum doctor_verdict verdict_on, const char *advice)
{
  struct doctor_finding *finding = find(found, name,
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

static void find_virtualisation(const struct doctor_patient *patient, struct doctor_findings *found)
{
  const char *what = patient->machine.virtualised;
  struct doctor_finding *finding =
      find(found, "virtualisation", what ? fine_if(strcmp(what, "none") == 0) : DOCTOR_UNKNOWN,
           "%s", what ? what : "not told");
  if (what)
    advise(finding, "others may share cores, caches and memory unseen: compare on one machine, in "
                    "one run (pairs), never across days");
}

/* The larger of both counts. */
static void find_stolen(const struct doctor_patient *patient, struct doctor_findings *found)
{
  const struct doctor_environment boot = {0};
  double since_boot = doctor_stolen_part(&boot, &patient->after);
  double now = doctor_stolen_part(&patient->before, &patient->after);
  struct doctor_finding *finding =
      isnan(now) ? find(found, "stolen time", DOCTOR_UNKNOWN, "not told")
                 : find(found, "stolen time",
                        doctor_judge(fmax(now, since_boot), DOCTOR_STOLEN_FINE, INFINITY),
                        "%.2f %% now, %.2f %% since boot", 100 * now, 100 * since_boot);
  if (!isnan(now))
    advise(finding, "the hypervisor gives our CPUs to others at times: run sets such rounds aside; "
                    "dedicated CPUs end it");
}

static void find_others(const struct doctor_patient *patient, struct doctor_findings *found)
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
  struct doctor_finding *finding =
      verdict == DOCTOR_UNKNOWN
          ? find(found, "other programs", verdict, "not told")
          : find(found, "other programs", verdict, "CPU %u busy for %.0f %%", cpu, 100 * most);
  if (verdict != DOCTOR_UNKNOWN)
    advise(finding, "other programs ran on our CPUs before we began: stop them (top shows them)");
}

static void find_pressure(struct doctor_findings *found, const char *name, double part,
                          const char *advice)
{
  enum doctor_verdict verdict = doctor_judge(part, DOCTOR_PRESSURE_FINE, INFINITY);
  struct doctor_finding *finding =
      verdict == DOCTOR_UNKNOWN
          ? find(found, name, verdict, "not told")
          : find(found, name, verdict, "%.1f %% of the last 10 s", 100 * part);
  if (verdict != DOCTOR_UNKNOWN)
    advise(finding, "%s", advice);
}

void doctor_findings_make(const struct doctor_patient *patient, struct doctor_findings *found)
{
  for (int i = 0; i < patient->kernel_count; i++)
    find_change(patient, i, found);
  find_clock_alone(patient, found);
  find_clock_all(patient, found);
  find_sharing(patient, found);
  find_pinning(patient, found);
  find_siblings(patient, found);
  find_quota(patient, found);
  find_cpuset(patient, found);
  find_governor(patient, found);
  find_switch(found, "turbo", patient->before.turbo, DOCTOR_NOTE,
              "the clock depends on heat and on how many cores work: off, results are lower and "
              "steadier; on, measure long enough to be warm");
  find_switch(found, "SMT", patient->before.smt, DOCTOR_FINE, "");
  find_virtualisation(patient, found);
  find_stolen(patient, found);
  find_others(patient, found);
  find_pressure(found, "CPU pressure", patient->before.cpu_pressure,
                "programs waited for CPUs before we began: stop what else runs");
  find_pressure(found, "memory pressure", patient->before.memory_pressure,
                "programs waited for memory: close some, or swapping will be measured");
}
