/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_compare.c: pibench compare: result files against result files. */

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "compare.h"
#include "findings.h"
#include "grid.h"
#include "options.h"
#include "same_work.h"

enum { OLD, NEW, SIDES };

struct compare_options {
  const char *paths[SIDES][COMPARE_FILES_MOST];
  size_t count[SIDES];
  char *const *behind; /* the arguments behind --against; ends with NULL */
  double threshold;
  bool against, warn_on_inconclusive, allow_different;
};

enum { KEY_AGAINST = 0x500, KEY_THRESHOLD, KEY_ON_INCONCLUSIVE, KEY_ALLOW_DIFFERENT };

static const struct argp_option compare_option_table[] = {
    {"against", KEY_AGAINST, "NEW", 0, "This file and all that follow are the new side", 0},
    {"threshold", KEY_THRESHOLD, "P", 0, "What counts as slower, such as 5% (default) or 0.05", 0},
    {"on-inconclusive", KEY_ON_INCONCLUSIVE, "WHAT", 0,
     "fail (default): exit 4 where a comparison cannot tell; warn: exit 0", 0},
    {"allow-different", KEY_ALLOW_DIFFERENT, NULL, 0,
     "Compare different machines: a comparison of hardware, without a verdict", 0},
    {0}};

static void add_path(struct compare_options *options, int side, const char *path)
{
  if (options->count[side] == COMPARE_FILES_MOST)
    usage_error("more than %d files on one side", COMPARE_FILES_MOST);
  options->paths[side][options->count[side]++] = path;
}

/* getopt moves options to the front: where a file stood is known by its place in memory. */
static bool is_behind(const struct compare_options *options, const char *given)
{
  for (char *const *at = options->behind; at && *at; at++)
    if (*at == given)
      return true;
  return false;
}

