"""Accountability calls: everybody on these missions is found, or known to be missing, before the clock runs out."""

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid.models import Pledge
from hansa.aid.people.models import Person, RollAnswer, RollCall
from hansa.aid.people.records.roster import CREW, on_roster
from hansa.aid.people.words import Found
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref


class RollOpened(Record, kind="aid.roll/1", row=RollCall, by="logistics"):
    """{author} calls for everybody to be accounted for within {minutes}. {why}"""

    pledges: list[Ref[Pledge]] = about("On which missions?", least=1)
    minutes: int = ask(
        "Within how many minutes?", least=1, most=7 * 24 * 60, default=60, example=60
    )
    why: str = ask("Why?", default="", example="Evening count.")

    def in_words(self) -> dict[str, object]:
        """Count the minutes."""
        minutes = ngettext("%(count)s minute", "%(count)s minutes", self.minutes)
        return {"minutes": minutes % {"count": number_format(self.minutes, force_grouping=True)}}

    def check(self, row: RollCall | None, saying: Saying) -> None:
        """Call on missions to which one is a party."""
        found = Pledge.objects.filter(key__in=self.pledges)
        if any(saying.log not in {one.home, one.needer} for one in found):
            raise Refused(
                _("Choose missions in which your member sends people or is helped."),
                field="pledges",
            )
        if not any(on_roster(one) for one in self.pledges):
            raise Refused(_("Nobody is on a roster there yet."), field="pledges")

    def apply(self, row: RollCall, saying: Saying) -> None:
        """Start the clock."""
        row.pledges, row.why = list(self.pledges), self.why
        row.due = saying.at + timedelta(minutes=self.minutes)


class RollAnswered(Record, kind="aid.roll-answer/1", row=RollAnswer, by="logistics"):
    """{author} answers an accountability call ({roll}): {found}."""

    roll: Ref[RollCall] = about("Which accountability call?", shown=False)
    people: list[Ref[Person]] = about("Who?", least=1, most=CREW)
    found: Found = ask("What is known of them?", example="safe")
    where: str = ask("Where, and what else is known?", default="", example="At the base camp.")

    def in_words(self) -> dict[str, object]:
        """Say how many."""
        return {"found": f"{Found(self.found).label} ({len(self.people)})"}

    def check(self, row: RollAnswer | None, saying: Saying) -> None:
        """Speak of people whom the call asks for, as a party to their mission."""
        roll = RollCall.objects.filter(key=self.roll).first()
        if roll is None or roll.closed_at is not None:
            raise Refused(_("This accountability call is closed."), field="roll")
        asked = Pledge.objects.in_bulk(roll.pledges)
        for person in Person.objects.filter(key__in=self.people):
            pledge = asked.get(person.pledge)
            if pledge is None:
                raise Refused(_("Choose people whom this call asks for."), field="people")
            if saying.log not in {pledge.home, pledge.needer}:
                raise Refused(
                    _("Only the member that sends them, or the one that they help, can say this."),
                    field="people",
                )

    def apply(self, row: RollAnswer, saying: Saying) -> None:
        """Keep the word."""
        row.roll, row.people = self.roll, list(self.people)
        row.found, row.where = self.found.value, self.where


class RollClosed(Record, kind="aid.roll-end/1", row=RollCall, by="logistics"):
    """{author} closes an accountability call: {why}"""

    roll: Ref[RollCall] = upon("Which accountability call?")
    why: str = ask("How did it end?", most=280, example="All accounted for.")

    def judge(self, row: RollCall, saying: Saying) -> str | None:
        """Once."""
        return "closed-before" if row.closed_at else None

    def apply(self, row: RollCall, saying: Saying) -> None:
        """Stop the clock."""
        row.closed_at, row.closed_why = saying.at, self.why
