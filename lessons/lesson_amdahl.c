/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_amdahl.c: a real serial part, injected, fitted and drawn; then the work grows with the
 * workers. */

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "experiment.h"
#include "lessons.h"

enum { WORKERS_MOST = 5 };
#define SERIAL_FRACTION 0.2

static double amdahl(double fraction, unsigned workers)
{
  return 1 / (fraction + (1 - fraction) / workers);
}

/* Measured speedups beside the law's, as bars. */
static void draw(struct room *room, const struct benchmark *b, double fraction)
{
  for (unsigned i = 1; i < b->row_count; i++) {
    const struct row *row = &b->rows[i];
    double law = amdahl(fraction, row->workers), ideal = row->workers;
    char measured_text[32], law_text[32], ideal_text[32];
    snprintf(measured_text, sizeof measured_text, "%.2f measured", row->speedup.value);
    snprintf(law_text, sizeof law_text, "%.2f Amdahl", law);
    snprintf(ideal_text, sizeof ideal_text, "%.2f ideal", ideal);
    room_show(room, "%u worker%s", row->workers, row->workers == 1 ? "" : "s");
    room_bars(room,
              (const struct room_bar[]){{"", row->speedup.value, measured_text},
                                        {"", law, law_text},
                                        {"", ideal, ideal_text}},
              3);
  }
}

static void tell_limits(struct room *room, double fraction)
{
  static const unsigned workers[] = {2, 4, 8, 16, 64, 1024};
  room_tell(room, "With that fraction the law allows:");
  for (unsigned i = 0; i < sizeof workers / sizeof *workers; i++)
    room_show(room, "%5u workers  %6.2f", workers[i], amdahl(fraction, workers[i]));
  room_tell(room, "However many workers: less than 1 / %.3f = %.1f.", fraction, 1 / fraction);
}

static int fixed_work(struct room *room, const unsigned *workers, unsigned count)
{
  struct benchmark b;
  room_step(room, "The same work, a fifth of it serial");
  room_tell(room, "Random points in a square (kernel mc). On purpose one worker alone does a fifth "
                  "of them, after the others have shared the rest.");
  double guess =
      room_ask(room, "How much faster than the serial program can it become, with as many workers "
                     "as you like?");
  int r = experiment_run(room,
                         &(const struct experiment){.job = "mc:points=3e8,method=plain",
                                                    .workers = workers,
                                                    .worker_counts = count,
                                                    .rounds = 8,
                                                    .schedule = -1,
                                                    .serial_fraction = SERIAL_FRACTION},
                         &b);
  if (r == 0)
    r = experiment_show(room, &b);
  if (r == 0) {
    const struct row *last = &b.rows[b.row_count - 1];
    draw(room, &b, b.serial_fraction);
    tell_limits(room, b.serial_fraction);
    room_judge(room, guess, 1 / b.serial_fraction, "");
    room_saw(room, "injected_fraction", b.serial_fraction);
    room_saw(room, "speedup", last->speedup.value);
    room_claim(room, "speedup_is_below_the_limit",
               last->workers == 1 || last->speedup.value < 1.1 / b.serial_fraction);
    if (b.amdahl.known) {
      struct estimate f = b.amdahl.fraction;
      room_tell(room,
                "Fitted to the measured times, without being told: a serial fraction of "
                "%.1f %% (%.1f to %.1f %%). What is more than %.0f %% the machine added: "
                "neighbours, a lower clock, memory.",
                100 * f.value, 100 * f.low, 100 * f.high, 100 * b.serial_fraction);
      room_saw(room, "fitted_fraction", f.value);
    }
    if (isfinite(last->karp_flatt.value))
      room_tell(room,
                "Karp and Flatt read it off one row: e = (1/S - 1/P) / (1 - 1/P) = %.3f at "
                "%u workers. An e that grows with P is not a serial part but a cost of "
                "having many.",
                last->karp_flatt.value, last->workers);
  }
  benchmark_release(&b);
  return r;
}

static int growing_work(struct room *room, const unsigned *workers, unsigned count)
{
  struct benchmark b;
  room_step(room, "The work grows with the workers");
  room_tell(room, "Gustafson's answer: nobody buys 64 cores to do the same work. P workers now get "
                  "P times as much (weak scaling), and we ask how much more is done in a time.");
  double guess = room_ask(room, "With as many workers as this machine has CPUs: how many times as "
                                "much work is done in the same time?");
  int r = experiment_run(room,
                         &(const struct experiment){.job = "mc:points=1e8,method=plain",
                                                    .workers = workers,
                                                    .worker_counts = count,
                                                    .schedule = -1,
                                                    .weak = true},
                         &b);
  if (r == 0)
    r = experiment_show(room, &b);
  if (r == 0) {
    const struct row *last = &b.rows[b.row_count - 1];
    room_judge(room, guess, last->speedup.value, " times");
    room_saw(room, "scaled_speedup", last->speedup.value);
    room_tell(room, "A serial part that does not grow with the work weighs less and less: scaled "
                    "speedup = P - s (P - 1). Ask of every scaling figure: strong or weak?");
  }
  benchmark_release(&b);
  return r;
}

int lesson_amdahl(struct room *room)
{
  unsigned workers[WORKERS_MOST], count = experiment_workers(room, WORKERS_MOST, workers);
  if (room->cpus == 1)
    room_cannot(room, "scaling_is_seen",
                "this program may use one CPU, so no row is faster than the serial one. The law's "
                "figures hold all the same.");
  else
    room_claim(room, "scaling_is_seen", true);
  int r = fixed_work(room, workers, count);
  return r == 0 ? growing_work(room, workers, count) : r;
}
