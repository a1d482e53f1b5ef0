/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel.h: what a kernel is, and everything that the harness may know of one.
 *
 * A kernel is one workload that computes π.  It is pure computation over a half-open range of work
 * units: it includes no hwloc, MPI, clock, stdio or fork, never prints, never exits and keeps no
 * global state.  So the same code runs serially, in worker processes, in threads or on MPI ranks.
 *
 *   kernel    one workload: mc, bbp-hex, ...
 *   method    how it computes (lazy or plain coordinates, ...).  A kernel has one or more.
 *   variant   an instruction-set level of a method, chosen at run time.
 *   job       kernel + method + variant + parameters + seed: one piece of work to do.
 *   plan      what a kernel prepares once for a job, untimed; read-only afterwards.
 *   unit      the atom of rounding: a block of points, a term, a task.  Fixed by the job.
 *   chunk     a stretch of units, at most CHUNKS_MOST in a job.  Fixed by the job as well,
 *             never by the number of workers.
 *   partial   what a set of chunks yields: flat bytes.
 *   answer    what the partial of all chunks says about π.
 *
 * The law that everything rests on: for any a <= b <= c,
 *
 *     run(a..c)  ==  merge(run(a..b), run(b..c))  ==  merge(run(b..c), run(a..b))
 *
 * byte by byte, for every variant of a method.  The partial of a whole job therefore has the same
 * bytes for any number of workers, any schedule and any backend.  (A kernel that merges in order
 * keeps the first equation only: see kernel.merges_in_order.)
 *
 * Functions return 0 or a negative errno, and touch ret_* only when they return 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CHUNKS_MOST = 4096,  /* bits in a partial's coverage map */
  COUNTERS = 16,       /* work counters of a partial */
  PARAMETERS_MOST = 8, /* parameters of a kernel */
  ANSWERS_MOST = 8,    /* named values in an answer */
  LIST_MOST = 8,       /* numbers in a list parameter */
  STEPS_MOST = 4,      /* named steps of a finish() */
};

struct kernel;

/* Half-open: begin is in it, end is not. */
struct range {
  uint64_t begin, end;
};

/* --- Partials --- */

/*
 * What a set of chunks yields.  Flat and without pointers: it may be copied with memcpy, sent to
 * another process, written to a file.  Canonical: equal work gives equal bytes.  The payload's
 * layout is the kernel's own, in little-endian words of 64 bits.
 *
 * The kernel writes counters and payload; coverage belongs to the harness.
 *
 * Counters tell the work of run(), the same for every variant, for any cut of the job and any
 * number of workers: where these decide what is done (which partials are merged, and how long the
 * products of merging in order are) a counter stands for the serial run.  The bytes that were
 * merged are the harness's to count; finish() is the same for all cuts, and not counted.
 */
struct partial {
  uint64_t bytes;                     /* of the whole partial, this header included */
  uint64_t covered[CHUNKS_MOST / 64]; /* bit c: chunk c is in it */
  uint64_t counters[COUNTERS];        /* work done, named by kernel.counters; sums over chunks */
  uint64_t payload[];
};

/* Bytes that a partial with that much payload needs, in whole words. */
size_t partial_bytes(size_t payload_bytes);

/* Makes an empty partial in storage of at least partial_bytes(payload_bytes), all zero. */
void partial_init(struct partial *partial, size_t payload_bytes);

/* Makes the partial that a kernel's run() begins with, in storage for the longest of this plan: all
 * zero, or without payload where the kernel merges in order. */
void partial_begin(const struct kernel *kernel, const void *plan, struct partial *partial);

/* Marks the chunks of a range as covered. */
void partial_cover(struct partial *partial, struct range chunks);

/* How many of the chunks of a range are covered. */
unsigned partial_covered(const struct partial *partial, struct range chunks);

/* Whether exactly the first `chunks` chunks are covered: the job is complete. */
bool partial_is_complete(const struct partial *partial, unsigned chunks);

/* --- Jobs --- */

enum parameter_kind {
  PARAMETER_COUNT,  /* a whole number from minimum to maximum */
  PARAMETER_CHOICE, /* one of choices[]; its value is the index there */
  PARAMETER_LIST,   /* 1 to LIST_MOST such numbers, written 1000+1500+2000; its value is how many */
};

struct parameter {
  const char *name;
  const char *help; /* half a sentence: "points to draw" */
  enum parameter_kind kind;
  uint64_t minimum, maximum;     /* counts and lists: of a number */
  uint64_t fallback;             /* value when not given; not used where is_size */
  const uint64_t *fallback_list; /* lists: that many numbers */
  const char *const *choices;    /* choices only; ends with NULL */
  bool is_size;                  /* how much work: the harness finds a value when none is given.
                                    At most one of a kernel's parameters. */
  bool is_chosen;                /* its default is kernel.choose()'s; always in the name of a job */
};

