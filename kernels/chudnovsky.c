/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chudnovsky.c: the kernel chudnovsky: π to N digits as one really would, by binary splitting of
 * the Chudnovskys' series.  Its workers split and merge; what follows is a serial tail.
 *
 * Unit 0 is the root, which needs nothing of the sum; it comes first, so that workers who take what
 * comes do not end with it.  Every other unit is a block of terms (chudnovsky.h).  The partial of
 * successive units is the exact P, Q and T of their terms, whatever the tree they were merged in,
 * since all division is within blocks; and the root, if unit 0 is among them.
 *
 * With Q and T of the terms 1 <= k < n and S = A·2^e·Q + T,
 *
 *     π = 426880·√10005 · 2^e·Q/S.
 *
 * The error in units of the last place, 2^-F: the root is rounded down, 2^-F of about 100; Q and S
 * are cut to F + 64 bits; the quotient is rounded down; the terms left out are together below
 * 40·2^-47n of the whole, where 47·n >= F + 47.  The sum is below 2.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chudnovsky.h"
#include "fixed_point.h"
#include "products.h"

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "words of a partial are GMP's limbs");

enum { TERMS, DIVISIONS, PRODUCTS };

/* Enough blocks to share among workers; k below 2^30 for 10^9 digits. */
enum { BLOCKS_LEAST = 32, TERM_BITS = 47, ERROR_ULPS = 2 };

struct plan {
  struct fixed_point point;
  uint64_t terms;              /* 0 ... terms - 1; the splitting begins with 1 */
  uint64_t block_terms, units; /* the root and the blocks */
  struct chudnovsky_factors factors;
};

static int prepare(const struct job *job, void **ret_plan)
{
  struct plan *plan = malloc(sizeof *plan);
  unsigned levels = 0;
  if (!plan)
    return -ENOMEM;
  plan->point = fixed_point_for(job->values[FIXED_POINT_DIGITS],
                                job->values[FIXED_POINT_BASE] == FIXED_POINT_HEX, job->guard);
  plan->terms = plan->point.fraction_bits / TERM_BITS + 2;
  while (levels < CHUDNOVSKY_LEVELS_MOST
         && plan->terms >> (levels + 1) >= CHUDNOVSKY_LEAF * BLOCKS_LEAST)
    levels++;
  plan->block_terms = (uint64_t)CHUDNOVSKY_LEAF << levels;
  plan->units = (plan->terms - 2) / plan->block_terms + 2;
  chudnovsky_factors_init(&plan->factors, levels);
  *ret_plan = plan;
  return 0;
}

static void release(void *plan)
{
  if (plan)
    chudnovsky_factors_clear(&((struct plan *)plan)->factors);
  free(plan);
}

static uint64_t units(const void *plan)
{
  return ((const struct plan *)plan)->units;
}

/* The root has no terms. */
static uint64_t first_term(const struct plan *plan, uint64_t unit)
{
  uint64_t first = 1 + (unit > 0 ? unit - 1 : 0) * plan->block_terms;
  return first < plan->terms ? first : plan->terms;
}

static struct range terms_of(const struct plan *plan, struct range units)
{
  return (struct range){first_term(plan, units.begin), first_term(plan, units.end)};
}

/* Every term is worth the same share of the digits. */
static uint64_t digits_before(const struct plan *plan, uint64_t unit)
{
  if (unit == plan->units)
    return plan->point.digits;
  return plan->point.digits * (first_term(plan, unit) - 1) / plan->terms;
}

static uint64_t work(const void *plan, struct range range)
{
  return digits_before(plan, range.end) - digits_before(plan, range.begin);
}

static unsigned bits_of(uint64_t number)
{
  return 64 - (unsigned)__builtin_clzll(number);
}

/* Blocks take the same time but for the logarithm of k; a job N log² N or so, its root N log N:
 * an eighth of the splitting at 10^7 digits (measured). */
static uint64_t cost_before(const void *plan, uint64_t unit)
{
  const struct plan *p = plan;
  uint64_t bits = bits_of(p->terms);
  if (unit == 0)
    return 0;
  return 2 * p->terms * bits + (first_term(p, unit) - 1) * bits * bits;
}

