/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launcher.h: what the environment tells about who started this process. */
#pragma once

#include <stdbool.h>

struct launcher {
  bool speaks_mpi; /* mpirun, mpiexec or srun --mpi=...: there is a world to join */
  unsigned ranks;  /* that it started, 1 where it does not tell */
  bool first;      /* this is rank 0, as far as it tells */
};

struct launcher launcher_of_environment(void);
