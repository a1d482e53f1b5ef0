/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_gate_simulation.c: how often a verdict of pibench ab and compare is wrong, by simulation.
 *
 * A run takes 1 s times what follows, and its time goes through the code that `pibench ab` uses
 * (harness/ab.h), from the plan of blocks to the ruling:
 *
 *   noise    log-normal, sigma of 0.5 to 4 %
 *   others   one run in twenty takes up to 30 % longer (exponential, mean 10 %)
 *   drift    5 % slower over the whole session, a swing of 2 % with a period of seven runs
 *   change   of the new side
 *
 * With PIBENCH_SLOW set the table of docs/measuring.md is printed (TAP comments), from 2000
 * sessions a cell; else fewer are drawn and only bounds are checked.  PIBENCH_TEST_SEED: another
 * seed.
 */

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ab.h"
#include "suite.h"

enum { BLOCKS = 20 };

static gsl_rng *rng;
static bool slow;

struct scene {
  double noise, change, threshold;
  bool drift;
};

static double draw_time(const struct scene *scene, enum ab_side side, size_t at, size_t of)
{
  double time = exp(gsl_ran_gaussian(rng, scene->noise));
  if (gsl_rng_uniform(rng) < 0.05)
    time *= 1 + fmin(gsl_ran_exponential(rng, 0.1), 0.3);
  if (scene->drift)
    time *= 1 + 0.05 * (double)at / (double)of + 0.02 * sin(2 * M_PI * (double)at / 7);
  return side == AB_NEW ? time * (1 + scene->change) : time;
}

static void run_phase(struct ab *ab, const struct scene *scene, enum ab_phase phase, size_t blocks,
                      size_t *at)
{
  ck_assert_int_eq(ab_plan(ab, phase, blocks, gsl_rng_get(rng)), 0);
  for (size_t run = 0; run < blocks * BLOCK_RUNS; run++, ++*at) {
    double time = draw_time(scene, ab_side_at(ab, phase, run), *at, 200);
    ck_assert_int_eq(ab_store_time(ab, phase, run, time), 0);
  }
  ck_assert_int_eq(ab_judge(ab), 0);
}

/* One whole session, as cmd_ab.c runs it. */
static enum ruling session(const struct scene *scene, bool *ret_holds)
{
  struct ab ab;
  size_t at = 0;
  ck_assert_int_eq(ab_from_commands("simulated", &ab), 0);
  ab.threshold = scene->threshold;
  run_phase(&ab, scene, AB_SAME, AB_BLOCKS_SAME, &at);
  run_phase(&ab, scene, AB_FIRST, BLOCKS, &at);
  if (ab_looks_slower(&ab.benchmarks[0]))
    run_phase(&ab, scene, AB_CONFIRM, BLOCKS, &at);
  const struct ab_row *row = &ab.benchmarks[0].rows[0];
  struct estimate change = row->result[AB_FIRST].change;
  double truth = log1p(scene->change);
  *ret_holds = change.low <= truth && truth <= change.high;
  enum ruling ruling = row->ruling;
  ab_release(&ab);
  return ruling;
}

struct tally {
  double part[RULINGS]; /* of the sessions */
  double holds;         /* intervals that hold the truth */
};

static struct tally simulate(const struct scene *scene, unsigned sessions)
{
  struct tally tally = {0};
  for (unsigned i = 0; i < sessions; i++) {
    bool holds;
    tally.part[session(scene, &holds)] += 1.0 / sessions;
    tally.holds += holds * 1.0 / sessions;
  }
  return tally;
}

static void print_cell(const struct scene *scene, const struct tally *tally)
{
  printf("# %4.0f %% %6.1f %% %6.1f %%  %-5s %8.2f %% %8.2f %% %8.2f %% %8.2f %%\n",
         100 * scene->threshold, 100 * scene->change, 100 * scene->noise,
         scene->drift ? "yes" : "no", 100 * tally->part[RULING_REGRESSED],
         100 * (tally->part[RULING_PASS] + tally->part[RULING_IMPROVED]),
         100 * tally->part[RULING_INCONCLUSIVE], 100 * tally->holds);
}

/* What must hold of a cell; margins for the number of sessions. */
static void check_cell(const struct scene *scene, const struct tally *tally, unsigned sessions)
{
  double margin = 4 * sqrt(0.05 * 0.95 / sessions);
  ck_assert_msg(tally->holds >= 0.95 - margin, "intervals hold the truth in %.3f", tally->holds);
  if (scene->change < scene->threshold)
    ck_assert_msg(tally->part[RULING_REGRESSED] == 0, "false alarms: %.4f",
                  tally->part[RULING_REGRESSED]);
  else
    ck_assert_msg(tally->part[RULING_PASS] + tally->part[RULING_IMPROVED] <= 0.025 + margin,
                  "missed: %.4f", tally->part[RULING_PASS]);
  if (scene->change >= 2 * scene->threshold && 2 * scene->noise < scene->threshold)
    ck_assert_msg(tally->part[RULING_REGRESSED] >= 0.9, "found: %.3f",
                  tally->part[RULING_REGRESSED]);
}

