# SPDX-License-Identifier: GPL-3.0-or-later
"""The result file: valid against its schema, in the right place, and saying what was run."""
import glob
import json
import os
import re
import stat

import cli
from cli import SOURCE, TWO_BENCHMARKS, check_result, load_schema, main, read_result, same, test

SHORT = ("run", "mc:points=1e5", "bbp-hex:position=1000", "-w", "1,2", "--rounds", "2")


def rows_are_whole(result, rounds):
    """What must hold of every complete result of so many rounds."""
    same((result["complete"], result["error"]), (True, None), "complete, error")
    for benchmark in result["benchmarks"]:
        flagged = benchmark["runs"][0]["flagged"]
        made = benchmark["rounds"]  # disturbed ones are made up for, as far as that goes
        assert rounds <= made <= rounds + len(flagged), (rounds, made, flagged)
        same(benchmark["right"], True, "right")
        assert benchmark["verified"] != "none" and benchmark["verification"]
        serial, *parallel = benchmark["runs"]
        same((serial["mode"], serial["workers"]), ("serial", 1), "first row")
        same(serial["speedup"], None, "speedup of the serial row")
        for row in benchmark["runs"]:
            for key in ("samples_s", "spawn_s", "clock_ghz"):
                same(len(row[key]), made, key)
            for key, values in row["usage"].items():
                same(len(values), made, key)
            same(row["flagged"], flagged, "flagged rounds")
            assert min(row["samples_s"]) > 0
            aside = [flag["round"] for flag in row["flagged"] if flag["set_aside"]]
            same(row["min_s"], min(s for i, s in enumerate(row["samples_s"]) if i not in aside),
                 "min_s")
            same(len(row["cpus"]), row["workers"], "CPUs")
            partials = int(row.get("merged_bytes", 0))
            same(partials > 0, row["workers"] > 1, "bytes merged, where there is more than one worker")
            for key in ("answers", "counters", "work"):
                assert row[key]
                same(row[key], serial[key], key)
        for row in parallel:
            assert row["speedup"] > 0
            if row["capacity"]:
                assert abs(row["efficiency"] - row["speedup"] / row["capacity"]) < 1e-9


@test("the schema is itself a schema, and strict: unknown keys and missing keys are refused")
def _(place):
    schema = load_schema()
    cli.jsonschema.Draft202012Validator.check_schema(schema)
    result = place.run("run", "mc:points=1e5", "-w", "1", "--rounds", "1", "-o", "-").fine().json()
    check_result(result)

    def objects(value, path=()):
        if isinstance(value, dict):
            yield path, value
            for key, inner in value.items():
                yield from objects(inner, (*path, key))
        elif isinstance(value, list):
            for inner in value:
                yield from objects(inner, path)

    def refused(what):
        try:
            check_result(result)
        except AssertionError:
            return
        raise AssertionError(f"accepted: {what}")

    free = ("parameters", "counters")  # of the kernel: any name, but not any value
    later = ("alone", "unfitted")  # the first files do without
    for path, value in objects(result):
        value["surplus"] = 1
        refused(f"a surplus key in {path}")
        del value["surplus"]
        for key in list(value) if path[-1:] not in [(name,) for name in free] else []:
            kept = value.pop(key)
            if key not in later:
                refused(f"{path} without {key}")
            value[key] = kept
    check_result(result)


@test("run mc bbp-hex -w 1,2 -o - prints one valid JSON object alone, sizes chosen")
def _(place):
    run = place.run("run", "mc", "bbp-hex", "-w", "1,2", "--rounds", "2", "-o", "-").fine()
    result = check_result(run.json())
    rows_are_whole(result, 2)
    same([b["kernel"] for b in result["benchmarks"]], ["mc", "bbp-hex"], "kernels")
    for benchmark in result["benchmarks"]:
        same([row["workers"] for row in benchmark["runs"]], [1, 1, 2], "workers")
        same((benchmark["size_chosen"], benchmark["too_short"]), (True, False), "size")
    same(place.files(), [], "no file")


@test("an asked-for size is kept, and marked when it is too short to trust")
def _(place):
    result = check_result(place.run(*SHORT, "-o", "-").fine().json())
    rows_are_whole(result, 2)
    same([(b["name"], b["parameters"]) for b in result["benchmarks"]],
         [("mc:points=1e5", {"points": "100000"}),
          ("bbp-hex:position=1000", {"position": "1000", "count": "16", "formula": "arctan4"})],
         "names and parameters")
    same([b["size_chosen"] for b in result["benchmarks"]], [False, False], "size chosen")
    same([b["too_short"] for b in result["benchmarks"]], [True, True], "too short")
    table = place.run(*SHORT).fine().out
    assert table.count("Too short to trust") == 2, table


