# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/peers: tables of pibench beside others, and what they say of those that are missing."""
import os
import re
import subprocess
import sys

import cli
from cli import Run, main, same, test

PEERS = os.path.join(cli.SOURCE, "scripts", "peers")
MC_PEERS = ("Random123, ARS1xm128i", "Random123, Philox4x32", "C++ std::mt19937_64, halves",
            "C++ std::mt19937_64, double", "GSL taus2", "GSL mt19937", "numpy PCG64, float32",
            "numpy PCG64, float64", "CPython, random()")


def peers(place, *arguments, **environment):
    result = subprocess.run([sys.executable, "-B", PEERS, *arguments], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, cwd=place.directory,
                            env={**place.environment, **environment})
    return Run(arguments, result.returncode, result.stdout, result.stderr)


def rows(run):
    """name -> (bits, points/s, ratio)"""
    found = {}
    for line in run.out.splitlines():
        row = re.fullmatch(r"(\S.*?)\s+(9\.5|64|128)\s+([\d.]+ [ kMG])\s+([\d.]+) ×.*", line)
        if row:
            found[row[1]] = row.groups()[1:]
    return found


def left_out(run):
    return {match[1] for match in re.finditer(r"^Left out: (.*?): .+$", run.out, re.M)}


@test("the table of mc has a row for everybody who is here, and names everybody else")
def _(place):
    run = peers(place, "mc", "--points", "30001", "--rounds", "2", cli.program).fine()
    run.expect(max(map(len, run.out.splitlines())) <= 80, "80 columns")
    found = rows(run)
    ours = [name for name in found if name.startswith("pibench")]
    same([re.sub(",.*", "", name) for name in ours], ["pibench mc/plain", "pibench mc/lazy"], "ours")
    same(list(found)[0], ours[0], "the first row")
    same(float(found[ours[0]][2]), 1.0, "the ratio of the first row")
    same(sorted(set(found) - set(ours) | left_out(run)), sorted(MC_PEERS), "peers")
    run.expect("CPython, random()" in found, "Python itself is here")
    run.expect(os.listdir(place.directory) == ["home"], "nothing is left behind")


@test("the table of digits has a row for everybody who is here, and their last digits agree")
def _(place):
    run = peers(place, "digits", "--digits", "1000", "--rounds", "1", cli.program).fine()
    run.expect(max(map(len, run.out.splitlines())) <= 80, "80 columns")
    for name in ("MPFR, mpfr_const_pi", "pibench chudnovsky", "pibench bbp-series", "pibench mpfr"):
        run.expect(re.search(rf"^{name}.* ×", run.out, re.M), name)
    for name in ("Arb, arb_const_pi", "PARI/GP, Pi", "Debian's pi (CLN)"):
        run.expect(re.search(rf"^{re.escape(name)}.* ×", run.out, re.M) or name in left_out(run), name)
    run.expect("All print the same last ten digits." in run.out, "the digits")


@test("without a compiler the rest is compared all the same, and the packages are named")
def _(place):
    run = peers(place, "mc", "--points", "1000", "--rounds", "1", cli.program,
                PATH=place.path("nothing-here")).fine()
    compiled = {name for name in MC_PEERS if not name.startswith(("numpy", "CPython"))}
    run.expect(compiled <= left_out(run), "what has to be compiled is left out")
    run.expect("Left out: GSL taus2: gcc cannot build it; Debian package libgsl-dev\n" in run.out,
               "how to get GSL")
    same({name for name in rows(run)} & compiled, set(), "rows of what was left out")
    digits = peers(place, "digits", "--digits", "100", "--rounds", "1", cli.program, PATH=place.path("nothing-here")).fine()
    for text in (run.out, digits.out):
        run.expect(max(map(len, text.splitlines())) <= 80, f"80 columns: {text}")
    run.expect("CPython, random()" in rows(run) and "no gcc" in run.out, "the rest")


@test("a program that does not draw pi is refused, not compared")
def _(place):
    fake = place.path("fake")
    with open(fake, "w", encoding="utf-8") as file:
        file.write('''#!/bin/sh
echo '{"benchmarks": [{"variant": "fake", "runs": [{"work": "1000", "median_s": 1e-6,
       "answers": [{"name": "pi", "z": 7.5}]}]}]}'
''')
    os.chmod(fake, 0o755)
    run = peers(place, "mc", "--points", "1000", "--rounds", "1", fake)
    run.expect(run.code == 1 and run.out == "", "exit 1 and no table")
    same(run.err, "peers: pibench mc/plain: z = 7.5 with seed 1: this is not pi\n", "stderr")


@test("unknown tables, numbers that are none and a program that is not there are told in a line")
def _(place):
    run = peers(place, "nothing")
    run.expect(run.code == 2 and re.match(r"peers: name a table: .*\bmc\b", run.err), "the tables")
    run = peers(place, "mc", "--rounds", "0", cli.program)
    run.expect(run.code == 2 and "take numbers from 1" in run.err, "rounds")
    run = peers(place, "mc", "--points", "nan", cli.program)
    run.expect(run.code == 2 and "take numbers from 1" in run.err, "points")
    run = peers(place, "mc", place.path("pibench"))
    run.expect(run.code == 1 and "is not there; build it first" in run.err, "no program")


main()
