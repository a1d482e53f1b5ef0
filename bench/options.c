/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c: the options that several subcommands share, and the one way to read a command line. */

#include "options.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "nearest.h"
#include "number.h"

const struct team_options team_options_default = {.schedule = -1, .seed = 1};

/* --- Reading a command line --- */

enum { OPTIONS_MOST = 64 };

struct known_options {
  const char *names[OPTIONS_MOST];
  size_t count;
  char with_value[OPTIONS_MOST + 1], without_value[OPTIONS_MOST + 1]; /* letters */
};

static void collect(const struct argp *argp, struct known_options *known)
{
  for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
    if (!o->name || known->count == OPTIONS_MOST)
      continue;
    known->names[known->count++] = o->name;
    char *letters = o->arg ? known->with_value : known->without_value;
    if (o->key > ' ' && o->key <= '~')
      letters[strlen(letters)] = (char)o->key;
  }
  for (const struct argp_child *c = argp->children; c && c->argp; c++)
    collect(c->argp, known);
}

static void long_option_error(const struct known_options *known, const char *given)
{
  size_t length = strcspn(given, "=");
  char name[64];
  unsigned alike = 0;
  snprintf(name, sizeof name, "%.*s", (int)length, given);
  for (size_t i = 0; i < known->count; i++) {
    if (strcmp(known->names[i], name) == 0)
      usage_error(given[length] ? "option --%s takes no value" : "option --%s needs a value", name);
    alike += strncmp(known->names[i], name, length) == 0;
  }
  const char *near = nearest_name(name, known->names, known->count);
  if (alike > 1)
    usage_error("option --%s could mean several; write it out (see --help)", name);
  if (near)
    usage_error("there is no option --%s; did you mean --%s? (see --help)", name, near);
  usage_error("there is no option --%s (see --help)", name);
}

/* Of -abc; returns where nothing is wrong with these. */
static void short_options_check(const struct known_options *known, const char *given)
{
  char letter = given[1 + strspn(given + 1, known->without_value)];
  if (letter && strchr(known->with_value, letter))
    usage_error("option -%c needs a value (see --help)", letter);
  if (letter)
    usage_error("there is no option -%c (see --help)", letter);
}

/* argp keeps quiet about errors here, and therefore about help as well: both are asked of the
 * command's argp from outside, by one around it. */
struct outer {
  void *input; /* the command's */
  int next;    /* on an error: the argument behind the bad option */
};

enum { KEY_HELP = '?', KEY_USAGE = 0x300 };

static error_t outer_option(int key, char *given, struct argp_state *state)
{
  struct outer *outer = state->input;
  (void)given;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = outer->input;
    return 0;
  case KEY_HELP:
  case 'h':
  case KEY_USAGE:
    state->flags &= ~(unsigned)ARGP_NO_ERRS;
    argp_state_help(state, stdout,
                    (key == KEY_USAGE ? ARGP_HELP_USAGE : ARGP_HELP_STD_HELP)
                        & ~(unsigned)ARGP_HELP_EXIT_OK);
    exit(close_stdout(EXIT_FINE));
  case ARGP_KEY_ERROR:
    outer->next = state->next;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* Leaves out argp's remark on arguments of long options. */
static char *help_text(int key, const char *text, void *input)
{
  (void)input;
  return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)text;
}

static error_t stray_argument(int key, char *given, struct argp_state *state)
{
  if (key == ARGP_KEY_ARG)
    usage_error("'%.40s' is too much: %s takes options only (see --help)", given, state->name);
  return ARGP_ERR_UNKNOWN;
}

