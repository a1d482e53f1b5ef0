/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_list.c: pibench list: what can be run. */

#include <string.h>

#include "command.h"
#include "number.h"
#include "options.h"

static const struct argp list_argp = {
    .doc = "Kernels, their parameters, methods and variants, and which of these this CPU can run."};

static void print_parameter(const struct parameter *parameter)
{
  char low[NUMBER_TEXT], high[NUMBER_TEXT];
  char fallback[NUMBER_TEXT];
  printf("  %-10s %s; ", parameter->name, parameter->help);
  if (parameter->kind == PARAMETER_CHOICE) {
    for (unsigned i = 0; parameter->choices[i]; i++)
      printf("%s%s%s", i ? ", " : "", parameter->choices[i],
             i == parameter->fallback ? " (default)" : "");
    putchar('\n');
    return;
  }
  printf("%s to %s; %s%s\n", number_text(parameter->minimum, low),
         number_text(parameter->maximum, high),
         parameter->is_size ? "without it a size is chosen for this machine" : "default ",
         parameter->is_size ? "" : number_text(parameter->fallback, fallback));
}

static void print_method(const struct kernel *kernel, const struct method *method)
{
  printf("  %-10s %s%s: %s\n             variants:", method == kernel->methods ? "method" : "",
         method->name, method == kernel->methods ? " (default)" : "", method->summary);
  for (const struct variant *v = method->variants; v->name; v++)
    printf("%s %s%s", v == method->variants ? "" : ",", v->name,
           variant_runs_here(v) ? "" : " (not on this CPU)");
  putchar('\n');
}

int cmd_list(int argc, char **argv)
{
  options_parse(&list_argp, argc, argv, NULL);
  for (size_t i = 0; kernels[i]; i++) {
    const struct kernel *kernel = kernels[i];
    printf("%s%s: %s\n", i ? "\n" : "", kernel->name, kernel->summary);
    for (const struct parameter *p = kernel->parameters; p->name; p++)
      print_parameter(p);
    for (const struct method *m = kernel->methods; m->name; m++)
      print_method(kernel, m);
  }
  printf("\nUse: pibench run KERNEL:key=value,...   for example pibench run mc:points=1e9\n");
  return EXIT_FINE;
}
