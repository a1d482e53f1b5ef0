/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_placement.c: orders of slots on saved and synthetic machines, and binding on this one.
 *
 * What each order looks like is kept in topologies/NAME.PLACE.golden.  After a change that is
 * meant, PIBENCH_UPDATE_GOLDEN=1 writes them anew; read the difference, as a person would draw the
 * order.
 */
#include "placement.h"
#include "placement_order.h"

#include "suite.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST          16
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const enum place places[] = {PLACE_CORES, PLACE_SCATTER, PLACE_COMPACT};

/* Each has a golden file named after it. */
static const struct {
  const char *name, *description;
} synthetic[] = {
    {"synthetic-1-pu", "pu:1"},
    {"synthetic-no-cores", "pu:5"},
    {"synthetic-2-packages", "pack:2 numa:1 l3:2 core:4 pu:2"},
    {"synthetic-4-single-cores", "pack:4 core:1 pu:2"},
    {"synthetic-numa-smt4", "numa:2 core:3 pu:4"},
    {"synthetic-2-numa-per-package", "pack:2 numa:2 l3:2 core:2 pu:1"},
    {"synthetic-dies-and-groups", "group:2 pack:2 die:2 l3:1 core:2 pu:1"},
    {"synthetic-memory-beside", "[numa] pack:2 [numa] [numa] core:2 pu:1"},
    {"synthetic-siblings-apart", "pack:1 l3:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)"},
};

static const char *directory(void)
{
  const char *named = getenv("PIBENCH_TOPOLOGIES");
  return named ? named : "tests/topologies";
}

static void forget_machines(void)
{
  static const char *const variables[] = {
      "HWLOC_XMLFILE",    "HWLOC_SYNTHETIC",  "HWLOC_FSROOT",          "HWLOC_CPUID_PATH",
      "HWLOC_THISSYSTEM", "HWLOC_COMPONENTS", "HWLOC_CPUKINDS_RANKING"};
  for (size_t i = 0; i < LENGTH(variables); i++)
    unsetenv(variables[i]);
}

static void use_synthetic(const char *description)
{
  forget_machines();
  setenv("HWLOC_SYNTHETIC", description, 1);
}

static void use_saved(const char *name)
{
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s.xml", directory(), name);
  ck_assert_msg(access(path, R_OK) == 0, "no %s: set PIBENCH_TOPOLOGIES", path);
  forget_machines();
  setenv("HWLOC_XMLFILE", path, 1);
}

static struct placement *load(enum place place, const char *cpu_list)
{
  struct placement *placement = NULL;
  unsigned bad_cpu;
  ck_assert_int_eq(placement_load(place, cpu_list, &placement, &bad_cpu), 0);
  return placement;
}

static void assert_cpus(const struct placement *placement, const unsigned *cpus, unsigned count)
{
  ck_assert_uint_eq(placement->slot_count, count);
  for (unsigned i = 0; i < count; i++)
    ck_assert_msg(placement->slots[i].cpu == cpus[i], "slot %u: CPU %u, not %u", i,
                  placement->slots[i].cpu, cpus[i]);
}

static void assert_counts(const struct placement *placement, unsigned most,
                          const unsigned *expected, unsigned length)
{
  unsigned counts[64];
  ck_assert_uint_le(most, LENGTH(counts));
  unsigned count = placement_worker_counts(placement, most, counts);
  ck_assert_uint_eq(count, length);
  for (unsigned i = 0; i < count; i++)
    ck_assert_msg(counts[i] == expected[i], "%u: %u, not %u", i, counts[i], expected[i]);
}

#define CPUS(placement, ...)                                                                       \
  assert_cpus(placement, (const unsigned[]){__VA_ARGS__}, LENGTH(((const unsigned[]){__VA_ARGS__})))
#define COUNTS(placement, most, ...)                                                               \
  assert_counts(placement, most, (const unsigned[]){__VA_ARGS__},                                  \
                LENGTH(((const unsigned[]){__VA_ARGS__})))

static void assert_regime(const struct placement *placement, unsigned index,
                          enum regime_start start, unsigned begin, unsigned end)
{
  ck_assert_uint_lt(index, placement->regime_count);
  ck_assert_int_eq(placement->regimes[index].start, start);
  ck_assert_uint_eq(placement->regimes[index].begin, begin);
  ck_assert_uint_eq(placement->regimes[index].end, end);
}

/* --- Every machine and place --- */

