/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c: single values as JSON; unknown is null, and 64-bit counts are strings. */

#include "value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

json_t *value_text(const char *value)
{
  return value ? json_string(value) : json_null();
}

json_t *value_number(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *value_interval(struct estimate estimate)
{
  if (!isfinite(estimate.low) || !isfinite(estimate.high))
    return json_null();
  return json_pack("[f, f]", estimate.low, estimate.high);
}

json_t *value_count(uint64_t value)
{
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRIu64, value);
  return json_string(digits);
}

json_t *value_index(int value)
{
  return value < 0 ? json_null() : json_integer(value);
}

json_t *value_maybe(struct machine_count value)
{
  return value.known ? json_integer((json_int_t)value.value) : json_null();
}
