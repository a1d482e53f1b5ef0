/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_list.c: pibench list: what can be run. */

#include <string.h>

#include "command.h"
#include "grid.h"
#include "number.h"
#include "options.h"

static const struct argp list_argp = {
    .doc = "Kernels, their parameters, methods and variants, and which of these this CPU can run."};

static void print_parameter(const struct job *defaults, unsigned index)
{
  const struct parameter *parameter = &defaults->kernel->parameters[index];
  char low[NUMBER_TEXT], high[NUMBER_TEXT], fallback[JOB_VALUE];
  printf("  %-11s %s; ", parameter->name, parameter->help);
  if (parameter->kind == PARAMETER_CHOICE) {
    for (unsigned i = 0; parameter->choices[i]; i++)
      printf("%s%s%s", i ? ", " : "", parameter->choices[i],
             i == parameter->fallback && !parameter->is_chosen ? " (default)" : "");
    puts(parameter->is_chosen ? ";\n              default: the faster one for the size" : "");
    return;
  }
  printf("%s to %s", number_text(parameter->minimum, low), number_text(parameter->maximum, high));
  if (parameter->kind == PARAMETER_LIST)
    printf(";\n              up to %d joined by +", LIST_MOST);
  if (parameter->is_size)
    puts(";\n              without it a size is chosen for this machine");
  else
    printf("; default %s\n", job_value_text(defaults, index, fallback));
}

static void print_method(const struct kernel *kernel, const struct method *method)
{
  bool first = method == kernel->methods;
  const char *mark = kernel->choose ? "" : " (default)";
  printf("  %-11s %s%s\n                %s\n                variants:", first ? "method" : "",
         method->name, first ? mark : "", method->summary);
  for (const struct variant *v = method->variants; v->name; v++)
    printf("%s %s%s", v == method->variants ? "" : ",", v->name,
           variant_runs_here(v) ? "" : " (not here)");
  putchar('\n');
}

/* What is taken at each power of ten, where that depends on the size: one line for each change. */
static void print_choices(const struct job *defaults)
{
  struct job job = *defaults;
  const struct parameter *size = &job.kernel->parameters[job_size_index(&job)];
  char before[JOB_NAME] = "", name[JOB_NAME], value[NUMBER_TEXT];
  puts("  The default method is the fastest for the size, here:");
  for (uint64_t n = size->minimum; n <= size->maximum / 10; n *= 10) {
    job_size_set(&job, n);
    job_name(&job, name);
    const char *chosen = strchr(name, ',') ? strchr(name, ',') + 1 : "";
    if (strcmp(chosen, before) != 0)
      printf("    from %s=%s: %s (%s)\n", size->name, number_text(n, value), chosen,
             job.variant->name);
    snprintf(before, sizeof before, "%s", chosen);
  }
}

int cmd_list(int argc, char **argv)
{
  options_parse(&list_argp, argc, argv, NULL);
  for (size_t i = 0; kernels[i]; i++) {
    const struct kernel *kernel = kernels[i];
    char title[256];
    snprintf(title, sizeof title, "%s: %s", kernel->name, kernel->summary);
    fputs(i ? "\n" : "", stdout);
    print_wrapped(title, stdout);
    struct job defaults = job_default(kernel);
    for (unsigned p = 0; kernel->parameters[p].name; p++)
      print_parameter(&defaults, p);
    for (const struct method *m = kernel->methods; m->name; m++)
      print_method(kernel, m);
    if (kernel->choose)
      print_choices(&defaults);
  }
  puts("\nUse: pibench run KERNEL:key=value,...   for example pibench run mc:points=1e9\n"
       "A size that is chosen is the smallest power of ten that lasts 10 ms here.");
  return EXIT_FINE;
}
