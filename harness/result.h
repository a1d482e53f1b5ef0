/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result.h: a whole run as one JSON object of the form pibench-result/1 (results/schema.json). */
#pragma once

#include <jansson.h>
#include <time.h>

#include "machine.h"
#include "measure.h"

/* What was run, and what came of it.  Pointers are borrowed. */
struct run {
  time_t started_at;
  const char *label;           /* NULL: none */
  const char *error;           /* NULL: the run is complete */
  const char *profile, *suite; /* suite NULL: kernels were named */
  enum pin pin;
  int schedule; /* enum schedule; -1: by default */
  uint64_t seed;
  bool weak; /* --scaling weak */
  const struct placement *placement;
  const struct machine *machine;
  const struct software *software;
  const struct benchmark *benchmarks;
  size_t benchmark_count;
};

/* The object, to be released with json_decref(); NULL if there is no memory. */
json_t *result_json(const struct run *run);

/* "machine", "software" and "topology" of a result.  NULL if there is no memory. */
json_t *result_machine_json(const struct machine *machine);
json_t *result_software_json(const struct software *software);
json_t *result_topology_json(const struct run *run);

const char *pin_name(enum pin pin);
