/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture.c: XML to lstopo, SVG back, through files in a directory of our own. */

#include "picture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ending.h"
#include "placement.h"

enum { PATIENCE_MS = 5000, SVG_MOST = 4 << 20 };

/* Workers' CPUs in the order of the slots: the first regime dark, later ones lighter. */
static char *coloured_xml(const struct result_file *file)
{
  static const char *const colours[] = {"#56b4e9", "#e69f00", "#009e73", "#cc79a7"};
  const json_t *topology = json_object_get(file->json, "topology");
  const char *xml = json_string_value(json_object_get(topology, "xml"));
  const json_t *slots = json_object_get(topology, "slots");
  size_t count = json_array_size(slots);
  struct placement_mark *marks = calloc(count + 1, sizeof *marks);
  for (size_t i = 0; marks && i < count; i++) {
    const json_t *slot = json_array_get(slots, i);
    size_t regime = (size_t)json_integer_value(json_object_get(slot, "regime")) % 4;
    marks[i] = (struct placement_mark){(unsigned)json_integer_value(json_object_get(slot, "cpu")),
                                       colours[regime]};
  }
  char *coloured = xml && marks ? placement_mark_xml(xml, marks, count) : NULL;
  free(marks);
  return coloured;
}

static int write_file(const char *path, const char *text)
{
  FILE *to = fopen(path, "we");
  if (!to)
    return -errno;
  int r = fputs(text, to) < 0 ? -EIO : 0;
  return fclose(to) < 0 ? -EIO : r;
}

static int read_file(const char *path, char **ret_text, size_t *ret_length)
{
  FILE *from = fopen(path, "re");
  if (!from)
    return -ENODATA;
  char *text = malloc(SVG_MOST);
  size_t length = text ? fread(text, 1, SVG_MOST, from) : 0;
  bool whole = text && feof(from);
  fclose(from);
  if (!whole || length == 0) {
    free(text);
    return text ? -ENODATA : -ENOMEM;
  }
  *ret_text = text;
  *ret_length = length;
  return 0;
}

/* In the child: no output, little memory, not for long. */
static _Noreturn void become_lstopo(const char *xml_path, const char *svg_path)
{
  struct rlimit memory = {(rlim_t)1 << 30, (rlim_t)1 << 30}, seconds = {5, 5};
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CPU, &seconds);
  unsetenv("HWLOC_XMLFILE");
  unsetenv("HWLOC_SYNTHETIC");
  execlp("lstopo-no-graphics", "lstopo-no-graphics", "--input", xml_path, "--of", "nativesvg",
         "--no-io", "--no-legend", svg_path, (char *)NULL);
  execlp("lstopo", "lstopo", "--input", xml_path, "--of", "nativesvg", "--no-io", "--no-legend",
         svg_path, (char *)NULL);
  _exit(127);
}

static int run_lstopo(const char *xml_path, const char *svg_path)
{
  struct ending ending;
  int status = 0, r = ending_prepare(&ending);
  if (r < 0)
    return r;
  pid_t pid = fork();
  if (pid == 0) {
    if (ending.pipe[1] >= 0)
      fcntl(ending.pipe[1], F_SETFD, 0); /* lstopo's end is meant, not that of this program */
    become_lstopo(xml_path, svg_path);
  }
  int fd = ending_watch(&ending, pid);
  if (pid < 0)
    return fd;
  struct pollfd end = {fd, POLLIN, 0};
  if (fd < 0 || poll(&end, 1, PATIENCE_MS) != 1) {
    kill(pid, SIGKILL);
    r = -ETIME;
  }
  if (fd >= 0)
    close(fd);
  waitpid(pid, &status, 0);
  if (r == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    r = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -ENODATA;
  return r;
}

int picture_draw(const struct result_file *file, char **ret_svg, size_t *ret_length)
{
  char directory[] = "/tmp/pibench-XXXXXX", xml_path[64], svg_path[64];
  char *xml = coloured_xml(file);
  if (!xml)
    return -ENODATA;
  if (!mkdtemp(directory)) {
    free(xml);
    return -errno;
  }
  snprintf(xml_path, sizeof xml_path, "%s/in.xml", directory);
  snprintf(svg_path, sizeof svg_path, "%s/out.svg", directory);
  int r = write_file(xml_path, xml);
  if (r == 0)
    r = run_lstopo(xml_path, svg_path);
  if (r == 0)
    r = read_file(svg_path, ret_svg, ret_length);
  unlink(xml_path);
  unlink(svg_path);
  rmdir(directory);
  free(xml);
  return r;
}
