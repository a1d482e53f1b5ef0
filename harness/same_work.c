/* SPDX-License-Identifier: GPL-3.0-or-later */
/* same_work.c: do two results compare at all: the same work, the same machine? */

#include "same_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- Work --- */

static bool same_text(const char *what, const char *old, const char *new, char *text)
{
  if (strcmp(old, new) == 0)
    return true;
  snprintf(text, SAME_WORK_TEXT, "different %s (%.60s, now %.60s)", what, old, new);
  return false;
}

/* Every counter that both sides have: for the others see uncompared_counters(). */
static bool same_counters(const struct result_row *old, const struct result_row *new, char *text)
{
  const char *key;
  json_t *value;
  json_object_foreach(old->counters, key, value)
  {
    const json_t *other = json_object_get(new->counters, key);
    char what[80];
    snprintf(what, sizeof what, "work: %.64s", key);
    if (other && !same_text(what, json_string_value(value), json_string_value(other), text))
      return false;
  }
  return true;
}

static bool same_row_work(const struct result_row *old, const struct result_row *new, char *text)
{
  return same_text("amount of work", old->work, new->work, text) && same_counters(old, new, text);
}

static bool same_parameters(const struct result_benchmark *old, const struct result_benchmark *new,
                            char *text)
{
  const json_t *left = json_object_get(old->json, "parameters");
  const json_t *right = json_object_get(new->json, "parameters");
  if (json_equal(left, right))
    return true;
  snprintf(text, SAME_WORK_TEXT, "different parameters");
  return false;
}

bool same_work(const struct result_benchmark *old, const struct result_benchmark *new,
               char text[SAME_WORK_TEXT])
{
  char revisions[2][16];
  snprintf(revisions[0], sizeof revisions[0], "%d", old->revision);
  snprintf(revisions[1], sizeof revisions[1], "%d", new->revision);
  if (!same_text("kernel", old->kernel, new->kernel, text)
      || !same_text("method", old->method, new->method, text)
      || !same_text("revision of the kernel", revisions[0], revisions[1], text)
      || !same_parameters(old, new, text))
    return false;
  for (size_t i = 0; i < old->row_count; i++) {
    const struct result_row *row = &old->rows[i];
    const struct result_row *other = result_row_find(new, row->serial, row->workers, row->backend);
    if (other && row->n && other->n && !same_row_work(row, other, text))
      return false;
  }
  return true;
}

/* --- Counters of one side alone --- */

/* Appends "only the new side counts a, b" if there are such; returns the new length. */
static size_t append_lone(const char *side, const json_t *own, const json_t *other,
                          char text[SAME_WORK_TEXT], size_t length)
{
  enum { LONGEST = 96 }; /* what one name may append, with an end that tells of more */
  const char *key;
  json_t *value;
  unsigned count = 0;
  json_object_foreach((json_t *)own, key, value)
  {
    size_t room = SAME_WORK_TEXT - length;
    if (json_object_get(other, key))
      continue;
    if (room < LONGEST)
      return length + (size_t)snprintf(text + length, room, ", ...");
    if (count++ == 0)
      length += (size_t)snprintf(text + length, room, "%sonly the %s side counts %.40s",
                                 length ? ", " : "", side, key);
    else
      length += (size_t)snprintf(text + length, room, ", %.40s", key);
  }
  return length;
}

bool uncompared_counters(const struct result_benchmark *old, const struct result_benchmark *new,
                         char text[SAME_WORK_TEXT])
{
  const struct result_row *left = &old->rows[0], *right = &new->rows[0];
  text[0] = '\0';
  if (left->n == 0 || right->n == 0)
    return false;
  size_t length = append_lone("old", left->counters, right->counters, text, 0);
  return append_lone("new", right->counters, left->counters, text, length) > 0;
}

/* --- Machine and software --- */

struct list {
  struct difference *items;
  size_t count;
};

static void compare(struct list *list, enum difference_kind kind, const char *what, const char *old,
                    const char *new)
{
  old = old ? old : "?";
  new = new ? new : "?";
  if (strcmp(old, new) == 0 || list->count == DIFFERENCES_MOST)
    return;
  struct difference *d = &list->items[list->count++];
  *d = (struct difference){.kind = kind, .what = what};
  snprintf(d->old, sizeof d->old, "%.159s", old);
  snprintf(d->new, sizeof d->new, "%.159s", new);
}

static void compare_quota(struct list *list, double old, double new)
{
  char text[2][32];
  for (int i = 0; i < 2; i++) {
    double quota = i ? new : old;
    if (isnan(quota))
      strcpy(text[i], "none");
    else
      snprintf(text[i], sizeof text[i], "%.2f CPUs", quota);
  }
  compare(list, DIFFERENCE_MACHINE, "CPU quota", text[0], text[1]);
}

static const char *pinned(const struct result_file *file)
{
  return file->benchmark_count && file->benchmarks[0].rows[0].pinned ? "yes" : "no";
}

static void compare_machines(struct list *list, const struct result_machine *old,
                             const struct result_machine *new)
{
  const enum difference_kind machine = DIFFERENCE_MACHINE;
  size_t before = list->count;
  compare(list, machine, "CPU model", old->cpu_model, new->cpu_model);
  compare(list, machine, "virtualised", old->virtualised, new->virtualised);
  if (list->count == before) /* it covers both, and caches and the number of CPUs */
    compare(list, machine, "machine (caches, CPUs)", old->fingerprint, new->fingerprint);
  compare(list, machine, "allowed CPUs", old->allowed_cpus, new->allowed_cpus);
  compare_quota(list, old->quota_cpus, new->quota_cpus);
  compare(list, machine, "order of CPUs", old->place, new->place);
  compare(list, machine, "topology", old->this_system ? "real" : "imaginary",
          new->this_system ? "real" : "imaginary");
  compare(list, DIFFERENCE_SOFTWARE, "microcode", old->microcode, new->microcode);
  compare(list, DIFFERENCE_SOFTWARE, "governor", old->governor, new->governor);
}

size_t differences_find(const struct result_file *old, const struct result_file *new,
                        struct difference ret_differences[DIFFERENCES_MOST])
{
  const enum difference_kind software = DIFFERENCE_SOFTWARE;
  const struct result_software *o = &old->software, *n = &new->software;
  struct list list = {.items = ret_differences};
  compare_machines(&list, &old->machine, &new->machine);
  compare(&list, DIFFERENCE_MACHINE, "pinned", pinned(old), pinned(new));
  compare(&list, software, "pibench", old->version, new->version);
  compare(&list, software, "commit", old->commit, new->commit);
  compare(&list, software, "compiler", o->compiler, n->compiler);
  compare(&list, software, "flags", o->flags, n->flags);
  compare(&list, software, "gmp", o->gmp_version, n->gmp_version);
  compare(&list, software, "gmp file", o->gmp_path, n->gmp_path);
  compare(&list, software, "mpfr", o->mpfr, n->mpfr);
  compare(&list, software, "hwloc", o->hwloc, n->hwloc);
  compare(&list, software, "libc", o->libc, n->libc);
  compare(&list, software, "Linux", o->kernel, n->kernel);
  return list.count;
}
