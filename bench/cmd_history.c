/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_history.c: pibench history: results over time, per machine and benchmark. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "grid.h"
#include "history.h"
#include "keep.h"
#include "number.h"
#include "options.h"

struct history_options {
  const char *directory;
  uint64_t last;
};

enum { KEY_LAST = 0x700, CELL = 48 };

static const struct argp_option history_option_table[] = {
    {"last", KEY_LAST, "N", 0, "Show the last N results of each benchmark (default 20)", 0}, {0}};

static error_t history_option(int key, char *given, struct argp_state *state)
{
  struct history_options *options = state->input;
  switch (key) {
  case KEY_LAST:
    if (number_parse(given, &options->last) < 0 || options->last < 1 || options->last > 100000)
      usage_error("--last '%.40s' is not a whole number from 1 to 100000", given);
    return 0;
  case ARGP_KEY_ARG:
    if (options->directory)
      usage_error("'%.40s' is too much: history takes one directory", given);
    options->directory = given;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp history_argp = {
    .options = history_option_table,
    .parser = history_option,
    .args_doc = "[DIR]",
    .doc = "Shows the result files of a directory over time, per machine and benchmark: median "
           "times, and the change since the result before.\v"
           "Without DIR: $XDG_STATE_HOME/pibench (~/.local/state/pibench), where results go by "
           "default. Advisory: between two runs more than the program may have changed.",
};

static void time_cell(char cell[CELL], double seconds)
{
  if (isfinite(seconds))
    snprintf(cell, CELL, "%.4g", seconds * 1e3);
  else
    cell[0] = '\0';
}

static void change_cell(char cell[CELL], double seconds, double before)
{
  cell[0] = '\0';
  if (isfinite(seconds) && isfinite(before))
    snprintf(cell, CELL, "%+.1f %%", 100 * (seconds / before - 1));
}

/* 2026-11-22T18:46:57Z as 2026-11-22 18:46. */
static void when_cell(char cell[CELL], const char *started_at)
{
  snprintf(cell, CELL, "%.10s %.5s", started_at, started_at + 11);
}

static int add_entry(struct grid *grid, const struct history_entry *entry,
                     const struct history_entry *before)
{
  char when[CELL], version[CELL], serial[CELL], all[CELL], change[CELL], change_all[CELL];
  const char *commit = entry->commit;
  when_cell(when, entry->started_at);
  snprintf(version, sizeof version, "%.16s", *commit ? commit : entry->version);
  time_cell(serial, entry->serial_s);
  time_cell(all, entry->all_s);
  change_cell(change, entry->serial_s, before ? before->serial_s : NAN);
  change_cell(change_all, entry->all_s,
              before && before->workers == entry->workers ? before->all_s : NAN);
  return grid_row(grid, (const char *[]){when, version, serial, change, all, change_all});
}

static int print_series(const struct history_series *series, size_t last)
{
  char all[CELL];
  size_t first = series->count > last ? series->count - last : 0;
  unsigned workers = series->entries[series->count - 1].workers;
  snprintf(all, sizeof all, "%u worker%s ms", workers, workers == 1 ? "" : "s");
  const struct grid_column columns[] = {{"when (UTC)", GRID_LEFT}, {"pibench", GRID_LEFT},
                                        {"serial ms", GRID_RIGHT}, {"change", GRID_RIGHT},
                                        {all, GRID_RIGHT},         {"change", GRID_RIGHT},
                                        {NULL, GRID_LEFT}};
  struct grid *grid = grid_new(columns);
  int r = grid ? 0 : -ENOMEM;
  printf("\n%s%s, %s", series->benchmark, series->weak ? " (weak scaling)" : "", series->variant);
  if (series->revision > 1)
    printf(", revision %d", series->revision);
  putchar('\n');
  for (size_t i = first; i < series->count && r == 0; i++)
    r = add_entry(grid, &series->entries[i], i > 0 ? &series->entries[i - 1] : NULL);
  if (r == 0)
    r = grid_print(grid, stdout);
  grid_free(grid);
  double drift = history_drift(series);
  if (isfinite(drift))
    printf(" The last serial time is %+.1f %% from the median of the %zu before. Advisory.\n",
           100 * drift, series->count - 1);
  return r;
}

static int print_history(const struct history *history, size_t last)
{
  const char *machine = "";
  int r = 0;
  for (size_t i = 0; i < history->count && r == 0; i++) {
    const struct history_series *series = &history->series[i];
    if (strcmp(series->machine, machine) != 0)
      printf("%s%s\n", i ? "\n" : "", series->machine);
    machine = series->machine;
    r = print_series(series, last);
  }
  return r;
}

int cmd_history(int argc, char **argv)
{
  struct history_options options = {.last = 20};
  struct history history;
  options_parse(&history_argp, argc, argv, &options);
  char *directory = options.directory ? strdup(options.directory) : keep_directory();
  if (!directory)
    usage_error("HOME is not set: history needs a directory");
  int r = history_read(directory, &history), code = EXIT_FINE;
  if (r < 0 && (r != -ENOENT || options.directory)) {
    say("cannot read the directory '%.200s': %s", directory, strerrordesc_np(-r));
    code = r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
  } else if (r < 0 || history.count == 0) {
    say("there are no results of 'pibench run' in %.200s", directory);
    code = EXIT_NOTHING;
  } else if (print_history(&history, options.last) < 0) {
    say("out of memory");
    code = EXIT_FAILED;
  }
  if (r == 0 && history.of_ab)
    say("note: %zu result%s of 'pibench ab' left out: they compare, and are no times of one build",
        history.of_ab, history.of_ab == 1 ? "" : "s");
  if (r == 0 && history.unreadable)
    say("note: %zu file%s could not be read as results, such as %s", history.unreadable,
        history.unreadable == 1 ? "" : "s", history.example);
  if (r == 0)
    history_release(&history);
  free(directory);
  return code;
}
