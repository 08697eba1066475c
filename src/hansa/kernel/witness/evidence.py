"""Forks: that a log signed two heads which cannot both be true. Kept, shown, and told to everybody.

Whoever holds a piece of evidence can verify it without believing who brought it: both heads carry the
log's own signature. A log whose heads contradict each other grows no further here until a key document
says from where on it continues.
"""

import logging
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated

import msgspec

from hansa.kernel import clock, live
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import HASH_SIZE, MAX_PROOF, verify_consistency
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint, decode_base64
from hansa.kernel.roots import cutting
from hansa.kernel.roots import keeping as roots
from hansa.kernel.witness import parting, restarting, trees
from hansa.kernel.witness.heads import open_head, read_head
from hansa.kernel.witness.models import Evidence
from hansa.kernel.witness.parting import Parting, Prove
from hansa.kernel.writing import writing

logger = logging.getLogger(__name__)

MOST = 16
"""Pieces of evidence kept of one log: one is enough, and whoever forks once can fork a million times."""

AT_ONCE = 64
"""Pieces handed on in one answer."""

LARGEST = 64 * 1024
"""Bytes of one piece as others send it."""


class _Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Evidence as nodes send it to each other."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    log: Annotated[str, msgspec.Meta(max_length=63)]
    one: Annotated[str, msgspec.Meta(max_length=8_192)]
    other: Annotated[str, msgspec.Meta(max_length=8_192)]
    proof: Annotated[list[str], msgspec.Meta(max_length=MAX_PROOF + 1)]
    parting: Annotated[str, msgspec.Meta(max_length=24_576)] = ""


class _Pieces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several of them, and the number from which to ask on."""

    next: int
    evidence: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=AT_ONCE)]


_piece = msgspec.json.Decoder(_Piece)
_pieces = msgspec.json.Decoder(_Pieces)


def accuse(
    log_name: str, one: bytes, other: bytes, proof: Sequence[bytes], source: str
) -> Evidence | None:
    """Keep two signed heads of a log as evidence if they cannot both be true; None if they can.

    For heads of one size the proof is empty. Else it is the root that the larger tree has at the smaller
    size, followed by the RFC 6962 consistency proof between the two sizes. `source` says who brought it.
    `Untrusted` if nobody follows the log, it did not sign both heads, or the proof does not hold.
    """
    log = Log.objects.filter(name=log_name).first()
    if log is None:
        raise Untrusted(f"Nobody here follows a log called “{log_name[:80]}”.")
    opened = sorted((open_head(log, note) for note in (one, other)), key=lambda both: both[0].size)
    (small, small_note), (large, large_note) = opened
    if not contradict(small, large, proof):
        return None
    digest = sha256("\n".join(sorted((small.text(), large.text()))).encode()).hexdigest()
    with writing():
        kept = Evidence.objects.filter(digest=digest).first()
        if kept is not None or Evidence.objects.filter(log=log_name).count() >= MOST:
            return kept
        made = Evidence.objects.create(
            log=log_name,
            one=small_note,
            other=large_note,
            proof="\n".join(b64encode(step).decode() for step in proof),
            source=source[:200],
            at=clock.now(),
            digest=digest,
        )
    logger.error("the log %s signed two heads that contradict each other", log_name)
    live.wake()
    return made


def contradict(small: Checkpoint, large: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Tell whether the proof shows that two heads of one log cannot both be true; `Untrusted` if it does not hold."""
    if small.size == large.size:
        return small.root != large.root
    if not proof:
        raise Untrusted("Heads of different sizes need a proof to contradict each other.")
    prefix, steps = proof[0], proof[1:]
    verify_consistency(small.size, large.size, steps, prefix, large.root)
    return prefix != small.root


def hold_against(log: Log, note: bytes, source: str) -> bool:
    """Tell whether a head that the log signed, no larger than what stands here, contradicts the entries here.

    If it does, the log is accused, as soon as a larger head is here to hold it against.
    """
    head = read_head(note)
    if head.size > log.size:
        raise Untrusted(f"Only {log.size:,} entries of {log.name} stand here.")
    prefix = trees.root_at(log, head.size)
    if prefix == head.root:
        return False
    newest = read_head(log.note.encode()).size if log.note else 0
    if newest >= head.size:
        steps = [] if head.size == newest else [prefix, *trees.grown(log, head.size, newest)]
        accuse(log.name, note, log.note.encode(), steps, source)
    return True


