# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranks under Slurm: two nodes in namespaces, with daemons of their own that end with the test."""
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]
from cli import main, read_result, same, test  # noqa: E402
import cli  # noqa: E402
import hosts  # noqa: E402

MISSING = [tool for tool in ("slurmctld", "slurmd", "munged", "srun", "sbatch") if not shutil.which(tool)]
WHY_NOT = hosts.why_not() or (f"{MISSING[0]} is not installed" if MISSING else None)
if not WHY_NOT and "mpich" in os.environ.get("PIBENCH_MPIRUN", ""):
    WHY_NOT = "Debian's MPICH speaks no PMIx"
if WHY_NOT:
    print(f"1..0 # SKIP {WHY_NOT}")
    sys.exit(0)

CONFIGURATION = """ClusterName=pibench
SlurmctldHost={first}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge.socket
CredType=cred/munge
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
TmpFS={directory}/tmp-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdLogFile={directory}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=pmix
ReturnToService=2
SwitchType=switch/none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=10 State=UP
"""


class Slurm:
    """A controller and a daemon on each of two hosts.  Logs stay in the directory."""

    def __init__(self, directory):
        self.directory = directory
        self.hosts = hosts.Hosts(directory)
        self.daemons = []

    def file(self, name):
        return os.path.join(self.directory, name)

    def __enter__(self):
        self.hosts.__enter__()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def daemon(self, host, *command):
        with open(self.file(f"daemon{len(self.daemons)}.log"), "w", encoding="utf-8") as log:
            self.daemons.append(subprocess.Popen(
                self.hosts.inside(host, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.environment(), cwd=self.directory, start_new_session=True))

    def environment(self):
        return {**os.environ, "SLURM_CONF": self.file("slurm.conf"), "PMIX_MCA_gds": "hash",
                "OMPI_MCA_btl_tcp_if_include": "eth0", "OMPI_MCA_btl": "self,vader,tcp"}

    def start(self):
        cpus = os.cpu_count()
        nodes = "\n".join(f"NodeName={name} NodeAddr={address} CPUs={cpus} State=UNKNOWN"
                          for name, address in zip(hosts.NAMES, hosts.ADDRESSES))
        with open(self.file("slurm.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(first=hosts.NAMES[0], directory=self.directory, nodes=nodes,
                                            names=",".join(hosts.NAMES)))
        for name in ("state", *(f"{what}-{name}" for name in hosts.NAMES for what in ("spool", "tmp"))):
            os.mkdir(self.file(name))
        with open(self.file("munge.key"), "wb") as file:
            file.write(os.urandom(1024))
        os.chmod(self.file("munge.key"), 0o400)
        self.daemon(0, "munged", "--foreground", "--force", "--key-file", self.file("munge.key"), "--socket",
                    self.file("munge.socket"), "--pid-file", self.file("munge.pid"), "--log-file",
                    self.file("munge.log"), "--seed-file", self.file("munge.seed"))
        self.wait(lambda: os.path.exists(self.file("munge.socket")), "munged")
        self.daemon(0, "slurmctld", "-D", "-f", self.file("slurm.conf"))
        for host, name in enumerate(hosts.NAMES):
            self.daemon(host, "slurmd", "-D", "-N", name, "-f", self.file("slurm.conf"))
        self.wait(lambda: self.run("sinfo", "-h", "-o", "%T %D").out.split() == ["idle", "2"], "idle nodes")

    def wait(self, condition, what):
        try:
            cli.wait_until(condition, what, 60)
        except AssertionError as error:
            logs = "".join(open(self.file(name), encoding="utf-8", errors="replace").read()[-2000:]
                           for name in sorted(os.listdir(self.directory)) if name.endswith(".log"))
            raise AssertionError(f"{error}\n{logs}") from None

    def run(self, *command):
        with open(self.file("out"), "w", encoding="utf-8") as out, \
                open(self.file("err"), "w", encoding="utf-8") as err:
            code = subprocess.run(self.hosts.inside(0, *command), env=self.environment(), check=False,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=120,
                                  cwd=self.directory).returncode
        texts = [open(self.file(name), encoding="utf-8").read() for name in ("out", "err")]
        return cli.Run(command, code, *texts)

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.hosts.__exit__()


def check_two_nodes(path):
    result = read_result(path)
    same([slot["node"] for slot in result["topology"]["slots"]], [0, 1], "nodes")
    row = result["benchmarks"][0]["runs"][2]
    same((row["workers"], row["backend"], row["pinned"]), (2, "mpi", True), "the row of both nodes")
    return row


@test("srun and sbatch on two nodes, a rank that is killed, and N programs without MPI")
def _(place):
    place.run("run", "mc:points=1e8", "-w", "1", "--rounds", "1", "-q", "-o", "local.json").fine()
    local = read_result(place.path("local.json"))["benchmarks"][0]["runs"][0]
    job = (cli.program, "run", "mc:points=1e8", "--rounds", "6")
    with Slurm(place.directory) as slurm:
        run = slurm.run("srun", "-N", "2", "-n", "2", "--cpu-bind=none", *job, "-o", place.path("srun.json"))
        run.fine().expect("another node opens" in run.out, "the table tells")
        same(check_two_nodes(place.path("srun.json"))["answers"], local["answers"], "answers by srun")

        script = place.path("job.sh")
        shutil.copy(os.path.join(cli.SOURCE, "scripts", "slurm-example.sh"), script)
        os.chmod(script, 0o755)
        slurm.run("sbatch", "--wait", "-N", "2", "--ntasks-per-node=1", "-o", place.path("sbatch.log"),
                  "--export", f"ALL,PIBENCH={cli.program},RESULTS={place.directory},JOBS=mc:points=1e8,"
                  "OPTIONS=--rounds=6", script).fine()
        with open(place.path("sbatch.log"), encoding="utf-8") as file:
            log = file.read()
        same(len(re.findall("another node opens", log)), 2, f"strong and weak: {log}")
        for scaling in ("strong", "weak"):
            names = [n for n in os.listdir(place.directory) if re.fullmatch(rf"{scaling}-\d+\.json", n)]
            same(len(names), 1, f"results of {scaling} scaling")
            check_two_nodes(place.path(names[0]))

        run = slurm.run("srun", "-N", "2", "-n", "2", "--mpi=none", *job)
        run.expect(run.code == 6, "exit 6")
        run.expect("a launcher started 2 ranks" in run.err, "why")

        # By itself srun lets the others go on: the deadline is ours.
        dies = ("sh", "-c", f'test $SLURM_PROCID = 1 && (sleep 2; kill -9 $$) & exec {cli.program} pi --points '
                "4e12 --timeout 6")
        run = slurm.run("srun", "-N", "2", "-n", "2", "--cpu-bind=none", *dies)
        run.expect(re.search(r"mc: worker 2 \(rank 1 on pinode2, pid \d+, CPU \d+\) did not finish within 6 s",
                             run.err), "who, where and why")
        run.expect(run.code == 1, "exit 1")
        begin = time.monotonic()
        run = slurm.run("srun", "-N", "2", "-n", "2", "--cpu-bind=none", "--kill-on-bad-exit=1", *dies)
        run.expect(run.code != 0 and time.monotonic() - begin < 40, "srun ends the others")
        same([c for c in slurm.hosts.processes().values() if c.startswith(cli.program)], [], "ranks left")


main()
