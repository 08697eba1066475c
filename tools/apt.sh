#!/usr/bin/env bash
# Installs the named Debian packages without a question, and prints the log only when that fails.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "apt-get could not install: $*. The lines above say why." >&2
    exit 1
fi
