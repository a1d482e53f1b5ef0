/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gsl.c: points by generators of the GNU Scientific Library. */

#include <gsl/gsl_rng.h>

#include "timed.h"

static uint64_t count(const gsl_rng_type *type, uint64_t points, uint64_t seed)
{
  gsl_rng *generator = gsl_rng_alloc(type);
  gsl_rng_set(generator, seed);
  uint64_t hits = 0;
  for (uint64_t i = 0; i < points; i++) {
    double x = gsl_rng_uniform(generator), y = gsl_rng_uniform(generator);
    hits += x * x + y * y < 1;
  }
  gsl_rng_free(generator);
  return hits;
}

static uint64_t taus2(uint64_t points, uint64_t seed)
{
  return count(gsl_rng_taus2, points, seed);
}

static uint64_t mt19937(uint64_t points, uint64_t seed)
{
  return count(gsl_rng_mt19937, points, seed);
}

int main(int argc, char **argv)
{
  static const struct method methods[] = {{"taus2", taus2}, {"mt19937", mt19937}, {NULL, NULL}};
  return timed_main(methods, argc, argv);
}
