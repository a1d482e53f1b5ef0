/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz.h: what a fuzz target is: one function that gives any bytes to a reader, and checks what
 * holds for everything that the reader lets pass.
 *
 * With -Dfuzz=true libFuzzer looks for bytes that break it; without, replay.c goes through the
 * bytes of corpus/ in every run of the tests.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's name.  Returns 0; what it finds wrong ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that no build leaves out. */
#define HOLDS(condition)                                                                           \
  ((condition)                                                                                     \
       ? (void)0                                                                                   \
       : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition), abort()))

/* A copy as a string, in memory of just that size: reading on is noticed.  NULs stay in it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
  char *text = malloc(size + 1);
  HOLDS(text);
  if (size > 0)
    memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

/* Whether a message is one line of something. */
static inline int fuzz_is_line(const char *message, size_t size)
{
  size_t length = strnlen(message, size);
  return length > 0 && length < size && !memchr(message, '\n', length);
}
