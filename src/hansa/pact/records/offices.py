"""A member opens its log, and says who may act for it."""

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import FOUNDING, Record, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Member, Officer
from hansa.pact.rules import judge_officer
from hansa.pact.words import Capability, MemberType


class LogOpened(Record, kind="pact.member/1", row=Member, by=FOUNDING, also=(Officer,)):
    """{name} opens its log."""

    name: str = ask("What is the member called?", most=80, example="Chicago")
    type: MemberType = ask("What sort of government is it?", example="city")
    state: str = ask("In which state? (two letters)", least=2, most=2, example="IL")
    seat: str = ask(
        "Where is its seat? (latitude, longitude)", most=40, example="41.8837, -87.6325", default=""
    )
    zone: str = ask(
        "Which time zone does it keep?", most=60, example="America/Chicago", default="UTC"
    )
    office: str = ask(
        "Which office keeps its officers?",
        example="Chief of staff",
        help="This office may do everything at first, and appoints the others.",
    )
    handle: str = ask("A short name for that office", most=40, example="chief-of-staff")

    def check(self, row: Member | None, saying: Saying) -> None:
        """Refuse a zone or seat that nobody can use."""
        if self.zone not in _zones():
            raise Refused(
                _("“%(zone)s” is no time zone. Give one like America/Chicago.")
                % {"zone": self.zone},
                field="zone",
            )
        if self.seat and _degrees(self.seat) is None:
            raise Refused(
                _("Give latitude and longitude in degrees, such as 41.8837, -87.6325."),
                field="seat",
            )

    def apply(self, row: Member, saying: Saying) -> None:
        """Open the member and its first officer, who holds every capability."""
        row.name, row.type, row.state, row.zone = self.name, self.type, self.state, self.zone
        row.latitude, row.longitude = _degrees(self.seat) or (None, None)
        first = saying.new(Officer, saying.position)
        first.office, first.handle, first.can = self.office, self.handle, list(Capability.values)
        saying.change(first)


@cache
def _zones() -> set[str]:
    return available_timezones()


def _degrees(seat: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = (float(part) for part in seat.split(","))
    except ValueError:
        return None
    inside = abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees on a globe
    return (latitude, longitude) if inside else None


class OfficerAppointed(Record, kind="pact.officer/1", row=Officer, by="keeper", weighty=True):
    """{author} appoints the {office}."""

    office: str = ask(
        "Which office?",
        example="Duty officer, Emergency Management",
        help="The office, not a person's name.",
    )
    handle: str = ask("A short name for it", most=40, example="duty-officer")
    can: list[Capability] = ask("What may it do?", least=1, most=10, example=["duty", "logistics"])
    until: datetime | None = ask("Until when?", default=None, help="Leave empty for no end.")

    def check(self, row: Officer | None, saying: Saying) -> None:
        """An office ends after it begins."""
        _require_future(self.until, saying)

    def apply(self, row: Officer, saying: Saying) -> None:
        """Open the office."""
        row.office, row.handle, row.can, row.until = (
            self.office,
            self.handle,
            [str(c.value) for c in self.can],
            self.until,
        )


class GrantChanged(Record, kind="pact.officer-change/1", row=Officer, by="keeper", weighty=True):
    """{author} changes what the {officer} may do."""

    officer: Ref[Officer] = upon("Which office?")
    can: list[Capability] = ask("What may it do from now on?", least=1, most=10, example=["duty"])
    until: datetime | None = ask("Until when?", default=None, help="Leave empty for no end.")

    def judge(self, row: Officer, saying: Saying) -> str | None:
        """An ended office stays ended."""
        return "office-ended" if row.ended_at else None

    def check(self, row: Officer | None, saying: Saying) -> None:
        """Do not let a member lock itself out of its own log."""
        _require_future(self.until, saying)
        if Capability.KEEPER not in self.can:
            _require_other_keeper(self.officer, saying, field="can")

    def apply(self, row: Officer, saying: Saying) -> None:
        """Set the new grant."""
        row.can, row.until = [str(c.value) for c in self.can], self.until


class OfficerRevoked(Record, kind="pact.officer-end/1", row=Officer, by="keeper", weighty=True):
    """{author} ends the office of the {officer}."""

    officer: Ref[Officer] = upon("Which office?")

    def check(self, row: Officer | None, saying: Saying) -> None:
        """Do not let a member lock itself out of its own log."""
        if row is not None and row.ended_at is not None:
            raise Refused(_("This office has ended already."), field="officer")
        _require_other_keeper(self.officer, saying, field="officer")

    def apply(self, row: Officer, saying: Saying) -> None:
        """Let the office's authority end here, for every later record of this log."""
        row.ended_at = row.ended_at or saying.at


def _require_future(until: datetime | None, saying: Saying) -> None:
    if until is not None and until <= saying.at:
        raise Refused(
            _("This time has passed. Give a later one, or leave it empty for no end."),
            field="until",
        )


def _require_other_keeper(officer: str, saying: Saying, *, field: str) -> None:
    others = Officer.objects.filter(home=saying.log).exclude(key=officer)
    if not any(judge_officer(other, Capability.KEEPER, saying.at) is None for other in others):
        raise Refused(
            _("This is the only office that keeps the officers. Appoint another keeper first."),
            field=field,
        )
