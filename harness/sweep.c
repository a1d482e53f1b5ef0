/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c: the sizes of a sweep, and the exponent with which time grows. */

#include "sweep.h"

#include <errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { BOOTSTRAPS = 1000, TIMES_LEAST = 6 };

/* --- Sizes --- */

/* Three significant digits. */
static uint64_t round_size(double size)
{
  double unit = pow(10, fmax(floor(log10(size) + 1e-9) - 2, 0));
  return (uint64_t)(round(size / unit) * unit);
}

static int make_sizes(uint64_t from, uint64_t to, unsigned steps, struct sweep *sweep)
{
  sweep->count = 0;
  for (unsigned i = 0;; i++) {
    double exact = (double)from * pow(10, (double)i / steps);
    bool last = exact > (double)to * (1 - 1e-6);
    uint64_t size = i && !last ? round_size(exact) : from;
    if (last || size > to)
      size = to;
    if (sweep->count && size <= sweep->sizes[sweep->count - 1]) {
      if (size == to)
        return 0;
      continue; /* small sizes round to the same */
    }
    if (sweep->count == SWEEP_SIZES)
      return -E2BIG;
    sweep->sizes[sweep->count++] = size;
    if (size == to)
      return 0;
  }
}

/* FROM:TO[:STEPS]; what is between two colons is copied out. */
static int read_range(char *range, uint64_t *from, uint64_t *to, uint64_t *steps)
{
  const char *first = strsep(&range, ":"), *second = strsep(&range, ":");
  *steps = 1;
  if (!second || number_parse(first, from) < 0 || number_parse(second, to) < 0)
    return -EINVAL;
  if (range && (number_parse(range, steps) < 0 || *steps < 1 || *steps > SWEEP_STEPS_MOST))
    return -EINVAL;
  return 0;
}

int sweep_parse(const char *text, const struct job *job, struct sweep *ret_sweep,
                char message[JOB_MESSAGE])
{
  char range[96];
  uint64_t from, to, steps;
  int index = job_size_index(job);
  size_t key = strcspn(text, "=");
  const char *kernel = job->kernel->name;
  if (index < 0) {
    snprintf(message, JOB_MESSAGE, "--sweep needs a kernel with a size; %s has none", kernel);
    return -EINVAL;
  }
  const struct parameter *size = &job->kernel->parameters[index];
  if (strlen(size->name) != key || strncmp(text, size->name, key) != 0) {
    snprintf(message, JOB_MESSAGE, "--sweep '%.40s': the size of %s is %s: accepted is %s=FROM:TO",
             text, kernel, size->name, size->name);
    return -EINVAL;
  }
  if (job->values[index]) {
    snprintf(message, JOB_MESSAGE, "--sweep gives %s, so %s may not", size->name, kernel);
    return -EINVAL;
  }
  snprintf(range, sizeof range, "%s", text[key] ? text + key + 1 : "");
  if (strlen(text) - key >= sizeof range || read_range(range, &from, &to, &steps) < 0) {
    snprintf(message, JOB_MESSAGE,
             "--sweep '%.40s' is not %s=FROM:TO or %s=FROM:TO:STEPS with whole numbers, 1 to %d "
             "steps per decade",
             text, size->name, size->name, SWEEP_STEPS_MOST);
    return -EINVAL;
  }
  if (from > to || from < size->minimum || to > size->maximum) {
    snprintf(message, JOB_MESSAGE,
             "--sweep '%.40s' is out of range: FROM at least %" PRIu64 ", TO at most %" PRIu64
             ", FROM not above TO",
             text, size->minimum, size->maximum);
    return -EINVAL;
  }
  if (make_sizes(from, to, (unsigned)steps, ret_sweep) < 0) {
    snprintf(message, JOB_MESSAGE, "--sweep '%.40s' has more than %d sizes", text, SWEEP_SIZES);
    return -EINVAL;
  }
  return 0;
}

/* --- The exponent --- */

static double slope(const double *ln_size, const double *ln_time, size_t count)
{
  double intercept, exponent, c00, c01, c11, sum;
  gsl_fit_linear(ln_size, 1, ln_time, 1, count, &intercept, &exponent, &c00, &c01, &c11, &sum);
  return exponent;
}

