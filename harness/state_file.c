/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_file.c: a file that is replaced again and again by one process, and is whole at any moment.
 */

#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

static int refuse(char message[OUTPUT_MESSAGE], const char *verb, const char *path, int error)
{
  const char *why = error == EBUSY   ? "another pibench is at work on it"
                    : error == EFBIG ? "it is too large for a state or part of pibench"
                    : error == ENXIO || error == ENODEV ? "it is not a regular file"
                                                        : strerrordesc_np(error);
  snprintf(message, OUTPUT_MESSAGE, "cannot %s '%.300s': %s", verb, path, why);
  return -error;
}

/* --- Reading --- */

static int read_whole(int fd, char **ret_text, size_t *ret_length)
{
  struct stat status;
  if (fstat(fd, &status) < 0)
    return -errno;
  if (S_ISDIR(status.st_mode))
    return -EISDIR;
  if (!S_ISREG(status.st_mode))
    return -ENODEV;
  if (status.st_size > STATE_TEXT_MOST)
    return -EFBIG;
  size_t size = (size_t)status.st_size, length = 0;
  char *text = calloc(1, size + 1);
  if (!text)
    return -ENOMEM;
  while (length < size) {
    ssize_t n = pread(fd, text + length, size - length, (off_t)length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int r = -errno;
      free(text);
      return r;
    }
    if (n == 0)
      break;
    length += (size_t)n;
  }
  *ret_text = text;
  *ret_length = length;
  return 0;
}

int state_file_read(const char *path, char **ret_text, size_t *ret_length,
                    char message[OUTPUT_MESSAGE])
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO does not block */
  if (fd < 0)
    return refuse(message, "read", path, errno);
  int r = read_whole(fd, ret_text, ret_length);
  close(fd);
  return r < 0 ? refuse(message, "read", path, -r) : 0;
}

/* --- Locking --- */

static int lock(int fd)
{
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_SETLK, &whole) == 0)
    return 0;
  return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

/* Whether the path still names the file that was opened: it may have been replaced before it was
 * locked. */
static bool is_current(int fd, const char *path)
{
  struct stat opened, named;
  return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev
         && opened.st_ino == named.st_ino;
}

static int open_locked(const char *path, int *ret_fd)
{
  for (;;) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd < 0)
      return -errno;
    int r = lock(fd);
    if (r == 0 && is_current(fd, path)) {
      *ret_fd = fd;
      return 0;
    }
    close(fd);
    if (r < 0)
      return r;
  }
}

int state_file_open(const char *path, struct state_file *ret_file, char **ret_text,
                    size_t *ret_length, char message[OUTPUT_MESSAGE])
{
  struct state_file file = {.fd = -1};
  char *text = NULL;
  size_t length = 0;
  int r = output_open(path, NULL, false, &file.output, message);
  if (r < 0)
    return r;
  r = file.output.replace ? open_locked(file.output.path, &file.fd) : -ENODEV;
  if (r == 0)
    r = read_whole(file.fd, &text, &length);
  if (r < 0) {
    refuse(message, "use", path, -r);
    state_file_release(&file);
    return r;
  }
  file.is_empty = length == 0;
  if (file.is_empty) {
    free(text);
    text = NULL;
  }
  *ret_file = file;
  *ret_text = text;
  *ret_length = length;
  return 0;
}

/* --- Replacing --- */

static int write_whole(int fd, const char *text, size_t length, bool durable)
{
  if (ftruncate(fd, 0) < 0)
    return -errno;
  while (length > 0) {
    ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? -errno : -EIO;
    text += n;
    length -= (size_t)n;
  }
  return durable && fsync(fd) < 0 ? -errno : 0;
}

/* A FILE.new may be left over from somebody who was killed, or be at work under another's lock. */
static int replace(struct state_file *file, const char *temporary, const char *text, size_t length,
                   bool durable)
{
  int fd = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (fd < 0)
    return -errno;
  int r = lock(fd);
  bool ours = r == 0;
  if (r == 0)
    r = write_whole(fd, text, length, durable);
  if (r == 0 && rename(temporary, file->output.path) < 0)
    r = -errno;
  if (r < 0) {
    if (ours)
      unlink(temporary);
    close(fd);
    return r;
  }
  close(file->fd);
  file->fd = fd;
  file->is_empty = false;
  return 0;
}

int state_file_write(struct state_file *file, const char *text, size_t length, bool durable,
                     char message[OUTPUT_MESSAGE])
{
  char *temporary;
  int r = -ENOMEM;
  if (asprintf(&temporary, "%s.new", file->output.path) >= 0) {
    r = replace(file, temporary, text, length, durable);
    free(temporary);
  }
  return r < 0 ? refuse(message, "write", file->output.path, -r) : 0;
}

void state_file_release(struct state_file *file)
{
  if (file->output.path && file->is_empty)
    unlink(file->output.path);
  if (file->output.path && file->fd >= 0)
    close(file->fd);
  output_release(&file->output);
  memset(file, 0, sizeof *file);
}
