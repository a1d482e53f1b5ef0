/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_regimes.c: what follows from an order of slots, whatever made it: regimes, capacities,
 * worker counts.
 */
#include "placement_order.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

static void annotate_slots(struct slot *slots, unsigned count)
{
  for (unsigned i = 0; i < count; i++) {
    slots[i].smt = 0;
    for (unsigned j = 0; j < i; j++)
      slots[i].smt += slots[j].core == slots[i].core;
    bool alike = slots[i].kind == slots[0].kind;
    slots[i].capacity = slots[i].smt > 0 ? 0 : alike ? 1 : NAN;
  }
}

/* The first slot from which on all share a core that an earlier one has, if all before it have
 * their core alone; else the end. */
static unsigned sharing_begin(const struct slot *slots, unsigned count)
{
  unsigned begin = 0;
  while (begin < count && slots[begin].smt == 0)
    begin++;
  for (unsigned i = begin; i < count; i++)
    if (slots[i].smt == 0)
      return count;
  return begin;
}

static bool has_taken_cpu(const struct slot *slots, unsigned i)
{
  for (unsigned j = 0; j < i; j++)
    if (slots[j].cpu == slots[i].cpu && slots[j].node == slots[i].node)
      return true;
  return false;
}

/* Likewise the first slot from which on all share a CPU. */
static unsigned cpu_sharing_begin(const struct slot *slots, unsigned count)
{
  unsigned begin = 0;
  while (begin < count && !has_taken_cpu(slots, begin))
    begin++;
  for (unsigned i = begin; i < count; i++)
    if (!has_taken_cpu(slots, i))
      return count;
  return begin;
}

static int kind_of(const struct slot *slot)
{
  return slot->kind;
}

static int package_of(const struct slot *slot)
{
  return slot->package;
}

static int node_of(const struct slot *slot)
{
  return (int)slot->node;
}

/* Whether slot i's kind (or package) joins for good: no slot before i has that of any from i to
 * end.  Siblings bring nothing. */
static bool joins(const struct slot *slots, unsigned i, unsigned end,
                  int (*property)(const struct slot *))
{
  if (i == 0 || slots[i].smt > 0)
    return false;
  for (unsigned after = i; after < end; after++)
    for (unsigned before = 0; before < i; before++)
      if (slots[after].smt == 0 && slots[before].smt == 0
          && property(&slots[after]) == property(&slots[before]))
        return false;
  return true;
}

static unsigned next_kind(const struct slot *slots, unsigned i, unsigned end)
{
  do
    i++;
  while (i < end && !joins(slots, i, end, kind_of));
  return i < end ? i : end;
}

static void begin_regime(struct placement *placement, enum regime_start start, unsigned slot)
{
  if (placement->regime_count > 0)
    placement->regimes[placement->regime_count - 1].end = slot;
  placement->regimes[placement->regime_count++] =
      (struct regime){start, slot, placement->slot_count};
}

/* The rule is told at struct regime. */
static void annotate_regimes(struct placement *placement)
{
  struct slot *slots = placement->slots;
  unsigned sharing = sharing_begin(slots, placement->slot_count);
  unsigned cpu_sharing = cpu_sharing_begin(slots, placement->slot_count);
  unsigned kind = next_kind(slots, 0, sharing);
  for (unsigned i = 0; i < placement->slot_count; i++) {
    if (i == 0) {
      begin_regime(placement, REGIME_FIRST, i);
    } else if (i == cpu_sharing) {
      begin_regime(placement, REGIME_SHARED, i);
    } else if (i == sharing) {
      begin_regime(placement, REGIME_SMT, i);
    } else if (i == kind) {
      begin_regime(placement, REGIME_KIND, i);
      kind = next_kind(slots, i, sharing);
    } else if (i < sharing && joins(slots, i, kind, node_of)) {
      begin_regime(placement, REGIME_NODE, i);
    } else if (i < sharing && joins(slots, i, kind, package_of)) {
      begin_regime(placement, REGIME_PACKAGE, i);
    }
    slots[i].regime = placement->regime_count - 1;
  }
}

