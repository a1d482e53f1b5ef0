# SPDX-License-Identifier: GPL-3.0-or-later
"""pibench export: each form is read by a consumer of its own, or checked against its definition."""
import csv
import io
import json
import math
import os
import subprocess
import xml.etree.ElementTree as tree

from cli import TWO_BENCHMARKS, Skip, main, same, test

KEPT = TWO_BENCHMARKS
COMPARE_PY = "/usr/share/benchmark/compare.py"  # Debian's libbenchmark-tools
NAMES = [f"{name}/{row}" for name in ("mc:points=1e9", "bbp-hex:position=1e6")
         for row in ("serial", "workers:1", "workers:2")]


def kept():
    with open(KEPT, encoding="utf-8") as file:
        return json.load(file)


def export(place, form, result):
    with open(place.path("r.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)
    out = place.path("out")
    place.run("export", "r.json", f"--format={form}", "-o", "out").fine()
    with open(out, newline="", encoding="utf-8") as file:
        text = file.read()
    if "\r" not in text:  # Python would read CRLF as LF
        same(place.run("export", "r.json", "--format", form).fine().out, text, "stdout and -o")
    return text


def weak(result):
    result["options"]["scaling"] = "weak"
    return result


@test("csv: RFC 4180, one line a row, quotes and commas kept, unknown values empty")
def _(place):
    result = kept()
    result["label"] = 'a "quoted", label'
    text = export(place, "csv", result)
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), "line ends"
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    same([row["row"] for row in rows], NAMES, "rows")
    for row, (benchmark, run) in zip(rows, [(b, r) for b in result["benchmarks"] for r in b["runs"]]):
        same(None in row or None in row.values(), False, "ragged lines")
        same((row["label"], row["benchmark"]), ('a "quoted", label', benchmark["name"]), "texts")
        assert math.isclose(float(row["median_s"]), run["median_s"], rel_tol=1e-9)
        same(row["speedup"] == "", run["speedup"] is None, "unknown")


@test("csv: every column is what the result says under its name")
def _(place):
    result = kept()
    result["benchmarks"][0]["right"] = None
    result["benchmarks"][1]["right"] = False
    rows = csv.DictReader(io.StringIO(export(place, "csv", result)), strict=True)
    for row, (b, run) in zip(rows, [(b, r) for b in result["benchmarks"] for r in b["runs"]], strict=True):
        low, high = run["ci95_s"]
        speedup_low, speedup_high = run["speedup_ci95"] or (None, None)
        for column, value in {"median_s": run["median_s"], "median_low_s": low, "median_high_s": high,
                              "min_s": run["min_s"], "mad_s": run["mad_s"], "rate_per_s": run["rate_per_s"],
                              "speedup": run["speedup"], "speedup_low": speedup_low,
                              "speedup_high": speedup_high, "capacity": run["capacity"],
                              "efficiency": run["efficiency"]}.items():
            same(float(row[column]) if row[column] else None, value, column)
        texts = {"kernel": b["kernel"], "method": b["method"], "variant": b["variant"], "scaling": "strong",
                 "mode": run["mode"], "backend": run["backend"], "workers": str(run["workers"]),
                 "pinned": "yes" if run["pinned"] else "no", "samples": str(len(run["samples_s"])),
                 "right": "" if b["right"] is None else "no", "unit": b["unit"],
                 "started_at": result["started_at"], "cpu_model": result["machine"]["cpu_model"],
                 "version": result["pibench"]["version"], "commit": result["pibench"]["commit"]}
        same({column: row[column] for column in texts}, texts, "texts")


@test("md: a table in GitHub's form with as many cells in every line; small enough for a step summary")
def _(place):
    result = kept()
    result["benchmarks"][1]["right"] = False
    text = export(place, "md", result)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    same(len(lines), 2 + 6, "lines")
    same({line.replace("\\|", "").count("|") for line in lines}, {6}, "cells")
    same(text.count("**wrong digits**"), 3, "wrong digits")
    assert len(text.encode()) < 1 << 20, "GitHub takes 1 MiB"


@test("md: times and speedups with their intervals, low before high; what is missing is said")
def _(place):
    result = empty_row(kept())
    lines = export(place, "md", result).splitlines()
    run = result["benchmarks"][0]["runs"][2]
    times = "{:.4g} ({:.4g} – {:.4g})".format(*(1e3 * s for s in [run["median_s"], *run["ci95_s"]]))
    speedups = "{:.2f} ({:.2f} – {:.2f})".format(run["speedup"], *run["speedup_ci95"])
    same(lines[4], f"| {NAMES[2]} | avx512 | {times} | {speedups} | {100 * run['efficiency']:.0f} % |", "row")
    same(lines[7], f"| {NAMES[5]} | scalar | no samples | | |", "row without samples")
    assert lines[-1].endswith(" **Incomplete:** interrupted"), lines[-1]
    result["error"] = None
    assert export(place, "md", result).endswith(" **Incomplete:** not told why\n")
    assert "Incomplete" not in export(place, "md", kept())


@test("gbench: Google Benchmark's own compare.py reads it and tests the samples")
def _(place):
    slower = kept()
    for benchmark in slower["benchmarks"]:
        for row in benchmark["runs"]:
            row["samples_s"] = [s * 1.5 for s in row["samples_s"]]
            row["median_s"] *= 1.5
    for name, result in (("a.json", kept()), ("b.json", slower)):
        text = export(place, "gbench", result)
        with open(place.path(name), "w", encoding="utf-8") as file:
            file.write(text)
    if not os.path.exists(COMPARE_PY):
        raise Skip("libbenchmark-tools is not installed")
    run = subprocess.run(["/usr/bin/python3", COMPARE_PY, "--no-color", "benchmarks",
                          place.path("a.json"), place.path("b.json")],
                         capture_output=True, text=True, check=False)
    if "No module named" in run.stderr:
        raise Skip(f"compare.py lacks {run.stderr.split()[-1]}")
    same(run.returncode, 0, run.stderr)
    for name in NAMES:
        line = [l for l in run.stdout.splitlines() if l.startswith(f"{name}_pvalue")]
        assert len(line) == 1 and "U Test, Repetitions: 8" in line[0], (name, line)
        assert float(line[0].split()[1]) < 0.01, line


@test("gbench: samples that count, as repetitions in nanoseconds; weak scaling has names of its own")
def _(place):
    result = kept()
    entries = json.loads(export(place, "gbench", result))["benchmarks"]
    for benchmark in result["benchmarks"]:
        for row, name in zip(benchmark["runs"], ("serial", "workers:1", "workers:2")):
            aside = {flag["round"] for flag in row["flagged"] if flag["set_aside"]}
            times = [s * 1e9 for i, s in enumerate(row["samples_s"]) if i not in aside]
            mine = [e for e in entries if e["name"] == f"{benchmark['name']}/{name}"]
            same(len(mine), len(times), "repetitions")
            for i, (entry, time) in enumerate(zip(mine, times)):
                assert math.isclose(entry["real_time"], time, rel_tol=1e-9)
                same((entry["repetition_index"], entry["repetitions"], entry["run_type"],
                      entry["threads"], entry["time_unit"]),
                     (i, len(times), "iteration", row["workers"], "ns"), "entry")
    strong = {e["name"] for e in entries}
    other = {e["name"] for e in json.loads(export(place, "gbench", weak(kept())))["benchmarks"]}
    same(strong & other, set(), "names of both scalings")


@test("gbench: CPU time of all workers, wall time where it is not known; the clock in MHz, 0 where not; nothing wrong")
def _(place):
    for ghz, mhz in ((3.25, 3250), (None, 0), (1e6, 0)):
        result = kept()
        result["benchmarks"][0]["runs"][0]["clock_ghz"][0] = ghz
        result["benchmarks"][0]["runs"][1]["usage"]["cpu_s"] = [None] * result["benchmarks"][0]["rounds"]
        result["benchmarks"][1]["right"] = False
        exported = json.loads(export(place, "gbench", result))
        same(exported["context"]["mhz_per_cpu"], mhz, "clock")
        same({entry["name"] for entry in exported["benchmarks"]}, set(NAMES[:3]), "without wrong ones")
        for entry in exported["benchmarks"]:
            same(entry["cpu_time"] == entry["real_time"], entry["name"] == NAMES[1], entry["name"])
    row = kept()["benchmarks"][0]["runs"][2]
    aside = {flag["round"] for flag in row["flagged"] if flag["set_aside"]}
    same([round(e["cpu_time"], 3) for e in exported["benchmarks"] if e["name"] == NAMES[2]],
         [round(s * 1e9, 3) for i, s in enumerate(row["usage"]["cpu_s"]) if i not in aside], "CPU times")


@test("gha: what github-action-benchmark asks of customSmallerIsBetter")
def _(place):
    result = kept()
    entries = json.loads(export(place, "gha", result))
    same([e["name"] for e in entries], NAMES, "names")
    medians = [row["median_s"] for b in result["benchmarks"] for row in b["runs"]]
    for entry, median in zip(entries, medians):
        assert set(entry) <= {"name", "unit", "value", "range", "extra"}, entry
        assert all(isinstance(entry[k], str) and entry[k] for k in ("name", "unit", "range", "extra"))
        assert math.isclose(entry["value"], median * 1e3, rel_tol=1e-9)
    for entry, row in zip(entries, [row for b in result["benchmarks"] for row in b["runs"]]):
        low, high = row["ci95_s"]
        same(entry["range"], f"± {(high - low) / 2 * 1e3:.4g}", "half the interval")
    result["benchmarks"][0]["right"] = False
    same([e["name"] for e in json.loads(export(place, "gha", result))], NAMES[3:], "without wrong ones")


def empty_row(result):
    row = result["benchmarks"][1]["runs"][2]
    row["samples_s"], row["median_s"] = [], None
    result.update(complete=False, error="interrupted")
    return result


@test("junit: suites, cases, failures and skips; the sums are those of the cases")
def _(place):
    result = empty_row(kept())
    result["benchmarks"][0]["right"] = False
    result["benchmarks"][0]["verification"] = 'digits "a" < \'b\' & c'
    root = tree.fromstring(export(place, "junit", result).encode())
    same((root.tag, root.get("tests"), root.get("failures"), root.get("errors")),
         ("testsuites", "6", "3", "0"), "root")
    for suite, benchmark in zip(root, result["benchmarks"]):
        same((suite.tag, suite.get("name")), ("testsuite", benchmark["name"]), "suite")
        cases = suite.findall("testcase")
        same([len(cases), len(suite.findall("testcase/failure")), len(suite.findall("testcase/skipped"))],
             [int(suite.get(k)) for k in ("tests", "failures", "skipped")], "sums")
        assert math.isclose(sum(float(c.get("time")) for c in cases), float(suite.get("time")),
                            abs_tol=1e-8)
        assert all(c.get("classname") and c.get("name") for c in cases)
    same(root.find("testsuite/testcase/failure").get("message"), 'digits "a" < \'b\' & c', "message")
    assert math.isclose(sum(float(suite.get("time")) for suite in root), float(root.get("time")), abs_tol=1e-8)


@test("junit: what was not verified is no failure, and what is wrong is not skipped even without samples")
def _(place):
    result = empty_row(kept())
    result["benchmarks"][0]["right"] = None
    result["benchmarks"][1]["right"] = False
    root = tree.fromstring(export(place, "junit", result).encode())
    same([[suite.get(key) for key in ("tests", "failures", "skipped")] for suite in root],
         [["3", "0", "0"], ["3", "3", "0"]], "suites")
    same((root.get("failures"), len(root.findall("testsuite/testcase/skipped"))), ("3", 0), "root")


@test("junit: junitparser reads it")
def _(place):
    try:
        import junitparser
    except ImportError:
        raise Skip("python3-junitparser is not installed") from None
    result = empty_row(kept())
    result["benchmarks"][0]["right"] = False
    export(place, "junit", result)
    xml = junitparser.JUnitXml.fromfile(place.path("out"))
    xml.update_statistics()
    same((xml.tests, xml.failures, xml.skipped), (6, 3, 1), "counted by junitparser")


@test("export: no file, no form, other forms and places that cannot be written: exit 2")
def _(place):
    for arguments in ([], ["--format=csv"], [KEPT], [KEPT, "--format=xml"], [KEPT, KEPT, "--format=csv"],
                      [KEPT, "--format=csv", "-o", "missing/x"], [KEPT, "--format=csv", "-o", "."]):
        run = place.run("export", *arguments)
        run.expect(run.code == 2 and run.err.count("\n") == 1 and run.out == "", "exit 2")


main()
