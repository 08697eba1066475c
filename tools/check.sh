#!/usr/bin/env bash
# Runs every check and then every test, to the end even when one fails, and fails if any did.
# Pytest comes last so that its count is the last thing said.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
check() {
    local name=$1
    shift
    local start=$SECONDS
    printf '\n== %s\n' "$name"
    if "$@"; then
        summary+="  ok      $name ($((SECONDS - start)) s)"$'\n'
    else
        summary+="  FAILED  $name ($((SECONDS - start)) s)"$'\n'
        failed+=("$name")
    fi
}

summary=
check lint make --no-print-directory lint-only
check types make --no-print-directory types-only
printf '\n== checks\n%s\n== tests\n' "$summary"
.venv/bin/python -m pytest -n "${WORKERS:-2}" --dist loadfile "$@"
code=$?
if [ "$code" != 0 ]; then
    failed+=("tests")
fi
if [ "${#failed[@]}" -gt 0 ]; then
    echo "Failed: ${failed[*]}. What is wrong stands above." >&2
    exit 1
fi
