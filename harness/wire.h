/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire.h: messages between the ranks that a launcher (mpirun, srun) started.
 *
 * Behind it is MPI (backend_mpi.c, its only user), or nothing where pibench was built without
 * (backend_alone.c).  Every wait has a deadline, notices the signals of interrupt.h, and does not
 * burn a CPU for long.  One thread of a process at a time uses it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_MESSAGE = 320 };

/* How a wait uses the CPU until what it waits for has come. */
enum wire_pace {
  WIRE_SPIN,  /* this rank has a CPU of its own: spins for a while, then naps */
  WIRE_YIELD, /* ranks share CPUs: lets others go first */
  WIRE_SLEEP, /* nobody measures the wait */
};

/*
 * Joins the other ranks if a launcher started this process, else does nothing and costs nothing.
 * Once, first of all in main.  -EPROTO: the launcher started several ranks but they cannot find
 * each other; the message says why, and is empty in all of them but one.
 */
int wire_start(char message[WIRE_MESSAGE]);

/* Whether there is a launcher, with one rank or more. */
bool wire_is_joined(void);
/* 0 of 1 where there is no launcher. */
unsigned wire_rank(void);
unsigned wire_ranks(void);

/* How the following waits go on. */
void wire_set_pace(enum wire_pace pace);
/* Called again and again in every wait but its own; a negative result ends the wait with it.  NULL:
 * nothing is. */
void wire_set_attendant(int (*attend)(void));
/* Calls it once, for who has the wire and does not wait. */
int wire_attend(void);

/*
 * Messages between two ranks arrive in their order per tag; the receiver knows the size.
 * deadline_ns is of clock_now_ns(); 0: none.
 *
 *   -ETIMEDOUT  the deadline passed
 *   -EINTR      a signal came
 *   -ECOMM      the library found the other rank gone
 */
int wire_send(unsigned to, int tag, const void *bytes, size_t n, uint64_t deadline_ns);
int wire_receive(unsigned from, int tag, void *bytes, size_t n, uint64_t deadline_ns);
/* Whether a message with that tag is there, and whose. */
bool wire_poll(int tag, unsigned *ret_from);

/* Says good-bye to the other ranks, who do the same.  Where the library does not come to an end
 * within ten seconds, the process does, with this exit code. */
void wire_stop(int exit_code);
/* Ends all ranks that can be reached, this one included. */
_Noreturn void wire_abort(int exit_code);
