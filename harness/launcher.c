/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launcher.c: what the environment tells about who started this process. */

#include "launcher.h"

#include <stdlib.h>

static const char *const rank_variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
static const char *const size_variables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                             "SLURM_STEP_NUM_TASKS"};
enum {
  RANK_VARIABLES = sizeof rank_variables / sizeof *rank_variables,
  SIZE_VARIABLES = sizeof size_variables / sizeof *size_variables,
};

struct launcher launcher_of_environment(void)
{
  struct launcher launcher = {.ranks = 1, .first = true};
  for (int i = 0; i < RANK_VARIABLES; i++) {
    const char *rank = getenv(rank_variables[i]);
    if (!rank || !*rank)
      continue;
    launcher.speaks_mpi = true;
    launcher.first = strtoul(rank, NULL, 10) == 0;
  }
  for (int i = 0; i < SIZE_VARIABLES && launcher.ranks <= 1; i++) {
    const char *size = getenv(size_variables[i]);
    launcher.ranks = size ? (unsigned)strtoul(size, NULL, 10) : launcher.ranks;
  }
  const char *task = getenv("SLURM_PROCID");
  if (!launcher.speaks_mpi && launcher.ranks > 1 && task)
    launcher.first = strtoul(task, NULL, 10) == 0;
  return launcher;
}
