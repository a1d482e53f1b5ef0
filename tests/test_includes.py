#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_includes.py [SOURCE]: who includes whom, and who may print.  TAP on stdout.

Dependencies point one way: bench -> lessons, report -> harness -> kernels, and of the
kernels all see kernel.h alone.
Kernels are pure computation.  Every rule is also tried on a small sound tree, where it must find
nothing, and on breaches of it, which it must find.
"""

import os
import re
import sys
import tempfile

COMPUTING = {  # headers that a kernel may include
    "assert.h", "complex.h", "ctype.h", "endian.h", "errno.h", "float.h", "inttypes.h", "limits.h",
    "math.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h",
    "string.h", "gmp.h", "mpfr.h",
    "cpuid.h", "arm_neon.h", "immintrin.h", "emmintrin.h", "x86intrin.h",
    # hardware capabilities on Arm
    "sys/auxv.h", "asm/hwcap.h",
}
# gmp.h declares its functions on FILE only where stdio.h came first: no exception is needed.

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|/\*.*?\*/|//[^\n]*', re.S)
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
TO_STDOUT = re.compile(  # and to stderr behind the caller's back
    r"\b(?:v?printf|puts|putchar|perror|psignal|error|warnx?|errx?)\s*\(|\bstdout\b")
LEAVES = re.compile(r"(?<![\w_])(?:exit|abort|quick_exit|EXIT_[A-Z]+)\b")
FORBIDDEN_IN_KERNELS = re.compile(
    r"\b(?:time|clock|clock_gettime|gettimeofday|fork|getpid|getenv|rand|srand|_exit|system|signal"
    r"|v?f?printf|puts|fopen|omp_\w+|pthread_\w+|hwloc_\w+|MPI_\w+|gmp_f?printf|mpfr_f?printf)\s*\(")


def without_comments(text):
    """The code, with comments blanked out and strings kept."""
    return COMMENT.sub(lambda m: m[0] if m[0][0] in "\"'" else re.sub(r"[^\n]", " ", m[0]), text)


def without_strings(text):
    return STRING.sub('""', text)


FOLDERS = ("kernels", "harness", "lessons", "report", "bench")


class Tree:
    def __init__(self, root):
        self.root = root
        self.code = {}  # "harness/team.c" -> code without comments
        for folder in FOLDERS:
            for name in sorted(os.listdir(os.path.join(root, folder))):
                if name.endswith((".c", ".h", ".in")):
                    path = folder + "/" + name
                    with open(os.path.join(root, path), encoding="utf-8") as file:
                        self.code[path] = without_comments(file.read())

    def files(self, folder):
        return [path for path in self.code if path.startswith(folder + "/")]

    def includes(self, path):
        """(line number, quoted?, name) of each #include."""
        for match in INCLUDE.finditer(self.code[path]):
            yield self.code[path].count("\n", 0, match.start()) + 1, match[1] == '"', match[2]

    def own_headers(self, folder):
        return {path.split("/")[1] for path in self.files(folder) if path.endswith(".h")}

    def lines(self, path, pattern, strings=False):
        """Lines where the pattern is found in code, outside of strings unless asked for."""
        code = self.code[path] if strings else without_strings(self.code[path])
        for number, line in enumerate(code.split("\n"), 1):
            if pattern.search(line):
                yield number, line.strip()

    def kernel_names(self):
        with open(os.path.join(self.root, "kernels/meson.build"), encoding="utf-8") as file:
            listed = re.search(r"^kernel_names = \[(.*?)\]", file.read(), re.M | re.S)[1]
        return re.findall(r"'([^']+)'", listed)


# --- Rules: each yields a line of text per breach ------------------------------------------------


def kernels_include_only_computation(tree):
    own = tree.own_headers("kernels")
    for path in tree.files("kernels"):
        for line, quoted, name in tree.includes(path):
            if name not in (own if quoted else COMPUTING):
                yield f"{path}:{line}: includes {name}"


def harness_sees_only_kernel_h_of_kernels(tree):
    own = tree.own_headers("harness") | {"version.h", "kernel.h"}
    for path in tree.files("harness"):
        for line, quoted, name in tree.includes(path):
            if quoted and name not in own:
                yield f"{path}:{line}: includes {name}"


