#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# other-mpi.sh openmpi|mpich: builds with that MPI and runs all of test_mpi.py under its launcher.  TAP.
set -euo pipefail
library=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
mpirun=$(command -v "mpirun.$library") || { echo "1..0 # SKIP mpirun.$library is not installed"; exit 0; }
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
if ! { meson setup "$build" "$source" -Dmpi=enabled "-Dmpi_library=$library" && ninja -C "$build" bench/pibench; } >"$build/log" 2>&1; then
  sed 's/^/# /' "$build/log"
  echo "Bail out! the build with $library failed"
  exit 1
fi
PIBENCH_SLOW=1 PIBENCH_MPIRUN=$mpirun python3 -B "$source/tests/cluster/test_mpi.py" "$build/bench/pibench"
