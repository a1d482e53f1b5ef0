/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markup.h: text into XML, HTML, SVG and Markdown. */
#pragma once

#include <stdio.h>

/* Text between tags or within a quoted attribute: what could open a tag, an attribute or a script
 * is written as a character reference.  NULL is nothing. */
void markup_text(FILE *to, const char *text);

/* Text in a cell of a table or a paragraph of Markdown, as it stands.  NULL is nothing. */
void markup_markdown(FILE *to, const char *text);
