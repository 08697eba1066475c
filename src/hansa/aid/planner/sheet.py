"""The strict reading of a plan file, for whoever checks it: stdlib only, and none of the planner's own code.

A plan file is JSON in UTF-8: `format`, `problem`, `plan` and `sha256`; docs/plan-file.md names every field. What is not
known, missing, twice there, not finite, negative or out of bounds is refused in a sentence. `certificate` writes it.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple, TypeVar

FORMAT = "hansa.plan/1"
BYTES = 1 << 28
"""The largest file that is read."""

QUANTITY = 10**9
HOURS = 10**6
AMOUNT = 10**12
LATE = 10**4
TOTAL = 10**300
"""The dearest plan: what is beyond cannot be summed."""

NAME = 400

_T = TypeVar("_T")


class Unreadable(Exception):
    """These bytes are not a plan file that this version reads; `sentence` says where and why."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence as the exception's only text."""
        super().__init__(sentence)
        self.sentence = sentence


class Lot(NamedTuple):
    """A supply: `lent` is its stock less its floor, never below nothing; `whole` is that in whole batches."""

    key: str
    owner: str
    item: str
    stock: int
    floor: int
    ready: float
    expires: float
    batch: int

    @property
    def lent(self) -> int:
        return max(0, self.stock - self.floor)

    @property
    def whole(self) -> int:
        return self.lent // self.batch * self.batch


class Want(NamedTuple):
    """A need."""

    key: str
    call: str
    item: str
    quantity: int
    weight: float
    due: float
    until: float
    unmet: list[tuple[int, float]]


class Case(NamedTuple):
    """A scenario: the needs of a call that may come, and how far its place is from each owner."""

    name: str
    chance: float
    wants: dict[str, Want]
    hours: dict[str, float]


Sent = dict[tuple[str, str], int]
"""Units by supply and need."""


class Sheet(NamedTuple):
    """A plan file, read. `hours` by call and owner; `held` and `held_prices` by scenario; digests as stated and as found."""

    lots: dict[str, Lot]
    wants: dict[str, Want]
    hours: dict[str, dict[str, float]]
    trucks: dict[str, float]
    docks: dict[str, float]
    volume: dict[str, float]
    serves: set[tuple[str, str]]
    barred: set[tuple[str, str, str]]
    late: float
    haul: float
    published: Sent
    change: float
    cases: list[Case]
    sent: Sent
    held: list[Sent]
    cost: float
    bound: float
    method: str
    prices: dict[str, float]
    truck_prices: dict[str, float]
    dock_prices: dict[str, float]
    held_prices: list[dict[str, float]]
    stated: dict[str, str]
    found: dict[str, str]


def canonical(value: Any) -> bytes:
    """Return the bytes that a digest is taken of: keys sorted, no blanks, ASCII, numbers as Python writes them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digests(problem: Any, plan: Any) -> dict[str, str]:
    """Return the digest of the problem, and of the plan together with the problem's: who states the second states both."""
    first = sha256(canonical(problem)).hexdigest()
    both = {"format": FORMAT, "problem": first, "plan": plan}
    return {"problem": first, "plan": sha256(canonical(both)).hexdigest()}


def read(data: bytes) -> Sheet:
    """Read a plan file. Raises Unreadable, and nothing else, on whatever bytes there are."""
    problem, plan, prices, stated = _parts(_parse(data))
    lots = _keyed(problem["supplies"], "supplies", _lot)
    cases = [
        _case(one, f"scenarios[{at}]")
        for at, one in enumerate(_list(problem["scenarios"], "scenarios"))
    ]
    return Sheet(
        lots=lots,
        wants=_keyed(problem["needs"], "needs", _want),
        hours=_hours(problem["hours"]),
        trucks=_amounts(problem["trucks"], "trucks"),
        docks=_amounts(problem["docks"], "docks"),
        volume=_amounts(problem["volume"], "volume"),
        serves={(a, b) for a, b in _tuples(problem["serves"], "serves", 2)},
        barred={(a, b, c) for a, b, c in _tuples(problem["barred"], "barred", 3)},
        late=_number(problem["late"], "late", LATE),
        haul=_number(problem["haul"], "haul", AMOUNT),
        published=_units(problem["published"], "published"),
        change=_number(problem["change"], "change", AMOUNT),
        cases=cases,
        sent=_units(plan["flows"], "flows"),
        held=[_units(one, f"held[{at}]") for at, one in enumerate(_list(plan["held"], "held"))],
        cost=_number(plan["cost"], "cost", TOTAL),
        bound=_number(plan["bound"], "bound", TOTAL),
        method=_text(plan["method"], "method"),
        prices=_amounts(prices["supplies"], "prices of supplies"),
        truck_prices=_amounts(prices["trucks"], "prices of trucks"),
        dock_prices=_amounts(prices["docks"], "prices of docks"),
        held_prices=[
            _amounts(one, f"prices of scenarios[{at}]")
            for at, one in enumerate(_list(prices["scenarios"], "prices of scenarios"))
        ],
        stated=stated,
        found=digests(problem, plan),
    )


