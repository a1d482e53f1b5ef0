/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite.h: runs one Check suite and prints TAP, which `meson test` reads. */
#pragma once

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Adds a case: tests that run once each, in any order. */
static inline TCase *suite_case(Suite *suite, const char *name, const TTest *const *tests,
                                size_t count)
{
  TCase *tcase = tcase_create(name);
  for (size_t i = 0; i < count; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  return tcase;
}

/* The seed of random tests: PIBENCH_TEST_SEED, else this one; tells it. */
static inline uint64_t suite_seed(uint64_t fallback)
{
  const char *given = getenv("PIBENCH_TEST_SEED");
  uint64_t seed = given ? strtoull(given, NULL, 0) : fallback;
  printf("# PIBENCH_TEST_SEED=%" PRIu64 "\n", seed);
  fflush(stdout); /* or each forked test prints it again */
  return seed;
}

/* Ends main(): 0 when every test passed. */
static inline int suite_run(Suite *suite)
{
  SRunner *runner = srunner_create(suite);
  srunner_set_tap(runner, "-");
  srunner_run_all(runner, CK_SILENT);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}

/* Ends main() of a test that this machine cannot run. */
static inline int suite_skip(const char *why)
{
  printf("1..0 # SKIP %s\n", why);
  return 0;
}
