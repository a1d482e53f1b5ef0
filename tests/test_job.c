/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_job.c: jobs as people write them, on a registry of our own: this program defines kernels[]
 * itself, so the library's is not linked. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* --- Our own kernels --- */

static int run(const void *plan, struct range units, struct partial *ret_partial)
{
  (void)plan, (void)units, (void)ret_partial;
  return 0;
}

/* A feature that no CPU has; what needs none runs everywhere, whatever its name. */
#define NEVER (UINT32_C(1) << 31)

static const struct variant all_variants[] = {
    {.name = "reference", .run = run}, {.name = "scalar", .run = run}, {.name = "neon", .run = run},
    {.name = "avx2", .run = run},      {.name = "avx512", .run = run}, {0}};
static const struct variant without_scalar[] = {{.name = "reference", .run = run},
                                                {.name = "neon", .run = run},
                                                {.name = "avx2", .run = run},
                                                {.name = "avx512", .needs = NEVER, .run = run},
                                                {0}};
static const struct variant reference_alone[] = {{.name = "reference", .run = run}, {0}};

enum { FAST, MIDDLING, SLOW };
static const struct method darts_methods[] = {
    [FAST] = {"fast", "", all_variants},
    [MIDDLING] = {"middling", "", without_scalar},
    [SLOW] = {"slow", "", reference_alone},
    {0},
};
static const char *const colours[] = {"red", "green", "blue", NULL};
enum { THROWS, BOARDS, COLOUR };
static const struct parameter darts_parameters[] = {
    [THROWS] = {.name = "throws", .minimum = 10, .maximum = 1000000000000, .is_size = true},
    [BOARDS] = {.name = "boards", .minimum = 1, .maximum = 64, .fallback = 2},
    [COLOUR] = {.name = "colour", .kind = PARAMETER_CHOICE, .choices = colours, .fallback = 1},
    {0},
};
static const struct kernel darts = {
    .name = "darts", .methods = darts_methods, .parameters = darts_parameters};

static const struct method fixed_methods[] = {{"only", "", all_variants}, {0}};
static const struct parameter no_parameters[] = {{0}};
static const struct kernel fixed = {
    .name = "fixed-thing", .methods = fixed_methods, .parameters = no_parameters};

static const uint64_t usual_lengths[] = {1000, 1500};
enum { LENGTHS };
static const struct parameter list_parameters[] = {
    [LENGTHS] = {.name = "lengths",
                 .kind = PARAMETER_LIST,
                 .minimum = 5,
                 .maximum = UINT64_MAX,
                 .fallback = 2,
                 .fallback_list = usual_lengths},
    {0},
};
static const struct kernel listed = {
    .name = "listed", .methods = fixed_methods, .parameters = list_parameters};

/* The slow method is the fastest below 1000 throws, and its colour is red. */
static void chosen(struct job *job)
{
  bool small = job->values[THROWS] < 1000;
  if (!(job->given & JOB_METHOD))
    job->method = &darts_methods[small ? SLOW : FAST];
  if (!(job->given & 1 << COLOUR))
    job->values[COLOUR] = job->method == &darts_methods[SLOW] ? 0 : 2;
}

static const struct parameter choosing_parameters[] = {
    [THROWS] = {.name = "throws", .minimum = 10, .maximum = 1000000000000, .is_size = true},
    [BOARDS] = {.name = "boards", .minimum = 1, .maximum = 64, .fallback = 2},
    [COLOUR] = {.name = "colour",
                .kind = PARAMETER_CHOICE,
                .choices = colours,
                .fallback = 1,
                .is_chosen = true},
    {0},
};
static const struct kernel choosing = {.name = "choosing",
                                       .methods = darts_methods,
                                       .parameters = choosing_parameters,
                                       .choose = chosen};

const struct kernel *const kernels[] = {&darts, &fixed, &listed, &choosing, NULL};

/* --- Parsing --- */

