/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run.c: pibench run: measures, prints speedup tables, writes a result file. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "cmd_run_session.h"
#include "interrupt.h"
#include "keep.h"
#include "sweep.h"

/* --- Results --- */

static json_t *result_of(const struct session *session, const char *error, size_t benchmarks)
{
  const struct run_options *options = session->options;
  struct run run = {
      .started_at = session->started_at,
      .label = options->label,
      .error = error,
      .profile = options->profile->name,
      .suite = options->job_count ? NULL : options->suite->name,
      .pin = options->team.pin,
      .schedule = options->team.schedule,
      .seed = options->team.seed,
      .weak = options->weak,
      .placement = session->placement,
      .machine = &session->machine,
      .software = &session->software,
      .benchmarks = session->benchmarks,
      .benchmark_count = benchmarks,
  };
  return result_json(&run);
}

/* In the midst of a benchmark. */
static bool keeping_is_due(const struct session *session)
{
  const uint64_t every_ns = 10000000000;
  return clock_now_ns() - session->kept_ns > every_ns;
}

/* A run that is killed, by a launcher that has lost a rank, say, leaves what it has measured so
 * far. Between samples, and seldom; errors will come up at the end. */
static void keep_so_far(struct session *session, size_t benchmarks)
{
  if (!session->output.replace)
    return;
  session->kept_ns = clock_now_ns();
  json_t *json = result_of(session, "the run was killed", benchmarks);
  keep_write(&session->output, false, true, json);
  json_decref(json);
}

/* --- Measuring --- */

struct reporter {
  struct progress_line line;
  struct session *session;
  size_t benchmark, benchmarks;
};

static void report(const struct progress *progress, void *data)
{
  struct reporter *reporter = data;
  struct session *session = reporter->session;
  struct benchmark *b = &session->benchmarks[reporter->benchmark - 1];
  if (b->rounds > 0 && keeping_is_due(session) && measure_summarise(b, session->placement) == 0)
    keep_so_far(session, reporter->benchmark);
  if (!progress->rounds) {
    progress_show(&reporter->line, progress->left_s, "%s: sample %zu", progress->name,
                  progress->round + 1);
    return;
  }
  progress_show(&reporter->line, progress->left_s, "%s (%zu of %zu): round %zu of at most %zu",
                progress->name, reporter->benchmark, reporter->benchmarks, progress->round + 1,
                progress->rounds);
}

static struct measure_options measure_options(const struct session *session,
                                              struct reporter *reporter)
{
  const struct run_options *options = session->options;
  const struct profile *profile = options->profile;
  double elapsed_s = (double)clock_now_ns() * 1e-9 - session->begin_s;
  const size_t sweep_rounds = options->sweep ? 10 : 0;
  bool own_rounds = options->rounds || options->precision > 0;
  double max_s = options->max_s > 0 ? options->max_s : options->rounds ? 0 : profile->max_s;
  struct measure_options measure = {
      .placement = session->placement,
      .workers = session->workers,
      .worker_counts = session->worker_counts,
      .schedule = options->team.schedule,
      .pin = options->team.pin,
      .rounds = own_rounds        ? options->rounds
                : profile->rounds ? profile->rounds
                                  : sweep_rounds,
      .precision = options->precision > 0 ? options->precision : profile->precision,
      .max_s = max_s > 0
                   ? fmax((max_s - elapsed_s) / (double)(session->job_count - session->done), 1e-3)
                   : 0,
      .repeat_short = options->job_count == 0, /* a suite's sizes are fixed, not the user's */
      .serial_fraction = options->serial_fraction,
      .slowdown = options->slowdown,
      .shortest_s = options->sustain ? SUSTAIN_SAMPLE_S : 0,
      .weak = options->weak,
      .timeout_s = options->team.timeout_s,
      .seed = options->team.seed,
      .progress = report,
      .progress_data = reporter,
  };
  memcpy(measure.backends, options->backends, sizeof measure.backends);
  return measure;
}

