#!/usr/bin/env bash
# A PostgreSQL server for the tests, from Debian: only its programs, no server that runs by itself.
# Without them the tests on PostgreSQL are left out, and say so.
set -euo pipefail

if [ -n "${HANSA_POSTGRES:-}" ] || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing PostgreSQL, on which the tests run a second time."
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    if bash "$(dirname "$0")/apt.sh" postgresql; then
        exit 0
    fi
fi
echo "NOT TESTED on PostgreSQL: install Debian's postgresql, or name the folder of a server's programs: HANSA_POSTGRES=/path/to/bin" >&2
