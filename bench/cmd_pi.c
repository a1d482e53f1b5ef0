/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pi.c: pibench pi: computes digits or an estimate; does not measure. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd_pi.h"
#include "interrupt.h"
#include "trial.h"

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

/* --- What is said on the way --- */

struct reporter {
  const struct pi_options *options;
  struct progress_line line;
  const char *name;
  uint64_t begin_ns;
  double done;       /* part of the job that was done when this run began */
  double expected_s; /* of the rest; NaN */
};

/* Notes go where progress goes, and with -v to files, too. */
static bool notes_wanted(const struct pi_options *options)
{
  return !options->quiet && (options->verbose || isatty(STDERR_FILENO));
}

static void report(double fraction, void *data)
{
  struct reporter *reporter = data;
  double elapsed_s = (double)(clock_now_ns() - reporter->begin_ns) * 1e-9;
  double left_s = fraction > 0.02 ? elapsed_s * (1 - fraction) / fraction
                                  : fmax(0, reporter->expected_s - elapsed_s);
  double all = reporter->done + (1 - reporter->done) * fraction;
  progress_show(&reporter->line, left_s, "%s: %.*f %%", reporter->name,
                reporter->expected_s > 1000 ? 1 : 0, 100 * all);
}

static const char *time_text(double seconds, char text[32])
{
  const char *unit = seconds < 100          ? "s"
                     : seconds < 6000       ? "min"
                     : seconds < 100 * 3600 ? "h"
                                            : "days";
  double in = seconds < 100 ? 1 : seconds < 6000 ? 60 : seconds < 100 * 3600 ? 3600 : 86400;
  snprintf(text, 32, "%.2g %s", seconds / in, unit);
  return text;
}

/* Before the team begins: what is there, and how long the rest will take. */
static void begins(const struct computation *c, const struct workload *workload,
                   struct range chunks, void *data)
{
  enum { WORTH_SAYING_S = 2 };
  struct reporter *reporter = data;
  const struct partial *begun = c->begun.partial;
  unsigned workers = c->team.workers;
  char text[32];
  reporter->done = c->done;
  reporter->expected_s = NAN;
  if (notes_wanted(reporter->options)) {
    if (workload->job.guard > c->job.guard)
      say("%s: the guard bits did not decide the digits: all again with %u more word%s of them",
          reporter->name, workload->job.guard, workload->job.guard == 1 ? "" : "s");
    if (reporter->done > 0)
      say("%s: %.3g %% is done", reporter->name, 100 * reporter->done);
    if (c->done < 1 && trial_run(workload, &c->team, begun, chunks, &reporter->expected_s) == 0
        && reporter->expected_s > WORTH_SAYING_S)
      say("%s: will take about %s with %u worker%s", reporter->name,
          time_text(reporter->expected_s, text), workers, workers == 1 ? "" : "s");
  }
  reporter->begin_ns = clock_now_ns();
}

/* Hours of work may depend on it: said at once, and computing goes on. */
static void unsaved(const struct computation *c, void *data)
{
  struct reporter *reporter = data;
  progress_clear(&reporter->line);
  say("%s", c->problem);
}

/* --- Computing --- */

static struct team team_of(const struct pi_options *options, const struct placement *placement,
                           struct reporter *reporter)
{
  const char *why;
  unsigned workers = workers_of(&options->team, placement);
  return (struct team){
      .placement = placement,
      .workers = workers,
      .backend = team_default_backend(),
      .repeats = 1,
      .pin =
          workers <= placement->slot_count && measure_will_pin(placement, options->team.pin, &why),
      .schedule = options->team.schedule == SCHEDULE_STATIC ? SCHEDULE_STATIC : SCHEDULE_DYNAMIC,
      .timeout_s = options->team.timeout_s,
      .progress = report,
      .progress_data = reporter,
  };
}

/* --- Delivering --- */

static int deliver(const struct pi_options *options, const struct output *output,
                   const struct output_piece *pieces, size_t count)
{
  char message[OUTPUT_MESSAGE];
  if (options->output && strcmp(options->output, "-") != 0) {
    if (output_write_pieces(output, pieces, count, message) == 0)
      return EXIT_FINE;
    say("%s", message);
    return EXIT_FAILED;
  }
  for (size_t i = 0; i < count; i++)
    fwrite(pieces[i].text, 1, pieces[i].length, stdout); /* main() looks for errors */
  return EXIT_FINE;
}

static int deliver_text(const struct pi_options *options, const struct output *output,
                        const char *text)
{
  if (text)
    return deliver(options, output, &(struct output_piece){text, strlen(text)}, 1);
  say("out of memory");
  return EXIT_FAILED;
}

/* Digits alone are written from where the workers put them: there is no second copy. */
static int deliver_answer(const struct pi_options *options, const struct output *output,
                          const struct job *job, const struct sample *sample, double seconds)
{
  const struct answer_item *digits = options->json ? NULL : pi_answer_digits(sample->answer);
  if (digits) {
    const struct output_piece pieces[] = {
        {sample->answer->text + digits->text_offset, digits->text_bytes}, {"\n", 1}};
    return deliver(options, output, pieces, 2);
  }
  char *text = pi_answer_text(options, job, sample->answer, seconds);
  int code = deliver_text(options, output, text);
  free(text);
  return code;
}

