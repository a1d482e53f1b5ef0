/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_verify.c: right answers are found right, wrong ones wrong, in the strongest way at hand. */

#include <signal.h>
#include <unistd.h>

#include "fake.h"
#include "here.h"
#include "interrupt.h"
#include "verify.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { UNITS = 5000 };

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250314;

/* --- What is verified --- */

/* A job of a kernel that each test alters, its workload, and its answer. */
static struct kernel kernel;
static struct job job;
static struct workload workload;
static struct answer *answer;
static char text[VERDICT_TEXT];

static void use_kernel(void)
{
  kernel = fake_kernel;
  job = fake_job(&kernel, UNITS);
}

/* After the job was altered. */
static void make_answer(void)
{
  ck_assert_int_eq(workload_prepare(&job, &workload), 0);
  size_t payload = kernel.payload_bytes(workload.plan);
  size_t bytes = sizeof(struct answer) + kernel.answer_bytes(workload.plan);
  struct partial *partial = malloc(partial_bytes(payload));
  answer = malloc(bytes);
  partial_init(partial, payload);
  answer_init(answer, bytes);
  ck_assert_int_eq(job.variant->run(workload.plan, (struct range){0, UNITS}, partial), 0);
  ck_assert_int_eq(kernel.finish(workload.plan, partial, answer), 0);
  free(partial);
}

static struct team team_of(unsigned workers)
{
  return (struct team){.workload = &workload,
                       .placement = placement,
                       .workers = workers,
                       .repeats = 1,
                       .timeout_s = 60};
}

static struct verdict verdict_of(double seconds)
{
  struct team team = team_of(2);
  struct verdict verdict;
  struct fault fault;
  ck_assert_int_eq(verify_answer(&team, answer, seconds, seed, &verdict, &fault), 0);
  ck_assert_ptr_null(strchr(verdict.text, '\n'));
  return verdict;
}

/* What the answer says itself. */
static char *own_sum(void)
{
  static char sum[24];
  snprintf(sum, sizeof sum, "%llu", (unsigned long long)answer_find(answer, "sum")->count);
  return sum;
}

static char *own_digits(void)
{
  static char digits[17];
  memcpy(digits, answer->text + answer_find(answer, "digits")->text_offset, 16);
  return digits;
}

/* --- Known values --- */

static int known_of(struct known known)
{
  const struct known table[] = {known, {0}};
  kernel.known = table;
  strcpy(text, "untouched");
  return verify_known(&job, answer, text);
}

START_TEST(a_known_count_or_the_known_digits_are_recognised)
{
  make_answer();
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "sum", own_sum(), NULL}), 1);
  ck_assert_ptr_nonnull(strstr(text, own_sum()));
  ck_assert_int_eq(known_of((struct known){UNITS, 1, "right", "digits", own_digits(), NULL}), 1);
  ck_assert_ptr_nonnull(strstr(text, own_digits()));
}
END_TEST

START_TEST(another_count_or_other_digits_are_wrong)
{
  make_answer();
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "sum", "12345", NULL}), -EBADMSG);
  ck_assert_ptr_nonnull(strstr(text, "12345"));
  for (unsigned i = 0; i < 16; i++) {
    char digits[17];
    strcpy(digits, own_digits());
    digits[i] ^= 1;
    ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "digits", digits, NULL}), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(text, digits));
  }
}
END_TEST

START_TEST(digits_are_compared_as_far_as_both_go)
{
  char digits[40];
  make_answer();
  snprintf(digits, sizeof digits, "%.5s", own_digits());
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "digits", digits, NULL}), 1);
  snprintf(digits, sizeof digits, "%s0123456789", own_digits());
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "digits", digits, NULL}), 1);
  digits[15] ^= 1;
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "digits", digits, NULL}), -EBADMSG);
}
END_TEST

START_TEST(values_of_other_jobs_do_not_count)
{
  make_answer();
  kernel.known = NULL;
  ck_assert_int_eq(verify_known(&job, answer, text), 0);
  ck_assert_int_eq(known_of((struct known){0}), 0);
  ck_assert_int_eq(known_of((struct known){UNITS + 1, 1, NULL, "sum", "12345", NULL}), 0);
  ck_assert_int_eq(known_of((struct known){UNITS, 2, NULL, "sum", "12345", NULL}), 0);
  ck_assert_int_eq(known_of((struct known){UNITS, 1, "wrong", "sum", "12345", NULL}), 0);
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "hits", "12345", NULL}), 0);
  ck_assert_str_eq(text, "untouched");
}
END_TEST

START_TEST(the_seed_counts_only_for_kernels_that_use_it)
{
  make_answer();
  kernel.uses_seed = false;
  ck_assert_int_eq(known_of((struct known){UNITS, 2, NULL, "sum", own_sum(), NULL}), 1);
}
END_TEST

