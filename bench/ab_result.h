/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_result.h: what pibench ab prints and keeps. */
#pragma once

#include "ab_programs.h"
#include "findings.h"

/* The two sides, how they were run, and what differs between them. */
void ab_print_sides(const struct ab_session *session);

/* What the old side against itself showed, and what was disturbed; below the table. */
void ab_print_noise(const struct ab_session *session);

/* The result file, pibench-ab/1 (results/schema-ab.json).  NULL: no memory. */
json_t *ab_result_json(const struct ab_session *session, int exit_code);
