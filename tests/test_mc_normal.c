/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mc_normal.c: over a thousand seeds z of the kernel `mc` is normal, with mean 0 and variance
 * 1, and neighbouring seeds have nothing to do with each other.
 *
 * Every check rejects at FALSE_ALARM.  There are four a method: a sound generator fails a run of
 * this file with a probability of about 8·10^-6.  What each check has to find is put in on purpose.
 *
 * PIBENCH_TEST_SEED=n  the first seed of the thousand; random otherwise
 */

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "mc_stream.h"
#include "suite.h"

enum { SEEDS = 1000, BINS = 20, POINTS = 5 * MC_BLOCK_POINTS + 54321 };

static const double FALSE_ALARM = 1e-6;

static uint64_t first_seed;

struct sample {
  double z[SEEDS];
};

/* --- Checks: the probability that a sound generator does worse --- */

/* χ² over bins that are equally probable.  Hits are whole numbers, 470 of them in a standard
 * deviation; the edges lie between two of them, and the probabilities are those of the edges. */
static double bins_p(const struct sample *sample)
{
  const double hit = 1 / sqrt(POINTS * M_PI_4 * (1 - M_PI_4)); /* the z of one more hit */
  const double mean = POINTS * M_PI_4, half = 0.5 - (mean - floor(mean));
  double chi2 = 0, below = 0;
  for (unsigned bin = 1, done = 0; bin <= BINS; bin++) {
    double edge = INFINITY;
    if (bin < BINS)
      edge = (floor(gsl_cdf_ugaussian_Pinv((double)bin / BINS) / hit) + half) * hit;
    unsigned up_to = 0;
    for (unsigned i = 0; i < SEEDS; i++)
      up_to += sample->z[i] < edge;
    double expected = SEEDS * (gsl_cdf_ugaussian_P(edge) - below);
    chi2 += pow(up_to - done - expected, 2) / expected;
    done = up_to;
    below = gsl_cdf_ugaussian_P(edge);
  }
  return gsl_cdf_chisq_Q(chi2, BINS - 1);
}

static double two_sided_p(double z)
{
  return 2 * gsl_cdf_ugaussian_Q(fabs(z));
}

static double mean_p(const struct sample *sample)
{
  double sum = 0;
  for (unsigned i = 0; i < SEEDS; i++)
    sum += sample->z[i];
  return two_sided_p(sum / sqrt(SEEDS));
}

/* Too small is as wrong as too large. */
static double variance_p(const struct sample *sample)
{
  double squares = 0;
  for (unsigned i = 0; i < SEEDS; i++)
    squares += sample->z[i] * sample->z[i];
  return 2 * fmin(gsl_cdf_chisq_P(squares, SEEDS), gsl_cdf_chisq_Q(squares, SEEDS));
}

/* The products of neighbours have mean 0 and variance 1, and are uncorrelated. */
static double neighbours_p(const struct sample *sample)
{
  double sum = 0;
  for (unsigned i = 1; i < SEEDS; i++)
    sum += sample->z[i - 1] * sample->z[i];
  return two_sided_p(sum / sqrt(SEEDS - 1));
}

static const struct {
  const char *name;
  double (*p)(const struct sample *sample);
} checks[] = {
    {"bins", bins_p}, {"mean", mean_p}, {"variance", variance_p}, {"neighbours", neighbours_p}};

enum { BINS_CHECK, MEAN_CHECK, VARIANCE_CHECK, NEIGHBOURS_CHECK, CHECKS };

/* --- The kernel --- */

static double z_of_seed(const struct method *method, uint64_t seed)
{
  struct job job = {.kernel = &kernel_mc, .method = method, .seed = seed};
  job.values[0] = POINTS;
  const struct variant *variant = method->variants;
  while (variant[1].name && !(variant[1].needs & ~cpu_features()))
    variant++;
  void *plan;
  ck_assert_int_eq(kernel_mc.prepare(&job, &plan), 0);
  union mc_stream_counts counts;
  partial_init(&counts.partial, sizeof(uint64_t));
  ck_assert_int_eq(variant->run(plan, (struct range){0, kernel_mc.units(plan)}, &counts.partial),
                   0);
  struct answer answer;
  answer_init(&answer, sizeof answer);
  ck_assert_int_eq(kernel_mc.finish(plan, &counts.partial, &answer), 0);
  kernel_mc.release(plan);
  return answer_find(&answer, "pi")->z;
}

