/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_table.c: the table as people read it, from samples made by hand.
 *
 * What each looks like is kept in golden/table-NAME.txt.  After a change that is meant,
 * PIBENCH_UPDATE_GOLDEN=1 writes them anew; read them, as a reader of the table would.
 */

#include <limits.h>
#include <locale.h>
#include <math.h>

#include "fake.h"
#include "machines.h"
#include "table.h"

enum { ROWS_MOST = 8, ROUNDS_MOST = 20 };

static const char *source(void)
{
  const char *named = getenv("PIBENCH_SOURCE");
  return named ? named : ".";
}

/* --- Benchmarks made by hand --- */

/* Quotas are of this machine, not of that one. */
static struct placement *without_quota(struct placement *placement)
{
  placement->quota_cpus = INFINITY;
  return placement;
}

static struct placement *synthetic(const char *description)
{
  use_synthetic(description);
  return without_quota(load(PLACE_CORES, NULL));
}

static struct placement *saved(const char *name)
{
  use_saved(name);
  return without_quota(load(PLACE_CORES, NULL));
}

/* One row: a sample takes about `wall_s`. */
struct figures {
  unsigned workers; /* 0: serial */
  double wall_s;
  double clock_ghz;
};

/* Between -1 and 1, the same in every run of the test. */
static double wobble(size_t i, unsigned row)
{
  return (double)((i * 7919 + row * 1237 + i * i * (row + 3) * 311) % 101) / 50 - 1;
}

static struct measurement sample_of(const struct figures *figures, size_t i, unsigned row)
{
  unsigned workers = figures->workers ? figures->workers : 1;
  double wall_s = figures->wall_s * (1 + 0.01 * wobble(i, row)), busy_s = 0.97 * wall_s;
  if (!figures->workers)
    return (struct measurement){.wall_s = wall_s,
                                .spawn_s = 0.0004,
                                .run_s = wall_s,
                                .busy_mean_s = wall_s,
                                .busy_longest_s = wall_s,
                                .cpu_s = 0.999 * wall_s,
                                .cpu_longest_s = 0.999 * wall_s,
                                .clock_ghz = figures->clock_ghz};
  return (struct measurement){.wall_s = wall_s,
                              .spawn_s = 0.0002 * (1 + workers),
                              .skew_s = 0.001 * wall_s,
                              .run_s = 0.98 * wall_s,
                              .merge_s = 0.015 * wall_s,
                              .finish_s = 0.005 * wall_s,
                              .busy_mean_s = busy_s,
                              .busy_longest_s = 0.975 * wall_s,
                              .cpu_s = 0.998 * busy_s * workers,
                              .cpu_longest_s = 0.998 * 0.975 * wall_s,
                              .clock_ghz = figures->clock_ghz};
}

static struct benchmark made(const struct placement *placement, uint64_t units, size_t rounds,
                             const struct figures *figures, unsigned rows)
{
  struct benchmark b = {
      .schedule = SCHEDULE_STATIC,
      .repeats = 1,
      .rows = calloc(rows, sizeof *b.rows),
      .row_count = rows,
      .rounds = rounds,
      .seconds = 14.2,
      .stop = STOP_ROUNDS,
      .size_chosen = true,
      .answers_compared = rounds * rows,
      .verdict = {.how = VERIFIED_REFERENCE, .right = true},
  };
  struct job job = fake_job(&fake_kernel, units);
  ck_assert_int_eq(workload_prepare(&job, &b.workload), 0);
  job_name(&job, b.name);
  b.outside = calloc(rounds, sizeof *b.outside);
  strcpy(b.verdict.text, "the same bytes as the reference on 300 random stretches of work");
  for (unsigned r = 0; r < rows; r++) {
    struct row *row = &b.rows[r];
    row->serial = figures[r].workers == 0;
    row->workers = row->serial ? 1 : figures[r].workers;
    row->oversubscribed = row->workers > placement->slot_count;
    row->pinned = !row->oversubscribed;
    row->cpus = calloc(row->workers, sizeof *row->cpus);
    for (unsigned w = 0; w < row->workers; w++)
      row->cpus[w] = (int)placement->slots[w % placement->slot_count].cpu;
    row->n = rounds;
    row->samples = calloc(rounds, sizeof *row->samples);
    for (size_t i = 0; i < rounds; i++)
      row->samples[i] = sample_of(&figures[r], i, r);
  }
  return b;
}

