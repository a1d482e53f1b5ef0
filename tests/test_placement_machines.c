/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_placement_machines.c: every saved and drawn machine in every order, and what a placement
 * tells of its machine.
 *
 * What each order looks like is kept in topologies/NAME.PLACE.golden.  After a change that is
 * meant, PIBENCH_UPDATE_GOLDEN=1 writes them anew; read the difference, as a person would draw the
 * order.
 */

#include <glob.h>
#include <string.h>

#include "machines.h"

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
      saved_machines_as_drawn,      xml_can_be_loaded_again, xml_does_not_name_the_host,
      library_version_is_a_release, nothing_can_be_freed,
  };
  Suite *suite = suite_create("placement_machines");
  TCase *tcase = suite_case(suite, "machines", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, forget_machines, forget_machines);
  tcase_add_loop_test(tcase, synthetic_machines_as_drawn, 0, LENGTH(synthetic));
  tcase_set_timeout(tcase, 60);
  return suite_run(suite);
}
