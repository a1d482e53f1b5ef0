/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machines.h: machines that tests draw or have saved, in place of this one. */
#pragma once

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "placement.h"
#include "suite.h"

enum { MOST = 16 }; /* worker counts by default */

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static inline const char *directory(void)
{
  const char *named = getenv("PIBENCH_TOPOLOGIES");
  return named ? named : "tests/topologies";
}

static inline void forget_machines(void)
{
  static const char *const variables[] = {
      "HWLOC_XMLFILE",    "HWLOC_SYNTHETIC",  "HWLOC_FSROOT",          "HWLOC_CPUID_PATH",
      "HWLOC_THISSYSTEM", "HWLOC_COMPONENTS", "HWLOC_CPUKINDS_RANKING"};
  for (size_t i = 0; i < LENGTH(variables); i++)
    unsetenv(variables[i]);
}

static inline void use_synthetic(const char *description)
{
  forget_machines();
  setenv("HWLOC_SYNTHETIC", description, 1);
}

static inline void use_saved(const char *name)
{
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s.xml", directory(), name);
  ck_assert_msg(access(path, R_OK) == 0, "no %s: set PIBENCH_TOPOLOGIES", path);
  forget_machines();
  setenv("HWLOC_XMLFILE", path, 1);
}

static inline struct placement *load(enum place place, const char *cpu_list)
{
  struct placement *placement = NULL;
  unsigned bad_cpu;
  ck_assert_int_eq(placement_load(place, cpu_list, &placement, &bad_cpu), 0);
  return placement;
}

/* What holds for any placement. */
static inline void assert_sound(const struct placement *placement)
{
  ck_assert_uint_gt(placement->slot_count, 0);
  ck_assert_uint_gt(placement->regime_count, 0);
  ck_assert_uint_gt(placement->kind_count, 0);
  unsigned begin = 0;
  for (unsigned i = 0; i < placement->regime_count; i++) {
    ck_assert_int_eq(placement->regimes[i].start == REGIME_FIRST, i == 0);
    ck_assert_uint_eq(placement->regimes[i].begin, begin);
    ck_assert_uint_gt(placement->regimes[i].end, begin);
    begin = placement->regimes[i].end;
  }
  ck_assert_uint_eq(begin, placement->slot_count);
  for (unsigned i = 0; i < placement->slot_count; i++) {
    const struct slot *slot = &placement->slots[i];
    const struct regime *regime = &placement->regimes[slot->regime];
    ck_assert(i >= regime->begin && i < regime->end);
    ck_assert(slot->kind >= 0 && (unsigned)slot->kind < placement->kind_count);
    unsigned sharing = 0;
    for (unsigned j = 0; j < i; j++) {
      ck_assert_uint_ne(placement->slots[j].cpu, slot->cpu);
      sharing += placement->slots[j].core == slot->core;
    }
    ck_assert_uint_eq(slot->smt, sharing);
    if (slot->smt > 0)
      ck_assert_double_eq(slot->capacity, 0);
    else if (slot->kind == placement->slots[0].kind)
      ck_assert_double_eq(slot->capacity, 1);
    else
      ck_assert_double_nan(slot->capacity);
  }
}
