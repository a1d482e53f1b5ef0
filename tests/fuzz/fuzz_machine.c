/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_machine.c: what machine this is, from any /proc and /sys: known or unknown, never made up.
 */

#include "fuzz.h"
#include "machine.h"
#include "tree.h"

#define CPU0 "sys/devices/system/cpu/cpu0/"

static const char *const names[] = {
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/device-tree/compatible",
    "proc/device-tree/hypervisor/compatible",
    "sys/hypervisor/type",
    "sys/class/dmi/id/product_name",
    "sys/class/dmi/id/sys_vendor",
    "sys/devices/system/cpu/online",
    CPU0 "cpufreq/scaling_governor",
    CPU0 "cache/index0/level",
    CPU0 "cache/index0/type",
    CPU0 "cache/index0/size",
    CPU0 "cache/index0/shared_cpu_list",
    CPU0 "cache/index1/level",
    CPU0 "cache/index1/type",
    CPU0 "cache/index1/size",
    CPU0 "cache/index1/shared_cpu_list",
    NULL,
};

static void check_count(struct machine_count count)
{
  HOLDS(count.known == (count.value > 0));
}

static void check_machine(const struct machine *machine)
{
  check_count(machine->memory_bytes);
  check_count(machine->online_cpus);
  for (unsigned i = 0; i < machine->cache_count; i++) {
    HOLDS(machine->caches[i].type);
    check_count(machine->caches[i].bytes);
    check_count(machine->caches[i].sharing_cpus);
  }
  HOLDS(!machine->cpu_model == !machine->fingerprint);
  if (machine->fingerprint)
    HOLDS(strspn(machine->fingerprint, "0123456789abcdef") == 16
          && strlen(machine->fingerprint) == 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct machine machine;
  HOLDS(machine_read(tree_make(names, data, size), &machine) == 0);
  check_machine(&machine);
  machine_release(&machine);
  return 0;
}
