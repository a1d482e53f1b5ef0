/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markup.c: escaping. */

#include "markup.h"

#include <string.h>

void markup_text(FILE *to, const char *text)
{
  for (; text && *text; text++)
    switch (*text) {
    case '&':
      fputs("&amp;", to);
      break;
    case '<':
      fputs("&lt;", to);
      break;
    case '>':
      fputs("&gt;", to);
      break;
    case '"':
      fputs("&quot;", to);
      break;
    case '\'':
      fputs("&#39;", to);
      break;
    default:
      fputc(*text, to);
    }
}

void markup_markdown(FILE *to, const char *text)
{
  for (; text && *text; text++) {
    if (strchr("|\\`*_<>[]#", *text))
      fputc('\\', to);
    fputc(*text, to);
  }
}
