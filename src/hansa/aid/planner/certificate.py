"""A plan with its proof as a file (docs/plan-file.md): written from a Problem and a Plan, and read back.

Whoever wants to know whether it holds asks `check`, which shares nothing with the planner but the form of the file.
"""

import json
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any, NamedTuple

from hansa.aid.planner import sheet
from hansa.aid.planner.plan import Flow, Plan, Prices
from hansa.aid.planner.problem import Need, Problem, Scenario, Supply, Waiting
from hansa.aid.planner.sheet import FORMAT, Sheet, Want


class NotWhole(ValueError):
    """A plan sends a part of a unit: a file holds whole units only."""


class Certificate(NamedTuple):
    """What a plan file says."""

    problem: Problem
    plan: Plan


def write(problem: Problem, plan: Plan) -> bytes:
    """Return the bytes of the plan file. Of each supply it states the stock, what is lent and the floor, and the floor. Raises NotWhole."""
    asked = _problem(problem)
    answered = {
        "flows": _flows(plan.flows, problem.supplies, problem.needs),
        "held": [
            _flows(flows, problem.supplies, scenario.needs)
            for flows, scenario in zip(
                plan.held or ((),) * len(problem.scenarios), problem.scenarios, strict=True
            )
        ],
        "cost": plan.cost,
        "bound": max(0.0, min(plan.bound, plan.cost)),
        "method": plan.method,
        "prices": _prices(problem, plan.prices),
    }
    whole = {
        "format": FORMAT,
        "problem": asked,
        "plan": answered,
        "sha256": sheet.digests(asked, answered),
    }
    return _laid_out(whole).encode()


def read(data: bytes) -> Certificate:
    """Return what a plan file says, whether it holds or not. Raises sheet.Unreadable."""
    found = sheet.read(data)
    raw = json.loads(data)["problem"]
    lots = {key: at for at, key in enumerate(found.lots)}
    cases = tuple(
        Scenario(one.name, one.chance, tuple(_need(want) for want in one.wants.values()), one.hours)
        for one in found.cases
    )
    problem = Problem(
        supplies=tuple(
            Supply(
                lot.key,
                lot.owner,
                lot.item,
                lot.lent,
                lot.ready,
                lot.expires,
                lot.batch,
                lot.floor,
            )
            for lot in found.lots.values()
        ),
        needs=tuple(_need(want) for want in found.wants.values()),
        hours={
            (owner, call): hours
            for call, there in found.hours.items()
            for owner, hours in there.items()
        },
        trucks=found.trucks,
        docks=found.docks,
        volume=found.volume,
        serves=frozenset(found.serves),
        barred=frozenset(found.barred),
        waiting=Waiting(found.late),
        haul=found.haul,
        published=found.published,
        change=found.change,
        scenarios=cases,
        whole=raw["whole"],
        seed=raw["seed"],
    )
    return Certificate(problem, _plan(found, lots))


def _plan(found: Sheet, lots: dict[str, int]) -> Plan:
    def flows(sent: sheet.Sent, wants: Iterable[str]) -> tuple[Flow, ...]:
        places = {key: at for at, key in enumerate(wants)}
        try:
            return tuple(Flow(lots[key], places[to], units) for (key, to), units in sent.items())
        except KeyError as error:
            raise sheet.Unreadable(f"A flow names {error}, which the problem does not.") from error

    if len(found.held) != len(found.cases):
        raise sheet.Unreadable("What is held does not tell of each scenario.")
    return Plan(
        flows(found.sent, found.wants),
        found.cost,
        found.bound,
        Prices(
            tuple(found.prices.get(key, 0.0) for key in lots),
            found.truck_prices,
            found.dock_prices,
            tuple(tuple(prices.get(key, 0.0) for key in lots) for prices in found.held_prices),
        ),
        found.method,
        tuple(flows(sent, case.wants) for sent, case in zip(found.held, found.cases, strict=True)),
    )