static int refuse_unpinned(const struct pi_options *options, const struct sample *sample)
{
  if (options->team.pin != PIN_REQUIRE || sample_pinned(sample))
    return EXIT_FINE;
  say("--pin require: not every worker was bound to a CPU of its own");
  return EXIT_REFUSED;
}

/* The answer, or the text of a part. */
static int show(const struct pi_options *options, const struct computation *c,
                const struct workload *workload, const struct sample *sample,
                const struct output *output)
{
  double seconds = c->keeps ? (double)c->begun.milliseconds / 1e3 : sample->wall_s;
  if (c->parts > 0 && options->state && !options->output)
    return EXIT_FINE; /* the state file is the part */
  if (c->parts == 0)
    return deliver_answer(options, output, &workload->job, sample, seconds);
  char *text = state_text(&c->begun, workload);
  int code = deliver_text(options, output, text);
  free(text);
  return code;
}

static int say_why(int r, const struct fault *fault, const struct pi_options *options,
                   const struct computation *c)
{
  switch (r) {
  case -EIO: /* has been said */
    return EXIT_FAILED;
  case -E2BIG:
    say("%s: --state and --part are for jobs whose partial results are small (up to %d kB), such "
        "as of --hex-at and --points",
        c->job.kernel->name, STATE_PAYLOAD_MOST / 1024);
    return EXIT_USAGE;
  case -EAGAIN:
    if (!options->merge)
      break;
    say("%s: these parts do not decide the digits; compute all of them again with --guard %u",
        c->job.kernel->name, c->begun.job.guard + 1);
    return EXIT_FAILED;
  case -EINTR:
    if (!c->file)
      break;
    pi_say_kept(c, true);
    return EXIT_FAILED; /* the caller raises the signal again */
  }
  int code = say_failure(r, fault, &c->job);
  if (r == -ECHILD && c->file)
    pi_say_kept(c, false);
  return code;
}

static int pi_compute(const struct pi_options *options, struct computation *c,
                      const struct placement *placement, const struct output *output)
{
  struct reporter reporter = {.options = options,
                              .line = progress_begin(options->quiet),
                              .name = c->job.kernel->name,
                              .expected_s = NAN};
  struct workload workload;
  struct sample sample;
  struct fault fault;
  c->team = team_of(options, placement, &reporter);
  c->begins = begins;
  c->unsaved = unsaved;
  c->data = &reporter;
  interrupt_catch();
  int r = compute_kept(c, &workload, &sample, &fault);
  progress_clear(&reporter.line);
  if (r < 0)
    return say_why(r, &fault, options, c);
  interrupt_let_through();
  int code = refuse_unpinned(options, &sample);
  if (code == EXIT_FINE)
    code = show(options, c, &workload, &sample, output);
  if (code == EXIT_FINE && c->problem[0]) /* has been said */
    code = EXIT_FAILED;
  sample_release(&sample);
  workload_release(&workload);
  return code;
}

/* The job, and what is done of it already. */
static int prepare(const struct pi_options *options, struct computation *c, struct state_file *file)
{
  int code = EXIT_FINE;
  c->part = options->part;
  c->parts = options->parts;
  c->fixed_guard = options->merge;
  c->keeps = options->merge || options->parts || options->state;
  if (options->merge) {
    code = pi_merge(options, &c->begun);
    c->job = c->begun.job;
  } else {
    c->job = pi_job(options);
  }
  if (code == EXIT_FINE && options->state) {
    code = pi_state_open(options, &c->job, file, &c->begun);
    c->file = file;
  }
  return code;
}

int cmd_pi(int argc, char **argv)
{
  struct pi_options options = {.team = team_options_default};
  struct computation computation = {0};
  struct placement *placement = NULL;
  struct state_file file = {0};
  struct output output = {0};
  char message[OUTPUT_MESSAGE];
  options.files = calloc((size_t)argc, sizeof *options.files);
  if (!options.files)
    usage_error("out of memory");
  options_parse(&pi_argp, argc, argv, &options);
  pi_options_check(&options);
  int code = prepare(&options, &computation, &file);
  if (code == EXIT_FINE && options.output && strcmp(options.output, "-") != 0
      && output_open(options.output, NULL, false, &output, message) < 0)
    usage_error("%s; -o takes a file that can be written, or -", message);
  if (code == EXIT_FINE)
    code = load_team_placement(options.team.place, options.team.cpu_list, options.team.pin,
                               &placement);
  if (code == EXIT_FINE)
    code = check_memory(&computation.job, workers_of(&options.team, placement));
  if (code == EXIT_FINE)
    code = pi_compute(&options, &computation, placement, &output);
  state_release(&computation.begun);
  state_file_release(&file);
  output_release(&output);
  placement_free(placement);
  free(options.files);
  return code;
}