void options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
  static const struct argp_option help[] = {{"help", KEY_HELP, NULL, 0, "Print this help", -1},
                                            {NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1},
                                            {"usage", KEY_USAGE, NULL, 0, "Print a summary", -1},
                                            {0}};
  static const struct argp stray = {.parser = stray_argument};
  const struct argp_child children[] = {{argp, 0, NULL, 0}, {&stray, 0, NULL, 0}, {0}};
  const struct argp all = {
      .options = help, .parser = outer_option, .children = children, .help_filter = help_text};
  struct known_options known = {0};
  struct outer outer = {.input = input, .next = 1};
  int r = argp_parse(&all, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &outer);
  if (r == 0)
    return;
  if (r != EINVAL)
    usage_error("%s", strerrordesc_np(r));
  collect(&all, &known);
  const char *given = argv[outer.next - 1];
  if (strncmp(given, "--", 2) == 0)
    long_option_error(&known, given + 2);
  if (given[0] == '-')
    short_options_check(&known, given);
  if (outer.next < argc) /* within -abc */
    short_options_check(&known, argv[outer.next]);
  usage_error("there is no option %.40s (see --help)", given);
}

/* --- Values --- */

error_t options_keep(const struct kept_option *table, int key, const char *given, void *input)
{
  while (table->key && table->key != key)
    table++;
  if (!table->key)
    return ARGP_ERR_UNKNOWN;
  if (table->is_flag)
    *(bool *)((char *)input + table->offset) = true;
  else
    *(const char **)((char *)input + table->offset) = given;
  return 0;
}

int options_choose(const char *option, const char *given, const char *const *names)
{
  char accepted[128] = "";
  size_t n = 0, length = 0;
  for (; names[n]; n++) {
    if (strcmp(names[n], given) == 0)
      return (int)n;
    length += (size_t)snprintf(accepted + length, sizeof accepted - length, "%s%s", n ? ", " : "",
                               names[n]);
    assert(length < sizeof accepted);
  }
  const char *near = nearest_name(given, names, n);
  if (near)
    usage_error("%s '%.40s': did you mean '%s'? (accepted: %s)", option, given, near, accepted);
  usage_error("%s '%.40s' is not known; accepted: %s", option, given, accepted);
}

bool options_warn_on_inconclusive(const char *given)
{
  static const char *const names[] = {"fail", "warn", NULL};
  return options_choose("--on-inconclusive", given, names) > 0;
}

void options_seed(const char *given, uint64_t *ret_seed)
{
  if (number_parse(given, ret_seed) < 0)
    usage_error("--seed '%.40s' is not a whole number from 0 to 2^64 - 1", given);
}

void options_seconds(const char *option, const char *given, double *ret_s)
{
  if (number_parse_seconds(given, ret_s) < 0)
    usage_error("%s '%.40s' is not a time above 0, such as 90, 90s or 10m", option, given);
}

void options_part(const char *option, const char *given, double *ret_part)
{
  if (number_parse_fraction(given, ret_part) < 0)
    usage_error("%s '%.40s' is not a part such as 5%% or 0.05", option, given);
}

/* --- Options of teams --- */

enum { KEY_PLACE = 0x100, KEY_PIN, KEY_SCHEDULE, KEY_ISA, KEY_SEED, KEY_TIMEOUT };

static void set_place(struct team_options *options, const char *given)
{
  static const char *const places[] = {[PLACE_CORES] = "cores",
                                       [PLACE_SCATTER] = "scatter",
                                       [PLACE_COMPACT] = "compact",
                                       [PLACE_CPUS] = "cpus=LIST",
                                       NULL};
  options->cpu_list = NULL;
  if (strncmp(given, "cpus=", 5) == 0) {
    options->place = PLACE_CPUS;
    options->cpu_list = given + 5;
  } else {
    options->place = (enum place)options_choose("--place", given, places);
    if (options->place == PLACE_CPUS)
      usage_error("--place cpus=LIST needs CPU numbers, for example cpus=0,2-3");
  }
}

static error_t place_option(int key, char *given, struct argp_state *state)
{
  if (key != KEY_PLACE)
    return ARGP_ERR_UNKNOWN;
  set_place(state->input, given);
  return 0;
}

