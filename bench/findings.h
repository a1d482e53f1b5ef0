/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * findings.h: verdicts as people, GitHub and exit codes see them; shared by ab and compare.
 *
 * On GitHub Actions (GITHUB_ACTIONS is set) verdicts appear as workflow commands as well, and as a
 * table in the file that GITHUB_STEP_SUMMARY names.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "ab.h"

enum { FINDING_REASON = 320 };

/* One row of one benchmark. */
struct finding {
  const char *benchmark, *row; /* borrowed; row NULL: the benchmark was not compared */
  double old_s, new_s;
  struct estimate change; /* ln(new/old) */
  double confidence;
  enum ruling ruling;
  char reason[FINDING_REASON];
};

struct findings {
  struct finding *items;
  size_t count;
  double threshold;
  bool advisory;             /* too little data for a verdict: never fails */
  bool warn_on_inconclusive; /* --on-inconclusive=warn */
};

/* The rulings of ab, whose texts are borrowed; release them.  Returns 0 or -ENOMEM. */
int findings_of_ab(const struct ab *ab, bool warn_on_inconclusive, struct findings *ret_findings);

/* Adds an empty finding; NULL if there is no memory. */
struct finding *findings_add(struct findings *findings);

/* Table, reasons, and the verdict in one sentence.  Returns 0 or -ENOMEM. */
int findings_print(const struct findings *findings, FILE *to);

/* The sentence alone, without a line end. */
void findings_sentence(const struct findings *findings, FILE *to);

/* A Markdown table and the sentence. */
void findings_markdown(const struct findings *findings, FILE *to);

/* On GitHub Actions: ::error, ::warning and ::notice lines on stdout, and the step summary.
 * Elsewhere nothing. */
void findings_tell_github(const struct findings *findings, const char *title);

/* EXIT_FINE, EXIT_REGRESSION, EXIT_INCONCLUSIVE or EXIT_NOTHING. */
int findings_exit_code(const struct findings *findings);

void findings_release(struct findings *findings);
