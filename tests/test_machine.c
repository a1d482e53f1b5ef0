/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_machine.c: machines made of a few files, and the one that we are on. */

#include <ctype.h>
#include <gmp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine.h"
#include "suite.h"
#include "tree.h"

/* All tests' directories are in this one, so that even failed ones leave nothing behind. */
static char base[PATH_MAX];

/* The fake machine's root directory: one for each test. */
static char root[PATH_MAX + 16];

static void make_base(void)
{
  const char *directory = getenv("TMPDIR");
  snprintf(base, sizeof base, "%s/pibench-machine-XXXXXX", directory ? directory : "/tmp");
  ck_assert_ptr_nonnull(mkdtemp(base));
}

static void remove_base(void)
{
  tree_remove(base);
}

static void make_root(void)
{
  snprintf(root, sizeof root, "%s/XXXXXX", base);
  ck_assert_ptr_nonnull(mkdtemp(root));
}

static void put(const char *path, const char *text)
{
  tree_put(root, path, text);
}

static struct machine machine_of(const char *where)
{
  struct machine machine;
  ck_assert_int_eq(machine_read(where, &machine), 0);
  return machine;
}

#define CPU0 "/sys/devices/system/cpu/cpu0"

static void put_cache(unsigned index, const char *level, const char *type, const char *size,
                      const char *sharing)
{
  const char *const files[][2] = {
      {"level", level}, {"type", type}, {"size", size}, {"shared_cpu_list", sharing}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char path[128];
    snprintf(path, sizeof path, CPU0 "/cache/index%u/%s", index, files[i][0]);
    if (files[i][1])
      put(path, files[i][1]);
  }
}

#define X86_CPUINFO(model, more_flags)                                                             \
  "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n"                   \
  "model name\t: " model "\nstepping\t: 6\nmicrocode\t: 0xd0003a5\n"                               \
  "flags\t\t: fpu vme sse2" more_flags " avx2\nbugs\t\t: spectre_v1\n\n"                           \
  "processor\t: 1\nmodel name\t: another\nmicrocode\t: 0x1\n"

/* A physical server with 40 CPUs. */
static void put_x86(const char *cpuinfo)
{
  put("/proc/cpuinfo", cpuinfo);
  put("/proc/meminfo", "MemTotal:       131072 kB\nMemFree:           12 kB\n");
  put("/sys/devices/system/cpu/online", "0-31,40,48-54\n");
  put(CPU0 "/cpufreq/scaling_governor", "performance\n");
  put_cache(0, "1\n", "Data\n", "48K\n", "0,32\n");
  put_cache(1, "1\n", "Instruction\n", "32K\n", "0,32\n");
  put_cache(2, "2\n", "Unified\n", "1280K\n", "0,32\n");
  put_cache(3, "3\n", "Unified\n", "49152K\n", "0-31\n");
}

#define ICELAKE "Intel(R) Xeon(R) Gold 6338"

static void assert_cache(struct machine_cache cache, unsigned level, const char *type,
                         uint64_t bytes, uint64_t sharing_cpus)
{
  ck_assert_uint_eq(cache.level, level);
  ck_assert_str_eq(cache.type, type);
  ck_assert(cache.bytes.known && cache.sharing_cpus.known);
  ck_assert_uint_eq(cache.bytes.value, bytes);
  ck_assert_uint_eq(cache.sharing_cpus.value, sharing_cpus);
}

START_TEST(an_x86_machine_is_read_whole)
{
  put_x86(X86_CPUINFO(ICELAKE, ""));
  struct machine machine = machine_of(root);
  ck_assert_str_eq(machine.cpu_model, ICELAKE);
  ck_assert_str_eq(machine.microcode, "0xd0003a5");
  ck_assert_str_eq(machine.governor, "performance");
  ck_assert_str_eq(machine.virtualised, "none");
  ck_assert(machine.memory_bytes.known && machine.online_cpus.known);
  ck_assert_uint_eq(machine.memory_bytes.value, 128 << 20);
  ck_assert_uint_eq(machine.online_cpus.value, 40);
  ck_assert_uint_eq(machine.cache_count, 4);
  assert_cache(machine.caches[0], 1, "Data", 48 << 10, 2);
  assert_cache(machine.caches[1], 1, "Instruction", 32 << 10, 2);
  assert_cache(machine.caches[2], 2, "Unified", 1280 << 10, 2);
  assert_cache(machine.caches[3], 3, "Unified", 48 << 20, 32);
  machine_release(&machine);
}
END_TEST

