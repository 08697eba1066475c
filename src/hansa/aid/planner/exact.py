"""Small Problems to the last unit: highspy's simplex for prices, its branch and bound for whole units."""

import highspy
import numpy as np

from hansa.aid.planner import answer, model
from hansa.aid.planner.net import Floats, Net

NODES = 2000
"""Nodes of the search tree: a limit that, unlike seconds, gives the same plan on every machine."""


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
    supplies, needs = len(net.stock), len(net.quantity)
    truck, dock = np.zeros(len(net.truck)), np.zeros(len(net.dock))
    trucks, docks = np.isfinite(net.truck), np.isfinite(net.dock)
    at = supplies + needs
    truck[trucks] = -duals[at : at + trucks.sum()]
    dock[docks] = -duals[at + trucks.sum() :]
    worth = answer.worth(net, -duals[:supplies], truck, dock)
    return np.maximum(values[: len(net.src)], 0.0), worth


def _searched(net: Net, flow: Floats) -> Floats:
    """Return whole flows by branch and bound, in batches where a supply has them."""
    lp = model.in_batches(model.program(net), net)
    solver = model.load(
        lp, mip_rel_gap=1e-9, mip_abs_gap=1e-9, mip_max_nodes=NODES, random_seed=0, threads=1
    )
    ways = len(net.src)
    solver.changeColsIntegrality(
        ways, np.arange(ways, dtype=np.int32), np.ones(ways, dtype=np.uint8)
    )
    solver.run()
    if solver.getInfo().primal_solution_status != int(
        highspy.SolutionStatus.kSolutionStatusFeasible
    ):
        return flow
    batches = np.array(solver.getSolution().col_value[:ways])
    values: Floats = np.round(batches) * net.batch[net.src]
    return values
