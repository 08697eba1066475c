#!/usr/bin/env bash
# Runs every check and then every test, to the end even when one fails, and fails if any did.
# The whole suite comes last so that its count is the last thing said.
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

# What meets the database, once more on the other store. tests/store always uses both.
on_postgresql() {
    HANSA_TEST_STORE=postgresql .venv/bin/python -m pytest -q -n "${WORKERS:-2}" --dist loadfile \
        tests/aid tests/api tests/attacks tests/kernel tests/laws tests/node tests/pact tests/pages tests/sync tests/web \
        tests/witness tests/faults/test_mishaps.py tests/faults/test_processes.py tests/faults/test_statements.py
}

summary=
check lint make --no-print-directory lint-only
check types make --no-print-directory types-only
if [ $# = 0 ]; then
    if [ -n "${CI:-}" ] || .venv/bin/python -c 'from tests.postgres import programs; programs()' 2>/dev/null; then
        check "tests on PostgreSQL" on_postgresql
    else
        summary+="  LEFT OUT tests on PostgreSQL: no server was found. Run: make setup-dev"$'\n'
    fi
fi
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
