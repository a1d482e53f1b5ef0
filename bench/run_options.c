/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_options.c: what pibench run can be asked. */

#include "run_options.h"

#include <string.h>

#include "cluster.h"
#include "command.h"
#include "number.h"

static const char *const default_suite[] = {"mc", "bbp-hex", "hex-primes", NULL};

/* The workloads of a class on multiprocessing: pools of unequal tasks, and the points of its text.
 */
static const char *const classroom_suite[] = {"approximations", "algorithms",
                                              "mc:points=1e8,method=plain", NULL};

static const char *const suite_names[] = {"default", "classroom", NULL};
const struct suite run_suites[] = {{"default", default_suite}, {"classroom", classroom_suite}};

static const char *const profile_names[] = {"standard", "quick", "full", NULL};
const struct profile run_profiles[] = {
    {"standard", 0, 120, 0.03},
    {"quick", 10, 0, 0.03},
    {"full", 0, 1200, 0.01},
};

enum {
  KEY_SUITE = 0x200,
  KEY_PROFILE,
  KEY_ROUNDS,
  KEY_PRECISION,
  KEY_MAX_TIME,
  KEY_LABEL,
  KEY_FORMAT,
  KEY_BACKEND,
  KEY_SERIAL_FRACTION,
  KEY_INJECT,
  KEY_SCALING,
  KEY_SWEEP,
  KEY_SUSTAIN,
  KEY_EXPLAIN,
  KEY_NO_COLOR
};

static const struct argp_option run_option_table[] = {
    {"suite", KEY_SUITE, "NAME", 0, "What to run when no kernel is named: default, classroom", 0},
    {"profile", KEY_PROFILE, "NAME", 0,
     "quick (10 rounds), standard (to 3 %, at most 2 min; default), full (to 1 %, at most 20 min)",
     0},
    {"rounds", KEY_ROUNDS, "N", 0, "So many rounds; disturbed ones are made up for", 0},
    {"precision", KEY_PRECISION, "P", 0,
     "Stop when the speedup is known within P, such as 2% or 0.02", 0},
    {"max-time", KEY_MAX_TIME, "TIME", 0, "For all benchmarks together: 90, 90s, 10m", 0},
    {"backend", KEY_BACKEND, "LIST", 0,
     "What workers are: process (default), thread, process,thread side by side; mpi (under mpirun)",
     0},
    {"serial-fraction", KEY_SERIAL_FRACTION, "P", 0,
     "Leave this part of the work, such as 20%, to one worker, on purpose", 0},
    {"inject", KEY_INJECT, "P", 0,
     "Make every worker's computation longer by P, such as 5%, on purpose: tests of gates", 0},
    {"scaling", KEY_SCALING, "HOW", 0,
     "strong (default): the same work for any number of workers; weak: so much for each", 0},
    {"sweep", KEY_SWEEP, "KEY=FROM:TO[:STEPS]", 0,
     "One kernel at sizes from FROM to TO, so many per decade (1): how time grows", 0},
    {"sustain", KEY_SUSTAIN, "TIME", 0,
     "One kernel by the most workers for so long: burst against sustained rate", 0},
    {"explain", KEY_EXPLAIN, NULL, 0, "What every loss of efficiency means, in sentences", 0},
    {"label", KEY_LABEL, "TEXT", 0, "A name of this machine or run, kept in results", 0},
    {"output", 'o', "FILE", 0,
     "Where the result JSON goes: a file, a directory, or - for stdout alone", 0},
    {"format", KEY_FORMAT, "FORM", 0, "What stdout shows: table (default) or json", 0},
    {"quiet", 'q', NULL, 0, "No progress and no notes on stderr", 0},
    {"verbose", 'v', NULL, 0, "More columns, and where the efficiency went", 0},
    {"no-color", KEY_NO_COLOR, NULL, 0, "Plain text on terminals, too (as NO_COLOR does)", 0},
    {0}};

static const struct kept_option run_kept[] = {
    KEEP(KEY_SWEEP, struct run_options, sweep),
    KEEP(KEY_EXPLAIN, struct run_options, explain),
    KEEP(KEY_LABEL, struct run_options, label),
    KEEP('o', struct run_options, output),
    KEEP('q', struct run_options, quiet),
    KEEP('v', struct run_options, verbose),
    KEEP(KEY_NO_COLOR, struct run_options, no_color),
    {0},
};