START_TEST(false_alarms_are_rare_and_real_changes_are_found)
{
  static const double thresholds[] = {0.03, 0.05}, noises[] = {0.005, 0.01, 0.02, 0.04};
  static const double times[] = {0, 0.5, 1, 1.5, 2};
  unsigned sessions = slow ? 2000 : 60;
  if (slow)
    printf("# threshold change   noise  drift regressed     pass  inconclusive  interval holds\n");
  for (size_t t = 0; t < 2; t++)
    for (size_t c = 0; c < 5; c++)
      for (size_t n = 0; n < 4; n++)
        for (int drift = 0; drift < 2; drift++) {
          const struct scene scene = {noises[n], times[c] * thresholds[t], thresholds[t], drift};
          struct tally tally = simulate(&scene, sessions);
          if (slow)
            print_cell(&scene, &tally);
          check_cell(&scene, &tally, sessions);
        }
}
END_TEST

/* --- What goes wrong without pairs --- */

/* All runs of the old side, then all of the new one, the same number: rank-sum test. */
static bool one_after_the_other_alarms(const struct scene *scene)
{
  enum { RUNS = 2 * BLOCKS };
  double old_logs[RUNS], new_logs[RUNS];
  for (size_t i = 0; i < RUNS; i++)
    old_logs[i] = log(draw_time(scene, AB_OLD, i, 2 * RUNS));
  for (size_t i = 0; i < RUNS; i++)
    new_logs[i] = log(draw_time(scene, AB_NEW, RUNS + i, 2 * RUNS));
  struct comparison c = {.old_logs = old_logs, .new_logs = new_logs, .n = RUNS, .n_new = RUNS};
  ck_assert_int_eq(regression_judge(&c, 1, scene->threshold), 0);
  return c.ruling == RULING_REGRESSED;
}

START_TEST(one_side_after_the_other_takes_drift_for_a_change)
{
  const struct scene scene = {.noise = 0.01, .threshold = 0.01, .drift = true};
  unsigned sessions = slow ? 2000 : 200, alarms = 0, paired = 0;
  for (unsigned i = 0; i < sessions; i++) {
    bool holds;
    alarms += one_after_the_other_alarms(&scene);
    paired += session(&scene, &holds) == RULING_REGRESSED;
  }
  printf("# threshold 1 %%, no change, drift: old then new alarms in %.1f %%, blocks in %.1f %%\n",
         100.0 * alarms / sessions, 100.0 * paired / sessions);
  ck_assert_uint_eq(paired, 0);
  ck_assert_uint_gt(alarms, sessions / 2);
}
END_TEST

/* --- Files --- */

START_TEST(the_interval_of_five_files_a_side_holds_what_it_promises)
{
  enum { FILES = 5 };
  const struct scene scene = {.noise = 0.02, .change = 0.04, .threshold = 0.05};
  unsigned sessions = slow ? 10000 : 500, rank = 0;
  double truth = log1p(scene.change);
  for (unsigned i = 0; i < sessions; i++) {
    double old_logs[FILES], new_logs[FILES];
    struct estimate change;
    for (int k = 0; k < FILES; k++) {
      old_logs[k] = log(draw_time(&scene, AB_OLD, 0, 1));
      new_logs[k] = log(draw_time(&scene, AB_NEW, 0, 1));
    }
    struct comparison c = {.old_logs = old_logs, .new_logs = new_logs, .n = FILES, .n_new = FILES};
    ck_assert_int_eq(regression_estimate(&c, 0.95, &change), 0);
    rank += change.low <= truth && truth <= change.high;
  }
  printf("# five files a side: the interval holds the truth in %.1f %%, nominal 95 %%\n",
         100.0 * rank / sessions);
  ck_assert_double_ge((double)rank / sessions, 0.95 - 4 * sqrt(0.05 * 0.95 / sessions));
}
END_TEST

/* --- Several comparisons --- */

/* Eight rows that all changed by exactly the threshold: any verdict is an error of one kind. */
START_TEST(holm_keeps_the_errors_of_all_rows_together_at_five_percent)
{
  enum { ROWS = 8 };
  unsigned sessions = slow ? 20000 : 1000, wrong = 0;
  for (unsigned i = 0; i < sessions; i++) {
    double changes[ROWS][BLOCKS];
    struct comparison c[ROWS];
    for (int row = 0; row < ROWS; row++) {
      for (int k = 0; k < BLOCKS; k++)
        changes[row][k] = log1p(0.05) + gsl_ran_gaussian(rng, 0.02);
      c[row] = (struct comparison){.changes = changes[row], .n = BLOCKS};
    }
    ck_assert_int_eq(regression_judge(c, ROWS, 0.05), 0);
    bool any = false;
    for (int row = 0; row < ROWS; row++)
      any |= c[row].ruling != RULING_INCONCLUSIVE;
    wrong += any;
  }
  printf("# eight rows at the threshold: a wrong verdict on any in %.2f %% (before confirmation)\n",
         100.0 * wrong / sessions);
  ck_assert_double_le((double)wrong / sessions, 0.05 + 4 * sqrt(0.05 * 0.95 / sessions));
}
END_TEST

int main(void)
{
  slow = getenv("PIBENCH_SLOW") != NULL;
  rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, suite_seed(20261122));
  setvbuf(stdout, NULL, _IOLBF, 0);
  Suite *suite = suite_create("gate_simulation");
  TCase *tcase = tcase_create("rates");
  tcase_set_timeout(tcase, 600);
  tcase_add_test(tcase, false_alarms_are_rare_and_real_changes_are_found);
  tcase_add_test(tcase, one_side_after_the_other_takes_drift_for_a_change);
  tcase_add_test(tcase, the_interval_of_five_files_a_side_holds_what_it_promises);
  tcase_add_test(tcase, holm_keeps_the_errors_of_all_rows_together_at_five_percent);
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