/* What holds for any placement. */
static void assert_sound(const struct placement *placement)
{
  ck_assert_uint_gt(placement->slot_count, 0);
  ck_assert_uint_gt(placement->regime_count, 0);
  ck_assert_uint_gt(placement->kind_count, 0);
  unsigned begin = 0;
  for (unsigned i = 0; i < placement->regime_count; i++) {
    ck_assert_int_eq(placement->regimes[i].start == REGIME_FIRST, i == 0);
    ck_assert_uint_eq(placement->regimes[i].begin, begin);
    ck_assert_uint_gt(placement->regimes[i].end, begin);
    begin = placement->regimes[i].end;
  }
  ck_assert_uint_eq(begin, placement->slot_count);
  for (unsigned i = 0; i < placement->slot_count; i++) {
    const struct slot *slot = &placement->slots[i];
    const struct regime *regime = &placement->regimes[slot->regime];
    ck_assert(i >= regime->begin && i < regime->end);
    ck_assert(slot->kind >= 0 && (unsigned)slot->kind < placement->kind_count);
    unsigned sharing = 0;
    for (unsigned j = 0; j < i; j++) {
      ck_assert_uint_ne(placement->slots[j].cpu, slot->cpu);
      sharing += placement->slots[j].core == slot->core;
    }
    ck_assert_uint_eq(slot->smt, sharing);
    if (slot->smt > 0)
      ck_assert_double_eq(slot->capacity, 0);
    else if (slot->kind == placement->slots[0].kind)
      ck_assert_double_eq(slot->capacity, 1);
    else
      ck_assert_double_nan(slot->capacity);
  }
}

/* cores and scatter: no core is shared, and no slower one used, before it has to be. */
static void assert_tiers(const struct placement *placement)
{
  for (unsigned i = 1; i < placement->slot_count; i++) {
    const struct slot *before = &placement->slots[i - 1], *slot = &placement->slots[i];
    ck_assert_uint_ge(slot->smt, before->smt);
    if (slot->smt == 0)
      ck_assert_int_ge(slot->kind, before->kind);
  }
}

static void assert_default_counts(const struct placement *placement)
{
  unsigned counts[MOST];
  for (unsigned most = 2; most <= MOST; most++) {
    unsigned count = placement_worker_counts(placement, most, counts);
    ck_assert_uint_le(count, most);
    ck_assert_uint_eq(counts[0], 1);
    ck_assert_uint_eq(counts[count - 1], placement->slot_count);
    for (unsigned i = 1; i < count; i++)
      ck_assert_uint_gt(counts[i], counts[i - 1]);
  }
}

/* Writes "0-3,8 " with ascending neighbours joined, in the order of the slots. */
static void print_cpus(FILE *file, const struct slot *slots, unsigned begin, unsigned end)
{
  for (unsigned i = begin; i < end;) {
    unsigned last = i;
    while (last + 1 < end && slots[last + 1].cpu == slots[last].cpu + 1)
      last++;
    fprintf(file, i == begin ? "%u" : ",%u", slots[i].cpu);
    if (last > i)
      fprintf(file, "-%u", slots[last].cpu);
    i = last + 1;
  }
}

static bool alike(const struct slot *a, const struct slot *b)
{
  return a->l3 == b->l3 && a->numa == b->numa && a->package == b->package && a->kind == b->kind
         && a->smt == b->smt && a->regime == b->regime;
}

/* One line for each stretch of slots that differ in nothing but CPU and core. */
static void print_slots(FILE *file, const struct placement *placement)
{
  const struct slot *slots = placement->slots;
  for (unsigned begin = 0, end; begin < placement->slot_count; begin = end) {
    const struct slot *slot = &slots[begin];
    const struct regime *regime = &placement->regimes[slot->regime];
    if (regime->begin == begin)
      fprintf(file, "-- %s: slots %u to %u\n", placement_regime_text(regime->start), begin,
              regime->end - 1);
    for (end = begin + 1; end < placement->slot_count && alike(&slots[end], slot); end++)
      ;
    fprintf(file, "package %d  numa %d  l3 %d  kind %d  smt %u  cpus ", slot->package, slot->numa,
            slot->l3, slot->kind, slot->smt);
    print_cpus(file, slots, begin, end);
    fprintf(file, "\n");
  }
}

