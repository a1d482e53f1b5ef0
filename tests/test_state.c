/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_state.c: states are read back as they were written or refused, and computations go on. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute.h"
#include "fake.h"
#include "job.h"
#include "suite.h"
#include "trial.h"

/* From PIBENCH_TEST_SEED, else fixed; printed by main(). */
static unsigned long seed = 20250511;
static struct placement *placement;
static char directory[] = "/tmp/pibench-test-state-XXXXXX";

/* --- Texts --- */

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

/* --- Files --- */

static void enter_directory(void)
{
  ck_assert_ptr_nonnull(mkdtemp(strcpy(directory, "/tmp/pibench-test-state-XXXXXX")));
  ck_assert_int_eq(chdir(directory), 0);
}

static void leave_directory(void)
{
  static const char *const names[] = {"s", "s.new", "link", "fifo"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unlink(names[i]);
  rmdir("d");
  ck_assert_int_eq(chdir("/"), 0);
  ck_assert_int_eq(rmdir(directory), 0);
}

static void put(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
}

static int opened(const char *path, struct state_file *file, char *message)
{
  char *text;
  size_t length;
  int r = state_file_open(path, file, &text, &length, message);
  if (r == 0)
    free(text);
  return r;
}

START_TEST(a_file_is_replaced_and_read_again)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE], *text;
  size_t length;
  ck_assert_int_eq(state_file_open("s", &file, &text, &length, message), 0);
  ck_assert_ptr_null(text);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(state_file_write(&file, "hello", 5, i == 1, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s.new", F_OK), -1);
  ck_assert_int_eq(state_file_open("s", &file, &text, &length, message), 0);
  ck_assert_uint_eq(length, 5);
  ck_assert_str_eq(text, "hello");
  free(text);
  state_file_release(&file);
}
END_TEST

START_TEST(a_file_that_was_never_written_to_goes_again)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s", F_OK), -1);
  put("s", "kept");
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(access("s", F_OK), 0);
}
END_TEST

START_TEST(a_link_stays_a_link)
{
  struct state_file file;
  struct stat status;
  char message[OUTPUT_MESSAGE];
  put("s", "old");
  ck_assert_int_eq(symlink("s", "link"), 0);
  ck_assert_int_eq(opened("link", &file, message), 0);
  ck_assert_int_eq(state_file_write(&file, "new", 3, true, message), 0);
  state_file_release(&file);
  ck_assert_int_eq(lstat("link", &status), 0);
  ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

START_TEST(nobody_else_gets_an_open_file_even_after_replacements)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(opened("s", &file, message), 0);
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      struct state_file other;
      _exit(opened("s", &other, message) == -EBUSY ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(state_file_write(&file, "text", 4, false, message), 0);
  }
  state_file_release(&file);
  ck_assert_int_eq(opened("s", &file, message), 0);
  state_file_release(&file);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE];
  ck_assert_int_eq(mkdir("d", 0777), 0);
  ck_assert_int_eq(mkfifo("fifo", 0666), 0);
  ck_assert_int_eq(opened("d", &file, message), -EISDIR);
  ck_assert_int_eq(opened("fifo", &file, message), -ENODEV);
  ck_assert_int_eq(opened("/dev/null", &file, message), -ENODEV);
  ck_assert_int_eq(opened("missing/s", &file, message), -ENOENT);
  ck_assert_int_eq(opened("", &file, message), -ENOENT);
  ck_assert_int_lt(opened("/proc/s", &file, message), 0);
  put("s", "x");
  ck_assert_int_eq(truncate("s", (off_t)1 << 40), 0); /* a terabyte of nothing */
  ck_assert_int_eq(opened("s", &file, message), -EFBIG);
  ck_assert_ptr_nonnull(strstr(message, "too large"));
}
END_TEST

