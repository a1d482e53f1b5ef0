/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_quota.c: quotas of any cgroup tree: above 0, perhaps infinite, never NaN. */

#include <math.h>

#include "fuzz.h"
#include "quota.h"
#include "tree.h"

static const char *const names[] = {
    "proc/self/cgroup",
    "proc/self/mountinfo",
    "v2/cpu.max",
    "v2/cpu.stat",
    "v2/a/cpu.max",
    "v2/a/cpu.stat",
    "v2/a/b/cpu.max",
    "v1/cpu.cfs_quota_us",
    "v1/cpu.cfs_period_us",
    "v1/cpu.stat",
    "v1/a/cpu.cfs_quota_us",
    "v1/a/cpu.cfs_period_us",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *root = tree_make(names, data, size);
  double cpus = quota_cpus(root), seconds = quota_throttled_s(root);
  HOLDS(cpus > 0);
  HOLDS(seconds >= 0 && isfinite(seconds));
  return 0;
}