@test("without kernels the default suite runs; its name is in the result")
def _(place):
    result = check_result(place.run("run", "-w", "1", "--rounds", "1", "-o", "-").fine().json())
    same([b["kernel"] for b in result["benchmarks"]], ["mc", "bbp-hex", "hex-primes"], "kernels")
    same(result["options"]["suite"], "default", "suite")


@test("the name of a benchmark repeats it")
def _(place):
    first = place.run("run", "mc:method=plain,points=1e5", "bbp-hex:position=77,formula=bbp,count=3",
                      "-w", "1", "--rounds", "1", "-o", "-").fine().json()["benchmarks"]
    names = [b["name"] for b in first]
    same(names, ["mc:points=1e5,method=plain", "bbp-hex:position=77,count=3,formula=bbp"], "names")
    again = place.run("run", *names, "-w", "1", "--rounds", "1", "-o", "-").fine().json()
    for old, new in zip(first, again["benchmarks"]):
        for key in ("name", "method", "variant", "parameters"):
            same(new[key], old[key], key)
        same(new["runs"][0]["answers"], old["runs"][0]["answers"], "answers")


@test("the table ends with the command that repeats it, sizes included")
def _(place):
    run = place.run("run", "mc", "-w", "1,2", "--rounds", "1", "--seed", "9", "--isa", "scalar").fine()
    command = re.search(r"\n  pibench (run .*)\n$", run.out)
    run.expect(command, "a command in the last line")
    again = place.run(*command[1].split(), "--rounds", "1", "-o", "-").fine().json()
    assert re.fullmatch(r"mc:points=1e\d+", again["benchmarks"][0]["name"])
    same((again["options"]["seed"], again["benchmarks"][0]["variant"]), ("9", "scalar"), "options")


@test("the command that repeats it asks for as many rounds, as precise and as long, where that was asked for")
def _(place):
    asked = ("--profile full", "--rounds 3", "--precision 0.02", "--max-time 600")
    run = place.run("run", "mc", "-w", "1", *" ".join(asked[:3]).split(), "--max-time=10m").fine()
    for option in asked:
        run.expect(option in run.out.splitlines()[-1], option)
    again = place.run(*run.out.splitlines()[-1].split()[1:], "-o", "-").fine().json()
    same(again["options"]["profile"], "full", "profile")


@test("options are kept: seed, label, profile, schedule, place, pin, --isa")
def _(place):
    result = check_result(place.run(
        "run", "mc:points=1e5", "-w", "2", "--rounds", "1", "--seed", "18446744073709551615",
        "--label", "Tom's \"box\" ü", "--profile", "quick", "--schedule", "dynamic", "--place",
        "scatter", "--pin", "off", "--isa", "reference", "-o", "-").fine().json())
    same(result["options"], {"profile": "quick", "suite": None, "seed": "18446744073709551615",
                             "schedule": "dynamic", "scaling": "strong"}, "options")
    same(result["label"], "Tom's \"box\" ü", "label")
    same((result["topology"]["place"], result["topology"]["pin"]), ("scatter", "off"), "topology")
    same(result["benchmarks"][0]["variant"], "reference", "variant")
    same([row["pinned"] for row in result["benchmarks"][0]["runs"]], [False, False], "pinned")


@test("without --label there is none, and no host name anywhere")
def _(place):
    text = place.run(*SHORT, "-o", "-").fine().out
    same(json.loads(text)["label"], None, "label")
    host = os.uname().nodename
    if len(host) > 5:  # shorter ones may be part of anything
        assert host not in text, f"{host} is in the result"


@test("--format json prints the result and writes the file, too")
def _(place):
    run = place.run(*SHORT, "--format", "json", "-o", "r.json").fine()
    same(check_result(run.json()), read_result(place.path("r.json")), "file")


@test("-o FILE writes there, says so on stderr, and the table goes to stdout")
def _(place):
    run = place.run(*SHORT, "-o", "r.json").fine()
    rows_are_whole(read_result(place.path("r.json")), 2)
    same(place.files(), ["r.json"], "files")
    run.expect(run.err.endswith("pibench: result: r.json\n"), "the name on stderr")
    run.expect(run.out.count("\n workers ") == 2, "two tables on stdout")


