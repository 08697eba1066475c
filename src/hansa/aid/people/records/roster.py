"""Who comes on a mission, by reference number, who is here, and who goes home."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid.models import Pledge
from hansa.aid.people.models import CheckIn, Homecoming, Person, Release
from hansa.aid.people.words import Travel
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of

REFERENCE = re.compile(r"(?=.*[0-9])[A-Z0-9](?:[A-Z0-9-]{0,22}[A-Z0-9])?")
"""Capital letters, digits and hyphens, with a digit: no name of a person reads so."""

CREW = 50
"""People that one record may speak of."""


class PersonListed(Record, kind="aid.person/1", row=Person, by="logistics"):
    """{author} lists {ref} for a mission: {position}."""

    pledge: Ref[Pledge] = about("For which pledge?", shown=False)
    ref: str = ask(
        "Reference number",
        most=24,
        example="IL-0142",
        help="Your own number for this person: capital letters, digits and hyphens. Never a name.",
    )
    position: str = ask("Position", example="Paramedic")
    agency: str = ask("Home agency", example="Chicago Fire Department")
    unit: str = ask("Team or crew", most=40, default="", example="EMS-3")
    leader: bool = ask("Leads this team or crew", default=False)
    credential: str = ask("Credential", default="", example="Paramedic, Illinois, level 4")
    licence: str = ask("Licence", default="", example="Commercial driver, class B")
    languages: str = ask("Languages", default="", example="English, Spanish")
    departs: str = ask("Departs from", default="", example="Fire house 42")
    travel: Travel = ask("How do they travel?", example="road")
    desk: str = ask(
        "Contact desk",
        example="Duty desk, extension 42",
        help="An office that can reach this person. No private phone.",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept."""
        return [(Pledge, self.pledge)]

    def judge(self, row: Person | None, saying: Saying) -> str | None:
        """A number of one's own, for a pledge of one's own."""
        if saying.own(Pledge, self.pledge) is None:
            return "not-own-pledge"
        return None if REFERENCE.fullmatch(self.ref) else "bad-reference"

    def check(self, row: Person | None, saying: Saying) -> None:
        """List each person once."""
        if home_of(self.pledge) != saying.log:
            raise Refused(_("List people for a pledge of your own."), field="pledge")
        if not REFERENCE.fullmatch(self.ref):
            raise Refused(
                _("Use capital letters, digits and hyphens with at least one digit: IL-0142."),
                field="ref",
                code="bad-reference",
            )
        if Person.objects.filter(pledge=self.pledge, ref=self.ref, struck_at=None).exists():
            raise Refused(_("This number is on the roster already."), field="ref")

    def apply(self, row: Person, saying: Saying) -> None:
        """Open the line."""
        for name in ("pledge", "ref", "position", "agency", "unit", "leader", "credential"):
            setattr(row, name, getattr(self, name))
        for name in ("licence", "languages", "departs", "desk"):
            setattr(row, name, getattr(self, name))
        row.travel = self.travel.value


class PersonStruck(Record, kind="aid.person-end/1", row=Person, by="logistics"):
    """{author} takes somebody off a roster ({person}): {why}"""

    person: Ref[Person] = upon("Whom?")
    why: str = ask("Why?", most=280, example="Needed at home; another paramedic goes instead.")

    def judge(self, row: Person, saying: Saying) -> str | None:
        """Once."""
        return "struck-before" if row.struck_at else None

    def check(self, row: Person | None, saying: Saying) -> None:
        """Whoever is there is released, not struck."""
        if row is not None and _of(CheckIn, row):
            raise Refused(_("This person has checked in. Release them instead."), field="person")

    def apply(self, row: Person, saying: Saying) -> None:
        """Mark the line; it stays readable."""
        row.struck_at, row.struck_why = saying.at, self.why


class CheckedIn(Record, kind="aid.check-in/1", row=CheckIn, by="logistics"):
    """{author} checks people in at {place}."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    people: list[Ref[Person]] = about("Who is here?", least=1, most=CREW)
    when: datetime = ask("Arrived when?", example="2025-06-10T14:30-07:00")
    place: str = ask("Where?", example="Staging area, Dodger Stadium, lot G")
    assignment: str = ask("Assigned to", default="", example="Medical branch, division B")

    def check(self, row: CheckIn | None, saying: Saying) -> None:
        """Those on the roster, who have arrived."""
        require_crew(saying, self.pledge, self.people)
        require_past(saying, self.when, "when")

    def apply(self, row: CheckIn, saying: Saying) -> None:
        """Keep the word."""
        row.pledge, row.people, row.when = self.pledge, list(self.people), self.when
        row.place, row.assignment = self.place, self.assignment


class CheckInTakenBack(Record, kind="aid.check-in-end/1", row=CheckIn, by="logistics"):
    """{author} takes a check-in back: {why}"""

    arrival: Ref[CheckIn] = upon("Which check-in?")
    why: str = ask(
        "Why?", most=280, example="One of them never came; the others are checked in anew."
    )

    def judge(self, row: CheckIn, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: CheckIn, saying: Saying) -> None:
        """Count it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why


