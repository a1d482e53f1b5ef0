/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi.c: pibench pi: computes digits or an estimate; does not measure. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "compute.h"
#include "interrupt.h"
#include "marks.h"
#include "number.h"
#include "options.h"
#include "output.h"
#include "result.h"

/* What can be asked for: the size parameter that a kernel must have, and the kernel by default. */
enum request { HEX_AT, DIGITS, POINTS, REQUESTS };

static const struct {
  const char *option, *parameter, *kernel;
} requests[REQUESTS] = {
    [HEX_AT] = {"--hex-at", "position", "bbp-hex"},
    [DIGITS] = {"--digits", "digits", "bbp-series"},
    [POINTS] = {"--points", "points", "mc"},
};

struct pi_options {
  struct team_options team;
  const char *size[REQUESTS]; /* as given; NULL if not */
  const char *count;
  const char *method; /* KERNEL or KERNEL/METHOD; NULL: by what is asked */
  const char *output;
  bool hex, json, quiet;
};

enum { KEY_HEX_AT = 0x200, KEY_COUNT, KEY_DIGITS, KEY_HEX, KEY_POINTS, KEY_METHOD, KEY_JSON };

static const struct argp_option pi_option_table[] = {
    {"hex-at", KEY_HEX_AT, "POS", 0, "Hexadecimal digits from position POS on (1 is the first: 2)",
     0},
    {"count", KEY_COUNT, "N", 0, "With --hex-at: how many, 1 to 24 (default 16)", 0},
    {"digits", KEY_DIGITS, "N", 0, "The first N digits after the point, truncated", 0},
    {"hex", KEY_HEX, NULL, 0, "With --digits: hexadecimal digits", 0},
    {"points", KEY_POINTS, "N", 0, "Estimate by Monte Carlo with N points", 0},
    {"method", KEY_METHOD, "NAME", 0,
     "KERNEL or KERNEL/METHOD: bbp-hex, bbp-hex/naive, bbp-series/fused, mpfr, mc/plain", 0},
    {"json", KEY_JSON, NULL, 0, "Print one JSON object", 0},
    {"output", 'o', "FILE", 0, "Write there instead of stdout", 0},
    {"quiet", 'q', NULL, 0, "No progress", 0},
    {0}};

