/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state_file.h: a file that is replaced again and again by one process, and is whole at any moment.
 *
 * Every text is written to FILE.new, flushed to the disk, and renamed: whoever is killed leaves the
 * last text or the one before.  While a process has the file open nobody else gets it: its lock
 * (fcntl, which forked workers do not inherit) moves along with each replacement.
 */
#pragma once

#include "output.h"

struct state_file {
  struct output output; /* its path, links resolved */
  int fd;               /* of the file as it is now, locked */
  bool is_empty;        /* nothing has ever been written to it */
};

/*
 * Opens the file for this process, makes it if there is none, and reads what is in it: *ret_text,
 * terminated and to be freed; NULL if it is empty.  Negative errno with one line in message:
 *
 *   -EBUSY  another process has it open
 *   -EFBIG  too large to be a state
 *   others  not a regular file, cannot be read, cannot be made there
 */
int state_file_open(const char *path, struct state_file *ret_file, char **ret_text,
                    size_t *ret_length, char message[OUTPUT_MESSAGE]);

/* Replaces it, and waits for the disk if it is to be durable: without, a power cut may leave an
 * empty file.  On failure the file is as before.  Negative errno with one line in message. */
int state_file_write(struct state_file *file, const char *text, size_t length, bool durable,
                     char message[OUTPUT_MESSAGE]);

/* The lock goes, and the file where nothing was ever written to it.  Accepts an all-zero file. */
void state_file_release(struct state_file *file);

/* Reads a file that is only looked at. */
int state_file_read(const char *path, char **ret_text, size_t *ret_length,
                    char message[OUTPUT_MESSAGE]);
