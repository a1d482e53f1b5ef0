/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_machine.c: where a run took place, as JSON: machine, software, topology. */

#include <stdlib.h>

#include "result.h"
#include "value.h"

static json_t *isa_json(void)
{
  json_t *array = json_array();
  uint32_t features = cpu_features();
  for (unsigned i = 0; cpu_feature_names[i]; i++)
    if (features >> i & 1)
      json_array_append_new(array, json_string(cpu_feature_names[i]));
  return array;
}

static json_t *caches_json(const struct machine *machine)
{
  if (machine->cache_count == 0)
    return json_null();
  json_t *array = json_array();
  for (unsigned i = 0; i < machine->cache_count; i++) {
    const struct machine_cache *cache = &machine->caches[i];
    json_array_append_new(array,
                          json_pack("{s:i, s:o, s:o, s:o}", "level", (int)cache->level, "type",
                                    value_text(cache->type), "bytes", value_maybe(cache->bytes),
                                    "sharing_cpus", value_maybe(cache->sharing_cpus)));
  }
  return array;
}

json_t *result_machine_json(const struct machine *machine)
{
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "fingerprint",
                   value_text(machine->fingerprint), "cpu_model", value_text(machine->cpu_model),
                   "microcode", value_text(machine->microcode), "caches", caches_json(machine),
                   "governor", value_text(machine->governor), "virtualised",
                   value_text(machine->virtualised), "isa", isa_json(), "memory_bytes",
                   value_maybe(machine->memory_bytes), "online_cpus",
                   value_maybe(machine->online_cpus));
}

json_t *result_software_json(const struct software *software)
{
  return json_pack("{s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:o}", "kernel",
                   value_text(software->kernel), "compiler", value_text(software->compiler),
                   "flags", value_text(software->flags), "gmp", "version",
                   value_text(software->gmp.version), "path", value_text(software->gmp.path),
                   "mpfr", value_text(software->mpfr), "hwloc",
                   value_text(placement_library_version()), "libc", value_text(software->libc));
}

static json_t *slots_json(const struct placement *placement)
{
  json_t *array = json_array();
  for (unsigned i = 0; i < placement->slot_count; i++) {
    const struct slot *slot = &placement->slots[i];
    json_array_append_new(
        array, json_pack("{s:i, s:i, s:o, s:o, s:i, s:i, s:i, s:i, s:o}", "cpu", (int)slot->cpu,
                         "core", (int)slot->core, "numa", value_index(slot->numa), "package",
                         value_index(slot->package), "kind", slot->kind, "node", (int)slot->node,
                         "smt", (int)slot->smt, "regime", (int)slot->regime, "capacity",
                         value_number(slot->capacity)));
  }
  return array;
}

json_t *result_topology_json(const struct run *run)
{
  const struct placement *placement = run->placement;
  char *xml = placement_xml(placement);
  json_t *object = json_pack("{s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "place",
                             placement_place_name(placement->place), "pin", pin_name(run->pin),
                             "this_system", placement->this_system, "allowed_cpus",
                             placement->allowed, "quota", value_number(placement->quota_cpus),
                             "slots", slots_json(placement), "xml", value_text(xml));
  free(xml);
  return object;
}
