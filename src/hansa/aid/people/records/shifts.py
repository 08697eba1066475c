"""Shifts that are planned: who relieves whom, and when, before the day. What was worked is kept as hours."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid.models import Pledge
from hansa.aid.people.models import Person, Shift
from hansa.aid.people.records.hours import LONGEST, minutes_between
from hansa.aid.people.records.roster import CREW, require_crew
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref


class ShiftPlanned(Record, kind="aid.shift/1", row=Shift, by="logistics"):
    """{author} plans a shift: {post}"""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    people: list[Ref[Person]] = about("Who?", least=1, most=CREW)
    began: datetime = ask("From", example="2025-06-12T06:00-07:00")
    ended: datetime = ask("To", example="2025-06-12T18:00-07:00")
    post: str = ask("Which post?", example="First-aid post, terminal 4")

    def judge(self, row: Shift | None, saying: Saying) -> str | None:
        """A shift ends after it begins, and not days later."""
        return None if 0 < minutes_between(self.began, self.ended) <= LONGEST else "bad-span"

    def check(self, row: Shift | None, saying: Saying) -> None:
        """A shift to come, of people on the roster, none of whom is planned elsewhere meanwhile."""
        pledge = require_crew(saying, self.pledge, self.people)
        if self.judge(row, saying):
            raise Refused(
                _("The end must come after the beginning, and at most 48 hours later."),
                field="ended",
                code="bad-span",
            )
        if self.ended <= saying.at:
            raise Refused(
                _("This shift is over. Keep it as hours instead."), field="ended", code="over"
            )
        beside = Shift.objects.filter(
            pledge=self.pledge,
            home__in=[pledge.home, pledge.needer],
            withdrawn_at=None,
            began__lt=self.ended,
            ended__gt=self.began,
        )
        for other in beside:
            twice = Person.objects.filter(key__in=set(self.people) & set(other.people))
            if who := sorted(twice.values_list("ref", flat=True)):
                raise Refused(
                    _("%(who)s has a shift in this time already (%(record)s). Call that one off.")
                    % {"who": ", ".join(who[:5]), "record": other.key},
                    field="people",
                    code="twice",
                )

    def apply(self, row: Shift, saying: Saying) -> None:
        """Keep the plan."""
        row.pledge, row.people = self.pledge, list(self.people)
        row.began, row.ended, row.post = self.began, self.ended, self.post


class ShiftCalledOff(Record, kind="aid.shift-end/1", row=Shift, by="logistics"):
    """{author} calls a planned shift off: {why}"""

    shift: Ref[Shift] = upon("Which shift?")
    why: str = ask("Why?", most=280, example="The post closes earlier.")

    def judge(self, row: Shift, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: Shift, saying: Saying) -> None:
        """Plan it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why
