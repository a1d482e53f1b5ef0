/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_sustain.c: burst against sustained rate, from made-up samples and by a kernel that errs. */

#include <locale.h>
#include <math.h>
#include <stdatomic.h>

#include "fake.h"
#include "here.h"
#include "measure.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* --- Buckets --- */

START_TEST(buckets_are_means_of_equal_parts_of_the_time)
{
  static const double started[] = {0, 1, 2.5, 2.6, 7}, values[] = {10, 20, 30, 50, 70};
  double means[4];
  sustain_buckets(started, values, LENGTH(values), 8, 4, means); /* parts of 2 s */
  ck_assert_double_eq(means[0], 15);
  ck_assert_double_eq(means[1], 40);
  ck_assert_double_eq(means[2], 50); /* none started: the one before is still running */
  ck_assert_double_eq(means[3], 70);
}
END_TEST

START_TEST(every_sample_is_in_one_bucket)
{
  enum { N = 1000 };
  double started[N], values[N], means[60], sum = 0;
  for (size_t buckets = 1; buckets <= 60; buckets++) {
    for (size_t i = 0; i < N; i++) {
      started[i] = (double)i / N;
      values[i] = 1;
    }
    sustain_buckets(started, values, N, 1, buckets, means);
    for (size_t b = 0; b < buckets; b++)
      ck_assert_double_eq(means[b], 1);
  }
  started[N - 1] = 99; /* after the end: in the last one */
  values[N - 1] = 1001;
  sustain_buckets(started, values, N, 1, 10, means);
  for (size_t b = 0; b < 10; b++)
    sum += means[b];
  ck_assert_double_eq_tol(sum, 9 + (99 + 1001) / 100., 1e-9);
}
END_TEST

START_TEST(one_sample_fills_all_buckets)
{
  double means[5];
  sustain_buckets(&(double){0}, &(double){3}, 1, 2, 5, means);
  for (size_t b = 0; b < 5; b++)
    ck_assert_double_eq(means[b], 3);
}
END_TEST

/* --- Burst and last third --- */

/* n samples in lasted_s: rate 100 falls to `low` after `until_s`, with noise; the clock with it. */
static struct sustained made(size_t n, double lasted_s, double until_s, double low, double noise)
{
  struct sustained s = {.n = n, .lasted_s = lasted_s, .asked_s = lasted_s, .pinned = true};
  s.started_s = calloc(n, sizeof(double));
  s.rate_per_s = calloc(n, sizeof(double));
  s.clock_ghz = calloc(n, sizeof(double));
  for (size_t i = 0; i < n; i++) {
    double wobble = (double)((i * 7919 + i * i * 311) % 101) / 50 - 1;
    s.started_s[i] = lasted_s * (double)i / (double)n;
    double rate = s.started_s[i] < until_s ? 100 : low;
    s.rate_per_s[i] = rate * (1 + noise * wobble);
    s.clock_ghz[i] = 4 * rate / 100;
  }
  return s;
}

START_TEST(the_first_seconds_are_compared_with_the_last_third)
{
  struct sustained s = made(6000, 600, 60, 80, 0.05);
  ck_assert_int_eq(sustain_summarise(&s), 0);
  ck_assert_double_eq(s.burst_end_s, SUSTAIN_BURST_S);
  ck_assert_uint_eq(s.burst_n, 50);
  ck_assert_uint_eq(s.sustained_n, 2000);
  ck_assert_double_eq_tol(s.burst_per_s, 100, 2);
  ck_assert_double_eq_tol(s.sustained_per_s, 80, 1);
  ck_assert(s.ratio.low <= 0.8 && 0.8 <= s.ratio.high && s.ratio.high < 1);
  ck_assert_double_eq_tol(s.burst_clock_ghz, 4, 1e-9);
  ck_assert_double_eq_tol(s.sustained_clock_ghz, 3.2, 1e-9);
  sustain_release(&s);
}
END_TEST

