#!/usr/bin/env bash
# Runs a command with its output kept in the file $1, and shows that output only when it fails.
set -euo pipefail

log=$1
shift
mkdir -p "$(dirname "$log")"
if ! "$@" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "This failed: $*" >&2
    echo "The lines above say why. If the network was away, run the same make again." >&2
    exit 1
fi
