/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bbp_hex_scalar.c: the same sum by Montgomery multiplication (Montgomery 1985), R = 2^64.
 *
 * The ladder.  All series of a unit share the exponent, so they climb together as independent
 * chains that hide each other's latency.  Let y = 2^(e + W) mod m be wanted, T = e + W - 64.  A
 * chain holds x ≡ R·2^t for a growing leading part t of T's bits.  One step is x ← x²/R·2^bit,
 * which turns t into 2t + bit, and the product by 2 is a shift.  Its reduction, without a compare:
 *
 *     x²/R ≡ hi(x²) - hi(q·m) + m,   q = lo(x²)·m^-1 mod R   (the low halves cancel)
 *
 * is in (0, 2m) if x² < R·m.  With the shift x < 4m, and 16m² < R·m for m < 2^60.
 *
 * That is 3 products, of which Zen 5 begins one a cycle; they bound a squaring to 3 cycles.
 *
 * The end.  With y in [0, m), m odd, F = (2^(W+e) - y) / m is exact, and e >= 0, so F ≡ -y·m^-1
 * modulo 2^W: the floor without a division.  Word by word, that is again Montgomery's reduction:
 * F_0 = -y·m^-1 mod R, and y' = (y + F_0·m)/R takes the place of y for the next word.
 */

#include "bbp_hex.h"
#include "montgomery.h"

typedef bbp_hex_wide wide;

enum { CHAINS_MOST = 8 };

/* Units k ... k + together - 1 of all series: chain c is unit c / series, series c % series. */
struct chains {
  uint64_t modulus[CHAINS_MOST], inverse[CHAINS_MOST], power[CHAINS_MOST];
};

INLINE uint64_t square(uint64_t x, uint64_t m, uint64_t inverse)
{
  wide t = (wide)x * x;
  return (uint64_t)(t >> 64) + m - montgomery_high((uint64_t)t * inverse, m);
}

/* 2^(e + W) modulo m in [0, 4m) for every chain.  The start takes as many leading bits of T as the
 * largest modulus allows. */
INLINE void climb(unsigned series, unsigned together, const uint64_t *targets, uint64_t largest,
                  struct chains *chains)
{
  unsigned room = (unsigned)__builtin_clzll(largest) - 1;
  unsigned steps = (unsigned)(__builtin_clz(room) + 32 - __builtin_clzll(targets[0]));
  steps += targets[0] >> steps > room;
  for (unsigned c = 0; c < series * together; c++)
    chains->power[c] =
        montgomery_start(chains->modulus[c], (unsigned)(targets[c / series] >> steps));
  while (steps-- > 0)
    for (unsigned c = 0; c < series * together; c++)
      chains->power[c] = square(chains->power[c], chains->modulus[c], chains->inverse[c])
                         << (targets[c / series] >> steps & 1);
}

/* sum += the fraction that power = 2^(e + W) in [0, 4m) stands for. */
INLINE void collect(unsigned words, uint64_t power, uint64_t m, uint64_t inverse, wide *sum)
{
  uint64_t y = power - (power >= 2 * m ? 2 * m : 0);
  y -= y >= m ? m : 0;
  for (unsigned w = 0; w < words; w++) {
    uint64_t word = -(y * inverse);
    sum[w] += word;
    y = montgomery_high(word, m) + 1; /* lo(word·m) = R - y carries: y > 0, as m > 1 is odd */
  }
}

/* totals += the units k ... k + together - 1; k > 0. */
INLINE void climb_units(const struct bbp_hex_plan *plan, unsigned words, unsigned series,
                        unsigned together, uint64_t k, struct bbp_hex_totals *totals)
{
  struct chains chains;
  uint64_t targets[CHAINS_MOST], largest = 0;
  for (unsigned u = 0; u < together; u++)
    targets[u] = (uint64_t)bbp_hex_exponent(plan, k + u) + 64 * (words - 1);
  for (unsigned c = 0; c < series * together; c++) {
    const struct bbp_hex_series *s = &plan->formula->series[c % series];
    uint64_t m = chains.modulus[c] = s->slope * (k + c / series) + s->offset;
    chains.inverse[c] = montgomery_inverse(m);
    largest |= m;
  }
  climb(series, together, targets, largest, &chains);
  for (unsigned c = 0; c < series * together; c++)
    collect(words, chains.power[c], chains.modulus[c], chains.inverse[c],
            totals->of[bbp_hex_is_minus(plan->formula, k + c / series)][c % series]);
}

