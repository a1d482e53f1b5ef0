# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranks of one machine: the answers of processes, their own CPUs, and what happens when one fails.

The launcher is PIBENCH_MPIRUN; it has to be that of the MPI which the program was built with.
PIBENCH_SLOW=1 adds more jobs and numbers of ranks, and what has to wait for seconds.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli import (PATIENCE_S, Run, Skip, main, processes, read_result, same, test,  # noqa: E402
                 wait_until)

MPIRUN = os.environ.get("PIBENCH_MPIRUN")
if not MPIRUN:
    print("1..0 # SKIP no launcher: PIBENCH_MPIRUN names none")
    sys.exit(0)
# Open MPI wants to be told that root may, and that there may be more ranks than cores.
OPEN_MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none"}
# Where nothing is left to write after a failure: Open MPI's launcher need not wait for it.
AT_ONCE = {**OPEN_MPI, "OMPI_MCA_odls_base_sigkill_timeout": "0"}
SLOW = bool(os.environ.get("PIBENCH_SLOW"))
NODE = os.uname().nodename
CPUS = len(os.sched_getaffinity(0))


def launch(ranks):
    return {"prefix": (MPIRUN, "-n", str(ranks)), "environment": OPEN_MPI}


def ranks(place, count, *arguments):
    return place.run(*arguments, **launch(count))


def refused(place, count, *arguments):
    return place.run(*arguments, **{**launch(count), "environment": AT_ONCE})


def ranks_of(place):
    """Process numbers of the ranks that work for this test, by rank."""
    found = {}
    for process in processes():
        try:
            with open(f"/proc/{process.pid}/cmdline", encoding="utf-8") as file:
                command = file.read()
            with open(f"/proc/{process.pid}/environ", encoding="utf-8") as file:
                variables = dict(v.split("=", 1) for v in file.read().split("\0") if "=" in v)
        except (OSError, ValueError):
            continue
        rank = variables.get("OMPI_COMM_WORLD_RANK", variables.get("PMI_RANK"))
        if place.directory in command and rank and process.state != "Z":
            found[int(rank)] = process.pid
    return found


def computing(place, rank):
    """Its process number, once it computes: its worker is a thread called 2/mc."""
    def named():
        threads = f"/proc/{ranks_of(place)[rank]}/task"
        for thread in os.listdir(threads):
            with open(f"{threads}/{thread}/comm", encoding="ascii") as file:
                if "/mc" in file.read():
                    return True
        return False
    wait_until(lambda: len(ranks_of(place)) > rank and named(), f"rank {rank} that computes")
    return ranks_of(place)[rank]


def nothing_left(place):
    wait_until(lambda: not ranks_of(place), "ranks that end", 10)


def processes_of(place, jobs):
    """The runs of processes by their number, for every job."""
    place.run("run", *jobs, "-w", "1,2,4", "--schedule", "static", "--rounds", "1", "-q", "-o",
              "local.json").fine()
    return [{run["workers"]: run for run in b["runs"]}
            for b in read_result(place.path("local.json"))["benchmarks"]]


@test("any number of ranks gives the answers and counts of processes")
def _(place):
    jobs = ("mc:points=3e7", "mc:points=3e7,method=plain", "bbp-hex:position=23456",
            "hex-primes:position=1e6", "bbp-series:digits=5000", "chudnovsky:digits=8000")
    if SLOW:
        jobs += ("mc:points=3e8", "bbp-series:digits=20000", "chudnovsky:digits=30000", "algorithms")
    wanted = processes_of(place, jobs)
    for count in (1, 2, 4) if SLOW else (4,):
        for schedule in ("static", "dynamic"):
            run = ranks(place, count, "run", *jobs, "--rounds", "1", "--pin", "off", "--backend",
                        "mpi", "--schedule", schedule, "-q", "-o", "ranks.json").fine()
            run.expect("wrong" not in run.err, "right answers")
            result = read_result(place.path("ranks.json"))
            same(len(result["benchmarks"]), len(wanted), "benchmarks")
            for benchmark, local in zip(result["benchmarks"], wanted):
                rows = [row for row in benchmark["runs"] if row["mode"] == "parallel"]
                same([row["workers"] for row in rows], [w for w in (1, 2, 4) if w <= count], "rows")
                for row in rows:
                    same(row["backend"], "mpi", "backend")
                    of_processes = local[row["workers"]]
                    same(row["answers"], of_processes["answers"], benchmark["name"])
                    same(row["counters"], of_processes["counters"], benchmark["name"])
                    if schedule == "static":
                        same(row["merged_bytes"], of_processes["merged_bytes"], benchmark["name"])


