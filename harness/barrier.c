/* SPDX-License-Identifier: GPL-3.0-or-later */
/* barrier.c: waiting for one another across processes: a short spin, then a futex. */

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "team_memory.h"

static void relax(void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void futex_wait(_Atomic uint32_t *word, uint32_t while_it_is)
{
  syscall(SYS_futex, word, FUTEX_WAIT, while_it_is, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word)
{
  syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Waits until more than `repetition` openings have happened. */
static void open_wait(_Atomic uint32_t *opened, uint32_t repetition, uint64_t spin_ns)
{
  if (spin_ns) {
    uint64_t deadline = clock_now_ns() + spin_ns;
    do {
      for (unsigned i = 0; i < 64; i++) {
        if (atomic_load_explicit(opened, memory_order_acquire) > repetition)
          return;
        relax();
      }
    } while (clock_now_ns() < deadline);
  }
  while (atomic_load_explicit(opened, memory_order_acquire) <= repetition)
    futex_wait(opened, repetition);
}

static void open_now(_Atomic uint32_t *opened, uint32_t repetition)
{
  atomic_store_explicit(opened, repetition + 1, memory_order_release);
  futex_wake_all(opened);
}

void barrier_wait(struct barrier *barrier, uint32_t parties, uint32_t repetition, uint64_t spin_ns)
{
  if (atomic_fetch_add(&barrier->arrived, 1) + 1 < (repetition + 1) * parties) {
    open_wait(&barrier->opened, repetition, spin_ns);
    return;
  }
  barrier->release_ns = clock_now_ns();
  open_now(&barrier->opened, repetition);
}

void gate_open(struct gate *gate, uint32_t repetition)
{
  open_now(&gate->opened, repetition);
}

void gate_wait(struct gate *gate, uint32_t repetition)
{
  open_wait(&gate->opened, repetition, 0);
}
