"""Two real nodes in a network namespace whose loopback lets 50 kbit/s through and drops what is too much.

Run as `python -m tests.faults.confined FOLDER` inside the namespace. It ends well if they keep converging.
"""

import sys
import time
from pathlib import Path

from tests.faults.abroad import Abroad, acquaint, await_agreement


def main(folder: Path) -> None:
    """Let both write for a while; each look must find more of the other, and in the end all of it."""
    nodes = [Abroad(log, folder / log) for log in ("ada", "bel")]
    acquaint(nodes)
    try:
        for node in nodes:
            node.serve()
            node.write(pause=0.5)
        reached = []
        for _ in range(3):
            time.sleep(10)
            reached.append(nodes[1].look()["sizes"]["ada"])
        for node in nodes:
            node.rest()
        seen = await_agreement(nodes, 200)
        assert all(found["fsck"] == "" for found in seen), seen
        assert reached == sorted(set(reached)), reached
        everything = {place for node in nodes for place in node.acknowledged}
        assert everything <= set(seen[0]["places"])
        print(f"{len(everything)} records; the other had {reached} at each look")
    finally:
        for node in nodes:
            node.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