static char *describe(const struct placement *placement)
{
  char *text;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  ck_assert_ptr_nonnull(file);
  fprintf(file, "%s: %u slots, allowed %s, kinds %u\n", placement_place_name(placement->place),
          placement->slot_count, placement->allowed, placement->kind_count);
  unsigned counts[MOST], count = placement_worker_counts(placement, MOST, counts);
  fprintf(file, "workers");
  for (unsigned i = 0; i < count; i++)
    fprintf(file, " %u", counts[i]);
  fprintf(file, "\n");
  print_slots(file, placement);
  fclose(file);
  return text;
}

static void write_golden(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  fclose(file);
}

static void compare_golden(const char *path, const char *text)
{
  FILE *file = fopen(path, "r");
  ck_assert_msg(file, "no %s: PIBENCH_UPDATE_GOLDEN=1 makes it", path);
  char *golden = NULL;
  size_t size = 0;
  ssize_t length = getdelim(&golden, &size, '\0', file);
  fclose(file);
  ck_assert_int_gt(length, 0);
  unsigned line = 1;
  const char *at = golden, *found = text;
  for (; *at && *at == *found; at++, found++)
    line += *at == '\n';
  ck_assert_msg(*at == *found, "%s:%u: now another order, see PIBENCH_UPDATE_GOLDEN", path, line);
  free(golden);
}

static void check_golden(const struct placement *placement, const char *name)
{
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s.%s.golden", directory(), name,
           placement_place_name(placement->place));
  char *text = describe(placement);
  if (getenv("PIBENCH_UPDATE_GOLDEN"))
    write_golden(path, text);
  else
    compare_golden(path, text);
  free(text);
}

static void check_machine(const char *name)
{
  for (size_t i = 0; i < LENGTH(places); i++) {
    struct placement *placement = load(places[i], NULL);
    ck_assert(!placement->this_system);
    ck_assert_double_infinite(placement->quota_cpus);
    assert_sound(placement);
    assert_default_counts(placement);
    if (places[i] != PLACE_COMPACT && strcmp(name, "fakecpukinds") != 0)
      assert_tiers(placement);
    check_golden(placement, name);
    placement_free(placement);
  }
}

START_TEST(saved_machines_as_drawn)
{
  char pattern[PATH_MAX];
  glob_t files;
  snprintf(pattern, sizeof(pattern), "%s/*.xml", directory());
  ck_assert_msg(glob(pattern, 0, NULL, &files) == 0, "no %s: set PIBENCH_TOPOLOGIES", pattern);
  for (size_t i = 0; i < files.gl_pathc; i++) {
    const char *base = strrchr(files.gl_pathv[i], '/') + 1;
    char name[NAME_MAX];
    snprintf(name, sizeof(name), "%.*s", (int)(strlen(base) - strlen(".xml")), base);
    use_saved(name);
    check_machine(name);
  }
  globfree(&files);
}
END_TEST

START_TEST(synthetic_machines_as_drawn)
{
  use_synthetic(synthetic[_i].description);
  check_machine(synthetic[_i].name);
}
END_TEST

/* --- Orders that a person can check here --- */

START_TEST(cores_take_fast_then_slow_then_siblings)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CORES, NULL);
  CPUS(placement, 0, 2, 4, 6, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 1, 3, 5, 7, 9, 11);
  ck_assert_uint_eq(placement->kind_count, 2);
  ck_assert_uint_eq(placement->regime_count, 3);
  assert_regime(placement, 0, REGIME_FIRST, 0, 6);
  assert_regime(placement, 1, REGIME_KIND, 6, 14);
  assert_regime(placement, 2, REGIME_SMT, 14, 20);
  COUNTS(placement, MOST, 1, 2, 4, 6, 8, 14, 16, 20);
  placement_free(placement);
}
END_TEST

