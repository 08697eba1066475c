#!/usr/bin/env bash
# Go and golang.org/x/mod, from Debian: software of other authors against which tests hold our bytes.
# Without them the tests compare kept answers instead, and say so.
set -euo pipefail

library=/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog
if command -v go >/dev/null && [ -d "$library" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Go and golang.org/x/mod, which check our notes, trees and cosignatures."
    if bash "$(dirname "$0")/apt.sh" golang-go golang-golang-x-mod-dev; then
        exit 0
    fi
fi
echo "NOT CROSS-CHECKED with Go: install Debian's golang-go and golang-golang-x-mod-dev to let it judge our bytes." >&2
