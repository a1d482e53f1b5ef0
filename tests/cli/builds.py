# SPDX-License-Identifier: GPL-3.0-or-later
"""Imitated builds: shell scripts that print a kept result with other times."""
import copy
import json
import os

from cli import TWO_BENCHMARKS


def kept(benchmarks=None):
    with open(TWO_BENCHMARKS, encoding="utf-8") as file:
        result = json.load(file)
    if benchmarks:
        result["benchmarks"] = result["benchmarks"][:benchmarks]
    return result


def scaled(result, factor, only=None):
    """Every time of it (or of one benchmark) longer by a factor."""
    result = copy.deepcopy(result)
    for i, benchmark in enumerate(result["benchmarks"]):
        for row in benchmark["runs"] if only in (None, i) else []:
            row["samples_s"] = [s * factor for s in row["samples_s"]]
            row["median_s"] *= factor
    return result


def write(place, name, result):
    with open(place.path(name), "w", encoding="utf-8") as file:
        json.dump(result, file)
    return name


def build(place, name, result, end="exit 0"):
    """A program that takes the arguments of `pibench run`, and notes them."""
    write(place, f"{name}.json", result)
    script = place.path(name)
    with open(script, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho \"{name} ${{SIDE:-}} $*\" >>{place.path('log')}\n"
                   f"cat {place.path(name)}.json\n{end}\n")
    os.chmod(script, 0o755)
    return script


def log(place):
    with open(place.path("log"), encoding="utf-8") as file:
        return [line.split() for line in file]
