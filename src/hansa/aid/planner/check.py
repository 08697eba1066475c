"""Whether a plan does what it says: its own reading of the rules and of the objective, stdlib only, no solver.

It shows that the plan can be done (stock less each reserve floor, ways, law, expiry, batches, trucks, docks), what it
costs, and what no plan can go below. For any prices that are not negative the bound is, by Lagrange: each need filled in
the cheapest way when every unit also pays the price of its stock and every m3 that of its trucks and dock, less what all
that stock and all that room are worth. The prices thus need not be believed. Rounding is counted against the plan.
"""

from collections import defaultdict
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from math import inf
from typing import Any

from hansa.aid.planner.sheet import Sent, Sheet, Unreadable, read
from hansa.aid.planner.weigh import Bound, Place, bars, cost, hours_to, places

EQUAL = 1e-9
"""How far two programs may be apart that add the same numbers in another order, as a share (of a m3: a cubic millimetre)."""

MOST = 100
"""How many findings are told in sentences."""


@dataclass(slots=True)
class Verdict:
    """What was found. `findings` says what is wrong; without any, and if it could be read, the plan holds.

    Costs in weighted hours; `gap` is proven, `claimed` is what the file says, both as shares of the cost.
    """

    readable: bool = False
    findings: list[str] = field(default_factory=list)
    left_out: int = 0
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    plan: str = ""
    method: str = ""
    supplies: int = 0
    floors: int = 0
    needs: int = 0
    ways: int = 0
    flows: int = 0
    units: int = 0
    open: int = 0
    held: int = 0
    cost: float = 0.0
    bound: float = 0.0
    gap: float = 0.0
    claimed: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether everything that the file says holds."""
        return self.readable and not self.findings

    def find(self, sentence: str) -> None:
        """Add what is wrong; beyond a hundred sentences only the number is kept."""
        if len(self.findings) < MOST:
            self.findings.append(plain(sentence))
        else:
            self.left_out += 1

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        return {"ok": self.ok, **asdict(self)}

    def text(self) -> str:
        """Return everything as lines for a person."""
        wrong = [f"Wrong: {sentence}" for sentence in self.findings]
        if self.left_out:
            wrong.append(f"Wrong: {self.left_out} more of the like.")
        if not self.readable:
            return "\n".join(["CANNOT BE READ", *wrong]) + "\n"
        head = [
            "HOLDS" if self.ok else "DOES NOT HOLD",
            f"Plan {self.plan}, found by: {plain(self.method)}.",
            f"It answers the problem {self.problem}: {self.supplies:,} supplies, {self.needs:,} needs, {self.ways:,} ways between them.",
            f"It sends {self.units:,} units in {self.flows:,} parts and leaves {self.open:,} units open.",
        ]
        if self.held:
            head.append(f"It holds {self.held:,} units back for a next call.")
        if self.ok:
            head += [
                f"Every reserve that is stated is left whole: {_floors(self.floors)} gone below."
                if self.floors
                else "No supply states a floor: what its owner keeps is not in this file.",
                "Stock, batches, expiry, deadlines, law, trucks and docks were checked for each part.",
                f"It costs {self.cost:,.6g} weighted hours. No plan can cost less than {self.bound:,.6g}: {near(self.gap)}.",
            ]
        return "\n".join([*head, *wrong, *(f"Note: {one}" for one in self.notes)]) + "\n"


def _floors(count: int) -> str:
    return (
        "1 supply states a floor, and it is not"
        if count == 1
        else f"{count:,} supplies state a floor, and none is"
    )


def near(gap: float) -> str:
    """Return a gap in words."""
    return (
        "it is the best there is" if gap <= EQUAL else f"it is within {100 * gap:.2g} % of the best"
    )


def plain(text: str, limit: int = 600) -> str:
    """Return text from outside made safe to print: no control, direction or escape signs."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:limit])
    return safe if len(text) <= limit else safe + "…"


def check(data: bytes, *, plan: str = "", most: float = inf) -> Verdict:
    """Check the bytes of a plan file. Never raises on what they hold.

    `plan` is the digest that the reader knows from elsewhere, as the record of the plan states it; without it the verdict
    is on this file alone. `most` is the largest gap that the reader accepts.
    """
    try:
        sheet = read(data)
    except Unreadable as error:
        verdict = Verdict()
        verdict.find(error.sentence)
        return verdict
    return judged(sheet, plan=plan, most=most)


