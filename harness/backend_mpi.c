/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backend_mpi.c: the wire between ranks, by MPI.  The only user of MPI. */

#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"
#include "launcher.h"
#include "wire.h"

/* MPI counts in int, and Open MPI 4 has no calls with larger counts. */
enum { PIECE_BYTES = 1 << 30 };

/* As the barrier of processes: long enough that ranks with CPUs of their own never sleep. */
enum { SPIN_NS = 20000000, SIGNALS_NS = 1000000, NAP_NS = 50000, SLEEP_NS = 500000 };

static struct {
  bool joined;
  int rank, ranks;
  enum wire_pace pace;
  int (*attend)(void);
  char library[48];
} wire = {.ranks = 1};

/* The first words of what the library says of itself: "Open MPI v4.1.4, package: ...". */
static void read_library(void)
{
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_Get_library_version(version, &length);
  size_t n = strcspn(version, ",\n");
  snprintf(wire.library, sizeof wire.library, "%.*s", (int)n, version);
  for (char *c = wire.library; *c; c++)
    if (*c == '\t' || *c == ':')
      *c = ' ';
}

static int refuse(struct launcher launcher, char message[WIRE_MESSAGE])
{
  if (launcher.first)
    snprintf(message, WIRE_MESSAGE,
             "a launcher started %u ranks, but each is alone: this pibench is built for %s; start "
             "it with the mpirun of that library, or with srun --mpi=pmix (pmi2 for MPICH)",
             launcher.ranks, wire.library);
  return -EPROTO;
}

int wire_start(char message[WIRE_MESSAGE])
{
  struct launcher launcher = launcher_of_environment();
  message[0] = '\0';
  if (!launcher.speaks_mpi) {
    read_library();
    return launcher.ranks > 1 ? refuse(launcher, message) : 0;
  }
  int threads;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &threads) != MPI_SUCCESS
      || threads < MPI_THREAD_SERIALIZED) {
    snprintf(message, WIRE_MESSAGE,
             "MPI could not be started with MPI_THREAD_SERIALIZED: two threads in turn");
    return -EPROTO;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &wire.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &wire.ranks);
  read_library();
  wire.joined = true;
  if (wire.ranks == 1 && launcher.ranks > 1) {
    wire_stop(1);
    return refuse(launcher, message);
  }
  return 0;
}

bool wire_is_joined(void)
{
  return wire.joined;
}

unsigned wire_rank(void)
{
  return (unsigned)wire.rank;
}

unsigned wire_ranks(void)
{
  return (unsigned)wire.ranks;
}

void wire_set_pace(enum wire_pace pace)
{
  wire.pace = pace;
}

void wire_set_attendant(int (*attend)(void))
{
  wire.attend = attend;
}

/* What it waits for itself is not attended to. */
int wire_attend(void)
{
  int (*attendant)(void) = wire.attend;
  if (!attendant)
    return 0;
  wire.attend = NULL;
  int r = attendant();
  wire.attend = attendant;
  return r;
}

static void nap(long ns)
{
  nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void give_way(uint64_t waited_ns)
{
  if (wire.pace == WIRE_SLEEP)
    nap(SLEEP_NS);
  else if (waited_ns > SPIN_NS)
    nap(NAP_NS);
  else if (wire.pace == WIRE_YIELD)
    sched_yield();
}

/* Until the request is complete. */
static int wait_for(MPI_Request *request, uint64_t deadline_ns)
{
  uint64_t begin_ns = clock_now_ns(), look_ns = begin_ns;
  for (;;) {
    int done = 0;
    if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
      return -ECOMM;
    if (done)
      return 0;
    uint64_t now = clock_now_ns();
    if (deadline_ns && now > deadline_ns)
      return -ETIMEDOUT;
    if (now > look_ns + SIGNALS_NS) {
      look_ns = now;
      if (interrupt_signal())
        return -EINTR;
    }
    int r = wire_attend();
    if (r < 0)
      return r;
    give_way(now - begin_ns);
  }
}

int wire_send(unsigned to, int tag, const void *bytes, size_t n, uint64_t deadline_ns)
{
  for (size_t at = 0; at < n; at += PIECE_BYTES) {
    size_t piece = n - at < PIECE_BYTES ? n - at : PIECE_BYTES;
    MPI_Request request;
    if (MPI_Isend((const char *)bytes + at, (int)piece, MPI_BYTE, (int)to, tag, MPI_COMM_WORLD,
                  &request)
        != MPI_SUCCESS)
      return -ECOMM;
    int r = wait_for(&request, deadline_ns);
    if (r < 0)
      return r; /* the message stays where it is: a run ends after this */
  }
  return 0;
}

int wire_receive(unsigned from, int tag, void *bytes, size_t n, uint64_t deadline_ns)
{
  for (size_t at = 0; at < n; at += PIECE_BYTES) {
    size_t piece = n - at < PIECE_BYTES ? n - at : PIECE_BYTES;
    MPI_Request request;
    if (MPI_Irecv((char *)bytes + at, (int)piece, MPI_BYTE, (int)from, tag, MPI_COMM_WORLD,
                  &request)
        != MPI_SUCCESS)
      return -ECOMM;
    int r = wait_for(&request, deadline_ns);
    if (r < 0) {
      MPI_Cancel(&request);
      MPI_Request_free(&request);
      return r;
    }
  }
  return 0;
}

bool wire_poll(int tag, unsigned *ret_from)
{
  int there = 0;
  MPI_Status status;
  if (MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || !there)
    return false;
  *ret_from = (unsigned)status.MPI_SOURCE;
  return true;
}

static int last_exit_code;

static void leave(int signal)
{
  (void)signal;
  _exit(last_exit_code);
}

/* MPICH 4.0 with UCX over TCP does not always come back from MPI_Finalize(). */
void wire_stop(int exit_code)
{
  const unsigned patience_s = 10;
  if (!wire.joined)
    return;
  fflush(NULL);
  last_exit_code = exit_code;
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = leave}, NULL);
  alarm(patience_s);
  MPI_Finalize();
  alarm(0);
  wire.joined = false;
}

_Noreturn void wire_abort(int exit_code)
{
  fflush(NULL);
  if (wire.joined)
    MPI_Abort(MPI_COMM_WORLD, exit_code);
  _Exit(exit_code);
}
