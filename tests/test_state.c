/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_state.c: the text of a state is read back as it was written, or refused. */

#include <errno.h>
#include <string.h>

#include "fake.h"
#include "job.h"
#include "state.h"
#include "suite.h"

/* Of what is random here; main() asks suite_seed(). */
static uint64_t seed = 20250511;

struct kept {
  struct workload workload;
  struct state state;
  char *text;
};

/* A job of which the first, the third and the fifth chunk are done. */
static struct kept kept_of(const char *name)
{
  struct kept k;
  struct job job;
  char message[JOB_MESSAGE];
  ck_assert_msg(job_parse(name, &job, message) == 0, "%s", message);
  ck_assert_int_eq(workload_prepare(&job, &k.workload), 0);
  ck_assert_int_eq(state_begin(&k.workload, &k.state), 0);
  for (uint64_t c = 0; c < 5; c += 2) {
    struct range chunks = {c, c + 1};
    struct state one;
    ck_assert_int_eq(state_begin(&k.workload, &one), 0);
    struct range units = {k.workload.unit[c], k.workload.unit[c] + 1}; /* of long ones no more */
    ck_assert_int_eq(job.variant->run(k.workload.plan, units, one.partial), 0);
    partial_cover(one.partial, chunks);
    ck_assert_int_eq(state_merge(&k.workload, &one, &k.state), 0);
    ck_assert_int_eq(state_merge(&k.workload, &one, &k.state), -EEXIST);
    state_release(&one);
  }
  k.state.milliseconds = 1234567890123;
  k.text = state_text(&k.state, &k.workload);
  ck_assert_ptr_nonnull(k.text);
  return k;
}

static void kept_release(struct kept *k)
{
  workload_release(&k->workload);
  state_release(&k->state);
  free(k->text);
}

static int parsed(const char *text, size_t length, const struct job *wanted, char *message)
{
  struct state state;
  struct workload workload;
  int r = state_parse(text, length, wanted, &state, &workload, message);
  if (r == 0) {
    state_release(&state);
    workload_release(&workload);
  }
  return r;
}

static const char *const jobs[] = {
    "mc:points=1e7",          "mc:points=9e18,method=plain",
    "bbp-hex:position=12345", "bbp-hex:position=1e15,count=24,formula=bbp,method=naive",
    "bbp-series:digits=1000",
};

START_TEST(a_state_is_read_back_as_it_was_written)
{
  struct kept k = kept_of(jobs[_i]);
  struct state state;
  struct workload workload;
  char message[STATE_MESSAGE] = "";
  int r = state_parse(k.text, strlen(k.text), &k.workload.job, &state, &workload, message);
  ck_assert_msg(r == 0, "%s in:\n%s", message, k.text);
  ck_assert_mem_eq(state.partial, k.state.partial, k.state.partial->bytes);
  ck_assert_uint_eq(state.milliseconds, 1234567890123);
  ck_assert_uint_eq(workload.chunks, k.workload.chunks);
  char *again = state_text(&state, &workload);
  ck_assert_str_eq(again, k.text);
  free(again);
  state_release(&state);
  workload_release(&workload);
  kept_release(&k);
}
END_TEST

/* Files of earlier days are continued: only with a new revision, or a new cut, may this change. */
START_TEST(a_state_is_written_as_ever)
{
  struct job job;
  struct workload w;
  struct state state;
  char message[JOB_MESSAGE];
  ck_assert_int_eq(job_parse("mc:points=1e7", &job, message), 0);
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  ck_assert_int_eq(state_begin(&w, &state), 0);
  partial_cover(state.partial, (struct range){1, 2});
  partial_cover(state.partial, (struct range){4, 6});
  partial_cover(state.partial, (struct range){8, 11});
  state.partial->payload[0] = 0xabcdef;
  state.milliseconds = 42;
  char *text = state_text(&state, &w);
  ck_assert_str_eq(text, "pibench-state/1\nkernel mc\nmethod lazy\nrevision 1\npoints 1e7\n"
                         "seed 1\nguard 0\nunits 39\nchunks 39\ncut aa9a93dd9cfde6a5\n"
                         "part 1/1\nmilliseconds 42\ncovered 1,4-5,8-10\ncounter points 0\n"
                         "counter undecided4 0\ncounter undecided8 0\n"
                         "payload 0000000000abcdef\nchecksum 8580e26d395604b0\n");
  free(text);
  state_release(&state);
  workload_release(&w);
}
END_TEST

