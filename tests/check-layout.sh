#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check-layout.sh [CLANG-FORMAT]: sources are as .editorconfig says, C files as .clang-format.  TAP.
# shellcheck disable=SC2086 # lists of words
cd "$PIBENCH_SOURCE" || exit 1

# verdict NUMBER WHAT WRONG: a test point; what is wrong as comments.
verdict() {
  if [ -z "$3" ]; then
    echo "ok $1 - $2"
  else
    echo "not ok $1 - $2"
    echo "$3" | sed 's/^/# /' | head -40
  fi
}

folders="kernels harness bench lessons report scripts tests"
c_files=$(find $folders -name '*.[ch]')
texts=$(find $folders docs -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name 'meson.build')
space=$(grep -nP '\s$|\t' $texts)
ends=$(for file in $texts; do [ -z "$(tail -c 1 "$file")" ] || echo "$file: its last line has no end"; done)

echo "1..2"
verdict 1 "no tabs, no white space or carriage return at the end of a line, every line ended" "$space$ends"
if [ -z "$1" ]; then
  echo "ok 2 # SKIP clang-format 14 is not installed"
else
  verdict 2 "c files are laid out as clang-format says" "$("$1" --dry-run -Werror $c_files 2>&1)"
fi
