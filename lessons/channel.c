/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel.c: pipe, System V queue, ring in shared memory. */

#include "channel.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include "child.h"

enum { RING = 64 };

struct ring {
  sem_t filled, empty;
  size_t head, tail;
  char slots[];
};

struct channel {
  enum channel_kind kind;
  size_t bytes;
  int ends[2]; /* of a pipe */
  int queue;
  struct ring *ring;
};

static size_t ring_bytes(const struct channel *channel)
{
  return sizeof(struct ring) + RING * channel->bytes;
}

static int open_ring(struct channel *channel)
{
  channel->ring = child_share(ring_bytes(channel));
  if (!channel->ring)
    return -ENOMEM;
  if (sem_init(&channel->ring->filled, 1, 0) < 0 || sem_init(&channel->ring->empty, 1, RING) < 0)
    return -errno;
  return 0;
}

static int open_kind(struct channel *channel)
{
  switch (channel->kind) {
  case CHANNEL_PIPE:
    return pipe(channel->ends) < 0 ? -errno : 0;
  case CHANNEL_QUEUE:
    channel->queue = msgget(IPC_PRIVATE, 0600);
    return channel->queue < 0 ? -errno : 0;
  default:
    return open_ring(channel);
  }
}

struct channel *channel_open(enum channel_kind kind, size_t message_bytes)
{
  struct channel *channel = malloc(sizeof *channel);
  if (!channel)
    return NULL;
  *channel = (struct channel){kind, message_bytes, {-1, -1}, -1, NULL};
  int r = open_kind(channel);
  if (r == 0)
    return channel;
  channel_close(channel);
  errno = -r;
  return NULL;
}

/* --- Sending and receiving --- */

static int wait_for(sem_t *semaphore)
{
  while (sem_wait(semaphore) < 0)
    if (errno != EINTR)
      return -errno;
  return 0;
}

static int ring_send(struct channel *channel, const void *message)
{
  struct ring *ring = channel->ring;
  int r = wait_for(&ring->empty);
  if (r < 0)
    return r;
  memcpy(ring->slots + ring->head % RING * channel->bytes, message, channel->bytes);
  ring->head++;
  return sem_post(&ring->filled) < 0 ? -errno : 0;
}

static int ring_receive(struct channel *channel, void *ret_message)
{
  struct ring *ring = channel->ring;
  int r = wait_for(&ring->filled);
  if (r < 0)
    return r;
  memcpy(ret_message, ring->slots + ring->tail % RING * channel->bytes, channel->bytes);
  ring->tail++;
  return sem_post(&ring->empty) < 0 ? -errno : 0;
}

static int pipe_send(struct channel *channel, const char *message)
{
  for (size_t done = 0; done < channel->bytes;) {
    ssize_t n = write(channel->ends[1], message + done, channel->bytes - done);
    if (n < 0 && errno != EINTR)
      return -errno;
    done += n > 0 ? (size_t)n : 0;
  }
  return 0;
}

static int pipe_receive(struct channel *channel, char *ret_message)
{
  for (size_t done = 0; done < channel->bytes;) {
    ssize_t n = read(channel->ends[0], ret_message + done, channel->bytes - done);
    if (n == 0 || (n < 0 && errno != EINTR))
      return n == 0 ? -EPIPE : -errno;
    done += n > 0 ? (size_t)n : 0;
  }
  return 0;
}

/* What msgsnd() wants: a type before the text. */
struct envelope {
  long type;
  char text[8192];
};

static int queue_send(struct channel *channel, const void *message)
{
  struct envelope envelope = {.type = 1};
  memcpy(envelope.text, message, channel->bytes);
  while (msgsnd(channel->queue, &envelope, channel->bytes, 0) < 0)
    if (errno != EINTR)
      return -errno;
  return 0;
}

static int queue_receive(struct channel *channel, void *ret_message)
{
  struct envelope envelope;
  while (msgrcv(channel->queue, &envelope, channel->bytes, 0, 0) < 0)
    if (errno != EINTR)
      return -errno;
  memcpy(ret_message, envelope.text, channel->bytes);
  return 0;
}

int channel_send(struct channel *channel, const void *message)
{
  switch (channel->kind) {
  case CHANNEL_PIPE:
    return pipe_send(channel, message);
  case CHANNEL_QUEUE:
    return queue_send(channel, message);
  default:
    return ring_send(channel, message);
  }
}

int channel_receive(struct channel *channel, void *ret_message)
{
  switch (channel->kind) {
  case CHANNEL_PIPE:
    return pipe_receive(channel, ret_message);
  case CHANNEL_QUEUE:
    return queue_receive(channel, ret_message);
  default:
    return ring_receive(channel, ret_message);
  }
}

void channel_close(struct channel *channel)
{
  if (!channel)
    return;
  for (int i = 0; i < 2; i++)
    if (channel->ends[i] >= 0)
      close(channel->ends[i]);
  if (channel->queue >= 0)
    msgctl(channel->queue, IPC_RMID, NULL);
  child_unshare(channel->ring, ring_bytes(channel));
  free(channel);
}

const char *channel_name(enum channel_kind kind)
{
  static const char *const names[] = {"pipe", "queue", "shared memory"};
  return names[kind];
}
