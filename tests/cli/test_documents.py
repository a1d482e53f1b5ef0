# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents say holds: examples print what is printed there, links lead somewhere, pictures in docs/ are drawn
from the figures beside them, and the figures can be measured anew."""
import csv
import glob
import os
import platform
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import cli
from cli import Skip, main, same, test

DOCS = os.path.join(cli.SOURCE, "docs")
SVG = "{http://www.w3.org/2000/svg}"


def plot(place, script, *arguments):
    script = os.path.join(cli.SOURCE, "scripts", script)
    return subprocess.run([sys.executable, "-B", script, *arguments], check=True, env=place.environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=place.directory).stdout


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def dots(path):
    return len(list(ET.parse(path).getroot().iter(SVG + "circle")))


# --- Words ---

PAGES = [page for folder in (".", "docs", "results", "tests/topologies", "report/uplot")
         for page in sorted(glob.glob(os.path.join(cli.SOURCE, folder, "*.md")))]


@test("the README's examples of pibench print what is printed there")
def _(place):
    examples = re.findall(r"^    \$ pibench (.*)\n((?:    (?!\$).*\n)+)", text_of(os.path.join(cli.SOURCE, "README.md")),
                          re.M)
    assert len(examples) >= 3, examples
    for arguments, printed in examples:
        same(place.run(*arguments.split()).fine().out, re.sub("^    ", "", printed, flags=re.M), arguments)


@test("links within the documents lead to files, and to headings, that are there")
def _(_):
    assert len(PAGES) > 10, PAGES
    for page in PAGES:
        for file, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text_of(page)):
            target = os.path.normpath(os.path.join(os.path.dirname(page), file)) if file else page
            assert os.path.exists(target), f"{page} links to {file}, which is not there"
            headings = re.findall(r"^#+ (.*)$", text_of(target), re.M) if heading else []
            anchors = [re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-") for words in headings]
            assert not heading or heading in anchors, f"{page} links to {file}#{heading}: there are {anchors}"


# --- Adding a kernel ---

PROGRAM = r"""
#include <stdio.h>
#include "kernel.h"
extern const struct kernel kernel_midpoint;
int main(void)
{
  const struct kernel *k = &kernel_midpoint;
  struct job job = {.kernel = k, .values = {1000003}};
  union { struct partial partial; char bytes[4096]; } a, b, c;
  union { struct answer answer; char bytes[4096]; } answer;
  void *plan;
  if (k->prepare(&job, &plan) < 0)
    return 2;
  for (const struct variant *v = k->methods->variants; v->name; v++) {
    partial_init(&a.partial, k->payload_bytes(plan));
    partial_init(&b.partial, k->payload_bytes(plan));
    partial_init(&c.partial, k->payload_bytes(plan));
    if (v->needs & ~cpu_features())
      continue;
    v->run(plan, (struct range){0, k->units(plan)}, &a.partial);
    v->run(plan, (struct range){0, 333}, &b.partial);
    v->run(plan, (struct range){333, k->units(plan)}, &c.partial);
    k->merge(plan, &b.partial, &c.partial);
    answer_init(&answer.answer, sizeof answer);
    k->finish(plan, &a.partial, &answer.answer);
    printf("%d %.9f %llu\n", a.partial.payload[0] == c.partial.payload[0], answer.answer.items[0].number,
           (unsigned long long)answer.answer.items[1].count);
  }
  k->release(plan);
  return 0;
}
"""


@test("the kernel of adding-a-kernel.md compiles without a warning, and its variants give the same")
def _(place):
    blocks = re.findall(r"`kernels/(midpoint\S*)`[^`]*```c\n(.*?)```", text_of(os.path.join(DOCS, "adding-a-kernel.md")), re.S)
    same([name for name, _ in blocks], ["midpoint.h", "midpoint.c", "midpoint_avx2.c"], "files")
    if platform.machine() != "x86_64":
        raise Skip("its second variant is for x86")
    for name, text in [*blocks, ("program.c", PROGRAM)]:
        with open(place.path(name), "w", encoding="utf-8") as file:
            file.write(text)
    kernels = os.path.join(cli.SOURCE, "kernels")
    flags = ["-std=gnu11", "-O3", "-Wall", "-Wextra", "-Wconversion", "-Wmissing-prototypes", "-Werror",
             f"-I{place.directory}", f"-I{kernels}"]
    cc = lambda *rest: subprocess.run(["cc", *flags, *rest], check=True, cwd=place.directory)
    cc("-c", "midpoint.c")
    cc("-c", "-mavx2", "-mbmi2", "-mfma", "midpoint_avx2.c")
    cc("-o", "program", "program.c", "midpoint.o", "midpoint_avx2.o",
       *(os.path.join(kernels, name) for name in ("partial.c", "answer.c", "cpu.c")), "-lm")
    printed = subprocess.run([place.path("program")], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    same(set(printed), {printed[0]}, "what the variants gave")
    assert printed[0].startswith("1 3.14159265"), printed


# --- The error of Monte Carlo ---


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
    plot(place, "error-plot", os.path.join(DOCS, "error.csv"), drawn)
    same(text_of(drawn), text_of(os.path.join(DOCS, "error.svg")), "docs/error.svg; run scripts/error-plot")
    rows = rows_of(os.path.join(DOCS, "error.csv"))
    same((rows[0]["points"], rows[-1]["points"]), (1e4, 1e11), "sizes")
    check(rows)


@test("measured anew, it has a row and a dot for every half decade")
def _(place):
    plot(place, "error-plot", "--measure", cli.program, "--seeds", "24", "--most", "1e5", place.path("a.csv"),
         place.path("a.svg"))
    rows = rows_of(place.path("a.csv"))
    same([row["points"] for row in rows], [10000, 31623, 100000], "sizes")
    check(rows)
    same(dots(place.path("a.svg")), len(rows), "dots")


# --- Time against position ---

def written(place, rows, name="a.csv"):
    with open(place.path(name), "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return place.path(name)


def position_rows(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


@test("docs/position.svg and the table of docs/hex-primes.md are drawn from docs/position.csv")
def _(place):
    drawn, data = place.path("position.svg"), os.path.join(DOCS, "position.csv")
    table = plot(place, "position-plot", "--table", data, drawn)
    same(text_of(drawn), text_of(os.path.join(DOCS, "position.svg")), "docs/position.svg; run scripts/position-plot")
    page = text_of(os.path.join(DOCS, "hex-primes.md"))
    for part in table.split("\n\n"):
        assert part.strip() in page, f"docs/hex-primes.md lacks this, of scripts/position-plot --table:\n{part}"
    for row in position_rows(data):
        assert 0 < float(row["min_s"]) <= float(row["median_s"]) <= float(row["max_s"]), row


@test("the exponents of the plot are those of its data, over the upper decades")
def _(place):
    rows = [{"kernel": kernel, "variant": "scalar", "position": 10 ** power, "median_s": seconds(10.0 ** power)}
            for kernel, seconds in (("bbp-hex", lambda n: 3e-8 * n ** 1.25), ("hex-primes", lambda n: 1e-6 * n ** 0.5))
            for power in range(7, 11)]
    rows += [{**rows[0], "position": 10 ** 6, "median_s": 5}]  # below the range of the fit
    table = plot(place, "position-plot", "--table", written(place, rows), place.path("a.svg"))
    drawing = text_of(place.path("a.svg"))
    for words in ("exponent 1.25 from 10⁷ to 10¹⁰", "exponent 0.50 from 10⁷ to 10¹⁰"):
        assert words in table and words in drawing, table
    same(dots(place.path("a.svg")), len(rows), "dots")


@test("times are measured anew by parts, each in the place of what was there")
def _(place):
    def measure(*more):
        plot(place, "position-plot", "--measure", cli.program, "--passes", "1", *more, place.path("a.csv"),
             place.path("a.svg"))
        return position_rows(place.path("a.csv"))

    measure("--isa", "scalar", "--from", "1e3", "--to", "1e4")
    rows = measure("--isa", "scalar", "--from", "1e4", "--to", "4e4")
    same([(row["kernel"], row["variant"], row["position"]) for row in rows],
         [(kernel, "scalar", position) for kernel in ("bbp-hex", "hex-primes")
          for position in ("1000", "3162", "10000", "31623")], "rows")
    for row in rows:
        assert 0 < float(row["min_s"]) <= float(row["median_s"]) <= float(row["max_s"]), row
        assert int(row["samples"]) > 0 and row["cpu"] and row["method"], row
    same(dots(place.path("a.svg")), len(rows), "dots")


main()
