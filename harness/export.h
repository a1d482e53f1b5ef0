/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export.h: a result in the words of other tools.
 *
 * A row is called NAME/serial or NAME/workers:4 (threads:4), and NAME/weak/... under weak scaling,
 * where the same size means another job.  Unknown values are left out or empty, never 0.
 */
#pragma once

#include <stdio.h>

#include "result_read.h"

enum { EXPORT_NAME = 320 };

/* "mc:points=1e9/workers:2".  Returns text. */
const char *export_name(const struct result_file *file, const struct result_benchmark *benchmark,
                        const struct result_row *row, char text[EXPORT_NAME]);

/* One line a row, RFC 4180: lines end in CRLF, texts with commas or quotes are quoted. */
int export_csv(const struct result_file *file, FILE *to);

/* A table in GitHub's Markdown and two lines on the machine. */
int export_markdown(const struct result_file *file, FILE *to);

/* Google Benchmark's JSON: every sample is a repetition, so that its compare.py can test them. */
int export_gbench(const struct result_file *file, FILE *to);

/* github-action-benchmark's customSmallerIsBetter: median and half of its interval in ms. */
int export_gha(const struct result_file *file, FILE *to);

/* JUnit's XML: a suite per benchmark, a case per row with its median time; a wrong answer fails, a
 * row without samples is skipped. */
int export_junit(const struct result_file *file, FILE *to);

/* What is written as JSON; takes the reference.  0, or -ENOMEM also for NULL. */
int export_json(json_t *json, FILE *to);

/* All return 0 or -ENOMEM; errors of the stream are the caller's to see. */
