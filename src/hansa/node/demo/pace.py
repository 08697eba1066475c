"""How weeks become minutes: a line of the story takes longer the longer the pause before it, but never very long."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log1p

LENGTH = 300.0
"""Seconds that a whole story takes at speed 1."""

BEAT = 0.2
"""The share of a line that follows at once, against 1.3 of one that follows an hour later."""

AFTER = 0.15
"""How much of its share a line keeps after the story's end."""


class Pace:
    """Maps seconds of playing to the story's time and back: straight between two lines, and never backwards."""

    def __init__(
        self, starts: datetime, ends: datetime, moments: Sequence[datetime], length: float = LENGTH
    ) -> None:
        """Share `length` seconds out among the lines, which are said at `moments`, in order."""
        shares, before = [], starts
        for moment in moments:
            hours = (moment - before).total_seconds() / 3600
            share = BEAT + log1p(hours * 2)
            shares.append(share * AFTER if moment > ends else share)
            before = moment
        scale = length / sum(shares) if shares else 0.0
        self.moments = [starts, *moments]
        self.marks = [0.0]
        for share in shares:
            self.marks.append(self.marks[-1] + share * scale)

    @property
    def length(self) -> float:
        """Return the seconds until the last line."""
        return self.marks[-1]

    def mark(self, line: int) -> float:
        """Return after how many seconds a line is said."""
        return self.marks[line + 1]

    def at(self, seconds: float) -> datetime:
        """Return the story's time after so many seconds of playing; after the last line it runs as clocks do."""
        if seconds >= self.length:
            return self.moments[-1] + timedelta(seconds=seconds - self.length)
        n = bisect_right(self.marks, max(seconds, 0.0)) - 1
        span = self.marks[n + 1] - self.marks[n]
        part = (seconds - self.marks[n]) / span if span else 0.0
        return self.moments[n] + (self.moments[n + 1] - self.moments[n]) * max(part, 0.0)
