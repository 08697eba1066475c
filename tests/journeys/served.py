"""Serve a home with its clock in the test's hand: `python served.py HOME [MOMENT]`.

The clock runs on from MOMENT. Each line on standard input is a moment to go to. Without MOMENT it is
the machine's own clock. Nothing else differs from `hansa serve`.
"""

import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from hansa.kernel import clock
from hansa.node.commands.serve import listen
from hansa.node.start import choose_home, load_django, migrate


class Hand:
    """A clock that is set and then runs."""

    def __init__(self, text: str) -> None:
        self.to(text)

    def to(self, text: str) -> None:
        self.base, self.since = datetime.fromisoformat(text), time.monotonic()

    def now(self) -> datetime:
        return self.base + timedelta(seconds=time.monotonic() - self.since)

    def obey(self) -> None:
        for line in sys.stdin:
            self.to(line.strip())
            print("It is", line.strip(), flush=True)


def main(folder: str, moment: str = "") -> None:
    choose_home(folder)
    load_django()
    migrate()
    if moment:
        hand = Hand(moment)
        clock.use(hand.now)
        threading.Thread(target=hand.obey, daemon=True).start()
    listen(Path(folder), "127.0.0.1", 0, lambda address: print("Ready", address, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
