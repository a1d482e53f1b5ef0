/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_read.c: from JSON that anybody may have written to fields that hold what they promise. */

#include "result_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_machine(struct reader *r, struct result_file *file)
{
  const json_t *machine = read_object(r, file->json, "machine");
  const json_t *topology = read_object(r, file->json, "topology");
  snprintf(r->where, sizeof r->where, "machine");
  file->machine = (struct result_machine){
      .fingerprint = read_text_or_null(r, machine, "fingerprint"),
      .cpu_model = read_text_or_null(r, machine, "cpu_model"),
      .microcode = read_text_or_null(r, machine, "microcode"),
      .governor = read_text_or_null(r, machine, "governor"),
      .virtualised = read_text_or_null(r, machine, "virtualised"),
  };
  snprintf(r->where, sizeof r->where, "topology");
  file->machine.allowed_cpus = read_text(r, topology, "allowed_cpus");
  file->machine.place = read_text(r, topology, "place");
  file->machine.pin = read_text(r, topology, "pin");
  file->machine.quota_cpus = read_number_at(r, topology, "quota");
  file->machine.this_system = read_truth(r, topology, "this_system");
  r->where[0] = '\0';
}

static void read_software(struct reader *r, struct result_file *file)
{
  const json_t *software = read_object(r, file->json, "software");
  snprintf(r->where, sizeof r->where, "software");
  const json_t *gmp = read_object(r, software, "gmp");
  file->software = (struct result_software){
      .kernel = read_text_or_null(r, software, "kernel"),
      .compiler = read_text_or_null(r, software, "compiler"),
      .flags = read_text_or_null(r, software, "flags"),
      .gmp_version = read_text_or_null(r, gmp, "version"),
      .gmp_path = read_text_or_null(r, gmp, "path"),
      .mpfr = read_text_or_null(r, software, "mpfr"),
      .hwloc = read_text_or_null(r, software, "hwloc"),
      .libc = read_text_or_null(r, software, "libc"),
  };
  r->where[0] = '\0';
}

static void read_options(struct reader *r, struct result_file *file)
{
  const json_t *options = read_object(r, file->json, "options");
  snprintf(r->where, sizeof r->where, "options");
  file->profile = read_text(r, options, "profile");
  file->suite = read_text_or_null(r, options, "suite");
  file->seed = read_digits(r, options, "seed");
  file->schedule = read_text_or_null(r, options, "schedule");
  const char *scaling = read_text(r, options, "scaling");
  file->weak = strcmp(scaling, "weak") == 0;
  if (!file->weak && strcmp(scaling, "strong") != 0)
    reader_fail(r, "scaling", "is neither strong nor weak");
  r->where[0] = '\0';
}

static void read_head(struct reader *r, struct result_file *file)
{
  const json_t *json = file->json, *pibench = read_object(r, json, "pibench");
  file->complete = read_truth(r, json, "complete");
  file->error = read_text_or_null(r, json, "error");
  file->label = read_text_or_null(r, json, "label");
  file->started_at = read_time(r, json, "started_at");
  file->version = read_text(r, pibench, "version");
  file->commit = read_text_or_null(r, pibench, "commit");
}

bool result_is_of_ab(const json_t *json)
{
  const char *schema = json_string_value(json_object_get(json, "schema"));
  return schema && strncmp(schema, "pibench-ab/", 11) == 0;
}

/* Other forms are told apart from what is no result at all. */
static void check_schema(struct reader *r, const json_t *json)
{
  const char *schema = json_string_value(json_object_get(json, "schema"));
  const char *what = NULL;
  if (!schema) {
    reader_fail(r, "", "is not a result of pibench: it has no \"schema\"");
  } else if (result_is_of_ab(json)) {
    what =
        "a result of 'pibench ab', which 'pibench export' reads; one of 'pibench run' is expected";
  } else if (strcmp(schema, "pibench-result/1") != 0) {
    what = strncmp(schema, "pibench-result/", 15) == 0
               ? "a result of another pibench, which this one (pibench-result/1) cannot read"
               : NULL;
    reader_fail(r, "schema", "is not pibench-result/1");
  }
  if (what) {
    snprintf(r->message, RESULT_MESSAGE, "%.200s: is %s", r->name, what);
    r->error = -EPROTONOSUPPORT;
  }
}

int result_file_from(const char *name, json_t *json, struct result_file **ret_file,
                     char message[RESULT_MESSAGE])
{
  struct reader r = {.name = name, .message = message};
  struct result_file *file = calloc(1, sizeof *file);
  if (!file) {
    json_decref(json);
    reader_fail_memory(&r);
    return r.error;
  }
  file->json = json;
  file->name = strdup(name);
  if (!file->name)
    reader_fail_memory(&r);
  void (*const parts[])(struct reader *, struct result_file *) = {
      read_head, read_machine, read_software, read_options, read_benchmarks};
  check_schema(&r, json);
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !r.error; i++)
    parts[i](&r, file);
  if (r.error)
    result_file_free(file);
  else
    *ret_file = file;
  return r.error;
}

int result_file_read(const char *path, struct result_file **ret_file, char message[RESULT_MESSAGE])
{
  json_t *json;
  int r = result_json_read(path, &json, message);
  return r < 0 ? r : result_file_from(path, json, ret_file, message);
}

int result_text_read(const char *name, const char *text_given, size_t length,
                     struct result_file **ret_file, char message[RESULT_MESSAGE])
{
  json_t *json;
  int r = result_json_parse(name, text_given, length, &json, message);
  return r < 0 ? r : result_file_from(name, json, ret_file, message);
}

void result_file_free(struct result_file *file)
{
  if (!file)
    return;
  for (size_t i = 0; i < file->benchmark_count; i++) {
    struct result_benchmark *b = &file->benchmarks[i];
    for (size_t k = 0; k < b->row_count; k++)
      free(b->rows[k].samples_s);
    free(b->rows);
    free(b->set_aside);
    free(b->disturbed);
  }
  free(file->benchmarks);
  free(file->name);
  json_decref(file->json);
  free(file);
}

const struct result_benchmark *result_benchmark_find(const struct result_file *file,
                                                     const char *name)
{
  for (size_t i = 0; i < file->benchmark_count; i++)
    if (strcmp(file->benchmarks[i].name, name) == 0)
      return &file->benchmarks[i];
  return NULL;
}

const struct result_row *result_row_find(const struct result_benchmark *b, bool serial,
                                         unsigned workers, const char *backend)
{
  for (size_t i = 0; i < b->row_count; i++) {
    const struct result_row *row = &b->rows[i];
    if (row->serial == serial
        && (serial || (row->workers == workers && strcmp(row->backend, backend) == 0)))
      return row;
  }
  return NULL;
}

const char *result_row_name(const struct result_row *row, char text[RESULT_ROW_NAME])
{
  if (row->serial)
    return strcpy(text, "serial");
  snprintf(text, RESULT_ROW_NAME, "%u %s%s", row->workers,
           strcmp(row->backend, "thread") == 0 ? "thread" : "worker", row->workers == 1 ? "" : "s");
  return text;
}
