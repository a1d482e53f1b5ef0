/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lessons.c: all lessons, in the order in which they are taught. */

#include "lessons.h"

const struct lesson lessons[] = {
    {"process", "Processes: start, join, and what they do not share",
     "what a worker process is, and where to join it", lesson_process},
    {"amdahl", "Amdahl's law, and Gustafson's answer", "what a serial part costs", lesson_amdahl},
    {0},
};
