/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h: lines of RFC 4180, in parts: csv_texts(), then csv_numbers(), at last csv_end(). */
#pragma once

#include <stdio.h>

/* Fields with commas between them, quoted where they have to be; NULL is empty. */
void csv_texts(const char *const *texts, size_t n, FILE *to);

/* Numbers with a comma before each; what is not finite is empty. */
void csv_numbers(const double *numbers, size_t n, FILE *to);

/* The last fields, texts with a comma before each, and the end of the line. */
void csv_end(const char *const *texts, size_t n, FILE *to);
