/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_export.c: pibench export: a result in the words of other tools. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "export.h"
#include "options.h"
#include "output.h"

static const struct format {
  const char *name;
  int (*write)(const struct result_file *file, FILE *to);
} formats[] = {{"csv", export_csv},
               {"md", export_markdown},
               {"gbench", export_gbench},
               {"gha", export_gha},
               {"junit", export_junit}};
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
    .doc = "Writes a result file of 'pibench run' in the words of other tools.",
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

int cmd_export(int argc, char **argv)
{
  struct export_options options = {0};
  struct result_file *file = NULL;
  char message[RESULT_MESSAGE], *text = NULL;
  size_t length = 0;
  options_parse(&export_argp, argc, argv, &options);
  if (!options.path || !options.format)
    usage_error("export needs a result FILE and --format=csv, md, gbench, gha or junit");
  int r = result_file_read(options.path, &file, message);
  if (r < 0) {
    say("%s", message);
    return r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
  }
  FILE *to = open_memstream(&text, &length);
  r = to ? options.format->write(file, to) : -ENOMEM;
  if (to && fclose(to) != 0 && r == 0)
    r = -ENOMEM;
  int code = EXIT_FAILED;
  if (r < 0)
    say("%s", strerrordesc_np(-r));
  else
    code = write_text(&options, text, length);
  free(text);
  result_file_free(file);
  return code;
}
