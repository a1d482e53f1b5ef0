/* SPDX-License-Identifier: GPL-3.0-or-later */
/* radix.h: the decimal digits of a binary fraction. */
#pragma once

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Writes the first `digits` decimal digits of x to text, not terminated, where all that is known of
 * x is fraction <= x·2^bits <= fraction + error, with 0 <= fraction < 2^bits and 1 <= error < 2^53.
 * fraction is used up.  bits should be log2(10)·digits + log2(error) + 40 at least: less is no
 * danger, but decides little.
 *
 * False, with anything in text, where the digits are not all certain to be those of x.  That is so
 * where the error leaves them open, and sometimes where an exact conversion would just decide.
 */
bool radix_decimal(mpz_t fraction, uint64_t bits, double error, uint64_t digits, char *text);
