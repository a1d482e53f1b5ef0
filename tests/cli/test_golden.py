# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program prints, word by word, where it is the same on every machine."""
import os
import re

from cli import GOLDEN, SOURCE, check_golden, main, same, test

COMMANDS = ["run", "list", "pi", "verify", "topology", "report", "learn", "doctor", "ab", "compare", "export", "history"]
TOPOLOGIES = os.path.join(SOURCE, "tests", "topologies")


def narrow(text):
    wide = [line for line in text.splitlines() if len(line) > 80]
    same(wide, [], "lines of more than 80 columns")


def no_blanks_at_ends(text):
    same([line for line in text.splitlines() if line != line.rstrip()], [], "blanks at line ends")


@test("--help names every command, in 80 columns")
def _(place):
    run = place.run("--help").fine().expect(True, "")
    run.expect(run.err == "", "nothing on stderr")
    narrow(run.out)
    check_golden("help.txt", run.out)


for command in COMMANDS:
    @test(f"{command} --help tells the options on stdout, in 80 columns, and exits 0")
    def _(place, command=command):
        run = place.run(command, "--help").fine()
        run.expect(run.err == "", "nothing on stderr")
        narrow(run.out)
        no_blanks_at_ends(run.out)
        check_golden(f"help-{command}.txt", run.out)


@test("-?, --usage and help after other options work, too")
def _(place):
    same(place.run("run", "-?").fine().out, place.run("run", "--rounds", "3", "--help").fine().out,
         "help")
    for arguments in (("run", "-h"), ("help", "run")):
        same(place.run(*arguments).fine().out, place.run("run", "--help").fine().out, arguments)
    run = place.run("run", "--usage").fine()
    run.expect(run.out.startswith("Usage: pibench run"), "a summary")
    narrow(run.out)


@test("every option of --help is in the manual page, and the other way round")
def _(place):
    with open(os.path.join(SOURCE, "docs", "pibench.1.scd"), encoding="utf-8") as file:
        manual = set(re.findall(r"\*(--[a-z-]+)\*", file.read()))
    options = set()
    for command in COMMANDS:
        options |= set(re.findall(r"(--[a-z-]+)", place.run(command, "--help").fine().out))
    same(sorted(options - manual - {"--help", "--usage"}), [], "only in --help")
    same(sorted(manual - options - {"--help", "--version"}), [], "only in the manual")


@test("--version prints a name and a version")
def _(place):
    for option in ("--version", "-V", "version"):
        run = place.run(option).fine()
        run.expect(re.fullmatch(r"pibench \d+\.\d+\.\d+( [0-9a-f]+(-dirty)?)?\n", run.out), "version")


@test("no command at all: the help on stderr, exit 2")
def _(place):
    run = place.run()
    run.expect(run.code == 2 and run.out == "", "exit 2, nothing on stdout")
    same(run.err, place.run("--help").out, "stderr")


@test("list tells kernels, parameters, methods and variants, in 80 columns")
def _(place):
    run = place.run("list").fine()
    narrow(run.out)
    # Which variants there are depends on the architecture, which run here on the CPU.
    level = r"(reference|scalar|neon|avx2|avx512)( \(not here\))?"
    for line in re.findall(r"variants: (.*)", run.out):
        run.expect(re.fullmatch(rf"reference(, {level})*", line), "a list of variants")
    # What is fastest depends on the CPU.
    out = re.sub(r"\n    from digits=.*", "", run.out)
    check_golden("list.txt", re.sub(r"variants: .*", "variants: ...", out))


@test("topology shows an imaginary machine in the order in which workers take its CPUs")
def _(place):
    run = place.run("topology", environment={"HWLOC_SYNTHETIC": "pack:2 numa:1 l3:1 core:3 pu:2"})
    run.fine()
    narrow(run.out)
    no_blanks_at_ends(run.out)
    check_golden("topology-synthetic.txt", run.out)


for order in ("scatter", "compact", "cpus=5,0-2"):
    @test(f"topology --place {order} shows that order")
    def _(place, order=order):
        run = place.run("topology", "--place", order,
                        environment={"HWLOC_SYNTHETIC": "pack:2 numa:1 l3:1 core:3 pu:2"})
        check_golden(f"topology-{order.replace('=', '-').replace(',', '-')}.txt", run.fine().out)


@test("topology shows a machine with two kinds of cores: fast ones first, then slow ones, then SMT")
def _(place):
    path = os.path.join(TOPOLOGIES, "Intel-RaptorLake-Corei7-1370P.xml")
    run = place.run("topology", environment={"HWLOC_XMLFILE": path}).fine()
    narrow(run.out)
    check_golden("topology-raptor-lake.txt", run.out)


@test("topology on this machine: one slot for each allowed CPU, 80 columns")
def _(place):
    run = place.run("topology").fine()
    narrow(run.out)
    cpus = [int(line.split()[1]) for line in run.out.splitlines() if re.match(r" +\d+ +\d", line)]
    same(sorted(cpus), sorted(os.sched_getaffinity(0)), "CPUs")


@test("pi --hex-at 1000000 prints 26c65e52cb459350 and nothing else")
def _(place):
    for position in ("1000000", "1e6", "1M", "1_000_000"):
        run = place.run("pi", "--hex-at", position).fine()
        same((run.out, run.err), ("26c65e52cb459350\n", ""), position)


@test("pi --count 24 prints 24 digits, --count 1 one")
def _(place):
    same(place.run("pi", "--hex-at", "1", "--count", "24").fine().out,
         "243f6a8885a308d313198a2e\n", "24 digits")
    same(place.run("pi", "--hex-at", "1", "--count", "1").fine().out, "2\n", "1 digit")


