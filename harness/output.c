/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output.c: writing a result so that there is never half of one. */

#include "output.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(char message[OUTPUT_MESSAGE], const char *path, int error)
{
  snprintf(message, OUTPUT_MESSAGE, "cannot write '%.300s': %s", path, strerrordesc_np(error));
  return -error;
}

static int directories_make(const char *path)
{
  char *copy = strdup(path);
  if (!copy)
    return -ENOMEM;
  int r = 0;
  for (char *slash = strchr(copy + 1, '/'); slash && r == 0; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    r = mkdir(copy, 0777) < 0 && errno != EEXIST ? -errno : 0;
    *slash = '/';
  }
  if (r == 0 && mkdir(copy, 0777) < 0 && errno != EEXIST)
    r = -errno;
  free(copy);
  return r;
}

/* Where the bytes will go: path itself, name in it, or what a link points to. */
static char *target_path(const char *path, const char *name)
{
  struct stat status;
  char *joined, *resolved;
  size_t length = strlen(path);
  bool slash = length > 0 && path[length - 1] == '/';
  bool directory = stat(path, &status) == 0 ? S_ISDIR(status.st_mode) : slash;
  if (asprintf(&joined, "%s%s%s", path, directory && !slash ? "/" : "", directory ? name : "") < 0)
    return NULL;
  resolved = realpath(joined, NULL);
  if (!resolved) /* not there yet */
    return joined;
  free(joined);
  return resolved;
}

/* Whether a file can be made in the directory that path is in: permissions alone do not tell root,
 * or anybody in /proc. */
static int directory_check(const char *path)
{
  char *probe;
  if (asprintf(&probe, "%s.XXXXXX", path) < 0)
    return -ENOMEM;
  int fd = mkostemp(probe, O_CLOEXEC);
  int r = fd < 0 ? -errno : 0;
  if (fd >= 0) {
    unlink(probe);
    close(fd);
  }
  free(probe);
  return r;
}

int output_open(const char *path, const char *name, bool make_directories,
                struct output *ret_output, char message[OUTPUT_MESSAGE])
{
  struct stat status;
  struct output output = {0};
  int r = make_directories ? directories_make(path) : 0;
  if (r < 0)
    return refuse(message, path, -r);
  if (!name && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
    return refuse(message, path, EISDIR);
  output.path = *path ? target_path(path, name ? name : "") : NULL;
  if (!output.path)
    return refuse(message, path, *path ? ENOMEM : ENOENT);
  if (stat(output.path, &status) < 0) {
    output.replace = true;
    bool dangling = lstat(output.path, &status) == 0; /* a link to nothing is not ours to replace */
    r = dangling ? -ENOENT : errno == ENOENT ? directory_check(output.path) : -errno;
  } else {
    output.replace = S_ISREG(status.st_mode);
    r = S_ISDIR(status.st_mode) ? -EISDIR : access(output.path, W_OK) < 0 ? -errno : 0;
    if (r == 0 && output.replace)
      r = directory_check(output.path);
  }
  if (r < 0) {
    refuse(message, output.path, -r);
    output_release(&output);
    return r;
  }
  *ret_output = output;
  return 0;
}

static int write_all(int fd, const char *text, size_t length)
{
  while (length > 0) {
    ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR && !interrupt_signal())
      continue;
    if (n <= 0)
      return n < 0 ? -errno : -EIO;
    text += n;
    length -= (size_t)n;
  }
  return 0;
}

static int write_pieces(int fd, const struct output_piece *pieces, size_t count)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < count; i++)
    r = write_all(fd, pieces[i].text, pieces[i].length);
  return r;
}

static int write_directly(const char *path, const struct output_piece *pieces, size_t count)
{
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  int r = write_pieces(fd, pieces, count);
  if (close(fd) < 0 && r == 0)
    r = -errno;
  return r;
}

static int write_and_rename(const char *path, const struct output_piece *pieces, size_t count)
{
  char *temporary;
  if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
    return -ENOMEM;
  int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) {
    int r = -errno;
    free(temporary);
    return r;
  }
  mode_t mask = umask(0);
  umask(mask);
  int r = write_pieces(fd, pieces, count);
  if (r == 0 && (fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0))
    r = -errno;
  if (close(fd) < 0 && r == 0)
    r = -errno;
  if (r == 0 && rename(temporary, path) < 0)
    r = -errno;
  if (r < 0)
    unlink(temporary);
  free(temporary);
  return r;
}

int output_write_pieces(const struct output *output, const struct output_piece *pieces,
                        size_t count, char message[OUTPUT_MESSAGE])
{
  int r = (output->replace ? write_and_rename : write_directly)(output->path, pieces, count);
  return r < 0 ? refuse(message, output->path, -r) : 0;
}

int output_write(const struct output *output, const char *text, size_t length,
                 char message[OUTPUT_MESSAGE])
{
  return output_write_pieces(output, &(struct output_piece){text, length}, 1, message);
}

void output_release(struct output *output)
{
  free(output->path);
  memset(output, 0, sizeof *output);
}
