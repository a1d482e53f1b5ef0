/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_programs.c: runs the two sides of pibench ab: builds of pibench, or any commands. */

#include "ab_programs.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "job.h"

enum { START_TEXT = 160 };

const char *programs_side(enum ab_side side)
{
  return side == AB_OLD ? "the old side" : "the new side";
}

/* --- How a run ended --- */

static int refuse(struct ab_session *session, int code, enum ab_side side, const char *what)
{
  snprintf(session->error, sizeof session->error, "%s (%.80s) %.150s", programs_side(side),
           session->options->program[side], what);
  progress_clear(&session->line);
  say("%s", session->error);
  return code;
}

static int interrupted(struct ab_session *session)
{
  snprintf(session->error, sizeof session->error, "interrupted");
  progress_clear(&session->line);
  say("ab: interrupted");
  return EXIT_FAILED; /* main() raises the signal again */
}

/* A build's exit code that means the same here. */
static int code_of(const struct subprocess_result *end)
{
  switch (end->status) {
  case EXIT_USAGE:
  case EXIT_WRONG:
  case EXIT_REFUSED:
  case EXIT_NOTHING:
    return end->status;
  default:
    return EXIT_FAILED;
  }
}

/* 0 if it ended well. */
static int check_end(struct ab_session *session, enum ab_side side,
                     const struct subprocess_result *end)
{
  char text[SUBPROCESS_LINE + 64];
  const char *line = end->last_line;
  if (strncmp(line, "pibench: ", 9) == 0)
    line += 9;
  if (end->timed_out)
    snprintf(text, sizeof text, "did not end within --timeout");
  else if (end->status < 0)
    snprintf(text, sizeof text, "was killed by SIG%s", sigabbrev_np(end->signal));
  else if (end->status == EXIT_WRONG && !session->options->commands)
    snprintf(text, sizeof text, "computed wrong digits: %.200s", line);
  else if (end->status != 0)
    snprintf(text, sizeof text, "exited with %d%s%.200s", end->status, *line ? ": " : "", line);
  else
    return 0;
  return refuse(session, session->options->commands ? EXIT_FAILED : code_of(end), side, text);
}

/* What was probably meant. */
static const char *meant(const char *program, int error)
{
  const char *ending = strrchr(program, '.');
  struct stat status;
  struct job job;
  char message[JOB_MESSAGE];
  if (ending && strcmp(ending, ".json") == 0)
    return "; ab runs builds, result files are for 'pibench compare'";
  if (stat(program, &status) == 0 && S_ISDIR(status.st_mode))
    return "; it is a directory: give the program in it, such as build/bench/pibench";
  if (error == ENOENT && job_parse(program, &job, message) == 0)
    return "; what is to be measured stands behind --";
  if (error == ENOENT && !strchr(program, '/') && access(program, F_OK) == 0)
    return "; it is not in PATH but in this directory: give it with ./ before it";
  return "";
}

/* Why a program could not be started. */
static void cannot_be_run(const struct ab_session *session, enum ab_side side, int error,
                          char text[START_TEXT])
{
  const struct ab_options *options = session->options;
  snprintf(text, START_TEXT, "cannot be run: %s%s", strerrordesc_np(error),
           options->commands ? "" : meant(options->program[side], error));
}

/* Runs a side once; the caller releases *ret_end on success (exit code 0). */
static int run_side(struct ab_session *session, enum ab_side side, const char *const *argv,
                    struct subprocess_result *ret_end)
{
  const struct ab_options *options = session->options;
  const struct subprocess program = {
      .arguments = argv,
      .environment = options->environment[side],
      .cpus = options->commands ? &session->cpus : NULL,
      .keep_output = !options->commands,
      .timeout_s = options->timeout_s,
  };
  int r = subprocess_run(&program, ret_end);
  if (r == -EINTR)
    return interrupted(session);
  if (r < 0) {
    char text[START_TEXT];
    cannot_be_run(session, side, -r, text);
    return refuse(session, r == -ENOENT || r == -EACCES ? EXIT_USAGE : EXIT_FAILED, side, text);
  }
  int code = check_end(session, side, ret_end);
  if (code)
    subprocess_result_release(ret_end);
  return code;
}

/* --- Builds of pibench --- */

/* What is given to a build; texts live as long as the session. */
struct arguments {
  const char *list[AB_ARGV_MOST];
  size_t n;
};

