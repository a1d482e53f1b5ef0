# SPDX-License-Identifier: GPL-3.0-or-later
"""pibench doctor: what it examines and how it ends. No test asks for a verdict: machines differ."""
import os
import re
import signal

from cli import Skip, kill_session, main, same, session_of, test, wait_until

EXAMINATIONS = ["smallest change, mc", "smallest change, bbp-hex",
                "smallest change, hex-primes", "clock, alone", "clock, all at once", "shared cores", "pinning", "hidden SMT siblings", "CPU quota",
                "allowed CPUs", "governor", "turbo", "SMT", "virtualisation", "stolen time",
                "other programs", "CPU pressure", "memory pressure"]
WORDS = r"(fine|note|bad|unknown)"


def examined(run):
    """The verdicts by examination, of a run that must have come to its end."""
    run.expect(run.code in (0, 4), "exit 0 or 4")
    run.expect(run.err == "", "nothing on stderr")
    same([line for line in run.out.splitlines() if len(line) > 80 or line != line.rstrip()], [],
         "lines of more than 80 columns, or with blanks at the end")
    rows = re.findall(rf"^ (\S.*?)  +{WORDS} +(\S.*)$", run.out, re.M)
    same([row[0] for row in rows], EXAMINATIONS, "examinations")
    verdicts = {name: verdict for name, verdict, _ in rows}
    run.expect((run.code == 4) == ("bad" in verdicts.values()), "exit 4 where one is bad")
    words = {4: "not fit"}.get(run.code, "fit with care" if "note" in verdicts.values() else "fit")
    run.expect(re.search(rf"^Verdict: {words} to measure\b.*\.$", run.out.splitlines()[-1]),
               "a verdict at the end")
    run.expect(not re.search(r"\b(nan|inf)\b", run.out), "no figures that are none")
    for name, verdict in verdicts.items():
        if verdict in ("note", "bad"):
            run.expect(f"\n{name}: " in run.out, f"what to do about {name}")
        if verdict == "fine":
            run.expect(f"\n{name}: " not in run.out, f"nothing to do about {name}")
    return verdicts


@test("names every examination with a verdict, says what to do, and writes nothing to disk")
def _(place):
    examined(place.run("doctor"))
    same(place.files(), [], "files")
    same(os.listdir(place.path("home")), [], "files in HOME")


@test("on one CPU: it examines that one, and what takes two is unknown")
def _(place):
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise Skip("there is one CPU only")
    run = place.run("doctor", "-q", preexec_fn=lambda: os.sched_setaffinity(0, cpus[-1:]))
    verdicts = examined(run)
    same({name: verdicts[name] for name in ("clock, all at once", "hidden SMT siblings")},
         {"clock, all at once": "unknown", "hidden SMT siblings": "unknown"}, "verdicts")
    run.expect(re.search(r"^ allowed CPUs +note +1 of \d+$", run.out, re.M), "1 of n CPUs")


@test("a topology that is not this machine's: refused with exit 6, nothing is examined")
def _(place):
    run = place.run("doctor", environment={"HWLOC_SYNTHETIC": "core:4 pu:2"})
    run.expect(run.code == 6 and run.out == "", "exit 6, nothing on stdout")
    run.expect(re.fullmatch(r"pibench: doctor: .*HWLOC_SYNTHETIC.*\n", run.err), "one line says why")


@test("Ctrl-C: dies of the signal, prints no verdict, leaves no process")
def _(place):
    for number, name in ((signal.SIGINT, "1/mc"), (signal.SIGINT, "canary"),
                         (signal.SIGTERM, "canary")):
        process = place.start("doctor")
        try:
            wait_until(lambda: name in [p.name for p in session_of(process)], f"process {name}")
            process.send_signal(number)
            out, _ = process.communicate(timeout=60)
            same(process.returncode, -number, "exit")
            same(out, "", "stdout")
            same(session_of(process), [], "processes left")
        finally:
            kill_session(process)


@test("arguments and unknown options are refused with exit 2 and one line")
def _(place):
    for given in ("mc", "--rounds"):
        run = place.run("doctor", given)
        run.expect(run.code == 2 and run.out == "", "exit 2")
        run.expect(re.fullmatch(r"pibench: .*\n", run.err) and given in run.err, "one line")


main()
