/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi_show.c: the answer of pibench pi as text. */

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_pi.h"
#include "marks.h"
#include "result.h"
#include "value.h"

/* A number where JSON readers take 64 bits with a sign, else its digits. */
static json_t *count_json(uint64_t count)
{
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRIu64, count);
  return count <= INT64_MAX ? json_integer((json_int_t)count) : json_string(digits);
}

/* An estimate whose very error is told is not random: it has no seed, standard error or z. */
static json_t *points_json(const struct job *job, const struct answer *answer)
{
  const struct answer_item *pi = answer_find(answer, "pi"), *hits = answer_find(answer, "hits");
  const struct answer_item *error = answer_find(answer, "error");
  json_t *object =
      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "hits", count_json(hits->count), "points",
                count_json(job->values[job_size_index(job)]), "seed",
                error ? json_null() : count_json(job->seed), "estimate", value_number(pi->number),
                "standard_error", value_number(pi->standard_error), "z", value_number(pi->z));
  if (error)
    json_object_set_new(object, "error", value_number(error->number));
  return object;
}

const struct answer_item *pi_answer_digits(const struct answer *answer)
{
  const struct answer_item *item = answer_find(answer, "digits");
  return item ? item : answer_find(answer, "hex");
}

static json_t *digits_json(const struct job *job, const struct answer *answer)
{
  const struct answer_item *item = pi_answer_digits(answer);
  int size = job_size_index(job);
  bool position = strcmp(job->kernel->parameters[size].name, "position") == 0;
  return json_pack("{s:o, s:o}", position ? "position" : "count", count_json(job->values[size]),
                   "digits", json_stringn(answer->text + item->text_offset, item->text_bytes));
}

static void print_json(const struct job *job, const struct answer *answer, double seconds, FILE *to)
{
  char method[64];
  json_t *object = (pi_answer_digits(answer) ? digits_json : points_json)(job, answer);
  snprintf(method, sizeof method, "%s/%s", job->kernel->name, job->method->name);
  json_object_set_new(object, "method", json_string(method));
  json_object_set_new(object, "seconds", value_number(seconds));
  json_dumpf(object, to, JSON_REAL_PRECISION(16));
  json_decref(object);
  fputc('\n', to);
}

/* As many as tell something, and the first that is wrong. */
static int decimals(double error)
{
  return (int)fmin(15, fmax(2, ceil(1 - log10(error))));
}

static void print_plain(const struct answer *answer, FILE *to)
{
  const struct answer_item *digits = pi_answer_digits(answer), *pi = answer_find(answer, "pi");
  const struct answer_item *error = answer_find(answer, "error");
  if (error) {
    fprintf(to, "%.*f (error %+.1e)\n", decimals(fabs(error->number)), pi->number, error->number);
  } else if (digits) {
    fwrite(answer->text + digits->text_offset, 1, digits->text_bytes, to);
    fputc('\n', to);
  } else if (isfinite(pi->standard_error)) {
    fprintf(to, "%.*f %s %.2g\n", decimals(pi->standard_error), pi->number,
            marks_here()->plus_minus, pi->standard_error);
  } else {
    fprintf(to, "%.2f %s unknown\n", pi->number, marks_here()->plus_minus);
  }
}

char *pi_answer_text(const struct pi_options *options, const struct job *job,
                     const struct answer *answer, double seconds)
{
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to)
    return NULL;
  if (options->json)
    print_json(job, answer, seconds, to);
  else
    print_plain(answer, to);
  if (fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}
