/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_walk.c: along the number line, each P to the arithmetic that suits it. */

#include "hex_primes_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "hex_primes_sieve.h"

struct walk {
  const struct hex_primes_level *level;
  const struct hex_primes_plan *plan;
  struct partial *partial;
  struct hex_primes_interval *intervals; /* ascending; or NULL */
  size_t interval_count;
  struct hex_primes_interval *interval; /* of p as it descends; or NULL */
  struct hex_primes_power *powers;      /* to recur */
  size_t power_count, power_room;
};

/* --- Prime powers one by one --- */

static int add_power(struct walk *walk, uint64_t p, uint64_t P)
{
  if (walk->power_count == walk->power_room) {
    size_t room = 2 * walk->power_room + 64;
    struct hex_primes_power *powers = realloc(walk->powers, room * sizeof *powers);
    if (!powers)
      return -ENOMEM;
    walk->powers = powers;
    walk->power_room = room;
  }
  walk->powers[walk->power_count++] = (struct hex_primes_power){p, P};
  walk->partial->counters[p == P ? hex_primes_sort(walk->plan, p) : HEX_PRIMES_POWERS]++;
  return 0;
}

/* The powers, ascending, to the arithmetics that take them. */
static void recur(struct walk *walk)
{
  const struct hex_primes_arithmetic *const *arithmetic = walk->level->arithmetic;
  for (size_t at = 0, end; at < walk->power_count; at = end) {
    while (!(*arithmetic)->recur || walk->powers[at].P >= (*arithmetic)->end)
      arithmetic++;
    for (end = at + 1; end < walk->power_count && walk->powers[end].P < (*arithmetic)->end;)
      end++;
    (*arithmetic)->recur(walk->plan, walk->powers + at, end - at, walk->partial->payload);
  }
  walk->partial->counters[HEX_PRIMES_EXPONENTIATIONS] += walk->power_count;
  walk->power_count = 0;
}

static int by_size(const void *left, const void *right)
{
  uint64_t l = ((const struct hex_primes_power *)left)->P;
  uint64_t r = ((const struct hex_primes_power *)right)->P;
  return l < r ? -1 : l > r;
}

/* P = p^v, v >= 2, and below the square root of M the primes themselves. */
static int walk_powers(struct walk *walk, struct range numbers)
{
  const struct hex_primes_plan *plan = walk->plan;
  int error = 0;
  for (uint32_t b = 0; b < plan->bases; b++) {
    uint64_t p = plan->base[b];
    for (uint64_t P = p; P <= (numbers.end - 1) / p;) {
      P *= p;
      if (P >= numbers.begin)
        error |= add_power(walk, p, P);
    }
  }
  for (uint32_t b = 0; b < plan->bases; b++)
    if (plan->base[b] >= numbers.begin && plan->base[b] < numbers.end)
      error |= add_power(walk, plan->base[b], plan->base[b]);
  if (walk->power_count > 0) /* else there may be no array, which qsort() must not be given */
    qsort(walk->powers, walk->power_count, sizeof *walk->powers, by_size);
  recur(walk);
  return error;
}

/* --- Lists from the sieve --- */

struct take {
  struct walk *walk;
  int error;
};

static void take_single(void *data, struct hex_primes_list list)
{
  struct take *take = data;
  for (size_t i = 0; i < list.count; i++)
    take->error |= add_power(take->walk, list.base + list.offsets[i], list.base + list.offsets[i]);
  recur(take->walk);
}

