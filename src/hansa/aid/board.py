"""Where needs stand, with what `lines` says of pledges and shipments: the records of all members put together.

Nothing here is stored. Each function reads any number of rows with a fixed number of queries; the sums are the
database's. A word counts only from whoever may give it: an acceptance from the needer's own log, a receipt
from the receiver's, both found by the log that said them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, cast

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least
from django.db.models.query import ModelIterable

from hansa.aid import catalogue
from hansa.aid.lines import (
    PledgeLine,
    ShipmentLine,
    pledge_lines,
    shipment_lines,
)
from hansa.aid.models import Acceptance, Need, Pledge
from hansa.aid.words import NeedState, Urgency
from hansa.kernel import clock
from hansa.kernel.reading import readable

__all__ = [
    "CHUNK",
    "COVERED",
    "DUE",
    "ZERO",
    "NeedLine",
    "Needs",
    "PledgeLine",
    "ShipmentLine",
    "acceptance_of",
    "need_lines",
    "needs",
    "pledge_lines",
    "shipment_lines",
]

ZERO = Value(0, output_field=BigIntegerField())
CHUNK = 200
"""Needs summed at a time where a list is read whole."""

COVERED = "covered"
"""What is promised or received, where a list of needs is filtered by it."""

DUE = {"hours": timedelta(hours=4), "day": timedelta(days=1), "days": timedelta(days=3)}
"""Windows of time, from now on, in which needs are due."""


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need with what became of it, all in its unit.

    pledged    what still stands of all pledges that were not turned down
    accepted   what the needer has accepted of them, or received without a word before
    sent       what left its giver, goods or people, and neither came back nor is lost
    received   what the needer has confirmed, or checked in
    promised   what counts against the need: accepted, or pledged and not answered yet
    waiting    pledges (their number) without an answer of the needer
    """

    need: Need
    pledges: int = 0
    waiting: int = 0
    pledged: int = 0
    accepted: int = 0
    sent: int = 0
    promised: int = 0

    @property
    def asked(self) -> int:
        """Return how much is needed in all."""
        return self.need.quantity

    @property
    def received(self) -> int:
        """Return how much was confirmed."""
        return self.need.received

    @property
    def open(self) -> int:
        """Return how much nobody has promised yet. Nothing is open in a cancelled need."""
        if self.need.cancelled_at is not None:
            return 0
        return max(0, self.asked - max(self.promised, self.received))

    @property
    def overdue(self) -> bool:
        """Tell whether the need should be met by now and is not."""
        unmet = self.need.cancelled_at is None and self.received < self.asked
        return unmet and self.need.due < clock.now()

    @property
    def state(self) -> NeedState:
        """Return where the need stands."""
        if self.need.cancelled_at is not None:
            return NeedState.CANCELLED
        if self.received >= self.asked:
            return NeedState.MET
        if self.open == 0:
            return NeedState.COMING
        return NeedState.OPEN if self.open == self.asked else NeedState.PARTLY

    def bar(self) -> list[tuple[str, int, int]]:
        """Return (name, start, width) of received, sent, accepted, pledged in percent, one after the other."""
        whole = max(self.asked, self.pledged, self.received, 1)
        parts, start = [], 0
        for name, value in (
            ("received", self.received),
            ("sent", self.sent),
            ("accepted", self.accepted),
            ("pledged", self.pledged),
        ):
            end = max(start, round(100 * min(value, whole) / whole))
            parts.append((name, start, end - start))
            start = end
        return parts


class _Summed(ModelIterable):  # type: ignore[type-arg]  # generic in the stubs only
    """Reads needs in chunks and yields each with its sums."""

    def __iter__(self) -> Iterator[Any]:
        rows = super().__iter__()
        while chunk := list(islice(rows, CHUNK)):
            yield from need_lines(chunk)


