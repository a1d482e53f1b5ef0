/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_placement.c: orders, regimes, counts and capacities, on machines that a person can check. */

#include <errno.h>
#include <math.h>

#include "machines.h"
#include "placement_order.h"

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

/* --- Orders --- */

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

START_TEST(sharing_that_ends_with_a_node_is_no_regime)
{
  struct placement *placement = ranks_on("core:2 pu:1", 2, 3);
  ck_assert_uint_eq(placement->regime_count, 2);
  assert_regime(placement, 1, REGIME_NODE, 3, 6);
  placement_free(placement);
}
END_TEST

START_TEST(ranks_have_the_kinds_of_their_cores)
{
  struct placement *placement = ranks_on("core:2 pu:1", 1, 2);
  ck_assert_uint_eq(placement->kind_count, 1);
  struct slot *slots = calloc(2, sizeof *slots);
  memcpy(slots, placement->slots, 2 * sizeof *slots);
  slots[1].kind = 1;
  ck_assert_int_eq(placement_replace(placement, slots, 2), 0);
  ck_assert_uint_eq(placement->kind_count, 2);
  assert_regime(placement, 1, REGIME_KIND, 1, 2);
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

START_TEST(busy_cpus_go_behind_idle_ones_of_their_regime_in_order)
{
  use_synthetic("core:4 pu:2(indexes=0,4,1,5,2,6,3,7)");
  struct placement *placement = load(PLACE_CORES, NULL);
  CPUS(placement, 0, 1, 2, 3, 4, 5, 6, 7);
  const double busy[8] = {0.5, 0, 0.6, 0, 0, 0.1, 0, 0.7};
  ck_assert_uint_eq(placement_prefer_idle(placement, busy, 0.1), 3);
  CPUS(placement, 1, 3, 0, 2, 4, 5, 6, 7);
  placement_free(placement);
}
END_TEST

START_TEST(where_all_are_busy_or_somebody_chose_the_order_it_stays)
{
  const double busy[4] = {0.9, 0.9, 0.9, 0};
  use_synthetic("core:3 pu:1");
  struct placement *placement = load(PLACE_CORES, NULL);
  ck_assert_uint_eq(placement_prefer_idle(placement, busy, 0.1), 0);
  CPUS(placement, 0, 1, 2);
  placement_free(placement);
  use_synthetic("core:4 pu:1");
  placement = load(PLACE_COMPACT, NULL);
  ck_assert_uint_eq(placement_prefer_idle(placement, busy, 0.1), 0);
  CPUS(placement, 0, 1, 2, 3);
  placement_free(placement);
  placement = ranks_on("core:4 pu:1", 1, 4);
  ck_assert_uint_eq(placement_prefer_idle(placement, busy, 0.1), 0);
  CPUS(placement, 0, 1, 2, 3);
  placement_free(placement);
}
END_TEST

START_TEST(the_first_of_a_kind_has_its_core_alone)
{
  use_synthetic("core:2 pu:2(indexes=0,2,1,3)");
  struct placement *placement = load(PLACE_CORES, NULL);
  placement->slots[0].kind = placement->slots[1].kind = 1;
  ck_assert_uint_eq(placement_first_of_kind(placement, 1), 0);
  ck_assert_uint_eq(placement_first_of_kind(placement, 0), 4); /* only siblings are of it */
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

int main(void)
{
  const TTest *const tests[] = {
      cores_take_fast_then_slow_then_siblings,
      cores_fill_a_package_before_the_next,
      cores_of_a_slower_kind_reopen_no_package,
      memory_without_cpus_is_not_nearest,
      scatter_takes_packages_then_nodes_then_caches_in_turn,
      scatter_counts_the_turns_of_each_kind_anew,
      compact_puts_siblings_together,
      ranks_that_share_cpus_are_no_smt_siblings,
      ranks_of_different_nodes_share_nothing,
      sharing_that_ends_with_a_node_is_no_regime,
      ranks_have_the_kinds_of_their_cores,
      compact_on_one_core_has_an_smt_regime,
      busy_cpus_go_behind_idle_ones_of_their_regime_in_order,
      where_all_are_busy_or_somebody_chose_the_order_it_stays,
      the_first_of_a_kind_has_its_core_alone,
      unranked_kinds_count_as_one,
      cpu_list_keeps_its_order,
      cpu_list_by_hand_has_the_regimes_of_its_order,
      cpu_list_that_is_none_is_refused,
      cpu_that_is_not_there_is_named,
      worker_counts_keep_what_matters_when_few,
      worker_counts_of_many_packages_spare_the_first,
      worker_counts_end_at_the_quota,
      measured_speeds_of_kinds_make_the_capacity,
      capacity_sums_what_is_known,
      capacity_spends_the_quota_on_the_fastest,
  };
  Suite *suite = suite_create("placement");
  TCase *tcase = suite_case(suite, "orders", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, forget_machines, forget_machines);
  tcase_set_timeout(tcase, 60);
  return suite_run(suite);
}
