/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fits.h: laws of scaling, fitted to rows of one regime.
 *
 * Amdahl (1967): T_P = T_1 (s + (1 - s)/P), s the serial fraction of a fixed amount of work; no
 * number of workers gives more than 1/s.  Gustafson (1988): with work that grows with P, each
 * worker's part being fixed, s is the serial fraction of the parallel run's time, and the scaled
 * speedup (work per time over that of one) is S = P - s (P - 1): every worker adds 1 - s.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statistics.h"

struct fit {
  bool known;
  struct estimate fraction; /* s; 95 % by bootstrap over rounds */
};

/*
 * Fits Amdahl's law by least squares on ln T.  times[r * rounds + i] is row r's time in round i;
 * workers[r] its workers (the serial row counts as 1).  Bootstrap over whole rounds (Efron 1979),
 * so that what rows of a round have in common stays in common; `seed` makes it repeatable. Not
 * known with fewer than six rounds or without a row of two workers or more. Returns 0 or -ENOMEM.
 */
int fit_amdahl(const double *times, const unsigned *workers, size_t rows, size_t rounds,
               uint64_t seed, struct fit *ret_fit);

/*
 * Fits Gustafson's law by least squares on S.  As above, but the first row is the one that S is
 * relative to, and times are per work of one worker: a row that does P times the work in the same
 * time has 1/P of it.  The fraction is negative where rows scale better than their number.
 */
int fit_gustafson(const double *times, const unsigned *workers, size_t rows, size_t rounds,
                  uint64_t seed, struct fit *ret_fit);

/* The same fractions from one ln T of each row, without an interval.  One row at least must have
 * two workers or more. */
double fit_amdahl_exact(double *ln_times, const unsigned *workers, size_t rows);
double fit_gustafson_exact(double *ln_times, const unsigned *workers, size_t rows);
