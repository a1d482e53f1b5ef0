/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_verify.c: pibench verify: is everything that this machine can run right?
 *
 * For every kernel, method and variant: the partial of 1 to 7 workers under both schedules against
 * the reference's, byte by byte; known values; and the answer of an independent method.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "compute.h"
#include "grid.h"
#include "interrupt.h"
#include "options.h"
#include "verify.h"

enum {
  WORKERS_VERIFIED = 7,
  KERNELS_MOST = 64,
  CELL = 128,
};

#define REFERENCE_S 0.02 /* the reference's serial time on the job that all variants run */
#define KNOWN_S     2.0  /* known values that would take longer are left out, and counted as such */

struct verify_options {
  const struct kernel *kernels[KERNELS_MOST];
  size_t count;
  bool quiet;
};

/* What was found of one variant. */
struct findings {
  unsigned runs, different;
  unsigned known, known_wrong;
  const char *peer; /* "agrees", "differs", "" */
  char wrong[VERDICT_TEXT];
};

struct verification {
  const struct placement *placement;
  struct grid *grid;
  struct progress_line line;
  struct fault fault;
  unsigned wrong;
};

static error_t verify_option(int key, char *given, struct argp_state *state)
{
  struct verify_options *options = state->input;
  struct job job;
  char message[JOB_MESSAGE];
  switch (key) {
  case 'q':
    options->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (strchr(given, ':') || job_parse(given, &job, message) < 0)
      usage_error("%s", strchr(given, ':') ? "verify takes names of kernels, without parameters"
                                           : message);
    if (options->count == KERNELS_MOST)
      usage_error("too many kernels");
    options->kernels[options->count++] = job.kernel;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option verify_option_table[] = {{"quiet", 'q', NULL, 0, "No progress", 0},
                                                         {0}};

static const struct argp verify_argp = {
    .options = verify_option_table,
    .parser = verify_option,
    .args_doc = "[KERNEL]...",
    .doc = "Verifies every method and variant that this CPU can run: 1 to 7 workers under both "
           "schedules byte by byte against the reference, known values, and independent methods "
           "against each other. Exit 5 if anything is wrong.",
};

static struct team team_for(const struct verification *v, unsigned workers, enum schedule schedule)
{
  return (struct team){
      .placement = v->placement,
      .workers = workers,
      .repeats = 1,
      .serial = workers == 0,
      .schedule = schedule,
  };
}

/* One answer by `workers` workers (0: serial). */
static int run(struct verification *v, const struct job *job, unsigned workers,
               enum schedule schedule, struct workload *ret_workload, struct sample *ret_sample)
{
  struct team team = team_for(v, workers ? workers : 1, schedule);
  team.serial = workers == 0;
  return compute(job, &team, ret_workload, ret_sample, &v->fault);
}

/* --- The job that all variants of a method run --- */

struct base {
  struct job job; /* of the reference */
  struct workload workload;
  struct sample sample; /* the reference's, serial */
};

static void base_release(struct base *base)
{
  sample_release(&base->sample);
  workload_release(&base->workload);
}

/* The smallest power of ten at which the reference takes REFERENCE_S. */
static int base_find(struct verification *v, const struct job *method_job, struct base *ret_base)
{
  struct base base = {.job = *method_job};
  base.job.variant = base.job.method->variants;
  int size = job_size_index(&base.job);
  uint64_t most = size < 0 ? 0 : base.job.kernel->parameters[size].maximum;
  if (size >= 0)
    job_size_set(&base.job, 1000);
  for (;;) {
    int r = run(v, &base.job, 0, SCHEDULE_STATIC, &base.workload, &base.sample);
    if (r < 0)
      return r;
    if (size < 0 || base.sample.wall_s >= REFERENCE_S || base.job.values[size] > most / 10)
      break;
    base_release(&base);
    job_size_set(&base.job, 10 * base.job.values[size]);
  }
  *ret_base = base;
  return 0;
}

/* --- The three comparisons --- */

static int compare_teams(struct verification *v, const struct base *base, const struct job *job,
                         struct findings *findings)
{
  for (unsigned i = 0; i < 2 * WORKERS_VERIFIED; i++) {
    unsigned workers = i / 2 + 1;
    struct workload workload;
    struct sample sample;
    int r = run(v, job, workers, i % 2 ? SCHEDULE_DYNAMIC : SCHEDULE_STATIC, &workload, &sample);
    if (r < 0)
      return r;
    findings->runs++;
    if (sample.partial->bytes != base->sample.partial->bytes
        || memcmp(sample.partial, base->sample.partial, sample.partial->bytes) != 0) {
      findings->different++;
      snprintf(findings->wrong, sizeof findings->wrong,
               "%u workers, %s: other bytes than the reference", workers,
               schedule_name(i % 2 ? SCHEDULE_DYNAMIC : SCHEDULE_STATIC));
    }
    sample_release(&sample);
    workload_release(&workload);
  }
  return 0;
}

/* Predicts from the kernel's own costs how long the job would take. */
static int predict_s(const struct base *base, const struct job *job, double *ret_s)
{
  struct workload workload;
  int r = workload_prepare(job, &workload);
  if (r < 0)
    return r;
  *ret_s = base->sample.wall_s * (double)workload.cost[workload.chunks]
           / (double)base->workload.cost[base->workload.chunks];
  workload_release(&workload);
  return 0;
}

static int compare_known(struct verification *v, const struct base *base, struct job job,
                         const struct known *known, struct findings *findings)
{
  char text[VERDICT_TEXT];
  struct workload workload;
  struct sample sample;
  double expected_s;
  if (known_job(known, &job) < 0)
    return 0;
  int r = predict_s(base, &job, &expected_s);
  if (r == 0 && expected_s > KNOWN_S)
    return 0;
  if (r == 0)
    r = run(v, &job, v->placement->slot_count, SCHEDULE_DYNAMIC, &workload, &sample);
  if (r < 0)
    return r;
  if (verify_known(&job, sample.answer, text) > 0) {
    findings->known++;
  } else {
    findings->known_wrong++;
    snprintf(findings->wrong, sizeof findings->wrong, "%s", text);
  }
  sample_release(&sample);
  workload_release(&workload);
  return 0;
}

static int compare_peer(struct verification *v, const struct base *base, const struct job *job,
                        struct findings *findings)
{
  struct job peer;
  struct workload workload;
  struct sample sample;
  findings->peer = "";
  if (!job->kernel->peer || job->kernel->peer(job, &peer) < 0)
    return 0;
  int r = run(v, &peer, v->placement->slot_count, SCHEDULE_DYNAMIC, &workload, &sample);
  if (r < 0)
    return r;
  bool equal = answer_equal(base->sample.answer, sample.answer);
  findings->peer = equal ? "agrees" : "differs";
  if (!equal)
    snprintf(findings->wrong, sizeof findings->wrong, "another answer by an independent way");
  sample_release(&sample);
  workload_release(&workload);
  return 0;
}

/* --- Variants, methods, kernels --- */

static int add_row(struct verification *v, const struct job *job, const struct findings *f)
{
  char runs[CELL], known[CELL] = "";
  snprintf(runs, sizeof runs, "%u of %u", f->runs - f->different, f->runs);
  if (f->known + f->known_wrong)
    snprintf(known, sizeof known, "%u of %u", f->known, f->known + f->known_wrong);
  const char *cells[] = {job->kernel->name,
                         job->method->name,
                         job->variant->name,
                         runs,
                         known,
                         f->peer,
                         f->wrong[0] ? "WRONG" : "right"};
  return grid_row(v->grid, cells);
}

static int verify_variant(struct verification *v, const struct base *base, struct job job)
{
  struct findings findings = {0};
  progress_show(&v->line, NAN, "verifying %s/%s, %s", job.kernel->name, job.method->name,
                job.variant->name);
  int r = compare_teams(v, base, &job, &findings);
  for (const struct known *k = job.kernel->known; r == 0 && k && k->value; k++)
    r = compare_known(v, base, job, k, &findings);
  if (r == 0)
    r = compare_peer(v, base, &job, &findings);
  if (r < 0)
    return r;
  if (findings.wrong[0]) {
    v->wrong++;
    progress_clear(&v->line);
    say("%s/%s, %s: %s", job.kernel->name, job.method->name, job.variant->name, findings.wrong);
  }
  return add_row(v, &job, &findings);
}

static int verify_method(struct verification *v, struct job job)
{
  struct base base;
  int r = base_find(v, &job, &base);
  if (r < 0)
    return r;
  job = base.job;
  for (const struct variant *variant = job.method->variants; r == 0 && variant->name; variant++) {
    job.variant = variant;
    if (variant_runs_here(variant))
      r = verify_variant(v, &base, job);
  }
  base_release(&base);
  return r;
}

static int verify_kernel(struct verification *v, const struct kernel *kernel)
{
  struct job job = job_default(kernel);
  int r = 0;
  for (const struct method *m = kernel->methods; r == 0 && m->name; m++) {
    job_method_set(&job, m);
    job.variant = m->variants;
    r = verify_method(v, job);
  }
  return r < 0 ? say_failure(r, &v->fault, &job) : EXIT_FINE;
}

static const struct grid_column columns[] = {
    {"kernel", GRID_LEFT},      {"method", GRID_LEFT}, {"variant", GRID_LEFT},
    {"same bytes", GRID_RIGHT}, {"known", GRID_RIGHT}, {"independent", GRID_LEFT},
    {"verdict", GRID_LEFT},     {NULL, GRID_LEFT},
};

int cmd_verify(int argc, char **argv)
{
  struct verify_options options = {0};
  struct placement *placement = NULL;
  options_parse(&verify_argp, argc, argv, &options);
  if (options.count == 0)
    for (size_t i = 0; kernels[i] && i < KERNELS_MOST; i++)
      options.kernels[options.count++] = kernels[i];
  int code = load_placement(PLACE_CORES, NULL, &placement);
  if (code)
    return code;
  interrupt_catch();
  struct verification v = {.placement = placement, .line = progress_begin(options.quiet)};
  v.grid = grid_new(columns);
  for (size_t i = 0; v.grid && code == EXIT_FINE && i < options.count; i++)
    code = verify_kernel(&v, options.kernels[i]);
  progress_clear(&v.line);
  if (!v.grid || grid_print(v.grid, stdout) < 0) {
    say("out of memory");
    code = EXIT_FAILED;
  }
  grid_free(v.grid);
  placement_free(placement);
  return code == EXIT_FINE && v.wrong ? EXIT_WRONG : code;
}