/* --- Partials --- */

/* The payload: whose terms, the limbs of the root, P, Q and T behind each other, all of them
 * positive but T, whose sign is told apart.  The root stays where it is when others are merged into
 * it. */
struct payload {
  uint64_t begin, end;
  uint64_t root_limbs, p_limbs, q_limbs, t_limbs;
  uint64_t t_is_negative;
  mp_limb_t limbs[];
};

/* n! is below 2^(n·(bits_of(n) - 1)) or at it; a whole block goes without its common factors. */
static size_t payload_bytes(const void *plan)
{
  const struct plan *p = plan;
  uint64_t n = p->terms, cubes = 3 * n * (bits_of(n) - 1);
  uint64_t left_out = (n - 1) / p->block_terms * (mpz_sizeinbase(p->factors.left_out, 2) - 1);
  uint64_t bits = 3 * (cubes - left_out) + n * (7 + 39 + 54) + 4 * 256;
  return sizeof(struct payload) + bits / 64 * 8 + 8 * p->point.words;
}

/* Measured from 10^6 to 3·10^7 digits: three times its partial for who splits or merges, and 15 to
 * 17 numbers as long as π for the tail, most of them the division's and the conversion's. */
static uint64_t memory_bytes(const void *plan)
{
  uint64_t sums = 3 * payload_bytes(plan);
  uint64_t tail = 8 * 18 * ((const struct plan *)plan)->point.words;
  return sums > tail ? sums : tail;
}

static mp_limb_t *limbs_write(mp_limb_t *at, const mpz_t number)
{
  if (mpz_size(number) > 0)
    memcpy(at, mpz_limbs_read(number), 8 * mpz_size(number));
  return at + mpz_size(number);
}

/* Behind the root, or instead of one. */
static void sum_write(const struct plan *plan, struct range terms, const struct chudnovsky_sum *sum,
                      struct partial *partial)
{
  struct payload *payload = (struct payload *)partial->payload;
  payload->begin = terms.begin;
  payload->end = terms.end;
  payload->p_limbs = mpz_size(sum->p);
  payload->q_limbs = mpz_size(sum->q);
  payload->t_limbs = mpz_size(sum->t);
  payload->t_is_negative = mpz_sgn(sum->t) < 0;
  uint64_t limbs = payload->root_limbs + payload->p_limbs + payload->q_limbs + payload->t_limbs;
  size_t bytes = sizeof *payload + 8 * limbs;
  assert(bytes <= payload_bytes(plan));
  mp_limb_t *at = limbs_write(payload->limbs + payload->root_limbs, sum->p);
  limbs_write(limbs_write(at, sum->q), sum->t);
  partial->bytes = partial_bytes(bytes);
}

static const mp_limb_t *limbs_read(const mp_limb_t *at, uint64_t count, mpz_t ret)
{
  mpz_import(ret, count, -1, 8, 0, 0, at);
  return at + count;
}

static struct range sum_read(const struct partial *partial, struct chudnovsky_sum *sum)
{
  const struct payload *payload = (const struct payload *)partial->payload;
  const mp_limb_t *at = payload->limbs + payload->root_limbs;
  at = limbs_read(at, payload->p_limbs, sum->p);
  at = limbs_read(at, payload->q_limbs, sum->q);
  limbs_read(at, payload->t_limbs, sum->t);
  if (payload->t_is_negative)
    mpz_neg(sum->t, sum->t);
  return (struct range){payload->begin, payload->end};
}

static void merge(const void *plan, const struct partial *from, struct partial *into)
{
  struct chudnovsky_sum left, right;
  chudnovsky_sum_init(&left);
  chudnovsky_sum_init(&right);
  struct range before = sum_read(into, &left), after = sum_read(from, &right);
  assert(before.end == after.begin && ((const struct payload *)from->payload)->root_limbs == 0);
  chudnovsky_join(after, &left, &right);
  sum_write(plan, (struct range){before.begin, after.end}, &left, into);
  chudnovsky_sum_clear(&left);
  chudnovsky_sum_clear(&right);
}

