/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault.c: what is said of a team that failed. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "team.h"

static void silence_text(double seconds, char *text, size_t bytes)
{
  const char *why = "it is stopped, has died, or its host is out of reach";
  if (seconds > 0)
    snprintf(text, bytes, "has not answered for %g s: %s", seconds, why);
  else
    snprintf(text, bytes, "does not answer: %s", why);
}

/* What the system had no more of, and what helps. */
static const char *remedy(int error)
{
  switch (error) {
  case -EMFILE:
    return "; raise the limit of open files (ulimit -n) or take fewer workers";
  case -EAGAIN:
    return "; raise the limit of processes (ulimit -u, a container's pids.max) or take fewer "
           "workers";
  case -ENOMEM:
    return "; ask for less or for fewer workers";
  default:
    return "";
  }
}

static void reason_text(const struct fault *fault, char *text, size_t bytes)
{
  const char *name = sigabbrev_np(fault->signal);
  switch (fault->kind) {
  case FAULT_SIGNAL:
    snprintf(text, bytes, "was killed by SIG%s%s", name ? name : "?",
             fault->signal == SIGKILL ? " (by somebody, or by the kernel when memory ran out)"
                                      : "");
    break;
  case FAULT_EXIT:
    snprintf(text, bytes, "left with exit status %d before its work was done", fault->status);
    break;
  case FAULT_TIMEOUT:
    snprintf(text, bytes, "did not finish within %g s%s; --timeout gives it longer", fault->seconds,
             fault->stopped  ? ": it is stopped (SIGSTOP or a debugger)"
             : fault->silent ? ": it does not answer"
                             : "");
    break;
  case FAULT_SILENT:
    silence_text(fault->seconds, text, bytes);
    break;
  case FAULT_KERNEL:
    snprintf(text, bytes, "could not compute: %s", strerrordesc_np(-fault->error));
    break;
  default:
    snprintf(text, bytes, "could not be started: %s%s", strerrordesc_np(-fault->error),
             remedy(fault->error));
  }
}

const char *fault_text(const struct fault *fault, const struct kernel *kernel,
                       char text[FAULT_TEXT])
{
  char reason[160];
  reason_text(fault, reason, sizeof reason);
  if (fault->pid)
    snprintf(text, FAULT_TEXT, "%s: worker %u (%s%spid %d, CPU %d) %s", kernel->name, fault->worker,
             fault->where, fault->where[0] ? ", " : "", (int)fault->pid, fault->cpu, reason);
  else
    snprintf(text, FAULT_TEXT, "%s: a worker %s", kernel->name, reason);
  return text;
}
