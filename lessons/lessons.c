/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lessons.c: all lessons, in the order in which they are taught. */

#include "lessons.h"

const struct lesson lessons[] = {
    {"process", "Processes: start, join, and what they do not share",
     "what a worker process is, and where to join it", lesson_process},
    {"pool", "A pool of workers: how many, how much at a time, in what order",
     "why one task more can double the time", lesson_pool},
    {"montecarlo", "Monte Carlo: parts, one sum, and the price of a digit",
     "what more points and more CPUs buy", lesson_montecarlo},
    {"bbp", "Three approximations of pi in a pool", "why three workers do not give three times",
     lesson_bbp},
    {"messages", "Messages: pipe, queue, shared memory", "what a message costs and prevents",
     lesson_messages},
    {"lock", "A shared counter, with and without a lock",
     "how updates are lost, and what a lock costs", lesson_lock},
    {"processes-threads", "Processes beside threads", "which to take, measured, not repeated",
     lesson_processes_threads},
    {"amdahl", "Amdahl's law, and Gustafson's answer", "what a serial part costs", lesson_amdahl},
    {"balance", "Unequal tasks, unequal workers", "static or dynamic", lesson_balance},
    {"pinning", "Where workers run", "what a CPU of one's own is worth", lesson_pinning},
    {0},
};
