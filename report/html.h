/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * html.h: text into HTML and SVG.
 *
 * Result files come from anywhere, so every text from one goes through here: what could open a tag,
 * an attribute or a script is written as a character reference.
 */
#pragma once

#include <stdio.h>

#include "markup.h"

/* Formatted text, as by markup_text(). */
__attribute__((format(printf, 2, 3))) void html_textf(FILE *to, const char *format, ...);
/* <name>text</name>; `name` is ours and may carry attributes: "td class=\"left\"". */
__attribute__((format(printf, 3, 4))) void html_element(FILE *to, const char *name,
                                                        const char *format, ...);
/* A string of JSON inside a script element: quotes, and no '<' that could end it. */
void html_json_string(FILE *to, const char *text);
/* A JSON number, null where it is not finite. */
void html_json_number(FILE *to, double number);

/* The bytes of a file as a data URL's base64. */
void html_base64(FILE *to, const unsigned char *bytes, size_t count);