/* --- Variants --- */

typedef void block_function(const struct chudnovsky_factors *factors, struct range terms,
                            struct chudnovsky_sum *ret_sum);

/* Behind the last terms nothing wants P. */
static void run_blocks(const struct plan *plan, block_function *block, struct range range,
                       struct chudnovsky_sum *sum)
{
  if (range.end - range.begin == 1) {
    block(&plan->factors, terms_of(plan, range), sum);
    if (range.end == plan->units)
      mpz_set_ui(sum->p, 0);
    return;
  }
  struct chudnovsky_sum right;
  struct range after = {range.begin + (range.end - range.begin) / 2, range.end};
  chudnovsky_sum_init(&right);
  run_blocks(plan, block, (struct range){range.begin, after.begin}, sum);
  run_blocks(plan, block, after, &right);
  chudnovsky_join(terms_of(plan, after), sum, &right);
  chudnovsky_sum_clear(&right);
}

/* sqrt(10005), rounded down. */
static void root_write(const struct plan *plan, struct payload *payload)
{
  mpz_t root;
  mpz_init_set_ui(root, 10005);
  mpz_mul_2exp(root, root, 2 * plan->point.fraction_bits);
  mpz_sqrt(root, root);
  assert(mpz_size(root) <= plan->point.words);
  payload->root_limbs = mpz_size(root);
  limbs_write(payload->limbs, root);
  mpz_clear(root);
}

/* --- Counters ---
 *
 * Of all joins between blocks each has another block at which its right half begins.  Whatever the
 * cut of the job there are as many; how long they are depends on it, so each block counts the one
 * that the serial run would do there. */

/* The blocks that the serial run joins where the right half begins with this one, not the first. */
static struct range joined_at(uint64_t blocks, uint64_t block)
{
  struct range joined = {0, blocks};
  for (;;) {
    uint64_t middle = joined.begin + (joined.end - joined.begin) / 2;
    if (block == middle)
      return joined;
    *(block < middle ? &joined.end : &joined.begin) = middle;
  }
}

/* Behind the last terms P is not multiplied. */
static void count_block(const struct plan *plan, uint64_t unit, uint64_t *counters)
{
  struct range terms = terms_of(plan, (struct range){unit, unit + 1});
  counters[TERMS] += terms.end - terms.begin;
  chudnovsky_block_count(plan->factors.levels, terms.end - terms.begin, &counters[DIVISIONS],
                         &counters[PRODUCTS]);
  if (unit == 1)
    return;
  struct range blocks = joined_at(plan->units - 1, unit - 1);
  struct range joined = terms_of(plan, (struct range){blocks.begin + 1, blocks.end + 1});
  unsigned products = CHUDNOVSKY_JOIN_PRODUCTS - (joined.end == plan->terms);
  products_add(joined.end - joined.begin, products, &counters[PRODUCTS]);
}

/* The root has no terms. */
static void count(const struct plan *plan, struct range units, struct partial *partial)
{
  for (uint64_t unit = units.begin > 0 ? units.begin : 1; unit < units.end; unit++)
    count_block(plan, unit, partial->counters);
}

static int run(const struct plan *plan, block_function *block, struct range range,
               struct partial *partial)
{
  struct payload *payload = (struct payload *)partial->payload;
  struct chudnovsky_sum sum;
  if (range.begin == range.end)
    return 0;
  struct range terms = terms_of(plan, range);
  count(plan, range, partial);
  payload->root_limbs = 0;
  if (range.begin == 0) {
    root_write(plan, payload);
    range.begin = 1;
  }
  chudnovsky_sum_init(&sum);
  if (range.begin < range.end) {
    run_blocks(plan, block, range, &sum);
  } else { /* what a sum begins with */
    mpz_set_ui(sum.p, 1);
    mpz_set_ui(sum.q, 1);
  }
  sum_write(plan, terms, &sum, partial);
  chudnovsky_sum_clear(&sum);
  return 0;
}

