# SPDX-License-Identifier: GPL-3.0-or-later
"""How run grows work: weak scaling. Tiny sizes; no test asserts a time."""
import signal
import time

from cli import check_result, main, read_result, same, session_of, test, wait_until

QUIET = ("-q", "-o", "-")


def usage(place, needles, *arguments):
    """One line on stderr, exit 2, nothing on stdout."""
    run = place.run(*arguments)
    run.expect(run.code == 2, "exit 2 was expected").expect(run.out == "", "stdout is not empty")
    run.expect(run.err.count("\n") == 1, "not one line")
    for needle in needles:
        run.expect(needle in run.err, f"not said: {needle}")


# --- Weak scaling ---

@test("weak scaling: every row has a size of its own, P times as much, and its own right answer")
def _(place):
    result = place.run("run", "mc:points=1e5", "bbp-hex:position=3000", "--scaling", "weak",
                       "-w", "1,2,3", "--rounds", "8", *QUIET).fine().json()
    check_result(result)
    same(result["options"]["scaling"], "weak", "scaling")
    for benchmark in result["benchmarks"]:
        same(benchmark["right"], True, "right")
        same([row["workers"] for row in benchmark["runs"]], [1, 1, 2, 3], "workers")
        assert "gustafson" in benchmark["fits"] and benchmark["fits"]["amdahl"] is None
        sizes = [int(row["size"]) for row in benchmark["runs"]]
        same(sizes[0], sizes[1], "size of one worker")
        assert sizes[1] < sizes[2] < sizes[3], sizes
        for row in benchmark["runs"]:
            same(row["karp_flatt"], None, "Karp and Flatt")
    points = result["benchmarks"][0]
    same(points["name"], "mc:points=1e5", "name")
    same([row["work"] for row in points["runs"]], ["100000", "100000", "200000", "300000"], "work")
    serial, *parallel = points["runs"]
    for row in parallel:  # paired medians of a constant ratio and of nearly all others are close
        assert row["speedup"] > 0
        ratios = sorted(row["workers"] * s / t for s, t in zip(serial["samples_s"], row["samples_s"]))
        assert ratios[0] <= row["speedup"] <= ratios[-1], (ratios, row["speedup"])


@test("weak scaling: the rows' answers are those of strong runs of the same sizes")
def _(place):
    weak = place.run("run", "mc:points=1e5", "--scaling", "weak", "-w", "3", "--rounds", "1",
                     *QUIET).fine().json()["benchmarks"][0]
    strong = place.run("run", "mc:points=3e5", "-w", "1", "--rounds", "1",
                       *QUIET).fine().json()["benchmarks"][0]
    same(weak["runs"][1]["answers"], strong["runs"][0]["answers"], "answers")
    assert weak["runs"][0]["answers"] != strong["runs"][0]["answers"]


@test("weak scaling: the table says so, and a size that was chosen can be repeated")
def _(place):
    run = place.run("run", "mc", "--scaling", "weak", "-w", "1,2", "--rounds", "6").fine()
    for text in ("weak scaling", "Weak scaling: mc:points=", "costs as much as 2 of it",
                 "--scaling weak"):
        run.expect(text in " ".join(run.out.split()), f"not said: {text}")
    run.expect("Amdahl" not in run.out, "Amdahl's law is of a fixed amount of work")
    for line in run.out.splitlines():
        run.expect(len(line) <= 80 or line.startswith("  pibench run"), f"longer than a line: {line}")


@test("strong scaling is the default, and its results know no sizes of rows")
def _(place):
    for arguments in ((), ("--scaling", "strong")):
        result = place.run("run", "mc:points=1e5", "-w", "1,2", "--rounds", "1", *arguments,
                           *QUIET).fine().json()
        same(result["options"]["scaling"], "strong", "scaling")
        assert "gustafson" not in result["benchmarks"][0]["fits"]
        assert all("size" not in row for row in result["benchmarks"][0]["runs"])


