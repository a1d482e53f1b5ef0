// SPDX-License-Identifier: GPL-3.0-or-later
// random123.cc: points by the counter-based generators of Random123 (Salmon et al. 2011): each call
// gives 128 bits, which are two points.

#include <Random123/ars.h>
#include <Random123/philox.h>

#include "timed.h"

// One after the other: through a buffer, as below, gcc makes it three times as slow.
static uint64_t philox(uint64_t points, uint64_t seed)
{
  philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  philox4x32_ctr_t counter = {{0, 0, 0, 0}}, out;
  uint64_t hits = 0;
  for (uint64_t i = 0; i < points; i += 2) {
    counter.v[0] = (uint32_t)i;
    counter.v[1] = (uint32_t)(i >> 32);
    out = philox4x32(counter, key);
    hits += is_hit(out.v[0], out.v[1]) + is_hit(out.v[2], out.v[3]);
  }
  return hits - (points & is_hit(out.v[2], out.v[3])); // the last one may be one too many
}

#if R123_USE_AES_NI
static uint64_t ars(uint64_t points, uint64_t seed)
{
  ars1xm128i_ukey_t user;
  user.v[0].m = _mm_set_epi64x(0, (int64_t)seed);
  ars1xm128i_key_t key = ars1xm128ikeyinit(user);
  alignas(64) uint64_t outputs[PIECE];
  uint64_t hits = 0;
  for (uint64_t first = 0; first < points; first += PIECE) {
    for (unsigned i = 0; i < PIECE; i += 2) {
      ars1xm128i_ctr_t counter;
      counter.v[0].m = _mm_set_epi64x(0, (int64_t)(first + i));
      _mm_store_si128((__m128i *)(outputs + i), ars1xm128i(counter, key).v[0].m);
    }
    hits += hits_in(outputs, points - first);
  }
  return hits;
}
#endif

int main(int argc, char **argv)
{
  static const method methods[] = {
#if R123_USE_AES_NI
      {"ars", ars},
#endif
      {"philox", philox},
      {nullptr, nullptr},
  };
  return timed_main(methods, argc, argv);
}
