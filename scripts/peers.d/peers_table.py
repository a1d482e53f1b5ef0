# SPDX-License-Identifier: GPL-3.0-or-later
"""peers_table.py: what the tables of scripts/peers share: contenders, rounds, medians, the table.

A contender computes so much work with a seed and tells (work done, seconds, z or None).  One round
runs each of them once; ratios are taken within a round, where the machine was about the same for
all, and the table shows their medians and ranges.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import textwrap

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Missing(Exception):
    """A contender cannot run here; the text says why."""


class Wrong(Exception):
    """A contender failed, or gave an answer that cannot be right."""


def run(command):
    """The stdout of a command."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except OSError as error:
        raise Missing(f"{command[0]}: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise Wrong(f"{os.path.basename(command[0])} ended with {error.returncode}: {last}") from None


# --- Contenders ---

class Contender:
    """`remark` is shown in a column of its own; `share` is the part of the work that it can afford;
    a `heading` makes a line above its row."""

    def __init__(self, name, remark="", share=1.0, heading=None):
        self.name, self.remark, self.share, self.heading = name, remark, share, heading

    def prepare(self, directory):
        """Builds it, or raises Missing."""

    def measure(self, work, seed):
        raise NotImplementedError


class Program(Contender):
    """A program that takes work and seed and prints work done, hits or 0, and seconds; `z` makes a
    z of the first two, or is None."""

    def __init__(self, name, command, z=None, needs=None, **more):
        super().__init__(name, **more)
        self.command, self.z, self.needs = command, z, needs

    def prepare(self, directory):
        if self.needs:
            check, package = self.needs
            try:
                run(check)
            except (Missing, Wrong):
                raise Missing(f"Debian package {package}") from None

    def measure(self, work, seed):
        words = run([*self.command, str(int(work)), str(seed)]).split()
        done, found, seconds = int(words[0]), int(words[1]), float(words[2])
        return done, seconds, self.z(done, found) if self.z else None


class Compiled(Program):
    """A program of one source file."""

    FLAGS = ("-O3", "-march=native")

    def __init__(self, name, source, package, arguments=(), libraries=(), **more):
        super().__init__(name, None, **more)
        self.source, self.package = source, package
        self.arguments, self.libraries = arguments, libraries

    def prepare(self, directory):
        binary = os.path.join(directory, os.path.basename(self.source) + ".out")
        compiler = "g++" if self.source.endswith(".cc") else "gcc"
        if not os.path.exists(binary):
            try:
                run([compiler, *self.FLAGS, "-o", binary, self.source, *self.libraries])
            except (Missing, Wrong):
                raise Missing(f"{compiler} cannot build it; Debian package {self.package}") from None
        self.command = [binary, *self.arguments]


class Pibench(Contender):
    """The serial run of a benchmark; `job` takes the work."""

    def __init__(self, name, program, job, item=None, **more):
        super().__init__(name, **more)
        self.program, self.job, self.item, self.variant = program, job, item, ""

    def measure(self, work, seed):
        out = run([self.program, "run", self.job.format(int(work)), "-w", "1", "--rounds", "1",
                   "--seed", str(seed), "-q", "-o", "-"])
        benchmark = json.loads(out)["benchmarks"][0]
        serial = benchmark["runs"][0]
        self.variant = benchmark["variant"]
        z = [a["z"] for a in serial["answers"] if a["name"] == self.item]
        return int(serial["work"]), serial["median_s"], z[0] if z else None


# --- Rounds ---

def prepare_all(contenders, directory):
    """Those that can run here, and why others cannot."""
    ready, missing = [], []
    for contender in contenders:
        try:
            contender.prepare(directory)
            ready.append(contender)
        except Missing as why:
            missing.append(f"{contender.name}: {why}")
    return ready, missing


def measure_all(contenders, work, rounds):
    """Work per second: a list of rounds of each contender."""
    rates = {contender: [] for contender in contenders}
    for seed in range(1, rounds + 1):
        for contender in contenders:
            done, seconds, z = contender.measure(max(1, work * contender.share), seed)
            if z is not None and not abs(z) < 5:
                raise Wrong(f"{contender.name}: z = {z:.1f} with seed {seed}: this is not pi")
            rates[contender].append(done / seconds)
    return rates


# --- The table ---

def si(value):
    for factor, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= factor:
            return f"{value / factor:#.3g}".rstrip(".") + prefix
    return f"{value:.3g}  "


def ratio_text(ratios):
    def shown(ratio):
        return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"

    spread = f" ({shown(min(ratios))} – {shown(max(ratios))})" if len(ratios) > 1 else ""
    return f"{shown(statistics.median(ratios)):>6} ×{spread}"


def row(contender, rates, base):
    name = contender.name
    if isinstance(contender, Pibench):
        name += f", {contender.variant}"
    ratios = [b / r for b, r in zip(base, rates)]
    return f"{name:<35}{contender.remark:>6}{si(statistics.median(rates)):>11}  {ratio_text(ratios)}"


def print_table(title, columns, rates):
    """The first contender is the base of all ratios."""
    base = next(iter(rates.values()))
    print(title)
    print(f"\n{columns[0]:<35}{columns[1]:>6}{columns[2]:>11}  {columns[3]}")
    for contender, own in rates.items():
        if contender.heading:
            print(f" ── {contender.heading} " + "─" * (74 - len(contender.heading)))
        print(row(contender, own, base))


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.machine()


def compilers():
    try:
        version = run(["gcc", "-dumpfullversion"]).strip()
        return f"peers in C and C++ by gcc {version} {' '.join(Compiled.FLAGS)}"
    except (Missing, Wrong):
        return "no gcc"


def options_parse(description, what, amount):
    parser = argparse.ArgumentParser(prog="peers", description=description)
    parser.add_argument(f"--{what}", dest="work", type=float, default=amount,
                        help=f"{what} of a run (default {amount:g})")
    parser.add_argument("--rounds", type=int, default=7, help="default 7; medians are shown")
    parser.add_argument("program", nargs="?", default=os.path.join(TOP, "build/bench/pibench"),
                        metavar="PIBENCH")
    options = parser.parse_args()
    if options.rounds < 1 or not 1 <= options.work <= 1e15:
        parser.error(f"--rounds and --{what} take numbers from 1; {what} at most 1e15")
    if not os.access(options.program, os.X_OK):
        sys.exit(f"peers: {options.program} is not there; build it first (scripts/bench)")
    options.program = os.path.abspath(options.program)
    return options


def table(contenders, options, what, columns, notes=()):
    """Runs everything and prints the table; returns the exit code."""
    cpu = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})  # and so of all that is started from here
    with tempfile.TemporaryDirectory(prefix="pibench-peers-") as directory:
        ready, missing = prepare_all(contenders, directory)
        try:
            rates = measure_all(ready, options.work, options.rounds)
        except (Missing, Wrong) as error:
            print(f"peers: {error}", file=sys.stderr)
            return 1
    print_table(f"{options.work:.3g} {what} on CPU {cpu} of {cpu_model()}, {datetime.date.today()}\n"
                f"medians of {options.rounds} round{'s' * (options.rounds > 1)} (range); {compilers()}", columns, rates)
    print()
    for note in notes:
        print(note)
    for text in missing:
        print(textwrap.fill(f"Left out: {text}", 80, subsequent_indent="  ", break_on_hyphens=False))
    return 0