@test("weak scaling is refused where work does not grow with a size, in one line")
def _(place):
    usage(place, ["--scaling", "'weaker'", "strong, weak"], "run", "mc", "--scaling", "weaker")
    for kernel in ("approximations", "algorithms"):
        usage(place, ["--scaling weak", kernel.partition(":")[0], "size"],
              "run", kernel, "--scaling", "weak")
    usage(place, ["--scaling weak", "approximations"],
          "run", "--suite", "classroom", "--scaling", "weak")
    usage(place, ["--scaling weak", "no size", "4 workers"],
          "run", "mc:points=9e18", "--scaling", "weak", "-w", "1,4")
    usage(place, ["--serial-fraction", "--scaling weak"],
          "run", "mc", "--scaling", "weak", "--serial-fraction", "20%")


# --- Sweeps ---

@test("a sweep is an ordinary benchmark of each size in the result, of ten rounds by default")
def _(place):
    result = place.run("run", "mc:method=plain", "--sweep", "points=1e4:1e6", "-w", "1,2",
                       *QUIET).fine().json()
    check_result(result)
    same([b["name"] for b in result["benchmarks"]],
         [f"mc:points={n},method=plain" for n in ("10000", "1e5", "1e6")], "names")
    for benchmark in result["benchmarks"]:
        same(benchmark["right"], True, "right")
        assert benchmark["rounds"] >= 10
        same([row["workers"] for row in benchmark["runs"]], [1, 1, 2], "workers")


@test("a sweep takes rounds, steps per decade and weak scaling as asked")
def _(place):
    result = place.run("run", "bbp-hex", "--sweep", "position=1000:1e4:2", "-w", "1,2", "--rounds",
                       "1", "--scaling", "weak", *QUIET).fine().json()
    check_result(result)
    same([b["parameters"]["position"] for b in result["benchmarks"]], ["1000", "3160", "10000"],
         "positions")
    for benchmark in result["benchmarks"]:
        assert benchmark["rounds"] <= 2
        assert int(benchmark["runs"][2]["size"]) > int(benchmark["parameters"]["position"])


@test("the table of a sweep: one row a size and the exponent, in 80 columns, also in ASCII")
def _(place):
    for locale in ("C.UTF-8", "C"):
        run = place.run("run", "bbp-series:method=textbook", "--sweep", "digits=1000:5000:2", "-w",
                        "1,2", "--rounds", "6", "-o", "/dev/null",
                        environment={"LC_ALL": locale}).fine()
        run.expect(locale != "C" or run.out.isascii(), "not ASCII")
        same([line.split()[0] for line in run.out.splitlines() if " digits/s" in line],
             ["1000", "3160", "5000"], "sizes")
        said = " ".join(run.out.split())
        run.expect("Serial time grows as digits^" in said or "cannot be told" in said, "no exponent")
        run.expect(max(map(len, run.out.splitlines())) <= 80, "longer than a line")
        run.expect("efficiency" not in run.out, "a table of every size without -v")
    run = place.run("run", "mc", "--sweep", "points=1e4:1e5", "-w", "1,2", "--rounds", "1", "-v",
                    "-o", "/dev/null").fine()
    same(run.out.count("efficiency  largest"), 2, "tables of their own with -v")
    run.expect("cannot be told" in run.out, "two sizes below 1 ms have no exponent")


@test("a bad sweep is refused in one line that says what is accepted")
def _(place):
    for text, needles in (("points", ["points=FROM:TO"]), ("points=1e6", ["points=FROM:TO"]),
                          ("points=1e6:1e3", ["FROM not above TO"]), ("points=0:3", ["at least 1"]),
                          ("points=1:1e19", ["at most"]), ("points=1:2:0", ["1 to 20"]),
                          ("foo=1:2", ["'foo=1:2'", "points"]), ("method=1:2", ["points"]),
                          ("points=1:1e9:20", ["more than 64"]), ("", ["points=FROM:TO"])):
        usage(place, ["--sweep", *needles], "run", "mc", "--sweep", text)
    usage(place, ["--sweep", "one kernel"], "run", "--sweep", "points=1:2")
    usage(place, ["--sweep", "one kernel"], "run", "mc", "bbp-hex", "--sweep", "points=1:2")
    usage(place, ["--sweep", "approximations"], "run", "approximations", "--sweep", "digits=1:2")
    usage(place, ["--sweep", "points"], "run", "mc:points=5", "--sweep", "points=1:2")


# --- Burst and sustained rate ---

