#!/usr/bin/env bash
# The browser journeys drive Debian's Chromium; makes sure that it is there, with fonts to draw text.
set -euo pipefail

packages=(chromium fonts-dejavu-core fonts-liberation)
if command -v "${HANSA_CHROMIUM:-chromium}" >/dev/null; then
    exit 0
fi
if [ -n "${HANSA_CHROMIUM:-}" ]; then
    echo "HANSA_CHROMIUM names $HANSA_CHROMIUM, which is not a program on this machine." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser journeys."
    exec bash "$(dirname "$0")/apt.sh" "${packages[@]}"
fi
echo "The browser journeys need Chromium. On Debian run: sudo apt-get install ${packages[*]}" >&2
echo "Elsewhere, name the program: HANSA_CHROMIUM=/path/to/chromium make test" >&2
exit 1
