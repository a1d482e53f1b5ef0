/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_lock.c: a shared counter without and with a lock, and how to need none. */

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "child.h"
#include "lessons.h"

enum { WORKERS_MOST = 4, INCREMENTS = 2000000, LINE_WORDS = 16, TRIES_MOST = 50 };

/* What the workers share.  Words that belong to different workers are a line apart, but for the
 * neighbours, which are not, on purpose. */
struct shared {
  pthread_mutex_t lock;
  _Alignas(128) volatile uint64_t plain;
  _Alignas(128) _Atomic uint64_t atomic;
  _Alignas(128) volatile uint64_t neighbours[WORKERS_MOST];
  _Alignas(128) volatile uint64_t padded[WORKERS_MOST * LINE_WORDS];
  _Alignas(128) _Atomic int inside; /* of the big lock, now */
  _Atomic int inside_most;
  _Alignas(128) _Atomic unsigned ready;
  struct {
    double begin_s, end_s;
  } times[WORKERS_MOST];
};

struct worker {
  struct shared *shared;
  const struct placement *placement;
  unsigned number, workers;
  void (*count)(struct worker *self);
};

/* --- Ways to count --- */

static void count_plainly(struct worker *self)
{
  for (int i = 0; i < INCREMENTS; i++)
    self->shared->plain = self->shared->plain + 1; /* read, add, write: three steps */
}

static void count_locked(struct worker *self)
{
  for (int i = 0; i < INCREMENTS; i++) {
    pthread_mutex_lock(&self->shared->lock);
    self->shared->plain = self->shared->plain + 1;
    pthread_mutex_unlock(&self->shared->lock);
  }
}

static void count_atomically(struct worker *self)
{
  for (int i = 0; i < INCREMENTS; i++)
    atomic_fetch_add(&self->shared->atomic, 1);
}

static void count_under_one_big_lock(struct worker *self)
{
  struct shared *shared = self->shared;
  pthread_mutex_lock(&shared->lock);
  int inside = atomic_fetch_add(&shared->inside, 1) + 1;
  if (inside > shared->inside_most)
    shared->inside_most = inside;
  for (int i = 0; i < INCREMENTS; i++)
    shared->plain = shared->plain + 1;
  atomic_fetch_sub(&shared->inside, 1);
  pthread_mutex_unlock(&shared->lock);
}

static void count_privately(struct worker *self)
{
  volatile uint64_t own = 0;
  for (int i = 0; i < INCREMENTS; i++)
    own = own + 1;
  atomic_fetch_add(&self->shared->atomic, own);
}

static void count_in_one_line(struct worker *self)
{
  volatile uint64_t *own = &self->shared->neighbours[self->number];
  for (int i = 0; i < INCREMENTS; i++)
    *own = *own + 1;
  atomic_fetch_add(&self->shared->atomic, *own);
}

static void count_padded(struct worker *self)
{
  volatile uint64_t *own = &self->shared->padded[self->number * LINE_WORDS];
  for (int i = 0; i < INCREMENTS; i++)
    *own = *own + 1;
  atomic_fetch_add(&self->shared->atomic, *own);
}

/* --- Running them --- */

/* Waits for the others for a while: on one CPU they cannot all be there at once. */
static int work(void *data)
{
  struct worker *self = data;
  struct shared *shared = self->shared;
  placement_bind(self->placement, self->number % self->placement->slot_count);
  atomic_fetch_add(&shared->ready, 1);
  for (double until_s = child_now_s() + 0.02;
       shared->ready < self->workers && child_now_s() < until_s;)
    ;
  shared->times[self->number].begin_s = child_now_s();
  self->count(self);
  shared->times[self->number].end_s = child_now_s();
  return 0;
}

struct outcome {
  uint64_t counted;
  double ns_each; /* of an increment: from the first begin to the last end, by all increments */
  int inside_most;
  bool met; /* for half of the time or more all were at work */
};

