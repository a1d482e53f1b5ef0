#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# slurm-example.sh: strong and weak scaling over nodes, as a Slurm job.  Copy it and change it.
#
#   sbatch -N 4 --ntasks-per-node=64 scripts/slurm-example.sh
#
# One task is one worker.  Slurm shall not bind them: pibench binds every worker to a core of its own
# and reads the binding back.  --exclusive keeps others off the nodes while it measures.
#SBATCH --job-name=pibench
#SBATCH --exclusive
#SBATCH --time=10
set -euo pipefail

pibench=${PIBENCH:-pibench}
results=${RESULTS:-$SLURM_SUBMIT_DIR}
read -ra jobs <<<"${JOBS:-mc bbp-hex}"
read -ra options <<<"${OPTIONS:---max-time=3m}"

for scaling in strong weak; do
  srun --cpu-bind=none --kill-on-bad-exit=1 "$pibench" run "${jobs[@]}" --scaling "$scaling" "${options[@]}" \
    --quiet --output "$results/$scaling-$SLURM_JOB_ID.json"
done
