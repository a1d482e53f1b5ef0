/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c: from a subcommand's name to its function. */

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "command.h"
#include "interrupt.h"
#include "job.h"
#include "nearest.h"
#include "version.h"

static const struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} commands[] = {
    {"run", cmd_run, "measure: speedup tables and a result file"},
    {"ab", cmd_ab, "is one build slower than another? run in turn, with a verdict"},
    {"compare", cmd_compare, "result files against result files, with verdicts"},
    {"export", cmd_export, "a result as CSV, Markdown, Google Benchmark, JUnit"},
    {"history", cmd_history, "results over time, per machine and benchmark"},
    {"list", cmd_list, "kernels, their parameters, methods and variants"},
    {"pi", cmd_pi, "compute, do not measure: hex digits or an estimate"},
    {"verify", cmd_verify, "every kernel against known values and against itself"},
    {"topology", cmd_topology, "the CPUs we may use, in the order in which workers take them"},
    {"report", cmd_report, "one HTML page of one or more result files"},
    {"learn", cmd_learn, "lessons on speedup, each a small experiment run here"},
    {"doctor", cmd_doctor, "can this machine measure, and what to do about it"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *to)
{
  fputs("Usage: pibench COMMAND [OPTION...] [ARGUMENT...]\n"
        "How fast does this machine compute pi, and how well does it scale?\n\n",
        to);
  for (int i = 0; i < COMMANDS; i++)
    fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
  fputs("\nStart with 'pibench run'. 'pibench COMMAND --help' tells more, the manual page\n"
        "pibench(1) all of it, 'pibench --version' which one this is.\n",
        to);
}

static int unknown(const char *name)
{
  const char *names[COMMANDS];
  for (int i = 0; i < COMMANDS; i++)
    names[i] = commands[i].name;
  const char *near = nearest_name(name, names, COMMANDS);
  char kernel[32];
  snprintf(kernel, sizeof kernel, "%.*s", (int)strcspn(name, ":"), name);
  if (kernel_find(kernel))
    say("%s is a kernel, not a command: pibench run %.60s", kernel, name);
  else if (*name == '-')
    say("options stand behind a command, such as: pibench run %.40s (see pibench --help)", name);
  else if (near)
    say("there is no command '%.40s'; did you mean '%s'? (see pibench --help)", name, near);
  else
    say("there is no command '%.40s' (see pibench --help)", name);
  return EXIT_USAGE;
}

static bool is_one_of(const char *given, const char *word, const char *option, const char *letter)
{
  return strcmp(given, word) == 0 || strcmp(given, option) == 0 || strcmp(given, letter) == 0;
}

/* arguments[0] is the command's name, and becomes what it is called in its help. */
static int run_command(int count, char **arguments)
{
  for (int i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i].name, arguments[0]) == 0) {
      char name[32];
      snprintf(name, sizeof name, "pibench %s", commands[i].name);
      arguments[0] = name;
      return commands[i].run(count, arguments);
    }
  return unknown(arguments[0]);
}

static int help(int argc, char **argv)
{
  if (argc > 2)
    return run_command(2, (char *[]){argv[2], (char[]){"--help"}, NULL});
  print_help(stdout);
  return EXIT_FINE;
}

static int dispatch(int argc, char **argv)
{
  if (argc < 2) {
    print_help(stderr);
    return EXIT_USAGE;
  }
  if (is_one_of(argv[1], "help", "--help", "-h"))
    return help(argc, argv);
  if (is_one_of(argv[1], "version", "--version", "-V")) {
    printf("pibench %s%s%s\n", PIBENCH_VERSION, *PIBENCH_COMMIT ? " " : "", PIBENCH_COMMIT);
    return EXIT_FINE;
  }
  return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
  setlocale(LC_CTYPE, "");  /* numbers stay in the C locale */
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error message, not a silent death, */
  signal(SIGXFSZ, SIG_IGN); /* and so is a file above the limit (ulimit -f) */
  char message[CLUSTER_MESSAGE];
  if (cluster_start(message) < 0) {
    if (*message)
      say("%s", message);
    return EXIT_REFUSED;
  }
  if (cluster_follows())
    return cluster_follow();
  int code = close_stdout(dispatch(argc, argv));
  cluster_stop(interrupt_signal() ? EXIT_SIGNAL + interrupt_signal() : code);
  interrupt_raise();
  return code;
}
