/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_parts.h: what writing and reading a state share.  Inside state.c and state_read.c only. */
#pragma once

#include "state.h"

#define STATE_FORMAT      "pibench-state/"
#define STATE_FORMAT_LINE STATE_FORMAT "1"

/* Hash of the chunks' boundaries. */
uint64_t state_cut(const struct workload *workload);
