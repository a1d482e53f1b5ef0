/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.h: is the answer right?  Asked once per benchmark, outside every timer. */
#pragma once

#include "team.h"

/* How an answer was verified, from weak to strong. */
enum verified {
  VERIFIED_NONE,        /* nothing to compare with */
  VERIFIED_REFERENCE,   /* the reference variant gave the same bytes on random units */
  VERIFIED_INDEPENDENT, /* another formula or method gave the same answer */
  VERIFIED_KNOWN,       /* equal to a value that the world knows */
};

enum { VERDICT_TEXT = 160 };

struct verdict {
  enum verified how;
  bool right;
  char text[VERDICT_TEXT]; /* one line: what was compared, and on what it failed */
};

/*
 * Checks the answer of the team's job in the strongest way at hand that takes about `seconds`:
 * known values, then the kernel's peer job on the same team, then the reference on random units
 * (chosen by seed).  Returns 0 with *ret_verdict filled, whether right or wrong; else like
 * team_run(), or -ENOMEM.
 */
int verify_answer(const struct team *team, const struct answer *answer, double seconds,
                  uint64_t seed, struct verdict *ret_verdict, struct fault *ret_fault);

/*
 * Compares the job's variant with its method's reference, byte by byte, on random ranges of units
 * of growing length until `seconds` have passed.  In the calling process.
 * Returns the number of ranges compared; -EBADMSG when one differed (text says which); -EINTR,
 * -ENOMEM.
 */
int verify_reference(const struct workload *workload, double seconds, uint64_t seed,
                     char text[VERDICT_TEXT]);

/* Sets size, seed and parameters of a job to those that give the known value.  -ENOENT: it is of
 * another method. */
int known_job(const struct known *known, struct job *job);

/* 1: equal to a known value (its length in text); 0: none known; -EBADMSG: different. */
int verify_known(const struct job *job, const struct answer *answer, char text[VERDICT_TEXT]);

const char *verified_name(enum verified how);