START_TEST(cores_fill_a_package_before_the_next)
{
  use_synthetic("pack:2 numa:1 l3:2 core:2 pu:2");
  struct placement *placement = load(PLACE_CORES, NULL);
  CPUS(placement, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
  ck_assert_uint_eq(placement->regime_count, 3);
  assert_regime(placement, 0, REGIME_FIRST, 0, 4);
  assert_regime(placement, 1, REGIME_PACKAGE, 4, 8);
  assert_regime(placement, 2, REGIME_SMT, 8, 16);
  placement_free(placement);
}
END_TEST

START_TEST(cores_of_a_slower_kind_reopen_no_package)
{
  use_saved("made-up-2-hybrid-packages");
  struct placement *placement = load(PLACE_CORES, NULL);
  CPUS(placement, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  ck_assert_uint_eq(placement->regime_count, 4);
  assert_regime(placement, 0, REGIME_FIRST, 0, 2);
  assert_regime(placement, 1, REGIME_PACKAGE, 2, 4);
  assert_regime(placement, 2, REGIME_KIND, 4, 8);
  assert_regime(placement, 3, REGIME_SMT, 8, 12);
  placement_free(placement);
}
END_TEST

START_TEST(memory_without_cpus_is_not_nearest)
{
  use_saved("made-up-2-hybrid-packages");
  struct placement *placement = load(PLACE_CORES, NULL);
  for (unsigned i = 0; i < placement->slot_count; i++)
    ck_assert_int_eq(placement->slots[i].numa, placement->slots[i].package);
  placement_free(placement);
}
END_TEST

START_TEST(scatter_takes_packages_then_nodes_then_caches_in_turn)
{
  use_synthetic("pack:2 numa:2 l3:2 core:2 pu:1");
  struct placement *placement = load(PLACE_SCATTER, NULL);
  CPUS(placement, 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15);
  ck_assert_uint_eq(placement->regime_count, 1);
  placement_free(placement);
}
END_TEST

/* Packages with one fast core and with three, and two slow ones each: that a package is ahead with
 * fast ones does not matter to the slow. */
START_TEST(scatter_counts_the_turns_of_each_kind_anew)
{
  static const struct {
    int package, efficiency;
  } cores[] = {{0, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, {1, 1}, {1, 0}, {1, 0}};
  static const unsigned expected[] = {0, 3, 4, 5, 1, 6, 2, 7};
  struct pu pus[LENGTH(cores)];
  for (unsigned i = 0; i < LENGTH(cores); i++)
    pus[i] = (struct pu){.slot = {.cpu = i, .core = i, .package = cores[i].package},
                         .index = i,
                         .efficiency = cores[i].efficiency};
  ck_assert_uint_eq(placement_number_kinds(pus, LENGTH(cores)), 2);
  placement_order(PLACE_SCATTER, pus, LENGTH(cores));
  for (unsigned i = 0; i < LENGTH(cores); i++)
    ck_assert_uint_eq(pus[i].slot.cpu, expected[i]);
}
END_TEST

START_TEST(compact_puts_siblings_together)
{
  use_synthetic("pack:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)");
  struct placement *placement = load(PLACE_COMPACT, NULL);
  CPUS(placement, 0, 4, 1, 5, 2, 6, 3, 7);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 0, REGIME_FIRST, 0, 4);
  assert_regime(placement, 1, REGIME_PACKAGE, 4, 8);
  placement_free(placement);
}
END_TEST

/* Ranks of a cluster, node by node: each has slots of one list in turn. */
static struct placement *ranks_on(const char *machine, unsigned nodes, unsigned each)
{
  use_synthetic(machine);
  struct placement *placement = load(PLACE_CORES, NULL);
  struct slot *slots = calloc((size_t)nodes * each, sizeof *slots);
  for (unsigned i = 0; i < nodes * each; i++) {
    slots[i] = placement->slots[i % each % placement->slot_count];
    slots[i].node = i / each;
    slots[i].core += 1000 * slots[i].node;
  }
  ck_assert_int_eq(placement_replace(placement, slots, nodes * each), 0);
  return placement;
}

START_TEST(ranks_that_share_cpus_are_no_smt_siblings)
{
  struct placement *placement = ranks_on("core:2 pu:1", 1, 4);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 1, REGIME_SHARED, 2, 4);
  ck_assert_uint_eq(placement_cpus(placement, 2), 2);
  ck_assert_uint_eq(placement_cpus(placement, 3), 2);
  ck_assert_uint_eq(placement_cpus(placement, 9), 2);
  placement_free(placement);
  placement = ranks_on("core:2 pu:2", 1, 6);
  ck_assert_uint_eq(placement->regime_count, 3);
  assert_regime(placement, 1, REGIME_SMT, 2, 4);
  assert_regime(placement, 2, REGIME_SHARED, 4, 6);
  ck_assert_double_eq(placement_capacity(placement, 6), 2);
  placement_free(placement);
}
END_TEST

START_TEST(ranks_of_different_nodes_share_nothing)
{
  struct placement *placement = ranks_on("core:2 pu:1", 2, 2);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 1, REGIME_NODE, 2, 4);
  ck_assert_uint_eq(placement_cpus(placement, 4), 4);
  placement_free(placement);
  placement = ranks_on("core:2 pu:1", 2, 3); /* the third slot shares, the fourth does not */
  ck_assert_uint_eq(placement_cpus(placement, 6), 4);
  ck_assert_double_eq(placement_capacity(placement, 6), 4);
  placement_free(placement);
}
END_TEST

