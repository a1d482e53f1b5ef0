/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_amdahl.c: a real serial part, injected, fitted and drawn; then the work grows with the
 * workers. */

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "experiment.h"
#include "lessons.h"

enum { WORKERS_MOST = 5, GROWN_MOST = 3 };
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

/* What the laws make of the measured times; nothing where workers were slower than one. */
static void tell_fitted(struct room *room, const struct benchmark *b)
{
  const struct row *last = &b->rows[b->row_count - 1];
  struct estimate f = b->law.fraction;
  if (b->law.unfitted == FITTED)
    room_saw(room, "fitted_fraction", f.value);
  if (last->speedup.value < 1) {
    room_tell(room,
              "Here %u workers took longer than the serial program. No serial part does that, and "
              "a law fitted to such times says nothing.",
              last->workers);
    return;
  }
  if (b->law.unfitted == FITTED)
    room_tell(room,
              "Fitted to the measured times, without being told: a serial fraction of "
              "%.1f %% (%.1f to %.1f %%). What is more than %.0f %% the machine added: "
              "neighbours, a lower clock, memory.",
              100 * f.value, 100 * f.low, 100 * f.high, 100 * b->serial_fraction);
  else if (b->law.unfitted == UNFITTED_LOSS)
    room_tell(
        room,
        "More was lost here than the serial part costs, above all %s (%.2f at %u workers). A law "
        "fitted to these times would call that serial, too, so none is.",
        factor_text(b->law.loss), b->law.loss_factor, b->law.loss_workers);
  if (isfinite(last->karp_flatt.value))
    room_tell(room,
              "Karp and Flatt read it off one row: e = (1/S - 1/P) / (1 - 1/P) = %.3f at "
              "%u workers. An e that grows with P is not a serial part but a cost of "
              "having many.",
              last->karp_flatt.value, last->workers);
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
    room_claim(room, "a_fifth_is_serial", fabs(b.serial_fraction - SERIAL_FRACTION) < 0.01);
    room_claim(room, "answer_does_not_depend_on_workers", b.verdict.right);
    if (room->cpus > 1)
      room_claim(room, "scaling_is_seen", b.row_count > 2 && last->n > 0 && !last->oversubscribed);
    room_saw(room, "speedup", last->speedup.value);
    room_claim(room, "speedup_is_below_the_limit",
               last->workers == 1 || last->speedup.value < 1.1 / b.serial_fraction);
    tell_fitted(room, &b);
  }
  benchmark_release(&b);
  return r;
}

/* What P workers get when the parallel part grows with them and the serial part stays: in units of
 * one worker's work. */
static double grown(unsigned workers)
{
  return SERIAL_FRACTION + (1 - SERIAL_FRACTION) * workers;
}

/* The speedup of `workers` workers on the grown work, of which one alone does the serial part. */
static int measure_grown(struct room *room, unsigned workers, double base, double *ret_speedup,
                         bool *ret_right)
{
  struct benchmark b;
  char job[64];
  snprintf(job, sizeof job, "mc:points=%.0f,method=plain", base * grown(workers));
  int r = experiment_run(
      room,
      &(const struct experiment){.job = job,
                                 .workers = &workers,
                                 .worker_counts = 1,
                                 .rounds = 5,
                                 .schedule = -1,
                                 .serial_fraction = SERIAL_FRACTION / grown(workers)},
      &b);
  if (r == 0) {
    *ret_speedup = b.rows[b.row_count - 1].speedup.value;
    *ret_right = b.verdict.right;
  }
  benchmark_release(&b);
  return r;
}

static int growing_work(struct room *room)
{
  unsigned workers[GROWN_MOST], count = experiment_workers(room, GROWN_MOST, workers);
  unsigned most = workers[count - 1];
  double speedup = NAN, base = 3e8 / grown(most);
  bool right = true;
  room_step(room, "The work grows with the workers");
  room_tell(room,
            "Gustafson's answer: nobody buys 64 cores to do the same work. Now P workers get "
            "P times as much of the parallel part; the serial part stays what it was. For one "
            "worker it is a fifth, as before.");
  double guess = room_ask(room, "With as many workers as this machine has CPUs: how many times as "
                                "fast as serially?");
  room_show(room, "workers     work  serial part  speedup  Gustafson  Amdahl");
  for (unsigned i = 0; i < count; i++) {
    unsigned p = workers[i];
    int r = measure_grown(room, p, base, &speedup, &right);
    if (r < 0)
      return r;
    room_show(room, "%7u  %7.2f  %9.1f %%  %7.2f  %9.2f  %6.2f", p, grown(p),
              100 * SERIAL_FRACTION / grown(p), speedup, grown(p), amdahl(SERIAL_FRACTION, p));
  }
  room_judge(room, guess, speedup, " times");
  room_saw(room, "scaled_speedup", speedup);
  room_claim(room, "grown_answers_are_right", right);
  room_tell(room,
            "The serial part is as long as before, but a smaller part of the work: scaled "
            "speedup = P - s (P - 1), with s = %.1f; it has no limit. The column Amdahl is "
            "what the law gives for work that stays. Ask of every scaling figure: strong (the "
            "same work) or weak (growing work; pibench run --scaling weak)?",
            SERIAL_FRACTION);
  return 0;
}

int lesson_amdahl(struct room *room)
{
  unsigned workers[WORKERS_MOST], count = experiment_workers(room, WORKERS_MOST, workers);
  if (room->cpus == 1)
    room_cannot(room, "scaling_is_seen",
                "this program may use one CPU, so no row is faster than the serial one. The law's "
                "figures hold all the same.");
  int r = fixed_work(room, workers, count);
  return r == 0 ? growing_work(room) : r;
}
