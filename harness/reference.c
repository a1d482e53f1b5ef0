/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.c: what other machines measured. */

#include "reference.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result_read.h"

/* The benchmark of that file which measured the same. */
static const struct result_benchmark *same_benchmark(const struct result_file *file,
                                                     const struct benchmark *b)
{
  for (size_t i = 0; i < file->benchmark_count; i++) {
    const struct result_benchmark *found = &file->benchmarks[i];
    if (strcmp(found->name, b->name) == 0 && found->right == RESULT_RIGHT && !found->sustained
        && found->slowed_on_purpose == 0
        && found->revision == (int)b->workload.job.kernel->revision)
      return found;
  }
  return NULL;
}

/* The rates of the serial run and of the largest parallel one. */
static void read_rates(const struct result_benchmark *benchmark, struct reference *reference)
{
  reference->rate_one_per_s = benchmark->rows[0].rate_per_s;
  reference->rate_all_per_s = NAN;
  for (size_t i = 1; i < benchmark->row_count; i++) {
    const struct result_row *row = &benchmark->rows[i];
    if (row->workers >= reference->workers) {
      reference->workers = row->workers;
      reference->rate_all_per_s = row->rate_per_s;
    }
  }
}

static bool read_reference(const char *path, const struct benchmark *b, struct reference *reference)
{
  struct result_file *file = NULL;
  char message[RESULT_MESSAGE];
  if (result_file_read(path, &file, message) < 0)
    return false;
  const struct result_benchmark *found =
      file->complete && !file->weak ? same_benchmark(file, b) : NULL;
  if (found) {
    const char *model = file->machine.cpu_model;
    *reference = (struct reference){0};
    snprintf(reference->machine, sizeof reference->machine, "%s",
             file->label ? file->label
             : model     ? model
                         : "a machine without a name");
    snprintf(reference->variant, sizeof reference->variant, "%s", found->variant);
    read_rates(found, reference);
  }
  result_file_free(file);
  return found != NULL;
}

static int is_result(const struct dirent *entry)
{
  const char *ending = strrchr(entry->d_name, '.');
  return ending && strcmp(ending, ".json") == 0 && entry->d_name[0] != '.';
}

size_t reference_find(const char *directory, const struct benchmark *b, size_t most,
                      struct reference *ret_references)
{
  struct dirent **entries = NULL;
  int count = scandir(directory, &entries, is_result, alphasort);
  size_t found = 0;
  for (int i = 0; i < count; i++) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
    if (length < (int)sizeof path && found < most
        && read_reference(path, b, &ret_references[found]))
      found++;
    free(entries[i]);
  }
  free(entries);
  return found;
}
