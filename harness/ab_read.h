/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ab_read.h: result files of the form pibench-ab/1, read without trust.
 *
 * What was said of result files in result_read.h holds here as well.  The runs of both sides are
 * read, and judged anew: a file whose rulings do not follow from its runs was edited.
 */
#pragma once

#include "ab.h"
#include "same_work.h"

/* One side: a build, or a command. */
struct ab_side_read {
  const char *program, *version, *commit; /* version, commit of a build; NULL: unknown */
  const json_t *environment;              /* an array of texts, KEY=VALUE */
};

struct ab_file {
  char *name; /* as it was given */
  bool complete;
  const char *error; /* what ended it early; NULL */
  const char *started_at, *version, *commit, *cpu_model, *cpus;
  bool warn_on_inconclusive;
  struct ab_side_read side[AB_SIDES];
  struct difference differences[DIFFERENCES_MOST];
  size_t difference_count;
  struct ab ab; /* judged */
  json_t *json;
};

/* Returns as result_file_from(), and takes the reference to json likewise. */
int ab_file_from(const char *name, json_t *json, struct ab_file **ret_file,
                 char message[RESULT_MESSAGE]);

/* Accepts NULL. */
void ab_file_free(struct ab_file *file);
