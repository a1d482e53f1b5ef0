/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson_messages.c: pipe, queue, shared memory: what messages cost, and what they prevent. */

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "child.h"
#include "experiment.h"
#include "lessons.h"
#include "marks.h"

enum { TRIPS = 4000, SMALL = 8, LARGE = 8192, BLOCKS = 4000 };

struct talk {
  struct channel *there, *back;
  int count;
};

/* --- Latency: one number, there and back --- */

static int echo(void *data)
{
  const struct talk *talk = data;
  uint64_t number;
  for (int i = 0; i < talk->count; i++) {
    if (channel_receive(talk->there, &number) < 0)
      return 1;
    number++;
    if (channel_send(talk->back, &number) < 0)
      return 1;
  }
  return 0;
}

/* Half a round trip; *ret_right: every answer was the next number. */
static int measure_latency(enum channel_kind kind, double *ret_latency_s, bool *ret_right)
{
  struct talk talk = {channel_open(kind, SMALL), channel_open(kind, SMALL), TRIPS};
  struct child child = {0};
  int r = talk.there && talk.back ? child_start(&child, "echo", echo, &talk) : -errno;
  bool right = true;
  double begin_s = child_now_s();
  for (uint64_t i = 0; r == 0 && i < TRIPS; i++) {
    uint64_t number = 2 * i;
    r = channel_send(talk.there, &number);
    if (r == 0)
      r = channel_receive(talk.back, &number);
    right = right && number == 2 * i + 1;
  }
  *ret_latency_s = (child_now_s() - begin_s) / TRIPS / 2;
  *ret_right = right;
  if (r == 0)
    r = child_join(&child, 5);
  children_end(&child, 1);
  channel_close(talk.there);
  channel_close(talk.back);
  return r;
}

/* --- Throughput: blocks in one direction --- */

static int pour(void *data)
{
  const struct talk *talk = data;
  static uint64_t block[LARGE / 8];
  for (int i = 0; i < talk->count; i++) {
    block[0] = (uint64_t)i;
    if (channel_send(talk->there, block) < 0)
      return 1;
  }
  return 0;
}

static int measure_throughput(enum channel_kind kind, double *ret_bytes_per_s, bool *ret_in_order)
{
  struct talk talk = {channel_open(kind, LARGE), NULL, BLOCKS};
  struct child child = {0};
  static uint64_t block[LARGE / 8];
  int r = talk.there ? child_start(&child, "pour", pour, &talk) : -errno;
  bool in_order = true;
  double begin_s = child_now_s();
  for (uint64_t i = 0; r == 0 && i < BLOCKS; i++) {
    r = channel_receive(talk.there, block);
    in_order = in_order && block[0] == i;
  }
  *ret_bytes_per_s = (double)BLOCKS * LARGE / (child_now_s() - begin_s);
  *ret_in_order = in_order;
  if (r == 0)
    r = child_join(&child, 5);
  children_end(&child, 1);
  channel_close(talk.there);
  return r;
}

/* Random points that this process draws in a second. */
static int draw_rate(double *ret_points_per_s)
{
  struct computed computed;
  double begin_s = child_now_s();
  int r = experiment_compute("mc:points=1e8", 1, 0, 1, &computed);
  *ret_points_per_s = 1e8 / (child_now_s() - begin_s);
  computed_release(&computed);
  return r;
}

/* --- The lesson --- */

static int one_kind(struct room *room, enum channel_kind kind, double *ret_latency_s,
                    double *ret_block_s)
{
  double bytes_per_s = 0;
  bool right, in_order = false;
  char key[64];
  int r = measure_latency(kind, ret_latency_s, &right);
  if (r == 0)
    r = measure_throughput(kind, &bytes_per_s, &in_order);
  if (r == -ENOSYS || r == -ENOSPC || r == -EPERM) {
    room_show(room, "%-14s  %s", channel_name(kind), strerrordesc_np(-r));
    *ret_latency_s = *ret_block_s = NAN;
    return 0;
  }
  if (r < 0)
    return r;
  *ret_block_s = LARGE / bytes_per_s;
  room_show(room, "%-14s  %10.2f  %17.2f", channel_name(kind), *ret_latency_s * 1e6,
            bytes_per_s * 1e-9);
  snprintf(key, sizeof key, "%s: in order, none lost", channel_name(kind));
  room_claim(room, key, right && in_order);
  snprintf(key, sizeof key, "%s: latency_s", channel_name(kind));
  room_saw(room, key, *ret_latency_s);
  snprintf(key, sizeof key, "%s: bytes_per_s", channel_name(kind));
  room_saw(room, key, bytes_per_s);
  return 0;
}

int lesson_messages(struct room *room)
{
  double latency_s[CHANNEL_KINDS], block_s[CHANNEL_KINDS];
  room_step(room, "What a message costs");
  room_tell(room,
            "Two processes. One sends a number, the other adds one and sends it back, %d "
            "times; then %d blocks of %d bytes in one direction.",
            TRIPS, BLOCKS, LARGE);
  double guess =
      room_ask(room, "How many microseconds does a message through a pipe take, one way?");
  room_show(room, "%-14s  latency %s  throughput GB/s", "", marks_here()->microseconds);
  for (int kind = 0; kind < CHANNEL_KINDS; kind++) {
    int r = one_kind(room, (enum channel_kind)kind, &latency_s[kind], &block_s[kind]);
    if (r < 0)
      return r;
  }
  room_judge(room, guess, latency_s[CHANNEL_PIPE] * 1e6, " microseconds");
  double points_per_s;
  int r = draw_rate(&points_per_s);
  if (r < 0)
    return r;
  room_tell(
      room,
      "For the latency each waits for the other, sleeps and is woken. In the stream through the "
      "pipe nearly nobody waits, and a block of %d bytes, %d times as long, takes %.2f %s: "
      "most of the latency is not the copy but the sleeping and waking. In the time of one message "
      "through a pipe one CPU draws %.0f "
      "random points here (kernel mc): a task has to be long against its message, or "
      "messages have to carry many tasks.",
      LARGE, LARGE / SMALL, block_s[CHANNEL_PIPE] * 1e6, marks_here()->microseconds,
      latency_s[CHANNEL_PIPE] * points_per_s);
  room_saw(room, "points_per_pipe_message", latency_s[CHANNEL_PIPE] * points_per_s);
  room_step(room, "What messages prevent");
  room_tell(room, "Nothing is shared, so nothing can be changed behind somebody's back: all "
                  "messages arrived, once each, in the order in which they were sent. The next "
                  "lesson, 'lock', does without messages and shows what then goes wrong.");
  room_tell(room,
            "pibench's workers use neither while they compute: each has a partial result of its "
            "own in shared memory, and they meet once, at the end.");
  return 0;
}
