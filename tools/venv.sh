#!/usr/bin/env bash
# Makes the virtual environment in the folder named by $1, with the newest fitting Python found.
set -euo pipefail

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && fits "$name"; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "Hansa needs Python 3.11 or newer, and none was found. Install it, or name it: make PYTHON=/path/to/python3 setup" >&2
    exit 1
fi

# Debian ships Python without the part that puts pip into an environment.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package, which Debian keeps apart from Python."
        bash "$(dirname "$0")/apt.sh" "$package"
    else
        echo "This Python cannot make a virtual environment. On Debian or Ubuntu run: sudo apt-get install $package" >&2
        exit 1
    fi
fi

echo "Making the virtual environment $1 with $("$python" --version)."
"$python" -m venv --clear "$1"
