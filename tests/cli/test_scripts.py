# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/bench and scripts/test share, with a meson and a ninja that only write down their arguments."""
import os
import subprocess

import cli
from cli import main, same, test

SCRIPTS = os.path.join(cli.SOURCE, "scripts")


def fake(place, name, script):
    os.makedirs(place.path("bin"), exist_ok=True)
    with open(place.path("bin", name), "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(place.path("bin", name), 0o755)


@test("a build directory that is there is configured again: what was installed since, such as Check, is found")
def _(place):
    fake(place, "meson", 'echo "meson $*" >>"$CALLS"; mkdir -p build; : >build/build.ninja\n')
    fake(place, "ninja", 'echo "ninja $*" >>"$CALLS"\n')
    environment = {**place.environment, "PATH": place.path("bin") + ":" + os.environ["PATH"],
                   "CALLS": place.path("calls")}
    for _ in range(2):
        subprocess.run(["bash", "-c", f". {SCRIPTS}/setup.sh; build build"], cwd=place.directory, check=True,
                       env=environment)
    with open(place.path("calls"), encoding="utf-8") as file:
        same(file.read().splitlines(),
             [f"meson setup build {cli.SOURCE}", "ninja -C build",
              f"meson setup --reconfigure build {cli.SOURCE}", "ninja -C build"], "calls")


# What readline would hand over at the end of a line, whose words it also parts at ':' and '='.
COMPLETE = r"""
. "$1"
COMP_LINE="$2 $3" COMP_POINT=$((${#2} + ${#3} + 1))
words=${3//:/ : }
set -f; IFS=' '; COMP_WORDS=("$2" ${words//=/ = }); [[ $3 == *[\ =:] || ! $3 ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_pibench && printf '%s\n' "${COMPREPLY[@]}"
"""


@test("bash completes commands, options, kernels, parameters and methods as the program tells them")
def _(place):
    def completed(line):
        run = subprocess.run(["bash", "-c", COMPLETE, "bash", os.path.join(cli.SOURCE, "bench", "pibench.bash"), cli.program, line],
                             env=place.environment, cwd=place.directory, text=True, capture_output=True, check=True)
        same(run.stderr, "", "stderr")
        return run.stdout.split()
    for line, words in {"r": ["run", "report"], "help ver": ["verify"], "run --wo": ["--workers="],
                        "run hex": ["hex-primes"], "verify m": ["mc", "mpfr"], "ab old new -- ch": ["chudnovsky"],
                        "ab m": [], "run mc:po": ["points="], "run mc:method=l": ["lazy", "libc"],
                        "run mc:points=1e9,method=p": ["plain"], "learn am": ["amdahl"],
                        "run bbp-hex:position=1e6,formula=": ["bellard", "bbp", "arctan4"], "report x": []}.items():
        same(completed(line), words, line)


@test("tests that leave no log are told as none, in one line")
def _(place):
    run = subprocess.run([os.path.join(SCRIPTS, "count-tests"), place.path("missing.xml")], env=place.environment,
                         text=True, capture_output=True, check=False)
    same((run.returncode, run.stdout, run.stderr), (1, "", "count-tests: no test ran\n"), "exit code, output")


@test("scripts/classroom prints a table of CPython and pibench, whose digits agree; what pibench refuses ends it")
def _(place):
    script = [os.path.join(SCRIPTS, "classroom"), "--rounds", "1", cli.program]
    run = subprocess.run([*script, "--points", "20000"], env=place.environment, text=True,
                         capture_output=True, check=False)
    rows = [line.split("|")[1].strip() for line in run.stdout.splitlines() if line.startswith("|")]
    assert run.returncode == 0 and run.stderr == "" and len(rows) == 6, run
    for name, words in zip(rows, ("workload", "---", "digits, CPython", "digits, pibench", "points, CPython",
                                  "points, pibench")):
        assert words in name, run.stdout
    run = subprocess.run([*script, "--points", "0"], env=place.environment, text=True,
                         capture_output=True, check=False)
    same((run.returncode, run.stdout, run.stderr.count("\n")), (2, "", 1), "exit code, output, lines of error")


main()