int placement_replace(struct placement *placement, struct slot *slots, unsigned count)
{
  int kinds = 0;
  for (unsigned i = 0; i < count; i++)
    kinds = slots[i].kind > kinds ? slots[i].kind : kinds;
  free(placement->slots);
  free(placement->regimes);
  placement->slots = slots;
  placement->slot_count = count;
  placement->regime_count = 0;
  placement->kind_count = (unsigned)kinds + 1;
  placement->is_cluster = true;
  return placement_annotate(placement);
}

int placement_annotate(struct placement *placement)
{
  /* At most one regime per slot. */
  placement->regimes = calloc(placement->slot_count, sizeof(*placement->regimes));
  if (!placement->regimes)
    return -ENOMEM;
  annotate_slots(placement->slots, placement->slot_count);
  annotate_regimes(placement);
  return 0;
}

/* How much a count of workers would be missed, beside a power of two.  Where cores change their
 * kind or begin to be shared there is a kink in every curve; packages there may be many of. */
static double weight(const struct placement *placement, unsigned workers)
{
  for (unsigned i = 0; i + 1 < placement->regime_count; i++)
    if (placement->regimes[i].end == workers) {
      enum regime_start start = placement->regimes[i + 1].start;
      return start == REGIME_PACKAGE || start == REGIME_NODE ? 4 : 0x1p32;
    }
  return 1;
}

/* The smallest power of two or end of a regime above `workers`, at most top. */
static unsigned next_count(const struct placement *placement, unsigned workers, unsigned top)
{
  uint64_t next = 1;
  while (next <= workers)
    next *= 2;
  for (unsigned i = 0; i < placement->regime_count; i++)
    if (placement->regimes[i].end > workers && placement->regimes[i].end < next)
      next = placement->regimes[i].end;
  return next < top ? (unsigned)next : top;
}

/* Removes the count that is missed least, by its weight and how close its neighbours are to each
 * other.  Not the first; the last is followed by `after`. */
static void drop_one(const struct placement *placement, unsigned *counts, unsigned count,
                     unsigned after)
{
  unsigned worst = 0;
  double least = INFINITY;
  for (unsigned i = 1; i < count; i++) {
    double gap = (double)(i + 1 < count ? counts[i + 1] : after) / counts[i - 1];
    double value = gap * weight(placement, counts[i]);
    if (value < least) {
      least = value;
      worst = i;
    }
  }
  for (unsigned i = worst; i + 1 < count; i++)
    counts[i] = counts[i + 1];
}

unsigned placement_cpu_end(const struct placement *placement)
{
  unsigned end = 0;
  for (unsigned i = 0; i < placement->slot_count; i++)
    end = placement->slots[i].cpu >= end ? placement->slots[i].cpu + 1 : end;
  return end;
}

unsigned placement_cpus(const struct placement *placement, unsigned workers)
{
  unsigned count = workers < placement->slot_count ? workers : placement->slot_count, cpus = 0;
  for (unsigned i = 0; i < count; i++)
    cpus += !has_taken_cpu(placement->slots, i);
  return cpus;
}

static unsigned largest_count(const struct placement *placement)
{
  double top = fmin(placement->slot_count, floor(placement->quota_cpus));
  return top < 1 ? 1 : (unsigned)top;
}

unsigned placement_worker_counts(const struct placement *placement, unsigned most,
                                 unsigned *ret_counts)
{
  assert(most >= 2);
  unsigned top = largest_count(placement), count = 1;
  ret_counts[0] = 1;
  for (unsigned workers = 1; workers < top;) {
    workers = next_count(placement, workers, top);
    if (count == most)
      drop_one(placement, ret_counts, count--, workers);
    ret_counts[count++] = workers;
  }
  return count;
}