static error_t pi_option(int key, char *given, struct argp_state *state)
{
  struct pi_options *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->team;
    return 0;
  case KEY_HEX_AT:
    options->size[HEX_AT] = given;
    return 0;
  case KEY_COUNT:
    options->count = given;
    return 0;
  case KEY_DIGITS:
    options->size[DIGITS] = given;
    return 0;
  case KEY_HEX:
    options->hex = true;
    return 0;
  case KEY_POINTS:
    options->size[POINTS] = given;
    return 0;
  case KEY_METHOD:
    options->method = given;
    return 0;
  case KEY_JSON:
    options->json = true;
    return 0;
  case 'o':
    options->output = given;
    return 0;
  case 'q':
    options->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    usage_error("'%.40s' is not an option; say --hex-at POS, --digits N or --points N", given);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child pi_children[] = {{&team_argp, 0, "Workers:", 1}, {0}};

static const struct argp pi_argp = {
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

static struct job chosen_job(const struct pi_options *options, enum request request)
{
  char message[JOB_MESSAGE], name[64];
  struct job job;
  const char *method = options->method ? options->method : requests[request].kernel;
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

static void set_or_refuse(struct job *job, const char *option, const char *key, const char *given)
{
  char message[JOB_MESSAGE];
  if (job_set(job, key, given, message) < 0)
    usage_error("%s: %s", option, message);
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
  return (enum request)asked;
}

static struct job job_of(const struct pi_options *options, enum request request)
{
  struct job job = chosen_job(options, request);
  set_or_refuse(&job, requests[request].option, requests[request].parameter,
                options->size[request]);
  if (options->count)
    set_or_refuse(&job, "--count", "count", options->count);
  if (options->hex)
    set_or_refuse(&job, "--hex", "base", "hex");
  options_apply(&options->team, &job);
  return job;
}

static unsigned workers_of(const struct team_options *options, const struct placement *placement)
{
  unsigned counts[WORKERS_MOST];
  if (!options->workers) {
    unsigned n = placement_worker_counts(placement, WORKERS_MOST, counts);
    return counts[n - 1];
  }
  if (options_worker_counts(options->workers, placement, counts) != 1)
    usage_error("--workers '%.60s': one count is wanted here", options->workers);
  return counts[0];
}

/* --- Computing --- */

struct reporter {
  struct progress_line line;
  const char *name;
  uint64_t begin_ns;
};

static void report(double fraction, void *data)
{
  struct reporter *reporter = data;
  double elapsed_s = (double)(clock_now_ns() - reporter->begin_ns) * 1e-9;
  double left_s = fraction > 0.02 ? elapsed_s * (1 - fraction) / fraction : NAN;
  progress_show(&reporter->line, left_s, "%s: %.0f %%", reporter->name, 100 * fraction);
}

static struct team team_of(const struct pi_options *options, const struct placement *placement,
                           struct reporter *reporter)
{
  const char *why;
  unsigned workers = workers_of(&options->team, placement);
  return (struct team){
      .placement = placement,
      .workers = workers,
      .repeats = 1,
      .pin =
          workers <= placement->slot_count && measure_will_pin(placement, options->team.pin, &why),
      .schedule = options->team.schedule == SCHEDULE_STATIC ? SCHEDULE_STATIC : SCHEDULE_DYNAMIC,
      .timeout_s = options->team.timeout_s,
      .progress = report,
      .progress_data = reporter,
  };
}

/* --- Printing --- */

static json_t *number_or_null(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

/* A number where JSON readers take 64 bits with a sign, else its digits. */
static json_t *count_json(uint64_t count)
{
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRIu64, count);
  return count <= INT64_MAX ? json_integer((json_int_t)count) : json_string(digits);
}

static json_t *points_json(const struct job *job, const struct answer *answer)
{
  const struct answer_item *pi = answer_find(answer, "pi"), *hits = answer_find(answer, "hits");
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "hits", count_json(hits->count), "points",
                   count_json(job->values[job_size_index(job)]), "seed", count_json(job->seed),
                   "estimate", number_or_null(pi->number), "standard_error",
                   number_or_null(pi->standard_error), "z", number_or_null(pi->z));
}

static const struct answer_item *digits_item(const struct answer *answer)
{
  const struct answer_item *item = answer_find(answer, "digits");
  return item ? item : answer_find(answer, "hex");
}

static json_t *digits_json(const struct job *job, const struct answer *answer)
{
  const struct answer_item *item = digits_item(answer);
  int size = job_size_index(job);
  bool position = strcmp(job->kernel->parameters[size].name, "position") == 0;
  return json_pack("{s:o, s:o}", position ? "position" : "count", count_json(job->values[size]),
                   "digits", json_stringn(answer->text + item->text_offset, item->text_bytes));
}

static void print_json(const struct job *job, const struct answer *answer, double seconds, FILE *to)
{
  char method[64];
  json_t *object = (digits_item(answer) ? digits_json : points_json)(job, answer);
  snprintf(method, sizeof method, "%s/%s", job->kernel->name, job->method->name);
  json_object_set_new(object, "method", json_string(method));
  json_object_set_new(object, "seconds", number_or_null(seconds));
  json_dumpf(object, to, JSON_REAL_PRECISION(16));
  json_decref(object);
  fputc('\n', to);
}

static void print_plain(const struct answer *answer, FILE *to)
{
  const struct answer_item *digits = digits_item(answer), *pi = answer_find(answer, "pi");
  if (digits) {
    fwrite(answer->text + digits->text_offset, 1, digits->text_bytes, to);
    fputc('\n', to);
  } else if (isfinite(pi->standard_error)) {
    fprintf(to, "%.*f %s %.2g\n", (int)fmax(2, ceil(1 - log10(pi->standard_error))), pi->number,
            marks_here()->plus_minus, pi->standard_error);
  } else {
    fprintf(to, "%.2f %s unknown\n", pi->number, marks_here()->plus_minus);
  }
}

/* The answer as text, to be freed; NULL if there is no memory. */
static char *answer_as_text(const struct pi_options *options, const struct job *job,
                            const struct answer *answer, double seconds)
{
  char *text = NULL;
  size_t length;
  FILE *to = open_memstream(&text, &length);
  if (!to)
    return NULL;
  if (options->json)
    print_json(job, answer, seconds, to);
  else
    print_plain(answer, to);
  if (fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}

static int deliver(const struct pi_options *options, const struct output *output, const char *text)
{
  char message[OUTPUT_MESSAGE];
  if (!text) {
    say("out of memory");
    return EXIT_FAILED;
  }
  if (!options->output || strcmp(options->output, "-") == 0) {
    fputs(text, stdout);
    return EXIT_FINE;
  }
  if (output_write(output, text, strlen(text), message) == 0)
    return EXIT_FINE;
  say("%s", message);
  return EXIT_FAILED;
}

static int refuse_unpinned(const struct pi_options *options, const struct sample *sample)
{
  if (options->team.pin != PIN_REQUIRE || sample_pinned(sample))
    return EXIT_FINE;
  say("--pin require: not every worker was bound to a CPU of its own");
  return EXIT_REFUSED;
}

static int pi_compute(const struct pi_options *options, const struct job *job,
                      const struct placement *placement, const struct output *output)
{
  struct reporter reporter = {progress_begin(options->quiet), job->kernel->name, clock_now_ns()};
  struct team team = team_of(options, placement, &reporter);
  struct workload workload;
  struct sample sample;
  struct fault fault;
  interrupt_catch();
  int r = compute(job, &team, &workload, &sample, &fault);
  progress_clear(&reporter.line);
  if (r < 0)
    return say_failure(r, &fault, job);
  interrupt_let_through();
  int code = refuse_unpinned(options, &sample);
  if (code == EXIT_FINE) {
    char *text = answer_as_text(options, job, sample.answer, sample.wall_s);
    code = deliver(options, output, text);
    free(text);
  }
  sample_release(&sample);
  workload_release(&workload);
  return code;
}

int cmd_pi(int argc, char **argv)
{
  struct pi_options options = {.team = team_options_default};
  struct placement *placement = NULL;
  struct output output = {0};
  char message[OUTPUT_MESSAGE];
  options_parse(&pi_argp, argc, argv, &options);
  struct job job = job_of(&options, request_of(&options));
  if (options.output && strcmp(options.output, "-") != 0
      && output_open(options.output, NULL, false, &output, message) < 0)
    usage_error("%s; -o takes a file that can be written, or -", message);
  int code = load_placement(options.team.place, options.team.cpu_list, &placement);
  if (code == EXIT_FINE)
    code = check_memory(&job, workers_of(&options.team, placement));
  if (code == EXIT_FINE)
    code = pi_compute(&options, &job, placement, &output);
  output_release(&output);
  placement_free(placement);
  return code;
}
