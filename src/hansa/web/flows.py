"""Who is helping whom at this moment: what is promised and what is on its way, between two members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Least

from hansa.aid.board import ZERO, acceptance_of
from hansa.aid.catalogue import amount
from hansa.aid.missions.models import Mission, Reception
from hansa.aid.missions.words import GiverStep
from hansa.aid.models import Need, Pledge, Receipt, Shipment
from hansa.kernel.reading import readable
from hansa.pact.models import Call


@dataclass(slots=True)
class Flow:
    """All aid from one member to another under the active calls, in words: what is promised, what is on the way."""

    giver: str
    receiver: str
    call: Call
    promised: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)


def flows(calls: Iterable[Call], log: str | None) -> list[Flow]:
    """Return the flows under these calls that an officer of `log` may read. Three queries, whose sums are the database's."""
    active = {call.key: call for call in calls}
    found: dict[tuple[str, str], Flow] = {}
    for name, sums in (
        ("promised", _promised(readable(Pledge, log).filter(call__in=active))),
        ("moving", _moving(readable(Shipment, log).filter(call__in=active, back=""))),
        ("moving", _travelling(readable(Mission, log).filter(call__in=active))),
    ):
        for giver, receiver, call, words in _told(sums):
            flow = found.setdefault((giver, receiver), Flow(giver, receiver, active[call]))
            getattr(flow, name).append(words)
    return [found[pair] for pair in sorted(found)]


def _promised(pledges: "QuerySet[Pledge]") -> Sequence[tuple[Any, ...]]:
    """Sum what was pledged, is still wanted, and is not sent: all that stands, or what of it was accepted."""
    cancelled = Exists(Need.objects.filter(pk=OuterRef("need")).exclude(cancelled_at=None))
    stands = _whole(F("quantity") - F("withdrawn"))
    wanted = Case(When(said=None, then=stands), default=Least(F("said"), stands))
    return _summed(
        pledges.filter(quantity__gt=F("withdrawn") + F("sent"))
        .alias(said=acceptance_of())
        .annotate(left=_whole(wanted - F("sent")))
        .filter(~cancelled, left__gt=0),
        "needer",
    )


def _moving(shipments: "QuerySet[Shipment]") -> Sequence[tuple[Any, ...]]:
    """Sum what is neither confirmed, nor back, nor lost."""
    confirmed = _said(Receipt.objects.all(), "/receipt/")
    left = _whole(F("quantity") - F("returned") - F("lost") - confirmed)
    return _summed(shipments.annotate(left=left).filter(left__gt=0), "receiver")


def _travelling(missions: "QuerySet[Mission]") -> Sequence[tuple[Any, ...]]:
    """Sum the people, teams and equipment that left, are not home again, and are not checked in."""
    away = missions.filter(steps__has_key=GiverStep.UNDER_WAY.value, recalled_at=None)
    away = away.exclude(steps__has_key=GiverStep.RETURNED.value)
    left = _whole(F("quantity") - _said(Reception.objects.all(), "/reception/"))
    return _summed(away.annotate(left=left).filter(left__gt=0), "receiver")


def _said(rows: "QuerySet[Any]", infix: str) -> Coalesce:
    """Return how much the receiver says has come, by the key that no other log can write."""
    key = Concat(OuterRef("receiver"), Value(infix), OuterRef("key"))
    return Coalesce(Subquery(rows.filter(pk=key).values("quantity")[:1]), ZERO)


def _whole(sum_of: Any) -> "ExpressionWrapper[Any]":
    """Return a difference of large whole numbers as what it is."""
    return ExpressionWrapper(sum_of, output_field=BigIntegerField())


def _summed(rows: "QuerySet[Any]", receiver: str) -> Sequence[tuple[Any, ...]]:
    """Return giver, receiver, call, item, unit and sum, the first promised first."""
    groups = rows.order_by().values_list("home", receiver, "call", "item", "unit")
    summed = groups.annotate(total=Sum("left"), first=Min("at")).order_by("first", "item", "call")
    return list(summed.values_list("home", receiver, "call", "item", "unit", "total"))


def _told(sums: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield giver, receiver, first call and amount in words, one for each item between two members."""
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    first: dict[tuple[str, str], str] = {}
    for giver, receiver, call, item, unit, total in sums:
        totals[giver, receiver, item, unit] += total
        first.setdefault((giver, receiver), call)
    for (giver, receiver, item, unit), total in totals.items():
        yield giver, receiver, first[giver, receiver], amount(total, unit, item)
