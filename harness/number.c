/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.c: numbers as people write them. */

#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  char suffix;
  unsigned exponent;
} suffixes[] = {{'k', 3}, {'K', 3}, {'M', 6}, {'G', 9}, {'T', 12}, {'P', 15}, {'E', 18}};

/* Digits with at most one point and underscores between digits, as an integer and the number of
 * digits behind the point.  Returns where it ended, NULL if there is no such thing or the integer
 * does not fit; *ret_overflow tells which. */
static const char *mantissa_parse(const char *text, uint64_t *ret_integer, int *ret_decimals,
                                  bool *ret_overflow)
{
  uint64_t integer = 0;
  int decimals = 0;
  bool point = false, digit_before = false, any = false;
  const char *at = text;
  for (;; at++) {
    if (isdigit((unsigned char)*at)) {
      if (__builtin_mul_overflow(integer, 10, &integer)
          || __builtin_add_overflow(integer, (uint64_t)(*at - '0'), &integer)) {
        *ret_overflow = true;
        return NULL;
      }
      decimals += point;
      digit_before = any = true;
    } else if (*at == '.' && !point) {
      point = true;
      digit_before = false;
    } else if (*at == '_' && digit_before && isdigit((unsigned char)at[1])) {
      digit_before = false;
    } else {
      break;
    }
  }
  if (!any)
    return NULL;
  *ret_integer = integer;
  *ret_decimals = decimals;
  return at;
}

/* The power of ten behind the mantissa: "", "e9", "M".  Returns false if it is something else. */
static bool exponent_parse(const char *text, int *ret_exponent)
{
  *ret_exponent = 0;
  if (!*text)
    return true;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (text[0] == suffixes[i].suffix && !text[1]) {
      *ret_exponent = (int)suffixes[i].exponent;
      return true;
    }
  if (*text != 'e' && *text != 'E')
    return false;
  const char *digits = text + 1 + (text[1] == '+');
  size_t length = strspn(digits, "0123456789");
  if (length == 0 || length > 3 || digits[length])
    return false;
  *ret_exponent = (int)strtol(digits, NULL, 10);
  return true;
}

int number_parse(const char *text, uint64_t *ret_number)
{
  uint64_t number;
  int decimals, exponent;
  bool overflow = false;
  if (text[0] == '-' && isdigit((unsigned char)text[1]))
    return -ERANGE;
  const char *rest = mantissa_parse(text, &number, &decimals, &overflow);
  if (!rest)
    return overflow ? -ERANGE : -EINVAL;
  if (!exponent_parse(rest, &exponent))
    return -EINVAL;
  for (exponent -= decimals; exponent > 0; exponent--)
    if (__builtin_mul_overflow(number, 10, &number))
      return -ERANGE;
  for (; exponent < 0; exponent++) {
    if (number % 10)
      return -EINVAL;
    number /= 10;
  }
  *ret_number = number;
  return 0;
}

static int positive_parse(const char *text, double *ret_value, const char **ret_rest)
{
  char *end;
  if (!isdigit((unsigned char)text[0]) && text[0] != '.' && text[0] != '-')
    return -EINVAL;
  *ret_value = strtod(text, &end);
  *ret_rest = end;
  if (end == text)
    return -EINVAL;
  return isfinite(*ret_value) && *ret_value > 0 ? 0 : -ERANGE;
}

int number_parse_seconds(const char *text, double *ret_seconds)
{
  static const struct {
    const char *suffix;
    double seconds;
  } units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60}, {"h", 3600}};
  double value;
  const char *rest;
  int r = positive_parse(text, &value, &rest);
  if (r < 0)
    return r;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strcmp(rest, units[i].suffix) == 0) {
      value *= units[i].seconds;
      if (!isfinite(value) || value <= 0) /* 1e308h */
        return -ERANGE;
      *ret_seconds = value;
      return 0;
    }
  return -EINVAL;
}

int number_parse_fraction(const char *text, double *ret_fraction)
{
  double value;
  const char *rest;
  int r = positive_parse(text, &value, &rest);
  if (r < 0)
    return r;
  if (strcmp(rest, "%") == 0)
    value /= 100;
  else if (*rest)
    return -EINVAL;
  if (value > 1 || value <= 0) /* 4e-323% */
    return -ERANGE;
  *ret_fraction = value;
  return 0;
}

const char *number_text(uint64_t number, char text[NUMBER_TEXT])
{
  uint64_t mantissa = number;
  unsigned zeros = 0;
  for (; mantissa && mantissa % 10 == 0; mantissa /= 10)
    zeros++;
  if (zeros >= 3 && mantissa < 100 && number >= 100000)
    snprintf(text, NUMBER_TEXT, "%" PRIu64 "e%u", mantissa, zeros);
  else
    snprintf(text, NUMBER_TEXT, "%" PRIu64, number);
  return text;
}

const char *number_si(double value, char text[NUMBER_TEXT])
{
  static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  size_t p = 0;
  while (value >= 999.5 && p + 1 < sizeof prefixes / sizeof *prefixes) {
    value /= 1000;
    p++;
  }
  int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  snprintf(text, NUMBER_TEXT, "%.*f %s%s", decimals, value, prefixes[p], p ? " " : "");
  return text;
}
