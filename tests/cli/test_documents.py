# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in docs/ are drawn from the figures beside them, and the figures can be measured anew."""
import csv
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import cli
from cli import main, same, test

PLOT = os.path.join(cli.SOURCE, "scripts", "error-plot")
DOCS = os.path.join(cli.SOURCE, "docs")


def plot(place, *arguments):
    subprocess.run([sys.executable, "-B", PLOT, *arguments], check=True, env=place.environment,
                   stdin=subprocess.DEVNULL, cwd=place.directory)


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def check(rows):
    """No root mean square is 5 of its own deviations from what is expected."""
    for row in rows:
        ratio = row["rms_error"] / row["theory"]
        assert abs(ratio - 1) < 5 / (2 * row["seeds"]) ** 0.5, row
        assert row["low"] < row["rms_error"] < row["high"], row


@test("docs/error.svg is drawn from docs/error.csv, whose errors fall as they should")
def _(place):
    drawn = place.path("error.svg")
    plot(place, os.path.join(DOCS, "error.csv"), drawn)
    with open(drawn, encoding="utf-8") as new, open(os.path.join(DOCS, "error.svg"),
                                                    encoding="utf-8") as kept:
        same(new.read(), kept.read(), "docs/error.svg; run scripts/error-plot")
    rows = rows_of(os.path.join(DOCS, "error.csv"))
    same((rows[0]["points"], rows[-1]["points"]), (1e4, 1e11), "sizes")
    check(rows)


@test("measured anew, it has a row and a dot for every half decade")
def _(place):
    plot(place, "--measure", cli.program, "--seeds", "24", "--most", "1e5", place.path("a.csv"),
         place.path("a.svg"))
    rows = rows_of(place.path("a.csv"))
    same([row["points"] for row in rows], [10000, 31623, 100000], "sizes")
    check(rows)
    dots = ET.parse(place.path("a.svg")).getroot().iter("{http://www.w3.org/2000/svg}circle")
    same(len(list(dots)), len(rows), "dots")


main()
