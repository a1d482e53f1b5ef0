/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_json.c: untrusted JSON, within limits of size, depth and number of values. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result_read.h"

/* Every open bracket costs Jansson up to 400 bytes, every other value up to 100, a string twice
 * its length: with the limits of the header that is below 150 MB. */
enum { CONTAINERS_MOST = 100000 };

static int refuse(char message[RESULT_MESSAGE], const char *name, int error, const char *what)
{
  snprintf(message, RESULT_MESSAGE, "%.200s: %s", name, what);
  return error;
}

/* What the text would cost, before a parser is let loose on it. */
struct extent {
  size_t values, containers, depth, deepest;
};

static void count(struct extent *extent, char c)
{
  if (c == '[' || c == '{') {
    extent->containers++;
    extent->depth++;
    if (extent->depth > extent->deepest)
      extent->deepest = extent->depth;
  } else if ((c == ']' || c == '}') && extent->depth > 0) {
    extent->depth--;
  } else if (c == ',' || c == ':') {
    extent->values++;
  }
}

static struct extent measure(const char *text, size_t length)
{
  struct extent extent = {0};
  bool inside = false;
  for (size_t i = 0; i < length; i++) {
    if (inside && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      inside = !inside;
    else if (!inside)
      count(&extent, text[i]);
  }
  return extent;
}

/* Jansson's messages quote the file. */
static void make_printable(char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f || (unsigned char)*text >= 0x80)
      *text = '?';
}

int result_json_parse(const char *name, const char *text, size_t length, json_t **ret_json,
                      char message[RESULT_MESSAGE])
{
  if (length > RESULT_BYTES_MOST)
    return refuse(message, name, -EBADMSG, "is larger than 16 MiB: no result of pibench");
  struct extent extent = measure(text, length);
  if (extent.deepest > RESULT_DEPTH_MOST)
    return refuse(message, name, -EBADMSG, "is nested too deeply: no result of pibench");
  if (extent.values > RESULT_VALUES_MOST || extent.containers > CONTAINERS_MOST)
    return refuse(message, name, -EBADMSG, "has too many values: no result of pibench");
  json_error_t error;
  json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
  if (!json) {
    make_printable(error.text);
    snprintf(message, RESULT_MESSAGE, "%.200s: line %d, column %d: %s", name, error.line,
             error.column, error.text);
    return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
  }
  *ret_json = json;
  return 0;
}

/* At most one byte more than is accepted.  Returns how many, or a negative errno. */
static ssize_t read_all(int fd, char *text)
{
  size_t length = 0;
  while (length <= RESULT_BYTES_MOST) {
    ssize_t n = read(fd, text + length, RESULT_BYTES_MOST + 1 - length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -errno;
    if (n == 0)
      break;
    length += (size_t)n;
  }
  return (ssize_t)length;
}

static int read_and_parse(const char *path, int fd, json_t **ret_json, char message[RESULT_MESSAGE])
{
  char *text = malloc(RESULT_BYTES_MOST + 1); /* pages that are not touched cost nothing */
  if (!text)
    return refuse(message, path, -ENOMEM, "out of memory");
  ssize_t length = read_all(fd, text);
  int r = length < 0 ? refuse(message, path, (int)length, strerrordesc_np((int)-length))
                     : result_json_parse(path, text, (size_t)length, ret_json, message);
  free(text);
  return r;
}

int result_json_read(const char *path, json_t **ret_json, char message[RESULT_MESSAGE])
{
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) < 0) {
    int error = errno;
    if (fd >= 0)
      close(fd);
    return refuse(message, path, -error, strerrordesc_np(error));
  }
  int r;
  if (S_ISDIR(status.st_mode))
    r = refuse(message, path, -EISDIR, "is a directory; a result file is expected");
  else if (S_ISREG(status.st_mode) && status.st_size > RESULT_BYTES_MOST)
    r = refuse(message, path, -EBADMSG, "is larger than 16 MiB: no result of pibench");
  else
    r = read_and_parse(path, fd, ret_json, message);
  close(fd);
  return r;
}
