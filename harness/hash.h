/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash.h: FNV-1a, 64 bits (Fowler, Noll, Vo): tells texts and tables apart, and is part of file
 * formats: it never changes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t length);
uint64_t hash_text(const char *text);
