# SPDX-License-Identifier: GPL-3.0-or-later
"""pibench export of a result of ab: the five forms, and files that were cut, edited or made to do harm."""
import csv
import io
import json
import math
import os
import re
import statistics
import subprocess
import xml.etree.ElementTree as tree

from builds import build, kept, log, scaled
from cli import Skip, main, same, test

COMPARE_PY = "/usr/share/benchmark/compare.py"  # Debian's libbenchmark-tools
ROWS = ("serial", "workers:1", "workers:2")
NAMES = [f"{name}/{row}" for name in ("mc:points=1e9", "bbp-hex:position=1e6") for row in ROWS]
BLOCKS = 8


def compared(place, *more, new=None):
    """mc 10 % slower, bbp-hex as it was; the result."""
    new = new or scaled(kept(), 1.1, only=0)
    new["software"]["gmp"] = {"version": "6.3.0", "path": "/opt/a|b/libgmp.so.10"}
    run = place.run("ab", build(place, "old", kept()), build(place, "new", new), "--blocks", str(BLOCKS), "-o",
                    "r.json", *more)
    run.expect(run.code in (3, 4), "exit 3 or 4")
    with open(place.path("r.json"), encoding="utf-8") as file:
        return json.load(file)


def export(place, form):
    out = place.path("out")
    place.run("export", "r.json", f"--format={form}", "-o", "out").fine()
    with open(out, newline="", encoding="utf-8") as file:
        return file.read()


def other_work():
    """mc 10 % slower; bbp-hex did something else."""
    new = scaled(kept(), 1.1, only=0)
    new["benchmarks"][1]["revision"] = 77
    return new


