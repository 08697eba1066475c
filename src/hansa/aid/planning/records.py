"""START HERE: what can be said before, by and about a plan.

A member's stock is for its own officers. What it would lend it says to the pact in words of its own, so that every
node can plan with it and none needs to see more.
"""

import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid import catalogue, custody
from hansa.aid.models import Need, Stock
from hansa.aid.planning.models import Availability, Capacity, Declined, Expected, Plan
from hansa.aid.shelf import Shelf
from hansa.aid.words import MOST, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fields import LARGEST, File
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Call, Member
from hansa.pact.words import unstopped

LINES = 1_000
"""Lines of a plan that its record carries; the file has all."""
READS = 2_000
"""Logs of which a plan says how far they were read."""
MONTH = 720
"""Hours: later than this nothing helps a call."""
VOLUME = 1_000_000
"""m3: more than any fleet moves in a month."""

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_LOG = Annotated[str, msgspec.Meta(min_length=1, max_length=63)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One proposal: who sends how much of what toward which need, and how many minutes after the plan it arrives."""

    giver: _LOG
    need: Annotated[str, msgspec.Meta(min_length=3, max_length=80)]
    item: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    minutes: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many entries of a log the plan rests on."""

    log: _LOG
    size: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]


def last_use(until: datetime | None, now: datetime) -> datetime:
    """Return until when what is lent has to keep: when it may arrive last, or as long as anything helps a call."""
    return until or now + timedelta(hours=MONTH)


def _not_free(held: Shelf, last: datetime) -> str:
    """Say how much may be lent until `last`, and what to do if that is not enough."""
    free, expired = f"{max(held.free(last), 0):,}", held.expired(last)
    if not expired:
        return _(
            "Only %(free)s of this are free: the rest is promised or your own reserve. Offer so much, or count again."
        ) % {"free": free}
    return _(
        "Only %(free)s of this are free and keep long enough: %(expired)s of what you hold have expired by then. Offer so much, or say an earlier time until when it may arrive."
    ) % {"free": free, "expired": f"{expired:,}"}


