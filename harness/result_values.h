/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_values.h: single values of untrusted JSON.  Inside result_*.c and ab_read.c only. */
#pragma once

#include "result_read.h"

/* Longer than any run, so that sums and ratios of times stay finite. */
#define TIME_MOST_S 1e9

/* The first thing that is wrong ends the reading: what comes later must not hide it, and yields
 * harmless values. */
struct reader {
  const char *name; /* of the file */
  char where[96];   /* the object that is read: "benchmarks[0].runs[2]"; "": the file's own */
  char *message;    /* [RESULT_MESSAGE] */
  int error;        /* 0, or what the reading returns */
};

/* "FILE: where.key ..." and -EBADMSG, if nothing failed before. */
__attribute__((format(printf, 3, 4))) void reader_fail(struct reader *r, const char *key,
                                                       const char *format, ...);
void reader_fail_memory(struct reader *r);

/* A control character could take over the terminal of who reads a table. */
bool reader_is_printable(const char *text);

/* Each takes the value of a key and fails where it is not what it should be. */
const char *read_text(struct reader *r, const json_t *object, const char *key); /* not empty */
const char *read_text_or_null(struct reader *r, const json_t *object, const char *key);
const char *read_time(struct reader *r, const json_t *object, const char *key); /* RFC 3339, UTC */
const char *read_digits(struct reader *r, const json_t *object, const char *key);
const char *read_digits_or_null(struct reader *r, const json_t *object, const char *key);
bool read_truth(struct reader *r, const json_t *object, const char *key);
int read_whole(struct reader *r, const json_t *object, const char *key, int most); /* from 1 */
/* From 0 to most; null and a missing one are NaN. */
double read_number(struct reader *r, const json_t *value, const char *key, double most);
double read_number_at(struct reader *r, const json_t *object, const char *key);
json_t *read_object(struct reader *r, const json_t *object, const char *key);
json_t *read_array(struct reader *r, const json_t *object, const char *key);

/* All benchmarks of the file.  In result_rows.c. */
void read_benchmarks(struct reader *r, struct result_file *file);
