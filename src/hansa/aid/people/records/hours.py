"""What people did from when to when, and the rest rules that their member sets for them."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid.models import Pledge
from hansa.aid.people.models import Hours, Person, RestRules
from hansa.aid.people.records.roster import CREW, require_crew, require_past
from hansa.aid.people.words import Activity
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of

LONGEST = 48 * 60
"""Minutes that one line may span: long enough for a journey, too short for a whole deployment."""


def minutes_between(began: datetime, ended: datetime) -> int:
    """Return the whole minutes that really passed, whatever the clocks on the wall did meanwhile."""
    return int((ended.astimezone(UTC) - began.astimezone(UTC)).total_seconds() // 60)


class HoursKept(Record, kind="aid.hours/1", row=Hours, by="logistics"):
    """{author} keeps hours of its people: {done}"""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    people: list[Ref[Person]] = about("Who?", least=1, most=CREW)
    sort: Activity = ask("What were the hours spent on?", default=Activity.WORK, example="work")
    began: datetime = ask("From", example="2025-06-11T06:00-07:00")
    ended: datetime = ask("To", example="2025-06-11T18:30-07:00")
    pause: int = ask(
        "Unpaid breaks, in minutes", default=0, most=LONGEST, example=30, help="For each person."
    )
    overtime: int = ask(
        "Of the rest, overtime in minutes",
        default=0,
        most=LONGEST,
        example=240,
        help="For each person, by your own labour rules.",
    )
    done: str = ask(
        "What was done?",
        most=280,
        example="Treated 41 people at the first-aid post.",
        help="As in an activity log (ICS-214). Name no private person.",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept."""
        return [(Pledge, self.pledge)]

    def judge(self, row: Hours | None, saying: Saying) -> str | None:
        """Hours of one's own people, of which no more is break or overtime than there is."""
        if saying.own(Pledge, self.pledge) is None:
            return "not-own-pledge"
        span = minutes_between(self.began, self.ended)
        if not 0 < span <= LONGEST:
            return "bad-span"
        return "too-much" if self.pause + self.overtime > span else None

    def check(self, row: Hours | None, saying: Saying) -> None:
        """Hours that have passed, and that stand nowhere else."""
        if home_of(self.pledge) != saying.log:
            raise Refused(_("Each member keeps the hours of its own people."), field="pledge")
        span = minutes_between(self.began, self.ended)
        if not 0 < span <= LONGEST:
            raise Refused(
                _("The end must come after the beginning, and at most 48 hours later."),
                field="ended",
                code="bad-span",
            )
        if self.pause + self.overtime > span:
            raise Refused(
                _("Breaks and overtime together are longer than the %(span)s minutes between.")
                % {"span": span},
                field="overtime",
                code="too-much",
            )
        require_crew(saying, self.pledge, self.people)
        require_past(saying, self.ended, "ended")
        self._require_once(saying)

    def _require_once(self, saying: Saying) -> None:
        """Refuse hours that stand already, here or on another mission of the same member."""
        numbers = dict(Person.objects.filter(home=saying.log).values_list("key", "ref"))
        mine = {numbers[key] for key in self.people if key in numbers}
        beside = Hours.objects.filter(
            home=saying.log, withdrawn_at=None, began__lt=self.ended, ended__gt=self.began
        )
        for other in beside:
            twice = sorted(mine & {numbers.get(key, "") for key in other.people})
            if twice:
                raise Refused(
                    _(
                        "%(who)s already has hours in this time (%(record)s). Withdraw those first, or give other times."
                    )
                    % {"who": ", ".join(twice[:5]), "record": other.key},
                    field="people",
                    code="twice",
                )

    def apply(self, row: Hours, saying: Saying) -> None:
        """Keep the line."""
        row.pledge, row.people, row.sort = self.pledge, list(self.people), self.sort.value
        row.began, row.ended = self.began, self.ended
        row.pause, row.overtime, row.done = self.pause, self.overtime, self.done


class HoursWithdrawn(Record, kind="aid.hours-end/1", row=Hours, by="logistics"):
    """{author} withdraws hours: {why}"""

    hours: Ref[Hours] = upon("Which hours?")
    why: str = ask("Why?", most=280, example="Typed for the wrong day; kept anew.")

    def judge(self, row: Hours, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: Hours, saying: Saying) -> None:
        """Count it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why


class RestSet(Record, kind="aid.rest/1", row=RestRules, by="logistics"):
    """{author} sets its rest rules: at most {shift_hours} h at work, at least {rest_hours} h of rest, at most {days} away."""

    shift_hours: int = ask("Longest shift, in hours", least=1, most=48, example=12)
    rest_hours: int = ask("Least rest between shifts, in hours", least=0, most=48, example=10)
    days: int = ask("Longest deployment, in days", least=1, most=365, example=14)

    def in_words(self) -> dict[str, object]:
        """Count the days."""
        return {
            "days": ngettext("%(count)s day", "%(count)s days", self.days) % {"count": self.days}
        }

    def suffix(self) -> str:
        """One set of rules for each member; the latest holds."""
        return "rest"

    def apply(self, row: RestRules, saying: Saying) -> None:
        """Keep the rules. They warn, and refuse nothing."""
        row.shift_hours, row.rest_hours, row.days = self.shift_hours, self.rest_hours, self.days
        row.at = saying.at