@test("pi --method bbp-hex/naive prints the same digits")
def _(place):
    for method in ("bbp-hex", "bbp-hex/montgomery", "bbp-hex/naive"):
        same(place.run("pi", "--hex-at", "12345", "--method", method).fine().out,
             place.run("pi", "--hex-at", "12345").fine().out, method)


@test("pi --hex-at prints what hex-primes computes; the range is that of bbp-hex")
def _(place):
    far = place.run("pi", "--hex-at", "1e16")
    far.expect(far.code == 2 and "1 to 1e15" in far.err, "refused beyond 1e15")
    near = place.run("pi", "--hex-at", "10000000000001", "--method", "hex-primes")
    near.expect(near.code == 2 and "1 to 1e13" in near.err, "hex-primes refused beyond 1e13")
    same(place.run("pi", "--hex-at", "12345", "--method", "hex-primes").fine().out,
         place.run("pi", "--hex-at", "12345").fine().out, "digits")


@test("pi --hex-at --json prints one object")
def _(place):
    result = place.run("pi", "--hex-at", "1000000", "--json").fine().json()
    same(list(result), ["position", "digits", "method", "seconds"], "keys")
    assert result.pop("seconds") > 0
    same(result, {"position": 1000000, "digits": "26c65e52cb459350", "method": "hex-primes/by-primes"},
         "values")


@test("pi --points prints an estimate and its standard error")
def _(place):
    run = place.run("pi", "--points", "1323065", "--seed", "7").fine()
    same((run.out, run.err), ("3.1422 ± 0.0014\n", ""), "output")


@test("pi --points --json tells 1039339 hits of 1323065 points with seed 7")
def _(place):
    run = place.run("pi", "--points", "1323065", "--seed", "7", "--json").fine()
    result = run.json()
    assert result["seconds"] > 0
    text = re.sub(r'"seconds": [0-9.e-]+', '"seconds": ...', run.out)
    check_golden("pi-points.json", re.sub(r"\d+\.\d{10,}", lambda m: f"{float(m[0]):.10f}", text))
    same((result["hits"], result["points"], result["seed"]), (1039339, 1323065, 7), "values")
    same(run.out.count("\n"), 1, "lines")


@test("a seed beyond 2^63 is kept exactly, as a string")
def _(place):
    result = place.run("pi", "--points", "10", "--seed", "18446744073709551615", "--json").json()
    same(result["seed"], "18446744073709551615", "seed")


@test("pi with one point claims no error that it does not know")
def _(place):
    run = place.run("pi", "--points", "1").fine()
    run.expect(re.fullmatch(r"(0|4)\.00 ± unknown\n", run.out), "an estimate without an error")
    same(place.run("pi", "--points", "1", "--json").json()["standard_error"], None, "error")


@test("with LC_ALL=C everything is ASCII: run, pi, list, topology, help")
def _(place):
    c = {"LC_ALL": "C"}
    hwloc = {"LC_ALL": "C", "HWLOC_SYNTHETIC": "pack:2 core:2 pu:2"}
    runs = [place.run("run", "mc:points=1e5", "-w", "1,2", "--rounds", "7", "-v", environment=c),
            place.run("run", "mc:points=1e5", "-w", "1,5,8", "--rounds", "1", environment=hwloc),
            place.run("pi", "--points", "1323065", "--seed", "7", environment=c),
            place.run("list", environment=c), place.run("topology", environment=hwloc)]
    runs += [place.run(command, "--help", environment=c) for command in COMMANDS]
    for run in runs:
        run.fine().expect((run.out + run.err).isascii(), "ASCII alone")
        run.expect("\\x" not in run.out, "no escapes")
    same(runs[2].out, "3.1422 +- 0.0014\n", "pi")


@test("pi -o FILE writes there and prints nothing")
def _(place):
    run = place.run("pi", "--hex-at", "1000000", "-o", "digits").fine()
    same((run.out, run.err), ("", ""), "output")
    with open(place.path("digits"), encoding="utf-8") as file:
        same(file.read(), "26c65e52cb459350\n", "file")
    same(place.files(), ["digits"], "files")


@test("pi -o - is stdout")
def _(place):
    same(place.run("pi", "--hex-at", "1", "-o", "-").fine().out, "243f6a8885a308d3\n", "output")
    same(place.files(), [], "files")


@test("verify mc bbp-hex finds every method and variant right, in 80 columns, also in LC_ALL=C")
def _(place):
    run = place.run("verify", "mc", "bbp-hex", environment={"LC_ALL": "C"}).fine()
    run.expect(run.out.isascii(), "ASCII alone")
    narrow(run.out)
    rows = [line.split() for line in run.out.splitlines()[1:]]
    run.expect(len(rows) >= 6, "rows")
    for row in rows:
        run.expect(row[-1] == "right" and "14 of 14" in " ".join(row), "right")
        for found, of in re.findall(r"(\d+) of (\d+)", " ".join(row)):
            same(found, of, f"found of {' '.join(row)}")


@test("no golden file is left over")
def _(place):
    names = ["help.txt", "list.txt", "pi-points.json", "topology-synthetic.txt",
             "topology-scatter.txt", "topology-compact.txt", "topology-cpus-5-0-2.txt",
             "topology-raptor-lake.txt"] + [f"help-{command}.txt" for command in COMMANDS]
    same(sorted(os.listdir(GOLDEN)), sorted(names), "tests/cli/golden")


main()
