/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_pinning.c: workers unpinned, pinned, badly pinned, and on siblings of one core. */

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "lessons.h"

enum { WORKERS = 2, SPINS = 300, CPUS_SEEN = 1024 };

/* One worker's diary. */
struct diary {
  bool bound;
  uint64_t cpus_seen[CPUS_SEEN / 64];
  double begin_s, end_s, cpu_s;
};

struct worker {
  const struct placement *placement;
  int slot; /* -1: not pinned */
  struct diary *diary;
};

/* A fixed amount of additions, each waiting for the last. */
static uint64_t compute(uint64_t value)
{
  for (int i = 0; i < 1000000; i++) {
    value += (uint64_t)i;
    __asm__ volatile("" : "+r"(value));
  }
  return value;
}

static int work(void *data)
{
  const struct worker *self = data;
  struct diary *diary = self->diary;
  diary->bound = self->slot >= 0 && placement_bind(self->placement, (unsigned)self->slot) == 0;
  diary->begin_s = child_now_s();
  uint64_t value = 0;
  for (int i = 0; i < SPINS; i++) {
    value = compute(value);
    int cpu = sched_getcpu();
    if (cpu >= 0 && cpu < CPUS_SEEN)
      diary->cpus_seen[cpu / 64] |= UINT64_C(1) << cpu % 64;
  }
  diary->end_s = child_now_s();
  diary->cpu_s = (double)clock_cpu_ns() * 1e-9;
  return value == 1; /* so that it is computed */
}

/* Whether the two were seen on the same CPUs. */
static bool saw_the_same(const struct diary *d)
{
  return memcmp(d[0].cpus_seen, d[1].cpus_seen, sizeof d[0].cpus_seen) == 0;
}

static int cpus_seen(const struct diary *diary)
{
  int count = 0;
  for (int i = 0; i < CPUS_SEEN / 64; i++)
    count += __builtin_popcountll(diary->cpus_seen[i]);
  return count;
}

/* Two workers on these slots. */
static int pair(struct room *room, const int slots[WORKERS], struct diary ret_diaries[WORKERS])
{
  struct diary *diaries = child_share(WORKERS * sizeof *diaries);
  struct child children[WORKERS] = {0};
  int r = diaries ? 0 : -ENOMEM;
  for (int w = 0; r == 0 && w < WORKERS; w++)
    r = child_start(&children[w], "pinned", work,
                    &(struct worker){room->placement, slots[w], &diaries[w]});
  for (int w = 0; r == 0 && w < WORKERS; w++)
    r = child_join(&children[w], -1);
  children_end(children, WORKERS);
  for (int w = 0; r == 0 && w < WORKERS; w++)
    ret_diaries[w] = diaries[w];
  child_unshare(diaries, WORKERS * sizeof *diaries);
  return r;
}

static double seconds_of(const struct diary *d)
{
  return fmax(d[0].end_s, d[1].end_s) - fmin(d[0].begin_s, d[1].begin_s);
}

static void show(struct room *room, const char *how, const struct diary *d)
{
  room_show(room, "%-26s  %8.1f  %10.0f %%  %12d", how, seconds_of(d) * 1e3,
            100 * (d[0].cpu_s + d[1].cpu_s)
                / (d[0].end_s - d[0].begin_s + d[1].end_s - d[1].begin_s),
            cpus_seen(&d[0]));
}

static void show_heading(struct room *room)
{
  room_show(room, "%-26s  %8s  %12s  %12s", "two workers", "time ms", "CPU of time",
            "CPUs visited");
}

/* --- Two workers --- */

