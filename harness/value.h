/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.h: single values as JSON; unknown is null, and 64-bit counts are strings.  NULL if there is
 * no memory. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "machine.h"
#include "statistics.h"

json_t *value_text(const char *text); /* NULL: unknown */
json_t *value_number(double number);  /* not finite: unknown */
json_t *value_interval(struct estimate estimate);
json_t *value_count(uint64_t count);
json_t *value_index(int index); /* negative: unknown */
json_t *value_maybe(struct machine_count count);
