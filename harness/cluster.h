/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cluster.h: teams beyond one machine.  One rank of a launcher is one worker.
 *
 * Every rank runs the same program.  Rank 0 reads the command line, coordinates and is worker 0;
 * the others print nothing and do what it orders: cluster_follow().  A rank computes in its own
 * process, sample after sample; it binds itself by its place among the ranks of its node.  The
 * workers are numbered node by node, so runs with more workers contain those with fewer.
 *
 * A rank that dies is the launcher's to notice.  One that hangs or cannot be reached is noticed
 * here, also while it or rank 0 computes (cluster_watch.c): rank 0 asks now and then who is there,
 * names the rank that does not answer and its node, and all that can be reached are ended.
 */
#pragma once

#include "team.h"

enum { CLUSTER_MESSAGE = 512 };

/* First of all in main.  -EPROTO: refused, as wire_start(). */
int cluster_start(char message[CLUSTER_MESSAGE]);

/* Whether workers are ranks: there are several, or there is one and it was asked for. */
bool cluster_is_up(void);
/* A launcher's only rank counts as a cluster, too.  Returns whether there is a launcher. */
bool cluster_insist(void);
/* Whether this process is to follow rank 0, not to read a command line. */
bool cluster_follows(void);
unsigned cluster_ranks(void);

/* The life of the other ranks.  Returns their exit code. */
int cluster_follow(void);

/*
 * placement_load() on every rank.  The slots are those of all ranks, worker by worker, each with
 * its node; binding a slot works on its own node alone.  Returns as placement_load(), the error of
 * any rank, with a message that names its node; and
 *
 *   -EBUSY  two ranks would share a CPU, and `share` does not allow it
 */
int cluster_place(enum place place, const char *cpu_list, bool share,
                  struct placement **ret_placement, unsigned *ret_bad_cpu,
                  char message[CLUSTER_MESSAGE]);

/* Of so many workers, those on this node. */
unsigned cluster_workers_here(unsigned workers);

/* The other ranks learn that rank 0 is alive.  Often enough while it waits for something else: more
 * than once in a minute. */
void cluster_alive(void);

/* team_run() for BACKEND_MPI, on rank 0. */
int cluster_run(const struct team *team, struct sample *ret_sample, struct fault *ret_fault);

/* The end of all ranks; what follows has no cluster.  Does not return where ranks are in an unknown
 * state: then the launcher passes on the exit code. */
void cluster_stop(int exit_code);
