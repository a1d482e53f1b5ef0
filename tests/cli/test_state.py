# SPDX-License-Identifier: GPL-3.0-or-later
"""Long runs of pi: killed, interrupted and continued; in parts, and added up."""
import fcntl
import os
import random
import re
import resource
import signal
import subprocess
import time

from cli import PATIENCE_S, main, same, test, wait_until, workers_of, Run

SEED = int(os.environ.get("PIBENCH_TEST_SEED", random.randrange(2**32)))
print(f"# PIBENCH_TEST_SEED={SEED}", flush=True)

JOB = ("pi", "--points", "3e9", "--method", "mc/plain", "--isa", "scalar", "--seed", "5", "--json")
# The definition by itself, much shorter.
HEX = ("pi", "--hex-at", "123456")
LONG = ("pi", "--hex-at", "1e11")


def read(place, name):
    with open(place.path(name), encoding="utf-8") as file:
        return file.read()


def write(place, name, text):
    with open(place.path(name), "w", encoding="utf-8") as file:
        file.write(text)


def covered(text):
    """How many chunks a state has."""
    value = re.search(r"^covered (.*)$", text, re.M)[1]
    if value == "none":
        return 0
    ends = [stretch.split("-") for stretch in value.split(",")]
    return sum(int(end[-1]) - int(end[0]) + 1 for end in ends)


def refused(run, code, *words):
    run.expect(run.code == code, f"exit {code}")
    run.expect(run.out == "", "nothing on stdout")
    run.expect(run.err.startswith("pibench: ") and run.err.count("\n") == 1, "one line")
    for word in words:
        run.expect(word in run.err, f"{word!r} in the message")


def ended(process):
    out, err = process.communicate(timeout=PATIENCE_S)
    return Run(process.args, process.returncode, out, err)


@test("killed ten times at random moments and continued by 1 to 3 workers: the same hits")
def _(place):
    chance = random.Random(SEED)
    whole = place.run(*JOB).fine().json()
    length = whole["seconds"]
    progress = []
    for _ in range(10):
        process = place.start(*JOB, "--state", "s", "-w", str(chance.randint(1, 3)))
        try:
            process.communicate(timeout=chance.uniform(0.02, 0.15 * length + 0.1))
        except subprocess.TimeoutExpired:
            process.kill()  # SIGKILL
            process.communicate()
        wait_until(lambda: not workers_of(process.pid), "the end of its workers")
        if os.path.exists(place.path("s")) and read(place, "s"):
            progress.append(covered(read(place, "s")))
    same(progress, sorted(progress), "nothing that was kept is lost")
    assert progress[-1] > 0, progress
    last = place.run(*JOB, "--state", "s").fine().json()
    for key in ("hits", "points", "estimate", "z"):
        same(last[key], whole[key], key)
    assert last["seconds"] > 0
    same([name for name in place.files() if name not in ("s", "s.new")], [], "files")


@test("a finished state prints its answer again, is not changed, and the variant may be another")
def _(place):
    first = place.run(*HEX, "--state", "s").fine()
    same(first.out, place.run(*HEX).fine().out, "digits")
    same(first.err, "", "nothing on stderr where it is no terminal")
    before = read(place, "s")
    for more in ((), ("-w", "1"), ("--isa", "scalar"), ("--isa", "reference")):
        same(place.run(*HEX, "--state", "s", *more).fine().out, first.out, str(more))
    same(read(place, "s"), before, "state")
    same(place.files(), ["s"], "files")


for name in ("SIGINT", "SIGTERM"):
    @test(f"{name}: what is done is kept, told in one line with how to go on, and it dies of {name}")
    def _(place, number=getattr(signal, name)):
        process = place.start(*LONG, "--state", "s", "-w", "2")
        wait_until(lambda: len(workers_of(process.pid)) == 2, "the workers")
        time.sleep(0.5)
        os.killpg(process.pid, number)
        refused(ended(process), -number, "interrupted", "is kept in '", "s': the same command")
        assert re.search(r"^milliseconds [1-9]", read(place, "s"), re.M)
        wait_until(lambda: not workers_of(process.pid), "the end of its workers")


@test("Ctrl-C keeps chunks that no earlier save had, and -v tells how much is done")
def _(place):
    process = place.start(*JOB, "--state", "s", "-w", "2")
    wait_until(lambda: os.path.exists(place.path("s")) and "\ncovered 0" in read(place, "s"), "a save")
    os.kill(process.pid, signal.SIGINT)
    run = ended(process)
    if run.code == 0:
        return  # it was quicker
    kept = covered(read(place, "s"))
    told = float(re.search(r"([0-9.]+) % is kept", run.err)[1])
    assert abs(told - 100 * kept / re_chunks(place)) < 1, (told, kept)
    run = place.run(*JOB, "--state", "s", "-v").fine()
    run.expect(f"pibench: mc: {told:.3g} % is done\n" in run.err, "how much is done")


