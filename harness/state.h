/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state.h: a partial that outlives its process: the text of state and part files.
 *
 * A header that tells the job and how it is cut, then a partial.  One format for a computation that
 * is to go on later, for a part of it that another machine did, and for a finished one:
 *
 *   pibench-state/1
 *   kernel bbp-hex
 *   method montgomery
 *   revision 2
 *   position 1e11             every parameter, as in KERNEL:key=value
 *   count 16
 *   formula arctan4
 *   seed 7                    of kernels that use it
 *   guard 0
 *   units 40000000004
 *   chunks 4096
 *   cut 93bb52fa1c93a2dc      FNV-1a over the chunks' boundaries
 *   part 1/3                  stretch of chunks of equal cost that it is to have; 1/1: all
 *   milliseconds 48211        spent on it, by all runs together
 *   covered 0-17,20           the chunks that are in it, or "none"
 *   counter terms 1234        every work counter
 *   payload 0123456789abcdef 0123456789abcdef
 *   checksum 0f1e2d3c4b5a6978 FNV-1a over everything before this line
 *
 * There is one text for one state, so a file that is not to the byte what it says is damaged: a
 * single wrong byte always changes the checksum, since every step of FNV-1a is invertible.  The
 * variant is not told, as all variants of a method give the same bytes: runs may continue on
 * another CPU.
 */
#pragma once

#include "workload.h"

enum {
  STATE_MESSAGE = 256,
  STATE_PAYLOAD_MOST = 65536, /* bytes of a partial that is kept */
  STATE_TEXT_MOST = 1 << 20,  /* bytes of a file that is read at all */
};

struct state {
  struct job job;        /* with the guard bits that it came to */
  unsigned part, parts;  /* the part-th (from 1) of so many stretches of equal cost */
  uint64_t milliseconds; /* spent on it */
  struct partial *partial;
};

/* The chunks that a state is to have. */
struct range state_chunks(const struct state *state, const struct workload *workload);

/* Nothing done yet, of the whole job: part 1 of 1.  -ENOMEM, or -E2BIG: the partials of this job
 * are larger than STATE_PAYLOAD_MOST. */
int state_begin(const struct workload *workload, struct state *ret_state);

/* The text, to be freed; NULL if there is no memory. */
char *state_text(const struct state *state, const struct workload *workload);

/*
 * Reads a text.  Where wanted is not NULL it has to be of that job, with as many guard bits or
 * more.  The state and its prepared workload are the caller's, who releases both.  Half a sentence
 * on the file is in message:
 *
 *   -EINVAL   not a state at all, or of a newer format
 *   -EBADMSG  damaged
 *   -ESTALE   of another job than wanted, or of a pibench whose kernel works another way
 *   -ENOMEM, -ERANGE  the job cannot be prepared
 */
int state_parse(const char *text, size_t length, const struct job *wanted, struct state *ret_state,
                struct workload *ret_workload, char message[STATE_MESSAGE]);

/* into += from, both of this workload.  -EEXIST: they have a chunk in common. */
int state_merge(const struct workload *workload, const struct state *from, struct state *into);

/* What part (0 to 1) of the cost of a range of chunks is covered. */
double state_done(const struct workload *workload, const struct partial *partial,
                  struct range chunks);

/* Accepts an all-zero state. */
void state_release(struct state *state);