def lessons_include_only_lessons_harness_and_kernel_h(tree):
    own = tree.own_headers("lessons") | tree.own_headers("harness") | {"version.h", "kernel.h"}
    for path in tree.files("lessons"):
        for line, quoted, name in tree.includes(path):
            if quoted and name not in own:
                yield f"{path}:{line}: includes {name}"


def report_includes_only_report_and_harness(tree):
    own = tree.own_headers("report") | tree.own_headers("harness")
    for path in tree.files("report"):
        for line, quoted, name in tree.includes(path):
            if quoted and name not in own:
                yield f"{path}:{line}: includes {name}"


def bench_includes_no_kernel(tree):
    own = set().union(*(tree.own_headers(folder)
                        for folder in ("bench", "lessons", "report", "harness")))
    own |= {"version.h", "kernel.h"}
    for path in tree.files("bench"):
        for line, quoted, name in tree.includes(path):
            if quoted and name not in own:
                yield f"{path}:{line}: includes {name}"


def headers_of_two_folders_never_share_a_name(tree):
    seen = {}
    for folder in FOLDERS:
        for name in tree.own_headers(folder):
            if name in seen:
                yield f"{folder}/{name}: there is {seen[name]}/{name}"
            seen[name] = folder


def only_placement_c_includes_hwloc(tree):
    for path in tree.code:
        for line, _, name in tree.includes(path):
            if name.startswith("hwloc") and path != "harness/placement.c":
                yield f"{path}:{line}: includes {name}"


def only_backend_mpi_c_includes_mpi(tree):
    for path in tree.code:
        for line, _, name in tree.includes(path):
            if name == "mpi.h" and path != "harness/backend_mpi.c":
                yield f"{path}:{line}: includes {name}"


def kernels_call_no_clock_process_or_output(tree):
    for path in tree.files("kernels"):
        for number, line in tree.lines(path, FORBIDDEN_IN_KERNELS):
            yield f"{path}:{number}: {line}"


def harness_names_no_kernel(tree):
    names = tree.kernel_names()
    for path in tree.files("harness"):
        for number, line in tree.lines(path, STRING, strings=True):
            for text in STRING.findall(line):
                for name in names:
                    if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) \
                            and not is_library(name, text):
                        yield f"{path}:{number}: names {name}: {line}"
        for name in names:
            symbol = re.compile(rf"\bkernel_{re.escape(name.replace('-', '_'))}\b")
            for number, line in tree.lines(path, symbol):
                yield f"{path}:{number}: names {name}: {line}"


def is_library(name, text):
    """"mpfr" is a kernel and a library: a key of the result file is about the library."""
    return name == "mpfr" and text in ("mpfr", "MPFR")


def library_files(tree):
    return [path for path in tree.code if not path.startswith("bench/")]


def library_code_prints_nothing_to_stdout(tree):
    for path in library_files(tree):
        for number, line in tree.lines(path, TO_STDOUT):
            yield f"{path}:{number}: {line}"


def library_code_neither_exits_nor_aborts(tree):
    for path in library_files(tree):
        for number, line in tree.lines(path, LEAVES):
            yield f"{path}:{number}: {line}"


RULES = [
    kernels_include_only_computation,
    harness_sees_only_kernel_h_of_kernels,
    lessons_include_only_lessons_harness_and_kernel_h,
    report_includes_only_report_and_harness,
    bench_includes_no_kernel,
    headers_of_two_folders_never_share_a_name,
    only_placement_c_includes_hwloc,
    only_backend_mpi_c_includes_mpi,
    kernels_call_no_clock_process_or_output,
    harness_names_no_kernel,
    library_code_prints_nothing_to_stdout,
    library_code_neither_exits_nor_aborts,
]

# --- Does each rule find its breach? -------------------------------------------------------------

