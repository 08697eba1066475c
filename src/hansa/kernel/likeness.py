"""Do nodes that hold the same records come to the same rows? Each publishes a hash for every log, and others compare.

What a log adds up to depends on that log's prefix alone, so two nodes that hold as much of it, folded by the same
law, must have the same rows of it. If they have not, one of them is wrong, silently: that is an alarm, with the
name of the first object that differs.

Only what is for the whole pact counts. The hash of a log is the sum, modulo 2^256, of the SHA-256 of each line: it
finds mistakes and damage. A node that lies about its own hash fools nobody but itself.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import msgspec

from hansa.kernel import clock
from hansa.kernel.entry import PACT, PACT_AUDIENCES
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Divergence, Entry, Fate, Kept, Likeness, Log, row_models
from hansa.kernel.record import KINDS
from hansa.kernel.state import canonical
from hansa.kernel.writing import at_one_moment, writing

LAW = 1
"""The version of the fold's own law (`kernel.fold`), beside those of the kinds (`law` of a record)."""

_ALL = frozenset(f"{number:02x}" for number in range(256))
MODULUS = 1 << 256
HASH = 32
MOST_OBJECTS = 100_000
CHUNK = 2000

_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH, max_length=HASH)]
_Name = Annotated[str, msgspec.Meta(max_length=63)]


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One log: how many entries, and the hash of what they add up to."""

    size: Annotated[int, msgspec.Meta(ge=0)]
    hash: _Hash


class Published(msgspec.Struct, frozen=True):
    """What a node says of its state: by which law it folds, and of when this is (seconds since 1970)."""

    fold: Annotated[str, msgspec.Meta(max_length=64)]
    at: float
    parts: Annotated[dict[_Name, Part], msgspec.Meta(max_length=10_000)]
    now: float = 0.0
    """What its clock says as it answers."""


class Details(msgspec.Struct, frozen=True):
    """One log more closely: hashes of its buckets, or of the objects in one of them."""

    size: Annotated[int, msgspec.Meta(ge=0)]
    fold: Annotated[str, msgspec.Meta(max_length=64)]
    hashes: Annotated[
        dict[Annotated[str, msgspec.Meta(max_length=400)], _Hash],
        msgspec.Meta(max_length=MOST_OBJECTS),
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """That another node holds something else at the same size: the first object, by name, and in which log."""

    log: str
    size: int
    object: str


Ask = Callable[[str, str], Details | None]
"""Return the other node's details of a log: of all its buckets (""), or of one, named by two hex digits; None if it shows none."""

MOST_BUCKETS = 4
"""Buckets that are looked into for the first object that differs."""


