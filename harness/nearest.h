/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.h: what somebody who mistyped a name may have meant. */
#pragma once

#include <stddef.h>

/* Of names[0 .. n), the one nearest to `wrong` if it is near enough to be meant, else NULL.
 * Distance: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964). */
const char *nearest_name(const char *wrong, const char *const *names, size_t n);
