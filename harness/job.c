/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.c: from KERNEL[:key=value,...] to a job, and back to the name of a benchmark. */

#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "number.h"

enum { ISA_HIGHEST = 99 };

enum { NAMES_MOST = 32 };

/* Names to choose from, for messages. */
struct names {
  const char *at[NAMES_MOST];
  size_t count;
};

static void names_add(struct names *names, const char *name)
{
  if (names->count < NAMES_MOST)
    names->at[names->count++] = name;
}

/* "there is no kernel 'm'; did you mean 'mc'? (kernels: mc, bbp-hex)" */
static int refuse_name(char message[JOB_MESSAGE], const char *what, const char *whose,
                       const char *wrong, const struct names *names)
{
  const char *near = nearest_name(wrong, names->at, names->count);
  int n = snprintf(message, JOB_MESSAGE, "%s%sno %s '%.40s'", whose, *whose ? " has " : "there is ",
                   what, wrong);
  if (near)
    n += snprintf(message + n, (size_t)(JOB_MESSAGE - n), "; did you mean '%s'?", near);
  n += snprintf(message + n, (size_t)(JOB_MESSAGE - n), near ? " (accepted: " : "; accepted: ");
  for (size_t i = 0; i < names->count && n < JOB_MESSAGE - 64; i++)
    n += snprintf(message + n, (size_t)(JOB_MESSAGE - n), "%s%.40s", i ? ", " : "", names->at[i]);
  if (near)
    snprintf(message + n, (size_t)(JOB_MESSAGE - n), ")");
  return -EINVAL;
}

const struct kernel *kernel_find(const char *name)
{
  for (size_t i = 0; kernels[i]; i++)
    if (strcmp(kernels[i]->name, name) == 0)
      return kernels[i];
  return NULL;
}

bool variant_runs_here(const struct variant *variant)
{
  return (variant->needs & ~cpu_features()) == 0;
}

/* The fastest of what nobody has set.  A variant stays while its method does. */
static void settle(struct job *job)
{
  const struct method *before = job->method;
  if (job->kernel->choose)
    job->kernel->choose(job);
  if (job->method != before || !job->variant)
    job->variant = variant_pick(job->method, job->level);
}

struct job job_default(const struct kernel *kernel)
{
  struct job job = {.kernel = kernel, .method = kernel->methods, .seed = 1, .level = ISA_HIGHEST};
  for (size_t i = 0; kernel->parameters[i].name; i++) {
    const struct parameter *parameter = &kernel->parameters[i];
    job.values[i] = parameter->is_size ? 0 : parameter->fallback;
    if (parameter->kind == PARAMETER_LIST)
      memcpy(job.list, parameter->fallback_list, parameter->fallback * sizeof *job.list);
  }
  settle(&job);
  return job;
}

int job_size_index(const struct job *job)
{
  for (int i = 0; job->kernel->parameters[i].name; i++)
    if (job->kernel->parameters[i].is_size)
      return i;
  return -1;
}

void job_size_set(struct job *job, uint64_t size)
{
  int index = job_size_index(job);
  job->values[index] = size;
  settle(job);
}

void job_method_set(struct job *job, const struct method *method)
{
  job->method = method;
  job->given |= JOB_METHOD;
  job->variant = NULL;
  settle(job);
}

static int set_method(struct job *job, const char *text, char message[JOB_MESSAGE])
{
  struct names names = {0};
  for (const struct method *m = job->kernel->methods; m->name; m++) {
    names_add(&names, m->name);
    if (strcmp(m->name, text) == 0) {
      job_method_set(job, m);
      return 0;
    }
  }
  return refuse_name(message, "method", job->kernel->name, text, &names);
}

static int set_count(const struct parameter *parameter, const char *text, uint64_t *ret_value,
                     char message[JOB_MESSAGE])
{
  char low[NUMBER_TEXT], high[NUMBER_TEXT];
  uint64_t value;
  int r = number_parse(text, &value);
  if (r == 0 && value >= parameter->minimum && value <= parameter->maximum) {
    *ret_value = value;
    return 0;
  }
  snprintf(message, JOB_MESSAGE, "%s=%.40s is %s; accepted: a whole number from %s to %s",
           parameter->name, text,
           r != -EINVAL        ? "out of range"
           : strchr(text, '=') ? "not a whole number (',' stands between parameters)"
                               : "not a whole number",
           number_text(parameter->minimum, low), number_text(parameter->maximum, high));
  return -EINVAL;
}

