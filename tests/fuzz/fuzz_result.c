/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_result.c: result files: what is accepted keeps the promises of result_read.h, and a page can
 * be made of it in which no byte of the file becomes markup; other forms can be made of it, too. */

#include <errno.h>
#include <math.h>

#include "compare.h"
#include "export.h"
#include "fuzz.h"
#include "page.h"
#include "result_read.h"

static int is_printable(const char *text)
{
  for (const unsigned char *at = (const unsigned char *)text; at && *at; at++)
    if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
      return 0;
  return 1;
}

static void check_row(const struct result_benchmark *b, const struct result_row *row)
{
  HOLDS(row->workers >= 1 && row->n <= b->rounds && is_printable(row->backend));
  HOLDS(strspn(row->work, "0123456789") == strlen(row->work) && *row->work);
  for (size_t i = 0; i < row->n; i++)
    HOLDS(isnan(row->samples_s[i]) || (row->samples_s[i] > 0 && isfinite(row->samples_s[i])));
  HOLDS(!(row->low_s > row->median_s) && !(row->high_s < row->median_s)); /* NaN where unknown */
  HOLDS(!(row->speedup < 0) && !(row->efficiency < 0) && !(row->capacity < 0));
  HOLDS(json_is_object(row->counters));
}

static void check_file(const struct result_file *file)
{
  const char *const texts[] = {file->error,   file->label,
                               file->version, file->machine.cpu_model,
                               file->commit,  file->software.compiler,
                               file->profile, file->machine.allowed_cpus};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    HOLDS(is_printable(texts[i]));
  HOLDS(strlen(file->started_at) == strlen("2026-11-22T18:46:57Z"));
  for (size_t i = 0; i < file->benchmark_count; i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    HOLDS(b->row_count >= 1 && b->rows[0].serial && is_printable(b->name));
    for (size_t k = 0; k < b->row_count; k++)
      check_row(b, &b->rows[k]);
    HOLDS(result_row_find(b, true, 1, NULL) == &b->rows[0]);
  }
}

/* A file's "</script" would end the page's data early, and its "<script" begin one. */
static void check_page(const char *page)
{
  size_t begins = 0, ends = 0;
  for (const char *at = page; (at = strstr(at, "<script ")); at++)
    begins++;
  for (const char *at = page; (at = strstr(at, "</script")); at++)
    ends++;
  HOLDS(begins == 3 && ends == 3); /* data, uPlot, plots.js */
}

static void make_page(struct result_file *file)
{
  struct result_file *const twice[] = {file, file};
  for (size_t count = 1; count <= 2; count++) {
    char *page;
    size_t length;
    FILE *to = open_memstream(&page, &length);
    HOLDS(to && page_write(twice, count, to) == 0 && fclose(to) == 0);
    check_page(page);
    free(page);
  }
}

static void export(const struct result_file *file)
{
  static const struct {
    int (*write)(const struct result_file *file, FILE *to);
    bool is_json;
  } forms[] = {{export_csv, false},
               {export_markdown, false},
               {export_junit, false},
               {export_gbench, true},
               {export_gha, true}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char *text;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    HOLDS(to && forms[i].write(file, to) == 0 && fclose(to) == 0);
    json_t *json = forms[i].is_json ? json_loadb(text, length, 0, NULL) : NULL;
    HOLDS(!forms[i].is_json || json);
    json_decref(json);
    free(text);
  }
}

static void compare_with_itself(struct result_file *file)
{
  struct result_file *const one[] = {file};
  struct compare compare = {.advisory = false};
  char reason[COMPARE_TEXT];
  HOLDS(compare_files(one, 1, one, 1, 0.05, &compare) == 0);
  for (size_t i = 0; i < compare.count; i++) {
    HOLDS(compare.items[i].result.ruling != RULING_REGRESSED || !*compare.items[i].row);
    HOLDS(!*compare.items[i].row
          || fuzz_is_line(compare_reason(&compare, &compare.items[i], reason), COMPARE_TEXT));
  }
  compare_release(&compare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char message[RESULT_MESSAGE] = "";
  char *text = malloc(size ? size : 1); /* without a NUL behind it */
  struct result_file *file;
  HOLDS(text);
  if (size > 0)
    memcpy(text, data, size);
  int r = result_text_read("given", text, size, &file, message);
  free(text);
  HOLDS(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
  HOLDS(r == 0 || fuzz_is_line(message, sizeof message));
  if (r == 0) {
    check_file(file);
    make_page(file);
    export(file);
    compare_with_itself(file);
    result_file_free(file);
  }
  return 0;
}
