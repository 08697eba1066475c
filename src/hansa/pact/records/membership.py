"""Founding, charter, invitation, accession, amendment, withdrawal.

Nobody's record changes another's: a pact is what its members' own records add up to (`rules`).
"""

from datetime import datetime, timedelta

import msgspec
from django.utils.translation import gettext as _

from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact import rules
from hansa.pact.models import Admission, Ballot, Charter, Invitation, Member, Membership, Pact
from hansa.pact.terms import Article, Rules
from hansa.pact.words import unstopped


class PactFounded(Record, kind="pact.pact/1", row=Pact, by="sign", also=(Charter,), weighty=True):
    """{author} founds {name}."""

    name: str = ask("What is the pact called?", example="The pact of cities and states")
    exercise: bool = ask(
        "Is it an exercise?", default=False, help="Everything said in it is then marked as played."
    )
    founders: list[Ref[Member]] = about("Which members found it?", default=[])
    title: str = ask("What is the charter called?", example="Charter")
    articles: list[Article] = ask(
        "Its articles",
        least=1,
        most=60,
        example=[{"title": "Purpose", "text": "Members help each other."}],
    )
    rules: Rules = ask("Its rules", example=msgspec.to_builtins(Rules()))

    def check(self, row: Pact | None, saying: Saying) -> None:
        """A home holds one pact."""
        if Pact.objects.exists():
            raise Refused(_("There is a pact here already. Join it, or use another home."))

    def apply(self, row: Pact, saying: Saying) -> None:
        """Open the pact and the first version of its charter, at the same position."""
        row.name, row.exercise, row.founders = self.name, self.exercise, list(self.founders)
        charter = saying.new(Charter, saying.position)
        charter.pact, charter.title = saying.position, self.title
        charter.articles, charter.rules = (
            msgspec.to_builtins(self.articles),
            msgspec.to_builtins(self.rules),
        )
        saying.change(charter)


class MemberInvited(Record, kind="pact.invitation/1", row=Invitation, by="sign", weighty=True):
    """{author} invites {member} to join {pact}."""

    pact: Ref[Pact] = about("To which pact?")
    member: Ref[Member] = about("Whom do you invite?")

    def check(self, row: Invitation | None, saying: Saying) -> None:
        """Only members invite, and only those who are not members."""
        roll = rules.require_member(saying.log)
        if roll.is_member(self.member.partition("@")[0], saying.at):
            raise Refused(_("That government is a member already."), field="member")

    def apply(self, row: Invitation, saying: Saying) -> None:
        """Open the invitation."""
        row.pact, row.member = self.pact, self.member


class AdmissionGranted(Record, kind="pact.admission/1", row=Admission, by="sign", weighty=True):
    """{author} agrees that the invited may join."""

    invitation: Ref[Invitation] = about("Which invitation?")

    def check(self, row: Admission | None, saying: Saying) -> None:
        """Only members admit."""
        rules.require_member(saying.log)

    def suffix(self) -> str:
        """One word for each invitation and member."""
        return f"admission/{self.invitation}"

    def apply(self, row: Admission, saying: Saying) -> None:
        """Keep the word given."""
        if not row.invitation:
            row.invitation, row.index = self.invitation, saying.index


class Acceded(Record, kind="pact.accession/1", row=Membership, by="sign", weighty=True):
    """{author} joins {pact} from {effective}."""

    pact: Ref[Pact] = about("Which pact?")
    charter: Ref[Charter] = about("Under which charter?")
    invitation: Ref[Invitation] | None = about("Upon which invitation?", default=None)
    effective: datetime = ask("From when?", example="2025-01-01T00:00Z")

    def check(self, row: Membership | None, saying: Saying) -> None:
        """Join once, upon an invitation to you, or as a founder."""
        if rules.is_member(saying.log):
            raise Refused(_("You are a member already."))
        pact = Pact.objects.filter(key=self.pact).first()
        if pact is None:
            raise Refused(_("There is no pact %(pact)s here.") % {"pact": self.pact}, field="pact")
        invited = Invitation.objects.filter(key=self.invitation, member=f"{saying.log}@0").exists()
        if not invited and f"{saying.log}@0" not in pact.founders and saying.log != pact.home:
            raise Refused(
                _("You need an invitation first. Ask any member for one."), field="invitation"
            )

    def apply(self, row: Membership, saying: Saying) -> None:
        """Open the membership."""
        row.pact, row.charter, row.invitation, row.effective = (
            self.pact,
            self.charter,
            self.invitation or "",
            self.effective,
        )