@test("only rank 0 speaks, and pi is the same")
def _(place):
    digits = place.run("pi", "--hex-at", "1000000").fine().out
    same(ranks(place, 4, "pi", "--hex-at", "1000000", "--pin", "off").fine().out, digits, "digits")
    if SLOW:
        same(ranks(place, 3, "pi", "--digits", "50", "--pin", "off").fine().out.count("\n"), 1, "lines")


@test("how long it will take is tried out, and then it is done by ranks as ever")
def _(place):
    if not SLOW:
        raise Skip("much like the last one: PIBENCH_SLOW=1")
    run = ranks(place, 2, "pi", "--points", "1e9", "--pin", "off", "-v", "--json").fine()
    same(run.json()["hits"], place.run("pi", "--points", "1e9", "--json").fine().json()["hits"], "hits")


@test("every rank is bound to a CPU of its own")
def _(place):
    if CPUS < 2:
        raise Skip("one CPU")
    run = ranks(place, 2, "run", "mc:points=1e7", "-w", "2", "--rounds", "1", "-q", "-o", "r.json")
    run.fine()
    result = read_result(place.path("r.json"))
    row = result["benchmarks"][0]["runs"][1]
    same(row["pinned"], True, "pinned")
    same(len(set(row["cpus"])), 2, "different CPUs")
    same([slot["node"] for slot in result["topology"]["slots"]], [0, 0], "nodes")


@test("more ranks than CPUs are refused, the node is named, and --pin off allows it")
def _(place):
    job = ("run", "mc:points=1e6", "-w", str(CPUS + 1), "--rounds", "1", "-q", "-o", "r.json")
    run = refused(place, CPUS + 1, *job)
    run.expect(run.code == 6, "exit 6")
    run.expect(f"pibench: {NODE}: rank " in run.err and "--pin off" in run.err, "the node")
    run = ranks(place, CPUS + 1, *job, "--pin", "off").fine()
    row = read_result(place.path("r.json"))["benchmarks"][0]["runs"][1]
    same((row["pinned"], row["oversubscribed"]), (False, True), "pinned, oversubscribed")
    run.expect(f"Oversubscribed: {CPUS + 1} workers share {CPUS} CPU" in run.out, "shared CPUs")
    run.expect("SMT siblings join" not in run.out, "no more CPUs")


@test("a command line that is wrong ends all ranks with one message")
def _(place):
    seldom = (("run", "nonsense"), ("run", "mc", "--backend", "thread")) if SLOW else ()
    for wrong in (("run", "mc", "-w", "3", "--pin", "off"), ("nonsense",), *seldom):
        run = refused(place, 2, *wrong)
        run.expect(run.code == 2, "exit 2")
        same(len(re.findall("^pibench: ", run.err, re.M)), 1, f"messages of {wrong}: {run.err}")
        same(run.out, "", "stdout")
    nothing_left(place)


