/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor.c: can this machine measure?  A/A pairs give the noise that a comparison would have to
 * rise above, and judging makes verdicts of figures.
 */

#include "doctor.h"

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "clock.h"
#include "compute.h"
#include "job.h"
#include "measure.h"

enum doctor_verdict doctor_judge(double figure, double fine_most, double note_most)
{
  if (isnan(figure))
    return DOCTOR_UNKNOWN;
  return figure <= fine_most ? DOCTOR_FINE : figure <= note_most ? DOCTOR_NOTE : DOCTOR_BAD;
}

enum doctor_verdict doctor_overall(const enum doctor_verdict *verdicts, size_t n)
{
  enum doctor_verdict worst = DOCTOR_FINE;
  for (size_t i = 0; i < n; i++)
    if (verdicts[i] != DOCTOR_UNKNOWN && verdicts[i] > worst)
      worst = verdicts[i];
  return worst;
}

/* --- The smallest change that can be shown --- */

#define TRIAL_S  0.003 /* from here on a trial tells how long a sample of another size takes */
#define SAMPLE_S 0.030
enum { PAIRS_LEAST = 6, PAIRS_MOST = 1000 };

static int serial_sample(const struct job *job, const struct placement *placement,
                         double *ret_wall_s, double *ret_cpu_s, struct fault *ret_fault)
{
  const char *why;
  struct workload workload;
  struct sample sample;
  struct team team = {
      .placement = placement,
      .workers = 1,
      .serial = true,
      .pin = measure_will_pin(placement, PIN_AUTO, &why),
      .repeats = 1,
  };
  int r = compute(job, &team, &workload, &sample, ret_fault);
  if (r < 0)
    return r;
  *ret_wall_s = sample.wall_s;
  *ret_cpu_s = (double)sample.records[0].used.cpu_ns * 1e-9;
  sample_release(&sample);
  workload_release(&workload);
  return 0;
}

/* A digit and zeros, so that a sample takes about SAMPLE_S of CPU time. */
static int change_size(struct job *job, const struct placement *placement, struct fault *ret_fault)
{
  int size = job_size_index(job);
  if (size < 0 || job->values[size])
    return 0;
  uint64_t most = job->kernel->parameters[size].maximum;
  double wall_s, cpu_s;
  for (job_size_set(job, 1000);; job_size_set(job, 10 * job->values[size])) {
    int r = serial_sample(job, placement, &wall_s, &cpu_s, ret_fault);
    if (r < 0)
      return r;
    if (cpu_s >= TRIAL_S || job->values[size] > most / 10)
      break;
  }
  double factor = fmin(floor(SAMPLE_S / cpu_s), 9);
  if (factor > 1 && job->values[size] <= most / 10)
    job_size_set(job, job->values[size] * (uint64_t)factor);
  return 0;
}

/* A and B are the same; which of them goes first is drawn. */
static int change_pair(const struct job *job, const struct placement *placement, gsl_rng *rng,
                       double *ret_ratio, double *ret_wall_s, struct fault *ret_fault)
{
  double wall_s[2], cpu_s;
  unsigned first = (unsigned)gsl_rng_uniform_int(rng, 2);
  for (unsigned i = 0; i < 2; i++) {
    int r = serial_sample(job, placement, &wall_s[first ^ i], &cpu_s, ret_fault);
    if (r < 0)
      return r;
  }
  *ret_ratio = log(wall_s[0]) - log(wall_s[1]);
  *ret_wall_s = wall_s[0];
  return 0;
}

int doctor_change_measure(const struct job *given, const struct placement *placement, size_t pairs,
                          double max_s, struct doctor_change *ret_change, struct fault *ret_fault)
{
  assert(pairs >= 1 && pairs <= PAIRS_MOST);
  double ratios[PAIRS_MOST], walls[PAIRS_MOST];
  struct job job = *given;
  struct estimate wall;
  size_t n = 0;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
  int r = rng ? change_size(&job, placement, ret_fault) : -ENOMEM;
  uint64_t begin = clock_now_ns();
  for (; r == 0 && n < pairs; n++) {
    if (n >= PAIRS_LEAST && (double)(clock_now_ns() - begin) * 1e-9 > max_s)
      break;
    r = change_pair(&job, placement, rng, &ratios[n], &walls[n], ret_fault);
  }
  if (r == 0)
    r = statistics_median(walls, n, 0.95, &wall);
  if (r == 0)
    r = statistics_median(ratios, n, 0.95, &ret_change->ratio);
  if (r == 0) {
    ret_change->pairs = n;
    ret_change->sample_s = wall.value;
  }
  if (rng)
    gsl_rng_free(rng);
  return r;
}

double doctor_smallest_change(const struct doctor_change *change, size_t rounds)
{
  double half_width = (change->ratio.high - change->ratio.low) / 2;
  double now = half_width + fabs(change->ratio.value);
  return expm1(now * sqrt((double)change->pairs / (double)rounds));
}
