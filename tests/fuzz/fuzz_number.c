/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_number.c: numbers as people write them: what is read is in its range, and is read again as
 * it is written. */

#include <errno.h>
#include <math.h>

#include "fuzz.h"
#include "number.h"

static void read_whole(const char *text)
{
  char written[NUMBER_TEXT];
  uint64_t number, again;
  int r = number_parse(text, &number);
  HOLDS(r == 0 || r == -EINVAL || r == -ERANGE);
  if (r < 0)
    return;
  HOLDS(number_parse(number_text(number, written), &again) == 0);
  HOLDS(again == number);
  number_si((double)number, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = fuzz_text(data, size);
  double value;
  read_whole(text);
  if (number_parse_seconds(text, &value) == 0)
    HOLDS(isfinite(value) && value > 0);
  if (number_parse_fraction(text, &value) == 0)
    HOLDS(value > 0 && value <= 1);
  free(text);
  return 0;
}
