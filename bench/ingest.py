"""How fast records written elsewhere are verified, stored and folded, beside this machine's limit.

With HANSA_TEST_STORE=postgresql, on PostgreSQL, and beside what PostgreSQL can do at best.
"""

import cProfile
import gc
import pstats
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.homes import fresh, on_postgresql

if TYPE_CHECKING:
    from hansa.kernel.ingest import Bundle

RECORDS = 30_000
BATCH = 2000


NAMES = (
    "id",
    "log",
    "index",
    "leaf",
    "header",
    "at",
    "audience",
    "commitment",
    "kind",
    "by",
    "subject",
    "fate",
    "reason",
)
COLUMNS = ", ".join(f'"{name}"' for name in NAMES)
INSERT = f"INSERT INTO kernel_entry ({COLUMNS}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608 - names are ours


def own_tables(home: Path) -> list[str]:
    """Return how the node itself makes the tables of entries and bodies, with their indexes."""
    database = sqlite3.connect(home / "hansa.sqlite3")
    asked = "SELECT sql FROM sqlite_master WHERE tbl_name IN ('kernel_entry', 'kernel_body') AND sql IS NOT NULL ORDER BY type DESC"
    found = [row[0] for row in database.execute(asked)]
    database.close()
    return found


class File:
    """SQLite, asked directly."""

    def __init__(self, folder: Path) -> None:
        self.database = sqlite3.connect(folder / "limit.sqlite3", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            self.database.execute(f"PRAGMA {pragma}")
        for statement in own_tables(folder):
            self.database.execute(statement)

    def put(self, entries: list[tuple[Any, ...]], bodies: list[tuple[Any, ...]]) -> None:
        """Write one round, durably."""
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany(INSERT, entries)
        self.database.executemany("INSERT INTO kernel_body (entry_id, data) VALUES (?, ?)", bodies)
        self.database.execute("COMMIT")


class Server:
    """PostgreSQL, asked directly, by its fastest way in: binary COPY into tables like the node's own."""

    TYPES = "int8 varchar int8 bytea bytea timestamptz varchar bytea varchar varchar varchar varchar varchar"

    def __init__(self) -> None:
        from django.db import connection

        connection.ensure_connection()
        self.database = connection.get_new_connection(connection.get_connection_params())
        for table in ("kernel_entry", "kernel_body"):
            self.database.execute(f"CREATE TABLE limit_{table} (LIKE {table} INCLUDING ALL)")
        self.database.commit()

    def put(self, entries: list[tuple[Any, ...]], bodies: list[tuple[Any, ...]]) -> None:
        """Write one round, durably."""
        self._copy(f"limit_kernel_entry ({COLUMNS})", self.TYPES.split(), entries)
        self._copy("limit_kernel_body (entry_id, data)", ["int8", "bytea"], bodies)
        self.database.commit()

    def _copy(self, place: str, types: list[str], rows: list[tuple[Any, ...]]) -> None:
        with (
            self.database.cursor() as cursor,
            cursor.copy(f"COPY {place} FROM STDIN (FORMAT BINARY)") as into,
        ):
            into.set_types(types)
            for row in rows:
                into.write_row(row)


class Limit:
    """One checkpoint check a bundle, hashing, decoding, and inserts of entries and bodies into tables like the node's own."""

    def __init__(self, database: "File | Server", vkeys: dict[str, str]) -> None:
        self.database = database
        self.vkeys = vkeys
        self.frontiers: dict[str, object] = {}
        self.number = 0

    def take(self, round_: "list[Bundle]") -> None:
        """Verify and store one round."""
        from hansa.kernel.entry import commit, read_envelope, read_header
        from hansa.kernel.merkle import Frontier, leaf_hash
        from hansa.kernel.note import Verifier, open_checkpoint

        entries, bodies = [], []
        for bundle in round_:
            head = open_checkpoint(bundle.note, Verifier.parse(self.vkeys[bundle.log]))
            frontier = self.frontiers.setdefault(bundle.log, Frontier())
            for entry, body in zip(bundle.entries, bundle.bodies, strict=True):
                header, leaf = read_header(entry), leaf_hash(entry)
                commitment, said = commit(body), read_envelope(body)
                place = f"{header.log}@{header.i}"
                at = header.t if on_postgresql() else str(header.t)
                entries.append(
                    (
                        *(self.number, header.log, header.i, leaf, entry, at, header.aud),
                        *(commitment, said.kind, said.by, place, "done", ""),
                    )
                )
                bodies.append((self.number, body))
                frontier.append(leaf)
                self.number += 1
            assert frontier.root() == head.root
        self.database.put(entries, bodies)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds the work took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the limit, ours, their ratio, and what the rest is spent on."""
    folder = fresh()
    from bench.world import World
    from hansa.kernel.ingest import ingest
    from hansa.kernel.models import Entry, Fate

    world = World(8, RECORDS)
    rounds = list(world.bundles(BATCH))
    limit = Limit(
        Server() if on_postgresql() else File(folder),
        {log.name: log.signer.vkey() for log in world.logs},
    )
    gc.collect()
    gc.freeze()  # what the generator made is not what is measured
    least = ours = 0.0
    for round_ in rounds[:-10]:  # in turns, so that a machine that is busy meanwhile slows both
        least += timed(lambda: limit.take(round_))  # noqa: B023 - called at once
        ours += timed(lambda: ingest(round_))  # noqa: B023 - called at once
    count = Entry.objects.count()
    done = Entry.objects.filter(fate=Fate.DONE).count()
    print(
        f"ingest, limit   {count / least:10,.0f} records/s  (checkpoint, hashing, decoding, inserts; no fold)"
    )
    print(
        f"ingest          {count / ours:10,.0f} records/s  = {least / ours:.2f} of the limit (asked: 0.25); {done / count:.0%} folded, none waiting"
    )
    profile = cProfile.Profile()
    profile.enable()
    for round_ in rounds[-10:]:
        ingest(round_)
    profile.disable()
    print("where the rest goes (profiled):")
    pstats.Stats(profile).sort_stats("cumulative").print_stats("hansa/kernel|hansa/aid", 24)


if __name__ == "__main__":
    main()
