/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture.h: hwloc's drawing of the machine, with the workers' places coloured. */
#pragma once

#include <stdio.h>

#include "result_read.h"

/*
 * Draws the topology kept in a result file by hwloc's own program, lstopo, and hands out its SVG
 * (to be freed).  The text comes from a file that anybody may have written: use it as an image,
 * never as markup.
 *
 *   -ENOENT   lstopo is not installed (Debian: hwloc or hwloc-nox)
 *   -ENODATA  the file has no topology, or one that hwloc cannot read
 *   -ETIME    lstopo took too long
 *   -ENOMEM, or what the operating system says
 */
int picture_draw(const struct result_file *file, char **ret_svg, size_t *ret_length);
