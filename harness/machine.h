/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine.h: what machine this is and what software runs on it, for the result file.
 *
 * Unknown is NULL, or a count that is not known; nothing is guessed.  No host name, no serial
 * number, no address is read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MACHINE_CACHES_MOST = 16 };

/* A number that may be unknown; value is 0 then. */
struct machine_count {
  bool known;
  uint64_t value;
};

struct machine_cache {
  unsigned level;
  const char *type; /* "Data", "Instruction" or "Unified" */
  struct machine_count bytes;
  struct machine_count sharing_cpus; /* CPUs that share one such cache */
};

struct machine {
  char *cpu_model;         /* Arm, without names: "implementer 0x41 part 0xd0c", kinds with " + " */
  char *microcode;         /* "0xa201016" */
  char *governor;          /* CPU 0's frequency governor: "performance" */
  const char *virtualised; /* "none" where that is certain, "kvm", ..., "other": a nameless VM */
  struct machine_cache caches[MACHINE_CACHES_MOST]; /* CPU 0's, innermost first */
  unsigned cache_count;                             /* 0: unknown */
  struct machine_count memory_bytes; /* what the kernel manages, not what a cgroup allows */
  struct machine_count online_cpus;
  /*
   * 16 hex digits that tell machines apart and outlive reboots and upgrades: FNV-1a (64 bits) over
   * the CPU model, level, type and size of each cache, the number of online CPUs, and
   * virtualisation.  Not in it: microcode, governor, memory, kernel, host name.  Equal machines
   * have equal fingerprints; it names a kind of machine, not a piece of it.  NULL if the CPU model
   * is unknown.
   */
  char *fingerprint;
};

struct software {
  char *kernel;         /* release: "6.1.0-28-amd64" */
  const char *compiler; /* that built this file: "gcc 12.2.0" */
  const char *flags;    /* PIBENCH_CFLAGS, set by the build */
  struct {
    const char *version;
    char *path; /* of the file that the process has loaded, links resolved; NULL if it is static */
  } gmp;
  const char *mpfr; /* version */
  const char *libc; /* version of glibc: "2.36" */
};

/*
 * Reads the machine from /proc and /sys below `root`: "" for this machine, or a directory with a
 * copy of those files, for tests.  What is missing there is unknown, not an error.
 * To be released with machine_release().  Returns 0 or -ENOMEM.
 */
int machine_read(const char *root, struct machine *ret_machine);

/* Accepts NULL, and what is all zero. */
void machine_release(struct machine *machine);

/* The software of this process.  To be released with software_release().  Returns 0 or -ENOMEM. */
int software_read(struct software *ret_software);

/* Accepts NULL, and what is all zero. */
void software_release(struct software *software);
