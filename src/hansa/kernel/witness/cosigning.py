"""This node as a witness of others: C2SP tlog-witness v1, `add-checkpoint`.

A cosignature says that as of its time this is the largest head of the log that we have seen, and that it
grew from every one we cosigned before. So the check and the writing down are one transaction under the
database's lock, and nobody is answered before it is durable: two calls at once never roll back.
"""

from dataclasses import dataclass

from hansa.kernel import clock
from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.merkle import EMPTY_ROOT, HASH_SIZE, MAX_PROOF, verify_consistency
from hansa.kernel.models import Log
from hansa.kernel.note import (
    Checkpoint,
    decode_base64,
    parse_decimal,
    split_note,
)
from hansa.kernel.witness import collecting, evidence
from hansa.kernel.witness.heads import open_head
from hansa.kernel.witness.models import Witnessed
from hansa.kernel.writing import writing

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
LARGEST = 256 * 1024
"""Bytes of a request: a head with a hundred post-quantum signatures would not be larger."""

SOURCE = "add-checkpoint"

Response = tuple[int, str, bytes]


@dataclass(frozen=True, slots=True)
class _Request:
    old: int
    proof: tuple[bytes, ...]
    note: bytes
    text: str
    head: Checkpoint


def add_checkpoint(body: bytes) -> Response:
    """Cosign the head in `body` if it grew from the one we cosigned before: status, content type, body.

    Status as C2SP tlog-witness wants it: 200 with our signature lines; 400 malformed, or an old size above
    the new; 403 no signature by a key of the log; 404 a log that this node does not follow; 409 with the
    size that we cosigned last, where the old size is another one, or the same size has another root;
    422 where the head does not grow from what we cosigned or hold, or the log is known to be forked.
    """
    try:
        asked = _read(body)
    except Untrusted as error:
        return 400, TEXT, f"{error.sentence}\n".encode()
    log = _log(asked.head.origin)
    if log is None:
        return 404, TEXT, b"This node does not follow a log of that origin.\n"
    try:
        _head, bare = open_head(log, asked.note)
    except Untrusted:
        return 403, TEXT, b"No key of this log has signed that checkpoint.\n"
    if asked.old > asked.head.size:
        return 400, TEXT, b"The old size is larger than the checkpoint's.\n"
    refusal = _judge_and_write(log, asked, bare)
    return refusal or (200, TEXT, _cosign(log, asked))


def _read(body: bytes) -> _Request:
    if len(body) > LARGEST:
        raise Untrusted(f"A request may have {LARGEST:,} bytes.")
    top, gap, note = body.partition(b"\n\n")
    lines = top.decode("ascii", "replace").split("\n")
    if not gap or not lines[0].startswith("old "):
        raise Untrusted("A request begins with “old” and a size, and an empty line ends the proof.")
    old = parse_decimal(lines[0].removeprefix("old "), "The old size")
    if len(lines) - 1 > MAX_PROOF:
        raise Untrusted(f"A proof has at most {MAX_PROOF} hashes.")
    proof = tuple(decode_base64(line, "A hash of the proof") for line in lines[1:])
    if any(len(one) != HASH_SIZE for one in proof):
        raise Untrusted(f"A hash has {HASH_SIZE} bytes.")
    text, _signatures = split_note(note)
    return _Request(old, proof, note, text, Checkpoint.parse(text))


def _log(origin: str) -> Log | None:
    log = Log.objects.filter(name=origin.rpartition("/")[2]).first()
    return log if log is not None and log.origin == origin else None


def _judge_and_write(log: Log, asked: _Request, bare: str) -> Response | None:
    """Write the head down as the latest one cosigned; or return why not."""
    with writing():
        Witnessed.objects.get_or_create(log=log.name)
        last = Witnessed.objects.select_for_update().get(log=log.name)
        size, root = last.size, bytes(last.root) if last.size else EMPTY_ROOT
        if asked.old != size:
            return 409, SIZE, b"%d\n" % size
        if asked.old == asked.head.size and root != asked.head.root:
            if last.note:
                evidence.accuse(log.name, last.note.encode(), asked.note, [], SOURCE)
            return 409, SIZE, b"%d\n" % size
        try:
            verify_consistency(asked.old, asked.head.size, asked.proof, root, asked.head.root)
        except Untrusted as error:
            return 422, TEXT, f"{error.sentence}\n".encode()
        if evidence.forked(log.name):
            return 422, TEXT, b"This log has signed two heads that contradict each other.\n"
        if asked.head.size <= log.size and evidence.hold_against(log, asked.note, SOURCE):
            return 422, TEXT, b"The checkpoint contradicts the entries of this log.\n"
        last.size, last.root, last.note = asked.head.size, asked.head.root, bare
        last.save()
    return None


def witnessed(log_name: str) -> bytes:
    """Return the head of the log that this node's witness cosigned last, as the log signed it; empty if there is none."""
    last = Witnessed.objects.filter(log=log_name).first()
    return last.note.encode() if last else b""


def _cosign(log: Log, asked: _Request) -> bytes:
    """Return our signature lines over the head that was just written down, and keep the first as any witness's.

    One line is Ed25519, which every reader knows; the other ML-DSA-44, which the standard asks new
    deployments to have.
    """
    keys, at = home().keys, int(clock.now().timestamp())
    lines = [keys.cosign(asked.text, at), keys.cosign(asked.text, at, algorithm="mldsa44")]
    answer = "".join(lines).encode()
    collecting.collect(log.name, asked.note + answer, SOURCE, [Cosigner.parse(keys.witness())])
    return answer
