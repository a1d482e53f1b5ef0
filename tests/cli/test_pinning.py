# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers run where the program says: allowed CPUs, quota, pinning read back, oversubscription."""
import glob
import json
import os
import re
import subprocess
import sys

from cli import (Skip, check_result, kill_session, main, same, test, wait_until, will_pin,
                 workers_of)

SHORT = ("run", "mc:points=1e6", "--rounds", "2")


def allowed():
    return sorted(os.sched_getaffinity(0))


def two_cpus():
    if len(allowed()) < 2:
        raise Skip("there is one CPU only")


@test("pinned is said where workers are, on distinct allowed CPUs, the first of them in every row")
def _(place):
    two_cpus()
    result = check_result(place.run(*SHORT, "-w", "1,2", "-o", "-").fine().json())
    serial, one, two = result["benchmarks"][0]["runs"]
    if not will_pin(place):
        same([row["pinned"] for row in (serial, one, two)], [False] * 3, "pinned")
        raise Skip("this machine has a CPU quota: nothing is pinned")
    same([row["pinned"] for row in (serial, one, two)], [True] * 3, "pinned")
    slots = [slot["cpu"] for slot in result["topology"]["slots"]]
    same(serial["cpus"], slots[:1], "CPU of the serial run")
    same(one["cpus"], slots[:1], "CPU of one worker")
    same(two["cpus"], slots[:2], "CPUs of two workers")
    assert len(set(two["cpus"])) == 2 and set(two["cpus"]) <= set(allowed())


@test("while they run, the kernel says the same: each worker may use one CPU, no two the same")
def _(place):
    two_cpus()
    if not will_pin(place):
        raise Skip("this machine has a CPU quota: nothing is pinned")
    process = place.start("pi", "--points", "1e12", "-w", "2")
    try:
        wait_until(lambda: len(workers_of(process.pid)) == 2, "two workers")
        workers = workers_of(process.pid)
        same([workers[n].name for n in (1, 2)], ["1/mc", "2/mc"], "names")
        bound = wait_until(lambda: (lambda sets: all(len(s) == 1 for s in sets) and sets)(
            [os.sched_getaffinity(workers[n].pid) for n in (1, 2)]), "each on one CPU")
        same(len(set.union(*bound)), 2, "CPUs")
        same(os.sched_getaffinity(process.pid), set(allowed()), "CPUs of the parent")
    finally:
        kill_session(process)


@test("--place cpus=LIST uses these CPUs, in this order")
def _(place):
    two_cpus()
    first, last = allowed()[0], allowed()[-1]
    for order in ([first, last], [last, first]):
        result = check_result(place.run(*SHORT, "-w", "1,2", "-o", "-", "--place",
                                        f"cpus={order[0]},{order[1]}").fine().json())
        same([slot["cpu"] for slot in result["topology"]["slots"]], order, "slots")
        if will_pin(place):
            same(result["benchmarks"][0]["runs"][2]["cpus"], order, "CPUs")
    run = place.run(*SHORT, "--place", f"cpus={last}").fine()
    run.expect(f"using only 1 CPU ({last}) of " in run.out, "the run names the CPU")


@test("taskset to one CPU: that CPU alone is used, and the run says so")
def _(place):
    two_cpus()
    last = allowed()[-1]

    def taskset():
        os.sched_setaffinity(0, {last})
    result = check_result(place.run(*SHORT, "-o", "-", preexec_fn=taskset).fine().json())
    same(result["topology"]["allowed_cpus"], str(last), "allowed CPUs")
    same([slot["cpu"] for slot in result["topology"]["slots"]], [last], "slots")
    same([row["workers"] for row in result["benchmarks"][0]["runs"]], [1, 1], "workers")
    same([row["cpus"] for row in result["benchmarks"][0]["runs"]], [[last], [last]], "CPUs")
    run = place.run(*SHORT, preexec_fn=taskset).fine()
    run.expect(f"using only 1 CPU ({last}) of " in run.out, "the run says so")
    run = place.run("topology", preexec_fn=taskset).fine()
    run.expect(re.search(rf"^CPUs     {last} \(1 slot,", run.out, re.M), "topology says so")
    place.run("pi", "--points", "1e6", preexec_fn=taskset).fine()


