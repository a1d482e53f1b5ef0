/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.c: reads what machine and what software this is from /proc, /sys and the libraries. */

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <gmp.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "machine.h"

#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

static void free_text(char **text)
{
  free(*text);
}

/* A text that is freed at the end of its scope. */
#define OWNED __attribute__((cleanup(free_text))) char *

/* --- Reading --- */

static void trim_end(char *text)
{
  size_t length = strlen(text);
  while (length > 0 && isspace((unsigned char)text[length - 1]))
    text[--length] = '\0';
}

/* What a file holds before its first NUL, without the white space at its end; NULL of nothing, and
 * where reading fails.  -ENOMEM. */
static int read_stream(FILE *file, char **ret_text)
{
  OWNED text = NULL;
  size_t size = 0;
  errno = 0;
  if (getdelim(&text, &size, '\0', file) < 0) {
    if (errno == ENOMEM)
      return -ENOMEM;
    *ret_text = NULL;
    return 0;
  }
  trim_end(text);
  *ret_text = text[0] ? text : NULL;
  if (*ret_text)
    text = NULL;
  return 0;
}

/* The file root/path as above, to be freed; NULL if it cannot be opened.  -ENOMEM. */
static int read_text(const char *root, const char *path, char **ret_text)
{
  char *full_path;
  if (asprintf(&full_path, "%s%s", root, path) < 0)
    return -ENOMEM;
  FILE *file = fopen(full_path, "re");
  int status = !file && errno == ENOMEM ? -ENOMEM : 0;
  free(full_path);
  if (file) {
    status = read_stream(file, ret_text);
    fclose(file);
  } else if (status == 0) {
    *ret_text = NULL;
  }
  return status;
}

/* A part of a text; begin is NULL where there is none. */
struct span {
  const char *begin;
  size_t length;
};

static struct span trimmed(const char *begin, const char *end)
{
  while (begin < end && isspace((unsigned char)*begin))
    begin++;
  while (end > begin && isspace((unsigned char)end[-1]))
    end--;
  return begin < end ? (struct span){begin, (size_t)(end - begin)} : (struct span){NULL, 0};
}

/* The value of the first line "key : value" of a text, which may be NULL. */
static struct span find_field(const char *text, const char *key)
{
  size_t key_length = strlen(key);
  while (text && *text) {
    const char *end = strchrnul(text, '\n');
    if (strncmp(text, key, key_length) == 0) {
      const char *colon = text + key_length + strspn(text + key_length, " \t");
      if (*colon == ':')
        return trimmed(colon + 1, end);
    }
    text = *end ? end + 1 : end;
  }
  return (struct span){NULL, 0};
}

/* A copy, to be freed; NULL of none.  -ENOMEM. */
static int copy_span(struct span span, char **ret_text)
{
  char *text = NULL;
  if (span.begin && !(text = strndup(span.begin, span.length)))
    return -ENOMEM;
  *ret_text = text;
  return 0;
}

static bool has_word(struct span span, const char *word)
{
  size_t length = strlen(word);
  const char *at = span.begin, *end = span.begin + span.length;
  while ((at = memmem(at, (size_t)(end - at), word, length))) {
    bool begins = at == span.begin || at[-1] == ' ';
    bool ends = at + length == end || at[length] == ' ';
    if (begins && ends)
      return true;
    at += length;
  }
  return false;
}

/* A positive number of kibibytes as the kernel writes it: "48K" or "16384 kB". */
static struct machine_count parse_bytes(const char *text, const char *unit)
{
  char *end = NULL;
  unsigned long long kibibytes =
      text && isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
  if (kibibytes == 0 || kibibytes > UINT64_MAX / 1024 || strncmp(end, unit, strlen(unit)) != 0)
    return (struct machine_count){.known = false};
  return (struct machine_count){.known = true, .value = (uint64_t)kibibytes * 1024};
}

/* How many CPUs a list such as "0-3,8" names. */
static struct machine_count count_list(const char *list)
{
  struct machine_count unknown = {.known = false}, count = {.known = true};
  do {
    if (!list || !isdigit((unsigned char)*list))
      return unknown;
    char *end;
    unsigned long first = strtoul(list, &end, 10), last = first;
    if (*end == '-' && isdigit((unsigned char)end[1]))
      last = strtoul(end + 1, &end, 10);
    if (last < first || last > UINT32_MAX || (*end != ',' && *end != '\0'))
      return unknown;
    count.value += last - first + 1;
    list = *end == ',' ? end + 1 : NULL;
  } while (list);
  return count;
}

