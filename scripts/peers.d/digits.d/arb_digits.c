/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arb_digits.c DIGITS SEED: arb_const_pi() and its decimal digits. */
#include <arb.h>

#include "timed.h"

int main(int argc, char **argv)
{
  long digits = digits_of(argc, argv);
  arb_t pi;
  double begin = seconds();
  arb_init(pi);
  arb_const_pi(pi, (slong)(digits * 3.3219280949) + 64);
  /* 10 digits more than are looked at, as the last one is rounded. */
  char *text = arb_get_str(pi, digits + 10, ARB_STR_NO_RADIUS);
  double end = seconds();
  text[1] = text[0]; /* "3.14..." to "314..." */
  return tell(digits, text + 1, end - begin);
}
