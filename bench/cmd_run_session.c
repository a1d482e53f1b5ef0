/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run_session.c: what pibench run settles before it measures: jobs, workers, where results go.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_run_session.h"
#include "keep.h"
#include "load.h"
#include "sweep.h"
#include "weak.h"

static void check_sustain(const struct run_options *options)
{
  if (options->job_count != 1)
    usage_error("--sustain measures one kernel, such as: pibench run mc --sustain 10m");
  if (options->backends[BACKEND_PROCESS] && options->backends[BACKEND_THREAD])
    usage_error("--sustain takes one --backend: process or thread");
  if (options->sweep || options->weak || options->rounds || options->precision > 0
      || options->max_s > 0)
    usage_error("--sustain has no rounds: not with --sweep, --scaling weak, --rounds, --precision "
                "or --max-time");
}

/* One job becomes one of each size. */
static void spread_sweep(struct session *session)
{
  struct sweep sweep;
  char message[JOB_MESSAGE];
  struct job job = session->jobs[0];
  if (session->options->job_count != 1)
    usage_error("--sweep measures one kernel, such as: pibench run mc --sweep points=1e6:1e9");
  if (sweep_parse(session->options->sweep, &job, &sweep, message) < 0)
    usage_error("%s", message);
  session->job_count = sweep.count;
  for (size_t i = 0; i < sweep.count; i++) {
    session->jobs[i] = job;
    job_size_set(&session->jobs[i], sweep.sizes[i]);
  }
}

static const char *job_text(const struct run_options *options, size_t i)
{
  return options->job_count ? options->jobs[i] : options->suite->jobs[i];
}

/* compare, csv and the other formats know a benchmark by its name alone. */
static void refuse_twins(const struct session *session)
{
  char name[JOB_NAME], other[JOB_NAME];
  for (size_t i = 0; i < session->job_count; i++) {
    job_name(&session->jobs[i], name);
    for (size_t k = 0; k < i; k++)
      if (strcmp(name, job_name(&session->jobs[k], other)) == 0)
        usage_error("'%.150s' is named twice, first as '%.150s'; each benchmark of a run once "
                    "(--rounds N repeats it)",
                    job_text(session->options, i), job_text(session->options, k));
  }
}

static void read_jobs(struct session *session)
{
  const struct run_options *options = session->options;
  char message[JOB_MESSAGE];
  for (size_t i = 0; i < session->job_count; i++) {
    if (job_parse(job_text(options, i), &session->jobs[i], message) < 0)
      usage_error("%s", message);
    options_apply(&options->team, &session->jobs[i]);
  }
  refuse_twins(session);
  if (options->sweep)
    spread_sweep(session);
  if (options->sustain)
    check_sustain(options);
  if (options->weak && options->serial_fraction > 0)
    usage_error("--serial-fraction is of a fixed amount of work: not with --scaling weak");
  for (size_t i = 0; options->weak && i < session->job_count; i++)
    if (weak_possible(&session->jobs[i]) < 0)
      usage_error("--scaling weak needs a kernel whose work grows with its size; %s is not one",
                  session->jobs[i].kernel->name);
}

/* Knows before anything is measured whether the result can be kept. */
static void open_output(struct session *session)
{
  const char *given = session->options->output;
  session->to_stdout = given && strcmp(given, "-") == 0;
  if (!session->to_stdout)
    keep_open(given, ".json", session->started_at, &session->output);
}

static void choose_workers(struct session *session)
{
  const struct run_options *options = session->options;
  struct placement *placement = session->placement;
  if (options->team.workers)
    session->worker_counts =
        options_worker_counts(options->team.workers, placement, session->workers);
  else
    session->worker_counts = placement_worker_counts(placement, 16, session->workers);
  if (options->sustain) { /* the most alone */
    session->workers[0] = session->workers[session->worker_counts - 1];
    session->worker_counts = 1;
  }
}

static void note_oversubscription(const struct session *session)
{
  const struct placement *placement = session->placement;
  unsigned most = session->workers[session->worker_counts - 1];
  unsigned cpus = placement_cpus(placement, most);
  if (most > cpus && !session->options->quiet)
    say("note: %u workers on %u CPU%s are oversubscribed: they will share CPUs, unpinned", most,
        cpus, cpus == 1 ? "" : "s");
}

/* Pinning that is required but cannot be had is refused before anything runs. */
static int check_pinning(const struct session *session)
{
  const struct placement *placement = session->placement;
  const char *why = NULL;
  if (session->options->team.pin != PIN_REQUIRE)
    return 0;
  unsigned most = session->workers[session->worker_counts - 1];
  if (most > placement_cpus(placement, most))
    why = "there are more workers than CPUs";
  else
    measure_will_pin(placement, PIN_REQUIRE, &why);
  if (!why)
    return 0;
  say("--pin require: workers cannot be pinned: %s", why);
  return EXIT_REFUSED;
}

/* A size that was asked for must fit; one that we choose is small. */
static int check_job_memory(const struct session *session, const struct job *job)
{
  int size = job_size_index(job);
  unsigned most = session->workers[session->worker_counts - 1];
  struct job largest = *job;
  if (size >= 0 && job->values[size] == 0)
    return 0;
  int r = session->options->weak ? weak_job(job, most, &largest) : 0;
  if (r == -ERANGE)
    say("--scaling weak: %s takes no size that is the work of %u workers", job->kernel->name, most);
  if (r < 0)
    return r == -ERANGE ? EXIT_USAGE : say_failure(r, NULL, job);
  return check_memory(&largest, most);
}

/* Other people's work on some CPUs: idle ones of equal rank go first. */
static void prefer_idle(struct session *session)
{
  const double window_s = 0.1, busy_threshold = 0.5;
  struct placement *placement = session->placement;
  const char *why;
  unsigned cpus = placement_cpu_end(placement);
  if (session->options->team.pin != PIN_AUTO || !measure_will_pin(placement, PIN_AUTO, &why)
      || placement->slot_count < 2)
    return;
  double *busy = calloc(cpus, sizeof *busy);
  if (busy && load_watch(window_s, cpus, busy) == 0
      && placement_prefer_idle(placement, busy, busy_threshold) && !session->options->quiet)
    say("note: some CPUs are busy with other work; idle ones of equal rank are used first");
  free(busy);
}

int run_begin(struct session *session)
{
  const struct run_options *options = session->options;
  session->started_at = time(NULL);
  session->job_count = options->job_count;
  if (!options->job_count)
    while (options->suite->jobs[session->job_count])
      session->job_count++;
  read_jobs(session);
  int code = load_team_placement(options->team.place, options->team.cpu_list, options->team.pin,
                                 &session->placement);
  if (code)
    return code;
  choose_workers(session);
  code = check_pinning(session);
  for (size_t i = 0; code == 0 && i < session->job_count; i++)
    code = check_job_memory(session, &session->jobs[i]);
  if (code)
    return code;
  open_output(session);
  note_oversubscription(session);
  prefer_idle(session);
  if (machine_read("", &session->machine) < 0 || software_read(&session->software) < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  return 0;
}

void run_end(struct session *session)
{
  for (size_t i = 0; i < session->job_count; i++)
    benchmark_release(&session->benchmarks[i]);
  output_release(&session->output);
  machine_release(&session->machine);
  software_release(&session->software);
  placement_free(session->placement);
}
