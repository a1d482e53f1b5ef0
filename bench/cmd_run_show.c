/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_run_show.c: what pibench run prints: the machine, the tables, the command that repeats it. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_run_session.h"
#include "grid.h"
#include "number.h"
#include "reference.h"
#include "table.h"

enum { REFERENCES_MOST = 8 };

/* "(0-3)", or, of ranks on several nodes, which may be unlike, "on 4 nodes". */
static const char *where_text(const struct placement *placement, const char *cpu_list,
                              char text[128])
{
  unsigned nodes = 0;
  for (unsigned i = 0; i < placement->slot_count; i++)
    nodes = placement->slots[i].node >= nodes ? placement->slots[i].node + 1 : nodes;
  if (nodes > 1)
    snprintf(text, 128, "on %u nodes", nodes);
  else
    snprintf(text, 128, "(%.100s)", cpu_list ? cpu_list : placement->allowed);
  return text;
}

void run_show_machine(const struct session *session)
{
  const struct placement *placement = session->placement;
  const struct machine *machine = &session->machine;
  bool virtual = machine->virtualised && strcmp(machine->virtualised, "none") != 0;
  unsigned cpus = placement_cpus(placement, placement->slot_count);
  bool part = machine->online_cpus.known && machine->online_cpus.value > cpus;
  char text[512], where[128];
  int n =
      snprintf(text, sizeof text, "%.100s%s%s, %s%u CPU%s %s",
               machine->cpu_model ? machine->cpu_model : "unknown CPU", virtual ? " under " : "",
               virtual ? machine->virtualised : "", part ? "using only " : "", cpus,
               cpus == 1 ? "" : "s", where_text(placement, session->options->team.cpu_list, where));
  if (part)
    n += snprintf(text + n, sizeof text - (size_t)n, " of %u online",
                  (unsigned)machine->online_cpus.value);
  if (isfinite(placement->quota_cpus))
    n += snprintf(text + n, sizeof text - (size_t)n, ", CPU quota %.2f", placement->quota_cpus);
  if (!placement->this_system)
    snprintf(text + n, sizeof text - (size_t)n, ", a topology that is not this machine's");
  print_wrapped(text, stdout);
  if (!session->options->team.workers && placement->quota_cpus < placement->slot_count)
    printf("The quota limits the default to %u worker%s.\n",
           session->workers[session->worker_counts - 1],
           session->workers[session->worker_counts - 1] == 1 ? "" : "s");
}

bool run_shows_tables(const struct session *session)
{
  return !session->to_stdout && !session->options->json;
}

/* Where results of other machines are: installed, or in the source tree. */
static const char *references_directory(void)
{
  const char *given = getenv("PIBENCH_RESULTS");
  return given                                          ? given
         : access(PIBENCH_INSTALLED_RESULTS, R_OK) == 0 ? PIBENCH_INSTALLED_RESULTS
                                                        : PIBENCH_SOURCE_RESULTS;
}

static int add_reference(struct grid *grid, const struct reference *reference)
{
  char one[NUMBER_TEXT], all[NUMBER_TEXT], workers[16];
  snprintf(workers, sizeof workers, "%u", reference->workers);
  return grid_row(grid, (const char *[]){reference->machine, reference->variant,
                                         number_si(reference->rate_one_per_s, one), workers,
                                         number_si(reference->rate_all_per_s, all)});
}

/* The same work on machines whose result files are kept, one line each. */
static int show_references(const struct benchmark *b)
{
  struct reference references[REFERENCES_MOST];
  char one[64], all[64];
  size_t n = reference_find(references_directory(), b, REFERENCES_MOST, references);
  snprintf(one, sizeof one, "%.20s/s: one CPU", b->workload.job.kernel->unit);
  snprintf(all, sizeof all, "all");
  const struct grid_column columns[] = {
      {"the same work on", GRID_LEFT}, {"variant", GRID_LEFT}, {one, GRID_RIGHT},
      {"workers", GRID_RIGHT},         {all, GRID_RIGHT},      {NULL, GRID_LEFT}};
  struct grid *grid = n ? grid_new(columns) : NULL;
  int r = n && !grid ? -ENOMEM : 0;
  for (size_t i = 0; r == 0 && i < n; i++)
    r = add_reference(grid, &references[i]);
  if (r == 0 && grid) {
    putchar('\n');
    r = grid_print(grid, stdout);
  }
  grid_free(grid);
  return r;
}

