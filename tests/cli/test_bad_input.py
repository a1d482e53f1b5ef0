# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: exit 2, one line on stderr that names the argument and what is accepted, nothing else.

Nothing on stdout, no file made, nothing measured.
"""
import os

from cli import TWO_BENCHMARKS, Skip, main, program_copy, same, test

RUN = ("run", "mc:points=1000", "--rounds", "1")
MC = "mc:points=1000"
MOST_POINTS = "9223372036854775808"

# What is wrong, the arguments, and words that the message must have.
BAD = [
    # Names
    ("an unknown command", ["rnu"], ["'rnu'", "did you mean 'run'"]),
    ("an unknown command unlike any", ["xyzzyx"], ["'xyzzyx'", "--help"]),
    ("an unknown kernel", ["run", "mcc"], ["'mcc'", "did you mean 'mc'", "bbp-hex"]),
    ("an unknown kernel unlike any", ["run", "xyzzyx"], ["'xyzzyx'", "accepted: ", "bbp-hex"]),
    ("an unknown parameter", ["run", "mc:point=3"], ["'point'", "did you mean 'points'"]),
    ("an unknown method", ["run", "mc:method=lzy"], ["'lzy'", "did you mean 'lazy'", "plain"]),
    ("an unknown choice", ["run", "bbp-hex:formula=belard"], ["formula", "'belard'", "'bellard'"]),
    ("an unknown option", [*RUN, "--rond", "3"], ["--rond", "did you mean --rounds"]),
    ("an unknown option unlike any", [*RUN, "--xyzzyx"], ["--xyzzyx", "--help"]),
    ("an unknown option with a value", [*RUN, "--sed=3"], ["--sed", "did you mean --seed"]),
    ("an unknown short option", [*RUN, "-Z"], ["there is no option -Z", "--help"]),
    ("an unknown short option among known ones", [*RUN, "-qZv"], ["there is no option -Z ", "--help"]),
    ("an unknown short option behind a known one", [*RUN, "-q", "-Zv"], ["there is no option -Z "]),
    ("an option of another command", ["list", "--rounds", "3"], ["--rounds", "--help"]),
    ("an option cut short that could mean two", ["run", "--p", "3"], ["--p", "several"]),
    ("an option without its value", ["run", MC, "--rounds"], ["--rounds", "value"]),
    ("a short option without its value", ["run", MC, "-w"], ["option -w needs a value"]),
    ("a short option without its value behind others", ["run", MC, "-q", "-vw"], ["option -w needs a value"]),
    ("a value for an option that takes none", [*RUN, "--quiet=3"], ["--quiet", "no value"]),
    ("an argument where there is none: list", ["list", "mc"], ["'mc'", "list"]),
    ("an argument where there is none: topology", ["topology", "0"], ["'0'", "topology"]),
    ("an argument where there is none: pi", ["pi", "1000"], ["'1000'", "--hex-at"]),
    ("an unknown --pin", [*RUN, "--pin", "sideways"], ["--pin", "'sideways'", "auto, require, off"]),
    ("a --pin written wrong", [*RUN, "--pin", "requir"], ["did you mean 'require'"]),
    ("an unknown --schedule", [*RUN, "--schedule", "dinamic"], ["'dinamic'", "'dynamic'"]),
    ("an unknown --isa", [*RUN, "--isa", "avx9"], ["--isa", "'avx9'", "avx2", "scalar"]),
    ("an unknown --format", [*RUN, "--format", "xml"], ["--format", "'xml'", "table, json"]),
    ("an unknown --profile", [*RUN, "--profile", "quik"], ["'quik'", "quick", "standard, quick, full"]),
    ("an unknown --suite", ["run", "--suite", "nope"], ["--suite", "'nope'", "default"]),
    ("a --suite and kernels", [*RUN, "--suite", "classroom"], ["--suite classroom", "mc:points=1000", "leave it out"]),
    ("the default --suite and kernels", ["run", "--suite", "default", "mc"], ["--suite default", "mc"]),
    ("an unknown --place", [*RUN, "--place", "sideways"], ["--place", "cores, scatter, compact"]),
    ("an unknown --method of pi", ["pi", "--points", "10", "--method", "mc/lzy"],
     ["--method", "'lzy'", "'lazy'"]),
    ("a --method that does not fit", ["pi", "--points", "10", "--method", "bbp-hex"],
     ["--method", "bbp-hex", "--points"]),
    ("verify with parameters", ["verify", "mc:points=3"], ["verify", "without parameters"]),
    ("verify of an unknown kernel", ["verify", "mcc"], ["'mcc'", "'mc'"]),
    ("a kernel as a command", ["mc:points=3"], ["mc is a kernel", "pibench run mc:points=3"]),
    ("an option before its command", ["--rounds", "3"], ["behind a command", "run --rounds"]),
    ("help on an unknown command", ["help", "rnu"], ["'rnu'", "did you mean 'run'"]),
    ("a short option without its value behind others", [*RUN, "-qw"], ["option -w needs a value"]),
    ("a list of kernels with commas", ["run", "mc,bbp-hex"], ["'mc,bbp-hex'", "a blank stands between"]),
    ("a parameter without its kernel", ["run", "mc", "points=3"], ["'points=3'", "KERNEL:key=value"]),
    ("ab of a directory", ["ab", ".", ".", "-o", "-"], ["(.)", "a directory", "build/bench/pibench"]),
    ("ab of a benchmark without --", ["ab", MC, MC, "-o", "-"], [f"({MC})", "behind --"]),
    # Parameters
    ("a colon between parameters", ["run", "mc:points=3:method=plain"], ["','", "1 to"]),
    ("no value", ["run", "mc:points="], ["points=", "whole number", f"1 to {MOST_POINTS}"]),
    ("no parameter behind the colon", ["run", "mc:"], ["''", "key=value", "mc"]),
    ("no parameter behind the comma", ["run", "mc:points=3,"], ["''", "key=value"]),
    ("no key", ["run", "mc:=3"], ["'=3'", "key=value"]),
    ("no equals sign", ["run", "mc:points"], ["'points'", "key=value"]),
    ("no kernel", ["run", ":points=3"], ["''", "mc, bbp-hex"]),
    ("an empty argument", ["run", ""], ["''", "mc, bbp-hex"]),
    ("a size of 0", ["run", "mc:points=0"], ["points=0", "out of range", "1 to"]),
    ("a size too large", ["run", "mc:points=1e30"], ["points=1e30", "out of range", MOST_POINTS]),
    ("a negative size", ["run", "mc:points=-5"], ["points=-5", "1 to"]),
    ("a fraction", ["run", "mc:points=1.5"], ["points=1.5", "not a whole number"]),
    ("not a number", ["run", "bbp-hex:position=ten"], ["position=ten", "not a whole number", "1 to"]),
    ("a count out of range", ["run", "bbp-hex:position=1,count=25"], ["count=25", "1 to 24"]),
    ("one bad kernel among good ones", ["run", MC, "bbp-hex:position=0"], ["position=0", "1 to 1e15"]),
    ("a benchmark named twice", ["run", MC, "bbp-hex:position=9", MC], [f"'{MC}' is named twice"]),
    ("a benchmark named twice, without a size", ["run", "mc", "mc:method=lazy"], ["'mc:method=lazy' is named twice", "'mc'"]),
    ("a benchmark named twice, in two ways", ["run", "mc:points=1e6", "mc:points=1000000"],
     ["'mc:points=1000000' is named twice", "'mc:points=1e6'"]),
    # Numbers of options
    *[(f"-w '{w}'", [*RUN, "-w", w], ["--workers", f"'{w}'", "from 1 to 4096", "1,2,4", "all"])
      for w in ("0", "", "1,,2", "5-1", "-1", "1,", ",1", "x", "1x", "1.5", "4097", "0-2", "1-", "-",
                "99999999999999999999", " 1", "1, 2", "+1", "1-+2")],
    ("more worker counts than fit", [*RUN, "-w", "1-100"], ["--workers", "64"]),
    *[(f"--rounds '{n}'", [*RUN, "--rounds", n], ["--rounds", f"'{n}'", "1 to 10000"])
      for n in ("0", "", "-1", "x", "1.5", "10001", "1e30")],
    *[(f"--timeout '{t}'", [*RUN, "--timeout", t], ["--timeout", f"'{t}'", "90s"])
      for t in ("0", "", "-1", "x", "10d", "nan", "inf", "1e400")],
    *[(f"--max-time '{t}'", [*RUN, "--max-time", t], ["--max-time", f"'{t}'", "90s"])
      for t in ("0", "", "x")],
    *[(f"--precision '{p}'", [*RUN, "--precision", p], ["--precision", f"'{p}'", "2%"])
      for p in ("0", "", "x", "2", "200%", "-1%")],
    *[(f"--seed '{s}'", [*RUN, "--seed", s], ["--seed", f"'{s}'", "0 to 2^64 - 1"])
      for s in ("-1", "", "x", "1.5", "18446744073709551616", "0x10")],
    *[(f"--place cpus={c}", [command, *more, "--place", f"cpus={c}"], ["--place", f"cpus={c}", "0,2-3"])
      for c in ("0,0", "x", "", "0,", "3-1") for command, *more in (RUN, ("topology",))],
    ("--place without a list", [*RUN, "--place", "cpus"], ["--place", "cpus=LIST"]),
    ("a CPU that is not there", [*RUN, "--place", "cpus=99999"], ["cpus=99999", "CPU 99999 ", "accepted: "]),
    ("topology with a CPU that is not there", ["topology", "--place", "cpus=99999"],
     ["cpus=99999", "CPU 99999 ", "accepted: "]),
    # Output
    ("-o into a missing directory", [*RUN, "-o", "missing/x.json"], ["missing/x.json", "-o"]),
    ("-o into a missing directory, as such", [*RUN, "-o", "missing/"], ["missing/", "-o"]),
    ("-o below a regular file", [*RUN, "-o", "file/x.json"], ["file/x.json", "Not a directory"]),
    ("-o below a regular file, as directory", [*RUN, "-o", "file/"], ["file/", "-o"]),
    ("-o ''", [*RUN, "-o", ""], ["''", "-o"]),
    ("-o where no file can be made", [*RUN, "-o", "/proc/x.json"], ["/proc/x.json", "-o"]),
    ("report -o into a missing directory", ["report", TWO_BENCHMARKS, "-o", "missing/x.html"],
     ["missing/x.html", "-o"]),
    ("report --svg where no directory can be made", ["report", TWO_BENCHMARKS, "--svg", "/proc/nowhere"],
     ["/proc/nowhere", "--svg"]),
    ("pi -o into a missing directory", ["pi", "--points", "9", "-o", "missing/x"], ["missing/x", "-o"]),
    # pi
    ("pi without what to compute", ["pi"], ["--hex-at", "--points"]),
    ("pi with both", ["pi", "--hex-at", "1", "--points", "9"], ["--hex-at", "--points"]),
    ("pi --count without --hex-at", ["pi", "--points", "9", "--count", "3"], ["--count", "--hex-at"]),
    *[(f"pi --count '{n}'", ["pi", "--hex-at", "1", "--count", n], [f"--count '{n}'", "1 to 24"])
      for n in ("0", "25", "", "x", "-1")],
    *[(f"pi --hex-at '{n}'", ["pi", "--hex-at", n], [f"--hex-at '{n}'", "1 to 1e15"])
      for n in ("0", "-1", "", "x", "1e16", "1.5")],
    *[(f"pi --points '{n}'", ["pi", "--points", n], ["--points", n, f"1 to {MOST_POINTS}"])
      for n in ("0", "-1", "", "x", "1e30", "1e")],
    *[(f"pi --part '{p}'", ["pi", "--points", "9", "--part", p], ["--part", f"'{p}'", "1/3"])
      for p in ("", "0/3", "4/3", "1", "1/", "/3", "x/3", "1/2/3", "1/4097", "-1/3")],
    *[(f"pi --guard '{n}'", ["pi", "--hex-at", "1", "--guard", n], ["--guard", f"'{n}'", "0 to 7"])
      for n in ("", "-1", "8", "x")],
    ("pi --guard with --points", ["pi", "--points", "9", "--guard", "1"], ["--guard", "--hex-at"]),
    ("pi --part --json", ["pi", "--points", "9", "--part", "1/2", "--json"], ["--json", "--part"]),
    *[(f"pi {option[0]} --schedule static", ["pi", "--points", "9", *option, "--schedule", "static"],
       [option[0], "--schedule static"]) for option in (("--state", "s"), ("--part", "1/2"))],
    ("pi --merge without files", ["pi", "--merge"], ["--merge", "FILE"]),
    *[(f"pi --merge with {more[0]}", ["pi", "--merge", "file", *more], ["--merge", more[0]])
      for more in (("--hex-at", "1"), ("--points", "9"), ("--digits", "9"), ("--count", "3"), ("--hex",),
                   ("--method", "mc"), ("--state", "s"), ("--part", "1/2"), ("--guard", "1"),
                   ("--isa", "scalar"), ("--seed", "2"))],
    ("pi --state of large partials", ["pi", "--digits", "1e6", "--state", "s"], ["--state", "64 kB"]),
    ("pi --part of large partials", ["pi", "--digits", "1e6", "--part", "1/2"], ["--part", "64 kB"]),
    ("pi with several worker counts", ["pi", "--points", "9", "-w", "1,2"], ["--workers", "'1,2'", "one"]),
    ("pi -w 0", ["pi", "--points", "9", "-w", "0"], ["--workers", "'0'", "from 1"]),
]

BAD_TOPOLOGIES = [
    ("HWLOC_XMLFILE pointing nowhere", {"HWLOC_XMLFILE": "/nowhere/x.xml"}, ["HWLOC_XMLFILE", "/nowhere"]),
    ("HWLOC_XMLFILE that is not XML", {"HWLOC_XMLFILE": "file"}, ["HWLOC_XMLFILE", "'file'"]),
    ("HWLOC_SYNTHETIC that says nothing", {"HWLOC_SYNTHETIC": "bogus:x"}, ["HWLOC_SYNTHETIC", "bogus:x"]),
]


def refused(place, arguments, words, code=2, **options):
    if not os.path.exists(place.path("file")):
        with open(place.path("file"), "w", encoding="utf-8") as file:
            file.write("kept")
    before = place.files()
    run = place.run(*arguments, **options)
    run.expect(run.code == code, f"exit {code}")
    run.expect(run.out == "", "nothing on stdout")
    run.expect(run.err.startswith("pibench: ") and run.err.count("\n") == 1 and run.err[-1] == "\n",
               "one line on stderr")
    run.expect(len(run.err) < 250, "a short line")
    for word in words:
        run.expect(word in run.err, f"{word!r} in the message")
    same(place.files(), before, "files")
    with open(place.path("file"), encoding="utf-8") as file:
        same(file.read(), "kept", "a file that was there")


for what, arguments, words in BAD:
    @test(f"refused: {what}")
    def _(place, arguments=arguments, words=words):
        refused(place, arguments, words)

for what, environment, words in BAD_TOPOLOGIES:
    @test(f"refused: {what}")
    def _(place, environment=environment, words=words):
        for arguments in (["topology"], RUN, ["pi", "--points", "9"]):
            refused(place, arguments, words, environment=environment)


@test("refused: a CPU list outside the CPUs that we may use")
def _(place):
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Skip("there is one CPU only")
    first, last = allowed[0], allowed[-1]
    refused(place, [*RUN, "--place", f"cpus={first}"], [f"cpus={first}", f"CPU {first}", f"accepted: {last}"],
            preexec_fn=lambda: os.sched_setaffinity(0, {last}))


@test("refused: --pin require with more workers than CPUs, exit 6")
def _(place):
    refused(place, [*RUN, "--pin", "require", "-w", "4000"], ["--pin require", "more workers than CPUs"],
            code=6)


@test("refused: --pin require on a topology that is not this machine's, exit 6")
def _(place):
    refused(place, [*RUN, "--pin", "require", "-w", "1"], ["--pin require", "not this machine's"],
            code=6, environment={"HWLOC_SYNTHETIC": "core:2 pu:1"})


@test("refused: a directory that is not writable, and a file that is not")
def _(place):
    executable, user = None, {}
    if os.geteuid() == 0:  # root may write everywhere
        user = {"user": 65534, "group": 65534, "extra_groups": []}
        executable = program_copy(place)
    os.mkdir(place.path("closed"))
    os.mkdir(place.path("open"))
    os.chmod(place.path("open"), 0o777)
    with open(place.path("open", "closed.json"), "w", encoding="utf-8") as file:
        file.write("kept")
    os.chmod(place.path("open", "closed.json"), 0o444)
    os.chmod(place.path("closed"), 0o555)
    try:
        place.run("--help", executable=executable, **user).fine()
    except (OSError, AssertionError):
        raise Skip("no other user can run the program here") from None
    for output in ("closed", "closed/", "closed/x.json", "open/closed.json"):
        refused(place, [*RUN, "-o", output], [output, "Permission denied", "-o"],
                executable=executable, **user)
    with open(place.path("open", "closed.json"), encoding="utf-8") as file:
        same(file.read(), "kept", "the file")


main()