def re_chunks(place):
    return int(re.search(r"^chunks (\d+)$", read(place, "s"), re.M)[1])


@test("a worker that is killed: exit 1, and what was done is kept")
def _(place):
    process = place.start(*LONG, "--state", "s", "-w", "2")
    wait_until(lambda: len(workers_of(process.pid)) == 2, "the workers")
    os.kill(workers_of(process.pid)[1].pid, signal.SIGKILL)
    run = ended(process)
    run.expect(run.code == 1 and "SIGKILL" in run.err and "is kept in" in run.err, "both are told")
    read(place, "s")


@test("states of other jobs, damaged and foreign files: exit 6 at once, and they stay as they are")
def _(place):
    place.run(*HEX, "--state", "s").fine()
    good = read(place, "s")
    for arguments, word in ((("pi", "--hex-at", "123457"), "position is 123456, not 123457"),
                            ((*HEX, "--count", "3"), "count is 16, not 3"),
                            ((*HEX, "--method", "bbp-hex/naive"), "kernel is hex-primes, not bbp-hex"),
                            (("pi", "--points", "9"), "kernel is hex-primes, not mc"),
                            ((*HEX, "--guard", "1"), "guard is 0, not 1"),
                            ((*HEX, "--part", "1/2"), "part 1/1, not 1/2")):
        begin = time.monotonic()
        refused(place.run(*arguments, "--state", "s"), 6, "'s'", word)
        assert time.monotonic() - begin < PATIENCE_S / 4
    for text, word in ((good[:-1], "damaged"), (good.replace("covered 0", "covered 1"), "damaged"),
                       (good[:100], "damaged"), ("my thesis\n", "is not a state"),
                       (good.replace("state/1", "state/2"), "pibench-state/2")):
        write(place, "x", text)
        refused(place.run(*HEX, "--state", "x"), 6, "'x'", word)
        refused(place.run("pi", "--merge", "x"), 6, "'x'", word)
        same(read(place, "x"), text, "file")
    same(read(place, "s"), good, "state")


@test("a file that is in use is refused, one that cannot be used as well")
def _(place):
    place.run(*HEX, "--state", "s").fine()
    with open(place.path("s"), "r+", encoding="utf-8") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        refused(place.run(*HEX, "--state", "s"), 6, "'s'", "another pibench")
    os.mkdir(place.path("d"))
    os.mkfifo(place.path("fifo"))
    for name, word in (("d", "Is a directory"), ("fifo", "not a regular file"),
                       ("missing/s", "No such file"), ("", "No such file")):
        refused(place.run(*HEX, "--state", name), 2, "--state", word)
    for name, word in (("d", "Is a directory"), ("fifo", "not a regular file"), ("missing", "No such")):
        refused(place.run("pi", "--merge", name), 2, "--merge", word)
    same(place.files(), ["d", "fifo", "s"], "files")


@test("three parts merged in any order are the whole; -o and stdout, and parts that were interrupted")
def _(place):
    job = ("pi", "--points", "1323065", "--seed", "7")
    whole = place.run(*job, "--json").json()
    for i in (1, 2, 3):
        run = place.run(*job, "--part", f"{i}/3", "-o", f"p{i}", "-w", str(i)).fine()
        same(run.out + run.err, "", "output")
    same(place.run(*job, "--part", "1/3").fine().out.split("\nmilli")[0],
         read(place, "p1").split("\nmilli")[0], "stdout")
    place.run(*job, "--part", "2/3", "--state", "q2").fine()
    for order in ("p1 p2 p3", "p3 p1 p2", "p2 p3 p1", "p1 q2 p3"):
        merged = place.run("pi", "--merge", *order.split(), "--json").fine().json()
        assert merged.pop("seconds") > 0
        same(merged, {key: whole[key] for key in merged}, order)
    place.run("pi", "--merge", "p1", "p2", "p3", "-o", "sum").fine()
    same(read(place, "sum"), "3.1422 ± 0.0014\n", "-o")


@test("more parts than there are chunks are no harm")
def _(place):
    job = ("pi", "--points", "600000")  # three units
    names = [f"p{i}" for i in range(1, 8)]
    for i, name in enumerate(names, 1):
        place.run(*job, "--part", f"{i}/7", "-o", name).fine()
    same(place.run("pi", "--merge", *names).fine().out, place.run(*job).fine().out, "estimate")


