# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while running: a clear end, the right exit code, and nothing left behind.

After every test: no process of the run's session, nothing new in /dev/shm, no temporary file.
"""
import json
import os
import re
import resource
import signal
import stat
import subprocess
import threading
import time

from cli import (PATIENCE_S, Process, Run, Skip, check_result, kill_session, main, processes, read_result, same,
                 session_of, test, wait_until, workers_of)

LONG = "mc:points=1e12"  # minutes: nobody waits for its end
SHORT = ("run", "mc:points=1e5", "-w", "1,2", "--rounds", "2")


def shared_memory():
    try:
        return set(os.listdir("/dev/shm"))
    except OSError:
        return set()


def faulty(name):
    """A test after which nothing may be left."""
    def add(function):
        @test(name)
        def _(place):
            before = shared_memory()
            started = []
            start = place.start

            def noting(*arguments, **options):
                started.append(start(*arguments, **options))
                return started[-1]
            place.start = noting
            try:
                function(place)
                for process in started:
                    wait_until(lambda: process.poll() is not None, "the end of the run")
                    wait_until(lambda: not session_of(process), "the end of its workers", 10)
            finally:
                for process in started:
                    if process.poll() is None or session_of(process):
                        kill_session(process)
            wait_until(lambda: not shared_memory() - before, "an empty /dev/shm", 10)
            for file in place.files():
                assert not re.search(r"\.[A-Za-z0-9]{6}$", file), f"temporary file: {file}"
    return add


def ended(process):
    out, err = process.communicate(timeout=PATIENCE_S)
    return Run(process.args, process.returncode, out, err)


def start_pair(place, *more, **options):
    """A run whose first sample is by two workers, which last; returns it and the two."""
    for seed in range(1, 20):  # the seed shuffles the rows
        process = place.start("run", LONG, "-w", "2", "-q", "--seed", str(seed), *more,
                              **options)
        wait_until(lambda: workers_of(process.pid), "a worker")
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            workers = workers_of(process.pid)
            if len(workers) == 2:
                return process, workers
            time.sleep(0.01)
        kill_session(process)
    raise AssertionError("no seed begins with the parallel row")


def some_rounds(process, pids=24):
    """Waits until so many worker processes have come and gone."""
    seen = set()

    def enough():
        seen.update(p.pid for p in processes() if p.parent == process.pid)
        return len(seen) >= pids
    wait_until(enough, "some rounds")


def one_line(run, code):
    run.expect(run.code == code, f"exit {code}")
    run.expect(run.err.startswith("pibench: ") and run.err.count("\n") == 1, "one line on stderr")


@faulty("a worker killed with SIGKILL: exit 1; kernel, worker, pid, CPU and signal are named")
def _(place):
    for victim in (1, 2):
        process, workers = start_pair(place, "-o", "r.json")
        same([workers[n].name for n in (1, 2)], ["1/mc", "2/mc"], "names")
        time.sleep(0.2)  # now they compute
        cpus = os.sched_getaffinity(workers[victim].pid)
        os.kill(workers[victim].pid, signal.SIGKILL)
        run = ended(process)
        one_line(run, 1)
        told = re.match(r"pibench: mc: worker (\d+) \(pid (\d+), CPU (\d+)\) was killed by SIGKILL",
                        run.err)
        run.expect(told, "who was killed")
        same((int(told[1]), int(told[2])), (victim, workers[victim].pid), "worker and pid")
        run.expect(int(told[3]) in cpus, "CPU")
    same(place.files(), [], "no file: nothing was measured")


@faulty("a worker that crashes: its signal is named")
def _(place):
    process, workers = start_pair(place)
    os.kill(workers[1].pid, signal.SIGSEGV)
    run = ended(process)
    one_line(run, 1)
    run.expect("mc: worker 1 " in run.err and "SIGSEGV" in run.err, "worker and signal")


@faulty("a worker that is stopped: with --timeout exit 1, and it says that it is stopped")
def _(place):
    process, workers = start_pair(place, "--timeout", "2")
    os.kill(workers[2].pid, signal.SIGSTOP)
    run = ended(process)
    one_line(run, 1)
    run.expect(re.match(rf"pibench: mc: worker 2 \(pid {workers[2].pid}, CPU \d+\) did not finish "
                        r"within 2 s: it is stopped", run.err), "who is stopped")


@faulty("workers that take too long: with --timeout exit 1, for run and pi")
def _(place):
    for arguments in (("run", LONG, "-w", "1", "-q"), ("pi", "--points", "1e12")):
        run = ended(place.start(*arguments, "--timeout", "1"))
        one_line(run, 1)
        run.expect("did not finish within 1 s" in run.err and "--timeout" in run.err, "why")
        run.expect("stopped" not in run.err, "not stopped")


@faulty("a worker killed while pi computes: exit 1, nothing on stdout, no file")
def _(place):
    process = place.start("pi", "--points", "1e12", "-o", "f")
    os.kill(wait_until(lambda: workers_of(process.pid), "a worker")[1].pid, signal.SIGKILL)
    run = ended(process)
    one_line(run, 1)
    run.expect(run.out == "", "nothing on stdout")
    same(place.files(), [], "files")


for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    number = getattr(signal, name)

    @faulty(f"{name} to the program alone: it dies of {name}, having said so in one line")
    def _(place, number=number):
        process, _ = start_pair(place)
        os.kill(process.pid, number)
        run = ended(process)
        one_line(run, -number)
        run.expect("interrupted" in run.err, "why")

    @faulty(f"{name} to the whole process group, as from a terminal: the same")
    def _(place, number=number):
        process, _ = start_pair(place)
        os.killpg(process.pid, number)
        run = ended(process)
        one_line(run, -number)
        run.expect("interrupted" in run.err, "why")


@faulty("SIGINT ends pi and verify, too")
def _(place):
    for arguments in (("pi", "--hex-at", "1e12"), ("verify",)):
        process = place.start(*arguments)
        wait_until(lambda: workers_of(process.pid), "a worker")
        os.killpg(process.pid, signal.SIGINT)
        run = ended(process)
        one_line(run, -signal.SIGINT)


@faulty("nohup is respected: SIGHUP does not end what was started with SIGHUP ignored")
def _(place):
    process, workers = start_pair(
        place, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    os.killpg(process.pid, signal.SIGHUP)
    time.sleep(0.5)
    same(process.poll(), None, "it goes on")
    same(sorted(workers_of(process.pid)), [1, 2], "its workers as well")
    os.killpg(process.pid, signal.SIGTERM)
    one_line(ended(process), -signal.SIGTERM)


def incomplete(place, path="r.json"):
    result = read_result(place.path(path))
    same(result["complete"], False, "complete")
    (benchmark,) = result["benchmarks"]
    assert benchmark["rounds"] >= 1
    for row in benchmark["runs"]:
        assert benchmark["rounds"] <= len(row["samples_s"]) <= benchmark["rounds"] + 1
        same(row["stop_reason"], None, "stop reason")
    return result


@faulty("Ctrl-C after some rounds: they are kept in a valid result, marked incomplete, and shown")
def _(place):
    process = place.start("run", "mc:points=1e7", "--rounds", "10000", "-w", "1,2", "-o", "r.json")
    some_rounds(process)
    os.killpg(process.pid, signal.SIGINT)
    run = ended(process)
    run.expect(run.code == -signal.SIGINT, "death by SIGINT")
    same(incomplete(place)["error"], "mc: interrupted", "error")
    run.expect("Stopped early" in run.out, "a table, and that it is not all")
    same(place.files(), ["r.json"], "files")


@faulty("Ctrl-C with -o -: the incomplete result is one valid JSON object on stdout")
def _(place):
    process = place.start("run", "mc:points=1e7", "--rounds", "10000", "-w", "1,2", "-o", "-")
    some_rounds(process)
    os.killpg(process.pid, signal.SIGINT)
    run = ended(process)
    run.expect(run.code == -signal.SIGINT, "death by SIGINT")
    same(check_result(run.json())["complete"], False, "complete")


@faulty("a worker killed after some rounds: exit 1, the rounds before are kept, and the reason")
def _(place):
    process = place.start("run", "mc:points=2e8", "--rounds", "10000", "-w", "1,2", "-o", "r.json")
    some_rounds(process, 7)
    for _ in range(100):
        workers = workers_of(process.pid)
        try:
            os.kill(min(workers.values(), key=lambda w: w.pid).pid, signal.SIGKILL)
            process.wait(0.2)
            break
        except (ValueError, ProcessLookupError, subprocess.TimeoutExpired):
            pass  # between two samples
    run = ended(process)
    run.expect(run.code == 1, "exit 1")
    error = incomplete(place)["error"]
    run.expect(f"pibench: {error}\n" in run.err, "the error on stderr")
    run.expect(re.match(r"mc: worker \d+ \(pid \d+, CPU \d+\) was killed by SIGKILL", error), "error")


@faulty("an old result survives a run that fails before anything was measured")
def _(place):
    with open(place.path("r.json"), "w", encoding="utf-8") as file:
        file.write("old")
    process, workers = start_pair(place, "-o", "r.json")
    os.kill(workers[1].pid, signal.SIGKILL)
    ended(process)
    with open(place.path("r.json"), encoding="utf-8") as file:
        same(file.read(), "old", "file")


@faulty("the program itself killed with SIGKILL: its workers go with it")
def _(place):
    process, workers = start_pair(place)
    os.kill(process.pid, signal.SIGKILL)
    ended(process)
    wait_until(lambda: not session_of(process), "the end of the workers", 10)


@faulty("stdout /dev/full: exit 1 and a message, for every command")
def _(place):
    for arguments in (SHORT, (*SHORT, "-o", "-"), (*SHORT, "--format", "json"), ("list",),
                      ("topology",), ("pi", "--points", "10"), ("pi", "--hex-at", "1", "--json"),
                      ("--help",), ("--version",), ("run", "--help"), ("verify", "mc")):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = place.run(*arguments, stdout=full)
        run.expect(run.code == 1, "exit 1")
        run.expect("pibench: cannot write to standard output: No space left on device\n" in run.err,
                   "a message")


@faulty("a file above the limit of its size: exit 1 and a message, and nothing is left of it")
def _(place):
    run = place.run(*SHORT, "-o", "r.json", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)))
    run.expect(run.code == 1 and "r.json': File too large\n" in run.err, "exit 1 and a message")
    same(place.files(), [], "files")


def device(place, name, minor):
    """/dev/NAME; for root, whom nothing would keep from replacing it, a node like it in place."""
    if os.geteuid() != 0:
        return f"/dev/{name}"
    try:
        os.mknod(place.path(name), stat.S_IFCHR | 0o666, os.makedev(1, minor))
        with open(place.path(name), "wb"):
            return place.path(name)
    except OSError as error:
        raise Skip(f"no device can be made in {place.directory}: {error.strerror}") from None


@faulty("-o /dev/full: exit 1 and a message; /dev/full is still a device")
def _(place):
    full = device(place, "full", 7)
    before, beside = os.stat(full), os.listdir(os.path.dirname(full))
    for arguments in (SHORT, ("pi", "--points", "10")):
        run = place.run(*arguments, "-o", full)
        run.expect(run.code == 1, "exit 1")
        run.expect(f"cannot write '{full}': No space left on device" in run.err, "a message")
    after = os.stat(full)
    assert stat.S_ISCHR(after.st_mode)
    same((after.st_ino, after.st_rdev, after.st_mode), (before.st_ino, before.st_rdev,
                                                       before.st_mode), "the device")
    same([name for name in os.listdir(os.path.dirname(full))
          if name.startswith("full.") and name not in beside], [], "files beside it")


@faulty("-o /dev/null works, and it is still a device")
def _(place):
    null = device(place, "null", 3)
    for arguments in (SHORT, ("pi", "--points", "10")):
        place.run(*arguments, "-o", null).fine()
        assert stat.S_ISCHR(os.stat(null).st_mode)


@faulty("stdout a closed pipe: exit 1 and a message, and the result file is written all the same")
def _(place):
    reader, writer = os.pipe()
    os.close(reader)
    process = place.start(*SHORT, "-o", "r.json", stdout=writer)
    os.close(writer)
    run = ended(process)
    run.expect(run.code == 1, "exit 1")
    run.expect("pibench: cannot write to standard output: Broken pipe\n" in run.err, "a message")
    same(read_result(place.path("r.json"))["complete"], True, "complete")


@faulty("-o FIFO with a reader: the reader gets the result, the FIFO stays one")
def _(place):
    os.mkfifo(place.path("fifo"))
    got = []

    def read():
        with open(place.path("fifo"), encoding="utf-8") as fifo:
            got.append(fifo.read())
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    place.run(*SHORT, "-o", "fifo").fine()
    reader.join(PATIENCE_S)
    check_result(json.loads(got[0]))
    assert stat.S_ISFIFO(os.stat(place.path("fifo")).st_mode)


@faulty("-o FIFO without a reader: Ctrl-C ends the wait")
def _(place):
    os.mkfifo(place.path("fifo"))
    process = place.start(*SHORT, "-o", "fifo")
    idle = []

    def waits():
        idle.append(Process(process.pid).state == "S" and not workers_of(process.pid))
        return len(idle) > 50 and all(idle[-50:])
    wait_until(waits, "the wait for a reader")
    os.killpg(process.pid, signal.SIGINT)
    run = ended(process)
    run.expect(run.code == -signal.SIGINT, "death by SIGINT")


@faulty("a stdin that is closed, and stderr as well, disturb nothing")
def _(place):
    run = place.run(*SHORT, "-o", "r.json", preexec_fn=lambda: (os.close(0), os.close(2)))
    run.fine()
    same(read_result(place.path("r.json"))["complete"], True, "complete")


@faulty("several runs into one directory at once: each has its own whole file")
def _(place):
    os.mkdir(place.path("d"))
    several = [place.start(*SHORT, "-q", "-o", "d") for _ in range(4)]
    for process in several:
        ended(process).fine()
    names = os.listdir(place.path("d"))
    same(len(names), 4, "files")
    for name in names:
        read_result(place.path("d", name))


main()
