"""How long it takes to make every row anew from 100,000 records, and what fsck takes for the same."""

import gc

from bench.homes import fresh
from bench.ingest import timed

RECORDS = 100_000


def main() -> None:
    """Print seconds for a rebuild and for fsck, and that the state is the same afterwards."""
    fresh()
    from bench.world import World
    from hansa.kernel.fsck import fsck
    from hansa.kernel.ingest import ingest
    from hansa.kernel.models import Entry
    from hansa.kernel.state import rebuild, state_hash

    for round_ in World(50, RECORDS).bundles(5000):
        ingest(round_)
    before = state_hash()
    gc.collect()
    gc.freeze()  # what the generator made is not what is measured
    took = timed(rebuild)
    same = "the same" if state_hash() == before else "ANOTHER"
    print(
        f"rebuild         {took:10.1f} s for {Entry.objects.count():,} records (asked: under 15 s); {same} state"
    )
    print(f"fsck            {timed(fsck):10.1f} s for the same")


if __name__ == "__main__":
    main()
