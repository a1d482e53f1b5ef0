/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subprocess.c: runs a program to its end. */

#include "subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"

/* What the child tells over its own pipe: when it called exec, or why that failed. */
struct birth {
  uint64_t begin_ns;
  int error;
};

enum { OUT, ERR, BIRTH, PIPES };

struct run {
  const struct subprocess *program;
  struct subprocess_result *result;
  int read_end[PIPES], write_end[PIPES];
  pid_t pid;
  int pidfd;
  size_t capacity, line;
  uint64_t deadline_ns;
};

static void close_fd(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* --- The child --- */

static void report_birth(const struct run *run, int error)
{
  struct birth birth = {.begin_ns = clock_now_ns(), .error = error};
  if (write(run->write_end[BIRTH], &birth, sizeof birth) != sizeof birth)
    _exit(127);
}

_Noreturn static void child(const struct run *run, pid_t parent)
{
  const struct subprocess *program = run->program;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  setpgid(0, 0);
  interrupt_release_child();
  signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  int null = open("/dev/null", O_RDWR);
  int error = null < 0 ? errno : 0;
  if (!error
      && (dup2(null, 0) < 0 || dup2(program->keep_output ? run->write_end[OUT] : null, 1) < 0
          || dup2(run->write_end[ERR], 2) < 0))
    error = errno;
  if (!error && program->cpus && sched_setaffinity(0, sizeof *program->cpus, program->cpus) < 0)
    error = errno;
  for (const char *const *pair = program->environment; !error && pair && *pair; pair++)
    if (putenv((char *)*pair) != 0)
      error = errno;
  if (!error) {
    report_birth(run, 0);
    execvp(program->arguments[0], (char *const *)program->arguments);
    error = errno;
  }
  report_birth(run, error);
  _exit(127);
}

/* --- What it writes --- */

static int keep_output(struct run *run, const char *bytes, size_t n)
{
  struct subprocess_result *result = run->result;
  if (!run->program->keep_output)
    return 0;
  if (result->length + n > SUBPROCESS_OUTPUT_MOST)
    return -E2BIG;
  if (result->length + n + 1 > run->capacity) {
    size_t capacity = 2 * run->capacity + n + 65536;
    char *larger = realloc(result->output, capacity);
    if (!larger)
      return -ENOMEM;
    result->output = larger;
    run->capacity = capacity;
  }
  memcpy(result->output + result->length, bytes, n);
  result->length += n;
  result->output[result->length] = '\0';
  return 0;
}

/* Of stderr only the last line that is not empty is kept. */
static void keep_line(struct run *run, const char *bytes, size_t n)
{
  char *line = run->result->last_line;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c == '\n') {
      run->line = 0;
      continue;
    }
    if (run->line == 0)
      line[0] = '\0';
    if (run->line + 1 < SUBPROCESS_LINE) {
      line[run->line++] = c < ' ' || c == 0x7f ? ' ' : (char)c;
      line[run->line] = '\0';
    }
  }
}

/* Reads once from a pipe that is ready; closes it at its end. */
static int drain(struct run *run, int pipe_index)
{
  static char bytes[65536];
  ssize_t n = read(run->read_end[pipe_index], bytes, sizeof bytes);
  if (n < 0)
    return errno == EINTR || errno == EAGAIN ? 0 : -errno;
  if (n == 0)
    close_fd(&run->read_end[pipe_index]);
  else if (pipe_index == OUT)
    return keep_output(run, bytes, (size_t)n);
  else
    keep_line(run, bytes, (size_t)n);
  return 0;
}

/* --- The parent --- */

static void kill_group(const struct run *run)
{
  kill(-run->pid, SIGTERM);
  for (int i = 0; i < 50; i++) { /* a pibench ends its workers and writes down what it has */
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
      break;
    poll(NULL, 0, 20);
  }
  kill(-run->pid, SIGKILL);
}

