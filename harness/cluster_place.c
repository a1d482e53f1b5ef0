/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster_place.c: which rank is which worker, on which CPU.
 *
 * Ranks of one node whose launcher allows them the same CPUs share one list of slots, and take one
 * each by their order.  A launcher that binds every rank to a CPU of its own gives lists of one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster_ranks.h"
#include "hash.h"
#include "version.h"

/* Indices of cores, caches and packages are a node's own: those of others lie behind. */
enum { CORES_A_NODE = 1 << 16, PACKAGES_A_NODE = 1 << 10 };

/* What a rank may use. */
struct offer {
  int error, pid;
  unsigned bad_cpu;
  char node[NODE_NAME], build[BUILD_NAME];
  uint64_t allowed; /* hash of the CPUs */
  unsigned slots;
  double quota_cpus;
};

/* What rank 0 makes of it: the rank's turn among those with the same list. */
struct turn {
  int error;
  unsigned node, turn;
};

/* --- Every rank --- */

static struct offer offer_here(const struct order *order, struct placement **ret_placement)
{
  struct offer offer = {.pid = getpid()};
  gethostname(offer.node, sizeof offer.node - 1);
  snprintf(offer.build, sizeof offer.build, "%s %s", PIBENCH_VERSION, PIBENCH_COMMIT);
  offer.error =
      placement_load(order->placing.place, order->placing.has_list ? order->placing.cpu_list : NULL,
                     ret_placement, &offer.bad_cpu);
  if (offer.error)
    return offer;
  offer.allowed = hash_text((*ret_placement)->allowed);
  offer.slots = (*ret_placement)->slot_count;
  offer.quota_cpus = (*ret_placement)->quota_cpus;
  return offer;
}

/* The first number in a file of the kernel's on a CPU; -1 if there is none. */
static int cpu_fact(unsigned cpu, const char *name)
{
  char path[96];
  int number = -1;
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/%s", cpu, name);
  FILE *file = fopen(path, "re");
  if (!file)
    return -1;
  if (fscanf(file, "%d", &number) != 1)
    number = -1;
  fclose(file);
  return number;
}

/* hwloc numbers cores and packages among those that a process may use: ranks that may use different
 * ones have to take the numbers of the operating system. */
static void number_globally(struct slot *slot)
{
  int core = cpu_fact(slot->cpu, "thread_siblings_list");
  int package = cpu_fact(slot->cpu, "physical_package_id");
  if (core >= 0)
    slot->core = (unsigned)core;
  if (package >= 0)
    slot->package = package;
  slot->l3 = -1; /* nobody asks for it any more */
}

static struct slot slot_of(const struct placement *placement, struct turn turn)
{
  struct slot slot = placement->slots[turn.turn % placement->slot_count];
  number_globally(&slot);
  slot.node = turn.node;
  slot.core += turn.node * CORES_A_NODE;
  slot.numa += slot.numa >= 0 ? (int)turn.node * PACKAGES_A_NODE : 0;
  slot.package += slot.package >= 0 ? (int)turn.node * PACKAGES_A_NODE : 0;
  return slot;
}

/* The slots of all workers instead of this machine's.  The seats are the cluster's from now on. */
static int take_seats(struct placement *placement, struct seat *seats)
{
  struct slot *slots = calloc(cluster.ranks, sizeof *slots);
  free(cluster.seats);
  cluster.seats = seats;
  if (!slots)
    return -ENOMEM;
  for (unsigned w = 0; w < cluster.ranks; w++) {
    slots[w] = seats[w].slot;
    if (seats[w].rank == cluster.rank)
      cluster.worker = w;
  }
  return placement_replace(placement, slots, cluster.ranks);
}

void cluster_find_seat(const struct order *order)
{
  struct placement *placement = NULL;
  struct turn turn;
  uint64_t deadline = deadline_in(cluster_patience_s);
  struct offer offer = offer_here(order, &placement);
  struct seat *seats = calloc(cluster.ranks, sizeof *seats);
  int r = wire_send(0, TAG_PLACING, &offer, sizeof offer, deadline);
  if (r == 0)
    r = wire_receive(0, TAG_PLACING, &turn, sizeof turn, deadline);
  if (r == 0 && turn.error == 0) {
    struct slot slot = slot_of(placement, turn);
    r = wire_send(0, TAG_PLACING, &slot, sizeof slot, deadline);
    if (r == 0)
      r = wire_receive(0, TAG_PLACING, &turn, sizeof turn, deadline);
    if (r == 0 && turn.error == 0)
      r = seats ? wire_receive(0, TAG_PLACING, seats, cluster.ranks * sizeof *seats, deadline)
                : -ENOMEM;
  }
  if (r < 0)
    cluster_leave(cluster_patience_s);
  placement_free(cluster.placement);
  cluster.placement = NULL;
  int error = turn.error;
  if (error == 0) {
    error = take_seats(placement, seats);
    seats = NULL;
  }
  if (error == 0)
    cluster.placement = placement;
  else
    placement_free(placement);
  free(seats);
}

