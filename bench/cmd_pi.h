/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi.h: what the files of pibench pi share. */
#pragma once

#include "command.h"
#include "compute.h"
#include "options.h"
#include "output.h"

/* What can be asked for: the size parameter that a kernel must have, and the kernel by default. */
enum request { HEX_AT, DIGITS, POINTS, REQUESTS };

struct pi_options {
  struct team_options team;
  const char *size[REQUESTS]; /* as given; NULL if not */
  const char *count;
  const char *method; /* KERNEL or KERNEL/METHOD; NULL: by what is asked */
  const char *output, *state;
  unsigned part, parts; /* of --part; parts 0: the whole job */
  unsigned guard;
  bool hex, json, merge, quiet, verbose;
  const char **files; /* of --merge */
  size_t file_count;
};

extern const struct argp pi_argp;

/* Ends the program with EXIT_USAGE where options do not go together. */
void pi_options_check(const struct pi_options *options);

/* The one job that is asked for; ends the program with EXIT_USAGE if there is none. */
struct job pi_job(const struct pi_options *options);

/* The item that is printed alone; NULL if the answer has no digits. */
const struct answer_item *pi_answer_digits(const struct answer *answer);

/* The answer as it is printed, to be freed; NULL if there is no memory. */
char *pi_answer_text(const struct pi_options *options, const struct job *job,
                     const struct answer *answer, double seconds);

/* --- States and parts; each says what is wrong and returns the exit code, or 0 --- */

/* Opens the state file, and takes up what is in it. */
int pi_state_open(const struct pi_options *options, const struct job *job, struct state_file *file,
                  struct state *ret_begun);

/* Reads the parts and adds them up: a whole job. */
int pi_merge(const struct pi_options *options, struct state *ret_whole);

/* After a computation that was interrupted or failed: what is kept, and how to go on. */
void pi_say_kept(const struct computation *computation, bool interrupted);
