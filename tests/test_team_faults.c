/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_team_faults.c: workers die, hang and refuse, the system gives no more, signals come: the
 * fault is told exactly, and nothing is left behind.
 */

#include <poll.h>
#include <pwd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "interrupt.h"
#include "teams.h"

/* --- Workers that misbehave --- */

static void exit_3(void)
{
  _exit(3);
}

static void exit_0(void)
{
  _exit(0);
}

static void killed(void)
{
  raise(SIGKILL);
}

static void crash(void)
{
  signal(SIGSEGV, SIG_DFL); /* a sanitizer may have taken it */
  raise(SIGSEGV);
}

static void stop(void)
{
  raise(SIGSTOP);
}

static void hang(void)
{
  for (;;)
    pause();
}

static void refuse(void)
{
}

static const struct misdeed {
  void (*act)(void);
  int returned; /* by run() */
  struct fault fault;
  double timeout_s;
  const char *text; /* behind "fake: worker 2 (pid 1, CPU 1) " */
} misdeeds[] = {
    {exit_3, 0, {.kind = FAULT_EXIT, .status = 3}, 60, "left with exit status 3"},
    {exit_0,
     0,
     {.kind = FAULT_EXIT, .status = 0},
     60,
     "left with exit status 0 before its work was"},
    {killed, 0, {.kind = FAULT_SIGNAL, .signal = SIGKILL}, 60, "was killed by SIGKILL"},
    {crash, 0, {.kind = FAULT_SIGNAL, .signal = SIGSEGV}, 60, "was killed by SIGSEGV"},
    {refuse,
     -ENOMEM,
     {.kind = FAULT_KERNEL, .error = -ENOMEM},
     60,
     "could not compute: Cannot allocate memory"},
    {refuse, -ERANGE, {.kind = FAULT_KERNEL, .error = -ERANGE}, 60, "could not compute: Numerical"},
    {stop,
     0,
     {.kind = FAULT_TIMEOUT, .seconds = 1, .stopped = true},
     1,
     "did not finish within 1 s: it is stopped"},
    {hang, 0, {.kind = FAULT_TIMEOUT, .seconds = 1}, 1, "did not finish within 1 s"},
};
static const struct misdeed *misdeed;
static uint64_t guilty_unit;

static int misbehave(const struct fake_plan *plan, struct range units)
{
  (void)plan;
  if (guilty_unit < units.begin || guilty_unit >= units.end)
    return 0;
  diary->guilty = getpid();
  misdeed->act();
  return misdeed->returned;
}

static void assert_fault(const struct team *team, const struct fault *fault, enum way way)
{
  char expected[FAULT_TEXT], text[FAULT_TEXT];
  ck_assert_int_eq(fault->kind, misdeed->fault.kind);
  ck_assert_int_eq(fault->pid, diary->guilty);
  ck_assert_int_eq(fault->signal, misdeed->fault.signal);
  ck_assert_int_eq(fault->status, misdeed->fault.status);
  ck_assert_int_eq(fault->error, misdeed->fault.error);
  ck_assert_double_eq(fault->seconds, misdeed->fault.seconds);
  ck_assert_int_eq(fault->stopped, misdeed->fault.stopped);
  if (is_dynamic(way)) /* whoever came by */
    ck_assert(fault->worker >= 1 && fault->worker <= team->workers);
  else if (is_threads(way) && fault->kind != FAULT_KERNEL) /* the process is all that can be seen */
    ck_assert(fault->worker >= 1 && fault->worker <= team->workers);
  else
    ck_assert_uint_eq(fault->worker, way == SERIAL ? 1 : 2);
  unsigned slot = (fault->worker - 1) % placement->slot_count;
  ck_assert_int_eq(fault->cpu, (int)placement->slots[slot].cpu);
  snprintf(expected, sizeof expected, "fake: worker %u (pid %d, CPU %d) %s", fault->worker,
           diary->guilty, fault->cpu, misdeed->text);
  fault_text(fault, &fake_kernel, text);
  ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0, "%s, not %s", text, expected);
  ck_assert_ptr_null(strchr(text, '\n'));
}