/* --- Rank 0 --- */

struct placing {
  struct offer *offers; /* [ranks], like all below */
  struct turn *turns;
  struct seat *seats; /* by rank, and in the end by worker */
  unsigned *of_node;  /* a rank's turn among all of its node */
};

static void find_turns(struct placing *p)
{
  unsigned nodes = 0;
  for (unsigned i = 0; i < cluster.ranks; i++) {
    p->turns[i].node = nodes;
    for (unsigned j = 0; j < i; j++)
      if (strcmp(p->offers[i].node, p->offers[j].node) == 0) {
        p->turns[i].node = p->turns[j].node;
        p->of_node[i]++;
        p->turns[i].turn += p->offers[i].allowed == p->offers[j].allowed;
      }
    nodes += p->turns[i].node == nodes;
  }
}

/* The first thing that is wrong with what the ranks may use. */
static int judge_offers(const struct placing *p, bool share, unsigned *ret_bad_cpu, char *message)
{
  for (unsigned i = 0; i < cluster.ranks; i++) {
    const struct offer *offer = &p->offers[i];
    if (offer->error) {
      *ret_bad_cpu = offer->bad_cpu;
      snprintf(message, CLUSTER_MESSAGE, "rank %u on %s: %s", i, offer->node,
               strerrordesc_np(-offer->error));
      return offer->error;
    }
    if (strcmp(offer->build, p->offers[0].build) != 0) {
      snprintf(message, CLUSTER_MESSAGE, "rank %u on %s runs pibench %s, rank 0 runs %s", i,
               offer->node, offer->build, p->offers[0].build);
      return -EPROTO;
    }
    if (!share && p->turns[i].turn >= offer->slots) {
      snprintf(
          message, CLUSTER_MESSAGE,
          "%s: rank %u finds no CPU of its own: its launcher allows it %u, and other ranks have "
          "them; start fewer ranks there, let the launcher not bind (mpirun --bind-to none, "
          "srun --cpu-bind=none), or say --pin off",
          offer->node, i, offer->slots);
      return -EBUSY;
    }
  }
  return 0;
}

/* Lists of different ranks may overlap. */
static int judge_seats(const struct placing *p, bool share, char *message)
{
  for (unsigned i = 0; i < cluster.ranks; i++)
    for (unsigned j = 0; j < i; j++) {
      const struct slot *one = &p->seats[j].slot, *other = &p->seats[i].slot;
      if (one->node != other->node || one->cpu != other->cpu)
        continue;
      cluster.shares = true;
      if (share)
        continue;
      snprintf(
          message, CLUSTER_MESSAGE,
          "%s: ranks %u and %u would share CPU %u: let the launcher not bind (mpirun --bind-to "
          "none, srun --cpu-bind=none), or say --pin off",
          p->offers[i].node, j, i, one->cpu);
      return -EBUSY;
    }
  return 0;
}

/* Worker numbers: node by node, or, scattered, the first rank of every node, then the second. */
static int order_seats(struct placing *p, enum place place)
{
  struct seat *ordered = calloc(cluster.ranks, sizeof *ordered);
  unsigned worker = 0;
  if (!ordered)
    return -ENOMEM;
  for (unsigned major = 0; worker < cluster.ranks; major++)
    for (unsigned i = 0; i < cluster.ranks; i++)
      if ((place == PLACE_SCATTER ? p->of_node[i] : p->turns[i].node) == major)
        ordered[worker++] = p->seats[i];
  free(p->seats);
  p->seats = ordered;
  return 0;
}

/* The same answer to all others. */
static int answer_all(struct turn answer)
{
  int r = 0;
  for (unsigned i = 1; r == 0 && i < cluster.ranks; i++)
    r = wire_send(i, TAG_PLACING, &answer, sizeof answer, deadline_in(cluster_patience_s));
  return r;
}

