/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory.h: will the job fit? */
#pragma once

#include "workload.h"

/* What a team of so many workers needs at most, in bytes: partials, answer, and what the kernel
 * says of its own. */
uint64_t memory_needed(const struct workload *workload, unsigned workers);

/* What this process may still take, in bytes: the least of what the system has available, what its
 * memory cgroups (v1, v2) leave, and RLIMIT_AS.  UINT64_MAX if nothing is known. */
uint64_t memory_available(void);
