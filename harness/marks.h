/* SPDX-License-Identifier: GPL-3.0-or-later */
/* marks.h: signs beyond ASCII, where the terminal's character set has them. */
#pragma once

#include <stdbool.h>

struct marks {
  bool utf8;
  const char *dot;  /* between the parts of a title */
  const char *dash; /* between the ends of an interval */
  const char *plus_minus, *times, *microseconds, *pi, *rule;
};

/* By LC_CTYPE, which main() has set from the environment. */
const struct marks *marks_here(void);
