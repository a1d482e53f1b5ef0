/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * output.h: writing a result so that there is never half of one.
 *
 * Onto a regular or absent file: written to a temporary beside it, then renamed.  Onto anything
 * else (a device, a pipe) directly: /dev/full stays a device.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct output {
  char *path;   /* of the file; symbolic links are resolved */
  bool replace; /* by rename; else written directly */
};

enum { OUTPUT_MESSAGE = 512 };

/*
 * Finds out, before anything is measured, whether `path` can be written.  A directory (or a name
 * that ends in '/') gets `name` in it; with make_directories missing ones are made.  Returns 0, or
 * a negative errno with one line in message.  name NULL: a directory is refused.
 */
int output_open(const char *path, const char *name, bool make_directories,
                struct output *ret_output, char message[OUTPUT_MESSAGE]);

/* Texts one behind the other, so that long ones need not be copied to be joined. */
struct output_piece {
  const char *text;
  size_t length;
};

/* Writes it all, or nothing.  Returns 0, or a negative errno with one line in message. */
int output_write_pieces(const struct output *output, const struct output_piece *pieces,
                        size_t count, char message[OUTPUT_MESSAGE]);

/* The same for one text. */
int output_write(const struct output *output, const char *text, size_t length,
                 char message[OUTPUT_MESSAGE]);

/* Accepts an all-zero output. */
void output_release(struct output *output);
