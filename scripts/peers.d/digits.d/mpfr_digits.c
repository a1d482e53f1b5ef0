/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mpfr_digits.c DIGITS SEED: mpfr_const_pi() and its decimal digits. */
#include <mpfr.h>

#include "timed.h"

int main(int argc, char **argv)
{
  long digits = digits_of(argc, argv);
  mpfr_t pi;
  mpfr_exp_t exponent;
  double begin = seconds();
  mpfr_init2(pi, (mpfr_prec_t)(digits * 3.3219280949) + 32);
  mpfr_const_pi(pi, MPFR_RNDZ);
  char *text = mpfr_get_str(NULL, &exponent, 10, (size_t)digits + 1, pi, MPFR_RNDZ);
  double end = seconds();
  return tell(digits, text, end - begin);
}
