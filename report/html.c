/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.c: escaping. */

#include "html.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"

__attribute__((format(printf, 2, 0))) static void text_of(FILE *to, const char *format,
                                                          va_list arguments)
{
  char *text;
  if (vasprintf(&text, format, arguments) < 0)
    return; /* the page lacks a word where there is no memory: the writer notices */
  markup_text(to, text);
  free(text);
}

void html_textf(FILE *to, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  text_of(to, format, arguments);
  va_end(arguments);
}

void html_element(FILE *to, const char *name, const char *format, ...)
{
  va_list arguments;
  fprintf(to, "<%s>", name);
  va_start(arguments, format);
  text_of(to, format, arguments);
  va_end(arguments);
  fprintf(to, "</%.*s>\n", (int)strcspn(name, " "), name);
}

void html_json_string(FILE *to, const char *text)
{
  fputc('"', to);
  for (; text && *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c < 0x20 || strchr("\"\\<>&'", c))
      fprintf(to, "\\u%04x", c);
    else
      fputc(c, to);
  }
  fputc('"', to);
}

void html_json_number(FILE *to, double number)
{
  if (isfinite(number))
    fprintf(to, "%.9g", number);
  else
    fputs("null", to);
}

void html_base64(FILE *to, const unsigned char *bytes, size_t count)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < count; i += 3) {
    size_t left = count - i;
    unsigned word = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0)
                    | (left > 2 ? (unsigned)bytes[i + 2] : 0);
    fputc(digits[word >> 18], to);
    fputc(digits[word >> 12 & 63], to);
    fputc(left > 1 ? digits[word >> 6 & 63] : '=', to);
    fputc(left > 2 ? digits[word & 63] : '=', to);
  }
}