static void add(struct arguments *arguments, const char *argument)
{
  if (argument && arguments->n + 1 < AB_ARGV_MOST)
    arguments->list[arguments->n++] = argument;
}

static bool is_job(const struct run_options *run, const char *argument)
{
  for (size_t i = 0; i < run->job_count; i++)
    if (run->jobs[i] == argument) /* the same text in memory: not the value of an option */
      return true;
  return false;
}

/* The user's options, and what both phases of a session share. */
static void add_common(const struct ab_session *session, enum ab_side side, bool jobs,
                       struct arguments *arguments)
{
  static char workers[16], rounds[16];
  const struct ab_options *options = session->options;
  const struct run_options *run = &options->run;
  add(arguments, options->program[side]);
  add(arguments, "run");
  for (size_t i = 0; options->arguments[i]; i++)
    if (jobs || !is_job(run, options->arguments[i]))
      add(arguments, options->arguments[i]);
  snprintf(workers, sizeof workers, "%u", session->workers);
  snprintf(rounds, sizeof rounds, "%u", run->rounds ? (unsigned)run->rounds : 3);
  if (!run->team.workers) {
    add(arguments, "-w");
    add(arguments, options->workers ? options->workers : workers);
  }
  static const char *const fixed[] = {"--rounds", rounds, "-o", "-", "-q"};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    add(arguments, fixed[i]);
}

/* The very same work on the very same CPUs for both sides. */
static void add_block(const struct ab_session *session, enum ab_side side, enum ab_phase phase,
                      struct arguments *arguments)
{
  static char place[AB_CPU_LIST + 8];
  add_common(session, side, false, arguments);
  const struct result_file *old = session->scout[AB_OLD];
  for (size_t i = 0; i < old->benchmark_count; i++) {
    const struct ab_benchmark *b = session->ab.count ? &session->ab.benchmarks[i] : NULL;
    if (!b || (!b->unlike && (phase != AB_CONFIRM || ab_looks_slower(b))))
      add(arguments, old->benchmarks[i].name);
  }
  snprintf(place, sizeof place, "cpus=%s", session->cpu_list);
  add(arguments, "--place");
  add(arguments, place);
  add(arguments, "--pin");
  add(arguments, session->pinned ? "require" : "off");
  if (side == AB_NEW && session->options->inject_text) {
    add(arguments, "--inject");
    add(arguments, session->options->inject_text);
  }
}

static int run_build(struct ab_session *session, enum ab_side side,
                     const struct arguments *arguments, struct result_file **ret_result)
{
  struct subprocess_result end;
  char message[RESULT_MESSAGE];
  int code = run_side(session, side, arguments->list, &end);
  if (code)
    return code;
  int r =
      result_text_read("its output", end.output ? end.output : "", end.length, ret_result, message);
  session->seconds += end.wall_s;
  session->runs++;
  subprocess_result_release(&end);
  if (r < 0) {
    char text[RESULT_MESSAGE + 64];
    snprintf(text, sizeof text, "is no build of pibench (%.90s); others go with --command",
             message);
    return refuse(session, EXIT_FAILED, side, text);
  }
  return 0;
}

static int check_digits(struct ab_session *session, enum ab_side side)
{
  const struct result_file *file = session->scout[side];
  for (size_t i = 0; i < file->benchmark_count; i++)
    if (file->benchmarks[i].right == RESULT_WRONG) {
      char text[160];
      snprintf(text, sizeof text, "computed wrong digits: %.100s", file->benchmarks[i].name);
      return refuse(session, EXIT_WRONG, side, text);
    }
  return 0;
}

/* The order in which the old side took the CPUs. */
static void read_cpus(struct ab_session *session)
{
  const struct result_file *old = session->scout[AB_OLD];
  const json_t *slots = json_object_get(json_object_get(old->json, "topology"), "slots"), *slot;
  size_t i, n = 0;
  json_array_foreach(slots, i, slot)
  {
    json_int_t cpu = json_integer_value(json_object_get(slot, "cpu"));
    if (n + 16 < sizeof session->cpu_list)
      n += (size_t)snprintf(session->cpu_list + n, sizeof session->cpu_list - n, "%s%lld",
                            i ? "," : "", (long long)cpu);
  }
  session->pinned = old->benchmark_count && old->benchmarks[0].rows[0].pinned;
}