/* NO_COLOR as no-color.org has it: set and not empty. */
static bool wants_bold(const struct run_options *options)
{
  const char *no_color = getenv("NO_COLOR");
  return !options->no_color && !(no_color && *no_color) && terminal_obeys(STDOUT_FILENO);
}

int run_show_benchmark(const struct session *session, const struct benchmark *b)
{
  const struct run_options *options = session->options;
  struct table_options table = {
      .verbose = options->verbose,
      .explain = options->explain,
      .bold = wants_bold(options),
  };
  bool wrong = b->verdict.text[0] && !b->verdict.right;
  if (!run_shows_tables(session) || (options->sweep && !options->verbose && !wrong))
    return 0;
  putchar('\n');
  int r = options->sustain ? sustain_print(b, stdout)
                           : table_print(b, session->placement, &table, stdout);
  if (r == 0 && b->verdict.right && !options->sustain && !options->weak)
    r = show_references(b);
  fflush(stdout);
  return r;
}

/* The options that say how workers run, where they are not the default. */
static void print_team_options(const struct run_options *options)
{
  const struct team_options *team = &options->team;
  if (team->cpu_list)
    printf(" --place cpus=%s", team->cpu_list);
  else if (team->place != team_options_default.place)
    printf(" --place %s", placement_place_name(team->place));
  if (team->pin != team_options_default.pin)
    printf(" --pin %s", pin_name(team->pin));
  if (team->schedule >= 0)
    printf(" --schedule %s", schedule_name((enum schedule)team->schedule));
  if (options->backends[BACKEND_THREAD])
    printf(" --backend %s", options->backends[BACKEND_PROCESS] ? "process,thread" : "thread");
  if (team->isa)
    printf(" --isa %s", team->isa);
  if (team->seed != team_options_default.seed)
    printf(" --seed %llu", (unsigned long long)team->seed);
}

/* The options that say for how long, where they are not the default. */
static void print_round_options(const struct run_options *options)
{
  if (options->profile != run_profiles)
    printf(" --profile %s", options->profile->name);
  if (options->rounds)
    printf(" --rounds %llu", (unsigned long long)options->rounds);
  if (options->precision > 0)
    printf(" --precision %g", options->precision);
  if (options->max_s > 0)
    printf(" --max-time %g", options->max_s);
}

/* The command that repeats the run with the sizes that were chosen. */
void run_show_repeat(const struct session *session)
{
  bool chosen = false;
  for (size_t i = 0; i < session->done; i++)
    chosen |= session->benchmarks[i].size_chosen;
  if (!chosen || !run_shows_tables(session))
    return;
  printf("\nThe sizes were chosen for this machine. To repeat:\n  pibench run");
  for (size_t i = 0; i < session->done; i++)
    printf(" %s", session->benchmarks[i].name);
  for (unsigned i = 0; i < session->worker_counts; i++)
    printf("%s%u", i ? "," : " -w ", session->workers[i]);
  if (session->options->weak)
    printf(" --scaling weak");
  if (session->options->sustain)
    printf(" --sustain %s", session->options->sustain);
  if (session->options->slowdown > 0)
    printf(" --inject %g", session->options->slowdown);
  if (session->options->serial_fraction > 0)
    printf(" --serial-fraction %g", session->options->serial_fraction);
  print_team_options(session->options);
  print_round_options(session->options);
  putchar('\n');
}