START_TEST(all_known_values_of_a_job_are_compared)
{
  make_answer();
  const struct known second_wrong[] = {{UNITS, 1, NULL, "sum", own_sum(), NULL},
                                       {UNITS, 1, NULL, "digits", "xxxx", NULL},
                                       {UNITS, 1, NULL, "sum", own_sum(), NULL},
                                       {0}};
  kernel.known = second_wrong;
  ck_assert_int_eq(verify_known(&job, answer, text), -EBADMSG);
  ck_assert_ptr_nonnull(strstr(text, "xxxx"));
}
END_TEST

START_TEST(a_known_value_longer_than_the_verdict_is_cut)
{
  char digits[1000];
  make_answer();
  memset(digits, '7', sizeof digits);
  digits[sizeof digits - 1] = '\0';
  ck_assert_int_eq(known_of((struct known){UNITS, 1, NULL, "digits", digits, NULL}), -EBADMSG);
  ck_assert_uint_lt(strlen(text), VERDICT_TEXT);
}
END_TEST

/* --- The reference --- */

static void use_wrong_variant(void)
{
  job.method = &fake_methods[FAKE_WRONG];
  job.variant = &fake_methods[FAKE_WRONG].variants[1];
}

START_TEST(a_right_variant_has_the_references_bytes)
{
  make_answer();
  ck_assert_int_ge(verify_reference(&workload, 0.05, seed, text), 2);
  ck_assert_ptr_nonnull(strstr(text, "reference"));
}
END_TEST

START_TEST(a_wrong_variant_is_found_and_the_units_named)
{
  use_wrong_variant();
  make_answer();
  ck_assert_int_eq(verify_reference(&workload, 30, seed, text), -EBADMSG); /* ends long before */
  unsigned begin, end;
  ck_assert_int_eq(sscanf(text, "units %u to %u differ between scalar and reference", &begin, &end),
                   2);
  ck_assert_uint_lt(begin, end);
  ck_assert_uint_le(end, UNITS);
  ck_assert((begin + 992) / 1000 != (end + 992) / 1000); /* has one that is 7 modulo 1000 */
}
END_TEST

START_TEST(without_time_one_stretch_is_compared_nevertheless)
{
  make_answer();
  ck_assert_int_eq(verify_reference(&workload, 0, seed, text), 1);
}
END_TEST

static bool begun_early, begun_late;

static int note_begin(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  *(units.begin < UNITS / 2 ? &begun_early : &begun_late) = true;
  return 0;
}

START_TEST(stretches_are_drawn_from_the_whole_job)
{
  make_answer();
  fake_on_run = note_begin;
  for (uint64_t more = 0; more < 64; more++)
    ck_assert_int_eq(verify_reference(&workload, 0, seed + more, text), 1);
  ck_assert(begun_early && begun_late);
}
END_TEST

static unsigned runs, failing_run;

static int fail_once(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  return runs++ == failing_run ? -ENOMEM : 0;
}

START_TEST(an_error_of_either_variant_is_passed_on)
{
  make_answer();
  fake_on_run = fail_once;
  for (failing_run = 0; failing_run < 4; failing_run++) {
    runs = 0;
    ck_assert_int_eq(verify_reference(&workload, 30, seed, text), -ENOMEM);
  }
}
END_TEST

START_TEST(a_signal_ends_the_comparison)
{
  make_answer();
  signal(SIGTERM, SIG_DFL);
  interrupt_catch();
  raise(SIGTERM);
  ck_assert_int_eq(verify_reference(&workload, 30, seed, text), -EINTR);
}
END_TEST

/* --- The strongest way --- */

static bool peer_is_right;
static unsigned peer_guards;

static int give_peer(const struct job *of, struct job *ret_peer)
{
  *ret_peer = *of;
  ret_peer->variant = &of->method->variants[0];
  if (!peer_is_right)
    ret_peer->seed++;
  return 0;
}

static int give_no_peer(const struct job *of, struct job *ret_peer)
{
  (void)of, (void)ret_peer;
  return -ENOENT;
}

START_TEST(a_known_value_is_stronger_than_all_else)
{
  make_answer();
  const struct known right[] = {{UNITS, 1, NULL, "sum", own_sum(), NULL}, {0}};
  kernel.known = right;
  kernel.peer = give_peer;
  peer_is_right = false; /* is not asked */
  struct verdict verdict = verdict_of(0);
  ck_assert_int_eq(verdict.how, VERIFIED_KNOWN);
  ck_assert(verdict.right);
  const struct known wrong[] = {{UNITS, 1, NULL, "sum", "1", NULL}, {0}};
  kernel.known = wrong;
  peer_is_right = true;
  verdict = verdict_of(0);
  ck_assert_int_eq(verdict.how, VERIFIED_KNOWN);
  ck_assert(!verdict.right);
}
END_TEST

