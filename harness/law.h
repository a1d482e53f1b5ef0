/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * law.h: the law of scaling that a benchmark's rows follow, told only where their loss is serial.
 *
 * Amdahl's and Gustafson's laws, and Karp and Flatt's number, call every loss a serial fraction: a
 * core that two workers share, a lower clock or a CPU that others had, too.  But the workers' own
 * stamps tell how much of the work one of them did alone (merge, finish, a part put in on purpose).
 * A fitted fraction is believed where its interval holds that part, or where the part makes up most
 * of it, and then the interval is widened to hold it.  Else the loss has another cause, and there
 * is no serial fraction to tell.
 */
#pragma once

#include "breakdown.h"
#include "fits.h"

enum unfitted {
  FITTED,
  UNFITTED_ROUNDS,    /* fewer than six */
  UNFITTED_ROWS,      /* none of two workers or more in the first regime */
  UNFITTED_POOL,      /* tasks of very unequal length limit it, no serial part */
  UNFITTED_DISTURBED, /* others had our CPUs in most rounds */
  UNFITTED_SHORT,     /* a row is too short to trust */
  UNFITTED_LOSS,      /* the rows lose more than is serial: see `loss` */
  UNFITTED_GAIN,      /* they lose less: workers computed faster than the serial run */
};

struct law {
  enum unfitted unfitted;
  struct estimate fraction; /* only if FITTED; 95 % */
  double alone;             /* part of the work that one worker did alone, by its stamps; NaN */
  unsigned counts;          /* of workers, two or more: one alone cannot test the law */
  unsigned most;            /* workers of the last row in the fit */
  enum factor loss;         /* UNFITTED_LOSS: the largest but serialisation, ... */
  double loss_factor;       /* ... what it is in the row of ... */
  unsigned loss_workers;    /* ... so many workers */
};

struct benchmark;
struct placement;
struct row;

/* Fits Amdahl's law, or under weak scaling Gustafson's, to the summarised rows of the first regime.
 * Returns 0 or -ENOMEM. */
int law_fit(const struct benchmark *benchmark, const struct placement *placement,
            struct law *ret_law);

/* Karp and Flatt's fraction of one row, with the interval of its speedup; NaN where the interval
 * holds 0, where the cores are not alike, or where the loss is not serial. */
struct estimate law_karp_flatt(const struct row *row);

/* "other_loss", ... in the result file; NULL where the law was fitted. */
const char *law_unfitted_key(const struct law *law);

/* Of such a key why, in half a sentence.  NULL where it is none of ours, and for "other_loss" and
 * "faster_workers", which `alone` explains. */
const char *law_unfitted_reason(const char *key);
