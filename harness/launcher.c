/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launcher.c: what the environment tells about who started this process. */

#include "launcher.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* --- The end of a launcher --- */

static bool is_mpirun(pid_t pid)
{
  static const char *const names[] = {"mpirun", "mpiexec", "orterun", "prterun"};
  char path[64], name[32] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
  FILE *comm = fopen(path, "re");
  if (!comm)
    return false;
  bool read = fgets(name, sizeof name, comm) != NULL;
  fclose(comm);
  for (size_t i = 0; read && i < sizeof names / sizeof *names; i++)
    if (strncmp(name, names[i], strlen(names[i])) == 0)
      return true;
  return false;
}

static void watch_it_end(pid_t launcher, unsigned seconds)
{
  const struct timespec tick = {.tv_nsec = 100000000};
  for (unsigned tenth = 0; is_mpirun(launcher); tenth++) {
    if (tenth == 10 * seconds)
      kill(launcher, SIGKILL);
    nanosleep(&tick, NULL);
  }
}

void launcher_end_within(unsigned seconds)
{
  pid_t launcher = getppid();
  /* fork() would ask for the locks of all arenas of malloc(), one of which a worker that stands
   * still may have for ever. */
  if (!is_mpirun(launcher) || _Fork() != 0)
    return;
  setsid(); /* it is not killed with the ranks */
  for (int fd = 0; fd < 3; fd++)
    close(fd); /* nor does anybody wait for its output */
  watch_it_end(launcher, seconds);
  _exit(0);
}