static void assert_misdeed_is_told(enum way way)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, way, 3);
  struct sample sample;
  struct fault fault;
  struct belongings before = belongings_now();
  team.timeout_s = misdeed->timeout_s;
  team.pin = true;
  guilty_unit = w.unit[w.chunks / 2]; /* in the second share of three */
  fake_on_run = misbehave;
  memset(&sample, 0x55, sizeof sample);
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_ptr_eq(sample.memory, (void *)(uintptr_t)UINT64_C(0x5555555555555555));
  assert_fault(&team, &fault, way);
  assert_nothing_left(before);
  team.timeout_s = 60;
  assert_right(&team);
  workload_release(&w);
}

START_TEST(a_misdeed_in_a_serial_run_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(SERIAL);
}
END_TEST

START_TEST(a_misdeed_in_a_static_team_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(STATIC);
}
END_TEST

START_TEST(a_misdeed_in_a_dynamic_team_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(DYNAMIC);
}
END_TEST

START_TEST(a_misdeed_in_a_team_of_threads_is_told_and_nothing_is_left)
{
  misdeed = &misdeeds[_i];
  assert_misdeed_is_told(THREADS_STATIC);
}
END_TEST

/* In place of the C library's: a kernel that may have no pidfds. */
static int pidfd_error;

int pidfd_open(pid_t pid, unsigned flags)
{
  errno = pidfd_error;
  return pidfd_error ? -1 : (int)syscall(SYS_pidfd_open, pid, flags);
}

START_TEST(without_pidfds_a_misdeed_is_told_and_nothing_is_left)
{
  static const enum way ways[] = {SERIAL, STATIC, DYNAMIC, THREADS_STATIC};
  misdeed = &misdeeds[_i / LENGTH(ways)];
  pidfd_error = _i % 2 ? ENOSYS : EPERM;
  assert_misdeed_is_told(ways[_i % LENGTH(ways)]);
}
END_TEST

static int finish_error;

static int finish_with_error(const struct fake_plan *plan, uint64_t *sum)
{
  (void)plan, (void)sum;
  diary->guilty = getpid();
  return finish_error;
}

START_TEST(the_wish_for_more_guard_bits_is_passed_on_and_is_no_fault)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    struct sample sample;
    struct fault fault;
    struct belongings before = belongings_now();
    fake_on_finish = finish_with_error;
    finish_error = -EAGAIN;
    ck_assert_int_eq(team_run(&team, &sample, &fault), -EAGAIN);
    assert_nothing_left(before);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

START_TEST(an_error_while_finishing_is_the_fault_of_who_finished)
{
  struct workload w = prepared(UNITS);
  for (enum way way = SERIAL; way < WAYS; way++) {
    struct team team = team_of(&w, way, 3);
    struct sample sample;
    struct fault fault;
    struct belongings before = belongings_now();
    fake_on_finish = finish_with_error;
    finish_error = -EDOM;
    ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
    ck_assert_int_eq(fault.kind, FAULT_KERNEL);
    ck_assert_int_eq(fault.error, -EDOM);
    ck_assert_int_eq(fault.pid, diary->guilty);
    assert_nothing_left(before);
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

static void note_progress(double fraction, void *data)
{
  unsigned *calls = data;
  ck_assert(fraction >= 0 && fraction <= 1);
  ++*calls;
}

START_TEST(progress_of_a_dynamic_team_is_reported_and_the_timeout_holds_nevertheless)
{
  static const struct misdeed hanging = {.act = hang};
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, DYNAMIC, 2);
  struct sample sample;
  struct fault fault;
  unsigned calls = 0;
  misdeed = &hanging;
  guilty_unit = UNITS / 2;
  fake_on_run = misbehave;
  team.timeout_s = 1.2;
  team.progress = note_progress;
  team.progress_data = &calls;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_TIMEOUT);
  ck_assert_uint_ge(calls, 1);
  workload_release(&w);
}
END_TEST

START_TEST(a_timeout_of_ages_does_not_strike_at_once)
{
  static const double ages[] = {1e9, 1e12, 1e30, 1e300};
  struct workload w = prepared(UNITS);
  for (size_t i = 0; i < LENGTH(ages); i++) {
    struct team team = team_of(&w, STATIC, 2);
    team.timeout_s = ages[i];
    assert_right(&team);
  }
  workload_release(&w);
}
END_TEST

/* --- When the system gives no more --- */

static size_t far_too_much(const void *plan)
{
  (void)plan;
  return (size_t)1 << 60;
}

