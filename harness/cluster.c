/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster.c: rank 0 orders, the others follow. */

#include "cluster.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "cluster_ranks.h"
#include "launcher.h"

const double cluster_patience_s = 60;

/* How often idle ranks are told that rank 0 is alive. */
#define ALIVE_EVERY_S 5

struct cluster cluster = {.ranks = 1};

uint64_t deadline_in(double seconds)
{
  return clock_now_ns() + (uint64_t)(seconds * 1e9);
}

/* A program that ends on a bad command line takes the others along. */
static void stop_at_exit(void)
{
  cluster_stop(1);
}

int cluster_start(char message[CLUSTER_MESSAGE])
{
  char refused[WIRE_MESSAGE];
  int r = wire_start(refused);
  snprintf(message, CLUSTER_MESSAGE, "%s", refused);
  if (r < 0)
    return r;
  cluster.rank = wire_rank();
  cluster.ranks = wire_ranks();
  cluster.joined = wire_is_joined();
  if (!cluster.joined)
    return 0;
  if (cluster.rank == 0)
    atexit(stop_at_exit);
  /* Nobody outlives the launcher on its node; rank 0 may still write what it has. */
  prctl(PR_SET_PDEATHSIG, cluster.rank == 0 ? SIGTERM : SIGKILL);
  return 0;
}

bool cluster_is_up(void)
{
  return cluster.joined && (cluster.ranks > 1 || cluster.insisted);
}

bool cluster_insist(void)
{
  cluster.insisted = true;
  return cluster.joined;
}

bool cluster_follows(void)
{
  return cluster.rank > 0;
}

unsigned cluster_ranks(void)
{
  return cluster.ranks;
}

unsigned cluster_workers_here(unsigned workers)
{
  unsigned here = 0;
  if (!cluster_is_up() || !cluster.seats)
    return workers;
  for (unsigned w = 0; w < workers && w < cluster.ranks; w++)
    here += cluster.seats[w].slot.node == cluster.seats[0].slot.node;
  return here;
}

/* --- Orders --- */

int cluster_order(const struct order *order)
{
  int r = 0;
  wire_set_pace(WIRE_YIELD);
  for (unsigned rank = 1; r == 0 && rank < cluster.ranks; rank++)
    r = wire_send(rank, TAG_ORDER, order, sizeof *order, deadline_in(cluster_patience_s));
  cluster.told_ns = clock_now_ns();
  cluster.broken |= r < 0;
  return r;
}

void cluster_alive(void)
{
  if (!cluster_is_up() || cluster.broken
      || (double)(clock_now_ns() - cluster.told_ns) * 1e-9 < ALIVE_EVERY_S)
    return;
  struct order order = {.kind = ORDER_ALIVE, .silence_s = cluster_patience_s};
  cluster_order(&order);
}

void cluster_stop(int exit_code)
{
  if (!cluster.joined || cluster.rank > 0)
    return;
  struct order order = {.kind = ORDER_QUIT};
  const unsigned end_s = 10;
  if (cluster.lost)
    launcher_end_within(end_s);
  if (cluster.broken || cluster_order(&order) < 0)
    wire_abort(exit_code ? exit_code : 1);
  cluster.joined = false;
  wire_stop(exit_code);
}

/* --- The other ranks --- */

void cluster_leave(double waited_s)
{
  char node[NODE_NAME] = "?";
  gethostname(node, sizeof node - 1);
  fprintf(stderr, "pibench: rank %u on %s: no word from rank 0 for %.0f s; it ends\n", cluster.rank,
          node, waited_s);
  _exit(1);
}

int cluster_follow(void)
{
  double silence_s = cluster_patience_s;
  for (;;) {
    struct order order;
    wire_set_pace(WIRE_SLEEP);
    int r = wire_receive(0, TAG_ORDER, &order, sizeof order,
                         silence_s > 0 ? deadline_in(silence_s) : 0);
    if (r < 0)
      cluster_leave(silence_s);
    silence_s = order.silence_s;
    switch (order.kind) {
    case ORDER_ALIVE:
      break;
    case ORDER_PLACE:
      cluster_find_seat(&order);
      break;
    case ORDER_SAMPLE:
      cluster_take_part(&order);
      break;
    case ORDER_QUIT:
      workload_release(&cluster.workload);
      placement_free(cluster.placement);
      wire_stop(0);
      return 0;
    }
  }
}