START_TEST(compact_on_one_core_has_an_smt_regime)
{
  use_synthetic("core:1 pu:2");
  struct placement *placement = load(PLACE_COMPACT, NULL);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 0, REGIME_FIRST, 0, 1);
  assert_regime(placement, 1, REGIME_SMT, 1, 2);
  placement_free(placement);
}
END_TEST

START_TEST(unranked_kinds_count_as_one)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  setenv("HWLOC_CPUKINDS_RANKING", "none", 1);
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_uint_eq(placement->kind_count, 1);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 1, REGIME_SMT, 14, 20);
  ck_assert_double_eq(placement_capacity(placement, 20), 14);
  placement_free(placement);
}
END_TEST

/* --- A list of CPUs --- */

START_TEST(cpu_list_keeps_its_order)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CPUS, "12-14,1,0,8");
  CPUS(placement, 12, 13, 14, 1, 0, 8);
  assert_sound(placement);
  ck_assert_str_eq(placement->allowed, "0-19");
  ck_assert_uint_eq(placement->kind_count, 2);
  ck_assert_int_eq(placement->slots[0].kind, 1);
  ck_assert_uint_eq(placement->slots[4].smt, 1);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 1, REGIME_KIND, 3, 6);
  placement_free(placement);
}
END_TEST

START_TEST(cpu_list_by_hand_has_the_regimes_of_its_order)
{
  use_synthetic("pack:2 core:2 pu:2");
  struct placement *placement = load(PLACE_CPUS, "0,2,4,6,1,3");
  ck_assert_uint_eq(placement->regime_count, 3);
  assert_regime(placement, 1, REGIME_PACKAGE, 2, 4);
  assert_regime(placement, 2, REGIME_SMT, 4, 6);
  placement_free(placement);
  placement = load(PLACE_CPUS, "0,4,2,6");
  ck_assert_uint_eq(placement->regime_count, 1);
  placement_free(placement);
  placement = load(PLACE_CPUS, "5");
  CPUS(placement, 5);
  COUNTS(placement, MOST, 1);
  placement_free(placement);
}
END_TEST

START_TEST(cpu_list_that_is_none_is_refused)
{
  static const char *const lists[] = {
      NULL,   "",     " ",    ",",          "0,",
      ",0",   "0,,1", "0 1",  "0-",         "-0",
      "1-0",  "a",    "0x1",  "+1",         "0-1-2",
      "0;1",  "0, 1", "0,0",  "0-3,2",      "3,0-3",
      "99,a", "1e1",  "0,-1", "4294967296", "18446744073709551616",
  };
  use_synthetic("pack:2 core:2 pu:2");
  struct placement *placement = NULL;
  unsigned bad_cpu = 77;
  for (size_t i = 0; i < LENGTH(lists); i++)
    ck_assert_msg(placement_load(PLACE_CPUS, lists[i], &placement, &bad_cpu) == -EINVAL, "\"%s\"",
                  lists[i]);
  ck_assert_ptr_null(placement);
  ck_assert_uint_eq(bad_cpu, 77);
}
END_TEST

START_TEST(cpu_that_is_not_there_is_named)
{
  static const struct {
    const char *list;
    unsigned bad_cpu;
  } lists[] = {
      {"2", 2}, {"0,5", 5}, {"0-4", 2}, {"3,4,6-4294967295", 7}, {"4294967295", 4294967295},
  };
  use_saved("16em64t-4s2c2t-offlines"); /* has 0-1,3-4,6,12,15 */
  struct placement *placement = NULL;
  for (size_t i = 0; i < LENGTH(lists); i++) {
    unsigned bad_cpu = 77;
    ck_assert_int_eq(placement_load(PLACE_CPUS, lists[i].list, &placement, &bad_cpu), -ENOENT);
    ck_assert_uint_eq(bad_cpu, lists[i].bad_cpu);
  }
  ck_assert_ptr_null(placement);
}
END_TEST

/* --- Counts and capacities --- */