START_TEST(a_steady_rate_is_not_told_from_1)
{
  struct sustained s = made(600, 60, 60, 100, 0.05);
  ck_assert_int_eq(sustain_summarise(&s), 0);
  ck_assert(s.ratio.low <= 1 && 1 <= s.ratio.high && s.ratio.high - s.ratio.low < 0.1);
  sustain_release(&s);
}
END_TEST

START_TEST(a_short_run_compares_its_first_sixth)
{
  struct sustained s = made(60, 6, 1, 50, 0);
  ck_assert_int_eq(sustain_summarise(&s), 0);
  ck_assert_double_eq(s.burst_end_s, 1);
  ck_assert_uint_eq(s.burst_n, 10);
  ck_assert_uint_eq(s.sustained_n, 20);
  ck_assert_double_eq(s.ratio.value, 0.5);
  ck_assert_double_eq(s.ratio.low, 0.5);
  sustain_release(&s);
}
END_TEST

START_TEST(too_few_samples_have_no_interval_and_none_at_the_end_no_ratio)
{
  struct sustained few = made(12, 6, 1, 50, 0), one = made(1, 6, 1, 50, 0), none = {0};
  ck_assert_int_eq(sustain_summarise(&few), 0);
  ck_assert(few.burst_n == 2 && isfinite(few.ratio.value) && isnan(few.ratio.low));
  ck_assert_int_eq(sustain_summarise(&one), 0);
  ck_assert(one.burst_n == 1 && one.sustained_n == 0 && isnan(one.ratio.value));
  ck_assert_double_eq(one.burst_per_s, 100);
  ck_assert_int_eq(sustain_summarise(&none), 0);
  ck_assert(isnan(none.burst_per_s) && isnan(none.ratio.value));
  sustain_release(&few);
  sustain_release(&one);
  sustain_release(&one);
}
END_TEST

START_TEST(both_parts_need_six_samples_for_an_interval)
{
  for (size_t last = 5; last <= 6; last++) {
    struct sustained s = made(6 + last, 6, 6, 100, 0.05);
    for (size_t i = 0; i < s.n; i++)
      s.started_s[i] = i < 6 ? 0.1 * (double)i : 5 + 0.1 * (double)(i - 6);
    ck_assert_int_eq(sustain_summarise(&s), 0);
    ck_assert_uint_eq(s.burst_n, 6);
    ck_assert_uint_eq(s.sustained_n, last);
    ck_assert(isfinite(s.ratio.low) == (last == 6));
    sustain_release(&s);
  }
}
END_TEST

/* --- Samples --- */

static _Atomic unsigned *samples;
static unsigned errs_at; /* the sample that is wrong or refused; 0: none */
static int error_then;   /* 0: a wrong sum */

static int note_sample(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan;
  if (++*samples != errs_at)
    return 0;
  *sum += 1;
  return error_then;
}

static int sustained(double seconds, struct benchmark *b)
{
  static const unsigned workers[] = {2};
  struct job job = fake_job(&fake_kernel, 10000);
  struct measure_options options = {
      .placement = placement,
      .workers = workers,
      .worker_counts = 1,
      .schedule = SCHEDULE_STATIC,
      .pin = PIN_OFF,
      .timeout_s = 60,
  };
  struct fault fault = {0};
  samples = fake_shared(sizeof *samples);
  fake_on_finish = note_sample;
  ck_assert_int_eq(measure_prepare(&job, &options, b, &fault), 0);
  int r = sustain_run(b, &options, seconds, &fault);
  ck_assert_int_eq(measure_summarise(b, placement), 0);
  return r;
}

START_TEST(samples_follow_one_another_until_the_time_is_over)
{
  struct benchmark b;
  ck_assert_int_eq(sustained(0.3, &b), 0);
  const struct sustained *s = &b.sustained;
  ck_assert_uint_ge(s->n, 1);
  ck_assert_uint_eq(s->n, *samples);
  ck_assert_uint_eq(s->n, b.answers_compared);
  ck_assert_double_ge(s->lasted_s, 0.3);
  ck_assert_double_eq(s->started_s[0], 0);
  for (size_t i = 1; i < s->n; i++)
    ck_assert(s->started_s[i - 1] < s->started_s[i] && s->started_s[i] < 0.3);
  for (size_t i = 0; i < s->n; i++)
    ck_assert_double_gt(s->rate_per_s[i], 0);
  ck_assert(b.verdict.right && b.stop == STOP_TIME);
  ck_assert(b.rows[0].n == 0 && b.rows[1].n == 0 && b.rounds == 0);
  benchmark_release(&b);
}
END_TEST

