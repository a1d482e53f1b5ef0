/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash.c: FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */

#include "hash.h"

#include <string.h>

uint64_t hash_bytes(const void *bytes, size_t length)
{
  const unsigned char *byte = bytes;
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
  return hash;
}

uint64_t hash_text(const char *text)
{
  return hash_bytes(text, strlen(text));
}
