"""What others promise toward a need, and what the needer accepts of it."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue, custody
from hansa.aid.models import Acceptance, Need, Pledge, Stock
from hansa.aid.shelf import Shelf
from hansa.aid.words import MOST, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Answer, Call
from hansa.pact.records.calls import pledged, require_asked
from hansa.pact.words import Form


class Pledged(Record, kind="aid.pledge/1", row=Pledge, by="duty"):
    """{author} pledges {item}: {quantity} {unit}."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("Toward which need?", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What do you give?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask(
        "How much can you give?",
        least=1,
        most=MOST,
        example=12_000,
        help="Part of what is needed is welcome.",
    )
    ready: datetime | None = ask("Ready when?", default=None, example="2025-06-09T08:00-05:00")
    terms: str = ask("On what terms?", most=280, default="", example="Donated. No return.")

    def near(self) -> list[tuple[type[Row], str]]:
        """The stock that is promised, and the answer that the pledge gives."""
        return [(Stock, f"stock/{self.item}"), (Answer, f"answer/{self.call}/{self.form.value}")]

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Pledge | None, saying: Saying) -> str | None:
        """Nobody pledges a weapon, or toward its own need."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        if home_of(self.need) == saying.log:
            return "own-need"
        return "not-that-call" if home_of(self.need) != home_of(self.call) else None

    def check(self, row: Pledge | None, saying: Saying) -> None:
        """Pledge what is asked of you and not beyond your reserve, of which only your own node knows."""
        catalogue.refuse_weapons(self.item, field="item")
        require_asked(self.call, self.form, saying.log)
        catalogue.require_match(self.item, self.unit, self.form)
        need = Need.objects.filter(key=self.need).first()
        said = (self.call, self.unit.value, self.form.value)
        fits = need is not None and (need.call, need.unit, need.form) == said
        if need is None or not fits or not catalogue.serves(self.item, need.item):
            raise Refused(
                _("This pledge is not for what the need asks. Start again from the need."),
                field="need",
            )
        if need.cancelled_at is not None:
            raise Refused(_("This is no longer needed."), field="need")
        custody.require_unit(saying, self.item, self.unit)
        held, use = custody.bound(saying, self.item), self.ready or saying.at
        if held is not None and self.quantity > held.free(use):
            raise Refused(_not_free(held, use), field="quantity", code="reserve")

    def apply(self, row: Pledge, saying: Saying) -> None:
        """Open the pledge, promise the stock, answer the duty."""
        row.call, row.need, row.needer = self.call, self.need, home_of(self.need)
        row.form, row.item, row.unit = self.form.value, self.item, self.unit.value
        row.quantity, row.ready, row.terms = self.quantity, self.ready, self.terms
        custody.stock(saying, self.item, self.unit).promised += self.quantity
        pledged(saying, self.call, self.form)


def _not_free(held: Shelf, use: datetime) -> str:
    """Say how much may be pledged for a use then, and what to do if that is not enough."""
    stock, expired = held.stock, held.expired(use)
    if stock.counted_at is None:
        return _("You keep a reserve of this, but it was never counted. Count your stock first.")
    free, kept = f"{max(held.free(use), 0):,}", f"{stock.held_back:,}"
    if expired:
        return _(
            "You can pledge %(free)s of this. %(expired)s of what you counted have expired by the time it is ready, and %(reserve)s are your own reserve. Look at your lots."
        ) % {"free": free, "expired": f"{expired:,}", "reserve": kept}
    if stock.held_back:
        return _(
            "You can pledge %(free)s of this. %(reserve)s are your own reserve; lower it first if you want to give more."
        ) % {"free": free, "reserve": kept}
    return _("You can pledge %(free)s of this: you counted no more that is not promised.") % {
        "free": free
    }


class PledgeWithdrawn(Record, kind="aid.pledge-withdrawal/1", row=Pledge, by="duty"):
    """{author} takes {quantity} of its pledge back ({pledge}): {why}"""

    pledge: Ref[Pledge] = upon("Which pledge?")
    quantity: int = ask("How much do you take back?", least=1, most=MOST, example=2_000)
    why: str = ask("Why?", most=280, example="Our own hospital needs them.")

    def judge(self, row: Pledge, saying: Saying) -> str | None:
        """What was sent is not taken back here."""
        return None if self.quantity <= row.to_send else "too-much"

    def check(self, row: Pledge | None, saying: Saying) -> None:
        """Say how much can still be taken back."""
        if row is not None and self.quantity > row.to_send:
            raise Refused(
                _("Only %(most)s are not sent yet. Nothing more can be taken back.")
                % {"most": f"{row.to_send:,}"},
                field="quantity",
            )

    def apply(self, row: Pledge, saying: Saying) -> None:
        """Free the promised stock."""
        row.withdrawn += self.quantity
        custody.stock(saying, row.item, Unit(row.unit)).promised -= self.quantity


class PledgeAccepted(Record, kind="aid.acceptance/1", row=Acceptance, by="logistics"):
    """{author} accepts {quantity} of a pledge ({pledge})."""

    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("Which pledge?", shown=False)
    quantity: int = ask("How much do you accept?", least=1, most=MOST, example=12_000)
    why: str = ask("A word to the giver", most=280, default="", example="Please send it to gate 4.")

    def near(self) -> list[tuple[type[Row], str]]:
        """The need for which it is accepted."""
        return [(Need, self.need)]

    def judge(self, row: Acceptance | None, saying: Saying) -> str | None:
        """Only the one in need accepts."""
        return "not-own-need" if saying.own(Need, self.need) is None else None

    def check(self, row: Acceptance | None, saying: Saying) -> None:
        """Accept what was pledged to you, and no more."""
        pledge = _pledged_to(saying, self.need, self.pledge)
        if self.quantity > pledge.standing:
            raise Refused(
                _("Only %(most)s were pledged.") % {"most": f"{pledge.standing:,}"},
                field="quantity",
            )
        if self.quantity < pledge.away:
            raise Refused(
                _("%(sent)s are on the way already. Accept at least so much, or dispute it.")
                % {"sent": f"{pledge.away:,}"},
                field="quantity",
            )
        need = saying.own(Need, self.need)
        if need is not None and need.cancelled_at is not None and self.quantity > pledge.away:
            raise Refused(_("You cancelled this need. State a new one."), field="need")

    def suffix(self) -> str:
        """One word for each pledge; the latest holds."""
        return f"acceptance/{self.pledge}"

    def apply(self, row: Acceptance, saying: Saying) -> None:
        """Keep the latest word."""
        row.pledge, row.need, row.at = self.pledge, self.need, saying.at
        row.quantity, row.why = self.quantity, self.why


class PledgeTurnedDown(Record, kind="aid.pledge-decline/1", row=Acceptance, by="logistics"):
    """{author} turns a pledge down with thanks ({pledge}): {why}"""

    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("Which pledge?", shown=False)
    why: str = ask("Why?", most=280, example="We have enough now. Please keep them for yourselves.")

    def judge(self, row: Acceptance | None, saying: Saying) -> str | None:
        """Only the one in need turns down."""
        return "not-own-need" if saying.own(Need, self.need) is None else None

    def check(self, row: Acceptance | None, saying: Saying) -> None:
        """What is on the way can no longer be turned down."""
        pledge = _pledged_to(saying, self.need, self.pledge)
        if pledge.away:
            raise Refused(
                _("%(sent)s are on the way already. Confirm or dispute what comes.")
                % {"sent": f"{pledge.away:,}"},
                field="pledge",
            )

    def suffix(self) -> str:
        """The same row that an acceptance would change."""
        return f"acceptance/{self.pledge}"

    def apply(self, row: Acceptance, saying: Saying) -> None:
        """Accept nothing of it."""
        row.pledge, row.need, row.at = self.pledge, self.need, saying.at
        row.quantity, row.why = 0, self.why


def _pledged_to(saying: Saying, need: str, pledge: str) -> Pledge:
    found = Pledge.objects.filter(key=pledge, need=need, needer=saying.log).first()
    if found is None:
        raise Refused(_("This pledge is not for a need of yours."), field="pledge")
    return found
