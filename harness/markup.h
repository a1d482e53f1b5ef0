/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markup.h: text into XML, HTML and SVG. */
#pragma once

#include <stdio.h>

/* Text between tags or within a quoted attribute: what could open a tag, an attribute or a script
 * is written as a character reference.  NULL is nothing. */
void markup_text(FILE *to, const char *text);
