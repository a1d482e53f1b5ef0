# SPDX-License-Identifier: GPL-3.0-or-later
"""The regression gate from outside: ab, compare, history, and files that mean harm.

Builds are imitated by shell scripts that print a kept result with other times: what ab makes of two
sides is then the same on every machine. Real builds are run once, for the form of the result.
"""
import glob
import json
import os
import resource
import shutil
import signal
import subprocess

import cli
from builds import build, kept, log, scaled, write
from cli import SOURCE, Skip, kill_session, load_schema, main, same, session_of, test, wait_until


def check_ab(result):
    registry = cli.jsonschema.RefResolver.from_schema(
        ab_schema(), store={"urn:pibench:result:1": load_schema()})
    validator = cli.jsonschema.Draft202012Validator(ab_schema(), resolver=registry)
    errors = [f"{list(e.absolute_path)}: {e.message:.200}" for e in validator.iter_errors(result)]
    same(errors, [], "against results/schema-ab.json")
    return result


def ab_schema():
    with open(os.path.join(SOURCE, "results", "schema-ab.json"), encoding="utf-8") as file:
        return json.load(file)


def narrow(text):
    same([line for line in text.splitlines() if len(line) > 80], [], "lines of more than 80 columns")


# --- ab: verdicts ---

@test("ab: the same times on both sides pass, in shuffled blocks of four after old against old")
def _(place):
    old, new = build(place, "old", kept()), build(place, "new", kept())
    run = place.run("ab", old, new, "--blocks", "10", "-o", "r.json").fine()
    narrow(run.out)
    run.expect("PASS: none of 6 comparisons is slower than 5 %" in run.out, "the sentence")
    with open(place.path("r.json"), encoding="utf-8") as file:
        result = check_ab(json.load(file))
    same(result["exit_code"], 0, "exit code")
    sides = [words[0] for words in log(place)][2:]  # after a look at each
    same(sides[:24], ["old"] * 24, "old against old")
    blocks = [tuple(sides[i:i + 4]) for i in range(24, len(sides), 4)]
    kinds = {("old", "new", "new", "old"), ("new", "old", "old", "new")}
    same((len(blocks), set(blocks)), (10, kinds), "blocks")
    same([" ".join(block) for block in blocks], result["phases"]["first"], "order in the result")
    row = result["benchmarks"][0]["rows"][0]
    same((len(row["runs"]["first"]), len(row["runs"]["same"])), (40, 24), "runs")
    same(row["runs"]["first"][0]["samples_s"], kept()["benchmarks"][0]["runs"][0]["samples_s"],
         "raw samples")


@test("ab: 10 % slower is a regression, confirmed by as many blocks of what is slower; exit 3")
def _(place):
    old = build(place, "old", kept())
    new = build(place, "new", scaled(kept(), 1.1, only=0))
    run = place.run("ab", old, new, "--blocks", "8", "-o", "r.json")
    run.expect(run.code == 3, "exit 3")
    run.expect("REGRESSED: 3 of 6 are slower than 5 %" in run.out, "the sentence")
    run.expect("8 more blocks confirm it" in run.out.replace("\n", " "), "the confirmation")
    result = check_ab(json.load(open(place.path("r.json"), encoding="utf-8")))
    rulings = [[row["ruling"] for row in b["rows"]] for b in result["benchmarks"]]
    same(rulings, [["regressed"] * 3, ["pass"] * 3], "rulings")
    change = result["benchmarks"][0]["rows"][1]["results"]["confirm"]
    assert abs(change["change"] - 0.1) < 1e-9 and change["blocks"] == 8, change
    same(result["benchmarks"][1]["rows"][0]["runs"]["confirm"], [], "runs of what passed")
    last = log(place)[-1]
    assert "mc:points=1e9" in last and "bbp-hex:position=1e6" not in last, last


