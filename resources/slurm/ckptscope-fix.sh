#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Repairs (or converts) a checkpoint on a Slurm cluster: makes a plan here, submits a job array that carries out its parts, and a job
# behind it that publishes the result. Source, plan and output lie on a file system that all nodes see at the same paths.
#     ckptscope-fix.sh [-n PARTS] [-p PLAN] [-s 'SBATCH OPTIONS'] [--convert] PATH -o OUT [options of ckptscope fix or convert]
# Prints the plan and the numbers of both jobs, the last one's alone on the last line. Exit code 0: submitted, or nothing to do.
# Should a part fail for good, the last job is cancelled, nothing is published, and what was written is kept: see why in its log, then
# submit the same plan again (sbatch --array=...), or give it up with `ckptscope finish --plan PLAN --discard`.
set -euo pipefail

parts=8
plan=
sbatch_options=()
work=fix
while [ $# -gt 0 ]; do
    case "$1" in
    -n) parts="$2"; shift 2 ;;
    -p) plan="$2"; shift 2 ;;
    -s) read -r -a sbatch_options <<<"$2"; shift 2 ;;
    --convert) work=convert; shift ;;
    --) shift; break ;;
    *) break ;;
    esac
done
if [ $# -eq 0 ]; then
    sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if ! [[ "$parts" =~ ^[1-9][0-9]*$ ]]; then
    echo "ckptscope-fix.sh: -n $parts is no number of parts" >&2
    exit 2
fi

program="${CKPTSCOPE:-ckptscope}"
here="$(cd "$(dirname "$0")" && pwd)"
plan="$(realpath -m "${plan:-ckptscope-plan-$(date +%Y%m%d-%H%M%S)-$$.json}")"
"$program" "$work" "$@" --plan "$plan"
if [ ! -s "$plan" ]; then
    exit 0 # nothing to do, and that was said
fi

log="${plan%.json}"
array="$(sbatch --parsable "${sbatch_options[@]}" --array="1-$parts" --output="$log-part-%a.log" "$here/ckptscope-fix.sbatch" "$plan" "$parts")"
array="${array%%;*}"
finish="$(sbatch --parsable "${sbatch_options[@]}" --dependency="afterok:$array" --kill-on-invalid-dep=yes --job-name=ckptscope-finish \
    --output="$log-finish.log" --wrap "$(printf '%q finish --plan %q --receipt %q' "$program" "$plan" "$log-receipt.json")")"
finish="${finish%%;*}"
echo "plan: $plan"
echo "parts: job array $array, 1-$parts"
echo "$finish"
