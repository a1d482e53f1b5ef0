/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_report.c: pibench report: result files as one HTML page, or as drawings for slides. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "options.h"
#include "output.h"
#include "page.h"
#include "plot_sweep.h"
#include "plots.h"

enum { FILES_MOST = 256 };

struct report_options {
  const char *files[FILES_MOST];
  size_t count;
  const char *output, *svg;
};

enum { KEY_SVG = 0x100 };

static const struct argp_option report_table[] = {
    {"output", 'o', "FILE", 0, "Write the page there; - is stdout (default: report.html)", 0},
    {"svg", KEY_SVG, "DIR", 0, "Write the plots as SVG files into this directory, for slides", 0},
    {0}};

static error_t report_option(int key, char *given, struct argp_state *state)
{
  struct report_options *options = state->input;
  switch (key) {
  case 'o':
    options->output = given;
    return 0;
  case KEY_SVG:
    options->svg = given;
    return 0;
  case ARGP_KEY_ARG:
    if (options->count == FILES_MOST)
      usage_error("at most %d result files make a page", FILES_MOST);
    options->files[options->count++] = given;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp report_argp = {
    .options = report_table,
    .parser = report_option,
    .args_doc = "FILE...",
    .doc = "One HTML page of one or more result files: speedups with intervals, where the "
           "efficiency went, the samples, the machine. Several files are compared. The page is "
           "one file that loads nothing.\v"
           "Result files are written by pibench run; scripts/bench keeps them in results/local/."};

/* --- Reading --- */

static int read_files(const struct report_options *options, struct result_file **files)
{
  char message[RESULT_MESSAGE];
  for (size_t i = 0; i < options->count; i++) {
    int r = result_file_read(options->files[i], &files[i], message);
    if (r < 0) {
      say("%s", message);
      return r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
    }
  }
  return EXIT_FINE;
}

/* --- The page --- */

static int write_page(const struct report_options *options, struct result_file **files)
{
  const char *path = options->output ? options->output : "report.html";
  bool to_stdout = strcmp(path, "-") == 0;
  char *text = NULL, message[OUTPUT_MESSAGE] = "out of memory";
  size_t length;
  struct output output = {0};
  if (!to_stdout && output_open(path, "report.html", false, &output, message) < 0)
    usage_error("%s; -o takes a file or directory that can be written, or -", message);
  FILE *memory = open_memstream(&text, &length);
  int r = memory ? page_write(files, options->count, memory) : -ENOMEM;
  if (memory && fclose(memory) != 0)
    r = -ENOMEM;
  if (r == 0 && to_stdout)
    fwrite(text, 1, length, stdout); /* close_stdout() tells whether it worked */
  else if (r == 0)
    r = output_write(&output, text, length, message);
  if (r < 0)
    say("%s", message);
  else if (!to_stdout)
    say("report: %s", output.path);
  output_release(&output);
  free(text);
  return r < 0 ? EXIT_FAILED : EXIT_FINE;
}

/* --- Drawings --- */

/* A name that no file system minds: what is not a letter, digit, '.' or '=' becomes '-'. */
static void plain_name(const char *text, char *ret_name, size_t size)
{
  size_t n = 0;
  for (; *text && n + 1 < size; text++)
    ret_name[n++] =
        strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=", *text) ? *text
                                                                                          : '-';
  ret_name[n] = '\0';
}

enum { DRAWING_NAME = 160 };

/* What the names of a benchmark's drawings begin with: the file's number and the benchmark's name,
 * and which one it is where a run measured it more than once. */
static void drawing_name(const struct result_file *file, size_t file_number, size_t benchmark,
                         char ret_name[DRAWING_NAME])
{
  char name[128], other[sizeof name];
  unsigned times = 1;
  plain_name(file->benchmarks[benchmark].name, name, sizeof name);
  for (size_t b = 0; b < benchmark; b++) {
    plain_name(file->benchmarks[b].name, other, sizeof other);
    times += strcmp(name, other) == 0;
  }
  int n = snprintf(ret_name, DRAWING_NAME, "%zu-%s", file_number, name);
  if (times > 1)
    snprintf(ret_name + n, DRAWING_NAME - (size_t)n, "-%u", times);
}

/* Writes what was drawn, and releases it. */
static int write_drawing(const struct report_options *options, const char *name, const char *key,
                         char *text, size_t length)
{
  char path[4096], message[OUTPUT_MESSAGE];
  struct output output = {0};
  snprintf(path, sizeof path, "%s/%s-%s.svg", options->svg, name, key);
  if (output_open(path, "", false, &output, message) < 0)
    usage_error("%s; --svg takes a directory that can be written", message);
  int r = output_write(&output, text, length, message);
  if (r == 0)
    printf("%s\n", path);
  else
    say("%s", message);
  output_release(&output);
  free(text);
  return r;
}

static int write_plot(const struct report_options *options, const struct figures *figures,
                      const char *name, const struct plot *plot)
{
  char *text = NULL;
  size_t length;
  FILE *memory = open_memstream(&text, &length);
  if (memory)
    plot->draw(figures, true, memory);
  if (!memory || fclose(memory) != 0) {
    say("out of memory");
    return -ENOMEM;
  }
  return write_drawing(options, name, plot->key, text, length);
}

static int write_sweep(const struct report_options *options, const struct swept *swept,
                       const char *name)
{
  char *text = NULL;
  size_t length;
  FILE *memory = open_memstream(&text, &length);
  if (memory)
    swept_draw(swept, true, memory);
  if (!memory || fclose(memory) != 0) {
    say("out of memory");
    return -ENOMEM;
  }
  return write_drawing(options, name, "sweep", text, length);
}

static int write_benchmark(const struct report_options *options, const struct result_file *file,
                           const struct result_benchmark *benchmark, const char *name)
{
  struct figures figures;
  int r = figures_of(file, benchmark, &figures);
  if (r < 0) {
    say("out of memory");
    return r;
  }
  for (int plot = 0; r == 0 && plot < PLOTS; plot++)
    if (plots[plot].any(&figures))
      r = write_plot(options, &figures, name, &plots[plot]);
  figures_release(&figures);
  return r;
}

/* A sweep's drawing is called after its first size. */
static int write_file(const struct report_options *options, const struct result_file *file,
                      size_t number)
{
  int r = 0;
  size_t swept_until = 0;
  for (size_t b = 0; r == 0 && b < file->benchmark_count; b++) {
    char name[DRAWING_NAME];
    struct swept swept;
    drawing_name(file, number, b, name);
    if (b >= swept_until && swept_from(file, b, &swept)) {
      swept_until = b + swept.count;
      r = swept_any(&swept) ? write_sweep(options, &swept, name) : 0;
    }
    if (r == 0)
      r = write_benchmark(options, file, &file->benchmarks[b], name);
  }
  return r;
}

static int write_drawings(const struct report_options *options, struct result_file **files)
{
  if (mkdir(options->svg, 0777) < 0 && errno != EEXIST)
    usage_error("--svg: cannot make the directory '%.200s': %s", options->svg,
                strerrordesc_np(errno));
  for (size_t i = 0; i < options->count; i++)
    if (write_file(options, files[i], i + 1) < 0)
      return EXIT_FAILED;
  return EXIT_FINE;
}

int cmd_report(int argc, char **argv)
{
  struct report_options options = {0};
  struct result_file *files[FILES_MOST] = {0};
  options_parse(&report_argp, argc, argv, &options);
  if (options.count == 0)
    usage_error("report needs result files, such as: pibench report results/local/*.json");
  int code = read_files(&options, files);
  if (code == EXIT_FINE && options.svg)
    code = write_drawings(&options, files);
  if (code == EXIT_FINE && (!options.svg || options.output))
    code = write_page(&options, files);
  for (size_t i = 0; i < options.count; i++)
    result_file_free(files[i]);
  return code;
}