/* --- The CPU --- */

/* Arm's kernels give no name, only numbers, for each CPU: lists each kind once, in the order of
 * the CPUs.  None of them: NULL.  -ENOMEM. */
static int read_arm_parts(const char *cpuinfo, char **ret_parts)
{
  OWNED parts = NULL;
  for (;;) {
    struct span implementer = find_field(cpuinfo, "CPU implementer");
    struct span part = find_field(implementer.begin, "CPU part");
    if (!part.begin)
      break;
    cpuinfo = part.begin;
    OWNED kind = NULL;
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
    struct span model = find_field(cpuinfo, model_keys[i]);
    if (model.begin)
      return copy_span(model, ret_model);
  }
  return read_arm_parts(cpuinfo, ret_model);
}

static int read_microcode(const char *cpuinfo, char **ret_microcode)
{
  static const char hidden[] = "0xffffffff"; /* what hypervisors show instead */
  struct span microcode = find_field(cpuinfo, "microcode");
  if (microcode.length == strlen(hidden) && memcmp(microcode.begin, hidden, microcode.length) == 0)
    microcode.begin = NULL;
  return copy_span(microcode, ret_microcode);
}

/* --- Caches --- */

static int read_cache_text(const char *root, unsigned index, const char *name, char **ret_text)
{
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, name);
  return read_text(root, path, ret_text);
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
  OWNED level = NULL;
  OWNED type = NULL;
  OWNED size = NULL;
  OWNED sharing = NULL;
  int status;
  if ((status = read_cache_text(root, index, "level", &level)) < 0
      || (status = read_cache_text(root, index, "type", &type)) < 0
      || (status = read_cache_text(root, index, "size", &size)) < 0
      || (status = read_cache_text(root, index, "shared_cpu_list", &sharing)) < 0)
    return status;
  *ret_cache = (struct machine_cache){
      .level = level ? (unsigned)strtoul(level, NULL, 10) : 0,
      .type = level ? cache_type(type) : NULL,
      .bytes = parse_bytes(size, "K"),
      .sharing_cpus = count_list(sharing),
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

/* --- Virtualisation --- */

/* Files that give a hypervisor away, in this order, where CPUID does not.  Patterns of fnmatch. */
static const struct {
  const char *path, *pattern, *name;
} clues[] = {
    {"/sys/hypervisor/type", "xen", "xen"},
    {"/sys/class/dmi/id/product_name", "*.metal*", "none"}, /* of Amazon, like its VMs */
    {"/sys/class/dmi/id/sys_vendor", "Amazon EC2", "amazon"},
    {"/sys/class/dmi/id/product_name", "Google Compute Engine", "google"},
    {"/sys/class/dmi/id/product_name", "KVM*", "kvm"},
    {"/sys/class/dmi/id/sys_vendor", "QEMU", "qemu"},
    {"/sys/class/dmi/id/product_name", "VMware*", "vmware"},
    {"/sys/class/dmi/id/product_name", "VirtualBox", "virtualbox"},
    {"/sys/class/dmi/id/product_name", "Virtual Machine", "hyperv"},
    {"/sys/class/dmi/id/product_name", "Parallels*", "parallels"},
    {"/sys/class/dmi/id/product_name", "Apple Virtualization*", "apple"},
    {"/sys/class/dmi/id/sys_vendor", "Xen", "xen"},
    {"/proc/device-tree/hypervisor/compatible", "xen*", "xen"},
    {"/proc/device-tree/hypervisor/compatible", "linux,kvm", "kvm"},
    {"/proc/device-tree/compatible", "linux,dummy-virt", "other"}, /* QEMU, Firecracker, ... */
};

#if defined(__x86_64__) || defined(__i386__)
/* What hypervisors call themselves in CPUID leaf 0x40000000. */
static const struct {
  const char *signature, *name;
} signatures[] = {
    {"KVMKVMKVM", "kvm"},      {"Microsoft Hv", "hyperv"},     {"VMwareVMware", "vmware"},
    {"XenVMMXenVMM", "xen"},   {"VBoxVBoxVBox", "virtualbox"}, {"TCGTCGTCGTCG", "qemu"},
    {"bhyve bhyve ", "bhyve"}, {" lrpepyh  vr", "parallels"},  {"ACRNACRNACRN", "acrn"},
};

/* The hypervisor that this CPU names; NULL of none that we know. */
static const char *hypervisor_by_cpuid(void)
{
  unsigned leaf;
  union {
    unsigned words[3];
    char text[13];
  } signature = {.text = ""};
  __cpuid(0x40000000, leaf, signature.words[0], signature.words[1], signature.words[2]);
  (void)leaf;
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
    if (strcmp(signatures[i].signature, signature.text) == 0)
      return signatures[i].name;
  return NULL;
}
#else
static const char *hypervisor_by_cpuid(void)
{
  return NULL;
}
#endif

/* The hypervisor that a file gives away; NULL of none.  -ENOMEM. */
static int hypervisor_by_clues(const char *root, const char **ret_name)
{
  for (size_t i = 0; i < sizeof clues / sizeof *clues; i++) {
    OWNED text = NULL;
    int status = read_text(root, clues[i].path, &text);
    if (status < 0)
      return status;
    if (text && fnmatch(clues[i].pattern, text, 0) == 0) {
      *ret_name = clues[i].name;
      return 0;
    }
  }
  *ret_name = NULL;
  return 0;
}

/* Only x86 says for certain that there is no hypervisor: elsewhere no clue leaves it unknown. */
static int read_virtualised(const char *root, const char *cpuinfo, const char **ret_name)
{
  struct span x86_flags = find_field(cpuinfo, "flags");
  if (x86_flags.begin && !has_word(x86_flags, "hypervisor")) {
    *ret_name = "none";
    return 0;
  }
  const char *name = x86_flags.begin && root[0] == '\0' ? hypervisor_by_cpuid() : NULL;
  if (!name) {
    int status = hypervisor_by_clues(root, &name);
    if (status < 0)
      return status;
  }
  *ret_name = !name && x86_flags.begin ? "other" : name;
  return 0;
}

/* --- The machine --- */

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_text(const char *text)
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return hash;
}

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
  OWNED identity = NULL;
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
  OWNED meminfo = NULL;
  int status = read_text(root, "/proc/meminfo", &meminfo);
  if (status < 0)
    return status;
  *ret_bytes = parse_bytes(find_field(meminfo, "MemTotal").begin, " kB");
  return 0;
}