/* Numbers joined by '+'.  Where one is missing the whole is shown. */
static int set_list(const struct parameter *parameter, const char *text, uint64_t list[LIST_MOST],
                    uint64_t *ret_count, char message[JOB_MESSAGE])
{
  char *copy = strdup(text), *rest = copy, *number;
  uint64_t count = 0;
  int r = copy ? 0 : -ENOMEM;
  snprintf(message, JOB_MESSAGE, "%s", copy ? "" : "out of memory");
  while (r == 0 && (number = strsep(&rest, "+"))) {
    if (count == LIST_MOST) {
      snprintf(message, JOB_MESSAGE, "%s=%.40s has more than %d numbers", parameter->name, text,
               LIST_MOST);
      r = -EINVAL;
    } else if (*number == '\0' && *text) {
      snprintf(message, JOB_MESSAGE,
               "%s=%.40s lacks a number beside a +; accepted: 1 to %d numbers, joined by +",
               parameter->name, text, LIST_MOST);
      r = -EINVAL;
    } else {
      r = set_count(parameter, number, &list[count++], message);
    }
  }
  free(copy);
  if (r == 0)
    *ret_count = count;
  return r;
}

static int set_choice(const struct parameter *parameter, const char *text, uint64_t *ret_value,
                      char message[JOB_MESSAGE])
{
  struct names names = {0};
  for (uint64_t i = 0; parameter->choices[i]; i++) {
    names_add(&names, parameter->choices[i]);
    if (strcmp(parameter->choices[i], text) == 0) {
      *ret_value = i;
      return 0;
    }
  }
  return refuse_name(message, "value", parameter->name, text, &names);
}

static int set_parameter(struct job *job, unsigned i, const char *text, char message[JOB_MESSAGE])
{
  const struct parameter *parameter = &job->kernel->parameters[i];
  switch (parameter->kind) {
  case PARAMETER_LIST:
    return set_list(parameter, text, job->list, &job->values[i], message);
  case PARAMETER_CHOICE:
    return set_choice(parameter, text, &job->values[i], message);
  default:
    return set_count(parameter, text, &job->values[i], message);
  }
}

int job_set(struct job *job, const char *key, const char *text, char message[JOB_MESSAGE])
{
  struct names names = {0};
  if (strcmp(key, "method") == 0)
    return set_method(job, text, message);
  for (unsigned i = 0; job->kernel->parameters[i].name; i++) {
    names_add(&names, job->kernel->parameters[i].name);
    if (strcmp(job->kernel->parameters[i].name, key) != 0)
      continue;
    int r = set_parameter(job, i, text, message);
    if (r == 0) {
      job->given |= UINT32_C(1) << i;
      settle(job);
    }
    return r;
  }
  names_add(&names, "method");
  return refuse_name(message, "parameter", job->kernel->name, key, &names);
}

/* Whether a key stands among the pairs before this one, which set_pair() has cut at their '='. */
static bool is_repeated(const char *pairs, const char *key)
{
  for (const char *pair = pairs; pair < key; pair += strlen(pair) + 1, pair += strlen(pair) + 1)
    if (strcmp(pair, key) == 0)
      return true;
  return false;
}

static int set_pair(struct job *job, const char *pairs, char *pair, char message[JOB_MESSAGE])
{
  char *value = strchr(pair, '=');
  if (!value || value == pair) {
    snprintf(message, JOB_MESSAGE,
             "'%.40s' is not key=value; see 'pibench list' for the keys of %s", pair,
             job->kernel->name);
    return -EINVAL;
  }
  *value++ = '\0';
  if (is_repeated(pairs, pair)) {
    snprintf(message, JOB_MESSAGE, "%s is given twice for %s", pair, job->kernel->name);
    return -EINVAL;
  }
  return job_set(job, pair, value, message);
}

