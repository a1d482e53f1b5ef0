/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keep.c: where results go. */

#include "keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

char *keep_directory(void)
{
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  char *path = NULL;
  int n = -1;
  if (state && *state == '/')
    n = asprintf(&path, "%s/pibench", state);
  else if (home && *home)
    n = asprintf(&path, "%s/.local/state/pibench", home);
  return n < 0 ? NULL : path;
}

void keep_open(const char *given, const char *ending, time_t started_at, struct output *ret_output)
{
  char name[64], message[OUTPUT_MESSAGE];
  struct tm utc;
  gmtime_r(&started_at, &utc);
  size_t n = strftime(name, sizeof name, "%Y%m%dT%H%M%SZ", &utc);
  snprintf(name + n, sizeof name - n, "-%d%s", (int)getpid(), ending);
  if (given) {
    if (output_open(given, name, false, ret_output, message) < 0)
      usage_error("%s; -o takes a file or directory that can be written, or -", message);
    return;
  }
  char *directory = keep_directory();
  int r = directory ? output_open(directory, name, true, ret_output, message) : -ENOENT;
  if (r < 0)
    say("no result file will be kept: %s", directory ? message : "HOME is not set");
  free(directory);
}

int keep_write(const struct output *output, bool to_stdout, bool quiet, json_t *json)
{
  char message[OUTPUT_MESSAGE];
  char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
  int r = text ? 0 : -ENOMEM;
  if (r == 0 && to_stdout)
    puts(text);
  if (r == 0 && output->path)
    r = output_write(output, text, strlen(text), message);
  else if (r < 0)
    snprintf(message, sizeof message, "out of memory");
  free(text);
  if (r < 0)
    say("%s", message);
  else if (output->path && !quiet)
    say("result: %s", output->path);
  return r < 0 ? EXIT_FAILED : EXIT_FINE;
}
