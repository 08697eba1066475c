"""When the pact's words were said: by its witnesses where a policy is set, else by each log's own time.

An author's clock decides nothing that others are held to. What no quorum has witnessed yet counts as said
now, and a page that shows a deadline says whose clock it goes by.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from hansa.kernel.models import Row
from hansa.kernel.ref import split
from hansa.kernel.witness.dating import By, Dates, Moment


class Moments:
    """The moments of some words, read with at most two queries whatever their number; with none where no policy is set."""

    def __init__(self) -> None:
        """Look at the policy once."""
        self.dates = Dates()
        self._known: dict[str, Moment] = {}

    @property
    def witnessed(self) -> bool:
        """Tell whether a policy is set, so that witnesses date what is said."""
        return self.dates.policy is not None

    def learn(self, words: Iterable[tuple[str, datetime]]) -> None:
        """Read the moments of records not known yet, each given by its position and its log's time."""
        asked = {place: at for place, at in words if place not in self._known}
        if not asked:
            return
        stamps = self.dates.stamps(asked)
        for place, at in asked.items():
            self._known[place] = self.dates.of(*split(place), at, stamps.get(place))

    def known(self, place: str, at: datetime) -> Moment:
        """Return the moment of a record that was learned; of another one its log's time."""
        return self._known.get(place) or Moment(at, By.AUTHOR)

    def of_row(self, row: Row) -> Moment:
        """Return the moment of the record that opened a row whose key is its position, learned before."""
        return self.known(row.key, row.at)

    def stamped(self, rows: "QuerySet[Any]", index: str = "index") -> "QuerySet[Any, Any]":
        """Let each row carry what `of_word` needs: rows that keep the index of the word that counts."""
        carried: QuerySet[Any, Any] = rows.annotate(stamp=self.dates.stamp(index))
        return carried

    def of_word(self, row: Any) -> Moment:
        """Return the moment of the word that counts, of a row read by `stamped`."""
        return self.dates.of(row.home, row.index, row.at, row.stamp)
