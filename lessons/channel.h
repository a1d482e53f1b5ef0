/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * channel.h: three ways for one process to send messages to another.
 *
 * A channel is made before the fork and carries messages of a fixed size in one direction, in
 * order.  Sending waits where it is full, receiving where it is empty.
 */
#pragma once

#include <stddef.h>

enum channel_kind {
  CHANNEL_PIPE,   /* pipe(): the kernel copies in and out */
  CHANNEL_QUEUE,  /* a message queue of the kernel (System V): keeps messages apart */
  CHANNEL_SHARED, /* a ring in shared memory, two futex semaphores: no copy by the kernel */
  CHANNEL_KINDS,
};

struct channel;

/* NULL with errno set: no memory, or this system does not offer the kind.  message_bytes <= 8192.
 */
struct channel *channel_open(enum channel_kind kind, size_t message_bytes);

/* By one process each, over and over: message_bytes are taken or stored.  Signals do not end the
 * wait.  Return 0; -EPIPE where the other end of a pipe is gone; -EIDRM where the queue was
 * removed; or what write(), read(), msgsnd(), msgrcv() or sem_wait() say. */
int channel_send(struct channel *channel, const void *message);
int channel_receive(struct channel *channel, void *ret_message);

/* By the process that opened it.  Accepts NULL. */
void channel_close(struct channel *channel);

const char *channel_name(enum channel_kind kind);