START_TEST(even_no_time_at_all_gives_one_sample)
{
  struct benchmark b;
  ck_assert_int_eq(sustained(1e-9, &b), 0);
  ck_assert_uint_eq(b.sustained.n, 1);
  benchmark_release(&b);
}
END_TEST

START_TEST(a_wrong_answer_ends_it)
{
  struct benchmark b;
  errs_at = 4;
  ck_assert_int_eq(sustained(60, &b), -EBADMSG);
  ck_assert_uint_eq(b.sustained.n, 3);
  ck_assert(!b.verdict.right && b.verdict.text[0]);
  benchmark_release(&b);
}
END_TEST

START_TEST(a_fault_keeps_the_samples_before_it)
{
  struct benchmark b;
  errs_at = 8;
  error_then = -ENOMEM;
  ck_assert_int_eq(sustained(60, &b), -ECHILD);
  ck_assert_uint_eq(b.sustained.n, 7);
  ck_assert(isfinite(b.sustained.burst_per_s));
  benchmark_release(&b);
}
END_TEST

/* --- The chart --- */

static char *printed(struct benchmark *b)
{
  char *text;
  size_t length;
  FILE *memory = open_memstream(&text, &length);
  ck_assert_int_eq(sustain_print(b, memory), 0);
  fclose(memory);
  return text;
}

START_TEST(the_chart_falls_with_the_rate)
{
  static const struct {
    const char *locale, *first, *last;
  } cases[] = {{"C.UTF-8", "rate  ██████", "▅▅▅▅▅▅\n"}, {"C", "rate  ######", "======\n"}};
  struct row rows[2] = {{.serial = true, .workers = 1}, {.workers = 2}};
  struct benchmark b = {.rows = rows, .row_count = 2, .name = "fake:units=1000"};
  struct job job = fake_job(&fake_kernel, 1000);
  ck_assert_int_eq(workload_prepare(&job, &b.workload), 0);
  b.sustained = made(6000, 600, 300, 79, 0);
  ck_assert_int_eq(sustain_summarise(&b.sustained), 0);
  for (size_t i = 0; i < LENGTH(cases); i++) {
    if (!setlocale(LC_ALL, cases[i].locale))
      continue;
    char *text = printed(&b);
    ck_assert_msg(strstr(text, cases[i].first) && strstr(text, cases[i].last), "%s", text);
    ck_assert_msg(strstr(text, "10 min") && strstr(text, "0.790"), "%s", text);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
      size_t columns = 0;
      for (const char *c = line; *c; c++)
        columns += ((unsigned char)*c & 0xc0) != 0x80;
      ck_assert_msg(columns <= 80, "%s", line);
    }
    free(text);
  }
  sustain_release(&b.sustained);
  workload_release(&b.workload);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      buckets_are_means_of_equal_parts_of_the_time,
      every_sample_is_in_one_bucket,
      one_sample_fills_all_buckets,
      the_first_seconds_are_compared_with_the_last_third,
      a_steady_rate_is_not_told_from_1,
      a_short_run_compares_its_first_sixth,
      too_few_samples_have_no_interval_and_none_at_the_end_no_ratio,
      both_parts_need_six_samples_for_an_interval,
      samples_follow_one_another_until_the_time_is_over,
      even_no_time_at_all_gives_one_sample,
      a_wrong_answer_ends_it,
      a_fault_keeps_the_samples_before_it,
      the_chart_falls_with_the_rate,
  };
  Suite *suite = suite_create("sustain");
  TCase *tcase = suite_case(suite, "sustain", tests, LENGTH(tests));
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