@test("-o FILE replaces a file, through a symbolic link as well, and leaves the link")
def _(place):
    with open(place.path("real"), "w", encoding="utf-8") as file:
        file.write("old")
    os.symlink("real", place.path("link"))
    place.run(*SHORT, "-o", "link").fine()
    assert os.path.islink(place.path("link"))
    read_result(place.path("real"))
    same(place.files(), ["link", "real"], "files")


@test("-o DIR writes a file with a name of its own each time")
def _(place):
    os.mkdir(place.path("d"))
    for given in ("d", "d/"):
        place.run(*SHORT, "-o", given).fine()
    names = os.listdir(place.path("d"))
    same(len(names), 2, "files")
    for name in names:
        assert re.fullmatch(r"\d{8}T\d{6}Z-\d+\.json", name), name
        read_result(place.path("d", name))


@test("without -o the result goes to $XDG_STATE_HOME/pibench/, made on the way")
def _(place):
    state = place.path("a", "b")
    run = place.run(*SHORT, environment={"XDG_STATE_HOME": state}).fine()
    (name,) = os.listdir(os.path.join(state, "pibench"))
    read_result(os.path.join(state, "pibench", name))
    run.expect(os.path.join(state, "pibench", name) in run.err, "the name on stderr")


@test("without XDG_STATE_HOME, or with a relative one, it goes to ~/.local/state/pibench/")
def _(place):
    place.run(*SHORT).fine()
    place.run(*SHORT, environment={"XDG_STATE_HOME": "relative"}).fine()
    same(len(os.listdir(place.path("home", ".local", "state", "pibench"))), 2, "results")
    assert not os.path.exists(place.path("relative"))


@test("a default place that cannot be written is a warning: the table is printed, exit 0")
def _(place):
    with open(place.path("file"), "w", encoding="utf-8"):
        pass
    run = place.run(*SHORT, environment={"XDG_STATE_HOME": place.path("file")}).fine()
    run.expect(re.search(r"^pibench: no result file will be kept: cannot write '.*file/pibench'",
                         run.err, re.M), "a warning")
    run.expect(" workers " in run.out, "a table")
    same(place.files(), ["file"], "files")


@test("-q is silent on stderr, and the file is written")
def _(place):
    run = place.run(*SHORT, "-q", "-o", "r.json").fine()
    same(run.err, "", "stderr")
    read_result(place.path("r.json"))


@test("result files are readable for others as umask says")
def _(place):
    place.run(*SHORT, "-o", "r.json", umask=0o027).fine()
    same(oct(stat.S_IMODE(os.stat(place.path("r.json")).st_mode)), "0o640", "mode")


@test("tables are at most 80 columns wide, with -v as well, and show every row")
def _(place):
    for more in ([], ["-v"]):
        run = place.run("run", "mc:points=1e6", "bbp-hex:position=1e4,method=naive", "-w", "1,2,5",
                        "--rounds", "12", *more).fine()
        for line in run.out.splitlines()[1:]:  # the first names the CPU
            run.expect(len(line) <= 80, f"more than 80 columns: {line}")
        rows = re.findall(r"^ +(serial|\d+) +[0-9.]+ +[0-9.]+\s", run.out, re.M)
        same(rows[:4], ["serial", "1", "2", "5"], "rows")
        run.expect(len(re.findall(r"\d+\.\d\d – \d+\.\d\d", run.out)) >= 6, "intervals")


@test("no colour and no progress where stdout and stderr are not terminals")
def _(place):
    run = place.run(*SHORT, environment={"TERM": "xterm-256color"}).fine()
    run.expect("\033" not in run.out + run.err, "no escape sequences")


@test("with 6 rounds and more every speedup has an interval around it; with 2 it is unknown, null")
def _(place):
    result = check_result(place.run("run", "mc:points=1e6", "-w", "1", "--rounds", "8", "-o",
                                    "-").fine().json())
    row = result["benchmarks"][0]["runs"][1]
    low, high = row["speedup_ci95"]
    assert low <= row["speedup"] <= high
    low, high = row["ci95_s"]
    assert low <= row["median_s"] <= high
    result = check_result(place.run(*SHORT, "-o", "-").fine().json())
    same([row["speedup_ci95"] for row in result["benchmarks"][0]["runs"]], [None] * 3, "intervals")


@test("the result files that are kept for comparison are valid and complete")
def _(_):
    files = [file for file in glob.glob(os.path.join(SOURCE, "results", "*.json"))
             if not os.path.basename(file).startswith("schema")]
    assert files, "no result is kept"
    for name in [*files, TWO_BENCHMARKS]:
        with open(name, encoding="utf-8") as file:
            result = check_result(json.load(file))
        same(result["complete"], True, name)
        assert result["label"], f"{name} has no label"


main()
