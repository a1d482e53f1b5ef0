/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_watch.c: what must not wait until a rank has computed its share.
 *
 * The worker computes in a thread of its own; the process's first thread sleeps and looks around
 * ten times a second, and at once when a signal comes.  While the worker itself waits for others it
 * has the wire, and looks after the same things.
 *
 * Rank 0 asks every other rank of the sample now and then what it does, and tells those that have
 * no part in it that it lives.  Who does not answer for cluster_patience_s is lost: it is stopped,
 * dead, or out of reach.  Time counts while a rank looks around itself: when all are stopped and go
 * on later, nobody is lost.
 */

#include <errno.h>
#include <mpfr.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cluster_sample.h"
#include "interrupt.h"

enum { TICK_NS = 100000000, LOOK_NS = 1000000 };

/* Between two questions, and how much longer than rank 0 the others wait for a word. */
static const double beat_s = 5, grace_s = 10;

struct reply {
  unsigned worker;
  bool computes;
};

struct cluster_sample cluster_sample;

static struct {
  uint64_t looked_ns; /* of the clock; the rest is in seconds of looking around: */
  double lived_s, beat_s;
  double *heard_s; /* rank 0: [workers] when each last answered; the others: [1] rank 0 */
  bool *owes;      /* rank 0: has been asked and has not answered yet */
  bool told_idle;  /* rank 0: those without a part have been told that it lives */
} pulse;

static atomic_bool stopped; /* the worker of this rank, for ever */
static pthread_mutex_t wire = PTHREAD_MUTEX_INITIALIZER;

void cluster_wire_take(void)
{
  pthread_mutex_lock(&wire);
}

void cluster_wire_give(void)
{
  pthread_mutex_unlock(&wire);
}

/* --- Who is alive --- */

static bool is_first(void)
{
  return cluster_sample.worker == 0;
}

static unsigned workers(void)
{
  return cluster_sample.team->workers;
}

/* Another rank is lost: rank 0 hears of it and ends the run.  If it does not, it is lost itself. */
static _Noreturn void despair(void)
{
  uint64_t until = deadline_in(grace_s);
  unsigned nothing;
  wire_set_attendant(NULL);
  if (wire_send(0, TAG_TROUBLE, &cluster_sample.worker, sizeof cluster_sample.worker, until) == 0)
    wire_receive(0, TAG_TROUBLE, &nothing, sizeof nothing, until); /* there is no such message */
  cluster_leave(pulse.lived_s - pulse.heard_s[0]);
}

/* To ranks without a part in the sample; silence_s: as in the orders. */
static int tell_idle(double silence_s)
{
  static struct order order; /* one that cannot be sent may still be read */
  int r = 0;
  order = (struct order){.kind = ORDER_ALIVE, .silence_s = silence_s};
  for (unsigned w = workers(); r == 0 && w < cluster.ranks; w++)
    r = wire_send(cluster.seats[w].rank, TAG_ORDER, &order, sizeof order, deadline_in(grace_s));
  return r;
}

/* Nobody is asked again who owes an answer, so questions do not heap up before a rank that is
 * stopped. */
static int ask_all(void)
{
  static const char question = '?';
  int error = 0;
  for (unsigned w = 1; w < workers(); w++) {
    if (pulse.owes[w])
      continue;
    int r =
        wire_send(cluster.seats[w].rank, TAG_ASK, &question, sizeof question, deadline_in(beat_s));
    pulse.owes[w] = true;
    error = error < 0 ? error : r;
  }
  return error;
}

/* The next answer, if one has come that was asked for in this sample. */
static bool hear(struct reply *ret_reply)
{
  unsigned rank;
  while (wire_poll(TAG_REPLY, &rank)) {
    if (wire_receive(rank, TAG_REPLY, ret_reply, sizeof *ret_reply, deadline_in(1)) < 0
        || ret_reply->worker >= workers() || !pulse.owes[ret_reply->worker])
      continue;
    pulse.owes[ret_reply->worker] = false;
    pulse.heard_s[ret_reply->worker] = pulse.lived_s;
    return true;
  }
  return false;
}

