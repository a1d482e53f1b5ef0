/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree.h: files below a directory of our own from one input, for readers of /proc and /sys.
 *
 *   == proc/cpuinfo
 *   model name : ...
 *   == sys/devices/system/cpu/online
 *   0-3
 *
 * Only files of a list can be made, so that no input leads anywhere else.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes the files that the input has and removes the others of the list, which ends with NULL and
 * is the same in every call.  Returns the directory; it is removed when the program ends. */
const char *tree_make(const char *const *names, const uint8_t *data, size_t size);