/* --- Golden texts --- */

static size_t columns(const char *line, size_t length)
{
  size_t count = 0;
  for (size_t i = 0; i < length; i++)
    if (line[i] == '\033')
      i += strcspn(line + i, "m");
    else
      count += ((unsigned char)line[i] & 0xc0) != 0x80;
  return count;
}

static void assert_fits_a_screen(const char *text)
{
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
    size_t length = strcspn(line, "\n");
    ck_assert_msg(columns(line, length) <= 80, "%zu columns: %.*s", columns(line, length),
                  (int)length, line);
    ck_assert_msg(length == 0 || line[length - 1] != ' ', "ends with a blank: %.*s", (int)length,
                  line);
  }
}

static void assert_golden(const char *name, const char *text)
{
  static char expected[20000];
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/tests/golden/table-%s.txt", source(), name);
  bool update = getenv("PIBENCH_UPDATE_GOLDEN") != NULL;
  FILE *file = fopen(path, update ? "w" : "r");
  ck_assert_msg(file != NULL, "no %s: PIBENCH_UPDATE_GOLDEN=1 writes it", path);
  if (update)
    fputs(text, file);
  else
    expected[fread(expected, 1, sizeof expected - 1, file)] = '\0';
  ck_assert_int_eq(fclose(file), 0);
  ck_assert_msg(update || strcmp(text, expected) == 0, "%s is not\n%s\nbut\n%s", path, expected,
                text);
}

/* Summarises, prints, compares in UTF-8 and in C, and releases. */
static void assert_table(const char *name, struct benchmark *b, struct placement *placement,
                         struct table_options options)
{
  static const struct {
    const char *locale, *suffix;
  } locales[] = {{"C.UTF-8", ""}, {"C", "-ascii"}};
  ck_assert_int_eq(measure_summarise(b, placement), 0);
  for (size_t i = 0; i < LENGTH(locales); i++) {
    char *text, golden[64];
    size_t length;
    if (!setlocale(LC_ALL, locales[i].locale))
      continue;
    FILE *memory = open_memstream(&text, &length);
    ck_assert_int_eq(table_print(b, placement, &options, memory), 0);
    fclose(memory);
    snprintf(golden, sizeof golden, "%s%s", name, locales[i].suffix);
    assert_fits_a_screen(text);
    for (size_t c = 0; c < length && i == 1; c++)
      ck_assert_msg((unsigned char)text[c] < 128, "not ASCII: %s", text + c);
    assert_golden(golden, text);
    free(text);
  }
  benchmark_release(b);
  placement_free(placement);
}

/* --- The tables --- */