START_TEST(no_memory_is_told_and_nothing_is_left)
{
  struct kernel greedy = fake_kernel;
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  greedy.answer_bytes = far_too_much;
  w.job.kernel = &greedy;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -ENOMEM);
  ck_assert_str_eq(
      fault_text(&fault, &greedy, text),
      "fake: a worker could not be started: Cannot allocate memory; ask for less or for "
      "fewer workers");
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

/* Files that may be open: one more than are. */
static struct rlimit one_more_file(void)
{
  struct rlimit limit;
  int next = dup(STDERR_FILENO);
  close(next);
  getrlimit(RLIMIT_NOFILE, &limit);
  return (struct rlimit){(rlim_t)next + 1, limit.rlim_max};
}

START_TEST(a_soft_limit_of_open_files_does_not_limit_the_workers)
{
  struct workload w = prepared(UNITS);
  struct rlimit one_more = one_more_file();
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &one_more), 0);
  struct team team = team_of(&w, STATIC, 7);
  assert_right(&team);
  workload_release(&w);
}
END_TEST

START_TEST(no_file_descriptor_is_told_and_nothing_is_left)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  struct rlimit one_more = one_more_file();
  one_more.rlim_max = one_more.rlim_cur;
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &one_more), 0);
  int r = team_run(&team, &sample, &fault);
  ck_assert_int_eq(r, -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -EMFILE);
  ck_assert_uint_eq(fault.worker, 2);
  ck_assert_ptr_nonnull(
      strstr(fault_text(&fault, &fake_kernel, text),
             "could not be started: Too many open files; raise the limit of open files"));
  assert_nothing_left(before);
  team.workers = 1;
  assert_right(&team);
  workload_release(&w);
}
END_TEST

START_TEST(no_process_is_told_and_nothing_is_left)
{
  const struct passwd *nobody = getpwnam("nobody");
  if (getuid() == 0 && (!nobody || setuid(nobody->pw_uid) < 0)) {
    fputs("test_team: root may fork without limit: that is not tested\n", stderr);
    return;
  }
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  struct rlimit limit;
  getrlimit(RLIMIT_NPROC, &limit);
  ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &(struct rlimit){0, limit.rlim_max}), 0);
  int r = team_run(&team, &sample, &fault);
  setrlimit(RLIMIT_NPROC, &limit);
  ck_assert_int_eq(r, -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_int_eq(fault.error, -EAGAIN);
  ck_assert_ptr_nonnull(
      strstr(fault_text(&fault, &fake_kernel, text), "; raise the limit of processes"));
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

/* Address space for some stacks, but not for all. */
START_TEST(no_thread_is_told_of_the_worker_that_lacks_it)
{
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, THREADS_STATIC, 64);
  struct sample sample;
  struct fault fault;
  char text[FAULT_TEXT];
  struct belongings before = belongings_now();
  unsigned long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "re");
  ck_assert(statm && fscanf(statm, "%lu", &pages) == 1);
  fclose(statm);
  if (pages > 1UL << 28) {
    fputs("test_team: a sanitizer takes all address space: that is not tested\n", stderr);
    workload_release(&w);
    return;
  }
  rlim_t room = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 20);
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){room, limit.rlim_max}), 0);
  int r = team_run(&team, &sample, &fault);
  ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
  ck_assert_int_eq(r, -ECHILD);
  ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
  ck_assert_uint_gt(fault.worker, 1);
  ck_assert_ptr_nonnull(strstr(fault_text(&fault, &fake_kernel, text), "could not be started"));
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

/* --- Signals --- */

static void nap(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Describes itself and hangs. */
static int describe_and_hang(const struct fake_plan *plan, struct range units)
{
  int r = describe_myself(plan, units);
  if (r < 0)
    return r;
  diary->runs++;
  hang();
  return 0;
}

/* A process that sends us the signal once so many workers hang. */
static pid_t signal_later(int signal, unsigned workers)
{
  pid_t parent = getpid(), helper = fork();
  if (helper == 0) {
    while (diary->runs < workers)
      nap();
    kill(parent, signal);
    _exit(0);
  }
  return helper;
}

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

START_TEST(a_signal_during_a_sample_ends_it_and_nothing_is_left)
{
  int sent = signals[_i];
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 3);
  struct sample sample;
  struct fault fault;
  struct belongings before = belongings_now();
  signal(sent, SIG_DFL); /* even if we were started with nohup */
  interrupt_catch();
  ck_assert_int_eq(interrupt_signal(), 0);
  fake_on_run = describe_and_hang;
  pid_t helper = signal_later(sent, 3);
  ck_assert_int_eq(team_run(&team, &sample, &fault), -EINTR);
  ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
  ck_assert_int_eq(interrupt_signal(), sent);
  for (unsigned e = 0; e < 3; e++) {
    ck_assert(diary->entry[e].takes_terminate);
    ck_assert(sent != SIGINT || diary->entry[e].ignores_interrupt);
  }
  assert_nothing_left(before);
  fake_on_run = NULL;
  ck_assert_int_eq(team_run(&team, &sample, &fault), -EINTR); /* it stays so */
  assert_nothing_left(before);
  workload_release(&w);
}
END_TEST

