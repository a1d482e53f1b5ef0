/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_file.c: one result file: the verdict, the machine, its benchmarks. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "number.h"
#include "page_parts.h"
#include "picture.h"

const struct result_row *page_last_row(const struct result_benchmark *b)
{
  const struct result_row *last = NULL;
  const char *backend = figures_backend(b);
  for (size_t i = 0; i < b->row_count; i++)
    if (figures_draw_row(&b->rows[i], backend) && (!last || b->rows[i].workers >= last->workers))
      last = &b->rows[i];
  return last;
}

/* --- The verdict --- */

static void verdict_of_benchmark(FILE *to, const struct result_benchmark *b, const char *before)
{
  char rate[NUMBER_TEXT], speedup[32];
  const struct result_row *last = page_last_row(b);
  html_textf(to, "%sone CPU computes %s%s/s (%s)", before, number_si(b->rows[0].rate_per_s, rate),
             b->unit, b->kernel);
  if (last)
    html_textf(to, ", %u worker%s %s times as much", last->workers, last->workers == 1 ? "" : "s",
               plot_number(last->speedup, speedup));
  if (last && isfinite(last->efficiency))
    html_textf(to, ", %.0f %% of what the cores could do", 100 * last->efficiency);
  fputs(". ", to);
}

/* What others did to the rounds of all benchmarks. */
static void say_disturbed(FILE *to, const struct result_file *file)
{
  size_t aside = 0, rounds = 0, counted = 0;
  for (size_t i = 0; i < file->benchmark_count; i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    rounds += b->rounds;
    counted += figures_disturbed(b);
    for (size_t r = 0; r < b->rounds; r++)
      aside += b->set_aside[r];
  }
  if (aside)
    html_textf(to, "%zu of %zu rounds %s disturbed from outside and set aside. ", aside, rounds,
               aside == 1 ? "was" : "were");
  if (counted)
    html_textf(to,
               "%zu of %zu rounds were disturbed from outside and count all the same, being too "
               "many: this is not what a free machine does. ",
               counted, rounds);
  if (rounds && !aside && !counted)
    html_textf(to, "No round was disturbed. ");
}

static void doubts(FILE *to, const struct result_file *file)
{
  size_t wrong = 0, unverified = 0;
  for (size_t i = 0; i < file->benchmark_count; i++) {
    wrong += file->benchmarks[i].right == RESULT_WRONG;
    unverified += file->benchmarks[i].right == RESULT_UNVERIFIED;
  }
  if (wrong)
    html_textf(to, "%zu of %zu benchmarks gave wrong answers: the machine or the build is broken. ",
               wrong, file->benchmark_count);
  else if (unverified)
    html_textf(to, "%zu of %zu benchmarks %s not verified. ", unverified, file->benchmark_count,
               unverified == 1 ? "was" : "were");
  else if (file->benchmark_count)
    html_textf(to, "Every answer was right. ");
  say_disturbed(to, file);
  if (!file->complete)
    html_textf(to, "The run ended early: %s. ", file->error ? file->error : "it was cut short");
}

/* Of a long run: what --sustain measured; false where it did not. */
static bool verdict_of_sustained(FILE *to, const struct result_benchmark *b)
{
  const json_t *s = json_object_get(b->json, "sustained");
  double burst = figure_number(s, "burst_per_s"), held = figure_number(s, "sustained_per_s");
  double clock_burst = figure_number(s, "burst_clock_ghz");
  double clock_held = figure_number(s, "sustained_clock_ghz");
  double disturbed = figure_number(s, "disturbed");
  const json_t *interval = json_object_get(s, "ratio_ci95");
  double low = figure_element(interval, 0), high = figure_element(interval, 1);
  char burst_text[NUMBER_TEXT], held_text[NUMBER_TEXT];
  if (!b->sustained || !(burst > 0) || !(held > 0))
    return false;
  html_textf(to, "All workers compute %s%s/s at first and %s%s/s in the last third (%s): %.0f %%",
             number_si(burst, burst_text), b->unit, number_si(held, held_text), b->unit, b->kernel,
             100 * held / burst);
  if (isfinite(low) && isfinite(high))
    html_textf(to, " (%.0f – %.0f %%)", 100 * low, 100 * high);
  html_textf(to, " are sustained. ");
  if (clock_burst > 0 && clock_held > 0)
    html_textf(to, "The clock: %.2f GHz, then %.2f GHz. ", clock_burst, clock_held);
  if (disturbed > 0)
    html_textf(to, "In %.0f of %zu samples others held our CPUs: a change of rate may be theirs. ",
               disturbed, json_array_size(json_object_get(s, "started_s")));
  return true;
}

/* Whether there was anything long enough to speak of. */
static bool verdict_of_any_sustained(FILE *to, const struct result_file *file)
{
  for (size_t i = 0; i < file->benchmark_count; i++)
    if (verdict_of_sustained(to, &file->benchmarks[i]))
      return true;
  return false;
}

/* The first that was measured; one that is long enough, if there is any.  NULL: none. */
static const struct result_benchmark *first_measured(const struct result_file *file)
{
  const struct result_benchmark *first = NULL;
  for (size_t i = 0; i < file->benchmark_count && !(first && !first->too_short); i++) {
    const struct result_benchmark *b = &file->benchmarks[i];
    if (isfinite(b->rows[0].rate_per_s) && (!first || !b->too_short))
      first = b;
  }
  return first;
}

