# SPDX-License-Identifier: GPL-3.0-or-later
"""What the black-box tests share: TAP, runs of the built program, results, processes.

A test file defines functions with @test("what the program does") and ends with main(). The program
is argv[1]. Every test gets a Place: an empty directory of its own that is also HOME.
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import traceback

# Signals that end a program do so in the tests, also when whoever started them ignores some (nohup).
for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(ending) is signal.SIG_IGN:
        signal.signal(ending, signal.SIG_DFL)

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(SOURCE, "tests", "cli", "golden")
# A result of mc:points=1e9 and bbp-hex:position=1e6 with 1 and 2 workers, for what reads results.
TWO_BENCHMARKS = os.path.join(SOURCE, "tests", "results", "two-benchmarks.json")
# For anything that must happen at some time; never a measure of speed.
PATIENCE_S = float(os.environ.get("PIBENCH_PATIENCE_S", "120"))

tests = []
program = None


class Skip(Exception):
    """This machine cannot run the test; the text says why."""


def test(name):
    def add(function):
        tests.append((name, function))
        return function
    return add


def main():
    global program
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} PIBENCH")
    program = os.path.abspath(sys.argv[1])
    if not os.access(program, os.X_OK):
        print(f"Bail out! {program} cannot be run")
        sys.exit(1)
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        status, remark, why = "ok", "", ""
        with tempfile.TemporaryDirectory(prefix="pibench-test-") as directory:
            place = Place(directory)
            try:
                function(place)
            except Skip as skip:
                remark = f" # SKIP {skip}"
            except Exception:  # the next tests run all the same
                status, why = "not ok", traceback.format_exc()
                failed += 1
            place.end_all()
        print(f"{status} {number} - {name}{remark}")
        for line in why.splitlines():
            print(f"# {line}")
        sys.stdout.flush()
    sys.exit(failed > 0)


class Run:
    """A run that has ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def __str__(self):
        return (f"pibench {' '.join(self.arguments)}\n  exit {self.code}\n"
                f"  stdout {self.out!r:.3000}\n  stderr {self.err!r:.3000}")

    def expect(self, condition, what):
        if not condition:
            raise AssertionError(f"{what}\n{self}")
        return self

    def fine(self):
        return self.expect(self.code == 0, "exit 0 was expected")

    def json(self):
        """stdout, which has to be one JSON object and nothing else."""
        try:
            value = json.loads(self.out)
        except ValueError as error:
            raise AssertionError(f"stdout is not JSON: {error}\n{self}") from None
        self.expect(isinstance(value, dict), "stdout is not a JSON object")
        return value


class Place:
    """A directory for one test, and the environment of what runs there."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []
        os.chmod(directory, 0o755)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("HWLOC_", "XDG_", "LC_", "LANG", "ARGP_"))
                            and key not in ("NO_COLOR", "TERM", "COLUMNS")}
        self.environment.update(HOME=self.path("home"), LC_ALL="C.UTF-8", TERM="dumb")
        os.mkdir(self.path("home"))

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def files(self):
        """Every file below the directory, but not those of HOME's default place."""
        found = [os.path.relpath(os.path.join(top, name), self.directory)
                 for top, directories, names in os.walk(self.directory)
                 for name in names + directories]
        return sorted(name for name in found if name != "home")

    def run(self, *arguments, environment=None, **options):
        """Runs the program to its end."""
        process = self.start(*arguments, environment=environment, **options)
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            kill_session(process)
            raise AssertionError(f"pibench {' '.join(arguments)} did not end") from None
        return Run(arguments, process.returncode, out, err)

    def start(self, *arguments, environment=None, executable=None, prefix=(), **options):
        """Starts it in a session of its own."""
        given = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                     text=True, encoding="utf-8", errors="surrogateescape", cwd=self.directory,
                     start_new_session=True)
        given.update(options)
        process = subprocess.Popen([*prefix, executable or program, *arguments],
                                   env={**self.environment, **(environment or {})}, **given)
        self.started.append(process)
        return process

    def end_all(self):
        """A test that failed leaves nothing behind that runs."""
        for process in self.started:
            if process.poll() is None:
                kill_session(process)


# --- Results ---

