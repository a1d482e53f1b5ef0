/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_kernel.c NAME: what has to hold for every kernel.
 *
 * The law of kernel.h: any variant, team and cut of the work gives the bytes of the reference.
 * Sizes are found by trial, so that a kernel's tests take a few seconds in all; PIBENCH_SLOW takes
 * larger ones, and more of the known values.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "compute.h"
#include "here.h"
#include "job.h"
#include "verify.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { METHODS_MOST = 8, WORKERS_MOST = 7, TRIALS = 8 };

/* Set by main(): the kernel under test, and suite_seed(). */
static const struct kernel *kernel;
static uint64_t seed = 20250314;

/* Of each method a job whose reference takes a few milliseconds, and how long it takes; found
 * before the first test. */
static struct {
  struct job job;
  double seconds;
} usual[METHODS_MOST];

static bool is_slow(void)
{
  return getenv("PIBENCH_SLOW") != NULL;
}

/* --- A job, computed by the reference in this process --- */

struct computed {
  struct workload workload;
  struct partial *partial;
  struct answer *answer;
  double run_s;
};

static struct partial *partial_new(const struct workload *w)
{
  size_t payload = kernel->payload_bytes(w->plan);
  struct partial *partial = malloc(partial_bytes(payload));
  ck_assert_ptr_nonnull(partial);
  partial_begin(kernel, w->plan, partial);
  return partial;
}

static void run_units(const struct workload *w, const struct variant *variant, struct range units,
                      struct partial *partial)
{
  int r = variant->run(w->plan, units, partial);
  ck_assert_msg(r == 0, "%s: run: %s", variant->name, strerror(-r));
}

static void computed_release(struct computed *c)
{
  workload_release(&c->workload);
  free(c->partial);
  free(c->answer);
}

/* 0, or the negative errno of finish(). */
static int compute_once(const struct job *job, struct computed *c)
{
  memset(c, 0, sizeof *c);
  int r = workload_prepare(job, &c->workload);
  ck_assert_msg(r == 0, "prepare: %s", strerror(-r));
  struct workload *w = &c->workload;
  size_t answer_bytes = sizeof(struct answer) + kernel->answer_bytes(w->plan);
  c->partial = partial_new(w);
  c->answer = malloc(answer_bytes);
  answer_init(c->answer, answer_bytes);
  uint64_t begin = clock_now_ns();
  run_units(w, &job->method->variants[0], (struct range){0, w->unit[w->chunks]}, c->partial);
  c->run_s = (double)(clock_now_ns() - begin) * 1e-9;
  partial_cover(c->partial, (struct range){0, w->chunks});
  return kernel->finish(w->plan, c->partial, c->answer);
}

/* With as many guard bits as it takes. */
static struct computed computed(struct job job)
{
  struct computed c;
  int r = compute_once(&job, &c);
  for (; r == -EAGAIN && job.guard < GUARDS_MOST; r = compute_once(&job, &c)) {
    computed_release(&c);
    job.guard++;
  }
  ck_assert_msg(r == 0, "finish: %s", strerror(-r));
  return c;
}

/* --- The size --- */

/* Jobs with a size grow until the reference takes 5 ms and there is something to cut.  Returns how
 * long it takes. */
static double grow(struct job *job, int size)
{
  const struct parameter *parameter = &kernel->parameters[size];
  const double enough_s = is_slow() ? 0.1 : 0.005, most_s = is_slow() ? 1 : 0.06;
  for (uint64_t value = parameter->minimum;; value = 3 * value + 1) {
    job->values[size] = value;
    struct computed c = computed(*job);
    double seconds = c.run_s;
    bool can_be_cut = c.workload.unit[c.workload.chunks] >= 8;
    computed_release(&c);
    if ((seconds >= enough_s && can_be_cut) || 3 * seconds >= most_s
        || value > parameter->maximum / 4)
      return seconds;
  }
}