static error_t compare_option(int key, char *given, struct argp_state *state)
{
  struct compare_options *options = state->input;
  switch (key) {
  case KEY_AGAINST:
    if (options->against)
      usage_error("--against is given twice; several files may follow it");
    options->against = true;
    add_path(options, NEW, given);
    return 0;
  case KEY_THRESHOLD:
    options_part("--threshold", given, &options->threshold);
    return 0;
  case KEY_ON_INCONCLUSIVE:
    options->warn_on_inconclusive = options_warn_on_inconclusive(given);
    return 0;
  case KEY_ALLOW_DIFFERENT:
    options->allow_different = true;
    return 0;
  case ARGP_KEY_ARG:
    add_path(options, is_behind(options, given) ? NEW : OLD, given);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp compare_argp = {
    .options = compare_option_table,
    .parser = compare_option,
    .args_doc = "BASE NEW\nBASE... --against NEW...",
    .doc = "Compares result files of 'pibench run': a verdict for each benchmark that did the same "
           "work. A verdict needs five files a side or more; with fewer it is advisory (exit 0).\v"
           "Runs that were not taken in turn differ by whatever changed between them: 'pibench ab' "
           "is the better tool where both builds can be run. Exit code: 0 pass, 3 regressed, 4 "
           "inconclusive, 5 wrong digits, 6 different machines, 7 nothing compared.",
};

static void read_options(int argc, char **argv, struct compare_options *options)
{
  for (int i = 1; i < argc && !options->behind; i++)
    if (strncmp(argv[i], "--against", 9) == 0)
      options->behind = argv + i + 1;
  /* argp reorders argv itself: keep what stood there. */
  static char *kept[2 * COMPARE_FILES_MOST + 16];
  size_t n = 0;
  for (char *const *at = options->behind; at && *at && n + 1 < sizeof kept / sizeof *kept; at++)
    kept[n++] = *at;
  options->behind = kept;
  options_parse(&compare_argp, argc, argv, options);
  if (!options->against && options->count[OLD] == 2) {
    add_path(options, NEW, options->paths[OLD][1]);
    options->count[OLD] = 1;
  }
  if (!options->count[OLD] || !options->count[NEW])
    usage_error("compare needs two files, or BASE... --against NEW... (see --help)");
}

/* --- Files --- */

struct sides {
  struct result_file *files[SIDES][COMPARE_FILES_MOST];
  const struct compare_options *options;
};

static int read_side(struct sides *sides, int side)
{
  for (size_t i = 0; i < sides->options->count[side]; i++) {
    char message[RESULT_MESSAGE];
    int r = result_file_read(sides->options->paths[side][i], &sides->files[side][i], message);
    if (r < 0) {
      say("%s", message);
      return r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
    }
  }
  return 0;
}

static bool is_same_file(const char *left, const char *right)
{
  struct stat a, b;
  return stat(left, &a) == 0 && stat(right, &b) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

/* A slip of the fingers: no change can be found between a file and itself. */
static void warn_of_itself(const struct compare_options *options)
{
  for (size_t i = 0; i < options->count[OLD]; i++)
    for (size_t k = 0; k < options->count[NEW]; k++)
      if (is_same_file(options->paths[OLD][i], options->paths[NEW][k])) {
        say("warning: %s is on both sides: compared with itself, nothing changes",
            options->paths[NEW][k]);
        return;
      }
}

static int check_digits(const struct sides *sides)
{
  for (int side = OLD; side < SIDES; side++)
    for (size_t i = 0; i < sides->options->count[side]; i++) {
      const struct result_file *file = sides->files[side][i];
      for (size_t k = 0; k < file->benchmark_count; k++)
        if (file->benchmarks[k].right == RESULT_WRONG) {
          say("%s: %s has wrong digits: %s", file->name, file->benchmarks[k].name,
              file->benchmarks[k].verification ? file->benchmarks[k].verification : "not told how");
          return EXIT_WRONG;
        }
    }
  return 0;
}

static void print_difference(const struct difference *d, const struct result_file *file)
{
  char text[768];
  snprintf(text, sizeof text, "%s: %s: %.160s, in %.200s %.160s",
           d->kind == DIFFERENCE_MACHINE ? "different machine" : "changed", d->what, d->old,
           file->name, d->new);
  print_wrapped(text, stdout);
}

/* Lists what differs from the first file, once for each kind of difference; how many differences
 * forbid a verdict. */
static size_t list_differences(const struct sides *sides)
{
  const struct result_file *first = sides->files[OLD][0];
  const char *told[2 * DIFFERENCES_MOST];
  size_t tellings = 0, forbidding = 0;
  for (int side = SIDES - 1; side >= OLD; side--)
    for (size_t i = 0; i < sides->options->count[side]; i++) {
      struct difference found[DIFFERENCES_MOST];
      size_t n = differences_find(first, sides->files[side][i], found);
      for (size_t k = 0; k < n; k++) {
        size_t t = 0;
        while (t < tellings && strcmp(told[t], found[k].what) != 0)
          t++;
        forbidding += found[k].kind == DIFFERENCE_MACHINE;
        if (t < tellings || tellings == 2 * DIFFERENCES_MOST)
          continue;
        told[tellings++] = found[k].what;
        print_difference(&found[k], sides->files[side][i]);
      }
    }
  return forbidding;
}

/* Of the first file of each side. */
static void note_counters(const struct sides *sides)
{
  const struct result_file *old = sides->files[OLD][0];
  for (size_t i = 0; i < old->benchmark_count; i++) {
    const struct result_benchmark *b = &old->benchmarks[i];
    const struct result_benchmark *new = result_benchmark_find(sides->files[NEW][0], b->name);
    char lone[SAME_WORK_TEXT], text[SAME_WORK_TEXT + 160];
    if (!new || !uncompared_counters(b, new, lone))
      continue;
    snprintf(text, sizeof text, "%.120s: %s; not compared", b->name, lone);
    print_wrapped(text, stdout);
  }
}

/* What else is to be known of a file: what it lacks, and what was done on purpose. */
static void note_file(const struct result_file *file)
{
  if (!file->complete)
    printf("%s is incomplete: %s\n", file->name, file->error ? file->error : "not told why");
  for (size_t i = 0; i < file->benchmark_count; i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    if (b->slowed_on_purpose > 0)
      printf("%s: %s was slowed down by %g %% on purpose\n", file->name, b->name,
             100 * b->slowed_on_purpose);
    if (b->serial_part_on_purpose > 0)
      printf("%s: %s had a serial part put in on purpose\n", file->name, b->name);
    if (b->too_short)
      printf("%s: %s is too short to trust\n", file->name, b->name);
  }
}

static void note_files(const struct sides *sides)
{
  for (int side = OLD; side < SIDES; side++) {
    const struct result_file *first = sides->files[side][0];
    char text[1024];
    snprintf(text, sizeof text, "%s  %.600s%s, %s (%.60s%s%.60s)", side == OLD ? "old" : "new",
             first->name, sides->options->count[side] > 1 ? " and more" : "", first->started_at,
             first->version, first->commit ? " " : "", first->commit ? first->commit : "");
    print_wrapped(text, stdout);
    for (size_t i = 0; i < sides->options->count[side]; i++)
      note_file(sides->files[side][i]);
  }
}

/* --- Verdicts --- */

static int make_findings(const struct compare *compare, struct findings *findings)
{
  for (size_t i = 0; i < compare->count; i++) {
    const struct compared *from = &compare->items[i];
    struct finding *item = findings_add(findings);
    if (!item)
      return -ENOMEM;
    item->benchmark = from->benchmark;
    item->row = from->row[0] ? from->row : NULL;
    item->old_s = from->old_s;
    item->new_s = from->new_s;
    item->change = from->result.change;
    item->confidence = from->result.confidence;
    item->ruling = from->result.ruling;
    compare_reason(compare, from, item->reason);
  }
  return 0;
}

static int show(const struct compare *compare, const struct sides *sides, bool different)
{
  struct findings findings = {
      .threshold = compare->threshold,
      .advisory = compare->advisory || different,
      .warn_on_inconclusive = sides->options->warn_on_inconclusive,
  };
  int r = make_findings(compare, &findings);
  if (r == 0) {
    putchar('\n');
    r = findings_print(&findings, stdout);
  }
  if (r == 0 && different)
    puts("\nA comparison of hardware: these are different machines, so this is no verdict.");
  else if (r == 0 && compare->advisory)
    puts("\nUnpaired, with fewer than 5 files a side: only the spread within runs is known,\n"
         "so this is no verdict. 'pibench ab' runs both sides in turn and can give one.");
  else if (r == 0)
    printf("\nUnpaired: %zu files against %zu, each file's median one value.\n",
           sides->options->count[OLD], sides->options->count[NEW]);
  if (r == 0)
    findings_tell_github(&findings, "pibench compare");
  int code = r < 0 ? EXIT_FAILED : findings_exit_code(&findings);
  findings_release(&findings);
  return code;
}

static int compare(struct sides *sides)
{
  const struct compare_options *options = sides->options;
  struct compare result;
  int code = 0;
  for (int side = OLD; side < SIDES && code == 0; side++)
    code = read_side(sides, side);
  if (code == 0)
    code = check_digits(sides);
  if (code)
    return code;
  warn_of_itself(options);
  note_files(sides);
  size_t forbidding = list_differences(sides);
  note_counters(sides);
  if (forbidding && !options->allow_different) {
    say("different machines do not compare (see above); --allow-different compares hardware");
    return EXIT_REFUSED;
  }
  if (compare_files(sides->files[OLD], options->count[OLD], sides->files[NEW], options->count[NEW],
                    options->threshold, &result)
      < 0) {
    say("out of memory");
    return EXIT_FAILED;
  }
  code = show(&result, sides, forbidding > 0);
  compare_release(&result);
  return code;
}

int cmd_compare(int argc, char **argv)
{
  static struct compare_options options = {.threshold = 0.05};
  static struct sides sides = {.options = &options};
  read_options(argc, argv, &options);
  int code = compare(&sides);
  for (int side = OLD; side < SIDES; side++)
    for (size_t i = 0; i < options.count[side]; i++)
      result_file_free(sides.files[side][i]);
  return code;
}
