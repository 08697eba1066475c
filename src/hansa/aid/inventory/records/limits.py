"""What a member may not send, to whom, by its own law; and what would lift it."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Limit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Member
from hansa.pact.words import Form


class LimitStated(Record, kind="aid.limit/1", row=Limit, by="duty"):
    """{author} may not send this, by {article}: {what}"""

    what: str = ask(
        "What may you not send?", most=280, example="Nurses of our public hospitals, out of state."
    )
    items: str = ask(
        "Which resource types?",
        most=280,
        default="",
        example="nurse, registered-nurse",
        help="Codes or groups of the catalogue, with commas. Leave it empty if it is about all of them.",
    )
    forms: list[Form] = ask("Of which forms of aid?", most=4, default=[], help="None: all of them.")
    away: bool = ask("Only to members of other states?", default=False)
    to: list[Ref[Member]] = about("Only to these members?", default=[])
    article: str = ask("By which article of your own law?", example="Municipal Code, § 8.61")
    remedy: str = ask(
        "What would lift it?", most=280, example="A waiver by the city council, within a day."
    )
    until: datetime | None = ask("Until when?", default=None, example="2026-12-31T00:00-06:00")

    def judge(self, row: Limit | None, saying: Saying) -> str | None:
        """Weapons are sent by nobody anyway: no limit speaks of them as if they were."""
        if catalogue.is_weapon(self.items):
            return "weapon"
        codes = catalogue.split(self.items)
        return None if all(map(catalogue.CODE.match, codes)) else "bad-code"

    def check(self, row: Limit | None, saying: Saying) -> None:
        """Name what the catalogue knows, and a time to come."""
        catalogue.refuse_weapons(self.items, field="items")
        known = catalogue.items()
        groups = {item.group for item in known.values()}
        for code in catalogue.split(self.items):
            if code not in known and code not in groups:
                raise Refused(
                    _("The catalogue has neither a resource type nor a group “%(code)s”.")
                    % {"code": code},
                    field="items",
                )
        if self.until is not None and self.until <= saying.at:
            raise Refused(_("This has passed already. Give a later time, or none."), field="until")

    def apply(self, row: Limit, saying: Saying) -> None:
        """Open the limit."""
        row.what, row.items, row.away = self.what, self.items, self.away
        row.forms, row.to = [form.value for form in self.forms], list(self.to)
        row.article, row.remedy, row.until = self.article, self.remedy, self.until


class LimitLifted(Record, kind="aid.limit-end/1", row=Limit, by="duty"):
    """{author} may send this again ({limit}): {why}"""

    limit: Ref[Limit] = upon("Which limit?")
    why: str = ask("Why?", most=280, example="The city council waived it on 9 June.")

    def judge(self, row: Limit, saying: Saying) -> str | None:
        """A limit is lifted once."""
        return "lifted-before" if row.lifted_at is not None else None

    def check(self, row: Limit | None, saying: Saying) -> None:
        """Say that it was lifted before."""
        if row is not None and row.lifted_at is not None:
            raise Refused(_("This limit was lifted already."), field="limit", code="lifted-before")

    def apply(self, row: Limit, saying: Saying) -> None:
        """It binds no longer."""
        row.lifted_at, row.lifted_why = saying.at, self.why