static int exit_code_of(int r, const struct session *session, const struct job *job,
                        const struct benchmark *b, const struct fault *fault)
{
  if (r == -EBADMSG || (r == 0 && !b->verdict.right)) {
    say("%s: wrong answer: %s", b->name, b->verdict.text);
    return EXIT_WRONG;
  }
  if (r == -EPERM) {
    say("--pin require: binding a worker was refused, or did not read back as asked");
    return EXIT_REFUSED;
  }
  if (r < 0)
    return say_failure(r, fault, job);
  if (b->rows[0].bind_error && !session->options->quiet && session->done == 0)
    say("note: workers could not be pinned: %s", strerrordesc_np(-b->rows[0].bind_error));
  return EXIT_FINE;
}

static void note_error(struct session *session, int r, const struct job *job,
                       const struct fault *fault)
{
  if (r == -ECHILD)
    fault_text(fault, job->kernel, session->error);
  else
    snprintf(session->error, sizeof session->error, "%s: %s", job->kernel->name,
             r == -EINTR     ? "interrupted"
             : r == -EBADMSG ? "wrong answer"
                             : strerrordesc_np(-r));
}

/* Measures one job; what was measured is kept and shown whatever happens. */
static int measure_job(struct session *session, size_t index)
{
  struct reporter reporter = {progress_begin(session->options->quiet), session, index + 1,
                              session->job_count};
  struct measure_options options = measure_options(session, &reporter);
  struct benchmark *b = &session->benchmarks[index];
  const struct job *job = &session->jobs[index];
  struct fault fault = {0};
  progress_show(&reporter.line, NAN, "%s: choosing a size", job->kernel->name);
  int r = measure_prepare(job, &options, b, &fault);
  bool prepared = r == 0;
  if (r == 0)
    r = session->options->sustain ? sustain_run(b, &options, session->options->sustain_s, &fault)
                                  : measure_run(b, &options, &fault);
  progress_clear(&reporter.line);
  int code = exit_code_of(r, session, job, b, &fault);
  if (r < 0)
    note_error(session, r, job, &fault);
  else if (code == EXIT_WRONG)
    note_error(session, -EBADMSG, job, &fault);
  if (!prepared)
    return code;
  session->done = index + 1;
  if (r == -EPERM)
    return code;
  int shown = measure_summarise(b, session->placement);
  if (shown == 0 && (b->rounds > 0 || b->sustained.n > 0 || code == EXIT_WRONG))
    shown = run_show_benchmark(session, b);
  if (index + 1 < session->job_count)
    keep_so_far(session, session->done);
  return shown < 0 ? say_failure(shown, &fault, job) : code;
}

/* --- After measuring --- */

static int write_result(const struct session *session)
{
  const struct run_options *options = session->options;
  json_t *json = result_of(session, session->error[0] ? session->error : NULL, session->done);
  int code =
      keep_write(&session->output, session->to_stdout || options->json, options->quiet, json);
  json_decref(json);
  return code;
}

/* Many sizes in one table. */
static int show_sweep(const struct session *session, int code)
{
  if (!session->options->sweep || !run_shows_tables(session) || code == EXIT_WRONG)
    return code;
  putchar('\n');
  int r = sweep_print(session->benchmarks, session->done, stdout);
  return r < 0 ? say_failure(r, NULL, &session->jobs[0]) : code;
}

int cmd_run(int argc, char **argv)
{
  struct run_options options = {.team = team_options_default, .profile = run_profiles};
  static struct session session;
  options_parse(&run_argp, argc, argv, &options);
  session = (struct session){.options = &options};
  int code = run_begin(&session);
  if (code) {
    run_end(&session);
    return code;
  }
  interrupt_catch();
  session.kept_ns = clock_now_ns();
  session.begin_s = (double)session.kept_ns * 1e-9;
  if (run_shows_tables(&session))
    run_show_machine(&session);
  for (size_t i = 0; code == EXIT_FINE && i < session.job_count; i++)
    code = measure_job(&session, i);
  const struct benchmark *first = &session.benchmarks[0];
  bool anything =
      session.done > 0 && (first->rows[0].n > 0 || first->sustained.n > 0) && code != EXIT_REFUSED;
  interrupt_let_through();
  if (anything || code == EXIT_WRONG) {
    code = show_sweep(&session, code);
    run_show_repeat(&session);
    int written = write_result(&session);
    code = code == EXIT_FINE ? written : code;
  } else if (code == EXIT_FINE) {
    code = EXIT_NOTHING;
  }
  run_end(&session);
  return code;
}
