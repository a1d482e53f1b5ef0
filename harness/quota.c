/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quota.c: the CPU quota of our cgroups.
 *
 * /proc/self/cgroup names our cgroup in each hierarchy, /proc/self/mountinfo says where a hierarchy
 * is mounted and which of its cgroups the mount shows as its root.  A quota binds the whole
 * subtree, so from our cgroup up to the mount's root the tightest one counts.  Version 1 and 2
 * hierarchies may be mounted side by side; every mount that shows our cgroup is looked at.
 *
 * Formats: cgroups(7), proc(5), the kernel's cgroup-v2.rst and sched-bwc.rst.
 */
#include "quota.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum version { V1, V2, VERSIONS };

/* Our cgroup in the hierarchy that holds the cpu controller, by version; NULL if there is none. */
struct membership {
  char *path[VERSIONS];
};

static FILE *open_file(const char *directory, const char *name)
{
  char *path;
  if (asprintf(&path, "%s/%s", directory, name) < 0)
    return NULL;
  FILE *file = fopen(path, "re");
  free(path);
  return file;
}

static bool read_line(const char *directory, const char *name, char *ret_line, int size)
{
  FILE *file = open_file(directory, name);
  if (!file)
    return false;
  bool read = fgets(ret_line, size, file) != NULL;
  fclose(file);
  return read;
}

/* The positive number that text starts with; 0 if there is none ("max", -1, garbage).  The text
 * behind it is stored in *ret_rest, which may be NULL. */
static double positive_number(const char *text, char **ret_rest)
{
  char *end;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  bool whole = end != text && (*end == '\0' || *end == ' ' || *end == '\n');
  if (ret_rest)
    *ret_rest = end;
  return whole && errno == 0 && number > 0 ? (double)number : 0;
}

static double ratio(double quota, double period)
{
  return quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* Two files, one number each, in microseconds; a quota of -1 is none. */
static double read_v1(const char *directory)
{
  char quota[32], period[32];
  if (!read_line(directory, "cpu.cfs_quota_us", quota, sizeof(quota))
      || !read_line(directory, "cpu.cfs_period_us", period, sizeof(period)))
    return INFINITY;
  return ratio(positive_number(quota, NULL), positive_number(period, NULL));
}

/* One line, "QUOTA PERIOD" in microseconds; a quota of "max" is none. */
static double read_v2(const char *directory)
{
  char line[64], *rest;
  if (!read_line(directory, "cpu.max", line, sizeof(line)))
    return INFINITY;
  double quota = positive_number(line, &rest);
  return ratio(quota, positive_number(rest, NULL));
}

/* The number behind a word of cpu.stat; 0 if it is not there. */
static double read_stat(const char *directory, const char *word)
{
  char line[128];
  double number = 0;
  size_t length = strlen(word);
  FILE *file = open_file(directory, "cpu.stat");
  while (file && fgets(line, sizeof(line), file))
    if (strncmp(line, word, length) == 0 && line[length] == ' ')
      number = positive_number(line + length + 1, NULL);
  if (file)
    fclose(file);
  return number;
}

static double throttled_v1(const char *directory)
{
  return read_stat(directory, "throttled_time") * 1e-9;
}

static double throttled_v2(const char *directory)
{
  return read_stat(directory, "throttled_usec") * 1e-6;
}

/* What is read of every cgroup from ours up to the root, by version, and how two values combine. */
struct question {
  double (*read[VERSIONS])(const char *directory);
  double (*combine)(double, double);
  double nothing; /* the value where there is no cgroup */
};

static double sum(double a, double b)
{
  return a + b;
}

static const struct question quota_question = {{read_v1, read_v2}, fmin, INFINITY};
static const struct question throttled_question = {{throttled_v1, throttled_v2}, sum, 0};

static const char *const filesystems[VERSIONS] = {[V1] = "cgroup", [V2] = "cgroup2"};

/* Whether the comma-separated list has that word. */
static bool has_word(const char *list, const char *word)
{
  size_t length = strlen(word);
  for (const char *at = list; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
      return true;
  }
  return false;
}

/* Lines are ID:CONTROLLERS:PATH; version 2 has ID 0 and no controllers.  A path may hold colons. */
static void read_membership_line(char *line, struct membership *membership)
{
  line[strcspn(line, "\n")] = '\0';
  char *rest = line;
  char *id = strsep(&rest, ":");
  char *controllers = strsep(&rest, ":");
  if (!rest)
    return;
  bool unified = strcmp(id, "0") == 0 && *controllers == '\0';
  if (!unified && !has_word(controllers, "cpu"))
    return;
  char **path = &membership->path[unified ? V2 : V1];
  free(*path);
  *path = strdup(rest);
}

static void read_membership(const char *root, struct membership *ret_membership)
{
  *ret_membership = (struct membership){0};
  FILE *file = open_file(root, "proc/self/cgroup");
  if (!file)
    return;
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, file) > 0)
    read_membership_line(line, ret_membership);
  free(line);
  fclose(file);
}

