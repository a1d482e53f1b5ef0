/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.c: files below a directory of our own from one input. */

#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char root[256];

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
  (void)status, (void)kind, (void)place;
  return remove(path);
}

static void remove_root(void)
{
  nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name, char path[512])
{
  snprintf(path, 512, "%s/%s", root, name);
  return path;
}

/* The directory, and those that lead to the files. */
static void begin(const char *const *names)
{
  const char *parent = getenv("TMPDIR");
  snprintf(root, sizeof root, "%.200s/pibench-fuzz-XXXXXX", parent ? parent : "/tmp");
  HOLDS(mkdtemp(root));
  atexit(remove_root);
  for (; *names; names++) {
    char path[512];
    path_of(*names, path);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
      *slash = '\0';
      HOLDS(mkdir(path, 0700) == 0 || errno == EEXIST);
      *slash = '/';
    }
  }
}

static void write_file(const char *name, const char *bytes, size_t size)
{
  char path[512];
  int fd = open(path_of(name, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  HOLDS(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
  close(fd);
}

/* What the input has for a file: between its heading and the next; NULL if there is no such
 * heading. */
static const char *section(const char *text, size_t size, const char *name, size_t *ret_size)
{
  char heading[256];
  size_t length = (size_t)snprintf(heading, sizeof heading, "== %s\n", name);
  const char *begin_of = memmem(text, size, heading, length);
  if (!begin_of)
    return NULL;
  begin_of += length;
  size_t left = size - (size_t)(begin_of - text);
  const char *next = memmem(begin_of, left, "== ", 3);
  *ret_size = next ? (size_t)(next - begin_of) : left;
  return begin_of;
}

const char *tree_make(const char *const *names, const uint8_t *data, size_t size)
{
  if (!*root)
    begin(names);
  for (; *names; names++) {
    char path[512];
    size_t length = 0;
    const char *bytes = section((const char *)data, size, *names, &length);
    if (bytes)
      write_file(*names, bytes, length);
    else
      unlink(path_of(*names, path));
  }
  return root;
}
