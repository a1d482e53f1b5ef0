/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page.h: one self-contained HTML page of one or more result files.
 *
 * The page loads nothing: style, script and data are inside, and its content security policy allows
 * only those that carry the page's own random nonce.  Everything that comes from a file is written
 * through html.h, and the script makes no markup of it.
 */
#pragma once

#include <stdio.h>

#include "result_read.h"

/* Writes the page.  Returns 0, -ENOMEM, or -EIO where the stream failed. */
int page_write(struct result_file *const *files, size_t count, FILE *to);
