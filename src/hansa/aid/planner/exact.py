"""Small Problems to the last unit: highspy's simplex for prices, its branch and bound for whole units."""

import numpy as np

from hansa.aid.planner import answer, model
from hansa.aid.planner.net import Floats, Net

NODES = 2000
"""Nodes of the search tree: a limit that, unlike seconds, gives the same plan on every machine."""

FEW, ENOUGH = 100, 1e-4
"""Ways up to which the search ends at the best only; with more it ends so near to it, as a share of the cost: the last
ten-thousandth takes ten times as long."""


def above(bound: float) -> float:
    """Return the cost from which on a plan is not the best one for all that floats can tell."""
    return bound + 1e-9 * max(1.0, abs(bound))


def solve(net: Net, flow: Floats, worth: answer.Worth) -> tuple[Floats, answer.Worth]:
    """Return the better of the flows given and the best ones found, and the better prices."""
    values, prices = relaxed(net)
    if answer.bound(net, prices) > answer.bound(net, worth):
        worth = prices
    if net.whole:
        values = _searched(net, flow)
    if answer.cost(net, values) < answer.cost(net, flow):
        flow = values
    return flow, worth


def relaxed(net: Net) -> tuple[Floats, answer.Worth]:
    """Return flows in parts of units and prices, of the whole Problem as one linear program."""
    values, duals = model.run(model.load(model.program(net)))
    return np.maximum(values[: len(net.src)], 0.0), model.worth(net, duals)


def _searched(net: Net, flow: Floats) -> Floats:
    """Return whole flows by branch and bound, in batches where a supply has them."""
    ways = np.arange(len(net.src))
    batch = np.concatenate([net.batch[net.src], np.ones(len(net.seg_need))])
    near = model.EXACT if len(ways) <= FEW else ENOUGH
    values = model.search(model.in_batches(model.program(net), batch), ways, NODES, near)
    if values is None:
        return flow
    whole: Floats = np.round(values[ways]) * net.batch[net.src]
    return whole
