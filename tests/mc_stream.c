/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mc_stream.c: writes the random bytes that the kernel `mc` uses, block after block, until the
 * reader has enough: for programs that test random numbers.
 *
 *   mc_stream lazy|plain SEED | dieharder -g 200 -a
 *   mc_stream lazy|plain SEED | RNG_test stdin64
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "mc_stream.h"

static int write_blocks(const struct method *method, const struct mc_plan *plan)
{
  static uint8_t bytes[MC_STREAM_BLOCK_BYTES_MOST];
  for (uint64_t block = 0; block < kernel_mc.units(plan); block++) {
    size_t count = mc_stream_block(method, plan, block, bytes);
    if (fwrite(bytes, 1, count, stdout) != count)
      return 1;
  }
  return 0;
}

int main(int argc, char **argv)
{
  const struct method *method = argc == 3 ? mc_stream_method(argv[1]) : NULL;
  char *end = NULL;
  errno = 0;
  uint64_t seed = method ? strtoull(argv[2], &end, 10) : 0;
  if (!method || errno || end == argv[2] || *end) {
    fputs("usage: mc_stream lazy|plain SEED\n", stderr);
    return 2;
  }
  struct mc_plan *plan = mc_stream_plan(method, seed);
  if (!plan)
    return 1;
  int status = write_blocks(method, plan);
  kernel_mc.release(plan);
  return status;
}