class Needs(QuerySet[Need, NeedLine]):
    """Needs that are read as NeedLine: filtered, ordered and cut like any query, summed a page at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read rows through `_Summed`."""
        super().__init__(*args, **kwargs)
        self._iterable_class = _Summed
        self._keys: list[str] | None = None

    def count(self) -> int:
        """Return how many there are. Where that sums pledges, keep which they are, so that a page need not sum again."""
        if COVERED not in self.query.annotations:
            return super().count()
        if self._keys is None:
            self._keys = list(self.values_list("pk", flat=True))
        return len(self._keys)

    def __getitem__(self, asked: Any) -> Any:
        """Return a page (a slice) of what was counted, or as any query does."""
        if self._keys is None or not isinstance(asked, slice):
            return super().__getitem__(asked)
        rows = Need.objects.in_bulk(keys := self._keys[asked])
        return need_lines([rows[key] for key in keys if key in rows])

    def unmet_first(self) -> "Needs":
        """Order the needs: what is met or cancelled last, then by due time."""
        done = Q(received__gte=F("quantity")) | Q(cancelled_at__isnull=False)
        rank = Case(When(done, then=1), default=0)
        return self.order_by(rank, "due", "key")

    def ranked(self) -> "Needs":
        """Let the needs be ordered by `urgent`: what is needed now first."""
        ranks = [When(urgency=one, then=rank) for rank, one in enumerate(Urgency.values)]
        return self.alias(urgent=Case(*ranks, default=len(ranks)))

    def due_within(self, window: str) -> "Needs":
        """Return the needs due within a `DUE` window from now on; `overdue`: those not met in time; `later`: after all windows."""
        now = clock.now()
        if window == "overdue":
            return self.in_state("unmet").filter(due__lt=now)
        if window == "later":
            return self.filter(due__gt=now + max(DUE.values()))
        return self.filter(due__gte=now, due__lte=now + DUE[window])

    def searched(self, words: str) -> "Needs":
        """Return the needs whose item, purpose or place has these words; items by code or name, in any language."""
        found = Q(item__in=catalogue.named(words)) | Q(what__icontains=words)
        return self.filter(found | Q(place__icontains=words))

    def in_state(self, state: str) -> "Needs":
        """Return the needs in one state, or all that are `unmet`."""
        standing = self.filter(cancelled_at=None)
        unmet = standing.filter(received__lt=F("quantity"))
        if state == NeedState.CANCELLED:
            return self.exclude(cancelled_at=None)
        if state == NeedState.MET:
            return standing.filter(received__gte=F("quantity"))
        if state == "unmet":
            return unmet
        counted = unmet.alias(covered=Greatest(_promised(), F("received")))
        if state == NeedState.COMING:
            return counted.filter(covered__gte=F("quantity"))
        if state == NeedState.OPEN:
            return counted.filter(covered=0)
        if state == NeedState.PARTLY:
            return counted.filter(covered__range=(1, F("quantity") - 1))  # BETWEEN sums once
        return counted.filter(covered__lt=F("quantity"))


def needs(log: str | None) -> Needs:
    """Return the needs that officers of `log` may read, the first due first."""
    every: Any = Needs(Need)
    found: Any = readable(every, log).order_by("due", "key")
    return cast("Needs", found)


def acceptance_of() -> Subquery:
    """Return what the needer accepted of a pledge, or NULL while it has not answered."""
    said = Acceptance.objects.filter(pledge=OuterRef("key"), home=OuterRef("needer"))
    return Subquery(said.values("quantity")[:1])


def _weighed(pledges: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """Add to each pledge: `said` (NULL without an answer), `stands`, `taken` (accepted) and `counts` (toward the need)."""
    return pledges.annotate(said=acceptance_of(), stands=_stands(), counts=_counts()).annotate(
        taken=Least(Coalesce("said", ZERO), F("stands"))
    )


def _stands() -> "ExpressionWrapper[Any]":
    return _whole(F("quantity") - F("withdrawn"))


def _counts() -> "ExpressionWrapper[Any]":
    """Return what of a pledge counts. It looks the acceptance up once: it is reckoned for every pledge of thousands of needs."""
    taken = Least(Coalesce(acceptance_of(), _stands()), _stands())
    return _whole(Greatest(taken, F("sent")) - F("gone"))


def _whole(sum_of: Any) -> "ExpressionWrapper[Any]":
    """Return a difference of two large whole numbers as what it is."""
    return ExpressionWrapper(sum_of, output_field=BigIntegerField())


def _promised() -> Coalesce:
    pledged = Pledge.objects.filter(need=OuterRef("key")).order_by().values("need")
    return Coalesce(
        Subquery(pledged.annotate(total=Sum(_counts())).values("total")),
        ZERO,
        output_field=BigIntegerField(),
    )


def need_lines(found: Iterable[Need]) -> list[NeedLine]:
    """Return the needs with their sums, in their order. One query."""
    listed = list(found)
    weighed = _weighed(Pledge.objects.filter(need__in=[need.key for need in listed]))
    unanswered = Q(said=None, stands__gt=0)
    sums = {
        row["need"]: row
        for row in weighed.order_by()
        .values("need")
        .annotate(
            pledges=Count("key", filter=Q(stands__gt=0)),
            waiting=Count("key", filter=unanswered),
            pledged=Coalesce(Sum("stands", filter=Q(said=None) | Q(said__gt=0)), ZERO),
            accepted=Sum("taken"),
            left=Sum(F("sent") - F("gone")),
            promised=Sum("counts"),
        )
    }
    return [_line(need, sums.get(need.key)) for need in listed]


def _line(need: Need, sums: Mapping[str, Any] | None) -> NeedLine:
    if sums is None:
        return NeedLine(need)
    return NeedLine(
        need,
        pledges=sums["pledges"],
        waiting=sums["waiting"],
        pledged=sums["pledged"],
        accepted=max(sums["accepted"], need.received),
        sent=sums["left"],
        promised=sums["promised"],
    )