START_TEST(worker_counts_keep_what_matters_when_few)
{
  use_saved("AMD-19h-Zen4-2xEpyc-9654");
  struct placement *placement = load(PLACE_CORES, NULL);
  COUNTS(placement, MOST, 1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384);
  COUNTS(placement, 5, 1, 16, 96, 192, 384);
  COUNTS(placement, 4, 1, 16, 192, 384);
  COUNTS(placement, 3, 1, 192, 384);
  COUNTS(placement, 2, 1, 384);
  placement_free(placement);
}
END_TEST

START_TEST(worker_counts_of_many_packages_spare_the_first)
{
  use_synthetic("pack:32 core:24 pu:2");
  struct placement *placement = load(PLACE_CORES, NULL);
  COUNTS(placement, MOST, 1, 4, 8, 24, 48, 72, 96, 120, 144, 192, 240, 336, 408, 528, 768, 1536);
  placement_free(placement);
}
END_TEST

START_TEST(worker_counts_end_at_the_quota)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CORES, NULL);
  placement->quota_cpus = 15.9;
  COUNTS(placement, MOST, 1, 2, 4, 6, 8, 14, 15);
  placement->quota_cpus = 3;
  COUNTS(placement, MOST, 1, 2, 3);
  placement->quota_cpus = 0.25;
  COUNTS(placement, MOST, 1);
  placement->quota_cpus = 100;
  COUNTS(placement, MOST, 1, 2, 4, 6, 8, 14, 16, 20);
  placement_free(placement);
}
END_TEST

START_TEST(measured_speeds_of_kinds_make_the_capacity)
{
  const double speeds[] = {1, 0.56};
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_uint_eq(placement_first_of_kind(placement, 0), 0);
  ck_assert_uint_eq(placement_first_of_kind(placement, 1), 6);
  ck_assert_uint_eq(placement_first_of_kind(placement, 2), placement->slot_count);
  ck_assert_double_eq_tol(placement_capacity_with(placement, 6, speeds), 6, 1e-12);
  ck_assert_double_eq_tol(placement_capacity_with(placement, 7, speeds), 6.56, 1e-12);
  ck_assert_double_eq_tol(placement_capacity_with(placement, 20, speeds), 10.48, 1e-12);
  ck_assert_double_nan(placement_capacity_with(placement, 7, NULL));
  placement_free(placement);
}
END_TEST

START_TEST(capacity_sums_what_is_known)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_double_eq(placement_capacity(placement, 0), 0);
  ck_assert_double_eq(placement_capacity(placement, 1), 1);
  ck_assert_double_eq(placement_capacity(placement, 6), 6);
  ck_assert_double_nan(placement_capacity(placement, 7));
  for (unsigned i = 6; i < 14; i++)
    placement->slots[i].capacity = 0.56;
  ck_assert_double_eq_tol(placement_capacity(placement, 14), 10.48, 1e-12);
  ck_assert_double_eq_tol(placement_capacity(placement, 20), 10.48, 1e-12);
  ck_assert_double_eq_tol(placement_capacity(placement, 1000), 10.48, 1e-12);
  placement_free(placement);
}
END_TEST

START_TEST(capacity_spends_the_quota_on_the_fastest)
{
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CPUS, "12,13,0,2,1");
  placement->slots[2].capacity = placement->slots[3].capacity = 1.8;
  ck_assert_double_eq_tol(placement_capacity(placement, 5), 5.6, 1e-12);
  placement->quota_cpus = 2.5;
  ck_assert_double_eq_tol(placement_capacity(placement, 5), 4.1, 1e-12);
  ck_assert_double_eq_tol(placement_capacity(placement, 2), 2, 1e-12);
  placement->quota_cpus = 0.5;
  ck_assert_double_eq_tol(placement_capacity(placement, 1), 1, 1e-12);
  ck_assert_double_eq_tol(placement_capacity(placement, 2), 1, 1e-12);
  placement_free(placement);
}
END_TEST

/* --- This machine --- */

/* Runs the check in a child, where assertions would be lost: it returns 0 or a line number. */
static void check_in_child(int (*check)(void))
{
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    int line = check();
    _exit(line < 255 ? line : 255);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFEXITED(status));
  ck_assert_int_eq(WEXITSTATUS(status), 0);
}

#define CHECK(number, condition)                                                                   \
  do {                                                                                             \
    if (!(condition))                                                                              \
      return number;                                                                               \
  } while (0)

static bool bound_to(unsigned cpu)
{
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1
         && CPU_ISSET(cpu, &set);
}

