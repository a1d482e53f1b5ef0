/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ab.h: two sides run in turn, block by block, and what that says of a threshold.
 *
 * A block is four runs, old new new old or new old old new (regression.h).  A run is one process of
 * one side and takes a few samples of every row; its time is the median of those in which others
 * did not hold our CPUs for more than 2 %, by what the system recorded (where all were held back,
 * the one that was least).  A block's change is ln(new/old), so each comparison has one value per
 * block.
 *
 *   AB_SAME     blocks in which both sides are the old one: what noise alone looks like
 *   AB_FIRST    the blocks that decide
 *   AB_CONFIRM  as many again, for rows that look slower: both have to say so
 *
 * The threshold is what was asked for: noise never moves it.
 */
#pragma once

#include <jansson.h>

#include "regression.h"
#include "result_read.h"

enum ab_phase { AB_SAME, AB_FIRST, AB_CONFIRM, AB_PHASES };
enum ab_side { AB_OLD, AB_NEW, AB_SIDES };

/* Their names in a result file. */
extern const char *const ab_phase_names[AB_PHASES];

enum { AB_BLOCKS_SAME = 6 }; /* the fewest that have a 95 % interval */

/* What one run took for one row. */
struct ab_time {
  double time_s;  /* NaN: it has not run */
  bool disturbed; /* every sample of it was */
  size_t n;
  double *samples_s; /* [n] */
};

struct ab_row {
  char name[RESULT_ROW_NAME]; /* as result_row_name(), or "whole process" */
  bool serial;
  unsigned workers;
  char backend[16];
  struct ab_time *times[AB_PHASES];    /* [blocks * BLOCK_RUNS], in the order in which they ran */
  double *changes[AB_PHASES];          /* [blocks] */
  struct comparison result[AB_PHASES]; /* n is 0 where the phase was not run */
  double median_s[AB_SIDES];           /* over the runs of AB_FIRST */
  size_t disturbed;                    /* runs of AB_FIRST */
  enum ruling ruling;
};

struct ab_benchmark {
  char *name;
  char *unlike;                     /* why the two cannot be compared: not timed; NULL */
  char variant[AB_SIDES][16];       /* "" for commands */
  json_t *counters;                 /* work of one serial sample, as both sides count it; NULL for
                                       commands */
  char *uncompared;                 /* counters that one side has alone, in words; NULL */
  long long instructions[AB_SIDES]; /* of one serial and one 1-worker sample; 0: not counted */
  bool more_instructions;           /* by more than 1 % */
  char counted_variant[16];         /* that the new side ran meanwhile */
  struct ab_row *rows;
  size_t row_count;
};

struct ab {
  double threshold; /* 0.05: 5 % */
  size_t blocks[AB_PHASES];
  bool *new_first[AB_PHASES]; /* [blocks] */
  struct ab_benchmark *benchmarks;
  size_t count;
};

/*
 * Prepares from one result of each side, both of the same run arguments: which benchmarks can be
 * compared and which did different work (they keep only a name and why).  Returns 0 or -ENOMEM.
 */
int ab_from_results(const struct result_file *old, const struct result_file *new,
                    struct ab *ret_ab);

/* Prepares for two programs of any kind: one benchmark of one row.  0, -ENOMEM. */
int ab_from_commands(const char *name, struct ab *ret_ab);

/* Makes room for so many blocks of a phase and draws their order.  0, -ENOMEM. */
int ab_plan(struct ab *ab, enum ab_phase phase, size_t blocks, unsigned long seed);

/* Room for the blocks of a phase whose number and order are set already.  0, -ENOMEM. */
int ab_make_room(struct ab *ab, enum ab_phase phase);

/* The side that runs at run 0 ... 4 * blocks - 1 of a phase. */
enum ab_side ab_side_at(const struct ab *ab, enum ab_phase phase, size_t run);

/* Puts one run's samples into the rows.  -ENODATA: a row of the plan is not in it, or has no
 * samples; -EBADMSG: wrong digits; -ENOMEM. */
int ab_store(struct ab *ab, enum ab_phase phase, size_t run, const struct result_file *result);
/* The same for commands. */
int ab_store_time(struct ab *ab, enum ab_phase phase, size_t run, double wall_s);

/* Judges the phases that have run; sets rulings.  A row that looks slower stays RULING_REGRESSED
 * only if it is confirmed, or if AB_CONFIRM has not run yet.  0, -ENOMEM. */
int ab_judge(struct ab *ab);

/* Whether a benchmark's rows look slower in AB_FIRST: to be confirmed. */
bool ab_looks_slower(const struct ab_benchmark *benchmark);

enum { AB_REASON = 320 };

/* Half a sentence: why a row is ruled so.  Returns text. */
const char *ab_reason(const struct ab *ab, const struct ab_row *row, char text[AB_REASON]);

/* "benchmarks" of a result file pibench-ab/1 (results/schema-ab.json).  NULL: no memory. */
json_t *ab_benchmarks_json(const struct ab *ab);
/* "phases" of it: blocks and their order. */
json_t *ab_phases_json(const struct ab *ab);
/* The word for the order of a block there: "old new new old". */
const char *ab_block_order(enum ab_phase phase, bool new_first);

/* Accepts what is all zero. */
void ab_release(struct ab *ab);
