/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.c: what other machines measured. */

#include "reference.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *string_at(const json_t *object, const char *key)
{
  return json_string_value(json_object_get(object, key));
}

static bool string_is(const json_t *object, const char *key, const char *value)
{
  const char *string = string_at(object, key);
  return string && strcmp(string, value) == 0;
}

static double number_at(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The benchmark of that file which measured the same. */
static const json_t *same_benchmark(const json_t *result, const struct benchmark *b)
{
  size_t i;
  const json_t *found;
  json_array_foreach(
      json_object_get(result, "benchmarks"), i,
      found) if (string_is(found, "name", b->name) && json_is_true(json_object_get(found, "right"))
                 && !json_object_get(found, "sustained")
                 && json_integer_value(json_object_get(found, "revision"))
                        == (json_int_t)b->workload.job.kernel->revision) return found;
  return NULL;
}

/* The rates of the serial run and of the largest parallel one. */
static void read_rates(const json_t *benchmark, struct reference *reference)
{
  size_t i;
  const json_t *run;
  reference->rate_one_per_s = reference->rate_all_per_s = NAN;
  json_array_foreach(json_object_get(benchmark, "runs"), i, run)
  {
    json_int_t workers = json_integer_value(json_object_get(run, "workers"));
    if (string_is(run, "mode", "serial")) {
      reference->rate_one_per_s = number_at(run, "rate_per_s");
    } else if (workers >= (json_int_t)reference->workers) {
      reference->workers = (unsigned)workers;
      reference->rate_all_per_s = number_at(run, "rate_per_s");
    }
  }
}

static bool read_reference(const char *path, const struct benchmark *b, struct reference *reference)
{
  json_t *result = json_load_file(path, 0, NULL);
  const json_t *found = NULL;
  if (string_is(result, "schema", "pibench-result/1")
      && json_is_true(json_object_get(result, "complete"))
      && !string_is(json_object_get(result, "options"), "scaling", "weak"))
    found = same_benchmark(result, b);
  if (found) {
    const char *label = string_at(result, "label");
    const char *model = string_at(json_object_get(result, "machine"), "cpu_model");
    const char *variant = string_at(found, "variant");
    *reference = (struct reference){0};
    snprintf(reference->machine, sizeof reference->machine, "%s",
             label   ? label
             : model ? model
                     : "a machine without a name");
    snprintf(reference->variant, sizeof reference->variant, "%s", variant ? variant : "?");
    read_rates(found, reference);
  }
  json_decref(result);
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