/* Space, tab, newline and backslash are written as \040 and so on in mountinfo. */
static void unescape(char *text)
{
  char *to = text;
  for (const char *from = text; *from; to++) {
    if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
      *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
}

/* Moves *path behind its leading "/.." components and counts them. */
static unsigned skip_parents(const char **path)
{
  unsigned count = 0;
  for (; strncmp(*path, "/..", 3) == 0 && ((*path)[3] == '/' || (*path)[3] == '\0'); *path += 3)
    count++;
  return count;
}

/*
 * Where below a mount whose root is the cgroup mount_root the cgroup `path` is: "" or "/a/b"; NULL
 * if the mount does not show it.  Both are told relative to our cgroup namespace's root: what lies
 * outside it starts with "/..".
 */
static const char *path_below(const char *mount_root, const char *path)
{
  const char *root_rest = mount_root, *path_rest = path;
  unsigned root_parents = skip_parents(&root_rest), path_parents = skip_parents(&path_rest);
  /* A mount of an ancestor: the names on the way down are hidden, yet its quota binds us. */
  if (root_parents > path_parents && *root_rest == '\0')
    return "";
  size_t length = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
  if (strncmp(path, mount_root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
    return NULL;
  const char *below = path + length, *inside = below;
  if (skip_parents(&inside) > 0)
    return NULL;
  return strcmp(below, "/") == 0 ? "" : below;
}

/* Asks all cgroups from ours up to the mount's root.  A directory that is missing (a cgroup just
 * removed, a container's mount that shows less than the path says) is no reason to stop. */
static double ask_upwards(const struct question *question, const char *root,
                          const char *mount_point, const char *below, enum version version)
{
  char *directory;
  if (asprintf(&directory, "%s%s%s", root, mount_point, below) < 0)
    return question->nothing;
  char *names = directory + strlen(root) + strlen(mount_point);
  double answer = question->read[version](directory);
  for (char *slash; (slash = strrchr(names, '/'));) {
    *slash = '\0';
    answer = question->combine(answer, question->read[version](directory));
  }
  free(directory);
  return answer;
}

struct mount {
  char *root, *point; /* the cgroup that it shows, and where */
  enum version version;
};

/* ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [OPTIONAL…] - FILESYSTEM SOURCE SUPER-OPTIONS
 * false unless it is a hierarchy that may hold the cpu controller.  Cuts the line into pieces. */
static bool parse_mount(char *line, struct mount *ret_mount)
{
  line[strcspn(line, "\n")] = '\0';
  char *rest = line, *fields[6];
  for (size_t i = 0; i < 6; i++)
    if (!(fields[i] = strsep(&rest, " ")))
      return false;
  for (char *optional; (optional = strsep(&rest, " ")) && strcmp(optional, "-") != 0;)
    ;
  const char *filesystem = strsep(&rest, " ");
  strsep(&rest, " ");
  const char *options = strsep(&rest, " ");
  if (!options)
    return false;

  enum version version = V1;
  while (version < VERSIONS && strcmp(filesystem, filesystems[version]) != 0)
    version++;
  if (version == VERSIONS || (version == V1 && !has_word(options, "cpu")))
    return false;
  unescape(fields[3]);
  unescape(fields[4]);
  *ret_mount = (struct mount){fields[3], fields[4], version};
  return true;
}

static double ask_mount(const struct question *question, const char *root, char *line,
                        const struct membership *membership)
{
  struct mount mount;
  if (!parse_mount(line, &mount) || !membership->path[mount.version])
    return question->nothing;
  const char *below = path_below(mount.root, membership->path[mount.version]);
  return below ? ask_upwards(question, root, mount.point, below, mount.version) : question->nothing;
}

static double ask(const struct question *question, const char *root)
{
  FILE *mounts = open_file(root, "proc/self/mountinfo");
  if (!mounts)
    return question->nothing;
  struct membership membership;
  read_membership(root, &membership);
  double answer = question->nothing;
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, mounts) > 0)
    answer = question->combine(answer, ask_mount(question, root, line, &membership));
  free(line);
  fclose(mounts);
  for (enum version version = 0; version < VERSIONS; version++)
    free(membership.path[version]);
  return answer;
}

double quota_cpus(const char *root)
{
  return ask(&quota_question, root);
}

double quota_throttled_s(const char *root)
{
  return ask(&throttled_question, root);
}