def fold_version() -> str:
    """Return a short hash over every kind that this version knows, and the version of its law."""
    known = sorted(f"{tag} {kind.law}" for tag, kind in KINDS.items())
    return hashlib.sha256("\n".join([f"fold {LAW}", *known]).encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Sums:
    """What one pass over the rows adds up to."""

    sizes: dict[str, int]
    logs: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    buckets: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    objects: dict[str, bytes] = field(default_factory=dict)


def publish() -> Published:
    """Work out the hash of every log and keep it, to be compared by others."""
    now = clock.now()
    sums, fold = _measure(), fold_version()
    known = {one.log: one for one in Likeness.objects.all()}
    with writing():
        Likeness.objects.exclude(log__in=sums.sizes).delete()
        for log, size in sums.sizes.items():
            hashed = _bytes(sums.logs[log])
            one = known.get(log)
            if one is None or (one.size, bytes(one.hash), one.fold) != (size, hashed, fold):
                Likeness.objects.update_or_create(
                    log=log, defaults={"size": size, "hash": hashed, "fold": fold}
                )
        Kept.objects.update_or_create(name="published", defaults={"value": now.isoformat()})
    return Published(
        fold,
        now.timestamp(),
        {log: Part(size, _bytes(sums.logs[log])) for log, size in sums.sizes.items()},
    )


def published() -> Published | None:
    """Return what was published last, of logs that are still folded by the same law; None if nothing was."""
    kept = Kept.objects.filter(name="published").first()
    if kept is None:
        return None
    fold = fold_version()
    parts = {one.log: Part(one.size, bytes(one.hash)) for one in Likeness.objects.filter(fold=fold)}
    return Published(fold, datetime.fromisoformat(kept.value).timestamp(), parts)


def details(log: str, bucket: str = "") -> Details | None:
    """Return the hashes of a log's buckets, or of the objects in one; None if the log is not whole here."""
    sums = _measure(log, bucket)
    if log not in sums.sizes:
        return None
    found = sums.objects if bucket else {name: _bytes(one) for name, one in sums.buckets.items()}
    return Details(sums.sizes[log], fold_version(), found)


def compare(theirs: Published, ask: Ask, peer: str) -> list[Difference]:
    """Hold what another node published against what stands here, at equal sizes; keep and return what differs.

    A log that has grown here or there since, or is not whole here, is not judged this time.
    """
    if theirs.fold != fold_version():
        return []  # another version: it may know kinds that we do not, and the other way round
    sizes = {log.name: log.size for log in Log.objects.all()}
    alike = [log for log, part in theirs.parts.items() if sizes.get(log) == part.size]
    if not alike:
        return []
    sums = _measure(alike[0] if len(alike) == 1 else "")
    found: list[Difference] = []
    judged: list[str] = []
    for log in alike:
        part = theirs.parts[log]
        if sums.sizes.get(log) != part.size:
            continue
        if _bytes(sums.logs[log]) == part.hash:
            judged.append(log)
        elif (one := _first(log, part.size, ask)) is not None:
            found.append(one)
    _keep(found, judged, peer)
    return found


def alarms() -> list[Divergence]:
    """Return what is known to differ from other nodes, the newest first."""
    return list(Divergence.objects.order_by("-at", "log"))


def _first(log: str, size: int, ask: Ask) -> Difference | None:
    """Find the first object that differs; None if the log has moved on here or there, or they agree after all."""
    ours, theirs = details(log), ask(log, "")
    if theirs is None:
        return Difference(log, size, "")
    if ours is None or not _same(ours, theirs, size):
        return None
    names: list[str] = []
    for bucket in sorted(_differing(ours, theirs))[:MOST_BUCKETS]:
        if bucket not in _ALL:
            raise Untrusted("It names a bucket that there is not.")
        here, there = details(log, bucket), ask(log, bucket)
        if here is None or there is None or not _same(here, there, size):
            return None
        names.extend(_differing(here, there))
    return Difference(log, size, min(names)[:300]) if names else None


def _same(ours: Details, theirs: Details, size: int) -> bool:
    return (ours.size, theirs.size, theirs.fold) == (size, size, ours.fold)


def _differing(ours: Details, theirs: Details) -> Iterator[str]:
    for name in ours.hashes.keys() | theirs.hashes.keys():
        if ours.hashes.get(name) != theirs.hashes.get(name):
            yield name


def _keep(found: Iterable[Difference], judged: list[str], peer: str) -> None:
    """Write down what differs from a peer, and forget what agrees again."""
    now = clock.now()
    for one in found:
        Divergence.objects.update_or_create(
            peer=peer[:200],
            log=one.log,
            defaults={"size": one.size, "object": one.object, "at": now},
        )
    stale = Divergence.objects.filter(peer=peer[:200], log__in=judged)
    if stale.exists():
        stale.delete()


def _measure(only: str = "", bucket: str = "") -> _Sums:
    """Go over rows and fates once, as of one moment: of all logs, or of one; with `bucket`, keep its objects."""
    with at_one_moment():
        sums = _Sums(_whole(only))
        for log, name, line in _lines(only):
            if log not in sums.sizes:
                continue
            digest = hashlib.sha256(line).digest()
            value = int.from_bytes(digest, "big")
            sums.logs[log] = (sums.logs[log] + value) % MODULUS
            if only:
                place = hashlib.sha256(name.encode()).hexdigest()[:2]
                sums.buckets[place] = (sums.buckets[place] + value) % MODULUS
                if place == bucket:
                    sums.objects[name] = digest
    return sums


def _whole(only: str) -> dict[str, int]:
    """Return the sizes of the logs of which everything for the pact is here and folded."""
    logs = Log.objects.filter(name=only) if only else Log.objects.all()
    sizes = {log.name: log.size for log in logs if log.folded == log.size}
    unread = Entry.objects.filter(fate=Fate.UNREAD, audience__in=PACT_AUDIENCES)
    for name in unread.values_list("log", flat=True).distinct():
        sizes.pop(name, None)
    return sizes


def _lines(only: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield log, name and bytes of every row for the pact, and of every fate that is not plainly done."""
    for model in row_models():
        rows = model._default_manager.filter(audience=PACT)
        for row in (rows.filter(home=only) if only else rows).iterator(chunk_size=CHUNK):
            yield row.home, f"{model._meta.label} {row.key}", canonical(row)
    entries = Entry.objects.filter(audience__in=PACT_AUDIENCES).exclude(fate=Fate.DONE)
    for log, index, fate, reason in (
        (entries.filter(log=only) if only else entries)
        .values_list("log", "index", "fate", "reason")
        .iterator(chunk_size=CHUNK)
    ):
        name = f"{log}@{index}"
        yield log, f"fate {name}", msgspec.json.encode([name, fate, reason])


def _bytes(value: int) -> bytes:
    return value.to_bytes(HASH, "big")
