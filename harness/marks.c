/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marks.c: signs beyond ASCII, where the terminal's character set has them. */

#include "marks.h"

#include <langinfo.h>
#include <string.h>

static const struct marks unicode = {
    .utf8 = true,
    .dot = "·",
    .dash = "–",
    .plus_minus = "±",
    .times = "×",
    .microseconds = "µs",
    .pi = "π",
    .rule = "─",
};

static const struct marks ascii = {
    .dot = "|",
    .dash = "-",
    .plus_minus = "+-",
    .times = "x",
    .microseconds = "us",
    .pi = "pi",
    .rule = "-",
};

const struct marks *marks_here(void)
{
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &unicode : &ascii;
}