START_TEST(a_full_disk_leaves_the_file_as_it_was)
{
  struct state_file file;
  char message[OUTPUT_MESSAGE], big[10000], *text;
  size_t length;
  memset(big, 'x', sizeof big);
  ck_assert_int_eq(opened("s", &file, message), 0);
  ck_assert_int_eq(state_file_write(&file, "old", 3, true, message), 0);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){5000, RLIM_INFINITY});
  ck_assert_int_eq(state_file_write(&file, big, sizeof big, true, message), -EFBIG);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
  ck_assert_int_eq(access("s.new", F_OK), -1);
  state_file_release(&file);
  ck_assert_int_eq(state_file_read("s", &text, &length, message), 0);
  ck_assert_str_eq(text, "old");
  free(text);
}
END_TEST

/* --- Computations --- */

enum { UNITS = 100003 };

/* What chunks yield, by no team at all. */
static struct partial *expected(const struct workload *w, const struct partial *covered)
{
  struct partial *sum = malloc(partial_bytes(16)), *one = malloc(partial_bytes(16));
  partial_init(sum, 16);
  for (uint64_t c = 0; c < w->chunks; c++) {
    struct range chunk = {c, c + 1};
    if (covered && !partial_covered(covered, chunk))
      continue;
    partial_init(one, 16);
    fake_compute(w->plan, workload_units(w, chunk), one);
    partial_cover(one, chunk);
    ck_assert_int_eq(partial_merge(&fake_kernel, w->plan, one, sum), 0);
  }
  free(one);
  return sum;
}

static struct computation computation_of(unsigned workers)
{
  return (struct computation){
      .job = fake_job(&fake_kernel, UNITS),
      .team = {.placement = placement, .workers = workers, .repeats = 1, .timeout_s = 60},
      .keeps = true,
  };
}

static uint64_t *runs; /* of run(), in shared memory */

static int count_runs(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  __atomic_fetch_add(runs, 1, __ATOMIC_RELAXED);
  return 0;
}

/* Collects all the time while workers claim chunks as fast as they can: no copy is ever torn. */
struct witness {
  const struct workload *workload;
  unsigned collected, chunks;
};

static void witness_collect(const struct partial *so_far, void *data)
{
  struct witness *witness = data;
  struct partial *right = expected(witness->workload, so_far);
  if (memcmp(right, so_far, so_far->bytes) != 0)
    ck_abort_msg("a collected partial is not what its chunks yield");
  free(right);
  unsigned chunks = partial_covered(so_far, (struct range){0, witness->workload->chunks});
  ck_assert_uint_ge(chunks, witness->chunks);
  witness->chunks = chunks;
  witness->collected++;
}

static int slow(const struct fake_plan *plan, struct range units)
{
  (void)plan, (void)units;
  usleep(100);
  return 0;
}

/* Half of it is there for a while without the other. */
static void slow_merge(const void *plan, const struct partial *from, struct partial *into)
{
  (void)plan;
  into->payload[0] += from->payload[0];
  usleep(100);
  into->payload[1] ^= from->payload[1];
}

START_TEST(what_is_collected_on_the_way_is_what_its_chunks_yield)
{
  struct workload w;
  struct kernel kernel = fake_kernel;
  struct job job = fake_job(&kernel, UNITS);
  kernel.merge = slow_merge;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&job, &w), 0);
  struct witness witness = {.workload = &w};
  struct computation c = computation_of(3);
  struct team team = c.team;
  team.workload = &w;
  team.schedule = SCHEDULE_DYNAMIC;
  team.backend = _i == 0 ? BACKEND_PROCESS : BACKEND_THREAD;
  team.claim_most = 1;
  team.collect = witness_collect;
  team.collect_data = &witness;
  fake_on_run = slow;
  ck_assert_int_eq(team_run(&team, &sample, &fault), 0);
  ck_assert_uint_ge(witness.collected, 1);
  sample_release(&sample);
  workload_release(&w);
}
END_TEST

