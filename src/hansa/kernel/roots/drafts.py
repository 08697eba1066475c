"""A key document on its way from hand to hand until enough roots have signed it. Works without a home.

A draft file holds the document in force, so that a holder far from any network can see which roots
must sign, and the next one with the signatures so far. Only the documents count; the file proves nothing else.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from hansa.kernel import chain
from hansa.kernel.chain import KeyDocument
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.note import Verifier
from hansa.kernel.roots import paper

Purpose = Literal["begin", "rotate", "revoke", "restart", "rebind"]
FIRST = "hansa/draft/v1"
_PURPOSES: dict[str, Purpose] = {f"purpose {one}": one for one in get_args(Purpose)}
_BEFORE, _NEXT = "--- in force", "--- to sign"


@dataclass(frozen=True)
class Seat:
    """A set of roots of which a threshold must sign; `signed` holds the public keys of those that did."""

    called: str
    keys: tuple[Verifier, ...]
    threshold: int
    signed: frozenset[bytes]


@dataclass(frozen=True)
class Draft:
    """Why a document was drawn up, the signed one in force (empty before the first), and itself."""

    purpose: Purpose
    before: bytes
    note: bytes

    @property
    def document(self) -> KeyDocument:
        """What is to be signed."""
        return chain.read_text(self.note)

    @property
    def in_force(self) -> KeyDocument | None:
        """What is in force, judged by nobody here."""
        return chain.read_text(self.before) if self.before else None

    @property
    def seats(self) -> list[Seat]:
        """Whose signatures it takes, and who has signed."""
        document, before = self.document, self.in_force
        own = "the roots that come into force" if before else "its roots"
        asked = [(own, document.root_verifiers, document.threshold)]
        if before is not None and self.purpose != "rebind":
            asked.insert(0, ("the roots in force", before.root_verifiers, before.threshold))
        return [
            Seat(called, keys, threshold, frozenset(chain.signers(self.note, keys)))
            for called, keys, threshold in asked
        ]

    @property
    def complete(self) -> bool:
        """Whether enough have signed."""
        return all(len(seat.signed) >= seat.threshold for seat in self.seats)

    def write(self) -> bytes:
        """Return the file."""
        head = f"{FIRST}\npurpose {self.purpose}\n{_BEFORE}\n".encode()
        return head + self.before + f"{_NEXT}\n".encode() + self.note


def read(data: bytes) -> Draft:
    """Read a draft file; Untrusted if it is none, or its document cannot follow the one in force."""
    try:
        head, rest = data.split(f"{_BEFORE}\n".encode(), 1)
        before, note = rest.split(f"{_NEXT}\n".encode(), 1)
        first, purpose, empty = head.decode("ascii").split("\n")
    except ValueError as error:
        raise Untrusted("This is no draft of a key document.") from error
    word = _PURPOSES.get(purpose)
    if first != FIRST or empty or word is None:
        raise Untrusted("This is no draft of a key document that this version knows.")
    draft = Draft(word, before, note)
    if draft.in_force and draft.document.version != draft.in_force.version + 1:
        raise Untrusted("The draft's document does not follow the one in force.")
    return draft


def sign(draft: Draft, seed: bytes) -> Draft:
    """Return the draft with the signature of the root whose page holds `seed`; Refused if it is none of those asked."""
    document = draft.document
    signer = paper.signer_of(document.origin, seed)
    asked = {key for seat in draft.seats for key in seat.keys}
    if signer.verifier not in asked:
        raise Refused(
            f"This page holds {signer.name}, which is none of the roots that this document asks. Take the page of another set.",
            code="other-root",
        )
    return Draft(draft.purpose, draft.before, paper.sign(draft.note, signer))


def join(drafts: list[Draft]) -> Draft:
    """Return one draft with every signature that several copies carry; Untrusted if they are of different documents."""
    return Draft(drafts[0].purpose, drafts[0].before, chain.merge([draft.note for draft in drafts]))