class Released(Record, kind="aid.release/1", row=Release, by="logistics"):
    """{author} releases people from a mission."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    people: list[Ref[Person]] = about("Who is released?", least=1, most=CREW)
    when: datetime = ask("Released when?", example="2025-06-24T08:00-07:00")
    place: str = ask("Where?", default="", example="Staging area, lot G")
    travel: Travel = ask("How do they travel home?", example="air")
    expected: datetime | None = ask(
        "Expected home when?", default=None, example="2025-06-24T22:00-05:00"
    )

    def check(self, row: Release | None, saying: Saying) -> None:
        """Those on the roster."""
        require_crew(saying, self.pledge, self.people)
        require_past(saying, self.when, "when")

    def apply(self, row: Release, saying: Saying) -> None:
        """Keep the word."""
        row.pledge, row.people, row.when = self.pledge, list(self.people), self.when
        row.place, row.travel, row.expected = self.place, self.travel.value, self.expected


class ReleaseTakenBack(Record, kind="aid.release-end/1", row=Release, by="logistics"):
    """{author} takes a release back: {why}"""

    departure: Ref[Release] = upon("Which release?")
    why: str = ask("Why?", most=280, example="They stay another day.")

    def judge(self, row: Release, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: Release, saying: Saying) -> None:
        """Count it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why


class CameHome(Record, kind="aid.homecoming/1", row=Homecoming, by="logistics"):
    """{author} has its people back."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    people: list[Ref[Person]] = about("Who is back?", least=1, most=CREW)
    when: datetime = ask("Back when?", example="2025-06-24T21:10-05:00")

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept."""
        return [(Pledge, self.pledge)]

    def judge(self, row: Homecoming | None, saying: Saying) -> str | None:
        """Who came home, the giver knows."""
        return "not-own-pledge" if saying.own(Pledge, self.pledge) is None else None

    def check(self, row: Homecoming | None, saying: Saying) -> None:
        """One's own people."""
        if home_of(self.pledge) != saying.log:
            raise Refused(_("Only the giver says that its people are back."), field="pledge")
        require_crew(saying, self.pledge, self.people)
        require_past(saying, self.when, "when")

    def apply(self, row: Homecoming, saying: Saying) -> None:
        """Keep the word."""
        row.pledge, row.people, row.when = self.pledge, list(self.people), self.when


class HomecomingTakenBack(Record, kind="aid.homecoming-end/1", row=Homecoming, by="logistics"):
    """{author} takes a homecoming back: {why}"""

    homecoming: Ref[Homecoming] = upon("Which homecoming?")
    why: str = ask("Why?", most=280, example="One of them is still on the way.")

    def judge(self, row: Homecoming, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: Homecoming, saying: Saying) -> None:
        """Count it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why


def require_crew(saying: Saying, key: str, people: Sequence[str]) -> Pledge:
    """Return the pledge; refuse unless a party to it speaks, of at least one on its roster and of nobody else."""
    pledge = Pledge.objects.filter(key=key).first()
    if pledge is None or saying.log not in {pledge.home, pledge.needer}:
        raise Refused(
            _("Only the member that sends these people, or the one that they help, can say this."),
            field="pledge",
        )
    if set(people) - set(on_roster(key)):
        raise Refused(_("Choose people from this mission's roster."), field="people")
    return pledge


def on_roster(pledge: str) -> list[str]:
    """Return the keys of those whom the giver lists for its pledge and has not taken off."""
    listed = Person.objects.filter(pledge=pledge, home=home_of(pledge), struck_at=None)
    return list(listed.values_list("key", flat=True))


def require_past(saying: Saying, when: datetime, field: str) -> None:
    """Refuse a time that is still to come."""
    if when > saying.at:
        raise Refused(_("This time is still to come. Say it when it has happened."), field=field)


def _of(model: type[CheckIn], person: Person) -> bool:
    standing = model.objects.filter(pledge=person.pledge, withdrawn_at=None)
    said = standing.values_list("people", flat=True)
    return any(person.key in people for people in said)
