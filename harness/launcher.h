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

/*
 * Leaves a process behind that sees to it that this one's parent ends within `seconds`, if that is
 * mpirun or mpiexec: one that has lost a host waits for it as long as TCP does, a quarter of an
 * hour. SIGKILL, as Open MPI 4.1 crashes of the two Ctrl-C that are to end it by force.
 */
void launcher_end_within(unsigned seconds);