def judged(sheet: Sheet, *, plan: str = "", most: float = inf) -> Verdict:
    """Check a plan file that was read: as `check`, for whoever asks first how much there is to count (`weigh.effort`)."""
    verdict = Verdict(readable=True)
    _seals(sheet, verdict, plan)
    _names(sheet, verdict)
    if not verdict.findings:  # what is named is there: the rest may look it up
        _judge(sheet, verdict)
    if not verdict.findings and verdict.gap > most:
        verdict.find(
            f"It is shown to be within {100 * verdict.gap:.2g} % of the best only; {100 * most:g} % was asked for."
        )
    return verdict


def _seals(sheet: Sheet, verdict: Verdict, plan: str) -> None:
    verdict.problem, verdict.plan = sheet.found["problem"], sheet.found["plan"]
    verdict.method = sheet.method
    for name in ("problem", "plan"):
        if sheet.stated[name] != sheet.found[name]:
            verdict.find(
                f"The {name} was changed after the file was written: its sha256 is {sheet.found[name]}, and the file states {sheet.stated[name]}."
            )
    if plan and plan != verdict.plan:
        verdict.find(
            f"This is another plan than the one that you ask about: its sha256 is {verdict.plan}, not {plan}."
        )
    elif not plan:
        verdict.notes.append(
            "Whether this is the plan that was proposed, the sha256 in its record says: compare it, or give it with --sha256."
        )


def _names(sheet: Sheet, verdict: Verdict) -> None:
    """Refuse whatever speaks of something that is not there."""
    told = [(sheet.sent, sheet.wants, "The plan")]
    if len(sheet.held) != len(sheet.cases) or len(sheet.held_prices) != len(sheet.cases):
        verdict.find(
            f"There are {len(sheet.cases)} scenarios, but flows held for {len(sheet.held)} and prices for {len(sheet.held_prices)}."
        )
    else:
        told += [
            (sent, case.wants, f"Scenario {case.name}")
            for sent, case in zip(sheet.held, sheet.cases, strict=True)
        ]
    for sent, wants, who in told:
        for lot, want in sent:
            if lot not in sheet.lots:
                verdict.find(f"{who} sends from a supply that the problem does not know: {lot}.")
            if want not in wants:
                verdict.find(f"{who} sends to a need that the problem does not know: {want}.")
    priced: list[tuple[dict[str, float], Container[str], str]] = [
        (sheet.prices, sheet.lots, "supply"),
        (sheet.truck_prices, sheet.trucks, "limit of trucks"),
        (sheet.dock_prices, sheet.docks, "limit of a dock"),
        *((prices, sheet.lots, "supply") for prices in sheet.held_prices),
    ]
    for prices, known, what in priced:
        for name in prices:
            if name not in known:
                verdict.find(
                    f"There is a price for a {what} that the problem does not know: {name}."
                )


def _judge(sheet: Sheet, verdict: Verdict) -> None:
    """See whether the plan can be done; if so what it costs, and how near it is to the best."""
    verdict.supplies, verdict.needs = len(sheet.lots), len(sheet.wants)
    verdict.floors = sum(1 for lot in sheet.lots.values() if lot.floor)
    verdict.flows, verdict.units = len(sheet.sent), sum(sheet.sent.values())
    verdict.open = sum(want.quantity for want in sheet.wants.values()) - verdict.units
    laws = bars(sheet)
    for place in places(sheet):
        come: dict[str, int] = defaultdict(int)
        for (key, to), units in place.sent.items():
            come[to] += units
            wrong = _wrong(sheet, place, laws, (key, to), units)
            if wrong:
                verdict.find(f"{place.name}{key} cannot go to {to}: {wrong}")
        for to, units in come.items():
            if units > place.wants[to].quantity:
                verdict.find(
                    f"{place.name}{to} needs {place.wants[to].quantity}, and is sent {units}."
                )
    _stock(sheet, verdict)
    _rooms(sheet, verdict)
    if not verdict.findings:
        _worth(sheet, verdict)


