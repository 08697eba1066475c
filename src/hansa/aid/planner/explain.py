"""Why the plan says what it says, out of its prices: reasons with numbers, which pages put into words.

A price is what one more unit, or one more m3, would save, in weighted hours, while all else stays as planned. Where whole
units or teams were rounded, or where the plan is fair or steady rather than cheapest, it is near to that, not exact.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import floor, inf

from hansa.aid.planner import arcs
from hansa.aid.planner.gains import NOTHING, gains
from hansa.aid.planner.plan import Flow, Plan
from hansa.aid.planner.problem import Need, Problem, Supply
from hansa.aid.planner.reason import MOST_TOLD, Numbers, Reason, measured

_FAR = 240.0
"""Hours: what is due later is told as if it were due then."""


@dataclass(frozen=True, slots=True)
class Way:
    """A supply that could go to a need: what one unit more costs, and what it costs with all prices paid."""

    supply: int
    hours: float
    cost: float
    paid: float


class Explainer:
    """The reasons of one plan. Needs and flows are named by their places, as in the Plan."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        """Take the plan apart once; each question is then quick."""
        self.problem, self.plan = problem, plan
        self._by_item: dict[str, list[int]] = defaultdict(list)
        for at, supply in enumerate(problem.supplies):
            self._by_item[supply.item].append(at)
        self._stand_ins: dict[str, list[str]] = defaultdict(list)
        for offered, wanted in sorted(problem.serves):
            if offered != wanted:
                self._stand_ins[wanted].append(offered)
        self._price = list(plan.prices.supplies)
        for prices in plan.prices.scenarios:
            self._price = [one + more for one, more in zip(self._price, prices, strict=True)]
        self._values: dict[int, float] = {}

    @cached_property
    def sent(self) -> dict[tuple[int, int], float]:
        """Units by supply and need."""
        return {(flow.supply, flow.need): flow.quantity for flow in self.plan.flows}

    @cached_property
    def gone(self) -> dict[int, float]:
        """Units that each supply sends."""
        found: dict[int, float] = defaultdict(float)
        for flow in self.plan.flows:
            found[flow.supply] += flow.quantity
        return found

    @cached_property
    def come(self) -> dict[int, float]:
        """Units that each need is sent."""
        found: dict[int, float] = defaultdict(float)
        for flow in self.plan.flows:
            found[flow.need] += flow.quantity
        return found

    def serving(self, need: Need) -> Iterator[int]:
        """Yield the supplies whose item serves, whether they can come or not."""
        for item in (need.item, *self._stand_ins[need.item]):
            yield from self._by_item[item]

    def ways(self, at: int) -> list[Way]:
        """Return every way to a need, the cheapest first once all prices are paid."""
        found = (self._way(place, at) for place in self.serving(self.problem.needs[at]))
        return sorted(
            (way for way in found if way is not None), key=lambda way: (way.paid, way.supply)
        )

    def _way(self, place: int, at: int) -> Way | None:
        """Return the way from a supply to a need; None where it may not or cannot go."""
        problem, supply, need = self.problem, self.problem.supplies[place], self.problem.needs[at]
        cost = arcs.cost(problem, supply, need)
        if cost == inf:
            return None
        if self.sent.get((place, at), 0) < arcs.discount(problem, supply, need):
            cost -= problem.change
        hours = max(0.0, supply.ready) + problem.hours[supply.owner, need.call]
        return Way(place, hours, cost, cost + self._price[place] + self.rooms(supply, need))

    @cached_property
    def _served_by(self) -> dict[str, list[int]]:
        """Needs by the item that would serve them."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, need in enumerate(self.problem.needs):
            for item in (need.item, *self._stand_ins[need.item]):
                found[item].append(at)
        return found

    def rooms(self, supply: Supply, need: Need) -> float:
        """Return what a unit pays for trucks and dock."""
        prices, volume = self.plan.prices, self.problem.volume.get(supply.item, 0.0)
        return volume * (prices.trucks.get(supply.owner, 0.0) + prices.docks.get(need.call, 0.0))

    def value(self, at: int) -> float:
        """Return what a unit is worth where it is needed: what the last one of the cheapest filling costs."""
        if at not in self._values:
            self._values[at] = self._value(self.problem.needs[at], self.ways(at))
        return self._values[at]

    def _value(self, need: Need, ways: list[Way]) -> float:
        parts = [(price, units) for units, price in need.unmet]
        for way in ways:
            supply = self.problem.supplies[way.supply]
            parts.append((way.paid, min(supply.quantity, need.quantity)))
        left, worth = need.quantity, 0.0
        for price, units in sorted(parts):
            if left <= 0:
                break
            if units:
                worth, left = price, left - units
        return worth

    def _measured(self, worth: float, most: float = MOST_TOLD) -> Numbers:
        return measured(worth, self.plan.cost, most)

    def _useful(self, item: str) -> int:
        """Return how many units are needed of all that an item serves: more of it serves nobody."""
        return sum(self.problem.needs[at].quantity for at in self._served_by[item])

    # --- what one more would be worth

    def one_more(self, at: int, hours: float) -> Reason:
        """Say what one more unit is worth that reaches the need within so many hours."""
        need = self.problem.needs[at]
        dock = self.problem.volume.get(need.item, 0.0) * self.plan.prices.docks.get(need.call, 0.0)
        saved = self.value(at) - need.weight * self.problem.waiting(hours, need.due) - dock
        told: Numbers = {
            "call": need.call,
            "item": need.item,
            "hours": hours,
        }
        told |= self._measured(max(0.0, saved), need.quantity)
        if hours > need.until:
            return Reason("one.late", told | {"until": need.until})
        return Reason("one.worth" if saved > NOTHING else "one.nothing", told)

    # --- what binds

    @cached_property
    def gains(self) -> list[float]:
        """What one more unit of each supply would save at most (`gains.gains`)."""
        return gains(self, self._price)

    def binds(self) -> tuple[Reason, ...]:
        """Say at which member stock or trucks, and at which call the dock, holds the plan up; the dearest first."""
        return self._binding

    @cached_property
    def _binding(self) -> tuple[Reason, ...]:
        problem, prices = self.problem, self.plan.prices
        found = []
        for supply, price in zip(problem.supplies, self.gains, strict=True):
            if price > NOTHING:
                told: Numbers = {"owner": supply.owner, "item": supply.item, "supply": supply.key}
                useful = self._useful(supply.item)
                found.append(Reason("binds.stock", told | self._measured(price, useful)))
        for owner, price in prices.trucks.items():
            found.append(Reason("binds.trucks", {"owner": owner} | self._measured(price)))
        for call, price in prices.docks.items():
            found.append(Reason("binds.dock", {"call": call} | self._measured(price)))
        return tuple(
            sorted(
                (reason for reason in found if _worth(reason) > NOTHING),
                key=lambda reason: -_worth(reason),
            )
        )

    def binds_at(self, owner: str) -> tuple[Reason, ...]:
        """Say what binds at one member, the dearest first: its stock by item, its trucks, or nothing."""
        own = tuple(reason for reason in self.binds() if reason.numbers.get("owner") == owner)
        return own or (Reason("binds.none", {"owner": owner}),)

    # --- whom to ask

    def ask(self, at: int, most: int = 5) -> tuple[Reason, ...]:
        """Say whom to ask next for a need: who holds what serves, by what each unit more than it lends would save.

        One reason for each owner. Without any the need is filled as well as it can be.
        """
        problem, need, value = self.problem, self.problem.needs[at], self.value(at)
        best: dict[str, Reason] = {}
        for place in self.serving(need):
            supply = problem.supplies[place]
            cost = arcs.cost(problem, supply, need)
            if cost == inf or self.gone.get(place, 0) + supply.batch <= supply.quantity:
                continue  # what it lends is not used up: asking for more brings nothing
            worth = value - cost - self.rooms(supply, need)
            told: Numbers = {
                "owner": supply.owner,
                "item": supply.item,
                "call": need.call,
                "hours": max(0.0, supply.ready) + problem.hours[supply.owner, need.call],
            }
            told |= self._measured(worth, need.quantity)
            known = best.get(supply.owner)
            if worth > NOTHING and (known is None or worth > _worth(known)):
                best[supply.owner] = Reason("ask.more", told)
        ranked = sorted(best.values(), key=lambda one: (-_worth(one), str(one.numbers["owner"])))
        return tuple(ranked[:most])

    def lacking(self, most: int = 5) -> tuple[Reason, ...]:
        """Say what one more unit is worth where most is lost for want of it, in time for it, and whom to ask next there.

        The dearest first. A need that is due within the hour, or past, is told for one hour.
        """
        open_ = [
            (self.value(at) * (need.quantity - self.come.get(at, 0)), at)
            for at, need in enumerate(self.problem.needs)
            if need.quantity > self.come.get(at, 0)
        ]
        said: list[Reason] = []
        for _, at in sorted(open_, key=lambda one: (-one[0], one[1]))[:most]:
            hours = max(1.0, float(floor(min(self.problem.needs[at].due, _FAR))))
            said += [self.one_more(at, hours), *self.ask(at, 2)]
        return tuple(said)

    # --- why this one

    def why(self, flow: Flow, most: int = 3) -> tuple[Reason, ...]:
        """Say why these units come from this supply, and why not from the others that are as near or nearer first."""
        problem, need = self.problem, self.problem.needs[flow.need]
        chosen = problem.supplies[flow.supply]
        ways = {way.supply: way for way in self.ways(flow.need)}
        ours = ways[flow.supply]
        told: Numbers = {
            "owner": chosen.owner,
            "item": chosen.item,
            "call": need.call,
            "hours": ours.hours,
        }
        said = [Reason("why.first" if self._nearest(ours, ways) else "why.this", told)]
        if chosen.item != need.item:
            said.append(Reason("why.serves", {"item": chosen.item, "wanted": need.item}))
        seen = {chosen.owner}
        for place in sorted(self.serving(need), key=lambda at: self._hours(at, need)):
            owner = problem.supplies[place].owner
            if owner not in seen and len(said) <= most:
                seen.add(owner)
                said.append(self._why_not(flow, ours, place, ways.get(place)))
        return tuple(said)

    def _nearest(self, ours: Way, ways: dict[int, Way]) -> bool:
        supplies = self.problem.supplies
        return all(
            ours.hours <= one.hours for one in ways.values() if supplies[one.supply].quantity
        )

    def _hours(self, place: int, need: Need) -> float:
        supply = self.problem.supplies[place]
        return max(0.0, supply.ready) + self.problem.hours.get((supply.owner, need.call), inf)

    def _why_not(self, flow: Flow, ours: Way, place: int, way: Way | None) -> Reason:
        """Say why another supply does not serve here: it may not, it serves too, it is spent, or it costs more."""
        problem, need = self.problem, self.problem.needs[flow.need]
        supply, chosen = problem.supplies[place], problem.supplies[flow.supply]
        told: Numbers = {
            "owner": supply.owner,
            "item": supply.item,
            "call": need.call,
        }
        if way is None:
            return self._cannot(place, need, told)
        if (place, flow.need) in self.sent:
            return Reason("not.too", told | {"units": self.sent[place, flow.need]})
        if not supply.quantity:
            return Reason("not.empty", told)
        rooms = self.rooms(supply, need) - self.rooms(chosen, need)
        stock = self._price[place] - self._price[flow.supply]
        cost = way.cost - ours.cost
        more = way.paid - ours.paid
        told |= self._measured(more)
        if more <= NOTHING:
            return Reason("not.equal", told)
        if cost >= max(rooms, stock):
            later = way.hours - ours.hours
            code = "not.later" if later > 0 else "not.dearer"
            return Reason(code, told | self._measured(cost) | {"hours": later})
        if stock >= rooms:
            return Reason("not.stock", told | self._measured(stock))
        return Reason("not.trucks", told | self._measured(rooms))

    def _cannot(self, place: int, need: Need, told: Numbers) -> Reason:
        supply, hours = self.problem.supplies[place], self._hours(place, need)
        if not arcs.may_go(self.problem, supply, need):
            return Reason("not.law", told)
        if hours == inf:
            return Reason("not.way", told)
        if hours > supply.expires:
            return Reason("not.expired", told | {"hours": hours, "expires": supply.expires})
        return Reason("not.until", told | {"hours": hours, "until": need.until})

    # --- what would change it

    def changes(self, flow: Flow) -> Reason:
        """Say how much later these units may come before the plan changes, and how it would.

        Either others stand in, once the need would pay more than they cost; or the units go where else they are worth
        something, once they are worth less here. The plan holds at least until the later of the two.
        """
        problem, need = self.problem, self.problem.needs[flow.need]
        supply = problem.supplies[flow.supply]
        ways = self.ways(flow.need)
        hours = next(way.hours for way in ways if way.supply == flow.supply)
        spare, code, more = max(self._stand_in(flow, ways), self._elsewhere(flow), key=_spare)
        told: Numbers = {"owner": supply.owner, "item": supply.item, "call": need.call, **more}
        longer = self._longer(need, hours, max(0.0, spare))
        if longer == inf:
            return Reason("change.never", told)
        if longer <= NOTHING:
            return Reason("change.any", told)
        return Reason(code, told | {"hours": longer})

    def _stand_in(self, flow: Flow, ways: list[Way]) -> tuple[float, str, dict[str, str]]:
        """Return how much dearer these units may be before others, or nobody, are the cheaper, and who."""
        problem, need, value = self.problem, self.problem.needs[flow.need], self.value(flow.need)
        open_ = need.quantity - self.come.get(flow.need, 0)
        left_open = arcs.unmet_price(need, open_ + 1) - value
        others = (
            (way.paid - value, problem.supplies[way.supply].owner)
            for way in ways
            if way.supply != flow.supply and problem.supplies[way.supply].quantity
        )
        spare, owner = min(others, default=(inf, ""))
        if spare < left_open:
            own = owner == problem.supplies[flow.supply].owner
            return spare, "change.lot" if own else "change.other", {"other": owner}
        return left_open, "change.open", {}

    def _elsewhere(self, flow: Flow) -> tuple[float, str, dict[str, str]]:
        """Return how much less these units may be worth here before they go elsewhere, and where."""
        problem, supply = self.problem, self.problem.supplies[flow.supply]
        home = (self.plan.prices.supplies[flow.supply], "")
        others = (
            (way.paid - self.value(at), problem.needs[at].call)
            for at in self._served_by[supply.item]
            if at != flow.need and problem.needs[at].quantity
            if (way := self._way(flow.supply, at)) is not None
        )
        spare, call = min((home, *others))
        return spare, "change.elsewhere" if call else "change.home", {"other": call}

    def _longer(self, need: Need, hours: float, spare: float) -> float:
        """Return how many hours more the wait may last before it costs `spare` more."""
        if not need.weight:
            return inf
        late = 1 + self.problem.waiting.late
        early = max(0.0, need.due - hours)
        if spare <= need.weight * early:
            return spare / need.weight
        return early + (spare / need.weight - early) / late

    # --- what the next hour decides

    def next_hours(self, hours: float = 1.0) -> tuple[Reason, ...]:
        """Say which flows no longer serve, or come too late to be in time, if they leave so many hours later."""
        said = []
        for flow in self.plan.flows:
            supply, need = self.problem.supplies[flow.supply], self.problem.needs[flow.need]
            arrives = self._hours(flow.supply, need)
            last = min(supply.expires, need.until)
            told: Numbers = {
                "owner": supply.owner,
                "item": supply.item,
                "call": need.call,
                "units": flow.quantity,
            }
            if arrives + hours > last:
                said.append(Reason("hour.lost", told | {"hours": last - arrives}))
            elif arrives <= need.due < arrives + hours:
                said.append(Reason("hour.late", told | {"hours": need.due - arrives}))
        order = {"hour.lost": 0, "hour.late": 1}
        return tuple(sorted(said, key=lambda one: (order[one.code], one.numbers["hours"])))


def _spare(found: tuple[float, str, dict[str, str]]) -> float:
    return found[0]


def _worth(reason: Reason) -> float:
    return float(reason.numbers["worth"])
