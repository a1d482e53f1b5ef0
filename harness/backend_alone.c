/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backend_alone.c: the wire of a build without MPI: there is nobody else. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "launcher.h"
#include "wire.h"

int wire_start(char message[WIRE_MESSAGE])
{
  struct launcher launcher = launcher_of_environment();
  message[0] = '\0';
  if (launcher.ranks <= 1)
    return 0;
  if (launcher.first)
    snprintf(message, WIRE_MESSAGE,
             "a launcher started %u ranks, and this pibench was built without MPI: build it with "
             "-Dmpi=enabled, or start it once",
             launcher.ranks);
  return -EPROTO;
}

bool wire_is_joined(void)
{
  return false;
}

unsigned wire_rank(void)
{
  return 0;
}

unsigned wire_ranks(void)
{
  return 1;
}

void wire_set_pace(enum wire_pace pace)
{
  (void)pace;
}

void wire_set_attendant(int (*attend)(void))
{
  (void)attend;
}

int wire_attend(void)
{
  return 0;
}

int wire_send(unsigned to, int tag, const void *bytes, size_t n, uint64_t deadline_ns)
{
  (void)to, (void)tag, (void)bytes, (void)n, (void)deadline_ns;
  return -ENOTSUP;
}

int wire_receive(unsigned from, int tag, void *bytes, size_t n, uint64_t deadline_ns)
{
  (void)from, (void)tag, (void)bytes, (void)n, (void)deadline_ns;
  return -ENOTSUP;
}

bool wire_poll(int tag, unsigned *ret_from)
{
  (void)tag, (void)ret_from;
  return false;
}

void wire_stop(int exit_code)
{
  (void)exit_code;
}

_Noreturn void wire_abort(int exit_code)
{
  _Exit(exit_code);
}
