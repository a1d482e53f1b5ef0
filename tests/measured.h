/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measured.h: benchmarks of a fake kernel on this machine, which keeps a diary of its samples and
 * wastes as much time as it is told.
 */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "fake.h"
#include "here.h"
#include "measure.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { SAMPLES_MOST = 1000 };

/* One entry per finished sample. */
static struct diary {
  _Atomic unsigned runs; /* since the last finish */
  _Atomic unsigned samples;
  struct {
    unsigned runs;
    uint64_t units;
    unsigned guard;
  } sample[SAMPLES_MOST];
} * diary;

static uint64_t waste_ns_per_unit;

static inline uint64_t cpu_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Takes at least so much CPU time for every unit. */
static inline int note_run(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  uint64_t end = cpu_now_ns() + waste_ns_per_unit * (units.end - units.begin);
  diary->runs++;
  while (waste_ns_per_unit && cpu_now_ns() < end)
    ;
  return 0;
}

static inline int note_sample(const struct fake_plan *plan, uint64_t *sum)
{
  (void)sum;
  unsigned i = diary->samples++;
  if (i >= SAMPLES_MOST)
    return -E2BIG;
  diary->sample[i].runs = atomic_exchange(&diary->runs, 0);
  diary->sample[i].units = plan->units;
  diary->sample[i].guard = plan->guard;
  return 0;
}

static inline void open_diary(void)
{
  diary = fake_shared(sizeof *diary);
  fake_on_run = note_run;
  fake_on_finish = note_sample;
}

static const unsigned three_counts[] = {1, 2, 3};

static inline struct measure_options options_of(size_t rounds)
{
  return (struct measure_options){
      .placement = placement,
      .workers = three_counts,
      .worker_counts = LENGTH(three_counts),
      .schedule = SCHEDULE_STATIC,
      .pin = PIN_OFF,
      .rounds = rounds,
      .precision = 0.03,
      .timeout_s = 60,
      .seed = 7,
  };
}

static inline struct benchmark prepared(const struct job *job,
                                        const struct measure_options *options)
{
  struct benchmark b;
  struct fault fault = {0};
  char text[FAULT_TEXT];
  int r = measure_prepare(job, options, &b, &fault);
  ck_assert_msg(r == 0, "%d: %s", r, fault_text(&fault, job->kernel, text));
  return b;
}

static inline struct benchmark measured(uint64_t units, const struct measure_options *options)
{
  struct job job = fake_job(&fake_kernel, units);
  struct fault fault = {0};
  struct benchmark b = prepared(&job, options);
  ck_assert_int_eq(measure_run(&b, options, &fault), 0);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  return b;
}