/* sum += units, all with k > 0 and e >= 0. */
INLINE void climb_range(const struct bbp_hex_plan *plan, unsigned words, unsigned series,
                        unsigned together, struct range units, uint64_t *sum)
{
  struct bbp_hex_totals totals = {.radix_bits = 64, .digits = words};
  uint64_t k = units.begin;
  for (; k + together <= units.end; k += together)
    climb_units(plan, words, series, together, k, &totals);
  for (; k < units.end; k++)
    climb_units(plan, words, series, 1, k, &totals);
  bbp_hex_fold(plan, &totals, sum);
}

/* --- Series that are joined --- */

/*
 * With A = 2^(e_0 + W) and v = 2^-(k+1) modulo m the numerator, times 2^W, is
 *
 *     A·(1 + v^2 + 2σ·v^3 + 4σ·v^7) = A + A·h,   h = v^2 + 2·v^2·g,   g = σ·(v + 2·v^5),
 *
 * without its last parts where e_3 < 0, e_2 < 0.  So there are two ladders and five products for
 * four series, and one sum of digits.  The ladder of v holds R·2^t with negative t: as T = -(k+1)
 * is two's complement, t <- 2t + bit is right from the first t = floor(T / 2^steps) >= -64 on, and
 * products of R·a and R·b give R·a·b.  From t = -1 on more steps change nothing.
 *
 * Residues of products are in (0, 2m) if a·b <= R·m, and in (0, 5/2·m) for 3/2 of that; here v <
 * 4m, g < 8m, v^2·g < 16m^2, h < 6m, A·h < 24m^2, with m < 2^53 far below.
 */
INLINE uint64_t multiply(uint64_t a, uint64_t b, uint64_t m, uint64_t inverse)
{
  wide t = (wide)a * b;
  return (uint64_t)(t >> 64) + m - montgomery_high((uint64_t)t * inverse, m);
}

/* 2^(64 + t) modulo m, in [0, 5/2·m), for -64 <= t < 0; as in montgomery_start(). */
INLINE uint64_t start_below(uint64_t m, int64_t t)
{
  uint64_t z = UINT64_C(1) << (64 + t);
  return z - montgomery_high(z, montgomery_reciprocal(m)) * m;
}

/* A and v to y in (0, 13/2·m). */
INLINE uint64_t join(unsigned joined, bool turns, uint64_t power, uint64_t root, uint64_t m,
                     uint64_t inverse)
{
  uint64_t v = turns ? 4 * m - root : root, square = multiply(v, v, m, inverse), h = square;
  if (joined > 2) {
    uint64_t g = v;
    if (joined > 3)
      g += 2 * multiply(multiply(square, square, m, inverse), v, m, inverse);
    h += 2 * multiply(square, g, m, inverse);
  }
  return power + multiply(power, h, m, inverse);
}

/* As collect(), of y in [0, 7m), which may be 0 modulo m: then all its words are 0. */
INLINE void collect_joined(unsigned words, uint64_t y, uint64_t m, uint64_t inverse, wide *sum)
{
  y -= y >= 4 * m ? 4 * m : 0;
  y -= y >= 2 * m ? 2 * m : 0;
  y -= y >= m ? m : 0;
  uint64_t carry = y != 0;
  for (unsigned w = 0; w < words; w++) {
    uint64_t word = -(y * inverse);
    sum[w] += word;
    y = montgomery_high(word, m) + carry;
  }
}

/* The steps of a ladder to -(k+1), if the start may take -64 <= t. */
static unsigned root_steps(uint64_t k)
{
  return k < 64 ? 0 : 58 - (unsigned)__builtin_clzll(k);
}

/* Both ladders of units k ... k + together - 1; the first `together` chains are those of A. */
INLINE void climb_both(unsigned together, const uint64_t *targets, uint64_t k,
                       struct chains *chains)
{
  unsigned room = (unsigned)__builtin_clzll(chains->modulus[together - 1]) - 1;
  unsigned steps = (unsigned)(__builtin_clz(room) + 32 - __builtin_clzll(targets[0]));
  steps += targets[0] >> steps > room;
  unsigned least = root_steps(k + together - 1);
  steps = steps > least ? steps : least;
  for (unsigned c = 0; c < together; c++) {
    uint64_t m = chains->modulus[c];
    chains->power[c] = montgomery_start(m, (unsigned)(targets[c] >> steps));
    chains->power[together + c] = start_below(m, (int64_t)targets[together + c] >> steps);
  }
  while (steps-- > 0)
    for (unsigned c = 0; c < 2 * together; c++)
      chains->power[c] =
          square(chains->power[c], chains->modulus[c % together], chains->inverse[c % together])
          << (targets[c] >> steps & 1);
}

