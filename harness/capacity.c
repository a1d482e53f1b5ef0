/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capacity.c: how fast each kind of core is alone, at the work that is measured. */

#include "capacity.h"

#include <errno.h>
#include <stdlib.h>

#include "statistics.h"

enum { TURNS = 5 };

static int lone_wall(const struct team *how, unsigned slot, double *ret_wall_s,
                     struct fault *ret_fault)
{
  struct team team = *how;
  struct sample sample;
  team.workers = 1;
  team.serial = true;
  team.serial_chunks = 0;
  team.backend = BACKEND_PROCESS;
  team.first_slot = slot;
  int r = team_run(&team, &sample, ret_fault);
  if (r < 0)
    return r;
  *ret_wall_s = sample.wall_s;
  sample_release(&sample);
  return 0;
}

/* Time on the first slot over time on this one, by medians of turns. */
static int lone_speed(const struct team *how, unsigned slot, double *ret_speed,
                      struct fault *ret_fault)
{
  double ratios[TURNS];
  struct estimate median;
  for (int i = 0; i < TURNS; i++) {
    double first_s, other_s;
    int r = lone_wall(how, 0, &first_s, ret_fault);
    if (r == 0)
      r = lone_wall(how, slot, &other_s, ret_fault);
    if (r < 0)
      return r;
    ratios[i] = first_s / other_s;
  }
  int r = statistics_median(ratios, TURNS, 0.95, &median);
  if (r == 0)
    *ret_speed = median.value;
  return r;
}

int capacity_measure(const struct team *how, double **ret_speeds, struct fault *ret_fault)
{
  const struct placement *placement = how->placement;
  if (placement->kind_count < 2) {
    *ret_speeds = NULL;
    return 0;
  }
  double *speeds = calloc(placement->kind_count, sizeof *speeds);
  int first = placement->slots[0].kind, r = speeds ? 0 : -ENOMEM;
  for (int kind = 0; r == 0 && kind < (int)placement->kind_count; kind++) {
    unsigned slot = placement_first_of_kind(placement, kind);
    speeds[kind] = 1;
    if (kind != first && slot < placement->slot_count)
      r = lone_speed(how, slot, &speeds[kind], ret_fault);
  }
  if (r < 0) {
    free(speeds);
    return r;
  }
  *ret_speeds = speeds;
  return 0;
}
