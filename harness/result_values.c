/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_values.c: single values of untrusted JSON, checked. */

#include "result_values.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reader_fail(struct reader *r, const char *key, const char *format, ...)
{
  if (r->error)
    return;
  int n = snprintf(r->message, RESULT_MESSAGE, "%.200s: %s%s%s%s", r->name, r->where,
                   *r->where && *key ? "." : "", key, *r->where || *key ? " " : "");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(r->message + n, RESULT_MESSAGE - (size_t)n, format, arguments);
  va_end(arguments);
  r->error = -EBADMSG;
}

void reader_fail_memory(struct reader *r)
{
  if (!r->error)
    snprintf(r->message, RESULT_MESSAGE, "%.200s: out of memory", r->name);
  r->error = r->error ? r->error : -ENOMEM;
}

bool reader_is_printable(const char *text)
{
  for (const unsigned char *at = (const unsigned char *)text; *at; at++)
    if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
      return false;
  return true;
}

const char *read_text_or_null(struct reader *r, const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  if (!value || json_is_null(value))
    return NULL;
  const char *text = json_string_value(value);
  if (!text)
    reader_fail(r, key, "is not a text");
  else if (!reader_is_printable(text) || strlen(text) != json_string_length(value))
    reader_fail(r, key, "holds control characters");
  else if (strlen(text) > 4096)
    reader_fail(r, key, "is longer than 4096 bytes");
  return text;
}

const char *read_text(struct reader *r, const json_t *object, const char *key)
{
  const char *found = read_text_or_null(r, object, key);
  if (!found || !*found)
    reader_fail(r, key, "is missing or empty; a text is expected");
  return found ? found : "";
}

const char *read_time(struct reader *r, const json_t *object, const char *key)
{
  static const char form[] = "0000-00-00T00:00:00Z";
  const char *found = read_text(r, object, key);
  for (size_t i = 0; i < sizeof form; i++)
    if (form[i] == '0' ? found[i] < '0' || found[i] > '9' : found[i] != form[i]) {
      reader_fail(r, key, "is not a time such as 2026-11-22T18:46:57Z");
      return form;
    }
  return found;
}

static bool is_count(const char *digits)
{
  size_t length = strlen(digits);
  return length >= 1 && length <= 20 && strspn(digits, "0123456789") == length
         && (digits[0] != '0' || length == 1);
}

const char *read_digits_or_null(struct reader *r, const json_t *object, const char *key)
{
  const char *found = read_text_or_null(r, object, key);
  if (found && !is_count(found))
    reader_fail(r, key, "is not a whole number in digits");
  return found;
}

const char *read_digits(struct reader *r, const json_t *object, const char *key)
{
  const char *found = read_digits_or_null(r, object, key);
  if (!found)
    reader_fail(r, key, "is missing; a whole number in digits is expected");
  return found ? found : "0";
}

bool read_truth(struct reader *r, const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  if (!json_is_boolean(value))
    reader_fail(r, key, "is missing or not true or false");
  return json_is_true(value);
}

/* A whole number within bounds. */
int read_whole(struct reader *r, const json_t *object, const char *key, int most)
{
  const json_t *value = json_object_get(object, key);
  json_int_t found = json_integer_value(value);
  if (!json_is_integer(value) || found < 1 || found > most) {
    reader_fail(r, key, "is missing or not a whole number from 1 to %d", most);
    return 1;
  }
  return (int)found;
}

/* Null is NaN. */
double read_number(struct reader *r, const json_t *value, const char *key, double most)
{
  if (!value || json_is_null(value))
    return NAN;
  double found = json_number_value(value);
  if (!json_is_number(value))
    reader_fail(r, key, "is neither a number nor null");
  else if (!(found >= 0) || found > most)
    reader_fail(r, key, "is %g; a number from 0 to %g is expected", found, most);
  return found;
}

double read_number_at(struct reader *r, const json_t *object, const char *key)
{
  return read_number(r, json_object_get(object, key), key, 1e300);
}

json_t *read_object(struct reader *r, const json_t *object, const char *key)
{
  json_t *found = json_object_get(object, key);
  if (!json_is_object(found))
    reader_fail(r, key, "is missing or not an object");
  return found;
}

json_t *read_array(struct reader *r, const json_t *object, const char *key)
{
  json_t *found = json_object_get(object, key);
  if (!json_is_array(found))
    reader_fail(r, key, "is missing or not an array");
  return found;
}
