/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement.c: the machine as hwloc sees it, and binding to its CPUs.  The only user of hwloc.
 *
 * Three habits of hwloc shape this file: it ignores the binding that we inherited unless it is told
 * not to; it pretends to bind under an imported topology; and it loads this machine, silently, when
 * the topology to import cannot be read.
 */
#include "placement.h"

#include "placement_order.h"
#include "quota.h"

#include <assert.h>
#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether the environment makes hwloc load another machine. */
static bool is_import(void)
{
  static const char *const variables[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT",
                                          "HWLOC_CPUID_PATH"};
  for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
    const char *value = getenv(variables[i]);
    if (value && *value)
      return true;
  }
  return false;
}

/* Result files hold the topology and get published.  hwloc has no call to remove an attribute. */
static void blank_private_attributes(hwloc_topology_t topology)
{
  static const char *const names[] = {
      "HostName",         "LinuxCgroup",      "ProcessName",
      "DMIProductSerial", "DMIProductUUID",   "DMIBoardSerial",
      "DMIBoardAssetTag", "DMIChassisSerial", "DMIChassisAssetTag",
  };
  hwloc_obj_t root = hwloc_get_root_obj(topology);
  for (unsigned i = 0; i < root->infos_count; i++)
    for (size_t j = 0; j < sizeof(names) / sizeof(*names); j++)
      if (strcmp(root->infos[i].name, names[j]) == 0)
        root->infos[i].value[0] = '\0';
}

static int load_topology(hwloc_topology_t *ret_topology, bool *ret_this_system)
{
  hwloc_topology_t topology;
  bool import = is_import();
  if (hwloc_topology_init(&topology) < 0)
    return errno == ENOMEM ? -ENOMEM : -EIO;
  /* With an import, these flags would make hwloc take it for this machine. */
  if (!import
      && hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM
                                                | HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING)
             < 0)
    goto fail;
  if (hwloc_topology_load(topology) < 0)
    goto fail;
  bool this_system = hwloc_topology_is_thissystem(topology);
  /* The import failed and hwloc took this machine, all of it; unless it was told to say so. */
  if (import && this_system && !getenv("HWLOC_THISSYSTEM"))
    goto fail;
  blank_private_attributes(topology);
  *ret_topology = topology;
  *ret_this_system = this_system && !import;
  return 0;

fail:
  hwloc_topology_destroy(topology);
  return -EIO;
}

static int logical_index_above(hwloc_topology_t topology, hwloc_obj_type_t type, hwloc_obj_t object)
{
  hwloc_obj_t ancestor = hwloc_get_ancestor_obj_by_type(topology, type, object);
  return ancestor ? (int)ancestor->logical_index : -1;
}

/* Where hwloc knows no core of a PU, the PU is one, numbered after the cores. */
static unsigned core_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
  int core = logical_index_above(topology, HWLOC_OBJ_CORE, pu);
  int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
  return core >= 0 ? (unsigned)core : (unsigned)(cores > 0 ? cores : 0) + pu->logical_index;
}

/* The node with the fewest CPUs of those around the PU, the first of equals: hwloc gives memory
 * without CPUs those of the object it hangs on, and tells DRAM before the high-bandwidth memory
 * beside it. */
static int numa_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
  hwloc_obj_t nearest = NULL, node = NULL;
  while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)))
    if (hwloc_bitmap_isset(node->cpuset, pu->os_index)
        && (!nearest || hwloc_bitmap_weight(node->cpuset) < hwloc_bitmap_weight(nearest->cpuset)))
      nearest = node;
  return nearest && nearest->os_index != HWLOC_UNKNOWN_INDEX ? (int)nearest->os_index : -1;
}

/* hwloc's rank of the PU's kind, higher is faster; -1 if unknown. */
static int efficiency_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
  int efficiency = -1;
  int kind = hwloc_cpukinds_get_by_cpuset(topology, pu->cpuset, 0);
  if (kind < 0
      || hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0) < 0)
    return -1;
  return efficiency;
}

static int read_pus(hwloc_topology_t topology, struct pu **ret_pus, unsigned *ret_count)
{
  int objects = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
  if (objects <= 0)
    return -EIO;
  struct pu *pus = calloc((size_t)objects, sizeof(*pus));
  if (!pus)
    return -ENOMEM;
  unsigned count = 0;
  hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology);
  for (hwloc_obj_t pu = NULL; (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu));)
    if (hwloc_bitmap_isset(allowed, pu->os_index))
      pus[count++] = (struct pu){
          .index = pu->logical_index,
          .efficiency = efficiency_of(topology, pu),
          .slot.cpu = pu->os_index,
          .slot.core = core_of(topology, pu),
          .slot.l3 = logical_index_above(topology, HWLOC_OBJ_L3CACHE, pu),
          .slot.numa = numa_of(topology, pu),
          .slot.package = logical_index_above(topology, HWLOC_OBJ_PACKAGE, pu),
      };
  *ret_pus = pus;
  *ret_count = count;
  return 0;
}

