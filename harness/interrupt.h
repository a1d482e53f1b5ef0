/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interrupt.h: Ctrl-C and its kin, noticed at safe points only.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked in the parent and delivered only inside interrupt_wait(),
 * so no measurement is torn and nothing is lost: who sees one kills the team, writes down what was
 * measured, and raises the signal again with interrupt_raise().
 */
#pragma once

#include <poll.h>

/* From here on the signals wait.  Once, in the parent, before anything is measured. */
void interrupt_catch(void);

/* For a freshly forked worker: SIGINT is ignored (the parent deals with it and kills the team),
 * the others are as at program start. */
void interrupt_release_child(void);

/* ppoll() with the signals let in; timeout_ns < 0 waits forever.  Returns as ppoll. */
int interrupt_wait(struct pollfd *fds, nfds_t n, long long timeout_ns);

/* The signal that came, 0 if none did. */
int interrupt_signal(void);

/* After the last team: the signals come in at any time and end a wait for whoever reads the result
 * (a full pipe, a FIFO): open() and write() fail with EINTR. */
void interrupt_let_through(void);

/* If a signal came: dies of it, as if it had never been caught.  Else returns. */
void interrupt_raise(void);
