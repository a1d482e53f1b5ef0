/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table_pool.c: what limits a pool of tasks: the longest of them, and the order they are in. */

#include <stdlib.h>

#include "marks.h"
#include "table_parts.h"

static uint64_t task_cost(const struct workload *pool, unsigned task)
{
  return pool->cost[task + 1] - pool->cost[task];
}

/* The speedup of so many workers, each of whom takes the next task when it is free: Graham's list
 * scheduling (1966), by the estimated costs. */
static double list_speedup(const uint64_t *costs, unsigned tasks, unsigned workers)
{
  uint64_t end[CHUNKS_MOST] = {0}, total = 0, last = 0; /* end[w]: when worker w will be free */
  unsigned used = workers < tasks ? workers : tasks;
  for (unsigned t = 0; t < tasks; t++) {
    unsigned next = 0;
    for (unsigned w = 1; w < used; w++)
      next = end[w] < end[next] ? w : next;
    end[next] += costs[t];
    total += costs[t];
    last = end[next] > last ? end[next] : last;
  }
  return (double)total / (double)last;
}

static int longer_first(const void *left, const void *right)
{
  const uint64_t *a = left, *b = right;
  return (*a < *b) - (*a > *b);
}

/* Which task is longest, by its name where the answer has one item for each. */
static void print_longest(const struct benchmark *b, unsigned longest, FILE *to)
{
  const struct workload *pool = &b->workload;
  const struct answer *answer = row_answer(b, &b->rows[b->row_count - 1]);
  double part = (double)task_cost(pool, longest) / (double)pool->cost[pool->chunks];
  fprintf(to, "%u unequal tasks: the longest", pool->chunks);
  if (answer && answer->count == pool->chunks)
    fprintf(to, ", %s,", answer->items[longest].name);
  fprintf(to,
          " is about %.0f %% of the work, so that no number of workers gives more than about %.2f "
          "%s.",
          100 * part, 1 / part, marks_here()->times);
}

/* What the order costs, where the workers are not all busy to the end; longest first is told where
 * it is better by more than a fiftieth. */
static void print_order(const struct benchmark *b, FILE *to)
{
  const struct workload *pool = &b->workload;
  unsigned workers = b->rows[b->row_count - 1].workers;
  const char *times = marks_here()->times;
  uint64_t costs[CHUNKS_MOST];
  for (unsigned t = 0; t < pool->chunks; t++)
    costs[t] = task_cost(pool, t);
  double given = list_speedup(costs, pool->chunks, workers);
  if (given > 0.99 * workers)
    return;
  qsort(costs, pool->chunks, sizeof *costs, longer_first);
  double sorted = list_speedup(costs, pool->chunks, workers);
  fprintf(to, " In the order of the tasks %u workers come to about %.2f %s", workers, given, times);
  if (sorted > 1.02 * given)
    fprintf(to, "; with the longest first it would be %.2f %s", sorted, times);
  fputs(".", to);
}

void table_pool(const struct benchmark *b, FILE *to)
{
  const struct workload *pool = &b->workload;
  const struct row *last = &b->rows[b->row_count - 1];
  unsigned longest = 0, shortest = 0;
  if (!pool->job.kernel->is_pool)
    return;
  for (unsigned t = 1; t < pool->chunks; t++) {
    longest = task_cost(pool, t) > task_cost(pool, longest) ? t : longest;
    shortest = task_cost(pool, t) < task_cost(pool, shortest) ? t : shortest;
  }
  if (pool->chunks == 1)
    fputs("One task: a second worker has nothing to do.", to);
  else if (task_cost(pool, longest) == task_cost(pool, shortest))
    fprintf(to, "%u equal tasks: no number of workers gives more than %u %s.", pool->chunks,
            pool->chunks, marks_here()->times);
  else
    print_longest(b, longest, to);
  if (pool->chunks > 1 && last->workers > 1 && !last->oversubscribed
      && b->schedule == SCHEDULE_DYNAMIC)
    print_order(b, to);
  fputs("\n", to);
}