static int three_ways(struct room *room)
{
  const int good = room->cpus > 1;
  struct diary unpinned[WORKERS], pinned[WORKERS], badly[WORKERS];
  room_step(room, "Unpinned, pinned, badly pinned");
  room_tell(room, "Two workers do the same work. Unpinned, the operating system moves them as it "
                  "likes. Pinned, each is bound to a CPU of its own. Badly pinned, both are bound "
                  "to the same CPU, as happens to two programs that both take 'the first one'.");
  double guess = room_ask(room, "Badly pinned: how many times as long as well pinned?");
  int r = pair(room, (const int[]){-1, -1}, unpinned);
  if (r == 0)
    r = pair(room, (const int[]){0, good}, pinned);
  if (r == 0)
    r = pair(room, (const int[]){0, 0}, badly);
  if (r < 0)
    return r;
  show_heading(room);
  show(room, "unpinned", unpinned);
  show(room, good ? "pinned" : "pinned (there is one CPU)", pinned);
  show(room, "both on one CPU", badly);
  room_tell(room,
            "CPU of time: the share of their time that the two had a CPU, not waited for one.");
  double factor = seconds_of(badly) / seconds_of(pinned);
  room_judge(room, guess, factor, " times");
  room_saw(room, "badly_over_pinned", factor);
  if (!pinned[0].bound) {
    room_cannot(room, "pinned_stays_on_its_cpu", "this system does not let us bind processes.");
    return 0;
  }
  room_claim(room, "pinned_stays_on_its_cpu",
             cpus_seen(&pinned[0]) == 1 && cpus_seen(&badly[0]) == 1);
  room_claim(room, "both_were_bound_to_one_cpu",
             badly[0].bound && badly[1].bound && saw_the_same(badly));
  if (!good)
    room_cannot(room, "pinned_use_different_cpus",
                "this program may use one CPU: all three are the "
                "same.");
  else
    room_claim(room, "pinned_use_different_cpus", !saw_the_same(pinned));
  room_tell(room, "On a quiet machine unpinned is about as good as pinned, but it varies: a move "
                  "costs a warm cache, and for a while two may share one CPU. pibench pins, reads "
                  "the binding back in every sample, and says so in the table.");
  return 0;
}

/* --- Siblings --- */

/* The first slot that shares a core with an earlier one, and that earlier one. */
static bool find_siblings(const struct placement *placement, int slots[WORKERS])
{
  for (unsigned i = 0; i < placement->slot_count; i++)
    for (unsigned j = 0; placement->slots[i].smt == 1 && j < i; j++)
      if (placement->slots[j].core == placement->slots[i].core) {
        slots[0] = (int)j;
        slots[1] = (int)i;
        return true;
      }
  return false;
}

/* The first slot, and the first that is on another core. */
static bool find_two_cores(const struct placement *placement, int slots[WORKERS])
{
  slots[0] = 0;
  for (unsigned i = 1; i < placement->slot_count; i++)
    if (placement->slots[i].core != placement->slots[0].core) {
      slots[1] = (int)i;
      return true;
    }
  return false;
}

static int siblings(struct room *room)
{
  int slots[WORKERS], cores[WORKERS];
  struct diary together[WORKERS], apart[WORKERS];
  room_step(room, "Two threads of one core");
  if (!find_siblings(room->placement, slots)) {
    room_cannot(room, "siblings_share_a_core",
                "no two CPUs that we may use are known to be siblings (SMT, hyper-threads) of one "
                "core. A virtual machine may hide it: 'pibench doctor' looks.");
    return 0;
  }
  int r = pair(room, slots, together);
  bool two_cores = r == 0 && find_two_cores(room->placement, cores);
  if (two_cores)
    r = pair(room, cores, apart);
  if (r < 0)
    return r;
  show_heading(room);
  show(room, "on siblings of one core", together);
  room_claim(room, "siblings_share_a_core", together[0].bound && together[1].bound);
  if (two_cores) {
    show(room, "on two cores", apart);
    room_saw(room, "siblings_over_cores", seconds_of(together) / seconds_of(apart));
  }
  room_tell(room,
            "Siblings share one core's units. This chain of additions, each waiting for the last, "
            "leaves most of them idle, so two fit on one core. Work that fills them finds no room "
            "for a second: see it by 'pibench run mc --place compact -w 1,2'. The operating system "
            "counts a sibling as a whole CPU and does not see the loss.");
  return 0;
}

int lesson_pinning(struct room *room)
{
  int r = three_ways(room);
  return r == 0 ? siblings(room) : r;
}
