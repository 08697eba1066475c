"""When something was said: by the earliest quorum of witnesses, never by its author's clock.

A record is dated by the earliest moment at which the policy's quorum had cosigned heads that cover it. That
depends on the cosignatures and the policy alone, so nodes that hold the same give the same date, whatever
their clocks say.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from hansa.kernel import clock, store
from hansa.kernel import policy as policies
from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.policy import NONE, Policy
from hansa.kernel.ref import split
from hansa.kernel.witness.models import Cosignature, Dated, Head
from hansa.kernel.writing import writing

FILE = "policy"

AHEAD = timedelta(minutes=5)
"""How far ahead of this machine's clock a date may lie before it does not count yet."""

CHUNK = 8_000
"""Positions in one statement, under SQLite's limit of 32,766 parameters."""


class By(StrEnum):
    """By whose clock a moment is known."""

    WITNESSES = "witnessed"
    AUTHOR = "own"
    NOBODY = "open"


class Moment(NamedTuple):
    """When something was said, and by whose clock. What no quorum has seen yet counts as said now."""

    at: datetime
    by: By


def policy() -> Policy | None:
    """Return the policy of this home, or None where none is set or its quorum is none.

    Refused if the file does not hold: dates by another rule than the one written would be worse than none.
    """
    try:
        data = path().read_bytes()
    except FileNotFoundError:
        return None
    try:
        read = policies.parse(data)
    except Untrusted as error:
        raise Refused(
            _(
                "The file “policy” in the home of this node does not hold: %(why)s Mend it, or write it anew with “hansa witness policy --write”."
            )
            % {"why": error.sentence},
            code="policy",
        ) from error
    return None if read.quorum == NONE else read


def path() -> Path:
    """Return where the policy of this home stands."""
    return Path(settings.HANSA_HOME) / FILE


def dated(positions: Iterable[str]) -> dict[str, datetime]:
    """Return when a quorum had seen each record; one that none has seen yet is absent, as are all without a policy."""
    counts = policy()
    if counts is None:
        return {}
    latest = _latest(clock.now())
    return {
        position: _moment(at) for position, at in _stamps(counts, positions).items() if at <= latest
    }


def redate(log: str, size: int, at: int) -> None:
    """Date the log's heads anew as far as a cosignature of `at` on the head of `size` can have changed it.

    Dates never run backwards along a log, so what was dated at or before `at` stays as it is.
    """
    counts = policy()
    if counts is None:
        return
    mine = Dated.objects.filter(policy=counts.digest, log=log)
    settled = mine.filter(at__lte=at).order_by("-size").first()
    heads = Head.objects.filter(log=log, size__lte=size, size__gt=settled.size if settled else 0)
    sizes = set(heads.values_list("size", flat=True))
    if not sizes:
        return
    new = [
        Dated(policy=counts.digest, log=log, size=one, at=moment)
        for one, moment in _quorums(counts, log, sizes)
    ]
    Dated.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=["policy", "log", "size"],
        update_fields=["at"],
    )
    _mark_first(mine)


def refresh() -> None:
    """Date every log by the policy as it now stands, if that was not done before; forget other policies' dates."""
    counts = policy()
    with writing():
        if counts is None:
            return
        Dated.objects.exclude(policy=counts.digest).delete()
        done = set(
            Dated.objects.filter(policy=counts.digest, first=True).values_list("log", flat=True)
        )
        for log, size in Head.objects.values_list("log").annotate(Max("size")).order_by("log"):
            if log not in done:
                redate(log, size, 0)


def _quorums(counts: Policy, log: str, sizes: set[int]) -> Iterator[tuple[int, int]]:
    """Yield each of the sizes that a quorum covers, with the earliest moment, the largest size first."""
    keys = {one.key.identity: one.key for one in counts.witnesses}
    lines = Cosignature.objects.filter(log=log, size__gte=min(sizes), witness__in=keys)
    earliest: dict[Cosigner, int] = {}
    for size, found in groupby(
        lines.order_by("-size").values_list("size", "witness", "at"), key=itemgetter(0)
    ):
        for _size, witness, at in found:
            key = keys[witness]
            earliest[key] = min(at, earliest.get(key, at))
        moment = counts.earliest(earliest) if size in sizes else None
        if moment is not None:
            yield size, moment


def first_anew(log: str) -> None:
    """Find out again which is the log's first date, after some were taken away."""
    counts = policy()
    if counts is not None:
        _mark_first(Dated.objects.filter(policy=counts.digest, log=log))


def _mark_first(mine: QuerySet[Dated]) -> None:
    first = mine.order_by("size").first()
    if first is not None and not first.first:
        mine.filter(first=True).update(first=False)
        mine.filter(pk=first.pk).update(first=True)


def _stamps(counts: Policy, positions: Iterable[str]) -> dict[str, int]:
    """Return seconds since 1970 by position, as far as dated. One statement, unless there are thousands."""
    found: dict[str, int] = {}
    table = f'"{Dated._meta.db_table}"'
    for chunk in store.chunked(set(positions), CHUNK):
        pairs = ", ".join(["(%s, %s)"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH w(log, i) AS (VALUES {pairs}) SELECT w.log, w.i, (SELECT d.at FROM {table} d WHERE d.policy = %s AND d.log = w.log AND d.size > w.i ORDER BY d.size LIMIT 1) FROM w",  # noqa: S608 - names are ours
                [*(part for ref in chunk for part in split(ref)), counts.digest],
            )
            found.update(
                (f"{log}@{index}", at) for log, index, at in cursor.fetchall() if at is not None
            )
    return found


class Dates:
    """The dates that one page needs: the policy, the moment of looking, and where witnessing began in each log."""

    def __init__(self) -> None:
        """Ask once, and only where a policy is set."""
        self.policy = policy()
        self.now = clock.now()
        self._latest = _latest(self.now)
        self._firsts: dict[str, int] = {}
        self._since = float("inf")
        """When witnessing began: as the policy says, else with the first date of any log."""
        if self.policy is not None:
            found = Dated.objects.filter(policy=self.policy.digest, first=True)
            for log, size, at in found.values_list("log", "size", "at"):
                self._firsts[log], self._since = size, min(at, self._since)
            self._since = self.policy.since or self._since

    def stamp(self, index: str, log: str = "home") -> Combinable:
        """Return an expression for a queryset: what `of` needs to know of the record at the columns `log` and `index`."""
        if self.policy is None:
            return Value(None, output_field=BigIntegerField(null=True))
        covering = Dated.objects.filter(
            policy=self.policy.digest, log=OuterRef(log), size__gt=OuterRef(index)
        )
        return Subquery(covering.order_by("size").values("at")[:1])

    def stamps(self, positions: Iterable[str]) -> Mapping[str, int]:
        """Return by position what `of` needs, for records that are named otherwise than by columns."""
        return {} if self.policy is None else _stamps(self.policy, positions)

    def of(self, log: str, index: int, at: datetime, stamp: int | None) -> Moment:
        """Return when the record at `log@index` was said, which its log says was `at`.

        By the witnesses, where a policy is set. What they cannot know, because it was said before the policy
        and before they first saw the log, is by its author's clock.
        """
        if self.policy is None:
            return Moment(at, By.AUTHOR)
        first = self._firsts.get(log)
        if (first is None or index < first) and at.timestamp() < self._since:
            return Moment(at, By.AUTHOR)
        if stamp is None or stamp > self._latest:
            return Moment(self.now, By.NOBODY)
        return Moment(_moment(stamp), By.WITNESSES)


def _latest(now: datetime) -> float:
    return (now + AHEAD).timestamp()


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
