/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.c: fields of RFC 4180. */

#include "csv.h"

#include <math.h>
#include <string.h>

/* Quoted where it has to be (2.6 and 2.7). */
static void csv_text(const char *text, FILE *to)
{
  if (!text || !strpbrk(text, ",\"\r\n")) {
    fputs(text ? text : "", to);
    return;
  }
  fputc('"', to);
  for (; *text; text++) {
    if (*text == '"')
      fputc('"', to);
    fputc(*text, to);
  }
  fputc('"', to);
}

void csv_texts(const char *const *texts, size_t n, FILE *to)
{
  for (size_t i = 0; i < n; i++) {
    if (i)
      fputc(',', to);
    csv_text(texts[i], to);
  }
}

void csv_numbers(const double *numbers, size_t n, FILE *to)
{
  for (size_t i = 0; i < n; i++) {
    fputc(',', to);
    if (isfinite(numbers[i]))
      fprintf(to, "%.12g", numbers[i]);
  }
}

void csv_end(const char *const *texts, size_t n, FILE *to)
{
  fputc(',', to);
  csv_texts(texts, n, to);
  fputs("\r\n", to);
}
