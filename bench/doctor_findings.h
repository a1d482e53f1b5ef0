/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor_findings.h: from figures to verdict rows and sentences of advice.
 *
 * To add an examination: 1) its figures in harness/doctor.h, 2) cmd_doctor.c measures them, 3) a
 * function in doctor_findings.c makes a finding of them, called by doctor_findings_make(), 4) its
 * name in tests/cli/test_doctor.py.
 */
#pragma once

#include "doctor.h"
#include "machine.h"

enum {
  DOCTOR_KERNELS_MOST = 8,
  DOCTOR_FINDINGS_MOST = 32,
  DOCTOR_NAME = 32,
  DOCTOR_FIGURE = 42, /* 41 columns: what fits 80 beside the longest name */
  DOCTOR_ADVICE = 400
};

/* What was measured.  Whoever measures it owns it. */
struct doctor_patient {
  struct placement *placement;
  struct machine machine;
  struct doctor_environment before, after;
  double *busy;               /* [cpus]; NULL: unknown */
  const char *const *kernels; /* run's default suite */
  struct doctor_change changes[DOCTOR_KERNELS_MOST];
  int kernel_count;
  struct doctor_canary *alone, *all; /* [slots] */
  struct doctor_pair *pairs;
  size_t pair_count, pairs_seen; /* to look at; looked at */
};

/* One row, and what to do about it. */
struct doctor_finding {
  enum doctor_verdict verdict;
  char name[DOCTOR_NAME], figure[DOCTOR_FIGURE], advice[DOCTOR_ADVICE]; /* no advice: "" */
};

struct doctor_findings {
  struct doctor_finding rows[DOCTOR_FINDINGS_MOST];
  size_t count;
};

/* Adds the findings of every examination, in the order of the table, to all-zero findings. */
void doctor_findings_make(const struct doctor_patient *patient, struct doctor_findings *found);