static int beat(void)
{
  struct reply reply;
  while (hear(&reply))
    ;
  for (unsigned w = 1; w < workers(); w++)
    if (pulse.owes[w] && pulse.lived_s - pulse.heard_s[w] > cluster_patience_s) {
      cluster_sample.stuck = w;
      return -EHOSTDOWN;
    }
  if (pulse.lived_s < pulse.beat_s + beat_s)
    return 0;
  pulse.beat_s = pulse.lived_s;
  pulse.told_idle = workers() < cluster.ranks;
  int r = tell_idle(cluster_patience_s + grace_s);
  return r < 0 ? r : ask_all();
}

static double since_begin_s(void)
{
  return (double)(clock_now_ns() - cluster_sample.begin_ns) * 1e-9;
}

static int look_as_first(void)
{
  unsigned rank;
  if (wire_poll(TAG_TROUBLE, &rank))
    return -ECOMM;
  if (cluster_sample.team->timeout_s > 0 && since_begin_s() > cluster_sample.team->timeout_s)
    return -ETIMEDOUT;
  return beat();
}

static void answer(bool computes)
{
  struct reply reply = {.worker = cluster_sample.worker, .computes = computes};
  unsigned rank;
  char question;
  while (wire_poll(TAG_ASK, &rank)) {
    if (wire_receive(rank, TAG_ASK, &question, sizeof question, deadline_in(1)) < 0)
      return;
    pulse.heard_s[0] = pulse.lived_s;
    wire_send(rank, TAG_REPLY, &reply, sizeof reply, deadline_in(1));
  }
}

static void look_as_other(bool computes)
{
  double timeout_s = cluster_sample.team->timeout_s;
  answer(computes);
  double silent_s = pulse.lived_s - pulse.heard_s[0];
  if (silent_s > cluster_patience_s + grace_s
      || (timeout_s > 0 && since_begin_s() > timeout_s + grace_s))
    cluster_leave(silent_s);
}

/* Whether it is time to look again; then the time since the last look has been lived through, but
 * for what is so long that the process must have been stopped. */
static bool is_time(void)
{
  const uint64_t most_ns = 10 * (uint64_t)TICK_NS;
  uint64_t now = clock_now_ns(), since = now - pulse.looked_ns;
  if (since < LOOK_NS)
    return false;
  pulse.looked_ns = now;
  pulse.lived_s += (double)(since < most_ns ? since : most_ns) * 1e-9;
  return true;
}

/* An error ends the sample. */
static int look(bool computes)
{
  int r = 0;
  if (is_first() && cluster_sample.team->schedule == SCHEDULE_DYNAMIC)
    r = cluster_chunks_hand_out();
  if (r < 0 || !pulse.heard_s || !is_time()) /* without memory the sample ends anyway */
    return r;
  if (is_first())
    return look_as_first();
  look_as_other(computes);
  return 0;
}

/* While the worker waits. */
static int attend(void)
{
  return look(false);
}

static int attend_computing(void)
{
  return look(true);
}

int cluster_watch_begin(void)
{
  unsigned parties = is_first() ? workers() : 1;
  memset(&pulse, 0, sizeof pulse);
  pulse.looked_ns = clock_now_ns();
  pulse.heard_s = calloc(parties, sizeof *pulse.heard_s);
  pulse.owes = calloc(parties, sizeof *pulse.owes);
  if (!pulse.heard_s || !pulse.owes)
    return -ENOMEM;
  wire_set_pace(cluster.shares ? WIRE_YIELD : WIRE_SPIN);
  wire_set_attendant(attend);
  return 0;
}

void cluster_watch_end(void)
{
  wire_set_attendant(NULL);
  if (is_first() && pulse.told_idle && !cluster.broken)
    tell_idle(0);
  free(pulse.heard_s);
  free(pulse.owes);
  pulse.heard_s = NULL;
  pulse.owes = NULL;
}

