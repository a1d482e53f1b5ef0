/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc_text.h: small texts of the kernel's, from /proc and /sys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "machine.h"

/* A text that is freed at the end of its scope. */
#define OWNED_TEXT __attribute__((cleanup(proc_text_free))) char *
void proc_text_free(char **text);

/* What the file root/path holds before its first NUL, without the white space at its end; to be
 * freed.  NULL of nothing, and where it cannot be read.  0 or -ENOMEM. */
int proc_text_read(const char *root, const char *path, char **ret_text);

/* A part of a text; begin is NULL where there is none. */
struct span {
  const char *begin;
  size_t length;
};

/* The value of the first line "key : value" of a text, which may be NULL. */
struct span proc_text_field(const char *text, const char *key);

/* A copy, to be freed; NULL of none.  0 or -ENOMEM. */
int proc_text_copy(struct span span, char **ret_text);

/* Between spaces. */
bool proc_text_has_word(struct span span, const char *word);

/* A positive number of kibibytes as the kernel writes it, "48K" or "16384 kB", with that unit. */
struct machine_count proc_text_bytes(const char *text, const char *unit);

/* How many CPUs a list such as "0-3,8" names.  The list may be NULL. */
struct machine_count proc_text_count(const char *list);
