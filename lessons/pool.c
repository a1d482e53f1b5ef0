/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool.c: a shared counter, and workers that take from it. */

#include "pool.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "child.h"

struct shared {
  _Atomic size_t next, takes;
  _Atomic unsigned arrivals;
  struct pool_record records[];
};

struct worker {
  const struct pool *pool;
  const struct pool_task *tasks;
  size_t count;
  struct shared *shared;
  unsigned number;
};

static int work(void *data)
{
  const struct worker *self = data;
  struct shared *shared = self->shared;
  size_t first;
  while ((first = atomic_fetch_add(&shared->next, self->pool->chunk)) < self->count) {
    atomic_fetch_add(&shared->takes, 1);
    for (size_t i = first; i < first + self->pool->chunk && i < self->count; i++) {
      struct pool_record *record = &shared->records[i];
      record->worker = self->number;
      record->begin_s = child_now_s();
      record->result = self->tasks[i].function(self->tasks[i].arguments);
      if (self->number == 0 && self->pool->handicap > 0)
        child_sleep_s(self->pool->handicap);
      record->end_s = child_now_s();
      record->arrival = atomic_fetch_add(&shared->arrivals, 1);
    }
  }
  return 0;
}

int pool_run(const struct pool *pool, const struct pool_task *tasks, size_t count,
             struct pool_record *ret_records, size_t *ret_takes)
{
  size_t bytes = sizeof(struct shared) + count * sizeof(struct pool_record);
  struct shared *shared = child_share(bytes);
  struct child children[POOL_WORKERS] = {0};
  int r = shared ? 0 : -ENOMEM;
  for (unsigned w = 0; r == 0 && w < pool->workers; w++)
    r = child_start(&children[w], "pool-worker", work,
                    &(struct worker){pool, tasks, count, shared, w});
  for (unsigned w = 0; r == 0 && w < pool->workers; w++)
    r = child_join(&children[w], -1);
  children_end(children, POOL_WORKERS);
  if (r == 0) {
    memcpy(ret_records, shared->records, count * sizeof *ret_records);
    *ret_takes = shared->takes;
  }
  child_unshare(shared, bytes);
  return r;
}
