/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiment.c: the harness, asked for little. */

#include "experiment.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "grid.h"
#include "job.h"
#include "table.h"

/* A lesson lasts ten seconds at most. */
#define LONGEST_S 3.0

static int told(struct room *room, int r, const struct job *job, const struct fault *fault)
{
  char text[FAULT_TEXT];
  if (r == -ECHILD)
    room_tell(room, "The experiment failed: %s.", fault_text(fault, job->kernel, text));
  else if (r < 0 && r != -EINTR)
    room_tell(room, "The experiment failed: %s.", strerrordesc_np(-r));
  return r;
}

int experiment_run(struct room *room, const struct experiment *experiment,
                   struct benchmark *ret_benchmark)
{
  struct job job;
  char message[JOB_MESSAGE];
  struct fault fault = {0};
  *ret_benchmark = (struct benchmark){0};
  int r = job_parse(experiment->job, &job, message);
  if (r < 0)
    return told(room, r, &job, &fault);
  const struct placement *placement =
      experiment->placement ? experiment->placement : room->placement;
  struct measure_options options = {
      .placement = placement,
      .workers = experiment->workers,
      .worker_counts = experiment->worker_counts,
      .backends = {[BACKEND_PROCESS] = true, [BACKEND_THREAD] = experiment->threads},
      .schedule = experiment->schedule,
      .pin = experiment->unpinned ? PIN_OFF : PIN_AUTO,
      .rounds = experiment->rounds ? experiment->rounds : 6,
      .serial_fraction = experiment->serial_fraction,
      .max_s = LONGEST_S,
      .seed = 1,
  };
  r = measure_prepare(&job, &options, ret_benchmark, &fault);
  if (r == 0)
    r = measure_run(ret_benchmark, &options, &fault);
  if (r == 0 && !ret_benchmark->verdict.right)
    r = -EBADMSG;
  if (r == 0)
    r = measure_summarise(ret_benchmark, placement);
  return told(room, r, &job, &fault);
}

enum { COLUMNS = 5, CELL = 32 };

static int show_row(struct grid *grid, const struct row *row, unsigned repeats)
{
  char cells[COLUMNS][CELL] = {"serial", "", "1.00", "", ""};
  if (!row->serial)
    snprintf(cells[0], CELL, "%u%s", row->workers, row->backend == BACKEND_THREAD ? " thr" : "");
  snprintf(cells[1], CELL, "%.2f", row->time.median.value / repeats * 1e3);
  if (!row->serial) {
    int loss = breakdown_largest_loss(&row->breakdown);
    snprintf(cells[2], CELL, "%.2f", row->speedup.value);
    if (isfinite(row->efficiency))
      snprintf(cells[3], CELL, "%.0f %%", 100 * row->efficiency);
    if (row->oversubscribed)
      snprintf(cells[4], CELL, "oversubscribed");
    else if (loss >= 0)
      snprintf(cells[4], CELL, "%s %.2f", factor_word((enum factor)loss),
               row->breakdown.factor[loss]);
  }
  return grid_row(grid, (const char *[]){cells[0], cells[1], cells[2], cells[3], cells[4]});
}

/* Whether some row got less of its CPUs than nine tenths. */
static bool was_disturbed(const struct benchmark *b)
{
  for (unsigned i = 1; i < b->row_count; i++)
    if (b->rows[i].breakdown.known && !b->rows[i].oversubscribed
        && b->rows[i].breakdown.factor[FACTOR_WAITING] < 0.9)
      return true;
  return false;
}

/* What the columns mean, once a lesson. */
static void explain(struct room *room, const struct benchmark *b)
{
  int worst = -1;
  for (unsigned i = 1; i < b->row_count && worst < 0; i++)
    worst = breakdown_largest_loss(&b->rows[i].breakdown);
  if (room->explained)
    return;
  room->explained = true;
  if (b->row_count > 1 && b->rows[1].workers == 1)
    room_tell(room, "The row '1' is the parallel program with one worker.");
  room_tell(room, "Speedup: the serial time by this one. Efficiency: the speedup by what the CPUs "
                  "could do. Largest loss: what took most of it, and how much it left (0.90 leaves "
                  "90 %%).");
  if (worst >= 0)
    room_tell(room, "%s: %s", factor_word((enum factor)worst), factor_meaning((enum factor)worst));
}

int experiment_show(struct room *room, const struct benchmark *b)
{
  static const struct grid_column columns[] = {
      {"workers", GRID_RIGHT},    {"time ms", GRID_RIGHT},     {"speedup", GRID_RIGHT},
      {"efficiency", GRID_RIGHT}, {"largest loss", GRID_LEFT}, {NULL, GRID_LEFT}};
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < b->row_count; i++)
    if (b->rows[i].n)
      r = show_row(grid, &b->rows[i], b->repeats);
  if (r == 0)
    r = grid_print(grid, room->out);
  room_blank(room);
  grid_free(grid);
  if (r == 0)
    explain(room, b);
  if (r == 0 && was_disturbed(b))
    room_tell(room, "(Other programs held these CPUs during the experiment, and the figures show "
                    "it. On a quieter machine this lesson says more.)");
  return r;
}

unsigned experiment_workers(const struct room *room, unsigned most, unsigned *ret_workers)
{
  unsigned count = 0;
  for (unsigned w = 1; w < room->cpus && count + 1 < most; w *= 2)
    ret_workers[count++] = w;
  ret_workers[count++] = room->cpus;
  return count;
}
