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

# A worker that dies ends the run as a failure; a run that hangs is ended.
tests() {
    timeout --kill-after 30 3600 .venv/bin/python -m pytest -n "${WORKERS:-2}" --dist loadfile --max-worker-restart 0 "$@"
}

# What meets the database, once more on the other store. tests/store always uses both.
on_postgresql() {
    HANSA_TEST_STORE=postgresql tests -q \
        tests/aid tests/api tests/attacks tests/costs tests/exchange tests/inventory tests/kernel tests/laws tests/missions \
        tests/node tests/pact tests/pages tests/people tests/planning tests/sync tests/tracking tests/web tests/witness \
        tests/faults/test_mishaps.py tests/faults/test_processes.py tests/faults/test_statements.py
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
tests "$@"
code=$?
if [ "$code" != 0 ]; then
    failed+=("tests")
fi
if [ "${#failed[@]}" -gt 0 ]; then
    echo "Failed: ${failed[*]}. What is wrong stands above." >&2
    exit 1
fi
