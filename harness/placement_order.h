/* SPDX-License-Identifier: GPL-3.0-or-later */
/* placement_order.h: the part of a placement that is pure computation: orders, CPU lists, regimes.
 * For placement*.c; others include placement.h. */
#pragma once

#include "placement.h"

/* One PU that we may use.  placement.c fills in the slot (cpu, core, l3, numa, package) and: */
struct pu {
  struct slot slot;
  unsigned index; /* logical index of the PU */
  int efficiency; /* rank of its kind, higher is faster; -1 if unknown */
  /* The rest is filled in here. */
  unsigned sibling; /* 0 for its core's fastest PU (the first of equals), 1 for the next, ... */
  int core_kind;    /* kind of its core: that of sibling 0 */
  unsigned turn;    /* for scatter: how many of its equals in its L3, node or package come before */
};

/* Fills in slot.kind: 0, 1, ... from the fastest that is there.  Where the rank of any PU is
 * unknown all count as one kind.  Returns the number of kinds. */
unsigned placement_number_kinds(struct pu *pus, unsigned count);

/* Sorts all PUs into the order of the place, which is not PLACE_CPUS.  Kinds are numbered.  Cores
 * must be numbered along the machine's tree, so that those under one L3, node or package are
 * neighbours. */
void placement_order(enum place place, struct pu *pus, unsigned count);

/*
 * Copies the slots of the CPUs in the list, in its order; ret_slots has room for `count`.
 * -EINVAL, -ENOENT (with *ret_bad_cpu) as placement_load says; ret_slots is undefined then.
 */
int placement_pick(const char *cpu_list, const struct pu *pus, unsigned count,
                   struct slot *ret_slots, unsigned *ret_count, unsigned *ret_bad_cpu);

/* Fills in smt, capacity and regime of the slots, and the regimes.  Returns 0 or -ENOMEM. */
int placement_annotate(struct placement *placement);
