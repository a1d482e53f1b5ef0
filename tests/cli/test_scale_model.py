# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/scale-model: a machine that is made up comes out exactly, and the picture is that of the figures."""
import csv
import json
import math
import os
import subprocess
import sys

import cli
from cli import Run, main, same, test

MODEL = os.path.join(cli.SOURCE, "scripts", "scale-model")
DOCS = os.path.join(cli.SOURCE, "docs")
LEVEL_S, BYTE_S = 1e-5, 1e-9  # what the made-up merges cost,
ONCE_S = 3e-5  # and one rank alone
JOBS = {"small": (1.0, 0.0, 600), "large": (2.0, 0.125, 400000)}  # run, finish, bytes of a partial


def model(place, *arguments):
    result = subprocess.run([sys.executable, "-B", MODEL, *arguments], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, cwd=place.directory, env=place.environment)
    return Run(arguments, result.returncode, result.stdout, result.stderr)


def row(backend, workers, name, bytes_of=lambda size, workers: size * (workers - 1)):
    run_s, finish_s, size = JOBS[name]
    merge_s = ONCE_S + math.log2(workers) * (LEVEL_S + size * BYTE_S)
    seconds = run_s / workers + merge_s + finish_s
    return {"mode": "parallel" if backend else "serial", "backend": backend or "process",
            "workers": workers, "min_s": seconds,
            "merged_bytes": str(bytes_of(size, workers)),
            "phases": {"run_s": run_s / workers, "merge_s": merge_s, "finish_s": finish_s}}


def write_result(place, file_name, rows_of_job):
    benchmarks = [{"name": name, "runs": rows_of_job(name)} for name in JOBS]
    with open(place.path(file_name), "w", encoding="utf-8") as file:
        json.dump({"machine": {"online_cpus": 2}, "benchmarks": benchmarks}, file)


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return {(row["job"], int(row["ranks"])): row for row in csv.DictReader(file)}


def close(value, wanted, what):
    assert abs(float(value) / wanted - 1) < 1e-4, f"{what}: {value}, not {wanted}"


def fake_build(place):
    """Shares that are equal, but no smaller than a 32nd: the job has one chunk that large."""
    os.makedirs(place.path("build", "tests"))
    os.makedirs(place.path("build", "bench"))
    os.symlink(cli.program, place.path("build", "bench", "pibench"))
    with open(place.path("build", "tests", "shares"), "w", encoding="utf-8") as file:
        file.write(f"#!{sys.executable}\nimport sys\nfor job in sys.argv[1:]:\n  for level in range(13):\n"
                   "    print(f'{job},{2 ** level},{max(2 ** -level, 1 / 32)}')\n")
    os.chmod(place.path("build", "tests", "shares"), 0o755)


ARGUMENTS = ("--build", "build", "--node", "package:1 core:16 pu:1", "--network-us", "3", "--network-gb-s", "4",
             "--csv", "m.csv", "--svg", "m.svg")


@test("a made-up machine comes out exactly")
def _(place):
    fake_build(place)
    write_result(place, "r.json", lambda name: [row(None, 1, name)] + [row("mpi", w, name) for w in (1, 2, 4)])
    model(place, "r.json", *ARGUMENTS).fine()
    rows = rows_of(place.path("m.csv"))
    same(sorted({ranks for _, ranks in rows}), [2 ** level for level in range(13)], "ranks")
    for name, (run_s, finish_s, size) in JOBS.items():
        level = LEVEL_S + size * BYTE_S
        # 64 ranks: four nodes of 16, so four levels inside and two between.
        merge_s = ONCE_S + 6 * level + 2 * (3e-6 + size / 4e9)
        start_s = 6 * LEVEL_S + 2 * 3e-6
        seconds = run_s / 32 + start_s + merge_s + finish_s
        found = rows[name, 64]
        same(found["nodes"], "4", "nodes")
        close(found["merge_s"], merge_s, "merging")
        close(found["start_s"], start_s, "start")
        close(found["seconds"], seconds, "seconds")
        close(found["speedup"], (run_s + ONCE_S + finish_s) / seconds, "speedup")
        same(rows[name, 16]["nodes"], "1", "nodes of 16")
        close(rows[name, 16]["merge_s"], ONCE_S + 4 * level, "no network inside a node")
        # Four ranks on two CPUs compute no sooner than two.
        close(rows[name, 4]["here_s"], run_s / 2 + 2 * LEVEL_S + ONCE_S + 2 * level + finish_s, "4 ranks here")
        close(rows[name, 4]["measured_s"], run_s / 4 + ONCE_S + 2 * level + finish_s, "measured")


@test("partials that grow from level to level are refused")
def _(place):
    fake_build(place)
    write_result(place, "r.json", lambda name: [row("mpi", w, name, lambda size, workers: size * workers)
                                                for w in (1, 2, 4)])
    run = model(place, "r.json", *ARGUMENTS)
    run.expect(run.code == 1 and "small: partials grow" in run.err, "refused")


@test("rows that are missing are named")
def _(place):
    fake_build(place)
    write_result(place, "r.json", lambda name: [row(None, 1, name), row("mpi", 1, name)])
    run = model(place, "r.json", *ARGUMENTS)
    run.expect(run.code == 1 and "small: wants rows of" in run.err, "refused")


@test("docs/model.svg is drawn from docs/model.csv")
def _(place):
    model(place, "--csv", os.path.join(DOCS, "model.csv"), "--svg", "again.svg").fine()
    with open(place.path("again.svg"), encoding="utf-8") as new, \
            open(os.path.join(DOCS, "model.svg"), encoding="utf-8") as kept:
        drawn = new.read()
        same(drawn, kept.read(), "docs/model.svg; run scripts/scale-model")
    rows = rows_of(os.path.join(DOCS, "model.csv"))
    same(drawn.count("<circle"), sum(row["measured_s"] != "" for row in rows.values()), "dots")


main()
