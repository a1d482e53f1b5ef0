/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * findings_github.c: verdicts as GitHub Actions shows them.
 *
 * Workflow commands are lines ::error title=TITLE::MESSAGE on stdout in which % and line ends are
 * written %25, %0A, %0D, and in the title : and , as %3A, %2C as well (GitHub's "Workflow commands
 * for GitHub Actions").
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "findings.h"
#include "markup.h"

static void print_escaped(const char *text, bool property)
{
  for (; *text; text++)
    if (*text == '%' || *text == '\n' || *text == '\r' || (property && strchr(":,", *text)))
      printf("%%%02X", (unsigned char)*text);
    else
      putchar(*text);
}

static void annotate(const char *level, const char *title, const struct finding *item)
{
  printf("::%s title=", level);
  print_escaped(title, true);
  printf("::");
  print_escaped(item->benchmark, false);
  if (item->row) {
    printf(", %s: ", item->row);
    print_escaped(ruling_name(item->ruling), false);
  } else {
    printf(": not compared");
  }
  printf(": ");
  print_escaped(item->reason, false);
  putchar('\n');
}

static void markdown_row(const struct finding *item, FILE *to)
{
  fputs("| ", to);
  markup_markdown(to, item->benchmark);
  if (!item->row) {
    fputs(" | | | | | | **not compared**: ", to);
  } else {
    fprintf(to, " | %s | %.4g | %.4g | %+.1f %% | ", item->row, item->old_s * 1e3,
            item->new_s * 1e3, 100 * regression_part(item->change.value));
    if (isfinite(item->change.low) && isfinite(item->change.high))
      fprintf(to, "%+.1f to %+.1f %%", 100 * regression_part(item->change.low),
              100 * regression_part(item->change.high));
    fprintf(to, item->ruling == RULING_PASS ? " | %s: " : " | **%s**: ", ruling_name(item->ruling));
  }
  markup_markdown(to, item->reason);
  fputs(" |\n", to);
}

void findings_markdown(const struct findings *f, FILE *to)
{
  fputs("| benchmark | row | old ms | new ms | change | interval | verdict |\n"
        "|---|---|--:|--:|--:|--:|---|\n",
        to);
  for (size_t i = 0; i < f->count; i++)
    markdown_row(&f->items[i], to);
  fputs("\n**", to);
  findings_sentence(f, to);
  fputs("**\n", to);
}

static void write_summary(const struct findings *f, const char *title, const char *path)
{
  FILE *to = fopen(path, "a");
  if (!to) {
    say("cannot append to GITHUB_STEP_SUMMARY '%.200s'", path);
    return;
  }
  fprintf(to, "### %s\n\n", title);
  findings_markdown(f, to);
  fputc('\n', to);
  if (fclose(to) != 0)
    say("cannot append to GITHUB_STEP_SUMMARY '%.200s'", path);
}

void findings_tell_github(const struct findings *f, const char *title)
{
  const char *summary = getenv("GITHUB_STEP_SUMMARY"), *actions = getenv("GITHUB_ACTIONS");
  if (!actions || strcmp(actions, "true") != 0)
    return;
  for (size_t i = 0; i < f->count; i++) {
    const struct finding *item = &f->items[i];
    bool slower = item->row && item->ruling == RULING_REGRESSED;
    if (slower)
      annotate(f->advisory ? "warning" : "error", title, item);
    else if (!item->row || item->ruling == RULING_INCONCLUSIVE)
      annotate(f->advisory || f->warn_on_inconclusive ? "warning" : "error", title, item);
  }
  if (summary && *summary)
    write_summary(f, title, summary);
}