static struct job parsed(const char *text)
{
  struct job job;
  char message[JOB_MESSAGE] = "";
  int r = job_parse(text, &job, message);
  ck_assert_msg(r == 0, "%s: %s", text, message);
  return job;
}

/* The message has each of the words (separated by '|') in it, and is one line. */
static void assert_refused(const char *text, const char *words)
{
  struct job job, before;
  char message[JOB_MESSAGE] = "", rest[JOB_MESSAGE];
  memset(&job, 0x55, sizeof job);
  before = job;
  int r = job_parse(text, &job, message);
  ck_assert_msg(r == -EINVAL, "'%s': %d", text, r);
  ck_assert_mem_eq(&job, &before, sizeof job);
  ck_assert_ptr_null(strchr(message, '\n'));
  snprintf(rest, sizeof rest, "%s", words);
  for (char *word = strtok(rest, "|"); word; word = strtok(NULL, "|"))
    ck_assert_msg(strstr(message, word) != NULL, "'%s': no '%s' in: %s", text, word, message);
}

START_TEST(a_name_alone_is_the_kernel_with_its_defaults)
{
  struct job job = parsed("darts");
  ck_assert_ptr_eq(job.kernel, &darts);
  ck_assert_ptr_eq(job.method, &darts_methods[FAST]);
  ck_assert_uint_eq(job.values[THROWS], 0); /* somebody will choose */
  ck_assert_uint_eq(job.values[BOARDS], 2);
  ck_assert_uint_eq(job.values[COLOUR], 1);
  ck_assert_uint_eq(job.guard, 0);
  ck_assert_ptr_eq(parsed("fixed-thing").kernel, &fixed);
}
END_TEST

START_TEST(parameters_and_method_are_set_in_any_order)
{
  static const char *const texts[] = {"darts:throws=1e7,boards=3,colour=blue,method=slow",
                                      "darts:method=slow,colour=blue,boards=3,throws=10M",
                                      "darts:colour=blue,throws=10_000_000,method=slow,boards=3"};
  for (size_t i = 0; i < LENGTH(texts); i++) {
    struct job job = parsed(texts[i]);
    ck_assert_uint_eq(job.values[THROWS], 10000000);
    ck_assert_uint_eq(job.values[BOARDS], 3);
    ck_assert_uint_eq(job.values[COLOUR], 2);
    ck_assert_ptr_eq(job.method, &darts_methods[SLOW]);
    ck_assert_ptr_eq(job.variant, &reference_alone[0]);
  }
}
END_TEST

START_TEST(what_follows_from_the_size_follows_it_until_somebody_sets_it)
{
  struct job job = parsed("choosing:throws=999");
  ck_assert_ptr_eq(job.method, &darts_methods[SLOW]);
  ck_assert_ptr_eq(job.variant, &reference_alone[0]);
  ck_assert_uint_eq(job.values[COLOUR], 0);
  job_size_set(&job, 1000);
  ck_assert_ptr_eq(job.method, &darts_methods[FAST]);
  ck_assert_ptr_eq(job.variant, variant_pick(job.method, 99));
  ck_assert_uint_eq(job.values[COLOUR], 2);
  job_method_set(&job, &darts_methods[SLOW]);
  job_size_set(&job, 5000);
  ck_assert_ptr_eq(job.method, &darts_methods[SLOW]);
  ck_assert_uint_eq(job.values[COLOUR], 0);
  job = parsed("choosing:colour=green,throws=10");
  ck_assert_ptr_eq(job.method, &darts_methods[SLOW]);
  ck_assert_uint_eq(job.values[COLOUR], 1);
}
END_TEST

START_TEST(the_name_tells_what_was_chosen)
{
  char name[JOB_NAME];
  struct job job = parsed("choosing:throws=10");
  ck_assert_str_eq(job_name(&job, name), "choosing:throws=10,colour=red,method=slow");
  job_size_set(&job, 10000);
  ck_assert_str_eq(job_name(&job, name), "choosing:throws=10000,colour=blue,method=fast");
  job = parsed("choosing:throws=10000,colour=green,method=fast");
  ck_assert_str_eq(job_name(&job, name), "choosing:throws=10000,colour=green,method=fast");
}
END_TEST