@test("ab: --threshold decides, faster is improved, and what lies at the threshold is inconclusive")
def _(place):
    old = build(place, "old", kept(1))
    new = build(place, "new", scaled(kept(1), 1.1))
    place.run("ab", old, new, "--threshold", "12%", "--blocks", "8").fine()
    run = place.run("ab", new, old, "--threshold", "0.05", "--blocks", "8").fine()
    run.expect(run.out.count("improved: faster by 9.1 % at least") == 3, "improved")
    run = place.run("ab", old, new, "--threshold", "10%", "--blocks", "8")
    run.expect(run.code in (0, 3, 4), "at the threshold rounding decides")


@test("ab: noise is inconclusive: exit 4, or 0 with --on-inconclusive=warn; what would have shown is told")
def _(place):
    # Runs of both sides take 1, 1.3, 1, 1.3, ... times as long, whatever side they are of.
    old = build(place, "old", kept(1))
    noisy = build(place, "noisy", scaled(kept(1), 1.3))
    script = place.path("drawn")
    with open(script, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nn=$(cat {place.path('n')} 2>/dev/null || echo 7)\n"
                   f"n=$(( (n * 75 + 74) % 65537 ))\necho $n >{place.path('n')}\n"
                   f"if [ $((n / 16 % 2)) = 0 ]; then cat {old}.json; else cat {noisy}.json; fi\n")
    os.chmod(script, 0o755)
    run = place.run("ab", script, script, "--blocks", "10", "-q")
    run.expect(run.code == 4, "exit 4")
    text = run.out.replace("\n", " ")
    run.expect("INCONCLUSIVE: 3 of 3 comparisons cannot tell" in text, "the sentence")
    run.expect("would have shown" in text or "differs from itself" in text, "the smallest change")
    place.run("ab", script, script, "--blocks", "10", "--on-inconclusive=warn").fine()


@test("ab: wrong digits on one side are found before anything is timed: exit 5")
def _(place):
    wrong = kept()
    wrong["benchmarks"][1]["right"] = False
    old, new = build(place, "old", kept()), build(place, "new", wrong)
    run = place.run("ab", old, new)
    run.expect(run.code == 5 and "new side" in run.err and "wrong digits" in run.err, "exit 5")
    same(len(log(place)), 2, "runs")
    run = place.run("ab", old, build(place, "dies", kept(), "echo 'pibench: mc: wrong' >&2; exit 5"))
    run.expect(run.code == 5 and "wrong digits: mc: wrong" in run.err, "exit 5, as it said itself")


@test("ab: different work is named and not timed: exit 7 if nothing else is left, else 4")
def _(place):
    other = kept()
    other["benchmarks"][0]["runs"][0]["counters"]["points"] = "999999999"
    old, new = build(place, "old", kept()), build(place, "new", other)
    run = place.run("ab", old, new, "--blocks", "8")
    run.expect(run.code == 4, "exit 4")
    run.expect("mc:points=1e9: not compared: different work: points (1000000000, now" in
               run.out.replace("\n", " "), "what differs")
    run.expect("INCONCLUSIVE: none of 3 comparisons is slower than 5 %, but 1 benchmark could\nnot be compared." in
               run.out, "the sentence")
    assert all("mc:points=1e9" not in words for words in log(place)[2:]), "it was run"
    other["benchmarks"] = other["benchmarks"][:1]
    run = place.run("ab", build(place, "old1", kept(1)), build(place, "new1", other))
    run.expect(run.code == 7 and "NOTHING was compared" in run.out, "exit 7")
    run.expect("\n\n\n" not in run.out, "no two blank lines")
    for key, value, said in (("revision", 2, "revision"), ("method", "plain", "method"),
                             ("parameters", {"points": "7"}, "parameters")):
        other = kept(1)
        other["benchmarks"][0][key] = value
        run = place.run("ab", place.path("old1"), build(place, "new2", other))
        run.expect(run.code == 7 and f"different {said}" in run.out, said)


