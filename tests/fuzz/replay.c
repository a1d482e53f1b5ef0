/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay.c: a fuzz target without a fuzzer: goes through the files of a directory.  TAP.
 *
 * Each file is given three times, and the third leaves no memory behind; together they need no more
 * than MEMORY_MOST.  (Not seen where a sanitizer has its own malloc: it looks for leaks itself.)
 */

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz.h"

enum { NAME_MOST = 512, MEMORY_MOST = 200 << 20 };

static uint8_t *read_whole(const char *path, size_t *ret_size)
{
  FILE *file = fopen(path, "rbe");
  HOLDS(file && fseek(file, 0, SEEK_END) == 0);
  size_t size = (size_t)ftell(file);
  uint8_t *data = malloc(size ? size : 1);
  rewind(file);
  HOLDS(data && fread(data, 1, size, file) == size);
  fclose(file);
  *ret_size = size;
  return data;
}

static size_t memory_in_use(void)
{
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static size_t peak_memory(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (size_t)usage.ru_maxrss * 1024;
}

/* Whether nothing was left behind. */
static int replay(const char *path)
{
  size_t size, before = 0;
  uint8_t *data = read_whole(path, &size);
  for (int i = 0; i < 3; i++) {
    before = memory_in_use();
    LLVMFuzzerTestOneInput(data, size);
  }
  int clean = memory_in_use() <= before;
  free(data);
  return clean;
}

static int is_file(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

/* Without glibc's cache per thread, whose free memory counts as in use: that is chosen when a
 * program begins. */
static void begin_again(char **argv)
{
  static const char name[] = "GLIBC_TUNABLES";
  if (!getenv(name) && setenv(name, "glibc.malloc.tcache_count=0", 1) == 0)
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
  begin_again(argv);
  struct dirent **entries;
  int count = argc == 2 ? scandir(argv[1], &entries, is_file, alphasort) : -1, failed = 0;
  if (count < 0) {
    fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("1..%d\n", count + 1);
  for (int i = 0; i < count; i++) {
    char path[NAME_MOST];
    snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
    printf("# %s\n", entries[i]->d_name); /* to be seen if it ends here */
    int clean = replay(path);
    printf("%sok %d - %s%s\n", clean ? "" : "not ", i + 1, entries[i]->d_name,
           clean ? "" : " leaves memory behind");
    failed += !clean;
    free(entries[i]);
  }
  free(entries);
  int small = memory_in_use() == 0 || peak_memory() < MEMORY_MOST;
  printf("%sok %d - all needed %zu MB at most\n", small ? "" : "not ", count + 1,
         peak_memory() >> 20);
  return failed > 0 || !small;
}