static uint64_t halved(const struct parameter *parameter, uint64_t value)
{
  return value / 2 > parameter->minimum ? value / 2 : parameter->minimum;
}

/* Jobs without a size have their counts halved while the reference takes too long. */
static double shrink(struct job *job)
{
  const double most_s = is_slow() ? 1 : 0.06;
  for (unsigned i = 0;; i++) {
    struct computed c = computed(*job);
    double seconds = c.run_s;
    computed_release(&c);
    if (seconds <= most_s || i == 40)
      return seconds;
    for (const struct parameter *p = kernel->parameters; p->name; p++) {
      uint64_t *value = &job->values[p - kernel->parameters];
      if (p->kind == PARAMETER_COUNT)
        *value = halved(p, *value);
      for (uint64_t n = 0; p->kind == PARAMETER_LIST && n < *value; n++)
        job->list[n] = halved(p, job->list[n]);
    }
  }
}

static int method_count(void)
{
  int count = 0;
  while (kernel->methods[count].name)
    count++;
  return count;
}

/* Once, before the first test's fork. */
static void choose_size(void)
{
  for (int m = 0; m < method_count() && !usual[m].job.kernel; m++) {
    char name[JOB_NAME];
    struct job job = job_default(kernel);
    int size = job_size_index(&job);
    job.method = &kernel->methods[m];
    job.variant = &job.method->variants[0];
    job.seed = seed;
    usual[m].seconds = size >= 0 ? grow(&job, size) : shrink(&job);
    usual[m].job = job;
    printf("# %s: %.1f ms by the reference\n", job_name(&job, name), usual[m].seconds * 1e3);
  }
  fflush(stdout); /* or each forked test prints it again */
}

static struct job job_of(int method)
{
  return usual[method].job;
}

/* --- Descriptions --- */

static void assert_word(const char *word)
{
  ck_assert_ptr_nonnull(word);
  ck_assert_msg(*word && word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0',
                "'%s' is not a plain word", word);
}

static void assert_line(const char *line)
{
  ck_assert_ptr_nonnull(line);
  ck_assert_uint_gt(strlen(line), 2);
  ck_assert_msg(strlen(line) <= 75 && !strchr(line, '\n') && line[strlen(line) - 1] != '.', "'%s'",
                line);
}

START_TEST(the_kernel_has_a_name_a_summary_and_all_functions)
{
  unsigned times = 0;
  for (unsigned i = 0; kernels[i]; i++)
    times += strcmp(kernels[i]->name, kernel->name) == 0;
  ck_assert_uint_eq(times, 1);
  assert_word(kernel->name);
  assert_line(kernel->summary);
  ck_assert(kernel->unit && *kernel->unit);
  ck_assert_uint_ge(kernel->revision, 1);
  ck_assert(kernel->prepare && kernel->release && kernel->units && kernel->work);
  ck_assert(kernel->cost_before && kernel->payload_bytes && kernel->answer_bytes);
  ck_assert(kernel->merge && kernel->finish);
  unsigned counters = 0;
  for (; kernel->counters[counters]; counters++)
    ck_assert(*kernel->counters[counters]);
  ck_assert_uint_le(counters, COUNTERS);
  kernel->release(NULL);
}
END_TEST

static void assert_number(const struct parameter *parameter, uint64_t number)
{
  ck_assert_msg(number >= parameter->minimum && number <= parameter->maximum, "%s: %llu",
                parameter->name, (unsigned long long)number);
}

static void assert_default(const struct parameter *parameter)
{
  unsigned choices = 0;
  switch (parameter->kind) {
  case PARAMETER_COUNT:
    if (!parameter->is_size)
      assert_number(parameter, parameter->fallback);
    break;
  case PARAMETER_CHOICE:
    for (; parameter->choices[choices]; choices++)
      assert_word(parameter->choices[choices]);
    ck_assert_uint_lt(parameter->fallback, choices);
    break;
  case PARAMETER_LIST:
    ck_assert(parameter->fallback >= 1 && parameter->fallback <= LIST_MOST);
    for (uint64_t i = 0; i < parameter->fallback; i++)
      assert_number(parameter, parameter->fallback_list[i]);
  }
}

