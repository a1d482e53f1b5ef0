/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_options.c: what pibench ab can be asked. */

#include "ab_options.h"

#include <string.h>

#include "command.h"
#include "number.h"

enum {
  KEY_THRESHOLD = 0x400,
  KEY_BLOCKS,
  KEY_INJECT,
  KEY_ON_INCONCLUSIVE,
  KEY_ENV_OLD,
  KEY_ENV_NEW,
  KEY_COMMAND,
  KEY_INSTRUCTIONS,
  KEY_MAX_TIME,
  KEY_TIMEOUT,
  KEY_SEED
};

static const struct argp_option ab_option_table[] = {
    {"threshold", KEY_THRESHOLD, "P", 0, "What counts as slower, such as 5% (default) or 0.05", 0},
    {"blocks", KEY_BLOCKS, "N", 0,
     "Blocks of four runs that decide, and as many to confirm; 6 or more (default 20)", 0},
    {"inject", KEY_INJECT, "P", 0, "Slow the new side down by P, such as 5%, on purpose", 0},
    {"on-inconclusive", KEY_ON_INCONCLUSIVE, "WHAT", 0,
     "fail (default): exit 4 where a comparison cannot tell; warn: exit 0", 0},
    {"env-old", KEY_ENV_OLD, "KEY=VALUE", 0, "Environment of the old side; may be repeated", 0},
    {"env-new", KEY_ENV_NEW, "KEY=VALUE", 0, "Environment of the new side; may be repeated", 0},
    {"command", KEY_COMMAND, NULL, 0,
     "OLD and NEW are command lines of any programs; whole processes are timed", 0},
    {"instructions", KEY_INSTRUCTIONS, NULL, 0,
     "Count instructions under valgrind as well, and compare at 1 %", 0},
    {"workers", 'w', "LIST", 0,
     "Worker counts beside the serial run (default: all CPUs); of a command its CPUs (default 1)",
     0},
    {"max-time", KEY_MAX_TIME, "TIME", 0,
     "For the blocks that decide: fewer blocks where it would not do (default 10m)", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "Give up on a run after this time: 90, 90s, 10m", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the order of runs (default 1)", 0},
    {"output", 'o', "FILE", 0,
     "Where the result JSON goes: a file, a directory, or - for stdout alone", 0},
    {"quiet", 'q', NULL, 0, "No progress and no notes on stderr", 0},
    {0}};

static const struct kept_option ab_kept[] = {
    KEEP(KEY_COMMAND, struct ab_options, commands),
    KEEP(KEY_INSTRUCTIONS, struct ab_options, instructions),
    KEEP('w', struct ab_options, workers),
    KEEP('o', struct ab_options, output),
    KEEP('q', struct ab_options, quiet),
    {0},
};

static void add_environment(struct ab_options *options, enum ab_side side, const char *given)
{
  const char **list = options->environment[side];
  size_t n = 0;
  while (list[n])
    n++;
  if (!strchr(given, '=') || *given == '=')
    usage_error("--env-%s '%.60s' is not KEY=VALUE", side == AB_OLD ? "old" : "new", given);
  if (n == AB_ENVIRONMENT_MOST)
    usage_error("more than %d variables for one side", AB_ENVIRONMENT_MOST);
  list[n] = given;
}

static void add_side(struct ab_options *options, const char *given)
{
  if (!options->program[AB_OLD])
    options->program[AB_OLD] = given;
  else if (!options->program[AB_NEW])
    options->program[AB_NEW] = given;
  else
    usage_error("'%.40s' is too much: ab takes OLD and NEW; arguments of pibench run go behind --",
                given);
}

static error_t ab_option(int key, char *given, struct argp_state *state)
{
  struct ab_options *options = state->input;
  switch (key) {
  case KEY_THRESHOLD:
    options_part("--threshold", given, &options->threshold);
    return 0;
  case KEY_BLOCKS:
    if (number_parse(given, &options->blocks) < 0 || options->blocks < AB_BLOCKS_SAME
        || options->blocks > 1000)
      usage_error("--blocks '%.40s' is not a whole number from 6 to 1000", given);
    return 0;
  case KEY_INJECT:
    options_part("--inject", given, &options->inject);
    options->inject_text = given;
    return 0;
  case KEY_ON_INCONCLUSIVE:
    options->warn_on_inconclusive = options_warn_on_inconclusive(given);
    return 0;
  case KEY_ENV_OLD:
  case KEY_ENV_NEW:
    add_environment(options, key == KEY_ENV_OLD ? AB_OLD : AB_NEW, given);
    return 0;
  case KEY_MAX_TIME:
    options_seconds("--max-time", given, &options->max_s);
    return 0;
  case KEY_TIMEOUT:
    options_seconds("--timeout", given, &options->timeout_s);
    return 0;
  case KEY_SEED:
    options_seed(given, &options->seed);
    return 0;
  case ARGP_KEY_ARG:
    add_side(options, given);
    return 0;
  default:
    return options_keep(ab_kept, key, given, options);
  }
}

static const struct argp ab_argp = {
    .options = ab_option_table,
    .parser = ab_option,
    .args_doc = "OLD [NEW] [-- ARGUMENTS OF pibench run]",
    .doc =
        "Is NEW slower than OLD? Runs two builds of pibench (or one build in two environments, or "
        "any two programs) in turn, in shuffled blocks OLD NEW NEW OLD, and compares block by "
        "block: pass, improved, regressed or inconclusive.\v"
        "Without NEW both sides are OLD: with --env-old, --env-new or --inject. Exit code: 0 pass, "
        "3 regressed, 4 inconclusive, 5 wrong digits, 7 nothing compared.",
};

/* What the blocks settle themselves. */
static void check_run_options(const struct run_options *run)
{
  const char *refused = run->sustain                   ? "--sustain"
                        : run->sweep                   ? "--sweep"
                        : run->output                  ? "--output"
                        : run->json                    ? "--format"
                        : run->slowdown > 0            ? "--inject (put it before --)"
                        : run->precision > 0           ? "--precision"
                        : run->max_s > 0               ? "--max-time (put it before --)"
                        : run->profile != run_profiles ? "--profile"
                                                       : NULL;
  if (refused)
    usage_error("ab runs 'pibench run' in blocks of its own: not with %s", refused);
  if (run->rounds > 16)
    usage_error("--rounds behind -- are those of one run of a block: from 1 to 16");
}

static void check(struct ab_options *options)
{
  bool same =
      options->inject > 0 || options->environment[AB_OLD][0] || options->environment[AB_NEW][0];
  if (!options->program[AB_OLD])
    usage_error("ab compares two builds: pibench ab OLD NEW (see --help)");
  if (!options->program[AB_NEW] && !same)
    usage_error("ab needs a NEW beside OLD '%.60s', or --env-old, --env-new or --inject",
                options->program[AB_OLD]);
  if (!options->program[AB_NEW])
    options->program[AB_NEW] = options->program[AB_OLD];
  if (options->commands && options->arguments[0])
    usage_error("--command: arguments belong into the command lines, not behind --");
  if (options->commands && options->instructions)
    usage_error("--instructions counts those of pibench's kernels: not with --command");
  if (options->workers && options->run.team.workers)
    usage_error("--workers is given twice, before and behind --");
}

/* What stands behind -- is for pibench run.  Returns how many arguments stand before it. */
static int take_arguments(int argc, char **argv, struct ab_options *options)
{
  int own = 1;
  while (own < argc && strcmp(argv[own], "--") != 0)
    own++;
  if (argc - own > AB_ARGUMENTS_MOST)
    usage_error("more than %d arguments behind --", AB_ARGUMENTS_MOST - 1);
  for (int i = own + 1; i < argc; i++)
    options->arguments[i - own - 1] = argv[i];
  return own;
}

void ab_options_read(int argc, char **argv, struct ab_options *ret_options)
{
  static char run_name[] = "pibench run";
  char *run_argv[AB_ARGUMENTS_MOST + 2] = {run_name};
  int run_argc = 1;
  *ret_options = (struct ab_options){
      .threshold = 0.05,
      .blocks = 20,
      .max_s = 600,
      .seed = 1,
      .run = {.team = team_options_default, .profile = run_profiles},
  };
  int own = take_arguments(argc, argv, ret_options);
  argv[own] = NULL;
  options_parse(&ab_argp, own, argv, ret_options);
  for (; ret_options->arguments[run_argc - 1]; run_argc++)
    run_argv[run_argc] = (char *)ret_options->arguments[run_argc - 1];
  options_parse(&run_argp, run_argc, run_argv, &ret_options->run);
  check_run_options(&ret_options->run);
  check(ret_options);
}