static int run_reference(const void *plan, struct range units, struct partial *ret_partial)
{
  return run(plan, chudnovsky_block_reference, units, ret_partial);
}

static int run_scalar(const void *plan, struct range units, struct partial *ret_partial)
{
  return run(plan, chudnovsky_block, units, ret_partial);
}

/* --- The tail --- */

static size_t answer_bytes(const void *plan)
{
  return fixed_point_text_bytes(&((const struct plan *)plan)->point);
}

/* Q and S = A·2^e·Q + T, both divided by the same power of two so that F + 64 bits are left. */
static void fraction_of(const struct plan *plan, const struct partial *partial, mpz_t q, mpz_t s)
{
  struct chudnovsky_sum sum;
  chudnovsky_sum_init(&sum);
  struct range terms = sum_read(partial, &sum);
  mpz_mul_2exp(q, sum.q, chudnovsky_exponent(terms));
  mpz_set(s, sum.t);
  chudnovsky_sum_clear(&sum);
  mpz_addmul_ui(s, q, 13591409);
  uint64_t bits = mpz_sizeinbase(q, 2), wanted = plan->point.fraction_bits + 64;
  if (bits > wanted) {
    mpz_tdiv_q_2exp(q, q, bits - wanted);
    mpz_tdiv_q_2exp(s, s, bits - wanted);
  }
}

static int finish(const void *plan, const struct partial *partial, struct answer *ret_answer)
{
  const struct plan *p = plan;
  mpz_t root, q, s;
  const struct payload *payload = (const struct payload *)partial->payload;
  mpz_inits(root, q, s, NULL);
  answer_step(ret_answer, "divide");
  limbs_read(payload->limbs, payload->root_limbs, root);
  fraction_of(p, partial, q, s);
  mpz_mul_ui(q, q, 426880);
  mpz_mul(q, q, root);
  mpz_tdiv_q(root, q, s);
  mpz_clears(q, s, NULL);
  uint64_t *words = calloc(p->point.words, sizeof *words);
  int r = words ? 0 : -ENOMEM;
  assert(mpz_size(root) <= p->point.words);
  if (words)
    mpz_export(words, NULL, -1, 8, 0, 0, root);
  mpz_clear(root);
  if (words)
    r = fixed_point_answer(&p->point, words, ERROR_ULPS, ret_answer);
  free(words);
  return r;
}

/* --- The kernel --- */

static const struct known known[] = {
    {32, 0, NULL, "hex", "3.243f6a8885a308d313198a2e03707344", "base=hex"},
    {50, 0, NULL, "digits", "3.14159265358979323846264338327950288419716939937510", NULL},
    {.value = NULL},
};

extern const struct kernel kernel_mpfr; /* its parameters are the same */

/* MPFR's π is another iteration. */
static int peer(const struct job *job, struct job *ret_peer)
{
  const struct method *method = kernel_mpfr.methods;
  *ret_peer = (struct job){.kernel = &kernel_mpfr, .method = method, .variant = method->variants};
  memcpy(ret_peer->values, job->values, sizeof job->values);
  return 0;
}

static const struct variant variants[] = {
    {.name = "reference", .run = run_reference}, {.name = "scalar", .run = run_scalar}, {0}};

static const struct method methods[] = {
    {"splitting", "binary splitting, without factors that are known to cancel", variants}, {0}};

static const char *const counters[] = {"terms", "divisions", PRODUCTS_NAMES, NULL};

const struct kernel kernel_chudnovsky = {
    .name = "chudnovsky",
    .summary = "pi to N digits by the Chudnovskys' series: fast, with a serial tail",
    .unit = "digits",
    .revision = 2,
    .parameters = fixed_point_parameters,
    .methods = methods,
    .counters = counters,
    .known = known,
    .prepare = prepare,
    .release = release,
    .units = units,
    .work = work,
    .cost_before = cost_before,
    .payload_bytes = payload_bytes,
    .memory_bytes = memory_bytes,
    .answer_bytes = answer_bytes,
    .merges_in_order = true,
    .merge = merge,
    .finish = finish,
    .peer = peer,
};