/* The largest capacity that is less than `below`, and how many slots have it; 0 if all is told. */
static unsigned next_capacity(const struct slot *slots, unsigned count, double below,
                              double *ret_capacity)
{
  double largest = 0;
  for (unsigned i = 0; i < count; i++)
    if (slots[i].capacity < below && slots[i].capacity > largest)
      largest = slots[i].capacity;
  unsigned found = 0;
  for (unsigned i = 0; i < count; i++)
    found += largest > 0 && slots[i].capacity == largest;
  *ret_capacity = largest;
  return found;
}

double placement_capacity(const struct placement *placement, unsigned workers)
{
  unsigned count = workers < placement->slot_count ? workers : placement->slot_count;
  for (unsigned i = 0; i < count; i++)
    if (isnan(placement->slots[i].capacity))
      return NAN;
  /* A quota below one CPU slows the lone worker as well, which is the unit. */
  double cpus_left = fmax(placement->quota_cpus, 1), sum = 0, capacity = INFINITY;
  unsigned found;
  while ((found = next_capacity(placement->slots, count, capacity, &capacity)) > 0) {
    double used = fmin(found, cpus_left);
    sum += used * capacity;
    cpus_left -= used;
  }
  return sum;
}

const char *placement_place_name(enum place place)
{
  static const char *const names[] = {
      [PLACE_CORES] = "cores",
      [PLACE_SCATTER] = "scatter",
      [PLACE_COMPACT] = "compact",
      [PLACE_CPUS] = "cpus",
  };
  return names[place];
}

const char *placement_regime_text(enum regime_start start)
{
  static const char *const texts[] = {
      [REGIME_FIRST] = "the first worker",
      [REGIME_PACKAGE] = "another package opens",
      [REGIME_NODE] = "another node opens",
      [REGIME_KIND] = "cores of another kind join",
      [REGIME_SMT] = "SMT siblings join; they add no capacity",
      [REGIME_SHARED] = "workers share CPUs; they add no capacity",
  };
  return texts[start];
}

/* --- Measured speeds --- */

double placement_capacity_with(const struct placement *placement, unsigned workers,
                               const double *kind_speed)
{
  if (!kind_speed)
    return placement_capacity(placement, workers);
  struct placement measured = *placement;
  measured.slots = calloc(placement->slot_count, sizeof *measured.slots);
  if (!measured.slots)
    return NAN;
  for (unsigned i = 0; i < placement->slot_count; i++) {
    measured.slots[i] = placement->slots[i];
    if (measured.slots[i].smt == 0)
      measured.slots[i].capacity = kind_speed[measured.slots[i].kind];
  }
  double capacity = placement_capacity(&measured, workers);
  free(measured.slots);
  return capacity;
}

unsigned placement_first_of_kind(const struct placement *placement, int kind)
{
  unsigned i = 0;
  while (i < placement->slot_count
         && (placement->slots[i].kind != kind || placement->slots[i].smt > 0))
    i++;
  return i;
}

/* --- Idle CPUs first --- */

static bool is_busy(const struct slot *slot, const double *busy, double threshold)
{
  return busy[slot->cpu] > threshold;
}

/* A stable partition by insertion: slots are few, busy ones fewer. */
static unsigned put_busy_last(struct slot *slots, unsigned count, const double *busy,
                              double threshold)
{
  unsigned idle = 0;
  for (unsigned i = 0; i < count; i++) {
    struct slot slot = slots[i];
    if (is_busy(&slot, busy, threshold))
      continue;
    for (unsigned j = i; j > idle; j--)
      slots[j] = slots[j - 1];
    slots[idle++] = slot;
  }
  return idle < count && idle > 0 ? count - idle : 0;
}

unsigned placement_prefer_idle(struct placement *placement, const double *busy, double threshold)
{
  unsigned put_back = 0;
  if (placement->place != PLACE_CORES || placement->is_cluster)
    return 0;
  for (unsigned r = 0; r < placement->regime_count; r++) {
    const struct regime *regime = &placement->regimes[r];
    put_back += put_busy_last(placement->slots + regime->begin, regime->end - regime->begin, busy,
                              threshold);
  }
  return put_back;
}
