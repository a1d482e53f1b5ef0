/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_learn.c: pibench learn: lessons on speedup, each a small experiment run here. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "grid.h"
#include "interrupt.h"
#include "nearest.h"
#include "options.h"
#include "room.h"

struct learn_options {
  const char *lesson;
  bool no_ask, json;
};

enum { KEY_NO_ASK = 0x100, KEY_JSON };

static const struct argp_option learn_table[] = {
    {"no-ask", KEY_NO_ASK, NULL, 0, "Print the questions, wait for no answer", 0},
    {"json", KEY_JSON, NULL, 0,
     "Print what was measured and which claims held, in place of the text", 0},
    {0}};

static error_t learn_option(int key, char *given, struct argp_state *state)
{
  struct learn_options *options = state->input;
  switch (key) {
  case KEY_NO_ASK:
    options->no_ask = true;
    return 0;
  case KEY_JSON:
    options->json = true;
    return 0;
  case ARGP_KEY_ARG:
    if (options->lesson)
      usage_error("one lesson at a time: '%.40s' is too much", given);
    options->lesson = given;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp learn_argp = {
    .options = learn_table,
    .parser = learn_option,
    .args_doc = "[LESSON]",
    .doc = "Lessons on speedup: each asks for a prediction, measures on this machine, seconds "
           "long, and says what it means. Without LESSON: the list of them.\v"
           "Start with: pibench learn process"};

static const struct lesson *find_lesson(const char *name)
{
  const char *names[32];
  size_t count = 0;
  for (const struct lesson *lesson = lessons; lesson->name; lesson++) {
    if (strcmp(lesson->name, name) == 0)
      return lesson;
    names[count++] = lesson->name;
  }
  const char *near = nearest_name(name, names, count);
  if (near)
    usage_error("there is no lesson '%.40s'; did you mean '%s'? (pibench learn lists them)", name,
                near);
  usage_error("there is no lesson '%.40s' (pibench learn lists them)", name);
}

static int list_lessons(void)
{
  puts("Lessons: each asks for a prediction, measures here, and says what it means.\n");
  for (const struct lesson *lesson = lessons; lesson->name; lesson++)
    printf("  %-18s %s\n", lesson->name, lesson->question);
  puts("\nUse: pibench learn LESSON   (ten seconds at most; --no-ask: no questions)");
  return EXIT_FINE;
}

/* Questions wait where somebody can answer: a terminal on both sides. */
static FILE *who_answers(const struct learn_options *options)
{
  return !options->no_ask && !options->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? stdin
                                                                                             : NULL;
}

static int print_json(const struct lesson *lesson, const struct room *room)
{
  json_t *object = json_pack("{s:s, s:i, s:O, s:O}", "lesson", lesson->name, "cpus",
                             (int)room->cpus, "claims", room->claims, "values", room->values);
  char *text = object ? json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
  json_decref(object);
  if (!text)
    return -ENOMEM;
  puts(text);
  free(text);
  return 0;
}

static int hold(const struct lesson *lesson, const struct learn_options *options,
                const struct placement *placement)
{
  struct room room = {0};
  FILE *out = options->json ? fopen("/dev/null", "we") : stdout;
  if (!out)
    return -errno;
  int r = room_open(&room, placement, who_answers(options), out);
  if (r == 0) {
    fprintf(out, "%s\n", lesson->title);
    fflush(out);
    r = lesson->run(&room);
  }
  if (r == 0 && options->json)
    r = print_json(lesson, &room);
  else if (r == 0)
    fputs("\nMore lessons: pibench learn\n", stdout);
  room_close(&room);
  if (out != stdout)
    fclose(out);
  return r;
}

int cmd_learn(int argc, char **argv)
{
  struct learn_options options = {0};
  struct placement *placement;
  options_parse(&learn_argp, argc, argv, &options);
  if (!options.lesson && options.json)
    usage_error("--json needs a lesson, such as: pibench learn process --json");
  if (!options.lesson)
    return list_lessons();
  const struct lesson *lesson = find_lesson(options.lesson);
  int code = load_placement(PLACE_CORES, NULL, &placement);
  if (code)
    return code;
  interrupt_catch();
  int r = hold(lesson, &options, placement);
  placement_free(placement);
  if (r < 0 && r != -EINTR)
    say("lesson %s: %s", lesson->name, strerrordesc_np(-r));
  return r == 0 ? EXIT_FINE : EXIT_FAILED;
}
