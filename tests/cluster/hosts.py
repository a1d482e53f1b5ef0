# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts on one machine: namespaces with a name, a network and /etc/hosts of their own."""
import os
import shutil
import subprocess
import time

NAMES = ("pinode1", "pinode2")
ADDRESSES = ("10.213.7.1", "10.213.7.2")


def why_not():
    """Why this machine cannot have such hosts; None if it can."""
    if os.geteuid() != 0:
        return "not root: no network namespaces"
    for tool in ("ip", "nsenter", "unshare"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    tried = subprocess.run(["unshare", "--net", "--uts", "--mount", "true"], capture_output=True,
                           check=False)
    return None if tried.returncode == 0 else "namespaces are not allowed here"


class Hosts:
    """Use as a context: with Hosts(directory) as hosts.  The directory is for its files."""

    def __init__(self, directory):
        self.directory = directory
        self.keepers = []

    def __enter__(self):
        table = os.path.join(self.directory, "hosts")
        with open(table, "w", encoding="utf-8") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(f"{a} {n}\n" for a, n in zip(ADDRESSES, NAMES))
        for name in NAMES:
            script = f"hostname {name} && mount --bind {table} /etc/hosts && exec sleep 3600"
            self.keepers.append(subprocess.Popen(
                ["unshare", "--net", "--uts", "--mount", "sh", "-c", script],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.wait_for_names()
        here = str(self.keepers[0].pid)
        subprocess.run(["nsenter", "-t", here, "-n", "ip", "link", "add", "eth0", "type", "veth", "peer",
                        "name", "eth0", "netns", str(self.keepers[1].pid)], check=True)
        for host, address in enumerate(ADDRESSES):
            for command in (["ip", "link", "set", "lo", "up"],
                            ["ip", "address", "add", address + "/24", "dev", "eth0"],
                            ["ip", "link", "set", "eth0", "up"],
                            # Daemons give up a lost host after seconds, not a quarter of an hour.
                            ["sh", "-c", "echo 4 >/proc/sys/net/ipv4/tcp_retries2"]):
                subprocess.run(self.inside(host, *command), check=True)
            self.show_network(host)
        self.wait_for_link()
        self.agent = os.path.join(self.directory, "agent")
        with open(self.agent, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\n# agent HOST COMMAND...: what rsh would do\ncase $1 in -*) shift ;; esac\n'
                       'host=$1\nshift\ncase $host in\n')
            for name, keeper in zip(NAMES, self.keepers):
                file.write(f'{name}) exec nsenter -t {keeper.pid} -n -u -m sh -c "$*" ;;\n')
            file.write('esac\necho "agent: no host $host" >&2\nexit 1\n')
        os.chmod(self.agent, 0o755)
        return self

    def show_network(self, host):
        """/sys tells of the network that it was mounted in, and UCX looks there. The rest of /sys stays
        (cgroups, CPUs)."""
        own = os.path.join(self.directory, f"sys-{NAMES[host]}")
        os.mkdir(own)
        script = f"mount -t sysfs sysfs {own}" + "".join(
            f" && mount --bind {own}/{part} /sys/{part}" for part in ("class/net", "devices/virtual/net"))
        subprocess.run(self.inside(host, "sh", "-c", script), check=True)

    def wait_for_link(self):
        for host in (0, 1):
            for _ in range(500):
                state = subprocess.run(self.inside(host, "cat", "/sys/class/net/eth0/operstate"), check=True,
                                       capture_output=True, text=True).stdout.strip()
                if state == "up":
                    break
                time.sleep(0.01)
            else:
                raise AssertionError(f"the link of {NAMES[host]} is {state}")

    def wait_for_names(self):
        for host, name in enumerate(NAMES):
            for _ in range(500):
                got = subprocess.run(self.inside(host, "sh", "-c", "hostname; grep -c pinode /etc/hosts"),
                                     capture_output=True, text=True, check=False).stdout.split()
                if got == [name, "2"]:
                    break
                time.sleep(0.01)
            else:
                raise AssertionError(f"{name} does not come up")

    def inside(self, host, *command):
        return ["nsenter", "-t", str(self.keepers[host].pid), "-n", "-u", "-m", *command]

    def cut(self):
        """The link between both is gone."""
        subprocess.run(self.inside(0, "ip", "link", "set", "eth0", "down"), check=True)

    def processes(self):
        """Who lives on the hosts, keepers aside: {pid: command}."""
        nets = {os.readlink(f"/proc/{k.pid}/ns/net") for k in self.keepers}
        found = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if (os.readlink(f"/proc/{name}/ns/net") in nets
                        and int(name) not in [k.pid for k in self.keepers]):
                    with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                        if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                            continue
                    with open(f"/proc/{name}/cmdline", encoding="utf-8") as file:
                        found[int(name)] = file.read().replace("\0", " ").strip()
            except OSError:
                pass
        return found

    def __exit__(self, *_):
        for pid in self.processes():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        for keeper in self.keepers:
            keeper.kill()
            keeper.wait()
