# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer does not depend on the number of workers, the schedule or the instruction set.

PIBENCH_SLOW=1 tests the full sizes instead: 2^32 points, 10^7 digits, all that verify checks.
"""
import os
import random
import re
import resource

from cli import main, same, test

SLOW = os.environ.get("PIBENCH_SLOW")
TEAMS = [(workers, schedule) for workers in ("1", "2", "5") for schedule in ("static", "dynamic")]


def hits(place, points, seed, *more):
    result = place.run("pi", "--points", points, "--seed", seed, "--json", *more).fine().json()
    same(result["points"], int(points), "points")
    return result["hits"]


@test("digits of the series and digits at a position agree at random positions up to 10^6")
def _(place):
    seed = int(os.environ.get("PIBENCH_TEST_SEED", random.randrange(2**32)))
    print(f"# PIBENCH_TEST_SEED={seed}")
    draw = random.Random(seed)
    series = place.run("pi", "--digits", "1000024", "--hex", "--method", "bbp-series").fine().out.strip()
    same(series[:2], "3.", "the whole part")
    for _ in range(100 if SLOW else 12):
        position = draw.randint(1, 1000000)
        count = draw.randint(1, 24)
        method = draw.choice(("hex-primes", "bbp-hex"))
        digits = place.run("pi", "--hex-at", str(position), "--count", str(count),
                           "--method", method).fine().out
        same(digits.strip(), series[position + 1:][:count], f"{count} digits at {position}, {method}")


@test(f"10^{7 if SLOW else 5} digits by groups, Chudnovsky's series and MPFR are the same, every one of them")
def _(place):
    digits = "10000000" if SLOW else "100000"
    for method in ("bbp-series/groups", "chudnovsky", "mpfr"):
        place.run("pi", "--digits", digits, "--method", method, "-o",
                  place.path(method.replace("/", "-"))).fine()
    with open(place.path("mpfr"), "rb") as file:
        wanted = file.read()
    same(len(wanted), int(digits) + 3, "length")
    for name in ("bbp-series-groups", "chudnovsky"):
        with open(place.path(name), "rb") as file:
            assert file.read() == wanted, name


if SLOW:
    @test("2^32 points with seed 12345: 3373258071 hits for 1, 2, 5 workers and either schedule")
    def _(place):
        for workers, schedule in TEAMS:
            same(hits(place, "4294967296", "12345", "-w", workers, "--schedule", schedule),
                 3373258071, f"-w {workers} --schedule {schedule}")
    @test("verify finds every method and variant of every kernel right")
    def _(place):
        run = place.run("verify").fine()
        rows = [line.split() for line in run.out.splitlines()[1:]]
        run.expect(rows and max(map(len, run.out.splitlines())) <= 80, "rows, in 80 columns")
        for row in rows:
            run.expect(row[-1] == "right", " ".join(row))
            for found, of in re.findall(r"(\d+) of (\d+)", " ".join(row)):
                same(found, of, f"found of {' '.join(row)}")
else:
    @test("more digits than there is memory for are refused at once, with both figures")
    def _(place):
        limit = 400 * 1024 * 1024
        run = place.run("pi", "--digits", "1e8", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (limit, limit)))
        run.expect(run.code == 1 and run.out == "", "exit 1, nothing on stdout")
        run.expect(re.fullmatch(r"pibench: chudnovsky with \d+ workers? needs about [\d.]+ GB of memory,"
                                r" and [\d.]+ MB are free; [^\n]*\n", run.err), "one line")

    @test("pi to N digits is the same by the series, Chudnovsky's and MPFR, to the last digit")
    def _(place):
        for digits in ("1", "2", "9", "10", "19", "20", "999", "1000", "7001", "20000"):
            out = place.run("pi", "--digits", digits).fine().out
            same(len(out), int(digits) + 3, "3, the point, the digits and the end of the line")
            for method in ("mpfr", "bbp-series", "bbp-series/lazy", "bbp-series/groups"):
                same(place.run("pi", "--digits", digits, "--method", method).fine().out, out,
                     f"{digits} digits by {method}")

    @test("a pool's results come in the order of its tasks, whoever is ready first")
    def _(place):
        lengths = (3000, 10, 500, 10, 1)
        run = place.run("run", "approximations:digits=" + "+".join(map(str, lengths)), "-w", "1,3",
                        "--rounds", "2", "-q", "-o", "-").fine()
        wanted = [place.run("pi", "--digits", str(digits)).fine().out.strip() for digits in lengths]
        for row in run.json()["benchmarks"][0]["runs"]:
            same([answer["value"] for answer in row["answers"]], wanted, f"{row['workers']} workers")

    @test("0, -1 and 1e19 digits, and more than a method takes, are refused in one line")
    def _(place):
        for digits, words in (("0", "out of range; accepted: a whole number from 1 to 1e9"),
                              ("-1", "out of range"), ("1e19", "out of range"),
                              ("1e9", "bbp-series with method=lazy takes at most digits=5e7; "
                                      "method=groups takes digits=1e9\n")):
            run = place.run("pi", "--digits", digits, "--method", "bbp-series/lazy")
            run.expect(run.code in (1, 2) and run.out == "" and run.err.count("\n") == 1, "one line")
            run.expect(words in run.err, words)

    @test("1323065 points with seed 7: 1039339 hits for 1, 2, 5 workers and either schedule")
    def _(place):
        for workers, schedule in TEAMS:
            same(hits(place, "1323065", "7", "-w", workers, "--schedule", schedule), 1039339,
                 f"-w {workers} --schedule {schedule}")

    @test("the hits of mc/plain are the same for any team, and others than those of mc/lazy")
    def _(place):
        same(len({hits(place, "30000001", "12345", "--method", "mc/plain", "-w", workers,
                       "--schedule", schedule) for workers, schedule in TEAMS}), 1, "answers")
        assert hits(place, "30000001", "12345", "--method", "mc/plain") \
            != hits(place, "30000001", "12345", "--method", "mc/lazy")

    @test("another seed gives other hits, the same seed the same")
    def _(place):
        same(hits(place, "1323065", "7"), hits(place, "1323065", "7"), "hits")
        assert hits(place, "1323065", "8") != hits(place, "1323065", "7")

    @test("fewer points than a block, and fewer blocks than workers, are counted right")
    def _(place):
        for points in ("1", "2", "1000", "262144", "262145"):
            same(len({hits(place, points, "3", "-w", workers, "--schedule", schedule)
                      for workers, schedule in TEAMS}), 1, points)

    @test("every instruction set prints the same estimate, by every method of mc")
    def _(place):
        for method in ("lazy", "plain", "quasi"):
            printed = set()
            for level in ("reference", "scalar", "avx2", "avx512", "neon"):
                run = place.run("pi", "--points", "1323065", "--method", "mc/" + method, "--isa", level)
                if run.code == 0:
                    printed.add(run.out)
            same(len(printed), 1, method)

    @test("mc/quasi tells its error, and neither seed nor standard error")
    def _(place):
        run = place.run("pi", "--points", "1e8", "--method", "mc/quasi", "--seed", "5")
        same(run.fine().out, "3.1415910 (error -1.6e-06)\n", "text")
        object = place.run("pi", "--points", "1e8", "--method", "mc/quasi", "--json").fine().json()
        same((object["hits"], object["seed"], object["standard_error"], object["z"]),
             (78539776, None, None, None), "what is told")
        assert abs(object["error"] + 1.6135897932e-6) < 1e-15
        run = place.run("run", "mc:points=1e7,method=quasi", "-w", "1", "--rounds", "1").fine()
        run.expect("error = -5.5e-06" in run.out and "z =" not in run.out, "error")

    @test("every instruction set gives the same hits; one that this CPU lacks is refused")
    def _(place):
        for level in ("reference", "scalar", "avx2", "avx512", "neon"):
            run = place.run("pi", "--points", "1323065", "--seed", "7", "--json", "--isa", level)
            if run.code == 2:
                run.expect("this CPU does not have it" in run.err, "why not")
            else:
                same(run.fine().json()["hits"], 1039339, level)

    @test("digits are the same for 1, 2, 5 workers, either schedule, formula and method")
    def _(place):
        digits = "26c65e52cb45935078c8ad1b"[:16]
        for workers, schedule in TEAMS:
            same(place.run("pi", "--hex-at", "1000000", "-w", workers, "--schedule",
                           schedule).fine().out, digits + "\n", f"-w {workers} --schedule {schedule}")
        result = place.run("run", "bbp-hex:position=1000000", "bbp-hex:position=1000000,formula=bbp",
                           "bbp-hex:position=1000000,method=naive", "-w", "2", "--rounds", "1", "-o",
                           "-").fine().json()
        for benchmark in result["benchmarks"]:
            for row in benchmark["runs"]:
                same(row["answers"][0]["value"], digits, benchmark["name"])

    @test("run and pi give the same answer, in every row")
    def _(place):
        expected = str(hits(place, "1323065", "7"))
        result = place.run("run", "mc:points=1323065", "-w", "1,2,5", "--seed", "7", "--rounds", "2",
                           "-o", "-").fine().json()
        for row in result["benchmarks"][0]["runs"]:
            same({a["name"]: a["value"] for a in row["answers"]}["hits"], expected, "hits")


main()