@test("ranks that do not find each other are refused")
def _(place):
    for variables in ({"PMI_SIZE": "4"}, {"OMPI_COMM_WORLD_SIZE": "4"},
                      {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}):
        run = place.run("list", environment=variables)
        run.expect(run.code == 6, "exit 6")
        run.expect("4 ranks" in run.err and run.err.count("\n") == 1, "one line")
    run = place.run("list", environment={"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"})
    run.expect(run.code == 6 and run.err == "", "the others say nothing")
    place.run("list", environment={"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}).fine()  # a script's
    run = place.run("run", "mc", "--backend", "mpi")
    run.expect(run.code == 2 and "mpirun" in run.err, "no launcher")


@test("a rank that is stopped while chunks are handed out is named when the time is over")
def _(place):
    if not SLOW:
        raise Skip("much like the next ones: PIBENCH_SLOW=1")
    process = place.start("pi", "--points", "2e12", "--pin", "off", "--timeout", "1", "--json", "-o",
                          place.path("never"), **launch(2))
    os.kill(computing(place, 1), signal.SIGSTOP)
    begin = time.monotonic()
    out, err = process.communicate(timeout=PATIENCE_S)
    run = Run(("pi",), process.returncode, out, err)
    run.expect(run.code == 1, "exit 1")
    run.expect(re.search(rf"mc: worker 2 \(rank 1 on {NODE}, pid \d+, CPU \d+\) did not finish "
                         "within 1 s", run.err), "who and why")
    run.expect(time.monotonic() - begin < 30, "soon")
    nothing_left(place)


def long_share(place, *options):
    """One benchmark that is measured, then a static share of hours: the process of the launcher."""
    process = place.start("run", "mc:points=1e6", "mc:points=4e13", "-w", "2", "--rounds", "6", "--pin",
                          "off", "-q", "--schedule", "static", "-o", place.path("r.json"), *options,
                          **launch(2))
    wait_until(lambda: os.path.exists(place.path("r.json")), "the first benchmark")
    time.sleep(0.3)
    computing(place, 1)
    return process


def ended(place, process, within_s):
    """The first benchmark has been kept, nobody is left, and it did not take long."""
    begin = time.monotonic()
    out, err = process.communicate(timeout=PATIENCE_S)
    run = Run(("run",), process.returncode, out, err)
    run.expect(time.monotonic() - begin < within_s, f"within {within_s} s")
    run.expect(run.code != 0, "a failure")
    nothing_left(place)
    result = read_result(place.path("r.json"))
    same(result["complete"], False, "complete")
    for row in result["benchmarks"][0]["runs"]:
        same(len(row["samples_s"]) >= 6, True, "all samples of the first benchmark")
    return run


@test("rank 0 that is interrupted or terminated amid a long share says so at once")
def _(place):
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)) if SLOW else ((signal.SIGINT, 130),):
        process = long_share(place)
        os.kill(ranks_of(place)[0], number)
        run = ended(place, process, 20)
        run.expect(run.code == code, f"exit {code}")
        run.expect("pibench: mc: interrupted" in run.err, "why")
        same(read_result(place.path("r.json"))["error"], "mc: interrupted", "error")
        os.remove(place.path("r.json"))


@test("a launcher that is interrupted or killed amid a long share leaves nothing")
def _(place):
    if not SLOW:
        raise Skip("much like the next one: PIBENCH_SLOW=1")
    for number in (signal.SIGINT, signal.SIGKILL):
        process = long_share(place)
        process.send_signal(number)
        ended(place, process, 20)
        os.remove(place.path("r.json"))


@test("a rank that is killed amid a long share ends the run at once, and what was measured is kept")
def _(place):
    process = long_share(place)
    os.kill(ranks_of(place)[1], signal.SIGKILL)
    ended(place, process, 20)


@test("a long share is over when the time is, with the name of a rank that computes")
def _(place):
    if not SLOW:
        raise Skip("much like the next one: PIBENCH_SLOW=1")
    run = ended(place, long_share(place, "--timeout", "2"), 20)
    run.expect(run.code == 1, "exit 1")
    run.expect(re.search(rf"mc: worker 1 \(rank 0 on {NODE}, pid \d+, CPU \d+\) did not finish "
                         "within 2 s; --timeout", run.err), "who and why")


