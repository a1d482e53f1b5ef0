/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.h: what other machines measured: result files that are kept for comparison. */
#pragma once

#include "measure.h"

enum { REFERENCE_NAME = 96 };

/* What one result file says of a benchmark. */
struct reference {
  char machine[REFERENCE_NAME]; /* its label, else its CPU model */
  char variant[16];
  double rate_one_per_s, rate_all_per_s; /* serial; the most workers.  NaN unknown */
  unsigned workers;                      /* of the latter */
};

/*
 * Looks through the result files (*.json) of a directory for the benchmark: same name (so same
 * kernel, size and method) and revision, complete, verified as right, measured in rounds under
 * strong scaling.  What cannot be read is passed over. Stores at most `most` in ret_references, in
 * the order of the files' names; returns how many.
 */
size_t reference_find(const char *directory, const struct benchmark *benchmark, size_t most,
                      struct reference *ret_references);