/* totals += units k ... k + together - 1; k > 0. */
INLINE void join_units(const struct bbp_hex_plan *plan, unsigned words, unsigned joined,
                       unsigned together, uint64_t k, struct bbp_hex_totals *totals)
{
  struct chains chains;
  uint64_t targets[CHAINS_MOST];
  for (unsigned c = 0; c < together; c++) {
    targets[c] = (uint64_t)bbp_hex_exponent(plan, k + c) + 64 * (words - 1);
    targets[together + c] = -(k + c + 1);
    chains.modulus[c] = 2 * (k + c) + 1;
    chains.inverse[c] = montgomery_inverse(chains.modulus[c]);
  }
  climb_both(together, targets, k, &chains);
  for (unsigned c = 0; c < together; c++) {
    uint64_t m = chains.modulus[c];
    uint64_t y = join(joined, bbp_hex_turns(k + c), chains.power[c], chains.power[together + c], m,
                      chains.inverse[c]);
    collect_joined(words, y, m, chains.inverse[c],
                   totals->of[bbp_hex_is_minus(plan->formula, k + c)][0]);
  }
}

/* sum += units, all with k > 0 and that many exponents >= 0. */
INLINE void join_range(const struct bbp_hex_plan *plan, unsigned words, unsigned joined,
                       struct range units, uint64_t *sum)
{
  struct bbp_hex_totals totals = {.radix_bits = 64, .digits = words};
  uint64_t k = units.begin;
  for (; k + 4 <= units.end; k += 4)
    join_units(plan, words, joined, 4, k, &totals);
  for (; k < units.end; k++)
    join_units(plan, words, joined, 1, k, &totals);
  bbp_hex_fold(plan, &totals, sum);
}

/* --- All formulas --- */

INLINE void join_all(const struct bbp_hex_plan *plan, unsigned words, struct range units,
                     uint64_t *sum)
{
  bbp_hex_rests(plan, units, sum);
  for (unsigned joined = BBP_HEX_JOINED; joined > 0; joined--) {
    struct range part = bbp_hex_joined_part(plan, joined, units);
    if (joined == 4)
      join_range(plan, words, 4, part, sum);
    else if (joined == 3)
      join_range(plan, words, 3, part, sum);
    else if (joined == 2)
      join_range(plan, words, 2, part, sum);
    else
      climb_range(plan, words, 1, 8, part, sum);
    units.begin = part.end;
  }
}

/* Four chains are too few to hide a step's latency, so bbp climbs two units at a time (at position
 * 10^7 on a Zen 5: 0.61 s, and 0.84 s one by one).  Seven are enough. */
#define CLIMB(words)                                                                               \
  static void climb_##words(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum)    \
  {                                                                                                \
    if (plan->formula->joins)                                                                      \
      join_all(plan, words, units, sum);                                                           \
    else if (plan->formula->count == 7)                                                            \
      climb_range(plan, words, 7, 1, units, sum);                                                  \
    else                                                                                           \
      climb_range(plan, words, 4, 2, units, sum);                                                  \
  }

CLIMB(2)
CLIMB(3)
CLIMB(4)

void bbp_hex_climb(const struct bbp_hex_plan *plan, struct range units, uint64_t *sum)
{
  static void (*const climbs[])(const struct bbp_hex_plan *, struct range,
                                uint64_t *) = {[2] = climb_2, [3] = climb_3, [4] = climb_4};
  struct range inner = units;
  if (inner.begin == 0 && inner.end > 0)
    inner.begin = 1;
  if (inner.end > plan->whole)
    inner.end = plan->whole > inner.begin ? plan->whole : inner.begin;
  bbp_hex_plain(plan, (struct range){units.begin, inner.begin}, sum);
  climbs[plan->words](plan, inner, sum);
  bbp_hex_plain(plan, (struct range){inner.end, units.end}, sum);
}

int bbp_hex_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  bbp_hex_climb(plan, units, ret_partial->payload);
  bbp_hex_count(plan, units, ret_partial);
  return 0;
}
