/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_export.c: pibench export: a result of run or ab in the words of other tools. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "export.h"
#include "export_ab.h"
#include "findings.h"
#include "markup.h"
#include "options.h"
#include "output.h"

/* --- Markdown of ab: what GitHub's step summary shows, and what was compared --- */

static void markdown_side(const struct ab_file *file, enum ab_side side, FILE *to)
{
  const struct ab_side_read *read = &file->side[side];
  const json_t *pair;
  size_t i;
  fputs(side == AB_OLD ? "Old: " : "; new: ", to);
  markup_markdown(to, read->program);
  if (read->version)
    fputs(" (", to);
  markup_markdown(to, read->version);
  if (read->commit)
    fputc(' ', to);
  markup_markdown(to, read->commit);
  if (read->version)
    fputc(')', to);
  json_array_foreach(read->environment, i, pair)
  {
    fputs(", ", to);
    markup_markdown(to, json_string_value(pair));
  }
}

static void markdown_differences(const struct ab_file *file, FILE *to)
{
  for (size_t i = 0; i < file->difference_count; i++) {
    const struct difference *d = &file->differences[i];
    fputs("- changed: ", to);
    markup_markdown(to, d->what);
    fputs(": ", to);
    markup_markdown(to, d->old);
    fputs(", now ", to);
    markup_markdown(to, d->new);
    fputc('\n', to);
  }
}

static int ab_markdown(const struct ab_file *file, FILE *to)
{
  struct findings findings;
  int r = findings_of_ab(&file->ab, file->warn_on_inconclusive, &findings);
  if (r == 0) {
    findings_markdown(&findings, to);
    fputc('\n', to);
    markdown_differences(file, to);
    fputs(file->difference_count ? "\n" : "", to);
    markdown_side(file, AB_OLD, to);
    markdown_side(file, AB_NEW, to);
    fputs(". ", to);
    markup_markdown(to, file->cpu_model ? file->cpu_model : "Unknown CPU");
    fprintf(to, ", CPUs %s, %s.", file->cpus, file->started_at);
    if (!file->complete) {
      fputs(" **Incomplete:** ", to);
      markup_markdown(to, file->error ? file->error : "not told why");
    }
    fputc('\n', to);
  }
  findings_release(&findings);
  return r;
}

/* --- The command --- */

static const struct format {
  const char *name;
  int (*of_run)(const struct result_file *file, FILE *to);
  int (*of_ab)(const struct ab_file *file, FILE *to);
} formats[] = {{"csv", export_csv, export_ab_csv},
               {"md", export_markdown, ab_markdown},
               {"gbench", export_gbench, export_ab_gbench},
               {"gha", export_gha, export_ab_gha},
               {"junit", export_junit, export_ab_junit}};
enum { FORMATS = sizeof formats / sizeof *formats };

struct export_options {
  const char *path, *output;
  const struct format *format;
};

enum { KEY_FORMAT = 0x600 };

static const struct argp_option export_option_table[] = {
    {"format", KEY_FORMAT, "FORM", 0,
     "csv (RFC 4180), md (a Markdown table), gbench (Google Benchmark's JSON), gha "
     "(github-action-benchmark, customSmallerIsBetter), junit",
     0},
    {"output", 'o', "FILE", 0, "Write there instead of stdout", 0},
    {0}};

static error_t export_option(int key, char *given, struct argp_state *state)
{
  struct export_options *options = state->input;
  switch (key) {
  case KEY_FORMAT:
    for (int i = 0; i < FORMATS; i++)
      if (strcmp(formats[i].name, given) == 0) {
        options->format = &formats[i];
        return 0;
      }
    usage_error("--format '%.40s' is not known; accepted: csv, md, gbench, gha, junit", given);
  case 'o':
    options->output = given;
    return 0;
  case ARGP_KEY_ARG:
    if (options->path)
      usage_error("'%.40s' is too much: export takes one FILE", given);
    options->path = given;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp export_argp = {
    .options = export_option_table,
    .parser = export_option,
    .args_doc = "FILE --format=FORM",
    .doc = "Writes a result file of 'pibench run' or 'pibench ab' in the words of other tools.",
};

static int write_text(const struct export_options *options, const char *text, size_t length)
{
  struct output output = {0};
  char message[OUTPUT_MESSAGE];
  if (!options->output || strcmp(options->output, "-") == 0)
    return fwrite(text, 1, length, stdout) == length ? EXIT_FINE : EXIT_FAILED;
  int r = output_open(options->output, NULL, false, &output, message);
  int code = r < 0 ? EXIT_USAGE : EXIT_FINE;
  if (r == 0) {
    r = output_write(&output, text, length, message);
    code = r < 0 ? EXIT_FAILED : EXIT_FINE;
  }
  if (r < 0)
    say("%s", message);
  output_release(&output);
  return code;
}

/* Reads the file as what it says it is, and writes it. */
static int export(const struct export_options *options, FILE *to, char message[RESULT_MESSAGE])
{
  struct result_file *run = NULL;
  struct ab_file *ab = NULL;
  json_t *json = NULL;
  int r = result_json_read(options->path, &json, message);
  if (r < 0)
    return r;
  if (result_is_of_ab(json))
    r = ab_file_from(options->path, json, &ab, message);
  else
    r = result_file_from(options->path, json, &run, message);
  if (r == 0 && (r = ab ? options->format->of_ab(ab, to) : options->format->of_run(run, to)) < 0)
    snprintf(message, RESULT_MESSAGE, "%s", strerrordesc_np(-r));
  ab_file_free(ab);
  result_file_free(run);
  return r;
}

int cmd_export(int argc, char **argv)
{
  struct export_options options = {0};
  char message[RESULT_MESSAGE] = "out of memory", *text = NULL;
  size_t length = 0;
  options_parse(&export_argp, argc, argv, &options);
  if (!options.path || !options.format)
    usage_error("export needs a result FILE and --format=csv, md, gbench, gha or junit");
  FILE *to = open_memstream(&text, &length);
  int r = to ? export(&options, to, message) : -ENOMEM;
  if (to && fclose(to) != 0 && r == 0)
    r = -ENOMEM;
  if (r < 0)
    say("%s", message);
  int code = r == 0 ? write_text(&options, text, length) : r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
  free(text);
  return code;
}
