/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi_options.c: the options of pibench pi, and the job that they ask for. */

#include <stdlib.h>
#include <string.h>

#include "cmd_pi.h"
#include "job.h"
#include "number.h"

/* What can be asked for: the size parameter that a kernel must have, the kernel by default, and
 * the one for sizes beyond its range. */
static const struct {
  const char *option, *parameter, *kernel, *beyond;
} requests[REQUESTS] = {
    [HEX_AT] = {"--hex-at", "position", "hex-primes", "bbp-hex"},
    [DIGITS] = {"--digits", "digits", "chudnovsky", NULL},
    [POINTS] = {"--points", "points", "mc", NULL},
};

enum {
  KEY_HEX_AT = 0x200,
  KEY_COUNT,
  KEY_DIGITS,
  KEY_HEX,
  KEY_POINTS,
  KEY_METHOD,
  KEY_JSON,
  KEY_STATE,
  KEY_PART,
  KEY_MERGE,
  KEY_GUARD
};

static const struct argp_option pi_option_table[] = {
    {"hex-at", KEY_HEX_AT, "POS", 0, "Hexadecimal digits from position POS on (1 is the first: 2)",
     0},
    {"count", KEY_COUNT, "N", 0, "With --hex-at: how many, 1 to 24 (default 16)", 0},
    {"digits", KEY_DIGITS, "N", 0, "The first N digits after the point, truncated", 0},
    {"hex", KEY_HEX, NULL, 0, "With --digits: hexadecimal digits", 0},
    {"points", KEY_POINTS, "N", 0, "Estimate by Monte Carlo with N points", 0},
    {"method", KEY_METHOD, "NAME", 0,
     "KERNEL or KERNEL/METHOD: hex-primes, bbp-hex/naive, bbp-series/groups, chudnovsky, mpfr, "
     "mc/plain",
     0},
    {"json", KEY_JSON, NULL, 0, "Print one JSON object", 0},
    {"output", 'o', "FILE", 0, "Write there instead of stdout", 0},
    {"state", KEY_STATE, "FILE", 0, "Keep what is done there, and go on from it", 0},
    {"part", KEY_PART, "I/N", 0, "Compute the I-th of N parts, to be merged", 0},
    {"merge", KEY_MERGE, NULL, 0, "Add up parts: pibench pi --merge FILE...", 0},
    {"guard", KEY_GUARD, "N", 0, "Begin with N more words of guard bits, 0 to 7", 0},
    {"quiet", 'q', NULL, 0, "No progress and no notes", 0},
    {"verbose", 'v', NULL, 0, "Notes on stderr also where it is no terminal", 0},
    {0}};

static const struct kept_option pi_kept[] = {
    KEEP(KEY_HEX_AT, struct pi_options, size[HEX_AT]),
    KEEP(KEY_COUNT, struct pi_options, count),
    KEEP(KEY_DIGITS, struct pi_options, size[DIGITS]),
    KEEP(KEY_HEX, struct pi_options, hex),
    KEEP(KEY_POINTS, struct pi_options, size[POINTS]),
    KEEP(KEY_METHOD, struct pi_options, method),
    KEEP(KEY_JSON, struct pi_options, json),
    KEEP('o', struct pi_options, output),
    KEEP(KEY_STATE, struct pi_options, state),
    KEEP(KEY_MERGE, struct pi_options, merge),
    KEEP('q', struct pi_options, quiet),
    KEEP('v', struct pi_options, verbose),
    {0},
};

static void set_part(struct pi_options *options, const char *given)
{
  uint64_t part = 0, parts = 0;
  char *copy = strdup(given), *slash = copy ? strchr(copy, '/') : NULL;
  if (slash) {
    *slash = '\0';
    if (number_parse(copy, &part) < 0 || number_parse(slash + 1, &parts) < 0)
      part = 0;
  }
  free(copy);
  if (part < 1 || part > parts || parts > CHUNKS_MOST)
    usage_error("--part '%.40s': two whole numbers are wanted, such as 1/3 (1 to %d of as many)",
                given, CHUNKS_MOST);
  options->part = (unsigned)part;
  options->parts = (unsigned)parts;
}

static unsigned guard_of(const char *given)
{
  uint64_t guard;
  if (number_parse(given, &guard) < 0 || guard > 7)
    usage_error("--guard '%.40s': a whole number from 0 to 7 is wanted", given);
  return (unsigned)guard;
}

static error_t pi_option(int key, char *given, struct argp_state *state)
{
  struct pi_options *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->team;
    return 0;
  case KEY_PART:
    set_part(options, given);
    return 0;
  case KEY_GUARD:
    options->guard = guard_of(given);
    return 0;
  case ARGP_KEY_ARG:
    if (!options->merge) /* options come before arguments here, in whatever order they are given */
      usage_error("'%.40s' is not an option; say --hex-at POS, --digits N or --points N", given);
    options->files[options->file_count++] = given;
    return 0;
  default:
    return options_keep(pi_kept, key, given, options);
  }
}