START_TEST(merged_states_have_the_time_of_both)
{
  struct kept k = kept_of("mc:points=1e7");
  struct state other;
  ck_assert_int_eq(state_begin(&k.workload, &other), 0);
  partial_cover(other.partial, (struct range){1, 2});
  other.milliseconds = 7;
  ck_assert_int_eq(state_merge(&k.workload, &other, &k.state), 0);
  ck_assert_uint_eq(k.state.milliseconds, 1234567890130);
  state_release(&other);
  kept_release(&k);
}
END_TEST

START_TEST(a_part_without_chunks_is_done)
{
  struct kept k = kept_of("mc:points=1e7");
  ck_assert_double_eq(state_done(&k.workload, k.state.partial, (struct range){3, 3}), 1);
  ck_assert_double_eq(state_done(&k.workload, k.state.partial, (struct range){1, 3}), 0.5);
  kept_release(&k);
}
END_TEST

START_TEST(a_text_cut_anywhere_is_refused)
{
  struct kept k = kept_of("bbp-hex:position=12345");
  size_t length = strlen(k.text);
  char message[STATE_MESSAGE];
  for (size_t cut = 0; cut < length; cut++) {
    char *text = strndup(k.text, cut);
    if (parsed(text, cut, NULL, message) == 0)
      ck_abort_msg("%zu of %zu bytes were taken", cut, length);
    free(text);
  }
  kept_release(&k);
}
END_TEST

START_TEST(a_wrong_byte_anywhere_is_refused)
{
  struct kept k = kept_of("mc:points=1e7");
  size_t length = strlen(k.text);
  char message[STATE_MESSAGE];
  for (size_t at = 0; at < length; at++)
    for (unsigned bit = 0; bit < 8; bit++) {
      k.text[at] = (char)(k.text[at] ^ 1 << bit);
      if (parsed(k.text, length, NULL, message) == 0)
        ck_abort_msg("bit %u of byte %zu was not missed", bit, at);
      k.text[at] = (char)(k.text[at] ^ 1 << bit);
    }
  ck_assert_int_eq(parsed(k.text, length, NULL, message), 0);
  kept_release(&k);
}
END_TEST

START_TEST(bytes_behind_the_end_are_refused)
{
  struct kept k = kept_of("mc:points=1e7");
  size_t length = strlen(k.text);
  char message[STATE_MESSAGE], *text = calloc(1, 2 * length + 2);
  ck_assert_int_eq(parsed(strcat(strcpy(text, k.text), "\n"), length + 1, NULL, message), -EBADMSG);
  ck_assert_int_eq(parsed(strcat(strcpy(text, k.text), k.text), 2 * length, NULL, message),
                   -EBADMSG);
  text[length] = '\0';
  ck_assert_int_eq(parsed(text, length + 1, NULL, message), -EINVAL);
  free(text);
  kept_release(&k);
}
END_TEST

/* The checksum made right again: what somebody wrote by hand. */
static void sign(char *text)
{
  char *last = strstr(text, "checksum ");
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  if (!last)
    return;
  for (char *p = text; p < last; p++)
    hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
  sprintf(last, "checksum %016lx\n", (unsigned long)hash);
}

/* Replaces a line's value, and signs. */
static char *changed(const char *text, const char *key, const char *value)
{
  char *copy = calloc(1, strlen(text) + strlen(value) + 100), line[100];
  snprintf(line, sizeof line, "\n%s ", key);
  const char *at = strstr(text, line);
  ck_assert_msg(at != NULL, "%s", key);
  at += strlen(line);
  sprintf(copy, "%.*s%s%s", (int)(at - text), text, value, strchr(at, '\n'));
  sign(copy);
  return copy;
}

