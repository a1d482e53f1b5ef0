/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fixed_point.h: π as a number in fixed point, and its digits.
 *
 * The number has `words` words, the least significant first; the last one is the whole part.  Its
 * unit of the last place (ulp) is 2^-fraction_bits.
 */
#pragma once

#include "kernel.h"

/* The parameters of a kernel that computes digits from the first on, and the values of `base`. */
enum { FIXED_POINT_DIGITS, FIXED_POINT_BASE };
enum { FIXED_POINT_DECIMAL, FIXED_POINT_HEX };
extern const struct parameter fixed_point_parameters[];
extern const char *const fixed_point_bases[];

/* The rows of a table of parameters. */
#define FIXED_POINT_PARAMETERS                                                                     \
  [FIXED_POINT_DIGITS] = {.name = "digits",                                                        \
                          .help = "digits after the point",                                        \
                          .kind = PARAMETER_COUNT,                                                 \
                          .minimum = 1,                                                            \
                          .maximum = 1000000000,                                                   \
                          .is_size = true},                                                        \
  [FIXED_POINT_BASE] = {.name = "base",                                                            \
                        .help = "of the digits; hex needs no conversion",                          \
                        .kind = PARAMETER_CHOICE,                                                  \
                        .fallback = FIXED_POINT_DECIMAL,                                           \
                        .choices = fixed_point_bases}

struct fixed_point {
  uint64_t digits; /* after the point */
  bool is_hex;     /* else decimal */
  uint64_t words;
  uint64_t fraction_bits; /* 64 (words - 1) */
};

/* Room for the digits and 64 to 128 bits more; each guard adds 64.  The digits of a value with an
 * error of T ulps are undecided for about one N in 2^64 / T. */
struct fixed_point fixed_point_for(uint64_t digits, bool is_hex, unsigned guard);

/* Bound on the text of the digits. */
size_t fixed_point_text_bytes(const struct fixed_point *point);

/*
 * Adds "3." and the digits, truncated, as item "digits" or "hex".  |value - π·2^fraction_bits| <
 * error.  Returns 0; -EAGAIN where value ± error do not agree in all digits; -ENOMEM.
 */
int fixed_point_answer(const struct fixed_point *point, const uint64_t *value, uint64_t error,
                       struct answer *answer);
