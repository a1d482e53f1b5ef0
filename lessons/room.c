/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room.c: a lesson's text, questions, drawings, and what it keeps. */

#include "room.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "interrupt.h"
#include "marks.h"

enum { LABEL = 24, DRAWN = 40 }; /* columns */

int room_open(struct room *ret_room, const struct placement *placement, FILE *in, FILE *out)
{
  struct room room = {.out = out, .in = in, .placement = placement, .cpus = placement->slot_count};
  room.values = json_object();
  room.claims = json_object();
  if (!room.values || !room.claims) {
    room_close(&room);
    return -ENOMEM;
  }
  if (in) /* what poll() does not see must not lie in a buffer */
    setvbuf(in, NULL, _IONBF, 0);
  *ret_room = room;
  return 0;
}

void room_close(struct room *room)
{
  json_decref(room->values);
  json_decref(room->claims);
}

/* --- Telling --- */

void room_blank(struct room *room)
{
  fputc('\n', room->out);
  room->blank = true;
}

__attribute__((format(printf, 3, 0))) static void tell(struct room *room, const char *before,
                                                       const char *format, va_list arguments)
{
  char *text = NULL, *whole = NULL;
  room->blank = false;
  if (vasprintf(&text, format, arguments) < 0)
    return;
  if (asprintf(&whole, "%s%s", before, text) >= 0)
    print_wrapped(whole, room->out);
  free(whole);
  free(text);
}

void room_step(struct room *room, const char *format, ...)
{
  char number[16];
  va_list arguments;
  snprintf(number, sizeof number, "%u. ", ++room->steps);
  if (!room->blank)
    fputc('\n', room->out);
  va_start(arguments, format);
  tell(room, number, format, arguments);
  va_end(arguments);
  room_blank(room);
}

void room_tell(struct room *room, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  tell(room, "", format, arguments);
  va_end(arguments);
}

void room_show(struct room *room, const char *format, ...)
{
  va_list arguments;
  room->blank = false;
  fputs("  ", room->out);
  va_start(arguments, format);
  vfprintf(room->out, format, arguments);
  va_end(arguments);
  fputc('\n', room->out);
}

/* --- Asking --- */

/* A number with nothing behind it but blanks and a unit that begins with no digit. */
static bool read_number(const char *line, double *ret_number)
{
  char *end;
  double number = strtod(line, &end);
  if (end == line || !isfinite(number))
    return false;
  *ret_number = number;
  return !strpbrk(end, "0123456789");
}

/* The next line of the answers; 0 at their end.  Ctrl-C ends the program: at a question nothing
 * runs and nothing is to be kept. */
static ssize_t read_line(struct room *room, char **line, size_t *size)
{
  struct pollfd ready = {fileno(room->in), POLLIN, 0};
  if (interrupt_wait(&ready, 1, -1) < 0) {
    fputc('\n', room->out);
    fflush(room->out);
    interrupt_raise();
  }
  return getline(line, size, room->in);
}

double room_ask(struct room *room, const char *question)
{
  char *whole = NULL, *line = NULL;
  size_t size = 0;
  double number = NAN;
  room->blank = false;
  if (asprintf(&whole, "? %s", question) >= 0)
    print_wrapped(whole, room->out);
  free(whole);
  while (room->in) {
    fputs("  your guess (Enter: none): ", room->out);
    fflush(room->out);
    ssize_t n = read_line(room, &line, &size);
    if (n <= 0 || line[strspn(line, " \t\r\n")] == '\0') {
      if (n <= 0) { /* nobody is there any more */
        room->in = NULL;
        fputc('\n', room->out);
      }
      break;
    }
    if (read_number(line, &number))
      break;
    fputs("  A number, please.\n", room->out);
  }
  free(line);
  return number;
}

void room_judge(struct room *room, double prediction, double measured, const char *unit)
{
  if (isnan(prediction))
    return;
  double off = fabs(prediction - measured) / fabs(measured);
  room_tell(room, "You said %g%s; it was %.3g%s. %s", prediction, unit, measured, unit,
            off < 0.1   ? "Well predicted."
            : off < 0.5 ? "Not far off. Why the difference?"
                        : "Quite different. Why?");
}

/* --- Drawing --- */

static void repeat(struct room *room, const char *mark, int times)
{
  for (int i = 0; i < times; i++)
    fputs(mark, room->out);
}

void room_bars(struct room *room, const struct room_bar *bars, size_t count)
{
  const char *mark = marks_here()->utf8 ? "█" : "#";
  double most = 0;
  int width = 0;
  for (size_t i = 0; i < count; i++) {
    most = fmax(most, bars[i].value);
    width = (int)strlen(bars[i].label) > width ? (int)strlen(bars[i].label) : width;
  }
  room->blank = false;
  for (size_t i = 0; i < count; i++) {
    int length = most > 0 ? (int)lround(bars[i].value / most * DRAWN) : 0;
    fprintf(room->out, "  %-*.*s  ", width < LABEL ? width : LABEL, LABEL, bars[i].label);
    repeat(room, mark, length > 0 || bars[i].value <= 0 ? length : 1);
    fprintf(room->out, " %s\n", bars[i].text);
  }
}

void room_timeline(struct room *room, const struct room_span *spans, size_t count)
{
  const char *mark = marks_here()->utf8 ? "━" : "=", *rest = marks_here()->utf8 ? "·" : ".";
  double first = INFINITY, last = 0;
  int width = 0;
  for (size_t i = 0; i < count; i++) {
    first = fmin(first, spans[i].begin_s);
    last = fmax(last, spans[i].end_s);
    width = (int)strlen(spans[i].label) > width ? (int)strlen(spans[i].label) : width;
  }
  room->blank = false;
  for (size_t i = 0; i < count && last > first; i++) {
    int begin = (int)lround((spans[i].begin_s - first) / (last - first) * DRAWN);
    int end = (int)lround((spans[i].end_s - first) / (last - first) * DRAWN);
    begin = begin < DRAWN ? begin : DRAWN - 1;
    end = end > begin ? end : begin + 1;
    fprintf(room->out, "  %-*.*s  ", width < LABEL ? width : LABEL, LABEL, spans[i].label);
    repeat(room, rest, begin);
    repeat(room, mark, end - begin);
    repeat(room, rest, DRAWN - end);
    fprintf(room->out, "  %.0f to %.0f ms\n", (spans[i].begin_s - first) * 1e3,
            (spans[i].end_s - first) * 1e3);
  }
}

/* --- Keeping --- */

void room_saw(struct room *room, const char *key, double value)
{
  json_object_set_new(room->values, key, isfinite(value) ? json_real(value) : json_null());
}

void room_claim(struct room *room, const char *key, bool held)
{
  json_object_set_new(room->claims, key, json_boolean(held));
}

void room_cannot(struct room *room, const char *key, const char *format, ...)
{
  va_list arguments;
  json_object_set_new(room->claims, key, json_null());
  va_start(arguments, format);
  tell(room, "Not to be seen here: ", format, arguments);
  va_end(arguments);
}