START_TEST(a_raised_signal_looks_as_if_it_had_never_been_caught)
{
  int status, sent = signals[_i];
  pid_t child = fork();
  if (child == 0) {
    signal(sent, SIG_DFL);
    interrupt_catch();
    interrupt_raise(); /* none came: returns */
    raise(sent);
    if (interrupt_signal() != sent)
      _exit(1);
    interrupt_raise();
    _exit(2);
  }
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert(WIFSIGNALED(status));
  ck_assert_int_eq(WTERMSIG(status), sent);
}
END_TEST

START_TEST(a_signal_ignored_from_the_start_stays_ignored)
{
  signal(SIGHUP, SIG_IGN);
  interrupt_catch();
  raise(SIGHUP);
  ck_assert_int_eq(interrupt_signal(), 0);
  struct workload w = prepared(UNITS);
  struct team team = team_of(&w, STATIC, 2);
  assert_right(&team);
  workload_release(&w);
}
END_TEST

START_TEST(when_the_parent_is_killed_the_workers_die)
{
  struct workload w = prepared(UNITS);
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the orphans become ours */
  fake_on_run = describe_and_hang;
  pid_t parent = fork();
  if (parent == 0) {
    struct team team = team_of(&w, STATIC, 3);
    struct sample sample;
    struct fault fault;
    team_run(&team, &sample, &fault);
    _exit(0);
  }
  while (diary->runs < 3)
    nap();
  kill(parent, SIGKILL);
  ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
  for (unsigned e = 0; e < 3; e++) {
    int status; /* ends by the test's timeout if a worker lives on */
    ck_assert_int_eq(waitpid(diary->entry[e].pid, &status, 0), diary->entry[e].pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
  }
  workload_release(&w);
}
END_TEST

int main(void)
{
  const TTest *const tests[] = {
      the_wish_for_more_guard_bits_is_passed_on_and_is_no_fault,
      an_error_while_finishing_is_the_fault_of_who_finished,
      progress_of_a_dynamic_team_is_reported_and_the_timeout_holds_nevertheless,
      a_timeout_of_ages_does_not_strike_at_once,
      no_memory_is_told_and_nothing_is_left,
      no_file_descriptor_is_told_and_nothing_is_left,
      no_process_is_told_and_nothing_is_left,
      no_thread_is_told_of_the_worker_that_lacks_it,
      a_soft_limit_of_open_files_does_not_limit_the_workers,
      a_signal_ignored_from_the_start_stays_ignored,
      when_the_parent_is_killed_the_workers_die,
  };
  const int count = LENGTH(misdeeds), signal_count = LENGTH(signals);
  Suite *suite = suite_create("team_faults");
  TCase *tcase = suite_case(suite, "faults", tests, LENGTH(tests));
  tcase_add_loop_test(tcase, a_misdeed_in_a_serial_run_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_static_team_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_dynamic_team_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, a_misdeed_in_a_team_of_threads_is_told_and_nothing_is_left, 0, count);
  tcase_add_loop_test(tcase, without_pidfds_a_misdeed_is_told_and_nothing_is_left, 0, 4 * count);
  tcase_add_loop_test(tcase, a_signal_during_a_sample_ends_it_and_nothing_is_left, 0, signal_count);
  tcase_add_loop_test(tcase, a_raised_signal_looks_as_if_it_had_never_been_caught, 0, signal_count);
  tcase_add_checked_fixture(tcase, open_diary, NULL);
  tcase_set_timeout(tcase, 60);
  return suite_run_here(suite);
}