/* Two sentences on what was found. */
static void page_verdict(struct page *page, const struct result_file *file)
{
  const struct result_benchmark *first = first_measured(file);
  fputs("<p class=\"verdict\">", page->to);
  if (first)
    verdict_of_benchmark(page->to, first, "Here ");
  else if (!verdict_of_any_sustained(page->to, file))
    html_textf(page->to, "Nothing was measured to the end. ");
  doubts(page->to, file);
  fputs("</p>\n", page->to);
}

/* --- The machine --- */

static void picture(FILE *to, const struct result_file *file)
{
  char *svg;
  size_t length;
  int r = picture_draw(file, &svg, &length);
  if (r < 0) {
    html_element(to, "p class=\"note\"", "%s",
                 r == -ENOENT
                     ? "No drawing of the machine: lstopo is not installed where this page "
                       "was made (Debian: hwloc)."
                     : "No drawing of the machine: the result has no topology that hwloc "
                       "can read.");
    return;
  }
  fputs("<figure class=\"machine\"><img alt=\"Packages, caches and cores of the machine as hwloc "
        "draws them; the CPUs that workers use are coloured, a colour for each regime. The table "
        "below has the same.\" src=\"data:image/svg+xml;base64,",
        to);
  html_base64(to, (const unsigned char *)svg, length);
  fputs(
      "\"><figcaption>The machine as hwloc sees it; coloured: the CPUs that workers took, a colour "
      "for each regime.</figcaption></figure>\n",
      to);
  free(svg);
}

static void fact(FILE *to, const char *name, const char *value)
{
  html_element(to, "dt", "%s", name);
  html_element(to, "dd", "%s", value && *value ? value : "unknown");
}

static void facts(FILE *to, const struct result_file *file)
{
  const struct result_machine *machine = &file->machine;
  const struct result_software *software = &file->software;
  char quota[48] = "none";
  if (isfinite(machine->quota_cpus))
    snprintf(quota, sizeof quota, "the time of %.2f CPUs", machine->quota_cpus);
  fputs("<dl>\n", to);
  fact(to, "CPU", machine->cpu_model);
  fact(to, "virtualised", machine->virtualised ? machine->virtualised : "no, or not known");
  fact(to, "CPUs allowed", machine->allowed_cpus);
  fact(to, "quota", quota);
  fact(to, "governor", machine->governor);
  fact(to, "microcode", machine->microcode);
  fact(to, "kernel", software->kernel);
  fact(to, "compiler", software->compiler);
  fact(to, "flags", software->flags);
  fact(to, "GMP", software->gmp_version);
  fact(to, "GMP library", software->gmp_path);
  fact(to, "MPFR", software->mpfr);
  fact(to, "hwloc", software->hwloc);
  fact(to, "libc", software->libc);
  fact(to, "measured", file->started_at);
  fact(to, "pibench", file->version);
  fact(to, "file", file->name);
  fputs("</dl>\n", to);
}

static void slot_cell(FILE *to, const json_t *slot, const char *key)
{
  const json_t *value = json_object_get(slot, key);
  if (json_is_integer(value))
    html_element(to, "td", "%lld", (long long)json_integer_value(value));
  else if (json_is_real(value))
    html_element(to, "td", "%.2f", json_real_value(value));
  else
    html_element(to, "td", "unknown");
}

static void slots(FILE *to, const struct result_file *file)
{
  static const char *const keys[] = {"cpu",  "core",   "numa",    "package",
                                     "kind", "regime", "capacity"};
  const json_t *array = json_object_get(json_object_get(file->json, "topology"), "slots");
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Places of the workers\">"
        "<table><caption>Places of the workers, in their order</caption><thead><tr>"
        "<th scope=\"col\">worker</th>",
        to);
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
    html_element(to, "th scope=\"col\"", "%s", keys[k]);
  fputs("</tr></thead><tbody>\n", to);
  for (size_t i = 0; i < json_array_size(array); i++) {
    fputs("<tr>", to);
    html_element(to, "th scope=\"row\"", "%zu", i + 1);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
      slot_cell(to, json_array_get(array, i), keys[k]);
    fputs("</tr>\n", to);
  }
  fputs("</tbody></table></div>\n", to);
}

/* Benchmarks in their order, before each sweep what its sizes say together. */
static int page_benchmarks(struct page *page, const struct result_file *file)
{
  int r = 0;
  size_t swept_until = 0;
  struct swept swept = {0};
  for (size_t i = 0; r == 0 && i < file->benchmark_count; i++) {
    if (i >= swept_until && swept_from(file, i, &swept)) {
      swept_until = i + swept.count;
      r = page_sweep(page, &swept);
    }
    if (r == 0)
      r = page_benchmark(page, file, &file->benchmarks[i],
                         i < swept_until && swept.count >= PAGE_FOLD_SIZES_FROM);
  }
  return r;
}

int page_file(struct page *page, const struct result_file *file, size_t number)
{
  FILE *to = page->to;
  int r = 0;
  bool folded = page->count >= PAGE_FOLD_FROM;
  fprintf(to, "<%s class=\"file\" id=\"result-%zu\">\n", folded ? "details" : "section", number);
  fputs(folded ? "<summary>" : "", to);
  if (number)
    html_element(to, "h2", "%s", page->names[number - 1]);
  fputs(folded ? "</summary>\n" : "", to);
  page_verdict(page, file);
  r = page_benchmarks(page, file);
  html_element(to, number ? "h3" : "h2", "The machine");
  picture(to, file);
  fputs("<details><summary>Machine, software, places</summary>\n", to);
  facts(to, file);
  slots(to, file);
  fprintf(to, "</details>\n</%s>\n", folded ? "details" : "section");
  return r;
}
