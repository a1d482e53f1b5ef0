/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ab_instructions.c: instructions of one sample under valgrind's callgrind.
 *
 * Counted is what happens inside worker_timed_part() (harness/worker.c) of a run with one round:
 * the serial sample, that of one worker, and what verifies them.  Such counts hardly vary (a few
 * parts in a million: addresses), so that 1 % needs no statistics.  valgrind offers no AVX-512: the
 * variant that ran there is told.
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ab_programs.h"

#define INSTRUCTIONS_THRESHOLD 0.01

struct counting {
  char directory[64], out_file[96]; /* one file a process */
  char variant[16];
  long long count;
};

/* "totals: 27111481" */
static long long read_totals(const char *path)
{
  char line[256];
  long long found = 0;
  FILE *from = fopen(path, "r");
  while (from && fgets(line, sizeof line, from))
    if (sscanf(line, "totals: %lld", &found) == 1)
      break;
  if (from)
    fclose(from);
  return found;
}

/* Adds up the processes and removes their files. */
static void collect(struct counting *counting)
{
  DIR *directory = opendir(counting->directory);
  const struct dirent *entry;
  while (directory && (entry = readdir(directory))) {
    char path[sizeof counting->directory + sizeof entry->d_name + 1];
    if (entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s", counting->directory, entry->d_name);
    counting->count += read_totals(path);
    unlink(path);
  }
  if (directory)
    closedir(directory);
  rmdir(counting->directory);
}

static int fail(const struct ab_session *session, enum ab_side side, const char *what)
{
  say("--instructions: %s (%.80s) %.200s", programs_side(side), session->options->program[side],
      what);
  return EXIT_FAILED;
}

static int run_counted(struct ab_session *session, enum ab_side side, const char *name,
                       struct counting *counting)
{
  const char *const argv[] = {"valgrind",
                              "-q",
                              "--tool=callgrind",
                              "--toggle-collect=worker_timed_part",
                              counting->out_file,
                              session->options->program[side],
                              "run",
                              name,
                              "-w",
                              "1",
                              "--rounds",
                              "1",
                              "--pin",
                              "off",
                              "-o",
                              "-",
                              "-q",
                              NULL};
  const struct subprocess program = {.arguments = argv,
                                     .environment = session->options->environment[side],
                                     .keep_output = true,
                                     .timeout_s = session->options->timeout_s};
  struct subprocess_result end;
  struct result_file *result = NULL;
  char message[RESULT_MESSAGE];
  int r = subprocess_run(&program, &end);
  if (r == -ENOENT) {
    say("--instructions needs valgrind, which is not installed");
    return EXIT_USAGE;
  }
  if (r < 0)
    return fail(session, side, r == -EINTR ? "was interrupted" : strerrordesc_np(-r));
  int code = end.status == 0 ? 0 : fail(session, side, end.last_line);
  if (code == 0 && result_text_read("its result", end.output, end.length, &result, message) < 0)
    code = fail(session, side, message);
  if (code == 0)
    snprintf(counting->variant, sizeof counting->variant, "%s", result->benchmarks[0].variant);
  result_file_free(result);
  subprocess_result_release(&end);
  return code;
}

static int count_side(struct ab_session *session, enum ab_side side, const char *name,
                      struct counting *ret_counting)
{
  struct counting counting = {.directory = "/tmp/pibench-instructions-XXXXXX"};
  if (!mkdtemp(counting.directory))
    return fail(session, side, strerrordesc_np(errno));
  snprintf(counting.out_file, sizeof counting.out_file, "--callgrind-out-file=%s/%%p",
           counting.directory);
  int code = run_counted(session, side, name, &counting);
  collect(&counting);
  if (code == 0 && counting.count == 0)
    return fail(session, side, "has no function worker_timed_part, or its symbols are stripped");
  *ret_counting = counting;
  return code;
}

static void tell(struct ab_session *session, struct ab_benchmark *b,
                 const struct counting counts[AB_SIDES])
{
  double change = (double)counts[AB_NEW].count / (double)counts[AB_OLD].count - 1;
  const char *verdict = fabs(change) <= INSTRUCTIONS_THRESHOLD ? "the same within 1 %"
                        : change > 0                           ? "MORE by over 1 %"
                                                               : "fewer by over 1 %";
  b->more_instructions = change > INSTRUCTIONS_THRESHOLD;
  if (session->to_stdout)
    return;
  printf("instructions of %s (%s", b->name, counts[AB_OLD].variant);
  if (strcmp(counts[AB_OLD].variant, counts[AB_NEW].variant) != 0)
    printf(", now %s", counts[AB_NEW].variant);
  printf("):\n  %lld, now %lld (%+.2f %%): %s\n", counts[AB_OLD].count, counts[AB_NEW].count,
         100 * change, verdict);
}

int programs_count_instructions(struct ab_session *session)
{
  for (size_t i = 0; i < session->ab.count; i++) {
    struct ab_benchmark *b = &session->ab.benchmarks[i];
    struct counting counts[AB_SIDES];
    for (enum ab_side side = AB_OLD; !b->unlike && side < AB_SIDES; side++) {
      progress_show(&session->line, NAN, "ab: counting instructions of %s", b->name);
      int code = count_side(session, side, b->name, &counts[side]);
      progress_clear(&session->line);
      if (code)
        return code;
      b->instructions[side] = counts[side].count;
      snprintf(b->counted_variant, sizeof b->counted_variant, "%s", counts[side].variant);
    }
    if (!b->unlike)
      tell(session, b, counts);
  }
  return 0;
}
