"""What this process has counted since it started, for whoever watches it: numbers and short lasting words, never content."""

import threading
from collections import Counter


class _Tally:
    lock = threading.Lock()
    counts: Counter[tuple[str, str]] = Counter()


def count(what: str, code: str = "", times: int = 1) -> None:
    """Count something that happened, under a lasting word and, where there is one, its code. Safe from any thread."""
    with _Tally.lock:
        _Tally.counts[what, code] += times


def counted() -> dict[tuple[str, str], int]:
    """Return how often each thing happened in this process, by word and code."""
    with _Tally.lock:
        return dict(_Tally.counts)
