/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.h: from KERNEL[:key=value,...] to a job, and back to the name of a benchmark. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"

enum { JOB_MESSAGE = 512, JOB_NAME = 384, JOB_VALUE = 256 };

/* The kernel of that name, or NULL. */
const struct kernel *kernel_find(const char *name);

/* A job of that kernel with its defaults: first method, fastest variant that this CPU has.  A size
 * parameter is 0 until somebody chooses. */
struct job job_default(const struct kernel *kernel);

/*
 * Reads a job as people write it: mc, mc:points=1e9, bbp-hex:position=1e7,formula=bbp,
 * mc:method=plain.  Returns 0, or -EINVAL with one line in message that names what was wrong and
 * what is accepted.
 */
int job_parse(const char *text, struct job *ret_job, char message[JOB_MESSAGE]);

/* Sets one parameter, or "method", from text; messages as above. */
int job_set(struct job *job, const char *key, const char *text, char message[JOB_MESSAGE]);

/* Sets the size of a kernel that has one, or the method, and what follows from it. */
void job_size_set(struct job *job, uint64_t size);
void job_method_set(struct job *job, const struct method *method);

/* The index of the kernel's size parameter, or -1. */
int job_size_index(const struct job *job);

/*
 * Caps the instruction-set level: the variant named isa, or the last one before that level that
 * the method has and this CPU can run.  -EINVAL: no such level (message); -ENOTSUP: this CPU
 * does not have it (message).
 */
int job_cap_isa(struct job *job, const char *isa, char message[JOB_MESSAGE]);

/* The name of the benchmark: kernel, size, then what differs from the defaults, or follows from the
 * size: "mc:points=1e10", "mc:points=1e8,method=plain".  Returns name. */
const char *job_name(const struct job *job, char name[JOB_NAME]);

/* The value of a parameter as job_set() reads it.  Returns text. */
const char *job_value_text(const struct job *job, unsigned index, char text[JOB_VALUE]);

/* Whether this CPU can run the variant. */
bool variant_runs_here(const struct variant *variant);
