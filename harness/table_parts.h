/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table_parts.h: what the files of the table share.  Inside table*.c only. */
#pragma once

#include "table.h"

/* Prints the sentences below the table.  Returns 0 or -ENOMEM. */
int table_sentences(const struct benchmark *benchmark, const struct placement *placement,
                    const struct table_options *options, FILE *to);

/* Prints the phases of the rows, where the kernel names steps.  Returns 0 or -ENOMEM. */
int table_phases(const struct benchmark *benchmark, FILE *to);

/* Prints what limits a pool, and nothing of another kernel. */
void table_pool(const struct benchmark *benchmark, FILE *to);