START_TEST(parameters_have_names_help_bounds_and_a_default_within)
{
  unsigned count = 0, sizes = 0, lists = 0;
  for (const struct parameter *p = kernel->parameters; p->name; p++, count++) {
    assert_word(p->name);
    ck_assert_str_ne(p->name, "method");
    assert_line(p->help);
    for (const struct parameter *other = kernel->parameters; other < p; other++)
      ck_assert_str_ne(other->name, p->name);
    if (p->kind != PARAMETER_CHOICE)
      ck_assert_uint_le(p->minimum, p->maximum);
    ck_assert(!p->is_size || (p->kind == PARAMETER_COUNT && p->minimum >= 1));
    assert_default(p);
    sizes += p->is_size;
    lists += p->kind == PARAMETER_LIST;
  }
  ck_assert_uint_le(count, PARAMETERS_MOST);
  ck_assert_uint_le(sizes, 1);
  ck_assert_uint_le(lists, 1);
}
END_TEST

START_TEST(methods_have_names_and_their_variants_go_from_the_reference_upwards)
{
  for (const struct method *m = kernel->methods; m->name; m++) {
    assert_word(m->name);
    assert_line(m->summary);
    for (const struct method *other = kernel->methods; other < m; other++)
      ck_assert_str_ne(other->name, m->name);
    ck_assert_str_eq(m->variants[0].name, "reference");
    ck_assert_uint_eq(m->variants[0].needs, 0);
    for (const struct variant *v = m->variants; v->name; v++) {
      ck_assert(v->run != NULL);
      ck_assert_int_ge(isa_level(v->name), 0);
      ck_assert(v == m->variants || isa_level(v->name) > isa_level(v[-1].name));
    }
  }
}
END_TEST

START_TEST(every_job_is_read_back_from_its_name)
{
  for (int m = 0; m < method_count(); m++) {
    struct job job = job_of(m);
    char name[JOB_NAME], message[JOB_MESSAGE] = "";
    struct job again;
    int r = job_parse(job_name(&job, name), &again, message);
    ck_assert_msg(r == 0, "%s: %s", name, message);
    ck_assert_ptr_eq(again.kernel, kernel);
    ck_assert_ptr_eq(again.method, job.method);
    ck_assert_mem_eq(again.values, job.values, sizeof job.values);
    ck_assert_mem_eq(again.list, job.list, sizeof job.list);
  }
}
END_TEST

/* --- Plans --- */

START_TEST(costs_rise_with_every_unit_and_work_adds_up)
{
  struct computed c = computed(job_of(_i));
  const void *plan = c.workload.plan;
  uint64_t units = kernel->units(plan), previous = 0;
  ck_assert_uint_ge(units, 1);
  ck_assert_uint_eq(kernel->cost_before(plan, 0), 0);
  for (uint64_t i = 1; i <= 2000; i++) {
    uint64_t unit = units < 2000 ? i : (uint64_t)((double)units / 2000 * (double)i);
    if (unit > units)
      break;
    if (kernel->cost_before(plan, unit) <= previous
        || kernel->cost_before(plan, unit - 1) >= kernel->cost_before(plan, unit))
      ck_abort_msg("unit %llu costs nothing", (unsigned long long)unit - 1);
    previous = kernel->cost_before(plan, unit);
  }
  uint64_t whole = kernel->work(plan, (struct range){0, units}), sum = 0;
  ck_assert_uint_ge(whole, 1);
  for (unsigned chunk = 0; chunk < c.workload.chunks; chunk++)
    sum += kernel->work(plan, (struct range){c.workload.unit[chunk], c.workload.unit[chunk + 1]});
  ck_assert_uint_eq(sum, whole);
  computed_release(&c);
}
END_TEST