@test("work that only one side counts is told in a line, and times are compared all the same")
def _(place):
    other = kept(1)
    for row in other["benchmarks"][0]["runs"]:
        row["counters"]["squares"], row["counters"]["roots"] = "5", "1"
    old, new = build(place, "old", kept(1)), build(place, "new", other)
    for a, b, side in ((old, new, "new"), (new, old, "old")):
        told = f"mc:points=1e9: only the {side} side counts squares, roots; not compared"
        run = place.run("ab", a, b, "--blocks", "8", "-o", "r.json").fine()
        run.expect(told in run.out and "PASS: none of 3" in run.out, told)
        benchmark = check_ab(json.load(open(place.path("r.json"), encoding="utf-8")))["benchmarks"][0]
        same((benchmark["counters"], benchmark["counters_not_compared"]),
             (kept(1)["benchmarks"][0]["runs"][0]["counters"], told[15:-14]), "in the result")
        run = place.run("compare", f"{a}.json", f"{b}.json").fine()
        run.expect(told in run.out and "PASS: none of 3" in run.out, told)
        narrow(run.out)
    for row in other["benchmarks"][0]["runs"]:
        del row["counters"]["points"]
    run = place.run("compare", f"{old}.json", write(place, "c.json", other)).fine()
    run.expect("mc:points=1e9: only the old side counts points, only the new side counts squares, roots;"
               in run.out.replace("\n", " "), "both sides")
    for number in range(20):
        other["benchmarks"][0]["runs"][0]["counters"][f"a_counter_with_a_long_name_{number}"] = "1"
    run = place.run("compare", f"{old}.json", write(place, "c.json", other)).fine()
    run.expect(", ...; not compared" in run.out.replace("\n", " "), "many")


@test("ab: another instruction set and other software are named, and compared")
def _(place):
    other = kept(1)
    other["benchmarks"][0]["variant"] = "avx2"
    other["software"]["gmp"] = {"version": "6.3.0", "path": "/opt/libgmp.so.10"}
    run = place.run("ab", build(place, "old", kept(1)), build(place, "new", other), "--blocks", "8")
    run.fine()
    for line in ("changed: gmp: 6.2.1, now 6.3.0", "changed: mc:points=1e9 runs avx512, now avx2"):
        run.expect(line in run.out, line)


@test("ab: both sides get the same CPUs in the same order, their environment, and --inject the new one")
def _(place):
    result = kept(1)
    result["topology"]["slots"].reverse()
    both = build(place, "both", result)
    place.run("ab", both, "--env-old", "SIDE=o", "--env-new", "SIDE=n", "--inject", "3%", "--blocks",
              "8", "--", "mc:points=1e9", "--isa", "avx2").fine()
    lines = log(place)
    same({words[1] for words in lines}, {"o", "n"}, "environments")
    for words in lines[1:]:
        text = " ".join(words)
        assert "--place cpus=1,0 --pin require" in text and "--isa avx2" in text, text
        same("--inject 3%" in text, words[1] == "n", "injection")
        same(words.count("mc:points=1e9"), 1, "jobs")


@test("ab: builds that fail, crash, print something else or are missing are named")
def _(place):
    old = build(place, "old", kept(1))
    cases = [("exit 1", 1, "exited with 1"), ("exit 6", 6, "exited with 6"),
             ("kill -SEGV $$", 1, "killed by SIGSEGV"),
             ("echo x", 1, "is no build of pibench (its output: line"), ("sleep 60", 1, "did not end within --timeout")]
    for end, code, said in cases:
        run = place.run("ab", old, build(place, "new", kept(1), end), "--timeout", "5")
        run.expect(run.code == code and "the new side" in run.err and said in run.err, said)
        same(run.err.count("\n"), 1, f"lines for {end}")
    for name, said in (("missing", "No such file"), ("./old.json", "for 'pibench compare'"), ("old", "with ./ before it"),
                       ("/", "Permission denied"), ("true", "is no build of pibench")):
        run = place.run("ab", old, name)
        run.expect(run.code == (1 if name == "true" else 2) and said in run.err, f"{said!r} for {name}")
        run.expect(run.err.count("\n") == 1 and "the new side" in run.err, "one line")
    short = kept(1)
    short["benchmarks"][0]["too_short"] = True
    run = place.run("ab", build(place, "short", short), place.path("short"), "--blocks", "8").fine()
    run.expect("mc:points=1e9 is too short to trust" in run.out, "a word on it")