START_TEST(what_another_hand_signed_is_refused_by_what_is_wrong)
{
  static const struct {
    const char *key, *value;
    int error;
    const char *words;
  } cases[] = {
      {"kernel", "nope", -ESTALE, "nope"},
      {"kernel", "mpfr", -EBADMSG, "method"},
      {"method", "nope", -EBADMSG, "method"},
      {"method", "naive", -ESTALE, "method is naive, not montgomery"},
      {"revision", "77", -ESTALE, "revision"},
      {"position", "54321", -ESTALE, "position is 54321, not 12345"},
      {"position", "0", -EBADMSG, "position"},
      {"count", "7", -ESTALE, "count is 7, not 16"},
      {"formula", "bbp", -ESTALE, "formula is bbp, not arctan4"},
      {"guard", "99999999999", -EBADMSG, "guard"},
      {"guard", "99", -EBADMSG, "job"},
      {"guard", "1", -ESTALE, "version"}, /* other units */
      {"units", "1", -ESTALE, "units"},
      {"chunks", "4095", -ESTALE, "chunks"},
      {"cut", "0000000000000000", -ESTALE, "chunks"},
      {"part", "0/1", -EBADMSG, "part"},
      {"part", "2/1", -EBADMSG, "part"},
      {"part", "1/5000", -EBADMSG, "part"},
      {"part", "1", -EBADMSG, "part"},
      {"part", "2/2", -EBADMSG, "covered"}, /* has chunks of the first half */
      {"milliseconds", "-1", -EBADMSG, "layout"},
      {"milliseconds", "1e3", -EBADMSG, "milliseconds"},
      {"covered", "0,2,4096", -EBADMSG, "covered"},
      {"covered", "0-99999999999999999999", -EBADMSG, "covered"},
      {"covered", "4-2", -EBADMSG, "covered"},
      {"covered", "0,0,2,4", -EBADMSG, "layout"},
      {"covered", "", -EBADMSG, "layout"},
      {"counter terms", "x", -EBADMSG, "counter"},
      {"payload", "", -EBADMSG, "payload"},
      {"payload", "0 0 0 0 0 0 0 0", -EBADMSG, "layout"},
      {"payload", "0000000000000000 000000000000000g", -EBADMSG, "payload"},
  };
  struct kept k = kept_of("bbp-hex:position=12345");
  char message[STATE_MESSAGE];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *text = changed(k.text, cases[i].key, cases[i].value);
    int r = parsed(text, strlen(text), &k.workload.job, message);
    ck_assert_msg(r == cases[i].error && strstr(message, cases[i].words), "%s %s: %d, %s",
                  cases[i].key, cases[i].value, r, message);
    free(text);
  }
  kept_release(&k);
}
END_TEST

START_TEST(other_seeds_and_formats_are_refused)
{
  struct kept k = kept_of("mc:points=1e7");
  struct job job = k.workload.job;
  char message[STATE_MESSAGE];
  job.seed = 2;
  ck_assert_int_eq(parsed(k.text, strlen(k.text), &job, message), -ESTALE);
  ck_assert_ptr_nonnull(strstr(message, "seed is 1, not 2"));
  k.text[strlen("pibench-state/")] = '2';
  ck_assert_int_eq(parsed(k.text, strlen(k.text), NULL, message), -EINVAL);
  ck_assert_ptr_nonnull(strstr(message, "pibench-state/2"));
  ck_assert_int_eq(parsed("", 0, NULL, message), -EINVAL);
  ck_assert_int_eq(parsed("{}\n", 3, NULL, message), -EINVAL);
  kept_release(&k);
}
END_TEST

/* Texts that are signed but random must be taken as they are or refused, and never read beyond. */
START_TEST(random_signed_texts_do_no_harm)
{
  struct kept k = kept_of(jobs[_i]);
  size_t length = strlen(k.text);
  char message[STATE_MESSAGE];
  srandom((unsigned)(seed + (unsigned)_i));
  for (int i = 0; i < 100; i++) {
    char *text = strdup(k.text);
    for (long n = random() % 3; n >= 0; n--)
      text[(size_t)random() % length] = "0123456789-/,. \nxe"[random() % 18];
    sign(text);
    parsed(text, strlen(text), NULL, message);
    free(text);
  }
  kept_release(&k);
}
END_TEST

START_TEST(a_job_of_large_partials_cannot_be_kept)
{
  struct job job;
  char message[JOB_MESSAGE];
  struct workload workload;
  struct state state;
  ck_assert_int_eq(job_parse("bbp-series:digits=1e6", &job, message), 0);
  ck_assert_int_eq(workload_prepare(&job, &workload), 0);
  ck_assert_int_eq(state_begin(&workload, &state), -E2BIG);
  workload_release(&workload);
}
END_TEST

int main(void)
{
  const int job_count = sizeof jobs / sizeof *jobs;
  seed = suite_seed(seed);
  Suite *suite = suite_create("state");
  TCase *texts = tcase_create("texts");
  tcase_set_timeout(texts, 60);
  tcase_add_loop_test(texts, a_state_is_read_back_as_it_was_written, 0, job_count);
  tcase_add_test(texts, a_state_is_written_as_ever);
  tcase_add_test(texts, merged_states_have_the_time_of_both);
  tcase_add_test(texts, a_part_without_chunks_is_done);
  tcase_add_test(texts, a_text_cut_anywhere_is_refused);
  tcase_add_test(texts, a_wrong_byte_anywhere_is_refused);
  tcase_add_test(texts, bytes_behind_the_end_are_refused);
  tcase_add_test(texts, what_another_hand_signed_is_refused_by_what_is_wrong);
  tcase_add_test(texts, other_seeds_and_formats_are_refused);
  tcase_add_loop_test(texts, random_signed_texts_do_no_harm, 0, job_count);
  tcase_add_test(texts, a_job_of_large_partials_cannot_be_kept);
  suite_add_tcase(suite, texts);
  return suite_run(suite);
}
