/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement.h: which worker runs on which CPU.
 *
 * A placement is one ordered list of slots.  P workers use its first P slots, so runs with more
 * workers contain those with fewer.  The list knows its regimes: stretches of slots that add the
 * same kind of capacity.  placement.c is the only user of hwloc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hwloc_topology;

enum place {
  PLACE_CORES,   /* one PU per core, fastest kind first, filling L3, NUMA node, package; then SMT */
  PLACE_SCATTER, /* round-robin over packages, NUMA nodes, L3s */
  PLACE_COMPACT, /* SMT siblings first, else like cores */
  PLACE_CPUS,    /* a list of CPUs, in its order */
};

/* What begins with a regime's first slot. */
enum regime_start {
  REGIME_FIRST,   /* the first slot of all */
  REGIME_PACKAGE, /* another package opens */
  REGIME_NODE,    /* another node of a cluster opens */
  REGIME_KIND,    /* cores of another kind join (slower ones, except maybe in a list of CPUs) */
  REGIME_SMT,     /* workers begin to share cores: no capacity is added */
  REGIME_SHARED,  /* ranks of a cluster begin to share CPUs */
};

struct slot {
  unsigned cpu;    /* the operating system's number */
  unsigned core;   /* logical index of the core among all that we may use */
  int l3;          /* logical index of the L3, -1 if unknown */
  int numa;        /* OS number of the nearest NUMA node, -1 if unknown */
  int package;     /* logical index of the package, -1 if unknown */
  int kind;        /* 0: the fastest kind of core, 1: the next; 0 where kinds are unknown */
  unsigned node;   /* of a cluster, 0 where there is one machine */
  unsigned smt;    /* 0: the first slot in this list on its core, 1: the second, ... */
  unsigned regime; /* index into placement.regimes */
  double capacity; /* lone speed relative to the first slot: 1 for its kind, 0 where smt > 0,
                      NaN where not known (another kind of core, not measured) */
};

/*
 * A regime begins where something joins for good.  The list alone decides, not the place:
 *
 * - SHARED at the slot before which every slot has its CPU alone and from which on none has;
 * - SMT at the slot before which every slot has its core alone (smt 0) and from which on none has,
 * if SHARED does not begin there.  Among the slots before both, counting those with smt 0:
 * - KIND at a slot from which on all are of kinds that no earlier slot has;
 * - NODE likewise at a slot whose node no earlier slot has, up to the next KIND;
 * - PACKAGE at a slot whose package no earlier slot has, if up to the next KIND none goes back to a
 *   package that was open before.
 *
 * What alternates is one stretch: scatter has no PACKAGE regimes (but where each package has one
 * core), compact no SMT regime (but for the siblings of the very last core), so its regimes hold
 * slots without capacity: a fit inside a regime has to look at smt.
 */
struct regime {
  enum regime_start start;
  unsigned begin, end; /* slots, half-open */
};

struct placement {
  enum place place;
  struct slot *slots;
  unsigned slot_count;
  struct regime *regimes;
  unsigned regime_count;
  unsigned kind_count;
  bool is_cluster;   /* a slot is a rank's: placement_replace() */
  bool this_system;  /* false: an imported or synthetic topology, nothing can be bound */
  double quota_cpus; /* CPU time allowed by cgroups, in CPUs; INFINITY: no quota */
  char *allowed;     /* the allowed CPUs as a list: "0-3,8" */
  struct hwloc_topology *topology; /* for placement.c alone */
};

/*
 * Loads the machine's topology, restricted to the CPUs that this process may use, and orders it.
 * With HWLOC_XMLFILE or HWLOC_SYNTHETIC in the environment it loads that machine instead, whole;
 * likewise with HWLOC_FSROOT or HWLOC_CPUID_PATH, which read a copy of another machine's files.
 * cpu_list ("0-3,8", any order, no repetition) is for PLACE_CPUS and NULL otherwise.
 * Once, in the parent, outside every timer.
 *
 *   -EINVAL  cpu_list is not a list of CPU numbers, repeats one, or is empty
 *   -ENOENT  cpu_list has a CPU that this machine does not have or that we may not use; its number
 *            is stored in *ret_bad_cpu
 *   -ENOMEM
 *   -EIO     hwloc could not load a topology, or not the one that the environment names
 */
