"""With scenarios of the next call: what is sent now, and what would then go to the next, out of the same stock.

One linear program for highspy: each scenario adds its own ways, weighed by its chance, and a row for each supply that
both draw on. What is sent now is made whole within what it takes; what is held then goes out by network simplex.
"""

from dataclasses import dataclass, replace

import numpy as np

from hansa.aid.planner import answer, coupled, model, uncoupled, whole
from hansa.aid.planner.blocks import blocks
from hansa.aid.planner.net import Floats, Net, added, build
from hansa.aid.planner.plan import Plan, Prices
from hansa.aid.planner.problem import Problem

LARGE = 20_000
"""Ways from which on highspy's interior method is faster than its simplex."""
SMALL = 400
"""Ways up to which whole units are decided by branch and bound."""
NODES = 2000
"""Nodes of the search for whole units: a limit that gives the same plan on every machine."""


@dataclass(frozen=True)
class Stage:
    """The Problem as it is, each scenario's as it would be, and their chances."""

    now: Net
    then: tuple[Net, ...]
    chances: tuple[float, ...]

    @property
    def ways(self) -> int:
        """All ways together."""
        return sum(len(net.src) for net in (self.now, *self.then))


@dataclass(frozen=True)
class Found:
    """What is sent now, what would be sent then, and prices: of stock now and in each scenario, of trucks and docks."""

    flow: Floats
    held: tuple[Floats, ...]
    worth: answer.Worth
    shadows: tuple[Floats, ...]


def solve(problem: Problem) -> Plan:
    """Return the best plan found, with what it holds back for each scenario, and its proof."""
    stage = _stage(problem)
    lp = _program(stage)
    options = {"solver": "ipm"} if stage.ways > LARGE else {}
    values, duals = model.run(model.load(lp, **options))
    found = _read(stage, values, duals)
    if problem.whole:
        whole_found = _whole(stage, found)
        if stage.ways <= SMALL:
            whole_found = _searched(stage, lp, whole_found)
        found = whole_found
    return _plan(stage, found)


def _stage(problem: Problem) -> Stage:
    plain = replace(problem, scenarios=(), trucks={}, docks={}, published={}, change=0.0)
    then = []
    for scenario in problem.scenarios:
        hours = {
            (owner, need.call): away
            for owner, away in scenario.hours.items()
            for need in scenario.needs
        }
        then.append(build(replace(plain, needs=scenario.needs, hours=hours)))
    now = build(problem)
    reach = sum(np.bincount(net.src, net.quantity[net.dst], len(net.stock)) for net in (now, *then))
    stock, spare = np.minimum(now.stock, reach + 1), now.stock > reach
    now = replace(now, stock=stock, spare=spare)
    return Stage(
        now,
        tuple(replace(net, stock=stock, spare=spare) for net in then),
        tuple(scenario.chance for scenario in problem.scenarios),
    )


def _program(stage: Stage) -> model.Program:
    """Return one program: the present's rows and columns first, then each scenario's, which share its ways."""
    now = model.program(stage.now)
    costs, uppers, lows, highs = [now.cost], [now.upper], [now.low], [now.high]
    rows, columns, values = (
        [now.row],
        [np.repeat(np.arange(len(now.cost)), np.diff(now.start))],
        [now.value],
    )
    row, column = len(now.low), len(now.cost)
    for net, chance in zip(stage.then, stage.chances, strict=True):
        own = model.program(net)
        rows += [row + stage.now.src, row + own.row]
        columns += [
            np.arange(len(stage.now.src)),
            column + np.repeat(np.arange(len(own.cost)), np.diff(own.start)),
        ]
        values += [np.ones(len(stage.now.src)), own.value]
        costs.append(chance * own.cost)
        uppers.append(own.upper)
        lows.append(own.low)
        highs.append(own.high)
        row, column = row + len(own.low), column + len(own.cost)
    where = np.concatenate(columns)
    order = np.argsort(where, kind="stable")
    return model.Program(
        cost=np.concatenate(costs),
        upper=np.concatenate(uppers),
        low=np.concatenate(lows),
        high=np.concatenate(highs),
        start=np.searchsorted(where[order], np.arange(column + 1)),
        row=np.concatenate(rows)[order],
        value=np.concatenate(values)[order],
    )


