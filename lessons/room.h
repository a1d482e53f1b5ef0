/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * room.h: the room that a lesson is held in: what is told, asked, drawn and kept.
 *
 * A lesson asks for a prediction, measures on the reader's own machine, shows what came out and
 * says what it means.  Beside the text it keeps what it saw: values under a key, and claims, each
 * held or not in this run.  `pibench learn NAME --json` prints those, and the tests read them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "placement.h"

struct room {
  FILE *out; /* where the lesson is told */
  FILE *in;  /* where answers come from; NULL: questions are printed, nobody is waited for */
  const struct placement *placement;
  unsigned cpus;  /* slots of the placement */
  unsigned steps; /* told so far */
  bool blank;     /* the last line was left blank */
  bool explained; /* what the columns of experiment_show() mean */
  json_t *values; /* what was measured, by key */
  json_t *claims; /* what was claimed: true, false, or null where this machine cannot show it */
};

/* One lesson.  run() returns 0 or a negative errno; a claim that did not hold is no error. */
struct lesson {
  const char *name, *title;
  const char *question; /* half a line for the list: what it answers */
  int (*run)(struct room *room);
};

/* In the order in which they are taught; ends with a NULL name. */
extern const struct lesson lessons[];

/* The placement and the streams are borrowed and outlive the room; `in` loses its buffer.  Returns
 * 0 or -ENOMEM. */
int room_open(struct room *ret_room, const struct placement *placement, FILE *in, FILE *out);
/* Accepts an all-zero room. */
void room_close(struct room *room);

/* --- Telling --- */

/* "2. Three workers, joined side by side", after a blank line. */
__attribute__((format(printf, 2, 3))) void room_step(struct room *room, const char *format, ...);
/* A paragraph, broken at column 80. */
__attribute__((format(printf, 2, 3))) void room_tell(struct room *room, const char *format, ...);
/* A line as it is, indented by two. */
__attribute__((format(printf, 2, 3))) void room_show(struct room *room, const char *format, ...);

/* An empty line. */
void room_blank(struct room *room);

/* --- Asking --- */

/* Asks for a number and returns it; NaN where none was given (Enter, end of input, nobody asked).
 * What is not a number is asked for again. */
double room_ask(struct room *room, const char *question);
/* Says how the prediction (maybe NaN) compares with what was measured: "You said 2; it was 1.93."
 */
void room_judge(struct room *room, double prediction, double measured, const char *unit);

/* --- Drawing --- */

struct room_bar {
  const char *label; /* at most 24 columns */
  double value;      /* >= 0; the longest bar is the largest value */
  const char *text;  /* behind the bar */
};
void room_bars(struct room *room, const struct room_bar *bars, size_t count);

/* When something went on: one line per entry, on a common time axis from the first begin. */
struct room_span {
  const char *label; /* at most 24 columns */
  double begin_s, end_s;
};
void room_timeline(struct room *room, const struct room_span *spans, size_t count);

/* --- Keeping --- */

/* A value under its key in --json; what is not finite is null. */
void room_saw(struct room *room, const char *key, double value);
/* A claim, and whether it held in this run. */
void room_claim(struct room *room, const char *key, bool held);
/* A claim that this machine cannot show, and the sentence why. */
__attribute__((format(printf, 3, 4))) void room_cannot(struct room *room, const char *key,
                                                       const char *format, ...);
