"""Mission-ready packages: what goes out together, what it costs, what it needs. Each revision stays as it was offered."""

from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Package
from hansa.aid.inventory.records.holdings import require_day
from hansa.aid.inventory.words import CostKind, is_day
from hansa.aid.words import MOST
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref

_LINES = "^(" + "|".join(CostKind.values) + ")$(?!\n)"


class Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a team, a position, a machine or a supply, in the unit of the catalogue."""

    item: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class CostLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What something is expected to cost, in whole US dollars, under one of the five lines."""

    line: Annotated[str, msgspec.Meta(pattern=_LINES)]
    what: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    dollars: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class PackageKept(Record, kind="aid.package/1", row=Package, by="logistics"):
    """{author} has a mission-ready package: {title}."""

    code: str = ask(
        "A short code", most=60, example="clinic-1", help="Lower-case letters, digits and hyphens."
    )
    title: str = ask("What is it called?", example="Street clinic, one shift")
    mission: str = ask(
        "What can it do?", most=280, example="First aid and rinsing of eyes for 400 people a day."
    )
    resources: list[Resource] = ask(
        "What goes out?",
        least=1,
        most=50,
        example=[{"item": "registered-nurse-2", "quantity": 4}],
        help="Codes of the catalogue, each with how many.",
    )
    costs: list[CostLine] = ask(
        "What will it cost?",
        most=50,
        default=[],
        example=[{"line": "travel", "what": "Two vans, both ways", "dollars": 1_800}],
        help="Line is one of travel, personnel, equipment, commodities, other. Whole US dollars.",
    )
    days: int = ask("For how many days can it stay?", most=3_650, default=14, example=14)
    ready_hours: int = ask("Ready to leave within how many hours?", most=8_760, default=24, example=12)  # fmt: skip
    limitations: str = ask(
        "What can it not do?", most=280, default="", example="No care overnight."
    )
    support: str = ask(
        "What does it need from the receiver?", most=280, default="", example="Power, water, meals."
    )
    space: str = ask(
        "How much space does it take?", most=280, default="", example="12 by 20 m, level, two vans."
    )
    proven: str = ask(
        "When was it last proven?",
        most=10,
        default="",
        example="2025-03-14",
        help="Year, month, day of the last exercise or mission with it.",
    )
    replaces: Ref[Package] | None = about(
        "Which revision does it replace?", default=None, shown=False
    )

    def judge(self, row: Package | None, saying: Saying) -> str | None:
        """No weapon goes out with it; only the latest revision, and one's own, is replaced."""
        if catalogue.is_weapon(*self._named()):
            return "weapon"
        codes = [self.code, *(one.item for one in self.resources)]
        if not all(map(catalogue.CODE.match, codes)):
            return "bad-code"
        if self.proven and not is_day(self.proven):
            return "no-date"
        return self._misplaced(saying)

    def _named(self) -> list[str]:
        """Return every text that says what goes out."""
        items = [one.item for one in self.resources]
        return [self.code, self.title, self.mission, *items, *(one.what for one in self.costs)]

    def _misplaced(self, saying: Saying) -> str | None:
        if not self.replaces:
            return None
        before = saying.own(Package, self.replaces)
        if before is None or before.code != self.code:
            return "gone"
        return None if before.current else "not-latest"

    def check(self, row: Package | None, saying: Saying) -> None:
        """Pack what the catalogue knows, under a code of its own."""
        catalogue.refuse_weapons(*self._named(), field="resources")
        if not catalogue.CODE.match(self.code):
            raise Refused(
                _("Use lower-case letters, digits and hyphens, such as clinic-1."),
                field="code",
                code="bad-code",
            )
        require_day(self.proven, "proven")
        known = catalogue.items()
        for one in self.resources:
            if one.item not in known:
                raise Refused(
                    _("There is no resource type “%(code)s”. Choose one from the catalogue.")
                    % {"code": one.item},
                    field="resources",
                )
        living = Package.objects.filter(
            home=saying.log, code=self.code, replaced_by="", withdrawn_at=None
        ).exclude(key=self.replaces or "")
        if living.exists():
            raise Refused(
                _("You have a package with this code. Change that one, or choose another code.")
                if not self.replaces
                else _("Somebody changed this package meanwhile. Look at its latest revision."),
                field="code",
                code="not-latest",
            )

    def apply(self, row: Package, saying: Saying) -> None:
        """Open the revision; the one before it stays, as what it was."""
        row.code, row.title, row.mission = self.code, self.title, self.mission
        row.resources = [msgspec.to_builtins(one) for one in self.resources]
        row.costs = [msgspec.to_builtins(one) for one in self.costs]
        row.days, row.ready_hours = self.days, self.ready_hours
        row.limitations, row.support, row.space = self.limitations, self.support, self.space
        row.proven, row.replaces = self.proven, self.replaces or ""
        before = saying.own(Package, self.replaces) if self.replaces else None
        if before is not None:
            row.number = before.number + 1
            row.proven_how = before.proven_how if before.proven == self.proven else ""
            before.replaced_by = saying.position
            saying.change(before)


class PackageProven(Record, kind="aid.package-proof/1", row=Package, by="logistics"):
    """{author} has proven a package ({package}) on {day}: {how}"""

    package: Ref[Package] = upon("Which package?")
    day: str = ask("On which day?", most=10, example="2025-03-14", help="Year, month, day.")
    how: str = ask("How?", most=280, example="Full exercise with the county; ready in nine hours.")

    def judge(self, row: Package, saying: Saying) -> str | None:
        """A day of the calendar, of the latest revision."""
        if not is_day(self.day):
            return "no-date"
        return None if row.current else "not-latest"

    def check(self, row: Package | None, saying: Saying) -> None:
        """A day that has come."""
        require_day(self.day, "day")
        _require_current(row)
        if self.day > f"{saying.at:%Y-%m-%d}":
            raise Refused(_("This day has not come yet."), field="day")

    def apply(self, row: Package, saying: Saying) -> None:
        """It was proven then."""
        row.proven, row.proven_how = self.day, self.how


class PackageWithdrawn(Record, kind="aid.package-end/1", row=Package, by="logistics"):
    """{author} no longer has a package ready ({package}): {why}"""

    package: Ref[Package] = upon("Which package?")
    why: str = ask("Why?", most=280, example="The team was dissolved.")

    def judge(self, row: Package, saying: Saying) -> str | None:
        """Only the latest revision is withdrawn."""
        return None if row.current else "not-latest"

    def check(self, row: Package | None, saying: Saying) -> None:
        """Say that it is not the latest."""
        _require_current(row)

    def apply(self, row: Package, saying: Saying) -> None:
        """It stays as it was offered, and is offered no more."""
        row.withdrawn_at = saying.at


def _require_current(row: Package | None) -> None:
    if row is not None and not row.current:
        raise Refused(
            _("This revision was replaced or withdrawn. Look at the latest one."),
            field="package",
            code="not-latest",
        )