class Terminal:
    """A run on a pseudo-terminal."""

    def __init__(self, place, *arguments, environment=None, columns=0):
        try:
            self.ours, theirs = pty.openpty()
        except OSError as error:
            raise Skip(f"no pseudo-terminal can be had: {error.strerror}") from None
        termios.tcsetwinsize(theirs, (24, columns))
        self.process = place.start(*arguments, stdin=theirs, stdout=theirs, environment=environment,
                                   stderr=subprocess.STDOUT, text=False, encoding=None, errors=None)
        os.close(theirs)
        self.seen = ""

    def read_until(self, text):
        """All output since the last call, up to and with the text; None for text: to the end."""
        deadline = time.monotonic() + PATIENCE_S
        while text is None or text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} after {self.seen!r}"
            if not select.select([self.ours], [], [], 1)[0]:
                continue
            try:
                got = os.read(self.ours, 4096)
            except OSError:  # the other side is closed
                got = b""
            if not got:
                assert text is None, f"ended before {text!r}: {self.seen!r}"
                break
            self.seen += got.decode("utf-8", "replace").replace("\r\n", "\n")
        end = len(self.seen) if text is None else self.seen.index(text) + len(text)
        before, self.seen = self.seen[:end], self.seen[end:]
        return before

    def type(self, text):
        os.write(self.ours, text.encode())

    def end(self):
        code = self.process.wait(PATIENCE_S)
        os.close(self.ours)
        return code


def load_schema():
    with open(os.path.join(SOURCE, "results", "schema.json"), encoding="utf-8") as file:
        return json.load(file)


def check_result(result):
    """A result has to be valid against the schema; returns it."""
    validator = jsonschema.Draft202012Validator(load_schema(),
                                                format_checker=jsonschema.FormatChecker())
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message:.300}"
              for error in validator.iter_errors(result)]
    if errors:
        raise AssertionError("not valid against results/schema.json:\n" + "\n".join(errors))
    return result


def read_result(path):
    with open(path, encoding="utf-8") as file:
        return check_result(json.load(file))


# --- Golden files ---

def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def check_golden(name, text):
    """Compares with tests/cli/golden/NAME; PIBENCH_UPDATE_GOLDEN=1 writes it instead."""
    path = os.path.join(GOLDEN, name)
    if os.environ.get("PIBENCH_UPDATE_GOLDEN"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(path, encoding="utf-8") as file:
        golden = file.read()
    if text != golden:
        import difflib
        difference = "".join(difflib.unified_diff(golden.splitlines(True), text.splitlines(True),
                                                  f"golden/{name}", "now"))
        raise AssertionError(f"differs from the golden file (PIBENCH_UPDATE_GOLDEN=1 rewrites it)\n"
                             f"{difference}")


# --- Processes ---

class Process:
    """One line of /proc/PID/stat."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
        rest = text[text.rindex(")") + 2:].split()
        self.pid, self.name = pid, text[text.index("(") + 1:text.rindex(")")]
        self.state, self.parent, self.session = rest[0], int(rest[1]), int(rest[3])


def processes():
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                yield Process(int(name))
            except (OSError, ValueError):
                pass  # gone in the meantime


def workers_of(pid):
    """Its children that have taken a worker's name, by number."""
    found = {}
    for process in processes():
        match = re.fullmatch(r"(\d+)/(\S+)", process.name)
        if process.parent == pid and match and process.state != "Z":
            found[int(match[1])] = process
    return found


def session_of(process):
    """Who is left of its session, itself aside; zombies that init has not fetched do not count."""
    return [p for p in processes()
            if p.session == process.pid and p.pid != process.pid and p.state != "Z"]


def wait_until(condition, what, patience_s=PATIENCE_S):
    """Returns the condition's value as soon as it is true."""
    deadline = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for: {what}")
        time.sleep(0.01)


def kill_session(process):
    """Ends what a test has started, and nothing else."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.communicate()


# --- This machine ---

def will_pin(place):
    """Whether the program means to pin here: not under a quota below the allowed CPUs."""
    return "pinning  yes" in place.run("topology").fine().out


def program_copy(place):
    """The program where every user may run it."""
    return shutil.copy(program, place.path("pibench"))
