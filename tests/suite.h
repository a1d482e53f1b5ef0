/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suite.h: runs one Check suite and prints TAP, which `meson test` reads. */
#pragma once

#include <check.h>
#include <stdio.h>

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
