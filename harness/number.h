/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.h: numbers as people write them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * A whole number: 1000000, 1_000_000, 1e6, 2.5e9, 10M, 10k (SI suffixes k M G T P E).
 *   -EINVAL  not such a number, or not a whole one
 *   -ERANGE  negative, or above 2^64 - 1
 */
int number_parse(const char *text, uint64_t *ret_number);

/* A duration in seconds: 20, 0.5, 90s, 10m, 1h.  -EINVAL, -ERANGE: not positive or not finite. */
int number_parse_seconds(const char *text, double *ret_seconds);

/* A fraction: 0.03 or 3%.  -EINVAL, -ERANGE: not above 0 or above 1. */
int number_parse_fraction(const char *text, double *ret_fraction);

enum { NUMBER_TEXT = 32 };

/* Writes a number so that number_parse() reads it again: 1e10 and 25e8 for round ones, else plain
 * digits.  Returns text. */
const char *number_text(uint64_t number, char text[NUMBER_TEXT]);

/* Three significant digits with an SI prefix, ready for a unit: "4.99 G ", "135 M ", "7.00 ". */
const char *number_si(double value, char text[NUMBER_TEXT]);
