/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.c: the page around its parts. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "assets.h"
#include "chart.h"
#include "html.h"
#include "page_parts.h"

/* What to call a file: its label, else its CPU, else its name. */
static const char *short_name(const struct result_file *file)
{
  return file->label ? file->label : file->machine.cpu_model ? file->machine.cpu_model : file->name;
}

/* The same, with the file's name where others are called so too; allocated. */
static char *name_of(struct result_file *const *files, size_t count, size_t self)
{
  const char *name = short_name(files[self]);
  char *whole;
  size_t same = 0;
  for (size_t i = 0; i < count; i++)
    same += strcmp(short_name(files[i]), name) == 0;
  if (same == 1 || strcmp(name, files[self]->name) == 0)
    return strdup(name);
  return asprintf(&whole, "%s (%s)", name, files[self]->name) < 0 ? NULL : whole;
}

static void names_free(char **names, size_t count)
{
  for (size_t i = 0; names && i < count; i++)
    free(names[i]);
  free(names);
}

static char **names_of(struct result_file *const *files, size_t count)
{
  char **names = calloc(count, sizeof *names);
  for (size_t i = 0; names && i < count; i++)
    if (!(names[i] = name_of(files, count, i))) {
      names_free(names, count);
      return NULL;
    }
  return names;
}

/* Whoever wrote a result file cannot know it. */
static int make_nonce(char nonce[33])
{
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return -EIO;
  for (int i = 0; i < 16; i++)
    snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
  return 0;
}

static void write_head(const struct page *page, const char *nonce)
{
  FILE *to = page->to;
  fprintf(to,
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
          "'nonce-%s'; style-src 'nonce-%s'; img-src data:; base-uri 'none'; form-action "
          "'none'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
          nonce, nonce);
  if (page->count == 1)
    html_textf(to, "pibench: %s", page->names[0]);
  else
    html_textf(to, "pibench: %zu results", page->count);
  fprintf(to, "</title>\n<style nonce=\"%s\">%s\n%s\n%s</style>\n</head>\n<body>\n<main>\n", nonce,
          asset_uplot_css, chart_style, asset_style_css);
}

static void write_tail(FILE *to, const char *data, const char *nonce)
{
  fputs("</main>\n<footer><p>Made by pibench. A speedup is the time of the serial run over that of "
        "the parallel one, taken round by round; intervals are 95 %.</p></footer>\n",
        to);
  fprintf(to, "<script type=\"application/json\" id=\"plots\" nonce=\"%s\">[%s]</script>\n", nonce,
          data);
  fprintf(to, "<script nonce=\"%s\">%s</script>\n", nonce, asset_uplot_js);
  fprintf(to, "<script nonce=\"%s\">%s</script>\n</body>\n</html>\n", nonce, asset_plots_js);
}

static int write_body(struct page *page, struct result_file *const *files, size_t count)
{
  int r = 0;
  if (count == 1)
    html_element(page->to, "h1", "%s", page->names[0]);
  else {
    html_element(page->to, "h1", "%zu results compared", count);
    r = page_compare(page, files, count);
  }
  for (size_t i = 0; r == 0 && i < count; i++)
    r = page_file(page, files[i], count > 1 ? i + 1 : 0);
  return r;
}

int page_write(struct result_file *const *files, size_t count, FILE *to)
{
  char nonce[33], *data = NULL;
  size_t length;
  struct page page = {.to = to,
                      .data = open_memstream(&data, &length),
                      .names = names_of(files, count),
                      .count = count};
  int r = page.data && page.names ? make_nonce(nonce) : -ENOMEM;
  if (r == 0) {
    write_head(&page, nonce);
    r = write_body(&page, files, count);
  }
  if (page.data && fclose(page.data) != 0)
    r = -ENOMEM;
  if (r == 0)
    write_tail(to, data, nonce);
  free(data);
  names_free(page.names, count);
  return r < 0 ? r : ferror(to) ? -EIO : 0;
}

/* --- Interactive plots --- */

static void write_numbers(FILE *to, const char *key, const double *numbers, size_t count)
{
  if (!numbers)
    return;
  fprintf(to, ",\"%s\":[", key);
  for (size_t i = 0; i < count; i++) {
    fputs(i ? "," : "", to);
    html_json_number(to, numbers[i]);
  }
  fputs("]", to);
}

static void write_line(FILE *to, const struct page_line *line, size_t count)
{
  fputs("{\"label\":", to);
  html_json_string(to, line->label);
  fputs(",\"kind\":", to);
  html_json_string(to, line->kind);
  write_numbers(to, "y", line->y, count);
  write_numbers(to, "low", line->low, count);
  write_numbers(to, "high", line->high, count);
  fputs("}", to);
}

void page_plot_begin(struct page *page, const char *title, const char *y_name, const double *x,
                     size_t count, const struct page_line *lines, size_t line_count,
                     const struct figures *regimes_of)
{
  FILE *to = page->data;
  fprintf(page->to, "<div class=\"plot\" data-plot=\"%zu\">\n", page->plots);
  fprintf(to, "%s{\"title\":", page->plots++ ? ",\n" : "");
  html_json_string(to, title);
  fputs(",\"yName\":", to);
  html_json_string(to, y_name);
  write_numbers(to, "x", x, count);
  fputs(",\"lines\":[", to);
  for (size_t i = 0; i < line_count; i++) {
    fputs(i ? "," : "", to);
    write_line(to, &lines[i], count);
  }
  fputs("],\"regimes\":[", to);
  for (size_t i = 0; regimes_of && i < regimes_of->regime_count; i++) {
    fprintf(to, "%s{\"after\":%u,\"word\":", i ? "," : "", regimes_of->regimes[i].after);
    html_json_string(to, regimes_of->regimes[i].text);
    fputs("}", to);
  }
  fputs("]}", to);
}

void page_plot_end(struct page *page)
{
  fputs("</div>\n", page->to);
}
