#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check-tidy.sh BUILD [RUN-CLANG-TIDY]: clang-tidy finds nothing in what is built, by .clang-tidy.  TAP.
if [ -z "$2" ]; then
  echo "1..0 # SKIP clang-tidy 14 is not installed"
  exit 0
fi
cd "$PIBENCH_SOURCE" || exit 1
echo "1..1"
if found=$("$2" -quiet -j 2 -p "$1" '/(kernels|harness|bench|lessons|report)/[^/]*\.c$' 2>/dev/null); then
  echo "ok 1 - clang-tidy finds nothing"
else
  echo "not ok 1 - clang-tidy finds nothing"
  echo "$found" | grep -A 3 -E '(error|warning):' | sed 's/^/# /' | head -60
fi