static int bind_to_each_slot(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  CHECK(2, placement->this_system);
  for (unsigned i = 0; i < placement->slot_count; i++) {
    CHECK(3, placement_bind(placement, i) == 0);
    CHECK(4, bound_to(placement->slots[i].cpu));
  }
  placement_free(placement);
  return 0;
}

START_TEST(binding_is_what_the_kernel_says)
{
  check_in_child(bind_to_each_slot);
}
END_TEST

static int use_inherited_mask(void)
{
  cpu_set_t all, one;
  CHECK(1, sched_getaffinity(0, sizeof(all), &all) == 0);
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &all))
      continue;
    char allowed[16];
    snprintf(allowed, sizeof(allowed), "%u", cpu);
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK(2, sched_setaffinity(0, sizeof(one), &one) == 0);
    struct placement *placement;
    CHECK(3, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
    CHECK(4, placement->slot_count == 1 && placement->slots[0].cpu == cpu);
    CHECK(5, strcmp(placement->allowed, allowed) == 0);
    CHECK(6, placement_bind(placement, 0) == 0 && bound_to(cpu));
    placement_free(placement);
    CHECK(7, sched_setaffinity(0, sizeof(all), &all) == 0);
  }
  return 0;
}

START_TEST(inherited_binding_limits_the_slots)
{
  check_in_child(use_inherited_mask);
}
END_TEST

START_TEST(loading_leaves_our_binding_alone)
{
  cpu_set_t before, after;
  ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
  ck_assert(CPU_EQUAL(&before, &after));
  ck_assert_uint_eq(placement->slot_count, (unsigned)CPU_COUNT(&before));
  assert_sound(placement);
  placement_free(placement);
}
END_TEST

/* In place of libc's, also for hwloc: some sandboxes say yes and do nothing. */
static bool pretend_to_bind;

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
  return pretend_to_bind ? 0 : (int)syscall(SYS_sched_setaffinity, pid, size, set);
}

static int bind_in_pretence(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  pretend_to_bind = true;
  /* With one CPU the pretence is the truth. */
  int expected = placement->slot_count > 1 ? -EPERM : 0;
  for (unsigned i = 0; i < placement->slot_count; i++)
    CHECK(2, placement_bind(placement, i) == expected);
  placement_free(placement);
  return 0;
}

START_TEST(binding_that_does_nothing_is_noticed)
{
  check_in_child(bind_in_pretence);
}
END_TEST

/* The CPU is taken away after the topology was loaded. */
static int bind_to_missing_cpu(void)
{
  struct placement *placement;
  CHECK(1, placement_load(PLACE_CORES, NULL, &placement, NULL) == 0);
  placement->slots[0].cpu = 1000000;
  CHECK(2, placement_bind(placement, 0) == -EPERM);
  return 0;
}

START_TEST(binding_to_a_cpu_that_is_gone_is_refused)
{
  check_in_child(bind_to_missing_cpu);
}
END_TEST

START_TEST(imported_machines_cannot_be_bound)
{
  use_synthetic("pu:2");
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert(!placement->this_system);
  ck_assert_int_eq(placement_bind(placement, 0), -ENOTSUP);
  placement_free(placement);
  /* Even when hwloc is told to take it for this machine. */
  setenv("HWLOC_THISSYSTEM", "1", 1);
  placement = load(PLACE_CORES, NULL);
  ck_assert_int_eq(placement_bind(placement, 0), -ENOTSUP);
  placement_free(placement);
}
END_TEST

START_TEST(import_that_fails_is_not_this_machine)
{
  struct placement *placement = NULL;
  use_synthetic("no such machine");
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, NULL), -EIO);
  forget_machines();
  setenv("HWLOC_XMLFILE", "/nonexistent.xml", 1);
  ck_assert_int_eq(placement_load(PLACE_CORES, NULL, &placement, NULL), -EIO);
  ck_assert_ptr_null(placement);
}
END_TEST

START_TEST(empty_variables_mean_this_machine)
{
  use_synthetic("");
  setenv("HWLOC_XMLFILE", "", 1);
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert(placement->this_system);
  placement_free(placement);
}
END_TEST

/* --- What is told about it --- */