@test("--pin off: nothing is pinned, and nothing says pinned")
def _(place):
    result = check_result(place.run(*SHORT, "--pin", "off", "-w", "1", "-o", "-").fine().json())
    same([row["pinned"] for row in result["benchmarks"][0]["runs"]], [False, False], "pinned")
    run = place.run(*SHORT, "--pin", "off", "-w", "1").fine()
    run.expect(" not pinned " in run.out, "not pinned")
    run.expect(not re.search(r"(?<!not )\bpinned", run.out), "pinned")


@test("--pin require on this machine: every row is pinned")
def _(place):
    result = check_result(place.run(*SHORT, "--pin", "require", "-w", "1", "-o", "-").fine().json())
    same([row["pinned"] for row in result["benchmarks"][0]["runs"]], [True, True], "pinned")


@test("more workers than CPUs: allowed, warned as oversubscribed, never pinned")
def _(place):
    cpus = len(allowed())
    workers = str(2 * cpus)
    run = place.run(*SHORT, "-w", workers, "-o", "r.json").fine()
    run.expect(re.search(rf"^pibench: note: {workers} workers on {cpus} CPUs? are oversubscribed",
                         run.err, re.M), "a note on stderr")
    run.expect(re.search(rf"^ +{workers} .* oversubscribed$", run.out, re.M), "in the row")
    run.expect(f"Oversubscribed: {workers} workers share {cpus} CPU" in run.out, "below the table")
    run.expect(not re.search(r"· pinned ", run.out), "the title does not say pinned")
    result = check_result(place.run(*SHORT, "-w", workers, "-o", "-").fine().json())
    serial, parallel = result["benchmarks"][0]["runs"]
    same((serial["oversubscribed"], parallel["oversubscribed"]), (False, True), "oversubscribed")
    same(parallel["pinned"], False, "pinned")
    same(len(parallel["cpus"]), 2 * cpus, "CPUs")
    assert parallel["capacity"] is None or parallel["capacity"] <= cpus


@test("a topology that is not this machine's: nothing is pinned, and the run says why")
def _(place):
    environment = {"HWLOC_SYNTHETIC": "core:2 pu:1"}
    run = place.run(*SHORT, "-w", "1,2", environment=environment).fine()
    run.expect(" not pinned " in run.out, "not pinned")
    run.expect("Not pinned: the topology is not this machine's." in run.out, "why")
    run.expect("a topology that is not this machine's" in run.out.splitlines()[0], "first line")
    run.expect(" on CPU " not in run.out, "no CPU is named")
    result = check_result(place.run(*SHORT, "-w", "1,2", "-o", "-",
                                    environment=environment).fine().json())
    same(result["topology"]["this_system"], False, "this system")
    same([row["pinned"] for row in result["benchmarks"][0]["runs"]], [False] * 3, "pinned")


