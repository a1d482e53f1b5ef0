/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.c: what machine this is, from /proc and /sys. */

#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "proc_text.h"
#include "virtualisation.h"

/* --- The CPU --- */

/* Arm's kernels give no name, only numbers, for each CPU: lists each kind once, in the order of
 * the CPUs.  None of them: NULL.  -ENOMEM. */
static int read_arm_parts(const char *cpuinfo, char **ret_parts)
{
  OWNED_TEXT parts = NULL;
  for (;;) {
    struct span implementer = proc_text_field(cpuinfo, "CPU implementer");
    struct span part = proc_text_field(implementer.begin, "CPU part");
    if (!part.begin)
      break;
    cpuinfo = part.begin;
    OWNED_TEXT kind = NULL;
    if (asprintf(&kind, "implementer %.*s part %.*s", (int)implementer.length, implementer.begin,
                 (int)part.length, part.begin)
        < 0) {
      kind = NULL;
      return -ENOMEM;
    }
    if (parts && strstr(parts, kind)) /* the kernel prints them with a fixed number of digits */
      continue;
    char *more = NULL;
    if (asprintf(&more, "%s%s%s", parts ? parts : "", parts ? " + " : "", kind) < 0)
      return -ENOMEM;
    free(parts);
    parts = more;
  }
  *ret_parts = parts;
  parts = NULL;
  return 0;
}

/* Where architectures put the name of the CPU. */
static const char *const model_keys[] = {
    "model name", /* x86 */
    "Model Name", /* LoongArch */
    "cpu model",  /* MIPS */
    "cpu",        /* POWER */
    "uarch",      /* RISC-V */
};

static int read_cpu_model(const char *cpuinfo, char **ret_model)
{
  for (size_t i = 0; i < sizeof model_keys / sizeof *model_keys; i++) {
    struct span model = proc_text_field(cpuinfo, model_keys[i]);
    if (model.begin)
      return proc_text_copy(model, ret_model);
  }
  return read_arm_parts(cpuinfo, ret_model);
}

static int read_microcode(const char *cpuinfo, char **ret_microcode)
{
  static const char hidden[] = "0xffffffff"; /* what hypervisors show instead */
  struct span microcode = proc_text_field(cpuinfo, "microcode");
  if (microcode.length == strlen(hidden) && memcmp(microcode.begin, hidden, microcode.length) == 0)
    microcode.begin = NULL;
  return proc_text_copy(microcode, ret_microcode);
}

/* --- Caches --- */

static int read_cache_text(const char *root, unsigned index, const char *name, char **ret_text)
{
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, name);
  return proc_text_read(root, path, ret_text);
}

/* The kernel's word for a kind of cache as a constant; NULL of any other. */
static const char *cache_type(const char *text)
{
  static const char *const types[] = {"Data", "Instruction", "Unified"};
  for (size_t i = 0; text && i < sizeof types / sizeof *types; i++)
    if (strcmp(types[i], text) == 0)
      return types[i];
  return NULL;
}

/* One cache of CPU 0; type NULL: there is none of that index.  -ENOMEM. */
static int read_cache(const char *root, unsigned index, struct machine_cache *ret_cache)
{
  OWNED_TEXT level = NULL;
  OWNED_TEXT type = NULL;
  OWNED_TEXT size = NULL;
  OWNED_TEXT sharing = NULL;
  int status;
  if ((status = read_cache_text(root, index, "level", &level)) < 0
      || (status = read_cache_text(root, index, "type", &type)) < 0
      || (status = read_cache_text(root, index, "size", &size)) < 0
      || (status = read_cache_text(root, index, "shared_cpu_list", &sharing)) < 0)
    return status;
  *ret_cache = (struct machine_cache){
      .level = level ? (unsigned)strtoul(level, NULL, 10) : 0,
      .type = level ? cache_type(type) : NULL,
      .bytes = proc_text_bytes(size, "K"),
      .sharing_cpus = proc_text_count(sharing),
  };
  return 0;
}

static int read_caches(const char *root, struct machine *machine)
{
  while (machine->cache_count < MACHINE_CACHES_MOST) {
    struct machine_cache *cache = &machine->caches[machine->cache_count];
    int status = read_cache(root, machine->cache_count, cache);
    if (status < 0)
      return status;
    if (!cache->type)
      break;
    machine->cache_count++;
  }
  return 0;
}

/* --- The machine --- */

/* What the fingerprint is made of.  Changing it breaks every history: don't. */
static void print_identity(const struct machine *machine, FILE *out)
{
  fprintf(out, "cpu_model=%s\n", machine->cpu_model);
  for (unsigned i = 0; i < machine->cache_count; i++) {
    const struct machine_cache *cache = &machine->caches[i];
    fprintf(out, "cache=%u %s %" PRIu64 "\n", cache->level, cache->type, cache->bytes.value);
  }
  fprintf(out, "online_cpus=%" PRIu64 "\n", machine->online_cpus.value);
  fprintf(out, "virtualised=%s\n", machine->virtualised ? machine->virtualised : "");
}

static int read_fingerprint(const struct machine *machine, char **ret_fingerprint)
{
  OWNED_TEXT identity = NULL;
  size_t size = 0;
  char *fingerprint = NULL;
  if (machine->cpu_model) {
    FILE *out = open_memstream(&identity, &size);
    if (!out)
      return -ENOMEM;
    print_identity(machine, out);
    if (fclose(out) != 0 || asprintf(&fingerprint, "%016" PRIx64, hash_text(identity)) < 0)
      return -ENOMEM;
  }
  *ret_fingerprint = fingerprint;
  return 0;
}

static int read_memory(const char *root, struct machine_count *ret_bytes)
{
  OWNED_TEXT meminfo = NULL;
  int status = proc_text_read(root, "/proc/meminfo", &meminfo);
  if (status < 0)
    return status;
  *ret_bytes = proc_text_bytes(proc_text_field(meminfo, "MemTotal").begin, " kB");
  return 0;
}

static int read_online(const char *root, struct machine_count *ret_cpus)
{
  OWNED_TEXT online = NULL;
  int status = proc_text_read(root, "/sys/devices/system/cpu/online", &online);
  if (status < 0)
    return status;
  *ret_cpus = proc_text_count(online);
  return 0;
}

int machine_read(const char *root, struct machine *ret_machine)
{
  static const char governor[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  struct machine machine = {.cpu_model = NULL};
  OWNED_TEXT cpuinfo = NULL;
  int status;
  if ((status = proc_text_read(root, "/proc/cpuinfo", &cpuinfo)) < 0
      || (status = read_cpu_model(cpuinfo, &machine.cpu_model)) < 0
      || (status = read_microcode(cpuinfo, &machine.microcode)) < 0
      || (status = proc_text_read(root, governor, &machine.governor)) < 0
      || (status = virtualisation_read(root, cpuinfo, &machine.virtualised)) < 0
      || (status = read_caches(root, &machine)) < 0
      || (status = read_memory(root, &machine.memory_bytes)) < 0
      || (status = read_online(root, &machine.online_cpus)) < 0
      || (status = read_fingerprint(&machine, &machine.fingerprint)) < 0) {
    machine_release(&machine);
    return status;
  }
  *ret_machine = machine;
  return 0;
}

void machine_release(struct machine *machine)
{
  if (!machine)
    return;
  free(machine->cpu_model);
  free(machine->microcode);
  free(machine->governor);
  free(machine->fingerprint);
  *machine = (struct machine){.cpu_model = NULL};
}