static int init_lock(pthread_mutex_t *lock)
{
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  int r = -pthread_mutex_init(lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return r;
}

static struct outcome sum_up(const struct shared *shared, unsigned workers)
{
  double first = INFINITY, last = 0, last_begin = 0, first_end = INFINITY;
  for (unsigned w = 0; w < workers; w++) {
    first = fmin(first, shared->times[w].begin_s);
    last_begin = fmax(last_begin, shared->times[w].begin_s);
    first_end = fmin(first_end, shared->times[w].end_s);
    last = fmax(last, shared->times[w].end_s);
  }
  return (struct outcome){.counted = shared->plain + shared->atomic,
                          .ns_each = (last - first) / workers / INCREMENTS * 1e9,
                          .inside_most = shared->inside_most,
                          .met = first_end - last_begin >= 0.5 * (last - first)};
}

static int count_once(struct room *room, unsigned workers, void (*count)(struct worker *self),
                      struct outcome *ret_outcome)
{
  struct shared *shared = child_share(sizeof *shared);
  struct child children[WORKERS_MOST] = {0};
  int r = shared ? init_lock(&shared->lock) : -ENOMEM;
  for (unsigned w = 0; r == 0 && w < workers; w++)
    r = child_start(&children[w], "counter", work,
                    &(struct worker){shared, room->placement, w, workers, count});
  for (unsigned w = 0; r == 0 && w < workers; w++)
    r = child_join(&children[w], -1);
  children_end(children, WORKERS_MOST);
  if (r == 0)
    *ret_outcome = sum_up(shared, workers);
  child_unshare(shared, sizeof *shared);
  return r;
}

/* Counts again and again for a tenth of a second; a wrong count ends it.  The quickest run is kept
 * of those in which the workers met, for alone they do not disturb each other. */
static int count_with(struct room *room, unsigned workers, void (*count)(struct worker *self),
                      struct outcome *ret_outcome)
{
  struct outcome best = {0};
  double until_s = child_now_s() + 0.1;
  for (int i = 0; i < 3 || (i < TRIES_MOST && child_now_s() < until_s); i++) {
    struct outcome outcome = {0};
    int r = count_once(room, workers, count, &outcome);
    if (r < 0)
      return r;
    bool wrong = outcome.counted != (uint64_t)workers * INCREMENTS;
    int inside_most = (int)fmax(best.inside_most, outcome.inside_most);
    if (i == 0 || wrong || (outcome.met == best.met ? outcome.ns_each < best.ns_each : outcome.met))
      best = outcome;
    best.inside_most = inside_most;
    if (wrong)
      break;
  }
  *ret_outcome = best;
  return 0;
}

/* --- The lesson --- */

struct way {
  const char *name, *key; /* key: its counts are claimed to be exact */
  void (*count)(struct worker *self);
};

static int lose_updates(struct room *room, unsigned workers)
{
  struct outcome outcome;
  uint64_t expected = (uint64_t)workers * INCREMENTS;
  room_step(room, "A counter that %u workers share", workers);
  room_tell(room, "Each adds 1 to it two million times. No lock.");
  double guess = room_ask(room, "What does the counter say at the end, in millions?");
  int tries = 0, r;
  do /* they may not have met: the others can be late where programs compete for CPUs */
    r = count_once(room, workers, count_plainly, &outcome);
  while (r == 0 && outcome.counted == expected && room->cpus > 1 && ++tries < TRIES_MOST);
  if (r < 0)
    return r;
  room_show(room, "expected %9llu", (unsigned long long)expected);
  room_show(room, "counted  %9llu", (unsigned long long)outcome.counted);
  room_show(room, "lost     %9llu", (unsigned long long)(expected - outcome.counted));
  room_judge(room, guess, (double)outcome.counted * 1e-6, " million");
  room_tell(room, "Adding 1 is three steps: read, add, write. Who reads between another's read and "
                  "write takes the old value and overwrites the other's work.");
  room_saw(room, "lost_updates", (double)(expected - outcome.counted));
  if (room->cpus == 1)
    room_cannot(
        room, "lost_updates_happened",
        "one CPU runs one worker at a time, and updates are lost only when it is taken away "
        "between read and write. With two CPUs many are.");
  else
    room_claim(room, "lost_updates_happened", outcome.counted < expected);
  return 0;
}

static void tell_false_sharing(struct room *room, double one_line_ns, double padded_ns)
{
  room_tell(room,
            "The last two do the same work on words of their own. Where those lie in one cache "
            "line, cores take that line from one another at each write (false sharing): %.1f "
            "times as long here.",
            one_line_ns / padded_ns);
  room_saw(room, "one_line_over_padded", one_line_ns / padded_ns);
  if (room->cpus == 1)
    room_tell(room, "With one CPU there is nobody to take it.");
  else if (one_line_ns < 1.5 * padded_ns)
    room_tell(room, "It hardly shows: either the two CPUs share a core and its cache, or other "
                    "programs held them. Try again.");
}

static int repair_them(struct room *room, unsigned workers)
{
  static const struct way ways[] = {
      {"a lock around each addition", "locked_count_is_exact", count_locked},
      {"an atomic addition", "atomic_count_is_exact", count_atomically},
      {"one big lock around all", "big_lock_count_is_exact", count_under_one_big_lock},
      {"private, one sum at the end", "private_count_is_exact", count_privately},
      {"own words, in one cache line", "one_line_count_is_exact", count_in_one_line},
      {"own words, in lines of their own", "padded_count_is_exact", count_padded},
  };
  uint64_t expected = (uint64_t)workers * INCREMENTS;
  room_step(room, "Six ways to count right");
  double guess =
      room_ask(room, "How many times as long as a private addition does one under a lock "
                     "take?");
  double each[sizeof ways / sizeof *ways];
  struct outcome alone;
  int alone_r = count_with(room, 1, count_locked, &alone);
  if (alone_r < 0)
    return alone_r;
  room_show(room, "%-34s  ns for each  count", "");
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    struct outcome outcome;
    int r = count_with(room, workers, ways[i].count, &outcome);
    if (r < 0)
      return r;
    each[i] = outcome.ns_each;
    bool exact = outcome.counted == expected;
    room_show(room, "%-34s  %11.2f  %s", ways[i].name, each[i], exact ? "exact" : "WRONG");
    room_claim(room, ways[i].key, exact);
    room_saw(room, ways[i].key, each[i]);
    if (ways[i].count == count_under_one_big_lock)
      room_claim(room, "big_lock_lets_one_in_at_a_time", outcome.inside_most == 1);
  }
  room_judge(room, guess, each[0] / each[3], " times");
  room_tell(
      room,
      "ns for each: from the first beginning to the last end, by all additions of all workers "
      "(the quickest of some runs). A lock for each addition: right, and slow. One worker "
      "alone, for whom the lock is always free, pays %.1f ns each: that is the lock itself; "
      "the rest is handing it over. One big lock around everything is what an interpreter "
      "lock does: right, and never more than one worker at work. Private counters and one "
      "sum at the end: right, and nobody waits. That is how pibench counts.",
      alone.ns_each);
  room_saw(room, "lock_alone_ns", alone.ns_each);
  tell_false_sharing(room, each[4], each[5]);
  return 0;
}

int lesson_lock(struct room *room)
{
  unsigned workers = room->cpus < 2 ? 2 : room->cpus < WORKERS_MOST ? room->cpus : WORKERS_MOST;
  int r = lose_updates(room, workers);
  return r == 0 ? repair_them(room, workers) : r;
}