START_TEST(a_cap_on_the_level_stays_when_the_method_changes)
{
  char message[JOB_MESSAGE];
  struct job job = parsed("choosing:throws=10");
  ck_assert_int_eq(job_cap_isa(&job, "scalar", message), 0);
  job_size_set(&job, 10000);
  ck_assert_str_eq(job.variant->name, "scalar");
}
END_TEST

START_TEST(bounds_are_accepted)
{
  ck_assert_uint_eq(parsed("darts:throws=10").values[THROWS], 10);
  ck_assert_uint_eq(parsed("darts:throws=1e12").values[THROWS], 1000000000000);
  ck_assert_uint_eq(parsed("darts:boards=64").values[BOARDS], 64);
}
END_TEST

START_TEST(an_unknown_kernel_is_named_with_all_that_there_are)
{
  assert_refused("sudoku", "no kernel 'sudoku'|accepted: darts, fixed-thing, listed, choosing");
  assert_refused("dart", "no kernel 'dart'|did you mean 'darts'?|darts, fixed-thing, listed");
  assert_refused("dartz:throws=7", "'dartz'|did you mean 'darts'?");
  assert_refused("", "no kernel ''|accepted: darts, fixed-thing, listed, choosing");
  assert_refused(":throws=10", "no kernel ''");
  assert_refused("darts ", "no kernel 'darts '|did you mean 'darts'?");
  assert_refused("DARTS", "no kernel 'DARTS'");
}
END_TEST

START_TEST(an_unknown_parameter_is_named_with_those_of_the_kernel)
{
  assert_refused("darts:points=7",
                 "darts has no parameter 'points'|throws, boards, colour, method");
  assert_refused("darts:throw=7", "'throw'|did you mean 'throws'?");
  assert_refused("fixed-thing:size=7", "fixed-thing has no parameter 'size'|method");
}
END_TEST

START_TEST(an_unknown_method_is_named_with_those_of_the_kernel)
{
  assert_refused("darts:method=x", "darts has no method 'x'|accepted: fast, middling, slow");
  assert_refused("darts:method=", "no method ''|fast, middling, slow");
  assert_refused("darts:method=fsat", "did you mean 'fast'?");
}
END_TEST

START_TEST(an_unknown_choice_is_named_with_those_of_the_parameter)
{
  assert_refused("darts:colour=mauve", "colour has no value 'mauve'|accepted: red, green, blue");
  assert_refused("darts:colour=1", "'1'|red, green, blue");
  assert_refused("darts:colour=gren", "did you mean 'green'?");
}
END_TEST

START_TEST(a_bad_count_is_told_with_the_bounds)
{
  assert_refused("darts:throws=many", "throws=many is not a whole number|from 10 to 1e12");
  assert_refused("darts:throws=1.5", "throws=1.5 is not a whole number");
  assert_refused("darts:throws=", "throws= is not a whole number");
  assert_refused("darts:throws=9", "throws=9 is out of range|from 10 to 1e12");
  assert_refused("darts:throws=0", "out of range");
  assert_refused("darts:throws=-10", "throws=-10 is out of range");
  assert_refused("darts:throws=1000000000001", "out of range");
  assert_refused("darts:throws=1e30", "throws=1e30 is out of range");
  assert_refused("darts:boards=65", "boards=65 is out of range|from 1 to 64");
}
END_TEST

START_TEST(what_is_no_pair_is_named)
{
  assert_refused("darts:", "'' is not key=value|darts");
  assert_refused("darts:throws", "'throws' is not key=value");
  assert_refused("darts:=5", "'=5' is not key=value");
  assert_refused("darts:throws=10,", "'' is not key=value");
  assert_refused("darts:,throws=10", "'' is not key=value");
  assert_refused("darts:throws=10:boards=3", "throws=10:boards=3 is not a whole number");
}
END_TEST