START_TEST(xml_can_be_loaded_again)
{
  char path[] = "/tmp/pibench-topology-XXXXXX";
  use_saved("Intel-RaptorLake-Corei7-1370P");
  struct placement *placement = load(PLACE_CORES, NULL);
  char *xml = placement_xml(placement), *before = describe(placement);
  placement_free(placement);
  ck_assert_ptr_nonnull(xml);
  int file = mkstemp(path);
  ck_assert_int_ge(file, 0);
  ck_assert_int_eq(write(file, xml, strlen(xml)), (ssize_t)strlen(xml));
  close(file);
  setenv("HWLOC_XMLFILE", path, 1);
  placement = load(PLACE_CORES, NULL);
  unlink(path);
  char *after = describe(placement);
  ck_assert_str_eq(before, after);
  placement_free(placement);
  free(before);
  free(after);
  free(xml);
}
END_TEST

START_TEST(xml_does_not_name_the_host)
{
  static const char *const names[] = {"HostName", "LinuxCgroup", "ProcessName", "DMIBoardAssetTag"};
  for (int saved = 0; saved < 2; saved++) {
    if (saved)
      use_saved("nvidia-dgx-gb10"); /* has asset tags */
    struct placement *placement = load(PLACE_CORES, NULL);
    char *xml = placement_xml(placement);
    ck_assert_ptr_nonnull(xml);
    for (size_t i = 0; i < LENGTH(names); i++) {
      char with_value[64], without[64];
      snprintf(with_value, sizeof(with_value), "name=\"%s\" value=\"", names[i]);
      snprintf(without, sizeof(without), "name=\"%s\" value=\"\"", names[i]);
      const char *found = strstr(xml, with_value);
      ck_assert_msg(!found || strncmp(found, without, strlen(without)) == 0, "%s", found);
    }
    free(xml);
    placement_free(placement);
  }
}
END_TEST

START_TEST(library_version_is_a_release)
{
  unsigned major, minor, release;
  ck_assert_int_eq(sscanf(placement_library_version(), "%u.%u.%u", &major, &minor, &release), 3);
  ck_assert_uint_ge(major * 100 + minor, 205);
  /* An imported machine does not answer for the one that exported it. */
  char version[32];
  snprintf(version, sizeof(version), "%s", placement_library_version());
  use_saved("nvidia-dgx-gb10");
  ck_assert_str_eq(placement_library_version(), version);
}
END_TEST

START_TEST(nothing_can_be_freed)
{
  placement_free(NULL);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      saved_machines_as_drawn,
      cores_take_fast_then_slow_then_siblings,
      cores_fill_a_package_before_the_next,
      cores_of_a_slower_kind_reopen_no_package,
      memory_without_cpus_is_not_nearest,
      scatter_takes_packages_then_nodes_then_caches_in_turn,
      scatter_counts_the_turns_of_each_kind_anew,
      compact_puts_siblings_together,
      compact_on_one_core_has_an_smt_regime,
      ranks_that_share_cpus_are_no_smt_siblings,
      ranks_of_different_nodes_share_nothing,
      unranked_kinds_count_as_one,
      cpu_list_keeps_its_order,
      cpu_list_by_hand_has_the_regimes_of_its_order,
      cpu_list_that_is_none_is_refused,
      cpu_that_is_not_there_is_named,
      worker_counts_keep_what_matters_when_few,
      worker_counts_of_many_packages_spare_the_first,
      worker_counts_end_at_the_quota,
      capacity_sums_what_is_known,
      measured_speeds_of_kinds_make_the_capacity,
      capacity_spends_the_quota_on_the_fastest,
      binding_is_what_the_kernel_says,
      inherited_binding_limits_the_slots,
      loading_leaves_our_binding_alone,
      binding_that_does_nothing_is_noticed,
      binding_to_a_cpu_that_is_gone_is_refused,
      imported_machines_cannot_be_bound,
      import_that_fails_is_not_this_machine,
      empty_variables_mean_this_machine,
      xml_can_be_loaded_again,
      xml_does_not_name_the_host,
      library_version_is_a_release,
      nothing_can_be_freed,
  };
  Suite *suite = suite_create("placement");
  TCase *machines = tcase_create("placement");
  tcase_add_checked_fixture(machines, forget_machines, forget_machines);
  tcase_set_timeout(machines, 60);
  for (size_t i = 0; i < LENGTH(tests); i++)
    tcase_add_test(machines, tests[i]);
  tcase_add_loop_test(machines, synthetic_machines_as_drawn, 0, LENGTH(synthetic));
  suite_add_tcase(suite, machines);
  return suite_run(suite);
}
