/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export_ab.h: a result of 'pibench ab' in the words of other tools.
 *
 * Rows are called as in export.h; of two commands the row is NAME/process.  What was not compared
 * has no times: it appears where verdicts do.
 */
#pragma once

#include "ab_read.h"

/* One line a sample of both sides, in the order in which they were taken, with the verdict on its
 * row: RFC 4180.  Changes are new/old - 1. */
int export_ab_csv(const struct ab_file *file, FILE *to);

/* Google Benchmark's JSON: the samples of the blocks that decide as repetitions of old/ROW and
 * new/ROW, for `compare.py filters FILE old/ new/`. */
int export_ab_gbench(const struct ab_file *file, FILE *to);

/* github-action-benchmark's customSmallerIsBetter: new/old of each row with half its interval. */
int export_ab_gha(const struct ab_file *file, FILE *to);

/* JUnit's XML: a case per row.  Regressed fails; what is inconclusive or was not compared is an
 * error, or with --on-inconclusive=warn skipped; the others tell change and interval as output. */
int export_ab_junit(const struct ab_file *file, FILE *to);

/* All return 0 or -ENOMEM; errors of the stream are the caller's to see. */