START_TEST(one_more_guard_gives_the_same_answer)
{
  struct computed c = computed(job_of(_i)), guarded;
  struct job job = c.workload.job;
  job.guard++;
  guarded = computed(job);
  ck_assert(answer_equal(c.answer, guarded.answer));
  computed_release(&c);
  computed_release(&guarded);
}
END_TEST

/* --- The law --- */

static void assert_same(const struct partial *ours, const struct partial *expected,
                        const struct workload *w, const struct variant *variant, struct range units)
{
  char name[JOB_NAME];
  ck_assert_msg(ours->bytes == expected->bytes && memcmp(ours, expected, ours->bytes) == 0,
                "%s, %s, units %llu to %llu: not the bytes of the reference",
                job_name(&w->job, name), variant->name, (unsigned long long)units.begin,
                (unsigned long long)units.end);
}

static bool skip(const struct method *method, const struct variant *variant)
{
  if (variant_runs_here(variant))
    return false;
  fprintf(stderr, "test_kernel: %s, %s, %s: skipped: this CPU does not have it\n", kernel->name,
          method->name, variant->name);
  return true;
}

static void assert_team(const struct computed *c, unsigned workers, enum schedule schedule)
{
  const struct workload *w = &c->workload;
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct team team = {.workload = w,
                      .placement = placement,
                      .workers = workers ? workers : 1,
                      .serial = workers == 0,
                      .pin = workers % 2 == 0,
                      .schedule = schedule,
                      .repeats = 1,
                      .timeout_s = 100};
  int r = team_run(&team, &sample, &fault);
  ck_assert_msg(r == 0, "%u workers: %d: %s", workers, r, fault_text(&fault, kernel, text));
  ck_assert_msg(sample.partial->bytes == c->partial->bytes
                    && memcmp(sample.partial, c->partial, c->partial->bytes) == 0,
                "%s, %s, %u workers, %s: not the bytes of the reference", w->job.method->name,
                w->job.variant->name, workers, schedule == SCHEDULE_STATIC ? "static" : "dynamic");
  ck_assert(answer_equal(sample.answer, c->answer));
  sample_release(&sample);
}

START_TEST(every_variant_and_team_gives_the_bytes_of_the_reference)
{
  struct computed c = computed(job_of(_i));
  const struct method *method = c.workload.job.method;
  for (const struct variant *v = method->variants; v->name; v++) {
    if (skip(method, v))
      continue;
    c.workload.job.variant = v;
    assert_team(&c, 0, SCHEDULE_STATIC);
    for (unsigned workers = 1; workers <= WORKERS_MOST; workers++) {
      assert_team(&c, workers, SCHEDULE_STATIC);
      assert_team(&c, workers, SCHEDULE_DYNAMIC);
    }
  }
  computed_release(&c);
}
END_TEST

static uint64_t random_below(uint64_t bound)
{
  uint64_t high = (uint64_t)mrand48() << 32, low = (uint32_t)mrand48();
  return (high | low) % bound;
}

/* run(a..c) == run(a..b) merged with run(b..c), in either order where the kernel allows it. */
static void assert_cut(const struct workload *w, const struct variant *variant, struct range whole,
                       uint64_t at)
{
  struct partial *expected = partial_new(w), *ours = partial_new(w);
  struct partial *left = partial_new(w), *right = partial_new(w), *into = partial_new(w);
  run_units(w, &w->job.method->variants[0], whole, expected);
  run_units(w, variant, whole, ours);
  assert_same(ours, expected, w, variant, whole);
  run_units(w, variant, (struct range){whole.begin, at}, left);
  run_units(w, variant, (struct range){at, whole.end}, right);
  memcpy(into, left, left->bytes);
  ck_assert_int_eq(partial_merge(kernel, w->plan, right, into), 0);
  assert_same(into, expected, w, variant, whole);
  memcpy(into, right, right->bytes);
  if (!kernel->merges_in_order) {
    ck_assert_int_eq(partial_merge(kernel, w->plan, left, into), 0);
    assert_same(into, expected, w, variant, whole);
  }
  partial_begin(kernel, w->plan, into); /* the empty one changes nothing */
  ck_assert_int_eq(partial_merge(kernel, w->plan, ours, into), 0);
  assert_same(into, expected, w, variant, whole);
  struct partial *const all[] = {expected, ours, left, right, into};
  for (size_t i = 0; i < LENGTH(all); i++)
    free(all[i]);
}

