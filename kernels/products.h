/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * products.h: the big products of binary splitting, counted by size.
 *
 * The size of a product is the number of terms that it joins, some 50 to 90 bits each: the classes
 * are roughly what GMP multiplies by schoolbook and Karatsuba, by Toom and Cook's ways, and by FFT.
 * What is multiplied within a leaf of a few terms is not counted.
 */
#pragma once

#include <stdint.h>

enum products_size { PRODUCTS_SHORT, PRODUCTS_MEDIUM, PRODUCTS_LONG, PRODUCTS_SIZES };

/* Their names, in that order, for a kernel's table of counters. */
#define PRODUCTS_NAMES "products_short", "products_medium", "products_long"

enum { PRODUCTS_MEDIUM_TERMS = 1 << 6, PRODUCTS_LONG_TERMS = 1 << 12 };

/* Adds so many products that join these terms; products[PRODUCTS_SIZES]. */
static inline void products_add(uint64_t terms, unsigned count, uint64_t *products)
{
  products[terms < PRODUCTS_MEDIUM_TERMS ? PRODUCTS_SHORT
           : terms < PRODUCTS_LONG_TERMS ? PRODUCTS_MEDIUM
                                         : PRODUCTS_LONG] += count;
}
