/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * result_read.h: result files of the form pibench-result/1, read without trust.
 *
 * A file may be cut short, edited by hand, written by a newer pibench, or made to do harm.  What is
 * handed out has been checked: objects and arrays are what the schema says wherever a field below
 * comes from them, times are above 0 and finite, counts are digits, no text that might be printed
 * holds a control character, medians agree with the samples they were taken from.  What no field
 * below stands for (the topology's XML, answers, breakdowns) is not checked; get it from `json`,
 * with Jansson's checks of types.
 *
 * Reading takes at most RESULT_BYTES_MOST of text, and stays below 200 MB and a second: of the
 * files that mean harm in tests/cli/test_gate.py the worst, just within all limits, took 89 MB and
 * 0.35 s.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  RESULT_MESSAGE = 512,
  RESULT_BYTES_MOST = 16 << 20, /* of a file */
  RESULT_DEPTH_MOST = 16,       /* arrays and objects inside each other; ours have 8 */
  RESULT_VALUES_MOST = 500000,  /* a thousand times what a usual file has */
};

/* One row of a table.  Unknown numbers are NaN. */
struct result_row {
  bool serial, pinned;
  const char *backend;
  unsigned workers;     /* 1 or more */
  const char *work;     /* digits */
  const char *size;     /* weak scaling: the row's own size, digits; else NULL */
  json_t *counters;     /* an object: names to digits */
  size_t n;             /* samples */
  double *samples_s;    /* [n]: entry i belongs to round i; above 0, or NaN where it is not known */
  double median_s;      /* of those that count; NaN without any */
  double low_s, high_s; /* its 95 % interval */
  double minimum_s, mad_s;
  double rate_per_s, speedup, speedup_low, speedup_high, capacity, efficiency; /* as written */
  json_t *json;
};

enum result_right { RESULT_UNVERIFIED, RESULT_RIGHT, RESULT_WRONG };

struct result_benchmark {
  const char *name, *kernel, *method, *variant, *unit;
  const char *verification; /* what it was verified with, or on what it failed; NULL */
  int revision;
  enum result_right right;
  bool too_short;                /* times not to be trusted */
  bool sustained;                /* of --sustain: rows without samples */
  double slowed_on_purpose;      /* --inject: 0.05 for 5 %; 0: not */
  double serial_part_on_purpose; /* --serial-fraction; 0: none */
  size_t rounds;                 /* of the longest row */
  bool *disturbed;               /* [rounds]: something from outside did, as was recorded */
  bool *set_aside;               /* [rounds]: and it was left out of medians */
  struct result_row *rows;       /* rows[0] is the serial one */
  size_t row_count;
  json_t *json;
};

/* Strings that may be NULL: unknown. */
struct result_machine {
  const char *fingerprint, *cpu_model, *microcode, *governor, *virtualised;
  const char *allowed_cpus; /* the mask, such as 0-3 */
  const char *place, *pin;
  double quota_cpus; /* NaN: none */
  bool this_system;  /* false: an imaginary topology, nothing was pinned */
};

struct result_software {
  const char *kernel, *compiler, *flags, *gmp_version, *gmp_path, *mpfr, *hwloc, *libc;
};

/* One file.  Strings and json_t live as long as it does; json_t are borrowed. */
struct result_file {
  char *name;                   /* as it was given */
  bool complete;                /* everything asked for was measured */
  const char *error;            /* what ended it early; NULL */
  const char *label;            /* NULL: none */
  const char *started_at;       /* 2026-11-22T18:46:57Z: sorts as text */
  const char *version, *commit; /* of pibench; commit may be NULL */
  const char *profile, *suite;  /* suite NULL: kernels were named */
  const char *seed, *schedule;  /* schedule NULL: by default */
  bool weak;                    /* --scaling weak: rows have jobs of their own */
  struct result_machine machine;
  struct result_software software;
  struct result_benchmark *benchmarks;
  size_t benchmark_count;
  json_t *json;
};

/*
 * Reads a file, or what a program wrote (text; `name` is for messages).  To be released with
 * result_file_free().  Returns 0, or with one line in message that names the file and what is wrong
 * where:
 *   -EBADMSG          it is no result, or one that cannot be right
 *   -EPROTONOSUPPORT  it is a result of another form: of a newer pibench, or of `pibench ab`
 *   -ENOMEM, or what open() and read() say
 */
int result_file_read(const char *path, struct result_file **ret_file, char message[RESULT_MESSAGE]);
int result_text_read(const char *name, const char *text, size_t length,
                     struct result_file **ret_file, char message[RESULT_MESSAGE]);
/* The same of JSON that has been parsed; takes the reference, whatever it returns. */
int result_file_from(const char *name, json_t *json, struct result_file **ret_file,
                     char message[RESULT_MESSAGE]);

/* Accepts NULL. */
void result_file_free(struct result_file *file);

/* The benchmark of that name, or NULL. */
const struct result_benchmark *result_benchmark_find(const struct result_file *file,
                                                     const char *name);

/* The row with as many workers (and the backend), or the serial one; NULL. */
const struct result_row *result_row_find(const struct result_benchmark *benchmark, bool serial,
                                         unsigned workers, const char *backend);

enum { RESULT_ROW_NAME = 32 };

/* "serial", "1 worker", "2 threads".  Returns text. */
const char *result_row_name(const struct result_row *row, char text[RESULT_ROW_NAME]);

/* Whether it says of itself that it is a result of 'pibench ab': see ab_read.h. */
bool result_is_of_ab(const json_t *json);

/* Parses untrusted JSON within the limits above, duplicate keys refused.  Returns as
 * result_file_read().  For other files of ours: the caller releases *ret_json. */
int result_json_read(const char *path, json_t **ret_json, char message[RESULT_MESSAGE]);
int result_json_parse(const char *name, const char *text, size_t length, json_t **ret_json,
                      char message[RESULT_MESSAGE]);