START_TEST(work_that_is_cut_anywhere_and_merged_gives_the_bytes_of_the_whole)
{
  struct computed c = computed(job_of(_i));
  const struct method *method = c.workload.job.method;
  uint64_t units = c.workload.unit[c.workload.chunks];
  srand48((long)seed);
  for (unsigned trial = 0; trial < TRIALS; trial++) {
    struct range whole = {random_below(units), 0};
    whole.end = whole.begin + 1 + random_below(units - whole.begin);
    uint64_t at = whole.begin + random_below(whole.end - whole.begin + 1);
    for (const struct variant *v = method->variants; v->name; v++)
      if (variant_runs_here(v))
        assert_cut(&c.workload, v, whole, at);
  }
  computed_release(&c);
}
END_TEST

START_TEST(no_units_are_an_empty_partial)
{
  struct computed c = computed(job_of(_i));
  struct partial *none = partial_new(&c.workload), *ours = partial_new(&c.workload);
  for (const struct variant *v = c.workload.job.method->variants; v->name; v++)
    if (variant_runs_here(v)) {
      run_units(&c.workload, v, (struct range){0, 0}, ours);
      assert_same(ours, none, &c.workload, v, (struct range){0, 0});
    }
  free(none);
  free(ours);
  computed_release(&c);
}
END_TEST

START_TEST(partials_that_overlap_are_not_merged)
{
  struct computed c = computed(job_of(_i));
  struct partial *into = malloc(c.partial->bytes), *one = partial_new(&c.workload);
  memcpy(into, c.partial, c.partial->bytes);
  unsigned chunk = c.workload.chunks / 2;
  run_units(&c.workload, c.workload.job.variant,
            workload_units(&c.workload, (struct range){chunk, chunk + 1}), one);
  partial_cover(one, (struct range){chunk, chunk + 1});
  ck_assert_int_eq(partial_merge(kernel, c.workload.plan, one, into), -EEXIST);
  ck_assert_mem_eq(into, c.partial, into->bytes);
  free(into);
  free(one);
  computed_release(&c);
}
END_TEST

/* Variants against the reference, for the whole of a job. */
static void assert_variants(const struct job *job)
{
  struct computed c = computed(*job);
  struct range whole = {0, c.workload.unit[c.workload.chunks]};
  for (const struct variant *v = job->method->variants; v->name; v++)
    if (variant_runs_here(v)) {
      struct partial *ours = partial_new(&c.workload);
      run_units(&c.workload, v, whole, ours);
      partial_cover(ours, (struct range){0, c.workload.chunks});
      assert_same(ours, c.partial, &c.workload, v, whole);
      free(ours);
    }
  computed_release(&c);
}

/* Whether the kernel takes the job: parameters may exclude one another. */
static bool takes(const struct job *job)
{
  void *plan;
  int r = kernel->prepare(job, &plan);
  ck_assert(r == 0 || r == -ERANGE);
  if (r == 0)
    kernel->release(plan);
  return r == 0;
}

START_TEST(the_smallest_sizes_give_the_bytes_of_the_reference)
{
  struct job job = job_of(_i);
  int size = job_size_index(&job);
  for (uint64_t i = 0; size >= 0 && i < 40; i++) {
    job.values[size] = kernel->parameters[size].minimum + i;
    if (job.values[size] <= kernel->parameters[size].maximum)
      assert_variants(&job);
  }
}
END_TEST