#define ARM_CPU(number, part)                                                                      \
  "processor\t: " number "\nBogoMIPS\t: 2000.00\nFeatures\t: fp asimd sve\n"                       \
  "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: " part            \
  "\nCPU revision\t: 1\n\n"

START_TEST(an_arm_cpu_without_a_name_is_known_by_its_numbers)
{
  put("/proc/cpuinfo", ARM_CPU("0", "0xd0c") ARM_CPU("1", "0xd0c"));
  struct machine machine = machine_of(root);
  ck_assert_str_eq(machine.cpu_model, "implementer 0x41 part 0xd0c");
  ck_assert_ptr_null(machine.microcode);
  ck_assert_ptr_null(machine.virtualised); /* no hypervisor seen is not none there */
  ck_assert_ptr_nonnull(machine.fingerprint);
  machine_release(&machine);
}
END_TEST

START_TEST(an_arm_machine_with_two_kinds_of_core_names_each_once)
{
  put("/proc/cpuinfo", ARM_CPU("0", "0xd87") ARM_CPU("1", "0xd85") ARM_CPU("2", "0xd87"));
  struct machine machine = machine_of(root);
  ck_assert_str_eq(machine.cpu_model, "implementer 0x41 part 0xd87 + implementer 0x41 part 0xd85");
  machine_release(&machine);
}
END_TEST

static void assert_all_unknown(const struct machine *machine)
{
  ck_assert_ptr_null(machine->cpu_model);
  ck_assert_ptr_null(machine->microcode);
  ck_assert_ptr_null(machine->governor);
  ck_assert_ptr_null(machine->virtualised);
  ck_assert_ptr_null(machine->fingerprint);
  ck_assert(!machine->memory_bytes.known && !machine->online_cpus.known);
  ck_assert_uint_eq(machine->cache_count, 0);
}

START_TEST(missing_files_are_unknown)
{
  struct machine machine = machine_of(root);
  assert_all_unknown(&machine);
  machine_release(&machine);
}
END_TEST

START_TEST(empty_and_senseless_files_are_unknown)
{
  put("/proc/cpuinfo", "\nmodel name\t: \nmodel name without colon\nmicrocode\t:\n:\n");
  put("/proc/meminfo", "MemTotal: lots\n");
  put("/sys/devices/system/cpu/online", "3-1\n");
  put(CPU0 "/cpufreq/scaling_governor", "\n");
  put_cache(0, "1\n", "Imaginary\n", "48K\n", "0\n");
  struct machine machine = machine_of(root);
  assert_all_unknown(&machine);
  machine_release(&machine);
}
END_TEST

START_TEST(malformed_cpu_lists_are_unknown)
{
  static const char *const lists[] = {"",      ",", "0,",   "0-",   "-1",
                                      "0-3;5", "a", "0--1", "0-3x", "0-18446744073709551615"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    put("/sys/devices/system/cpu/online", lists[i]);
    struct machine machine = machine_of(root);
    ck_assert_msg(!machine.online_cpus.known, "\"%s\"", lists[i]);
    machine_release(&machine);
  }
}
END_TEST

START_TEST(a_cache_of_unknown_size_keeps_its_place)
{
  put_cache(0, "1\n", "Data\n", NULL, NULL); /* many Arm systems */
  put_cache(1, "2\n", "Unified\n", "0K\n", "0-3\n");
  struct machine machine = machine_of(root);
  ck_assert_uint_eq(machine.cache_count, 2);
  ck_assert(!machine.caches[0].bytes.known && !machine.caches[0].sharing_cpus.known);
  ck_assert(!machine.caches[1].bytes.known && machine.caches[1].sharing_cpus.known);
  machine_release(&machine);
}
END_TEST

