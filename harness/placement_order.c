/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placement_order.c: the orders of slots.
 *
 * hwloc_distrib() is not used: its choice for n + 1 workers need not contain its choice for n.
 * Lists are short (one slot per CPU), so that where a quadratic loop is the simpler one it is
 * taken.
 */
#include "placement_order.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static int compare(int64_t a, int64_t b)
{
  return (a > b) - (a < b);
}

unsigned placement_number_kinds(struct pu *pus, unsigned count)
{
  bool ranked = true;
  for (unsigned i = 0; i < count; i++) {
    pus[i].slot.kind = 0;
    ranked = ranked && pus[i].efficiency >= 0;
  }
  int kinds = 0;
  for (int above = INT_MAX; ranked; kinds++) {
    int best = -1;
    for (unsigned i = 0; i < count; i++)
      if (pus[i].efficiency < above && pus[i].efficiency > best)
        best = pus[i].efficiency;
    if (best < 0)
      break;
    for (unsigned i = 0; i < count; i++)
      if (pus[i].efficiency == best)
        pus[i].slot.kind = kinds;
    above = best;
  }
  return ranked ? (unsigned)kinds : 1;
}

/* Siblings next to each other, the fastest first: real cores have PUs of one kind, but see
 * fakecpukinds.xml. */
static int by_core(const void *left, const void *right)
{
  const struct pu *a = left, *b = right;
  int order = compare(a->slot.core, b->slot.core);
  order = order ? order : compare(a->slot.kind, b->slot.kind);
  return order ? order : compare(a->index, b->index);
}

/* Whether siblings wait until all cores have a worker, then whether slower cores wait. */
static int by_tier(const struct pu *a, const struct pu *b)
{
  int order = compare(a->sibling, b->sibling);
  return order ? order : compare(a->core_kind, b->core_kind);
}

/* Cores are numbered along the tree: one L3, node and package after the other is filled. */
static int by_tier_and_core(const void *left, const void *right)
{
  const struct pu *a = left, *b = right;
  int order = by_tier(a, b);
  return order ? order : compare(a->slot.core, b->slot.core);
}

static int by_tier_and_turn(const void *left, const void *right)
{
  const struct pu *a = left, *b = right;
  int order = by_tier(a, b);
  order = order ? order : compare(a->turn, b->turn);
  return order ? order : compare(a->slot.core, b->slot.core);
}

static int by_kind_and_core(const void *left, const void *right)
{
  const struct pu *a = left, *b = right;
  int order = compare(a->core_kind, b->core_kind);
  order = order ? order : compare(a->slot.core, b->slot.core);
  return order ? order : compare(a->sibling, b->sibling);
}

static void number_siblings(struct pu *pus, unsigned count)
{
  qsort(pus, count, sizeof(*pus), by_core);
  for (unsigned i = 0; i < count; i++) {
    bool same_core = i > 0 && pus[i].slot.core == pus[i - 1].slot.core;
    pus[i].sibling = same_core ? pus[i - 1].sibling + 1 : 0;
    pus[i].core_kind = same_core ? pus[i - 1].core_kind : pus[i].slot.kind;
  }
}

static int l3_of(const struct slot *slot)
{
  return slot->l3;
}

static int numa_of(const struct slot *slot)
{
  return slot->numa;
}

static int package_of(const struct slot *slot)
{
  return slot->package;
}

/* Among the PUs of a tier lets the groups (L3s, say) take turns.  The order inside a group stays:
 * so turns of L3s, then of nodes, then of packages make a round-robin of round-robins. */
static void take_turns(struct pu *pus, unsigned count, int (*group_of)(const struct slot *))
{
  for (unsigned i = 0; i < count; i++) {
    pus[i].turn = 0;
    for (unsigned j = 0; j < i; j++)
      pus[i].turn +=
          by_tier(&pus[i], &pus[j]) == 0 && group_of(&pus[i].slot) == group_of(&pus[j].slot);
  }
  qsort(pus, count, sizeof(*pus), by_tier_and_turn);
}

static void order_cores(struct pu *pus, unsigned count)
{
  qsort(pus, count, sizeof(*pus), by_tier_and_core);
}

static void order_scatter(struct pu *pus, unsigned count)
{
  order_cores(pus, count);
  take_turns(pus, count, l3_of);
  take_turns(pus, count, numa_of);
  take_turns(pus, count, package_of);
}

static void order_compact(struct pu *pus, unsigned count)
{
  qsort(pus, count, sizeof(*pus), by_kind_and_core);
}

void placement_order(enum place place, struct pu *pus, unsigned count)
{
  static void (*const orders[])(struct pu *, unsigned) = {
      [PLACE_CORES] = order_cores,
      [PLACE_SCATTER] = order_scatter,
      [PLACE_COMPACT] = order_compact,
  };
  assert(place < sizeof(orders) / sizeof(*orders));
  number_siblings(pus, count);
  orders[place](pus, count);
}

/* Reads a number, no sign or space before it, and moves *text behind it. */
static bool read_number(const char **text, unsigned *ret_number)
{
  uint64_t number = 0;
  const char *at = *text;
  for (; *at >= '0' && *at <= '9'; at++)
    if ((number = number * 10 + (unsigned)(*at - '0')) > UINT32_MAX)
      return false;
  if (at == *text)
    return false;
  *text = at;
  *ret_number = (unsigned)number;
  return true;
}

/* Reads "8" or "0-3", with the comma behind it, if any.  A comma has to have something behind it.
 */
static bool read_range(const char **text, unsigned *ret_first, unsigned *ret_last)
{
  if (!read_number(text, ret_first))
    return false;
  *ret_last = *ret_first;
  if (**text == '-') {
    (*text)++;
    if (!read_number(text, ret_last) || *ret_last < *ret_first)
      return false;
  }
  if (**text == '\0')
    return true;
  return *(*text)++ == ',' && **text != '\0';
}

static bool is_cpu_list(const char *text)
{
  unsigned first, last;
  do {
    if (!read_range(&text, &first, &last))
      return false;
  } while (*text);
  return true;
}

static const struct pu *find_cpu(const struct pu *pus, unsigned count, unsigned cpu)
{
  for (unsigned i = 0; i < count; i++)
    if (pus[i].slot.cpu == cpu)
      return &pus[i];
  return NULL;
}

static bool has_cpu(const struct slot *slots, unsigned count, unsigned cpu)
{
  for (unsigned i = 0; i < count; i++)
    if (slots[i].cpu == cpu)
      return true;
  return false;
}

int placement_pick(const char *cpu_list, const struct pu *pus, unsigned count,
                   struct slot *ret_slots, unsigned *ret_count, unsigned *ret_bad_cpu)
{
  /* Garbage anywhere in the list is the first thing to complain of. */
  if (!cpu_list || !is_cpu_list(cpu_list))
    return -EINVAL;
  unsigned picked = 0;
  for (const char *text = cpu_list; *text;) {
    unsigned first, last;
    bool valid = read_range(&text, &first, &last);
    assert(valid);
    (void)valid;
    for (uint64_t cpu = first; cpu <= last; cpu++) {
      const struct pu *pu = find_cpu(pus, count, (unsigned)cpu);
      if (!pu) {
        *ret_bad_cpu = (unsigned)cpu;
        return -ENOENT;
      }
      if (has_cpu(ret_slots, picked, pu->slot.cpu))
        return -EINVAL;
      ret_slots[picked++] = pu->slot;
    }
  }
  *ret_count = picked;
  return 0;
}