class WithdrawalNotified(Record, kind="pact.withdrawal/1", row=Membership, by="sign", weighty=True):
    """{author} gives notice that it leaves the pact on {leaves}."""

    membership: Ref[Membership] = upon("Which membership?")
    leaves: datetime = ask(
        "When do you leave?",
        example="2026-01-31T00:00Z",
        help="Duties that fall due before then remain.",
    )

    def judge(self, row: Membership, saying: Saying) -> str | None:
        """Notice is given once."""
        return "notice-given" if row.notice_at else None

    def check(self, row: Membership | None, saying: Saying) -> None:
        """Keep the charter's notice."""
        days = rules.rules_in_force().leave_notice_days
        if self.leaves < saying.at + timedelta(days=days):
            raise Refused(
                _("The charter asks for %(days)s days' notice. Give a later date.")
                % {"days": days},
                field="leaves",
            )

    def apply(self, row: Membership, saying: Saying) -> None:
        """Keep the notice. `rules` counts the charter's days whatever date is written here."""
        row.notice_at, row.notice_index, row.leaves_at = saying.at, saying.index, self.leaves


class AmendmentProposed(Record, kind="pact.amendment/1", row=Charter, by="sign", weighty=True):
    """{author} proposes to amend the charter: {why}."""

    base: Ref[Charter] = about("Which version does it amend?")
    why: str = ask("Why?", most=280, example="Answer legal calls sooner.")
    articles: list[Article] = ask(
        "The articles as they shall read",
        least=1,
        most=60,
        example=[{"title": "Purpose", "text": "Members help each other."}],
    )
    rules: Rules = ask("The rules as they shall be", example=msgspec.to_builtins(Rules()))
    electorate: list[Ref[Member]] = about("Who may vote? (every member today)")

    def check(self, row: Charter | None, saying: Saying) -> None:
        """Amend what is in force, and let every member vote."""
        roll = rules.require_member(saying.log)
        if self.base != roll.current.charter.key:
            raise Refused(
                _("The charter was amended meanwhile. Start from the version in force."),
                field="base",
            )
        today = {f"{log}@0" for log in roll.members_at(saying.at)}
        if set(self.electorate) != today:
            raise Refused(_("Every member of today votes, and nobody else."), field="electorate")

    def in_words(self) -> dict[str, object]:
        """The sentence ends with its own full stop."""
        return {"why": unstopped(self.why)}

    def apply(self, row: Charter, saying: Saying) -> None:
        """Open the version that the amendment would make."""
        row.base, row.why, row.electorate = self.base, self.why, list(self.electorate)
        row.articles, row.rules = (
            msgspec.to_builtins(self.articles),
            msgspec.to_builtins(self.rules),
        )


class BallotCast(Record, kind="pact.ballot/1", row=Ballot, by="sign", weighty=True):
    """{author} votes on the amendment: {yes}."""

    amendment: Ref[Charter] = about("On which amendment?")
    yes: bool = ask(
        "Do you agree?", example=True, help="A yes is final; a no may still become a yes."
    )

    def check(self, row: Ballot | None, saying: Saying) -> None:
        """Only those who were members at the proposal vote."""
        amendment = Charter.objects.filter(key=self.amendment).first()
        if amendment is None or f"{saying.log}@0" not in amendment.electorate:
            raise Refused(_("Your member has no vote on this amendment."), field="amendment")
        if row is not None and row.yes:
            raise Refused(_("Your member has said yes already, and a yes is final."), field="yes")
        if amendment.base != rules.charter_in_force().key:
            raise Refused(
                _(
                    "This amendment was decided, or the charter was amended otherwise. Votes count no more."
                ),
                field="amendment",
            )

    def suffix(self) -> str:
        """One ballot for each amendment and member."""
        return f"ballot/{self.amendment}"

    def apply(self, row: Ballot, saying: Saying) -> None:
        """A yes stands: a count that only grows needs no closing time."""
        if not (row.amendment and row.yes):
            row.amendment, row.yes, row.at = self.amendment, self.yes, saying.at
            row.index = saying.index
