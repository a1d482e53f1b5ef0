/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_topology.c: pibench topology: the CPUs we may use, in the order in which workers take them.
 */

#include <math.h>
#include <string.h>

#include "command.h"
#include "grid.h"
#include "machine.h"
#include "options.h"

static const struct argp_child topology_children[] = {{&place_argp, 0, NULL, 0}, {0}};

static error_t topology_option(int key, char *given, struct argp_state *state)
{
  (void)given;
  if (key != ARGP_KEY_INIT)
    return ARGP_ERR_UNKNOWN;
  state->child_inputs[0] = state->input;
  return 0;
}

static const struct argp topology_argp = {
    .parser = topology_option,
    .doc = "The machine, the CPUs that this process may use, the CPU quota, and the order in which "
           "workers take the CPUs: worker 1 the first slot, and so on.",
    .children = topology_children,
};

static const struct grid_column columns[] = {
    {"worker", GRID_RIGHT},   {"CPU", GRID_RIGHT},     {"core", GRID_RIGHT}, {"L3", GRID_RIGHT},
    {"NUMA", GRID_RIGHT},     {"package", GRID_RIGHT}, {"kind", GRID_RIGHT}, {"thread", GRID_RIGHT},
    {"capacity", GRID_RIGHT}, {NULL, GRID_LEFT},
};
enum { COLUMNS = sizeof columns / sizeof *columns - 1, CELL = 16 };

static void index_cell(char cell[CELL], int index)
{
  snprintf(cell, CELL, index < 0 ? "?" : "%d", index);
}

static int slot_row(struct grid *grid, unsigned index, const struct slot *slot)
{
  char cells[COLUMNS][CELL];
  const char *at[COLUMNS];
  index_cell(cells[0], (int)index + 1);
  index_cell(cells[1], (int)slot->cpu);
  index_cell(cells[2], (int)slot->core);
  index_cell(cells[3], slot->l3);
  index_cell(cells[4], slot->numa);
  index_cell(cells[5], slot->package);
  index_cell(cells[6], slot->kind);
  index_cell(cells[7], (int)slot->smt);
  snprintf(cells[8], CELL, isfinite(slot->capacity) ? "%.2f" : "?", slot->capacity);
  for (int c = 0; c < COLUMNS; c++)
    at[c] = cells[c];
  return grid_row(grid, at);
}

static int print_slots(const struct placement *placement)
{
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -1;
  for (unsigned i = 0, regime = 0; r == 0 && i < placement->slot_count; i++) {
    if (placement->slots[i].regime > regime) {
      regime = placement->slots[i].regime;
      r = grid_rule(grid, placement_regime_text(placement->regimes[regime].start));
    }
    if (r == 0)
      r = slot_row(grid, i, &placement->slots[i]);
  }
  if (r == 0)
    r = grid_print(grid, stdout);
  grid_free(grid);
  return r;
}

static void print_quota(const struct placement *placement)
{
  if (!placement->this_system)
    puts("quota    unknown: this topology was loaded from HWLOC_XMLFILE or HWLOC_SYNTHETIC");
  else if (isfinite(placement->quota_cpus))
    printf("quota    the CPU time of %.2f CPU%s (cgroup)\n", placement->quota_cpus,
           placement->quota_cpus == 1 ? "" : "s");
  else
    puts("quota    none");
}

static void print_counts(const struct placement *placement)
{
  unsigned counts[16], n = placement_worker_counts(placement, 16, counts);
  const char *why;
  printf("workers  by default serial");
  for (unsigned i = 0; i < n; i++)
    printf(", %u", counts[i]);
  bool pin = measure_will_pin(placement, PIN_AUTO, &why);
  printf("\npinning  %s%s\n\n", pin ? "yes" : "no: ", pin ? "" : why);
}

static void print_machine(const struct machine *machine)
{
  printf("machine  %s", machine->cpu_model ? machine->cpu_model : "unknown CPU");
  if (machine->virtualised && strcmp(machine->virtualised, "none") != 0)
    printf(" under %s", machine->virtualised);
  putchar('\n');
}

int cmd_topology(int argc, char **argv)
{
  struct team_options options = team_options_default;
  struct placement *placement = NULL;
  struct machine machine = {0};
  options_parse(&topology_argp, argc, argv, &options);
  int code = load_placement(options.place, options.cpu_list, &placement);
  if (code)
    return code;
  if (placement->this_system && machine_read("", &machine) == 0)
    print_machine(&machine);
  printf("CPUs     %s (%u slot%s, order: %s)\n", placement->allowed, placement->slot_count,
         placement->slot_count == 1 ? "" : "s", placement_place_name(placement->place));
  print_quota(placement);
  print_counts(placement);
  if (print_slots(placement) < 0) {
    say("out of memory");
    code = EXIT_FAILED;
  }
  machine_release(&machine);
  placement_free(placement);
  return code;
}
