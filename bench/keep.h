/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keep.h: where results go: what -o says, or the directory of this user's results. */
#pragma once

#include <jansson.h>
#include <time.h>

#include "output.h"

/* $XDG_STATE_HOME/pibench or ~/.local/state/pibench; to be freed; NULL where HOME is not set. */
char *keep_directory(void);

/*
 * Finds out before anything is measured whether a result can be kept: in `given` (-o, NULL: none;
 * ends the program with exit 2 if that cannot be written), else in keep_directory(), where failing
 * is only told.  The file is named by time, process and `ending`.
 */
void keep_open(const char *given, const char *ending, time_t started_at, struct output *ret_output);

/* Writes the JSON, to stdout as well if asked.  Says what went wrong.  Returns the exit code. */
int keep_write(const struct output *output, bool to_stdout, bool quiet, json_t *json);
