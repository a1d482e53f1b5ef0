/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ab.c: pibench ab: is one build slower than another? */

#include <math.h>
#include <string.h>

#include "ab_result.h"
#include "findings.h"
#include "interrupt.h"
#include "keep.h"

/* The CPUs of both sides, before the old build chooses their order. */
static int choose_cpus(struct ab_session *session)
{
  const struct ab_options *options = session->options;
  const struct team_options *team = &options->run.team;
  struct placement *placement = NULL;
  unsigned counts[WORKERS_MOST], n;
  int code = load_placement(team->place, team->cpu_list, &placement);
  if (code)
    return code;
  if (options->workers)
    n = options_worker_counts(options->workers, placement, counts);
  else
    n = placement_worker_counts(placement, 16, counts);
  session->workers = options->commands && !options->workers ? 1 : counts[n - 1];
  if (session->workers > placement->slot_count)
    session->workers = placement->slot_count;
  CPU_ZERO(&session->cpus);
  size_t length = 0;
  for (unsigned i = 0; options->commands && i < session->workers; i++) {
    unsigned cpu = placement->slots[i].cpu;
    if (cpu < CPU_SETSIZE)
      CPU_SET(cpu, &session->cpus);
    if (length + 16 < sizeof session->cpu_list)
      length += (size_t)snprintf(session->cpu_list + length, sizeof session->cpu_list - length,
                                 "%s%u", i ? "," : "", cpu);
  }
  placement_free(placement);
  return 0;
}

static double left_s(const struct ab_session *session, size_t runs_left)
{
  return session->runs ? session->seconds / (double)session->runs * (double)runs_left : NAN;
}

/* Plans and runs one phase. */
static int run_phase(struct ab_session *session, enum ab_phase phase, size_t blocks,
                     const char *what)
{
  const struct ab_options *options = session->options;
  size_t runs = blocks * BLOCK_RUNS, later = phase == AB_SAME ? options->blocks * BLOCK_RUNS : 0;
  unsigned long seed = (unsigned long)options->seed * AB_PHASES + phase;
  int code = 0;
  if (ab_plan(&session->ab, phase, blocks, seed) < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  for (size_t run = 0; run < runs && code == 0; run++) {
    progress_show(&session->line, left_s(session, runs - run + later), "ab: %s: block %zu of %zu",
                  what, run / BLOCK_RUNS + 1, blocks);
    code = programs_run(session, phase, run);
  }
  if (code == 0 && ab_judge(&session->ab) < 0) {
    say("out of memory");
    code = EXIT_FAILED;
  }
  return code;
}

/* As many as were asked for, or as there is time for: decided before they are looked at. */
static size_t affordable_blocks(const struct ab_session *session)
{
  const struct ab_options *options = session->options;
  double block_s = BLOCK_RUNS * session->seconds / (double)session->runs;
  double affordable = floor(options->max_s / block_s);
  size_t rows = 0, blocks = options->blocks;
  for (size_t i = 0; i < session->ab.count; i++)
    rows += session->ab.benchmarks[i].row_count;
  size_t fewest = blocks_fewest(rows);
  if (affordable < (double)blocks)
    blocks = affordable > (double)fewest ? (size_t)affordable : fewest;
  if (blocks < options->blocks && !options->quiet)
    say("note: a block takes %.3g s: %zu blocks instead of %zu (--max-time)", block_s, blocks,
        (size_t)options->blocks);
  if (blocks >= fewest)
    return blocks;
  if (!options->quiet)
    say("note: %zu comparisons at once need %zu blocks at least: so many are run", rows, fewest);
  return fewest;
}

static bool anything_to_compare(const struct ab *ab)
{
  for (size_t i = 0; i < ab->count; i++)
    if (ab->benchmarks[i].row_count)
      return true;
  return false;
}

static bool anything_slower(const struct ab *ab)
{
  for (size_t i = 0; i < ab->count; i++)
    if (ab_looks_slower(&ab->benchmarks[i]))
      return true;
  return false;
}

static int run_phases(struct ab_session *session)
{
  int code = run_phase(session, AB_SAME, AB_BLOCKS_SAME, "old against old");
  if (code)
    return code;
  size_t blocks = affordable_blocks(session);
  code = run_phase(session, AB_FIRST, blocks, "old against new");
  if (code == 0 && anything_slower(&session->ab))
    code = run_phase(session, AB_CONFIRM, blocks, "looks slower, once more");
  return code;
}

/* Table, reasons, GitHub; returns the exit code. */
static int show(const struct ab_session *session)
{
  struct findings findings;
  int code = EXIT_FAILED;
  if (findings_of_ab(&session->ab, session->options->warn_on_inconclusive, &findings) == 0) {
    code = findings_exit_code(&findings);
    if (!session->to_stdout) {
      putchar('\n');
      if (findings_print(&findings, stdout) < 0)
        code = EXIT_FAILED;
      if (code != EXIT_NOTHING)
        ab_print_noise(session);
      findings_tell_github(&findings, "pibench ab");
    }
  }
  findings_release(&findings);
  return code;
}

static int compare(struct ab_session *session)
{
  int code = programs_scout(session);
  if (code)
    return code;
  progress_clear(&session->line);
  session->ab.threshold = session->options->threshold;
  if (!session->to_stdout)
    ab_print_sides(session);
  if (session->options->instructions)
    code = programs_count_instructions(session);
  if (code == 0 && anything_to_compare(&session->ab))
    code = run_phases(session);
  progress_clear(&session->line);
  return code ? code : show(session);
}

int cmd_ab(int argc, char **argv)
{
  static struct ab_options options;
  static struct ab_session session;
  ab_options_read(argc, argv, &options);
  session = (struct ab_session){.options = &options, .started_at = time(NULL)};
  session.to_stdout = options.output && strcmp(options.output, "-") == 0;
  session.line = progress_begin(options.quiet);
  int code = choose_cpus(&session);
  if (code)
    return code;
  if (!session.to_stdout)
    keep_open(options.output, "-ab.json", session.started_at, &session.output);
  interrupt_catch();
  code = compare(&session);
  interrupt_let_through();
  if (session.ab.count) {
    if (session.error[0] && ab_judge(&session.ab) < 0) /* what there was until then */
      say("out of memory");
    json_t *json = ab_result_json(&session, code);
    int written = keep_write(&session.output, session.to_stdout, options.quiet, json);
    code = code == EXIT_FINE ? written : code;
    json_decref(json);
  }
  for (int side = 0; side < AB_SIDES; side++)
    result_file_free(session.scout[side]);
  ab_release(&session.ab);
  output_release(&session.output);
  return code;
}
