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

struct pi_options {
  struct team_options team;
  const char *position, *count, *points; /* as given; NULL if not */
  const char *method;                    /* KERNEL or KERNEL/METHOD; NULL: by what is asked */
  const char *output;
  bool json, quiet;
};

enum { KEY_HEX_AT = 0x200, KEY_COUNT, KEY_POINTS, KEY_METHOD, KEY_JSON };

static const struct argp_option pi_option_table[] = {
    {"hex-at", KEY_HEX_AT, "POS", 0, "Hexadecimal digits from position POS on (1 is the first: 2)",
     0},
    {"count", KEY_COUNT, "N", 0, "How many of them (default 16)", 0},
    {"points", KEY_POINTS, "N", 0, "Estimate by Monte Carlo with N points", 0},
    {"method", KEY_METHOD, "NAME", 0,
     "KERNEL or KERNEL/METHOD: bbp-hex, bbp-hex/naive, mc, mc/plain", 0},
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
    options->position = given;
    return 0;
  case KEY_COUNT:
    options->count = given;
    return 0;
  case KEY_POINTS:
    options->points = given;
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
    usage_error("'%.40s' is not an option; say --hex-at POS or --points N", given);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child pi_children[] = {{&team_argp, 0, "Workers:", 1}, {0}};

static const struct argp pi_argp = {
    .options = pi_option_table,
    .parser = pi_option,
    .doc = "Computes pi: hexadecimal digits at a position, or a Monte Carlo estimate. "
           "Prints the digits alone, or the estimate and its standard error.",
    .children = pi_children,
};

/* --- From options to a job --- */

/* A kernel fits what is asked when it has the parameter. */
static bool kernel_has(const struct kernel *kernel, const char *parameter)
{
  for (const struct parameter *p = kernel->parameters; p->name; p++)
    if (strcmp(p->name, parameter) == 0)
      return true;
  return false;
}

static struct job chosen_job(const struct pi_options *options, const char *parameter)
{
  char message[JOB_MESSAGE], name[64];
  struct job job;
  const char *method = options->method ? options->method : options->position ? "bbp-hex" : "mc";
  const char *slash = strchr(method, '/');
  snprintf(name, sizeof name, "%.*s", (int)(slash ? slash - method : (ptrdiff_t)strlen(method)),
           method);
  if (strpbrk(name, ":,") || job_parse(name, &job, message) < 0)
    usage_error("--method: %s",
                strpbrk(name, ":,") ? "KERNEL or KERNEL/METHOD is wanted" : message);
  if (!kernel_has(job.kernel, parameter))
    usage_error("--method %.40s has no %s; it does not fit --%s", method, parameter,
                options->position ? "hex-at" : "points");
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

static struct job job_of(const struct pi_options *options)
{
  if (!options->position == !options->points)
    usage_error("say what to compute: either --hex-at POS or --points N");
  if (options->count && !options->position)
    usage_error("--count goes with --hex-at");
  struct job job = chosen_job(options, options->position ? "position" : "points");
  if (options->position)
    set_or_refuse(&job, "--hex-at", "position", options->position);
  else
    set_or_refuse(&job, "--points", "points", options->points);
  if (options->count)
    set_or_refuse(&job, "--count", "count", options->count);
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

/* {"hits", "points", "seed", "estimate", "standard_error", "z"}; 2^63 points at most, so that all
 * but the seed fit JSON's signed 64 bits. */
static json_t *points_json(const struct job *job, const struct answer *answer, double seconds)
{
  char seed[24];
  const struct answer_item *pi = answer_find(answer, "pi"), *hits = answer_find(answer, "hits");
  snprintf(seed, sizeof seed, "%" PRIu64, job->seed);
  uint64_t points = job->values[job_size_index(job)];
  json_t *object = json_object();
  json_object_set_new(object, "hits", json_integer((json_int_t)hits->count));
  json_object_set_new(object, "points", json_integer((json_int_t)points));
  json_object_set_new(object, "seed",
                      job->seed <= INT64_MAX ? json_integer((json_int_t)job->seed)
                                             : json_string(seed));
  json_object_set_new(object, "estimate", number_or_null(pi->number));
  json_object_set_new(object, "standard_error", number_or_null(pi->standard_error));
  json_object_set_new(object, "z", number_or_null(pi->z));
  json_object_set_new(object, "method", json_string(job->method->name));
  json_object_set_new(object, "seconds", number_or_null(seconds));
  return object;
}

static json_t *hex_json(const struct job *job, const struct answer *answer, double seconds)
{
  char method[64];
  const struct answer_item *digits = answer_find(answer, "digits");
  snprintf(method, sizeof method, "%s/%s", job->kernel->name, job->method->name);
  return json_pack("{s:I, s:o, s:s, s:o}", "position", (json_int_t)job->values[job_size_index(job)],
                   "digits", json_stringn(answer->text + digits->text_offset, digits->text_bytes),
                   "method", method, "seconds", number_or_null(seconds));
}

static void print_plain(const struct job *job, const struct answer *answer, FILE *to)
{
  const struct answer_item *digits = answer_find(answer, "digits");
  const struct answer_item *pi = answer_find(answer, "pi");
  (void)job;
  if (digits)
    fprintf(to, "%.*s\n", (int)digits->text_bytes, answer->text + digits->text_offset);
  else if (isfinite(pi->standard_error))
    fprintf(to, "%.*f %s %.2g\n", (int)fmax(2, ceil(1 - log10(pi->standard_error))), pi->number,
            marks_here()->plus_minus, pi->standard_error);
  else
    fprintf(to, "%.2f %s unknown\n", pi->number, marks_here()->plus_minus);
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
  if (options->json) {
    json_t *json = (options->position ? hex_json : points_json)(job, answer, seconds);
    json_dumpf(json, to, JSON_REAL_PRECISION(17));
    json_decref(json);
    fputc('\n', to);
  } else {
    print_plain(job, answer, to);
  }
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
  struct job job = job_of(&options);
  if (options.output && strcmp(options.output, "-") != 0
      && output_open(options.output, "pi.txt", false, &output, message) < 0)
    usage_error("%s; -o takes a file that can be written, or -", message);
  int code = load_placement(options.team.place, options.team.cpu_list, &placement);
  if (code == EXIT_FINE)
    code = pi_compute(&options, &job, placement, &output);
  output_release(&output);
  placement_free(placement);
  return code;
}
