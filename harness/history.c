/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history.c: the result files of a directory, sorted by machine, benchmark and time. */

#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "statistics.h"

static void describe(const struct result_machine *machine, char text[160])
{
  int n = snprintf(text, 160, "%.80s, CPUs %.40s",
                   machine->cpu_model ? machine->cpu_model : "unknown CPU", machine->allowed_cpus);
  if (isfinite(machine->quota_cpus))
    snprintf(text + n, 160 - (size_t)n, ", quota %.2f", machine->quota_cpus);
}

static struct history_entry entry_of(const struct result_file *file,
                                     const struct result_benchmark *b)
{
  struct history_entry entry = {.serial_s = b->rows[0].median_s, .all_s = NAN};
  snprintf(entry.started_at, sizeof entry.started_at, "%s", file->started_at);
  snprintf(entry.version, sizeof entry.version, "%.23s", file->version);
  snprintf(entry.commit, sizeof entry.commit, "%.23s", file->commit ? file->commit : "");
  for (size_t i = 1; i < b->row_count; i++)
    if (b->rows[i].workers >= entry.workers) {
      entry.workers = b->rows[i].workers;
      entry.all_s = b->rows[i].median_s;
    }
  return entry;
}

static int compare_series(const void *left, const void *right)
{
  const struct history_series *l = left, *r = right;
  int machine = strcmp(l->machine, r->machine), name = strcmp(l->benchmark, r->benchmark);
  if (machine || name)
    return machine ? machine : name;
  int variant = strcmp(l->variant, r->variant);
  if (variant)
    return variant;
  return l->weak != r->weak ? l->weak - r->weak
                            : (l->revision > r->revision) - (l->revision < r->revision);
}

static int compare_entries(const void *left, const void *right)
{
  const struct history_entry *l = left, *r = right;
  return strcmp(l->started_at, r->started_at);
}

/* The series of that kind, made where there is none. */
static struct history_series *series_for(struct history *history,
                                         const struct history_series *wanted)
{
  for (size_t i = 0; i < history->count; i++)
    if (compare_series(&history->series[i], wanted) == 0)
      return &history->series[i];
  struct history_series *larger = realloc(history->series, (history->count + 1) * sizeof *larger);
  if (!larger)
    return NULL;
  history->series = larger;
  larger[history->count] = *wanted;
  return &larger[history->count++];
}

static int add_benchmark(struct history *history, const struct result_file *file,
                         const struct result_benchmark *b)
{
  struct history_series wanted = {.revision = b->revision, .weak = file->weak};
  describe(&file->machine, wanted.machine);
  snprintf(wanted.benchmark, sizeof wanted.benchmark, "%.159s", b->name);
  snprintf(wanted.variant, sizeof wanted.variant, "%.15s", b->variant);
  struct history_series *series = series_for(history, &wanted);
  struct history_entry *larger =
      series ? realloc(series->entries, (series->count + 1) * sizeof *larger) : NULL;
  if (!larger)
    return -ENOMEM;
  series->entries = larger;
  larger[series->count++] = entry_of(file, b);
  return 0;
}

static int add_file(struct history *history, const char *path)
{
  struct result_file *file = NULL;
  char message[RESULT_MESSAGE];
  struct stat status;
  json_t *json = NULL;
  if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
    return 0;
  int r = result_json_read(path, &json, message);
  if (r == 0 && result_is_of_ab(json)) {
    history->of_ab++;
    json_decref(json);
    return 0;
  }
  if (r == 0)
    r = result_file_from(path, json, &file, message);
  if (r < 0) {
    if (history->unreadable++ == 0)
      memcpy(history->example, message, sizeof history->example);
    return r == -ENOMEM ? r : 0;
  }
  for (size_t i = 0; i < file->benchmark_count && r == 0; i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    if (b->right != RESULT_WRONG && isfinite(b->rows[0].median_s) && b->slowed_on_purpose == 0
        && b->serial_part_on_purpose == 0)
      r = add_benchmark(history, file, b);
  }
  result_file_free(file);
  return r;
}

static int is_result(const struct dirent *entry)
{
  const char *ending = strrchr(entry->d_name, '.');
  return ending && strcmp(ending, ".json") == 0 && entry->d_name[0] != '.'
         && strcmp(entry->d_name, "schema.json") != 0
         && strcmp(entry->d_name, "schema-ab.json") != 0;
}

int history_read(const char *directory, struct history *ret_history)
{
  struct history history = {0};
  struct dirent **names = NULL;
  int count = scandir(directory, &names, is_result, alphasort), r = 0;
  if (count < 0)
    return -errno;
  for (int i = 0; i < count; i++) {
    char *path = NULL;
    if (r == 0 && asprintf(&path, "%s/%s", directory, names[i]->d_name) < 0)
      r = -ENOMEM;
    if (r == 0)
      r = add_file(&history, path);
    free(path);
    free(names[i]);
  }
  free(names);
  if (history.count)
    qsort(history.series, history.count, sizeof *history.series, compare_series);
  for (size_t i = 0; i < history.count; i++)
    qsort(history.series[i].entries, history.series[i].count, sizeof(struct history_entry),
          compare_entries);
  if (r < 0)
    history_release(&history);
  else
    *ret_history = history;
  return r;
}

double history_drift(const struct history_series *series)
{
  enum { BEFORE_FEWEST = 5 };
  size_t before = series->count - 1;
  struct estimate median;
  double *times = before >= BEFORE_FEWEST ? calloc(before, sizeof *times) : NULL;
  if (!times)
    return NAN;
  for (size_t i = 0; i < before; i++)
    times[i] = series->entries[i].serial_s;
  int r = statistics_median(times, before, 0.95, &median);
  free(times);
  return r < 0 ? NAN : series->entries[before].serial_s / median.value - 1;
}

void history_release(struct history *history)
{
  for (size_t i = 0; i < history->count; i++)
    free(history->series[i].entries);
  free(history->series);
  *history = (struct history){0};
}
