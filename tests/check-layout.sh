#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check-layout.sh [CLANG-FORMAT]: every C file is laid out as .clang-format says.  TAP.
cd "$PIBENCH_SOURCE" || exit 1
if [ -z "$1" ]; then
  echo "1..0 # SKIP clang-format 14 is not installed"
  exit 0
fi
echo "1..1"
if wrong=$("$1" --dry-run -Werror kernels/*.[ch] harness/*.[ch] bench/*.[ch] lessons/*.[ch] report/*.[ch] tests/*.[ch] tests/cross/*.c tests/fuzz/*.[ch] 2>&1); then
  echo "ok 1 - c files are laid out as clang-format says"
else
  echo "not ok 1 - c files are laid out as clang-format says"
  echo "$wrong" | sed 's/^/# /' | head -40
fi
