/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fits.c: laws of scaling, fitted to rows of one regime. */

#include "fits.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { BOOTSTRAPS = 1000, ROUNDS_LEAST = 6, STEPS = 60 };

/* Scratch of one fit. */
struct fitter {
  double (*solve)(struct fitter *fitter); /* the fraction, from the picked rounds */
  const double *times;
  const unsigned *workers;
  size_t rows, rounds;
  size_t *pick;    /* [rounds]: the rounds of this resample */
  double *column;  /* [rounds] */
  double *ln_time; /* [rows]: of the picked rounds, medians */
};

static void medians(struct fitter *f)
{
  for (size_t row = 0; row < f->rows; row++) {
    for (size_t i = 0; i < f->rounds; i++)
      f->column[i] = log(f->times[row * f->rounds + f->pick[i]]);
    gsl_sort(f->column, 1, f->rounds);
    f->ln_time[row] = gsl_stats_median_from_sorted_data(f->column, 1, f->rounds);
  }
}

/* Sum of squares for a serial fraction; the constant ln T_1 is the mean residual. */
static double squares(const struct fitter *f, double fraction)
{
  double sum = 0, sum_of_squares = 0;
  for (size_t row = 0; row < f->rows; row++) {
    double residual = f->ln_time[row] - log(fraction + (1 - fraction) / f->workers[row]);
    sum += residual;
    sum_of_squares += residual * residual;
  }
  return sum_of_squares - sum * sum / (double)f->rows;
}

/* The fraction in [0, 1] with the least squares, by golden section: the sum has one minimum, since
 * each model term is monotone in the fraction. */
static double minimise(const struct fitter *f)
{
  const double golden = (sqrt(5) - 1) / 2;
  double low = 0, high = 1;
  for (int step = 0; step < STEPS; step++) {
    double left = high - golden * (high - low), right = low + golden * (high - low);
    if (squares(f, left) < squares(f, right))
      high = right;
    else
      low = left;
  }
  return low < 1e-9 ? 0 : (low + high) / 2;
}

static double solve_amdahl(struct fitter *f)
{
  medians(f);
  return minimise(f);
}

/* ln T relative to the first row, paired by rounds. */
static void relative_medians(struct fitter *f)
{
  for (size_t row = 0; row < f->rows; row++) {
    for (size_t i = 0; i < f->rounds; i++)
      f->column[i] = log(f->times[row * f->rounds + f->pick[i]] / f->times[f->pick[i]]);
    gsl_sort(f->column, 1, f->rounds);
    f->ln_time[row] = gsl_stats_median_from_sorted_data(f->column, 1, f->rounds);
  }
}

/* The sum of (S - P + s (P - 1))^2 is least at s = sum (P - 1)(P - S) / sum (P - 1)^2. */
static double minimise_scaled(const struct fitter *f)
{
  double sum = 0, sum_of_squares = 0;
  for (size_t row = 1; row < f->rows; row++) {
    double more = f->workers[row] - 1.0, speedup = exp(f->ln_time[0] - f->ln_time[row]);
    sum += more * (f->workers[row] - speedup);
    sum_of_squares += more * more;
  }
  return sum / sum_of_squares;
}

static double solve_gustafson(struct fitter *f)
{
  relative_medians(f);
  return minimise_scaled(f);
}

static struct estimate bootstrap(struct fitter *f, gsl_rng *rng, double *fractions)
{
  struct estimate estimate;
  for (size_t i = 0; i < f->rounds; i++)
    f->pick[i] = i;
  estimate.value = f->solve(f);
  for (int b = 0; b < BOOTSTRAPS; b++) {
    for (size_t i = 0; i < f->rounds; i++)
      f->pick[i] = gsl_rng_uniform_int(rng, f->rounds);
    fractions[b] = f->solve(f);
  }
  gsl_sort(fractions, 1, BOOTSTRAPS);
  estimate.low = fractions[(int)(0.025 * BOOTSTRAPS)];
  estimate.high = fractions[(int)(0.975 * BOOTSTRAPS)];
  return estimate;
}

static bool can_tell(const unsigned *workers, size_t rows, size_t rounds)
{
  unsigned most = 0;
  for (size_t row = 0; row < rows; row++)
    most = workers[row] > most ? workers[row] : most;
  return rounds >= ROUNDS_LEAST && most >= 2;
}

static int fit(double (*solve)(struct fitter *), const double *times, const unsigned *workers,
               size_t rows, size_t rounds, uint64_t seed, struct fit *ret_fit)
{
  *ret_fit = (struct fit){.known = false, .fraction = {NAN, NAN, NAN}};
  if (!can_tell(workers, rows, rounds))
    return 0;
  struct fitter f = {solve,
                     times,
                     workers,
                     rows,
                     rounds,
                     calloc(rounds, sizeof *f.pick),
                     calloc(rounds, sizeof *f.column),
                     calloc(rows, sizeof *f.ln_time)};
  double *fractions = calloc(BOOTSTRAPS, sizeof *fractions);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = f.pick && f.column && f.ln_time && fractions && rng ? 0 : -ENOMEM;
  if (r == 0) {
    gsl_rng_set(rng, (unsigned long)seed);
    *ret_fit = (struct fit){.known = true, .fraction = bootstrap(&f, rng, fractions)};
  }
  if (rng)
    gsl_rng_free(rng);
  free(fractions);
  free(f.ln_time);
  free(f.column);
  free(f.pick);
  return r;
}

int fit_amdahl(const double *times, const unsigned *workers, size_t rows, size_t rounds,
               uint64_t seed, struct fit *ret_fit)
{
  return fit(solve_amdahl, times, workers, rows, rounds, seed, ret_fit);
}

int fit_gustafson(const double *times, const unsigned *workers, size_t rows, size_t rounds,
                  uint64_t seed, struct fit *ret_fit)
{
  return fit(solve_gustafson, times, workers, rows, rounds, seed, ret_fit);
}

double fit_amdahl_exact(double *ln_times, const unsigned *workers, size_t rows)
{
  return minimise(&(struct fitter){.ln_time = ln_times, .workers = workers, .rows = rows});
}

double fit_gustafson_exact(double *ln_times, const unsigned *workers, size_t rows)
{
  return minimise_scaled(&(struct fitter){.ln_time = ln_times, .workers = workers, .rows = rows});
}
