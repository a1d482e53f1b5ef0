# SPDX-License-Identifier: GPL-3.0-or-later
"""test_randomness.py MC_STREAM: what programs that judge random numbers say of the bytes that the
kernel mc uses, for methods lazy and plain.  TAP on stdout.

dieharder (Debian): every test that its author calls good; of those that take an ntuple, one.  It goes
on with a WEAK result until it is clear (-Y 1), and FAILED means p < 10^-6.  PractRand's RNG_test,
where it is on PATH.

PIBENCH_TEST_SEED=n        the seed of the stream; random otherwise
PIBENCH_DIEHARDER=all      dieharder's whole battery with all ntuples (-a), about an hour
PIBENCH_PRACTRAND=64GB     how much PractRand reads; 4GB otherwise
"""
import os
import random
import re
import shutil
import subprocess
import sys

METHODS = ("lazy", "plain")
NTUPLES = {"200": "4", "201": "2", "202": "5", "203": "7"}  # of the tests that ask for one
FIELDS = ("test_name", "ntuple", "tsamples", "psamples", "pvalues", "assessment")


def output_of(writer, tester):
    """What a tester says of a stream, which ends when the tester has enough."""
    stream = subprocess.Popen(writer, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        result = subprocess.run(tester, stdin=stream.stdout, capture_output=True, text=True)
    finally:
        stream.stdout.close()
        stream.wait()
    if result.returncode:
        raise OSError(f"{tester[0]} ended with {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def dieharder(*choice):
    command = ["dieharder", "-g", "200", "-Y", "1", "-c", ",", *choice]
    for field in FIELDS:
        command += ["-D", field]
    return command


def good_tests():
    """The numbers of the tests that dieharder's own list calls good."""
    listed = subprocess.run(["dieharder", "-l"], capture_output=True, text=True).stdout
    return re.findall(r"^\s*-d (\d+)\s.*\bGood\s*$", listed, re.M)


def dieharder_lines(output):
    """(what was tested, p, assessment) of each result."""
    for line in output.splitlines():
        values = [value.strip() for value in line.split(",")]
        if len(values) == len(FIELDS) and values[-1] in ("PASSED", "WEAK", "FAILED"):
            name, ntuple, tsamples, psamples, p, assessment = values
            yield f"{name} {ntuple}, {psamples} x {tsamples}", p, assessment


def judge_dieharder(output):
    """Whether nothing failed, and the lines to show."""
    lines = list(dieharder_lines(output))
    worst = {assessment for _, _, assessment in lines}
    return bool(lines) and "FAILED" not in worst, [f"{w}: p = {p} {a}" for w, p, a in lines]


def judge_practrand(output):
    """PractRand calls what is certain FAIL, and what is not "unusual" to "VERY SUSPICIOUS"."""
    lines = output.splitlines()
    done = any(line.startswith("length=") for line in lines)
    return done and "FAIL" not in output, lines


def testers():
    """(name, command, judge) of everything that is installed."""
    if shutil.which("dieharder"):
        if os.environ.get("PIBENCH_DIEHARDER") == "all":
            yield "dieharder -a", dieharder("-a"), judge_dieharder
        else:
            for number in good_tests():
                choice = ["-d", number]
                if number in NTUPLES:
                    choice += ["-n", NTUPLES[number]]
                yield f"dieharder {' '.join(choice)}", dieharder(*choice), judge_dieharder
    if shutil.which("RNG_test"):
        length = os.environ.get("PIBENCH_PRACTRAND", "4GB")
        yield f"PractRand, {length}", ["RNG_test", "stdin64", "-tlmax", length], judge_practrand


def points(writer, seed):
    """(name, writer, tester, judge, whether the stream is good) of each test point."""
    found = list(testers())
    for name, command, judge in found[:1] + found[-1:]:
        yield f"one line again and again is found out: {name}", ["yes"], command, judge, False
    for method in METHODS:
        for name, command, judge in found:
            yield f"{method}: {name}", [writer, method, str(seed)], command, judge, True


def main():
    seed = int(os.environ.get("PIBENCH_TEST_SEED", random.randrange(2**64)))
    plan = list(points(os.path.abspath(sys.argv[1]), seed))
    if not plan:
        print("1..0 # SKIP neither dieharder (Debian package) nor PractRand's RNG_test is on PATH")
        return 0
    print(f"# PIBENCH_TEST_SEED={seed}")
    print(f"1..{len(plan)}")
    failed = 0
    for number, (name, stream, command, judge, good) in enumerate(plan, 1):
        try:
            fine, lines = judge(output_of(stream, command))
            fine = fine == good and bool(lines)
        except OSError as error:
            fine, lines = False, [str(error)]
        failed += not fine
        print(f"{'ok' if fine else 'not ok'} {number} - {name}")
        for line in lines:
            print(f"# {line}", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