def part(kept: Evidence, where: Parting) -> None:
    """Add to a piece of evidence where its trees part, and cut the log back to what they share; `Untrusted` if that does not hold.

    A log that is written here is not cut: its keepers see what they signed, and nothing is signed on top of it.
    """
    one, other = read_head(kept.one.encode()), read_head(kept.other.encode())
    parting.verify(one, other, where)
    with writing():
        if kept.common is None and Evidence.objects.filter(pk=kept.pk).delete()[0]:
            kept.pk, kept.common, kept.parting = None, where.size, parting.write(where)
            kept.save(force_insert=True)
        log = Log.objects.select_for_update().get(name=kept.log)
        if not log.mine and log.size > where.size and _counts(log, kept):
            cutting.cut(log, cutting.tree_at(log.name, where.size), "the log's two trees part here")
            restarting.cut(log.name, where.size, where.root)
    live.wake()


def shared(log_name: str) -> list[tuple[int, bytes]]:
    """Return size and root of what both trees of a forked log share, proved anew; `Untrusted` if a proof kept here does not hold."""
    found = []
    for one in standing(log_name):
        if one.common is not None:
            where = parting.read(one.parting)
            parting.verify(read_head(one.one.encode()), read_head(one.other.encode()), where)
            found.append((where.size, where.root))
    return found


def unparted() -> list[Evidence]:
    """Return the evidence that still counts and of which nobody here knows yet how many entries both trees share."""
    logs = Evidence.objects.filter(common=None).values_list("log", flat=True).distinct()
    return [one for log in sorted(logs) for one in standing(log) if one.common is None]


def locate(kept: Evidence, theirs: Prove) -> bool:
    """Find with a holder of the other tree where the two part, and cut back; False if neither tree stands here.

    `theirs` asks it for roots and proofs. `Untrusted` if what it answers does not hold.
    """
    log = Log.objects.get(name=kept.log)
    one, other = read_head(kept.one.encode()), read_head(kept.other.encode())

    def ours(size: int, later: int) -> list[bytes]:
        return [trees.root_at(log, size), *trees.grown(log, size, later)]

    here = [
        head.size <= log.size and trees.root_at(log, head.size) == head.root
        for head in (one, other)
    ]
    if here[0] == here[1]:
        return False
    provers = (ours, theirs) if here[0] else (theirs, ours)
    part(kept, parting.find(one, other, *provers))
    return True


def forked(log_name: str) -> bool:
    """Tell whether the log's signed heads contradict each other, and no key document has settled it since."""
    return bool(standing(log_name))


def forked_among(names: Iterable[str]) -> set[str]:
    """Return which of these logs are forked, as `forked` judges; one query where none is."""
    accused = Evidence.objects.filter(log__in=list(names)).values_list("log", flat=True).distinct()
    return {name for name in accused if forked(name)}


def standing(log_name: str) -> list[Evidence]:
    """Return the evidence against a log both heads of which still count under its keys."""
    found = list(Evidence.objects.filter(log=log_name).order_by("pk"))
    if not found:
        return []
    log = Log.objects.get(name=log_name)
    return [one for one in found if _counts(log, one)]


def _counts(log: Log, one: Evidence) -> bool:
    """Tell whether both heads lie beyond what the log's roots put their names to last, and are signed by a key that may."""
    settled = max(roots.anchors(log.name), default=0)
    try:
        heads = [open_head(log, note.encode())[0] for note in (one.one, one.other)]
    except Untrusted:
        return False
    return all(head.size > settled for head in heads)


def write(one: Evidence) -> bytes:
    """Return a piece of evidence as nodes send it to each other."""
    return msgspec.json.encode(
        _Piece(1, one.log, one.one, one.other, one.proof.split(), one.parting)
    )


def evidence_since(number: int) -> bytes:
    """Return the pieces of evidence after the one with this number, as `receive` reads them."""
    found = list(Evidence.objects.filter(pk__gt=number).order_by("pk")[:AT_ONCE])
    pieces = [msgspec.Raw(write(one)) for one in found]
    return msgspec.json.encode(_Pieces(next=found[-1].pk if found else number, evidence=pieces))


def receive(data: bytes, source: str) -> int:
    """Take in what another node's `evidence_since` gave; return the number from which to ask on.

    Each piece is judged by itself: one that does not hold, or is about a log that nobody follows here, is
    passed over. `Untrusted` if the whole is malformed.
    """
    if len(data) > AT_ONCE * LARGEST:
        raise Untrusted("The evidence is larger than it may be.")
    try:
        pieces = _pieces.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Untrusted(f"This is no evidence: {error}.") from error
    for raw in pieces.evidence:
        try:
            piece = _piece.decode(raw)
            proof = [decode_base64(step, "A hash of the evidence") for step in piece.proof]
            if any(len(step) != HASH_SIZE for step in proof):
                raise Untrusted("A hash of the evidence is too short.")
            kept = accuse(piece.log, piece.one.encode(), piece.other.encode(), proof, source)
            if kept is not None and piece.parting:
                part(kept, parting.read(piece.parting))
        except (msgspec.DecodeError, UnicodeError, Untrusted) as error:
            logger.warning("%s sent evidence that does not hold: %s", source, error)
    return pieces.next