static int scout_builds(struct ab_session *session)
{
  struct arguments first = {0}, second = {0};
  progress_show(&session->line, NAN, "ab: a first look at both sides");
  add_common(session, AB_OLD, true, &first);
  int code = run_build(session, AB_OLD, &first, &session->scout[AB_OLD]);
  if (code == 0)
    code = check_digits(session, AB_OLD);
  if (code)
    return code;
  read_cpus(session);
  session->seconds = 0; /* choosing sizes took its time */
  session->runs = 0;
  add_block(session, AB_NEW, AB_FIRST, &second);
  code = run_build(session, AB_NEW, &second, &session->scout[AB_NEW]);
  if (code == 0)
    code = check_digits(session, AB_NEW);
  if (code)
    return code;
  const struct result_file *old = session->scout[AB_OLD], *new = session->scout[AB_NEW];
  for (size_t n = differences_find(old, new, session->differences), i = 0; i < n; i++)
    if (strcmp(session->differences[i].what, "order of CPUs") != 0) /* ours to choose */
      session->differences[session->difference_count++] = session->differences[i];
  if (ab_from_results(old, new, &session->ab) < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  return 0;
}

/* --- Any commands --- */

/* Words at blanks, without a shell; what a shell would treat is given to one. */
static void split(const char *command, char *storage, size_t size, struct arguments *arguments)
{
  if (strpbrk(command, "|&;<>()$`\\\"'*?[]#~=%!{}\n") || strlen(command) >= size) {
    static const char *const shell[] = {"/bin/sh", "-c"};
    add(arguments, shell[0]);
    add(arguments, shell[1]);
    add(arguments, command);
    return;
  }
  char *rest = NULL;
  strcpy(storage, command);
  for (char *word = strtok_r(storage, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
    add(arguments, word);
}

static int run_command(struct ab_session *session, enum ab_side side, double *ret_wall_s)
{
  struct arguments arguments = {0};
  struct subprocess_result end;
  char storage[4096];
  split(session->options->program[side], storage, sizeof storage, &arguments);
  if (arguments.n == 0)
    return refuse(session, EXIT_USAGE, side, "is an empty command");
  int code = run_side(session, side, arguments.list, &end);
  if (code)
    return code;
  *ret_wall_s = end.wall_s;
  session->seconds += end.wall_s;
  session->runs++;
  subprocess_result_release(&end);
  return 0;
}

/* Runs as one of a block; the new side is made longer on purpose where that was asked for: we
 * keep a CPU busy, as a slower program would, until so much of its time has passed once more. */
static int time_command(struct ab_session *session, enum ab_side side, double *ret_wall_s)
{
  int code = run_command(session, side, ret_wall_s);
  double inject = side == AB_NEW ? session->options->inject : 0;
  if (code || inject <= 0)
    return code;
  *ret_wall_s += subprocess_spin(*ret_wall_s * inject);
  return 0;
}

static int scout_commands(struct ab_session *session)
{
  for (enum ab_side side = AB_OLD; side < AB_SIDES; side++) {
    double wall_s;
    int code = run_command(session, side, &wall_s);
    if (code)
      return code;
  }
  session->pinned = true;
  if (ab_from_commands(session->options->program[AB_NEW], &session->ab) < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  return 0;
}

/* --- Both --- */

int programs_scout(struct ab_session *session)
{
  return session->options->commands ? scout_commands(session) : scout_builds(session);
}

int programs_run(struct ab_session *session, enum ab_phase phase, size_t run)
{
  enum ab_side side = ab_side_at(&session->ab, phase, run);
  struct result_file *result = NULL;
  double wall_s = 0;
  int r = 0, code;
  if (session->options->commands) {
    code = time_command(session, side, &wall_s);
    r = code ? 0 : ab_store_time(&session->ab, phase, run, wall_s);
  } else {
    struct arguments arguments = {0};
    add_block(session, side, phase, &arguments);
    code = run_build(session, side, &arguments, &result);
    r = code ? 0 : ab_store(&session->ab, phase, run, result);
    result_file_free(result);
  }
  if (r == -EBADMSG)
    return refuse(session, EXIT_WRONG, side, "computed wrong digits");
  if (r == -ENODATA)
    return refuse(session, EXIT_FAILED, side, "left out a row that it measured before");
  if (r < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  return code;
}