class AvailabilitySaid(Record, kind="aid.availability/1", row=Availability, by="logistics"):
    """{author} would lend {item}: {quantity} {unit}."""

    item: str = ask("What would you lend?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask(
        "How much would you lend?",
        least=0,
        most=MOST,
        example=30_000,
        help="Every member reads this. It promises nothing. 0 says that you lend none.",
    )
    ready_hours: int = ask(
        "Ready to leave in how many hours?", least=0, most=MONTH, default=0, example=4
    )
    place: str = ask("From where?", default="", example="Warehouse, 1850 South Halsted Street")
    batch: int = ask(
        "How many travel together at least?",
        least=1,
        most=MOST,
        default=1,
        example=500,
        help="A full pallet, for instance. 1 if each can travel alone.",
    )
    floor: int = ask(
        "How much do you keep besides?",
        least=0,
        most=MOST,
        default=0,
        example=10_000,
        help="Your reserve, if the pact may know it: plans then state it, and whoever checks one sees that it is left whole. 0 says nothing of it.",
    )
    until: datetime | None = ask(
        "Until when may it arrive?",
        default=None,
        example="2025-06-20T18:00-05:00",
        help="When it expires, or when you need it back at home. Leave it empty if neither is near.",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The stock that it is held against."""
        return [(Stock, f"stock/{self.item}")]

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Availability | None, saying: Saying) -> str | None:
        """Weapons are lent nowhere here."""
        return "weapon" if catalogue.is_weapon(self.item) else None

    def check(self, row: Availability | None, saying: Saying) -> None:
        """Lend what the catalogue knows, and nothing below the own reserve, of which only the own node knows."""
        catalogue.refuse_weapons(self.item, field="item")
        catalogue.require_match(self.item, self.unit)
        if self.until is not None and self.until <= saying.at:
            raise Refused(_("This time has passed. Give a later one."), field="until")
        if self.quantity % self.batch:
            raise Refused(
                _("%(quantity)s is not a whole number of lots of %(batch)s.")
                % {"quantity": f"{self.quantity:,}", "batch": f"{self.batch:,}"},
                field="quantity",
            )
        held, last = custody.bound(saying, self.item), last_use(self.until, saying.at)
        if held is not None and self.quantity > max(held.free(last), 0):
            raise Refused(_not_free(held, last), field="quantity", code="reserve")
        stock = saying.sub(Stock, f"stock/{self.item}")
        if stock is not None and stock.counted_at and self.quantity + self.floor > stock.quantity:
            raise Refused(
                _(
                    "You hold %(here)s of this. You cannot lend %(lent)s of it and keep %(kept)s besides: count again, or say less."
                )
                % {
                    "here": f"{stock.quantity:,}",
                    "lent": f"{self.quantity:,}",
                    "kept": f"{self.floor:,}",
                },
                field="floor",
                code="reserve",
            )

    def suffix(self) -> str:
        """One word for each item; the latest holds."""
        return f"availability/{self.item}"

    def apply(self, row: Availability, saying: Saying) -> None:
        """Keep the latest word."""
        row.item, row.unit, row.quantity = self.item, self.unit.value, self.quantity
        row.batch, row.place, row.ready_hours = self.batch, self.place, self.ready_hours
        row.until, row.at, row.index = self.until, saying.at, saying.index
        row.floor = self.floor


class CapacitySaid(Record, kind="aid.capacity/1", row=Capacity, by="logistics"):
    """{author} says what its trucks move and its docks take in, in {hours}."""

    trucks: int | None = ask(
        "How many cubic metres can your trucks move?",
        least=0,
        most=VOLUME,
        default=None,
        example=240,
        help="A box truck of 8 m carries about 40. Leave it empty if trucks are no limit.",
    )
    docks: int | None = ask(
        "How many cubic metres can your docks take in?",
        least=0,
        most=VOLUME,
        default=None,
        example=600,
        help="Under a call, all that is sent to you has to pass there. Leave it empty if they are no limit.",
    )
    hours: int = ask("In how many hours?", least=1, most=MONTH, default=24, example=24)

    def in_words(self) -> dict[str, object]:
        """Count the hours."""
        hours = ngettext("%(count)s hour", "%(count)s hours", self.hours)
        return {"hours": hours % {"count": self.hours}}

    def suffix(self) -> str:
        """One word for each member; the latest holds."""
        return "capacity"

    def apply(self, row: Capacity, saying: Saying) -> None:
        """Keep the latest word."""
        row.trucks, row.docks, row.hours = self.trucks, self.docks, self.hours
        row.at, row.index = saying.at, saying.index


class NextCallExpected(Record, kind="aid.next-call/1", row=Expected, by="duty"):
    """{author} expects that {member} may call next: {rests_on}."""

    member: Ref[Member] = about("Who may call next?")
    chance: int | None = ask(
        "How likely is it, in percent?",
        least=0,
        most=100,
        default=None,
        example=30,
        help="Leave it empty if nobody can tell: then it counts as likely as any other that is named, and every page says that this is assumed. 0 takes it back.",
    )
    rests_on: str = ask(
        "What does it rest on?",
        most=280,
        example="Flood outlook of the state’s river forecast centre, 7 June.",
        help="Every member reads this. Name what you read or were told, and when: a guess without a source is none.",
    )
    until: datetime = ask("Until when does it hold?", example="2025-06-14T18:00-05:00")

    def in_words(self) -> dict[str, object]:
        """Name the member; the sentence ends with its own full stop."""
        known = Member.objects.filter(key=self.member).first()
        name = known.name if known else home_of(self.member)
        return {"member": name, "rests_on": unstopped(self.rests_on)}

    def check(self, row: Expected | None, saying: Saying) -> None:
        """It speaks of what is still to come."""
        if self.until <= saying.at:
            raise Refused(_("This time has passed. Give a later one."), field="until")
        if self.until - saying.at > timedelta(hours=MONTH):
            raise Refused(
                _(
                    "Nobody can tell so far ahead. Give a time within 30 days, and say it anew then."
                ),
                field="until",
            )

    def suffix(self) -> str:
        """One word for each member; the latest holds."""
        return f"next-call/{home_of(self.member)}"

    def apply(self, row: Expected, saying: Saying) -> None:
        """Keep the latest word."""
        row.member, row.chance, row.rests_on = self.member, self.chance, self.rests_on
        row.until, row.at, row.index = self.until, saying.at, saying.index


class PlanPublished(Record, kind="aid.plan/1", row=Plan, by="logistics"):
    """{author} publishes a plan: {flows} for {calls}. Each member decides on its own."""

    calls: list[Ref[Call]] = about("Which calls does it cover?", default=[], shown=False)
    reads: list[Known] = ask(
        "How far was each log read?",
        most=READS,
        default=[],
        example=[{"log": "us-ca", "size": 41}],
        shown=False,
    )
    inputs: str = ask(
        "SHA-256 of what the planner was asked", most=64, example="0" * 64, shown=False
    )
    digest: str = ask("SHA-256 of the plan", most=64, example="0" * 64, shown=False)
    cost: int = ask(
        "What it costs, in thousandths of a weighted hour",
        least=0,
        most=LARGEST,
        example=184_200,
        shown=False,
    )
    gap: int = ask(
        "How far it may be from the best, in millionths of the cost",
        least=0,
        most=LARGEST,
        example=12,
        shown=False,
    )
    flows: int = ask("How many proposals?", least=0, most=MOST, example=1, shown=False)
    lines: list[Line] = ask(
        "The proposals, the most urgent first",
        most=LINES,
        default=[],
        example=[
            {
                "giver": "us-il",
                "need": "us-ca@27",
                "item": "n95-respirator",
                "quantity": 8000,
                "minutes": 1910,
            }
        ],
        shown=False,
    )
    files: list[File] = ask("The plan with its proof", most=1, default=[], shown=False)
    fair: bool = ask(
        "Raise the call that gets least",
        default=False,
        help="Least waiting in all may leave one call with little. What this would change, and cost, stands above.",
    )
    guard: bool = ask(
        "Hold back for who may call next",
        default=False,
        help="What is worth more where the next call is expected stays where it is. Who that may be, and what it would cost, stands above.",
    )

    def in_words(self) -> dict[str, object]:
        """Count proposals and calls."""
        calls = len(self.calls)
        return {
            "flows": ngettext("%(count)s proposal", "%(count)s proposals", self.flows)
            % {"count": number_format(self.flows, force_grouping=True)},
            "calls": ngettext("%(count)s call", "%(count)s calls", calls) % {"count": calls},
        }

    def judge(self, row: Plan | None, saying: Saying) -> str | None:
        """It names what it rests on by hash, each log and each line once, and of its own log no more than there was."""
        logs = [one.log for one in self.reads]
        if any(one.log == saying.log and one.size > saying.index for one in self.reads):
            return "bad-plan"
        lines = [(one.giver, one.need, one.item) for one in self.lines]
        once = len(set(logs)) == len(logs) and len(set(lines)) == len(lines)
        named = all(map(_DIGEST.match, (self.inputs, self.digest)))
        return None if once and named and len(self.lines) <= self.flows else "bad-plan"

    def apply(self, row: Plan, saying: Saying) -> None:
        """Open the plan. The one before it stays readable."""
        row.calls, row.inputs, row.digest = list(self.calls), self.inputs, self.digest
        row.reads = {one.log: one.size for one in self.reads}
        row.cost, row.gap, row.flows = self.cost, self.gap, self.flows
        row.lines = msgspec.to_builtins(self.lines)
        row.files = msgspec.to_builtins(self.files)
        row.fair, row.guard = self.fair, self.guard


class ProposalDeclined(Record, kind="aid.plan-decline/1", row=Declined, by="duty"):
    """{author} declines a proposal of a plan ({plan}): {why}"""

    plan: Ref[Plan] = about("Of which plan?", shown=False)
    need: Ref[Need] = about("Toward which need?", shown=False)
    item: str = ask("What was proposed?", most=60, example="n95-respirator", shown=False)
    why: str = ask(
        "Why?",
        most=280,
        example="We need them for our own weekend.",
        help="Every member reads this. The next plan will not ask you again until you say anew what you would lend.",
    )

    def judge(self, row: Declined | None, saying: Saying) -> str | None:
        """Nobody declines to help itself."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        return "not-that-plan" if home_of(self.need) == saying.log else None

    def check(self, row: Declined | None, saying: Saying) -> None:
        """Decline what was proposed to you."""
        plan = Plan.objects.filter(key=self.plan).first()
        wanted = {"giver": saying.log, "need": self.need, "item": self.item}
        if plan is None or not any(wanted.items() <= line.items() for line in plan.lines):
            raise Refused(_("This plan proposes nothing of the kind to you."), field="plan")

    def suffix(self) -> str:
        """One word for each need; the latest holds."""
        return f"plan-decline/{self.need}"

    def apply(self, row: Declined, saying: Saying) -> None:
        """Keep the latest word."""
        row.plan, row.need, row.item, row.why = self.plan, self.need, self.item, self.why
        row.at, row.index = saying.at, saying.index