def _need(want: Want) -> Need:
    return Need(
        want.key,
        want.call,
        want.item,
        want.quantity,
        want.weight,
        want.due,
        tuple(want.unmet),
        want.until,
    )


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "supplies": [
            {
                "key": supply.key,
                "owner": supply.owner,
                "item": supply.item,
                "stock": int(supply.quantity) + int(supply.floor),
                "floor": int(supply.floor),
                "ready": max(0.0, supply.ready),
                "expires": _moment(supply.expires),
                "batch": int(supply.batch),
            }
            for supply in problem.supplies
        ],
        "needs": _needs(problem.needs),
        "hours": [
            [owner, call, hours] for (owner, call), hours in problem.hours.items() if hours < inf
        ],
        "trucks": _limits(problem.trucks),
        "docks": _limits(problem.docks),
        "volume": dict(problem.volume),
        "serves": sorted(map(list, problem.serves)),
        "barred": sorted(map(list, problem.barred)),
        "late": problem.waiting.late,
        "haul": problem.haul,
        "published": [
            [key, to, int(units)] for (key, to), units in problem.published.items() if units
        ],
        "change": problem.change,
        "scenarios": [
            {
                "name": one.name,
                "chance": one.chance,
                "needs": _needs(one.needs),
                "hours": _limits(one.hours),
            }
            for one in problem.scenarios
        ],
        "whole": problem.whole,
        "seed": problem.seed,
    }


def _needs(needs: Iterable[Need]) -> list[dict[str, Any]]:
    return [
        {
            "key": need.key,
            "call": need.call,
            "item": need.item,
            "quantity": int(need.quantity),
            "weight": need.weight,
            "due": _moment(need.due),
            "until": _moment(need.until),
            "unmet": [[int(units), price] for units, price in need.unmet],
        }
        for need in needs
    ]


def _moment(hours: float) -> float | None:
    return None if hours == inf else hours


def _limits(amounts: Mapping[str, float]) -> dict[str, float]:
    """Leave out what is endless: it limits nothing."""
    return {name: amount for name, amount in amounts.items() if amount < inf}


def _flows(
    flows: Iterable[Flow], supplies: tuple[Supply, ...], needs: tuple[Need, ...]
) -> list[list[Any]]:
    found = []
    for flow in flows:
        key, to = supplies[flow.supply].key, needs[flow.need].key
        if flow.quantity != int(flow.quantity):
            raise NotWhole(
                f"{flow.quantity} units go from {key} to {to}: only whole units can be written down."
            )
        if flow.quantity:
            found.append([key, to, int(flow.quantity)])
    return found


def _prices(problem: Problem, prices: Prices) -> dict[str, Any]:
    keys = [supply.key for supply in problem.supplies]
    scenarios = prices.scenarios or ((),) * len(problem.scenarios)
    return {
        "supplies": _priced(zip(keys, prices.supplies, strict=True)),
        "trucks": _priced((name, prices.trucks.get(name, 0.0)) for name in _limits(problem.trucks)),
        "docks": _priced((name, prices.docks.get(name, 0.0)) for name in _limits(problem.docks)),
        "scenarios": [
            _priced(zip(keys, one or (0.0,) * len(keys), strict=True)) for one in scenarios
        ],
    }


def _priced(prices: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Leave out what costs nothing."""
    return {name: float(price) for name, price in prices if price > 0}


def _laid_out(whole: dict[str, Any]) -> str:
    """Return the file one supply, need, way or flow a line, so that a person can read it and a tool can compare it."""

    def block(value: dict[str, Any]) -> str:
        parts = []
        for name, one in value.items():
            if isinstance(one, list) and one:
                lines = ",\n".join(_line(row) for row in one)
                parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
            else:
                parts.append(f"{json.dumps(name)}: {_line(one)}")
        return "{\n" + ",\n".join(parts) + "\n}"

    parts = [
        f'"format": {_line(whole["format"])}',
        f'"problem": {block(whole["problem"])}',
        f'"plan": {block(whole["plan"])}',
        f'"sha256": {_line(whole["sha256"])}',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