START_TEST(a_key_that_is_given_twice_is_refused)
{
  assert_refused("darts:throws=10,throws=10", "throws is given twice for darts");
  assert_refused("darts:throws=10,boards=3,throws=20", "throws is given twice for darts");
}
END_TEST

START_TEST(one_bad_pair_among_good_ones_is_refused)
{
  assert_refused("darts:throws=10,boards=0,colour=red", "boards=0 is out of range");
  assert_refused("darts:throws=10,colour=red,method=none", "no method 'none'");
}
END_TEST

START_TEST(endless_nonsense_gives_a_message_of_one_short_line)
{
  static const char *const heads[] = {
      "", "darts:", "darts:throws=", "darts:colour=", "darts:method=", "darts:x="};
  char text[5000], message[JOB_MESSAGE];
  struct job job;
  for (size_t i = 0; i < LENGTH(heads); i++) {
    memset(text, 'y', sizeof text);
    memcpy(text, heads[i], strlen(heads[i]));
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(job_parse(text, &job, message), -EINVAL);
    ck_assert_uint_lt(strlen(message), 200);
  }
}
END_TEST

START_TEST(one_parameter_can_be_set_afterwards)
{
  struct job job = parsed("darts:throws=100");
  char message[JOB_MESSAGE];
  ck_assert_int_eq(job_set(&job, "boards", "7", message), 0);
  ck_assert_int_eq(job_set(&job, "method", "middling", message), 0);
  ck_assert_uint_eq(job.values[BOARDS], 7);
  ck_assert_ptr_eq(job.method, &darts_methods[MIDDLING]);
  ck_assert_int_eq(job_set(&job, "boards", "x", message), -EINVAL);
  ck_assert_uint_eq(job.values[BOARDS], 7);
}
END_TEST

START_TEST(the_size_is_found_among_the_parameters)
{
  struct job sized = job_default(&darts), unsized = job_default(&fixed);
  ck_assert_int_eq(job_size_index(&sized), THROWS);
  ck_assert_int_eq(job_size_index(&unsized), -1);
}
END_TEST

START_TEST(kernels_are_found_by_their_whole_name)
{
  ck_assert_ptr_eq(kernel_find("darts"), &darts);
  ck_assert_ptr_eq(kernel_find("fixed-thing"), &fixed);
  ck_assert_ptr_null(kernel_find("dart"));
  ck_assert_ptr_null(kernel_find(""));
}
END_TEST

/* --- Names --- */

START_TEST(names_say_the_size_and_what_differs_from_the_defaults)
{
  static const struct {
    const char *text, *name;
  } cases[] = {
      {"darts:throws=10000000000", "darts:throws=1e10"},
      {"darts:throws=123", "darts:throws=123"},
      {"darts:throws=1e6,boards=2,colour=green,method=fast", "darts:throws=1e6"},
      {"darts:method=slow,colour=red,throws=1e6", "darts:throws=1e6,colour=red,method=slow"},
      {"darts:boards=3,throws=2.5e9", "darts:throws=25e8,boards=3"},
      {"fixed-thing", "fixed-thing"},
      {"fixed-thing:method=only", "fixed-thing"},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct job job = parsed(cases[i].text);
    char name[JOB_NAME];
    ck_assert_str_eq(job_name(&job, name), cases[i].name);
  }
}
END_TEST

START_TEST(every_name_is_read_back_as_the_same_job)
{
  static const uint64_t throws[] = {10, 999, 1000, 123456789, 1000000000000};
  struct job job = job_default(&darts);
  for (size_t t = 0; t < LENGTH(throws); t++)
    for (job.values[BOARDS] = 1; job.values[BOARDS] <= 64; job.values[BOARDS]++)
      for (job.values[COLOUR] = 0; job.values[COLOUR] < 3; job.values[COLOUR]++)
        for (job.method = darts_methods; job.method->name; job.method++) {
          char name[JOB_NAME];
          job.values[THROWS] = throws[t];
          struct job again = parsed(job_name(&job, name));
          ck_assert_mem_eq(again.values, job.values, sizeof job.values);
          ck_assert_ptr_eq(again.method, job.method);
        }
}
END_TEST

