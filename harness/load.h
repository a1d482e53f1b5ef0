/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.h: which CPUs are at work for somebody else. */
#pragma once

/*
 * Watches the CPUs for `seconds` and stores in ret_busy[c] the part of the time (0 to 1) in which
 * CPU c was not idle, for c < cpus; 0 where it is not known.  To be called before we use them
 * ourselves.  Returns 0; -ENOMEM; or a negative errno where /proc/stat cannot be read.
 */
int load_watch(double seconds, unsigned cpus, double *ret_busy);

/* For how long some task of the system has waited for a CPU since boot, in seconds: pressure stall
 * information (/proc/pressure/cpu).  NaN where the kernel does not tell.  Only differences tell
 * something; our own workers wait as well where they share CPUs. */
double load_pressure_s(void);
