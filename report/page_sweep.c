/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_sweep.c: a sweep: one plot of time against size, the exponent, a table. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "html.h"
#include "measure.h"
#include "number.h"
#include "page_parts.h"

/* --- In words --- */

static void say_doubts(FILE *to, const struct swept *swept)
{
  size_t disturbed = 0, rounds = 0, counted = 0, small = 0, unverified = 0, wrong = 0;
  for (size_t i = 0; i < swept->count; i++) {
    const struct result_benchmark *b = &swept->first[i];
    for (size_t k = 0; k < b->rounds; k++)
      disturbed += b->disturbed[k];
    rounds += b->rounds;
    counted += figures_disturbed(b) > 0;
    small += b->too_short;
    unverified += b->right == RESULT_UNVERIFIED;
    wrong += b->right == RESULT_WRONG;
  }
  if (wrong)
    html_element(to, "p class=\"bad\"", "Wrong answers at %zu of %zu sizes, which are left out.",
                 wrong, swept->count);
  if (counted)
    html_element(to, "p class=\"note\"",
                 "Disturbed: others held our CPUs in %zu of %zu rounds; at %zu of %zu sizes too "
                 "often to set them aside: this is not what a free machine does.",
                 disturbed, rounds, counted, swept->count);
  if (small)
    html_element(to, "p class=\"note\"",
                 "%zu of %zu sizes %s a row below %g ms: too short to trust.", small, swept->count,
                 small == 1 ? "has" : "have", MEASURE_SHORTEST_S * 1e3);
  if (unverified)
    html_element(to, "p class=\"note\"", "The answers of %zu of %zu sizes were not verified.",
                 unverified, swept->count);
}

/* The row with the most workers; NULL. */
static const struct result_row *last_row(const struct swept *swept, size_t index)
{
  return swept->line_count > 1 ? swept_row(swept, swept->line_count - 1, index) : NULL;
}

static int say_growth(FILE *to, const struct swept *swept)
{
  char text[SWEEP_SENTENCE], size[NUMBER_TEXT], speedup[32], name[RESULT_ROW_NAME];
  int r = swept_sentence(swept, text);
  if (r < 0)
    return r;
  html_textf(to, "%s", text);
  const struct result_row *row = last_row(swept, swept->count - 1);
  if (row && isfinite(row->speedup))
    html_textf(to, " At %s %s, %s: %s times as %s.",
               number_text(swept->sizes[swept->count - 1], size), swept->key,
               result_row_name(row, name), plot_number(row->speedup, speedup),
               swept->file->weak ? "much work in a time" : "fast");
  return 0;
}

/* --- The table --- */

static void cells_parallel(FILE *to, const struct result_row *row)
{
  char time[SWEEP_TIME], text[32], low[32], high[32];
  if (!row) {
    fputs("<td></td><td></td><td></td>", to);
    return;
  }
  html_element(to, "td", "%s", sweep_time(row->median_s, "µs", time));
  html_element(to, "td", "%s", plot_number(row->speedup, text));
  if (isfinite(row->speedup_low) && isfinite(row->speedup_high))
    html_element(to, "td", "%s – %s", plot_number(row->speedup_low, low),
                 plot_number(row->speedup_high, high));
  else
    html_element(to, "td", "unknown");
}

static void size_row(FILE *to, const struct swept *swept, size_t index)
{
  char size[NUMBER_TEXT], time[SWEEP_TIME], rate[NUMBER_TEXT];
  const struct result_benchmark *b = &swept->first[index];
  const struct result_row *serial = swept_row(swept, 0, index), *last = last_row(swept, index);
  const struct result_row *fastest = last ? last : serial;
  fputs("<tr>", to);
  html_element(to, "th scope=\"row\"", "%s", number_text(swept->sizes[index], size));
  html_element(to, "td", "%s", serial ? sweep_time(serial->median_s, "µs", time) : "unknown");
  cells_parallel(to, last);
  if (fastest && isfinite(fastest->rate_per_s))
    html_element(to, "td", "%s%s/s", number_si(fastest->rate_per_s, rate), b->unit);
  else
    html_element(to, "td", "unknown");
  html_element(to, "td class=\"left\"", "%s%s%s", figures_disturbed(b) ? "disturbed" : "",
               figures_disturbed(b) && b->too_short ? ", " : "", b->too_short ? "too short" : "");
  fputs("</tr>\n", to);
}

static void size_table(FILE *to, const struct swept *swept)
{
  char most[RESULT_ROW_NAME] = "parallel";
  if (swept->line_count > 1)
    result_row_name(swept->lines[swept->line_count - 1], most);
  fputs("<details><summary>The figures</summary>\n", to);
  page_table_begin(to, "Times of each size",
                   (const char *[]){swept->key, "serial", most, "speedup", "95 % interval", "rate",
                                    "doubts", NULL});
  for (size_t i = 0; i < swept->count; i++)
    size_row(to, swept, i);
  page_table_end(to);
  fputs("</details>\n", to);
}

int page_sweep(struct page *page, const struct swept *swept)
{
  FILE *to = page->to;
  if (!swept_any(swept))
    return 0;
  fputs("<section class=\"benchmark sweep\">\n", to);
  html_element(to, page->count > 1 ? "h3" : "h2", "%s: time against %s", swept->first->kernel,
               swept->key);
  html_element(to, "p class=\"soft\"", "%s, %s; %zu sizes", swept->first->method,
               swept->first->variant, swept->count);
  say_doubts(to, swept);
  fputs("<p>", to);
  int r = say_growth(to, swept);
  fputs("</p>\n<figure>\n", to);
  swept_draw(swept, false, to);
  html_element(
      to, "figcaption",
      "Median times with 95 %% intervals, where known; both axes are logarithmic, so that a "
      "power of the size is a straight line. Hollow: disturbed, or too short to trust.%s",
      swept->thinned ? " Not every number of workers is drawn." : "");
  size_table(to, swept);
  fputs("</figure>\n</section>\n", to);
  return r;
}
