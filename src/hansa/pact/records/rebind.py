"""All roots of a member lost: another proposes new keys for its log, the members vote, and after 72 hours it is closed.

What comes of it is counted in `rebinding`, and only there: no record here changes a key by itself.
"""

import contextlib

from django.utils.translation import gettext as _

from hansa.kernel import chain
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask
from hansa.kernel.ref import Ref
from hansa.pact import rebinding, rules
from hansa.pact.models import Member, Rebind, RebindBallot, RebindClose, RebindObjection


class RebindProposed(Record, kind="pact.rebind/1", row=Rebind, by="sign", weighty=True):
    """{author} proposes new keys for {member}, whose root keys are lost."""

    member: Ref[Member] = about("For which member?")
    note: str = ask(
        "The key document that its own people signed with their new roots",
        most=chain.LARGEST,
        example="hansa/keys/v1",
        help="The whole text that “hansa keys text” prints for them.",
    )

    def check(self, row: Rebind | None, saying: Saying) -> None:
        """Refuse what no node would follow, in words."""
        rules.require_member(saying.log)
        try:
            document = rebinding.read(self.note)
        except Untrusted as error:
            raise Refused(error.sentence, field="note") from error
        if document.log != self.member.partition("@")[0]:
            raise Refused(
                _("This key document is for %(log)s.") % {"log": document.log}, field="note"
            )
        rebinding.require_next(document)

    def judge(self, row: Rebind | None, saying: Saying) -> str | None:
        """A whole document for another member, signed by its own new roots."""
        try:
            document = rebinding.read(self.note)
        except Untrusted:
            return "bad-document"
        own = document.log == saying.log
        return "bad-document" if own or document.log != self.member.partition("@")[0] else None

    def apply(self, row: Rebind, saying: Saying) -> None:
        """Keep the proposal."""
        row.note, row.log, row.version = self.note, "", 0
        with contextlib.suppress(Untrusted):  # judge lets no such proposal stand
            document = rebinding.read(self.note)
            row.log, row.version = document.log, document.version


class RebindVoted(Record, kind="pact.rebind-ballot/1", row=RebindBallot, by="sign", weighty=True):
    """{author} votes on new keys for a member whose roots are lost: {yes}."""

    proposal: Ref[Rebind] = about("On which proposal?")
    yes: bool = ask("Do you agree?", example=True)

    def check(self, row: RebindBallot | None, saying: Saying) -> None:
        """Only the other members vote, and once."""
        rules.require_member(saying.log)
        proposal = Rebind.objects.filter(key=self.proposal).first()
        if proposal is not None and proposal.log == saying.log:
            raise Refused(_("Your own keys are for the other members to decide on."))
        if row is not None and row.proposal:
            raise Refused(_("Your member has voted already."), field="yes")

    def suffix(self) -> str:
        """One ballot for each proposal and member."""
        return f"rebind/{self.proposal}"

    def apply(self, row: RebindBallot, saying: Saying) -> None:
        """The first vote stands."""
        if not row.proposal:
            row.proposal, row.yes = self.proposal, self.yes
            row.at, row.index = saying.at, saying.index


class RebindObjected(Record, kind="pact.rebind-objection/1", row=RebindObjection, by="sign"):
    """{author} objects to new keys for a member."""

    proposal: Ref[Rebind] = about("To which proposal?")
    note: str = ask(
        "The word of one of its root keys",
        most=4_000,
        default="",
        example="",
        help="As “hansa keys object” printed it. Only the member itself objects without one.",
    )

    def check(self, row: RebindObjection | None, saying: Saying) -> None:
        """Refuse an objection that nobody would count."""
        proposal = Rebind.objects.filter(key=self.proposal).first()
        if proposal is None or proposal.log == saying.log:
            return
        if not rebinding.is_root_word(proposal, self.note):
            raise Refused(
                _(
                    "Only the member itself objects in its own word. Another hands on the word of one of its root keys: paste it whole."
                ),
                field="note",
            )

    def judge(self, row: RebindObjection | None, saying: Saying) -> str | None:
        """Beside nothing, only the very text that a root signs; whose signature counts is judged when it is counted."""
        right = not self.note or rebinding.is_objection(self.note, self.proposal)
        return None if right else "bad-objection"

    def suffix(self) -> str:
        """One objection for each proposal and member."""
        return f"rebind-objection/{self.proposal}"

    def apply(self, row: RebindObjection, saying: Saying) -> None:
        """The first that carries most stands: a root's word is never replaced by none."""
        if not row.proposal or (self.note and not row.note):
            row.proposal, row.note = self.proposal, self.note
            row.at, row.index = saying.at, saying.index


class RebindClosed(Record, kind="pact.rebind-close/1", row=RebindClose, by="sign", weighty=True):
    """{author} closes the vote on new keys for a member."""

    proposal: Ref[Rebind] = about("Which proposal?")
    ballots: list[Ref[Row]] = about("Which votes count?", default=[])

    def check(self, row: RebindClose | None, saying: Saying) -> None:
        """Close one's own, in time, and with enough votes."""
        proposal = Rebind.objects.filter(key=self.proposal).first()
        if proposal is None or proposal.home != saying.log:
            raise Refused(_("Whoever proposed it closes it."), field="proposal")
        problem = rebinding.Case.of(proposal).lacking(self.ballots)
        if problem:
            raise Refused(problem)

    def apply(self, row: RebindClose, saying: Saying) -> None:
        """Keep what was closed, and on which votes."""
        row.proposal, row.ballots = self.proposal, list(self.ballots)