@test("ab: Ctrl-C ends the run that is under way, keeps what was measured, and dies of the signal")
def _(place):
    slow = build(place, "slow", kept(1), "sleep 0.2")
    process = place.start("ab", slow, slow, "-o", "r.json")
    try:
        wait_until(lambda: os.path.exists(place.path("log")) and len(log(place)) > 5, "some runs")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=cli.PATIENCE_S)
        same(process.returncode, -signal.SIGINT, "end")
        same(session_of(process), [], "what is left")
    finally:
        kill_session(process)
    result = check_ab(json.load(open(place.path("r.json"), encoding="utf-8")))
    same((result["complete"], result["error"]), (False, "interrupted"), "result")
    assert result["benchmarks"][0]["rows"][0]["runs"]["same"]


@test("ab: on GitHub Actions verdicts are annotations and a table in the step summary")
def _(place):
    old = build(place, "old", kept())
    new = build(place, "new", scaled(kept(), 1.1, only=0))
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": place.path("summary.md")}
    run = place.run("ab", old, new, "--blocks", "8", environment=environment)
    errors = [line for line in run.out.splitlines() if line.startswith("::error title=pibench ab::")]
    same(len(errors), 3, "annotations")
    run.expect("%25" in errors[0] and "mc:points=1e9, serial: regressed" in errors[0], "escaped")
    with open(place.path("summary.md"), encoding="utf-8") as file:
        summary = file.read()
    assert summary.startswith("### pibench ab\n\n| benchmark |") and "**regressed**" in summary
    rows = [line for line in summary.splitlines() if line.startswith("|")]
    same({line.replace("\\|", "").count("|") for line in rows}, {8}, "columns")


# --- ab: real programs ---

@test("ab: two environments of this very build, one with a copy of GMP: the change of library is named")
def _(place):
    libraries = glob.glob("/usr/lib/*/libgmp.so.10")
    if not libraries:
        raise Skip("libgmp.so.10 is not where Debian has it")
    os.mkdir(place.path("gmp"))
    shutil.copy(libraries[0], place.path("gmp", "libgmp.so.10"))
    run = place.run("ab", cli.program, "--env-new", f"LD_LIBRARY_PATH={place.path('gmp')}", "--blocks",
                    "6", "--threshold", "100%", "-w", "1", "-o", "r.json", "--", "mc:points=1e5",
                    "--rounds", "1", "--pin", "off")
    run.expect(run.code in (0, 3, 4), "a verdict")
    run.expect("changed: gmp file: " in run.out and "/gmp/libgmp.so.10" in run.out.replace("\n", ""),
               "the library")
    result = check_ab(json.load(open(place.path("r.json"), encoding="utf-8")))
    same(result["sides"]["new"]["software"]["gmp"]["path"],
         os.path.realpath(place.path("gmp", "libgmp.so.10")), "its path")
    run.expect("NOT PINNED" in run.out, "unpinned runs say so")


@test("ab --command: any two programs, pinned; five times the time is a regression")
def _(place):
    run = place.run("ab", "--command", "sleep 0.02", "sleep 0.1", "--blocks", "6", "--threshold", "60%", "-o", "r.json")
    run.expect(run.code == 3 and "whole process" in run.out, "exit 3")
    result = check_ab(json.load(open(place.path("r.json"), encoding="utf-8")))
    same((result["options"]["mode"], result["sides"]["old"]["software"]), ("commands", None), "mode")
    run = place.run("ab", "--command", "echo loud$((6 * 7)); taskset -cp $$ >>cpus 2>&1; cat cpus | tail -1",
                    "true", "--blocks", "6", "--on-inconclusive=warn", "-q")
    run.expect(run.code == 0 and "loud42" not in run.out, "output is discarded")
    with open(place.path("cpus"), encoding="utf-8") as file:
        lists = {line.rsplit(" ", 1)[1].strip() for line in file}
    assert len(lists) == 1 and lists.pop().isdigit(), "not one CPU"


@test("ab --command: a program that fails or is missing ends it")
def _(place):
    for command, code, said in (("false", 1, "exited with 1"), ("sh -c 'exit 9'", 1, "exited with 9"),
                                ("no-such-program x", 2, "No such file"), (" ", 2, "empty")):
        run = place.run("ab", "--command", "true", command)
        run.expect(run.code == code and "the new side" in run.err and said in run.err, said)