def _parts(whole: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, str]]:
    """Return problem, plan, prices and stated digests, each with just the fields that it has in this form."""
    form = whole.get("format") if type(whole) is dict else None
    if form != FORMAT:
        named = f"“{form[:40]}”" if type(form) is str else "no known version"
        raise Unreadable(f"This is not a plan file of the form {FORMAT}: it names {named}.")
    top = _fields(whole, "the file", "format problem plan sha256")
    problem = _fields(
        top["problem"],
        "problem",
        "supplies needs hours trucks docks volume serves barred late haul published change scenarios whole seed",
    )
    plan = _fields(top["plan"], "plan", "flows held cost bound method prices")
    prices = _fields(plan["prices"], "prices", "supplies trucks docks scenarios")
    stated = _fields(top["sha256"], "sha256", "problem plan")
    for name in stated:
        _text(stated[name], f"sha256 {name}")
    if type(problem["whole"]) is not bool or type(problem["seed"]) is not int:
        raise Unreadable("problem: “whole” is true or false, and “seed” is a whole number.")
    return problem, plan, prices, stated


def _parse(data: bytes) -> Any:
    if len(data) > BYTES:
        raise Unreadable(f"The file is larger than {BYTES >> 20} MB.")
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Unreadable("The file is not text in UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The file is not JSON: {str(error)[:120]}.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"“{twice[:NAME]}” stands twice in one place. Each name may stand once.")
    return found


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is not a number that a plan may hold.")


def _fields(value: Any, where: str, names: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise Unreadable(f"{where}: is not an object with named fields.")
    wanted = names.split()
    if value.keys() != set(wanted):
        missing = [name for name in wanted if name not in value]
        if missing:
            raise Unreadable(f"{where}: “{missing[0]}” is missing.")
        unknown = next(name for name in value if name not in wanted)
        raise Unreadable(f"{where}: “{unknown[:NAME]}” is not known in the form {FORMAT}.")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if type(value) is not list:
        raise Unreadable(f"{where}: is not a list.")
    return value


def _text(value: Any, where: str) -> str:
    if type(value) is not str or not 0 < len(value) <= NAME:
        raise Unreadable(f"{where}: is not a text of 1 to {NAME} characters.")
    return value


def _number(value: Any, where: str, most: float, least: float = 0) -> float:
    # An integer is compared before it becomes a float: 10**400 is none.
    if type(value) not in {int, float} or not least <= value <= most:
        raise Unreadable(f"{where}: is not a number from {least:g} to {float(most):g}.")
    return float(value)


def _whole(value: Any, where: str, least: int = 0) -> int:
    if type(value) is not int or not least <= value <= QUANTITY:
        raise Unreadable(f"{where}: is not a whole number from {least} to {QUANTITY}.")
    return value


def _moment(value: Any, where: str) -> float:
    """Hours from now, before it too; null is never."""
    return inf if value is None else _number(value, where, HOURS, -HOURS)


def _amounts(value: Any, where: str) -> dict[str, float]:
    if type(value) is not dict:
        raise Unreadable(f"{where}: is not an object of numbers by name.")
    return {
        _text(name, where): _number(one, f"{where}: “{name[:NAME]}”", AMOUNT)
        for name, one in value.items()
    }


def _tuples(value: Any, where: str, length: int) -> list[tuple[str, ...]]:
    found = []
    for at, one in enumerate(_list(value, where)):
        if (
            type(one) is not list
            or len(one) != length
            or any(type(name) is not str for name in one)
        ):
            raise Unreadable(f"{where}[{at}]: is not a list of {length} names.")
        found.append(tuple(one))
    if len(set(found)) < len(found):
        raise Unreadable(f"{where}: something stands there twice.")
    return found


def _units(value: Any, where: str) -> Sent:
    found: Sent = {}
    for at, one in enumerate(_list(value, where)):
        if type(one) is not list or len(one) != 3:  # noqa: PLR2004 - supply, need, units
            raise Unreadable(f"{where}[{at}]: is not [supply, need, units].")
        pair = (_text(one[0], f"{where}[{at}]"), _text(one[1], f"{where}[{at}]"))
        if pair in found:
            raise Unreadable(f"{where}[{at}]: {pair[0]} for {pair[1]} stands there twice.")
        found[pair] = _whole(one[2], f"{where}[{at}]", 1)
    return found


def _keyed(value: Any, where: str, read_one: Callable[[Any, str], _T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for at, one in enumerate(_list(value, where)):
        row = read_one(one, f"{where}[{at}]")
        if one["key"] in found:
            raise Unreadable(f"{where}[{at}]: the key “{one['key']}” stands there twice.")
        found[one["key"]] = row
    return found


def _lot(value: Any, where: str) -> Lot:
    row = _fields(value, where, "key owner item stock floor ready expires batch")
    return Lot(
        _text(row["key"], where),
        _text(row["owner"], where),
        _text(row["item"], where),
        _whole(row["stock"], f"{where} stock"),
        _whole(row["floor"], f"{where} floor"),
        _number(row["ready"], f"{where} ready", HOURS),
        _moment(row["expires"], f"{where} expires"),
        _whole(row["batch"], f"{where} batch", 1),
    )


def _want(value: Any, where: str) -> Want:
    row = _fields(value, where, "key call item quantity weight due until unmet")
    quantity = _whole(row["quantity"], f"{where} quantity")
    unmet = []
    for one in _list(row["unmet"], f"{where} unmet"):
        if type(one) is not list or len(one) != 2:  # noqa: PLR2004 - units and price
            raise Unreadable(f"{where} unmet: is not a list of [units, price].")
        unmet.append((_whole(one[0], f"{where} unmet"), _number(one[1], f"{where} unmet", AMOUNT)))
    if sum(units for units, _ in unmet) < quantity:
        raise Unreadable(f"{where} unmet: does not say what it costs if all {quantity} stay open.")
    if any(before[1] > after[1] for before, after in pairwise(unmet)):
        raise Unreadable(f"{where} unmet: the cheapest part does not come first.")
    return Want(
        _text(row["key"], where),
        _text(row["call"], where),
        _text(row["item"], where),
        quantity,
        _number(row["weight"], f"{where} weight", AMOUNT),
        _moment(row["due"], f"{where} due"),
        _moment(row["until"], f"{where} until"),
        unmet,
    )


def _hours(value: Any) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for at, one in enumerate(_list(value, "hours")):
        if type(one) is not list or len(one) != 3:  # noqa: PLR2004 - owner, call, hours
            raise Unreadable(f"hours[{at}]: is not [owner, call, hours].")
        there = found.setdefault(_text(one[1], f"hours[{at}]"), {})
        if _text(one[0], f"hours[{at}]") in there:
            raise Unreadable(f"hours[{at}]: from {one[0]} to {one[1]} stands there twice.")
        there[one[0]] = _number(one[2], f"hours[{at}]", HOURS)
    return found


def _case(value: Any, where: str) -> Case:
    row = _fields(value, where, "name chance needs hours")
    hours = _amounts(row["hours"], f"{where} hours")
    if any(one > HOURS for one in hours.values()):
        raise Unreadable(f"{where} hours: more than {HOURS} hours.")
    return Case(
        _text(row["name"], where),
        _number(row["chance"], f"{where} chance", 1),
        _keyed(row["needs"], f"{where} needs", _want),
        hours,
    )
