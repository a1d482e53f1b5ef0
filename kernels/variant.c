/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant.c: instruction-set levels, and the variant that this CPU should run. */

#include <string.h>

#include "kernel.h"

const char *const isa_level_names[] = {"reference", "scalar", "neon", "avx2", "avx512", NULL};

int isa_level(const char *name)
{
  for (int i = 0; isa_level_names[i]; i++)
    if (strcmp(isa_level_names[i], name) == 0)
      return i;
  return -1;
}

const struct variant *variant_pick(const struct method *method, int level)
{
  const struct variant *best = method->variants;
  uint32_t features = cpu_features();
  for (const struct variant *v = method->variants; v->name; v++)
    if ((v->needs & ~features) == 0 && isa_level(v->name) <= level)
      best = v;
  return best;
}
