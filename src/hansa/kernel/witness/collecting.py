"""Heads with the cosignatures of their witnesses: taken in, kept, and handed on."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Max

from hansa.kernel.clock import LATEST
from hansa.kernel.cosign import Cosignature as Line
from hansa.kernel.cosign import Cosigner, cosignatures
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Log
from hansa.kernel.witness import dating, evidence, guard, nodes, trees
from hansa.kernel.witness.heads import open_head, read_head
from hansa.kernel.witness.models import Cosignature, Dated, Head
from hansa.kernel.writing import writing

MOST_LINES = 16
"""Signature lines on a note that leaves this node: every reader takes as many (C2SP signed-note)."""

MOST_NOTES = 256
"""Notes handed on at once."""


def known() -> list[Cosigner]:
    """Return every witness whose key is known here: those of the policy, and those that members name."""
    counts = dating.policy()
    found = [one.key for one in counts.witnesses] if counts else []
    for node in nodes.nodes():
        try:
            found.append(Cosigner.parse(node.vkey))
        except Untrusted:  # its member's own mistake, which a page shows; others are not held up
            continue
    return found


def collect(log_name: str, note: bytes, source: str = "", also: Iterable[Cosigner] = ()) -> None:
    """Keep the cosignatures on a head of the log by witnesses known here, `also` these, and date what reached the quorum.

    A head that is larger than what stands here is passed over, to be asked for again; one of a log kept
    here is remembered, and nothing is signed until it was fetched back. One that contradicts the entries
    here is evidence. `Untrusted` if the head is malformed or the log did not sign it.
    """
    log = Log.objects.filter(name=log_name).first()
    if log is None:
        raise Untrusted(f"Nobody here follows a log called “{log_name[:80]}”.")
    head, bare = open_head(log, note)
    if head.size > log.size:
        if log.mine:
            guard.ahead(log, note, source)
        return
    if head.root != trees.root_at(log, head.size):
        evidence.hold_against(log, bare.encode(), source)
        return
    lines = [
        one for one in cosignatures(note, [*known(), *also]) if 0 < one.at < LATEST.timestamp()
    ]
    if not lines:
        return
    with writing():
        Head.objects.get_or_create(log=log_name, size=head.size, defaults={"note": bare})
        earliest = _keep(log_name, head.size, lines)
        if earliest is not None:
            dating.redate(log_name, head.size, earliest)


def _keep(log_name: str, size: int, lines: list[Line]) -> int | None:
    """Write the cosignatures that are new, or earlier than the one held; return the earliest of them."""
    stand = {one.witness: one for one in Cosignature.objects.filter(log=log_name, size=size)}
    earlier = [
        one for one in lines if one.by.identity not in stand or one.at < stand[one.by.identity].at
    ]
    for one in earlier:
        Cosignature.objects.update_or_create(
            log=log_name,
            size=size,
            witness=one.by.identity,
            defaults={"at": one.at, "line": one.line},
        )
    return min((one.at for one in earlier), default=None)


def checkpoint(log_name: str) -> bytes:
    """Return the log's latest head as it is served, with at most 15 cosignatures; empty if there is none yet."""
    log = Log.objects.filter(name=log_name).only("note").first()
    if log is None or not log.note:
        return b""
    size = read_head(log.note.encode()).size
    lines = Cosignature.objects.filter(log=log_name, size=size).order_by("at", "witness")
    return (log.note + "".join(one.line for one in lines[: MOST_LINES - 1])).encode()


def cosigned(log_name: str, since_size: int) -> list[bytes]:
    """Return cosigned heads larger than `since_size`, the smallest first, at most 256, 16 lines on each."""
    heads = list(
        Head.objects.filter(log=log_name, size__gt=since_size).order_by("size")[:MOST_NOTES]
    )
    if not heads:
        return []
    lines: dict[int, list[str]] = defaultdict(list)
    for one in Cosignature.objects.filter(
        log=log_name, size__gte=heads[0].size, size__lte=heads[-1].size
    ).order_by("at", "witness"):
        lines[one.size].append(one.line)
    return [(one.note + "".join(lines[one.size][: MOST_LINES - 1])).encode() for one in heads]


def since(log_name: str) -> int:
    """Return the size from which to ask others for cosigned heads: what is larger is not dated here yet."""
    counts = dating.policy()
    found = (
        Head.objects.filter(log=log_name)
        if counts is None
        else Dated.objects.filter(policy=counts.digest, log=log_name)
    )
    return found.aggregate(most=Max("size"))["most"] or 0