START_TEST(every_choice_and_the_bounds_of_counts_give_the_bytes_of_the_reference)
{
  for (const struct parameter *p = kernel->parameters; p->name; p++) {
    struct job job = job_of(_i);
    uint64_t *value = &job.values[p - kernel->parameters];
    if (p->kind == PARAMETER_CHOICE)
      for (*value = 0; p->choices[*value]; ++*value)
        if (takes(&job))
          assert_variants(&job);
    if (p->kind != PARAMETER_COUNT || p->is_size || job_size_index(&job) < 0)
      continue; /* where nothing is the size, a count may be */
    const uint64_t bounds[] = {p->minimum, p->maximum};
    for (size_t i = 0; i < LENGTH(bounds); i++) {
      *value = bounds[i];
      if (takes(&job))
        assert_variants(&job);
    }
  }
}
END_TEST

/* --- Answers --- */

/* Same items of digits agree as far as both go. */
static void assert_digits_agree(const struct answer *left, const struct answer *right)
{
  for (unsigned i = 0; i < left->count; i++) {
    const struct answer_item *l = &left->items[i], *r = answer_find(right, l->name);
    if (l->kind != ANSWER_DIGITS || !r || r->kind != ANSWER_DIGITS)
      continue;
    size_t length = l->text_bytes < r->text_bytes ? l->text_bytes : r->text_bytes;
    ck_assert_uint_gt(length, 0);
    ck_assert_msg(memcmp(left->text + l->text_offset, right->text + r->text_offset, length) == 0,
                  "%s: %.*s and %.*s", l->name, (int)length, left->text + l->text_offset,
                  (int)length, right->text + r->text_offset);
  }
}

START_TEST(methods_agree_in_their_digits)
{
  int slowest = 0, size = job_size_index(&usual[0].job);
  for (int m = 1; size >= 0 && m < method_count(); m++)
    if (usual[m].job.values[size] < usual[slowest].job.values[size])
      slowest = m;
  struct job job = job_of(slowest);
  struct computed first = computed(job);
  for (int m = 0; m < method_count(); m++) {
    job.method = &kernel->methods[m];
    job.variant = &job.method->variants[0];
    struct computed c = computed(job);
    assert_digits_agree(first.answer, c.answer);
    computed_release(&c);
  }
  computed_release(&first);
}
END_TEST

START_TEST(the_peer_gives_the_same_answer)
{
  struct computed c = computed(job_of(_i));
  struct job peer;
  if (kernel->peer && kernel->peer(&c.workload.job, &peer) == 0) {
    struct team team = {.placement = placement, .workers = 2, .repeats = 1, .timeout_s = 100};
    struct workload workload;
    struct sample sample;
    struct fault fault;
    char text[FAULT_TEXT];
    int r = compute(&peer, &team, &workload, &sample, &fault);
    ck_assert_msg(r == 0, "%d: %s", r, fault_text(&fault, peer.kernel, text));
    ck_assert(answer_equal(sample.answer, c.answer));
    sample_release(&sample);
    workload_release(&workload);
  }
  computed_release(&c);
}
END_TEST

START_TEST(an_answer_can_be_checked_by_something_else)
{
  struct job job = job_of(_i);
  ck_assert_msg(kernel->peer || kernel->known || job.method->variants[1].name,
                "%s has neither peer nor known values, and %s no second variant", kernel->name,
                job.method->name);
}
END_TEST

static void assert_known(const struct job *job)
{
  struct team team = {.placement = placement,
                      .workers = 2,
                      .schedule = SCHEDULE_DYNAMIC,
                      .repeats = 1,
                      .timeout_s = 500};
  struct workload workload;
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT], verdict[VERDICT_TEXT] = "no known value of this job";
  int r = compute(job, &team, &workload, &sample, &fault);
  ck_assert_msg(r == 0, "%d: %s", r, fault_text(&fault, kernel, text));
  ck_assert_msg(verify_known(job, sample.answer, verdict) == 1, "%s, %s: %s", job->method->name,
                job->variant->name, verdict);
  sample_release(&sample);
  workload_release(&workload);
}