int placement_load(enum place place, const char *cpu_list, struct placement **ret_placement,
                   unsigned *ret_bad_cpu);

/* Gives a placement other slots, those of a cluster, and takes `slots` over.  Returns 0 or -ENOMEM.
 */
int placement_replace(struct placement *placement, struct slot *slots, unsigned count);

/* Accepts NULL. */
void placement_free(struct placement *placement);

/*
 * Binds the calling thread to the slot's CPU, strictly, and reads the binding back from the kernel.
 * For workers, after the fork.
 *
 *   -ENOTSUP  the topology is not this machine's
 *   -EPERM    the operating system refused, or the binding read back is another one
 *   -ENOMEM
 */
int placement_bind(const struct placement *placement, unsigned slot);

/* The worker counts measured by default: 1, doublings, the last slot of each regime, all; sorted,
 * without repetition, at most `most` (>= 2) of them; first 1, last the number of slots or, under a
 * quota, its whole CPUs (at least 1).  Where there are too many, those close to others go first:
 * doublings sooner than the last slots of packages, and those before slower cores or SMT the last.
 * Returns how many were stored in ret_counts. */
unsigned placement_worker_counts(const struct placement *placement, unsigned most,
                                 unsigned *ret_counts);

/*
 * Puts CPUs that are at work for somebody else behind idle ones of equal rank: in every regime of a
 * PLACE_CORES order, slots for which busy[cpu] is above `threshold` go last, else in their order.
 * busy has an entry for every CPU number of the slots.  Returns how many slots were put back; none
 * of a cluster, whose ranks have their slots.
 */
unsigned placement_prefer_idle(struct placement *placement, const double *busy, double threshold);

/* What P workers on the first P slots can do, in units of the first slot's lone speed: the sum of
 * the slots' capacities, limited by the quota, whose CPUs are counted for the fastest slots first.
 * A quota below one CPU slows the unit as well and counts as one.  Workers beyond the slots add
 * none.  NaN if unknown. */
double placement_capacity(const struct placement *placement, unsigned workers);

/* The same with measured speeds: kind_speed[k] is the lone speed of a slot of kind k relative to
 * the first slot's kind.  NULL: as placement_capacity().  NaN if there is no memory. */
double placement_capacity_with(const struct placement *placement, unsigned workers,
                               const double *kind_speed);

/* The first slot of a kind that shares its core with none before it; slot_count if there is none.
 */
unsigned placement_first_of_kind(const struct placement *placement, int kind);

/* How many different CPUs the first so many workers have: fewer than workers, where they share. */
unsigned placement_cpus(const struct placement *placement, unsigned workers);

/* One more than the highest CPU number of the slots. */
unsigned placement_cpu_end(const struct placement *placement);

/* "cores", "scatter", "compact", "cpus". */
const char *placement_place_name(enum place place);
/* One sentence part on what begins: "cores of another kind join", ... */
const char *placement_regime_text(enum regime_start start);

/* The topology as XML, to be freed; NULL if there is no memory.  Nothing in it names the host: no
 * host or cgroup names, serial numbers, asset tags. */
char *placement_xml(const struct placement *placement);
/* A CPU (the operating system's number) and its colour in a drawing: "#56b4e9". */
struct placement_mark {
  unsigned cpu;
  const char *colour;
};

/* A topology as XML, from any source, with colours for lstopo put to CPUs (those it does not have
 * are left out); to be freed.  NULL if it is not one, or there is no memory. */
char *placement_mark_xml(const char *xml, const struct placement_mark *marks, size_t count);

/* The version of hwloc that runs, e.g. "2.9.0". */
const char *placement_library_version(void);