/* ln of the median of the times, or of as many drawn from them. */
static double ln_median(const struct sweep_times *size, gsl_rng *rng, double *scratch)
{
  for (size_t i = 0; i < size->n; i++)
    scratch[i] = size->times[rng ? gsl_rng_uniform_int(rng, size->n) : i];
  gsl_sort(scratch, 1, size->n);
  return log(gsl_stats_median_from_sorted_data(scratch, 1, size->n));
}

static double exponent_once(const struct sweep_times *sizes, size_t count, gsl_rng *rng,
                            double *scratch)
{
  double ln_size[SWEEP_SIZES], ln_time[SWEEP_SIZES];
  for (size_t i = 0; i < count; i++) {
    ln_size[i] = log(sizes[i].size);
    ln_time[i] = ln_median(&sizes[i], rng, scratch);
  }
  return slope(ln_size, ln_time, count);
}

int sweep_exponent(const struct sweep_times *sizes, size_t count, uint64_t seed,
                   struct estimate *ret_exponent)
{
  size_t most = 1, least = SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    most = sizes[i].n > most ? sizes[i].n : most;
    least = sizes[i].n < least ? sizes[i].n : least;
  }
  struct estimate exponent = {NAN, NAN, NAN};
  double *scratch = calloc(most, sizeof *scratch), *drawn = calloc(BOOTSTRAPS, sizeof *drawn);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = scratch && drawn && rng ? 0 : -ENOMEM;
  if (r == 0 && count >= 2 && count <= SWEEP_SIZES)
    exponent.value = exponent_once(sizes, count, NULL, scratch);
  if (r == 0 && isfinite(exponent.value) && least >= TIMES_LEAST) {
    gsl_rng_set(rng, (unsigned long)seed);
    for (int b = 0; b < BOOTSTRAPS; b++)
      drawn[b] = exponent_once(sizes, count, rng, scratch);
    gsl_sort(drawn, 1, BOOTSTRAPS);
    exponent.low = drawn[(int)(0.025 * BOOTSTRAPS)];
    exponent.high = drawn[(int)(0.975 * BOOTSTRAPS)];
  }
  if (rng)
    gsl_rng_free(rng);
  free(scratch);
  free(drawn);
  if (r == 0)
    *ret_exponent = exponent;
  return r;
}

const char *sweep_time(double seconds, const char *microseconds, char text[SWEEP_TIME])
{
  double value = seconds >= 1 ? seconds : seconds >= 1e-3 ? seconds * 1e3 : seconds * 1e6;
  const char *unit = seconds >= 1 ? "s" : seconds >= 1e-3 ? "ms" : microseconds;
  snprintf(text, SWEEP_TIME, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
  return text;
}

const char *sweep_sentence(const char *key, struct estimate e, const struct sweep_times *sizes,
                           size_t count, const char *dash, char text[SWEEP_SENTENCE])
{
  char from[NUMBER_TEXT], end[NUMBER_TEXT], range[48] = "", doubt[96];
  if (!isfinite(e.value)) {
    snprintf(text, SWEEP_SENTENCE,
             "Fewer than two sizes last %g ms serially: how time grows cannot be told.",
             SWEEP_SHORTEST_S * 1e3);
    return text;
  }
  snprintf(doubt, sizeof doubt, "too few rounds for an interval: it takes %d that count",
           TIMES_LEAST);
  if (isfinite(e.low))
    snprintf(range, sizeof range, " (%.3f %s %.3f)", e.low, dash, e.high);
  snprintf(
      text, SWEEP_SENTENCE,
      "Serial time grows as %.64s^%.3f%s over the %zu sizes from %s to %s, which last %g ms or "
      "more; %s.",
      key, e.value, range, count, number_text((uint64_t)sizes[0].size, from),
      number_text((uint64_t)sizes[count - 1].size, end), SWEEP_SHORTEST_S * 1e3,
      isfinite(e.low) ? "the interval tells noise, not whether it is a power at all" : doubt);
  return text;
}