def _read(stage: Stage, values: Floats, duals: Floats) -> Found:
    """Cut the program's answer into the present and the scenarios."""
    worth = model.worth(stage.now, duals)
    flow = np.maximum(values[: len(stage.now.src)], 0.0)
    row = model.rows(stage.now)
    column = len(stage.now.src) + len(stage.now.seg_price)
    held, shadows = [], []
    for net in stage.then:
        held.append(np.maximum(values[column : column + len(net.src)], 0.0))
        shadow = np.maximum(-duals[row : row + len(net.stock)], 0.0)
        shadows.append(np.where(net.spare, 0.0, shadow))
        row, column = row + model.rows(net), column + len(net.src) + len(net.seg_price)
    return Found(flow, tuple(held), worth, tuple(shadows))


def _whole(stage: Stage, found: Found) -> Found:
    """Return whole flows: now, within what the program takes of each supply; then, the best with what is left."""
    now = stage.now
    given = added(now.src, found.flow, len(now.stock))
    limited = replace(now, stock=np.minimum(np.floor(given + 0.5), now.stock))
    totals = coupled.Totals(given, added(now.dst, found.flow, len(now.quantity)))
    flow = coupled.settle(limited, blocks(limited), totals, found.worth)
    left = now.stock - np.bincount(now.src, flow, len(now.stock))
    return replace(found, flow=flow, held=tuple(_sent(net, left) for net in stage.then))


def _sent(net: Net, left: Floats) -> Floats:
    """Return the best whole flows out of what is left."""
    net = replace(net, stock=left)
    flow, _ = uncoupled.solve(net, blocks(net))
    return whole.mend(net, whole.trim(net, flow)) if (net.batch > 1).any() else flow


def _searched(stage: Stage, lp: model.Program, found: Found) -> Found:
    """Return the better of what was found and what branch and bound finds."""
    batch, ways, column = np.ones(len(lp.cost)), [], 0
    for net in (stage.now, *stage.then):
        ways.append(np.arange(column, column + len(net.src)))
        batch[ways[-1]] = net.batch[net.src]
        column += len(net.src) + len(net.seg_price)
    values = model.search(model.in_batches(lp, batch), np.concatenate(ways), NODES)
    if values is None:
        return found
    flow, *held = (np.round(values[places]) * batch[places] for places in ways)
    other = replace(found, flow=flow, held=tuple(held))
    return other if _cost(stage, other) < _cost(stage, found) else found


def _cost(stage: Stage, found: Found) -> float:
    total = answer.cost(stage.now, found.flow)
    for net, chance, held in zip(stage.then, stage.chances, found.held, strict=True):
        total += chance * answer.cost(net, held)
    return total


def _plan(stage: Stage, found: Found) -> Plan:
    now, worth = stage.now, found.worth
    bound = answer.bound(now, replace(worth, supply=worth.supply + sum(found.shadows)))
    bound += float(sum(found.shadows) @ now.stock)  # each scenario takes off its own
    for net, chance, shadow in zip(stage.then, stage.chances, found.shadows, strict=True):
        weighed = replace(net, cost=chance * net.cost, seg_price=chance * net.seg_price)
        nothing = np.zeros(len(net.truck)), np.zeros(len(net.dock))
        bound += answer.bound(weighed, answer.worth(net, shadow, *nothing))
    cost, prices = _cost(stage, found), answer.prices(now, worth)
    return Plan(
        flows=tuple(answer.flows(now, found.flow)),
        cost=cost,
        bound=min(bound, cost),
        prices=Prices(
            prices.supplies,
            prices.trucks,
            prices.docks,
            tuple(tuple(shadow.tolist()) for shadow in found.shadows),
        ),
        method="highspy, the whole with its scenarios",
        held=tuple(
            tuple(answer.flows(net, held)) for net, held in zip(stage.then, found.held, strict=True)
        ),
    )
