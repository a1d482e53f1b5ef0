/* SPDX-License-Identifier: GPL-3.0-or-later */
/* here.h: for tests whose teams run on this machine. */
#pragma once

#include "placement.h"
#include "suite.h"

/* Of this machine, while suite_run_here() runs. */
static struct placement *placement;

/* suite_run(), or skips it where hwloc cannot load this machine. */
static inline int suite_run_here(Suite *suite)
{
  unsigned bad_cpu;
  if (placement_load(PLACE_CORES, NULL, &placement, &bad_cpu) < 0)
    return suite_skip("hwloc cannot load this machine");
  int failed = suite_run(suite);
  placement_free(placement);
  return failed;
}
