/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outside.c: what disturbed a round from outside. */

#include "outside.h"

#include "measure.h"

static const struct {
  const char *text, *key;
} names[OUTSIDE_KINDS] = {
    [OUTSIDE_NONE] = {"nothing", "none"},
    [OUTSIDE_PROGRAMS] = {"other programs", "other_programs"},
    [OUTSIDE_HYPERVISOR] = {"the hypervisor", "hypervisor"},
    [OUTSIDE_MIGRATED] = {"a moved worker", "migrated"},
};

enum outside outside_of(const struct measurement *sample, bool throttled)
{
  double most = OUTSIDE_PART * sample->busy_longest_s;
  if (sample->migrations > 0)
    return OUTSIDE_MIGRATED;
  if (throttled)
    return OUTSIDE_NONE;
  if (sample->waited_s > most && sample->waited_s >= sample->stolen_s)
    return OUTSIDE_PROGRAMS;
  return sample->stolen_s > most ? OUTSIDE_HYPERVISOR : OUTSIDE_NONE;
}

const char *outside_text(enum outside cause)
{
  return names[cause].text;
}

const char *outside_key(enum outside cause)
{
  return names[cause].key;
}
