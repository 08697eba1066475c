"""A PostgreSQL of the test run's own: made in a temporary folder, reached by a socket in it, gone with the run.

The server's programs come from HANSA_POSTGRES (a folder), from the PATH, or from where Debian keeps them.
PostgreSQL refuses to run as root, so root lets “nobody” run it.
"""

import atexit
import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
"""As a real server has it: what the kernel promises of a commit is tried, not assumed."""

SMALL = (
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "autovacuum_naptime=1h",
    "log_min_messages=warning",
)
PATIENCE = 30.0
SHARED = "HANSA_TEST_POSTGRESQL"
"""Where the process that started the run's server leaves its address for those that it starts."""
DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


_numbers = itertools.count()


class NoPostgres(Exception):
    """There is no server on this machine that could be started."""


def programs() -> Path:
    """Return the folder with `initdb` and `postgres`; NoPostgres says where one would be looked for."""
    named = os.environ.get("HANSA_POSTGRES")
    on_path = shutil.which("postgres")
    places = [Path(named)] if named else []
    places += [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgres(
        "No PostgreSQL server was found on this machine. On Debian run: apt-get install postgresql. Elsewhere name the folder of its programs: HANSA_POSTGRES=/path/to/bin"
    )


class Server:
    """One server with its data in a folder of its own. It dies with the process that started it."""

    def __init__(self, *settings: str) -> None:
        """Make the data folder and start; NoPostgres if it cannot be."""
        self.folder = Path(tempfile.mkdtemp(prefix="hansa-pg-"))
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._bin, self._as = programs(), _owner()
        if self._as:
            account = pwd.getpwnam(self._as["user"])
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "--pgdata", str(self.data), "--username", "hansa", "--auth", "trust",
                  "--encoding", "UTF8", "--lc-collate", "C", "--lc-ctype", "C.UTF-8", "--no-sync")  # fmt: skip
        self.start()
        atexit.register(self.close)

    @property
    def data(self) -> Path:
        """Return the server's data folder."""
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """Return how a database of this server is reached."""
        return f"postgresql://hansa@/{database}?host={self.folder}"

    def database(self, name: str) -> str:
        """Make an empty database, and return how it is reached."""
        self.ask(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Carry out one statement outside a transaction; return what it answers."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [word for one in (*DURABLE, *SMALL, *self.settings) for word in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), "-k", str(self.folder), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                preexec_fn=_die_with_parent, **self._as,  # noqa: PLW1509 - it makes one system call and takes no lock
            )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.ask("SELECT 1")
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise NoPostgres(f"PostgreSQL did not start. It says: {self.told()}") from error
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT ends its connections and is clean, SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def close(self) -> None:
        """Stop the server and remove all that it held."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def told(self) -> str:
        """Return the end of what the server said."""
        return (self.folder / "log").read_text("utf-8", "replace")[-2000:]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments], check=False, cwd="/", capture_output=True, **self._as
        )  # fmt: skip
        if done.returncode != 0:
            raise NoPostgres(f"{program} failed: {done.stderr.decode('utf-8', 'replace')[-2000:]}")


def shared() -> str:
    """Return the address of the run's one server, started by whichever process of the run asks first."""
    if SHARED not in os.environ:
        os.environ[SHARED] = Server().url()
    return os.environ[SHARED]


def fresh(like: str = "") -> str:
    """Make a database on the run's server, empty or a copy of the one at the address `like`; return its address."""
    import psycopg

    address, name = shared(), f"home_{os.getpid()}_{next(_numbers)}"
    template = f' TEMPLATE "{named(like)}"' if like else ""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{template}')
    return address.replace("@/postgres?", f"@/{name}?")


def named(address: str) -> str:
    """Return the name of the database at an address of ours."""
    return address.partition("@/")[2].partition("?")[0]


def _owner() -> dict[str, Any]:
    """Return as whom the server's programs run: as ourselves, unless we are root."""
    return {} if os.geteuid() else {"user": "nobody", "group": "nogroup", "extra_groups": []}


def _die_with_parent() -> None:
    """Ask the system to crash the server when this process ends, however it ends. Its folder goes with the machine's /tmp."""
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, int(signal.SIGQUIT))
