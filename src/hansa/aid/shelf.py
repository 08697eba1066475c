"""What of a member's stock is free: what is here, less what has expired, less its reserve, less what is promised.

The one place where this is worked out, for whoever pledges, sends, lends, plans or shows. The inventory, which knows the
lots, says here what of it expires when. For the member's own officers alone, like the stock itself.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hansa.aid.models import Stock
from hansa.kernel import clock

Ends = Mapping[tuple[str, str], Sequence[tuple[datetime, int]]]
"""By item and unit: the moment from which it may no longer be used, and how much of it."""

_ASKED: list[Callable[[str, Collection[str]], Ends]] = []


def register(ends: Callable[[str, Collection[str]], Ends]) -> None:
    """Ask this, too, for what of a member's items expires when; the same one is asked once."""
    if ends not in _ASKED:
        _ASKED.append(ends)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stock row at `now`, beside what of it expires when. All in the stock's unit; negative where it is overdrawn."""

    stock: Stock
    ends: Sequence[tuple[datetime, int]] = ()
    now: datetime = field(default_factory=clock.now)

    def expired(self, at: datetime | None = None) -> int:
        """Return how much of what is here may no longer be used at `at` (else now)."""
        moment = max(at or self.now, self.now)
        gone = sum(quantity for ends, quantity in self.ends if ends <= moment)
        return min(gone, max(self.stock.quantity, 0))

    @property
    def usable(self) -> int:
        """Return how much of what is here may be used."""
        return self.stock.quantity - self.expired()

    @property
    def spare(self) -> int:
        """Return how much may leave now: what may be used, less the reserve."""
        return self.usable - self.stock.floor(self.now)

    def free(self, at: datetime | None = None) -> int:
        """Return how much may be promised now for a use at `at` (else now).

        What is promised already takes first what expires first, so it uses up what would not keep until then.
        """
        fading = self.expired(at) - self.expired()
        return self.spare - max(self.stock.promised, fading)

    def first_end(self, at: datetime) -> datetime | None:
        """Return when the next part of what may still be used expires, if it does by `at`."""
        return min((ends for ends, _much in self.ends if self.now < ends <= at), default=None)


def shelf(stock: Stock) -> Shelf:
    """Return one stock row with what of it expires."""
    return shelves([stock])[stock.item]


def shelves(stocks: Iterable[Stock]) -> dict[str, Shelf]:
    """Return the stock rows of one member, by item, with what of them expires. A fixed number of queries."""
    rows = list(stocks)
    if not rows:
        return {}
    now, items = clock.now(), {row.item for row in rows}
    ends: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for asked in _ASKED:
        for thing, parts in asked(rows[0].home, items).items():
            ends.setdefault(thing, []).extend(parts)
    return {row.item: Shelf(row, ends.get((row.item, row.unit), ()), now) for row in rows}
