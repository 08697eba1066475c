"""How fast records written elsewhere are verified, stored and folded, beside this machine's limit."""

import cProfile
import gc
import pstats
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.homes import fresh

if TYPE_CHECKING:
    from hansa.kernel.ingest import Bundle

RECORDS = 30_000
BATCH = 2000


class Limit:
    """One checkpoint check a bundle, hashing, decoding and inserts, without a fold."""

    def __init__(self, folder: str, vkeys: dict[str, str]) -> None:
        self.database = sqlite3.connect(folder, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            self.database.execute(f"PRAGMA {pragma}")
        self.database.execute(
            'CREATE TABLE entry (id INTEGER PRIMARY KEY, log TEXT, "index" INTEGER, leaf BLOB, header BLOB, UNIQUE(log, "index"))'
        )
        self.database.execute("CREATE TABLE body (entry_id INTEGER PRIMARY KEY, data BLOB)")
        self.vkeys = vkeys
        self.frontiers: dict[str, object] = {}
        self.number = 0

    def take(self, round_: "list[Bundle]") -> None:
        """Verify and store one round."""
        from hansa.kernel.entry import commit, read_envelope, read_header
        from hansa.kernel.merkle import Frontier, leaf_hash
        from hansa.kernel.note import Verifier, open_checkpoint

        self.database.execute("BEGIN IMMEDIATE")
        for bundle in round_:
            head = open_checkpoint(bundle.note, Verifier.parse(self.vkeys[bundle.log]))
            frontier = self.frontiers.setdefault(bundle.log, Frontier())
            entries, bodies = [], []
            for entry, body in zip(bundle.entries, bundle.bodies, strict=True):
                header, leaf = read_header(entry), leaf_hash(entry)
                commit(body)
                read_envelope(body)
                entries.append((self.number, header.log, header.i, leaf, entry))
                bodies.append((self.number, body))
                frontier.append(leaf)
                self.number += 1
            assert frontier.root() == head.root
            self.database.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", entries)
            self.database.executemany("INSERT INTO body VALUES (?, ?)", bodies)
        self.database.execute("COMMIT")


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
        str(folder / "limit.sqlite3"), {log.name: log.signer.vkey() for log in world.logs}
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