/* --- Lists --- */

START_TEST(a_list_is_read_in_its_order_and_has_a_default)
{
  struct job job = parsed("listed");
  ck_assert_uint_eq(job.values[LENGTHS], 2);
  ck_assert_mem_eq(job.list, usual_lengths, sizeof usual_lengths);
  job = parsed("listed:lengths=3k+7+1e6+7");
  static const uint64_t wanted[] = {3000, 7, 1000000, 7};
  ck_assert_uint_eq(job.values[LENGTHS], 4);
  ck_assert_mem_eq(job.list, wanted, sizeof wanted);
  ck_assert_uint_eq(parsed("listed:lengths=5+5+5+5+5+5+5+5").values[LENGTHS], 8);
}
END_TEST

START_TEST(a_bad_list_is_told_by_its_bad_number)
{
  assert_refused("listed:lengths=", "lengths= is not a whole number");
  assert_refused("listed:lengths=5+", "lengths=5+ lacks a number");
  assert_refused("listed:lengths=+5", "lengths=+5 lacks a number");
  assert_refused("listed:lengths=5++5", "lengths=5++5 lacks a number");
  assert_refused("listed:lengths=7+x+8", "lengths=x is not a whole number|from 5 to");
  assert_refused("listed:lengths=7+4", "lengths=4 is out of range|from 5 to");
  assert_refused("listed:lengths=5+5+5+5+5+5+5+5+5", "more than 8 numbers");
}
END_TEST

START_TEST(lists_are_named_unless_they_are_the_default_and_read_back)
{
  static const struct {
    const char *text, *name;
  } cases[] = {
      {"listed", "listed"},
      {"listed:lengths=1000+1500", "listed"},
      {"listed:lengths=1500+1000", "listed:lengths=1500+1000"},
      {"listed:lengths=1000", "listed:lengths=1000"},
      {"listed:lengths=1000+1500+2M", "listed:lengths=1000+1500+2e6"},
  };
  char name[JOB_NAME], longest[JOB_NAME] = "listed:lengths=18446744073709551608";
  for (size_t i = 0; i < LENGTH(cases); i++) {
    struct job job = parsed(cases[i].text);
    ck_assert_str_eq(job_name(&job, name), cases[i].name);
    struct job again = parsed(name);
    ck_assert_uint_eq(again.values[LENGTHS], job.values[LENGTHS]);
    ck_assert_mem_eq(again.list, job.list, job.values[LENGTHS] * sizeof *job.list);
  }
  for (unsigned i = 1; i < LIST_MOST; i++)
    strcat(longest, "+18446744073709551615");
  struct job job = parsed(longest);
  ck_assert_str_eq(job_name(&job, name), longest);
}
END_TEST

/* --- Variants and --isa --- */

static const char *capped(const char *text, const char *isa)
{
  struct job job = parsed(text);
  char message[JOB_MESSAGE] = "";
  int r = job_cap_isa(&job, isa, message);
  ck_assert_msg(r == 0, "%s: %s", isa, message);
  return job.variant->name;
}

START_TEST(without_a_cap_the_fastest_variant_that_the_cpu_runs_is_taken)
{
  ck_assert_str_eq(parsed("darts").variant->name, "avx512");
  ck_assert_str_eq(parsed("darts:method=middling").variant->name, "avx2");
  ck_assert_str_eq(parsed("darts:method=slow").variant->name, "reference");
}
END_TEST

START_TEST(a_cap_takes_its_level_or_the_last_one_below_it)
{
  ck_assert_str_eq(capped("darts", "scalar"), "scalar");
  ck_assert_str_eq(capped("darts", "reference"), "reference");
  ck_assert_str_eq(capped("darts:method=middling", "scalar"), "reference");
  ck_assert_str_eq(capped("darts:method=slow", "scalar"), "reference");
}
END_TEST