static const struct argp_child pi_children[] = {{&team_argp, 0, "Workers:", 1}, {0}};

const struct argp pi_argp = {
    .options = pi_option_table,
    .parser = pi_option,
    .doc = "Computes pi: hexadecimal digits at a position, the first digits, or a Monte Carlo "
           "estimate. Prints the digits alone, or the estimate and its standard error.",
    .children = pi_children,
};

/* --- From options to a job --- */

/* A kernel fits what is asked when that is its size. */
static bool kernel_fits(const struct job *job, enum request request)
{
  int size = job_size_index(job);
  return size >= 0 && strcmp(job->kernel->parameters[size].name, requests[request].parameter) == 0;
}

static const char *default_kernel(const struct pi_options *options, enum request request)
{
  char message[JOB_MESSAGE];
  struct job job;
  const char *kernel = requests[request].kernel, *beyond = requests[request].beyond;
  bool fits = job_parse(kernel, &job, message) == 0
              && job_set(&job, requests[request].parameter, options->size[request], message) == 0;
  return fits || !beyond ? kernel : beyond;
}

static struct job chosen_job(const struct pi_options *options, enum request request)
{
  char message[JOB_MESSAGE], name[64];
  struct job job;
  const char *method = options->method ? options->method : default_kernel(options, request);
  const char *slash = strchr(method, '/');
  snprintf(name, sizeof name, "%.*s", (int)(slash ? slash - method : (ptrdiff_t)strlen(method)),
           method);
  if (strpbrk(name, ":,") || job_parse(name, &job, message) < 0)
    usage_error("--method: %s",
                strpbrk(name, ":,") ? "KERNEL or KERNEL/METHOD is wanted" : message);
  if (!kernel_fits(&job, request))
    usage_error("--method %.40s does not compute what %s asks for; see 'pibench list'", method,
                requests[request].option);
  if (slash && job_set(&job, "method", slash + 1, message) < 0)
    usage_error("--method: %s", message);
  return job;
}

/* job_set() says "count=25 is out of range", and we: --count '25' is out of range. */
static void set_or_refuse(struct job *job, const char *option, const char *key, const char *given)
{
  char message[JOB_MESSAGE], pair[128];
  if (job_set(job, key, given, message) == 0)
    return;
  int length = snprintf(pair, sizeof pair, "%.60s=%.40s", key, given);
  if (strncmp(message, pair, (size_t)length) != 0)
    usage_error("%s: %s", option, message);
  usage_error("%s '%.40s'%s", option, given, message + length);
}

/* The one request of the command line. */
static enum request request_of(const struct pi_options *options)
{
  int asked = -1;
  for (int r = 0; r < REQUESTS; r++) {
    if (options->size[r] && asked >= 0)
      usage_error("%s and %s exclude each other", requests[asked].option, requests[r].option);
    if (options->size[r])
      asked = r;
  }
  if (asked < 0)
    usage_error("say what to compute: --hex-at POS, --digits N or --points N");
  if (options->count && asked != HEX_AT)
    usage_error("--count goes with --hex-at");
  if (options->hex && asked != DIGITS)
    usage_error("--hex goes with --digits");
  if (options->guard && asked == POINTS)
    usage_error("--guard goes with --hex-at and --digits: a count of points has no guard bits");
  return (enum request)asked;
}

/* What the parts of a job already say is not said again. */
static void check_merge(const struct pi_options *options)
{
  const char *also = options->count                                    ? "--count"
                     : options->hex                                    ? "--hex"
                     : options->method                                 ? "--method"
                     : options->state                                  ? "--state"
                     : options->parts                                  ? "--part"
                     : options->guard                                  ? "--guard"
                     : options->team.isa                               ? "--isa"
                     : options->team.seed != team_options_default.seed ? "--seed"
                                                                       : NULL;
  for (int r = 0; r < REQUESTS && !also; r++)
    also = options->size[r] ? requests[r].option : NULL;
  if (also)
    usage_error("--merge takes the job from its files: not with %s", also);
  if (options->file_count == 0)
    usage_error("--merge needs the files of the parts: pibench pi --merge FILE...");
}

void pi_options_check(const struct pi_options *options)
{
  if (options->merge)
    check_merge(options);
  if (options->parts && options->json)
    usage_error("--json is for answers, and --part makes none");
  if ((options->parts || options->state) && options->team.schedule == SCHEDULE_STATIC)
    usage_error("--%s hands out chunks one by one: not with --schedule static",
                options->state ? "state" : "part");
}

struct job pi_job(const struct pi_options *options)
{
  enum request request = request_of(options);
  struct job job = chosen_job(options, request);
  set_or_refuse(&job, requests[request].option, requests[request].parameter,
                options->size[request]);
  if (options->count)
    set_or_refuse(&job, "--count", "count", options->count);
  if (options->hex)
    set_or_refuse(&job, "--hex", "base", "hex");
  options_apply(&options->team, &job);
  job.guard = options->guard;
  return job;
}
