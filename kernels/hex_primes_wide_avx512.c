/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex_primes_wide_avx512.c: primes from 2^29 on, on AVX-512 IFMA. */

#include "hex_primes_lanes_wide_512.h"

#include "hex_primes_ladder.h"

const struct hex_primes_arithmetic hex_primes_arithmetic_wide_avx512 = {
    .end = WIDE_END,
    .lone = add_lone,
    .few = add_few,
    .many = add_many,
};
