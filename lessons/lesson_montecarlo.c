/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_montecarlo.c: π by random points: serial, in parts, and how the error falls. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "experiment.h"
#include "lessons.h"

enum { PARTS = 4, SEEDS = 200, SIZES = 4, WORKERS_MOST = 5 };

/* --- Parts and their sum --- */

static int parts_and_sum(struct room *room)
{
  static const char job[] = "mc:points=4e7,method=plain";
  struct computed whole, part;
  uint64_t sum = 0;
  room_step(room, "Four parts and one sum");
  room_tell(room,
            "Throw points into a square, count those within the circle: pi is about 4 times "
            "hits / points. The points can be thrown in parts, anywhere, in any order; only "
            "one number per part has to come back. (Points come in whole blocks, so the parts "
            "are not quite alike.)");
  int r = experiment_compute(job, 1, 0, 1, &whole);
  for (unsigned i = 0; r == 0 && i < PARTS; i++) {
    r = experiment_compute(job, 1, i, PARTS, &part);
    if (r == 0) {
      uint64_t hits = part.partial->payload[0]; /* all that a partial of mc holds */
      room_show(room, "part %u: %9llu of %llu points", i + 1, (unsigned long long)hits,
                (unsigned long long)part.partial->counters[0]);
      sum += hits;
    }
    computed_release(&part);
  }
  if (r == 0) {
    room_show(room, "sum:    %9llu            pi is about %.6f", (unsigned long long)sum,
              4.0 * (double)sum / 4e7);
    room_show(room, "serial: %9llu            pi is about %.6f", (unsigned long long)whole.hits,
              whole.number);
    room_tell(room, "The same hits, to the last one: every part knows which random numbers are "
                    "its own. Programs whose workers all draw from one generator, or all from "
                    "copies with the same seed, get this wrong.");
    room_claim(room, "parts_add_up_to_the_serial_count", sum == whole.hits);
  }
  computed_release(&whole);
  return r;
}

/* --- Serial and parallel --- */

static int in_parallel(struct room *room)
{
  struct benchmark b;
  unsigned workers[WORKERS_MOST], count = experiment_workers(room, WORKERS_MOST, workers);
  room_step(room, "Serial, and on %u CPU%s", room->cpus, room->cpus == 1 ? "" : "s");
  double guess = room_ask(room, "How much faster are all CPUs than the serial program?");
  int r = experiment_run(room,
                         &(const struct experiment){.job = "mc:points=3e8,method=plain",
                                                    .workers = workers,
                                                    .worker_counts = count,
                                                    .schedule = -1},
                         &b);
  if (r == 0)
    r = experiment_show(room, &b);
  if (r == 0) {
    double speedup = b.rows[b.row_count - 1].speedup.value;
    room_judge(room, guess, speedup, " times");
    room_saw(room, "speedup", speedup);
    room_claim(room, "answer_does_not_depend_on_workers", b.verdict.right);
  }
  benchmark_release(&b);
  return r;
}

/* --- The error --- */

/* Root mean square of π̂ − π over many seeds, and the CPU time of it all. */
static int error_of(const char *method, unsigned points, double *ret_error, double *ret_cpu_s)
{
  uint64_t begin_ns = clock_cpu_ns();
  char job[64];
  double squares = 0;
  int r = 0;
  snprintf(job, sizeof job, "mc:points=%u,method=%s", points, method);
  for (unsigned seed = 1; r == 0 && seed <= SEEDS; seed++) {
    struct computed computed;
    r = experiment_compute(job, seed, 0, 1, &computed);
    squares += (computed.number - M_PI) * (computed.number - M_PI);
    computed_release(&computed);
  }
  *ret_error = sqrt(squares / SEEDS);
  *ret_cpu_s = (double)(clock_cpu_ns() - begin_ns) * 1e-9;
  return r;
}

static int error_falls(struct room *room)
{
  double error[SIZES], cpu_s;
  char label[SIZES][24], text[SIZES][24];
  struct room_bar bars[SIZES];
  unsigned points = 10000;
  int r = 0;
  room_step(room, "What more points buy");
  double guess = room_ask(room, "Four times as many points: by which factor does the error of pi "
                                "become smaller?");
  for (int i = 0; r == 0 && i < SIZES; i++, points *= 4) {
    r = error_of("plain", points, &error[i], &cpu_s);
    snprintf(label[i], sizeof label[i], "%u points", points);
    snprintf(text[i], sizeof text[i], "%.5f", error[i]);
    bars[i] = (struct room_bar){label[i], error[i], text[i]};
  }
  if (r < 0)
    return r;
  double factor = cbrt(error[0] / error[SIZES - 1]);
  room_bars(room, bars, SIZES);
  room_tell(room,
            "Error: root mean square over %d seeds. A step of four times the work divides it "
            "by %.2f: it falls with the square root of the points. One more digit costs a "
            "hundred times the work, on however many CPUs.",
            SEEDS, factor);
  room_judge(room, guess, factor, " times");
  room_saw(room, "error_divided_by", factor);
  room_claim(room, "four_times_the_work_halves_the_error", factor > 1.7 && factor < 2.35);
  return 0;
}

/* --- Less work for the same points --- */

static int lazy_instead(struct room *room)
{
  struct computed lazy;
  double plain_error = 0, lazy_error = 0, plain_s = 0, lazy_s = 0;
  room_step(room, "Less work for the same points");
  int r = error_of("plain", 160000, &plain_error, &plain_s);
  if (r == 0)
    r = error_of("lazy", 160000, &lazy_error, &lazy_s);
  if (r < 0)
    return r;
  r = experiment_compute("mc:points=1e6,method=lazy", 1, 0, 1, &lazy);
  if (r == 0) {
    const uint64_t *counters = lazy.partial->counters;
    double bits = 8 + 8 * (double)counters[1] / 1e6 + 48 * (double)counters[2] / 1e6;
    room_tell(room,
              "The error cannot be had cheaper, but the points can. Method plain draws 64 "
              "random bits a point. Method lazy draws 8, which decide 7 of 8 points; %.1f %% "
              "take 8 more, %.2f %% the rest: %.1f bits a point. The same distribution, the "
              "same error (%.5f and %.5f at 160000 points), and %.1f times as many points a second "
              "(%.1f ms against %.1f ms for %d runs).",
              (double)counters[1] / 1e4, (double)counters[2] / 1e4, bits, plain_error, lazy_error,
              plain_s / lazy_s, lazy_s * 1e3, plain_s * 1e3, SEEDS);
    room_saw(room, "lazy_times_as_fast", plain_s / lazy_s);
    room_saw(room, "lazy_bits_per_point", bits);
    room_claim(room, "lazy_needs_fewer_bits", bits < 16);
    room_claim(room, "lazy_has_the_same_error",
               lazy_error / plain_error > 0.75 && lazy_error / plain_error < 1.33);
  }
  computed_release(&lazy);
  return r;
}

int lesson_montecarlo(struct room *room)
{
  int r = parts_and_sum(room);
  if (r == 0)
    r = in_parallel(room);
  if (r == 0)
    r = error_falls(room);
  return r == 0 ? lazy_instead(room) : r;
}
