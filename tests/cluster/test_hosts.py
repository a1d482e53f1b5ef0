# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranks on two hosts, in network namespaces: nodes are told apart, and a link that is cut is noticed."""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]
from cli import main, read_result, same, test, wait_until  # noqa: E402
import cli  # noqa: E402
import hosts  # noqa: E402

MPIRUN = os.environ.get("PIBENCH_MPIRUN")
WHY_NOT = hosts.why_not() if MPIRUN else "no launcher: PIBENCH_MPIRUN names none"
if WHY_NOT:
    print(f"1..0 # SKIP {WHY_NOT}")
    sys.exit(0)
IS_MPICH = "mpich" in MPIRUN


def launcher(group, each):
    """`each` ranks on each host."""
    if IS_MPICH:
        return [MPIRUN, "-launcher", "rsh", "-launcher-exec", group.agent, "-iface", "eth0", "-ppn",
                str(each), "-hosts", ",".join(hosts.NAMES), "-n", str(2 * each)]
    # Lost hosts are noticed by the launcher's own keep-alive: sooner than after its five minutes.
    quick = {"oob_tcp_keepalive_time": 15, "oob_tcp_keepalive_intvl": 2, "oob_tcp_keepalive_probes": 3,
             "btl_tcp_if_include": "eth0", "oob_tcp_if_include": "eth0", "btl": "self,vader,tcp",
             "plm_rsh_agent": group.agent}
    settings = [word for name, value in quick.items() for word in ("--mca", name, str(value))]
    return [MPIRUN, *settings, "--bind-to", "none", "--host",
            ",".join(f"{name}:{each}" for name in hosts.NAMES), "-n", str(2 * each)]


def start(place, group, each, *arguments):
    environment = {**place.environment, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "UCX_TLS": "tcp,self", "UCX_NET_DEVICES": "eth0"}  # or it takes the shared memory
    with open(place.path("out"), "w", encoding="utf-8") as out, \
            open(place.path("err"), "w", encoding="utf-8") as err:
        return subprocess.Popen(group.inside(0, *launcher(group, each), cli.program, *arguments),
                                cwd=place.directory, env=environment, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=err, start_new_session=True)


def ended(place, process, patience_s=120):
    code = process.wait(timeout=patience_s)
    texts = []
    for name in ("out", "err"):
        with open(place.path(name), encoding="utf-8") as file:
            texts.append(file.read())
    return cli.Run(("on two hosts",), code, *texts)


def nothing_left(group):
    def gone():
        return not group.processes()
    try:
        wait_until(gone, "hosts without processes", 60)
    except AssertionError as error:
        raise AssertionError(f"{error}: {group.processes()}") from None


@test("two hosts with a rank each: the nodes are told apart, the answer is that of one process")
def _(place):
    place.run("run", "mc:points=1e8", "bbp-series:digits=10000", "-w", "1", "--rounds", "1", "-q", "-o",
              "local.json").fine()
    local = read_result(place.path("local.json"))
    with hosts.Hosts(place.directory) as group:
        run = ended(place, start(place, group, 1, "run", "mc:points=1e8", "bbp-series:digits=10000",
                                 "--rounds", "6", "-o", place.path("r.json"))).fine()
        nothing_left(group)
    run.expect("another node opens" in run.out, "the table tells")
    result = read_result(place.path("r.json"))
    same([slot["node"] for slot in result["topology"]["slots"]], [0, 1], "nodes")
    same([slot["regime"] for slot in result["topology"]["slots"]], [0, 1], "regimes")
    for ours, theirs in zip(result["benchmarks"], local["benchmarks"]):
        row = ours["runs"][2]
        same(row["workers"], 2, "workers")
        same(row["pinned"], True, "pinned")
        same(row["answers"], theirs["runs"][0]["answers"], "answers")
        same(row["counters"], theirs["runs"][0]["counters"], "counters")


@test("workers are numbered node by node, and dynamic chunks go to both hosts")
def _(place):
    with hosts.Hosts(place.directory) as group:
        run = ended(place, start(place, group, 2, "run", "mc:points=1e9", "-w", "1,2,4", "--pin", "off",
                                 "--schedule", "dynamic", "--rounds", "1", "-q", "-o",
                                 place.path("r.json")))
        run.fine()
    result = read_result(place.path("r.json"))
    same([slot["node"] for slot in result["topology"]["slots"]], [0, 0, 1, 1], "nodes")


@test("a link that is cut ends the run at its deadline, with the rank and its node, and nothing is left")
def _(place):
    timeout_s = 5
    with hosts.Hosts(place.directory) as group:
        process = start(place, group, 1, "pi", "--points", "4e12", "--timeout", str(timeout_s), "-o",
                        place.path("never"))
        wait_until(lambda: sum(command.startswith(cli.program)
                               for command in group.processes().values()) == 2, "ranks on both hosts")
        time.sleep(1.5)
        begin = time.monotonic()
        group.cut()
        run = ended(place, process)
        lasted = time.monotonic() - begin
        run.expect(run.code in (1, -9), "exit 1, or mpirun killed")
        run.expect(re.search(r"mc: worker 2 \(rank 1 on pinode2, pid \d+, CPU \d+\) did not finish within "
                             rf"{timeout_s} s", run.err), "who, where and why")
        run.expect(lasted < timeout_s + 30, f"within the deadline, not {lasted:.0f} s")
        time.sleep(max(0, timeout_s + 20 - lasted))  # the other side waits ten seconds for a word
        same([c for c in group.processes().values() if c.startswith(cli.program)], [], "ranks left")
        nothing_left(group)  # nor Open MPI's daemons
        same(os.path.exists(place.path("never")), False, "no answer")


main()