static void note_end(struct run *run)
{
  int status;
  while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
    ;
  run->result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run->result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static long long time_left_ns(const struct run *run)
{
  if (run->deadline_ns == 0)
    return -1;
  uint64_t now = clock_now_ns();
  return now < run->deadline_ns ? (long long)(run->deadline_ns - now) : 0;
}

/* Until it has ended; its pipes are emptied meanwhile.  Stores when. */
static int watch(struct run *run, uint64_t *ret_end_ns)
{
  for (;;) {
    struct pollfd fds[3] = {{.fd = run->pidfd, .events = POLLIN},
                            {.fd = run->read_end[OUT], .events = POLLIN},
                            {.fd = run->read_end[ERR], .events = POLLIN}};
    int ready = interrupt_wait(fds, 3, time_left_ns(run));
    uint64_t now = clock_now_ns();
    if (interrupt_signal())
      return -EINTR;
    if (ready == 0) {
      run->result->timed_out = true;
      kill_group(run);
      run->deadline_ns = 0;
      continue;
    }
    for (int i = OUT; ready > 0 && i <= ERR; i++)
      if (fds[1 + i].revents) {
        int r = drain(run, i);
        if (r < 0)
          return r;
      }
    if (ready > 0 && fds[0].revents) {
      *ret_end_ns = now;
      return 0;
    }
  }
}

/* What is still in the pipes; a process that outlived the program may hold them open. */
static int drain_rest(struct run *run)
{
  for (int i = OUT; i <= ERR; i++)
    while (run->read_end[i] >= 0) {
      struct pollfd fd = {.fd = run->read_end[i], .events = POLLIN};
      if (poll(&fd, 1, 0) <= 0)
        break;
      int r = drain(run, i);
      if (r < 0)
        return r;
    }
  return 0;
}

static int follow(struct run *run)
{
  struct birth birth[2] = {{0}};
  uint64_t end_ns = 0;
  int r = watch(run, &end_ns);
  if (r < 0)
    kill_group(run);
  note_end(run);
  if (r == 0)
    r = drain_rest(run);
  if (r < 0)
    return r;
  ssize_t n = read(run->read_end[BIRTH], birth, sizeof birth);
  if (n < (ssize_t)sizeof birth[0])
    return -ECHILD;
  const struct birth *last = &birth[n == (ssize_t)sizeof birth];
  run->result->wall_s = (double)(end_ns - birth[0].begin_ns) * 1e-9;
  return -last->error;
}

static int start(struct run *run)
{
  for (int i = 0; i < PIPES; i++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
      return -errno;
    run->read_end[i] = ends[0];
    run->write_end[i] = ends[1];
  }
  if (run->program->timeout_s > 0)
    run->deadline_ns = clock_now_ns() + (uint64_t)(run->program->timeout_s * 1e9);
  pid_t parent = getpid();
  run->pid = fork();
  if (run->pid < 0)
    return -errno;
  if (run->pid == 0)
    child(run, parent);
  setpgid(run->pid, run->pid); /* both of us, so that whoever is later finds it done */
  for (int i = 0; i < PIPES; i++)
    close_fd(&run->write_end[i]);
  run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
  if (run->pidfd < 0) {
    int error = errno;
    kill(run->pid, SIGKILL);
    note_end(run);
    return -error;
  }
  return 0;
}

int subprocess_run(const struct subprocess *program, struct subprocess_result *ret_result)
{
  struct subprocess_result result = {.status = -1};
  struct run run = {.program = program, .result = &result, .pidfd = -1};
  for (int i = 0; i < PIPES; i++)
    run.read_end[i] = run.write_end[i] = -1;
  int r = start(&run);
  if (r == 0)
    r = follow(&run);
  for (int i = 0; i < PIPES; i++) {
    close_fd(&run.read_end[i]);
    close_fd(&run.write_end[i]);
  }
  close_fd(&run.pidfd);
  if (r < 0)
    subprocess_result_release(&result);
  else
    *ret_result = result;
  return r;
}

double subprocess_spin(double seconds)
{
  uint64_t begin_ns = clock_now_ns(), now_ns = begin_ns;
  while ((double)(now_ns - begin_ns) * 1e-9 < seconds)
    now_ns = clock_now_ns();
  return (double)(now_ns - begin_ns) * 1e-9;
}

void subprocess_result_release(struct subprocess_result *result)
{
  free(result->output);
  *result = (struct subprocess_result){0};
}
