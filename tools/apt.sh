#!/usr/bin/env bash
# Installs the named Debian packages without a question; only root may.
set -euo pipefail

quietly=("$(dirname "$0")/quietly.sh" build/apt.log)
export DEBIAN_FRONTEND=noninteractive
bash "${quietly[@]}" apt-get update
bash "${quietly[@]}" apt-get install --yes --no-install-recommends "$@"