/*
 * How fast a variant could be at best: that many core cycles for each count of a work counter, by
 * the instructions that it cannot do without and what a core does of them in a cycle.  How it was
 * derived stands in the variant's file.
 */
struct bound {
  unsigned counter;   /* index into kernel.counters */
  double cycles;      /* for one; 0: not derived, the cycles are told alone */
  const char *one;    /* one count in the singular: "squaring"; NULL: nothing is told */
  const char *limits; /* what limits it, and on which core: "vector instructions, Zen 5" */
};

/*
 * An instruction-set level of a method.  run() computes the units of a range into a partial that
 * partial_begin() has just made: counters and payload, never coverage.  It is the timed part: no
 * I/O, no locks.  Returns 0, -ENOMEM, or -ERANGE when this variant cannot do the job's size.
 */
struct variant {
  const char *name; /* "reference", "scalar", "avx2", "avx512", "neon" */
  uint32_t needs;   /* CPU features, enum cpu_feature, all of them needed */
  int (*run)(const void *plan, struct range units, struct partial *ret_partial);
  struct bound bound; /* may be left out */
};

/*
 * variants[0] is the reference: the definition, written so that anyone can check it.  The others
 * follow from slow to fast, and a run takes the last one that this CPU has.
 */
struct method {
  const char *name, *summary;
  const struct variant *variants; /* ends with a NULL name */
};

struct job {
  const struct kernel *kernel;
  const struct method *method;
  const struct variant *variant;
  uint64_t values[PARAMETERS_MOST]; /* in the order of kernel.parameters */
  uint64_t list[LIST_MOST];         /* of the list parameter, of which a kernel has at most one */
  uint64_t seed;                    /* for kernels that draw random numbers */
  unsigned guard;                   /* how often finish() has asked for more guard bits */
  int level;                        /* the highest instruction-set level allowed: isa_level() */
  uint32_t given;                   /* what somebody has set: bits of parameters, JOB_METHOD */
};

/* A bit of job.given beside those of the parameters (1 << index). */
enum { JOB_METHOD = 1 << PARAMETERS_MOST };

/* --- Answers --- */

enum answer_kind {
  ANSWER_NUMBER, /* an approximation of π: number */
  ANSWER_COUNT,  /* a whole number: count */
  ANSWER_DIGITS, /* digits: text_bytes at text + text_offset, not terminated */
};

/* One named value.  What is not known or makes no sense for it is NaN.  Where an estimate "pi" is
 * neither random nor bounded, a number "error" tells how much it is off: the estimate less π. */
struct answer_item {
  char name[16];
  enum answer_kind kind;
  double number;
  uint64_t count;
  uint64_t text_offset, text_bytes;
  double error_bound;    /* certain: of a number itself, of digits the number they were read from */
  double standard_error; /* of a random estimate */
  double z;              /* (value - π) / standard error under the true π */
};

/* Flat like a partial, but for on_step, which is of the process that calls finish().  answer_init()
 * makes an empty one, answer_item_add() and answer_digits_add() append; a full answer is a
 * programmer's error (assert). */
struct answer {
  uint64_t bytes; /* of the storage, this header included */
  /* Who wants to know what finish() is doing; NULL: nobody. */
  void (*on_step)(const char *step, void *context);
  void *on_step_context;
  uint64_t text_used;
  uint32_t count;
  struct answer_item items[ANSWERS_MOST];
  char text[];
};

void answer_init(struct answer *answer, size_t bytes);
struct answer_item *answer_number_add(struct answer *answer, const char *name, double number);
struct answer_item *answer_count_add(struct answer *answer, const char *name, uint64_t count);
struct answer_item *answer_digits_add(struct answer *answer, const char *name, const char *digits,
                                      size_t length);
/* The same with room for `length` digits, which the caller writes: the only copy of long answers.
 */
char *answer_digits_room(struct answer *answer, const char *name, size_t length);
/* finish() tells what it begins to do, in one word: "divide", "radix".  At most STEPS_MOST of them,
 * the same ones in the same order every time; their times are kept apart. */
void answer_step(const struct answer *answer, const char *step);
/* The item of that name, or NULL. */
const struct answer_item *answer_find(const struct answer *answer, const char *name);
/* Same items with the same values, bounds aside. */
bool answer_equal(const struct answer *left, const struct answer *right);

/* A value that the world knows: the answer of the job with this size and, where the kernel uses
 * one, this seed.  A table of them is in the order of the sizes. */
struct known {
  uint64_t size, seed;
  const char *method; /* NULL: of every method */
  const char *item;   /* of the answer */
  const char *value;  /* a count in decimal, or digits: compared as far as both go */
  const char *with;   /* a parameter that must be set to give it: "base=hex"; NULL: none */
};