def _wrong(
    sheet: Sheet,
    place: Place,
    laws: dict[tuple[str, str], set[str]],
    pair: tuple[str, str],
    units: int,
) -> str:
    """Return why these units cannot go that way, or nothing."""
    lot, want = sheet.lots[pair[0]], place.wants[pair[1]]
    if lot.item != want.item and (lot.item, want.item) not in sheet.serves:
        return f"{lot.item} does not serve where {want.item} is needed."
    barred = (laws[lot.item, want.call], laws[lot.item, ""])
    if any(owner in owners for owner in (lot.owner, "") for owners in barred):
        return f"no law lets {lot.owner} send {lot.item} to {want.call}."
    way = hours_to(sheet, place, want).get(lot.owner)
    if way is None:
        return f"there is no way from {lot.owner} to {want.call}."
    hours = lot.ready + way
    if hours > lot.expires:
        return f"it arrives after {hours:g} hours, and has expired after {lot.expires:g}."
    if hours > want.until:
        return f"it arrives after {hours:g} hours, and is of no use after {want.until:g}."
    if units % lot.batch:
        return f"it travels in parts of {lot.batch}, and {units} is no such number."
    return ""


def _stock(sheet: Sheet, verdict: Verdict) -> None:
    """See that each supply has what it sends, today and in each scenario, and keeps its floor."""
    today, *cases = (_sums(place.sent) for place in places(sheet))
    verdict.held = sum(max((case.get(key, 0) for case in cases), default=0) for key in sheet.lots)
    for lot in sheet.lots.values():
        gone = today.get(lot.key, 0) + max((case.get(lot.key, 0) for case in cases), default=0)
        if gone > lot.stock:
            verdict.find(f"{lot.key} sends {gone}, and {lot.owner} has {lot.stock}.")
        elif gone > lot.lent:
            verdict.find(
                f"{lot.key} sends {gone} of {lot.stock}: that leaves {lot.stock - gone}, and the floor of {lot.owner} is {lot.floor}."
            )


def _sums(sent: Sent) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for (key, _), units in sent.items():
        found[key] += units
    return found


def _rooms(sheet: Sheet, verdict: Verdict) -> None:
    """See that no owner moves, and no call takes in, more than it can. In decimals as written, not in doubles."""
    loads: dict[tuple[str, str], int] = defaultdict(int)
    takes: dict[tuple[str, str], int] = defaultdict(int)
    for (key, to), units in sheet.sent.items():
        lot = sheet.lots[key]
        loads[lot.owner, lot.item] += units
        takes[sheet.wants[to].call, lot.item] += units
    for sums, rooms, words in (
        (loads, sheet.trucks, "{} has trucks for {:g} m³, and would send {:g} m³."),
        (takes, sheet.docks, "{} can take in {:g} m³, and would be sent {:g} m³."),
    ):
        filled: dict[str, Fraction] = defaultdict(Fraction)
        for (name, item), units in sums.items():
            if name in rooms and item in sheet.volume:
                filled[name] += Fraction(repr(sheet.volume[item])) * units
        for name, load in filled.items():
            if load > Fraction(repr(rooms[name])) + Fraction(EQUAL) * Fraction(
                max(1.0, rooms[name])
            ):
                verdict.find(words.format(name, rooms[name], float(load)))


def _worth(sheet: Sheet, verdict: Verdict) -> None:
    """Weigh the plan, and see that it is as near to the best as it claims."""
    costs, bound = cost(sheet), Bound(sheet)
    size = max(1.0, costs)
    verdict.ways, verdict.cost, verdict.bound = bound.ways, costs, bound.value
    verdict.gap = (costs - bound.value) / size
    verdict.claimed = (sheet.cost - sheet.bound) / max(1.0, sheet.cost)
    if abs(sheet.cost - costs) > EQUAL * size:
        verdict.find(
            f"The file says that the plan costs {sheet.cost:.9g} weighted hours; it costs {costs:.9g}."
        )
    if sheet.bound > bound.value + EQUAL * size:
        verdict.find(
            f"The file says that no plan costs less than {sheet.bound:.9g}; its prices show that for {bound.value:.9g} only. "
            f"It claims that {near(verdict.claimed)}, and it is shown that {near(verdict.gap)}."
        )
    if sheet.bound > sheet.cost + EQUAL * size:
        verdict.find("The file says that no plan is as cheap as its own.")
    if bound.value > sheet.bound + EQUAL * size and not verdict.findings:
        verdict.notes.append(
            f"Its prices show more than it claims: {near(verdict.gap)}. It claims that {near(verdict.claimed)}."
        )