START_TEST(a_peer_decides_where_nothing_is_known)
{
  make_answer();
  kernel.peer = give_peer;
  for (int right = 0; right < 2; right++) {
    peer_is_right = right;
    struct verdict verdict = verdict_of(0);
    ck_assert_int_eq(verdict.how, VERIFIED_INDEPENDENT);
    ck_assert_int_eq(verdict.right, right);
    ck_assert_ptr_nonnull(strstr(verdict.text, "fake:units=5000"));
  }
}
END_TEST

static int want_guards(const struct fake_plan *plan, uint64_t *sum)
{
  (void)sum;
  return plan->guard < peer_guards ? -EAGAIN : 0;
}

START_TEST(a_peer_gets_the_guard_bits_that_it_asks_for)
{
  make_answer();
  kernel.peer = give_peer;
  peer_is_right = true;
  peer_guards = 3;
  fake_on_finish = want_guards;
  struct verdict verdict = verdict_of(0);
  ck_assert_int_eq(verdict.how, VERIFIED_INDEPENDENT);
  ck_assert(verdict.right);
}
END_TEST

static int die(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  _exit(3);
}

START_TEST(a_peer_that_dies_is_a_fault_and_no_verdict)
{
  struct verdict verdict = {.text = "untouched"};
  struct fault fault;
  make_answer();
  kernel.peer = give_peer;
  fake_on_run = die;
  struct team team = team_of(2);
  ck_assert_int_eq(verify_answer(&team, answer, 0, seed, &verdict, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_EXIT);
  ck_assert_str_eq(verdict.text, "untouched");
}
END_TEST

START_TEST(the_reference_decides_where_there_is_no_peer)
{
  kernel.peer = give_no_peer;
  make_answer();
  struct verdict verdict = verdict_of(0.01);
  ck_assert_int_eq(verdict.how, VERIFIED_REFERENCE);
  ck_assert(verdict.right);
}
END_TEST

START_TEST(a_wrong_variant_gives_a_wrong_verdict)
{
  use_wrong_variant();
  make_answer();
  struct verdict verdict = verdict_of(30);
  ck_assert_int_eq(verdict.how, VERIFIED_REFERENCE);
  ck_assert(!verdict.right);
  ck_assert_ptr_nonnull(strstr(verdict.text, "differ between scalar and reference"));
}
END_TEST

START_TEST(the_reference_alone_has_nothing_to_compare_with_and_is_not_called_wrong)
{
  job.variant = &job.method->variants[0];
  make_answer();
  struct verdict verdict = verdict_of(30);
  ck_assert_int_eq(verdict.how, VERIFIED_NONE);
  ck_assert(verdict.right);
}
END_TEST

START_TEST(ways_have_the_names_of_the_result_file)
{
  ck_assert_str_eq(verified_name(VERIFIED_NONE), "none");
  ck_assert_str_eq(verified_name(VERIFIED_REFERENCE), "reference");
  ck_assert_str_eq(verified_name(VERIFIED_INDEPENDENT), "independent");
  ck_assert_str_eq(verified_name(VERIFIED_KNOWN), "known");
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      a_known_count_or_the_known_digits_are_recognised,
      another_count_or_other_digits_are_wrong,
      digits_are_compared_as_far_as_both_go,
      values_of_other_jobs_do_not_count,
      the_seed_counts_only_for_kernels_that_use_it,
      all_known_values_of_a_job_are_compared,
      a_known_value_longer_than_the_verdict_is_cut,
      a_right_variant_has_the_references_bytes,
      a_wrong_variant_is_found_and_the_units_named,
      without_time_one_stretch_is_compared_nevertheless,
      stretches_are_drawn_from_the_whole_job,
      an_error_of_either_variant_is_passed_on,
      a_signal_ends_the_comparison,
      a_known_value_is_stronger_than_all_else,
      a_peer_decides_where_nothing_is_known,
      a_peer_gets_the_guard_bits_that_it_asks_for,
      a_peer_that_dies_is_a_fault_and_no_verdict,
      the_reference_decides_where_there_is_no_peer,
      a_wrong_variant_gives_a_wrong_verdict,
      the_reference_alone_has_nothing_to_compare_with_and_is_not_called_wrong,
      ways_have_the_names_of_the_result_file,
  };
  seed = suite_seed(seed);
  Suite *suite = suite_create("verify");
  TCase *tcase = suite_case(suite, "verify", tests, LENGTH(tests));
  tcase_add_checked_fixture(tcase, use_kernel, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