START_TEST(only_what_is_not_done_is_computed)
{
  struct computation c = computation_of((unsigned)_i + 1);
  struct workload w;
  struct sample sample;
  struct fault fault;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  struct partial *whole = expected(&w, NULL);
  ck_assert_int_eq(state_begin(&w, &c.begun), 0);
  srandom((unsigned)(seed + (unsigned)_i));
  unsigned done = 0;
  for (uint64_t at = 0; at < w.chunks; at++)
    if (random() % 3 == 0) {
      partial_cover(c.begun.partial, (struct range){at, at + 1});
      done++;
    }
  struct partial *begun = expected(&w, c.begun.partial);
  memcpy(c.begun.partial, begun, begun->bytes);
  runs = fake_shared(sizeof *runs);
  fake_on_run = count_runs;
  workload_release(&w);
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  ck_assert_uint_eq(*runs, w.chunks - done);
  ck_assert_mem_eq(sample.partial, whole, whole->bytes);
  ck_assert_mem_eq(c.begun.partial, whole, whole->bytes);
  ck_assert(c.done == 1);
  sample_release(&sample);
  workload_release(&w);
  state_release(&c.begun);
  free(begun);
  free(whole);
}
END_TEST

START_TEST(parts_add_up_to_the_whole)
{
  enum { PARTS = 7 };
  struct workload w;
  struct state sum = {0};
  struct partial *whole = NULL;
  for (unsigned part = 1; part <= PARTS; part++) {
    struct computation c = computation_of(1 + part % 3);
    struct sample sample;
    struct fault fault;
    c.part = part;
    c.parts = PARTS;
    ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
    ck_assert_uint_eq(sample.answer->count, 0);
    ck_assert_uint_eq(c.begun.part, part);
    sample_release(&sample);
    if (part == 1) {
      ck_assert_int_eq(state_begin(&w, &sum), 0);
      whole = expected(&w, NULL);
    }
    ck_assert_int_eq(state_merge(&w, &c.begun, &sum), 0);
    state_release(&c.begun);
    workload_release(&w);
  }
  ck_assert_mem_eq(sum.partial, whole, whole->bytes);
  state_release(&sum);
  free(whole);
}
END_TEST

static int fail_in_the_middle(const struct fake_plan *plan, struct range units)
{
  usleep(200);
  return units.begin > plan->units / 2 ? -EIO : 0;
}

START_TEST(a_failed_run_keeps_what_the_workers_had_done)
{
  struct computation c = computation_of(2);
  struct workload w;
  struct sample sample;
  struct fault fault;
  fake_on_run = fail_in_the_middle;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), -ECHILD);
  ck_assert(c.done > 0.4 && c.done < 0.6);
  fake_on_run = NULL;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  struct partial *whole = expected(&w, NULL);
  ck_assert_mem_eq(sample.partial, whole, whole->bytes);
  free(whole);
  sample_release(&sample);
  workload_release(&w);
  state_release(&c.begun);
}
END_TEST

static unsigned undecided; /* that many guards */

static int ask_for_more(const struct fake_plan *plan, uint64_t *sum)
{
  (void)sum;
  return plan->guard < undecided ? -EAGAIN : 0;
}

START_TEST(undecided_digits_begin_again_with_more_guard_bits)
{
  struct computation c = computation_of(2);
  struct workload w;
  struct sample sample;
  struct fault fault;
  undecided = 2;
  fake_on_finish = ask_for_more;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0);
  ck_assert_uint_eq(c.begun.job.guard, 2);
  sample_release(&sample);
  workload_release(&w);
  runs = fake_shared(sizeof *runs);
  fake_on_run = count_runs;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), 0); /* goes on with two */
  ck_assert_uint_eq(*runs, 0);
  sample_release(&sample);
  workload_release(&w);
  undecided = 3;
  c.fixed_guard = true;
  ck_assert_int_eq(compute_kept(&c, &w, &sample, &fault), -EAGAIN);
  state_release(&c.begun);
}
END_TEST

/* --- Trials --- */

