"""Which approvals in an export hold, judged from its bodies alone by the keys that the same log enrolled.

For the stand-alone checker: no Django, no database. Whether a record counts is decided by folding, which
knows offices and terms; here an approval is compared with a key, and nobody need believe the node.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from hansa.kernel.approval import MOST, Act, Key, Presence, read_approval, read_key, verify
from hansa.kernel.entry import (
    SALT,
    Envelope,
    for_the_pact,
    is_epoch,
    read_envelope,
    read_header,
    unbase64,
)
from hansa.kernel.errors import Untrusted
from hansa.kernel.note import Verifier
from hansa.kernel.promise import read_promise
from hansa.kernel.proof import ENROLMENTS, TlogProof, enrolment_names
from hansa.kernel.report import Report, plain

ENROLLED, ENDED = "pact.officer-key/1", "pact.officer-key-end/1"
"""The kinds by which an office enrols and ends its keys. Their fields stand fixed in `_Enrolment` and `_End`."""

LONGEST = 400
"""Lines of a text shown that a report repeats; the body has all of it."""

_HOW = {
    Presence.KEY: "an SSH key",
    Presence.TOUCHED: "an SSH key on a security key that somebody touched",
    Presence.VERIFIED: "a key whose device knew by PIN, finger or face who used it",
}


class _Enrolment(msgspec.Struct):
    officer: str
    label: str
    method: str
    public: str
    origin: str = ""


class _End(msgspec.Struct):
    officer: str
    key: str


@dataclass(slots=True)
class _Known:
    """A key that an office enrolled, and whether the log ended it since."""

    key: Key
    label: str
    record: str
    ended: bool = False


@dataclass(slots=True)
class Approvers:
    """Reads a log's bodies in their order, knows its offices' keys at each place, and judges every approval.

    `whole` is whether all bodies before were there: only then is a key that nobody enrolled a fault.
    """

    log: str
    report: Report
    texts: bool = False
    whole: bool = True
    keys: dict[str, dict[str, _Known]] = field(default_factory=dict)

    def missing(self) -> None:
        """Say that a body is not there: it may have enrolled or ended a key."""
        self.whole = False

    def read(self, entry: bytes, body: bytes) -> None:
        """Take in one entry with its body, both checked against the log already. Never raises on bytes."""
        try:
            header = read_header(entry)
            if is_epoch(header.aud):
                self.missing()
                return
            envelope = read_envelope(body)
            refs = {ref: unbase64(leaf) for ref, leaf in envelope.refs.items()}
        except Untrusted:
            return  # no envelope: void wherever it is folded, whatever stands in it
        audience = "pact" if for_the_pact(header.aud) else header.aud
        act = Act(header.log, envelope.kind, envelope.by, audience, refs, bytes(envelope.says))
        approved = self._judge(header.i, envelope, act)
        held = {one for one, known in self.keys.get(envelope.by, {}).items() if not known.ended}
        if approved or not held:  # else not approved, and void
            self._learn(f"{self.log}@{header.i}", envelope)

    def read_bundle(
        self, files: Mapping[str, bytes], origin: str, signer: Callable[[bytes], Verifier]
    ) -> None:
        """Take in the enrolments that a single record's bundle proves, each in the same log.

        `signer` returns the key that signed a head, or raises Untrusted.
        """
        for number in range(1, ENROLMENTS + 1):
            here = enrolment_names(number)
            found = [files[name] for name in here if name in files]
            if found:
                self.report.attempt(here[0], partial(self._enrolment, found, origin, signer))

    def _enrolment(
        self, found: Sequence[bytes], origin: str, signer: Callable[[bytes], Verifier]
    ) -> None:
        if len(found) != len(enrolment_names(1)):
            raise Untrusted("a part of this enrolment is missing.")
        proof, entry, body = TlogProof.parse(found[0]), found[1], found[2]
        if proof.verify(entry, signer(proof.checkpoint)).origin != origin:
            raise Untrusted("this enrolment stands in another log.")
        read_promise(entry, proof.index, self.log).check(body)
        self._learn(f"{self.log}@{proof.index}", read_envelope(body))

    def _learn(self, place: str, envelope: Envelope) -> None:
        try:
            if envelope.kind == ENROLLED:
                said = msgspec.json.decode(envelope.says, type=_Enrolment)
                key = read_key(said.method, said.public, said.origin)
                here = self.keys.setdefault(said.officer, {})
                if key.fingerprint not in here or here[key.fingerprint].ended:
                    here[key.fingerprint] = _Known(key, said.label, place)
            elif envelope.kind == ENDED:
                end = msgspec.json.decode(envelope.says, type=_End)
                if end.key in self.keys.get(end.officer, {}):
                    self.keys[end.officer][end.key].ended = True
        except (Untrusted, msgspec.DecodeError, ValueError, RecursionError):
            return  # malformed, and void

    def _judge(self, index: int, envelope: Envelope, act: Act) -> bool:
        """Judge each approval; tell whether one holds by a key in force."""
        if len(envelope.approvals) > MOST:
            self.report.find(f"index {index}: carries more than {MOST} approvals.")
            return False
        held = [self._one(index, bytes(raw), act) for raw in envelope.approvals]
        return any(held)

    def _one(self, index: int, raw: bytes, act: Act) -> bool:
        try:
            approval = read_approval(raw)
            known = self.keys.get(act.by, {}).get(approval.key)
            if known is None or int(known.record.partition("@")[2]) >= index:
                if self.whole:
                    raise Untrusted(f"the office {act.by} never enrolled the key {approval.key}.")
                self.report.note(
                    f"index {index}: the record that enrolled the key {approval.key} for the office "
                    f"{act.by} is not here, so its approval could not be checked."
                )
                return False
            presence = verify(approval, known.key, act)
        except Untrusted as error:
            self.report.find(f"index {index}: an approval does not hold: {error.sentence}")
            return False
        if known.ended:
            self.report.note(
                f"index {index}: approved with the key {approval.key} after the log ended it."
            )
            return False
        self.report.approvals += 1
        if self.texts:
            self._tell(act, approval.key, known, presence, approval.shown)
        return True

    def _tell(self, act: Act, key: str, known: _Known, presence: Presence, text: str) -> None:
        self.report.approved.append(
            f"Approved by the office {act.by} with {_HOW[presence]}: “{plain(known.label, 80)}”, {key}, "
            f"enrolled by {known.record}, over what the record says and over this text:"
        )
        lines = text.split("\n")
        self.report.approved += [f"  | {plain(line)}" for line in lines[:LONGEST]]
        if len(lines) > LONGEST:
            self.report.approved.append("  | …")
        self.report.note(
            "One record cannot show that the key was not ended before it, nor that its enrolment counts. "
            "The export of the whole log shows both."
        )


def said_by(body: bytes) -> tuple[str, Sequence[str]]:
    """Return the office that a body names and the fingerprints of the keys that approve it; nothing if it cannot be read."""
    if len(body) <= SALT:
        return "", ()
    try:
        envelope = read_envelope(body)
        return envelope.by, [read_approval(raw).key for raw in envelope.approvals[:MOST]]
    except Untrusted:
        return "", ()