class Quota:
    """A cgroup of our own that allows the time of so many CPUs; removed at the end."""

    def __init__(self, cpus):
        self.directory = None
        for directory, values in self.candidates(cpus):
            try:
                os.mkdir(directory)
                self.directory = directory
                for name, value in values:
                    with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                        file.write(value)
                return
            except OSError as error:
                self.why = f"{directory}: {error.strerror}"
                self.remove()
        raise Skip(f"no cgroup with a quota can be made here ({self.why})")

    @staticmethod
    def candidates(cpus):
        name, period = f"pibench-test-{os.getpid()}", 100000
        quota = str(int(cpus * period))
        for mount in sorted(glob.glob("/sys/fs/cgroup/cpu*")):
            yield (os.path.join(mount, name),
                   [("cpu.cfs_period_us", str(period)), ("cpu.cfs_quota_us", quota)])
        for mount in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
            yield os.path.join(mount, name), [("cpu.max", f"{quota} {period}")]

    def enter(self):
        """In the child, before the program."""
        with open(os.path.join(self.directory, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write("0")

    def remove(self):
        if self.directory:
            directory, self.directory = self.directory, None

            def gone():
                try:
                    os.rmdir(directory)
                    return True
                except FileNotFoundError:
                    return True
                except OSError:
                    return False  # the last process is on its way out
            wait_until(gone, f"the end of {directory}", 10)


@test("a quota of one CPU: by default one worker, not pinned, and the run says why")
def _(place):
    two_cpus()
    quota = Quota(1)
    try:
        run = place.run(*SHORT, preexec_fn=quota.enter).fine()
        run.expect("CPU quota 1.00" in run.out.splitlines()[0], "the quota in the first line")
        run.expect("The quota limits the default to 1 worker." in run.out, "why one worker")
        run.expect(" not pinned " in run.out, "not pinned")
        run.expect("Not pinned: the CPU quota is smaller than the allowed CPUs." in run.out, "why")
        result = check_result(place.run(*SHORT, "-o", "-", preexec_fn=quota.enter).fine().json())
        same(result["topology"]["quota"], 1, "quota")
        same([row["workers"] for row in result["benchmarks"][0]["runs"]], [1, 1], "workers")
        same([row["pinned"] for row in result["benchmarks"][0]["runs"]], [False, False], "pinned")
        run = place.run("topology", preexec_fn=quota.enter).fine()
        run.expect("quota    the CPU time of 1.00 CPU" in run.out, "topology tells the quota")
        run.expect("pinning  no: the CPU quota is smaller" in run.out, "topology tells why")
        result = check_result(place.run(*SHORT, "-w", "2", "-o", "-",
                                        preexec_fn=quota.enter).fine().json())
        same(result["benchmarks"][0]["runs"][1]["workers"], 2, "workers that were asked for")
        result = check_result(place.run(*SHORT, "-w", "1", "--pin", "require", "-o", "-",
                                        preexec_fn=quota.enter).fine().json())
        same(result["benchmarks"][0]["runs"][1]["pinned"], True, "pinned where it is required")
    finally:
        quota.remove()


@test("a quota of half a CPU: the throttling is named, stays in the result, and sets no round aside")
def _(place):
    quota = Quota(0.5)
    try:
        run = place.run("run", "mc:points=1e9", "-w", "1", "--isa", "scalar", "--rounds", "3", "-o",
                        "r.json", preexec_fn=quota.enter).fine()
        run.expect("The CPU quota held workers back in " in run.out, "throttling is named")
        run.expect("that is part of the result" in " ".join(run.out.split()), "and stays in")
        with open(place.path("r.json"), encoding="utf-8") as file:
            benchmark = check_result(json.load(file))["benchmarks"][0]
        assert benchmark["throttled_s"] > 0, "throttled_s"
        same([f for row in benchmark["runs"] for f in row["flagged"] if f["set_aside"]], [],
             "rounds set aside")
    finally:
        quota.remove()


@test("while another program spins on one of the CPUs the run says so")
def _(place):
    two_cpus()
    busy = allowed()[-1]
    spinner = subprocess.Popen(
        [sys.executable, "-c", "while True: pass"],
        preexec_fn=lambda: os.sched_setaffinity(0, {busy}))
    try:
        run = place.run("run", "mc:points=2e8", "--isa", "scalar", "-w", "1,2", "--rounds", "6", "-o",
                        "r.json").fine()
        text = " ".join(run.out.split())
        with open(place.path("r.json"), encoding="utf-8") as file:
            result = check_result(json.load(file))
        if not result["benchmarks"][0]["runs"][2]["pinned"]:
            raise Skip("nothing is pinned here")
        run.expect("DISTURBED: " in text or " set aside (" in text, "what disturbed it")
        run.expect("by other programs" in text, "who")
        flagged = result["benchmarks"][0]["runs"][2]["flagged"]
        assert any(f["reason"] == "other_programs" for f in flagged), flagged
    finally:
        spinner.kill()
        spinner.wait()


main()