/* --- The kernel --- */

struct kernel {
  const char *name;                   /* on the command line */
  const char *summary;                /* one line */
  const char *unit;                   /* of work, in the plural: "points", "terms" */
  unsigned revision;                  /* +1 when times stop being comparable with older ones */
  bool is_pool;                       /* units are unequal tasks: dynamic by default */
  uint32_t uneven_methods;            /* bits of methods with some long units: dynamic as well */
  bool uses_seed;                     /* the answer depends on job.seed */
  const struct parameter *parameters; /* ends with a NULL name */
  const struct method *methods;       /* the default first, or choose()'s; ends with a NULL name */
  const char *const *counters;        /* names of the work counters; ends with NULL */
  const struct known *known;          /* values to check against; ends with a NULL value */

  /* The fastest for the job's size (0: not known yet) and instruction-set level, where that depends
   * on them: sets the method and the parameters that are `is_chosen`, but for what is in job.given.
   * The answer must not depend on it.  May be NULL. */
  void (*choose)(struct job *job);

  /* Untimed.  Returns 0, -ENOMEM, or -ERANGE when the parameters cannot be combined. */
  int (*prepare)(const struct job *job, void **ret_plan);
  void (*release)(void *plan); /* accepts NULL */

  uint64_t (*units)(const void *plan);                    /* at least 1 */
  uint64_t (*work)(const void *plan, struct range units); /* in kernel.unit */
  /* Expected time of the units before this one, in any unit of time; strictly increasing in unit,
   * 0 at unit 0.  For cutting a job into equal chunks, and for finding jobs of a method that cost
   * several times as much (weak scaling); need not be exact. */
  uint64_t (*cost_before)(const void *plan, uint64_t unit);

  /* Of any partial of this plan; of the longest where the kernel merges in order. */
  size_t (*payload_bytes)(const void *plan);
  /* What a worker needs beside its partials, roughly and rather too much; of a kernel that merges
   * in order, who does the whole job.  NULL: next to nothing. */
  uint64_t (*memory_bytes)(const void *plan);
  size_t (*answer_bytes)(const void *plan); /* bound on the text of an answer */

  /* merge() joins neighbours only: `into` holds the units before those of `from`, with none between
   * them.  Such partials may grow: they begin without payload, run() and merge() set `bytes` to
   * partial_bytes() of what they have written, equal work to equal bytes.  The storage has room for
   * payload_bytes(), and its pages are touched as they are used. */
  bool merges_in_order;
  /* into += from, payloads only: counters and coverage are the harness's.  Neither is empty where
   * the kernel merges in order. */
  void (*merge)(const void *plan, const struct partial *from, struct partial *into);

  /* What a complete partial says.  answer has been initialised with room for answer_bytes().
   * -EAGAIN: the guard bits do not decide the digits; ask again with job.guard + 1. */
  int (*finish)(const void *plan, const struct partial *partial, struct answer *ret_answer);

  /* Another job, of about the same length, that must give the same answer in an independent way;
   * -ENOENT if there is none.  May be NULL. */
  int (*peer)(const struct job *job, struct job *ret_peer);
};

/* All kernels, in the order of kernels/meson.build; ends with NULL.  Generated. */
extern const struct kernel *const kernels[];

/*
 * into += from: payload by the kernel, counters and coverage here.  Both partials are of this plan,
 * and `into` has storage for the longest.  Nothing was changed when it returns
 *
 *   -EEXIST  they have a chunk in common
 *   -EXDEV   the kernel merges in order, and the chunks of `from` are not next to those of `into`
 */
int partial_merge(const struct kernel *kernel, const void *plan, const struct partial *from,
                  struct partial *into);

/* --- CPU features --- */

enum cpu_feature {
  CPU_AVX2 = 1 << 0,   /* AVX2, BMI2, FMA: Haswell, Zen */
  CPU_AVX512 = 1 << 1, /* F, BW, DQ, VL, VBMI, VBMI2, IFMA: Ice Lake, Zen 4 and later */
  CPU_NEON = 1 << 2,   /* Advanced SIMD: every 64-bit Arm */
};

/* The rank of an instruction-set level ("reference" 0, "scalar" 1, ...), -1 if there is none of
 * that name.  Levels of different architectures never meet. */
int isa_level(const char *name);
/* The names by rank; ends with NULL. */
extern const char *const isa_level_names[];

/* The method's fastest variant at or below a level that this CPU runs; the reference at least. */
const struct variant *variant_pick(const struct method *method, int level);

/* Names of the features, by bit; ends with NULL. */
extern const char *const cpu_feature_names[];

/* What this CPU and its operating system offer. */
uint32_t cpu_features(void);