@test("gaps, overlaps, mixed jobs and unfinished parts are refused by name: exit 6")
def _(place):
    by_terms = ("--method", "bbp-hex")  # whose chunks are fine, so that halves and thirds differ
    job = (*HEX, *by_terms)
    for i in (1, 2, 3):
        place.run(*job, "--part", f"{i}/3", "-o", f"p{i}").fine()
    place.run(*job, "--part", "1/2", "-o", "half").fine()
    place.run("pi", "--hex-at", "999", *by_terms, "--part", "3/3", "-o", "other").fine()
    place.run(*job, "--part", "3/3", "--guard", "1", "-o", "guarded").fine()
    merge = ("pi", "--merge")
    refused(place.run(*merge, "p1", "p3"), 6, "part 2/3 is missing")
    refused(place.run(*merge, "p2"), 6, "parts 1/3, 3/3 are missing")
    refused(place.run(*merge, "half", "p3"), 6, "chunks are missing")
    refused(place.run(*merge, "p1", "p2", "p1"), 6, "'p1' and 'p1'")
    refused(place.run(*merge, "half", "p3", "p2"), 6, "'half' and 'p2'")
    refused(place.run(*merge, "p1", "p2", "other"), 6, "'other'", "'p1'", "position is 999")
    refused(place.run(*merge, "p1", "p2", "guarded"), 6, "'guarded'", "'p1'", "guard is 1, not 0")
    process = place.start(*LONG, "--part", "1/2", "--state", "begun", "-w", "1")
    wait_until(lambda: workers_of(process.pid), "a worker")
    os.kill(process.pid, signal.SIGINT)
    ended(process)
    refused(place.run(*merge, "begun"), 6, "'begun' is not finished (0 % of part 1/2)")


@test("undecided digits: a state goes on with more guard bits, parts are asked for again")
def _(place):
    job = ("pi", "--hex-at", UNDECIDED[0], "--count", UNDECIDED[1], "--method", "bbp-hex")
    digits = place.run(*job).fine().out
    run = place.run(*job, "--state", "s", "-v").fine()
    same(run.out, digits, "digits")
    run.expect("did not decide the digits" in run.err, "why it began again")
    assert "\nguard 1\n" in read(place, "s")
    same(place.run(*job, "--state", "s").fine().out, digits, "digits of the finished state")
    for i in (1, 2):
        place.run(*job, "--part", f"{i}/2", "-o", f"p{i}").fine()
    run = place.run("pi", "--merge", "p1", "p2")
    refused(run, 1, "--guard 1")
    for i in (1, 2):
        place.run(*job, "--part", f"{i}/2", "--guard", "1", "-o", f"p{i}").fine()
    same(place.run("pi", "--merge", "p1", "p2").fine().out, digits, "digits of the parts")


UNDECIDED = ("2442995", "22")  # ...e76, and then ffffff


@test("the expected time of a long run is told before it begins, with -v or on a terminal alone")
def _(place):
    for more, told in ((("-v",), True), ((), False), (("-v", "-q"), False)):
        process = place.start(*LONG, *more)
        wait_until(lambda: workers_of(process.pid), "a worker")
        first = process.stderr.readline() if told else time.sleep(1) or ""
        os.kill(process.pid, signal.SIGINT)
        said = first + ended(process).err
        found = re.search(r"^pibench: hex-primes: will take about \S+ (s|min|h|days) with \d+ worker",
                          said, re.M)
        same(bool(found), told, f"{more}: {said}")
    same(place.run(*HEX, "-v").fine().err, "", "nothing of a short run")


def limited(length):
    """No file may become longer, as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (length, length))
    return {"preexec_fn": limit}


@test("no room for a state at all: exit 1 before anything is computed, and no file")
def _(place):
    refused(place.run(*LONG, "--state", "s", **limited(200)), 1, "cannot write '", "s'")
    same(place.files(), [], "files")


@test("no more room for a state: that is said, the digits are printed, exit 1, the old state stays")
def _(place):
    digits = place.run(*HEX, "--state", "s").fine().out
    length = len(read(place, "s"))  # at first the counters are shorter
    os.remove(place.path("s"))
    run = place.run(*HEX, "--state", "s", **limited(length - 8))
    run.expect(run.code == 1 and run.out == digits, "digits")
    run.expect("cannot write '" in run.err and run.err.count("\n") == 1, "one line")
    same(covered(read(place, "s")) < 4096, True, "an older state")
    same(place.run(*HEX, "--state", "s").fine().out, digits, "digits")


main()