@test("ab --command --inject: the new side takes so much longer")
def _(place):
    run = place.run("ab", "--command", "sleep 0.05", "--inject", "100%", "--threshold", "5%",
                    "--blocks", "6", "-q")
    run.expect(run.code == 3, "exit 3")


@test("run --inject slows every worker, and the result says so; history and references leave it out")
def _(place):
    run = place.run("run", "mc:points=1e6", "-w", "1", "--rounds", "1", "--inject", "5%", "-o", "r/",
                    environment={"HOME": place.path("home")})
    run.expect(run.code == 2, "no directory yet")
    os.mkdir(place.path("r"))
    run = place.run("run", "mc:points=1e6", "-w", "1", "--rounds", "1", "--inject", "5%", "-o", "r/").fine()
    run.expect("slowed down by 5 % on purpose" in run.out, "the table says so")
    result = cli.read_result(glob.glob(place.path("r", "*.json"))[0])
    same(result["benchmarks"][0]["slowdown_injected"], 0.05, "the result says so")
    same(place.run("history", "r").code, 7, "history")


# --- compare ---

def sides(place, old, new, count=5):
    """`count` files a side that differ by a few per mille."""
    paths = []
    for side, result in (("old", old), ("new", new)):
        paths.append([write(place, f"{side}{i}.json", scaled(result, 1 + 0.002 * i))
                      for i in range(count)])
    return [*paths[0], "--against", *paths[1]]


@test("compare: with five files a side it gives verdicts: 0, 3 and 4")
def _(place):
    run = place.run("compare", *sides(place, kept(), kept()), "--threshold", "3%").fine()
    narrow(run.out)
    run.expect("PASS: none of 6" in run.out and "Advisory" not in run.out, "pass")
    run = place.run("compare", *sides(place, kept(), scaled(kept(), 1.1, only=1)))
    run.expect(run.code == 3 and "REGRESSED: 3 of 6" in run.out, "exit 3")
    near = sides(place, kept(), scaled(kept(), 1.05))
    run = place.run("compare", *near)
    run.expect(run.code == 4 and "would have shown" in run.out.replace("\n", " "), "exit 4")
    run = place.run("compare", *near, "--on-inconclusive=warn").fine()
    same(run.err, "", "stderr")


@test("a file that is compared with itself, also by another path, gives a warning of one line")
def _(place):
    path = write(place, "a.json", kept())
    for other in (path, "./a.json", place.path("a.json")):
        run = place.run("compare", path, other).fine()
        same(run.err, f"pibench: warning: {other} is on both sides: compared with itself, nothing changes\n", "stderr")
    same(place.run("compare", path, write(place, "b.json", kept())).fine().err, "", "of a copy")


@test("compare: with fewer files it is advisory, exit 0, whatever it sees")
def _(place):
    run = place.run("compare", write(place, "a.json", kept()),
                    write(place, "b.json", scaled(kept(), 1.5))).fine()
    run.expect("Advisory: REGRESSED: 6 of 6" in run.out and "Unpaired" in run.out, "advisory")
    place.run("compare", *sides(place, kept(), scaled(kept(), 1.5), 4)).fine()
    run = place.run("compare", "--against", "b.json", "a.json")
    run.expect(run.code == 2, "no old side")


@test("compare: other machines are refused with what differs, exit 6; --allow-different compares hardware")
def _(place):
    write(place, "a.json", kept())
    edits = [(("machine", "cpu_model"), "Other CPU", "CPU model"),
             (("topology", "allowed_cpus"), "0-3", "allowed CPUs"),
             (("topology", "quota"), 1.5, "CPU quota"), (("machine", "virtualised"), "none", "virtualised"),
             (("topology", "place"), "compact", "order of CPUs"),
             (("machine", "fingerprint"), "0123456789abcdef", "caches")]
    for (section, key), value, said in edits:
        other = kept()
        other[section][key] = value
        run = place.run("compare", "a.json", write(place, "b.json", other))
        run.expect(run.code == 6 and f"different machine: {said}" in run.out or said == "caches",
                   f"exit 6 for {said}")
        run.expect(run.code == 6 and run.err.count("\n") == 1, "one line on stderr")
        run = place.run("compare", "a.json", "b.json", "--allow-different").fine()
        run.expect("comparison of hardware" in run.out, "hardware")