static struct sample sample_of_kernel(const char *method)
{
  struct sample sample;
  for (unsigned i = 0; i < SEEDS; i++)
    sample.z[i] = z_of_seed(mc_stream_method(method), first_seed + i);
  return sample;
}

START_TEST(z_is_standard_normal_and_seeds_are_independent)
{
  const char *method = _i ? "plain" : "lazy";
  struct sample sample = sample_of_kernel(method);
  for (unsigned check = 0; check < CHECKS; check++) {
    double p = checks[check].p(&sample);
    printf("# %s, %s: p = %.3g\n", method, checks[check].name, p);
    fflush(stdout);
    ck_assert_msg(p > FALSE_ALARM, "%s, %s: p = %g (PIBENCH_TEST_SEED=%" PRIu64 ")", method,
                  checks[check].name, p, first_seed);
  }
}
END_TEST

/* --- What the checks have to find --- */

/* Quantiles of the normal distribution in a fixed shuffled order: all checks are content. */
static struct sample sample_of_normal(void)
{
  struct sample sample;
  for (unsigned i = 0; i < SEEDS; i++) {
    unsigned j = (unsigned)(mc_mix64(i) % (i + 1));
    sample.z[i] = sample.z[j];
    sample.z[j] = gsl_cdf_ugaussian_Pinv((i + 0.5) / SEEDS);
  }
  return sample;
}

START_TEST(normal_quantiles_are_accepted)
{
  struct sample sample = sample_of_normal();
  for (unsigned check = 0; check < CHECKS; check++)
    ck_assert_msg(checks[check].p(&sample) > 0.01, "%s", checks[check].name);
}
END_TEST

/* A bias of a fifth of the standard error: 5·10^-5 of the estimate. */
START_TEST(a_small_bias_is_found)
{
  struct sample sample = sample_of_normal();
  for (unsigned i = 0; i < SEEDS; i++)
    sample.z[i] += 0.2;
  ck_assert_double_lt(checks[MEAN_CHECK].p(&sample), FALSE_ALARM);
}
END_TEST

START_TEST(a_wrong_standard_error_is_found)
{
  struct sample wide = sample_of_normal(), narrow = wide;
  for (unsigned i = 0; i < SEEDS; i++) {
    wide.z[i] *= 1.15;
    narrow.z[i] *= 0.85;
  }
  ck_assert_double_lt(checks[VARIANCE_CHECK].p(&wide), FALSE_ALARM);
  ck_assert_double_lt(checks[VARIANCE_CHECK].p(&narrow), FALSE_ALARM);
}
END_TEST

/* Uniform with mean 0 and variance 1. */
START_TEST(another_distribution_is_found)
{
  struct sample sample = sample_of_normal();
  for (unsigned i = 0; i < SEEDS; i++)
    sample.z[i] = sqrt(12) * (gsl_cdf_ugaussian_P(sample.z[i]) - 0.5);
  ck_assert_double_lt(checks[BINS_CHECK].p(&sample), FALSE_ALARM);
  ck_assert_double_gt(checks[MEAN_CHECK].p(&sample), 0.01);
  ck_assert_double_gt(checks[VARIANCE_CHECK].p(&sample), 0.01);
}
END_TEST

/* As if a fifth of the blocks of a seed were those of the seed before. */
START_TEST(seeds_that_share_blocks_are_found)
{
  struct sample own = sample_of_normal(), sample = own;
  for (unsigned i = 1; i < SEEDS; i++)
    sample.z[i] = sqrt(0.8) * own.z[i] + sqrt(0.2) * own.z[i - 1];
  ck_assert_double_lt(checks[NEIGHBOURS_CHECK].p(&sample), FALSE_ALARM);
}
END_TEST

int main(void)
{
  first_seed = suite_seed(mc_mix64((uint64_t)time(NULL)));
  Suite *suite = suite_create("mc_normal");
  TCase *tests = tcase_create("z");
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, z_is_standard_normal_and_seeds_are_independent, 0, 2);
  tcase_add_test(tests, normal_quantiles_are_accepted);
  tcase_add_test(tests, a_small_bias_is_found);
  tcase_add_test(tests, a_wrong_standard_error_is_found);
  tcase_add_test(tests, another_distribution_is_found);
  tcase_add_test(tests, seeds_that_share_blocks_are_found);
  suite_add_tcase(suite, tests);
  return suite_run(suite);
}
