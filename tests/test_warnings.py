#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_warnings.py BUILD CLANG: clang has nothing to say of any C file either.  TAP on stdout.

The build itself shows gcc's warnings or clang's, whichever it is made with; this asks clang about what
gcc builds, without making code of it.
"""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

KEPT = ("-I", "-D", "-std", "-W", "-m")  # of the compiler's command: what warnings depend on
ODD = "int odd(int given) { switch (given) { case 0: given = 1; case 1: return given; } return 0; }\n"


def warnings(command, clang):
    kept = [word for word in shlex.split(command["command"]) if word.startswith(KEPT)]
    check = subprocess.run([clang, "-fsyntax-only", "-Wno-unknown-warning-option", *kept, "-x", "c", command["file"]],
                           cwd=command["directory"], input=ODD, capture_output=True, text=True, timeout=60, check=False)
    return check.stderr or ("" if check.returncode == 0 else f"clang ends with {check.returncode}")


def main():
    build, clang = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    if not clang:
        print("1..0 # SKIP clang is not installed")
        return 0
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = {command["file"]: command for command in json.load(file)}  # one of each file
    with ThreadPoolExecutor(2) as pool:
        said = [text for text in pool.map(lambda command: warnings(command, clang), commands.values()) if text]
    first = next(iter(commands.values()))
    passed = [(bool(commands) and not said, "clang warns of no c file"),
              ("fall" in warnings({**first, "file": "-"}, clang), "clang is asked with the warnings of the build")]
    print(f"1..{len(passed)}")
    for number, (right, name) in enumerate(passed, 1):
        print(f"{'ok' if right else 'not ok'} {number} - {name}")
    print("".join(f"# {line}\n" for text in said for line in text.splitlines()[:20]), end="")
    return 0


sys.exit(main())