def sustained_is_whole(result, workers):
    """What must hold of every result of --sustain."""
    check_result(result)
    (benchmark,) = result["benchmarks"]
    sustained = benchmark["sustained"]
    same(sustained["workers"], workers, "workers")
    count = len(sustained["started_s"])
    assert count >= 1 and sustained["started_s"] == sorted(sustained["started_s"])
    for key in ("rate_per_s", "clock_ghz"):
        same(len(sustained[key]), count, key)
    assert min(sustained["rate_per_s"]) > 0 and 0 <= sustained["disturbed"] <= count
    if sustained["ratio"] is not None:
        assert abs(sustained["ratio"] - sustained["sustained_per_s"] / sustained["burst_per_s"]) < 1e-9
    for row in benchmark["runs"]:
        same((row["samples_s"], row["median_s"], row["speedup"]), ([], None, None), "no rounds")
    return benchmark


@test("--sustain keeps every sample of the most workers, and the rows without rounds")
def _(place):
    result = place.run("run", "mc:points=1e6", "--sustain", "0.5", "-w", "1,2", *QUIET).fine().json()
    same(result["complete"], True, "complete")
    benchmark = sustained_is_whole(result, 2)
    same(benchmark["right"], True, "right")
    assert benchmark["sustained"]["lasted_s"] >= 0.5
    threads = place.run("run", "bbp-hex:position=1000", "--sustain", "0.2", "-w", "2", "--backend",
                        "thread", *QUIET).fine().json()
    same(sustained_is_whole(threads, 2)["sustained"]["backend"], "thread", "backend")


@test("--sustain takes pools of tasks and chooses sizes, and says how to repeat it")
def _(place):
    pool = place.run("run", "approximations:digits=100", "--sustain", "0.2", "-w", "2", *QUIET).fine()
    sustained_is_whole(pool.json(), 2)
    run = place.run("run", "bbp-hex", "--sustain", "0.3s", "-w", "1", "-o", "r.json").fine()
    run.expect("pibench run bbp-hex:position=" in run.out and "--sustain 0.3s" in run.out,
               "not how to repeat")


@test("the chart of --sustain fits 80 columns, also in ASCII, and compares beginning and end")
def _(place):
    for locale in ("C.UTF-8", "C"):
        run = place.run("run", "mc:points=1e6", "--sustain", "0.5", "-w", "2", "-o", "/dev/null",
                        environment={"LC_ALL": locale}).fine()
        run.expect(locale != "C" or run.out.isascii(), "not ASCII")
        run.expect(max(map(len, run.out.splitlines())) <= 80, "longer than a line")
        said = " ".join(run.out.split())
        for text in ("rate", "clock", "GHz", "Answer identical in"):
            run.expect(text in said, f"not said: {text}")
        run.expect("Burst:" in said or "Too few samples" in said, "no comparison")


@test("Ctrl-C keeps what --sustain has measured, marked incomplete")
def _(place):
    path = place.path("r.json")
    process = place.start("run", "mc:points=1e6", "--sustain", "1h", "-w", "2", "-o", path)
    wait_until(lambda: session_of(process), "workers")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    same(process.returncode, -signal.SIGINT, "how it ended")
    result = read_result(path)
    same(result["complete"], False, "complete")
    assert "interrupted" in result["error"]
    sustained_is_whole(result, 2)
    assert "Stopped early" in out and "interrupted" in err, (out, err)


@test("a bad --sustain is refused in one line")
def _(place):
    for text in ("0", "", "-1", "x", "10d"):
        usage(place, ["--sustain", f"'{text}'", "10m"], "run", "mc", "--sustain", text)
    usage(place, ["--sustain", "one kernel"], "run", "--sustain", "1")
    usage(place, ["--sustain", "one kernel"], "run", "mc", "bbp-hex", "--sustain", "1")
    usage(place, ["--sustain", "--backend"], "run", "mc", "--sustain", "1", "--backend",
          "process,thread")
    for more in (("--rounds", "3"), ("--scaling", "weak"), ("--sweep", "points=1:2"),
                 ("--precision", "1%"), ("--max-time", "3")):
        usage(place, ["--sustain", more[0]], "run", "mc", "--sustain", "1", *more)


main()
