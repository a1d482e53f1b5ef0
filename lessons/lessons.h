/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lessons.h: the lessons, one file each.
 *
 * To add one: 1) lesson_<name>.c with lesson_<name>(), 2) its prototype here, 3) a row in
 * lessons.c, 4) its claims in tests/cli/test_learn.py, 5) a line in docs/teaching.md.
 */
#pragma once

#include "room.h"

int lesson_process(struct room *room);
int lesson_pool(struct room *room);
int lesson_montecarlo(struct room *room);
int lesson_bbp(struct room *room);
int lesson_messages(struct room *room);
int lesson_lock(struct room *room);
int lesson_processes_threads(struct room *room);
int lesson_amdahl(struct room *room);
int lesson_balance(struct room *room);
int lesson_pinning(struct room *room);
