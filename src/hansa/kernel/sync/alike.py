"""Comparing rows with a peer: an hour apart, by the hashes that each publishes of its logs."""

import statistics
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from hansa.kernel import clock, likeness
from hansa.kernel.errors import Untrusted
from hansa.kernel.likeness import Details, Published
from hansa.kernel.sync import wire
from hansa.kernel.sync.line import Line
from hansa.kernel.sync.models import Peer
from hansa.kernel.sync.report import Report

T = TypeVar("T", bound=msgspec.Struct)

EVERY = timedelta(hours=1)
FAR = 1e9
"""Seconds beyond which a clock tells nothing."""
LARGEST = 4 * 1024 * 1024
LARGEST_DETAILS = 8 * 1024 * 1024


def serve(log: str = "", bucket: str = "") -> bytes | None:
    """Return what this node published of its state, or the details of one log; None if there are none."""
    if not log:
        told = likeness.published() or Published(likeness.fold_version(), 0.0, {})
        return wire.encode(msgspec.structs.replace(told, now=clock.passing().timestamp()))
    found = likeness.details(log, bucket)
    return wire.encode(found) if found else None


def fetch(line: Line, peer: Peer, report: Report) -> None:
    """Compare with what the peer published, if an hour has passed since the last time."""
    now, last = clock.passing(), peer.cursor.get("compared")
    if last and datetime.fromisoformat(last) <= now < datetime.fromisoformat(last) + EVERY:
        return
    found, apart = [], None
    try:
        theirs = _decode(line.get("/sync/state", LARGEST), Published)
        apart = _apart(theirs, now)
        found = likeness.compare(theirs, lambda log, bucket: _ask(line, log, bucket), line.url)
    except Untrusted as error:
        report.refuse("", "state", error.sentence)
    peer.cursor = {**peer.cursor, "compared": now.isoformat(), "apart": apart}
    peer.save(update_fields=["cursor"])
    for one in found:
        named = f"first of all {one.object}" if one.object else "which it does not show us"
        report.refuse(
            one.log,
            "state",
            f"It holds the same {one.size:,} records, and yet other rows: {named}. One of us is wrong. Run “hansa fsck” here, and ask its staff to do the same there.",
        )


def _apart(theirs: Published, now: datetime) -> float | None:
    """Return by how many seconds a clock stands ahead of ours, if it tells anything."""
    seconds = theirs.now - now.timestamp()
    return (
        round(seconds, 1) if theirs.now and abs(seconds) < FAR else None
    )  # nor if it is no number


def apart() -> float | None:
    """Return by how many seconds the clocks of peers stand ahead of ours, in the middle of all that told; None if none did.

    Told while asking, so a slow line adds to it. It decides nothing: staff are warned of it.
    """
    told = [
        float(one)
        for cursor in Peer.objects.values_list("cursor", flat=True)
        if isinstance(one := cursor.get("apart"), int | float)
    ]
    return statistics.median(told) if told else None


def _ask(line: Line, log: str, bucket: str) -> Details | None:
    if not line.token:
        return None  # such details are for the nodes of members only
    path = f"/sync/state/of/{log}" + (f"/{bucket}" if bucket else "")
    return _decode(line.get(path, LARGEST_DETAILS), Details)


def _decode(data: bytes, shape: type[T]) -> T:
    return wire.decode(data, shape, "What it says of its state")