static error_t team_option(int key, char *given, struct argp_state *state)
{
  static const char *const pins[] = {
      [PIN_AUTO] = "auto", [PIN_REQUIRE] = "require", [PIN_OFF] = "off", NULL};
  static const char *const schedules[] = {
      [SCHEDULE_STATIC] = "static", [SCHEDULE_DYNAMIC] = "dynamic", NULL};
  struct team_options *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = options;
    return 0;
  case 'w':
    options->workers = given;
    return 0;
  case KEY_PIN:
    options->pin = (enum pin)options_choose("--pin", given, pins);
    return 0;
  case KEY_SCHEDULE:
    options->schedule = options_choose("--schedule", given, schedules);
    return 0;
  case KEY_ISA:
    options->isa = given;
    return 0;
  case KEY_SEED:
    options_seed(given, &options->seed);
    return 0;
  case KEY_TIMEOUT:
    options_seconds("--timeout", given, &options->timeout_s);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option place_options[] = {
    {"place", KEY_PLACE, "ORDER", 0,
     "Order of the CPUs: cores (one worker per core first; default), scatter, compact, cpus=LIST",
     0},
    {0}};

static const struct argp_option team_option_table[] = {
    {"workers", 'w', "LIST", 0, "Worker counts: 1,2,4 or 1-8 or all", 0},
    {"pin", KEY_PIN, "HOW", 0,
     "auto (default): pin unless a CPU quota forbids it; require: refuse to run unpinned; off", 0},
    {"schedule", KEY_SCHEDULE, "HOW", 0,
     "static: equal shares cut beforehand; dynamic: who is free takes the next chunk", 0},
    {"isa", KEY_ISA, "LEVEL", 0, "Cap the instruction set: reference, scalar, avx2, avx512, neon",
     0},
    {"seed", KEY_SEED, "N", 0, "Seed of random kernels and of the order of runs (default 1)", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "Give up on a sample after this time: 90, 90s, 10m", 0},
    {0}};

const struct argp place_argp = {.options = place_options, .parser = place_option};

static const struct argp_child team_children[] = {{&place_argp, 0, NULL, 0}, {0}};

const struct argp team_argp = {
    .options = team_option_table, .parser = team_option, .children = team_children};

/* --- Worker counts --- */

static void workers_error(const char *list)
{
  usage_error("--workers '%.60s' is not a list of counts from 1 to %d, such as 1,2,4 or 1-8 or all",
              list, WORKER_LIMIT);
}

static unsigned parse_count(const char *list, const char **at)
{
  char *end;
  errno = 0;
  unsigned long value = strtoul(*at, &end, 10);
  if (**at < '0' || **at > '9' || errno || value < 1 || value > WORKER_LIMIT)
    workers_error(list);
  *at = end;
  return (unsigned)value;
}

static void count_insert(const char *list, unsigned counts[WORKERS_MOST], unsigned *n,
                         unsigned count)
{
  unsigned at = *n;
  while (at > 0 && counts[at - 1] > count)
    at--;
  if (at > 0 && counts[at - 1] == count)
    return;
  if (*n == WORKERS_MOST)
    usage_error("--workers '%.60s' has more than %d counts", list, WORKERS_MOST);
  memmove(counts + at + 1, counts + at, (*n - at) * sizeof *counts);
  counts[at] = count;
  ++*n;
}

unsigned options_worker_counts(const char *list, const struct placement *placement,
                               unsigned ret_counts[WORKERS_MOST])
{
  unsigned n = 0;
  const char *at = list;
  for (;;) {
    unsigned first, last;
    if (strncmp(at, "all", 3) == 0) {
      first = last = placement->slot_count;
      at += 3;
    } else {
      first = last = parse_count(list, &at);
      if (*at == '-') {
        at++;
        last = parse_count(list, &at);
      }
    }
    if (last < first || (*at && *at != ','))
      workers_error(list);
    for (unsigned count = first; count <= last; count++)
      count_insert(list, ret_counts, &n, count);
    if (placement->is_cluster && last > placement->slot_count)
      usage_error("--workers '%.60s': the launcher started %u rank%s, and a worker is a rank", list,
                  placement->slot_count, placement->slot_count == 1 ? "" : "s");
    if (!*at)
      return n;
    at++;
  }
}

void options_apply(const struct team_options *options, struct job *job)
{
  char message[JOB_MESSAGE];
  job->seed = options->seed;
  if (options->isa && job_cap_isa(job, options->isa, message) < 0)
    usage_error("%s", message);
}
