/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt.c: Ctrl-C and its kin, noticed at safe points only. */

#include "interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { CAUGHT = sizeof caught / sizeof *caught };

static volatile sig_atomic_t came;
static sigset_t outside; /* the mask at program start */
static bool catching;

static void note(int signal)
{
  came = signal;
}

void interrupt_catch(void)
{
  sigset_t ours;
  sigemptyset(&ours);
  for (int i = 0; i < CAUGHT; i++) {
    struct sigaction now;
    sigaction(caught[i], NULL, &now);
    if (now.sa_handler == SIG_IGN) /* nohup, or a job in the background: keep it so */
      continue;
    sigaddset(&ours, caught[i]);
    sigaction(caught[i], &(struct sigaction){.sa_handler = note}, NULL);
  }
  sigprocmask(SIG_BLOCK, &ours, &outside);
  catching = true;
}

void interrupt_release_child(void)
{
  if (!catching)
    return;
  for (int i = 0; i < CAUGHT; i++) {
    struct sigaction now;
    sigaction(caught[i], NULL, &now);
    if (now.sa_handler == note)
      sigaction(caught[i],
                &(struct sigaction){.sa_handler = caught[i] == SIGINT ? SIG_IGN : SIG_DFL}, NULL);
  }
  sigprocmask(SIG_SETMASK, &outside, NULL);
}

int interrupt_wait(struct pollfd *fds, nfds_t n, long long timeout_ns)
{
  struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  return ppoll(fds, n, timeout_ns < 0 ? NULL : &timeout, catching ? &outside : NULL);
}

int interrupt_signal(void)
{
  if (!came && catching)
    interrupt_wait(NULL, 0, 0);
  return came;
}

void interrupt_let_through(void)
{
  if (catching)
    sigprocmask(SIG_SETMASK, &outside, NULL);
}

void interrupt_raise(void)
{
  int signal = interrupt_signal();
  if (!signal)
    return;
  sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
  raise(signal);
  sigprocmask(SIG_SETMASK, &outside, NULL);
}