/* What was meant by a list of kernels with commas, or by a parameter without its kernel. */
static int refuse_kernel(const char *text, char message[JOB_MESSAGE])
{
  struct names names = {0};
  char first[32];
  snprintf(first, sizeof first, "%.*s", (int)strcspn(text, ","), text);
  if (kernel_find(first))
    snprintf(message, JOB_MESSAGE,
             "'%.40s': a blank stands between kernels, and ':' before parameters: "
             "KERNEL:key=value,key=value",
             text);
  else if (strchr(text, '='))
    snprintf(message, JOB_MESSAGE,
             "'%.40s' stands alone: parameters follow their kernel: KERNEL:key=value,key=value",
             text);
  else {
    for (size_t i = 0; kernels[i]; i++)
      names_add(&names, kernels[i]->name);
    refuse_name(message, "kernel", "", text, &names);
  }
  return -EINVAL;
}

int job_parse(const char *text, struct job *ret_job, char message[JOB_MESSAGE])
{
  char *copy = strdup(text);
  if (!copy) {
    snprintf(message, JOB_MESSAGE, "out of memory");
    return -EINVAL;
  }
  char *pairs = strchr(copy, ':');
  if (pairs)
    *pairs++ = '\0';
  const struct kernel *kernel = kernel_find(copy);
  int r = 0;
  if (kernel) {
    struct job job = job_default(kernel);
    char *rest = pairs;
    while (r == 0 && rest)
      r = set_pair(&job, pairs, strsep(&rest, ","), message);
    if (r == 0)
      *ret_job = job;
  } else {
    r = refuse_kernel(copy, message);
  }
  free(copy);
  return r;
}

int job_cap_isa(struct job *job, const char *isa, char message[JOB_MESSAGE])
{
  struct names names = {0};
  int level = isa_level(isa);
  if (level < 0) {
    for (int i = 0; isa_level_names[i]; i++)
      names_add(&names, isa_level_names[i]);
    return refuse_name(message, "level", "--isa", isa, &names);
  }
  uint32_t features = cpu_features();
  for (unsigned i = 0; cpu_feature_names[i]; i++)
    if (strcmp(cpu_feature_names[i], isa) == 0 && !(features >> i & 1)) {
      snprintf(message, JOB_MESSAGE, "--isa %s: this CPU does not have it; see 'pibench list'",
               isa);
      return -ENOTSUP;
    }
  job->level = level;
  job->variant = NULL;
  settle(job);
  return 0;
}

static size_t name_append(char name[JOB_NAME], size_t used, char separator, const char *key,
                          const char *value)
{
  int n = snprintf(name + used, JOB_NAME - used, "%c%s=%s", separator, key, value);
  return used + (size_t)n < JOB_NAME ? used + (size_t)n : JOB_NAME - 1;
}

const char *job_value_text(const struct job *job, unsigned index, char text[JOB_VALUE])
{
  const struct parameter *parameter = &job->kernel->parameters[index];
  char number[NUMBER_TEXT];
  size_t used = 0;
  text[0] = '\0';
  if (parameter->kind == PARAMETER_CHOICE)
    snprintf(text, JOB_VALUE, "%s", parameter->choices[job->values[index]]);
  else if (parameter->kind == PARAMETER_COUNT)
    snprintf(text, JOB_VALUE, "%s", number_text(job->values[index], number));
  else
    for (uint64_t i = 0; i < job->values[index] && used < JOB_VALUE; i++)
      used += (size_t)snprintf(text + used, JOB_VALUE - used, "%s%s", i ? "+" : "",
                               number_text(job->list[i], number));
  return text;
}

static bool is_default(const struct job *job, unsigned index)
{
  const struct parameter *parameter = &job->kernel->parameters[index];
  if (parameter->is_size || parameter->is_chosen || job->values[index] != parameter->fallback)
    return false;
  return parameter->kind != PARAMETER_LIST
         || memcmp(job->list, parameter->fallback_list, parameter->fallback * sizeof *job->list)
                == 0;
}

const char *job_name(const struct job *job, char name[JOB_NAME])
{
  size_t used = (size_t)snprintf(name, JOB_NAME, "%s", job->kernel->name);
  char separator = ':', value[JOB_VALUE];
  for (unsigned i = 0; job->kernel->parameters[i].name; i++) {
    if (is_default(job, i))
      continue;
    used = name_append(name, used, separator, job->kernel->parameters[i].name,
                       job_value_text(job, i, value));
    separator = ',';
  }
  if (job->kernel->choose || job->method != job->kernel->methods)
    name_append(name, used, separator, "method", job->method->name);
  return name;
}