/* How many of a list are below `end`. */
static size_t count_below(struct hex_primes_list list, uint64_t end)
{
  size_t low = 0, high = list.count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (list.base + list.offsets[middle] < end)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* A list within an interval, to the arithmetics that take it. */
static void add_list(struct walk *walk, const struct hex_primes_interval *interval,
                     struct hex_primes_list list)
{
  uint64_t *sum = walk->partial->payload;
  enum hex_primes_sort sort = hex_primes_sort(walk->plan, list.base + list.offsets[0]);
  walk->partial->counters[sort] += list.count;
  walk->partial->counters[HEX_PRIMES_EXPONENTIATIONS] += list.count;
  const struct hex_primes_arithmetic *const *arithmetic = walk->level->arithmetic;
  for (; list.count; arithmetic++) {
    struct hex_primes_list part = list;
    part.count = count_below(list, (*arithmetic)->end);
    list.offsets += part.count;
    list.count -= part.count;
    if (part.count == 0)
      continue;
    if (sort == HEX_PRIMES_LONE)
      (*arithmetic)->lone(interval, part, sum);
    else if (sort == HEX_PRIMES_FEW)
      (*arithmetic)->few(interval, part, sum);
    else
      (*arithmetic)->many(interval, part, sum);
  }
}

/* A list over several of the intervals. */
static void take_spread(void *data, struct hex_primes_list list)
{
  struct walk *walk = ((struct take *)data)->walk;
  for (size_t i = 0; i < walk->interval_count && list.count; i++) {
    struct hex_primes_list part = list;
    part.count = count_below(list, walk->intervals[i].end);
    list.offsets += part.count;
    list.count -= part.count;
    if (part.count)
      add_list(walk, &walk->intervals[i], part);
  }
}

/* A list below all that came before. */
static void take_descending(void *data, struct hex_primes_list list)
{
  struct walk *walk = ((struct take *)data)->walk;
  while (list.count) {
    size_t below = count_below(list, walk->interval->first);
    struct hex_primes_list part = list;
    part.offsets += below;
    part.count -= below;
    if (part.count)
      add_list(walk, walk->interval, part);
    list.count = below;
    if (below)
      hex_primes_interval_descend(walk->interval);
  }
}

static int walk_sieved(struct walk *walk, struct range numbers, enum hex_primes_zone zone,
                       hex_primes_take *function)
{
  struct hex_primes_sieve sieve;
  struct take take = {walk, 0};
  int r = hex_primes_sieve_init(&sieve, walk->plan, hex_primes_wheel(zone), numbers);
  if (r < 0)
    return r;
  hex_primes_sieve_run(&sieve, walk->level, numbers, function, &take);
  hex_primes_sieve_release(&sieve);
  walk->partial->counters[HEX_PRIMES_STRIKES] +=
      hex_primes_sieve_strikes(walk->plan, zone, numbers);
  return take.error;
}

static int walk_many(struct walk *walk, struct range numbers)
{
  struct hex_primes_interval interval;
  hex_primes_interval_init(&interval, walk->plan, numbers.end - 1);
  walk->interval = &interval;
  int r = walk_sieved(walk, numbers, HEX_PRIMES_MANIES, take_descending);
  hex_primes_interval_release(&interval);
  return r;
}

/* Few intervals, known beforehand, so that the classes of a large wheel may go through them one
 * after the other. */
static int walk_few(struct walk *walk, struct range numbers)
{
  enum { INTERVALS_MOST = 64 };
  struct hex_primes_interval intervals[INTERVALS_MOST], *at = intervals + INTERVALS_MOST - 1;
  hex_primes_interval_init(at, walk->plan, numbers.end - 1);
  for (; at->first > numbers.begin && at > intervals; at--) {
    hex_primes_interval_copy(at - 1, at);
    hex_primes_interval_descend(at - 1);
  }
  walk->intervals = at;
  walk->interval_count = (size_t)(intervals + INTERVALS_MOST - at);
  int r = walk_sieved(walk, numbers, HEX_PRIMES_FEWS, take_spread);
  for (; at < intervals + INTERVALS_MOST; at++)
    hex_primes_interval_release(at);
  return r;
}

/* --- Zones --- */

int hex_primes_walk(const struct hex_primes_level *level, const struct hex_primes_plan *plan,
                    struct range units, struct partial *partial)
{
  struct walk walk = {.level = level, .plan = plan, .partial = partial};
  struct range numbers = hex_primes_numbers(plan, units);
  if (numbers.begin == numbers.end)
    return 0;
  struct range singles = hex_primes_zone_within(plan, HEX_PRIMES_SINGLES, numbers);
  struct range manies = hex_primes_zone_within(plan, HEX_PRIMES_MANIES, numbers);
  struct range fews = hex_primes_zone_within(plan, HEX_PRIMES_FEWS, numbers);
  int r = walk_powers(&walk, numbers);
  if (r == 0 && singles.begin < singles.end)
    r = walk_sieved(&walk, singles, HEX_PRIMES_SINGLES, take_single);
  if (r == 0 && manies.begin < manies.end)
    r = walk_many(&walk, manies);
  if (r == 0 && fews.begin < fews.end)
    r = walk_few(&walk, fews);
  free(walk.powers);
  if (r == 0 && units.begin == 0)
    hex_primes_tail(plan, partial->payload);
  return r;
}
