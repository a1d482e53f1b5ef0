/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.c: what somebody who mistyped a name may have meant. */

#include "nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 63 }; /* nobody mistypes longer names into something near */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
  unsigned ab = a < b ? a : b;
  return ab < c ? ab : c;
}

static unsigned distance(const char *left, const char *right)
{
  size_t n = strlen(left), m = strlen(right);
  unsigned rows[3][LONGEST + 1];
  if (n > LONGEST || m > LONGEST)
    return LONGEST;
  for (size_t j = 0; j <= m; j++)
    rows[0][j] = (unsigned)j;
  for (size_t i = 1; i <= n; i++) {
    unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    now[0] = (unsigned)i;
    for (size_t j = 1; j <= m; j++) {
      now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (left[i - 1] != right[j - 1]));
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]
          && before[j - 2] + 1 < now[j])
        now[j] = before[j - 2] + 1;
    }
  }
  return rows[n % 3][m];
}

const char *nearest_name(const char *wrong, const char *const *names, size_t n)
{
  const char *best = NULL;
  unsigned best_distance = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned d = distance(wrong, names[i]);
    bool prefix = strlen(wrong) >= 2 && strncmp(wrong, names[i], strlen(wrong)) == 0;
    unsigned allowed = (unsigned)strlen(names[i]) / 3 + 1;
    if (prefix)
      d = 1;
    if (d <= allowed && d < strlen(names[i]) && (!best || d < best_distance)) {
      best = names[i];
      best_distance = d;
    }
  }
  return best;
}