START_TEST(microcode_that_a_hypervisor_hides_is_unknown)
{
  put("/proc/cpuinfo", "model name\t: Xeon\nmicrocode\t: 0xffffffff\n");
  struct machine machine = machine_of(root);
  ck_assert_ptr_null(machine.microcode);
  machine_release(&machine);
}
END_TEST

#define DMI "/sys/class/dmi/id/"

START_TEST(hypervisors_are_named_by_what_gives_them_away)
{
  static const struct {
    const char *cpuinfo, *path, *text, *virtualised;
  } cases[] = {
      {X86_CPUINFO(ICELAKE, " hypervisor"), "/nothing", "", "other"},
      {X86_CPUINFO(ICELAKE, " hypervisor"), DMI "sys_vendor", "QEMU\n", "qemu"},
      {X86_CPUINFO(ICELAKE, " hypervisor"), "/sys/hypervisor/type", "xen\n", "xen"},
      {X86_CPUINFO(ICELAKE, " hypervisors nohypervisor"), DMI "sys_vendor", "QEMU\n", "none"},
      {ARM_CPU("0", "0xd0c"), DMI "sys_vendor", "Ampere(R)\n", NULL},
      {ARM_CPU("0", "0xd0c"), DMI "sys_vendor", "Amazon EC2\n", "amazon"},
      {ARM_CPU("0", "0xd0c"), DMI "product_name", "c7g.metal\n", "none"},
      {ARM_CPU("0", "0xd0c"), DMI "product_name", "Virtual Machine\n", "hyperv"},
      {ARM_CPU("0", "0xd0c"), DMI "product_name", "KVM Virtual Machine\n", "kvm"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    put("/proc/cpuinfo", cases[i].cpuinfo);
    put(cases[i].path, cases[i].text);
    struct machine machine = machine_of(root);
    ck_assert_pstr_eq(machine.virtualised, cases[i].virtualised);
    machine_release(&machine);
    put(cases[i].path, "");
  }
}
END_TEST

START_TEST(a_device_tree_of_several_strings_is_read_to_its_first_end)
{
  static const char compatible[] = "linux,dummy-virt\0qemu,virt";
  put("/proc/cpuinfo", ARM_CPU("0", "0xd0c"));
  tree_put_bytes(root, "/proc/device-tree/compatible", compatible, sizeof compatible);
  struct machine machine = machine_of(root);
  ck_assert_str_eq(machine.virtualised, "other");
  machine_release(&machine);
}
END_TEST

/* The fingerprint of the fake machine after writing another file, in static storage. */
static const char *fingerprint_with(const char *path, const char *text)
{
  static char fingerprint[17];
  put(path, text);
  struct machine machine = machine_of(root);
  ck_assert_uint_eq(strlen(machine.fingerprint), 16);
  snprintf(fingerprint, sizeof fingerprint, "%s", machine.fingerprint);
  machine_release(&machine);
  return fingerprint;
}

/* FNV-1a of the identity text, computed apart: a change of it would orphan everybody's history. */
static const char known_fingerprint[] = "b75e76d16dada6a9";

START_TEST(the_fingerprint_is_the_published_one)
{
  put_x86(X86_CPUINFO(ICELAKE, ""));
  ck_assert_str_eq(fingerprint_with("/nothing", ""), known_fingerprint);
}
END_TEST

START_TEST(the_fingerprint_does_not_depend_on_what_upgrades_and_reboots_change)
{
  put_x86(X86_CPUINFO(ICELAKE, ""));
  static const char *const changes[][2] = {
      {"/proc/cpuinfo", "model name\t: " ICELAKE "\nmicrocode\t: 0x2\nflags\t: fpu newer\n"},
      {"/proc/meminfo", "MemTotal: 131000 kB\n"},
      {CPU0 "/cpufreq/scaling_governor", "powersave\n"},
      {"/proc/sys/kernel/hostname", "deepthought\n"},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    ck_assert_str_eq(fingerprint_with(changes[i][0], changes[i][1]), known_fingerprint);
}
END_TEST

START_TEST(the_fingerprint_tells_machines_apart)
{
  static const char *const changes[][2] = {
      {"/proc/cpuinfo", X86_CPUINFO("Intel(R) Xeon(R) Gold 6348", "")},
      {"/proc/cpuinfo", X86_CPUINFO(ICELAKE, " hypervisor")},
      {"/sys/devices/system/cpu/online", "0-31\n"},
      {CPU0 "/cache/index3/size", "43008K\n"},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    put_x86(X86_CPUINFO(ICELAKE, ""));
    ck_assert_str_ne(fingerprint_with(changes[i][0], changes[i][1]), known_fingerprint);
  }
}
END_TEST

START_TEST(this_machine_reads_sensibly_and_always_the_same)
{
  struct machine machine = machine_of(""), again = machine_of("");
  ck_assert_pstr_eq(machine.cpu_model, again.cpu_model);
  ck_assert_pstr_eq(machine.fingerprint, again.fingerprint);
#if defined(__x86_64__)
  ck_assert_str_ne(machine.cpu_model, "");
  ck_assert_str_ne(machine.virtualised, "");
  ck_assert_uint_eq(strspn(machine.fingerprint, "0123456789abcdef"), 16);
#endif
  ck_assert(!machine.memory_bytes.known || machine.memory_bytes.value > 16 << 20);
  ck_assert(!machine.online_cpus.known || machine.online_cpus.value > 0);
  for (unsigned i = 0; i < machine.cache_count; i++)
    ck_assert_uint_gt(machine.caches[i].level, 0);
  machine_release(&machine);
  machine_release(&again);
}
END_TEST

START_TEST(release_accepts_nothing_and_twice)
{
  machine_release(NULL);
  struct machine machine = machine_of(root);
  machine_release(&machine);
  machine_release(&machine);
  software_release(NULL);
  struct software software;
  ck_assert_int_eq(software_read(&software), 0);
  software_release(&software);
  software_release(&software);
}
END_TEST

START_TEST(software_is_what_this_process_runs)
{
  struct software software;
  struct utsname system;
  ck_assert_int_eq(software_read(&software), 0);
  ck_assert_int_eq(uname(&system), 0);
  ck_assert_str_eq(software.kernel, system.release);
  ck_assert_str_eq(software.gmp.version, gmp_version);
  ck_assert_msg(isdigit((unsigned char)software.mpfr[0]), "%s", software.mpfr);
  ck_assert_msg(isdigit((unsigned char)software.libc[0]), "%s", software.libc);
  ck_assert_msg(strpbrk(software.compiler, "0123456789") != NULL, "%s", software.compiler);
  ck_assert(!software.flags || software.flags[0] != '\0');
  if (software.gmp.path) { /* not linked statically */
    ck_assert_int_eq(access(software.gmp.path, R_OK), 0);
    ck_assert_ptr_nonnull(strstr(software.gmp.path, "/libgmp."));
  }
  software_release(&software);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      an_x86_machine_is_read_whole,
      an_arm_cpu_without_a_name_is_known_by_its_numbers,
      an_arm_machine_with_two_kinds_of_core_names_each_once,
      missing_files_are_unknown,
      empty_and_senseless_files_are_unknown,
      malformed_cpu_lists_are_unknown,
      a_cache_of_unknown_size_keeps_its_place,
      microcode_that_a_hypervisor_hides_is_unknown,
      hypervisors_are_named_by_what_gives_them_away,
      a_device_tree_of_several_strings_is_read_to_its_first_end,
      the_fingerprint_is_the_published_one,
      the_fingerprint_does_not_depend_on_what_upgrades_and_reboots_change,
      the_fingerprint_tells_machines_apart,
      this_machine_reads_sensibly_and_always_the_same,
      release_accepts_nothing_and_twice,
      software_is_what_this_process_runs,
  };
  TCase *tcase = tcase_create("machine");
  tcase_add_unchecked_fixture(tcase, make_base, remove_base);
  tcase_add_checked_fixture(tcase, make_root, NULL);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(tcase, tests[i]);
  Suite *suite = suite_create("machine");
  suite_add_tcase(suite, tcase);
  return suite_run(suite);
}