static int read_online(const char *root, struct machine_count *ret_cpus)
{
  OWNED online = NULL;
  int status = read_text(root, "/sys/devices/system/cpu/online", &online);
  if (status < 0)
    return status;
  *ret_cpus = count_list(online);
  return 0;
}

int machine_read(const char *root, struct machine *ret_machine)
{
  static const char governor[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  struct machine machine = {.cpu_model = NULL};
  OWNED cpuinfo = NULL;
  int status;
  if ((status = read_text(root, "/proc/cpuinfo", &cpuinfo)) < 0
      || (status = read_cpu_model(cpuinfo, &machine.cpu_model)) < 0
      || (status = read_microcode(cpuinfo, &machine.microcode)) < 0
      || (status = read_text(root, governor, &machine.governor)) < 0
      || (status = read_virtualised(root, cpuinfo, &machine.virtualised)) < 0
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

/* --- The software --- */

#if defined(__clang__)
static const char *const compiler =
    "clang " STRING(__clang_major__) "." STRING(__clang_minor__) "." STRING(__clang_patchlevel__);
#elif defined(__GNUC__)
static const char *const compiler = "gcc " __VERSION__;
#else
static const char *const compiler = NULL;
#endif

#ifdef PIBENCH_CFLAGS
static const char *const flags = PIBENCH_CFLAGS;
#else
static const char *const flags = NULL;
#endif

/* Asked by name, because the address of a function may be that of a stub in the program. */
static int read_gmp_path(char **ret_path)
{
  void *function = dlsym(RTLD_DEFAULT, STRING(mpz_init));
  Dl_info library;
  char *path = NULL;
  if (function && dladdr(function, &library) && library.dli_fname) {
    errno = 0;
    path = realpath(library.dli_fname, NULL);
    if (!path && errno == ENOMEM)
      return -ENOMEM;
  }
  *ret_path = path;
  return 0;
}

int software_read(struct software *ret_software)
{
  struct software software = {
      .compiler = compiler,
      .flags = flags,
      .gmp.version = gmp_version,
      .mpfr = mpfr_get_version(),
      .libc = gnu_get_libc_version(),
  };
  struct utsname system;
  if (uname(&system) == 0 && !(software.kernel = strdup(system.release)))
    return -ENOMEM;
  int status = read_gmp_path(&software.gmp.path);
  if (status < 0) {
    software_release(&software);
    return status;
  }
  *ret_software = software;
  return 0;
}

void software_release(struct software *software)
{
  if (!software)
    return;
  free(software->kernel);
  free(software->gmp.path);
  *software = (struct software){.kernel = NULL};
}
