/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h: trees of files that a test makes, as of a machine's /proc and /sys, and removes. */
#pragma once

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Writes the file root/path, and makes the directories below root that lead to it. */
static inline void tree_put_bytes(const char *root, const char *path, const void *bytes,
                                  size_t size)
{
  char full_path[2 * PATH_MAX];
  snprintf(full_path, sizeof full_path, "%s/%s", root, path);
  for (char *slash = full_path + strlen(root); (slash = strchr(slash + 1, '/'));) {
    *slash = '\0';
    ck_assert(mkdir(full_path, 0777) == 0 || errno == EEXIST);
    *slash = '/';
  }
  FILE *file = fopen(full_path, "w");
  ck_assert_msg(file != NULL, "%s: %s", full_path, strerror(errno));
  ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
  ck_assert_int_eq(fclose(file), 0);
}

static inline void tree_put(const char *root, const char *path, const char *text)
{
  tree_put_bytes(root, path, text, strlen(text));
}

static inline int tree_remove_entry(const char *path, const struct stat *status, int kind,
                                    struct FTW *walk)
{
  (void)status, (void)kind, (void)walk;
  return remove(path);
}

/* The directory and all that is in it; links are not followed. */
static inline void tree_remove(const char *root)
{
  nftw(root, tree_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