/* When all is read. */
static void choose_suite(struct run_options *options)
{
  if (options->suite && options->job_count)
    usage_error("--suite %s runs its own kernels: name none (here: %.60s), or leave it out",
                options->suite->name, options->jobs[0]);
  if (!options->suite)
    options->suite = run_suites;
}

static void set_rounds(struct run_options *options, const char *given)
{
  if (number_parse(given, &options->rounds) < 0 || options->rounds < 1 || options->rounds > 10000)
    usage_error("--rounds '%.40s' is not a whole number from 1 to 10000", given);
}

/* A list of one or both. */
static void set_backends(struct run_options *options, const char *given)
{
  const char *at = given;
  memset(options->backends, 0, sizeof options->backends);
  do {
    size_t length = strcspn(at, ",");
    enum backend backend = 0;
    while (backend < BACKENDS
           && (strlen(backend_name(backend)) != length
               || strncmp(backend_name(backend), at, length) != 0))
      backend++;
    if (backend == BACKENDS)
      usage_error("--backend '%.40s' is not known; accepted: process, thread, process,thread, mpi",
                  given);
    options->backends[backend] = true;
    at += length + (at[length] == ',');
  } while (*at);
  bool local = options->backends[BACKEND_PROCESS] || options->backends[BACKEND_THREAD];
  if (options->backends[BACKEND_MPI] && local)
    usage_error("--backend mpi stands alone: ranks cannot be compared with processes in one run");
  if (options->backends[BACKEND_MPI] && !cluster_insist())
    usage_error("--backend mpi: no launcher started this: mpirun -n N pibench run ...");
  if (local && cluster_is_up())
    usage_error("--backend %s: a launcher started %u ranks, and they are the workers; start one "
                "pibench for processes or threads",
                given, cluster_ranks());
}

static void add_job(struct run_options *options, const char *given)
{
  if (options->job_count == JOBS_MOST)
    usage_error("more than %d benchmarks in one run", JOBS_MOST);
  options->jobs[options->job_count++] = given;
}

static error_t run_option(int key, char *given, struct argp_state *state)
{
  static const char *const scalings[] = {"strong", "weak", NULL};
  static const char *const formats[] = {"table", "json", NULL};
  struct run_options *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->team;
    return 0;
  case ARGP_KEY_END:
    choose_suite(options);
    return 0;
  case KEY_SUITE:
    options->suite = &run_suites[options_choose("--suite", given, suite_names)];
    return 0;
  case KEY_PROFILE:
    options->profile = &run_profiles[options_choose("--profile", given, profile_names)];
    return 0;
  case KEY_ROUNDS:
    set_rounds(options, given);
    return 0;
  case KEY_PRECISION:
    if (number_parse_fraction(given, &options->precision) < 0)
      usage_error("--precision '%.40s' is not a part above 0 and up to 1, such as 2%% or 0.02",
                  given);
    return 0;
  case KEY_MAX_TIME:
    options_seconds("--max-time", given, &options->max_s);
    return 0;
  case KEY_BACKEND:
    set_backends(options, given);
    return 0;
  case KEY_SERIAL_FRACTION:
    if (number_parse_fraction(given, &options->serial_fraction) < 0)
      usage_error("--serial-fraction '%.40s' is not a part such as 20%% or 0.2", given);
    return 0;
  case KEY_INJECT:
    options_part("--inject", given, &options->slowdown);
    return 0;
  case KEY_SCALING:
    options->weak = options_choose("--scaling", given, scalings) > 0;
    return 0;
  case KEY_FORMAT:
    options->json = options_choose("--format", given, formats) > 0;
    return 0;
  case KEY_SUSTAIN:
    options_seconds("--sustain", given, &options->sustain_s);
    options->sustain = given;
    return 0;
  case ARGP_KEY_ARG:
    add_job(options, given);
    return 0;
  default:
    return options_keep(run_kept, key, given, options);
  }
}

static const struct argp_child run_children[] = {{&team_argp, 0, "Workers:", 1}, {0}};

const struct argp run_argp = {
    .options = run_option_table,
    .parser = run_option,
    .args_doc = "[KERNEL[:key=value,...]]...",
    .doc =
        "Measures kernels serially and with growing numbers of pinned worker processes, prints a "
        "speedup table for each and writes a result file.\v"
        "Without a kernel the default suite runs. 'pibench list' tells the kernels and their "
        "parameters. Without a size one is chosen for this machine. Without -o results go to "
        "$XDG_STATE_HOME/pibench/ (~/.local/state/pibench/).",
    .children = run_children,
};