@test("a rank that is stopped amid a long share is named when the time is over")
def _(place):
    process = long_share(place, "--timeout", "1")
    os.kill(ranks_of(place)[1], signal.SIGSTOP)
    run = ended(place, process, 20)
    run.expect(run.code == 1, "exit 1")
    run.expect(re.search(rf"mc: worker 2 \(rank 1 on {NODE}, pid \d+, CPU \d+\) did not finish "
                         "within 1 s: it does not answer; --timeout", run.err), "who and why")


@test("a rank that is stopped is missed after a minute, without --timeout as well")
def _(place):
    if not SLOW:
        raise Skip("takes a minute: PIBENCH_SLOW=1")
    process = long_share(place)
    os.kill(ranks_of(place)[1], signal.SIGSTOP)
    run = ended(place, process, 90)
    run.expect(run.code == 1, "exit 1")
    run.expect(re.search(rf"mc: worker 2 \(rank 1 on {NODE}, pid \d+, CPU \d+\) has not answered for "
                         "60 s: it is stopped, has died, or its host is out of reach", run.err), "who and why")


@test("ranks that miss rank 0 amid a long share end by themselves, those without a part as well")
def _(place):
    if not SLOW:
        raise Skip("takes more than a minute: PIBENCH_SLOW=1")
    process = place.start("run", "mc:points=4e13", "-w", "2", "--rounds", "1", "--pin", "off", "-q",
                          "--schedule", "static", "-o", place.path("r.json"), **launch(3))
    computing(place, 1)
    time.sleep(7)  # all have been told once that rank 0 lives
    os.kill(ranks_of(place)[0], signal.SIGSTOP)
    out, err = process.communicate(timeout=PATIENCE_S)
    run = Run(("run",), process.returncode, out, err)
    run.expect(run.code != 0, "a failure")
    run.expect(re.search(rf"pibench: rank [12] on {NODE}: no word from rank 0 for 7\d s; it ends", run.err),
               "who and why")
    nothing_left(place)


@test("a library that never comes to an end takes nothing along")
def _(place):
    if not SLOW or not shutil.which("cc"):
        raise Skip("takes ten seconds and a compiler: PIBENCH_SLOW=1")
    with open(place.path("hang.c"), "w", encoding="utf-8") as file:
        file.write("#include <unistd.h>\nint MPI_Finalize(void) { for (;;) pause(); }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", place.path("hang.so"), place.path("hang.c")], check=True)
    run = place.run("pi", "--points", "1e6", "--pin", "off", "--json", prefix=(MPIRUN, "-n", "2"),
                    environment={**OPEN_MPI, "LD_PRELOAD": place.path("hang.so")})
    same(run.json()["points"], 1000000, "the answer")


@test("all ranks may be stopped for long and go on")
def _(place):
    if not SLOW:
        raise Skip("takes more than a minute: PIBENCH_SLOW=1")
    process = place.start("pi", "--points", "1e11", "--method", "mc/plain", "--isa", "scalar", "--pin", "off",
                          "--json", "-o", place.path("never"), **launch(2))
    computing(place, 1)
    for rank in (1, 0):
        os.kill(ranks_of(place)[rank], signal.SIGSTOP)
    time.sleep(75)
    for rank in (0, 1):
        os.kill(ranks_of(place)[rank], signal.SIGCONT)
    time.sleep(3)
    same(process.poll(), None, "the end")
    os.kill(ranks_of(place)[0], signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    nothing_left(place)


@test("a computation goes on with another number of ranks")
def _(place):
    job = ("pi", "--points", "2e9", "--method", "mc/plain", "--json")
    whole = place.run(*job).fine().json()["hits"]
    process = place.start(*job, "--isa", "scalar", "--pin", "off", "--state", place.path("state"), **launch(2))
    wait_until(lambda: os.path.exists(place.path("state")), "a state")
    time.sleep(0.3)
    os.kill(ranks_of(place)[0], signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    with open(place.path("state"), encoding="utf-8") as file:
        same("covered none" in file.read(), False, "something was done")
    run = ranks(place, 3, *job, "--pin", "off", "--state", place.path("state")).fine()
    same(run.json()["hits"], whole, "hits")


main()