/* Fills in the slots from the PUs, and what follows from them. */
static int read_slots(struct placement *placement, const char *cpu_list, unsigned *ret_bad_cpu)
{
  struct pu *pus;
  unsigned count;
  int error = read_pus(placement->topology, &pus, &count);
  if (error < 0)
    return error;
  placement->kind_count = placement_number_kinds(pus, count);
  placement->slots = calloc(count, sizeof(*placement->slots));
  if (!placement->slots) {
    error = -ENOMEM;
  } else if (placement->place == PLACE_CPUS) {
    error =
        placement_pick(cpu_list, pus, count, placement->slots, &placement->slot_count, ret_bad_cpu);
  } else {
    placement_order(placement->place, pus, count);
    for (unsigned i = 0; i < count; i++)
      placement->slots[i] = pus[i].slot;
    placement->slot_count = count;
  }
  free(pus);
  return error < 0 ? error : placement_annotate(placement);
}

static int list_allowed(hwloc_topology_t topology, char **ret_list)
{
  return hwloc_bitmap_list_asprintf(ret_list, hwloc_topology_get_allowed_cpuset(topology)) < 0
             ? -ENOMEM
             : 0;
}

int placement_load(enum place place, const char *cpu_list, struct placement **ret_placement,
                   unsigned *ret_bad_cpu)
{
  assert(place == PLACE_CPUS || !cpu_list);
  struct placement *placement = calloc(1, sizeof(*placement));
  if (!placement)
    return -ENOMEM;
  placement->place = place;
  int error = load_topology(&placement->topology, &placement->this_system);
  if (!error)
    error = list_allowed(placement->topology, &placement->allowed);
  if (!error)
    error = read_slots(placement, cpu_list, ret_bad_cpu);
  if (error < 0) {
    placement_free(placement);
    return error;
  }
  placement->quota_cpus = placement->this_system ? quota_cpus("") : INFINITY;
  *ret_placement = placement;
  return 0;
}

void placement_free(struct placement *placement)
{
  if (!placement)
    return;
  free(placement->slots);
  free(placement->regimes);
  free(placement->allowed);
  if (placement->topology)
    hwloc_topology_destroy(placement->topology);
  free(placement);
}

int placement_bind(const struct placement *placement, unsigned slot)
{
  assert(slot < placement->slot_count);
  if (!placement->this_system)
    return -ENOTSUP;
  int error = -ENOMEM;
  hwloc_bitmap_t wanted = hwloc_bitmap_alloc(), got = hwloc_bitmap_alloc();
  if (!wanted || !got || hwloc_bitmap_only(wanted, placement->slots[slot].cpu) < 0)
    goto out;
  error = -EPERM;
  if (hwloc_set_cpubind(placement->topology, wanted, HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT)
      < 0)
    goto out;
  if (hwloc_get_cpubind(placement->topology, got, HWLOC_CPUBIND_THREAD) < 0)
    goto out;
  if (hwloc_bitmap_isequal(wanted, got))
    error = 0;
out:
  hwloc_bitmap_free(wanted);
  hwloc_bitmap_free(got);
  return error;
}

char *placement_xml(const struct placement *placement)
{
  char *xml;
  int length;
  if (hwloc_topology_export_xmlbuffer(placement->topology, &xml, &length, 0) < 0)
    return NULL;
  char *copy = strdup(xml);
  hwloc_free_xmlbuffer(placement->topology, xml);
  return copy;
}

char *placement_mark_xml(const char *xml, const struct placement_mark *marks, size_t count)
{
  hwloc_topology_t topology;
  char style[32], *marked = NULL, *copy = NULL;
  int length;
  if (hwloc_topology_init(&topology) < 0)
    return NULL;
  if (hwloc_topology_set_xmlbuffer(topology, xml, (int)strlen(xml) + 1) == 0
      && hwloc_topology_load(topology) == 0) {
    for (size_t i = 0; i < count; i++) {
      hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topology, marks[i].cpu);
      snprintf(style, sizeof style, "Background=%s", marks[i].colour);
      if (pu)
        hwloc_obj_add_info(pu, "lstopoStyle", style);
    }
    if (hwloc_topology_export_xmlbuffer(topology, &marked, &length, 0) == 0) {
      copy = strdup(marked);
      hwloc_free_xmlbuffer(topology, marked);
    }
  }
  hwloc_topology_destroy(topology);
  return copy;
}

/* hwloc_get_api_version() stays the same over releases (2.9 says 2.8), but each topology that is
 * loaded, not imported, tells who loaded it. */
const char *placement_library_version(void)
{
  static char version[16];
  hwloc_topology_t topology;
  snprintf(version, sizeof(version), "%u.%u", hwloc_get_api_version() >> 16,
           hwloc_get_api_version() >> 8 & 0xff);
  if (hwloc_topology_init(&topology) < 0)
    return version;
  if (hwloc_topology_set_synthetic(topology, "pu:1") == 0 && hwloc_topology_load(topology) == 0) {
    const char *info = hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "hwlocVersion");
    if (info)
      snprintf(version, sizeof(version), "%s", info);
  }
  hwloc_topology_destroy(topology);
  return version;
}
