/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gmp.h: the few functions of GMP that hex-primes uses, for machines that the tests cross-compile
 * for, which have none.  What they do: GMP's manual.  Divisions are by words and come out even.
 */
#pragma once

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 gmp_wide;

/* Words, the lowest first; the highest is not 0. */
struct gmp_number {
  bool negative;
  size_t count, room;
  uint64_t *word;
};

typedef struct gmp_number mpz_t[1];
typedef struct gmp_number *mpz_ptr;
typedef const struct gmp_number *mpz_srcptr;

static inline void gmp_reserve(mpz_ptr x, size_t count)
{
  if (count <= x->room)
    return;
  x->room = 2 * count;
  x->word = realloc(x->word, x->room * sizeof *x->word);
  if (!x->word)
    abort();
}

static inline void gmp_trim(mpz_ptr x)
{
  while (x->count && x->word[x->count - 1] == 0)
    x->count--;
}

static inline uint64_t gmp_word(mpz_srcptr x, size_t at)
{
  return at < x->count ? x->word[at] : 0;
}

static inline void mpz_init(mpz_ptr x)
{
  *x = (struct gmp_number){0};
}

static inline void mpz_init_set(mpz_ptr x, mpz_srcptr from)
{
  mpz_init(x);
  gmp_reserve(x, from->count + 1);
  if (from->count)
    memcpy(x->word, from->word, from->count * sizeof *x->word);
  x->count = from->count;
  x->negative = from->negative;
}

static inline void mpz_inits(mpz_ptr x, ...)
{
  va_list more;
  va_start(more, x);
  for (; x; x = va_arg(more, mpz_ptr))
    mpz_init(x);
  va_end(more);
}

static inline void mpz_clears(mpz_ptr x, ...)
{
  va_list more;
  va_start(more, x);
  for (; x; x = va_arg(more, mpz_ptr))
    free(x->word);
  va_end(more);
}

static inline void mpz_set_ui(mpz_ptr x, uint64_t value)
{
  gmp_reserve(x, 1);
  x->word[0] = value;
  x->count = value != 0;
  x->negative = false;
}

static inline uint64_t mpz_get_ui(mpz_srcptr x)
{
  return gmp_word(x, 0);
}

static inline void mpz_mul_ui(mpz_ptr ret, mpz_srcptr x, uint64_t factor)
{
  gmp_wide carry = 0;
  size_t count = x->count;
  gmp_reserve(ret, count + 1);
  for (size_t i = 0; i < count; i++) {
    carry += (gmp_wide)x->word[i] * factor;
    ret->word[i] = (uint64_t)carry;
    carry >>= 64;
  }
  ret->word[count] = (uint64_t)carry;
  ret->count = count + 1;
  ret->negative = x->negative;
  gmp_trim(ret);
}

static inline void mpz_mul_2exp(mpz_ptr ret, mpz_srcptr x, uint64_t bits)
{
  size_t words = bits / 64, count = x->count;
  mpz_mul_ui(ret, x, UINT64_C(1) << bits % 64);
  count = ret->count;
  gmp_reserve(ret, count + words);
  if (count == 0)
    return;
  memmove(ret->word + words, ret->word, count * sizeof *ret->word);
  memset(ret->word, 0, words * sizeof *ret->word);
  ret->count = count + words;
}

/* The rest of x by m; the quotient to ret if there is one. */
static inline uint64_t gmp_divide(mpz_ptr ret, mpz_srcptr x, uint64_t m)
{
  gmp_wide rest = 0;
  if (ret)
    gmp_reserve(ret, x->count);
  for (size_t i = x->count; i-- > 0;) {
    rest = rest << 64 | x->word[i];
    if (ret)
      ret->word[i] = (uint64_t)(rest / m);
    rest %= m;
  }
  if (ret) {
    ret->count = x->count;
    ret->negative = x->negative;
    gmp_trim(ret);
  }
  return (uint64_t)rest;
}

static inline void mpz_divexact_ui(mpz_ptr ret, mpz_srcptr x, uint64_t m)
{
  uint64_t rest = gmp_divide(ret, x, m);
  assert(rest == 0);
  (void)rest;
}

/* With ret NULL, as it is used here. */
static inline uint64_t mpz_gcd_ui(mpz_ptr ret, mpz_srcptr x, uint64_t y)
{
  assert(!ret);
  uint64_t a = y, b = gmp_divide(NULL, x, y);
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static inline int gmp_compare(mpz_srcptr x, mpz_srcptr y)
{
  for (size_t i = x->count > y->count ? x->count : y->count; i-- > 0;)
    if (gmp_word(x, i) != gmp_word(y, i))
      return gmp_word(x, i) < gmp_word(y, i) ? -1 : 1;
  return 0;
}

/* ret = x ± y without their signs; x >= y where y is taken away. */
static inline void gmp_combine(mpz_ptr ret, mpz_srcptr x, mpz_srcptr y, bool away)
{
  size_t count = (x->count > y->count ? x->count : y->count) + 1, from_x = x->count,
         from_y = y->count;
  uint64_t carry = away, flip = -(uint64_t)away;
  gmp_reserve(ret, count);
  for (size_t i = 0; i < count; i++) {
    uint64_t a = i < from_x ? x->word[i] : 0, b = i < from_y ? y->word[i] : 0;
    gmp_wide sum = (gmp_wide)a + (b ^ flip) + carry;
    ret->word[i] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }
  ret->count = count;
  gmp_trim(ret);
}

static inline void gmp_add_signed(mpz_ptr ret, mpz_srcptr x, mpz_srcptr y, bool y_negative)
{
  bool negative = x->negative;
  if (negative == y_negative) {
    gmp_combine(ret, x, y, false);
  } else if (gmp_compare(x, y) >= 0) {
    gmp_combine(ret, x, y, true);
  } else {
    gmp_combine(ret, y, x, true);
    negative = y_negative;
  }
  ret->negative = negative && ret->count > 0;
}

static inline void mpz_add(mpz_ptr ret, mpz_srcptr x, mpz_srcptr y)
{
  gmp_add_signed(ret, x, y, y->negative);
}

static inline void mpz_sub(mpz_ptr ret, mpz_srcptr x, mpz_srcptr y)
{
  gmp_add_signed(ret, x, y, !y->negative);
}

/* Into new memory, the lowest first, 64 - nails bits in each word. */
static inline void *mpz_export(void *ret, size_t *ret_count, int order, size_t size, int endian,
                               size_t nails, mpz_srcptr x)
{
  assert(!ret && order == -1 && size == 8 && endian == 0 && nails < 64);
  size_t bits = 64 - nails, most = (64 * x->count + bits - 1) / bits, count = 0;
  uint64_t *words = calloc(most + 1, sizeof *words);
  if (!words)
    abort();
  for (size_t i = 0; i < most; i++) {
    size_t at = i * bits / 64, shift = i * bits % 64;
    gmp_wide both = (gmp_wide)gmp_word(x, at + 1) << 64 | gmp_word(x, at);
    words[i] = (uint64_t)(both >> shift) & (UINT64_MAX >> nails);
    count = words[i] ? i + 1 : count;
  }
  *ret_count = count;
  return words;
}