unsigned cluster_find_guilty(bool *ret_silent)
{
  const double listen_s = 2;
  uint64_t until = deadline_in(listen_s);
  unsigned computing = atomic_load(&stopped) ? 0 : workers(), silent = workers();
  struct reply reply;
  wire_set_attendant(NULL);
  ask_all();
  while (clock_now_ns() < until)
    if (hear(&reply) && reply.computes && reply.worker < computing)
      computing = reply.worker;
  for (unsigned w = workers(); w-- > 1;)
    if (pulse.owes[w])
      silent = w;
  *ret_silent = silent < workers();
  return *ret_silent ? silent : computing < workers() ? computing : cluster_sample.stuck;
}

/* --- Waiting --- */

/* Of a wait that failed. */
static int failed(int r, unsigned waited_for)
{
  if (!is_first())
    despair();
  if (r != -EHOSTDOWN)
    cluster_sample.stuck = waited_for;
  cluster.broken = true;
  return r;
}

int cluster_send(unsigned worker, enum tag tag, const void *bytes, size_t n)
{
  int r = wire_send(cluster.seats[worker].rank, tag, bytes, n, 0);
  return r < 0 ? failed(r, worker) : 0;
}

int cluster_receive(unsigned worker, enum tag tag, void *bytes, size_t n)
{
  int r = wire_receive(cluster.seats[worker].rank, tag, bytes, n, 0);
  return r < 0 ? failed(r, worker) : 0;
}

/* --- The worker's thread --- */

struct life {
  pthread_t thread;
  int (*part)(void *data);
  void *data;
  int ended; /* an eventfd */
  int result;
};

/* A new thread has no π that an earlier sample has computed, and leaves none. */
static void *live(void *data)
{
  struct life *life = data;
  life->result = life->part(life->data);
  mpfr_free_cache();
  eventfd_write(life->ended, 1);
  return NULL;
}

/* A handler that never returns: the thread touches nothing any more.  If it stood inside malloc(),
 * it keeps the lock of its own arena, for which nobody else asks but fork(). */
static void stand_still(int signal)
{
  (void)signal;
  atomic_store(&stopped, true);
  for (;;)
    pause();
}

static void stop(pthread_t thread)
{
  const struct timespec tick = {.tv_nsec = 1000000};
  struct sigaction action = {.sa_handler = stand_still};
  sigfillset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
  pthread_kill(thread, SIGUSR1);
  for (int i = 0; i < 1000 && !atomic_load(&stopped); i++)
    nanosleep(&tick, NULL);
}

/* The wire is free: the worker computes. */
static int look_around(void)
{
  wire_set_attendant(attend_computing);
  int r = is_first() && interrupt_signal() ? -EINTR : wire_attend();
  wire_set_attendant(attend);
  return r;
}

static int watch(struct life *life)
{
  for (;;) {
    struct pollfd end = {.fd = life->ended, .events = POLLIN};
    if (interrupt_wait(&end, 1, TICK_NS) > 0)
      break;
    if (pthread_mutex_trylock(&wire) != 0)
      continue; /* the worker looks around itself */
    int r = look_around();
    if (r < 0) {
      cluster.broken = true;
      stop(life->thread);
      return r;
    }
    cluster_wire_give();
  }
  pthread_join(life->thread, NULL);
  return life->result;
}

int cluster_watch_run(int (*part)(void *data), void *data)
{
  struct life life = {.part = part, .data = data, .ended = eventfd(0, EFD_CLOEXEC)};
  bool born = life.ended >= 0 && pthread_create(&life.thread, NULL, live, &life) == 0;
  if (!born && !is_first())
    cluster_leave(0);
  cluster.broken |= !born;
  int r = born ? watch(&life) : -ENOMEM;
  if (life.ended >= 0)
    close(life.ended);
  return r;
}