@test("csv: every sample of both sides in order, with the verdict on its row; RFC 4180")
def _(place):
    result = compared(place)
    text = export(place, "csv")
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), "line ends"
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    at = iter(rows)
    for benchmark, names in zip(result["benchmarks"], (NAMES[:3], NAMES[3:])):
        for row, name in zip(benchmark["rows"], names):
            for phase in ("same", "first", "confirm"):
                for number, run in enumerate(row["runs"][phase]):
                    for k, sample in enumerate(run["samples_s"]):
                        line = next(at)
                        same([line[key] for key in ("row", "phase", "side", "block", "run", "sample", "ruling")],
                             [name, phase, run["side"], str(number // 4 + 1), str(number % 4 + 1), str(k + 1),
                              row["ruling"]], "line")
                        assert math.isclose(float(line["sample_s"]), sample, rel_tol=1e-9)
                        assert math.isclose(float(line["run_s"]), run["time_s"], rel_tol=1e-9)
            assert math.isclose(float(line["change"]), row["results"]["first"]["change"], abs_tol=1e-9), line
            low, high = row["results"]["first"]["interval"]
            assert math.isclose(float(line["change_low"]), low, abs_tol=1e-9) and high >= low
    same(next(at, None), None, "lines behind the last")
    same({None in row or None in row.values() for row in rows}, {False}, "ragged lines")


@test("md: the table of the step summary, what changed, and both sides")
def _(place):
    compared(place)
    text = export(place, "md")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    same(len(lines), 2 + 6, "lines")
    same({line.replace("\\|", "").count("|") for line in lines}, {8}, "cells")
    same((text.count("**regressed**: slower by"), text.count("| pass: ")), (3, 3), "verdicts")
    assert "+10.0 to +10.0 %" in lines[2], lines[2]
    assert "**REGRESSED: 3 of 6 are slower than 5 %.**" in text and "- changed: gmp: 6.2.1, now 6.3.0\n" in text
    assert "/opt/a\\|b/libgmp" in text and re.search(r"Old: \S+/old \(0\.1\.0 .*; new: \S+/new ", text), text


@test("junit: a regression fails, what was not compared is an error or skipped, a pass tells its interval")
def _(place):
    for more, kind in (((), "error"), (("--on-inconclusive=warn",), "skipped")):
        compared(place, *more, new=other_work())
        root = tree.fromstring(export(place, "junit").encode())
        same([root.get(key) for key in ("tests", "failures", "errors", "skipped")],
             ["4", "3", "1" if kind == "error" else "0", None], "root")
        same([case.get("name") for case in root.iter("testcase")], [*NAMES[:3], "bbp-hex:position=1e6"], "cases")
        for failure in root.iter("failure"):
            assert failure.get("message").startswith("new/old 1.1000 (1.1000 to 1.1000), regressed: slower by")
        same([suite.get("skipped") for suite in root], ["0", "0" if kind == "error" else "1"], "skipped")
        left = root.findall(f"testsuite/testcase/{kind}")
        same([case.get("message").split(" (")[0] for case in left], ["not compared: different revision of the kernel"],
             kind)
    compared(place)
    outputs = [out.text for out in tree.fromstring(export(place, "junit").encode()).iter("system-out")]
    same(outputs, ["new/old 1.0000 (1.0000 to 1.0000), pass: the whole interval lies below 5 %"] * 3, "passes")
    try:
        import junitparser
    except ImportError:
        return
    xml = junitparser.JUnitXml.fromfile(place.path("out"))
    xml.update_statistics()
    same((xml.tests, xml.failures), (6, 3), "counted by junitparser")


@test("gbench: compare.py filters old/ new/ finds the change in the samples that decided")
def _(place):
    result = compared(place)
    entries = json.loads(export(place, "gbench"))["benchmarks"]
    runs = result["benchmarks"][0]["rows"][0]["runs"]["first"]
    for side in ("old", "new"):
        mine = [entry for entry in entries if entry["name"] == f"{side}/{NAMES[0]}"]
        times = [s for run in runs if run["side"] == side for s in run["samples_s"]]
        same((len(mine), {entry["repetitions"] for entry in mine}), (len(times), {len(times)}), "repetitions")
        assert [entry["repetition_index"] for entry in mine] == list(range(len(times)))
        assert all(math.isclose(e["real_time"], s * 1e9, rel_tol=1e-9) for e, s in zip(mine, times))
    if not os.path.exists(COMPARE_PY):
        raise Skip("libbenchmark-tools is not installed")
    run = subprocess.run(["/usr/bin/python3", COMPARE_PY, "--no-color", "filters", place.path("out"), "old/", "new/"],
                         capture_output=True, text=True, check=False)
    if "No module named" in run.stderr:
        raise Skip(f"compare.py lacks {run.stderr.split()[-1]}")
    same(run.returncode, 0, run.stderr)
    lines = [line for line in run.stdout.splitlines() if "_pvalue" in line]
    same(len(lines), 6, run.stdout)
    for line, name in zip(lines, NAMES):
        assert name in line and "U Test" in line, line
        assert name not in NAMES[:3] or float(re.search(r"_pvalue\s+([0-9.e-]+)", line)[1]) < 0.01, line


@test("gha: new/old of each row, a number near 1 with half its interval")
def _(place):
    result = compared(place)
    entries = json.loads(export(place, "gha"))
    rows = [row for benchmark in result["benchmarks"] for row in benchmark["rows"]]
    same([entry["name"] for entry in entries], NAMES, "names")
    for entry, row in zip(entries, rows):
        assert set(entry) == {"name", "unit", "value", "range", "extra"} and entry["unit"] == "new/old", entry
        assert math.isclose(entry["value"], 1 + row["results"]["first"]["change"], rel_tol=1e-9), entry
        assert entry["extra"] == f"{row['ruling']}: {row['reason']}", entry
        low, high = row["results"]["first"]["interval"]
        same(entry["range"], f"± {(high - low) / 2:.4g}", "half the interval")


@test("of two commands: whole processes, and no build is told")
def _(place):
    place.run("ab", "--command", "true", "sh -c 'sleep 0.01'", "--blocks", "6", "-o", "r.json", "-q")
    rows = list(csv.DictReader(io.StringIO(export(place, "csv"))))
    same({(row["row"], row["version"], row["variant"]) for row in rows}, {("sh -c 'sleep 0.01'/process", "", "")},
         "rows")
    median = statistics.median(float(row["sample_s"]) for row in rows if row["side"] == "new")
    assert 0.01 < median, median
    for form in ("md", "junit", "gbench", "gha"):
        assert "process" in export(place, form), form


def spoilt(result):
    """What was done to the file, and what the message has to name."""
    row = result["benchmarks"][0]["rows"][0]
    first = row["runs"]["first"]
    for what, said, change in (
            ("ruling", "the file was edited", lambda: row.update(ruling="pass")),
            ("another ruling", "rows[0].ruling", lambda: row.update(ruling="x\u001b[2J")),
            ("a sample", "the file was edited", lambda: [run.update(samples_s=[1.0], time_s=1.0) for run in first]),
            ("a side", "is not that of run 0 of phase first", lambda: first[0].update(side="x")),
            ("a run too many", "more runs than its blocks", lambda: first.append(first[0])),
            ("a negative time", "samples_s", lambda: first[0].update(samples_s=[-1.0])),
            ("a time between no samples", "not between its samples", lambda: first[0].update(time_s=7.0)),
            ("an order", "phases.first holds what is no order", lambda: result["phases"].update(first=["old"])),
            ("blocks", "more than 1000 blocks", lambda: result["phases"].update(same=["old old old old"] * 1001)),
            ("rows", "too many rows", lambda: result["benchmarks"][1].update(
                rows=[{"name": "serial", "runs": {"same": [], "first": [], "confirm": []}}] * 6000)),
            ("a form", "is not pibench-ab/1", lambda: result.update(schema="pibench-ab/2")),
            ("a threshold", "options.threshold", lambda: result["options"].update(threshold=0)),
            ("a path", "control characters", lambda: result["differences"][0].update(new="\u001b]0;")),
            ("an environment", "environment", lambda: result["sides"]["new"].update(environment=["A=\u0007"])),
            ("no benchmarks", "benchmarks is missing", lambda: result.pop("benchmarks"))):
        kept_text = json.dumps(result)
        change()
        yield what, said, json.dumps(result)
        for key, value in json.loads(kept_text).items():
            result[key] = value
        row = result["benchmarks"][0]["rows"][0]
        first = row["runs"]["first"]


@test("results of ab that were cut short, edited or made to do harm: exit 2 and one line that names what")
def _(place):
    result = compared(place)
    text = json.dumps(result)
    for what, said, spoiled in [("cut", "line 1", text[:-100]), *spoilt(result)]:
        with open(place.path("bad.json"), "w", encoding="utf-8") as file:
            file.write(spoiled)
        for form in ("csv", "md"):
            run = place.run("export", "bad.json", f"--format={form}")
            run.expect(run.code == 2 and run.out == "" and run.err.count("\n") == 1, f"exit 2 for {what}")
            run.expect(run.err.startswith("pibench: bad.json: ") and said in run.err, f"{said!r} for {what}")
            run.expect(run.err.strip().isprintable(), "no control characters")


@test("other commands say who reads it; history leaves it out with a note")
def _(place):
    compared(place)
    for command in (["compare", "r.json", "r.json"], ["report", "r.json"]):
        run = place.run(*command)
        run.expect(run.code == 2 and "is a result of 'pibench ab', which 'pibench export' reads" in run.err, "who")
    os.mkdir(place.path("results"))
    os.rename(place.path("r.json"), place.path("results", "gate.json"))
    run = place.run("history", "results")
    run.expect(run.code == 7, "exit 7")
    run.expect("1 result of 'pibench ab' left out" in run.err and "could not be read" not in run.err, "a note")


@test("Ctrl-C: what was measured until then is judged as far as it goes, and marked")
def _(place):
    slow = build(place, "slow", kept(1), "sleep 0.05")
    process = place.start("ab", slow, slow, "-o", "r.json")
    from cli import PATIENCE_S, kill_session, wait_until
    import signal
    try:
        wait_until(lambda: os.path.exists(place.path("log")) and len(log(place)) > 8, "some runs")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    finally:
        kill_session(process)
    with open(place.path("r.json"), encoding="utf-8") as file:
        result = json.load(file)
    same([row["ruling"] for row in result["benchmarks"][0]["rows"]], ["inconclusive"] * 3, "rulings")
    text = export(place, "md")
    assert "**Incomplete:** interrupted" in text and "no block was completed" in text, text


main()
