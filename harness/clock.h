/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.h: time, and how fast the CPU's clock runs while we measure. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds: the same for all processes of a machine. */
uint64_t clock_now_ns(void);

/* CPU time of the calling thread in nanoseconds. */
uint64_t clock_cpu_ns(void);

/*
 * The clock canary: times a chain of dependent register-to-register additions, one per clock cycle
 * on every CPU that we know, for about a tenth of a millisecond.  Returns additions per nanosecond:
 * the core's frequency in GHz, or less if the CPU was taken from us meanwhile.  (The operand is a
 * register because recent cores eliminate add-immediate at rename.)
 */
double clock_canary_ghz(void);

/*
 * The throughput canary: eight independent chains of additions, for about a tenth of a millisecond.
 * Returns additions per nanosecond.  They fill the adders of a core (4 to 6 a cycle), where the
 * chain above keeps one busy: who shares the core (an SMT sibling, be it hidden from us by a
 * hypervisor) halves this figure and leaves that one alone.  Both fall with the clock, and where
 * the CPU was taken from us meanwhile; their ratio is additions per cycle.
 */
double clock_throughput_per_ns(void);
