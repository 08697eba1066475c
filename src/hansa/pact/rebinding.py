"""What comes of proposals to heal the loss of all roots. Counted when looked at; keys change only by `settle`.

More than half of the other members must agree, nobody with a root of the member may object, and 72
hours must lie between the witnessed moments of the proposal and of its closing: time for a holder who
still has a root to speak up, wherever the thief of it is.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.utils.translation import gettext as _

from hansa.kernel import chain
from hansa.kernel.chain import KeyDocument
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Log
from hansa.kernel.note import read_signature, split_note
from hansa.kernel.ref import position
from hansa.kernel.roots import keeping
from hansa.kernel.witness.dating import By
from hansa.pact.models import Rebind, RebindBallot, RebindClose, RebindObjection
from hansa.pact.moments import Moments
from hansa.pact.rules import Roll

logger = logging.getLogger(__name__)

WAIT = timedelta(hours=72)


def read(note: str) -> KeyDocument:
    """Return the document of a proposal, signed by a threshold of its own new roots and by its log key; else Untrusted."""
    document = chain.self_signed(as_note(note))
    if document.version == 1:
        raise Untrusted("Only a log that named its roots before can be given new ones.")
    return document


def as_note(typed: str) -> bytes:
    """Return a signed note as it was before a form or a mail changed its line ends."""
    return ("\n".join(typed.split("\r\n")).strip() + "\n").encode()


def require_next(document: KeyDocument) -> None:
    """Refuse a document that does not follow the one in force."""
    known = keeping.chain_of(document.log)
    if not known or document.before != known[-1].digest:
        raise Refused(
            _(
                "This key document does not follow the one that is in force for %(log)s. It must be drawn up anew."
            )
            % {"log": document.log},
            field="note",
        )


def is_root_word(proposal: Rebind, note: str) -> bool:
    """Tell whether `note` is the objection of a root of the document in force against this very proposal."""
    known = keeping.chain_of(proposal.log)
    roots = known[proposal.version - 2].root_verifiers if len(known) >= proposal.version - 1 else ()
    try:
        return is_objection(note, proposal.key) and bool(chain.signers(as_note(note), roots))
    except Untrusted:
        return False


def is_objection(note: str, proposal: str) -> bool:
    """Tell whether a note is over such a text, whoever signed it."""
    try:
        text, lines = split_note(as_note(note))
        return text == chain.objection(proposal) and all(map(read_signature, lines))
    except Untrusted:
        return False


@dataclass(frozen=True)
class Case:
    """One proposal with all that was said about it here."""

    proposal: Rebind
    electors: frozenset[str]
    ballots: tuple[RebindBallot, ...]
    objections: tuple[RebindObjection, ...]
    closes: tuple[RebindClose, ...]
    moments: Moments

    @classmethod
    def of(cls, proposal: Rebind, roll: Roll | None = None) -> Self:
        """Count a proposal; those vote who were members when it was made, but for the one that it is about."""
        moments = Moments()
        closes = tuple(
            RebindClose.objects.filter(proposal=proposal.key, home=proposal.home).order_by("key")
        )
        moments.learn((row.key, row.at) for row in (proposal, *closes))
        members = (roll or Roll()).members_at(moments.of_row(proposal).at)
        electors = frozenset(members) - {proposal.log}
        ballots = moments.stamped(RebindBallot.objects.filter(proposal=proposal.key))
        raised = moments.stamped(RebindObjection.objects.filter(proposal=proposal.key))
        return cls(
            proposal,
            electors,
            tuple(one for one in ballots.order_by("home") if one.home in electors),
            tuple(one for one in raised.order_by("home") if _counts(proposal, one)),
            closes,
            moments,
        )

    @property
    def needed(self) -> int:
        """How many must agree: more than half of those who vote."""
        return len(self.electors) // 2 + 1

    @property
    def yes(self) -> list[str]:
        """Who agreed; the proposer did by proposing."""
        own = {self.proposal.home} & self.electors
        return sorted({one.home for one in self.ballots if one.yes} | own)

    @property
    def no(self) -> list[str]:
        """Who did not agree."""
        return sorted({one.home for one in self.ballots if not one.yes} - set(self.yes))

    @property
    def since(self) -> datetime:
        """When the proposal was made, by its witnesses where there are any."""
        return self.moments.of_row(self.proposal).at

    @property
    def due(self) -> datetime:
        """From when on it may be closed."""
        return self.since + WAIT

    @property
    def objected(self) -> bool:
        """Whether somebody objected who may."""
        return bool(self.objections)

    @property
    def carried_at(self) -> datetime | None:
        """When a closing took effect, if one did."""
        found = [at for one in self.closes if (at := self._effective(one)) is not None]
        return min(found, default=None)

    def lacking(self, cited: Sequence[str]) -> str:
        """Say why it cannot be closed now on these votes; nothing if it can."""
        if self.objected:
            return _("Somebody who holds a root key of this member objected. It cannot be closed.")
        if len(self._agreed(cited)) < self.needed:
            return _("So far %(yes)s have agreed, and it takes %(needed)s.") % {
                "yes": len(self._agreed(cited)),
                "needed": self.needed,
            }
        if not self._seen(self.proposal.key, self.since) or self.moments.dates.now < self.due:
            return _(
                "72 hours must pass between the moment when the proposal was witnessed and its closing."
            )
        return ""

    def _agreed(self, cited: Sequence[str]) -> set[str]:
        named = set(cited)
        own = {self.proposal.home} & self.electors
        return own | {
            one.home for one in self.ballots if one.yes and position(one.home, one.index) in named
        }

    def _effective(self, close: RebindClose) -> datetime | None:
        at = self.moments.of_row(close).at
        if not self._seen(self.proposal.key, self.since) or not self._seen(close.key, at):
            return None  # not witnessed yet: it would count as said now, and now is no proof
        if len(self._agreed(close.ballots)) < self.needed or at < self.due:
            return None
        spoken = [self.moments.of_word(one).at for one in self.objections]
        return None if any(moment <= at for moment in spoken) else at

    def _seen(self, place: str, at: datetime) -> bool:
        return not self.moments.witnessed or self.moments.known(place, at).by == By.WITNESSES


def _counts(proposal: Rebind, objection: RebindObjection) -> bool:
    return objection.home == proposal.log or is_root_word(proposal, objection.note)


def settle() -> list[str]:
    """Put in force what the members decided, where it is not yet; return the logs whose keys changed here."""
    changed = []
    for proposal in Rebind.objects.order_by("key"):
        if not Log.objects.filter(name=proposal.log).exists():
            continue
        known = keeping.chain_of(proposal.log)
        if proposal.version != len(known) + 1 or Case.of(proposal).carried_at is None:
            continue
        try:
            keeping.accept(proposal.log, as_note(proposal.note), decided=True)
        except Untrusted as error:
            logger.warning(
                "a decision on keys cannot be followed here",
                extra={"place": proposal.key, "why": error.sentence},
            )
        else:
            changed.append(proposal.log)
    return changed