static int gather(void *items, size_t size)
{
  int r = 0;
  for (unsigned i = 1; r == 0 && i < cluster.ranks; i++)
    r = wire_receive(i, TAG_PLACING, (char *)items + i * size, size,
                     deadline_in(cluster_patience_s));
  return r;
}

static int exchange(struct placing *p, const struct order *order, bool share,
                    struct placement **placement, unsigned *ret_bad_cpu, char *message)
{
  struct slot *slots = calloc(cluster.ranks, sizeof *slots);
  p->offers[0] = offer_here(order, placement);
  int r = slots ? cluster_order(order) : -ENOMEM;
  if (r == 0)
    r = gather(p->offers, sizeof *p->offers);
  if (r < 0)
    goto end;
  find_turns(p);
  r = judge_offers(p, share, ret_bad_cpu, message);
  for (unsigned i = 1; i < cluster.ranks; i++) {
    p->turns[i].error = r;
    int sent =
        wire_send(i, TAG_PLACING, &p->turns[i], sizeof *p->turns, deadline_in(cluster_patience_s));
    r = sent < 0 ? sent : r;
  }
  if (r < 0)
    goto end;
  slots[0] = slot_of(*placement, p->turns[0]);
  r = gather(slots, sizeof *slots);
  for (unsigned i = 0; r == 0 && i < cluster.ranks; i++)
    p->seats[i] = (struct seat){slots[i], i, p->offers[i].pid};
  if (r == 0)
    r = judge_seats(p, share, message);
  int answered = answer_all((struct turn){.error = r});
  r = r < 0 ? r : answered;
end:
  free(slots);
  return r;
}

/* Every rank learns who is who, and rank 0 the names of the nodes. */
static int publish(struct placing *p, enum place place, struct placement *placement)
{
  double quota_cpus = 0;
  char(*nodes)[NODE_NAME] = calloc(cluster.ranks, sizeof *nodes);
  int r = nodes ? order_seats(p, place) : -ENOMEM;
  for (unsigned i = 0; r == 0 && i < cluster.ranks; i++) {
    memcpy(nodes[i], p->offers[i].node, NODE_NAME);
    quota_cpus += p->of_node[i] == 0 ? p->offers[i].quota_cpus : 0;
  }
  for (unsigned i = 1; r == 0 && i < cluster.ranks; i++)
    r = wire_send(i, TAG_PLACING, p->seats, cluster.ranks * sizeof *p->seats,
                  deadline_in(cluster_patience_s));
  free(cluster.nodes);
  cluster.nodes = nodes;
  if (r < 0)
    return r;
  placement->quota_cpus = quota_cpus;
  r = take_seats(placement, p->seats);
  p->seats = NULL;
  return r;
}

int cluster_place(enum place place, const char *cpu_list, bool share,
                  struct placement **ret_placement, unsigned *ret_bad_cpu,
                  char message[CLUSTER_MESSAGE])
{
  struct placing p = {
      .offers = calloc(cluster.ranks, sizeof *p.offers),
      .turns = calloc(cluster.ranks, sizeof *p.turns),
      .seats = calloc(cluster.ranks, sizeof *p.seats),
      .of_node = calloc(cluster.ranks, sizeof *p.of_node),
  };
  struct order order = {.kind = ORDER_PLACE, .silence_s = cluster_patience_s};
  struct placement *placement = NULL;
  order.placing.place = place;
  order.placing.has_list = cpu_list != NULL;
  message[0] = '\0';
  int r = -EINVAL;
  if (!cpu_list || snprintf(order.placing.cpu_list, CPU_LIST, "%s", cpu_list) < CPU_LIST)
    r = p.offers && p.turns && p.seats && p.of_node ? 0 : -ENOMEM;
  if (r == 0)
    r = exchange(&p, &order, share, &placement, ret_bad_cpu, message);
  if (r == 0)
    r = publish(&p, place, placement);
  if (r == -ETIMEDOUT)
    snprintf(message, CLUSTER_MESSAGE, "not every rank told its CPUs within %.0f s",
             cluster_patience_s);
  if (r == 0)
    *ret_placement = placement;
  else
    placement_free(placement);
  free(p.offers);
  free(p.turns);
  free(p.seats);
  free(p.of_node);
  return r;
}
