/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster_ranks.h: what rank 0 and the others tell each other.  Inside cluster*.c only. */
#pragma once

#include <sched.h>

#include "cluster.h"
#include "wire.h"
#include "worker.h"

enum { NODE_NAME = 64, BUILD_NAME = 64, CPU_LIST = 1024 };

enum tag {
  TAG_ORDER = 1,
  TAG_PLACING,
  TAG_UP,
  TAG_DOWN,
  TAG_PARTIAL,
  TAG_REPORT,
  TAG_CLAIM,
  TAG_COPY, /* of what a worker has done so far */
  TAG_GRANT,
  TAG_TROUBLE, /* I have lost another rank */
  TAG_ASK,     /* rank 0: what do you do? */
  TAG_REPLY,
};

/* A job without pointers: all ranks are of one build. */
struct job_code {
  unsigned kernel, method, variant;
  struct job job; /* its pointers are void */
};

enum order_kind { ORDER_ALIVE, ORDER_PLACE, ORDER_SAMPLE, ORDER_QUIT };

/* From rank 0 to all others. */
struct order {
  enum order_kind kind;
  double silence_s; /* for so long rank 0 may say nothing more; 0: for ever */
  union {
    struct {
      enum place place;
      bool has_list;
      char cpu_list[CPU_LIST];
    } placing;
    struct {
      struct job_code job;
      unsigned workers, repeats, serial_chunks, claim_most;
      struct range part;
      bool collects; /* rank 0 wants to know what is done so far */
      enum schedule schedule;
      bool pin;
      double timeout_s;
    } sample;
  };
};

/* What a worker is, on every rank. */
struct seat {
  struct slot slot;
  unsigned rank;
  int pid;
};

/* This process's view. */
struct cluster {
  bool joined, insisted, broken;
  bool lost; /* a rank did not answer: its host may be out of reach */
  unsigned rank, ranks, worker;
  struct seat *seats;          /* [ranks], by worker; NULL before they are placed */
  char (*nodes)[NODE_NAME];    /* [ranks], by rank: rank 0 knows all */
  struct placement *placement; /* of the followers; rank 0's is its caller's */
  struct workload workload;    /* of the followers: the last one ordered */
  struct job_code code;        /* of it */
  bool shares;                 /* some ranks share CPUs */
  uint64_t told_ns;            /* when rank 0 last spoke to all */
};
extern struct cluster cluster;

/* Seconds after which a rank that should have answered at once is given up. */
extern const double cluster_patience_s;

/* To every other rank. */
int cluster_order(const struct order *order);

/* What a follower does when it is told to take part in a sample. */
void cluster_take_part(const struct order *order);

/* Ends a follower that hears no more from rank 0. */
_Noreturn void cluster_leave(double waited_s);

/* clock_now_ns() in so many seconds. */
uint64_t deadline_in(double seconds);

/* placement_load() by all ranks: what a follower does. */
void cluster_find_seat(const struct order *order);