@test("compare: software may differ and is listed; injected slowness and incomplete files are told")
def _(place):
    other = kept()
    other["software"]["compiler"] = "clang 19"
    other["benchmarks"][0]["slowdown_injected"] = 0.05
    other.update(complete=False, error="interrupted")
    run = place.run("compare", write(place, "a.json", kept()), write(place, "b.json", other)).fine()
    for line in ("changed: compiler: gcc 12.2.0, in b.json clang 19", "slowed down by 5 % on purpose",
                 "b.json is incomplete: interrupted"):
        run.expect(line in run.out, line)


@test("compare: wrong digits exit 5, nothing in common 7, other work is named")
def _(place):
    write(place, "a.json", kept())
    other = kept()
    other["benchmarks"][0]["right"] = False
    run = place.run("compare", "a.json", write(place, "b.json", other))
    run.expect(run.code == 5 and "wrong digits" in run.err, "exit 5")
    other = kept()
    for benchmark in other["benchmarks"]:
        benchmark["name"] += "0"
    run = place.run("compare", "a.json", write(place, "b.json", other))
    run.expect(run.code == 7 and run.out.count("not compared") == 4, "exit 7")
    other = kept()
    other["benchmarks"][0]["runs"][2]["counters"]["points"] = "1"
    run = place.run("compare", "a.json", write(place, "b.json", other)).fine()
    run.expect("different work: points" in run.out, "work")
    weak = kept()
    weak["options"]["scaling"] = "weak"
    run = place.run("compare", "a.json", write(place, "b.json", weak))
    run.expect(run.code == 7 and "other scaling" in run.out, "scaling")


# --- history ---

@test("history: results per machine and benchmark in order of time, with changes; what is no result is told")
def _(place):
    os.mkdir(place.path("results"))
    for day in range(1, 8):
        result = scaled(kept(), 1 + 0.01 * (7 - day))
        result["started_at"] = f"2026-01-0{day}T00:00:00Z"
        write(place, f"results/{9 - day}.json", result)
    other = kept(1)
    other["machine"]["cpu_model"] = "Other CPU"
    write(place, "results/x.json", other)
    write(place, "results/broken.json", {"schema": 7})
    run = place.run("history", "results", "--last", "3").fine()
    narrow(run.out)
    run.expect(run.err.count("\n") == 1 and "1 file could not be read" in run.err, "a note")
    days = [line.split()[0] for line in run.out.splitlines() if line.startswith(" 2026-01")]
    same(days, ["2026-01-05", "2026-01-06", "2026-01-07"] * 2, "order")
    run.expect("Other CPU, CPUs 0-1" in run.out and " -1.0 %" in run.out, "machines and changes")
    run.expect("from the median of the 6 before. Advisory." in run.out, "the trend")
    same(place.run("history").code, 7, "an empty place")
    same(place.run("history", "nowhere").code, 2, "a missing directory")


@test("history keeps revisions of a kernel apart and names them, and one worker is one worker")
def _(place):
    os.mkdir(place.path("results"))
    for revision in (1, 2):
        result = kept(1)
        result["benchmarks"][0]["revision"] = revision
        result["benchmarks"][0]["runs"] = [row for row in result["benchmarks"][0]["runs"] if row["workers"] == 1]
        write(place, f"results/{revision}.json", result)
    out = place.run("history", "results").fine().out
    same([line for line in out.splitlines() if line.startswith("mc:points=1e9")],
         ["mc:points=1e9, avx512", "mc:points=1e9, avx512, revision 2"], "series")
    assert "1 worker ms" in out and "%" not in out, out


# --- Hostile files ---

MEMORY_BYTES = 200 << 20  # as result_read.h promises


