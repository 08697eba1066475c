#!/usr/bin/env bash
# Compiles requirements/*.in into *.txt: every package, exact, with the hashes of all its files.
# One file serves Python 3.11 and newer on every machine. Pass --upgrade to take newer versions.
# Only the default package index is asked: what this machine adds to it must not reach the files.
set -euo pipefail
cd "$(dirname "$0")/../requirements"

unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL UV_FIND_LINKS UV_EXTRA_INDEX_URL UV_INDEX
export PIP_CONFIG_FILE=/dev/null UV_NO_CONFIG=1
if [ ! -x ../build/lock/bin/uv ]; then
    "${PYTHON:-python3}" -m venv ../build/lock
    ../build/lock/bin/python -m pip install -qq 'uv==0.13.9'
fi
# In this order: dev is held to run's versions, and build to dev's, for they share an environment.
for name in run dev build node; do
    echo "requirements/$name.txt"
    ../build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-annotate --no-header "$@" --output-file "$name.txt" "$name.in"
done
# npm writes who takes donations, and where, beside each package: addresses that nothing here needs.
../build/lock/bin/python - <<'END'
import json, pathlib
lock = pathlib.Path("../package-lock.json")
pins = json.loads(lock.read_text("utf-8"))
for one in pins["packages"].values():
    one.pop("funding", None)
lock.write_text(json.dumps(pins, indent=2, ensure_ascii=False) + "\n", "utf-8")
END
if grep -nE '://|^-|^ *--(index|extra|find|trusted)' ./*.txt || grep -n '://' ../package-lock.json; then
    echo "The lines above tie the files to one machine or index. Compile them again elsewhere." >&2
    exit 1
fi