/* The levels that this CPU has are capped at, the others (avx2 on Arm, neon elsewhere) refused. */
START_TEST(a_level_that_the_cpu_lacks_is_refused_as_such)
{
  for (unsigned i = 0; cpu_feature_names[i]; i++) {
    const char *level = cpu_feature_names[i];
    struct job job = parsed("darts"), slow = parsed("darts:method=slow");
    char message[JOB_MESSAGE] = "";
    if (cpu_features() >> i & 1) {
      ck_assert_str_eq(capped("darts", level), level);
      ck_assert_int_eq(job_cap_isa(&slow, level, message), 0);
      ck_assert_str_eq(slow.variant->name, "reference");
      continue;
    }
    ck_assert_int_eq(job_cap_isa(&job, level, message), -ENOTSUP);
    ck_assert_ptr_nonnull(strstr(message, level));
    ck_assert_ptr_nonnull(strstr(message, "this CPU does not have it"));
    ck_assert_str_eq(job.variant->name, "avx512");
  }
}
END_TEST

START_TEST(an_unknown_level_is_named_with_all_that_there_are)
{
  static const char *const wrong[] = {"sse2", "", "avx"};
  for (size_t i = 0; i < LENGTH(wrong); i++) {
    struct job job = parsed("darts");
    char message[JOB_MESSAGE] = "";
    ck_assert_int_eq(job_cap_isa(&job, wrong[i], message), -EINVAL);
    ck_assert_ptr_nonnull(strstr(message, "--isa"));
    ck_assert_ptr_nonnull(strstr(message, "reference, scalar, neon, avx2, avx512"));
    ck_assert_str_eq(job.variant->name, "avx512");
  }
}
END_TEST

START_TEST(a_variant_needs_all_its_features)
{
  const struct variant none = {.name = "none", .run = run},
                       both = {.name = "both", .needs = NEVER | cpu_features(), .run = run},
                       all = {.name = "all", .needs = cpu_features(), .run = run};
  ck_assert(variant_runs_here(&none));
  ck_assert(variant_runs_here(&all));
  ck_assert(!variant_runs_here(&both));
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      a_name_alone_is_the_kernel_with_its_defaults,
      parameters_and_method_are_set_in_any_order,
      what_follows_from_the_size_follows_it_until_somebody_sets_it,
      the_name_tells_what_was_chosen,
      a_cap_on_the_level_stays_when_the_method_changes,
      bounds_are_accepted,
      an_unknown_kernel_is_named_with_all_that_there_are,
      an_unknown_parameter_is_named_with_those_of_the_kernel,
      an_unknown_method_is_named_with_those_of_the_kernel,
      an_unknown_choice_is_named_with_those_of_the_parameter,
      a_bad_count_is_told_with_the_bounds,
      what_is_no_pair_is_named,
      a_key_that_is_given_twice_is_refused,
      one_bad_pair_among_good_ones_is_refused,
      endless_nonsense_gives_a_message_of_one_short_line,
      one_parameter_can_be_set_afterwards,
      the_size_is_found_among_the_parameters,
      kernels_are_found_by_their_whole_name,
      names_say_the_size_and_what_differs_from_the_defaults,
      every_name_is_read_back_as_the_same_job,
      a_list_is_read_in_its_order_and_has_a_default,
      a_bad_list_is_told_by_its_bad_number,
      lists_are_named_unless_they_are_the_default_and_read_back,
      without_a_cap_the_fastest_variant_that_the_cpu_runs_is_taken,
      a_cap_takes_its_level_or_the_last_one_below_it,
      a_level_that_the_cpu_lacks_is_refused_as_such,
      an_unknown_level_is_named_with_all_that_there_are,
      a_variant_needs_all_its_features,
  };
  Suite *suite = suite_create("job");
  suite_case(suite, "jobs", tests, LENGTH(tests));
  return suite_run(suite);
}