def limited():
    """Two seconds of CPU, so that none hangs; that one will do is told, not asserted."""
    resource.setrlimit(resource.RLIMIT_CPU, (2, 2))


def is_sanitized():
    """Sanitizers keep freed memory for themselves."""
    with open(cli.program, "rb") as file:
        return b"__asan_init" in file.read()


def refused(place, path, *command):
    """One line that names the file, exit 2; returns the most memory that it took (with what Python had
    before exec), in bytes, and its CPU time."""
    errors = place.path("stderr")
    with open(errors, "w+", encoding="utf-8", errors="surrogateescape") as file:
        process = place.start(*command, stdout=subprocess.PIPE, stderr=file, preexec_fn=limited)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        file.seek(0)
        run = cli.Run(command, process.returncode, out, file.read())
    run.expect(run.code == 2 and run.out == "", f"exit 2 for {path}")
    run.expect(run.err.count("\n") == 1 and path in run.err, f"one line on stderr that names {path}")
    run.expect(run.err.strip().isprintable(), "no control characters")
    if not is_sanitized():
        run.expect(usage.ru_maxrss << 10 < MEMORY_BYTES, f"{path} took {usage.ru_maxrss >> 10} MB")
    return usage.ru_maxrss << 10, usage.ru_utime + usage.ru_stime


def told(most):
    return ", ".join(f"{name} {size >> 20} MB {seconds:.2f} s" for name, (size, seconds) in most.items())


def hostile():
    """Name and text of files that mean harm, or are broken."""
    text = json.dumps(kept())
    yield "truncated", text[:len(text) // 2]
    yield "empty", ""
    yield "newer", text.replace("pibench-result/1", "pibench-result/2")
    yield "deep", "[" * 1000000
    yield "deep-object", '{"a":' * 500000
    yield "huge-time", text.replace('"samples_s": [0.0', '"samples_s": [1e308, 0.0', 1)
    yield "overflow", text.replace('"samples_s": [0.0', '"samples_s": [1e999, 0.0', 1)
    yield "nan", text.replace('"samples_s": [0.0', '"samples_s": [NaN, 0.0', 1)
    yield "negative", text.replace('"samples_s": [0.0', '"samples_s": [-0.0', 1)
    yield "edited", text.replace('"median_s": 0.0', '"median_s": 0.00', 1)
    yield "duplicate", '{"schema": "pibench-result/1", ' + text[1:]
    yield "many-values", "[" + "0," * 7000000 + "0]"
    yield "many-objects", "[" + "{}," * 5000000 + "0]"
    yield "long-text", '{"schema": "' + "x" * (15 << 20) + '"}'
    # Just within the limits of size, values and containers: refused only once it has been parsed.
    yield "limits", "[" + "{}," * 99990 + "1.5," * 390000 + '"' + "x" * (14 << 20) + '"]'
    yield "limits-objects", "[" + '{"a":1},' * 99990 + "{" + ",".join(f'"{i}":1' for i in range(140000)) + "}]"
    yield "escape", text.replace('"label": "', '"label": "\\u001b]0;', 1)
    yield "not-json", "\x1b[2J\x00\xff"
    yield "array", "[]"


@test("files cut short, edited, newer or made to do harm: one line that names them, exit 2, little memory")
def _(place):
    good = write(place, "good.json", kept())
    most = {}
    for name, text in hostile():
        path = f"{name}.json"
        with open(place.path(path), "w", encoding="latin-1") as file:
            file.write(text)
        most[name] = max(refused(place, path, "compare", good, path),
                         refused(place, path, "export", path, "--format=csv"))
        os.unlink(place.path(path))
    print("#", told(most))


@test("100 MB of anything are refused without being read")
def _(place):
    with open(place.path("zeros.json"), "wb") as file:
        file.truncate(100 << 20)
    with open(place.path("numbers.json"), "wb") as file:
        file.write(b"[" + b"1," * (50 << 20) + b"1]")
    most = {path: refused(place, path, "export", path, "--format=md")
            for path in ("zeros.json", "numbers.json", "/dev/zero", ".")}
    print("#", told(most))


main()
