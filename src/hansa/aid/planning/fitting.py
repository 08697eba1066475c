"""One member's lines of the plan, held against what only its own officers see: stock, reserve, promises; and its trucks.

The planner plans with what a member said it would lend. Between that word and this hour stock may have been promised,
counted again, or put under a reserve. What is proposed here fits in all of it together.
"""

from dataclasses import dataclass, field

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.models import Stock
from hansa.aid.planning.asking import WINDOW, volume_of
from hansa.aid.planning.lines import Proposed, proposed
from hansa.aid.planning.models import Availability, Capacity, Plan
from hansa.aid.planning.offers import left_of
from hansa.aid.planning.records import last_use
from hansa.aid.shelf import Shelf, shelves
from hansa.kernel import clock


@dataclass(frozen=True, slots=True)
class Fitted:
    """A line, how much of it fits now, and sentences on what it was held against."""

    line: Proposed
    quantity: int
    words: list[str]

    @property
    def cut(self) -> bool:
        """Tell whether less fits than was proposed."""
        return self.quantity < self.line.to_pledge

    def amount(self) -> str:
        """Return how much fits, in words."""
        return self.line.amount(self.quantity)


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that a plan proposes to one member, the first due first, and the m3 of what fits."""

    plan: Plan
    lines: list[Fitted]
    volume: float
    trucks: float | None

    @property
    def open(self) -> list[Fitted]:
        """Return what is still to be decided."""
        return [one for one in self.lines if one.line.to_pledge]


@dataclass(slots=True)
class _Held:
    """What is left while lines take of it, one after the other."""

    log: str
    shelves: dict[str, Shelf] = field(default_factory=dict)
    trucks: float | None = None
    taken: dict[str, int] = field(default_factory=dict)

    def take(self, line: Proposed) -> tuple[int, list[str]]:
        wanted = line.to_pledge
        if not wanted:
            return 0, []
        quantity, words = self._of_stock(line, wanted)
        volume = volume_of(line.item)
        if self.trucks is not None and volume > 0:
            room = int(self.trucks / volume + 1e-9)
            if room < quantity:
                words.append(
                    _("Your trucks have room for %(room)s of it within a day.")
                    % {"room": _number(room)}
                )
                quantity = room
            self.trucks -= quantity * volume
        self.taken[line.item] = self.taken.get(line.item, 0) + quantity
        return quantity, words

    def _of_stock(self, line: Proposed, wanted: int) -> tuple[int, list[str]]:
        held = self.shelves.get(line.item)
        if held is None or held.stock.counted_at is None:
            words = [
                _(
                    "You never counted this, so nobody here knows whether it is there. Look before you promise it."
                )
            ]
            return (wanted, words) if held is None or not held.stock.bounded else (0, words)
        stock, free = held.stock, max(0, held.free(line.arrives) - self.taken.get(line.item, 0))
        said = {
            "here": _number(stock.quantity),
            "promised": _number(stock.promised),
            "reserve": _number(stock.held_back),
            "free": _number(free),
            "left": _number(free - min(wanted, free)),
        }
        words = [
            _(
                "You hold %(here)s, %(promised)s are promised and %(reserve)s are your reserve: %(free)s are free."
            )
            % said
        ]
        if expired := held.expired(line.arrives):
            words.append(
                _("%(expired)s of what you hold will have expired when it arrives.")
                % {"expired": _number(expired)}
            )
        if free < wanted:
            words.append(
                _(
                    "More was proposed than is free now: your stock or your reserve has changed since you said what you would lend."
                )
            )
        return min(wanted, free), words


def fit(plan: Plan, log: str) -> Proposal:
    """Return what a plan proposes to the member of `log`, cut to what fits its own stock, reserve and trucks."""
    lines = proposed(plan, log, giver=log)
    stocks = Stock.objects.filter(home=log, item__in={line.item for line in lines})
    known = Capacity.objects.filter(home=log).first()
    trucks = (
        known.trucks * WINDOW / known.hours
        if known is not None and known.trucks is not None
        else None
    )
    held = _Held(log, shelves(stocks), trucks)
    fitted = [Fitted(line, *held.take(line)) for line in lines]
    volume = sum(one.quantity * volume_of(one.line.item) for one in fitted)
    return Proposal(plan, fitted, round(volume, 1), trucks)


def overstated(log: str) -> list[str]:
    """Return a sentence for each offer of the member's own that is more than what is free now: a floor was raised, or stock is gone."""
    offers = list(Availability.objects.filter(home=log, quantity__gt=0))
    left = left_of(offers)
    held = shelves(stock for stock in Stock.objects.filter(home=log) if stock.bounded)
    found = []
    for offer in offers:
        if offer.item not in held:
            continue
        free = max(held[offer.item].free(last_use(offer.until, clock.now())), 0)
        if left[offer.key] > free:
            found.append(
                _(
                    "You say that you would lend %(said)s of %(item)s, and %(free)s are free. Say anew what you would lend."
                )
                % {
                    "said": _number(left[offer.key]),
                    "item": catalogue.name_of(offer.item),
                    "free": _number(free),
                }
            )
    return found


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