/* No speed: whether the cost of the rest is counted. */
START_TEST(a_trial_counts_what_is_left)
{
  struct computation c = computation_of(1);
  struct workload w;
  double all_s, rest_s;
  c.job.values[FAKE_SHAPE] = FAKE_RISING;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  struct range chunks = {0, w.chunks};
  struct state begun;
  ck_assert_int_eq(state_begin(&w, &begun), 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, chunks, &all_s), 0);
  ck_assert_double_gt(all_s, 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, (struct range){0, 0}, &rest_s), 0);
  ck_assert_double_eq(rest_s, 0);
  partial_cover(begun.partial, chunks);
  ck_assert_int_eq(trial_run(&w, &c.team, begun.partial, chunks, &rest_s), 0);
  ck_assert_double_eq(rest_s, 0);
  state_release(&begun);
  workload_release(&w);
}
END_TEST

START_TEST(a_job_of_one_unit_cannot_be_tried)
{
  struct computation c = computation_of(2);
  struct workload w;
  double seconds;
  c.job.values[FAKE_UNITS] = 1;
  ck_assert_int_eq(workload_prepare(&c.job, &w), 0);
  ck_assert_int_eq(trial_run(&w, &c.team, NULL, (struct range){0, 1}, &seconds), -ENODATA);
  workload_release(&w);
}
END_TEST

int main(void)
{
  unsigned bad_cpu;
  const char *given = getenv("PIBENCH_TEST_SEED");
  seed = given ? strtoul(given, NULL, 10) : seed;
  printf("# PIBENCH_TEST_SEED=%lu\n", seed);
  if (placement_load(PLACE_CORES, NULL, &placement, &bad_cpu) < 0)
    return suite_skip("hwloc cannot read this machine's topology");
  const int job_count = sizeof jobs / sizeof *jobs;
  Suite *suite = suite_create("state");
  TCase *texts = tcase_create("texts"), *files = tcase_create("files");
  TCase *computations = tcase_create("computations");
  tcase_set_timeout(texts, 60);
  tcase_add_loop_test(texts, a_state_is_read_back_as_it_was_written, 0, job_count);
  tcase_add_test(texts, a_text_cut_anywhere_is_refused);
  tcase_add_test(texts, a_wrong_byte_anywhere_is_refused);
  tcase_add_test(texts, bytes_behind_the_end_are_refused);
  tcase_add_test(texts, what_another_hand_signed_is_refused_by_what_is_wrong);
  tcase_add_test(texts, other_seeds_and_formats_are_refused);
  tcase_add_loop_test(texts, random_signed_texts_do_no_harm, 0, job_count);
  tcase_add_test(texts, a_job_of_large_partials_cannot_be_kept);
  suite_add_tcase(suite, texts);
  tcase_add_checked_fixture(files, enter_directory, leave_directory);
  tcase_add_test(files, a_file_is_replaced_and_read_again);
  tcase_add_test(files, a_file_that_was_never_written_to_goes_again);
  tcase_add_test(files, a_link_stays_a_link);
  tcase_add_test(files, nobody_else_gets_an_open_file_even_after_replacements);
  tcase_add_test(files, what_is_no_file_is_refused);
  tcase_add_test(files, a_full_disk_leaves_the_file_as_it_was);
  suite_add_tcase(suite, files);
  tcase_set_timeout(computations, 60);
  tcase_add_loop_test(computations, what_is_collected_on_the_way_is_what_its_chunks_yield, 0, 2);
  tcase_add_loop_test(computations, only_what_is_not_done_is_computed, 0, 4);
  tcase_add_test(computations, parts_add_up_to_the_whole);
  tcase_add_test(computations, a_failed_run_keeps_what_the_workers_had_done);
  tcase_add_test(computations, undecided_digits_begin_again_with_more_guard_bits);
  tcase_add_test(computations, a_trial_counts_what_is_left);
  tcase_add_test(computations, a_job_of_one_unit_cannot_be_tried);
  suite_add_tcase(suite, computations);
  int failed = suite_run(suite);
  placement_free(placement);
  return failed;
}
