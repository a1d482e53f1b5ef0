/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h: fields and lines of RFC 4180; who writes a line puts the commas between its parts. */
#pragma once

#include <stdio.h>

/* Fields with commas between them, quoted where they have to be; NULL is empty. */
void csv_texts(const char *const *texts, size_t n, FILE *to);

/* Numbers with a comma before each; what is not finite is empty. */
void csv_numbers(const double *numbers, size_t n, FILE *to);