SOUND = {
    "kernels/meson.build": "kernel_names = ['mc', 'bbp-hex']\n",
    "kernels/kernel.h": "#include <stdint.h>\n",
    "kernels/mc.h": '#include "kernel.h"\n',
    "kernels/mc.c": '#include <math.h>\n#include "mc.h"\n/* printf(time) #include <stdio.h> */\n',
    "harness/team.h": '#include "kernel.h"\n#include <stdio.h>\n',
    "harness/team.c": '#include "team.h"\n'
                      'void f(FILE *to) { fputs("printf(exit) mcx a.mc", to); _exit(1); }\n',
    "harness/placement.c": "#include <hwloc.h>\n",
    "lessons/room.h": "#include <stdio.h>\n",
    "lessons/room.c": '#include "room.h"\n#include "team.h"\nchar *x = "mc";\n',
    "report/page.c": '#include "team.h"\n',
    "bench/command.h": "\n",
    "bench/main.c": '#include "team.h"\n#include "room.h"\nint main() { puts("mc"); exit(1); }\n',
}
BREACHES = {
    kernels_include_only_computation: [
        ("kernels/mc.c", "#include <stdio.h>\n"), ("kernels/mc.c", "# include <time.h>\n"),
        ("kernels/mc.c", "#include <unistd.h>\n"), ("kernels/mc.h", "#include <sys/types.h>\n"),
        ("kernels/mc.c", '#include "team.h"\n'), ("kernels/mc.c", "#include <pthread.h>\n")],
    harness_sees_only_kernel_h_of_kernels: [
        ("harness/team.c", '#include "mc.h"\n'), ("harness/team.c", '#include "../bench/x.h"\n')],
    lessons_include_only_lessons_harness_and_kernel_h: [
        ("lessons/room.c", '#include "mc.h"\n'), ("lessons/room.c", '#include "command.h"\n')],
    report_includes_only_report_and_harness: [
        ("report/page.c", '#include "kernel.h"\n'), ("report/page.c", '#include "room.h"\n')],
    bench_includes_no_kernel: [("bench/main.c", '#include "mc.h"\n')],
    headers_of_two_folders_never_share_a_name: [("bench/team.h", "\n")],
    only_placement_c_includes_hwloc: [("harness/team.c", "#include <hwloc/helper.h>\n"),
                                      ("bench/main.c", "#include <hwloc.h>\n")],
    only_backend_mpi_c_includes_mpi: [("harness/team.c", "#include <mpi.h>\n")],
    kernels_call_no_clock_process_or_output: [
        ("kernels/mc.c", "int x = fork();\n"), ("kernels/mc.c", 'int x = printf("");\n'),
        ("kernels/mc.c", "long x = time (0);\n")],
    harness_names_no_kernel: [("harness/team.c", 'char *x = "mc";\n'),
                              ("harness/team.c", 'char *x = "such as bbp-hex, or";\n'),
                              ("harness/team.c", "void *x = &kernel_bbp_hex;\n")],
    library_code_prints_nothing_to_stdout: [
        ("harness/team.c", 'int x = printf("");\n'), ("harness/team.c", 'int x = puts ("");\n'),
        ("kernels/mc.c", "int x = putchar('x');\n"), ("harness/team.c", "void *x = stdout;\n"),
        ("harness/team.c", 'int f() { perror(""); }\n'), ("lessons/room.c", 'int x = puts("");\n')],
    library_code_neither_exits_nor_aborts: [
        ("harness/team.c", "int f() { exit(1); }\n"), ("kernels/mc.c", "int f() { abort(); }\n"),
        ("harness/team.c", "int x = EXIT_USAGE;\n"), ("lessons/room.c", "int f() { exit(1); }\n")],
}


def breaches_of(rule, extra):
    """What the rule says of the sound tree with `extra` = (path, code) appended."""
    with tempfile.TemporaryDirectory() as root:
        for path, code in list(SOUND.items()):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(code)
        if extra:
            with open(os.path.join(root, extra[0]), "a", encoding="utf-8") as file:
                file.write(extra[1])
        return list(rule(Tree(root)))


def the_rule_finds_its_breaches_and_nothing_else(rule):
    for text in breaches_of(rule, None):
        yield f"finds in sound code: {text}"
    for path, code in BREACHES[rule]:
        if not breaches_of(rule, (path, code)):
            yield f"does not find in {path}: {code.strip()}"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PIBENCH_SOURCE",
                                                                os.path.dirname(here))
    tree = Tree(root)
    results = []
    for rule in RULES:
        results.append((rule.__name__, list(rule(tree))))
        results.append((rule.__name__ + ": is a rule that finds its breaches",
                        list(the_rule_finds_its_breaches_and_nothing_else(rule))))
    print(f"1..{len(results)}")
    for number, (name, found) in enumerate(results, 1):
        print(f"{'not ok' if found else 'ok'} {number} - {name.replace('_', ' ')}")
        for text in found:
            print(f"# {text}")
    return 1 if any(found for _, found in results) else 0


sys.exit(main())