START_TEST(slots_that_are_alike_make_one_stretch_of_rows)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.stop = STOP_PRECISION;
  assert_table("alike", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_line_tells_where_workers_begin_to_share_cores)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {4, 0.0579, 4.6}, {8, 0.0521, 4.4}};
  struct placement *placement = synthetic("package:1 core:4 pu:2");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("smt", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(lines_tell_of_packages_and_siblings)
{
  static const struct figures figures[] = {{0, 2.004, 3.0}, {1, 2.006, 3.0}, {2, 1.042, 3.0},
                                           {4, 0.579, 2.9}, {8, 0.290, 2.8}, {16, 0.151, 2.7},
                                           {32, 0.140, 2.6}};
  struct placement *placement = synthetic("package:2 core:8 pu:2");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.seconds = 131.7;
  assert_table("packages", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_jump_over_two_regimes_prints_both_lines)
{
  static const struct figures figures[] = {{0, 2.004, 3.0}, {1, 2.006, 3.0}, {32, 0.140, 2.6}};
  struct placement *placement = synthetic("package:2 core:8 pu:2");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("jump", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(where_kinds_of_cores_are_not_measured_capacity_stays_empty)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {6, 0.0379, 4.5}, {14, 0.0248, 4.0}, {20, 0.0238, 3.9}};
  struct placement *placement = saved("Intel-RaptorLake-Corei7-1370P");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.schedule = SCHEDULE_DYNAMIC;
  assert_table("kinds", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(verbose_adds_details_and_factors)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {32, 0.0067, 4.6}, {64, 0.0061, 4.4}};
  struct placement *placement = synthetic("package:1 core:32 pu:2");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("verbose", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(verbose_tells_cycles_beside_the_bound)
{
  static const struct figures figures[] = {{0, 0.2, 5.0}, {1, 0.2006, 5.0}};
  struct placement *placement = synthetic("package:1 core:2 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  struct variant variant = *b.workload.job.variant;
  variant.bound = (struct bound){1, 250, "thing", "hands, this core"};
  b.workload.job.variant = &variant;
  b.rows[0].counters[1] = 2500000; /* 0.2 s at 5 GHz: 400 cycles each */
  assert_table("bound", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(verbose_holds_the_longest_times)
{
  static const struct figures figures[] = {{0, 3661.5, 5.0}, {1, 3662.1, 5.0}, {1024, 35.8, 4.6}};
  struct placement *placement = synthetic("package:2 core:512 pu:1");
  struct benchmark b = made(placement, UINT64_C(1000000000000000), 20, figures, LENGTH(figures));
  b.seconds = 73000;
  assert_table("verbose-long", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(a_wrong_answer_shows_no_speedup)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.verdict.how = VERIFIED_KNOWN;
  b.verdict.right = false;
  strcpy(b.verdict.text,
         "digits differ from the known value 26c65e52cb459350 and this line is as "
         "long as a verdict can be, so it has to be broken somewhere before its end");
  assert_table("wrong", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(more_workers_than_cpus_are_told)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {4, 0.0579, 4.6}, {7, 0.0601, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("oversubscribed", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_row_too_short_to_trust_is_told)
{
  static const struct figures figures[] = {
      {0, 0.0000204, 5.0}, {1, 0.0000306, 5.0}, {4, 0.0000979, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 100, 10, figures, LENGTH(figures));
  b.size_chosen = false;
  b.seconds = 0.31;
  assert_table("short", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(the_serial_row_may_stand_alone)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("serial", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(one_worker_on_one_cpu_is_in_the_singular)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2406, 5.0}};
  struct placement *placement = synthetic("package:1 core:1 pu:1");
  struct benchmark b = made(placement, 1000000, 1, figures, LENGTH(figures));
  b.stop = STOP_TIME;
  b.seconds = 0.44;
  b.verdict.how = VERIFIED_NONE;
  assert_table("singular", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(the_steps_of_the_finish_stand_beside_the_phases)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}};
  struct placement *placement = synthetic("package:1 core:2 pu:1");
  struct benchmark b = made(placement, 1000000, 10, figures, LENGTH(figures));
  for (unsigned r = 0; r < b.row_count; r++) {
    strcpy(b.rows[r].step_name[0], "root");
    strcpy(b.rows[r].step_name[1], "radix");
    for (size_t i = 0; i < b.rows[r].n; i++) {
      b.rows[r].samples[i].step_s[0] = 0.0021;
      b.rows[r].samples[i].step_s[1] = 0.0173;
    }
  }
  assert_table("steps", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(what_was_measured_before_a_fault_is_shown)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 3, figures, LENGTH(figures));
  b.rows[2].n = 2;
  b.rows[3].n = 0;
  b.rounds = 2;
  b.answers_compared = 8;
  b.stop = STOP_NONE;
  b.verdict = (struct verdict){0};
  assert_table("fault", &b, placement, (struct table_options){.verbose = true});
}
END_TEST

START_TEST(refused_binding_is_told_and_no_title_says_pinned)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  for (unsigned i = 0; i < b.row_count; i++) {
    b.rows[i].pinned = false;
    b.rows[i].bind_error = -EPERM;
  }
  assert_table("refused", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_quota_keeps_workers_unpinned_and_is_told)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1179, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  placement->quota_cpus = 1.5;
  b.unpinned_why = "the CPU quota is smaller than the allowed CPUs";
  for (unsigned i = 0; i < b.row_count; i++)
    b.rows[i].pinned = false;
  assert_table("quota", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_long_name_is_broken_before_the_border)
{
  static const struct figures figures[] = {{0, 120.4, 5.0}, {1, 120.6, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 123456789, 10, figures, LENGTH(figures));
  b.repeats = 64;
  b.workload.job.method = &fake_methods[FAKE_WRONG];
  b.workload.job.values[FAKE_SHAPE] = FAKE_FALLING;
  job_name(&b.workload.job, b.name);
  assert_table("long-name", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_bold_title_ends_with_the_name)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  assert_table("bold", &b, placement, (struct table_options){.bold = true});
}
END_TEST

START_TEST(a_random_answer_tells_how_far_off_it_is)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.answer = malloc(sizeof *b.answer);
  answer_init(b.answer, sizeof *b.answer);
  answer_number_add(b.answer, "pi", 3.14)->z = 0.43;
  b.verdict.how = VERIFIED_KNOWN;
  strcpy(b.verdict.text, "hits equal to the known value 210829476");
  assert_table("random", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(what_is_not_off_has_no_sign)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}};
  static const double z[] = {-0.04, 0.04, -0.06};
  static const char *const texts[] = {", z = 0.0", ", z = 0.0", ", z = -0.1"};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.answer = malloc(sizeof *b.answer);
  answer_init(b.answer, sizeof *b.answer);
  answer_number_add(b.answer, "pi", 3.14);
  ck_assert_int_eq(measure_summarise(&b, placement), 0);
  for (size_t i = 0; i < LENGTH(z); i++) {
    b.answer->items[0].z = z[i];
    char *text;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    ck_assert_int_eq(table_print(&b, placement, &(struct table_options){0}, memory), 0);
    fclose(memory);
    ck_assert_msg(strstr(text, texts[i]), "%g: %s", z[i], text);
    free(text);
  }
  benchmark_release(&b);
  placement_free(placement);
}
END_TEST

START_TEST(threads_stand_beside_processes)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9},
                                           {4, 0.0579, 4.6}, {1, 0.2005, 5.0}, {2, 0.1050, 4.9},
                                           {4, 0.0583, 4.6}};
  struct placement *placement = synthetic("package:1 core:2 pu:2");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  for (unsigned i = 1; i < b.row_count; i++)
    b.rows[i].peak_rss_bytes = 3200000;
  for (unsigned i = 4; i < b.row_count; i++)
    b.rows[i].backend = BACKEND_THREAD;
  assert_table("threads", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(disturbed_rounds_are_set_aside_and_told)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  const size_t rounds[] = {3, 7, 8};
  for (size_t i = 0; i < LENGTH(rounds); i++) {
    b.outside[rounds[i]] = i < 2 ? OUTSIDE_PROGRAMS : OUTSIDE_MIGRATED;
    b.rows[3].samples[rounds[i]].wall_s *= 3;
    b.disturbed++;
  }
  assert_table("disturbed", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(one_disturbed_round_is_in_the_singular)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}};
  struct placement *placement = synthetic("package:1 core:1 pu:1");
  struct benchmark b = made(placement, 1000000, 11, figures, LENGTH(figures));
  b.outside[3] = OUTSIDE_PROGRAMS;
  b.rows[1].samples[3].wall_s *= 3;
  b.disturbed = 1;
  assert_table("disturbed-once", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(too_many_disturbed_rounds_are_counted_and_called_so)
{
  static const struct figures figures[] = {
      {0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1042, 4.9}, {4, 0.0579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  for (size_t i = 0; i < 12; i++) {
    b.outside[i] = i % 3 ? OUTSIDE_PROGRAMS : OUTSIDE_HYPERVISOR;
    b.rows[3].samples[i].wall_s *= 1.5;
    b.disturbed++;
  }
  b.all_counted = true;
  assert_table("all-counted", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_quota_that_held_workers_back_is_told)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {2, 0.1579, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  placement->quota_cpus = 1.5;
  b.throttled_rounds = 17;
  b.throttled_s = 0.83;
  assert_table("throttled", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_pool_tells_its_longest_task)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {1, 0.2006, 5.0}, {4, 0.0879, 4.6}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 4, 20, figures, LENGTH(figures));
  struct kernel pool = fake_kernel;
  pool.is_pool = true;
  b.workload.job.kernel = &pool;
  b.schedule = SCHEDULE_DYNAMIC;
  assert_table("pool", &b, placement, (struct table_options){0});
}
END_TEST

/* Three tasks of 4, 9 and 16 parts: two workers take 4 + 16 and 9, with the longest first 16 and
 * 13; the answer names the longest where it has an item for each. */
START_TEST(an_unequal_pool_tells_what_its_order_costs)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {2, 0.1385, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 3, 20, figures, LENGTH(figures));
  struct kernel pool = fake_kernel;
  pool.is_pool = true;
  b.workload.job.kernel = &pool;
  b.schedule = SCHEDULE_DYNAMIC;
  for (unsigned t = 0; t < 3; t++)
    b.workload.cost[t + 1] = b.workload.cost[t] + (t + 2) * (t + 2);
  b.answer = calloc(1, sizeof *b.answer);
  answer_init(b.answer, sizeof *b.answer);
  answer_number_add(b.answer, "first", 3);
  answer_number_add(b.answer, "second", 3.1);
  answer_number_add(b.answer, "third", 3.14);
  assert_table("pool-unequal", &b, placement, (struct table_options){0});
}
END_TEST

START_TEST(a_pool_of_one_task_has_nothing_for_a_second_worker)
{
  static const struct figures figures[] = {{0, 0.2004, 5.0}, {2, 0.2004, 5.0}};
  struct placement *placement = synthetic("package:1 core:4 pu:1");
  struct benchmark b = made(placement, 1, 20, figures, LENGTH(figures));
  struct kernel pool = fake_kernel;
  pool.is_pool = true;
  b.workload.job.kernel = &pool;
  b.schedule = SCHEDULE_DYNAMIC;
  assert_table("pool-one", &b, placement, (struct table_options){0});
}
END_TEST

/* The rest is computed by all without a loss. */
static void leave_to_one_worker(struct row *row, double alone_s)
{
  for (size_t i = 0; i < row->n; i++) {
    struct measurement *m = &row->samples[i];
    m->merge_s = alone_s;
    m->finish_s = 0;
    m->run_s = m->busy_mean_s = m->busy_longest_s = m->cpu_longest_s = m->wall_s - alone_s;
    m->cpu_s = m->run_s * row->workers;
  }
}

START_TEST(a_serial_part_on_purpose_is_told_and_found_by_the_fit)
{
  static const struct figures figures[] = {
      {0, 0.2, 5.0}, {1, 0.2, 5.0}, {2, 0.11, 5.0}, {4, 0.065, 5.0}, {8, 0.0425, 5.0}};
  struct placement *placement = synthetic("package:1 core:8 pu:1"); /* 0.02 + 0.18/P */
  struct benchmark b = made(placement, 1000000, 20, figures, LENGTH(figures));
  b.serial_chunks = 410;
  b.serial_fraction = 0.1;
  for (unsigned r = 1; r < b.row_count; r++)
    leave_to_one_worker(&b.rows[r], 0.02);
  assert_table("serial-part", &b, placement, (struct table_options){0});
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      slots_that_are_alike_make_one_stretch_of_rows,
      a_line_tells_where_workers_begin_to_share_cores,
      lines_tell_of_packages_and_siblings,
      a_jump_over_two_regimes_prints_both_lines,
      where_kinds_of_cores_are_not_measured_capacity_stays_empty,
      verbose_adds_details_and_factors,
      verbose_tells_cycles_beside_the_bound,
      verbose_holds_the_longest_times,
      a_wrong_answer_shows_no_speedup,
      more_workers_than_cpus_are_told,
      a_row_too_short_to_trust_is_told,
      the_serial_row_may_stand_alone,
      one_worker_on_one_cpu_is_in_the_singular,
      the_steps_of_the_finish_stand_beside_the_phases,
      what_was_measured_before_a_fault_is_shown,
      refused_binding_is_told_and_no_title_says_pinned,
      a_quota_keeps_workers_unpinned_and_is_told,
      a_long_name_is_broken_before_the_border,
      a_bold_title_ends_with_the_name,
      a_random_answer_tells_how_far_off_it_is,
      what_is_not_off_has_no_sign,
      threads_stand_beside_processes,
      disturbed_rounds_are_set_aside_and_told,
      one_disturbed_round_is_in_the_singular,
      too_many_disturbed_rounds_are_counted_and_called_so,
      a_quota_that_held_workers_back_is_told,
      a_pool_tells_its_longest_task,
      an_unequal_pool_tells_what_its_order_costs,
      a_pool_of_one_task_has_nothing_for_a_second_worker,
      a_serial_part_on_purpose_is_told_and_found_by_the_fit,
  };
  Suite *suite = suite_create("table");
  suite_case(suite, "tables", tests, LENGTH(tests));
  return suite_run(suite);
}
