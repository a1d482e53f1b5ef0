/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc_text.c: small texts of the kernel's, from /proc and /sys. */

#include "proc_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void proc_text_free(char **text)
{
  free(*text);
}

static void trim_end(char *text)
{
  size_t length = strlen(text);
  while (length > 0 && isspace((unsigned char)text[length - 1]))
    text[--length] = '\0';
}

/* What a file holds before its first NUL, without the white space at its end; NULL of nothing, and
 * where reading fails.  -ENOMEM. */
static int read_stream(FILE *file, char **ret_text)
{
  OWNED_TEXT text = NULL;
  size_t size = 0;
  errno = 0;
  if (getdelim(&text, &size, '\0', file) < 0) {
    if (errno == ENOMEM)
      return -ENOMEM;
    *ret_text = NULL;
    return 0;
  }
  trim_end(text);
  *ret_text = text[0] ? text : NULL;
  if (*ret_text)
    text = NULL;
  return 0;
}

int proc_text_read(const char *root, const char *path, char **ret_text)
{
  char *full_path;
  if (asprintf(&full_path, "%s%s", root, path) < 0)
    return -ENOMEM;
  FILE *file = fopen(full_path, "re");
  int status = !file && errno == ENOMEM ? -ENOMEM : 0;
  free(full_path);
  if (file) {
    status = read_stream(file, ret_text);
    fclose(file);
  } else if (status == 0) {
    *ret_text = NULL;
  }
  return status;
}

static struct span trimmed(const char *begin, const char *end)
{
  while (begin < end && isspace((unsigned char)*begin))
    begin++;
  while (end > begin && isspace((unsigned char)end[-1]))
    end--;
  return begin < end ? (struct span){begin, (size_t)(end - begin)} : (struct span){NULL, 0};
}

struct span proc_text_field(const char *text, const char *key)
{
  size_t key_length = strlen(key);
  while (text && *text) {
    const char *end = strchrnul(text, '\n');
    if (strncmp(text, key, key_length) == 0) {
      const char *colon = text + key_length + strspn(text + key_length, " \t");
      if (*colon == ':')
        return trimmed(colon + 1, end);
    }
    text = *end ? end + 1 : end;
  }
  return (struct span){NULL, 0};
}

int proc_text_copy(struct span span, char **ret_text)
{
  char *text = NULL;
  if (span.begin && !(text = strndup(span.begin, span.length)))
    return -ENOMEM;
  *ret_text = text;
  return 0;
}

bool proc_text_has_word(struct span span, const char *word)
{
  size_t length = strlen(word);
  const char *at = span.begin, *end = span.begin + span.length;
  while ((at = memmem(at, (size_t)(end - at), word, length))) {
    bool begins = at == span.begin || at[-1] == ' ';
    bool ends = at + length == end || at[length] == ' ';
    if (begins && ends)
      return true;
    at += length;
  }
  return false;
}

struct machine_count proc_text_bytes(const char *text, const char *unit)
{
  char *end = NULL;
  unsigned long long kibibytes =
      text && isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
  if (kibibytes == 0 || kibibytes > UINT64_MAX / 1024 || strncmp(end, unit, strlen(unit)) != 0)
    return (struct machine_count){.known = false};
  return (struct machine_count){.known = true, .value = (uint64_t)kibibytes * 1024};
}

struct machine_count proc_text_count(const char *list)
{
  struct machine_count unknown = {.known = false}, count = {.known = true};
  do {
    if (!list || !isdigit((unsigned char)*list))
      return unknown;
    char *end;
    unsigned long first = strtoul(list, &end, 10), last = first;
    if (*end == '-' && isdigit((unsigned char)end[1]))
      last = strtoul(end + 1, &end, 10);
    if (last < first || last > UINT32_MAX || (*end != ',' && *end != '\0'))
      return unknown;
    count.value += last - first + 1;
    list = *end == ',' ? end + 1 : NULL;
  } while (list);
  return count;
}