static void assert_known_by_all(struct job job)
{
  for (const struct variant *v = job.method->variants; v->name; v++)
    if (variant_runs_here(v)) {
      job.variant = v;
      assert_known(&job);
    }
}

/* In the order of their sizes, as long as the next one will be quick: time may grow as the square
 * of the size. */
START_TEST(the_known_values_that_are_quickly_computed_come_out)
{
  const double most_s = is_slow() ? 60 : 0.5;
  struct job job = job_of(_i);
  int size = job_size_index(&job);
  double last_s = usual[_i].seconds, last_size = size < 0 ? 1 : (double)job.values[size];
  for (const struct known *k = kernel->known; k && k->value; k++) {
    double growth = (double)k->size / last_size;
    ck_assert_msg(k == kernel->known || k->size >= k[-1].size, "known values are not in order");
    struct job known = job;
    if (known_job(k, &known) < 0)
      continue;
    if (size >= 0 && last_s * growth * growth > most_s)
      break;
    uint64_t begin = clock_now_ns();
    assert_known_by_all(known);
    last_s = (double)(clock_now_ns() - begin) * 1e-9;
    last_size = (double)k->size;
  }
}
END_TEST

static TCase *once(void)
{
  const TTest *const tests[] = {
      the_kernel_has_a_name_a_summary_and_all_functions,
      parameters_have_names_help_bounds_and_a_default_within,
      methods_have_names_and_their_variants_go_from_the_reference_upwards,
      every_job_is_read_back_from_its_name,
      methods_agree_in_their_digits,
  };
  TCase *tcase = tcase_create("kernel");
  for (size_t i = 0; i < LENGTH(tests); i++)
    tcase_add_test(tcase, tests[i]);
  return tcase;
}

static TCase *per_method(void)
{
  const TTest *const tests[] = {
      costs_rise_with_every_unit_and_work_adds_up,
      one_more_guard_gives_the_same_answer,
      every_variant_and_team_gives_the_bytes_of_the_reference,
      work_that_is_cut_anywhere_and_merged_gives_the_bytes_of_the_whole,
      no_units_are_an_empty_partial,
      partials_that_overlap_are_not_merged,
      the_smallest_sizes_give_the_bytes_of_the_reference,
      every_choice_and_the_bounds_of_counts_give_the_bytes_of_the_reference,
      the_peer_gives_the_same_answer,
      an_answer_can_be_checked_by_something_else,
      the_known_values_that_are_quickly_computed_come_out,
  };
  TCase *tcase = tcase_create("method");
  for (size_t i = 0; i < LENGTH(tests); i++)
    tcase_add_loop_test(tcase, tests[i], 0, method_count());
  return tcase;
}

int main(int argc, char **argv)
{
  if (argc != 2 || !(kernel = kernel_find(argv[1]))) {
    fputs("Usage: test_kernel NAME-OF-A-KERNEL\n", stderr);
    return 99; /* to meson: not even a test */
  }
  if (method_count() > METHODS_MOST) {
    fputs("test_kernel: raise METHODS_MOST\n", stderr);
    return 99;
  }
  seed = suite_seed(seed);
  Suite *suite = suite_create(kernel->name);
  TCase *const tcases[] = {once(), per_method()};
  for (size_t i = 0; i < LENGTH(tcases); i++) {
    tcase_add_unchecked_fixture(tcases[i], choose_size, NULL);
    tcase_set_timeout(tcases[i], is_slow() ? 500 : 100);
    suite_add_tcase(suite, tcases[i]);
  }
  return suite_run_here(suite);
}
