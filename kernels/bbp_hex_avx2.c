/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_avx2.c: the sum with 4 chains in a register, some 14 registers at a time: moduli below
 * 2^29 in 32 bits, others in doubles.
 *
 * Speed.  Zen 5 begins 2 products of registers in a cycle.  A squaring takes 3 products on the
 * narrow path and 4 on the wide one: for 4 chains at least 1.5 and 2 cycles.
 */

#include <immintrin.h>

#include "bbp_hex.h"

enum { LANES = 4 };

typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef double reals __attribute__((vector_size(8 * LANES)));
typedef uint32_t halves __attribute__((vector_size(8 * LANES)));

#include "bbp_hex_lanes.h"

INLINE reals reals_round(reals x)
{
  return (reals)_mm256_round_pd((__m256d)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE reals reals_remainder(reals a, reals b, reals q)
{
  return (reals)_mm256_fnmadd_pd((__m256d)b, (__m256d)q, (__m256d)a);
}

INLINE lanes product(lanes a, lanes b)
{
  return (lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

INLINE lanes product_signed(lanes a, lanes b)
{
  return (lanes)_mm256_mul_epi32((__m256i)a, (__m256i)b);
}

INLINE lanes min_halves(lanes a, lanes b)
{
  return (lanes)_mm256_min_epu32((__m256i)a, (__m256i)b);
}

INLINE lanes low_halves(lanes low, lanes high)
{
  return (lanes)_mm256_blend_epi32((__m256i)low, (__m256i)(high << 32), 0xaa);
}

INLINE lanes high_halves(lanes low, lanes high)
{
  return (lanes)_mm256_blend_epi32((__m256i)(low >> 32), (__m256i)high, 0xaa);
}

#include "bbp_hex_doubles.h"
#include "bbp_hex_narrow.h"
#include "bbp_hex_run.h"

int bbp_hex_avx2(const void *plan, struct range units, struct partial *ret_partial)
{
  return run(plan, units, ret_partial);
}
